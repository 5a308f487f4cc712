#include "native/match/sieve.h"

#include <stddef.h>

/* ---- Making ------------------------------------------------------------- */

void lede_sieve_init(lede_sieve *sieve, lede_matcher *matcher)
{
    memset(sieve, 0, offsetof(lede_sieve, words));
    sieve->matcher = matcher;
    lede_conjunction_init(&sieve->words, matcher);
}

lede_status lede_sieve_add_word(lede_sieve *sieve, const lede_plan *word)
{
    lede_matcher *m = sieve->matcher;
    const lede_plan **plans =
        lede_arena_array(m->arena, 1, sizeof(const lede_plan *));
    const lede_conjunct *made;
    lede_lengths *lengths;
    lede_status status;
    uint32_t at;

    if (!plans)
        return lede_arena_status(m->arena);
    *plans = word;
    status = lede_conjunction_add(&at, &sieve->words, plans, 1, LEDE_NO_FIELD);
    if (status != LEDE_OK || !m->scores || !(word->score.weight > 0))
        return status;
    made = &sieve->words.words[at];
    lengths = &sieve->lengths[at];
    status = lede_lengths_init(lengths, &word->score, m);
    for (uint32_t l = made->first; l < made->first + made->count; l++) {
        lede_group_list *list = &sieve->words.lists[l];

        list->length_weight =
            lede_lengths_weight(lengths, m, list->term->field);
    }
    return status;
}

lede_status lede_sieve_add_optional(lede_sieve *sieve, const lede_plan *word)
{
    lede_conjunction *c = &sieve->words;
    uint32_t at = c->count;
    bool ended = c->ended;
    lede_status status = lede_sieve_add_word(sieve, word);

    if (status != LEDE_OK)
        return status;
    sieve->optional |= 1U << at;
    if (c->words[at].count == 0) {
        sieve->optional &= ~(1U << at);
        memset(&sieve->lengths[at], 0, sizeof sieve->lengths[at]);
        c->count = at;
        c->ended = ended;
    }
    return LEDE_OK;
}

lede_status lede_sieve_add_phrase(lede_sieve *sieve, const lede_plan *phrase,
                                  uint32_t field)
{
    lede_sieve_phrase *made =
        lede_arena_alloc(sieve->matcher->arena, sizeof *made);

    if (!made)
        return lede_arena_status(sieve->matcher->arena);
    memset(made, 0, offsetof(lede_sieve_phrase, phrase));
    sieve->phrases[sieve->phrase_count++] = made;
    return lede_phrase_init(&made->phrase, &sieve->words, phrase, field);
}

/* ---- Ceilings ----------------------------------------------------------- */

/* Makes the ceiling of a leaf, with the lengths of the one before it if they
 * are the same. */
static lede_status begin_ceiling(lede_sieve *s, lede_sieve_ceiling *of,
                                 const lede_plan_score *score,
                                 const lede_normals **before)
{
    lede_arena *arena = s->matcher->arena;
    const lede_normals *lengths = *before;

    if (!score)
        return LEDE_OK;
    if (!lengths || !lede_lengths_are_alike(lengths->lengths.score, score)) {
        lede_normals *made = lede_arena_alloc(arena, sizeof *made);
        lede_status status;

        if (!made)
            return lede_arena_status(arena);
        status = lede_normals_init(made, s->matcher, score);
        if (status != LEDE_OK)
            return status;
        *before = lengths = made;
    }
    of->lengths = lengths;
    of->weight =
        lede_quanta_weight(&s->quanta, s->matcher->rule, score->weight);
    s->bounds = s->bounds && lengths->floors;
    return LEDE_OK;
}

/* Of all words and phrases. */
static double sum_weights(const lede_sieve *s)
{
    double sum = 0;

    for (uint32_t i = 0; i < s->words.count; i++)
        if (s->lengths[i].score)
            sum += s->lengths[i].score->weight;
    for (uint32_t i = 0; i < s->phrase_count; i++)
        if (s->phrases[i]->phrase.score.lengths.score)
            sum += s->phrases[i]->phrase.score.lengths.score->weight;
    return sum;
}

