#include "native/match/intersect.h"

#include <stddef.h>

#include "native/match/phrase.h"

/* Phrases are large; a plan of more is for finders. */
#define PHRASES_MAX 4U

typedef struct leaf {
    lede_phrase phrase;
    uint32_t most; /* points in the window */
} leaf;

typedef struct intersect {
    lede_matcher *matcher;
    lede_sink *sink; /* NULL: only counts */
    const lede_live *live;
    uint64_t count;
    bool bounds; /* something may be needed */

    /* By word: how it scores. NULL: it does not, or is part of a phrase. */
    lede_lengths lengths[LEDE_CONJUNCTION_WORDS];
    leaf *leaves[PHRASES_MAX];
    uint32_t leaf_count;
    lede_finder **finders; /* of the other nodes, by the effort of a check */
    uint32_t finder_count;

    /* The window. */
    uint64_t covered; /* documents below have at most .. */
    uint64_t most;    /* .. these points, */
    uint64_t rests[LEDE_CONJUNCTION_WORDS]; /* and behind the i-th word */
    uint64_t finder_most;
    uint64_t sums[LEDE_BLOCK_MAX]; /* by place: points so far */

    lede_conjunction words; /* last: large, and made ready by itself */
} intersect;

/* ---- Shape -------------------------------------------------------------- */

/* What the nodes of a plan need. */
typedef struct shape {
    uint32_t words;
    uint32_t lists;
    uint32_t leaves;
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

static bool is_leaf(const lede_plan *plan, uint32_t *field, shape *s)
{
    *field = LEDE_NO_FIELD;
    return (plan->kind == LEDE_PLAN_PHRASE || plan->kind == LEDE_PLAN_NEAR) &&
           find_field(plan, field) && *field != LEDE_NO_FIELD &&
           lede_phrase_fits(plan, *field, &s->words, &s->lists);
}

typedef enum kind { IN_WORDS, IN_LEAVES, IN_FINDERS } kind;

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
    } else if (s->leaves < PHRASES_MAX && is_leaf(node, field, &with)) {
        with.leaves++;
        at = IN_LEAVES;
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

static bool scores(const intersect *x, const lede_plan *plan)
{
    return x->matcher->scores && plan->score.weight > 0;
}

static lede_status add_word(intersect *x, const lede_plan *node)
{
    const lede_plan **plans =
        lede_arena_array(x->matcher->arena, 1, sizeof(const lede_plan *));
    const lede_conjunct *made;
    lede_lengths *lengths;
    lede_status status;
    uint32_t word;

    if (!plans)
        return lede_arena_status(x->matcher->arena);
    *plans = node;
    status = lede_conjunction_add(&word, &x->words, plans, 1, LEDE_NO_FIELD);
    if (status != LEDE_OK || !scores(x, node))
        return status;
    made = &x->words.words[word];
    lengths = &x->lengths[word];
    status = lede_lengths_init(lengths, &node->score, x->matcher);
    for (uint32_t l = made->first; l < made->first + made->count; l++) {
        lede_group_list *list = &x->words.lists[l];

        list->length_weight =
            lede_lengths_weight(lengths, x->matcher, list->term->field);
    }
    return status;
}

static lede_status add_leaf(intersect *x, const lede_plan *node, uint32_t field)
{
    leaf *l = lede_arena_alloc(x->matcher->arena, sizeof *l);

    if (!l)
        return lede_arena_status(x->matcher->arena);
    x->leaves[x->leaf_count++] = l;
    l->most = 0;
    return lede_phrase_init(&l->phrase, &x->words, node, field);
}

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
        return add_word(x, node);
    case IN_LEAVES:
        return add_leaf(x, node, field);
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
    memset(x, 0, offsetof(intersect, words));
    x->matcher = matcher;
    x->finders =
        lede_arena_array(matcher->arena, s.finders, sizeof(lede_finder *));
    if (!x->finders)
        return lede_arena_status(matcher->arena);
    lede_conjunction_init(&x->words, matcher);
    s = (shape){ 0 };
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++)
        status = add_node(x, nodes[i], &s);
    if (status != LEDE_OK)
        return status;
    lede_conjunction_order(&x->words);
    for (uint32_t i = 0; i < x->finder_count; i++)
        if (x->finders[i]->cost < x->words.words[x->words.order[0]].cost / 2)
            return LEDE_OK;
    *out = x;
    return LEDE_OK;
}

