/*
 * text/capital.h - whether a capital letter tells of a name.
 *
 *     names = lede_text_is_mixed_case(text, len, ascii);
 *     if (names && lede_is_capital(word, n))
 *         flag = lede_capital_is_name(&place);
 *
 * In text whose words begin mostly in lower case, a word that does not, inside
 * a sentence. The first word of a sentence is one when another capital follows
 * at once and it is none of the words that sentences begin with.
 *
 * Threads   Frozen.
 */
#ifndef LEDE_TEXT_CAPITAL_H
#define LEDE_TEXT_CAPITAL_H

#include <stdbool.h>
#include <stddef.h>

#include "text/ascii.h"

/* A capitalised word of a text and the word before it; last_end is 0 if there
 * is none. */
typedef struct lede_capital {
    const char *text;
    size_t len;
    size_t last_begin;
    size_t last_end;
    size_t begin;
    size_t end;
} lede_capital;

/* Looks at the first half kilobyte. */
bool lede_text_is_mixed_case(const char *text, size_t len,
                             const lede_ascii *ascii);

bool lede_capital_is_name(const lede_capital *place);

#endif
