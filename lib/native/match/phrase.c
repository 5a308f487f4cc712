#include "native/match/phrase.h"

#include <stddef.h>

#include "engine/span.h"
#include "text/token.h"

/* So many are spent at once. */
#define STEPS 64U

/* ---- Shape -------------------------------------------------------------- */

/* The WORDs of a node that is one, or an EITHER of them; *count 0 for others. */
static const lede_plan *const *words_of(const lede_plan *const *node,
                                        uint32_t *count)
{
    const lede_plan *plan = *node;

    *count = 0;
    if (plan->kind == LEDE_PLAN_WORD) {
        *count = 1;
        return node;
    }
    if (plan->kind != LEDE_PLAN_EITHER)
        return NULL;
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->nodes[i]->kind != LEDE_PLAN_WORD)
            return NULL;
    *count = plan->count;
    return plan->nodes;
}

/* How many positions all terms in the field cover; 0 if they do not agree, and
 * 1 if there are none. */
static uint32_t span_of(const lede_plan *const *words, uint32_t count,
                        uint32_t field)
{
    uint32_t span = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t t = 0; t < words[i]->term_count; t++) {
            const lede_plan_term *term = &words[i]->terms[t];
            uint32_t covered = lede_term_span((const char *)term->term.at,
                                              (uint32_t)term->term.len);

            if (term->field != field)
                continue;
            if (covered == 0 || (span > 0 && covered != span))
                return 0;
            span = covered;
        }
    return span ? span : 1;
}

bool lede_phrase_fits(const lede_plan *plan, uint32_t field, uint32_t *words,
                      uint32_t *lists)
{
    if ((plan->kind != LEDE_PLAN_PHRASE && plan->kind != LEDE_PLAN_NEAR) ||
        plan->count == 0 || plan->count > LEDE_ROW_WORDS)
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        uint32_t count;
        const lede_plan *const *of = words_of(&plan->nodes[i], &count);

        if (count == 0 || span_of(of, count, field) == 0)
            return false;
        *lists += lede_conjunction_room(of, count, field);
    }
    *words += plan->count;
    return true;
}

static uint64_t weight_of(const lede_plan_score *score, uint32_t field)
{
    for (uint32_t i = 0; i < score->field_count; i++)
        if (score->fields[i] == field)
            return (uint64_t)score->field_weights[i] * (LEDE_WEIGHT_ONE / 256);
    return 0;
}

static lede_status begin_score(lede_phrase *p)
{
    lede_matcher *m = p->of->matcher;
    lede_phrase_score *score = &p->score;
    lede_status status;

    score->weight = weight_of(&p->plan->score, p->field);
    if (!m->scores || !(p->plan->score.weight > 0))
        return LEDE_OK;
    status = lede_lengths_init(&score->lengths, &p->plan->score, m);
    score->length_weight = lede_lengths_weight(&score->lengths, m, p->field);
    return status;
}

static void share(lede_phrase *p, uint32_t word)
{
    uint32_t at = 0;

    while (at < p->word_count && p->words[at] != word)
        at++;
    if (at == p->word_count) {
        p->words[p->word_count++] = word;
        p->shares[at] = 0;
    }
    p->shares[at]++;
}

static void begin_plain(lede_phrase *p)
{
    p->plain = p->plan->kind == LEDE_PLAN_PHRASE && p->plan->slop == 0 &&
               p->word_count == p->count;
    for (uint32_t i = 0; p->plain && i < p->word_count; i++) {
        const lede_conjunct *word = &p->of->words[p->words[i]];

        p->plain = word->count == 1;
        p->plains[i] =
            (lede_phrase_plain){ p->of->lists[word->first].postings,
                                 p->of->at[word->first], p->slots[i].offset };
    }
}

lede_status lede_phrase_init(lede_phrase *phrase, lede_conjunction *of,
                             const lede_plan *plan, uint32_t field)
{
    lede_phrase *p = phrase;
    lede_status status = LEDE_OK;

    memset(p, 0, offsetof(lede_phrase, row));
    p->of = of;
    p->plan = plan;
    p->field = field;
    p->count = plan->count;
    lede_row_init(&p->row, of->matcher->arena);
    status = begin_score(p);
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++) {
        uint32_t count, word;
        const lede_plan *const *words = words_of(&plan->nodes[i], &count);

        status = lede_conjunction_add(&word, of, words, count, field);
        p->slots[i].word = word;
        p->slots[i].span = span_of(words, count, field);
        p->slots[i].offset = p->length;
        p->length += p->slots[i].span;
        share(p, word);
    }
    begin_plain(p);
    return status;
}

/* ---- Points ------------------------------------------------------------- */

uint32_t lede_phrase_points(const lede_phrase *phrase, uint32_t doc,
                            uint32_t frequency)
{
    const lede_phrase_score *score = &phrase->score;

    return score->lengths.score
               ? lede_lengths_points(&score->lengths, phrase->of->matcher, doc,
                                     score->weight * frequency)
               : 0;
}

