/*
 * native/index/outflow.h - what was taken in, told to a segment's writer.
 *
 *     bytes = lede_outflow_bytes(&intake, &table, fields, &load);
 *     ...
 *     lede_intake_end(&intake, &err);
 *     lede_outflow_write(&intake, &table, writer, schema, &err);
 *     lede_segment_writer_end(writer, sync, &made, &err);
 *
 * First the articles in their order, then the terms in theirs, each with its
 * postings.
 *
 * Errors    NOMEM, or those of the writer.
 * Memory    What lede_outflow_bytes says, with the writer's.
 */
#ifndef LEDE_NATIVE_INDEX_OUTFLOW_H
#define LEDE_NATIVE_INDEX_OUTFLOW_H

#include "native/index/intake.h"
#include "native/index/term_table.h"

/* What decides on memory, beside the intake and the table. */
typedef struct lede_outflow_load {
    uint32_t most;        /* occurrences of one term in one article, at most */
    uint64_t value_count; /* postings of whole values */
    uint64_t key_bytes;
} lede_outflow_load;

/* What writing and ending the segment take from the allocator, while articles
 * and terms are there too, for a schema of so many fields; 0 if there are no
 * articles. */
uint64_t lede_outflow_bytes(const lede_intake *intake,
                            const lede_term_table *table, uint32_t fields,
                            const lede_outflow_load *load);

/* Writes all but the end. The intake has ended and stays as it is; the table is
 * cleared, on failure too: form tables take its room. */
lede_status lede_outflow_write(const lede_intake *intake,
                               lede_term_table *table,
                               lede_segment_writer *writer,
                               const lede_schema *schema, lede_error *err);

#endif
