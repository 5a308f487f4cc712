/*
 * native/index/occurrences.h - where a term stands, in the stream of its record.
 *
 *     lede_occurrences_add(&chunks, term, doc, position);
 *     lede_occurrences_count(&chunks, term, doc);     without positions
 *
 *     lede_occurrences_open(&reader, &table, term, positions);
 *     while (lede_occurrences_next(&reader))
 *         ... reader.batch
 *
 * What a term's stream holds:
 *
 *     stream    posting*
 *     posting   gap:varint more*                  without positions
 *             | gap:varint position:varint more*  else
 *     gap       2 x documents between the last and this one, + 1
 *     more      2 x positions between the last and this one
 *
 * Each number says in its lowest bit whether it begins a document, so that no
 * frequency is written and nothing waits for the end of an article.
 *
 * Position  Documents never fall, positions rise in a document; a term is given
 *           all of them in the same way, with positions or without.
 * Errors    Adding: false when memory ran out; then the stream is good for
 *           nothing but to be put back (undo.h). Reading: NOMEM in status.
 * Memory    A reader keeps its room from term to term.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_OCCURRENCES_H
#define LEDE_NATIVE_INDEX_OCCURRENCES_H

#include "native/codec/postings.h"
#include "native/index/term_table.h"

/* As lede_occurrences_add, where the numbers are long or the room is short: a
 * gap if there is one, not 0, and a position. */
bool lede_occurrences_add_apart(lede_chunks *chunks, lede_stream *stream,
                                uint64_t gap, uint64_t position);

/* Whether a word begins a document, and how long its numbers are, no processor
 * foresees: so all that may be written is made, and chosen from by a mask. */
static inline bool lede_occurrences_add(lede_chunks *chunks, lede_term *term,
                                        uint32_t doc, uint32_t position)
{
    lede_stream *stream = &term->stream;
    uint64_t mask = 0 - (uint64_t)(stream->last != doc);
    uint64_t gap = ((uint64_t)(doc - stream->last - 1) << 1 | 1) & mask;
    uint64_t step = (uint64_t)(position - term->position - 1) << 1;
    uint64_t number = (position & mask) | (step & ~mask);
    uint32_t gap_len, bytes;

    stream->last = doc;
    term->position = position;
    if ((gap | number) >= LEDE_STREAM_SHORT)
        return lede_occurrences_add_apart(chunks, stream, gap, number);
    gap_len = (1 + lede_stream_short_more((uint32_t)gap)) & (uint32_t)mask;
    bytes = lede_stream_short((uint32_t)number) << 8 * gap_len |
            lede_stream_short((uint32_t)gap);
    return lede_stream_put_bytes(
               stream, bytes,
               gap_len + 1 + lede_stream_short_more((uint32_t)number)) ||
           lede_occurrences_add_apart(chunks, stream, gap, number);
}

/* One more, wherever it stands. */
bool lede_occurrences_count(lede_chunks *chunks, lede_term *term, uint32_t doc);

typedef struct lede_occurrences_reader {
    lede_postings_batch batch; /* the documents at hand */
    lede_status status;
    lede_stream_reader stream;
    uint32_t doc; /* the last one read */
    bool has_positions;
    uint32_t *positions; /* of the batch */
    size_t position_capacity;
    const lede_allocator *allocator;
} lede_occurrences_reader;

void lede_occurrences_init(lede_occurrences_reader *reader,
                           const lede_allocator *allocator);
void lede_occurrences_fini(lede_occurrences_reader *reader);

/* Begins with a term; `positions` as it was written. */
void lede_occurrences_open(lede_occurrences_reader *reader,
                           const lede_term_table *table, const lede_term *term,
                           bool positions);

/* The next documents: LEDE_BLOCK_MAX of them, but for the last batch. False at
 * the end, and when memory ran out. */
bool lede_occurrences_next(lede_occurrences_reader *reader);

#endif
