/*
 * native/codec/postings_writer.c - lists, as stored.
 *
 *     short   documents:block(df) times:block(df) gaps(cf)
 *     long    groups:varint [group]
 *     group   blocks:u8 last:varint heads:varint bodies:varint spread:varint
 *             head body
 *     head    first:block(b) span:block(b) size:block(b) bytes:block(b)
 *             spread:block(b) most:block(b) least:block(b)
 *     body    [documents:block(n) times:block(n)]
 *
 * Times, most and least only with frequencies, gaps and spread only with
 * positions. FORMAT.md says what the numbers are.
 */
#include "native/codec/postings.h"

#include "base/alloc.h"

/* The head of a block that was written. */
typedef struct heads {
    uint32_t first[LEDE_BLOCK_MAX]; /* from the least possible */
    uint32_t span[LEDE_BLOCK_MAX];
    uint32_t size[LEDE_BLOCK_MAX];
    uint32_t bytes[LEDE_BLOCK_MAX];
    uint32_t spread[LEDE_BLOCK_MAX];
    uint32_t most[LEDE_BLOCK_MAX];
    uint32_t least[LEDE_BLOCK_MAX];
} heads;

struct lede_postings_writer {
    const lede_allocator *allocator;
    bool frequencies;
    bool positions;
    bool is_long;
    uint64_t documents; /* of the list so far */
    uint64_t occurrences;
    uint64_t next_doc; /* the least that the next block can hold */

    /* The block being filled. */
    uint32_t n;
    uint32_t docs[LEDE_BLOCK_MAX];
    uint32_t times[LEDE_BLOCK_MAX]; /* frequency - 1 */
    uint64_t least;                 /* length */
    uint32_t *gaps;
    size_t gap_count;
    size_t gap_capacity;
    uint32_t *single; /* positions of the only document */
    size_t single_capacity;

    /* The group being filled, and groups and positions of the list. */
    uint32_t blocks;
    uint64_t group_base; /* next_doc where the group began */
    heads head;
    lede_buffer bodies;
    uint64_t group_spread;
    uint64_t groups;
    lede_buffer list;
    lede_buffer spread;
};

lede_status lede_postings_writer_new(lede_postings_writer **out,
                                     const lede_allocator *allocator)
{
    lede_postings_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_buffer_init(&made->bodies, allocator);
    lede_buffer_init(&made->list, allocator);
    lede_buffer_init(&made->spread, allocator);
    *out = made;
    return LEDE_OK;
}

void lede_postings_writer_free(lede_postings_writer *writer)
{
    if (!writer)
        return;
    lede_release(writer->allocator, writer->gaps,
                 writer->gap_capacity * sizeof *writer->gaps);
    lede_release(writer->allocator, writer->single,
                 writer->single_capacity * sizeof *writer->single);
    lede_buffer_fini(&writer->bodies);
    lede_buffer_fini(&writer->list);
    lede_buffer_fini(&writer->spread);
    lede_release(writer->allocator, writer, sizeof *writer);
}

void lede_postings_writer_begin(lede_postings_writer *writer, bool frequencies,
                                bool positions)
{
    writer->frequencies = frequencies;
    writer->positions = positions && frequencies;
    writer->is_long = false;
    writer->documents = writer->occurrences = writer->next_doc = 0;
    writer->n = 0;
    writer->least = UINT64_MAX;
    writer->gap_count = 0;
    writer->blocks = 0;
    writer->groups = 0;
    writer->group_base = 0;
    writer->group_spread = 0;
    lede_buffer_clear(&writer->bodies);
    lede_buffer_clear(&writer->list);
    lede_buffer_clear(&writer->spread);
}

static void put_block(lede_buffer *out, const uint32_t *values, uint32_t n)
{
    uint8_t *at = lede_buffer_reserve(out, LEDE_BLOCK_BYTES_MAX);

    if (at)
        out->len += lede_block_write(at, values, n);
}

/* Documents as gaps from `base` on. */
static void put_docs(lede_buffer *out, const uint32_t *docs, uint32_t n,
                     uint32_t base)
{
    uint32_t gaps[LEDE_BLOCK_MAX];

    for (uint32_t i = 0; i < n; i++) {
        gaps[i] = docs[i] - base;
        base = docs[i] + 1;
    }
    put_block(out, gaps, n);
}

static lede_status first_failure(const lede_postings_writer *w)
{
    return w->bodies.status != LEDE_OK ? w->bodies.status
           : w->list.status != LEDE_OK ? w->list.status
                                       : w->spread.status;
}

