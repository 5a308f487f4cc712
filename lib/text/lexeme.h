/*
 * text/lexeme.h - the words of an article's text, before they are normalised.
 *
 *     at = 0;
 *     while (lede_lexeme_take(&lexer, &at, len, &lexeme))
 *         ...text[lexeme.begin, lexeme.end)
 *
 * Unicode's word rules (text/words.h), changed as news needs it:
 *
 *   it's  l'homme  80's      apostrophes of all kinds join, at an end they drop
 *   1,500.50  3.5  v1.2      numbers keep dots, commas and their like
 *   U.S.  e.g.  J.R.R.       single letters with dots, without the last one
 *   AT&T  R&D  A&M's         up to 3 letters, one letter on either side
 *   C++  C#                  one letter
 *   bbc.co.uk a:b @x #x _x_  apart
 *   al-Muhandis              apart, but `linked`
 *   col·legi, IDF in Hebrew  together, as Unicode has it
 *   emoji                    no word, whatever their letters
 *   Han, Kana, Hangul; Thai, Lao, Khmer, Myanmar: a run, cut up elsewhere
 *
 * Marks, soft hyphens and joiners belong to what is before them. Where a word
 * ends depends on nothing before it.
 *
 * Threads   Frozen; the lexer is confined.
 */
#ifndef LEDE_TEXT_LEXEME_H
#define LEDE_TEXT_LEXEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lede_lexer {
    const char *text;
    size_t len;
    uint64_t invalid_bytes; /* seen between words */
} lede_lexer;

typedef struct lede_lexeme {
    size_t begin;
    size_t end;
    bool run;     /* of characters written without spaces */
    bool letter;  /* has one; for words */
    bool acronym; /* has dots between its letters */
    bool linked;  /* a hyphen binds it to the next lexeme, which is a word */
    bool normal;  /* it is its own normal form, and begins with no capital */
    bool single;  /* a run whose characters are not more than one as read */
} lede_lexeme;

/* The first lexeme that begins in [*at, stop). Moves *at to where the next
 * may begin; to `stop` or beyond if there is none, which is false. */
bool lede_lexeme_take(lede_lexer *lexer, size_t *at, size_t stop,
                      lede_lexeme *lexeme);

/*
 * The end of the character as readers see it (a grapheme cluster) that begins
 * at `at`, inside a run that ends at `end`. Needs at < end.
 */
size_t lede_lexeme_unit_end(const char *text, size_t at, size_t end);

#endif
