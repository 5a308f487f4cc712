#include "native/match/intersect.h"

#include <stddef.h>

#include "native/match/leaf.h"
#include "native/match/phrase.h"

/* Phrases are large; a plan of more is for finders. */
#define PHRASES_MAX 4U

/* Of a WORD, or a phrase. */
typedef struct ceiling {
    const lede_normals *lengths; /* NULL: it brings no points */
    float weight;
} ceiling;

/* What the blocks of a word let a leaf have, in quanta. */
typedef struct reach {
    uint64_t covered; /* documents below it, from where it was asked for */
    uint32_t most;
} reach;

typedef struct leaf {
    lede_phrase phrase;
    ceiling ceiling;
    float times[LEDE_CONJUNCTION_WORDS]; /* of each of its words: what an
                                          * occurrence lets it have, as a tf */
    reach reaches[LEDE_CONJUNCTION_WORDS];
    uint32_t most;                   /* of the window */
    uint16_t quanta[LEDE_BLOCK_MAX]; /* by place: at most */
} leaf;

typedef struct intersect {
    lede_matcher *matcher;
    lede_sink *sink; /* NULL: only counts */
    const lede_live *live;
    uint64_t count;
    bool bounds; /* something may be needed, and ceilings are to be had */
    lede_quanta quanta;

    /* By word: how it scores. NULL: it does not, or is part of a phrase. */
    lede_lengths lengths[LEDE_CONJUNCTION_WORDS];
    ceiling ceilings[LEDE_CONJUNCTION_WORDS];
    reach reaches[LEDE_CONJUNCTION_WORDS];
    float times[LEDE_CONJUNCTION_LISTS]; /* by list: an occurrence, as a tf */
    leaf *leaves[PHRASES_MAX];
    uint32_t leaf_count;
    lede_finder **finders; /* of the other nodes, by the effort of a check */
    uint32_t finder_count;

    /* The window, in quanta but for what finders bring. */
    uint64_t covered; /* documents below have at most .. */
    uint32_t most;    /* .. so many, */
    uint64_t finder_points;
    uint32_t finder_most;
    uint32_t rests[LEDE_CONJUNCTION_WORDS]; /* behind the i-th word */
    uint32_t sums[LEDE_BLOCK_MAX];          /* by place: so far */

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

static lede_status open_word(intersect *x, const lede_plan *node)
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
    memset(l->reaches, 0, sizeof l->reaches);
    l->most = 0;
    l->ceiling = (ceiling){ NULL, 0 };
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
        return open_word(x, node);
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

/* ---- Ceilings ----------------------------------------------------------- */

static bool is_alike(const lede_plan_score *a, const lede_plan_score *b)
{
    if (a->field_count != b->field_count ||
        !(a->average_length == b->average_length))
        return false;
    for (uint32_t i = 0; i < a->field_count; i++)
        if (a->fields[i] != b->fields[i] ||
            a->field_weights[i] != b->field_weights[i])
            return false;
    return true;
}

/* Makes the ceiling of a leaf, with the lengths of the one before it if they
 * are the same. */
static lede_status begin_ceiling(intersect *x, ceiling *of,
                                 const lede_plan_score *score,
                                 const lede_normals **before)
{
    lede_arena *arena = x->matcher->arena;

    if (!score)
        return LEDE_OK;
    if (!*before || !is_alike((*before)->lengths.score, score)) {
        lede_normals *made = lede_arena_alloc(arena, sizeof *made);
        lede_status status = made ? lede_normals_init(made, x->matcher, score)
                                  : lede_arena_status(arena);

        if (status != LEDE_OK)
            return status;
        *before = made;
    }
    of->lengths = *before;
    of->weight =
        lede_quanta_weight(&x->quanta, x->matcher->rule, score->weight);
    x->bounds = x->bounds && of->lengths->floors;
    return LEDE_OK;
}

/* All weights together; finders count with their most. */
static double sum_weights(const intersect *x)
{
    double sum = 0;

    for (uint32_t i = 0; i < x->words.count; i++)
        if (x->lengths[i].score)
            sum += x->lengths[i].score->weight;
    for (uint32_t i = 0; i < x->leaf_count; i++)
        if (x->leaves[i]->phrase.score.lengths.score)
            sum += x->leaves[i]->phrase.score.lengths.score->weight;
    for (uint32_t i = 0; i < x->finder_count; i++)
        sum += lede_score_of(x->matcher->rule, x->finders[i]->most);
    return sum;
}

static void begin_times(intersect *x)
{
    for (uint32_t l = 0; l < x->words.list_count; l++)
        x->times[l] =
            (float)x->words.lists[l].term->weight / (float)LEDE_WEIGHT_ONE;
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        leaf *l = x->leaves[i];

        for (uint32_t w = 0; w < l->phrase.word_count; w++) {
            const lede_conjunct *of = &x->words.words[l->phrase.words[w]];

            l->times[w] = (float)((double)l->phrase.score.weight /
                                  l->phrase.shares[w] / LEDE_WEIGHT_ONE);
            for (uint32_t at = of->first; at < of->first + of->count; at++)
                x->words.lists[at].length_weight =
                    l->phrase.score.length_weight;
        }
    }
}

