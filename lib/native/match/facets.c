#include "native/match/facets.h"

#include "base/error.h"
#include "engine/bucket.h"

lede_status lede_facets_init(lede_facets *facets,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_search *search,
                             lede_arena *arena, lede_error *err)
{
    lede_status status = LEDE_OK;

    *facets = (lede_facets){ .count = search->facet_count,
                             .budget = search->budget,
                             .arena = arena };
    facets->at = lede_arena_array(arena, facets->count, sizeof *facets->at);
    if (!facets->at)
        return lede_fail_plain(err, lede_arena_status(arena));
    for (uint32_t i = 0; i < facets->count; i++) {
        facets->at[i].key = &search->facets[i];
        lede_tallies_init(&facets->at[i].tallies, search->budget, arena);
    }
    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++)
        status = lede_values_open(&facets->at[i].values, snapshot,
                                  search->facets[i].field, search->budget,
                                  arena, err);
    return status;
}

/* ---- Keywords of a part ------------------------------------------------- */

/* So many of the keywords of a part may there be for each of its matches that
 * were counted, before it is worth it to have a place for each of them. */
#define SPARSE 16U

static lede_status count_some(lede_facet_tallies *t, uint64_t number,
                              int64_t last, uint64_t count)
{
    lede_tally *tally;
    lede_status status = lede_tallies_find(&t->tallies, number, &tally);

    if (status == LEDE_OK) {
        tally->last = last;
        tally->count += count;
    }
    return status;
}

/* Gives the tallies what they do not know yet. */
static lede_status settle(lede_facet_tallies *t)
{
    lede_status status = LEDE_OK;
    uint64_t counted = t->counted, pending = t->pending;

    t->counted = t->pending = 0;
    if (pending > 0)
        status =
            count_some(t, lede_column_from_int(t->first), t->last, pending);
    for (uint64_t i = 0; status == LEDE_OK && i < counted; i++)
        if (t->dense[i] > 0)
            status = count_some(t, lede_values_number_of(t->values, t->part, i),
                                0, t->dense[i]);
    return status == LEDE_OK ? lede_budget_spend(t->tallies.budget, counted)
                             : status;
}

/* `count` matches of a part are about to be counted. */
static lede_status prepare(lede_facet_tallies *t, lede_facets *facets,
                           uint32_t part, uint32_t count)
{
    uint64_t keywords = lede_values_keywords(t->values, part);
    lede_status status = LEDE_OK;

    if (part != t->part) {
        status = settle(t);
        t->part = part;
        t->met = 0;
    }
    t->met += count;
    if (status != LEDE_OK || t->counted > 0 || keywords == 0 ||
        t->met * SPARSE < keywords)
        return status;
    if (keywords > t->room) {
        status = lede_budget_take(facets->budget, keywords * sizeof *t->dense);
        if (status == LEDE_OK &&
            !lede_arena_grow(facets->arena, &t->dense, &t->room, keywords,
                             sizeof *t->dense))
            status = lede_arena_status(facets->arena);
        if (status != LEDE_OK)
            return status;
    }
    memset(t->dense, 0, keywords * sizeof *t->dense);
    t->counted = keywords;
    return LEDE_OK;
}

/* ---- Counting ----------------------------------------------------------- */

/* Those of one bucket often come one after another. */
static lede_status count_bucket(lede_facet_tallies *t, int64_t second,
                                uint64_t count)
{
    if (t->pending == 0 || second < t->first || second > t->last) {
        lede_status status = LEDE_OK;

        if (t->pending > 0)
            status = count_some(t, lede_column_from_int(t->first), t->last,
                                t->pending);
        t->pending = 0;
        if (status != LEDE_OK)
            return status;
        lede_bucket_around(t->key->bucket, second, &t->first, &t->last);
    }
    t->pending += count;
    return LEDE_OK;
}