static void end_group(lede_postings_writer *w)
{
    lede_buffer head;

    if (w->blocks == 0)
        return;
    lede_buffer_init(&head, w->allocator);
    put_block(&head, w->head.first, w->blocks);
    put_block(&head, w->head.span, w->blocks);
    put_block(&head, w->head.size, w->blocks);
    put_block(&head, w->head.bytes, w->blocks);
    if (w->positions)
        put_block(&head, w->head.spread, w->blocks);
    if (w->frequencies) {
        put_block(&head, w->head.most, w->blocks);
        put_block(&head, w->head.least, w->blocks);
    }
    lede_put_u8(&w->list, (uint8_t)w->blocks);
    lede_put_varint(&w->list, w->next_doc - 1 - w->group_base);
    lede_put_varint(&w->list, head.len);
    lede_put_varint(&w->list, w->bodies.len);
    lede_put_varint(&w->list, w->group_spread);
    lede_put(&w->list, head.at, head.len);
    lede_put(&w->list, w->bodies.at, w->bodies.len);
    if (head.status != LEDE_OK)
        w->list.status = head.status;
    lede_buffer_fini(&head);
    w->groups++;
    w->blocks = 0;
    w->group_base = w->next_doc;
    w->group_spread = 0;
    w->bodies.len = 0;
}

/* Counts in a block whose body and positions were just appended. */
static void add_head(lede_postings_writer *w, uint32_t first, uint32_t last,
                     uint32_t size, size_t bytes, size_t spread)
{
    uint32_t b = w->blocks++;

    w->head.first[b] = (uint32_t)(first - w->next_doc);
    w->head.span[b] = last - first;
    w->head.size[b] = size - 1;
    w->head.bytes[b] = (uint32_t)bytes;
    w->head.spread[b] = (uint32_t)spread;
    w->group_spread += spread;
    w->next_doc = (uint64_t)last + 1;
}

static void end_block(lede_postings_writer *w)
{
    size_t body = w->bodies.len, spread = w->spread.len;
    uint32_t most = 0;

    if (w->n == 0)
        return;
    put_docs(&w->bodies, w->docs, w->n, w->docs[0]);
    if (w->frequencies)
        put_block(&w->bodies, w->times, w->n);
    if (w->positions)
        lede_run_write(&w->spread, w->gaps, w->gap_count);
    for (uint32_t i = 0; i < w->n; i++)
        most = w->times[i] > most ? w->times[i] : most;
    w->head.most[w->blocks] = most;
    w->head.least[w->blocks] = lede_length_floor(w->least);
    add_head(w, w->docs[0], w->docs[w->n - 1], w->n, w->bodies.len - body,
             w->spread.len - spread);
    w->n = 0;
    w->gap_count = 0;
    w->least = UINT64_MAX;
    if (w->blocks == LEDE_BLOCK_MAX)
        end_group(w);
}

static lede_status add_gaps(lede_postings_writer *w, const uint32_t *positions,
                            uint32_t count)
{
    uint32_t base = 0;

    if (!lede_grow(w->allocator, &w->gaps, &w->gap_capacity,
                   w->gap_count + count, sizeof *w->gaps))
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        w->gaps[w->gap_count++] = positions[i] - base;
        base = positions[i] + 1;
    }
    return LEDE_OK;
}

/* Ends a full block when more comes. */
static void make_way(lede_postings_writer *w)
{
    if (w->n < LEDE_BLOCK_MAX)
        return;
    w->is_long = true;
    end_block(w);
}

lede_status lede_postings_writer_add(lede_postings_writer *writer, uint32_t doc,
                                     uint32_t frequency,
                                     const uint32_t *positions, uint64_t length)
{
    lede_status status = LEDE_OK;

    if (!writer->frequencies)
        frequency = 1;
    make_way(writer);
    if (writer->positions)
        status = add_gaps(writer, positions, frequency);
    if (status != LEDE_OK)
        return status;
    writer->docs[writer->n] = doc;
    writer->times[writer->n] = frequency - 1;
    writer->n++;
    writer->least = length < writer->least ? length : writer->least;
    writer->documents++;
    writer->occurrences += frequency;
    return first_failure(writer);
}

/* As add_gaps, for a block that is empty. */
static lede_status set_gaps(lede_postings_writer *w,
                            const lede_postings_batch *batch)
{
    const uint32_t *at = batch->positions;
    uint32_t *gap;

    if (!lede_grow(w->allocator, &w->gaps, &w->gap_capacity,
                   batch->position_count, sizeof *w->gaps))
        return LEDE_ERR_NOMEM;
    gap = w->gaps;
    for (uint32_t i = 0; i < batch->n; i++) {
        const uint32_t *end = at + batch->times[i];

        for (*gap++ = *at; at < end; at++)
            *gap++ = at[1] - at[0] - 1;
        at++;
    }
    w->gap_count = batch->position_count;
    return LEDE_OK;
}

