/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/document.h - documents: terms with positions, values, data.
 *
 *     doc = xapian_document_new(&err);
 *     xapian_document_add_posting(doc, "embassy", 7, position, 1, &err);
 *     xapian_document_set_value(doc, slot, date, date_len, &err);
 *     xapian_document_set_text(doc, text, len, &err);
 *
 * Limits    A term has at most 245 bytes, its NULs counted twice; a longer one
 *           fails when the document is put into a database.
 * Threads   Confined, with the database it came from or goes to.
 */
#ifndef XAPIAN_C_DOCUMENT_H
#define XAPIAN_C_DOCUMENT_H

#include "xapian-c/error.h"

typedef struct xapian_document xapian_document;

XAPIAN_C_API xapian_document *xapian_document_new(xapian_error *err);
XAPIAN_C_API void xapian_document_free(xapian_document *doc);

/* Adds `wdf` occurrences of a term; 0 only says that it is there. */
XAPIAN_C_API bool xapian_document_add_term(xapian_document *doc,
                                           const void *term, size_t len,
                                           uint32_t wdf, xapian_error *err);

/* The same, with a position. */
XAPIAN_C_API bool xapian_document_add_posting(xapian_document *doc,
                                              const void *term, size_t len,
                                              uint32_t position, uint32_t wdf,
                                              xapian_error *err);

/* An empty value is none. */
XAPIAN_C_API bool xapian_document_set_value(xapian_document *doc, uint32_t slot,
                                            const void *value, size_t len,
                                            xapian_error *err);
XAPIAN_C_API bool xapian_document_value(const xapian_document *doc,
                                        uint32_t slot, xapian_string *value,
                                        xapian_error *err);

/* What the document carries for whoever finds it. */
XAPIAN_C_API bool xapian_document_set_text(xapian_document *doc,
                                           const void *text, size_t len,
                                           xapian_error *err);
XAPIAN_C_API bool xapian_document_text(const xapian_document *doc,
                                       xapian_string *text, xapian_error *err);

/* A sorted list of terms, names or values, with a count for each. */
typedef struct xapian_terms xapian_terms;

XAPIAN_C_API xapian_terms *xapian_document_terms(const xapian_document *doc,
                                                 xapian_error *err);
XAPIAN_C_API void xapian_terms_free(xapian_terms *terms);

/* Steps to the next term, the first time to the first; false at the end or on
 * failure, which is told by err->kind: set that to NONE before. *term is
 * borrowed until the next step. */
XAPIAN_C_API bool xapian_terms_next(xapian_terms *terms, const char **term,
                                    size_t *len, xapian_error *err);

/* The same, to the first term at or above this one. Never goes back. */
XAPIAN_C_API bool xapian_terms_skip(xapian_terms *terms, const void *to,
                                    size_t to_len, const char **term,
                                    size_t *len, xapian_error *err);

/* Documents with the term where the list stands; 0 for names of metadata. */
XAPIAN_C_API uint32_t xapian_terms_documents(const xapian_terms *terms);

#endif