/* Without floors nothing is passed over, and nothing missed. */
static lede_status begin_ceilings(intersect *x)
{
    const lede_normals *before = NULL;
    lede_status status = LEDE_OK;

    begin_times(x);
    x->bounds =
        lede_quanta_init(&x->quanta, x->matcher->rule, sum_weights(x),
                         x->words.count + x->leaf_count + x->finder_count + 4);
    for (uint32_t i = 0; status == LEDE_OK && i < x->words.count; i++)
        status =
            begin_ceiling(x, &x->ceilings[i], x->lengths[i].score, &before);
    for (uint32_t i = 0; status == LEDE_OK && i < x->leaf_count; i++)
        status =
            begin_ceiling(x, &x->leaves[i]->ceiling,
                          x->leaves[i]->phrase.score.lengths.score, &before);
    return status;
}

/* ---- Bounds ------------------------------------------------------------- */

/* The floor of a document's length of which a bound knows the floor. */
static uint32_t floor_of(const lede_normals *of, uint32_t length_weight,
                         const lede_bound *bound, uint32_t i)
{
    uint32_t floor = bound->floors[i];

    if (length_weight != 256)
        floor = lede_length_floor(bound->lengths[i] * length_weight / 256);
    return floor < of->floors->most ? floor : of->floors->most;
}

static uint32_t reach_of(const ceiling *of, float times, uint32_t length_weight,
                         const lede_bound *bound)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        uint32_t floor = floor_of(of->lengths, length_weight, bound, i);
        uint32_t quanta =
            lede_ceiling(of->weight, (float)bound->frequencies[i] * times,
                         of->lengths->at[floor]);

        most = quanta > most ? quanta : most;
    }
    return most;
}

/* What blocks of a word let a leaf have in which its occurrences count `times`;
 * of several lists they add up, and together have no more than each by itself.
 */
static uint32_t reach_word(intersect *x, uint32_t word, const ceiling *of,
                           const float *times, reach *r, uint32_t target)
{
    const lede_conjunct *held = &x->words.words[word];
    uint32_t last = LEDE_DOC_END;

    if (target < r->covered)
        return r->most;
    r->most = 0;
    for (uint32_t l = held->first; l < held->first + held->count; l++) {
        const lede_bound *bound = lede_conjunction_bound(&x->words, l, target);

        r->most += reach_of(of, times ? *times : x->times[l],
                            x->words.lists[l].length_weight, bound);
        last = bound->last < last ? bound->last : last;
    }
    r->covered = (uint64_t)last + 1;
    return r->most;
}

static uint32_t reach_leaf(intersect *x, leaf *l, uint32_t target,
                           uint64_t *covered)
{
    uint32_t most = UINT16_MAX;

    if (!l->ceiling.lengths)
        return 0;
    for (uint32_t w = 0; w < l->phrase.word_count; w++) {
        uint32_t of = reach_word(x, l->phrase.words[w], &l->ceiling,
                                 &l->times[w], &l->reaches[w], target);

        most = of < most ? of : most;
        if (l->reaches[w].covered < *covered)
            *covered = l->reaches[w].covered;
    }
    return most;
}

/* Quanta for points, so that as many sums of points have no more. */
static uint32_t quanta_of(const intersect *x, uint64_t points)
{
    double quanta = x->quanta.of_point * (double)points;

    return quanta < INT16_MAX ? 1 + (uint32_t)quanta : UINT16_MAX;
}

