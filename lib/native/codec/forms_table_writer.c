/*
 * native/codec/forms_table_writer.c - form keys, as stored.
 *
 *     block   n:u8 kind:u8 front(n)     (front.c)
 *             terms:block(n) base:varint first:block(n - 1)
 *             more:block, of 128 numbers and one of the rest
 *     index   blocks:u32 keys:u64 zeros:4 [kind:u8] [prefix:u32]
 *             offsets:column
 *
 * `base` is the first word of the first key, `first` how far that of each other
 * key is from the one before, and `more` the gaps to the other words of all
 * keys: keys in order have words nearly in order, so that most are small.
 */
#include "native/codec/forms_table.h"

#include "base/alloc.h"
#include "base/arena.h"

#define CHUNK_BYTES 65536U

/* Below this, moving items one by one is quicker than merging. */
#define FEW 8U

/* A word of a key. The prefix spares most comparisons a look at the rest. */
typedef struct addition {
    uint64_t prefix; /* the kind, and the first 7 bytes of the key */
    uint32_t key;    /* its chunk, and in the low 16 bits its place there: its
                      * length, then its bytes */
    uint32_t ordinal;
} addition;

struct lede_forms_table_writer {
    const lede_allocator *allocator;
    addition *additions;
    size_t count;
    size_t capacity;
    lede_arena *arena; /* of keys */
    uint8_t **chunks;  /* in it */
    size_t chunk_count;
    size_t chunk_capacity;
    size_t room; /* bytes taken of the last one */

    /* The block being filled. */
    uint8_t kind;
    lede_bytes texts[LEDE_FRONT_MAX];
    uint32_t terms[LEDE_FRONT_MAX]; /* - 1 */
    uint32_t firsts[LEDE_FRONT_MAX];
    uint32_t n;
    uint32_t *gaps; /* to the other words of all keys */
    size_t gap_count;
    size_t gap_capacity;

    uint32_t blocks;
    uint64_t keys;
    lede_buffer kinds;
    lede_buffer prefixes;
    uint64_t *offsets; /* of blocks */
    size_t offset_capacity;
};

lede_status lede_forms_table_writer_new(lede_forms_table_writer **out,
                                        const lede_allocator *allocator)
{
    lede_forms_table_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_buffer_init(&made->kinds, allocator);
    lede_buffer_init(&made->prefixes, allocator);
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
    lede_release(writer->allocator, writer->chunks,
                 writer->chunk_capacity * sizeof *writer->chunks);
    lede_buffer_fini(&writer->kinds);
    lede_buffer_fini(&writer->prefixes);
    lede_release(writer->allocator, writer->gaps,
                 writer->gap_capacity * sizeof *writer->gaps);
    lede_release(writer->allocator, writer->offsets,
                 writer->offset_capacity * sizeof *writer->offsets);
    lede_release(writer->allocator, writer->additions,
                 writer->capacity * sizeof *writer->additions);
    lede_release(writer->allocator, writer, sizeof *writer);
}

uint64_t lede_forms_table_writer_memory(const lede_forms_table_writer *writer)
{
    return sizeof *writer + writer->capacity * sizeof *writer->additions +
           lede_arena_bytes(writer->arena) +
           writer->chunk_capacity * sizeof *writer->chunks +
           writer->kinds.capacity + writer->prefixes.capacity +
           writer->offset_capacity * sizeof *writer->offsets +
           writer->gap_capacity * sizeof *writer->gaps;
}

static lede_status add_chunk(lede_forms_table_writer *w)
{
    uint8_t *chunk;

    if (w->chunk_count > UINT16_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_grow(w->allocator, &w->chunks, &w->chunk_capacity,
                   w->chunk_count + 1, sizeof *w->chunks))
        return LEDE_ERR_NOMEM;
    chunk = lede_arena_alloc(w->arena, CHUNK_BYTES);
    if (!chunk)
        return LEDE_ERR_NOMEM;
    w->chunks[w->chunk_count++] = chunk;
    w->room = 0;
    return LEDE_OK;
}

static lede_status keep_key(lede_forms_table_writer *w, lede_bytes key,
                            uint32_t *place)
{
    lede_status status = LEDE_OK;
    uint8_t *at;

    if (w->chunk_count == 0 || CHUNK_BYTES - w->room < key.len + 1)
        status = add_chunk(w);
    if (status != LEDE_OK)
        return status;
    *place = (uint32_t)(w->chunk_count - 1) << 16 | (uint32_t)w->room;
    at = w->chunks[w->chunk_count - 1] + w->room;
    at[0] = (uint8_t)key.len;
    memcpy(at + 1, key.at, key.len);
    w->room += key.len + 1;
    return LEDE_OK;
}

static uint64_t prefix_of(lede_bytes text)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < text.len ? text.at[i] : 0);
    return prefix;
}

static lede_bytes key_of(const lede_forms_table_writer *w, const addition *a)
{
    const uint8_t *at = w->chunks[a->key >> 16] + (a->key & UINT16_MAX);

    return lede_bytes_of(at + 1, at[0]);
}

lede_status lede_forms_table_writer_add(lede_forms_table_writer *writer,
                                        uint8_t kind, lede_bytes key,
                                        uint32_t ordinal)
{
    lede_forms_table_writer *w = writer;
    addition *a;
    lede_status status;

    if (!lede_grow(w->allocator, &w->additions, &w->capacity, w->count + 1,
                   sizeof *a))
        return LEDE_ERR_NOMEM;
    a = &w->additions[w->count];
    a->prefix = (uint64_t)kind << 56 | prefix_of(key) >> 8;
    a->ordinal = ordinal;
    status = keep_key(w, key, &a->key);
    w->count += status == LEDE_OK;
    return status;
}