/* ---- Bounds ------------------------------------------------------------- */

static uint64_t bound_list(intersect *x, const lede_lengths *lengths,
                           uint32_t l, uint32_t target, uint32_t *until)
{
    const lede_bound *bound = lede_conjunction_bound(&x->words, l, target);
    const lede_group_list *list = &x->words.lists[l];
    uint32_t most = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        uint32_t points = lede_score_points(
            x->matcher->rule, lengths->score,
            (uint64_t)list->term->weight * bound->frequencies[i],
            list->length_weight * bound->lengths[i]);

        most = points > most ? points : most;
    }
    most += bound->count > 1; /* between corners a score may be rounded up */
    if (bound->last < *until)
        *until = bound->last;
    /* Between two corners a score may be rounded up. */
    return most + (bound->count > 1);
}

/* A document in several lists has no more points than each would give it by
 * itself. */
static uint64_t bound_word(intersect *x, uint32_t word, uint32_t target,
                           uint32_t *until)
{
    const lede_conjunct *of = &x->words.words[word];
    const lede_lengths *lengths = &x->lengths[word];
    uint64_t sum = 0;

    if (!lengths->score)
        return 0;
    for (uint32_t l = of->first; l < of->first + of->count; l++)
        sum += bound_list(x, lengths, l, target, until);
    return sum;
}

/* Adds up what documents from target on have at most, as far as the blocks at
 * hand, or next, go. */
static void cover(intersect *x, uint32_t target)
{
    const lede_conjunction *c = &x->words;
    uint32_t until = LEDE_DOC_END, end;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < x->finder_count; i++) {
        sum += lede_finder_bound(x->finders[i], target, &end);
        until = end < until ? end : until;
    }
    x->finder_most = sum;
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        leaf *l = x->leaves[i];

        l->most = lede_phrase_bound(&l->phrase, target, &until);
        sum += l->most;
    }
    for (uint32_t i = c->count; i-- > 0;) {
        x->rests[i] = sum;
        sum += bound_word(x, c->order[i], target, &until);
    }
    x->most = sum;
    x->covered = (uint64_t)until + 1;
}

/* ---- Windows ------------------------------------------------------------ */

static uint32_t needed_by(const intersect *x)
{
    return x->sink ? lede_sink_needed(x->sink) : 0;
}

/* Adds the points of a word, and drops what cannot come to what is needed. */
static void score_word(intersect *x, uint32_t word, uint64_t rest,
                       uint32_t needed)
{
    lede_conjunction *c = &x->words;
    const lede_lengths *lengths = &x->lengths[word];
    uint32_t kept = 0;

    if (!lengths->score || c->n == 0)
        return;
    if (!lede_conjunction_frequencies(c, word)) {
        c->n = 0;
        return;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t place = c->pick[i];

        x->sums[place] +=
            lede_lengths_points(lengths, x->matcher, c->docs[place],
                                lede_conjunction_weighted(c, word, place));
        c->pick[kept] = place;
        kept += x->sums[place] + rest >= needed;
    }
    c->n = kept;
}

static bool is_live(const intersect *x, uint32_t doc)
{
    return lede_live_has(x->sink ? x->sink->live : x->live, doc);
}

/* Whether the document stands in all finders up to an effort, with enough
 * points; `rest` is what those behind may bring. */
