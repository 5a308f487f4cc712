/*
 * native/segment/column_out.h - a column of a segment that is being written, as
 * its numbers come.
 *
 *     lede_column_out_init(&column, dir, name, alloc);
 *     for (each document)
 *         lede_column_out_add(&column, number, &err);
 *     lede_column_out_put(&column, &sections, id, field, &err);
 *     lede_column_out_fini(&column);
 *
 * Errors    NOMEM, LIMIT beyond UINT32_MAX numbers, those of the file.
 * Memory    Numbers are packed as they come; beyond 32 KiB of them they wait in
 *           a file, as those of native/segment/spool.h, and but for a bit for
 *           each two they take nothing more.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_COLUMN_OUT_H
#define LEDE_NATIVE_SEGMENT_COLUMN_OUT_H

#include "native/codec/column.h"
#include "native/segment/section_writer.h"

typedef struct lede_column_out {
    lede_column_writer writer;
    lede_spool blocks;
} lede_column_out;

/* As lede_spool_init. */
void lede_column_out_init(lede_column_out *column, lede_dir *dir,
                          const char *name, const lede_allocator *allocator);
void lede_column_out_fini(lede_column_out *column);

lede_status lede_column_out_add(lede_column_out *column, uint64_t number,
                                lede_error *err);

/* How many were added. */
static inline uint32_t lede_column_out_count(const lede_column_out *column)
{
    return column->writer.count;
}

/* Writes the section; the column is empty then, and holds no memory. */
lede_status lede_column_out_put(lede_column_out *column,
                                lede_section_writer *sections,
                                lede_section_id id, uint32_t field,
                                lede_error *err);

uint64_t lede_column_out_memory(const lede_column_out *column);

#endif
