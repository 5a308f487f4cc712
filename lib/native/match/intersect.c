#include "native/match/intersect.h"

#include "native/match/chain.h"
#include "native/match/overlap.h"

typedef struct intersect {
    lede_matcher *matcher;
    lede_sink *sink; /* NULL: only counts */
    const lede_live *live;
    uint64_t count;
    lede_finder **finders; /* of the nodes that are neither words nor phrases,
                            * by the effort of a check */
    uint32_t finder_count;
    uint64_t finder_points; /* most of them in the window */
    lede_sieve sieve;
} intersect;

/* ---- Shape -------------------------------------------------------------- */

/* What the nodes of a plan need. */
typedef struct shape {
    uint32_t words;
    uint32_t lists;
    uint32_t phrases;
    uint32_t finders;
} shape;

/* The one field of all terms of a span; false if there are several, or none. */
static bool find_field(const lede_plan *span, uint32_t *field)
{
    for (uint32_t i = 0; i < span->term_count; i++) {
        if (*field != LEDE_NO_FIELD && *field != span->terms[i].field)
            return false;
        *field = span->terms[i].field;
    }
    for (uint32_t i = 0; i < span->count; i++)
        if (!find_field(span->nodes[i], field))
            return false;
    return true;
}

static bool is_phrase(const lede_plan *plan, uint32_t *field, shape *s)
{
    *field = LEDE_NO_FIELD;
    return (plan->kind == LEDE_PLAN_PHRASE || plan->kind == LEDE_PLAN_NEAR) &&
           find_field(plan, field) && *field != LEDE_NO_FIELD &&
           lede_phrase_fits(plan, *field, &s->words, &s->lists);
}

typedef enum kind { IN_WORDS, IN_PHRASES, IN_FINDERS } kind;

/* Where a node goes: those that there is no room for are finders. */
static kind kind_of(const lede_plan *node, uint32_t *field, shape *s)
{
    shape with = *s;
    kind at = IN_FINDERS;

    *field = LEDE_NO_FIELD;
    if (node->kind == LEDE_PLAN_WORD) {
        with.words++;
        with.lists += lede_conjunction_room(&node, 1, LEDE_NO_FIELD);
        at = IN_WORDS;
    } else if (s->phrases < LEDE_SIEVE_PHRASES &&
               is_phrase(node, field, &with)) {
        with.phrases++;
        at = IN_PHRASES;
    }
    if (at == IN_FINDERS || with.words > LEDE_CONJUNCTION_WORDS ||
        with.lists > LEDE_CONJUNCTION_LISTS) {
        s->finders++;
        return IN_FINDERS;
    }
    *s = with;
    return at;
}

/* ---- Making ------------------------------------------------------------- */

static lede_status add_finder(intersect *x, const lede_plan *node)
{
    lede_finder *made;
    lede_status status = lede_finder_new(&made, x->matcher, node);
    uint32_t at = x->finder_count;

    if (status != LEDE_OK)
        return status;
    for (; at > 0 && x->finders[at - 1]->effort > made->effort; at--)
        x->finders[at] = x->finders[at - 1];
    x->finders[at] = made;
    x->finder_count++;
    return LEDE_OK;
}

static lede_status add_node(intersect *x, const lede_plan *node, shape *s)
{
    uint32_t field;

    switch (kind_of(node, &field, s)) {
    case IN_WORDS:
        return lede_sieve_add_word(&x->sieve, node);
    case IN_PHRASES:
        return lede_sieve_add_phrase(&x->sieve, node, field);
    case IN_FINDERS:
        return add_finder(x, node);
    }
    return LEDE_OK;
}

/* An AND has nodes, a span is the only one. */
static const lede_plan *const *nodes_of(const lede_plan *const *plan,
                                        uint32_t *count)
{
    if ((*plan)->kind == LEDE_PLAN_AND) {
        *count = (*plan)->count;
        return (*plan)->nodes;
    }
    *count = 1;
    return plan;
}

static uint64_t cost_of(const lede_conjunction *words)
{
    return words->words[words->order[0]].cost;
}

/* NULL, where the plan has another shape, or one of the finders is so much
 * rarer than the words that it should lead. */
