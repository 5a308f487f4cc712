/*
 * memory/match.h - whether one article matches a plan, and with what points.
 *
 *     status = lede_memory_match_check(plan, schema, err);
 *     status = lede_memory_match(&matcher, plan, article, &answer);
 *
 * Does what engine/plan.h says of each kind, and nothing else.
 */
#ifndef LEDE_MEMORY_MATCH_H
#define LEDE_MEMORY_MATCH_H

#include "memory/article.h"

typedef struct lede_memory_matcher {
    const lede_schema *schema;
    const lede_score_rule *rule;
    lede_budget *budget;
    lede_arena *arena; /* cleared by every match */
} lede_memory_matcher;

typedef struct lede_memory_answer {
    bool matches;
    uint32_t points; /* 0 if it does not match */
} lede_memory_answer;

/* UNSUPPORTED if the plan asks for intervals in a field without positions. */
lede_status lede_memory_match_check(const lede_plan *plan,
                                    const lede_schema *schema, lede_error *err);

/* NOMEM, or what the budget says. */
lede_status lede_memory_match(const lede_memory_matcher *matcher,
                              const lede_plan *plan,
                              const lede_memory_article *article,
                              lede_memory_answer *answer);

#endif
