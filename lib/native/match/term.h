/*
 * native/match/term.h - the best documents of one list.
 *
 * Blocks are taken in the order of their ceilings, group by group: the first
 * few make so much needed that most are never read.
 *
 * Errors, Memory, Threads  As native/match/bulk.h.
 */
#ifndef LEDE_NATIVE_MATCH_TERM_H
#define LEDE_NATIVE_MATCH_TERM_H

#include "native/match/leaf.h"
#include "native/match/sink.h"

/* Of a list of at most LEDE_POSTINGS_SHORT documents; the leaf's only one. */
lede_status lede_term_find_short(lede_leaf *leaf, lede_matcher *matcher,
                                 lede_sink *sink);

/* Of any list, the leaf's only one, whose ceilings are ready. */
lede_status lede_term_find(lede_leaf *leaf, lede_matcher *matcher,
                           const lede_quanta *quanta, lede_sink *sink);

#endif
