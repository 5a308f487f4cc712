/*
 * article/word_set.h - query words to the terms that the index holds.
 *
 *     lede_word_set_new(&words, view, forms, budget, arena);
 *     group = lede_word_set_group(words, scope);
 *     lede_word_set_add(words, group, scope, word, LEDE_FORM_FOLD);
 *     status = lede_word_set_finish(words, err);     then group->plan is a WORD
 *
 * Words are gathered first and finished together, since an engine far away
 * answers one large question as fast as a small one: it is asked once which
 * words it has as names, and once for the statistics of all their forms.
 *
 * A word stands for the union of the terms that are it, share a fold key, a
 * stem of any language or a name key with it, with the best weight that
 * applies. As a name is read what the index has seen as one or does not have.
 *
 * Memory    All in the arena.
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_WORD_SET_H
#define LEDE_ARTICLE_WORD_SET_H

#include "article/scope.h"

typedef struct lede_word_set lede_word_set;

/* A term that a group matches, in the fields of a scope. */
typedef struct lede_word_term {
    lede_bytes term;
    const lede_scope *scope;
    uint64_t *documents; /* by field of the scope; NULL: not known yet */
    const void **places; /* the plan's, alike; or NULL */
    uint32_t weight;     /* n/256 */
} lede_word_term;

/* What is scored as one word. */
typedef struct lede_word_group lede_word_group;
struct lede_word_group {
    lede_plan plan; /* WORD; its score's weight is the idf when finished */
    const lede_scope *scope;
    lede_word_term *terms;
    size_t count;
    size_t capacity;
    lede_word_group *next;
};

/* `forms` are LEDE_FORM_ bits that may be used at all. Borrows its arguments
 * until the arena ends. */
lede_status lede_word_set_new(lede_word_set **out, const lede_view *view,
                              uint32_t forms, lede_budget *budget,
                              lede_arena *arena);
void lede_word_set_free(lede_word_set *words);

/* An empty group; NULL when memory ran out. */
lede_word_group *lede_word_set_group(lede_word_set *words,
                                     const lede_scope *scope);

/* Adds a word, in the fields of `scope`, by some forms. */
lede_status lede_word_set_add(lede_word_set *words, lede_word_group *group,
                              const lede_scope *scope, lede_bytes text,
                              uint32_t forms);

/* Adds a term as it is; `documents` by field, or NULL. */
lede_status lede_word_set_add_term(lede_word_set *words, lede_word_group *group,
                                   const lede_word_term *term);

/* Fills the plans of all groups. Once. */
lede_status lede_word_set_finish(lede_word_set *words, lede_error *err);

#endif
