/*
 * native/match/mixed.h - words that are required beside words that only rank,
 * and what is refused.
 *
 *     lede_mixed_find(&done, matcher, plan, sink);
 *
 * An AND of WORDs of one list each, of OPTIONALs of such, and of NOTs that refuse
 * not too much. Documents of the rarest word that is required lead, and bounds
 * drop most of them before any other list is read (native/match/overlap.h).
 *
 * Errors, Memory, Threads  As native/match/bulk.h.
 */
#ifndef LEDE_NATIVE_MATCH_MIXED_H
#define LEDE_NATIVE_MATCH_MIXED_H

#include "native/match/finder.h"
#include "native/match/sink.h"

/* As lede_bulk_find. */
lede_status lede_mixed_find(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, lede_sink *sink);

#endif
