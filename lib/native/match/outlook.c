#include "native/match/collect.h"

/* What a collector can still make use of, and where that is likely to be. */

/* ---- By points ---------------------------------------------------------- */

/* Of equal points the tie decides; recency only takes from them. */
uint32_t lede_collector_needed(const lede_collector *collector)
{
    const lede_collector *c = collector;

    return lede_collector_is_full(c) && c->count > 0 &&
                   c->search->sort_count == 0
               ? c->at[0].points
               : 0;
}

static void shorten(uint32_t *until, uint32_t end)
{
    if (end < *until)
        *until = end;
}

#define ONE ((uint32_t)1 << 24) /* factors are of so many points */

uint32_t lede_collector_freshness(const lede_collector *collector,
                                  uint32_t part, uint32_t target,
                                  uint32_t *until)
{
    const lede_collector *c = collector;
    uint64_t min, max = 0;
    bool dated;

    *until = c->snapshot->parts[part].documents - 1;
    dated = lede_values_bounds(c->dates, part, target, until, &min, &max);
    return lede_score_recency(&c->search->recency, ONE, dated,
                              dated ? lede_column_to_int(max) : 0);
}

uint32_t lede_collector_fade(uint32_t points, uint32_t factor)
{
    return (uint32_t)((uint64_t)points * factor / ONE);
}

/* The points that become `points` by the best factor of the documents. */
static uint32_t before_recency(const lede_collector *c, uint32_t part,
                               uint32_t target, uint32_t points,
                               uint32_t *until)
{
    uint64_t factor, needed;
    uint32_t end;

    factor = lede_collector_freshness(c, part, target, &end);
    if (c->dates)
        shorten(until, end);
    if (factor == 0)
        return points > 0 ? LEDE_HOPELESS : 0;
    needed = ((uint64_t)points * ONE + factor - 1) / factor;
    return needed < LEDE_HOPELESS ? (uint32_t)needed : LEDE_HOPELESS;
}

/* Whether documents with the points of the last hit would come behind it. */
static bool lose_ties(const lede_collector *c, uint32_t part, uint32_t target,
                      uint32_t *until)
{
    uint64_t min, max, last = c->at[0].sequence;

    if (lede_collector_takes_keys(c))
        return false;
    lede_column_bounds(c->sequences[part], target, &min, &max);
    shorten(until, target | (LEDE_COLUMN_BLOCK - 1));
    return c->search->ties == LEDE_TIES_NEWEST ? max < last : min > last;
}

/* Whether the documents come behind the last hit by the first sort key. Those
 * that lack it come behind all that have it. */
static bool lose_sort(const lede_collector *c, uint32_t part, uint32_t target,
                      uint32_t *until)
{
    const lede_order *last = &c->at[0].more->orders[0];
    uint64_t min, max;
    uint32_t end;
    bool some = lede_values_bounds(c->sort[0], part, target, &end, &min, &max);

    if (!c->sort[0] || last->missing)
        return false;
    shorten(until, end);
    return !some || (c->search->sort[0].descending ? max < last->number
                                                   : min > last->number);
}

uint32_t lede_collector_needed_in(const lede_collector *collector,
                                  uint32_t part, uint32_t target,
                                  uint32_t *until)
{
    const lede_collector *c = collector;
    uint32_t needed = lede_collector_needed(c);

    *until = c->snapshot->parts[part].documents - 1;
    if (!lede_collector_is_full(c) || c->count == 0 || target > *until)
        return 0;
    if (c->search->sort_count > 0)
        return lose_sort(c, part, target, until) ? LEDE_HOPELESS : 0;
    if (lose_ties(c, part, target, until) && needed < LEDE_HOPELESS)
        needed++;
    return c->search->recency.field == LEDE_NO_FIELD
               ? needed
               : before_recency(c, part, target, needed, until);
}

/* ---- Where to begin ----------------------------------------------------- */

/* What parts are in the order of: the first sort key, or, where these are not,
 * the dates that points fall with. NULL: sequences. */
static const lede_values *leading_values(const lede_collector *c,
                                         bool *descending)
{
    *descending = c->search->sort_count == 0 || c->search->sort[0].descending;
    return c->search->sort_count ? c->sort[0] : c->dates;
}

uint64_t lede_collector_promise(const lede_collector *collector, uint32_t part)
{
    const lede_collector *c = collector;
    uint32_t documents = c->snapshot->parts[part].documents, until = 0;
    uint64_t best = 0, min, max;
    bool descending;
    const lede_values *values = leading_values(c, &descending);

    if (documents == 0)
        return 0;
    if (!values && c->search->sort_count == 0)
        return c->search->ties == LEDE_TIES_NEWEST
                   ? lede_column_at(c->sequences[part], documents - 1)
                   : ~lede_column_at(c->sequences[part], 0);
    for (uint32_t doc = 0; values && doc < documents; doc = until + 1)
        if (lede_values_bounds(values, part, doc, &until, &min, &max)) {
            uint64_t here = descending ? max : ~min;

            best = here > best ? here : best;
        }
    return best;
}

bool lede_collector_is_backward(const lede_collector *collector, uint32_t part)
{
    const lede_collector *c = collector;
    uint32_t documents = c->snapshot->parts[part].documents, until;
    uint64_t min, max, last_min, last_max;
    bool descending;
    const lede_values *values = leading_values(c, &descending);

    if (documents == 0)
        return false;
    if (!values && c->search->sort_count == 0)
        return c->search->ties == LEDE_TIES_NEWEST;
    return lede_values_bounds(values, part, 0, &until, &min, &max) &&
           lede_values_bounds(values, part, documents - 1, &until, &last_min,
                              &last_max) &&
           (descending ? last_max > max : last_min < min);
}
