/*
 * native/match/intervals.h - documents with a phrase, or words near each other.
 *
 *     lede_intervals_new(&finder, matcher, plan);
 *
 * Documents are found by the words, in each field by itself; a check reads
 * their positions and puts intervals together as engine/span.h defines.
 *
 * Memory    As native/match/finder.h.
 */
#ifndef LEDE_NATIVE_MATCH_INTERVALS_H
#define LEDE_NATIVE_MATCH_INTERVALS_H

#include "native/match/finder.h"

/* A PHRASE, NEAR or EITHER that no other is around. */
lede_status lede_intervals_new(lede_finder **out, lede_matcher *matcher,
                               const lede_plan *span);

#endif