static bool stands_before(const lede_forms_table_writer *w, const addition *a,
                          const addition *b)
{
    int order;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    order = lede_bytes_compare(key_of(w, a), key_of(w, b));
    return order ? order < 0 : a->ordinal < b->ordinal;
}

static void sort_few(const lede_forms_table_writer *w, addition *at,
                     size_t count)
{
    for (size_t i = 1; i < count; i++) {
        addition moved = at[i];
        size_t j = i;

        for (; j > 0 && stands_before(w, &moved, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = moved;
    }
}

/* Keys come nearly in order, for words do and stems are how words begin: halves
 * that are in order already are left so. `aside` has room for half of them. */
static void sort(const lede_forms_table_writer *w, addition *at, size_t count,
                 addition *aside)
{
    size_t half = count / 2, left = 0, right = half, out = 0;

    if (count <= FEW) {
        sort_few(w, at, count);
        return;
    }
    sort(w, at, half, aside);
    sort(w, at + half, count - half, aside);
    if (!stands_before(w, &at[half], &at[half - 1]))
        return;
    memcpy(aside, at, half * sizeof *at);
    while (left < half)
        if (right < count && stands_before(w, &at[right], &aside[left]))
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
    sort(w, w->additions, w->count, aside);
    lede_release(w->allocator, aside, half * sizeof *aside);
    return LEDE_OK;
}

static void put_block(lede_buffer *out, const uint32_t *values, uint32_t n)
{
    uint8_t *at = n > 0 ? lede_buffer_reserve(out, LEDE_BLOCK_BYTES_MAX) : NULL;

    if (at)
        out->len += lede_block_write_uneven(at, values, n);
}

/* Differences of either sign as numbers: 0, -1, 1, -2 ... */
static uint32_t fold_sign(uint32_t difference)
{
    return difference << 1 ^ (difference >> 31 ? UINT32_MAX : 0);
}

static void put_words(const lede_forms_table_writer *w, lede_buffer *forms)
{
    uint32_t steps[LEDE_FRONT_MAX];

    for (uint32_t i = 1; i < w->n; i++)
        steps[i - 1] = fold_sign(w->firsts[i] - w->firsts[i - 1]);
    put_block(forms, w->terms, w->n);
    lede_put_varint(forms, w->firsts[0]);
    put_block(forms, steps, w->n - 1);
    for (size_t at = 0; at < w->gap_count; at += LEDE_BLOCK_MAX)
        put_block(forms, w->gaps + at,
                  w->gap_count - at < LEDE_BLOCK_MAX
                      ? (uint32_t)(w->gap_count - at)
                      : LEDE_BLOCK_MAX);
}

static lede_status end_block(lede_forms_table_writer *w, lede_buffer *forms)
{
    if (w->n == 0)
        return LEDE_OK;
    if (!lede_grow(w->allocator, &w->offsets, &w->offset_capacity,
                   (size_t)w->blocks + 1, sizeof *w->offsets))
        return LEDE_ERR_NOMEM;
    lede_put_u8(&w->kinds, w->kind);
    lede_put_u32(&w->prefixes, (uint32_t)(prefix_of(w->texts[0]) >> 32));
    w->offsets[w->blocks++] = forms->len;
    lede_put_u8(forms, (uint8_t)w->n);
    lede_put_u8(forms, w->kind);
    lede_front_write(forms, w->texts, w->n);
    put_words(w, forms);
    w->keys += w->n;
    w->n = 0;
    w->gap_count = 0;
    return forms->status;
}

/* Adds a key and its words, without those that were added twice. */
static lede_status add_key(lede_forms_table_writer *w, const addition *from,
                           size_t count)
{
    uint32_t last = from->ordinal, more = 0;

    if (!lede_grow(w->allocator, &w->gaps, &w->gap_capacity,
                   w->gap_count + count, sizeof *w->gaps))
        return LEDE_ERR_NOMEM;
    for (size_t i = 1; i < count; i++) {
        if (from[i].ordinal == last)
            continue;
        w->gaps[w->gap_count++] = from[i].ordinal - last - 1;
        last = from[i].ordinal;
        more++;
    }
    w->texts[w->n] = key_of(w, from);
    w->firsts[w->n] = from->ordinal;
    w->terms[w->n++] = more;
    return LEDE_OK;
}

static lede_status put_keys(lede_forms_table_writer *w, lede_buffer *forms)
{
    lede_status status = LEDE_OK;
    size_t end;

    for (size_t at = 0; at < w->count && status == LEDE_OK; at = end) {
        const addition *first = &w->additions[at];
        uint8_t kind = (uint8_t)(first->prefix >> 56);

        if (kind != w->kind || w->n == LEDE_FRONT_MAX)
            status = end_block(w, forms);
        if (status != LEDE_OK)
            break;
        w->kind = kind;
        for (end = at + 1; end < w->count; end++)
            if (w->additions[end].prefix != first->prefix ||
                !lede_bytes_equal(key_of(w, &w->additions[end]),
                                  key_of(w, first)))
                break;
        status = add_key(w, first, end - at);
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
    lede_put(index, writer->kinds.at, writer->kinds.len);
    lede_put(index, writer->prefixes.at, writer->prefixes.len);
    lede_column_write(index, writer->offsets, writer->blocks);
    if (status == LEDE_OK)
        status = writer->kinds.status;
    if (status == LEDE_OK)
        status = writer->prefixes.status;
    return status == LEDE_OK ? index->status : status;
}