static lede_status make(intersect **out, lede_matcher *matcher,
                        const lede_plan *plan)
{
    shape s = { 0 };
    uint32_t count, field;
    const lede_plan *const *nodes = nodes_of(&plan, &count);
    lede_status status = LEDE_OK;
    intersect *x;

    *out = NULL;
    if (plan->kind != LEDE_PLAN_AND && plan->kind != LEDE_PLAN_PHRASE &&
        plan->kind != LEDE_PLAN_NEAR)
        return LEDE_OK;
    for (uint32_t i = 0; i < count; i++)
        (void)kind_of(nodes[i], &field, &s);
    if (s.words == 0)
        return LEDE_OK;
    x = lede_arena_alloc(matcher->arena, sizeof *x);
    if (!x)
        return lede_arena_status(matcher->arena);
    x->matcher = matcher;
    x->sink = NULL;
    x->live = NULL;
    x->count = x->finder_points = 0;
    x->finder_count = 0;
    x->finders =
        lede_arena_array(matcher->arena, s.finders, sizeof(lede_finder *));
    if (!x->finders)
        return lede_arena_status(matcher->arena);
    lede_sieve_init(&x->sieve, matcher);
    s = (shape){ 0 };
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++)
        status = add_node(x, nodes[i], &s);
    if (status != LEDE_OK)
        return status;
    lede_conjunction_order(&x->sieve.words);
    for (uint32_t i = 0; i < x->finder_count; i++)
        if (x->finders[i]->cost < cost_of(&x->sieve.words) / 2)
            return LEDE_OK;
    *out = x;
    return LEDE_OK;
}

/* ---- Documents ---------------------------------------------------------- */

static bool is_live(const intersect *x, uint32_t doc)
{
    return lede_live_has(x->sink ? x->sink->live : x->live, doc);
}

/* `rest` is what those behind may bring. */
static bool check_finder(lede_finder *finder, uint64_t *sum, uint64_t rest,
                         uint32_t needed)
{
    if (*sum + rest < needed || !lede_finder_check(finder))
        return false;
    *sum += finder->points;
    return true;
}

static bool check_phrase(lede_phrase *phrase, uint32_t doc, uint8_t place,
                         uint64_t *sum)
{
    uint32_t frequency;

    if (!lede_phrase_count(phrase, place, &frequency) || frequency == 0)
        return false;
    *sum += lede_phrase_points(phrase, doc, frequency);
    return true;
}

/* What the document may have beside its words, which are known. */
static uint64_t rest_of(const intersect *x, uint8_t place)
{
    uint64_t rest = x->finder_points;

    for (uint32_t i = 0; i < x->sieve.phrase_count; i++)
        rest += lede_sieve_phrase_points(&x->sieve, i, place);
    return rest;
}

/* Looks at one document: first at what costs least. */
static bool check(intersect *x, uint8_t place, uint32_t needed, uint64_t *sum)
{
    const lede_sieve *s = &x->sieve;
    uint32_t doc = s->words.docs[place], f = 0;
    uint64_t rest = needed > 0 ? rest_of(x, place) : 0;

    *sum = lede_sieve_word_points(s, place);
    if (*sum + rest < needed || !is_live(x, doc))
        return false;
    for (uint32_t i = 0; i < x->finder_count; i++)
        if (lede_finder_seek(x->finders[i], doc) != doc)
            return false;
    for (; f < x->finder_count && x->finders[f]->effort < LEDE_EFFORT_POSITIONS;
         f++)
        if (!check_finder(x->finders[f], sum, rest, needed))
            return false;
    for (uint32_t i = 0; i < s->phrase_count; i++) {
        if (*sum + rest < needed ||
            !check_phrase(&s->phrases[i]->phrase, doc, place, sum))
            return false;
        if (needed > 0)
            rest -= lede_sieve_phrase_points(s, i, place);
    }
    for (; f < x->finder_count; f++)
        if (!check_finder(x->finders[f], sum, rest, needed))
            return false;
    return *sum >= needed && x->matcher->status == LEDE_OK;
}

