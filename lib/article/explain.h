/*
 * article/explain.h - how one article was matched and scored, clause by clause.
 *
 * Each node of the plan is searched by itself joined with the article's key:
 * the lines say whether it matched, with what points, and for leaves the
 * frequency and length that made them. The scores of an OR's or AND's lines add
 * up to its own. Where the article is lost, the line that lost it says so.
 *
 * Frequency and length are worked out from two more scores of the leaf, under
 * rules that make them plain; where an engine's scores are not exact, the line
 * leaves them out.
 */
#ifndef LEDE_ARTICLE_EXPLAIN_H
#define LEDE_ARTICLE_EXPLAIN_H

#include "article/view.h"

typedef struct lede_explain_request {
    const lede_engine_search *search; /* it was, or would have been, found by */
    const lede_query *query;          /* the plan was made of; names clauses */
    lede_bytes key;
} lede_explain_request;

typedef struct lede_explain_lines {
    const lede_explanation *at; /* parents before children; never empty */
    uint32_t count;
} lede_explain_lines;

/* The lines of an article that is in the index, in the arena. */
lede_status lede_explain(lede_explain_lines *out, const lede_view *view,
                         const lede_explain_request *request, lede_arena *arena,
                         lede_error *err);

#endif