static void begin_times(lede_sieve *s)
{
    for (uint32_t l = 0; l < s->words.list_count; l++)
        s->times[l] =
            (float)s->words.lists[l].term->weight / (float)LEDE_WEIGHT_ONE;
    for (uint32_t i = 0; i < s->phrase_count; i++) {
        lede_sieve_phrase *l = s->phrases[i];

        for (uint32_t w = 0; w < l->phrase.word_count; w++)
            l->times[w] = (float)((double)l->phrase.score.weight /
                                  l->phrase.shares[w] / LEDE_WEIGHT_ONE);
    }
}

/* Ceilings by top of a list; NULL where it has corners only, or these say more.
 */
static lede_status begin_tops(const lede_sieve *s, const uint16_t **out,
                              const lede_sieve_ceiling *of,
                              const lede_group_list *list, uint32_t share,
                              float times)
{
    const lede_postings *postings = list->postings;
    uint16_t *made;
    double ratio;

    if (!of->lengths || postings->documents <= LEDE_POSTINGS_SHORT ||
        !postings->source->frequencies)
        return LEDE_OK;
    ratio = lede_top_ratio(s->matcher->rule,
                           of->lengths->lengths.score->average_length, share,
                           postings->source->usual);
    if (!(ratio > 0))
        return LEDE_OK;
    made =
        lede_arena_alloc(s->matcher->arena, (LEDE_TOP_MOST + 1) * sizeof *made);
    if (!made)
        return lede_arena_status(s->matcher->arena);
    lede_tops_fill(made, of->weight, times, ratio);
    *out = made;
    return LEDE_OK;
}

/* Lists of a word of a phrase are of one field: one table serves all. */
static lede_status begin_phrase_tops(const lede_sieve *s, lede_sieve_phrase *l)
{
    lede_status status = LEDE_OK;

    for (uint32_t w = 0; status == LEDE_OK && w < l->phrase.word_count; w++) {
        const lede_conjunct *held = &s->words.words[l->phrase.words[w]];

        for (uint32_t i = 0;
             status == LEDE_OK && !l->tops[w] && i < held->count; i++)
            status = begin_tops(s, &l->tops[w], &l->ceiling,
                                &s->words.lists[held->first + i],
                                l->phrase.score.length_weight, l->times[w]);
    }
    return status;
}

static lede_status begin_all_tops(lede_sieve *s)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < s->words.count; i++) {
        const lede_conjunct *held = &s->words.words[i];

        for (uint32_t l = held->first;
             status == LEDE_OK && l < held->first + held->count; l++)
            status =
                begin_tops(s, &s->tops[l], &s->ceilings[i], &s->words.lists[l],
                           s->words.lists[l].length_weight, s->times[l]);
    }
    for (uint32_t i = 0; status == LEDE_OK && i < s->phrase_count; i++)
        status = begin_phrase_tops(s, s->phrases[i]);
    return status;
}

lede_status lede_sieve_begin(lede_sieve *sieve, double weights, uint32_t count)
{
    lede_sieve *s = sieve;
    const lede_normals *before = NULL;
    lede_status status = LEDE_OK;

    begin_times(s);
    s->bounds =
        lede_quanta_init(&s->quanta, s->matcher->rule, weights + sum_weights(s),
                         s->words.count + s->phrase_count + count + 4);
    for (uint32_t i = 0; status == LEDE_OK && i < s->words.count; i++)
        status =
            begin_ceiling(s, &s->ceilings[i], s->lengths[i].score, &before);
    for (uint32_t i = 0; status == LEDE_OK && i < s->phrase_count; i++)
        status =
            begin_ceiling(s, &s->phrases[i]->ceiling,
                          s->phrases[i]->phrase.score.lengths.score, &before);
    return status == LEDE_OK && s->bounds ? begin_all_tops(s) : status;
}

/* ---- Bounds ------------------------------------------------------------- */

static uint32_t reach_of(const lede_sieve_ceiling *of, float times,
                         uint32_t length_weight, const lede_bound *bound)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        uint32_t floor =
            lede_normals_floor(of->lengths, length_weight, bound->floors[i]);
        uint32_t quanta =
            lede_ceiling(of->weight, (float)bound->frequencies[i] * times,
                         of->lengths->at[floor]);

        most = quanta > most ? quanta : most;
    }
    return most;
}

/* How a leaf makes ceilings of what a list says. */
typedef struct measure {
    const lede_sieve_ceiling *of;
    const uint16_t *tops;
    float times;
    uint32_t share;
} measure;

/* What the blocks of a list that hold documents from target on let a leaf have,
 * and where the first of them ends. */
