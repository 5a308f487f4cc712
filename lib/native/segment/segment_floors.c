/*
 * native/segment/segment_floors.c - lengths of documents as a byte each, made
 * when first asked for.
 *
 * They form a list that only grows at its head, and only under the mutex; so it
 * is read without it.
 */
#include "base/alloc.h"
#include "native/segment/opened.h"

/* What is kept of one set of fields; `of` is what others see. */
struct lede_segment_floors_kept {
    lede_floors of;
    struct lede_segment_floors_kept *next;
    uint32_t count;
    uint32_t *fields;
    uint32_t *weights;
    uint8_t *floors;
};

typedef struct lede_segment_floors_kept kept;

static void free_one(const lede_segment *segment, kept *k)
{
    lede_release(segment->allocator, k->fields, k->count * sizeof *k->fields);
    lede_release(segment->allocator, k->weights, k->count * sizeof *k->weights);
    lede_release(segment->allocator, k->floors, segment->documents);
    lede_release(segment->allocator, k, sizeof *k);
}

void lede_segment_free_floors(const lede_segment *segment)
{
    kept *k =
        atomic_load_explicit(&segment->lazy->floors, memory_order_relaxed);

    while (k) {
        kept *next = k->next;

        free_one(segment, k);
        k = next;
    }
}

static const kept *find(const lede_segment *segment,
                        const lede_segment_mix *mix, uint32_t *others)
{
    const kept *k =
        atomic_load_explicit(&segment->lazy->floors, memory_order_acquire);

    for (*others = 0; k; k = k->next, ++*others)
        if (k->count == mix->count &&
            memcmp(k->fields, mix->fields, k->count * sizeof *k->fields) == 0 &&
            memcmp(k->weights, mix->weights, k->count * sizeof *k->weights) ==
                0)
            return k;
    return NULL;
}

/* Adds the weighted lengths of a field of a few documents. */
static void add_lengths(const lede_column *column, uint64_t weight,
                        uint32_t from, uint32_t n, uint64_t *sums)
{
    uint64_t lengths[LEDE_COLUMN_BLOCK];

    lede_column_read(column, from, n, lengths);
    for (uint32_t i = 0; i < n; i++)
        sums[i] += weight * lengths[i];
}

static void set_floors(kept *k, const uint64_t *sums, uint32_t from, uint32_t n)
{
    uint64_t before = UINT64_MAX;
    uint32_t floor = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (sums[i] / 256 != before) {
            before = sums[i] / 256;
            floor = lede_length_floor(before);
        }
        k->floors[from + i] = (uint8_t)floor;
        k->of.least = floor < k->of.least ? floor : k->of.least;
        k->of.most = floor > k->of.most ? floor : k->of.most;
    }
}

static lede_status fill(const lede_segment *segment, kept *k,
                        const lede_column **columns, lede_budget *budget,
                        lede_error *err)
{
    uint64_t sums[LEDE_COLUMN_BLOCK];

    for (uint32_t i = 0; i < k->count; i++) {
        lede_status status =
            lede_segment_lengths(segment, k->fields[i], &columns[i], err);

        if (status != LEDE_OK)
            return status;
    }
    k->of.least = LEDE_LENGTH_FLOORS - 1;
    for (uint32_t from = 0; from < segment->documents;
         from += LEDE_COLUMN_BLOCK) {
        uint32_t left = segment->documents - from;
        uint32_t n = left < LEDE_COLUMN_BLOCK ? left : LEDE_COLUMN_BLOCK;
        lede_status status = lede_budget_spend(budget, n);

        if (status != LEDE_OK)
            return status;
        memset(sums, 0, sizeof sums);
        for (uint32_t i = 0; i < k->count; i++)
            if (columns[i])
                add_lengths(columns[i], k->weights[i], from, n, sums);
        set_floors(k, sums, from, n);
    }
    return LEDE_OK;
}

static lede_status make(const lede_segment *segment,
                        const lede_segment_mix *mix, kept **out,
                        lede_budget *budget, lede_error *err)
{
    const lede_allocator *allocator = segment->allocator;
    kept *k = lede_alloc_zero(allocator, sizeof *k);
    const lede_column **columns =
        lede_alloc_array(allocator, mix->count, sizeof(const lede_column *));
    lede_status status = LEDE_ERR_NOMEM;

    if (k && columns) {
        k->count = mix->count;
        k->fields = lede_alloc_array(allocator, mix->count, sizeof *k->fields);
        k->weights =
            lede_alloc_array(allocator, mix->count, sizeof *k->weights);
        k->floors = lede_alloc(allocator, segment->documents);
        k->of.at = k->floors;
        if (k->fields && k->weights && k->floors) {
            memcpy(k->fields, mix->fields, mix->count * sizeof *k->fields);
            memcpy(k->weights, mix->weights, mix->count * sizeof *k->weights);
            status = fill(segment, k, columns, budget, err);
        }
    }
    lede_release(allocator, columns, mix->count * sizeof(const lede_column *));
    if (k && status != LEDE_OK) {
        free_one(segment, k);
        k = NULL;
    }
    *out = k;
    return status;
}

lede_status lede_segment_floors(const lede_segment *segment,
                                const lede_segment_mix *mix,
                                const lede_floors **floors, lede_budget *budget,
                                lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    uint32_t others;
    const kept *found = find(segment, mix, &others);
    kept *made = NULL;
    lede_status status;

    *floors = found ? &found->of : NULL;
    if (found || others >= LEDE_SEGMENT_MIXES)
        return LEDE_OK;
    status = make(segment, mix, &made, budget, err);
    if (status != LEDE_OK)
        return status;
    (void)pthread_mutex_lock(&lazy->mutex);
    found = find(segment, mix, &others);
    if (!found && others < LEDE_SEGMENT_MIXES) {
        made->next = atomic_load_explicit(&lazy->floors, memory_order_relaxed);
        atomic_store_explicit(&lazy->floors, made, memory_order_release);
        found = made;
        made = NULL;
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    if (made)
        free_one(segment, made);
    *floors = found ? &found->of : NULL;
    return LEDE_OK;
}
