/*
 * native/segment/keys_out.h - the keys of a segment that is being written, as
 * they come in order.
 *
 *     lede_keys_out_init(&keys, dir, name, alloc);
 *     for (each key in order, and each document that has it, rising)
 *         lede_keys_out_add(&keys, key, doc, &err);
 *     lede_keys_out_put(&keys, &sections, documents, &err);
 *     lede_keys_out_fini(&keys);
 *
 * Errors    NOMEM, those of the file; CORRUPT from put where not each document
 *           has one key.
 * Memory    As native/segment/numbers.h says of ordinals; keys wait as spools
 *           do.
 */
#ifndef LEDE_NATIVE_SEGMENT_KEYS_OUT_H
#define LEDE_NATIVE_SEGMENT_KEYS_OUT_H

#include "native/codec/keys.h"
#include "native/segment/numbers.h"

typedef struct lede_keys_out {
    lede_keys_writer writer;
    lede_spool blocks;
    lede_buffer last; /* the key added last, */
    uint32_t doc;     /* and its document */
    lede_column_out documents;
    lede_ordinals_out ranks;
    lede_values by_document;
} lede_keys_out;

/* As lede_spool_init. */
void lede_keys_out_init(lede_keys_out *keys, lede_dir *dir, const char *name,
                        const lede_allocator *allocator);
void lede_keys_out_fini(lede_keys_out *keys);

lede_status lede_keys_out_add(lede_keys_out *keys, lede_bytes key, uint32_t doc,
                              lede_error *err);

/* Writes keys, their ranks by document and their documents by rank. */
lede_status lede_keys_out_put(lede_keys_out *keys,
                              lede_section_writer *sections, uint32_t documents,
                              lede_error *err);

uint64_t lede_keys_out_memory(const lede_keys_out *keys);

/* Adds keys that stand one behind the other, by document, in order; takes 16
 * bytes for each. */
lede_status lede_keys_out_sort(lede_keys_out *keys, const uint8_t *texts,
                               const uint16_t *lengths, uint32_t documents,
                               const lede_allocator *allocator,
                               lede_error *err);

#endif
