/*
 * native/segment/form_words.h - form tables out of a dictionary.
 *
 *     lede_form_words_write(&words, &forms, &index, most_bytes, &err);
 *
 * Words of all fields are read in one order, each once; what was seen as a name
 * in one field is one.
 */
#ifndef LEDE_NATIVE_SEGMENT_FORM_WORDS_H
#define LEDE_NATIVE_SEGMENT_FORM_WORDS_H

#include "native/codec/terms.h"
#include "native/segment/spool.h"
#include "text/forms.h"

/* Puts the table into a spool, whose directory what does not fit in most_bytes
 * is sorted in, and appends the index. Errors: NOMEM, CORRUPT for the
 * dictionary, LIMIT beyond UINT32_MAX words, those of the files. */
lede_status lede_form_words_write(const lede_terms_table *terms,
                                  const lede_forms *kinds, lede_spool *forms,
                                  lede_buffer *index, uint64_t most_bytes,
                                  lede_error *err);

#endif
