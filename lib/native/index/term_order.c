/*
 * native/index/term_order.c - a radix sort in place, from the first byte on
 * (McIlroy, Bostic and McIlroy, Engineering Radix Sort, 1993), of what is kept
 * beside the places. What is equal in that is sorted by the records: a heap,
 * for it has no bad case and needs no memory either.
 */
#include "native/index/term_order.h"

#include "base/alloc.h"

/* Below this, moving items one by one is quicker. */
#define FEW 24U

#define FIRST_BYTES 8U

/* Records are brought into the cache before they are looked at. */
#define AHEAD 16U

typedef struct sorter {
    const lede_chunks *chunks;
    lede_term_place *at;
} sorter;

static const lede_term *term_at(const lede_chunks *chunks, uint32_t ref)
{
    return lede_chunks_at(chunks, ref);
}

static bool stands_before(const lede_chunks *chunks, lede_term_place a,
                          lede_term_place b)
{
    const lede_term *x, *y;

    if (a.first[0] != b.first[0])
        return a.first[0] < b.first[0];
    if (a.first[1] != b.first[1])
        return a.first[1] < b.first[1];
    x = term_at(chunks, a.ref);
    y = term_at(chunks, b.ref);
    return lede_bytes_compare(lede_bytes_of(x->text, x->len),
                              lede_bytes_of(y->text, y->len)) < 0;
}

static void sort_few(const sorter *s, uint32_t from, uint32_t count)
{
    lede_term_place *at = s->at + from;

    for (uint32_t i = 1; i < count; i++) {
        lede_term_place moved = at[i];
        uint32_t j = i;

        for (; j > 0 && stands_before(s->chunks, moved, at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = moved;
    }
}

/* Lets item i sink to where both below it stand before it. */
static void sink(const sorter *s, lede_term_place *heap, uint32_t count,
                 uint32_t i)
{
    lede_term_place moved = heap[i];

    for (;;) {
        uint32_t below = 2 * i + 1;

        if (below >= count)
            break;
        if (below + 1 < count &&
            stands_before(s->chunks, heap[below], heap[below + 1]))
            below++;
        if (!stands_before(s->chunks, moved, heap[below]))
            break;
        heap[i] = heap[below];
        i = below;
    }
    heap[i] = moved;
}

static void sort_heap(const sorter *s, uint32_t from, uint32_t count)
{
    lede_term_place *heap = s->at + from;

    for (uint32_t i = count / 2; i-- > 0;)
        sink(s, heap, count, i);
    while (count > 1) {
        lede_term_place last = heap[--count];

        heap[count] = heap[0];
        heap[0] = last;
        sink(s, heap, count, 0);
    }
}

static uint32_t byte_of(const lede_term_place *place, uint32_t byte)
{
    return place->first[byte / 4] >> (24 - byte % 4 * 8) & 255;
}

/* Moves items to where those of their byte stand: ends[b] is where those of b
 * and below end, counts[b] how many they are. */
static void permute(lede_term_place *at, uint32_t byte,
                    const uint32_t counts[256], const uint32_t ends[256])
{
    uint32_t next[256];

    for (uint32_t b = 0; b < 256; b++)
        next[b] = ends[b] - counts[b];
    for (uint32_t b = 0; b < 256; b++)
        while (next[b] < ends[b]) {
            lede_term_place moved = at[next[b]];
            uint32_t home = byte_of(&moved, byte);

            while (home != b) {
                lede_term_place other = at[next[home]];

                at[next[home]++] = moved;
                moved = other;
                home = byte_of(&moved, byte);
            }
            at[next[b]++] = moved;
        }
}

/* Sorts what is equal before `byte`: as deep as there are bytes. */
static void sort(const sorter *s, /* NOLINT(misc-no-recursion) */
                 uint32_t from, uint32_t count, uint32_t byte)
{
    uint32_t counts[256], ends[256], sum = 0, first;

    for (;;) {
        if (count <= FEW) {
            sort_few(s, from, count);
            return;
        }
        if (byte == FIRST_BYTES) {
            sort_heap(s, from, count);
            return;
        }
        memset(counts, 0, sizeof counts);
        for (uint32_t i = 0; i < count; i++)
            counts[byte_of(&s->at[from + i], byte)]++;
        first = byte_of(&s->at[from], byte);
        if (counts[first] < count)
            break;
        byte++;
    }
    for (uint32_t b = 0; b < 256; b++)
        ends[b] = sum += counts[b];
    permute(s->at + from, byte, counts, ends);
    for (uint32_t b = 0; b < 256; b++)
        if (counts[b] > 1)
            sort(s, from + ends[b] - counts[b], counts[b], byte + 1);
}

static lede_term_place place_of(const lede_chunks *chunks, uint32_t ref)
{
    const lede_term *term = term_at(chunks, ref);
    lede_term_place place = { { (uint32_t)term->space << 16, 0 }, ref };
    uint8_t bytes[6] = { 0 };

    memcpy(bytes, term->text, term->len < 6 ? term->len : 6);
    place.first[0] |= (uint32_t)bytes[0] << 8 | bytes[1];
    place.first[1] = (uint32_t)bytes[2] << 24 | (uint32_t)bytes[3] << 16 |
                     (uint32_t)bytes[4] << 8 | bytes[5];
    return place;
}

/* Each part's slots are of no use behind it. */
static void list(lede_term_place *out, lede_term_table *table)
{
    for (uint32_t p = 0; p < LEDE_TERM_TABLE_PARTS; p++) {
        const lede_term_part *part = &table->parts[p];

        for (uint32_t i = 0; i <= part->mask; i++) {
            uint32_t later = part->slots[(i + AHEAD) & part->mask].ref;

            if (later)
                __builtin_prefetch(lede_chunks_at(&table->chunks, later));
            if (part->slots[i].ref)
                *out++ = place_of(&table->chunks, part->slots[i].ref);
        }
        lede_term_table_forget(table, p);
    }
}

lede_status lede_term_order_new(lede_term_order *order, lede_term_table *table,
                                const lede_allocator *allocator)
{
    uint32_t count = table->count;
    lede_term_place *terms = lede_alloc_array(allocator, count, sizeof *terms);
    sorter s = { &table->chunks, terms };

    if (!terms)
        return LEDE_ERR_NOMEM;
    list(terms, table);
    sort(&s, 0, count, 0);
    *order = (lede_term_order){ terms, count, table, allocator };
    return LEDE_OK;
}

void lede_term_order_fini(lede_term_order *order)
{
    lede_release(order->allocator, order->terms,
                 order->count * sizeof *order->terms);
    *order = (lede_term_order){ .allocator = order->allocator };
}

uint64_t lede_term_order_bytes(uint32_t count)
{
    return (uint64_t)count * sizeof(lede_term_place) + 1;
}
