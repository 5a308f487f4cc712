/*
 * native/index/term_order.h - the terms of a table by space, then bytes.
 *
 *     lede_term_order_new(&order, &table, alloc);
 *     for (i = 0; i < order.count; i++)
 *         ... lede_term_order_at(&order, i)
 *     lede_term_order_fini(&order);
 *
 * Terms are compared by their first bytes, which are kept beside the place of
 * the record, and only then by their records.
 *
 * Errors    NOMEM, and nothing to free.
 * Memory    Lives in the caller's storage and borrows the table, whose slots it
 *           gives back; lede_term_order_bytes is what it takes.
 */
#ifndef LEDE_NATIVE_INDEX_TERM_ORDER_H
#define LEDE_NATIVE_INDEX_TERM_ORDER_H

#include "lede/status.h"
#include "native/index/term_table.h"

/* In 32 bits each, for 12 bytes and not 16. */
typedef struct lede_term_place {
    uint32_t first[2]; /* two bytes of the space, six of the term */
    uint32_t ref;
} lede_term_place;

typedef struct lede_term_order {
    lede_term_place *terms;
    uint32_t count;
    const lede_term_table *table;
    const lede_allocator *allocator;
} lede_term_order;

/* The table finds nothing any more and only waits to be cleared; on failure it
 * is as before. */
lede_status lede_term_order_new(lede_term_order *order, lede_term_table *table,
                                const lede_allocator *allocator);
void lede_term_order_fini(lede_term_order *order);

static inline const lede_term *lede_term_order_at(const lede_term_order *order,
                                                  uint32_t i)
{
    return lede_chunks_at(&order->table->chunks, order->terms[i].ref);
}

/* What ordering so many terms takes from the allocator. */
uint64_t lede_term_order_bytes(uint32_t count);

#endif
