/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/enquire.h - ask a query, and read the answer.
 *
 *     enquire = xapian_enquire_new(db, &err);
 *     xapian_enquire_query(enquire, query, &err);
 *     mset = xapian_enquire_run(enquire, &range, &err);
 *     for (size_t i = 0; i < xapian_mset_size(mset); i++)
 *         xapian_mset_item(mset, i, &item, &err);
 *
 * Memory    An enquiry keeps its database and query; a spy must live as long
 *           as the enquiry it was added to. Every free accepts NULL.
 * Threads   Confined, with its database.
 */
#ifndef XAPIAN_C_ENQUIRE_H
#define XAPIAN_C_ENQUIRE_H

#include "xapian-c/database.h"
#include "xapian-c/query.h"

typedef struct xapian_enquire xapian_enquire;
typedef struct xapian_mset xapian_mset;
typedef struct xapian_spy xapian_spy;

XAPIAN_C_API xapian_enquire *xapian_enquire_new(const xapian_database *db,
                                                xapian_error *err);
XAPIAN_C_API void xapian_enquire_free(xapian_enquire *enquire);

XAPIAN_C_API bool xapian_enquire_query(xapian_enquire *enquire,
                                       const xapian_query *query,
                                       xapian_error *err);

/* Weights of terms: BM25 (the default has 1, 0, 1, 0.5, 0.5), or none. */
typedef struct xapian_bm25 {
    double k1, k2, k3, b;
    double min_length; /* least normalised length */
} xapian_bm25;

XAPIAN_C_API bool xapian_enquire_bm25(xapian_enquire *enquire,
                                      const xapian_bm25 *rule,
                                      xapian_error *err);
XAPIAN_C_API bool xapian_enquire_boolean(xapian_enquire *enquire,
                                         xapian_error *err);

typedef enum xapian_order {
    XAPIAN_BY_WEIGHT = 0,
    XAPIAN_BY_VALUE,
    XAPIAN_BY_VALUE_THEN_WEIGHT,
    XAPIAN_BY_WEIGHT_THEN_VALUE
} xapian_order;

/* Values of `slot` rise, or fall if `falling`; a missing one is "". */
XAPIAN_C_API bool xapian_enquire_order(xapian_enquire *enquire,
                                       xapian_order order, uint32_t slot,
                                       bool falling, xapian_error *err);

/* What decides in the end: ids that rise, fall, or come as is quickest. */
typedef enum xapian_id_order {
    XAPIAN_IDS_RISE = 0,
    XAPIAN_IDS_FALL,
    XAPIAN_IDS_ANY
} xapian_id_order;

XAPIAN_C_API bool xapian_enquire_id_order(xapian_enquire *enquire,
                                          xapian_id_order order,
                                          xapian_error *err);

/* At most `most` documents of each value of a slot; 0: all. */
XAPIAN_C_API bool xapian_enquire_collapse(xapian_enquire *enquire,
                                          uint32_t slot, uint32_t most,
                                          xapian_error *err);

/* Leaves documents out below a share of the best weight, or below a weight. */
XAPIAN_C_API bool xapian_enquire_cutoff(xapian_enquire *enquire, int percent,
                                        double weight, xapian_error *err);

/* After so long the answer's counts are estimates; 0: never. Not on servers. */
XAPIAN_C_API bool xapian_enquire_time_limit(xapian_enquire *enquire,
                                            double seconds, xapian_error *err);

/* Counts the values of a slot in all documents that are looked at: with
 * check_at_least the number of all documents, in all that match. */
XAPIAN_C_API xapian_spy *xapian_spy_new(uint32_t slot, xapian_error *err);
XAPIAN_C_API void xapian_spy_free(xapian_spy *spy);
XAPIAN_C_API bool xapian_enquire_add_spy(xapian_enquire *enquire,
                                         xapian_spy *spy, xapian_error *err);

/* The values, in byte order; their documents are how many had each. */
XAPIAN_C_API xapian_terms *xapian_spy_values(const xapian_spy *spy,
                                             xapian_error *err);

typedef enum xapian_decision {
    XAPIAN_REJECT = 0,
    XAPIAN_ACCEPT = 1,
    XAPIAN_STOP = 2 /* the run fails with STOPPED */
} xapian_decision;

typedef struct xapian_run {
    uint32_t first;          /* items to pass over */
    uint32_t most;           /* items to return */
    uint32_t check_at_least; /* documents to look at before guessing */
    /* Asked about documents that would be in the answer; NULL: all are. Not on
     * servers. Must not use the database. */
    xapian_decision (*decide)(void *ctx, uint32_t id);
    void *ctx;
} xapian_run;

XAPIAN_C_API xapian_mset *xapian_enquire_run(const xapian_enquire *enquire,
                                             const xapian_run *run,
                                             xapian_error *err);
XAPIAN_C_API void xapian_mset_free(xapian_mset *mset);

XAPIAN_C_API size_t xapian_mset_size(const xapian_mset *mset);

/* How many match: between these two; equal where it is known. */
XAPIAN_C_API void xapian_mset_matches(const xapian_mset *mset, uint32_t *least,
                                      uint32_t *most);

typedef struct xapian_item {
    uint32_t id;
    uint32_t collapsed; /* at least so many behind it */
    double weight;
} xapian_item;

XAPIAN_C_API bool xapian_mset_item(const xapian_mset *mset, size_t at,
                                   xapian_item *item, xapian_error *err);

/* The value an item was ordered by, where the order has one. */
XAPIAN_C_API bool xapian_mset_value(const xapian_mset *mset, size_t at,
                                    xapian_string *value, xapian_error *err);

/* The document of an item, fetched with those around it. */
XAPIAN_C_API xapian_document *xapian_mset_document(const xapian_mset *mset,
                                                   size_t at,
                                                   xapian_error *err);

#endif
