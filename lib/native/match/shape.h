/*
 * native/match/shape.h - what is known of the matches of a plan by looking at
 * it alone.
 *
 *     if (lede_shape_is_flat(plan, &rule, &points))
 *         ... all that matches has these points
 *
 * As deep as the plan is, which its limits bound.
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_MATCH_SHAPE_H
#define LEDE_NATIVE_MATCH_SHAPE_H

#include "engine/plan.h"
#include "engine/score.h"

/* Whether positions have to be read. */
bool lede_shape_has_positions(const lede_plan *plan);

/* Whether all that matches has the same points. */
bool lede_shape_is_flat(const lede_plan *plan, const lede_score_rule *rule,
                        uint32_t *points);

/* Whether what is required is flat, and something ranks: a match has more than
 * `points` if any of that matches with points, and else just as many. */
bool lede_shape_has_base(const lede_plan *plan, const lede_score_rule *rule,
                         uint32_t *points);

#endif
