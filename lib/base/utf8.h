/*
 * base/utf8.h - one character of UTF-8 at a time.
 *
 * What is not UTF-8 (overlong forms, surrogates, cut sequences, values above
 * U+10FFFF) is read as LEDE_UTF8_BAD, one byte at a time.
 */
#ifndef LEDE_BASE_UTF8_H
#define LEDE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above every character, so that it is never mistaken for one; text that
 * really holds U+FFFD gives 0xFFFD. */
#define LEDE_UTF8_BAD UINT32_MAX
#define LEDE_UTF8_MAX 4 /* bytes of a character */

/* The character that begins at `text`; returns its length, 0 at len 0. */
size_t lede_utf8_take(const char *text, size_t len, uint32_t *c);

/* The length of the character that ends at text + len; 0 at len 0. */
size_t lede_utf8_take_last(const char *text, size_t len, uint32_t *c);

/* Writes a character (not LEDE_UTF8_BAD) and returns its length, 1 to 4. */
size_t lede_utf8_put(char out[LEDE_UTF8_MAX], uint32_t c);

/* True when all of it is UTF-8. */
bool lede_utf8_valid(const char *text, size_t len);

#endif
