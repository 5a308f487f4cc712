/*
 * support/plans.h - plans from text, in the notation of support/seam.h.
 */
#ifndef LEDE_TESTS_PLANS_H
#define LEDE_TESTS_PLANS_H

#include "engine/engine.h"

/* Fails the test for a text that is no plan. Scores are by the statistics of
 * the snapshot. */
const lede_plan *plan_read(const char *text, const lede_engine *engine,
                           const lede_engine_snapshot *snapshot,
                           lede_arena *arena);

/* The sum of the weights of all its leaves and constants. */
double plan_weights(const lede_plan *plan);

#endif
