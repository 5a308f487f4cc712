#include "native/segment/numbers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

/* Documents whose ordinals are turned round at a time: so many, or a part of
 * them all, for each time all ordinals are looked at. */
#define TURNED_LEAST 65536U
#define TURNED_SHARE 32U

void lede_values_init(lede_values *values, lede_dir *dir, const char *name,
                      const lede_allocator *allocator)
{
    lede_column_out_init(&values->values, dir, name, allocator);
    lede_column_out_init(&values->starts, dir, name, allocator);
    values->uneven = false;
}

void lede_values_fini(lede_values *values)
{
    lede_column_out_fini(&values->values);
    lede_column_out_fini(&values->starts);
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Documents up to `doc` start where the values so far end. */
static lede_status pad_starts(lede_values *values, uint32_t doc,
                              lede_error *err)
{
    uint32_t at = lede_column_out_count(&values->values);
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && lede_column_out_count(&values->starts) <= doc) {
        values->uneven |= lede_column_out_count(&values->starts) != at;
        status = lede_column_out_add(&values->starts, at, err);
    }
    return status;
}

lede_status lede_values_add(lede_values *values, uint32_t doc,
                            uint64_t *numbers, size_t count, lede_error *err)
{
    lede_status status = pad_starts(values, doc, err);

    if (count > 1)
        qsort(numbers, count, sizeof *numbers, by_number);
    for (size_t i = 0; i < count && status == LEDE_OK; i++)
        if (i == 0 || numbers[i] != numbers[i - 1])
            status = lede_column_out_add(&values->values, numbers[i], err);
    return status;
}

bool lede_values_are_even(const lede_values *values, uint32_t documents)
{
    return !values->uneven &&
           lede_column_out_count(&values->starts) == documents &&
           lede_column_out_count(&values->values) == documents;
}

lede_status lede_values_put(lede_values *values, uint32_t documents,
                            const lede_values_place *place, lede_error *err)
{
    bool even = lede_values_are_even(values, documents);
    lede_status status = LEDE_OK;

    if (lede_column_out_count(&values->values) == 0)
        return LEDE_OK;
    if (!even)
        status = pad_starts(values, documents, err);
    if (status == LEDE_OK)
        status = lede_column_out_put(&values->values, place->sections,
                                     place->values, place->field, err);
    if (status == LEDE_OK && !even)
        status = lede_column_out_put(&values->starts, place->sections,
                                     place->starts, place->field, err);
    return status;
}

uint64_t lede_values_memory(const lede_values *values)
{
    return lede_column_out_memory(&values->values) +
           lede_column_out_memory(&values->starts);
}

/* ---- By value ---- */

void lede_ordinals_out_init(lede_ordinals_out *out, lede_dir *dir,
                            const char *name, const lede_allocator *allocator)
{
    out->allocator = allocator;
    lede_tape_init(&out->docs, dir, name, allocator);
    lede_tape_init(&out->ordinals, dir, name, allocator);
}

void lede_ordinals_out_fini(lede_ordinals_out *out)
{
    lede_tape_fini(&out->docs);
    lede_tape_fini(&out->ordinals);
}

lede_status lede_ordinals_out_add(lede_ordinals_out *out, uint32_t doc,
                                  uint32_t ordinal, lede_error *err)
{
    lede_status status;

    if (out->docs.count == UINT32_MAX)
        return lede_fail_plain(err, LEDE_ERR_LIMIT);
    status = lede_tape_put(&out->docs, doc, err);
    return status == LEDE_OK ? lede_tape_put(&out->ordinals, ordinal, err)
                             : status;
}

/* Some of the documents, being turned round. */
typedef struct turn {
    uint32_t from;
    uint32_t n;
    uint32_t *ends;   /* of each one's in `values` */
    uint32_t *values; /* by document */
    size_t capacity;
    uint64_t *row; /* of one document */
    size_t row_capacity;
} turn;

/* Whether an ordinal is of a document of the turn. */
static inline bool is_in(const turn *t, uint32_t doc)
{
    return doc - t->from < t->n;
}

/* Sorts by document with a place for each: ordinals came rising, so they rise
 * in every document. */
static lede_status turn_some(const lede_ordinals_out *out, turn *t)
{
    uint32_t count = out->docs.count, sum = 0;

    memset(t->ends, 0, t->n * sizeof *t->ends);
    for (uint32_t i = 0; i < count; i++)
        if (is_in(t, out->docs.at[i]))
            t->ends[out->docs.at[i] - t->from]++;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t own = t->ends[i];

        t->ends[i] = sum;
        sum += own;
    }
    if (!lede_grow(out->allocator, &t->values, &t->capacity, sum,
                   sizeof *t->values))
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        if (is_in(t, out->docs.at[i]))
            t->values[t->ends[out->docs.at[i] - t->from]++] =
                out->ordinals.at[i];
    return LEDE_OK;
}

static lede_status put_turned(const lede_ordinals_out *out, turn *t,
                              lede_values *to, lede_error *err)
{
    uint32_t begin = 0;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < t->n && status == LEDE_OK; i++) {
        uint32_t n = t->ends[i] - begin;

        if (!lede_grow(out->allocator, &t->row, &t->row_capacity, n,
                       sizeof *t->row))
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
        for (uint32_t k = 0; k < n; k++)
            t->row[k] = t->values[begin + k];
        if (n > 0)
            status = lede_values_add(to, t->from + i, t->row, n, err);
        begin = t->ends[i];
    }
    return status;
}

static lede_status turn_all(lede_ordinals_out *out, uint32_t documents,
                            uint32_t step, lede_values *to, lede_error *err)
{
    turn t = { .ends = lede_alloc_array(out->allocator, step, sizeof *t.ends) };
    lede_status status =
        t.ends ? LEDE_OK : lede_fail_plain(err, LEDE_ERR_NOMEM);

    for (uint32_t from = 0; from < documents && status == LEDE_OK;
         from += t.n) {
        t.from = from;
        t.n = documents - from < step ? documents - from : step;
        status = lede_fail_plain(err, turn_some(out, &t));
        if (status == LEDE_OK)
            status = put_turned(out, &t, to, err);
    }
    lede_release(out->allocator, t.ends, step * sizeof *t.ends);
    lede_release(out->allocator, t.values, t.capacity * sizeof *t.values);
    lede_release(out->allocator, t.row, t.row_capacity * sizeof *t.row);
    return status;
}

lede_status lede_ordinals_out_end(lede_ordinals_out *out, uint32_t documents,
                                  lede_values *to, lede_error *err)
{
    uint32_t step = documents / TURNED_SHARE;
    lede_status status;

    if (out->docs.count == 0)
        return LEDE_OK;
    if (step < TURNED_LEAST)
        step = documents < TURNED_LEAST ? documents : TURNED_LEAST;
    status = lede_tape_end(&out->docs, err);
    if (status == LEDE_OK)
        status = lede_tape_end(&out->ordinals, err);
    return status == LEDE_OK ? turn_all(out, documents, step, to, err) : status;
}

uint64_t lede_ordinals_out_memory(const lede_ordinals_out *out)
{
    return lede_tape_memory(&out->docs) + lede_tape_memory(&out->ordinals);
}
