/*
 * native/codec/postings_writer.c - lists, as stored.
 *
 *     few     length:varint documents:points
 *             times:block, of 128 numbers and one of the rest
 *             [scale:u8] positions:points
 *     short   documents:block(df) times:block(df) [scale:u8] positions:points
 *     long    [group]
 *     group   shape:varint [marks] [all:bounds(1)] [together:bounds(1)]
 *             [last:varint [documents:varint] heads:varint bodies:varint
 *             spread:varint tail:varint]
 *             head body tops bounds(b)
 *     head    last:block(b) [size:block(b)] bytes:block(b) spread:block(b)
 *             [scale:block(b)]
 *     body    [documents:block(n) times:block(n)]
 *     tops    [top:u8]
 *
 * Times, marks, tops and bounds only with frequencies, points of positions,
 * scale and spread only with positions. FORMAT.md says what the numbers are.
 */
#include "native/codec/postings.h"

#include "base/alloc.h"

/* Postings in a row: of the block being filled, or of lists of few. */
#define ROW_MAX (LEDE_TERMS_BLOCK * LEDE_POSTINGS_FEW)
_Static_assert(ROW_MAX >= LEDE_BLOCK_MAX, "a row has room for a block");

typedef struct row {
    uint32_t n;
    uint32_t docs[ROW_MAX];
    uint32_t times[ROW_MAX]; /* frequency - 1 */
    uint32_t *at;            /* positions of all */
    size_t at_count;
    size_t at_capacity;
} row;

/* The heads of blocks that were written. */
typedef struct heads {
    uint32_t last[LEDE_BLOCK_MAX]; /* from the least possible */
    uint32_t size[LEDE_BLOCK_MAX];
    uint32_t bytes[LEDE_BLOCK_MAX];
    uint32_t spread[LEDE_BLOCK_MAX];
    uint32_t scale[LEDE_BLOCK_MAX];
    uint8_t tops[LEDE_BLOCK_MAX];
    lede_corners corners[LEDE_BLOCK_MAX];
} heads;

struct lede_postings_writer {
    const lede_allocator *allocator;
    const lede_postings_target *target;
    bool is_long;
    uint64_t documents; /* of the list so far */
    uint64_t occurrences;
    uint64_t next_doc; /* the least that the next block can hold */

    row block; /* being filled */
    lede_points_writer points;

    /* Lists of few documents, until they are written together. */
    row few;
    uint32_t few_count;
    uint8_t few_documents[LEDE_TERMS_BLOCK];

    /* The group being filled, and positions of the list. */
    uint32_t blocks;
    uint64_t group_base; /* next_doc where the group began */
    uint64_t group_documents;
    heads head;
    lede_buffer bodies;
    uint64_t group_spread;
    lede_buffer list;
    lede_buffer spread;

    size_t all_at;  /* in the list, where what is said of all of it stands */
    lede_hull hull; /* of all documents */
    lede_marker marker;
};

lede_status lede_postings_writer_new(lede_postings_writer **out,
                                     const lede_allocator *allocator)
{
    lede_postings_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_points_writer_init(&made->points, allocator);
    lede_buffer_init(&made->bodies, allocator);
    lede_buffer_init(&made->list, allocator);
    lede_buffer_init(&made->spread, allocator);
    *out = made;
    return LEDE_OK;
}

void lede_postings_writer_free(lede_postings_writer *writer)
{
    row *block, *few;

    if (!writer)
        return;
    block = &writer->block;
    few = &writer->few;
    lede_release(writer->allocator, block->at,
                 block->at_capacity * sizeof *block->at);
    lede_release(writer->allocator, few->at,
                 few->at_capacity * sizeof *few->at);
    lede_points_writer_fini(&writer->points);
    lede_buffer_fini(&writer->bodies);
    lede_buffer_fini(&writer->list);
    lede_buffer_fini(&writer->spread);
    lede_release(writer->allocator, writer, sizeof *writer);
}

/* ---- Rows ---- */

static void row_clear(row *r)
{
    r->n = 0;
    r->at_count = 0;
}

static lede_status add_positions(const lede_postings_writer *w, row *r,
                                 const uint32_t *positions, size_t count)
{
    if (!lede_grow(w->allocator, &r->at, &r->at_capacity, r->at_count + count,
                   sizeof *r->at))
        return LEDE_ERR_NOMEM;
    memcpy(r->at + r->at_count, positions, count * sizeof *positions);
    r->at_count += count;
    return LEDE_OK;
}

static uint32_t words_of(const lede_postings_writer *w, uint32_t doc)
{
    return doc < w->target->word_count ? w->target->words[doc] : 0;
}

