/*
 * native/match/words.h - a word, or any of some, matched in bulk.
 *
 *     lede_words_find(&done, matcher, plan, sink);
 *
 * Takes a WORD, a BEST of such, and an OR of both; of other plans *done is
 * false. So it is, with nothing given to the sink, where no ceilings can be had.
 *
 * Errors, Memory, Threads  As native/match/bulk.h.
 */
#ifndef LEDE_NATIVE_MATCH_WORDS_H
#define LEDE_NATIVE_MATCH_WORDS_H

#include "native/match/finder.h"
#include "native/match/sink.h"

lede_status lede_words_find(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, lede_sink *sink);

/* How many documents match, where the dictionary tells: of one list, with none
 * deleted. */
lede_status lede_words_count(bool *done, lede_matcher *matcher,
                             const lede_plan *plan, const lede_live *live,
                             uint64_t *count);

#endif
