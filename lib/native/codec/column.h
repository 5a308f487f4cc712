/*
 * native/codec/column.h - one number for each of many places, found at once.
 *
 *     lede_column_write(&buffer, values, count);
 *     ... or lede_column_writer_add for each, and lede_column_writer_end
 *     if (!lede_column_open(&column, bytes, count))
 *         return LEDE_ERR_CORRUPT;
 *     value = lede_column_at(&column, place);
 *
 * Blocks of 512 values in as many bits as their range needs, with their least
 * and greatest value. Grammar in FORMAT.md, "Columns of numbers".
 *
 * Errors    open checks all entries, so that reading never leaves the bytes;
 *           a value above its block's maximum reads as the maximum.
 * Threads   Frozen once open; it borrows its bytes.
 */
#ifndef LEDE_NATIVE_CODEC_COLUMN_H
#define LEDE_NATIVE_CODEC_COLUMN_H

#include "base/buffer.h"

#define LEDE_COLUMN_BLOCK 512U

typedef struct lede_column {
    lede_bytes bytes;
    lede_bytes entries;
    uint32_t count;
    bool narrow; /* numbers of at most 32 bits, without trends */
} lede_column;

/* Appends a column; the buffer's length before it is a multiple of 8. */
void lede_column_write(lede_buffer *out, const uint64_t *values,
                       uint32_t count);

/* A column whose values come one by one: full blocks are kept as they will be
 * stored. The caller may take them from `blocks`, whole, and count what was
 * taken: then they stand between head and tail. */
typedef struct lede_column_writer {
    uint32_t count;
    uint64_t taken;
    uint32_t held_count;
    uint64_t held[LEDE_COLUMN_BLOCK];
    lede_buffer blocks;
    lede_buffer entries;
} lede_column_writer;

void lede_column_writer_init(lede_column_writer *writer,
                             const lede_allocator *allocator);
void lede_column_writer_fini(lede_column_writer *writer);

/* NOMEM, and LIMIT beyond UINT32_MAX values. */
lede_status lede_column_writer_add(lede_column_writer *writer, uint64_t value);

/* As lede_column_write of all that was added, nothing of it taken; the writer
 * is empty then. */
void lede_column_writer_end(lede_column_writer *writer, lede_buffer *out);

/* Appends what stands before the blocks, and what stands behind those that were
 * taken. */
void lede_column_writer_split(lede_column_writer *writer, lede_buffer *head,
                              lede_buffer *tail);

/* The fewest bytes that a column of so many values can take. */
uint64_t lede_column_least(uint32_t count);

/* `count` is how many values there must be. */
bool lede_column_open(lede_column *column, lede_bytes bytes, uint32_t count);

/* Place below the count. */
uint64_t lede_column_at(const lede_column *column, uint32_t place);

/* Reads values from .. from + n - 1, all below the count. */
void lede_column_read(const lede_column *column, uint32_t from, uint32_t n,
                      uint64_t *values);

/* Reads the values of n places, which rise and are below the count; UINT32_MAX
 * stands for all above it, too. */
void lede_column_gather(const lede_column *column, const uint32_t *places,
                        uint32_t n, uint32_t *values);

/* The bounds of the block that holds a place. */
void lede_column_bounds(const lede_column *column, uint32_t place,
                        uint64_t *min, uint64_t *max);

/* Order-preserving numbers of values. */
uint64_t lede_column_from_int(int64_t number);
int64_t lede_column_to_int(uint64_t number);
uint64_t lede_column_from_double(double real);
double lede_column_to_double(uint64_t number);

#endif
