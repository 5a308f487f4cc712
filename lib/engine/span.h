/*
 * engine/span.h - what phrases and NEAR match, by definition.
 *
 * A span matches intervals [begin, end) of the positions of one field of one
 * article:
 *
 *     WORD    [p, p + span) for each occurrence at p of any of its terms in
 *             that field
 *     EITHER  the intervals of all its nodes
 *     PHRASE  [b1, en) for intervals [bi, ei), one of each node in order, with
 *             ei <= b(i+1) and (en - b1) - sum of (ei - bi) <= slop
 *     NEAR    [min b, max e) for pairwise disjoint intervals, one of each node
 *             in any order, with (max e - min b) - sum of (ei - bi) <= slop
 *
 * Equal intervals are one. The frequency of a leaf in a field is the greatest
 * number of pairwise disjoint intervals (take the earliest end again and
 * again); a WORD's is, per term, the number of its occurrences.
 *
 * The functions here are the definition, executable: slow, for the brute force
 * engine, snippets and tests. Engines that are fast must agree with them.
 */
#ifndef LEDE_ENGINE_SPAN_H
#define LEDE_ENGINE_SPAN_H

#include "base/arena.h"
#include "base/budget.h"
#include "engine/plan.h"

typedef struct lede_interval {
    uint32_t begin;
    uint32_t end;
} lede_interval;

typedef struct lede_intervals {
    lede_interval *at; /* by begin, then end; no two equal */
    uint32_t count;
} lede_intervals;

/* Where a term occurs in the field being looked at: what the caller knows. */
typedef struct lede_occurrences {
    /* Sets *positions (rising; borrowed until the arena ends) and returns how
     * many; 0 when the field does not hold the term. */
    uint32_t (*find)(void *ctx, const lede_plan_term *term,
                     const uint32_t **positions);
    void *ctx;
    uint32_t field; /* terms of other fields do not occur */
} lede_occurrences;

/* Lists the intervals of a span. NOMEM, LIMIT, or what the budget says: NEAR
 * of many frequent words takes time exponential in their number. */
lede_status lede_span_match(lede_intervals *out, const lede_plan *span,
                            const lede_occurrences *occurrences,
                            lede_budget *budget, lede_arena *arena);

/* The greatest number of pairwise disjoint intervals. */
uint32_t lede_span_frequency(const lede_intervals *intervals);

#endif
