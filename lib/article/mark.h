/*
 * article/mark.h - where a text says what a plan matched, byte by byte.
 *
 *     lede_marker_new(&marker, plan, fields, words, budget, arena);
 *     lede_marker_find(&marks, marker, field, values, count, scratch);
 *     lede_marker_free(marker);
 *
 * A WORD marks every occurrence of its terms, a compound as a whole. A phrase
 * marks only the words that stand in a match of it, those that follow one
 * another as one mark; NEAR every word of its own that stands in one, by
 * itself. What is under NOT marks nothing, nor does a leaf of values.
 *
 * Memory    The marker lives in the arena, but for maps and a tokenizer that
 *           lede_marker_free gives back; it borrows the plan.
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_MARK_H
#define LEDE_ARTICLE_MARK_H

#include "base/arena.h"
#include "base/budget.h"
#include "engine/plan.h"

typedef struct lede_mark {
    uint32_t value; /* of the field, from 0 */
    uint32_t begin; /* bytes of the value */
    uint32_t end;
    uint32_t leaf; /* that it is of */
} lede_mark;

typedef struct lede_marks {
    const lede_mark *at; /* by value, begin and end; they may overlap */
    uint32_t count;
} lede_marks;

typedef struct lede_marker lede_marker;

/* `fields` is how many the schema has, `words` the LEDE_WORDS_ bits. */
lede_status lede_marker_new(lede_marker **out, const lede_plan *plan,
                            uint32_t fields, uint32_t words,
                            lede_budget *budget, lede_arena *arena);
void lede_marker_free(lede_marker *marker);

/* How many leaves can mark, and what showing one is worth, above 0. */
uint32_t lede_marker_leaves(const lede_marker *marker);
double lede_marker_worth(const lede_marker *marker, uint32_t leaf);

/* Whether any word is looked for in a field. */
bool lede_marker_looks_in(const lede_marker *marker, uint32_t field);

/* Lists the marks of a field's values in `scratch`. NOMEM, or what the budget
 * says. */
lede_status lede_marker_find(lede_marks *out, lede_marker *marker,
                             uint32_t field, const lede_bytes *values,
                             uint32_t value_count, lede_arena *scratch);

#endif
