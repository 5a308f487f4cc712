/*
 * query/word.h - what a run of characters without white space asks for.
 *
 *     lede_word_look(&word, text, len, false);
 *     if (word.kind == LEDE_NODE_PREFIX) ...
 *
 * `\` before an ASCII mark makes it ordinary. The rules, in this order:
 *
 *     word~  word~1     FUZZY, if the word is plain; ~ alone is 1 edit up to 5
 *                       characters, else 2
 *     suleim*           PREFIX: one `*`, at the end
 *     *mani  su*ni*     WILDCARD, if the rest is plain; marks after it are not
 *                       of it
 *     w?rd              WILDCARD, if a `?` has a letter or digit behind it and
 *                       the rest are letters, digits, - and '
 *     anything else     TERM, if there is a word in it
 *
 * Plain are letters, digits, _ - ' and the full stop. In a keyword field, where
 * patterns match bytes, any characters may stand beside `*`.
 */
#ifndef LEDE_QUERY_WORD_H
#define LEDE_QUERY_WORD_H

#include "query/tree.h"

typedef struct lede_word {
    lede_node_kind kind; /* TERM, FUZZY, PREFIX, WILDCARD; NOTHING: no words */
    size_t len;          /* of the text that counts; the rest is left out */
    uint32_t edits;      /* FUZZY */
    const char *doubt;   /* what is not as it looks, or NULL */
} lede_word;

void lede_word_look(lede_word *word, const char *text, size_t len,
                    bool keyword);

/* The character at `at`, without its escape; returns its length with it. */
size_t lede_word_take(const char *text, size_t len, size_t at, uint32_t *c,
                      bool *escaped);

#endif
