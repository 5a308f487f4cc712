#include "native/match/shape.h"

bool lede_shape_has_positions(const lede_plan *plan)
{
    bool found = plan->kind == LEDE_PLAN_PHRASE ||
                 plan->kind == LEDE_PLAN_NEAR || plan->kind == LEDE_PLAN_EITHER;

    for (uint32_t i = 0; !found && i < plan->count; i++)
        found = lede_shape_has_positions(plan->nodes[i]);
    return found;
}

static uint32_t clamp(uint64_t points)
{
    return points < UINT32_MAX ? (uint32_t)points : UINT32_MAX;
}

bool lede_shape_is_flat(const lede_plan *plan, const lede_score_rule *rule,
                        uint32_t *points)
{
    uint64_t sum = 0;
    bool flat = true;

    *points = 0;
    if (plan->kind == LEDE_PLAN_NOT)
        return true;
    if (lede_plan_is_span(plan))
        return !(plan->score.weight > 0);
    if (plan->kind == LEDE_PLAN_CONSTANT) {
        *points = lede_score_constant(rule, plan->score.weight);
        return true;
    }
    for (uint32_t i = 0; flat && i < plan->count; i++) {
        flat = lede_shape_is_flat(plan->nodes[i], rule, points);
        sum += *points;
    }
    *points = clamp(sum);
    return flat && (sum == 0 || plan->kind == LEDE_PLAN_AND);
}

bool lede_shape_has_base(const lede_plan *plan, const lede_score_rule *rule,
                         uint32_t *points)
{
    uint64_t sum = 0;
    bool base = plan->kind == LEDE_PLAN_AND, ranks = false;

    for (uint32_t i = 0; base && i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];
        uint32_t own = 0;

        if (lede_shape_is_flat(node, rule, &own))
            sum += own;
        else if (node->kind == LEDE_PLAN_OPTIONAL)
            ranks = true;
        else
            base = false;
    }
    *points = clamp(sum);
    return base && ranks;
}
