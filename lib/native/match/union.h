/*
 * native/match/union.h - the best documents that hold any of some words.
 *
 * In windows of documents, by MAXSCORE (Turtle & Flood, "Query evaluation:
 * strategies and optimizations", 1995). The leaves with the lowest ceilings in
 * a window, which together do not reach what is needed, make no document worth
 * a look: they are only asked about those that the others bring up. Blocks of
 * the others that cannot bring one up are not read. The ceilings of those that
 * are go into an array of sums; where a sum reaches what is needed the points
 * are computed exactly.
 *
 * Errors, Memory, Threads  As native/match/bulk.h.
 */
#ifndef LEDE_NATIVE_MATCH_UNION_H
#define LEDE_NATIVE_MATCH_UNION_H

#include "native/match/leaf.h"
#include "native/match/sink.h"

/* The sum of the leaves' points, but of those of a BEST, which stand together,
 * what it makes of them: no more. Their ceilings are ready. */
lede_status lede_union_find(lede_leaf *leaves, uint32_t count,
                            lede_matcher *matcher, const lede_quanta *quanta,
                            lede_sink *sink);

#endif
