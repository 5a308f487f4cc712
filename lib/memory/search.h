/*
 * memory/search.h - answers a search by looking at every article.
 */
#ifndef LEDE_MEMORY_SEARCH_H
#define LEDE_MEMORY_SEARCH_H

#include "memory/commit.h"

/* As the engine's search. */
lede_status lede_memory_search(lede_engine_results *out,
                               const lede_memory_commit *commit,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err);

#endif