lede_status lede_postings_writer_add_batch(lede_postings_writer *writer,
                                           const lede_postings_batch *batch)
{
    lede_postings_writer *w = writer;
    uint32_t n = batch->n;
    lede_status status = LEDE_OK;

    make_way(w);
    if (n == 0 || n > LEDE_BLOCK_MAX || w->n > 0)
        return LEDE_ERR_INVALID;
    if (w->positions)
        status = set_gaps(w, batch);
    if (status != LEDE_OK)
        return status;
    memcpy(w->docs, batch->docs, n * sizeof *w->docs);
    w->occurrences += n;
    if (w->frequencies)
        memcpy(w->times, batch->times, n * sizeof *w->times);
    else
        memset(w->times, 0, n * sizeof *w->times);
    for (uint32_t i = 0; i < n; i++)
        w->occurrences += w->times[i];
    w->n = n;
    w->least = batch->least;
    w->documents += n;
    return first_failure(w);
}

lede_status lede_postings_writer_copy(lede_postings_writer *writer,
                                      lede_postings *list, uint32_t shift)
{
    lede_postings_raw raw;

    if (list->documents <= LEDE_POSTINGS_SHORT ||
        list->source->frequencies != writer->frequencies ||
        list->source->has_positions != writer->positions)
        return LEDE_ERR_UNSUPPORTED;
    writer->is_long = true;
    end_block(writer);
    while (lede_postings_next_raw(list, &raw)) {
        lede_put(&writer->bodies, raw.body.at, raw.body.len);
        lede_put(&writer->spread, raw.spread.at, raw.spread.len);
        writer->head.most[writer->blocks] = raw.most;
        writer->head.least[writer->blocks] = raw.least;
        add_head(writer, raw.first + shift, raw.last + shift, raw.size,
                 raw.body.len, raw.spread.len);
        if (writer->blocks == LEDE_BLOCK_MAX)
            end_group(writer);
    }
    if (list->status != LEDE_OK)
        return list->status;
    writer->documents += list->documents;
    writer->occurrences += list->entry.occurrences;
    return first_failure(writer);
}

static void put_short(lede_postings_writer *w)
{
    put_docs(&w->list, w->docs, w->n, 0);
    if (w->frequencies)
        put_block(&w->list, w->times, w->n);
    if (w->positions)
        lede_run_write(&w->list, w->gaps, w->gap_count);
}

static lede_status end_single(lede_postings_writer *w, lede_terms_entry *entry)
{
    uint32_t next = 0;

    entry->document = w->docs[0];
    entry->frequency = w->times[0] + 1;
    if (!w->positions)
        return LEDE_OK;
    if (!lede_grow(w->allocator, &w->single, &w->single_capacity, w->gap_count,
                   sizeof *w->single))
        return LEDE_ERR_NOMEM;
    for (size_t i = 0; i < w->gap_count; i++) {
        w->single[i] = next + w->gaps[i];
        next = w->single[i] + 1;
    }
    entry->at = w->single;
    return LEDE_OK;
}

static void append_long(lede_postings_writer *w, lede_buffer *postings)
{
    end_block(w);
    end_group(w);
    lede_put_varint(postings, w->groups);
    lede_put(postings, w->list.at, w->list.len);
}

lede_status lede_postings_writer_end(
    lede_postings_writer *writer, lede_buffer *postings, uint64_t postings_base,
    lede_buffer *positions, uint64_t positions_base, lede_terms_entry *entry)
{
    size_t before = postings->len, before_spread = positions->len;
    lede_status status = LEDE_OK;

    entry->documents = (uint32_t)writer->documents;
    entry->occurrences = writer->occurrences;
    entry->document = entry->frequency = 0;
    entry->at = NULL;
    if (writer->documents == 1)
        status = end_single(writer, entry);
    else if (writer->is_long)
        append_long(writer, postings);
    else
        put_short(writer);
    if (!writer->is_long)
        lede_put(postings, writer->list.at, writer->list.len);
    else
        lede_put(positions, writer->spread.at, writer->spread.len);
    entry->postings = postings_base + before;
    entry->postings_len = postings->len - before;
    entry->positions = positions_base + before_spread;
    entry->positions_len = positions->len - before_spread;
    if (status == LEDE_OK)
        status = first_failure(writer);
    if (status == LEDE_OK)
        status = postings->status;
    return status == LEDE_OK ? positions->status : status;
}

/* 2^(j/8) x 2^32, rounded up. */
static const uint64_t eighths[8] = {
    0x100000000U, 0x1172B83C8U, 0x1306FE0A4U, 0x14BFDAD54U,
    0x16A09E668U, 0x18ACE5423U, 0x1AE89F996U, 0x1D5818DD0U,
};

uint32_t lede_length_floor(uint64_t length)
{
    uint64_t x = length < UINT32_MAX ? length + 1 : UINT32_MAX;
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x), j = 7;

    while (x << 32 >> whole < eighths[j])
        j--;
    return whole * 8 + j;
}

uint64_t lede_length_least(uint32_t floor)
{
    uint32_t whole = floor / 8 < 32 ? floor / 8 : 31;
    uint64_t x = eighths[floor % 8] << whole;

    return (x >> 32) + ((x & UINT32_MAX) != 0) - 1;
}
