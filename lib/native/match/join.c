#include "native/match/join.h"

#include <stdlib.h>

#include "native/match/queue.h"

typedef struct join {
    lede_finder finder;
    const lede_plan *plan;
    lede_finder **parts;
    uint32_t count;
    lede_queue queue; /* of OR and BEST */
} join;

/* ---- All ---------------------------------------------------------------- */

static int by_cost(const void *left, const void *right)
{
    const lede_finder *a = *(lede_finder *const *)left;
    const lede_finder *b = *(lede_finder *const *)right;

    return (a->cost > b->cost) - (a->cost < b->cost);
}

static uint32_t seek_all(lede_finder *finder, uint32_t target)
{
    join *j = (join *)finder;
    uint32_t doc = lede_finder_seek(j->parts[0], target);

    for (uint32_t i = 1; i < j->count && doc != LEDE_DOC_END;) {
        uint32_t other = lede_finder_seek(j->parts[i], doc);

        if (other == doc) {
            i++;
        } else {
            doc = lede_finder_seek(j->parts[0], other);
            i = 1;
            if (!lede_matcher_spend(finder->matcher, 1))
                return LEDE_DOC_END;
        }
    }
    return doc;
}

static bool check_all(lede_finder *finder)
{
    join *j = (join *)finder;

    finder->points = 0;
    for (uint32_t i = 0; i < j->count; i++) {
        if (!lede_finder_check(j->parts[i]))
            return false;
        finder->points += j->parts[i]->points;
    }
    return true;
}

/* ---- Any ---------------------------------------------------------------- */

static uint32_t seek_any(lede_finder *finder, uint32_t target)
{
    join *j = (join *)finder;
    uint64_t steps = 1;

    if (target == 0) {
        for (uint32_t i = 0; i < j->count; i++)
            j->queue.docs[i] = lede_finder_seek(j->parts[i], 0);
        lede_queue_order(&j->queue);
    }
    for (; lede_queue_least(&j->queue) < target; steps++)
        lede_queue_move(
            &j->queue,
            lede_finder_seek(j->parts[lede_queue_top(&j->queue)], target));
    return lede_matcher_spend(finder->matcher, steps)
               ? lede_queue_least(&j->queue)
               : LEDE_DOC_END;
}

static bool check_any(lede_finder *finder)
{
    join *j = (join *)finder;
    uint32_t count = lede_queue_gather(&j->queue), best = 0;
    uint64_t sum = 0;
    bool found = false;

    for (uint32_t i = 0; i < count; i++) {
        lede_finder *part = j->parts[j->queue.found[i]];

        if (found && !finder->matcher->scores)
            break;
        if (!lede_finder_check(part))
            continue;
        found = true;
        sum += part->points;
        if (part->points > best)
            best = part->points;
    }
    finder->points = j->plan->kind == LEDE_PLAN_BEST
                         ? lede_score_best(best, sum, j->plan->tie)
                         : (uint32_t)sum;
    return found;
}

static void add_costs(join *j)
{
    for (uint32_t i = 0; i < j->count; i++)
        j->finder.cost += j->parts[i]->cost;
}

lede_status lede_join_new(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder **finders,
                          uint32_t count)
{
    join *j = lede_finder_room(matcher, sizeof *j);

    if (!j)
        return matcher->status;
    j->plan = plan;
    j->parts = finders;
    j->count = count;
    if (plan->kind == LEDE_PLAN_OR || plan->kind == LEDE_PLAN_BEST ||
        plan->kind == LEDE_PLAN_EITHER) {
        j->finder.seek = seek_any;
        j->finder.check = check_any;
        add_costs(j);
        if (!lede_queue_init(&j->queue, count, matcher->arena))
            return lede_arena_status(matcher->arena);
    } else {
        j->finder.seek = seek_all;
        j->finder.check = check_all;
        qsort(finders, count, sizeof(lede_finder *), by_cost);
        j->finder.cost = finders[0]->cost;
    }
    *out = &j->finder;
    return LEDE_OK;
}

/* ---- One ---------------------------------------------------------------- */

typedef struct single {
    lede_finder finder;
    lede_finder *of;
    uint32_t points; /* of a CONSTANT */
} single;

static uint32_t seek_every(lede_finder *finder, uint32_t target)
{
    return target < finder->matcher->documents ? target : LEDE_DOC_END;
}

static bool finds(lede_finder *of, uint32_t doc)
{
    return lede_finder_seek(of, doc) == doc && lede_finder_check(of);
}

static bool check_not(lede_finder *finder)
{
    single *s = (single *)finder;

    finder->points = 0;
    return !finds(s->of, finder->doc) && finder->matcher->status == LEDE_OK;
}

static bool check_optional(lede_finder *finder)
{
    single *s = (single *)finder;

    finder->points = 0;
    if (finder->matcher->scores && finds(s->of, finder->doc))
        finder->points = s->of->points;
    return true;
}

static uint32_t seek_constant(lede_finder *finder, uint32_t target)
{
    return lede_finder_seek(((single *)finder)->of, target);
}

static bool check_constant(lede_finder *finder)
{
    single *s = (single *)finder;

    finder->points = s->points;
    return lede_finder_check(s->of);
}

lede_status lede_join_one(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder *of)
{
    single *s = lede_finder_room(matcher, sizeof *s);

    if (!s)
        return matcher->status;
    s->of = of;
    s->finder.cost = matcher->documents;
    s->finder.seek = seek_every;
    if (plan->kind == LEDE_PLAN_NOT) {
        s->finder.check = check_not;
    } else if (plan->kind == LEDE_PLAN_OPTIONAL) {
        s->finder.check = check_optional;
    } else {
        s->finder.cost = of->cost;
        s->finder.seek = seek_constant;
        s->finder.check = check_constant;
        s->points = lede_score_constant(matcher->rule, plan->score.weight);
    }
    *out = &s->finder;
    return LEDE_OK;
}
