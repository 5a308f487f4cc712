/*
 * text/memo.h - the terms of the words seen last, by how they were written.
 *
 *     lede_memo_init(&memo, alloc);
 *     slot = lede_memo_find(&memo, word, hash);
 *     if (!slot)
 *         lede_memo_put(&memo, word, hash, term, term_hash, capital);
 *     lede_memo_fini(&memo);
 *
 * A cache of two places for each word, the newer first; a cache line for each
 * place. It begins with nothing, grows with what is put in and stays below
 * LEDE_MEMO_BYTES. What does not fit in a line is not kept.
 *
 * Errors    None: without memory it keeps less.
 * Memory    A slot is borrowed until the next put.
 * Threads   Confined.
 */
#ifndef LEDE_TEXT_MEMO_H
#define LEDE_TEXT_MEMO_H

#include "base/bytes.h"
#include "lede/alloc.h"

#define LEDE_MEMO_BYTES ((size_t)4 << 20)

typedef struct lede_memo_slot {
    uint32_t check;   /* high half of the word's hash */
    uint32_t place;   /* low half: where it belongs */
    uint32_t hash;    /* of the term */
    uint8_t word_len; /* 0: free */
    uint8_t capital;  /* of the word's first character */
    /* Where in `text` the term is: behind the word, or the word itself. */
    uint8_t term_at;
    uint8_t term_len;
    char text[64 - 16];
} lede_memo_slot;

typedef struct lede_memo {
    lede_memo_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    const lede_allocator *allocator;
} lede_memo;

void lede_memo_init(lede_memo *memo, const lede_allocator *allocator);
void lede_memo_fini(lede_memo *memo);

/* `hash` is a good one of all bits of the word. NULL if it is not known. */
const lede_memo_slot *lede_memo_find(const lede_memo *memo, lede_bytes word,
                                     uint64_t hash);

/* Keeps the term of a word that was not found. */
void lede_memo_put(lede_memo *memo, lede_bytes word, uint64_t hash,
                   lede_bytes term, uint32_t term_hash, bool capital);

#endif
