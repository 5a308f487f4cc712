/*
 * native/segment/form_sort.h - form keys and their words, brought into order.
 *
 *     lede_form_sort_new(&sort, dir, name, most_bytes, alloc);
 *     lede_form_sort_add(sort, kind, key, ordinal, &err);     in any order
 *     lede_form_sort_end(sort, &err);
 *     while (lede_form_sort_next(sort, &item))
 *         ... item.kind, item.key, item.ordinal
 *     lede_form_sort_free(sort);
 *
 * Errors    NOMEM, LIMIT beyond 4 GiB of keys in memory, those of the file.
 * Memory    24 bytes and the key for each, up to about `most_bytes`; the rest is
 *           in a file as those of native/segment/spool.h, and takes some 60
 *           bytes for each `most_bytes` of it.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_FORM_SORT_H
#define LEDE_NATIVE_SEGMENT_FORM_SORT_H

#include "base/bytes.h"
#include "native/segment/spool.h"

typedef struct lede_form_sort lede_form_sort;

/* As lede_spool_init. */
lede_status lede_form_sort_new(lede_form_sort **out, lede_dir *dir,
                               const char *name, uint64_t most_bytes,
                               const lede_allocator *allocator);
void lede_form_sort_free(lede_form_sort *sort); /* NULL is fine */

/* A key of 1 to 255 bytes. */
lede_status lede_form_sort_add(lede_form_sort *sort, uint8_t kind,
                               lede_bytes key, uint32_t ordinal,
                               lede_error *err);
lede_status lede_form_sort_end(lede_form_sort *sort, lede_error *err);

typedef struct lede_form_sorted {
    uint8_t kind;
    lede_bytes key; /* until it is freed */
    uint32_t ordinal;
} lede_form_sorted;

/* By kind, key, ordinal; false behind the last. */
bool lede_form_sort_next(lede_form_sort *sort, lede_form_sorted *item);

#endif
