/*
 * native/match/tally.h - how often each of some numbers was seen.
 *
 *     lede_tallies_init(&tallies, budget, arena);
 *     lede_tallies_find(&tallies, number, &tally);
 *     tally->count++;
 *     ...
 *     lede_tallies_order(&tallies, before, limit);     at[0 .. count)
 *
 * Errors    What the budget says, NOMEM, LIMIT.
 * Memory    Lives in the arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_TALLY_H
#define LEDE_NATIVE_MATCH_TALLY_H

#include "base/arena.h"
#include "base/budget.h"

typedef struct lede_tally {
    uint64_t number;
    int64_t last; /* for whoever counts */
    uint64_t count;
} lede_tally;

typedef struct lede_tallies {
    lede_tally *at;
    size_t capacity;
    uint32_t count;
    uint32_t *slots;     /* a hash table: 0, or a tally's place from 1 */
    uint32_t slot_count; /* a power of two, or 0 */
    lede_budget *budget; /* NULL: endless */
    lede_arena *arena;
} lede_tallies;

void lede_tallies_init(lede_tallies *tallies, lede_budget *budget,
                       lede_arena *arena);

/* The tally of a number, of 0 if it is new; borrowed until the next find. */
lede_status lede_tallies_find(lede_tallies *tallies, uint64_t number,
                              lede_tally **tally);

/* Whether one tally stands before another, in an order of all of them. */
typedef bool lede_tally_before(const lede_tally *a, const lede_tally *b);

/* Keeps only the first `limit` in an order, in that order. Nothing can be found
 * after that. */
lede_status lede_tallies_order(lede_tallies *tallies, lede_tally_before *before,
                               uint32_t limit);

#endif