/* A number as it stands in the column. */
static lede_status count_stored(lede_facet_tallies *t, uint64_t number)
{
    if (t->counted > 0) {
        t->dense[number < t->counted ? number : t->counted - 1]++;
        return LEDE_OK;
    }
    if (t->key->bucket != LEDE_BUCKET_VALUE)
        return count_bucket(t, lede_column_to_int(number), 1);
    return count_some(t, lede_values_number_of(t->values, t->part, number), 0,
                      1);
}

/* Values of a document rise, so those that are equal, or of one bucket, stand
 * together. */
static bool is_new(const lede_facet_tallies *t, uint64_t former,
                   uint64_t number)
{
    int64_t second = lede_column_to_int(number);

    if (t->key->bucket == LEDE_BUCKET_VALUE)
        return lede_values_number_of(t->values, t->part, former) !=
               lede_values_number_of(t->values, t->part, number);
    return t->pending == 0 || second < t->first || second > t->last;
}

static lede_status count_document(lede_facet_tallies *t, uint32_t doc)
{
    const lede_segment_values *column = lede_values_column(t->values, t->part);
    lede_places places = lede_values_of(t->values, t->part, doc);
    lede_status status = LEDE_OK;
    uint64_t former = 0;

    for (uint32_t at = places.from; status == LEDE_OK && at < places.to; at++) {
        uint64_t number = lede_column_at(column->values, at);

        if (at == places.from || is_new(t, former, number))
            status = count_stored(t, number);
        former = number;
    }
    return status;
}

lede_status lede_facets_add(lede_facets *facets, uint32_t part, uint32_t doc)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++) {
        if (!facets->at[i].values)
            continue;
        status = prepare(&facets->at[i], facets, part, 1);
        if (status == LEDE_OK)
            status = count_document(&facets->at[i], doc);
        if (status == LEDE_OK)
            status = lede_budget_spend(facets->budget, 1);
    }
    return status;
}

/* ---- Windows ------------------------------------------------------------ */

/* So many documents of a block are read one by one. */
#define FEW 64U

/* Documents of a window whose values are of one block of the column. */
typedef struct stride {
    uint32_t base; /* of the window */
    uint32_t from; /* bits */
    uint32_t to;
    uint32_t count; /* of those that are set */
} stride;

static lede_status count_few(lede_facet_tallies *t, const stride *s,
                             const uint64_t *words)
{
    lede_status status = LEDE_OK;

    for (uint32_t bit = lede_window_next(words, s->from);
         status == LEDE_OK && bit < s->to;
         bit = lede_window_next(words, bit + 1))
        status = count_document(t, s->base + bit);
    return status;
}

/* Each document has one value. */
static lede_status count_block(lede_facet_tallies *t, const stride *s,
                               const uint64_t *words)
{
    const lede_column *column = lede_values_column(t->values, t->part)->values;
    uint64_t numbers[LEDE_COLUMN_BLOCK], min, max;
    lede_status status = LEDE_OK;

    if (t->key->bucket != LEDE_BUCKET_VALUE) {
        lede_column_bounds(column, s->base + s->from, &min, &max);
        status = count_bucket(t, lede_column_to_int(min), 0);
        if (status == LEDE_OK && lede_column_to_int(max) <= t->last)
            return count_bucket(t, lede_column_to_int(min), s->count);
    }
    lede_column_read(column, s->base + s->from, s->to - s->from, numbers);
    for (uint32_t bit = lede_window_next(words, s->from);
         status == LEDE_OK && bit < s->to;
         bit = lede_window_next(words, bit + 1))
        status = count_stored(t, numbers[bit - s->from]);
    return status;
}

/* The documents of a stride that the column has a value of, each its own. False
 * where that is not how it is made; damaged ones too. */
static bool has_values(const lede_facet_tallies *t, stride *s)
{
    const lede_segment_values *column = lede_values_column(t->values, t->part);
    uint32_t doc = s->base + s->from;
    lede_places places = lede_values_of(t->values, t->part, doc);

    if (column->starts || places.from == places.to)
        return false;
    if (column->values->count - doc < s->to - s->from)
        s->to = s->from + column->values->count - doc;
    return true;
}

