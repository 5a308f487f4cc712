#include "article/parts.h"

/* The nodes that stand in a row; NULL if it is none. */
static const lede_plan *row_of(const lede_plan *plan)
{
    if (plan->kind == LEDE_PLAN_EITHER)
        plan = plan->nodes[0];
    return plan->kind == LEDE_PLAN_PHRASE ? plan : NULL;
}

static uint32_t count_words(const lede_plan *row)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < row->count; i++)
        count += row->nodes[i]->kind == LEDE_PLAN_WORD;
    return count;
}

/* OPTIONAL of a word that is not shown in snippets: it did not match. */
static lede_plan *new_part(const lede_plan *word, double boost,
                           lede_arena *arena)
{
    lede_plan *part = lede_arena_zero(arena, sizeof *part);
    lede_plan *optional = lede_arena_zero(arena, sizeof *optional);
    const lede_plan **node = lede_arena_array(arena, 1, sizeof *node);

    if (!part || !optional || !node)
        return NULL;
    *part = *word;
    part->score.weight *= boost;
    part->quiet = true;
    *node = part;
    optional->kind = LEDE_PLAN_OPTIONAL;
    optional->source = word->source;
    optional->nodes = node;
    optional->count = 1;
    return optional;
}

/* The nodes of the AND: what it has, or the OR alone, and room for more. */
static const lede_plan **make_room(const lede_plan *join, uint32_t more,
                                   lede_arena *arena)
{
    uint32_t had = join->kind == LEDE_PLAN_AND ? join->count : 1;
    const lede_plan **nodes =
        lede_arena_array(arena, (size_t)had + more, sizeof *nodes);
    lede_plan *either;

    if (!nodes)
        return NULL;
    if (join->kind == LEDE_PLAN_AND) {
        memcpy(nodes, join->nodes, had * sizeof *nodes);
        return nodes;
    }
    either = lede_arena_alloc(arena, sizeof *either);
    if (!either)
        return NULL;
    *either = *join;
    nodes[0] = either;
    return nodes;
}

lede_status lede_parts_lift(lede_plan *join, const lede_plan *row, double boost,
                            double *weights, lede_arena *arena)
{
    const lede_plan *phrase = row_of(row);
    uint32_t words = phrase ? count_words(phrase) : 0, at;
    const lede_plan **nodes;

    if (words == 0 || !(boost > 0))
        return LEDE_OK;
    nodes = make_room(join, words, arena);
    if (!nodes)
        return lede_arena_status(arena);
    at = join->kind == LEDE_PLAN_AND ? join->count : 1;
    for (uint32_t i = 0; i < phrase->count; i++) {
        const lede_plan *part;

        if (phrase->nodes[i]->kind != LEDE_PLAN_WORD)
            continue;
        part = new_part(phrase->nodes[i], boost, arena);
        if (!part)
            return lede_arena_status(arena);
        *weights += part->nodes[0]->score.weight;
        nodes[at++] = part;
    }
    join->kind = LEDE_PLAN_AND;
    join->nodes = nodes;
    join->count = at;
    return LEDE_OK;
}
