/*
 * article/results.h - the inside of results: copies that outlive everything.
 *
 *     lede_answer_new(&answer, alloc, memory_bytes);
 *     lede_answer_take(answer, &found, count, view);
 *     ... documents, snippets, explanations ...
 *     lede_results *results = &answer->face;
 *
 * Memory    All in one arena, but for the documents, which free themselves.
 * Threads   Confined while it is made, then frozen.
 */
#ifndef LEDE_ARTICLE_RESULTS_H
#define LEDE_ARTICLE_RESULTS_H

#include "article/view.h"

/* A hit with its explanation. */
typedef struct lede_found {
    lede_hit face; /* first: lede_hit_explain finds its way back by it */
    const lede_explanation *lines;
    uint32_t line_count;
} lede_found;

typedef struct lede_answer {
    lede_results face;         /* first, likewise */
    lede_arena arena;          /* holds the answer itself, too */
    lede_found *hits;          /* the one explained by key after the others */
    lede_document **documents; /* owned; NULL where there is none */
    uint32_t document_count;
    const lede_engine_facet *facets;
    uint32_t facet_count;
    const lede_shard *shards;
    uint32_t shard_count;
} lede_answer;

/* An answer without hits. It takes at most so much memory. */
lede_status lede_answer_new(lede_answer **out, const lede_allocator *allocator,
                            uint64_t memory_bytes);

/* Copies hits, numbers, facets and shards of what an engine found; `extra` is
 * one more hit behind the counted ones, or NULL. */
lede_status lede_answer_take(lede_answer *answer,
                             const lede_engine_results *found,
                             uint32_t facet_count, const lede_engine_hit *extra,
                             const lede_view *view);

#endif
