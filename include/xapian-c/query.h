/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/query.h - queries as trees of terms and values.
 *
 *     parts[0] = xapian_query_term("embassy", 7, &err);
 *     parts[1] = xapian_query_range(slot, "2020", 4, "2021", 4, &err);
 *     query = xapian_query_join(XAPIAN_FILTER, parts, 2, 0, &err);
 *
 * Errors    A NULL query given to a call is an ARGUMENT error of that call, so
 *           a tree can be built without a check at each step.
 * Memory    A join copies its parts; they stay yours.
 * Threads   Confined, with all that it shares parts with.
 */
#ifndef XAPIAN_C_QUERY_H
#define XAPIAN_C_QUERY_H

#include "xapian-c/database.h"
#include "xapian-c/error.h"

typedef struct xapian_query xapian_query;

typedef enum xapian_operator {
    XAPIAN_AND = 0,
    XAPIAN_OR,
    XAPIAN_AND_NOT, /* the first without the others */
    XAPIAN_XOR,
    XAPIAN_AND_MAYBE, /* the first; weights of the others where they match */
    XAPIAN_FILTER,    /* as AND, with the weight of the first */
    XAPIAN_NEAR,      /* terms and ORs of terms, within `window` positions */
    XAPIAN_PHRASE,    /* the same, in order */
    XAPIAN_ELITE_SET, /* OR of the `window` best terms */
    XAPIAN_SYNONYM,   /* OR, weighed as one term */
    XAPIAN_MAX        /* OR, with the highest weight */
} xapian_operator;

XAPIAN_C_API xapian_query *xapian_query_term(const void *term, size_t len,
                                             xapian_error *err);
XAPIAN_C_API xapian_query *xapian_query_nothing(xapian_error *err);
XAPIAN_C_API xapian_query *xapian_query_everything(xapian_error *err);

/* Documents with a value in a slot from begin to end, both included, by bytes;
 * begin above end is nothing. Weight 0, as the two that follow. */
XAPIAN_C_API xapian_query *xapian_query_range(uint32_t slot, const void *begin,
                                              size_t begin_len, const void *end,
                                              size_t end_len,
                                              xapian_error *err);
XAPIAN_C_API xapian_query *xapian_query_at_least(uint32_t slot,
                                                 const void *begin, size_t len,
                                                 xapian_error *err);
XAPIAN_C_API xapian_query *xapian_query_at_most(uint32_t slot, const void *end,
                                                size_t len, xapian_error *err);

/* All documents, with one weight. */
XAPIAN_C_API xapian_query *xapian_query_fixed(double weight, xapian_error *err);

/* Documents of `db` by rising id, each with a weight of its own, 0 or more;
 * both arrays are copied. To be asked of `db`, of which no part may be on a
 * server: servers refuse it. */
XAPIAN_C_API xapian_query *xapian_query_weighted(const xapian_database *db,
                                                 const uint32_t *ids,
                                                 const double *weights,
                                                 size_t count,
                                                 xapian_error *err);

/* `window` counts for NEAR, PHRASE and ELITE_SET; 0: as many as parts. Of no
 * parts, nothing. */
XAPIAN_C_API xapian_query *xapian_query_join(xapian_operator op,
                                             xapian_query *const *parts,
                                             size_t count, uint32_t window,
                                             xapian_error *err);

/* The query with its weights times `factor`, 0 or more. */
XAPIAN_C_API xapian_query *xapian_query_scale(const xapian_query *query,
                                              double factor, xapian_error *err);
XAPIAN_C_API void xapian_query_free(xapian_query *query);

/* For people who debug. */
XAPIAN_C_API bool xapian_query_describe(const xapian_query *query,
                                        xapian_string *text, xapian_error *err);

#endif
