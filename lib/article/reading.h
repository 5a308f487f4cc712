/*
 * article/reading.h - a text of the query to a span over words.
 */
#ifndef LEDE_ARTICLE_READING_H
#define LEDE_ARTICLE_READING_H

#include "article/clause.h"

typedef struct lede_reading {
    const lede_query_node *node; /* TERM, PHRASE, or a pattern */
    lede_node source;
    const lede_scope *scope;
    uint32_t forms;        /* of a lone word */
    lede_word_group *into; /* where a lone word goes; NULL: a new group */
    uint32_t words;        /* made by this reading; counts up */
} lede_reading;

/* NULL in *out where all went `into` a group; a WORD without terms where the
 * text has no words. UNSUPPORTED where a phrase needs positions. */
lede_status lede_reading_plan(lede_plan **out, lede_clause_maker *maker,
                              lede_reading *reading);

/* UNSUPPORTED if a field of a scope has no positions. */
lede_status lede_reading_needs_positions(lede_clause_maker *maker,
                                         const lede_scope *scope);

#endif