static bool take(intersect *x, uint8_t place, uint64_t sum)
{
    if (!x->sink) {
        x->count++;
        return true;
    }
    return lede_sink_take(x->sink, x->sieve.words.docs[place],
                          sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

/* ---- Windows ------------------------------------------------------------ */

static uint32_t needed_by(const intersect *x)
{
    return x->sieve.bounds ? lede_sink_needed(x->sink) : 0;
}

/* Matches in the window that the rarest word began; false once failed. */
static bool match_window(intersect *x, uint32_t *until)
{
    lede_sieve *s = &x->sieve;
    const lede_conjunction *c = &s->words;

    if (!lede_sieve_window(s, until, lede_sieve_needed(s, needed_by(x))))
        return false;
    for (uint32_t i = 0; i < c->n && x->matcher->status == LEDE_OK; i++) {
        uint64_t sum;

        if (check(x, c->pick[i], needed_by(x), &sum) &&
            !take(x, c->pick[i], sum))
            return false;
    }
    return x->matcher->status == LEDE_OK;
}

static void cover(intersect *x, uint32_t target)
{
    uint32_t until = LEDE_DOC_END, end;

    x->finder_points = 0;
    for (uint32_t i = 0; i < x->finder_count; i++) {
        x->finder_points += lede_finder_bound(x->finders[i], target, &end);
        until = end < until ? end : until;
    }
    lede_sieve_cover(&x->sieve, target, x->finder_points, until);
}

/* Whether documents from *target to *until may have what is needed; else moves
 * *target behind them. */
static bool may_have(intersect *x, uint32_t *target, uint32_t *until)
{
    const lede_sieve *s = &x->sieve;

    *until = LEDE_DOC_END;
    if (!s->bounds)
        return true;
    if (*target >= s->covered)
        cover(x, *target);
    *until = (uint32_t)(s->covered - 1);
    if (s->most >= lede_sieve_needed(s, needed_by(x)))
        return true;
    *target = *until == LEDE_DOC_END ? LEDE_DOC_END : *until + 1;
    return false;
}

static lede_status find(intersect *x)
{
    uint32_t target = 0, until;

    while (target != LEDE_DOC_END && lede_matcher_spend(x->matcher, 1)) {
        if (!may_have(x, &target, &until))
            continue;
        target = lede_conjunction_lead(&x->sieve.words, target, &until);
        if (target > until || target == LEDE_DOC_END)
            continue;
        if (!match_window(x, &until))
            break;
        target = until + 1;
    }
    return x->sink && x->sink->status != LEDE_OK ? x->sink->status
                                                 : x->matcher->status;
}

/* Finders count with their most. */
static double weights_of(const intersect *x)
{
    double sum = 0;

    for (uint32_t i = 0; i < x->finder_count; i++)
        sum += lede_score_of(x->matcher->rule, x->finders[i]->most);
    return sum;
}

lede_status lede_intersect_find(bool *done, lede_matcher *matcher,
                                const lede_plan *plan, lede_sink *sink)
{
    intersect *x;
    lede_status status = make(&x, matcher, plan);

    *done = x != NULL;
    if (status != LEDE_OK || !x)
        return status;
    x->sink = sink;
    if (matcher->scores && !sink->every)
        status = lede_sieve_begin(&x->sieve, weights_of(x), x->finder_count);
    if (status == LEDE_OK && x->finder_count == 0 &&
        lede_overlap_fits(&x->sieve)) {
        const lede_refused none = { NULL, 0 };

        return lede_overlap_find(&x->sieve, &none, sink);
    }
    if (status == LEDE_OK && x->finder_count == 0 && lede_chain_fits(&x->sieve))
        return lede_chain_find(&x->sieve, sink);
    return status == LEDE_OK ? find(x) : status;
}

lede_status lede_intersect_count(bool *done, lede_matcher *matcher,
                                 const lede_plan *plan, const lede_live *live,
                                 uint64_t *count)
{
    intersect *x;
    lede_status status = make(&x, matcher, plan);

    *done = x != NULL;
    if (status != LEDE_OK || !x)
        return status;
    x->live = live;
    status = find(x);
    *count += x->count;
    return status;
}