/* The same at the least scale at which all positions lie in their ranges. */
static uint32_t find_scale(const row *r, uint32_t *ranges)
{
    const uint32_t *at = r->at;
    uint32_t scale = 0;

    for (uint32_t i = 0; i < r->n; i++) {
        at += r->times[i];
        while (lede_postings_range(ranges[i], scale) <= *at)
            scale++;
        at++;
    }
    for (uint32_t i = 0; i < r->n; i++)
        ranges[i] = lede_postings_range(ranges[i], scale);
    return scale;
}

/* The ranges of a row's positions, and their scale: 0 wherever documents have
 * one value each. */
static uint32_t find_ranges(const lede_postings_writer *w, const row *r,
                            uint32_t *ranges)
{
    const uint32_t *at = r->at;
    uint32_t beyond = 0;

    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t range = lede_postings_range(words_of(w, r->docs[i]), 0);

        at += r->times[i];
        ranges[i] = range;
        beyond |= *at++ >= range;
    }
    return beyond ? find_scale(r, ranges) : 0;
}

static void put_positions(lede_postings_writer *w, const row *r,
                          const uint32_t *ranges, lede_buffer *out)
{
    uint32_t sizes[ROW_MAX];

    for (uint32_t i = 0; i < r->n; i++)
        sizes[i] = r->times[i] + 1;
    lede_points_put_all(&w->points, ranges, sizes, r->n, r->at);
    if (lede_points_end(&w->points, out) != LEDE_OK)
        out->status = LEDE_ERR_NOMEM;
}

/* The same where a scale other than 0 stands before them. */
static void put_scaled(lede_postings_writer *w, const row *r, lede_buffer *out,
                       bool *scaled)
{
    uint32_t ranges[ROW_MAX], scale = find_ranges(w, r, ranges);

    *scaled = scale > 0;
    if (*scaled)
        lede_put_u8(out, (uint8_t)scale);
    put_positions(w, r, ranges, out);
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

/* ---- Lists of few ---- */

static lede_status keep_few(lede_postings_writer *w)
{
    row *few = &w->few;
    const row *r = &w->block;

    if (w->few_count == LEDE_TERMS_BLOCK)
        return LEDE_ERR_INVALID;
    memcpy(few->docs + few->n, r->docs, r->n * sizeof *r->docs);
    memcpy(few->times + few->n, r->times, r->n * sizeof *r->times);
    few->n += r->n;
    w->few_documents[w->few_count++] = (uint8_t)r->n;
    return w->target->positions ? add_positions(w, few, r->at, r->at_count)
                                : LEDE_OK;
}

/* Appends the documents of all lists of few, and their length. */
static lede_status put_few_documents(lede_postings_writer *w, lede_buffer *out)
{
    const uint32_t *docs = w->few.docs;
    lede_status status;

    w->list.len = 0;
    for (uint32_t i = 0; i < w->few_count; i++) {
        lede_points_put(&w->points, w->target->documents, docs,
                        w->few_documents[i]);
        docs += w->few_documents[i];
    }
    status = lede_points_end(&w->points, &w->list);
    lede_put_varint(out, w->list.len);
    lede_put(out, w->list.at, w->list.len);
    w->list.len = 0;
    return status;
}

lede_status lede_postings_writer_end_few(lede_postings_writer *writer,
                                         lede_buffer *postings, bool *scaled)
{
    row *few = &writer->few;
    lede_status status;

    *scaled = false;
    if (few->n == 0)
        return LEDE_OK;
    status = put_few_documents(writer, postings);
    for (uint32_t at = 0; at < few->n && writer->target->frequencies;
         at += LEDE_BLOCK_MAX)
        put_block(postings, few->times + at,
                  few->n - at < LEDE_BLOCK_MAX ? few->n - at : LEDE_BLOCK_MAX);
    if (writer->target->positions)
        put_scaled(writer, few, postings, scaled);
    row_clear(few);
    writer->few_count = 0;
    return status == LEDE_OK ? postings->status : status;
}

/* ---- Long lists ---- */

static lede_status first_failure(const lede_postings_writer *w)
{
    return w->bodies.status != LEDE_OK ? w->bodies.status
           : w->list.status != LEDE_OK ? w->list.status
                                       : w->spread.status;
}

static bool any(const uint32_t *values, uint32_t n)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < n; i++)
        bits |= values[i];
    return bits != 0;
}