static bool check_finder(lede_finder *finder, uint64_t *sum, uint64_t rest,
                         uint32_t needed)
{
    if (*sum + rest < needed || !lede_finder_check(finder))
        return false;
    *sum += finder->points;
    return true;
}

static bool check_leaf(intersect *x, leaf *l, uint8_t place, uint64_t *sum,
                       uint64_t rest, uint32_t needed)
{
    uint32_t doc = x->words.docs[place], frequency;

    if (needed > 0 &&
        *sum + rest +
                lede_phrase_points(&l->phrase, doc,
                                   lede_phrase_most(&l->phrase, place)) <
            needed)
        return false;
    if (!lede_phrase_count(&l->phrase, place, &frequency) || frequency == 0)
        return false;
    *sum += lede_phrase_points(&l->phrase, doc, frequency);
    return true;
}

/* Looks at one document: first at what costs least. */
static bool check(intersect *x, uint8_t place, uint32_t needed)
{
    uint32_t doc = x->words.docs[place], f = 0;
    uint64_t sum = x->sums[place], rest = x->finder_most;

    for (uint32_t i = 0; i < x->leaf_count; i++)
        rest += x->leaves[i]->most;
    if (sum + rest < needed || !is_live(x, doc))
        return false;
    for (uint32_t i = 0; i < x->finder_count; i++)
        if (lede_finder_seek(x->finders[i], doc) != doc)
            return false;
    for (; f < x->finder_count && x->finders[f]->effort < LEDE_EFFORT_POSITIONS;
         f++)
        if (!check_finder(x->finders[f], &sum, rest, needed))
            return false;
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        rest -= x->leaves[i]->most;
        if (!check_leaf(x, x->leaves[i], place, &sum, rest, needed))
            return false;
    }
    for (; f < x->finder_count; f++)
        if (!check_finder(x->finders[f], &sum, rest, needed))
            return false;
    x->sums[place] = sum;
    return sum >= needed && x->matcher->status == LEDE_OK;
}

static bool take(intersect *x, uint8_t place)
{
    uint64_t sum = x->sums[place];

    if (!x->sink) {
        x->count++;
        return true;
    }
    return lede_sink_take(x->sink, x->words.docs[place],
                          sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

/* Matches in the window that the leading word began; false once failed. */
static bool match_window(intersect *x, uint32_t *until)
{
    lede_conjunction *c = &x->words;
    uint32_t needed = needed_by(x);

    memset(x->sums, 0, c->n * sizeof *x->sums);
    for (uint32_t i = 0; i < c->count && c->n > 0; i++) {
        if (!lede_matcher_spend(x->matcher, c->n))
            return false;
        if (i > 0)
            lede_conjunction_retain(c, c->order[i], until);
        score_word(x, c->order[i], x->rests[i], needed);
    }
    for (uint32_t i = 0; i < x->leaf_count && c->n > 0; i++)
        if (!lede_phrase_frequencies(&x->leaves[i]->phrase))
            return false;
    for (uint32_t i = 0; i < c->n; i++)
        if (check(x, c->pick[i], needed_by(x)) && !take(x, c->pick[i]))
            return false;
    return x->matcher->status == LEDE_OK;
}

/* Whether documents from *target to *until may have what is needed; else moves
 * *target behind them. */
static bool may_have(intersect *x, uint32_t *target, uint32_t *until)
{
    *until = LEDE_DOC_END;
    if (!x->bounds)
        return true;
    if (*target >= x->covered)
        cover(x, *target);
    *until = (uint32_t)(x->covered - 1);
    if (x->most >= needed_by(x))
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
        target = lede_conjunction_lead(&x->words, target, &until);
        if (target > until || target == LEDE_DOC_END)
            continue;
        if (!match_window(x, &until))
            break;
        target = until + 1;
    }
    return x->sink && x->sink->status != LEDE_OK ? x->sink->status
                                                 : x->matcher->status;
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
    x->bounds = matcher->scores && !sink->every;
    return find(x);
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
