/*
 * article/search.h - from a query and options to results: plan, search, load,
 * snippets, explanations, the place where the page ends.
 *
 * What lede/search.h promises, for options that are complete.
 */
#ifndef LEDE_ARTICLE_SEARCH_H
#define LEDE_ARTICLE_SEARCH_H

#include "article/view.h"

lede_status lede_article_search(lede_results **out, const lede_view *view,
                                const lede_query *query,
                                const lede_search_options *options,
                                lede_error *err);

lede_status lede_article_count(uint64_t *total, const lede_view *view,
                               const lede_query *query,
                               const lede_search_options *options,
                               lede_error *err);

#endif