static uint32_t reach_list(lede_sieve *s, uint32_t l, const measure *by,
                           uint32_t target, uint32_t *last)
{
    const lede_bound *bound;

    if (by->tops &&
        s->words.lists[l].postings->documents > LEDE_POSTINGS_SHORT) {
        uint8_t top = lede_conjunction_top(&s->words, l, target, last);

        return top ? by->tops[top] : 0;
    }
    bound = lede_conjunction_bound(&s->words, l, target);
    *last = bound->last;
    return reach_of(by->of, by->times, by->share, bound);
}

static measure measure_of(const lede_sieve *s, uint32_t word, uint32_t l,
                          const lede_sieve_phrase *phrase, uint32_t w)
{
    if (phrase)
        return (measure){ &phrase->ceiling, phrase->tops[w], phrase->times[w],
                          phrase->phrase.score.length_weight };
    return (measure){ &s->ceilings[word], s->tops[l], s->times[l],
                      s->words.lists[l].length_weight };
}

/* What blocks of a word let a leaf have: a phrase, of which it is the w-th, or
 * NULL for its own. Of several lists they add up, and together have no more
 * than each by itself. */
static uint32_t reach_word(lede_sieve *s, uint32_t word,
                           const lede_sieve_phrase *phrase, uint32_t w,
                           lede_sieve_reach *r, uint32_t target)
{
    const lede_conjunct *held = &s->words.words[word];
    uint32_t last = LEDE_DOC_END;

    if (target < r->covered)
        return r->most;
    r->most = 0;
    for (uint32_t l = held->first; l < held->first + held->count; l++) {
        measure by = measure_of(s, word, l, phrase, w);
        uint32_t end;

        r->most += reach_list(s, l, &by, target, &end);
        last = end < last ? end : last;
    }
    r->covered = (uint64_t)last + 1;
    return r->most;
}

static uint32_t reach_phrase(lede_sieve *s, lede_sieve_phrase *l,
                             uint32_t target, uint64_t *covered)
{
    uint32_t most = UINT16_MAX;

    if (!l->ceiling.lengths)
        return 0;
    for (uint32_t w = 0; w < l->phrase.word_count; w++) {
        uint32_t of =
            reach_word(s, l->phrase.words[w], l, w, &l->reaches[w], target);

        most = of < most ? of : most;
        if (l->reaches[w].covered < *covered)
            *covered = l->reaches[w].covered;
    }
    return most;
}

/* Quanta for points, so that as many sums of points have no more. */
static uint32_t quanta_of(const lede_sieve *s, uint64_t points)
{
    double quanta = s->quanta.of_point * (double)points;

    return quanta < INT16_MAX ? 1 + (uint32_t)quanta : UINT16_MAX;
}

void lede_sieve_cover(lede_sieve *sieve, uint32_t target, uint64_t points,
                      uint32_t until)
{
    lede_sieve *s = sieve;
    const lede_conjunction *c = &s->words;
    uint64_t covered = (uint64_t)until + 1;

    s->most = points ? quanta_of(s, points) : 0;
    for (uint32_t i = c->count; i-- > 0;) {
        uint32_t word = c->order[i];
        lede_sieve_reach *r = &s->reaches[word];

        s->rests[i] = s->most;
        if (!s->ceilings[word].lengths)
            continue;
        s->most += reach_word(s, word, NULL, 0, r, target);
        covered = r->covered < covered ? r->covered : covered;
    }
    for (uint32_t i = 0; i < s->phrase_count; i++) {
        lede_sieve_phrase *l = s->phrases[i];

        l->most = reach_phrase(s, l, target, &covered);
        s->most += l->most;
    }
    s->covered = covered;
}

/* ---- Windows ------------------------------------------------------------ */

static inline float normal_of(const lede_sieve_ceiling *of, uint32_t doc)
{
    return of->lengths->at[of->lengths->floors->at[doc]];
}

static void add_list(lede_sieve *s, uint32_t l, const lede_sieve_ceiling *of)
{
    const lede_conjunction *c = &s->words;
    const uint32_t *frequencies = c->lists[l].postings->frequencies;
    const uint8_t *at = c->at[l];
    float times = s->times[l];

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];

        s->sums[place] +=
            lede_ceiling(of->weight, (float)frequencies[at[place]] * times,
                         normal_of(of, c->docs[place]));
    }
}

