#include "native/match/join.h"

#include <stdlib.h>
#include <string.h>

#include "native/match/queue.h"

/* A part that stands so far ahead leaves a gap worth a bound of its own. */
#define GAP 64U

typedef struct join {
    lede_finder finder;
    const lede_plan *plan;
    lede_finder **parts;
    uint32_t count;
    uint32_t needed;
    bool begun; /* parts stand on documents */

    lede_finder **checks; /* AND: parts in the order that they are checked in */
    uint64_t *rests;      /* AND: the most of checks[i ..]; OR and BEST: of
                           * parts[.. i) together */

    lede_queue queue;   /* OR and BEST: of parts[essential ..] */
    uint32_t essential; /* parts before it cannot reach what is needed */
} join;

static uint32_t clamp(uint64_t points)
{
    return points < UINT32_MAX ? (uint32_t)points : UINT32_MAX;
}

/* ---- All ---------------------------------------------------------------- */

static int by_cost(const void *left, const void *right)
{
    const lede_finder *a = *(lede_finder *const *)left;
    const lede_finder *b = *(lede_finder *const *)right;

    return (a->cost > b->cost) - (a->cost < b->cost);
}

/* Of equal effort first those that may bring much. */
static int by_effort(const void *left, const void *right)
{
    const lede_finder *a = *(lede_finder *const *)left;
    const lede_finder *b = *(lede_finder *const *)right;

    if (a->effort != b->effort)
        return a->effort < b->effort ? -1 : 1;
    return (a->most < b->most) - (a->most > b->most);
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
    uint64_t points = 0;

    for (uint32_t i = 0; i < j->count; i++) {
        if (points + j->rests[i] < j->needed ||
            !lede_finder_check(j->checks[i]))
            return false;
        points += j->checks[i]->points;
    }
    finder->points = clamp(points);
    return true;
}

static uint32_t bound_all(lede_finder *finder, uint32_t target, uint32_t *until)
{
    join *j = (join *)finder;
    uint64_t sum = 0;

    *until = LEDE_DOC_END;
    for (uint32_t i = 0; i < j->count; i++) {
        uint32_t end;

        sum += lede_finder_bound(j->parts[i], target, &end);
        if (end < *until)
            *until = end;
    }
    return clamp(sum);
}

/* Each part has to bring what the others cannot. One that ranks only and has to
 * match now may be the rarest. */
static void demand_all(lede_finder *finder, uint32_t needed)
{
    join *j = (join *)finder;

    j->needed = needed;
    for (uint32_t i = 0; i < j->count; i++) {
        lede_finder *part = j->parts[i];
        uint64_t others = j->rests[0] - part->most;

        if (others < needed)
            lede_finder_demand(part, needed - (uint32_t)others);
    }
    qsort(j->parts, j->count, sizeof(lede_finder *), by_cost);
    finder->cost = j->parts[0]->cost;
}

/* By cost, but positions last. */
static uint32_t keep_all(lede_finder *finder, uint32_t base, uint64_t *words)
{
    join *j = (join *)finder;
    uint32_t next = lede_window_end(base);

    for (int last = 0; last < 2; last++)
        for (uint32_t i = 0; i < j->count; i++) {
            lede_finder *part = j->parts[i];
            uint32_t from;

            if ((part->effort == LEDE_EFFORT_POSITIONS) != last ||
                !lede_window_some(words, 1))
                continue;
            from = lede_finder_keep(part, base, words);
            next = from > next ? from : next;
        }
    return next;
}

