/*
 * native/match/join.h - documents that all, or any, of some finders find.
 *
 *     lede_join_new(&finder, matcher, plan, finders, count);
 *
 * Memory    As native/match/finder.h; the array of finders is borrowed, and
 *           put in another order.
 */
#ifndef LEDE_NATIVE_MATCH_JOIN_H
#define LEDE_NATIVE_MATCH_JOIN_H

#include "native/match/finder.h"

/* AND, OR or BEST (with its tie) of one finder or more. */
lede_status lede_join_new(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder **finders,
                          uint32_t count);

/* NOT, OPTIONAL or CONSTANT of one. */
lede_status lede_join_one(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder *of);

#endif
