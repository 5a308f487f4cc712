#include "native/match/facets.h"

#include "base/error.h"
#include "engine/bucket.h"

lede_status lede_facets_init(lede_facets *facets,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_search *search,
                             lede_arena *arena, lede_error *err)
{
    lede_status status = LEDE_OK;

    *facets =
        (lede_facets){ .count = search->facet_count, .budget = search->budget };
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

/* ---- Counting ----------------------------------------------------------- */

static lede_status count_one(lede_facet_tallies *t, uint64_t number,
                             int64_t last)
{
    lede_tally *tally;
    lede_status status = lede_tallies_find(&t->tallies, number, &tally);

    if (status == LEDE_OK) {
        tally->last = last;
        tally->count++;
    }
    return status;
}

/* Values of a document rise, so those of one bucket stand together. */
static lede_status count_document(lede_facet_tallies *t, lede_facets *facets,
                                  uint32_t part, uint32_t doc)
{
    lede_places places = lede_values_of(t->values, part, doc);
    lede_status status = lede_budget_spend(facets->budget, 1);
    uint64_t former = 0;

    for (uint32_t at = places.from; status == LEDE_OK && at < places.to; at++) {
        uint64_t number = lede_values_at(t->values, part, at);
        int64_t first, last = 0;

        if (t->key->bucket != LEDE_BUCKET_VALUE) {
            lede_bucket_around(t->key->bucket, lede_column_to_int(number),
                               &first, &last);
            number = lede_column_from_int(first);
        }
        if (at == places.from || number != former)
            status = count_one(t, number, last);
        former = number;
    }
    return status;
}

lede_status lede_facets_add(lede_facets *facets, uint32_t part, uint32_t doc)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++)
        if (facets->at[i].values)
            status = count_document(&facets->at[i], facets, part, doc);
    return status;
}

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

    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++)
        status = join_tallies(&facets->at[i].tallies, &other->at[i].tallies);
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
    lede_status status = lede_tallies_order(
        &t->tallies, by_values ? by_count : by_number, t->key->limit);
    uint32_t count = t->tallies.count;
    lede_facet_count *counts = lede_arena_array(arena, count, sizeof *counts);
    lede_value *values = lede_arena_array(arena, count, sizeof *values);

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
