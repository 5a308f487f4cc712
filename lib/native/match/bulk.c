#include "native/match/bulk.h"

#include "native/match/intersect.h"
#include "native/match/masked.h"
#include "native/match/mixed.h"
#include "native/match/walk.h"
#include "native/match/words.h"

static lede_status find_whole(bool *done, lede_matcher *matcher,
                              const lede_plan *plan, lede_sink *sink)
{
    lede_status status = lede_words_find(done, matcher, plan, sink);

    if (status == LEDE_OK && !*done)
        status = lede_mixed_find(done, matcher, plan, sink);
    if (status == LEDE_OK && !*done)
        status = lede_masked_find(done, matcher, plan, sink);
    return status == LEDE_OK && !*done
               ? lede_intersect_find(done, matcher, plan, sink)
               : status;
}

/* ---- In two steps ------------------------------------------------------- */

/* The place of an optional phrase beside what is required; else the count. */
static uint32_t find_optional(const lede_plan *plan)
{
    uint32_t found = plan->count;
    bool word = false;

    for (uint32_t i = 0; i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];

        word = word || node->kind == LEDE_PLAN_WORD;
        if (node->kind == LEDE_PLAN_OPTIONAL &&
            (node->nodes[0]->kind == LEDE_PLAN_PHRASE ||
             node->nodes[0]->kind == LEDE_PLAN_NEAR))
            found = i;
    }
    return word && plan->kind == LEDE_PLAN_AND ? found : plan->count;
}

/* The plan with another node at a place. */
static lede_plan *plan_with(const lede_plan *plan, uint32_t at,
                            const lede_plan *node, lede_arena *arena)
{
    lede_plan *made = lede_arena_alloc(arena, sizeof *made);
    const lede_plan **nodes =
        lede_arena_array(arena, plan->count, sizeof(const lede_plan *));

    if (!made || !nodes)
        return NULL;
    *made = *plan;
    memcpy(nodes, plan->nodes, plan->count * sizeof(const lede_plan *));
    nodes[at] = node;
    made->nodes = nodes;
    return made;
}

/* By the one way or the other. */
static lede_status find_all(lede_matcher *matcher, const lede_plan *plan,
                            lede_sink *sink)
{
    const lede_piece whole = { sink->part, 0, matcher->documents, false };
    bool done = false;
    lede_status status = find_whole(&done, matcher, plan, sink);

    return status == LEDE_OK && !done
               ? lede_walk_ranked(matcher, plan, sink, &whole)
               : status;
}

/* First those that have the optional phrase: these make so much needed that most
 * without it need not be looked for in its positions. */
static lede_status find_in_steps(lede_matcher *matcher, const lede_plan *plan,
                                 uint32_t optional, lede_sink *sink)
{
    lede_arena *arena = matcher->arena;
    const lede_plan *node = plan->nodes[optional];
    lede_plan *refused = lede_arena_alloc(arena, sizeof *refused);
    lede_plan *with = plan_with(plan, optional, node->nodes[0], arena);
    lede_plan *without = plan_with(plan, optional, refused, arena);
    lede_status status;

    if (!refused || !with || !without)
        return lede_arena_status(arena);
    *refused = *node;
    refused->kind = LEDE_PLAN_NOT;
    status = find_all(matcher, with, sink);
    return status == LEDE_OK ? find_all(matcher, without, sink) : status;
}

lede_status lede_bulk_find(bool *done, lede_matcher *matcher,
                           const lede_plan *plan, lede_sink *sink)
{
    uint32_t optional = sink->every ? plan->count : find_optional(plan);

    if (optional == plan->count)
        return find_whole(done, matcher, plan, sink);
    *done = true;
    return find_in_steps(matcher, plan, optional, sink);
}

lede_status lede_bulk_count(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, const lede_live *live,
                            uint64_t *count)
{
    lede_status status = lede_words_count(done, matcher, plan, live, count);

    return status == LEDE_OK && !*done
               ? lede_intersect_count(done, matcher, plan, live, count)
               : status;
}
