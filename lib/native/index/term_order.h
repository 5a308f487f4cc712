/*
 * native/index/term_order.h - the terms of a table by space, then bytes.
 *
 *     lede_term_order_new(&order, &table, alloc);
 *     for (i = 0; i < order.count; i++)
 *         ... order.terms[i].term
 *     lede_term_order_fini(&order);
 *
 * Terms are compared by their first bytes, which are kept beside the pointer,
 * and only then by their records.
 *
 * Errors    NOMEM, and nothing to free.
 * Memory    Lives in the caller's storage; lede_term_order_bytes is the most
 *           that making it takes.
 */
#ifndef LEDE_NATIVE_INDEX_TERM_ORDER_H
#define LEDE_NATIVE_INDEX_TERM_ORDER_H

#include "lede/status.h"
#include "native/index/term_table.h"

typedef struct lede_term_place {
    uint64_t first; /* two bytes of the space, six of the term */
    const lede_term *term;
} lede_term_place;

typedef struct lede_term_order {
    lede_term_place *terms;
    uint32_t count;
    const lede_allocator *allocator;
} lede_term_order;

lede_status lede_term_order_new(lede_term_order *order,
                                const lede_term_table *table,
                                const lede_allocator *allocator);
void lede_term_order_fini(lede_term_order *order);

/* What ordering so many terms takes from the allocator. */
uint64_t lede_term_order_bytes(uint32_t count);

#endif
