/*
 * support/tokens.h - tokens of an article, from words written by hand.
 *
 *     word_tokens tokens;
 *     word_tokens_init(&tokens, 5);              at most 5 a batch
 *     word_tokens_add(&tokens, 0, "the Iraq war | a second value");
 *     change.tokens = &tokens.source;
 *
 * Words stand between spaces:
 *
 *     iraq        a word
 *     Iraq        the same, seen as a CAPITAL
 *     _           a position without a word
 *     covid19/2   a joined term that spans 2 positions, where the word after
 *                 it stands
 *     |           LEDE_POSITION_GAP, as between two values
 */
#ifndef LEDE_TESTS_TOKENS_H
#define LEDE_TESTS_TOKENS_H

#include "engine/engine.h"

#define WORD_TOKENS_FIELDS_MAX 32

typedef struct word_tokens {
    lede_token_source source;
    struct {
        uint32_t field;
        const char *words; /* borrowed */
    } fields[WORD_TOKENS_FIELDS_MAX];
    uint32_t field_count;
    uint32_t at; /* of the fields */
    const char *cursor;
    uint32_t position;
    uint32_t per_batch;
    uint32_t fail_after; /* batches; then NOMEM. UINT32_MAX: never */
    lede_token_batch batch;
    char terms[LEDE_TOKENS_MAX][LEDE_TERM_BYTES_MAX];
} word_tokens;

void word_tokens_init(word_tokens *tokens, uint32_t per_batch);

/* Fields in rising order. */
void word_tokens_add(word_tokens *tokens, uint32_t field, const char *words);

/* The term that a word of this notation is; returns its length. */
size_t word_term(char term[LEDE_TERM_BYTES_MAX], const char *word, size_t len);

#endif
