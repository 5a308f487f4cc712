/*
 * native/index/term_table.h - the terms of articles in memory, found by hash.
 *
 *     hash = lede_term_hash(space, batch->hash[i]);
 *     lede_term_table_prefetch(&table, hash);
 *     ...
 *     term = lede_term_table_guess(&table, hash);
 *     ...
 *     if (!lede_term_is_roomy(term, space, text))
 *         term = lede_term_table_put(&table, hash, space, text);
 *
 * A term is one record: its numbers, its bytes, and behind them the first bytes
 * of its postings, so that a rare term is one or two lines of cache. The table
 * is open addressing in parts that grow one by one: growing needs little room
 * besides, and stops nobody for long.
 *
 * Errors    NULL when memory ran out; the table is as before.
 * Memory    Lives in the caller's storage; the records lie in its chunks and
 *           stay where they are.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_TERM_TABLE_H
#define LEDE_NATIVE_INDEX_TERM_TABLE_H

#include "native/index/chunks.h"
#include "text/token.h"

#define LEDE_TERM_TABLE_PARTS 64U

/* `last` of a stream that nobody has written. */
#define LEDE_TERM_NO_DOC UINT32_MAX

/* stream.last is the last document, stream.seen whether it was seen as a name.
 */
typedef struct lede_term {
    lede_stream stream;
    uint32_t position; /* the last one in the last document */
    uint16_t space;
    uint16_t len;
    uint8_t text[];
} lede_term;

typedef struct lede_term_slot {
    uint32_t hash;
    uint32_t ref; /* 0: free */
} lede_term_slot;

typedef struct lede_term_part {
    lede_term_slot *slots;
    uint32_t mask; /* a power of two less 1 */
    uint32_t count;
} lede_term_part;

typedef struct lede_term_table {
    lede_term_part parts[LEDE_TERM_TABLE_PARTS];
    lede_chunks chunks; /* of records and streams */
    uint64_t slot_bytes;
    uint32_t count;
    const lede_allocator *allocator;
} lede_term_table;

/* NOMEM leaves nothing behind. */
bool lede_term_table_init(lede_term_table *table,
                          const lede_allocator *allocator);
void lede_term_table_fini(lede_term_table *table);
void lede_term_table_clear(lede_term_table *table);

/* Empties the slots of one part and gives back their memory: its terms are not
 * found any more, though their records stay until a clear. */
void lede_term_table_forget(lede_term_table *table, uint32_t part);
uint64_t lede_term_table_bytes(const lede_term_table *table);

/* Of a term in a space, from the low half of the XXH3 of its bytes. */
static inline uint32_t lede_term_hash(uint32_t space, uint32_t hash)
{
    return hash ^ space * 0x9E3779B1U;
}

/* Of a term whose own hash is not at hand. */
uint32_t lede_term_hash_bytes(uint32_t space, lede_bytes text);

static inline const lede_term_part *lede_term_part_of(
    const lede_term_table *table, uint32_t hash)
{
    return &table->parts[hash >> 26];
}

static inline void lede_term_table_prefetch(const lede_term_table *table,
                                            uint32_t hash)
{
    const lede_term_part *part = lede_term_part_of(table, hash);

    __builtin_prefetch(&part->slots[hash & part->mask]);
}

/* The first term of that hash, or `other` if there is none: does not look at
 * the record. */
static inline lede_term *lede_term_table_guess(const lede_term_table *table,
                                               uint32_t hash, lede_term *other)
{
    const lede_term_part *part = lede_term_part_of(table, hash);
    uint32_t i = hash & part->mask;

    while (part->slots[i].ref && part->slots[i].hash != hash)
        i = (i + 1) & part->mask;
    return part->slots[i].ref
               ? (lede_term *)lede_chunks_at(&table->chunks, part->slots[i].ref)
               : other;
}

/* As memcmp, for the few bytes of most words: the call would cost more. */
static inline bool lede_term_same(const uint8_t *a, const uint8_t *b,
                                  size_t len)
{
    uint64_t x, y, v, w;
    uint32_t p, q, r, s;

    if (len > 16)
        return memcmp(a, b, len) == 0;
    if (len >= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        memcpy(&v, a + len - 8, 8);
        memcpy(&w, b + len - 8, 8);
        return ((x ^ y) | (v ^ w)) == 0;
    }
    if (len >= 4) {
        memcpy(&p, a, 4);
        memcpy(&q, b, 4);
        memcpy(&r, a + len - 4, 4);
        memcpy(&s, b + len - 4, 4);
        return ((p ^ q) | (r ^ s)) == 0;
    }
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] &&
                        a[len - 1] == b[len - 1]);
}

static inline bool lede_term_is(const lede_term *term, uint32_t space,
                                lede_bytes text)
{
    return term->len == text.len && term->space == space &&
           lede_term_same(term->text, text.at, text.len);
}

/* The same where LEDE_TERM_ROOM bytes of the text may be read, as in a batch and
 * in a record: without branches on the length, for one that is missed costs more
 * than the comparison. */
static inline bool lede_term_is_roomy(const lede_term *term, uint32_t space,
                                      lede_bytes text)
{
    static const uint8_t masks[2 * LEDE_TERM_ROOM] = {
        255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255,
    };
    uint32_t len = (uint32_t)text.len;
    uint64_t a[2], b[2], m[2];

    if (text.len > LEDE_TERM_ROOM)
        return lede_term_is(term, space, text);
    memcpy(a, term->text, sizeof a);
    memcpy(b, text.at, sizeof b);
    memcpy(m, masks + LEDE_TERM_ROOM - len, sizeof m);
    return (((a[0] ^ b[0]) & m[0]) | ((a[1] ^ b[1]) & m[1]) |
            (term->len ^ len) | (term->space ^ space)) == 0;
}

/* The record of a term of at most LEDE_KEYWORD_MAX bytes, made if there was none:
 * then stream.last is LEDE_TERM_NO_DOC and the stream is empty. */
lede_term *lede_term_table_put(lede_term_table *table, uint32_t hash,
                               uint32_t space, lede_bytes text);

/* Forgets a term; its record is for whoever undoes the chunks. */
void lede_term_table_remove(lede_term_table *table, const lede_term *term);

/* Bytes behind which most terms and the beginnings of their streams end. */
#define LEDE_TERM_USUAL 40U

/* Brings the first lines of a record into the cache. */
static inline void lede_term_prefetch(const lede_term *term)
{
    __builtin_prefetch(term);
    __builtin_prefetch((const uint8_t *)term + LEDE_TERM_USUAL);
}

/* The same for the first chunk behind the record, once that is there. */
void lede_term_prefetch_stream(const lede_term_table *table,
                               const lede_term *term);

/* Reads what a term's stream holds. */
void lede_term_open(lede_stream_reader *reader, const lede_term_table *table,
                    const lede_term *term);

#endif
