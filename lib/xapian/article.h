/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/article.h - one article as the document that is put for it.
 *
 *     lede_xapian_article_make(article, change, schema, err);
 *     xapian_add(db, article->doc, &id, &fault);
 *     lede_xapian_article_clear(article);
 */
#ifndef LEDE_XAPIAN_ARTICLE_H
#define LEDE_XAPIAN_ARTICLE_H

#include "xapian/index.h"

/* A word seen as a name, or a value too long to be a term. */
typedef struct lede_xapian_mention {
    uint32_t field;
    lede_bytes bytes;
} lede_xapian_mention;

typedef struct lede_xapian_mentions {
    lede_xapian_mention *at;
    size_t capacity;
    size_t count;
} lede_xapian_mentions;

/* What an article adds to the statistics of its database. */
typedef struct lede_xapian_numbers {
    uint64_t text_bytes;
    uint32_t field_count; /* up to which the array is set */
    uint64_t tokens[LEDE_FIELDS_MAX];
} lede_xapian_numbers;

/* Zero, but for the allocator, before the first make. */
typedef struct lede_xapian_article {
    const lede_allocator *allocator;
    lede_arena *arena; /* of names */
    xapian_document *doc;
    lede_xapian_numbers numbers;
    uint32_t values[LEDE_FIELDS_MAX]; /* distinct, by column */
    lede_xapian_mentions names;
    lede_xapian_mentions longs; /* borrowed from the change */
} lede_xapian_article;

/* INVALID for words that cannot be terms, LIMIT for too many values, the
 * status of the tokens; what was made is cleared then. */
lede_status lede_xapian_article_make(lede_xapian_article *article,
                                     const lede_engine_change *change,
                                     const lede_schema *schema,
                                     lede_error *err);
void lede_xapian_article_clear(lede_xapian_article *article);

/* Gives everything back. */
void lede_xapian_article_fini(lede_xapian_article *article);

/* The length of an article as a leaf weighs it, in n/256; 0 for bytes that are
 * no numbers. */
uint64_t lede_xapian_length(lede_bytes numbers, const lede_plan_score *score);

/* Reads the numbers of a document; false for bytes that are none. */
bool lede_xapian_numbers_read(lede_xapian_numbers *numbers, lede_bytes in);

#endif
