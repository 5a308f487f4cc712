/*
 * native/codec/keys.h - the keys of a segment's articles, in order.
 *
 *     lede_keys_writer_init(&writer, alloc);
 *     for (each key)
 *         lede_keys_writer_add(&writer, key, &blocks);     drain it at will
 *     lede_keys_writer_end(&writer, &head, &blocks);
 *     lede_keys_writer_fini(&writer);
 *
 *     if (!lede_keys_open(&table, bytes, count))
 *         return LEDE_ERR_CORRUPT;
 *     status = lede_keys_find(&table, text, &rank);
 *     status = lede_keys_at(&table, rank, &key);          key.text, key.len
 *
 * Any key is read without the others of its block. Grammar in FORMAT.md, "Keys".
 *
 *     lede_keys_cursor_init(&cursor, &table);
 *     while (lede_keys_cursor_next(&cursor))
 *         ... cursor.rank, cursor.key
 *
 * Errors    NOT_FOUND, CORRUPT.
 * Memory    A writer holds two blocks of keys, and 8 bytes for each 32.
 * Threads   A table is frozen; it borrows its bytes.
 */
#ifndef LEDE_NATIVE_CODEC_KEYS_H
#define LEDE_NATIVE_CODEC_KEYS_H

#include "base/buffer.h"
#include "lede/writer.h"

#define LEDE_KEYS_BLOCK 32U

/* ---- Writing ---- */

typedef struct lede_keys_writer {
    lede_buffer texts; /* of the block being filled */
    size_t ends[LEDE_KEYS_BLOCK];
    lede_buffer coded; /* what is written of them */
    uint32_t n;
    uint32_t count;  /* of all keys */
    uint64_t offset; /* of the block among blocks */
    lede_buffer offsets;
} lede_keys_writer;

void lede_keys_writer_init(lede_keys_writer *writer,
                           const lede_allocator *allocator);
void lede_keys_writer_fini(lede_keys_writer *writer);

/* What it holds, in bytes. */
uint64_t lede_keys_writer_memory(const lede_keys_writer *writer);

/* Keys rise strictly, each of 1 to LEDE_KEY_MAX bytes. A block that is full is
 * appended to `blocks`. */
lede_status lede_keys_writer_add(lede_keys_writer *writer, lede_bytes key,
                                 lede_buffer *blocks);

/* Appends the last block, and what stands before all of them. */
lede_status lede_keys_writer_end(lede_keys_writer *writer, lede_buffer *head,
                                 lede_buffer *blocks);

/* ---- Reading ---- */

typedef struct lede_keys {
    lede_bytes bytes;
    uint32_t count;
} lede_keys;

typedef struct lede_key {
    uint32_t len;
    uint8_t text[LEDE_KEY_MAX];
} lede_key;

static inline lede_bytes lede_key_bytes(const lede_key *key)
{
    return lede_bytes_of(key->text, key->len);
}

/* Appends all of a few keys, as a writer does. */
void lede_keys_write(lede_buffer *out, const lede_bytes *keys, uint32_t count);

bool lede_keys_open(lede_keys *table, lede_bytes bytes, uint32_t count);

/* How many keys stand before this one. */
lede_status lede_keys_find(const lede_keys *table, lede_bytes text,
                           uint32_t *rank);

/* The key of a rank below the count. */
lede_status lede_keys_at(const lede_keys *table, uint32_t rank, lede_key *key);

/* Reads one key after another. */
typedef struct lede_keys_cursor {
    const lede_keys *table;
    lede_bytes key; /* at hand */
    uint32_t rank;  /* of it */
    uint32_t next;
    bool broken;
    lede_key room[2]; /* of it and of the one before */
} lede_keys_cursor;

void lede_keys_cursor_init(lede_keys_cursor *cursor, const lede_keys *table);

/* False behind the last key, and where keys are broken. */
bool lede_keys_cursor_next(lede_keys_cursor *cursor);

#endif
