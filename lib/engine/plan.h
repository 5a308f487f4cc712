/*
 * engine/plan.h - what an engine is asked: a tree of exact terms, complete with
 * all numbers that its scores need.
 *
 * A plan is made above the seam from a query, the dictionary and the corpus's
 * statistics. It says what matches without any language or syntax, and what it
 * scores without any statistics of the engine that executes it; so the same
 * plan over the parts of an index gives the scores of the whole.
 *
 * Leaves match articles by their words (WORD, PHRASE, NEAR, EITHER) and score
 * by engine/score.h, or by their values (the others) and score 0. Joins put
 * leaves together.
 *
 * Spans     WORD, PHRASE, NEAR and EITHER match intervals of positions inside
 *           one field: [begin, end) of an occurrence of a term, whose length
 *           is the term's span; or put together from the intervals of their
 *           nodes as engine/span.h defines. They alone may stand inside
 *           PHRASE, NEAR and EITHER. The outermost of them is the leaf: its
 *           `score` counts, that of inner ones does not. Terms inside
 *           PHRASE, NEAR and EITHER are of fields with positions; an engine
 *           returns UNSUPPORTED for others. No span crosses fields.
 * Values    EQUALS is asked of keywords, RANGE of fields with a column, both
 *           true if any value fits; EXISTS of any field that is searchable,
 *           true also for a text without words. A field that the schema lacks
 *           has no values, a term that the index lacks does not occur. Values
 *           put before the schema had their field do not count.
 * Memory    Plans live in one arena; a tree without sharing, within the
 *           limits of the search that made it.
 */
#ifndef LEDE_ENGINE_PLAN_H
#define LEDE_ENGINE_PLAN_H

#include "base/bytes.h"
#include "lede/document.h"

typedef enum lede_plan_kind {
    LEDE_PLAN_NOTHING = 0, /* no article */
    LEDE_PLAN_EVERYTHING,  /* all */

    LEDE_PLAN_WORD,   /* any of `terms` */
    LEDE_PLAN_PHRASE, /* `nodes` in order, `slop` */
    LEDE_PLAN_NEAR,   /* `nodes` in any order, `slop` */
    LEDE_PLAN_EITHER, /* the intervals of any of `nodes` */

    LEDE_PLAN_EQUALS, /* a value of keyword `field` is `bytes` */
    LEDE_PLAN_RANGE,  /* a value of column `field` is in [min, max] */
    LEDE_PLAN_EXISTS, /* any value in `field` */
    LEDE_PLAN_KEY,    /* the article with key `bytes` */

    LEDE_PLAN_AND,      /* all of `nodes`, scores add; of none: all articles */
    LEDE_PLAN_OR,       /* any of `nodes`, scores add; of none: no article */
    LEDE_PLAN_BEST,     /* any; the best score, and `tie` of the others; of
                         * none: no article */
    LEDE_PLAN_NOT,      /* all that node 0 does not match; score 0 */
    LEDE_PLAN_OPTIONAL, /* all; node 0's score where it matches */
    LEDE_PLAN_CONSTANT  /* what node 0 matches, with `score.weight` */
} lede_plan_kind;

/* Weights of terms are n / LEDE_WEIGHT_ONE: a form's n/256 times a field's. */
#define LEDE_WEIGHT_ONE 65536U

typedef struct lede_plan_term {
    uint32_t field;
    uint32_t weight; /* n / LEDE_WEIGHT_ONE; 1 or more */
    lede_bytes term;
    const void *place; /* what lookup in the same snapshot gave of it; or NULL:
                        * the engine looks for it again */
} lede_plan_term;

/*
 * How a leaf scores; engine/score.h has the formula. The length of an article
 * is the weighted sum over `fields`, whether or not they hold a term. `fields`
 * has every field of the leaf's terms; a phrase in another would count as 0.
 */
typedef struct lede_plan_score {
    double weight;         /* idf x boosts; 0: the leaf only matches */
    double average_length; /* weighted as the length, a plain number of words;
                            * 0: lengths do not count */
    const uint32_t *fields;
    const uint32_t *field_weights; /* n/256 */
    uint32_t field_count;
} lede_plan_score;

typedef struct lede_plan lede_plan;
struct lede_plan {
    lede_plan_kind kind;
    uint32_t count;
    const lede_plan *const *nodes;

    /* WORD: in order of field, then term; no two alike. */
    const lede_plan_term *terms;
    uint32_t term_count;

    lede_plan_score score; /* leaves of words, and CONSTANT */
    uint32_t slop;         /* PHRASE, NEAR: other positions inside, in all */
    uint32_t tie;          /* BEST: n/256, at most 256 */
    uint32_t field;        /* EQUALS, RANGE, EXISTS */
    lede_bytes bytes;      /* EQUALS, KEY */
    lede_value min, max;   /* RANGE: of the field's kind, or LEDE_NONE: open */

    bool quiet; /* a leaf that ranks, but is not what the article was found by:
                 * engines need not care, snippets do not show it */
    uint32_t source; /* the node of the query it came from, for explaining */
};

/* Whether a node may stand inside PHRASE, NEAR and EITHER. */
static inline bool lede_plan_is_span(const lede_plan *plan)
{
    return plan->kind >= LEDE_PLAN_WORD && plan->kind <= LEDE_PLAN_EITHER;
}

#endif
