/*
 * document/value.h - one value of a field, by kind.
 */
#ifndef LEDE_DOCUMENT_VALUE_H
#define LEDE_DOCUMENT_VALUE_H

#include "lede/document.h"

/* Whether values of a kind are bytes: TEXT, KEYWORD, STORED. */
bool lede_kind_is_text(lede_kind kind);

/* Whether values of a kind are in `number`: INT, DATE. */
bool lede_kind_is_number(lede_kind kind);

/* -1, 0, 1 by kind, then by number, real or bytes. */
int lede_value_compare(const lede_value *a, const lede_value *b);

/* What document_bytes counts: the length of a text, 8 for a number. */
uint64_t lede_value_bytes(const lede_value *value);

#endif
