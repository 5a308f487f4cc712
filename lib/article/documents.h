/*
 * article/documents.h - articles by key, and all of them in put order.
 *
 *     lede_document_pages_open(&pages, view, after, err);
 *     while (lede_document_pages_next(pages))
 *         use(pages->key, pages->document);
 *     status = pages->status;
 *     lede_document_pages_close(pages);
 *
 * Memory    A page of articles is held at a time. The view is borrowed.
 * Threads   Confined.
 */
#ifndef LEDE_ARTICLE_DOCUMENTS_H
#define LEDE_ARTICLE_DOCUMENTS_H

#include "article/view.h"

/* The article with a key, as a hit in the arena; NOT_FOUND. */
lede_status lede_document_find(lede_engine_hit *hit, const lede_view *view,
                               lede_bytes key, lede_budget *budget,
                               lede_arena *arena, lede_error *err);

/* Its stored fields, owned by the caller; NOT_FOUND. */
lede_status lede_document_get(lede_document **out, const lede_view *view,
                              lede_bytes key, lede_error *err);

typedef struct lede_document_pages {
    lede_bytes key;                /* until the next step, as the document */
    const lede_document *document; /* NULL before the first, and at the end */
    lede_status status;
} lede_document_pages;

/* From the first, or behind the article with the key `after`, unless its `at`
 * is NULL; NOT_FOUND if there is none. */
lede_status lede_document_pages_open(lede_document_pages **out,
                                     const lede_view *view, lede_bytes after,
                                     lede_error *err);
bool lede_document_pages_next(lede_document_pages *pages);
void lede_document_pages_close(lede_document_pages *pages);

#endif