/* ---- Positions ---------------------------------------------------------- */

static bool make_room(lede_phrase *p, lede_phrase_places *places,
                      uint32_t count)
{
    lede_matcher *m = p->of->matcher;

    if (count <= places->capacity ||
        lede_arena_grow(m->arena, &places->at, &places->capacity, count,
                        sizeof *places->at))
        return true;
    (void)lede_matcher_fail(m, lede_arena_status(m->arena));
    return false;
}

/* Looking at the budget costs as much as some positions. */
static bool spend(lede_phrase *p, uint32_t steps)
{
    p->steps += steps;
    if (p->steps < STEPS)
        return true;
    steps = p->steps;
    p->steps = 0;
    return lede_matcher_spend(p->of->matcher, steps);
}

/* Reads a list that holds the document, which is `at` in its block. */
static bool read_at(lede_phrase *p, lede_postings *list, uint32_t at,
                    lede_phrase_places *places)
{
    lede_matcher *m = p->of->matcher;

    if (!make_room(p, places, list->frequencies[at]))
        return false;
    lede_postings_stand(list, at);
    places->count = list->frequency;
    if (lede_postings_positions(list, places->at))
        return true;
    (void)lede_matcher_fail(m, list->status != LEDE_OK ? list->status
                                                       : LEDE_ERR_CORRUPT);
    return false;
}

static bool read_list(lede_phrase *p, uint32_t l)
{
    lede_phrase_places *places = &p->places[l];
    uint32_t at = p->of->at[l][p->place];

    if (places->turn == p->turn)
        return true;
    places->turn = p->turn;
    places->count = 0;
    if (at == LEDE_CONJUNCTION_ABSENT)
        return true;
    return read_at(p, p->of->lists[l].postings, at, places) &&
           spend(p, 1 + places->count / 2);
}

/* Merges a rising row into another, which has room for both; returns how many
 * different ones there are. */
static uint32_t merge_into(uint32_t *row, uint32_t count, const uint32_t *other,
                           uint32_t other_count)
{
    uint32_t out = count + other_count, all = out, n = 0;

    while (other_count > 0) {
        if (count > 0 && row[count - 1] > other[other_count - 1])
            row[--out] = row[--count];
        else
            row[--out] = other[--other_count];
    }
    for (uint32_t i = 0; i < all; i++)
        if (n == 0 || row[i] != row[n - 1])
            row[n++] = row[i];
    return n;
}

/* The positions of a word; NULL on failure. */
static const lede_phrase_places *read_word(lede_phrase *p, uint32_t word)
{
    const lede_conjunct *of = &p->of->words[word];
    lede_phrase_places *all = &p->merged[word];

    if (of->count == 1)
        return read_list(p, of->first) ? &p->places[of->first] : NULL;
    if (all->turn == p->turn)
        return all;
    all->count = 0;
    for (uint32_t l = of->first; l < of->first + of->count; l++) {
        const lede_phrase_places *places = &p->places[l];

        if (!read_list(p, l))
            return NULL;
        if (places->count == 0)
            continue;
        if (places->count > UINT32_MAX / 2 - all->count ||
            !make_room(p, all, all->count + places->count)) {
            (void)lede_matcher_fail(p->of->matcher, LEDE_ERR_LIMIT);
            return NULL;
        }
        all->count = merge_into(all->at, all->count, places->at, places->count);
    }
    all->turn = p->turn;
    return all;
}

/* ---- Counting ----------------------------------------------------------- */

/* Positions so high that sums of them may pass 32 bits. */
static bool is_high(const lede_phrase_places *places)
{
    return places->count > 0 && places->at[places->count - 1] >= LEDE_ROW_END;
}

static uint32_t find_places(void *ctx, const lede_plan_term *term,
                            const uint32_t **positions)
{
    lede_phrase *p = ctx;
    const lede_conjunction *c = p->of;

    for (uint32_t i = 0; i < p->word_count; i++) {
        const lede_conjunct *of = &c->words[p->words[i]];

        for (uint32_t l = of->first; l < of->first + of->count; l++) {
            if (c->lists[l].term->field != term->field ||
                lede_bytes_compare(c->lists[l].term->term, term->term) != 0)
                continue;
            if (!read_list(p, l))
                return 0;
            *positions = p->places[l].at;
            return p->places[l].count;
        }
    }
    return 0;
}

/* As it is defined. */
static bool count_spans(lede_phrase *p, uint32_t *frequency)
{
    lede_matcher *m = p->of->matcher;
    lede_occurrences occurrences = { find_places, p, p->field };
    lede_intervals found = { NULL, 0 };
    lede_status status;

    lede_arena_clear(m->scratch);
    status =
        lede_span_match(&found, p->plan, &occurrences, m->budget, m->scratch);
    if (status != LEDE_OK)
        (void)lede_matcher_fail(m, status);
    *frequency = lede_span_frequency(&found);
    return m->status == LEDE_OK;
}

