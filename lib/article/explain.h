/*
 * article/explain.h - how one article was matched and scored, clause by clause.
 *
 * Each node of the plan is searched by itself joined with the article's key:
 * the lines say whether it matched, with what points, and for leaves the idf,
 * frequency and length that made them. The scores of an OR's or AND's lines add
 * up to its own. Where the article is lost, the line that lost it says so.
 */
#ifndef LEDE_ARTICLE_EXPLAIN_H
#define LEDE_ARTICLE_EXPLAIN_H

#include "article/view.h"

/* Lines of one article in the arena, parents before children. `search` is the
 * search it was, or would have been, found by. */
lede_status lede_explain(const lede_explanation **out, uint32_t *count,
                         const lede_view *view,
                         const lede_engine_search *search, lede_bytes key,
                         lede_arena *arena, lede_error *err);

#endif
