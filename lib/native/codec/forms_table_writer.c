/*
 * native/codec/forms_table_writer.c - form keys, as stored.
 *
 *     block   n:u8 kind:u8 front(n)     (front.c)
 *             terms:block(n) base:varint first:block(n - 1)
 *             more:block, of 128 numbers and one of the rest
 *     index   blocks:u32 keys:u64 left_out:u32 [kind:u8] [prefix:u32]
 *             offsets:column
 *
 * `base` is the first word of the first key, `first` how far that of each other
 * key is from the one before, and `more` the gaps to the other words of all
 * keys: keys in order have words nearly in order, so that most are small.
 */
#include "native/codec/forms_table.h"

#include "base/alloc.h"

struct lede_forms_table_writer {
    const lede_allocator *allocator;

    /* The block being filled. */
    uint8_t kind;
    lede_buffer keys;
    size_t ends[LEDE_FRONT_MAX];     /* of each in `keys` */
    uint32_t terms[LEDE_FRONT_MAX];  /* - 1 */
    uint32_t firsts[LEDE_FRONT_MAX]; /* words */
    uint32_t n;
    uint32_t last;  /* word that was added */
    uint32_t *gaps; /* to the other words of all keys */
    size_t gap_count;
    size_t gap_capacity;

    uint32_t left_out;
    uint32_t blocks;
    uint64_t key_count;
    uint64_t offset; /* of the block */
    lede_buffer kinds;
    lede_buffer prefixes;
    lede_column_writer offsets; /* of blocks */
};

lede_status lede_forms_table_writer_new(lede_forms_table_writer **out,
                                        const lede_allocator *allocator)
{
    lede_forms_table_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_buffer_init(&made->keys, allocator);
    lede_buffer_init(&made->kinds, allocator);
    lede_buffer_init(&made->prefixes, allocator);
    lede_column_writer_init(&made->offsets, allocator);
    *out = made;
    return LEDE_OK;
}

void lede_forms_table_writer_free(lede_forms_table_writer *writer)
{
    if (!writer)
        return;
    lede_buffer_fini(&writer->keys);
    lede_buffer_fini(&writer->kinds);
    lede_buffer_fini(&writer->prefixes);
    lede_column_writer_fini(&writer->offsets);
    lede_release(writer->allocator, writer->gaps,
                 writer->gap_capacity * sizeof *writer->gaps);
    lede_release(writer->allocator, writer, sizeof *writer);
}

/* A key of the block being filled. */
static lede_bytes key_at(const lede_forms_table_writer *w, uint32_t i)
{
    size_t begin = i ? w->ends[i - 1] : 0;

    return lede_bytes_of(w->keys.at + begin, w->ends[i] - begin);
}

/* The first 4 bytes of a key. */
static uint32_t prefix_of(lede_bytes text)
{
    uint32_t prefix = 0;

    for (size_t i = 0; i < 4; i++)
        prefix = prefix << 8 | (i < text.len ? text.at[i] : 0);
    return prefix;
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
    lede_bytes texts[LEDE_FRONT_MAX];
    size_t before = forms->len;
    lede_status status;

    if (w->n == 0)
        return LEDE_OK;
    for (uint32_t i = 0; i < w->n; i++)
        texts[i] = key_at(w, i);
    lede_put_u8(&w->kinds, w->kind);
    lede_put_u32(&w->prefixes, prefix_of(texts[0]));
    status = lede_column_writer_add(&w->offsets, w->offset);
    lede_put_u8(forms, (uint8_t)w->n);
    lede_put_u8(forms, w->kind);
    lede_front_write(forms, texts, w->n);
    put_words(w, forms);
    w->blocks++;
    w->offset += forms->len - before;
    w->key_count += w->n;
    w->n = 0;
    w->gap_count = 0;
    lede_buffer_clear(&w->keys);
    return status == LEDE_OK ? forms->status : status;
}

static lede_status begin_key(lede_forms_table_writer *w, uint8_t kind,
                             lede_bytes key, uint32_t ordinal,
                             lede_buffer *forms)
{
    lede_status status = LEDE_OK;

    if (kind != w->kind || w->n == LEDE_FRONT_MAX)
        status = end_block(w, forms);
    if (status != LEDE_OK)
        return status;
    w->kind = kind;
    lede_put(&w->keys, key.at, key.len);
    w->ends[w->n] = w->keys.len;
    w->firsts[w->n] = ordinal;
    w->terms[w->n++] = 0;
    return w->keys.status;
}

lede_status lede_forms_table_writer_add(lede_forms_table_writer *writer,
                                        uint8_t kind, lede_bytes key,
                                        uint32_t ordinal, lede_buffer *forms)
{
    lede_forms_table_writer *w = writer;
    lede_status status = LEDE_OK;

    if (w->n == 0 || w->kind != kind ||
        !lede_bytes_equal(key_at(w, w->n - 1), key)) {
        status = begin_key(w, kind, key, ordinal, forms);
    } else if (ordinal != w->last) {
        if (!lede_grow(w->allocator, &w->gaps, &w->gap_capacity,
                       w->gap_count + 1, sizeof *w->gaps))
            return LEDE_ERR_NOMEM;
        w->gaps[w->gap_count++] = ordinal - w->last - 1;
        w->terms[w->n - 1]++;
    }
    w->last = ordinal;
    return status;
}

void lede_forms_table_writer_leave_out(lede_forms_table_writer *writer,
                                       uint32_t left_out)
{
    writer->left_out |= left_out;
}

lede_status lede_forms_table_writer_end(lede_forms_table_writer *writer,
                                        lede_buffer *forms, lede_buffer *index)
{
    lede_forms_table_writer *w = writer;
    lede_status status = end_block(w, forms);

    lede_put_u32(index, w->blocks);
    lede_put_u64(index, w->key_count);
    lede_put_u32(index, w->left_out);
    lede_put(index, w->kinds.at, w->kinds.len);
    lede_put(index, w->prefixes.at, w->prefixes.len);
    lede_column_writer_end(&w->offsets, index);
    if (status == LEDE_OK)
        status = w->kinds.status;
    if (status == LEDE_OK)
        status = w->prefixes.status;
    return status == LEDE_OK ? index->status : status;
}
