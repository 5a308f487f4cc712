/*
 * text/forms.h - what else a word goes by: folded, stemmed, as a name.
 *
 *     lede_forms_new(&forms, &options, alloc);           frozen: what is kept
 *     lede_form_maker_new(&maker, forms, alloc);         one for each thread
 *     for (uint32_t at = 0; lede_form_key_at(maker, kind, term, at, &key); at++)
 *         table[kind][key] += term;
 *
 * Two words match by a kind when they share a key of it. An index keeps, beside
 * its dictionary, the terms of every key; a query word asks with its own keys.
 * A key may itself be a term: it is not listed under itself.
 *
 * Kinds     0 fold, 1 name, from 2 on the stems of each language.
 * Stems     Words with digits, or of a script that the language is not written
 *           in, have none, and are no keys of their own.
 * Terms     A joined term (text/token.h) has the keys of its word, that word
 *           itself among the fold keys: almuhandis finds al-Muhandis.
 * Threads   lede_forms is frozen; a maker is confined.
 */
#ifndef LEDE_TEXT_FORMS_H
#define LEDE_TEXT_FORMS_H

#include "base/bytes.h"
#include "lede/analyzer.h"
#include "text/token.h"

#define LEDE_FORM_KIND_FOLD 0U
#define LEDE_FORM_KIND_NAME 1U
#define LEDE_FORM_KIND_STEM 2U
#define LEDE_FORM_KINDS_MAX 34U /* 32 languages */

/* Weights of what matches by a form, n/256. */
#define LEDE_FORM_WEIGHT_EXACT 256U
#define LEDE_FORM_WEIGHT_FOLD  256U
#define LEDE_FORM_WEIGHT_STEM  205U
#define LEDE_FORM_WEIGHT_NAME  128U

typedef struct lede_forms lede_forms;
typedef struct lede_form_maker lede_form_maker;

typedef struct lede_form_key {
    uint32_t len;
    char
        text[LEDE_TERM_BYTES_MAX + 3]; /* room for ss of an eszett at the end */
} lede_form_key;

/* Resolves forms and languages. LEDE_ERR_INVALID for a language unknown to
 * the stemmer or named twice, LEDE_ERR_LIMIT beyond 32. */
lede_status lede_forms_new(lede_forms **out,
                           const lede_analyzer_options *options,
                           const lede_allocator *allocator);
void lede_forms_free(lede_forms *forms);

/* The same without a version, which takes a millisecond: to make keys. */
lede_status lede_forms_new_plain(lede_forms **out,
                                 const lede_analyzer_options *options,
                                 const lede_allocator *allocator);

/* Gives plain forms their version; NOMEM. */
lede_status lede_forms_settle(lede_forms *forms);

/* The same forms again, plain if these are. */
lede_status lede_forms_copy(lede_forms **out, const lede_forms *forms,
                            const lede_allocator *allocator);

/* How many kinds there are; those the options left out have no keys. */
uint32_t lede_forms_kinds(const lede_forms *forms);

/* The LEDE_FORM_ bit of a kind, 0 if it is not kept. */
uint32_t lede_forms_bit(const lede_forms *forms, uint32_t kind);

/* "en" of the first stem kind; NULL for one that is no stem. */
const char *lede_forms_language(const lede_forms *forms, uint32_t kind);

/*
 * Changes whenever a table made now could differ: kinds, languages, our own
 * tables, the stemmer's answers to 1,000 words a language. Stored with the
 * tables; those of another version are rebuilt before they are trusted. 0 of
 * plain ones.
 */
uint64_t lede_forms_version(const lede_forms *forms);

/* The codes of all languages that can be stemmed, by spaces; static. */
const char *lede_forms_languages(void);

lede_status lede_form_maker_new(lede_form_maker **out, const lede_forms *forms,
                                const lede_allocator *allocator);
void lede_form_maker_free(lede_form_maker *maker);

/*
 * Key `at` of a term, from 0; false past the last. Keys equal to the term are
 * left out. In kind name a term has keys only if `name` says that it was seen
 * as one (or, for a query, that it should be read as one).
 */
bool lede_form_key_at(lede_form_maker *maker, uint32_t kind, lede_bytes term,
                      bool name, uint32_t at, lede_form_key *key);

/* Whether the term is a key of its own in a kind, which lede_form_key_at leaves
 * out. Joined terms and, in kind name, all terms are none. */
bool lede_form_key_is_term(lede_form_maker *maker, uint32_t kind,
                           lede_bytes term);

/* Writes a number of four digits or more with the commas of thousands, of which
 * it is the fold key: 1500.5 as 1,500.5. Returns its length; 0 for any other
 * word, and where there is no room. */
size_t lede_form_grouped(char out[LEDE_TERM_BYTES_MAX], lede_bytes number);

/* Writes the word with the ending 's of which a word is a fold key, as of what
 * is without the ending, prices's of prices, or of all of it, price's of
 * prices. Returns its length; 0 for a word that is no such key, and where there
 * is no room. */
size_t lede_form_owner(char out[LEDE_TERM_BYTES_MAX], lede_bytes key);
size_t lede_form_owner_whole(char out[LEDE_TERM_BYTES_MAX], lede_bytes key);

/* LEDE_OK, or LEDE_ERR_NOMEM once a stemmer ran out of memory: keys may have
 * been missed since the maker was new. */
lede_status lede_form_maker_status(const lede_form_maker *maker);

/* Whether two words with a name key in common are near enough to be one name:
 * at most 3 edits (text/name.h). */
bool lede_form_names_near(lede_form_maker *maker, lede_bytes a, lede_bytes b);

#endif
