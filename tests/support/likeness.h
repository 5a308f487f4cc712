/*
 * support/likeness.h - whether two engines answered a search alike.
 *
 *     differs = likeness(&search, &right, &got);
 *     differs = likeness_of_page(&search, &all, first, &got);
 *     ck_assert_msg(!differs, "%s differs", differs);
 *
 * To the bit: keys, sequences, scores, values, groups, facets, and the order.
 * Totals, and the sizes of groups, where they are said to be exact; a total
 * that is not is at most the true one, and no less than what is shown.
 */
#ifndef LEDE_TESTS_LIKENESS_H
#define LEDE_TESTS_LIKENESS_H

#include "engine/engine.h"

/* What differs of `got` from a right answer with all that matches; NULL:
 * nothing. `first` is the place in `all` of the first hit after
 * `search->after`. */
const char *likeness_of_page(const lede_engine_search *search,
                             const lede_engine_results *all, uint32_t first,
                             const lede_engine_results *got);

/* The same of an answer to the same search. */
const char *likeness(const lede_engine_search *search,
                     const lede_engine_results *right,
                     const lede_engine_results *got);

#endif
