#include "native/segment/numbers.h"

#include <stdlib.h>

#include "base/alloc.h"

lede_status lede_numbers_add(lede_numbers *numbers,
                             const lede_allocator *allocator, uint64_t value)
{
    if (!lede_grow(allocator, &numbers->at, &numbers->capacity,
                   numbers->count + 1, sizeof *numbers->at))
        return LEDE_ERR_NOMEM;
    numbers->at[numbers->count++] = value;
    return LEDE_OK;
}

void lede_numbers_fini(lede_numbers *numbers, const lede_allocator *allocator)
{
    lede_release(allocator, numbers->at,
                 numbers->capacity * sizeof *numbers->at);
    *numbers = (lede_numbers){ 0 };
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Documents up to `doc` start where the values so far end. */
static lede_status pad_starts(lede_values *values,
                              const lede_allocator *allocator, uint32_t doc)
{
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && values->starts.count <= doc)
        status =
            lede_numbers_add(&values->starts, allocator, values->values.count);
    return status;
}

lede_status lede_values_add(lede_values *values,
                            const lede_allocator *allocator, uint32_t doc,
                            uint64_t *numbers, size_t count)
{
    lede_status status = pad_starts(values, allocator, doc);

    if (count > UINT32_MAX - values->values.count)
        return LEDE_ERR_LIMIT;
    if (count > 1)
        qsort(numbers, count, sizeof *numbers, by_number);
    for (size_t i = 0; i < count && status == LEDE_OK; i++)
        if (i == 0 || numbers[i] != numbers[i - 1])
            status = lede_numbers_add(&values->values, allocator, numbers[i]);
    return status;
}

/* `starts` has documents + 1 numbers. */
static lede_status write_values(const lede_numbers *values,
                                const uint64_t *starts, uint32_t documents,
                                lede_buffer *column, lede_buffer *starts_out)
{
    bool one_each = values->count == documents;

    if (values->count == 0)
        return LEDE_OK;
    for (uint32_t doc = 0; doc < documents && one_each; doc++)
        one_each = starts[doc] == doc;
    lede_column_write(column, values->at, (uint32_t)values->count);
    if (!one_each)
        lede_column_write(starts_out, starts, documents + 1);
    return column->status == LEDE_OK ? starts_out->status : column->status;
}

lede_status lede_values_end(lede_values *values,
                            const lede_allocator *allocator, uint32_t documents,
                            lede_buffer *column, lede_buffer *starts)
{
    lede_status status = pad_starts(values, allocator, documents);

    if (status != LEDE_OK)
        return status;
    return write_values(&values->values, values->starts.at, documents, column,
                        starts);
}

void lede_values_fini(lede_values *values, const lede_allocator *allocator)
{
    lede_numbers_fini(&values->values, allocator);
    lede_numbers_fini(&values->starts, allocator);
}

uint64_t lede_values_memory(const lede_values *values)
{
    return (values->values.capacity + values->starts.capacity) *
           sizeof(uint64_t);
}

/* ---- By value ---- */

struct lede_ordinal_pair {
    uint32_t doc;
    uint32_t ordinal;
};

lede_status lede_ordinals_out_add(lede_ordinals_out *out,
                                  const lede_allocator *allocator, uint32_t doc,
                                  uint32_t ordinal)
{
    if (out->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_grow(allocator, &out->pairs, &out->capacity, out->count + 1,
                   sizeof *out->pairs))
        return LEDE_ERR_NOMEM;
    out->pairs[out->count++] = (struct lede_ordinal_pair){ doc, ordinal };
    return LEDE_OK;
}

/* Sorts by document with a place for each: ordinals came rising, so they rise
 * in every document. */
static lede_status sort_pairs(const lede_ordinals_out *out, uint64_t *starts,
                              uint32_t documents, lede_numbers *values,
                              const lede_allocator *allocator)
{
    for (size_t i = 0; i < out->count; i++)
        starts[out->pairs[i].doc + 1]++;
    for (uint32_t doc = 0; doc < documents; doc++)
        starts[doc + 1] += starts[doc];
    if (!lede_grow(allocator, &values->at, &values->capacity, out->count,
                   sizeof *values->at))
        return LEDE_ERR_NOMEM;
    values->count = out->count;
    for (size_t i = 0; i < out->count; i++)
        values->at[starts[out->pairs[i].doc]++] = out->pairs[i].ordinal;
    /* Each start has moved to its end, which is the next one's start. */
    memmove(starts + 1, starts, documents * sizeof *starts);
    starts[0] = 0;
    return LEDE_OK;
}

lede_status lede_ordinals_out_end(lede_ordinals_out *out,
                                  const lede_allocator *allocator,
                                  uint32_t documents, lede_buffer *column,
                                  lede_buffer *starts)
{
    size_t size = ((size_t)documents + 1) * sizeof(uint64_t);
    uint64_t *places;
    lede_numbers values = { 0 };
    lede_status status;

    if (out->count == 0)
        return LEDE_OK;
    places = lede_alloc_zero(allocator, size);
    if (!places)
        return LEDE_ERR_NOMEM;
    status = sort_pairs(out, places, documents, &values, allocator);
    if (status == LEDE_OK)
        status = write_values(&values, places, documents, column, starts);
    lede_numbers_fini(&values, allocator);
    lede_release(allocator, places, size);
    out->count = 0;
    return status;
}

void lede_ordinals_out_fini(lede_ordinals_out *out,
                            const lede_allocator *allocator)
{
    lede_release(allocator, out->pairs, out->capacity * sizeof *out->pairs);
    *out = (lede_ordinals_out){ 0 };
}

uint64_t lede_ordinals_out_memory(const lede_ordinals_out *out)
{
    return out->capacity * sizeof *out->pairs;
}
