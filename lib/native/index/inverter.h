/*
 * native/index/inverter.h - articles in memory, on their way to a segment.
 *
 *     lede_inverter_new(&inverter, schema, alloc);
 *     lede_inverter_put(inverter, &change, &err);
 *     if (lede_inverter_memory(inverter) > share)
 *         lede_inverter_flush(inverter, &target, sync, &made, &err);
 *
 * Tokens come in batches: the slots of a batch are prefetched, then its term
 * records, then the tails of their streams, so that a token costs no cache miss
 * one after another. A term's postings grow in chunks of doubling size, as
 * gaps, frequencies and position gaps in one stream of varints.
 *
 * Errors    If the source of a put fails, or memory ends, the article is not
 *           put: what it had written is taken back.
 * Memory    All of it is counted in lede_inverter_memory, with what a flush
 *           will need: 12 bytes a term, some 60 an article, up to 2 MiB of
 *           buffers. Not seen ahead: 8 bytes for each place of one term in 128
 *           articles, which only a word repeated without end makes many.
 * Threads   Confined: one for each lane.
 */
#ifndef LEDE_NATIVE_INDEX_INVERTER_H
#define LEDE_NATIVE_INDEX_INVERTER_H

#include "engine/engine.h"
#include "native/segment/segment_writer.h"

typedef struct lede_inverter lede_inverter;

lede_status lede_inverter_new(lede_inverter **out, const lede_schema *schema,
                              const lede_allocator *allocator);
void lede_inverter_free(lede_inverter *inverter);

/* The schema from the next put on; fields at the end are new. */
void lede_inverter_set_schema(lede_inverter *inverter,
                              const lede_schema *schema);

/* From now on stored records that are too many for memory wait in a file there,
 * named for that generation. Only while there are no articles; a clear takes it
 * back. Without, all wait in memory. */
void lede_inverter_spill(lede_inverter *inverter, lede_dir *dir,
                         uint64_t generation);

/* As lede_segment_writer_hold, of flushes from now on. */
void lede_inverter_hold(lede_inverter *inverter, uint64_t bytes);

/* Takes in one article (change->document is not NULL). Sequences rise. */
lede_status lede_inverter_put(lede_inverter *inverter,
                              const lede_engine_change *change,
                              lede_error *err);

uint32_t lede_inverter_documents(const lede_inverter *inverter);
uint64_t lede_inverter_memory(const lede_inverter *inverter);

/* Key and sequence of an article taken in; borrowed until the next call. */
void lede_inverter_document(const lede_inverter *inverter, uint32_t doc,
                            lede_bytes *key, uint64_t *sequence);

/* Writes everything as one segment. Then it keeps keys and sequences of its
 * articles until it is cleared; more are put only then. `made->tokens` is
 * borrowed until the next call. */
lede_status lede_inverter_flush(lede_inverter *inverter,
                                const lede_segment_target *target, bool sync,
                                lede_segment_made *made, lede_error *err);

/* Empties it and keeps some of its memory. */
void lede_inverter_clear(lede_inverter *inverter);

#endif
