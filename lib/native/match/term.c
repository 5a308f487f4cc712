#include "native/match/term.h"

typedef struct search {
    lede_leaf *leaf;
    lede_list *list;
    lede_matcher *matcher;
    const lede_quanta *quanta;
    lede_sink *sink;
    uint32_t needed; /* in quanta, or less than that by now */
    uint32_t least;  /* frequency that may reach it */
} search;

/* ---- Short lists -------------------------------------------------------- */

/* Of each document of the list. */
static lede_status find_points(uint32_t points[LEDE_POSTINGS_SHORT],
                               const lede_leaf *leaf, lede_matcher *matcher)
{
    const lede_list *list = &leaf->lists[0];
    lede_postings *p = list->postings;
    uint64_t of[LEDE_POSTINGS_SHORT];
    lede_lengths lengths;
    lede_status status = lede_lengths_init(&lengths, leaf->score, matcher);

    if (status == LEDE_OK && !lede_postings_frequencies(p))
        status = p->status;
    if (status != LEDE_OK)
        return status;
    lede_lengths_of(&lengths, p->docs, p->n, of);
    for (uint32_t i = 0; i < p->n; i++)
        points[i] = lede_score_points(
            matcher->rule, leaf->score,
            (uint64_t)list->term->weight * p->frequencies[i], of[i]);
    return LEDE_OK;
}

/* Of the best one that so many of n reach, if they are few. */
#define REACHED_MAX 32U
static uint32_t points_reached(const uint32_t *points, uint32_t n,
                               uint32_t count)
{
    uint32_t best[REACHED_MAX];

    if (count == 0 || count > n || count > REACHED_MAX)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i < count ? i : count - 1;

        if (i >= count && points[i] <= best[at])
            continue;
        for (; at > 0 && best[at - 1] < points[i]; at--)
            best[at] = best[at - 1];
        best[at] = points[i];
    }
    return best[count - 1];
}

lede_status lede_term_find_short(lede_leaf *leaf, lede_matcher *matcher,
                                 lede_sink *sink)
{
    const lede_postings *p = leaf->lists[0].postings;
    uint32_t points[LEDE_POSTINGS_SHORT];
    lede_status status = find_points(points, leaf, matcher);

    if (status != LEDE_OK)
        return status;
    lede_sink_expect(sink,
                     points_reached(points, p->n, lede_sink_quorum(sink)));
    for (uint32_t i = 0; status == LEDE_OK && i < p->n; i++)
        if (points[i] >= lede_sink_needed(sink) &&
            !lede_sink_take(sink, p->docs[i], points[i]))
            status = sink->status;
    return status == LEDE_OK ? lede_budget_spend(matcher->budget, p->n)
                             : status;
}

/* ---- Long lists --------------------------------------------------------- */

/* After the sink may have come to need more. */
static void look_at_needed(search *s)
{
    uint32_t floor = s->leaf->normals->floors->least;
    uint32_t needed = lede_quanta_needed(s->quanta, lede_sink_needed(s->sink));

    if (needed == s->needed)
        return;
    s->needed = needed;
    while (s->least < LEDE_CEILING_ROWS &&
           lede_ceilings_at(s->leaf->ceilings, s->least, floor) < needed)
        s->least++;
}

static bool take(search *s, uint32_t doc, uint32_t frequency)
{
    uint32_t points = lede_leaf_points(
        s->leaf, s->matcher, lede_lengths_at(&s->leaf->normals->lengths, doc),
        (uint64_t)s->list->term->weight * frequency);

    if (points < lede_sink_needed(s->sink))
        return true;
    if (!lede_sink_take(s->sink, doc, points))
        return false;
    look_at_needed(s);
    return true;
}

typedef uint32_t lanes __attribute__((vector_size(16)));
typedef uint64_t pair __attribute__((vector_size(16)));

/* Whether eight numbers are below a limit. */
static inline bool all_below(const uint32_t *numbers, uint32_t limit)
{
    lanes low, high, most = { 0 };
    pair some;

    most += limit;
    memcpy(&low, numbers, sizeof low);
    memcpy(&high, numbers + 4, sizeof high);
    some = (pair)((low >= most) | (high >= most));
    return (some[0] | some[1]) == 0;
}

/* Takes those of a few documents of the block at hand whose ceilings reach what
 * is needed, and lie between the limits. */
