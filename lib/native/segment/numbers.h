/*
 * native/segment/numbers.h - values of a field, on their way to its columns.
 *
 *     lede_values_init(&values, dir, name, alloc);
 *     lede_values_add(&values, doc, numbers, n, &err);      documents rise
 *     lede_values_put(&values, documents, &place, &err);
 *     lede_values_fini(&values);
 *
 *     lede_ordinals_out_init(&ordinals, dir, name, alloc);
 *     for (each value, in order, and each document that has it)
 *         lede_ordinals_out_add(&ordinals, doc, value, &err);
 *     lede_ordinals_out_end(&ordinals, documents, &values, &err);
 *     lede_ordinals_out_fini(&ordinals);
 *
 * Errors    NOMEM, LIMIT beyond UINT32_MAX values of a field, those of the
 *           file.
 * Memory    As native/segment/column_out.h says of each column. Ordinals wait
 *           as those of native/segment/tape.h; to turn them round takes 256 KiB,
 *           or a bit for each document if that is more, and 4 bytes for each
 *           value of the documents that are turned at a time.
 */
#ifndef LEDE_NATIVE_SEGMENT_NUMBERS_H
#define LEDE_NATIVE_SEGMENT_NUMBERS_H

#include "native/segment/column_out.h"
#include "native/segment/tape.h"

/* The values of a field by document. */
typedef struct lede_values {
    lede_column_out values;
    lede_column_out starts; /* of documents up to the last one with values */
    bool uneven;            /* not each of those has one */
} lede_values;

/* As lede_spool_init. */
void lede_values_init(lede_values *values, lede_dir *dir, const char *name,
                      const lede_allocator *allocator);
void lede_values_fini(lede_values *values);

/* Adds values of a document in any order; equal ones count once. `numbers` is
 * sorted here. A document comes once, above those before. */
lede_status lede_values_add(lede_values *values, uint32_t doc,
                            uint64_t *numbers, size_t count, lede_error *err);

/* Where columns go. */
typedef struct lede_values_place {
    lede_section_writer *sections;
    lede_section_id values;
    lede_section_id starts;
    uint32_t field;
} lede_values_place;

/* Whether each of so many documents has one value. */
bool lede_values_are_even(const lede_values *values, uint32_t documents);

/* Writes the column, and where the values of each document start unless each
 * has one. Neither if no document has values. */
lede_status lede_values_put(lede_values *values, uint32_t documents,
                            const lede_values_place *place, lede_error *err);
uint64_t lede_values_memory(const lede_values *values);

/* Values that come by value: documents of the first, then of the second. */
typedef struct lede_ordinals_out {
    lede_tape docs;
    lede_tape ordinals;
    const lede_allocator *allocator;
} lede_ordinals_out;

void lede_ordinals_out_init(lede_ordinals_out *out, lede_dir *dir,
                            const char *name, const lede_allocator *allocator);
void lede_ordinals_out_fini(lede_ordinals_out *out);

lede_status lede_ordinals_out_add(lede_ordinals_out *out, uint32_t doc,
                                  uint32_t ordinal, lede_error *err);

/* Adds them to values, by document. It is to be ended then. */
lede_status lede_ordinals_out_end(lede_ordinals_out *out, uint32_t documents,
                                  lede_values *to, lede_error *err);
uint64_t lede_ordinals_out_memory(const lede_ordinals_out *out);

#endif
