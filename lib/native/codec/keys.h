/*
 * native/codec/keys.h - the keys of a segment's articles, in order.
 *
 *     lede_keys_write(&buffer, keys, count);
 *     if (!lede_keys_open(&table, bytes, count))
 *         return LEDE_ERR_CORRUPT;
 *     status = lede_keys_find(&table, key, &rank);
 *     status = lede_keys_at(&table, rank, &front);      front.text, front.len
 *
 * Grammar in FORMAT.md, "Keys".
 *
 * Errors    NOT_FOUND, CORRUPT.
 * Threads   A table is frozen; it borrows its bytes.
 */
#ifndef LEDE_NATIVE_CODEC_KEYS_H
#define LEDE_NATIVE_CODEC_KEYS_H

#include "lede/status.h"
#include "native/codec/front.h"

typedef struct lede_keys {
    lede_bytes bytes;
    uint32_t count;
} lede_keys;

/* Appends keys, strictly rising, each of 1 to LEDE_FRONT_LEN_MAX bytes. */
void lede_keys_write(lede_buffer *out, const lede_bytes *keys, uint32_t count);

bool lede_keys_open(lede_keys *table, lede_bytes bytes, uint32_t count);

/* How many keys stand before this one. */
lede_status lede_keys_find(const lede_keys *table, lede_bytes key,
                           uint32_t *rank);

/* The key of a rank below the count. */
lede_status lede_keys_at(const lede_keys *table, uint32_t rank,
                         lede_front *front);

#endif