/* Adds up what documents from target on have at most, as far as the blocks at
 * hand, or next, go. */
static void cover(intersect *x, uint32_t target)
{
    const lede_conjunction *c = &x->words;
    uint64_t covered = (uint64_t)LEDE_DOC_END + 1;
    uint32_t end;

    x->finder_points = 0;
    for (uint32_t i = 0; i < x->finder_count; i++) {
        x->finder_points += lede_finder_bound(x->finders[i], target, &end);
        covered = end < covered ? (uint64_t)end + 1 : covered;
    }
    x->finder_most = x->finder_count ? quanta_of(x, x->finder_points) : 0;
    x->most = x->finder_most;
    for (uint32_t i = c->count; i-- > 0;) {
        uint32_t word = c->order[i];
        reach *r = &x->reaches[word];

        x->rests[i] = x->most;
        if (!x->ceilings[word].lengths)
            continue;
        x->most += reach_word(x, word, &x->ceilings[word], NULL, r, target);
        covered = r->covered < covered ? r->covered : covered;
    }
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        leaf *l = x->leaves[i];

        l->most = reach_leaf(x, l, target, &covered);
        x->most += l->most;
    }
    x->covered = covered;
}

/* ---- Windows ------------------------------------------------------------ */

static uint32_t needed_by(const intersect *x)
{
    return x->sink ? lede_sink_needed(x->sink) : 0;
}

static uint32_t quanta_needed(const intersect *x)
{
    return x->bounds ? lede_quanta_needed(&x->quanta, needed_by(x)) : 0;
}

static inline float normal_of(const ceiling *of, uint32_t doc)
{
    return of->lengths->at[of->lengths->floors->at[doc]];
}

static void add_list(intersect *x, uint32_t l, const ceiling *of)
{
    const lede_conjunction *c = &x->words;
    const uint32_t *frequencies = c->lists[l].postings->frequencies;
    const uint8_t *at = c->at[l];
    float times = x->times[l];

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];

        x->sums[place] +=
            lede_ceiling(of->weight, (float)frequencies[at[place]] * times,
                         normal_of(of, c->docs[place]));
    }
}

/* Adds what documents may have by a word. */
static void add_word(intersect *x, uint32_t word)
{
    const lede_conjunction *c = &x->words;
    const ceiling *of = &x->ceilings[word];

    if (c->words[word].count == 1) {
        add_list(x, c->words[word].first, of);
        return;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];
        float tf = (float)lede_conjunction_weighted(c, word, place) *
                   (1.0F / LEDE_WEIGHT_ONE);

        x->sums[place] +=
            lede_ceiling(of->weight, tf, normal_of(of, c->docs[place]));
    }
}

/* Lowers what documents may have of a phrase to what one of its words lets
 * them. */
static void lower_leaf(intersect *x, leaf *l, uint32_t word, float times)
{
    const lede_conjunction *c = &x->words;
    const ceiling *of = &l->ceiling;

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];
        uint32_t most = lede_conjunction_frequency(c, word, place);
        uint32_t quanta = lede_ceiling(of->weight, (float)most * times,
                                       normal_of(of, c->docs[place]));

        if (quanta < l->quanta[place])
            l->quanta[place] = (uint16_t)quanta;
    }
}

static void drop(intersect *x, uint32_t rest)
{
    lede_conjunction *c = &x->words;
    uint32_t kept = 0, needed = quanta_needed(x);

    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t place = c->pick[i];
        uint32_t sum = x->sums[place] + rest;

        for (uint32_t l = 0; l < x->leaf_count; l++)
            sum += x->leaves[l]->quanta[place];
        c->pick[kept] = place;
        kept += sum >= needed;
    }
    c->n = kept;
}

/* Drops what cannot come to what is needed, now that a word is found. */
static bool weigh_word(intersect *x, uint32_t word, uint32_t rest)
{
    if (x->words.n == 0)
        return true;
    if (!lede_conjunction_frequencies(&x->words, word))
        return false;
    if (x->ceilings[word].lengths)
        add_word(x, word);
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        leaf *l = x->leaves[i];

        for (uint32_t w = 0; l->ceiling.lengths && w < l->phrase.word_count;
             w++)
            if (l->phrase.words[w] == word)
                lower_leaf(x, l, word, l->times[w]);
    }
    drop(x, rest);
    return true;
}