/* Words of the phrase by how often the document has them. */
static void order_words(const lede_phrase *p, uint32_t *order)
{
    uint32_t times[LEDE_CONJUNCTION_WORDS];

    for (uint32_t i = 0; i < p->word_count; i++) {
        uint32_t word = p->words[i], at = i;
        uint32_t of = lede_conjunction_frequency(p->of, word, p->place);

        for (; at > 0 && times[at - 1] > of; at--) {
            times[at] = times[at - 1];
            order[at] = order[at - 1];
        }
        times[at] = of;
        order[at] = word;
    }
}

/* The same of plain words, by their places in `words`. */
static void order_plain(const lede_phrase *p, uint32_t *order)
{
    uint32_t times[LEDE_CONJUNCTION_WORDS];

    for (uint32_t i = 0; i < p->word_count; i++) {
        const lede_phrase_plain *word = &p->plains[i];
        uint32_t of = word->list->frequencies[word->at[p->place]], at = i;

        for (; at > 0 && times[at - 1] > of; at--) {
            times[at] = times[at - 1];
            order[at] = order[at - 1];
        }
        times[at] = of;
        order[at] = i;
    }
}

/* Keeps the rows that a word can be part of, wherever it stands in them. */
static bool keep_word(lede_phrase *p, uint32_t word,
                      const lede_phrase_places *places, bool first)
{
    lede_phrase_places *begins = &p->begins;

    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t offset = p->slots[i].offset;

        if (p->slots[i].word != word)
            continue;
        if (first && !make_room(p, begins, places->count))
            return false;
        begins->count =
            first
                ? lede_row_begin(begins->at, places->at, places->count, offset)
                : lede_row_keep(&p->row, begins->at, begins->count, places->at,
                                places->count, offset);
        first = false;
    }
    return true;
}

static bool count_exact(lede_phrase *p, uint32_t *frequency)
{
    uint32_t order[LEDE_CONJUNCTION_WORDS] = { 0 };

    order_words(p, order);
    *frequency = 0;
    for (uint32_t i = 0; i < p->word_count; i++) {
        const lede_phrase_places *places = read_word(p, order[i]);

        if (!places)
            return false;
        if (is_high(places))
            return count_spans(p, frequency);
        if (!keep_word(p, order[i], places, i == 0))
            return false;
        if (p->begins.count == 0)
            return true;
    }
    *frequency = lede_row_disjoint(p->begins.at, p->begins.count, p->length);
    return true;
}

/* The same where words are plain, by far the most frequent: nothing is asked
 * twice, so nothing is kept. */
static bool count_plain(lede_phrase *p, uint32_t *frequency)
{
    uint32_t order[LEDE_CONJUNCTION_WORDS] = { 0 }, steps = 0;

    order_plain(p, order);
    *frequency = 0;
    for (uint32_t i = 0; i < p->word_count; i++) {
        const lede_phrase_plain *word = &p->plains[order[i]];
        lede_phrase_places *places = i == 0 ? &p->begins : &p->merged[0];

        if (!read_at(p, word->list, word->at[p->place], places))
            return false;
        steps += 1 + places->count / 2;
        if (is_high(places))
            return count_spans(p, frequency);
        p->begins.count =
            i == 0 ? lede_row_begin(p->begins.at, p->begins.at, places->count,
                                    word->offset)
                   : lede_row_keep(&p->row, p->begins.at, p->begins.count,
                                   places->at, places->count, word->offset);
        if (p->begins.count == 0)
            return spend(p, steps);
    }
    *frequency = lede_row_disjoint(p->begins.at, p->begins.count, p->length);
    return spend(p, steps);
}

/* With others in between, or in any order. */
static bool count_loose(lede_phrase *p, uint32_t *frequency)
{
    lede_row_word words[LEDE_ROW_WORDS];
    bool is_near = p->plan->kind == LEDE_PLAN_NEAR;

    for (uint32_t i = 0; i < p->count; i++) {
        const lede_phrase_places *places = read_word(p, p->slots[i].word);

        if (!places)
            return false;
        if (is_high(places))
            return count_spans(p, frequency);
        words[i] =
            (lede_row_word){ places->at, places->count, p->slots[i].span };
    }
    if (is_near)
        return lede_row_near(words, p->count, p->plan->slop, frequency) ||
               count_spans(p, frequency);
    if (lede_row_in_order(&p->row, words, p->count, p->plan->slop, frequency))
        return true;
    (void)lede_matcher_fail(p->of->matcher,
                            lede_arena_status(p->of->matcher->arena));
    return false;
}

bool lede_phrase_count(lede_phrase *phrase, uint32_t place, uint32_t *frequency)
{
    phrase->place = place;
    phrase->turn++;
    if (phrase->plain)
        return count_plain(phrase, frequency);
    if (phrase->plan->kind == LEDE_PLAN_PHRASE && phrase->plan->slop == 0)
        return count_exact(phrase, frequency);
    return count_loose(phrase, frequency);
}