static lede_status begin_all(join *j)
{
    lede_arena *arena = j->finder.matcher->arena;

    j->finder.seek = seek_all;
    j->finder.check = check_all;
    j->finder.bound = bound_all;
    j->finder.demand = demand_all;
    j->finder.keep = keep_all;
    j->checks = lede_arena_array(arena, j->count, sizeof(lede_finder *));
    if (!j->checks)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < j->count; i++)
        j->checks[i] = j->parts[i];
    qsort(j->checks, j->count, sizeof(lede_finder *), by_effort);
    for (uint32_t i = j->count; i-- > 0;)
        j->rests[i] = j->rests[i + 1] + j->checks[i]->most;
    qsort(j->parts, j->count, sizeof(lede_finder *), by_cost);
    j->finder.most = clamp(j->rests[0]);
    j->finder.cost = j->parts[0]->cost;
    j->finder.effort = j->checks[j->count - 1]->effort;
    return LEDE_OK;
}

/* ---- Any ---------------------------------------------------------------- */

/* By MAXSCORE (Turtle & Flood, "Query evaluation: strategies and
 * optimizations", 1995): parts that together cannot reach what is needed do not
 * lead to documents; they are asked about those that the others lead to. */

static int by_most(const void *left, const void *right)
{
    const lede_finder *a = *(lede_finder *const *)left;
    const lede_finder *b = *(lede_finder *const *)right;

    return (a->most > b->most) - (a->most < b->most);
}

/* Points of parts that have the best and the sum. */
static uint32_t put_together(const join *j, uint32_t best, uint64_t sum)
{
    if (best == UINT32_MAX)
        return UINT32_MAX;
    return j->plan->kind == LEDE_PLAN_BEST
               ? lede_score_best(best, sum, j->plan->tie)
               : clamp(sum);
}

static void order_queue(join *j)
{
    for (uint32_t i = j->essential; i < j->count; i++) {
        j->queue.docs[i] = j->parts[i]->doc;
        j->queue.heap[i - j->essential] = i;
    }
    j->queue.count = j->count - j->essential;
    lede_queue_order(&j->queue);
}

static uint32_t seek_any(lede_finder *finder, uint32_t target)
{
    join *j = (join *)finder;
    uint64_t steps = 1;

    if (!j->begun) {
        for (uint32_t i = j->essential; i < j->count; i++)
            (void)lede_finder_seek(j->parts[i], target);
        j->begun = true;
        order_queue(j);
    }
    for (; lede_queue_least(&j->queue) < target; steps++)
        lede_queue_move(
            &j->queue,
            lede_finder_seek(j->parts[lede_queue_top(&j->queue)], target));
    return lede_matcher_spend(finder->matcher, steps)
               ? lede_queue_least(&j->queue)
               : LEDE_DOC_END;
}

/* What is known of a document while its parts are looked at. */
typedef struct sums {
    uint32_t best;
    uint64_t sum;
    bool found;
} sums;

static void add_part(sums *s, lede_finder *part)
{
    if (!lede_finder_check(part))
        return;
    s->found = true;
    s->sum += part->points;
    if (part->points > s->best)
        s->best = part->points;
}

static bool check_any(lede_finder *finder)
{
    join *j = (join *)finder;
    sums s = { 0, 0, false };
    uint32_t count = 0;

    /* A part that led here may not lead any more. */
    if (lede_queue_least(&j->queue) == finder->doc)
        count = lede_queue_gather(&j->queue);
    for (uint32_t i = 0; i < count; i++) {
        if (s.found && !finder->matcher->scores)
            break;
        add_part(&s, j->parts[j->queue.found[i]]);
    }
    for (uint32_t i = j->essential; i > 0; i--) {
        lede_finder *part = j->parts[i - 1];
        uint32_t best = part->most > s.best ? part->most : s.best;

        if (put_together(j, best, s.sum + j->rests[i]) < j->needed)
            return false;
        if (lede_finder_seek(part, finder->doc) == finder->doc)
            add_part(&s, part);
    }
    /* A part that refused may have had some points. */
    finder->points = put_together(j, s.best, s.sum);
    return s.found && finder->points >= j->needed;
}

/* A part that stands a little further on counts with the block it stands in:
 * the few documents before it are not worth a range of their own. */
