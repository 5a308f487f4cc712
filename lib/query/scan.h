/*
 * query/scan.h - what the characters of a query's text are.
 *
 * No tokenizer, and it decides no word's bounds: it only tells white space and
 * quotes from the rest, and text that may hold words from text that cannot.
 */
#ifndef LEDE_QUERY_SCAN_H
#define LEDE_QUERY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lede_scan_kind {
    LEDE_SCAN_WORD,  /* letters, digits and what may belong to words */
    LEDE_SCAN_MARK,  /* punctuation, symbols, control characters, no UTF-8 */
    LEDE_SCAN_QUOTE, /* " and the like, but no apostrophe */
    LEDE_SCAN_SPACE
} lede_scan_kind;

lede_scan_kind lede_scan_kind_of(uint32_t c);

/* Whether the quote `close` ends what `open` began. */
bool lede_scan_closes(uint32_t open, uint32_t close);

/* A quote that can only open, so that it does inside words too. */
bool lede_scan_only_opens(uint32_t c);

/* Whether any character is a WORD. */
bool lede_scan_has_word(const char *text, size_t len);

/* UTF-8 without control characters: fit to be shown as it is. */
bool lede_scan_is_clean(const char *text, size_t len);

#endif
