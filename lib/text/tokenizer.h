/*
 * text/tokenizer.h - from text to tokens: words, normal form, compounds,
 * bigrams.
 *
 *     lede_tokenizer_new(&tokenizer, words, alloc);
 *     lede_tokenizer_start(tokenizer, text, len, position, hints);
 *     while (lede_tokenizer_next(tokenizer, &batch))
 *         ...
 *     position = tokenizer->position + LEDE_POSITION_GAP;   the next value's
 *     lede_tokenizer_free(tokenizer);
 *
 * One tokenizer reads many texts and gets faster: a memo holds the term of
 * each surface form it has seen.
 *
 * Errors    A failure (NOMEM only) ends the text early and stays in `status`
 *           until the next start.
 * Memory    The text is borrowed until the stream ends or starts anew, the
 *           terms of a batch until the next call. The memo is bounded.
 * Threads   Confined.
 */
#ifndef LEDE_TEXT_TOKENIZER_H
#define LEDE_TEXT_TOKENIZER_H

#include "lede/analyzer.h"
#include "text/token.h"

typedef enum lede_tokenizer_hint {
    LEDE_TOKENIZER_NAMES = 1, /* mark capitals; not for German */
    LEDE_TOKENIZER_PLAIN = 2  /* the plain path: no ASCII path, no memo; for
                               * tests, which compare the two */
} lede_tokenizer_hint;

/* Counters are of the present text and grow as it is read. */
typedef struct lede_tokenizer {
    uint32_t position; /* that the next word would take */
    uint64_t words;    /* tokens that are not JOINED: the length of the text */
    uint64_t skipped;  /* words over LEDE_TERM_MAX bytes */
    uint64_t invalid_bytes; /* not UTF-8 */
    lede_status status;
} lede_tokenizer;

/* `words` has LEDE_WORDS_ bits. */
lede_status lede_tokenizer_new(lede_tokenizer **out, uint32_t words,
                               const lede_allocator *allocator);
void lede_tokenizer_free(lede_tokenizer *tokenizer);

/* Begins a text of less than 4 GiB, whose first word takes `position`. */
void lede_tokenizer_start(lede_tokenizer *tokenizer, const char *text,
                          size_t len, uint32_t position, uint32_t hints);

/* Fills the batch; false at the end, for ever, with the batch empty. */
bool lede_tokenizer_next(lede_tokenizer *tokenizer, lede_token_batch *batch);

/* Whether a text is one token, itself, flags or not, whatever words are cut by:
 * letters a to z alone, as most words of queries are. */
bool lede_tokenizer_is_plain(const char *text, size_t len);

#endif
