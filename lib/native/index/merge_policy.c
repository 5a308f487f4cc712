#include "native/index/merge_policy.h"

/* Smaller segments are all of level 0. */
#define LEVEL_ZERO_BYTES ((uint64_t)1 << 20)
#define LEVELS_MAX       16U

/* No segment grows beyond: document numbers have 32 bits. */
#define DOCUMENTS_MAX ((uint64_t)1 << 30)

static uint32_t level_of(const lede_merge_candidate *c)
{
    uint64_t size = c->documents ? c->bytes / c->documents * c->live : 0;
    uint32_t level = 0;

    while (size > LEVEL_ZERO_BYTES && level < LEVELS_MAX - 1) {
        size /= LEDE_MERGE_FACTOR;
        level++;
    }
    return level;
}

static bool has_rotted(const lede_merge_candidate *c)
{
    return (c->documents - c->live) * (uint64_t)5 >= c->documents &&
           c->live < c->documents;
}

/* The first segments of a level, as many as go into one. */
static bool choose_level(lede_merge_pick *pick,
                         const lede_merge_candidate *candidates, uint32_t count,
                         uint32_t level)
{
    uint64_t documents = 0;

    pick->count = 0;
    for (uint32_t i = 0; i < count && pick->count < LEDE_MERGE_MOST; i++) {
        if (level_of(&candidates[i]) != level ||
            documents + candidates[i].live > DOCUMENTS_MAX)
            continue;
        documents += candidates[i].live;
        pick->at[pick->count++] = i;
    }
    return pick->count >= LEDE_MERGE_FACTOR;
}

bool lede_merge_choose(lede_merge_pick *pick,
                       const lede_merge_candidate *candidates, uint32_t count)
{
    for (uint32_t level = 0; level < LEVELS_MAX; level++)
        if (choose_level(pick, candidates, count, level))
            return true;
    for (uint32_t i = 0; i < count; i++) {
        if (has_rotted(&candidates[i])) {
            pick->at[0] = i;
            pick->count = 1;
            return true;
        }
    }
    return false;
}
