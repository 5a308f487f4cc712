/*
 * text/normalize.h - the normal form in which words are indexed and compared.
 *
 *     len = lede_normalize(text, bytes, true, term);
 *
 * NFKC, full case folding, default-ignorable characters out: exactly what is
 * left of a word when its writing does not count. Marks are kept: without them
 * words of Hindi, Thai or Khmer are other words.
 *
 * Errors    None; what has no normal form that fits is LEDE_NORMAL_LONG.
 * Threads   Frozen.
 */
#ifndef LEDE_TEXT_NORMALIZE_H
#define LEDE_TEXT_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lede/analyzer.h"

#define LEDE_NORMAL_LONG UINT32_MAX

/* Beyond so many bytes no word is looked at: no text without thousands of
 * ignored characters in a word gets there and below LEDE_TERM_MAX. */
#define LEDE_SURFACE_MAX 4096

/*
 * Writes the normal form of a word and returns its length: 0 if nothing is
 * left, LEDE_NORMAL_LONG if it has over LEDE_TERM_MAX bytes. With `tailored`
 * all apostrophes are U+0027, gershayim U+0022, and a keycap is its digit.
 * Spaces never get into a term. Bytes that are not UTF-8 become nothing.
 */
uint32_t lede_normalize(const char *text, size_t len, bool tailored,
                        char term[LEDE_TERM_MAX]);

/* The same of a single character that begins at `text` is upper or title
 * case. */
bool lede_is_capital(const char *text, size_t len);

#endif
