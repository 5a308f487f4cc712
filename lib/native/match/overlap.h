/*
 * native/match/overlap.h - the best documents that hold all of some words, where
 * each word is one list; maybe others, too, that only rank, and nothing of what
 * is refused.
 *
 *     if (lede_overlap_fits(sieve))
 *         status = lede_overlap_find(sieve, &refused, sink);
 *
 * The blocks of the rarest word are taken one after the other, but for those of
 * which the tops (native/codec/top.h) of all lists in their range say that they
 * hold nothing better than what is known. What is taken is weighed as a whole:
 * each document has the ceiling of its exact frequency and length, and what the
 * blocks of the others that it would be in let it have. The few that are left
 * are looked for in these blocks, which are not read for any others; optional
 * words come behind those that are required, and only what would be a hit is
 * asked whether it is refused.
 *
 * What is more than words of one list, or has to be found whatever its points,
 * is left to native/match/sieve.h.
 *
 * Errors    As native/match/finder.h.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_OVERLAP_H
#define LEDE_NATIVE_MATCH_OVERLAP_H

#include "native/match/sieve.h"
#include "native/match/sink.h"

/* Whether a sieve that was begun has the shape, and bounds that are close. */
bool lede_overlap_fits(const lede_sieve *sieve);

/* What documents must not match; without points. */
typedef struct lede_refused {
    lede_finder **finders; /* by the effort of a check */
    uint32_t count;
} lede_refused;

/* Gives the sink what it needs; the sieve, of which at least one word is not
 * optional, serves for nothing else then. */
lede_status lede_overlap_find(lede_sieve *sieve, const lede_refused *refused,
                              lede_sink *sink);

#endif
