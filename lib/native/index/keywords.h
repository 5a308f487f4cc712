/*
 * native/index/keywords.h - the keywords of a field in all segments of a
 * snapshot, in one order.
 *
 *     lede_keywords_of(&keywords, snapshot, field, budget, err);
 *     rank = keywords->ranks[part][ordinal];
 *     where = keywords->at[rank];
 *
 * Merged when first asked for, and kept by the snapshot.
 *
 * Errors    What the budget says, NOMEM, CORRUPT; then nothing is kept.
 * Memory    16 bytes a keyword, and 8 for each segment that has it.
 * Threads   Frozen once made; two threads may make it at once, and one of them
 *           in vain.
 */
#ifndef LEDE_NATIVE_INDEX_KEYWORDS_H
#define LEDE_NATIVE_INDEX_KEYWORDS_H

#include "native/index/snapshot.h"

/* One of the places where a keyword is. */
typedef struct lede_keyword {
    uint32_t part;
    uint64_t ordinal;
} lede_keyword;

typedef struct lede_keywords {
    uint64_t **ranks; /* by part, then ordinal */
    uint64_t *counts; /* of ordinals, by part */
    lede_keyword *at; /* by rank */
    size_t capacity;
    size_t count;
    lede_arena *arena;
} lede_keywords;

lede_status lede_keywords_of(const lede_keywords **out,
                             const lede_native_snapshot *snapshot,
                             uint32_t field, lede_budget *budget,
                             lede_error *err);
void lede_keywords_free(lede_keywords *keywords); /* NULL is fine */

#endif
