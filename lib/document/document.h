/*
 * document/document.h - the inside of a document: entries in put order.
 *
 * Threads   As lede/document.h says.
 */
#ifndef LEDE_DOCUMENT_DOCUMENT_H
#define LEDE_DOCUMENT_DOCUMENT_H

#include "document/value.h"
#include "lede/document.h"

typedef struct lede_entry {
    const char *field; /* terminated; entries of one field share the pointer */
    lede_value value;
} lede_entry;

/* One without values. */
const lede_document *lede_document_empty(void);

size_t lede_document_count(const lede_document *doc);
const lede_entry *lede_document_entry(const lede_document *doc, size_t at);
lede_status lede_document_status(const lede_document *doc);
const lede_allocator *lede_document_allocator(const lede_document *doc);

/* Bytes of all texts and 8 for each number: what document_bytes limits. */
uint64_t lede_document_bytes(const lede_document *doc);

/* Appends a value of any kind but LEDE_NONE, as it is; -0 as 0. The status of
 * an earlier failure; INVALID, sticky as NOMEM is, for no kind and for NaN. */
lede_status lede_document_add(lede_document *doc, const char *field,
                              const lede_value *value);

/* The same, but the name and the text are borrowed until the document is
 * cleared, or kept. */
lede_status lede_document_borrow(lede_document *doc, const char *field,
                                 const lede_value *value);

/* Makes everything that was borrowed the document's own. NOMEM, sticky, empties
 * it; else the status of an earlier failure. */
lede_status lede_document_keep(lede_document *doc);

#endif
