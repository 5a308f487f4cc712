/*
 * engine/span.c - the definition of spans, carried out.
 *
 * Pairwise disjoint intervals have an order, and (max e - min b) - sum of
 * lengths is the sum of the gaps between neighbours: so both PHRASE and NEAR
 * are built from left to right, adding gaps up.
 */
#include "engine/span.h"

#include <stdlib.h>

#include "text/token.h"

typedef struct search {
    const lede_occurrences *occurrences;
    lede_budget *budget;
    lede_arena *arena;
} search;

/* A growing list of intervals. */
typedef struct list {
    lede_interval *at;
    size_t capacity;
    uint32_t count;
} list;

static int by_begin(const void *left, const void *right)
{
    const lede_interval *a = left, *b = right;

    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static lede_status add(const search *s, list *to, lede_interval interval)
{
    if (to->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_arena_grow(s->arena, &to->at, &to->capacity, to->count + 1U,
                         sizeof *to->at))
        return lede_arena_status(s->arena);
    to->at[to->count++] = interval;
    return lede_budget_spend(s->budget, 1);
}

/* In order and each once. */
static lede_intervals tidy(const list *from)
{
    lede_intervals out = { from->at, 0 };

    if (from->count)
        qsort(from->at, from->count, sizeof *from->at, by_begin);
    for (uint32_t i = 0; i < from->count; i++)
        if (i == 0 || by_begin(&from->at[i], &out.at[out.count - 1]) != 0)
            out.at[out.count++] = from->at[i];
    return out;
}

/* The first interval that begins at or after `begin`. */
static uint32_t first_from(const lede_intervals *in, uint32_t begin)
{
    uint32_t low = 0, high = in->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (in->at[middle].begin < begin)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static lede_status match_word(const search *s, const lede_plan *word,
                              lede_intervals *out)
{
    list found = { 0 };

    for (uint32_t i = 0; i < word->term_count; i++) {
        const lede_plan_term *term = &word->terms[i];
        const uint32_t *positions = NULL;
        uint32_t span, count;

        if (term->field != s->occurrences->field)
            continue;
        span = lede_term_span((const char *)term->term.at,
                              (uint32_t)term->term.len);
        count = s->occurrences->find(s->occurrences->ctx, term, &positions);
        for (uint32_t at = 0; at < count; at++) {
            uint32_t begin = positions[at];
            uint32_t end =
                span < UINT32_MAX - begin ? begin + span : UINT32_MAX;
            lede_status status = add(s, &found, (lede_interval){ begin, end });

            if (status != LEDE_OK)
                return status;
        }
    }
    *out = tidy(&found);
    return LEDE_OK;
}

static lede_status match_either(const search *s, const lede_intervals *nodes,
                                uint32_t count, lede_intervals *out)
{
    list found = { 0 };

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t at = 0; at < nodes[i].count; at++) {
            lede_status status = add(s, &found, nodes[i].at[at]);

            if (status != LEDE_OK)
                return status;
        }
    *out = tidy(&found);
    return LEDE_OK;
}

/* The first nodes of a phrase, put together: all that counts of them is where
 * they begin and end and the gaps so far, the fewer the better. */
typedef struct partial {
    lede_interval at;
    uint32_t gaps;
} partial;

typedef struct partials {
    partial *at;
    size_t capacity;
    uint32_t count;
} partials;

static int by_place_then_gaps(const void *left, const void *right)
{
    const partial *a = left, *b = right;
    int order = by_begin(&a->at, &b->at);

    return order ? order : (a->gaps > b->gaps) - (a->gaps < b->gaps);
}

static lede_status add_partial(const search *s, partials *to, partial made)
{
    if (to->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_arena_grow(s->arena, &to->at, &to->capacity, to->count + 1U,
                         sizeof *to->at))
        return lede_arena_status(s->arena);
    to->at[to->count++] = made;
    return lede_budget_spend(s->budget, 1);
}

/* Goes on from each partial with each interval of the next node that stands
 * behind it and near enough. */
static lede_status extend(const search *s, partials *phrase,
                          const lede_intervals *next, uint32_t slop)
{
    partials longer = { 0 };
    uint32_t kept = 0;

    for (uint32_t i = 0; i < phrase->count; i++) {
        const partial *p = &phrase->at[i];

        for (uint32_t n = first_from(next, p->at.end); n < next->count; n++) {
            uint32_t gap = next->at[n].begin - p->at.end;
            lede_status status;

            if (gap > slop - p->gaps)
                break;
            status = add_partial(
                s, &longer,
                (partial){ { p->at.begin, next->at[n].end }, p->gaps + gap });
            if (status != LEDE_OK)
                return status;
        }
    }
    if (longer.count)
        qsort(longer.at, longer.count, sizeof *longer.at, by_place_then_gaps);
    for (uint32_t i = 0; i < longer.count; i++)
        if (i == 0 || by_begin(&longer.at[i].at, &longer.at[kept - 1].at) != 0)
            longer.at[kept++] = longer.at[i];
    longer.count = kept;
    *phrase = longer;
    return LEDE_OK;
}

static lede_status match_phrase(const search *s, const lede_intervals *nodes,
                                const lede_plan *plan, lede_intervals *out)
{
    partials phrase = { 0 };
    list found = { 0 };
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < nodes[0].count; i++)
        status = add_partial(s, &phrase, (partial){ nodes[0].at[i], 0 });
    for (uint32_t i = 1; status == LEDE_OK && i < plan->count; i++)
        status = extend(s, &phrase, &nodes[i], plan->slop);
    for (uint32_t i = 0; status == LEDE_OK && i < phrase.count; i++)
        status = add(s, &found, phrase.at[i].at);
    if (status == LEDE_OK)
        *out = tidy(&found);
    return status;
}

