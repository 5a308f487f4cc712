/*
 * native/match/search.h - answers a search, segment after segment.
 */
#ifndef LEDE_NATIVE_MATCH_SEARCH_H
#define LEDE_NATIVE_MATCH_SEARCH_H

#include "native/index/snapshot.h"

/* As the engine's search. */
lede_status lede_native_search(lede_engine_results *out,
                               const lede_native_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err);

#endif
