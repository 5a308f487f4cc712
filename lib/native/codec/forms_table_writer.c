/*
 * native/codec/forms_table_writer.c - form keys, as stored.
 *
 *     block   n:u8 shared:block(n) rest:block(n) [byte]     (front.h)
 *             terms:block(n) [ordinals]
 *     index   blocks:u32 keys:u64 zeros:4 [prefix:u64] [offset:u64]
 *
 * The ordinals of a key are gaps from 0 on, in blocks of 128 and the rest. A
 * kind begins a block of its own.
 */
#include "native/codec/forms_table.h"

#include "base/alloc.h"
#include "base/arena.h"

#define CHUNK_BYTES 65536U

/* Below this, moving items one by one is quicker than merging. */
#define FEW 8U

/* A word of a key. The prefix spares most comparisons a look at the rest. */
typedef struct addition {
    uint64_t prefix;    /* the kind, and the first 7 bytes of the key */
    const uint8_t *key; /* its length, then its bytes */
    uint32_t ordinal;
} addition;

struct lede_forms_table_writer {
    const lede_allocator *allocator;
    addition *additions;
    size_t count;
    size_t capacity;
    lede_arena *arena; /* of keys */
    uint8_t *room;     /* of the chunk that is being filled */
    size_t room_left;

    /* The block being filled. */
    lede_buffer texts; /* kind and key, one after another */
    size_t ends[LEDE_FRONT_MAX];
    uint32_t terms[LEDE_FRONT_MAX]; /* - 1 */
    uint32_t n;
    lede_buffer ordinals;

    uint32_t blocks;
    uint64_t keys;
    lede_buffer prefixes;
    lede_buffer offsets;
};

lede_status lede_forms_table_writer_new(lede_forms_table_writer **out,
                                        const lede_allocator *allocator)
{
    lede_forms_table_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_buffer_init(&made->texts, allocator);
    lede_buffer_init(&made->ordinals, allocator);
    lede_buffer_init(&made->prefixes, allocator);
    lede_buffer_init(&made->offsets, allocator);
    made->arena = lede_arena_new(allocator);
    if (!made->arena) {
        lede_forms_table_writer_free(made);
        return LEDE_ERR_NOMEM;
    }
    *out = made;
    return LEDE_OK;
}

void lede_forms_table_writer_free(lede_forms_table_writer *writer)
{
    if (!writer)
        return;
    lede_arena_free(writer->arena);
    lede_buffer_fini(&writer->texts);
    lede_buffer_fini(&writer->ordinals);
    lede_buffer_fini(&writer->prefixes);
    lede_buffer_fini(&writer->offsets);
    lede_release(writer->allocator, writer->additions,
                 writer->capacity * sizeof *writer->additions);
    lede_release(writer->allocator, writer, sizeof *writer);
}

uint64_t lede_forms_table_writer_memory(const lede_forms_table_writer *writer)
{
    return sizeof *writer + writer->capacity * sizeof *writer->additions +
           lede_arena_bytes(writer->arena) + writer->prefixes.capacity +
           writer->offsets.capacity + writer->ordinals.capacity;
}

static const uint8_t *keep_key(lede_forms_table_writer *w, lede_bytes key)
{
    uint8_t *at;

    if (w->room_left < key.len + 1) {
        w->room = lede_arena_alloc(w->arena, CHUNK_BYTES);
        w->room_left = w->room ? CHUNK_BYTES : 0;
        if (!w->room)
            return NULL;
    }
    at = w->room;
    at[0] = (uint8_t)key.len;
    memcpy(at + 1, key.at, key.len);
    w->room += key.len + 1;
    w->room_left -= key.len + 1;
    return at;
}

static uint64_t prefix_of(lede_bytes text)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < text.len ? text.at[i] : 0);
    return prefix;
}

static lede_bytes key_of(const addition *a)
{
    return lede_bytes_of(a->key + 1, a->key[0]);
}

lede_status lede_forms_table_writer_add(lede_forms_table_writer *writer,
                                        uint8_t kind, lede_bytes key,
                                        uint32_t ordinal)
{
    addition *a;
    const uint8_t *kept;

    if (!lede_grow(writer->allocator, &writer->additions, &writer->capacity,
                   writer->count + 1, sizeof *a))
        return LEDE_ERR_NOMEM;
    kept = keep_key(writer, key);
    if (!kept)
        return LEDE_ERR_NOMEM;
    a = &writer->additions[writer->count++];
    a->prefix = (uint64_t)kind << 56 | prefix_of(key) >> 8;
    a->key = kept;
    a->ordinal = ordinal;
    return LEDE_OK;
}

static bool stands_before(const addition *a, const addition *b)
{
    int order;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    order = lede_bytes_compare(key_of(a), key_of(b));
    return order ? order < 0 : a->ordinal < b->ordinal;
}

