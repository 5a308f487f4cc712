/*
 * memory/article.h - one article as it was put: its key, its values, and where
 * each of its words stands.
 *
 *     lede_memory_article_new(&article, change, allocator);
 *     term = lede_memory_article_find(article, field, word);
 *     lede_memory_article_release(article);
 *
 * A deletion is kept as an article without a document.
 *
 * Memory    Counted: keep and release. Holds a copy of all that the change has.
 * Threads   Frozen.
 */
#ifndef LEDE_MEMORY_ARTICLE_H
#define LEDE_MEMORY_ARTICLE_H

#include <stdatomic.h>

#include "engine/engine.h"

typedef struct lede_memory_term {
    lede_bytes term;
    const uint32_t *positions; /* rising */
    uint32_t count;
    bool name; /* some occurrence is a CAPITAL */
} lede_memory_term;

typedef struct lede_memory_field {
    const lede_memory_term *terms; /* in byte order */
    uint32_t count;
    uint32_t length; /* of the text in words: joined ones do not count */
} lede_memory_field;

typedef struct lede_memory_article {
    lede_bytes key;
    uint64_t sequence;
    lede_document *document; /* NULL: the key is deleted */
    uint64_t text_bytes;
    uint64_t document_bytes;
    lede_memory_field *fields; /* by place, as far as it has words */
    uint32_t field_count;

    char *key_text;
    lede_memory_term *terms; /* of all fields */
    size_t term_count;
    uint32_t *positions;
    size_t position_count;
    uint8_t *bytes; /* of all terms */
    size_t byte_count;
    const lede_allocator *allocator;
    atomic_uint keepers;
} lede_memory_article;

/* Copies a change; NOMEM, LIMIT beyond 2^32 words, or the status of its
 * tokens. */
lede_status lede_memory_article_new(lede_memory_article **out,
                                    const lede_engine_change *change,
                                    const lede_allocator *allocator);
lede_memory_article *lede_memory_article_keep(lede_memory_article *article);
void lede_memory_article_release(lede_memory_article *article);

/* All that it takes in memory. */
uint64_t lede_memory_article_size(const lede_memory_article *article);

/* A term of a field, or NULL. */
const lede_memory_term *lede_memory_article_find(
    const lede_memory_article *article, uint32_t field, lede_bytes term);

/* The values of a field in put order: value `*at` or a later one, and sets *at
 * behind it; NULL past the last. Values put before the schema had the field do
 * not count. */
const lede_value *lede_memory_article_value(const lede_memory_article *article,
                                            const lede_field *field,
                                            size_t *at);

/* The smallest value of a field (the largest if `descending`); LEDE_NONE
 * without one. */
lede_value lede_memory_article_first(const lede_memory_article *article,
                                     const lede_field *field, bool descending);

#endif
