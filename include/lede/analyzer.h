/* SPDX-License-Identifier: MIT */
/*
 * lede/analyzer.h - how text becomes words.
 *
 *     while (lede_tokens_next(tokens))
 *         printf("%u %s\n", tokens->position, tokens->term);
 *     status = tokens->status;
 *
 * An index holds each word once, as it was written (NFKC, case-folded). What
 * else a word of a query finds is decided when it is asked: see LEDE_FORM_.
 * There is no tokenizer callback: any program must be able to read an index.
 *
 * Text is UTF-8. Bytes that are not break a word, are indexed as nothing and
 * counted; they are stored as given. NUL is a character like others. A word
 * whose normal form is over LEDE_TERM_MAX bytes is skipped and counted, and
 * keeps its position.
 */
#ifndef LEDE_ANALYZER_H
#define LEDE_ANALYZER_H

#include "lede/alloc.h"
#include "lede/status.h"

#define LEDE_TERM_MAX 200

/* By what a word may match. EXACT is always included, so 0 is free to mean
 * the default, which is all that the index keeps. */
typedef enum lede_form {
    LEDE_FORM_EXACT = 1, /* the word itself, any case */
    LEDE_FORM_FOLD = 2,  /* without accents: Muller, Mueller, Müller */
    LEDE_FORM_STEM = 4,  /* same stem: embassy, embassies; weighs 0.8 */
    LEDE_FORM_NAME = 8   /* same sound: Soleimani, Suleymany; names only */
} lede_form;

typedef enum lede_words {
    LEDE_WORDS_PLAIN = 1,       /* Unicode's word rules, not news tailoring */
    LEDE_WORDS_NO_COMPOUND = 2, /* covid-19 only as covid and 19 */
    LEDE_WORDS_NO_BIGRAM = 4    /* Han, Kana, Hangul by single characters */
} lede_words;

/*
 * `words` is fixed when an index is created. `forms` and `languages` can be
 * changed at any time with lede_writer_set_schema, without the articles: they
 * are tables beside the dictionary and are rebuilt from it at the commit.
 */
typedef struct lede_analyzer_options {
    uint32_t size;         /* sizeof this struct; the macro sets it */
    uint32_t words;        /* LEDE_WORDS_ bits */
    uint32_t forms;        /* LEDE_FORM_ bits to keep tables for; 0: all */
    const char *languages; /* to stem, ISO 639-1, by spaces; NULL: "en" */
} lede_analyzer_options;

#define LEDE_ANALYZER_OPTIONS                     \
    {                                             \
        sizeof(lede_analyzer_options), 0, 0, NULL \
    }

/* The words of one text. Confined. Fields change with each step. */
typedef struct lede_tokens {
    const char *term; /* normal form, with a NUL after it */
    size_t len;
    uint32_t position; /* compounds stand where their first part does */
    uint32_t span;     /* positions it covers: 1, more for a compound */
    uint64_t begin;    /* bytes of the text it was read from */
    uint64_t end;
    lede_status status; /* LEDE_OK, or why the stream ended early */
} lede_tokens;

/* Reads `text`, borrowed until lede_tokens_free. Starts before the first. */
LEDE_API lede_status lede_tokens_new(lede_tokens **out, const char *text,
                                     size_t len,
                                     const lede_analyzer_options *options,
                                     const lede_allocator *allocator);

/* Steps to the next word; false at the end, for ever. */
LEDE_API bool lede_tokens_next(lede_tokens *tokens);
LEDE_API void lede_tokens_free(lede_tokens *tokens);

#endif
