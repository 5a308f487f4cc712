/*
 * article/expand.h - from a query to a plan: words to the terms the index
 * holds, with everything that scoring needs.
 *
 * A query word is analysed, then matched by its forms: the union of the terms
 * that are exactly it, share its fold key, its stem in any language kept, or
 * its name key; each with the best weight that applies (text/forms.h). These
 * terms in all fields searched are one WORD, scored as one:
 *
 *     df     = min(N, most + 3/4 (sum - most)), over forms of max over fields
 *     weight = idf(N, df) x boosts
 *
 * A word that analysis cuts in several is the phrase of its parts; a hyphenated
 * one is EITHER that or its solid spelling. Words in quotes match exactly and
 * by fold. A phrase's or NEAR's idf is the sum of its words', EITHER's that of
 * its first node. A pattern is one WORD of all terms it accepts, the most
 * frequent where there are more than limits.expansion_terms (`capped`).
 */
#ifndef LEDE_ARTICLE_EXPAND_H
#define LEDE_ARTICLE_EXPAND_H

#include "article/view.h"

typedef struct lede_expand_options {
    uint32_t forms;            /* LEDE_FORM_ bits; 0: all */
    const lede_limits *limits; /* complete */
    int64_t now_seconds;       /* for dates like `today` */
    lede_budget *budget;
} lede_expand_options;

typedef struct lede_expansion {
    const lede_plan *plan;
    double weights; /* sum of all leaves', for lede_score_scale */
    bool capped;
} lede_expansion;

/* Plans the query's root; without one, NOTHING. What the builder left in the
 * query; INVALID for fields the schema lacks or that cannot do what is asked;
 * LIMIT; what the budget says. err->position is the byte of the query text,
 * where it was parsed. */
lede_status lede_expand(lede_expansion *out, const lede_view *view,
                        const lede_query *query,
                        const lede_expand_options *options, lede_arena *arena,
                        lede_error *err);

#endif