static void begin_window(intersect *x)
{
    uint32_t n = x->words.n;

    memset(x->sums, 0, n * sizeof *x->sums);
    for (uint32_t i = 0; i < x->leaf_count; i++)
        for (uint32_t at = 0; at < n; at++)
            x->leaves[i]->quanta[at] = (uint16_t)x->leaves[i]->most;
}

/* Finds all words in the window that the rarest began, and reads their
 * frequencies; false once failed. */
static bool find_words(intersect *x, uint32_t *until)
{
    lede_conjunction *c = &x->words;
    bool weighs = quanta_needed(x) > 0;

    if (x->bounds)
        begin_window(x);
    for (uint32_t i = 0; i < c->count && c->n > 0; i++) {
        if (!lede_matcher_spend(x->matcher, c->n))
            return false;
        if (i > 0)
            lede_conjunction_retain(c, c->order[i], until);
        if (weighs && !weigh_word(x, c->order[i], x->rests[i]))
            return false;
    }
    for (uint32_t i = 0; i < c->count && c->n > 0; i++)
        if (!lede_conjunction_frequencies(c, c->order[i]))
            return false;
    return x->matcher->status == LEDE_OK;
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

/* The quanta of what it may have are worth no less. */
static uint64_t points_of(const intersect *x, uint32_t quanta)
{
    double points = (double)(quanta + 1) / x->quanta.of_point;

    return points < UINT32_MAX ? (uint64_t)points + 1 : UINT32_MAX;
}

static bool check_leaf(leaf *l, uint32_t doc, uint8_t place, uint64_t *sum)
{
    uint32_t frequency;

    if (!lede_phrase_count(&l->phrase, place, &frequency) || frequency == 0)
        return false;
    *sum += lede_phrase_points(&l->phrase, doc, frequency);
    return true;
}

/* The exact points of the words. */
static uint64_t points_of_words(const intersect *x, uint8_t place)
{
    const lede_conjunction *c = &x->words;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < c->count; i++)
        if (x->lengths[i].score)
            sum +=
                lede_lengths_points(&x->lengths[i], x->matcher, c->docs[place],
                                    lede_conjunction_weighted(c, i, place));
    return sum;
}

/* What the document may have beside its words, which are known. */
static uint64_t rest_of(const intersect *x, uint8_t place)
{
    uint64_t rest = x->finder_points;

    for (uint32_t i = 0; i < x->leaf_count; i++)
        rest += points_of(x, x->leaves[i]->quanta[place]);
    return rest;
}

/* Looks at one document: first at what costs least. */
static bool check(intersect *x, uint8_t place, uint32_t needed, uint64_t *sum)
{
    uint32_t doc = x->words.docs[place], f = 0;
    uint64_t rest = needed > 0 ? rest_of(x, place) : 0;

    *sum = points_of_words(x, place);
    if (*sum + rest < needed || !is_live(x, doc))
        return false;
    for (uint32_t i = 0; i < x->finder_count; i++)
        if (lede_finder_seek(x->finders[i], doc) != doc)
            return false;
    for (; f < x->finder_count && x->finders[f]->effort < LEDE_EFFORT_POSITIONS;
         f++)
        if (!check_finder(x->finders[f], sum, rest, needed))
            return false;
    for (uint32_t i = 0; i < x->leaf_count; i++) {
        if (*sum + rest < needed || !check_leaf(x->leaves[i], doc, place, sum))
            return false;
        if (needed > 0)
            rest -= points_of(x, x->leaves[i]->quanta[place]);
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
    return lede_sink_take(x->sink, x->words.docs[place],
                          sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

/* Matches in the window that the rarest word began; false once failed. */
static bool match_window(intersect *x, uint32_t *until)
{
    lede_conjunction *c = &x->words;

    if (!find_words(x, until))
        return false;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t needed = x->bounds ? needed_by(x) : 0;
        uint64_t sum;

        if (check(x, c->pick[i], needed, &sum) && !take(x, c->pick[i], sum))
            return false;
    }
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
    if (x->most >= quanta_needed(x))
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
    if (matcher->scores && !sink->every)
        status = begin_ceilings(x);
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