static uint32_t bound_part(lede_finder *part, uint32_t target, uint32_t *until)
{
    if (part->doc > target && part->doc - target < GAP)
        target = part->doc;
    return lede_finder_bound(part, target, until);
}

static uint32_t bound_any(lede_finder *finder, uint32_t target, uint32_t *until)
{
    join *j = (join *)finder;
    uint64_t sum = 0;
    uint32_t best = 0;

    *until = LEDE_DOC_END;
    for (uint32_t i = 0; i < j->count; i++) {
        uint32_t end, points = bound_part(j->parts[i], target, &end);

        sum += points;
        if (points > best)
            best = points;
        if (end < *until)
            *until = end;
    }
    return put_together(j, best, sum);
}

static void demand_any(lede_finder *finder, uint32_t needed)
{
    join *j = (join *)finder;
    uint32_t essential = j->essential;

    j->needed = needed;
    while (essential < j->count &&
           put_together(j, j->parts[essential]->most, j->rests[essential + 1]) <
               needed)
        essential++;
    finder->cost = 0;
    for (uint32_t i = essential; i < j->count; i++)
        finder->cost += j->parts[i]->cost;
    if (essential + 1 == j->count && j->plan->kind == LEDE_PLAN_OR &&
        j->rests[essential] < needed)
        lede_finder_demand(j->parts[essential],
                           needed - (uint32_t)j->rests[essential]);
    if (essential == j->essential)
        return;
    j->essential = essential;
    if (j->begun)
        order_queue(j);
}

/* What one part has found need not be looked for by the next. */
static uint32_t keep_any(lede_finder *finder, uint32_t base, uint64_t *words)
{
    join *j = (join *)finder;
    uint64_t left[LEDE_WINDOW_WORDS], tried[LEDE_WINDOW_WORDS];
    uint32_t next = LEDE_DOC_END;

    memcpy(left, words, sizeof left);
    for (uint32_t i = 0; i < j->count; i++) {
        uint32_t from;

        memcpy(tried, left, sizeof tried);
        from = lede_finder_keep(j->parts[i], base, tried);
        next = from < next ? from : next;
        for (uint32_t at = 0; at < LEDE_WINDOW_WORDS; at++)
            left[at] &= ~tried[at];
    }
    for (uint32_t at = 0; at < LEDE_WINDOW_WORDS; at++)
        words[at] &= ~left[at];
    return next;
}

static lede_status begin_any(join *j)
{
    j->finder.seek = seek_any;
    j->finder.check = check_any;
    j->finder.bound = bound_any;
    j->finder.demand = demand_any;
    j->finder.keep = keep_any;
    if (!lede_queue_init(&j->queue, j->count, j->finder.matcher->arena))
        return lede_arena_status(j->finder.matcher->arena);
    qsort(j->parts, j->count, sizeof(lede_finder *), by_most);
    for (uint32_t i = 0; i < j->count; i++) {
        lede_finder *part = j->parts[i];

        j->rests[i + 1] = j->rests[i] + part->most;
        j->finder.cost += part->cost;
        if (part->effort > j->finder.effort)
            j->finder.effort = part->effort;
    }
    j->finder.most =
        put_together(j, j->parts[j->count - 1]->most, j->rests[j->count]);
    if (j->finder.effort == LEDE_EFFORT_NONE)
        j->finder.effort = LEDE_EFFORT_SEEK;
    return LEDE_OK;
}

lede_status lede_join_new(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder **finders,
                          uint32_t count)
{
    join *j = lede_finder_room(matcher, sizeof *j);
    lede_status status;

    if (!j)
        return matcher->status;
    j->plan = plan;
    j->parts = finders;
    j->count = count;
    j->rests =
        lede_arena_array(matcher->arena, (size_t)count + 1, sizeof *j->rests);
    if (!j->rests)
        return lede_arena_status(matcher->arena);
    status = plan->kind == LEDE_PLAN_OR || plan->kind == LEDE_PLAN_BEST ||
                     plan->kind == LEDE_PLAN_EITHER
                 ? begin_any(j)
                 : begin_all(j);
    *out = &j->finder;
    return status;
}