/* Whether blocks are less than full, but for the last one of a list. */
static bool is_uneven(const lede_postings_writer *w, bool more)
{
    for (uint32_t i = 0; i < w->blocks - !more; i++)
        if (w->head.size[i] != LEDE_BLOCK_MAX - 1)
            return true;
    return false;
}

static void put_head(lede_postings_writer *w, lede_buffer *out, bool uneven,
                     bool scaled)
{
    put_block(out, w->head.last, w->blocks);
    if (uneven)
        put_block(out, w->head.size, w->blocks);
    put_block(out, w->head.bytes, w->blocks);
    if (w->target->positions)
        put_block(out, w->head.spread, w->blocks);
    if (scaled)
        put_block(out, w->head.scale, w->blocks);
}

/* The bound of all documents of a group. */
static void find_together(lede_postings_writer *w, lede_corners *together)
{
    lede_hull hull = { 0 };

    for (uint32_t b = 0; b < w->blocks; b++)
        lede_hull_add_corners(&hull, &w->head.corners[b]);
    lede_hull_end(&hull, together);
    lede_hull_add_corners(&w->hull, together);
}

/* The beginning of a group; `more`: it is not the list's last. */
static void put_prefix(lede_postings_writer *w, bool more, bool uneven,
                       bool scaled)
{
    lede_corners together;

    lede_put_varint(&w->list, (w->blocks - 1) | (more ? LEDE_GROUP_MORE : 0) |
                                  (uneven ? LEDE_GROUP_UNEVEN : 0) |
                                  (scaled ? LEDE_GROUP_SCALED : 0));
    if (w->all_at == 0)
        w->all_at = w->list.len;
    if (!w->target->frequencies)
        return;
    find_together(w, &together);
    if (w->blocks > LEDE_GROUP_PLAIN)
        lede_bounds_put(&w->list, &together, 1);
}

/* Parts of a group that is not the last, by their bytes. */
static void put_totals(lede_postings_writer *w, bool uneven, size_t head,
                       size_t tail)
{
    lede_put_varint(&w->list, w->next_doc - 1 - w->group_base);
    if (uneven)
        lede_put_varint(&w->list, w->group_documents);
    lede_put_varint(&w->list, head);
    lede_put_varint(&w->list, w->bodies.len);
    lede_put_varint(&w->list, w->group_spread);
    if (w->target->frequencies)
        lede_put_varint(&w->list, tail);
}

static void end_group(lede_postings_writer *w, bool more)
{
    bool uneven = is_uneven(w, more);
    bool scaled = w->target->positions && any(w->head.scale, w->blocks);
    lede_buffer head, tail;

    lede_buffer_init(&head, w->allocator);
    lede_buffer_init(&tail, w->allocator);
    put_head(w, &head, uneven, scaled);
    if (w->target->frequencies) {
        lede_put(&tail, w->head.tops, w->blocks);
        lede_bounds_put(&tail, w->head.corners, w->blocks);
    }
    put_prefix(w, more, uneven, scaled);
    if (more)
        put_totals(w, uneven, head.len, tail.len);
    lede_put(&w->list, head.at, head.len);
    lede_put(&w->list, w->bodies.at, w->bodies.len);
    lede_put(&w->list, tail.at, tail.len);
    if (head.status != LEDE_OK || tail.status != LEDE_OK)
        w->list.status = LEDE_ERR_NOMEM;
    lede_buffer_fini(&head);
    lede_buffer_fini(&tail);
    w->blocks = 0;
    w->group_base = w->next_doc;
    w->group_documents = 0;
    w->group_spread = 0;
    w->bodies.len = 0;
}

/* Makes room for the head of another block. */
static void begin_block(lede_postings_writer *w)
{
    if (w->blocks == LEDE_BLOCK_MAX)
        end_group(w, true);
}

/* Counts in a block whose body and positions were just appended. */
static void add_head(lede_postings_writer *w, uint32_t last, uint32_t size,
                     size_t bytes, size_t spread)
{
    uint32_t b = w->blocks++;

    w->head.last[b] = (uint32_t)(last - w->next_doc);
    w->head.size[b] = size - 1;
    w->head.bytes[b] = (uint32_t)bytes;
    w->head.spread[b] = (uint32_t)spread;
    w->group_documents += size;
    w->group_spread += spread;
    w->next_doc = (uint64_t)last + 1;
}

static uint32_t length_of(const lede_postings_writer *w, uint32_t doc)
{
    return doc < w->target->length_count ? w->target->lengths[doc] : 0;
}