/* Adds what documents may have by a word. */
static void add_word(lede_sieve *s, uint32_t word)
{
    const lede_conjunction *c = &s->words;
    const lede_sieve_ceiling *of = &s->ceilings[word];

    if (c->words[word].count == 1) {
        add_list(s, c->words[word].first, of);
        return;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];
        float tf = (float)lede_conjunction_weighted(c, word, place) *
                   (1.0F / LEDE_WEIGHT_ONE);

        s->sums[place] +=
            lede_ceiling(of->weight, tf, normal_of(of, c->docs[place]));
    }
}

/* Lowers what documents may have of a phrase to what one of its words lets
 * them. */
static void lower_phrase(lede_sieve *s, lede_sieve_phrase *l, uint32_t word,
                         float times)
{
    const lede_conjunction *c = &s->words;
    const lede_sieve_ceiling *of = &l->ceiling;

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t place = c->pick[i];
        uint32_t most = lede_conjunction_frequency(c, word, place);
        uint32_t quanta = lede_ceiling(of->weight, (float)most * times,
                                       normal_of(of, c->docs[place]));

        if (quanta < l->quanta[place])
            l->quanta[place] = (uint16_t)quanta;
    }
}

static void drop(lede_sieve *s, uint32_t rest, uint32_t needed)
{
    lede_conjunction *c = &s->words;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t place = c->pick[i];
        uint32_t sum = s->sums[place] + rest;

        for (uint32_t l = 0; l < s->phrase_count; l++)
            sum += s->phrases[l]->quanta[place];
        c->pick[kept] = place;
        kept += sum >= needed;
    }
    c->n = kept;
}

/* Drops what cannot come to what is needed, now that a word is found. */
static bool weigh_word(lede_sieve *s, uint32_t word, uint32_t rest,
                       uint32_t needed)
{
    if (s->words.n == 0)
        return true;
    if (!lede_conjunction_frequencies(&s->words, word))
        return false;
    if (s->ceilings[word].lengths)
        add_word(s, word);
    for (uint32_t i = 0; i < s->phrase_count; i++) {
        lede_sieve_phrase *l = s->phrases[i];

        for (uint32_t w = 0; l->ceiling.lengths && w < l->phrase.word_count;
             w++)
            if (l->phrase.words[w] == word)
                lower_phrase(s, l, word, l->times[w]);
    }
    drop(s, rest, needed);
    return true;
}

static void begin_window(lede_sieve *s)
{
    uint32_t n = s->words.n;

    memset(s->sums, 0, n * sizeof *s->sums);
    for (uint32_t i = 0; i < s->phrase_count; i++)
        for (uint32_t at = 0; at < n; at++)
            s->phrases[i]->quanta[at] = (uint16_t)s->phrases[i]->most;
}

bool lede_sieve_window(lede_sieve *sieve, uint32_t *until, uint32_t needed)
{
    lede_sieve *s = sieve;
    lede_conjunction *c = &s->words;

    if (s->bounds)
        begin_window(s);
    for (uint32_t i = 0; i < c->count && c->n > 0; i++) {
        if (!lede_matcher_spend(s->matcher, c->n))
            return false;
        if (i > 0)
            lede_conjunction_retain(c, c->order[i], until);
        if (needed > 0 && !weigh_word(s, c->order[i], s->rests[i], needed))
            return false;
    }
    for (uint32_t i = 0; i < c->count && c->n > 0; i++)
        if (!lede_conjunction_frequencies(c, c->order[i]))
            return false;
    return s->matcher->status == LEDE_OK;
}

/* ---- Points ------------------------------------------------------------- */

uint64_t lede_sieve_word_points(const lede_sieve *sieve, uint32_t place)
{
    const lede_conjunction *c = &sieve->words;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < c->count; i++)
        if (sieve->lengths[i].score)
            sum += lede_lengths_points(&sieve->lengths[i], sieve->matcher,
                                       c->docs[place],
                                       lede_conjunction_weighted(c, i, place));
    return sum;
}

/* The quanta are worth no less. */
uint64_t lede_sieve_phrase_points(const lede_sieve *sieve, uint32_t phrase,
                                  uint32_t place)
{
    double points = (double)(sieve->phrases[phrase]->quanta[place] + 1) /
                    sieve->quanta.of_point;

    return points < UINT32_MAX ? (uint64_t)points + 1 : UINT32_MAX;
}
