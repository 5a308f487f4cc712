/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/asking.h - one search under way: what its steps share.
 *
 *     mset = lede_xapian_ask(asking, query, &order, &run);
 *     ... lede_xapian_rows(asking, mset) ...
 *
 * Stopping  libxapian is watched by a decider, which it asks about each
 *           document that it would keep; servers cannot be watched.
 * Threads   Confined; the snapshot's mutex is held.
 */
#ifndef LEDE_XAPIAN_ASKING_H
#define LEDE_XAPIAN_ASKING_H

#include "xapian/index.h"
#include "xapian/translate.h"

typedef struct lede_xapian_asking {
    const lede_engine_snapshot *snapshot;
    const lede_engine_search *search;
    const lede_xapian_union *all;
    lede_xapian_translation translation;
    lede_arena *arena;   /* of the results */
    lede_arena *scratch; /* ends with the search */
    lede_error *err;
    uint32_t documents;
    bool watched;       /* the decider can be used, and has something to do */
    bool timed_out;     /* and what there is will do */
    lede_status status; /* the first failure */
} lede_xapian_asking;

/* How hits come: by weight if `scored`, then by a slot. */
typedef struct lede_xapian_asked_order {
    bool scored;
    uint32_t slot; /* UINT32_MAX: none */
    bool falling;
} lede_xapian_asked_order;

/* Keeps the first failure. */
lede_status lede_xapian_asking_fail(lede_xapian_asking *a, lede_status status);
lede_status lede_xapian_asking_fault(lede_xapian_asking *a,
                                     const xapian_error *fault);

/* NULL on failure. `spies` count the values of their slots. */
xapian_mset *lede_xapian_ask(lede_xapian_asking *a, const xapian_query *query,
                             const lede_xapian_asked_order *order,
                             uint32_t most, uint32_t check_at_least,
                             xapian_spy *const *spies, size_t spy_count);

/* ---- Values of articles: rows.c ----------------------------------------- */

typedef struct lede_xapian_row {
    const lede_engine_search *search; /* for who compares */
    uint32_t id;
    uint64_t points; /* may pass 32 bits where scores are inexact */
    uint64_t sequence;
    lede_bytes key; /* empty until it is needed */
    lede_value *values;
    lede_value group;
    uint32_t rank;
    bool hidden;
    uint64_t collapsed;
} lede_xapian_row;

typedef struct lede_xapian_rows {
    lede_xapian_row *at;
    size_t count;
} lede_xapian_rows;

/* A reader of slots for articles by rising id. */
typedef struct lede_xapian_slots lede_xapian_slots;

lede_xapian_slots *lede_xapian_slots_new(lede_xapian_asking *a);
void lede_xapian_slots_free(lede_xapian_slots *slots);

/* A slot's value, borrowed until the next call; empty without one. Ids never
 * go down. */
lede_bytes lede_xapian_slots_at(lede_xapian_slots *slots, uint32_t id,
                                uint32_t slot);

/* The items of an answer: ids and points. */
lede_xapian_rows lede_xapian_rows_of(lede_xapian_asking *a,
                                     const xapian_mset *mset);

/* Whether keys decide the order: asked for, or where shards may have the same
 * sequences. */
bool lede_xapian_needs_keys(const lede_xapian_asking *a);

/* Reads what order, collapse and recency need, for rows by rising id. */
void lede_xapian_rows_fill(lede_xapian_asking *a, lede_xapian_rows *rows);
void lede_xapian_rows_sort(lede_xapian_rows *rows);
void lede_xapian_rows_collapse(lede_xapian_asking *a, lede_xapian_rows *rows);

/* Whether a row stands behind search->after. */
bool lede_xapian_row_is_behind(const lede_xapian_row *row);

/* Up to `want` rows that are shown, as hits with all that they have. */
void lede_xapian_rows_page(lede_xapian_asking *a, const lede_xapian_rows *rows,
                           lede_engine_results *out);

/* ---- Counts: facets.c --------------------------------------------------- */

/* Counts matches, all if they are asked for, and facets. */
void lede_xapian_count(lede_xapian_asking *a, lede_engine_results *out);

#endif
