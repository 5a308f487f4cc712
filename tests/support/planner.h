/*
 * support/planner.h - plans written as text, for tests below the parser.
 *
 *     plan = planner_read("or(w(iraq|iraqi) p0(w(embassy) w(attack)))",
 *                         fields, 2, arena);
 *
 *     plan   name number? (* weight)? ( ... )
 *     w      terms separated by |; `covid19+2` is a joined term of 2 positions
 *     pN nN  phrase, near with slop N, of plans; e: either of them
 *     and or best not opt const    of plans
 *     all none
 *
 * A leaf weighs 1 unless it says otherwise. Terms are in every field given. A
 * plan that cannot be read fails the test.
 */
#ifndef LEDE_TESTS_PLANNER_H
#define LEDE_TESTS_PLANNER_H

#include "base/arena.h"
#include "engine/plan.h"

const lede_plan *planner_read(const char *text, const uint32_t *fields,
                              uint32_t field_count, lede_arena *arena);

#endif
