/*
 * document/schema.h - the inside of a schema.
 *
 * A field's place is its number everywhere below the seam; places never
 * change, for fields are only added at the end.
 */
#ifndef LEDE_DOCUMENT_SCHEMA_H
#define LEDE_DOCUMENT_SCHEMA_H

#include "base/buffer.h"
#include "lede/schema.h"
#include "lede/status.h"

#define LEDE_NO_FIELD UINT32_MAX

lede_status lede_schema_status(const lede_schema *schema);
uint32_t lede_schema_count(const lede_schema *schema);

/* The place of a name, or LEDE_NO_FIELD. */
uint32_t lede_schema_place(const lede_schema *schema, const char *name);
bool lede_schema_is_open(const lede_schema *schema);

/* Complete: no zeros left; borrowed until the schema changes. */
const lede_analyzer_options *lede_schema_analyzer(const lede_schema *schema);

/* The weight of a field as n/256, at least 1. */
uint32_t lede_field_weight(const lede_field *field);

/* Text that is indexed, or a keyword with LEDE_FIELD_WORDS. */
bool lede_field_has_words(const lede_field *field);
bool lede_field_has_positions(const lede_field *field);

/* Searched when the query names no field. */
bool lede_field_is_default(const lede_field *field);

/* Ranges, sorting, facets. */
bool lede_field_has_column(const lede_field *field);
bool lede_field_is_stored(const lede_field *field);

bool lede_schema_equal(const lede_schema *a, const lede_schema *b);

/* LEDE_OK if `next` has all fields of `now` at their places with the same kind
 * and flags, and reads words the same way; else LEDE_ERR_INVALID, and err says
 * which field. Weights, forms and languages may differ. */
lede_status lede_schema_extends(const lede_schema *next, const lede_schema *now,
                                lede_error *err);

/* LEDE_OK if every field of `part` is in `whole` and alike, in any order. */
lede_status lede_schema_contains(const lede_schema *whole,
                                 const lede_schema *part, lede_error *err);

/* As bytes; grammar in schema.c. */
void lede_schema_encode(lede_buffer *out, const lede_schema *schema);
lede_status lede_schema_decode(lede_schema **out, lede_bytes bytes,
                               const lede_allocator *allocator);

#endif
