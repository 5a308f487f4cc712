/*
 * native/match/facets.h - how many matches have each value of a field.
 *
 *     lede_facets_init(&facets, snapshot, search, arena, err);
 *     lede_facets_add(&facets, part, doc);
 *     lede_facets_end(&results, &facets, out);
 *
 * Keywords of a part of which many documents match are counted by their place
 * among its keywords, and given to the tallies of the snapshot once.
 *
 * Memory    Works in one arena; counts live in another.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_FACETS_H
#define LEDE_NATIVE_MATCH_FACETS_H

#include "native/match/tally.h"
#include "native/match/values.h"
#include "native/match/window.h"

typedef struct lede_facet_tallies {
    const lede_facet_key *key;
    lede_values *values;  /* NULL: no document has any */
    lede_tallies tallies; /* `last`: of the bucket */

    /* ---- Private: what is not in the tallies yet ---- */
    uint32_t part;    /* that was counted in last ... */
    uint64_t met;     /* ... and how many of its matches */
    uint32_t *dense;  /* by place among the part's keywords */
    size_t room;      /* of dense */
    uint64_t counted; /* places of dense that count; 0: it is not in use */
    int64_t first;    /* a bucket ... */
    int64_t last;
    uint64_t pending; /* ... and what has been counted of it */
} lede_facet_tallies;

typedef struct lede_facets {
    lede_facet_tallies *at;
    uint32_t count;
    lede_budget *budget;
    lede_arena *arena;
} lede_facets;

lede_status lede_facets_init(lede_facets *facets,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_search *search,
                             lede_arena *arena, lede_error *err);

/* Counts a match. */
lede_status lede_facets_add(lede_facets *facets, uint32_t part, uint32_t doc);

/* Counts `count` matches: the documents base + i whose bit i is set. */
lede_status lede_facets_add_window(lede_facets *facets, uint32_t part,
                                   uint32_t base, const uint64_t *words,
                                   uint32_t count);

/* Adds what another has counted for the same search. */
lede_status lede_facets_join(lede_facets *facets, lede_facets *other);

/* Time is over: what comes now is to end with what there is. */
void lede_facets_hurry(lede_facets *facets);

/* Fills in the results' facets. */
lede_status lede_facets_end(lede_engine_results *results, lede_facets *facets,
                            lede_arena *arena);

#endif
