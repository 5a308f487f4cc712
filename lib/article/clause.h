/*
 * article/clause.h - from one leaf of a query to a plan.
 *
 * A clause over words becomes a span: a WORD of all forms of a word, a PHRASE
 * where analysis cuts the text in several, EITHER where a compound can also
 * stand solid. Others become what looks at values. How a text is read:
 *
 *     one word             its forms; of a lone character of Han, Kana and
 *                          Hangul every word that begins with it
 *     several              PHRASE of them, not as names; in a run that is cut
 *                          in bigrams the last character adds nothing, or, if
 *                          more follows, stands for all that begins with it
 *     a compound           EITHER the PHRASE of its parts or the solid word
 *     a prefix, fuzzy      the same with the last word, or every word, so read
 *
 * Memory    In the arena; the words' groups are filled by lede_word_set_finish.
 */
#ifndef LEDE_ARTICLE_CLAUSE_H
#define LEDE_ARTICLE_CLAUSE_H

#include "article/pattern.h"
#include "article/spelling.h"
#include "query/tree.h"

/* What all clauses of a query share. */
typedef struct lede_clause_maker {
    lede_pattern_search search;
    lede_word_set *words;
    lede_spelling_reader reader;
    const lede_query *query;
    const lede_scope *defaults; /* NULL until it is needed */
    int64_t now_seconds;
    lede_error *err;
    bool capped;
} lede_clause_maker;

typedef struct lede_clause {
    lede_node node; /* no join, but GROUP and NEAR with all that is in them */
    uint32_t forms; /* LEDE_FORM_ bits for its words */
} lede_clause;

/* A plan with room for `count` nodes; NULL when memory ran out. The nodes are
 * put through *nodes. */
lede_plan *lede_plan_new(lede_arena *arena, lede_plan_kind kind, uint32_t count,
                         const lede_plan ***nodes);

/* INVALID and UNSUPPORTED, naming the field; LIMIT; NOT_FOUND for the key of
 * SIMILAR_TO. */
lede_status lede_clause_plan(lede_plan **out, lede_clause_maker *maker,
                             const lede_clause *clause);

#endif
