/*
 * native/match/masked.h - some words that rank, of articles that more is asked
 * of, as a union under a mask.
 *
 *     lede_masked_find(&done, matcher, plan, sink);
 *
 * An AND whose nodes are words, BESTs or ORs of them, some of them optional, and
 * what only filters (NOT, values): all that ranks is added up as by an OR, and
 * only documents under a mask are taken, which is made first, a window at a
 * time. Not for a few documents: these are better looked at one by one.
 *
 * Errors, Memory, Threads  As native/match/bulk.h.
 */
#ifndef LEDE_NATIVE_MATCH_MASKED_H
#define LEDE_NATIVE_MATCH_MASKED_H

#include "native/match/finder.h"
#include "native/match/sink.h"

/* As lede_bulk_find. */
lede_status lede_masked_find(bool *done, lede_matcher *matcher,
                             const lede_plan *plan, lede_sink *sink);

#endif
