/*
 * article/scope.h - the fields that a word is looked for in.
 *
 *     lede_scope_defaults(&scope, view, arena, err);
 *     lede_scope_of(&scope, view, field, arena);
 *
 * Several fields weigh as the schema says; a single one weighs 1, so that its
 * scores are plain BM25.
 *
 * Memory    In the arena.
 */
#ifndef LEDE_ARTICLE_SCOPE_H
#define LEDE_ARTICLE_SCOPE_H

#include "article/view.h"

typedef struct lede_scope {
    uint32_t count;
    const uint32_t *fields;  /* rising */
    const uint32_t *weights; /* n/256 */
    double average_length;
} lede_scope;

/* All default fields. INVALID if the schema has none. */
lede_status lede_scope_defaults(const lede_scope **out, const lede_view *view,
                                lede_arena *arena, lede_error *err);

/* Some fields that have words, rising. */
lede_status lede_scope_of(const lede_scope **out, const lede_view *view,
                          const uint32_t *fields, uint32_t count,
                          lede_arena *arena);

/* The fields of both, each with the weight it has in either. */
lede_status lede_scope_join(const lede_scope **out, const lede_view *view,
                            const lede_scope *a, const lede_scope *b,
                            lede_arena *arena);

#endif
