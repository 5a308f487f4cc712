/*
 * text/words.h - word boundaries by the default rules of Unicode (UAX #29).
 *
 *     for (at = 0; at < len; at = end) {
 *         end = lede_word_end(text, len, at, &is_word);
 *         ...text[at, end)
 *     }
 *
 * And the classes of characters that these rules and text/lexeme.h read. The
 * table is pinned: its Unicode version is lede_word_unicode, whatever utf8proc
 * has.
 *
 * Errors    Bytes that are not UTF-8 are characters of their own, no word.
 * Threads   Frozen.
 */
#ifndef LEDE_TEXT_WORDS_H
#define LEDE_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What text/lexeme.h sees in a character; in the order of the generator. */
typedef enum lede_lex {
    LEDE_LEX_OTHER,
    LEDE_LEX_LETTER,
    LEDE_LEX_HEBREW,    /* letters too; gershayim stand between them */
    LEDE_LEX_DIGIT,     /* superscripts and circled numbers too */
    LEDE_LEX_IDEOGRAPH, /* Han, Kana, Hangul */
    LEDE_LEX_SYLLABLE,  /* Thai, Lao, Khmer, Myanmar: written without spaces */
    LEDE_LEX_IGNORED, /* marks and format characters: part of what is before */
    LEDE_LEX_APOSTROPHE,
    LEDE_LEX_QUOTE,
    LEDE_LEX_MIDDLE,
    LEDE_LEX_DOT,
    LEDE_LEX_SEPARATOR,
    LEDE_LEX_AMPERSAND,
    LEDE_LEX_PLUS,
    LEDE_LEX_HASH,
    LEDE_LEX_HYPHEN
} lede_lex;

/* The generated table: a block of 256 code points, the kinds in it, and what
 * a kind means to either reader. */
#define LEDE_WORD_BLOCK 256U
extern const char lede_word_unicode[];
extern const uint8_t lede_word_blocks[];
extern const uint8_t lede_word_kinds[];
extern const uint8_t lede_word_breaks[];
extern const uint8_t lede_word_lexes[];

/* The kind of a code point; values above U+10FFFF are not one. */
static inline uint32_t lede_word_kind(uint32_t c)
{
    return lede_word_kinds[lede_word_blocks[c / LEDE_WORD_BLOCK] *
                               LEDE_WORD_BLOCK +
                           c % LEDE_WORD_BLOCK];
}

/* Besides its lexical class: that a character is its own normal form, and that
 * it is a mark of those that have an order. A text of normal characters without
 * two such marks side by side is its own normal form. */
#define LEDE_LEX_BITS    15U
#define LEDE_LEX_NORMAL  16U
#define LEDE_LEX_ORDERED 32U

/* The lexical class and the bits above; 0 for LEDE_UTF8_BAD. */
static inline uint32_t lede_lex_traits(uint32_t c)
{
    return c > 0x10FFFF ? 0 : lede_word_lexes[lede_word_kind(c)];
}

/* The lexical class of a character; OTHER for LEDE_UTF8_BAD. */
static inline lede_lex lede_lex_of(uint32_t c)
{
    return (lede_lex)(lede_lex_traits(c) & LEDE_LEX_BITS);
}

/* Where the segment that begins at `at` ends; `len` if at >= len. Says whether
 * it has a letter, a digit or an ideograph. `at` is a boundary. */
size_t lede_word_end(const char *text, size_t len, size_t at, bool *is_word);

#endif
