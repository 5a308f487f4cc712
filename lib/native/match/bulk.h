/*
 * native/match/bulk.h - plans of frequent shapes, matched by whole blocks.
 *
 *     lede_bulk_find(&done, matcher, plan, sink);
 *     if (!done)
 *         ... a finder of the plan, document after document
 *
 * The one place that knows which shapes those are. A shape that is not taken is
 * told before anything was given to the sink.
 *
 * Errors    As native/match/finder.h; also what the sink says.
 * Memory    The matcher's arena.
 */
#ifndef LEDE_NATIVE_MATCH_BULK_H
#define LEDE_NATIVE_MATCH_BULK_H

#include "native/match/finder.h"
#include "native/match/sink.h"

/* Gives the sink all matches that it needs; *done is false, and nothing was
 * given, for plans of other shapes. */
lede_status lede_bulk_find(bool *done, lede_matcher *matcher,
                           const lede_plan *plan, lede_sink *sink);

/* Counts the matches that are live (NULL: all are), without points. */
lede_status lede_bulk_count(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, const lede_live *live,
                            uint64_t *count);

#endif
