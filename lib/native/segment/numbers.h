/*
 * native/segment/numbers.h - numbers that are gathered until they become a
 * column.
 *
 *     lede_numbers_add(&numbers, alloc, value);
 *     lede_values_add(&values, alloc, doc, numbers, n);    documents rise
 *     lede_values_end(&values, alloc, documents, &column, &starts);
 *
 * Errors    NOMEM, and LIMIT beyond UINT32_MAX values of a field.
 */
#ifndef LEDE_NATIVE_SEGMENT_NUMBERS_H
#define LEDE_NATIVE_SEGMENT_NUMBERS_H

#include "native/codec/column.h"

typedef struct lede_numbers {
    uint64_t *at;
    size_t count;
    size_t capacity;
} lede_numbers;

lede_status lede_numbers_add(lede_numbers *numbers,
                             const lede_allocator *allocator, uint64_t value);
void lede_numbers_fini(lede_numbers *numbers, const lede_allocator *allocator);

/* The values of a field by document. */
typedef struct lede_values {
    lede_numbers values;
    lede_numbers starts; /* of documents up to the last one with values */
} lede_values;

/* Adds values of a document in any order; equal ones count once. `numbers` is
 * sorted here. A document comes once, above those before. */
lede_status lede_values_add(lede_values *values,
                            const lede_allocator *allocator, uint32_t doc,
                            uint64_t *numbers, size_t count);

/* Appends the column, and where the values of each document start unless each
 * has one. Neither if no document has values. */
lede_status lede_values_end(lede_values *values,
                            const lede_allocator *allocator, uint32_t documents,
                            lede_buffer *column, lede_buffer *starts);
void lede_values_fini(lede_values *values, const lede_allocator *allocator);
uint64_t lede_values_memory(const lede_values *values);

/* Values that come by value: documents of the first, then of the second. */
typedef struct lede_ordinals_out {
    struct lede_ordinal_pair *pairs;
    size_t count;
    size_t capacity;
} lede_ordinals_out;

lede_status lede_ordinals_out_add(lede_ordinals_out *out,
                                  const lede_allocator *allocator, uint32_t doc,
                                  uint32_t ordinal);

/* As lede_values_end, and empties it. */
lede_status lede_ordinals_out_end(lede_ordinals_out *out,
                                  const lede_allocator *allocator,
                                  uint32_t documents, lede_buffer *column,
                                  lede_buffer *starts);
void lede_ordinals_out_fini(lede_ordinals_out *out,
                            const lede_allocator *allocator);
uint64_t lede_ordinals_out_memory(const lede_ordinals_out *out);

#endif
