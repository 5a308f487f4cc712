/*
 * native/codec/keys.c - keys in order, as stored.
 *
 *     keys    blocks:u32 count:u32 [offset:u64] [block]
 *     block   shape:u8 prefix least:varint [more] rests    up to 32 keys; all
 *             blocks but the last have 32
 *     shape   width + 16 x coding
 *     prefix  length:varint bytes: what all keys of the block begin with
 *     more    `width` planes, each of a bit for each key and zeros to the end of
 *             the byte: the bits of how many units its rest has above `least`,
 *             the lowest ones first
 *     rests   what follows the prefix in each key, one after another: a unit is
 *             a byte, or with coding 1 or 2 a nibble (signs.h); 0 behind an odd
 *             number of nibbles
 *
 * Offsets are from the section's first byte and rise. Any key is found by the
 * sum of the units before it, which is that of the bits set in each plane: half
 * of the keys' bytes more than where each has only what it does not share with
 * the one before, and a twentieth of the time.
 */
#include "native/codec/keys.h"

#include "native/codec/bits.h"
#include "native/codec/keys_shape.h"
#include "native/codec/signs.h"

#define HEAD_BYTES 8U

static uint32_t block_count(uint32_t count)
{
    return count / LEDE_KEYS_BLOCK + (count % LEDE_KEYS_BLOCK != 0);
}

bool lede_keys_open(lede_keys *table, lede_bytes bytes, uint32_t count)
{
    lede_bytes in = bytes, offsets;
    uint32_t blocks, stored;

    if (!lede_take_u32(&in, &blocks) || !lede_take_u32(&in, &stored) ||
        stored != count || blocks != block_count(count) ||
        !lede_take(&in, (uint64_t)blocks * 8, &offsets))
        return false;
    *table = (lede_keys){ bytes, count };
    return true;
}

/* ---- A block ---- */

typedef struct block {
    uint32_t n;
    uint32_t coding;
    uint32_t width;
    uint32_t least;
    lede_bytes prefix;
    lede_bytes more; /* and behind it, so that it is read by words */
    uint32_t plane;  /* bytes of each */
    lede_bytes rests;
} block;

static uint64_t offset_at(const lede_keys *table, uint32_t at)
{
    const uint8_t *offset = table->bytes.at + HEAD_BYTES + 8 * (size_t)at;

    return lede_read_u32(offset) | (uint64_t)lede_read_u32(offset + 4) << 32;
}

static bool find_bytes(const lede_keys *table, uint32_t at, lede_bytes *out)
{
    uint64_t begin = offset_at(table, at), end = table->bytes.len;

    if ((at + 1) * (uint64_t)LEDE_KEYS_BLOCK < table->count)
        end = offset_at(table, at + 1);
    if (begin > end || end > table->bytes.len)
        return false;
    *out = lede_bytes_of(table->bytes.at + begin, (size_t)(end - begin));
    return true;
}

static bool open_block(block *b, const lede_keys *table, uint32_t at)
{
    uint32_t left = table->count - at * LEDE_KEYS_BLOCK;
    uint64_t least;
    lede_bytes in, passed;
    uint8_t shape;

    b->n = left < LEDE_KEYS_BLOCK ? left : LEDE_KEYS_BLOCK;
    if (!find_bytes(table, at, &in) || !lede_take_u8(&in, &shape) ||
        !lede_take_block(&in, &b->prefix) || !lede_take_varint(&in, &least))
        return false;
    b->coding = shape / LEDE_KEYS_SHAPE_CODING;
    b->width = shape % LEDE_KEYS_SHAPE_CODING;
    b->least = (uint32_t)least;
    if (b->coding >= LEDE_SIGN_CODINGS || b->width > LEDE_KEYS_WIDTH_MAX ||
        b->prefix.len > LEDE_KEY_MAX || least > LEDE_KEYS_UNITS_MAX)
        return false;
    b->more = in;
    b->plane = (b->n + 7) / 8;
    if (!lede_take(&in, b->width * b->plane, &passed))
        return false;
    b->rests = in;
    return true;
}

