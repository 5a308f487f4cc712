/*
 * native/segment/form_words.h - form tables out of a dictionary.
 *
 *     lede_form_words_write(&words, &kinds, &out, &err);
 *
 * Words of all fields are read in one order, each once; what was seen as a name
 * in one field is one.
 */
#ifndef LEDE_NATIVE_SEGMENT_FORM_WORDS_H
#define LEDE_NATIVE_SEGMENT_FORM_WORDS_H

#include "lede/limits.h"
#include "native/codec/terms.h"
#include "native/segment/spool.h"
#include "text/forms.h"

/* Where it goes, and by what means. */
typedef struct lede_form_words_out {
    lede_spool *forms;   /* in its directory is sorted what does not fit */
    lede_buffer *index;  /* appended */
    uint64_t most_bytes; /* of memory to sort in */
    const lede_cancel *cancel; /* NULL: none */
} lede_form_words_out;

/* Errors: NOMEM, CORRUPT for the dictionary, LIMIT beyond UINT32_MAX words,
 * CANCELLED, those of the files. */
lede_status lede_form_words_write(const lede_terms_table *terms,
                                  const lede_forms *kinds,
                                  const lede_form_words_out *out,
                                  lede_error *err);

#endif
