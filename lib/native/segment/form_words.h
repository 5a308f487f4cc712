/*
 * native/segment/form_words.h - form tables out of a dictionary.
 *
 *     lede_form_words_write(&words, &forms, &index, alloc);
 *
 * Words of all fields are read in one order, each once; what was seen as a name
 * in one field is one.
 */
#ifndef LEDE_NATIVE_SEGMENT_FORM_WORDS_H
#define LEDE_NATIVE_SEGMENT_FORM_WORDS_H

#include "native/codec/terms.h"
#include "text/forms.h"

/* Appends table and index. Errors: NOMEM, CORRUPT for the dictionary, LIMIT
 * beyond UINT32_MAX words. */
lede_status lede_form_words_write(const lede_terms_table *terms,
                                  const lede_forms *kinds, lede_buffer *forms,
                                  lede_buffer *index,
                                  const lede_allocator *allocator);

#endif
