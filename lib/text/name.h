/*
 * text/name.h - how a name sounds: the consonants that its spellings share.
 *
 *     for (at = 0; (len = lede_name_key(out, word, at)) > 0; at++)
 *         put(out, len);
 *     if (lede_names_near(a, b)) ...
 *
 * A name is respelt so that what sounds alike looks alike (q, g, c and k; s, z,
 * sh, ch and tsch; v, w, f and ph), doubled letters count once, and vowels go.
 * At least three consonants must be left: Ali and Eli share nothing. A key is
 * in capitals, so it is never a word.
 *
 * Words of Latin letters only, as folded (text/fold.h): others have no keys
 * and are near to none.
 */
#ifndef LEDE_TEXT_NAME_H
#define LEDE_TEXT_NAME_H

#include "base/bytes.h"
#include "text/token.h"

/* Key `at` of a folded word, from 0; the length, or 0 past the last. `ch` and
 * `j` are read both ways, and a name that begins with al or el without it as
 * well; keys are distinct. */
size_t lede_name_key(char out[LEDE_TERM_BYTES_MAX], lede_bytes word,
                     uint32_t at);

/* Whether the respelt names are at most 3 edits apart; 2 where one has but
 * four consonants, 1 where it has three. */
bool lede_names_near(lede_bytes a, lede_bytes b);

#endif
