/*
 * memory/collect.h - from all matches of a search to its answer: order, groups,
 * pages, counts.
 *
 *     lede_memory_order(&matches);
 *     lede_memory_collapse(&matches);
 *     lede_memory_page(&results, &matches, arena);
 *     lede_memory_count(&facet, &matches, &key, field, arena);
 *
 * What is handed out lives in the arena given, all else in that of the matches.
 */
#ifndef LEDE_MEMORY_COLLECT_H
#define LEDE_MEMORY_COLLECT_H

#include "memory/article.h"

typedef struct lede_memory_found {
    lede_engine_hit hit; /* key and values borrowed from the article */
    const lede_engine_search *search;
    const lede_memory_article *article;
    lede_value group; /* what it is collapsed by; LEDE_NONE: stays */
    uint32_t rank;    /* in order, from 0 */
    bool hidden;      /* by collapse */
} lede_memory_found;

typedef struct lede_memory_matches {
    lede_memory_found *at;
    size_t capacity;
    uint32_t count;
    const lede_engine_search *search;
    lede_arena *arena;
} lede_memory_matches;

/* Sorts as the search says, and sets ranks. */
void lede_memory_order(lede_memory_matches *matches);

/* Hides all but the first of each group, of which there are collapse_limit,
 * and tells these how many those are. */
lede_status lede_memory_collapse(lede_memory_matches *matches);

/* Copies the hits that are wanted, behind `after`. */
lede_status lede_memory_page(lede_engine_results *results,
                             const lede_memory_matches *matches,
                             lede_arena *arena);

/* Counts the values of a field, or buckets of them. */
lede_status lede_memory_count(lede_engine_facet *out,
                              const lede_memory_matches *matches,
                              const lede_facet_key *key,
                              const lede_field *field, lede_arena *arena);

#endif