/* Not all processors count bits by themselves. */
static uint32_t count_bits(uint32_t bits)
{
    bits -= bits >> 1 & 0x55555555;
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
    return ((bits + (bits >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24;
}

/* Where the rest of a key begins and how long it is, in units. */
static uint32_t find_rest(const block *b, uint32_t at, uint32_t *len)
{
    uint32_t begin = at * b->least, own = b->least;
    uint32_t before = ((uint32_t)1 << at) - 1;

    for (uint32_t i = 0; i < b->width; i++) {
        uint32_t plane =
            (uint32_t)lede_bits_at(b->more, (uint64_t)i * b->plane * 8);

        begin += count_bits(plane & before) << i;
        own += (plane >> at & 1) << i;
    }
    *len = own;
    return begin;
}

/* Whether the rests of a block end there, but for what fills a byte. */
static bool is_end(const block *b, uint32_t end)
{
    size_t units = b->rests.len * (b->coding ? 2 : 1);

    return end == units || (b->coding && end + 1 == units &&
                            b->rests.at[b->rests.len - 1] >> 4 == 0);
}

static bool read_rest(const block *b, uint32_t begin, uint32_t end,
                      lede_key *key)
{
    lede_signs_reader r = lede_signs_from(b->rests, b->coding, begin);
    uint32_t len = key->len;

    if (!b->coding) {
        if (end - begin > LEDE_KEY_MAX - len)
            return false;
        if (end > begin)
            memcpy(key->text + len, b->rests.at + begin, end - begin);
        key->len = len + end - begin;
        return true;
    }
    while (lede_signs_at(&r) < end && len < LEDE_KEY_MAX)
        key->text[len++] = lede_signs_read(&r);
    key->len = len;
    return lede_signs_at(&r) == end;
}

static bool read_key(const block *b, uint32_t at, lede_key *key)
{
    uint32_t len, begin = find_rest(b, at, &len), end = begin + len;

    if (end > b->rests.len * (b->coding ? 2 : 1) ||
        (at + 1 == b->n && !is_end(b, end)))
        return false;
    key->len = (uint32_t)b->prefix.len;
    if (key->len)
        memcpy(key->text, b->prefix.at, key->len);
    return read_rest(b, begin, end, key);
}

/* ---- Keys ---- */

lede_status lede_keys_at(const lede_keys *table, uint32_t rank, lede_key *key)
{
    block b;

    return open_block(&b, table, rank / LEDE_KEYS_BLOCK) &&
                   read_key(&b, rank % LEDE_KEYS_BLOCK, key)
               ? LEDE_OK
               : LEDE_ERR_CORRUPT;
}

lede_status lede_keys_find(const lede_keys *table, lede_bytes text,
                           uint32_t *rank)
{
    uint32_t low = 0, high = table->count;
    lede_key key;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        lede_status status = lede_keys_at(table, middle, &key);
        int order;

        if (status != LEDE_OK)
            return status;
        order = lede_bytes_compare(lede_key_bytes(&key), text);
        if (order == 0) {
            *rank = middle;
            return LEDE_OK;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return LEDE_ERR_NOT_FOUND;
}

void lede_keys_cursor_init(lede_keys_cursor *cursor, const lede_keys *table)
{
    cursor->table = table;
    cursor->key = lede_bytes_of(NULL, 0);
    cursor->next = 0;
    cursor->broken = false;
}

bool lede_keys_cursor_next(lede_keys_cursor *cursor)
{
    lede_key *key = &cursor->room[cursor->next % 2];

    if (cursor->next == cursor->table->count || cursor->broken)
        return false;
    /* None before the first is as the empty one: no key is empty. */
    cursor->broken =
        lede_keys_at(cursor->table, cursor->next, key) != LEDE_OK ||
        lede_bytes_compare(cursor->key, lede_key_bytes(key)) >= 0;
    cursor->key = lede_key_bytes(key);
    cursor->rank = cursor->next++;
    return !cursor->broken;
}
