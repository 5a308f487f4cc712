/*
 * article/term_list.h - the terms of a dictionary, kept for many walks.
 *
 *     lede_term_lists_init(&lists, view, limits, budget, arena);
 *     status = lede_term_lists_walk(&walk, &lists, place, dfa, err);
 *     while (walk->next(walk)) ...                     as an engine's walk
 *     lede_term_lists_fini(&lists);
 *
 * A walk that a pattern's beginning does not narrow looks at a whole
 * dictionary, and takes it out of its blocks again for each pattern of a query.
 * A list has been taken out; a walk over it steps the automaton from where a
 * term parts from the one before. Walks are given either way, and say the same:
 * a list is made once walks have looked at as many terms as it may have, so
 * that all of them cost no more than twice what they would without.
 *
 * Errors    As of an engine's walk, which may need more states to jump. A
 *           dictionary that is too large is no error: the engine walks it.
 * Memory    Lists live in the arena and take an eighth of what is left of
 *           limits->query_memory_bytes at most. Walks are good until the next.
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_TERM_LIST_H
#define LEDE_ARTICLE_TERM_LIST_H

#include "article/view.h"
#include "base/arena.h"
#include "base/buffer.h"

/* More terms are not kept. */
#define LEDE_TERM_LIST_MAX ((size_t)1 << 20)

typedef struct lede_term_place {
    uint32_t field;
    lede_space space;
} lede_term_place;

typedef struct lede_term_list lede_term_list;

typedef struct lede_term_lists {
    const lede_view *view;
    const lede_limits *limits; /* complete */
    lede_budget *budget;       /* NULL: no lists are made */
    lede_arena *arena;
    lede_term_list *first;
    lede_term_list *last; /* that was walked over by the engine */
    uint64_t before;      /* steps of the budget when that began */
    lede_buffer target;   /* where a walk jumps to */
} lede_term_lists;

void lede_term_lists_init(lede_term_lists *lists, const lede_view *view,
                          const lede_limits *limits, lede_budget *budget,
                          lede_arena *arena);
void lede_term_lists_fini(lede_term_lists *lists);

/* The terms of a place that the automaton accepts; it is borrowed until the
 * walk ends. */
lede_status lede_term_lists_walk(lede_term_walk **out, lede_term_lists *lists,
                                 lede_term_place place, lede_dfa *dfa,
                                 lede_error *err);

/* The same, over a list that is made now if there is none; *out NULL where it
 * would be too large. */
lede_status lede_term_lists_listed(lede_term_walk **out, lede_term_lists *lists,
                                   lede_term_place place, lede_dfa *dfa,
                                   lede_error *err);

#endif
