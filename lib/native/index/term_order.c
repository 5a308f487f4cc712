/*
 * native/index/term_order.c - a merge sort, for it has no bad case and libc's
 * takes memory of its own. The left half is moved aside to be merged.
 */
#include "native/index/term_order.h"

#include "base/alloc.h"

/* Below this, moving items one by one is quicker than merging. */
#define FEW 12U

static uint64_t first_of(const lede_term *term)
{
    uint64_t first = term->space;

    for (uint32_t i = 0; i < 6; i++)
        first = first << 8 | (i < term->len ? term->text[i] : 0);
    return first;
}

static bool stands_before(const lede_term_place *a, const lede_term_place *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    return lede_bytes_compare(lede_bytes_of(a->term->text, a->term->len),
                              lede_bytes_of(b->term->text, b->term->len)) < 0;
}

static void sort_few(lede_term_place *at, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        lede_term_place moved = at[i];
        uint32_t j = i;

        for (; j > 0 && stands_before(&moved, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = moved;
    }
}

/* `aside` has room for half of them. As deep as count has bits. */
static void sort(lede_term_place *at, uint32_t count, lede_term_place *aside)
{
    uint32_t half = count / 2, left = 0, right = half, out = 0;

    if (count <= FEW) {
        sort_few(at, count);
        return;
    }
    sort(at, half, aside);
    sort(at + half, count - half, aside);
    memcpy(aside, at, half * sizeof *at);
    while (left < half)
        if (right < count && stands_before(&at[right], &aside[left]))
            at[out++] = at[right++];
        else
            at[out++] = aside[left++];
}

static void list(lede_term_place *out, const lede_term_table *table)
{
    for (uint32_t p = 0; p < LEDE_TERM_TABLE_PARTS; p++) {
        const lede_term_part *part = &table->parts[p];

        for (uint32_t i = 0; i <= part->mask; i++)
            if (part->slots[i].ref) {
                out->term = lede_chunks_at(&table->chunks, part->slots[i].ref);
                out->first = first_of(out->term);
                out++;
            }
    }
}

lede_status lede_term_order_new(lede_term_order *order,
                                const lede_term_table *table,
                                const lede_allocator *allocator)
{
    uint32_t count = table->count;
    lede_term_place *terms = lede_alloc_array(allocator, count, sizeof *terms);
    lede_term_place *aside =
        lede_alloc_array(allocator, count / 2, sizeof *aside);

    if (terms && aside) {
        list(terms, table);
        sort(terms, count, aside);
        *order = (lede_term_order){ terms, count, allocator };
    }
    lede_release(allocator, aside, count / 2 * sizeof *aside);
    if (terms && aside)
        return LEDE_OK;
    lede_release(allocator, terms, count * sizeof *terms);
    return LEDE_ERR_NOMEM;
}

void lede_term_order_fini(lede_term_order *order)
{
    lede_release(order->allocator, order->terms,
                 order->count * sizeof *order->terms);
    *order = (lede_term_order){ .allocator = order->allocator };
}

uint64_t lede_term_order_bytes(uint32_t count)
{
    return ((uint64_t)count + count / 2) * sizeof(lede_term_place) + 2;
}
