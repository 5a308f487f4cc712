/*
 * support/plan_draw.h - plans drawn at random: every kind of node, groups of
 * terms over several fields, weights and lengths from usual to absurd.
 *
 *     plan_draw draw = { plan_draw_chance, &c, &stock, arena };
 *     plan = plan_draw_any(&draw, 3);
 *     search.rule = plan_draw_rule(&draw, plan);
 *     plan_draw_print(stdout, plan, schema);       when an answer is wrong
 *
 * What is drawn is what articles hold: the stock has their words, and some that
 * stand together. Sums of weights stay such that a scale bounds the points.
 *
 * Memory    Plans live in the arena and borrow the stock.
 */
#ifndef LEDE_TESTS_PLAN_DRAW_H
#define LEDE_TESTS_PLAN_DRAW_H

#include <stdio.h>

#include "base/arena.h"
#include "document/schema.h"
#include "engine/plan.h"
#include "engine/score.h"

#define STOCK_WORDS 64U
#define STOCK_RUNS  64U
#define STOCK_RUN   3U /* words */

typedef struct plan_stock {
    const lede_schema *schema;
    lede_bytes words[STOCK_WORDS]; /* the most frequent ones first */
    uint32_t word_count;
    lede_bytes runs[STOCK_RUNS][STOCK_RUN]; /* in this order in some article */
    uint32_t run_count;
    lede_bytes tags[8]; /* values of keywords */
    uint32_t tag_count;
    int64_t number_most; /* numbers are within so much of 0, dates days */
} plan_stock;

typedef struct plan_draw {
    uint32_t (*below)(void *ctx, uint32_t n); /* 0 to n - 1; 0 for n = 0 */
    void *ctx;
    const plan_stock *stock;
    lede_arena *arena;
} plan_draw;

/* `below` of a struct chance. */
uint32_t plan_draw_chance(void *ctx, uint32_t n);

/* A tree at most so deep; NULL when the arena is full. */
const lede_plan *plan_draw_any(const plan_draw *draw, uint32_t depth);

/* A rule whose scale fits the plan; mostly the usual one. */
lede_score_rule plan_draw_rule(const plan_draw *draw, const lede_plan *plan);

void plan_draw_print(FILE *out, const lede_plan *plan,
                     const lede_schema *schema);

#endif