static void sort_few(addition *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        addition moved = at[i];
        size_t j = i;

        for (; j > 0 && stands_before(&moved, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = moved;
    }
}

/* Keys come nearly in order, for words do and stems are how words begin: halves
 * that are in order already are left so. `aside` has room for half of them. */
static void sort(addition *at, size_t count, addition *aside)
{
    size_t half = count / 2, left = 0, right = half, out = 0;

    if (count <= FEW) {
        sort_few(at, count);
        return;
    }
    sort(at, half, aside);
    sort(at + half, count - half, aside);
    if (!stands_before(&at[half], &at[half - 1]))
        return;
    memcpy(aside, at, half * sizeof *at);
    while (left < half)
        if (right < count && stands_before(&at[right], &aside[left]))
            at[out++] = at[right++];
        else
            at[out++] = aside[left++];
}

static lede_status sort_additions(lede_forms_table_writer *w)
{
    size_t half = w->count / 2;
    addition *aside = lede_alloc_array(w->allocator, half, sizeof *aside);

    if (!aside)
        return LEDE_ERR_NOMEM;
    sort(w->additions, w->count, aside);
    lede_release(w->allocator, aside, half * sizeof *aside);
    return LEDE_OK;
}

static void put_block(lede_buffer *out, const uint32_t *values, uint32_t n)
{
    uint8_t *at = lede_buffer_reserve(out, LEDE_BLOCK_BYTES_MAX);

    if (at)
        out->len += lede_block_write(at, values, n);
}

static lede_status end_block(lede_forms_table_writer *w, lede_buffer *forms)
{
    lede_bytes texts[LEDE_FRONT_MAX];

    if (w->n == 0)
        return LEDE_OK;
    if (w->texts.status != LEDE_OK)
        return w->texts.status;
    for (uint32_t i = 0; i < w->n; i++) {
        size_t begin = i ? w->ends[i - 1] : 0;

        texts[i] = lede_bytes_of(w->texts.at + begin, w->ends[i] - begin);
    }
    lede_put_u64(&w->prefixes, prefix_of(texts[0]));
    lede_put_u64(&w->offsets, forms->len);
    lede_put_u8(forms, (uint8_t)w->n);
    lede_front_write(forms, texts, w->n);
    put_block(forms, w->terms, w->n);
    lede_put(forms, w->ordinals.at, w->ordinals.len);
    w->blocks++;
    w->keys += w->n;
    w->n = 0;
    if (w->ordinals.status != LEDE_OK)
        return w->ordinals.status;
    lede_buffer_clear(&w->texts);
    lede_buffer_clear(&w->ordinals);
    return forms->status;
}

/* Writes the words of one key, and returns how many they are without those
 * that were added twice. */
static uint32_t put_ordinals(lede_forms_table_writer *w, const addition *from,
                             size_t count)
{
    uint32_t gaps[LEDE_BLOCK_MAX], n = 0, kept = 0, next = 0;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && from[i].ordinal == from[i - 1].ordinal)
            continue;
        gaps[n++] = from[i].ordinal - next;
        next = from[i].ordinal + 1;
        kept++;
        if (n == LEDE_BLOCK_MAX) {
            put_block(&w->ordinals, gaps, n);
            n = 0;
        }
    }
    if (n > 0)
        put_block(&w->ordinals, gaps, n);
    return kept;
}

static lede_status put_keys(lede_forms_table_writer *w, lede_buffer *forms)
{
    lede_status status = LEDE_OK;
    uint8_t last = 0;
    size_t end;

    for (size_t at = 0; at < w->count && status == LEDE_OK; at = end) {
        const addition *first = &w->additions[at];
        lede_bytes key = key_of(first);
        uint8_t kind = (uint8_t)(first->prefix >> 56);

        if (kind != last)
            status = end_block(w, forms);
        if (status != LEDE_OK)
            break;
        last = kind;
        for (end = at + 1; end < w->count; end++)
            if (w->additions[end].prefix != first->prefix ||
                !lede_bytes_equal(key_of(&w->additions[end]), key))
                break;
        lede_put_u8(&w->texts, kind);
        lede_put(&w->texts, key.at, key.len);
        w->ends[w->n] = w->texts.len;
        w->terms[w->n++] = put_ordinals(w, first, end - at) - 1;
        if (w->n == LEDE_FRONT_MAX)
            status = end_block(w, forms);
    }
    return status == LEDE_OK ? end_block(w, forms) : status;
}

lede_status lede_forms_table_writer_end(lede_forms_table_writer *writer,
                                        lede_buffer *forms, lede_buffer *index)
{
    lede_status status = sort_additions(writer);

    if (status == LEDE_OK)
        status = put_keys(writer, forms);
    lede_put_u32(index, writer->blocks);
    lede_put_u64(index, writer->keys);
    lede_put_u32(index, 0);
    lede_put(index, writer->prefixes.at, writer->prefixes.len);
    lede_put(index, writer->offsets.at, writer->offsets.len);
    if (status == LEDE_OK)
        status = writer->prefixes.status;
    if (status == LEDE_OK)
        status = writer->offsets.status;
    return status == LEDE_OK ? index->status : status;
}
