/*
 * text/stem.h - the stem of a word in one language.
 *
 *     lede_stemmer_new(&stemmer, language, alloc);
 *     len = lede_stemmer_stem(stemmer, word, out);
 *
 * Snowball's algorithms by libstemmer, and for English what they get wrong
 * (text/irregular.h). Endings after an apostrophe and elided words go first.
 * A stem is folded: embassies and embassy give embassi, cafes and café cafe.
 *
 * Errors    Words that the language's algorithm is not made for (another
 *           script, digits) have no stem.
 * Threads   A language is a number and static; a stemmer is confined.
 */
#ifndef LEDE_TEXT_STEM_H
#define LEDE_TEXT_STEM_H

#include "base/bytes.h"
#include "lede/alloc.h"
#include "lede/status.h"
#include "text/token.h"

#define LEDE_NO_LANGUAGE UINT32_MAX

typedef struct lede_stemmer lede_stemmer;

/* The codes of all languages, by spaces, in the order of their numbers. */
const char *lede_stem_languages(void);

/* The number of a code of `len` bytes, or LEDE_NO_LANGUAGE. */
uint32_t lede_stem_language(const char *code, size_t len);

/* The terminated code of a language, static; NULL past the last. */
const char *lede_stem_code(uint32_t language);

/* Some letters of the language's script in UTF-8, the frequent ones first. */
const char *lede_stem_letters(uint32_t language);

/* INVALID for a language that this libstemmer lacks. */
lede_status lede_stemmer_new(lede_stemmer **out, uint32_t language,
                             const lede_allocator *allocator);
void lede_stemmer_free(lede_stemmer *stemmer);

/* LEDE_OK, or LEDE_ERR_NOMEM once libstemmer ran out of memory; words it could
 * not stem were folded. */
lede_status lede_stemmer_status(const lede_stemmer *stemmer);

/* Writes the folded stem of a word and returns its length; 0 if it has none. */
size_t lede_stemmer_stem(lede_stemmer *stemmer, lede_bytes word,
                         char out[LEDE_TERM_BYTES_MAX]);

/* As above for the singular of an irregular plural; 0 for other words. */
size_t lede_stemmer_stem_singular(lede_stemmer *stemmer, lede_bytes word,
                                  char out[LEDE_TERM_BYTES_MAX]);

#endif
