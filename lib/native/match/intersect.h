/*
 * native/match/intersect.h - plans that ask for several words at once, by
 * blocks: AND, PHRASE, NEAR.
 *
 *     lede_intersect_find(&done, matcher, plan, sink);
 *
 * Of an AND, nodes that are words and phrases in one field are intersected; the
 * others, finders, are asked about what is left. A range of blocks whose bounds
 * together are below what is needed is passed over unread; then a document is
 * dropped as soon as what it has so far and what the blocks of the others may
 * add are below it. Positions come last.
 *
 * Errors    As native/match/bulk.h.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_INTERSECT_H
#define LEDE_NATIVE_MATCH_INTERSECT_H

#include "native/match/finder.h"
#include "native/match/sink.h"

/* As lede_bulk_find and lede_bulk_count. */
lede_status lede_intersect_find(bool *done, lede_matcher *matcher,
                                const lede_plan *plan, lede_sink *sink);
lede_status lede_intersect_count(bool *done, lede_matcher *matcher,
                                 const lede_plan *plan, const lede_live *live,
                                 uint64_t *count);

#endif
