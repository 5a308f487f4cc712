/*
 * native/codec/forms_table.h - form keys, each with the words that have it.
 *
 *     lede_forms_table_writer_new(&writer, alloc);
 *     for (each kind, key and word, in that order)
 *         lede_forms_table_writer_add(writer, kind, key, ordinal, &forms);
 *     lede_forms_table_writer_end(writer, &forms, &index);
 *
 *     lede_forms_table_open(&table, forms, index);
 *     status = lede_forms_table_find(&table, kind, key, &ordinals);
 *     while (lede_ordinals_next(&ordinals, &ordinal))
 *
 * Grammar in FORMAT.md, "Forms".
 *
 * Errors    NOT_FOUND, CORRUPT; a block is checked when it is read.
 * Memory    A writer holds a block, and 9 bytes for each 32 keys. A table borrows
 *           its bytes.
 * Threads   A table is frozen, a writer confined.
 */
#ifndef LEDE_NATIVE_CODEC_FORMS_TABLE_H
#define LEDE_NATIVE_CODEC_FORMS_TABLE_H

#include "base/buffer.h"
#include "native/codec/column.h"
#include "native/codec/front.h"

#define LEDE_FORM_KEY_MAX 255U

/* ---- Writing ---- */

typedef struct lede_forms_table_writer lede_forms_table_writer;

lede_status lede_forms_table_writer_new(lede_forms_table_writer **out,
                                        const lede_allocator *allocator);
void lede_forms_table_writer_free(lede_forms_table_writer *writer);

/* Adds one word of a key, of 1 to LEDE_FORM_KEY_MAX bytes; kinds, keys of one,
 * words of one rise. What was added twice counts once. A block that is full is
 * appended to `forms`, which the caller may empty between calls. */
lede_status lede_forms_table_writer_add(lede_forms_table_writer *writer,
                                        uint8_t kind, lede_bytes key,
                                        uint32_t ordinal, lede_buffer *forms);

/* What the table leaves out of kind fold, because the dictionary shows it to who
 * has the key: joined terms (text/token.h) of a word, numbers with the commas of
 * thousands, words that end in 's. */
#define LEDE_FORMS_JOINED  1U
#define LEDE_FORMS_GROUPED 2U
#define LEDE_FORMS_OWNER   4U
#define LEDE_FORMS_ALL     7U

/* Notes that some of these were not added. */
void lede_forms_table_writer_leave_out(lede_forms_table_writer *writer,
                                       uint32_t left_out);

/* Appends the last block, and the index. */
lede_status lede_forms_table_writer_end(lede_forms_table_writer *writer,
                                        lede_buffer *forms, lede_buffer *index);

/* ---- Reading ---- */

typedef struct lede_forms_table {
    lede_bytes forms;
    lede_bytes kinds; /* of blocks */
    lede_bytes prefixes;
    lede_column offsets;
    uint32_t blocks;
    uint64_t keys;
    uint32_t left_out; /* LEDE_FORMS_ bits */
    /* Called before bytes of `forms` are read; NULL: they are verified. Set
     * after opening. */
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
} lede_forms_table;

/* Ordinals of one key, rising. */
typedef struct lede_ordinals {
    uint64_t next; /* the first, or the least that the next one can be */
    uint64_t left; /* of the key */
    bool begun;    /* the first was given */
    bool broken;   /* they ended early */

    /* Gaps of all keys of the block, from the one at hand on. */
    lede_bytes in;
    uint64_t unread;
    uint32_t n;
    uint32_t at;
    uint32_t gaps[LEDE_BLOCK_MAX];
} lede_ordinals;

bool lede_forms_table_open(lede_forms_table *table, lede_bytes forms,
                           lede_bytes index);

/* The words of a key. */
lede_status lede_forms_table_find(const lede_forms_table *table, uint8_t kind,
                                  lede_bytes key, lede_ordinals *ordinals);

/* The next one; false past the last. */
bool lede_ordinals_next(lede_ordinals *ordinals, uint32_t *ordinal);

/* Reads every block: calls `each` for every key (kind first) and its words.
 * CORRUPT where keys or words do not rise, or `each` returned false. */
lede_status lede_forms_table_walk(const lede_forms_table *table,
                                  bool (*each)(void *ctx, lede_bytes key,
                                               uint32_t ordinal),
                                  void *ctx);

#endif
