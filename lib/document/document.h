/*
 * document/document.h - the inside of a document: entries in put order.
 *
 * Threads   As lede/document.h says.
 */
#ifndef LEDE_DOCUMENT_DOCUMENT_H
#define LEDE_DOCUMENT_DOCUMENT_H

#include "lede/document.h"

typedef struct lede_entry {
    const char *field; /* terminated; entries of one field share the pointer */
    lede_value value;
} lede_entry;

size_t lede_document_count(const lede_document *doc);
const lede_entry *lede_document_entry(const lede_document *doc, size_t at);
lede_status lede_document_status(const lede_document *doc);

/* Bytes of all texts and 8 for each number: what document_bytes limits. */
uint64_t lede_document_bytes(const lede_document *doc);

/* Appends a value of any kind but LEDE_NONE, as it is. */
lede_status lede_document_add(lede_document *doc, const char *field,
                              const lede_value *value);

/* -1, 0, 1 by kind, then by number, real or bytes. */
int lede_value_compare(const lede_value *a, const lede_value *b);

#endif