/* Finds what bounds the documents of the block to come. */
static void find_bounds(lede_postings_writer *w, const row *r)
{
    lede_hull hull = { 0 };

    for (uint32_t i = 0; i < r->n; i++)
        lede_hull_add(&hull, r->times[i] + 1, length_of(w, r->docs[i]));
    w->head.tops[w->blocks] = lede_top_of_hull(&hull, w->target->usual);
    lede_hull_end(&hull, &w->head.corners[w->blocks]);
}

/* Counts a block in for marks, where that can change them. */
static void add_to_marks(lede_postings_writer *w, const lede_corners *corners,
                         const uint32_t *docs, const uint32_t *times,
                         uint32_t n)
{
    if (!lede_marker_wants(&w->marker, corners))
        return;
    for (uint32_t i = 0; i < n; i++)
        lede_marker_add(&w->marker, times[i] + 1, length_of(w, docs[i]));
}

static void end_block(lede_postings_writer *w)
{
    row *r = &w->block;
    size_t body, spread = w->spread.len;

    if (r->n == 0)
        return;
    begin_block(w);
    body = w->bodies.len;
    put_docs(&w->bodies, r->docs, r->n, (uint32_t)w->next_doc);
    w->head.scale[w->blocks] = 0;
    if (w->target->frequencies) {
        put_block(&w->bodies, r->times, r->n);
        find_bounds(w, r);
        add_to_marks(w, &w->head.corners[w->blocks], r->docs, r->times, r->n);
    }
    if (w->target->positions) {
        uint32_t ranges[ROW_MAX];

        w->head.scale[w->blocks] = find_ranges(w, r, ranges);
        put_positions(w, r, ranges, &w->spread);
    }
    add_head(w, r->docs[r->n - 1], r->n, w->bodies.len - body,
             w->spread.len - spread);
    row_clear(r);
}

/* Copies a block's documents: as they stand, if what comes before them ends
 * where it did. */
static lede_status copy_docs(lede_postings_writer *w, lede_postings_raw *raw,
                             uint32_t shift)
{
    uint32_t docs[LEDE_BLOCK_MAX];

    if ((uint64_t)raw->base + shift == w->next_doc) {
        lede_put(&w->bodies, raw->body.at, raw->body.len);
        return LEDE_OK;
    }
    if (!lede_block_take_rising(&raw->body, raw->size, raw->base, docs))
        return LEDE_ERR_CORRUPT;
    for (uint32_t i = 0; i < raw->size; i++)
        docs[i] += shift;
    put_docs(&w->bodies, docs, raw->size, (uint32_t)w->next_doc);
    lede_put(&w->bodies, raw->body.at, raw->body.len);
    return LEDE_OK;
}

/* The same of a block that is copied. */
static lede_status copy_to_marks(lede_postings_writer *w,
                                 const lede_postings_raw *raw, uint32_t shift)
{
    uint32_t docs[LEDE_BLOCK_MAX], times[LEDE_BLOCK_MAX];
    lede_bytes body = raw->body;

    if (!w->target->frequencies ||
        !lede_marker_wants(&w->marker, &raw->corners))
        return LEDE_OK;
    if (!lede_block_take_rising(&body, raw->size, raw->base, docs) ||
        !lede_block_take(&body, raw->size, times))
        return LEDE_ERR_CORRUPT;
    for (uint32_t i = 0; i < raw->size; i++)
        docs[i] += shift;
    add_to_marks(w, &raw->corners, docs, times, raw->size);
    return LEDE_OK;
}

lede_status lede_postings_writer_copy(lede_postings_writer *writer,
                                      lede_postings *list, uint32_t shift)
{
    lede_postings_raw raw;
    lede_status status = LEDE_OK;

    if (list->documents <= LEDE_POSTINGS_SHORT ||
        list->source->frequencies != writer->target->frequencies ||
        list->source->has_positions != writer->target->positions)
        return LEDE_ERR_UNSUPPORTED;
    writer->is_long = true;
    end_block(writer);
    while (status == LEDE_OK && lede_postings_next_raw(list, &raw)) {
        size_t before;

        begin_block(writer);
        before = writer->bodies.len;
        status = copy_to_marks(writer, &raw, shift);
        if (status == LEDE_OK)
            status = copy_docs(writer, &raw, shift);
        lede_put(&writer->spread, raw.spread.at, raw.spread.len);
        writer->head.scale[writer->blocks] = raw.scale;
        writer->head.corners[writer->blocks] = raw.corners;
        writer->head.tops[writer->blocks] =
            lede_top_moved(raw.top, list->source->usual, writer->target->usual);
        add_head(writer, raw.last + shift, raw.size,
                 writer->bodies.len - before, raw.spread.len);
    }
    if (status == LEDE_OK)
        status = list->status;
    if (status != LEDE_OK)
        return status;
    writer->documents += list->documents;
    writer->occurrences += list->entry.occurrences;
    return first_failure(writer);
}

