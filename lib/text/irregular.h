/*
 * text/irregular.h - where the rules for English stems go wrong.
 *
 *     singular = lede_irregular_singular(word, &len);   "woman" of women
 *     stem = lede_irregular_stem(word);                 "organiz", not organ
 *
 * Words are normal forms of ASCII letters. Answers are static, NULL where
 * there is none.
 */
#ifndef LEDE_TEXT_IRREGULAR_H
#define LEDE_TEXT_IRREGULAR_H

#include "base/bytes.h"

#define LEDE_IRREGULAR_MAX 32

/*
 * Writes the singular of an irregular plural to `out` and returns its length;
 * 0 for any other word. Plurals that are mostly another word are left out:
 * people, dice, media, pence.
 */
size_t lede_irregular_singular(char out[LEDE_IRREGULAR_MAX], lede_bytes word);

/* The stem of a word that Snowball's algorithm throws together with a
 * stranger: organization with organ, university with universe. */
const char *lede_irregular_stem(lede_bytes word);

#endif
