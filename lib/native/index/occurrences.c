#include "native/index/occurrences.h"

#include "base/alloc.h"

bool lede_occurrences_add_apart(lede_chunks *chunks, lede_stream *stream,
                                uint64_t gap, uint64_t position)
{
    return (gap == 0 || lede_stream_put(chunks, stream, gap)) &&
           lede_stream_put(chunks, stream, position);
}

bool lede_occurrences_count(lede_chunks *chunks, lede_term *term, uint32_t doc)
{
    lede_stream *stream = &term->stream;
    uint32_t gap = doc - (stream->last + 1);

    if (stream->last == doc)
        return lede_stream_put(chunks, stream, 0);
    stream->last = doc;
    return lede_stream_put(chunks, stream, (uint64_t)gap << 1 | 1);
}

void lede_occurrences_init(lede_occurrences_reader *reader,
                           const lede_allocator *allocator)
{
    memset(reader, 0, sizeof *reader);
    reader->allocator = allocator;
}

void lede_occurrences_fini(lede_occurrences_reader *reader)
{
    lede_release(reader->allocator, reader->positions,
                 reader->position_capacity * sizeof *reader->positions);
    reader->positions = NULL;
    reader->position_capacity = 0;
}

void lede_occurrences_open(lede_occurrences_reader *reader,
                           const lede_term_table *table, const lede_term *term,
                           bool positions)
{
    lede_term_open(&reader->stream, table, term);
    reader->status = LEDE_OK;
    reader->doc = LEDE_TERM_NO_DOC;
    reader->has_positions = positions;
}

/* Whether another occurrence in the same document follows. */
static inline bool goes_on(lede_stream_reader *stream)
{
    return lede_stream_has_more(stream) && (*stream->at & 1) == 0;
}

/* Room for one position more. */
static inline bool has_room(lede_occurrences_reader *r, size_t count)
{
    return count < r->position_capacity ||
           lede_grow(r->allocator, &r->positions, &r->position_capacity,
                     count + 1, sizeof *r->positions);
}

/* Reads the positions of one document from the second on, behind those of the
 * batch, which have room for one. */
static bool read_more(lede_occurrences_reader *r)
{
    lede_stream_reader *stream = &r->stream;
    size_t count = r->batch.position_count;
    uint32_t last = r->positions[count - 1];

    while (goes_on(stream)) {
        uint64_t number;

        if (!has_room(r, count))
            return false;
        (void)lede_stream_next(stream, &number);
        last += (uint32_t)(number >> 1) + 1;
        r->positions[count++] = last;
        while (stream->at < stream->stop && (*stream->at & 129) == 0 &&
               count < r->position_capacity) {
            last += *stream->at++ / 2U + 1;
            r->positions[count++] = last;
        }
    }
    r->batch.position_count = count;
    return true;
}

/* Reads one document with its positions. */
static bool read_posting(lede_occurrences_reader *r)
{
    lede_postings_batch *batch = &r->batch;
    size_t before = batch->position_count;
    uint32_t gap, position;

    if (!has_room(r, before))
        return false;
    if (lede_stream_next_two(&r->stream, &gap, &position)) {
        gap >>= 1;
    } else {
        uint64_t number = 0;

        (void)lede_stream_next(&r->stream, &number);
        gap = (uint32_t)(number >> 1);
        (void)lede_stream_next(&r->stream, &number);
        position = (uint32_t)number;
    }
    r->doc += gap + 1;
    r->positions[before] = position;
    batch->position_count++;
    if (goes_on(&r->stream) && !read_more(r))
        return false;
    batch->docs[batch->n] = r->doc;
    batch->times[batch->n++] = (uint32_t)(batch->position_count - before) - 1;
    return true;
}

/* The same without positions. */
static void read_count(lede_occurrences_reader *r)
{
    lede_postings_batch *batch = &r->batch;
    uint64_t number = 0;
    uint32_t times = 0;

    (void)lede_stream_next(&r->stream, &number);
    r->doc += (uint32_t)(number >> 1) + 1;
    for (; goes_on(&r->stream); times++)
        (void)lede_stream_next(&r->stream, &number);
    batch->docs[batch->n] = r->doc;
    batch->times[batch->n++] = times;
}

bool lede_occurrences_next(lede_occurrences_reader *reader)
{
    lede_postings_batch *batch = &reader->batch;

    batch->n = 0;
    batch->position_count = 0;
    while (batch->n < LEDE_BLOCK_MAX && lede_stream_has_more(&reader->stream)) {
        if (!reader->has_positions) {
            read_count(reader);
        } else if (!read_posting(reader)) {
            reader->status = LEDE_ERR_NOMEM;
            return false;
        }
    }
    batch->positions = reader->positions;
    return batch->n > 0;
}
