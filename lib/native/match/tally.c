#include "native/match/tally.h"

#define SLOTS_FIRST 64U

void lede_tallies_init(lede_tallies *tallies, lede_budget *budget,
                       lede_arena *arena)
{
    *tallies = (lede_tallies){ .budget = budget, .arena = arena };
}

static uint32_t slot_of(const lede_tallies *t, uint64_t number)
{
    uint64_t hash = number * 0x9E3779B97F4A7C15U;
    uint32_t at = (uint32_t)(hash >> 32) & (t->slot_count - 1);

    while (t->slots[at] && t->at[t->slots[at] - 1].number != number)
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

/* At most half full. */
static lede_status grow(lede_tallies *t)
{
    uint32_t slots = t->slot_count ? 2 * t->slot_count : SLOTS_FIRST;
    lede_status status =
        lede_budget_take(t->budget, slots * (sizeof *t->slots + sizeof *t->at));

    if (status == LEDE_OK)
        status = lede_budget_spend(t->budget, t->count);
    if (status != LEDE_OK)
        return status;
    if (t->count >= UINT32_MAX / 4)
        return LEDE_ERR_LIMIT;
    t->slots = lede_arena_array(t->arena, slots, sizeof *t->slots);
    if (!t->slots || !lede_arena_grow(t->arena, &t->at, &t->capacity, slots / 2,
                                      sizeof *t->at))
        return lede_arena_status(t->arena);
    t->slot_count = slots;
    for (uint32_t i = 0; i < t->count; i++)
        t->slots[slot_of(t, t->at[i].number)] = i + 1;
    return LEDE_OK;
}

lede_status lede_tallies_find(lede_tallies *tallies, uint64_t number,
                              lede_tally **tally)
{
    lede_tallies *t = tallies;
    uint32_t slot;

    if (2 * t->count >= t->slot_count) {
        lede_status status = grow(t);

        if (status != LEDE_OK)
            return status;
    }
    slot = slot_of(t, number);
    if (!t->slots[slot]) {
        t->at[t->count++] = (lede_tally){ .number = number };
        t->slots[slot] = t->count;
    }
    *tally = &t->at[t->slots[slot] - 1];
    return LEDE_OK;
}

/* ---- Order: a heap with the last of the first ones on top. --------------- */

static void swap(lede_tally *a, lede_tally *b)
{
    lede_tally kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_down(lede_tally *heap, uint32_t at, uint32_t count,
                      lede_tally_before *before)
{
    for (uint64_t child = 2 * (uint64_t)at + 1; child < count;
         child = 2 * child + 1) {
        if (child + 1 < count && before(&heap[child], &heap[child + 1]))
            child++;
        if (before(&heap[child], &heap[at]))
            return;
        swap(&heap[child], &heap[at]);
        at = (uint32_t)child;
    }
}

lede_status lede_tallies_order(lede_tallies *tallies, lede_tally_before *before,
                               uint32_t limit)
{
    lede_tallies *t = tallies;
    uint32_t kept = limit < t->count ? limit : t->count;
    lede_status status = LEDE_OK;

    for (uint32_t i = kept / 2; i > 0; i--)
        sift_down(t->at, i - 1, kept, before);
    for (uint32_t i = kept; kept > 0 && i < t->count && status == LEDE_OK;
         i++) {
        if (before(&t->at[i], &t->at[0])) {
            t->at[0] = t->at[i];
            sift_down(t->at, 0, kept, before);
        }
        status = lede_budget_spend(t->budget, 1);
    }
    for (uint32_t i = kept; i > 1 && status == LEDE_OK; i--) {
        swap(&t->at[0], &t->at[i - 1]);
        sift_down(t->at, 0, i - 1, before);
        status = lede_budget_spend(t->budget, 1);
    }
    t->count = kept;
    return status;
}
