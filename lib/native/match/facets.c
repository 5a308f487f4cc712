#include "native/match/facets.h"

#include <stdlib.h>

#include "base/error.h"
#include "engine/bucket.h"

#define SLOTS_FIRST 64U

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
    for (uint32_t i = 0; i < facets->count; i++)
        facets->at[i].key = &search->facets[i];
    for (uint32_t i = 0; status == LEDE_OK && i < facets->count; i++)
        status = lede_values_open(&facets->at[i].values, snapshot,
                                  search->facets[i].field, search->budget,
                                  arena, err);
    return status;
}

/* ---- Counting ----------------------------------------------------------- */

static uint32_t slot_of(const lede_facet_tallies *t, uint64_t number)
{
    uint64_t hash = number * 0x9E3779B97F4A7C15U;
    uint32_t at = (uint32_t)(hash >> 32) & (t->slot_count - 1);

    while (t->slots[at] && t->tallies[t->slots[at] - 1].number != number)
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

/* At most half full. */
static lede_status grow(lede_facet_tallies *t, lede_facets *facets)
{
    uint32_t slots = t->slot_count ? 2 * t->slot_count : SLOTS_FIRST;
    lede_status status = lede_budget_take(
        facets->budget, slots * (sizeof *t->slots + sizeof *t->tallies));

    if (status != LEDE_OK)
        return status;
    if (t->count >= UINT32_MAX / 4)
        return LEDE_ERR_LIMIT;
    t->slots = lede_arena_array(facets->arena, slots, sizeof *t->slots);
    if (!t->slots || !lede_arena_grow(facets->arena, &t->tallies, &t->capacity,
                                      slots / 2, sizeof *t->tallies))
        return lede_arena_status(facets->arena);
    t->slot_count = slots;
    for (uint32_t i = 0; i < t->count; i++)
        t->slots[slot_of(t, t->tallies[i].number)] = i + 1;
    return LEDE_OK;
}

static lede_status count_one(lede_facet_tallies *t, lede_facets *facets,
                             uint64_t number, int64_t last)
{
    uint32_t slot;

    if (2 * t->count >= t->slot_count) {
        lede_status status = grow(t, facets);

        if (status != LEDE_OK)
            return status;
    }
    slot = slot_of(t, number);
    if (!t->slots[slot]) {
        t->tallies[t->count++] = (lede_tally){ number, last, 0 };
        t->slots[slot] = t->count;
    }
    t->tallies[t->slots[slot] - 1].count++;
    return LEDE_OK;
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
            status = count_one(t, facets, number, last);
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

/* ---- Telling ------------------------------------------------------------ */

static int by_number(const void *left, const void *right)
{
    const lede_tally *a = left, *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

static int by_count(const void *left, const void *right)
{
    const lede_tally *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return by_number(left, right);
}

static lede_status tell(lede_engine_facet *out, const lede_facet_tallies *t,
                        lede_arena *arena)
{
    uint32_t count = t->count < t->key->limit ? t->count : t->key->limit;
    lede_facet_count *counts = lede_arena_array(arena, count, sizeof *counts);
    lede_value *values = lede_arena_array(arena, count, sizeof *values);
    lede_status status = LEDE_OK;

    if (!counts || !values)
        return lede_arena_status(arena);
    if (t->count)
        qsort(t->tallies, t->count, sizeof *t->tallies,
              t->key->bucket == LEDE_BUCKET_VALUE ? by_count : by_number);
    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        const lede_tally *tally = &t->tallies[i];

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
