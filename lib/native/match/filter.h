/*
 * native/match/filter.h - leaves that ask for values: EQUALS, RANGE, EXISTS, KEY.
 *
 *     lede_filter_new(&finder, matcher, plan);
 *
 * Keywords are found by their lists; the others are looked at, document after
 * document.
 *
 * Memory    As native/match/finder.h.
 */
#ifndef LEDE_NATIVE_MATCH_FILTER_H
#define LEDE_NATIVE_MATCH_FILTER_H

#include "native/match/finder.h"

lede_status lede_filter_new(lede_finder **out, lede_matcher *matcher,
                            const lede_plan *plan);

/* All documents, or none. */
lede_status lede_filter_every(lede_finder **out, lede_matcher *matcher,
                              bool every);

#endif