static lede_status count_window(lede_facet_tallies *t, uint32_t base,
                                const uint64_t *words)
{
    lede_status status = LEDE_OK;

    for (uint32_t at = 0; status == LEDE_OK && at < LEDE_WINDOW;
         at += LEDE_COLUMN_BLOCK) {
        stride s = { base, at, at + LEDE_COLUMN_BLOCK, 0 };

        for (uint32_t i = s.from / 64; i < s.to / 64; i++)
            s.count += (uint32_t)__builtin_popcountll(words[i]);
        if (s.count == 0)
            continue;
        status = s.count >= FEW && has_values(t, &s) ? count_block(t, &s, words)
                                                     : count_few(t, &s, words);
    }
    return status;
}

lede_status lede_facets_add_window(lede_facets *facets, uint32_t part,
                                   uint32_t base, const uint64_t *words,
                                   uint32_t count)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++) {
        if (!facets->at[i].values)
            continue;
        status = prepare(&facets->at[i], facets, part, count);
        if (status == LEDE_OK)
            status = count_window(&facets->at[i], base, words);
        if (status == LEDE_OK)
            status = lede_budget_spend(facets->budget, count);
    }
    return status;
}

/* ---- Joining ------------------------------------------------------------ */

static lede_status join_tallies(lede_tallies *into, const lede_tallies *from)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < from->count; i++) {
        lede_tally *tally;

        status = lede_tallies_find(into, from->at[i].number, &tally);
        if (status == LEDE_OK) {
            tally->last = from->at[i].last;
            tally->count += from->at[i].count;
            status = lede_budget_spend(into->budget, 1);
        }
    }
    return status;
}

lede_status lede_facets_join(lede_facets *facets, lede_facets *other)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++) {
        status = settle(&other->at[i]);
        if (status == LEDE_OK)
            status =
                join_tallies(&facets->at[i].tallies, &other->at[i].tallies);
    }
    return status;
}

void lede_facets_hurry(lede_facets *facets)
{
    facets->budget = NULL;
    for (uint32_t i = 0; i < facets->count; i++)
        facets->at[i].tallies.budget = NULL;
}

/* ---- Telling ------------------------------------------------------------ */

static bool by_number(const lede_tally *a, const lede_tally *b)
{
    return a->number < b->number;
}

static bool by_count(const lede_tally *a, const lede_tally *b)
{
    return a->count != b->count ? a->count > b->count : by_number(a, b);
}

static lede_status tell(lede_engine_facet *out, lede_facet_tallies *t,
                        lede_arena *arena)
{
    bool by_values = t->key->bucket == LEDE_BUCKET_VALUE;
    lede_status status = settle(t);
    lede_facet_count *counts;
    lede_value *values;
    uint32_t count;

    if (status == LEDE_OK)
        status = lede_tallies_order(
            &t->tallies, by_values ? by_count : by_number, t->key->limit);
    if (status != LEDE_OK)
        return status;
    count = t->tallies.count;
    counts = lede_arena_array(arena, count, sizeof *counts);
    values = lede_arena_array(arena, count, sizeof *values);
    if (!counts || !values)
        return lede_arena_status(arena);
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        const lede_tally *tally = &t->tallies.at[i];

        status = lede_values_value(t->values, tally->number, &values[i], arena);
        counts[i] = (lede_facet_count){ &values[i], tally->last, tally->count };
    }
    *out = (lede_engine_facet){ counts, count };
    return status;
}

lede_status lede_facets_end(lede_engine_results *results, lede_facets *facets,
                            lede_arena *arena)
{
    lede_engine_facet *out =
        lede_arena_array(arena, facets->count, sizeof *out);
    lede_status status = out ? LEDE_OK : lede_arena_status(arena);

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++)
        status = tell(&out[i], &facets->at[i], arena);
    results->facets = out;
    return status;
}