/* ---- One ---------------------------------------------------------------- */

typedef struct single {
    lede_finder finder;
    lede_finder *of;
} single;

static uint32_t seek_every(lede_finder *finder, uint32_t target)
{
    return target < finder->matcher->documents ? target : LEDE_DOC_END;
}

static uint32_t seek_of(lede_finder *finder, uint32_t target)
{
    return lede_finder_seek(((single *)finder)->of, target);
}

static bool finds(lede_finder *of, uint32_t doc)
{
    return lede_finder_seek(of, doc) == doc && lede_finder_check(of);
}

static uint32_t bound_of(lede_finder *finder, uint32_t target, uint32_t *until)
{
    return lede_finder_bound(((single *)finder)->of, target, until);
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

/* The present document may be from before the demand. */
static bool check_demanded(lede_finder *finder)
{
    single *s = (single *)finder;
    bool found = finds(s->of, finder->doc);

    finder->points = s->of->points;
    return found;
}

/* Who does not match has no points, and is not needed any more. */
static void demand_optional(lede_finder *finder, uint32_t needed)
{
    single *s = (single *)finder;

    if (needed == 0)
        return;
    lede_finder_demand(s->of, needed);
    finder->seek = seek_of;
    finder->check = check_demanded;
    finder->cost = s->of->cost;
}

static bool check_constant(lede_finder *finder)
{
    single *s = (single *)finder;

    finder->points = finder->most;
    return lede_finder_check(s->of);
}

static uint32_t keep_not(lede_finder *finder, uint32_t base, uint64_t *words)
{
    uint64_t found[LEDE_WINDOW_WORDS];

    memcpy(found, words, sizeof found);
    (void)lede_finder_keep(((single *)finder)->of, base, found);
    for (uint32_t at = 0; at < LEDE_WINDOW_WORDS; at++)
        words[at] &= ~found[at];
    return lede_window_end(base);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): others clear some */
static uint32_t keep_every(lede_finder *finder, uint32_t base, uint64_t *words)
{
    (void)finder;
    (void)words;
    return lede_window_end(base);
}

static uint32_t keep_of(lede_finder *finder, uint32_t base, uint64_t *words)
{
    return lede_finder_keep(((single *)finder)->of, base, words);
}

static void begin_one(single *s, const lede_plan *plan)
{
    lede_finder *finder = &s->finder;
    const lede_matcher *m = finder->matcher;

    finder->cost = m->documents;
    finder->seek = seek_every;
    finder->effort =
        s->of->effort > LEDE_EFFORT_SEEK ? s->of->effort : LEDE_EFFORT_SEEK;
    switch (plan->kind) {
    case LEDE_PLAN_NOT:
        finder->check = check_not;
        finder->keep = keep_not;
        finder->most = 0;
        break;
    case LEDE_PLAN_OPTIONAL:
        finder->check = check_optional;
        finder->bound = bound_of;
        finder->demand = demand_optional;
        finder->keep = keep_every;
        finder->most = s->of->most;
        break;
    default:
        finder->cost = s->of->cost;
        finder->seek = seek_of;
        finder->check = check_constant;
        finder->keep = keep_of;
        finder->effort = s->of->effort;
        finder->most = lede_score_constant(m->rule, plan->score.weight);
    }
}

lede_status lede_join_one(lede_finder **out, lede_matcher *matcher,
                          const lede_plan *plan, lede_finder *of)
{
    single *s = lede_finder_room(matcher, sizeof *s);

    if (!s)
        return matcher->status;
    s->of = of;
    begin_one(s, plan);
    *out = &s->finder;
    return LEDE_OK;
}