/* ---- A list ---- */

void lede_postings_writer_begin(lede_postings_writer *writer,
                                const lede_postings_target *target)
{
    writer->target = target;
    writer->is_long = false;
    writer->documents = writer->occurrences = writer->next_doc = 0;
    row_clear(&writer->block);
    writer->blocks = 0;
    writer->group_base = 0;
    writer->group_documents = 0;
    writer->group_spread = 0;
    writer->all_at = 0;
    writer->hull = (lede_hull){ 0 };
    lede_marker_begin(&writer->marker, target->usual);
    lede_buffer_clear(&writer->bodies);
    lede_buffer_clear(&writer->list);
    lede_buffer_clear(&writer->spread);
}

/* Ends a full block when more comes. */
static void make_way(lede_postings_writer *w)
{
    if (w->block.n < LEDE_BLOCK_MAX)
        return;
    w->is_long = true;
    end_block(w);
}

lede_status lede_postings_writer_add(lede_postings_writer *writer, uint32_t doc,
                                     uint32_t frequency,
                                     const uint32_t *positions)
{
    row *r = &writer->block;
    lede_status status = LEDE_OK;

    if (!writer->target->frequencies)
        frequency = 1;
    make_way(writer);
    if (writer->target->positions)
        status = add_positions(writer, r, positions, frequency);
    if (status != LEDE_OK)
        return status;
    r->docs[r->n] = doc;
    r->times[r->n++] = frequency - 1;
    writer->documents++;
    writer->occurrences += frequency;
    return first_failure(writer);
}

lede_status lede_postings_writer_add_batch(lede_postings_writer *writer,
                                           const lede_postings_batch *batch)
{
    row *r = &writer->block;
    uint32_t n = batch->n;
    lede_status status = LEDE_OK;

    make_way(writer);
    if (n == 0 || n > LEDE_BLOCK_MAX || r->n > 0)
        return LEDE_ERR_INVALID;
    if (writer->target->positions)
        status =
            add_positions(writer, r, batch->positions, batch->position_count);
    if (status != LEDE_OK)
        return status;
    memcpy(r->docs, batch->docs, n * sizeof *r->docs);
    if (writer->target->frequencies)
        memcpy(r->times, batch->times, n * sizeof *r->times);
    else
        memset(r->times, 0, n * sizeof *r->times);
    for (uint32_t i = 0; i < n; i++)
        writer->occurrences += r->times[i];
    writer->occurrences += n;
    writer->documents += n;
    r->n = n;
    return first_failure(writer);
}

static void append_short(lede_postings_writer *w, lede_buffer *postings,
                         bool *scaled)
{
    put_docs(postings, w->block.docs, w->block.n, 0);
    if (w->target->frequencies)
        put_block(postings, w->block.times, w->block.n);
    if (w->target->positions)
        put_scaled(w, &w->block, postings, scaled);
}

static void append_long(lede_postings_writer *w, lede_buffer *postings,
                        lede_buffer *positions)
{
    lede_mark marks[LEDE_MARKS];
    lede_corners all;
    size_t groups;

    end_block(w);
    groups = w->list.len;
    if (w->blocks > 0)
        end_group(w, false);
    lede_put(postings, w->list.at, w->all_at);
    if (w->target->frequencies) {
        lede_marker_end(&w->marker, marks);
        lede_marks_put(postings, marks);
    }
    if (groups > 0 && w->target->frequencies) {
        lede_hull_end(&w->hull, &all);
        lede_bounds_put(postings, &all, 1);
    }
    lede_put(postings, w->list.at + w->all_at, w->list.len - w->all_at);
    lede_put(positions, w->spread.at, w->spread.len);
}

lede_status lede_postings_writer_end(
    lede_postings_writer *writer, lede_buffer *postings, uint64_t postings_base,
    lede_buffer *positions, uint64_t positions_base, lede_terms_entry *entry)
{
    size_t before = postings->len, before_spread = positions->len;
    lede_status status = LEDE_OK;

    entry->documents = (uint32_t)writer->documents;
    entry->occurrences = writer->occurrences;
    entry->scaled = false;
    if (writer->is_long) {
        append_long(writer, postings, positions);
    } else if (writer->documents > LEDE_POSTINGS_FEW) {
        append_short(writer, postings, &entry->scaled);
    } else {
        status = keep_few(writer);
    }
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