static bool take_some(search *s, uint32_t begin, uint32_t end, uint32_t from,
                      uint32_t below)
{
    const lede_postings *p = s->list->postings;
    const uint8_t *floors = s->leaf->normals->floors->at;

    for (uint32_t i = begin; i < end; i++) {
        uint32_t times = p->frequencies[i], ceiling;

        if (times < s->least)
            continue;
        ceiling = lede_leaf_ceiling_of(s->leaf, times, floors[p->docs[i]]);
        if (ceiling >= s->needed && ceiling >= from && ceiling < below &&
            !take(s, p->docs[i], times))
            return false;
    }
    return true;
}

/* The same of all of them: mostly all of eight stand too seldom. */
static bool take_between(search *s, uint32_t from, uint32_t below)
{
    const lede_postings *p = s->list->postings;

    for (uint32_t at = 0; at < p->n; at += 8) {
        uint32_t end = at + 8 < p->n ? at + 8 : p->n;

        if (end == at + 8 && all_below(p->frequencies + at, s->least))
            continue;
        if (!take_some(s, at, end, from, below))
            return false;
    }
    return true;
}

/* A ceiling that about as many documents of the block at hand reach as are
 * wanted. */
static uint32_t cut(const search *s)
{
    const lede_postings *p = s->list->postings;
    const uint8_t *floors = s->leaf->normals->floors->at;
    uint32_t want = s->sink->collector->search->want;
    uint16_t best[LEDE_CEILING_ROWS] = { 0 };

    if (want > LEDE_CEILING_ROWS)
        return 0;
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t ceiling = lede_leaf_ceiling_of(s->leaf, p->frequencies[i],
                                                floors[p->docs[i]]);
        uint32_t at = want;

        for (; at > 0 && best[at - 1] < ceiling; at--)
            if (at < want)
                best[at] = best[at - 1];
        if (at < want)
            best[at] = (uint16_t)ceiling;
    }
    return want > 0 ? best[want - 1] : 0;
}

static bool take_block(search *s, uint32_t block)
{
    uint32_t limit = 0;

    if (!lede_list_take(s->list, block) ||
        !lede_postings_frequencies(s->list->postings))
        return false;
    if (s->needed == 0)
        limit = cut(s);
    return take_between(s, limit, UINT32_MAX) &&
           (limit == 0 || take_between(s, 0, limit));
}

/* The block with the highest ceiling, or that count. */
static uint32_t best_block(const lede_list_blocks *blocks)
{
    uint32_t best = 0;

    for (uint32_t b = 1; b < blocks->count; b++)
        if (blocks->ceilings[b] > blocks->ceilings[best])
            best = b;
    return best;
}

static bool take_group(search *s)
{
    lede_list_blocks *blocks = s->list->blocks;

    for (uint32_t i = 0; i < blocks->count; i++) {
        uint32_t b = best_block(blocks);

        if (blocks->ceilings[b] < s->needed)
            break;
        if (!take_block(s, b) ||
            !lede_matcher_spend(s->matcher, LEDE_BLOCK_MAX))
            return false;
        blocks->ceilings[b] = 0;
    }
    return true;
}

/* Opens the next group that reaches what is needed; false at the end. */
static bool next_group(search *s)
{
    uint32_t last = lede_list_last(s->list, s->list->blocks->count - 1), from;

    do {
        uint32_t reach;

        from = last + 1;
        reach = lede_list_wide(s->leaf, s->list, from, &last);
        if (reach == 0)
            return false;
        if (reach >= s->needed)
            return lede_list_group(s->leaf, s->list, from);
    } while (lede_matcher_spend(s->matcher, 1));
    return false;
}

static lede_status status_of(const search *s)
{
    if (s->matcher->status != LEDE_OK)
        return s->matcher->status;
    return s->sink->status != LEDE_OK ? s->sink->status
                                      : s->list->postings->status;
}

lede_status lede_term_find(lede_leaf *leaf, lede_matcher *matcher,
                           const lede_quanta *quanta, lede_sink *sink)
{
    search s = { leaf, &leaf->lists[0], matcher, quanta, sink, 0, 1 };
    look_at_needed(&s);
    while (!s.list->ended && take_group(&s))
        s.list->ended = !next_group(&s);
    return status_of(&s);
}
