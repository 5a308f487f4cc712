/*
 * article.h - an article, from JSON to lede and back.
 *
 * In JSON the key is `key` or `id`, else `url`; the body is `body`, `text` or
 * `content`; a member with several values is an array. What the schema does not
 * know is stored as JSON text.
 */
#ifndef TOOL_ARTICLE_H
#define TOOL_ARTICLE_H

#include <jansson.h>
#include <lede/lede.h>

#include "buffer.h"

struct article {
    lede_document *document;
    struct buffer key;
    unsigned bad_dates; /* dates that are none: the article goes without */
};

/* LEDE_ERR_NOMEM, or LEDE_OK. Free it with article_fini. */
lede_status article_init(struct article *article);
void article_fini(struct article *article);
void article_clear(struct article *article);

/*
 * Fills an empty article from a JSON object. `key` is used where the object
 * names none, and may be NULL: then the key is a hash of title and body. What
 * the schema cannot hold is found at the put.
 */
lede_status article_from_json(struct article *article, json_t *object,
                              const lede_schema *schema, const char *key);

/* A date as text, or as seconds since 1970; counted when it is neither. */
void article_add_date(struct article *article, const char *field,
                      const char *text, size_t len);

/* The article as one JSON object with its key, for json_decref; NULL when out
 * of memory. Bytes that are not UTF-8 become U+FFFD. */
json_t *article_to_json(const lede_document *document, const char *key,
                        size_t key_len);

/* Text as a JSON string; bytes that are not UTF-8 become U+FFFD. */
json_t *article_string(const char *text, size_t len);

/* Writes a date as 2020-01-03T14:05:09Z. */
#define ARTICLE_DATE_SIZE 32
void article_date_text(char out[ARTICLE_DATE_SIZE], int64_t seconds);

#endif
