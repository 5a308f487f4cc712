/*
 * text/fold.h - a word without its marks, signs and endings.
 *
 *     for (variant = 0; variant < LEDE_FOLD_VARIANTS; variant++)
 *         if ((len = lede_fold(out, word, variant)) > 0)
 *             put(out, len);
 *
 * Marks     Of Latin, Greek and Cyrillic letters (a short i stays one), Hebrew
 *           points, Arabic harakat. Never those of other scripts, where they
 *           are letters as much as any: ki and ku must not meet.
 * Letters   Without stroke (o-slash, l-stroke ...); ae, oe, th, ss; alef, yeh,
 *           kaf and teh marbuta each as one; digits of all scripts as ASCII.
 * Signs     Apostrophes, gershayim, the dots of u.s, the separators of 1,500 and
 *           1.500.000. A lone dot is a decimal point, so 1.500 stays.
 * Endings   's, and the case endings of Turkish after an apostrophe. Elided
 *           words before a vowel or h: l'homme is lhomme and homme.
 *
 * Folding what is folded changes nothing.
 */
#ifndef LEDE_TEXT_FOLD_H
#define LEDE_TEXT_FOLD_H

#include "base/bytes.h"

typedef enum lede_fold_variant {
    LEDE_FOLD_PLAIN = 0, /* all of the word */
    LEDE_FOLD_DIGRAPHS,  /* the same with ae, oe, ue, aa for umlauts and ring */
    LEDE_FOLD_BASE,      /* without an ending */
    LEDE_FOLD_BASE_DIGRAPHS,
    LEDE_FOLD_CORE, /* without an elided word and an ending */
    LEDE_FOLD_CORE_DIGRAPHS,
    LEDE_FOLD_VARIANTS
} lede_fold_variant;

/* Writes a variant of a normal form to `out`, which has room for word.len
 * bytes, and returns its length; 0 if the word has no such variant. */
size_t lede_fold(char *out, lede_bytes word, lede_fold_variant variant);

/* Whether folding leaves the word as it is; quick for most words. */
bool lede_fold_is_plain(lede_bytes word);

/* The part of a word that lede_fold calls its core, the word itself if it has
 * neither ending nor elision. */
lede_bytes lede_fold_core(lede_bytes word);

#endif