/* One place of a NEAR under construction, from left to right. */
typedef struct place {
    uint32_t from; /* where it may begin */
    uint32_t gaps; /* before it */
    uint32_t node; /* the interval tried there */
    uint32_t at;
} place;

typedef struct near {
    const search *search;
    const lede_intervals *nodes;
    uint32_t count;
    uint32_t slop;
    place *places;
    bool *used; /* by node */
    uint32_t depth;
    list found;
} near;

/* Moves a place on to the next interval that can stand there, of its node or a
 * later one that is free; *gap is what it leaves before it. False if there is
 * none. */
static bool choose_next(const near *n, place *p, uint32_t *gap)
{
    for (; p->node < n->count; p->node++, p->at = 0) {
        const lede_intervals *in = &n->nodes[p->node];
        uint32_t first = first_from(in, p->from);

        if (n->used[p->node])
            continue;
        if (p->at < first)
            p->at = first;
        if (p->at == in->count)
            continue;
        *gap = n->depth > 1 ? in->at[p->at].begin - p->from : 0;
        if (*gap <= n->slop - p->gaps)
            return true;
    }
    return false;
}

/* Keeps what was found once; what begins alike is found in turn. */
static lede_status keep(near *n, uint32_t end)
{
    const place *first = &n->places[0];
    lede_interval made = { n->nodes[first->node].at[first->at].begin, end };

    for (uint32_t i = n->found.count; i > 0; i--) {
        const lede_interval *known = &n->found.at[i - 1];

        if (by_begin(known, &made) == 0)
            return lede_budget_spend(n->search->budget, n->found.count - i);
        if (known->begin != made.begin)
            break;
    }
    return add(n->search, &n->found, made);
}

static lede_status try_all(near *n)
{
    lede_status status = LEDE_OK;

    n->places[0] = (place){ 0 };
    n->depth = 1;
    while (n->depth > 0 && status == LEDE_OK) {
        place *p = &n->places[n->depth - 1];
        uint32_t gap = 0;

        if (!choose_next(n, p, &gap)) {
            if (--n->depth > 0) {
                p--;
                n->used[p->node] = false;
                p->at++;
            }
        } else if (n->depth == n->count) {
            status = keep(n, n->nodes[p->node].at[p->at].end);
            p->at++;
        } else {
            n->used[p->node] = true;
            p[1] = (place){ .from = n->nodes[p->node].at[p->at].end,
                            .gaps = p->gaps + gap };
            n->depth++;
        }
        if (status == LEDE_OK)
            status = lede_budget_spend(n->search->budget, 1);
    }
    return status;
}

static lede_status match_near(const search *s, const lede_intervals *nodes,
                              const lede_plan *plan, lede_intervals *out)
{
    near n = {
        .search = s, .nodes = nodes, .count = plan->count, .slop = plan->slop
    };
    lede_status status;

    n.places = lede_arena_array(s->arena, plan->count, sizeof *n.places);
    n.used = lede_arena_array(s->arena, plan->count, sizeof *n.used);
    if (!n.places || !n.used)
        return lede_arena_status(s->arena);
    status = try_all(&n);
    if (status == LEDE_OK)
        *out = tidy(&n.found);
    return status;
}

/* As deep as the query is, which its limits bound. */
static lede_status match(const search *s, const lede_plan *span,
                         lede_intervals *out)
{
    lede_intervals *nodes;

    *out = (lede_intervals){ NULL, 0 };
    if (span->kind == LEDE_PLAN_WORD)
        return match_word(s, span, out);
    if (!lede_plan_is_span(span) || span->count == 0)
        return LEDE_OK;
    nodes = lede_arena_array(s->arena, span->count, sizeof *nodes);
    if (!nodes)
        return lede_arena_status(s->arena);
    for (uint32_t i = 0; i < span->count; i++) {
        lede_status status = match(s, span->nodes[i], &nodes[i]);

        if (status != LEDE_OK)
            return status;
        if (nodes[i].count == 0 && span->kind != LEDE_PLAN_EITHER)
            return LEDE_OK;
    }
    if (span->kind == LEDE_PLAN_EITHER)
        return match_either(s, nodes, span->count, out);
    if (span->kind == LEDE_PLAN_PHRASE)
        return match_phrase(s, nodes, span, out);
    return match_near(s, nodes, span, out);
}

lede_status lede_span_match(lede_intervals *out, const lede_plan *span,
                            const lede_occurrences *occurrences,
                            lede_budget *budget, lede_arena *arena)
{
    search s = { occurrences, budget, arena };
    lede_intervals found;
    lede_status status = lede_budget_spend(budget, 1);

    if (status == LEDE_OK)
        status = match(&s, span, &found);
    if (status == LEDE_OK)
        *out = found;
    return status;
}

uint32_t lede_span_frequency(const lede_intervals *intervals)
{
    uint32_t frequency = 0, end = 0;

    /* The earliest end of those not yet behind the last one taken. */
    for (uint32_t i = 0; i < intervals->count; i++) {
        const lede_interval *at = &intervals->at[i];

        if (frequency == 0 || at->begin >= end) {
            frequency++;
            end = at->end;
        } else if (at->end < end) {
            end = at->end;
        }
    }
    return frequency;
}
