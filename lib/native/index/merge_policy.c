#include "native/index/merge_policy.h"

#include <math.h>

/* Smaller segments are all of level 0. */
#define LEVEL_ZERO_BYTES ((uint64_t)1 << 20)
#define LEVELS_MAX       16U

/* The dead are one in so many bytes, at most. */
#define DEAD_SHARE 9U

/* Of an index that rests: sum of square roots of the shares of its segments;
 * and how much larger than the merged a segment is that is not merged. */
#define ROOTS_MOST 1.7
#define STEP       2U

/* Bytes that the dead take: their share of the documents or of the text,
 * whichever is more. */
static uint64_t dead_bytes(const lede_merge_candidate *c)
{
    double documents = c->documents ? (double)c->live / c->documents : 1;
    double text =
        c->text_bytes ? (double)c->live_text_bytes / (double)c->text_bytes : 1;

    return (uint64_t)((double)c->bytes *
                      (1 - (documents < text ? documents : text)));
}

static uint64_t live_bytes(const lede_merge_candidate *c)
{
    return c->bytes - dead_bytes(c);
}

static uint32_t level_of(const lede_merge_candidate *c)
{
    uint64_t size = live_bytes(c);
    uint32_t level = 0;

    while (size > LEVEL_ZERO_BYTES && level < LEVELS_MAX - 1) {
        size /= LEDE_MERGE_FACTOR;
        level++;
    }
    return level;
}

/* The first segments of a level, as many as go into one. */
static bool choose_level(lede_merge_pick *pick,
                         const lede_merge_candidate *candidates, uint32_t count,
                         uint32_t level, const lede_merge_rules *rules)
{
    uint64_t documents = 0;

    pick->count = 0;
    for (uint32_t i = 0; i < count && pick->count < LEDE_MERGE_MOST; i++) {
        if (level_of(&candidates[i]) != level ||
            documents + candidates[i].live > rules->documents_most)
            continue;
        documents += candidates[i].live;
        pick->at[pick->count++] = i;
    }
    return pick->count >= LEDE_MERGE_FACTOR;
}

/* The segment with the greatest share of dead bytes, if they are too many. */
static bool choose_rotten(lede_merge_pick *pick,
                          const lede_merge_candidate *candidates,
                          uint32_t count, const lede_merge_rules *rules)
{
    uint64_t all = 0, dead = 0;
    double worst = 0;

    pick->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t gone = dead_bytes(&candidates[i]);
        double share = (double)gone /
                       (double)(candidates[i].bytes ? candidates[i].bytes : 1);

        all += candidates[i].bytes;
        dead += gone;
        if (share > worst && candidates[i].live <= rules->documents_most) {
            worst = share;
            pick->at[0] = i;
            pick->count = 1;
        }
    }
    return pick->count > 0 && dead > all / DEAD_SHARE;
}

static bool has_many_pieces(const lede_merge_candidate *candidates,
                            uint32_t count)
{
    double all = 0, roots = 0;

    for (uint32_t i = 0; i < count; i++) {
        all += (double)live_bytes(&candidates[i]);
        roots += sqrt((double)live_bytes(&candidates[i]));
    }
    return all > (double)LEVEL_ZERO_BYTES && roots > ROOTS_MOST * sqrt(all);
}

static bool is_picked(const lede_merge_pick *pick, uint32_t at)
{
    for (uint32_t i = 0; i < pick->count; i++)
        if (pick->at[i] == at)
            return true;
    return false;
}

/* The smallest that is not picked; `count` if there is none. */
static uint32_t smallest(const lede_merge_pick *pick,
                         const lede_merge_candidate *candidates, uint32_t count)
{
    uint32_t best = count;

    for (uint32_t i = 0; i < count; i++)
        if (!is_picked(pick, i) &&
            (best == count ||
             live_bytes(&candidates[i]) < live_bytes(&candidates[best])))
            best = i;
    return best;
}

static void add_rising(lede_merge_pick *pick, uint32_t at)
{
    uint32_t i = pick->count++;

    for (; i > 0 && pick->at[i - 1] > at; i--)
        pick->at[i] = pick->at[i - 1];
    pick->at[i] = at;
}

static bool choose_small(lede_merge_pick *pick,
                         const lede_merge_candidate *candidates, uint32_t count,
                         const lede_merge_rules *rules)
{
    uint64_t bytes = 0, documents = 0;

    pick->count = 0;
    if (!has_many_pieces(candidates, count))
        return false;
    while (pick->count < LEDE_MERGE_MOST) {
        uint32_t at = smallest(pick, candidates, count);

        if (at == count ||
            documents + candidates[at].live > rules->documents_most ||
            (pick->count > 1 && live_bytes(&candidates[at]) >= STEP * bytes))
            break;
        documents += candidates[at].live;
        bytes += live_bytes(&candidates[at]);
        add_rising(pick, at);
    }
    return pick->count > 1;
}

bool lede_merge_choose(lede_merge_pick *pick,
                       const lede_merge_candidate *candidates, uint32_t count,
                       const lede_merge_rules *rules)
{
    for (uint32_t level = 0; level < LEVELS_MAX; level++)
        if (choose_level(pick, candidates, count, level, rules))
            return true;
    return choose_rotten(pick, candidates, count, rules) ||
           (rules->at_rest && choose_small(pick, candidates, count, rules));
}
