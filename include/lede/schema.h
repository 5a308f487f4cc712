/* SPDX-License-Identifier: MIT */
/*
 * lede/schema.h - which fields articles have, and how their words are read.
 *
 *     lede_schema *schema;
 *     lede_schema_new_article(&schema, NULL);
 *     lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL);
 *     lede_index_create(&index, "news.lede", schema, NULL, &err);
 *     lede_schema_free(schema);
 *
 * Errors    The first failed call leaves its status in the schema, where
 *           lede_index_create and lede_writer_set_schema find and return it,
 *           so the calls between need no checks.
 * Memory    A schema is copied where it is used.
 * Threads   Confined while you build it; frozen where you get it as const.
 */
#ifndef LEDE_SCHEMA_H
#define LEDE_SCHEMA_H

#include "lede/alloc.h"
#include "lede/analyzer.h"
#include "lede/status.h"

typedef enum lede_kind {
    LEDE_NONE = 0, /* no field, no value */
    LEDE_TEXT,     /* words, with positions; searched, ranked, highlighted */
    LEDE_KEYWORD,  /* exact bytes, at most LEDE_KEYWORD_MAX; facets, sorting */
    LEDE_INT,      /* int64: ranges, sorting, facets */
    LEDE_DOUBLE,   /* any but NaN; -0 is 0 */
    LEDE_DATE,     /* int64 seconds since 1970-01-01 UTC, before it negative */
    LEDE_STORED    /* bytes that only come back */
} lede_kind;

#define LEDE_KEYWORD_MAX  1024
#define LEDE_FIELDS_MAX   1000
#define LEDE_POSITION_GAP 100

/* Zero is what most fields want. */
typedef enum lede_field_flag {
    LEDE_FIELD_UNSTORED = 1,     /* text does not come back; no snippets */
    LEDE_FIELD_UNINDEXED = 2,    /* not searchable; for text: as LEDE_STORED */
    LEDE_FIELD_NO_POSITIONS = 4, /* text: phrases on it are UNSUPPORTED */
    LEDE_FIELD_NAMED_ONLY = 8,   /* searched only when the query names it */
    LEDE_FIELD_NO_COLUMN = 16,   /* no sorting, facets or ranges */
    LEDE_FIELD_WORDS = 32        /* keyword: terms match by word, as in text */
} lede_field_flag;

typedef struct lede_field_options {
    uint32_t size;  /* sizeof this struct; the macro sets it */
    uint32_t flags; /* LEDE_FIELD_ bits */
    double weight;  /* of a word found here, n/256 up to 255; 0: 1 */
} lede_field_options;

#define LEDE_FIELD_OPTIONS               \
    {                                    \
        sizeof(lede_field_options), 0, 0 \
    }

/* A field as the schema holds it; borrowed until the schema changes. */
typedef struct lede_field {
    const char *name;
    lede_kind kind;
    uint32_t flags;
    double weight;
} lede_field;

typedef struct lede_schema lede_schema;

/* A schema without fields. Queries can name `key` in every schema, but it is
 * no field: nothing sorts or counts by it (lede_ties has it). */
LEDE_API lede_status lede_schema_new(lede_schema **out,
                                     const lede_allocator *allocator);

/* The schema used where none is given: text `title` (weight 2) and `body`;
 * keywords `author`, `source`, `section`, `tags` with LEDE_FIELD_WORDS, `url`
 * and `lang`; `date`. The keywords are searched when named. */
LEDE_API lede_status lede_schema_new_article(lede_schema **out,
                                             const lede_allocator *allocator);

LEDE_API lede_status lede_schema_copy(lede_schema **out,
                                      const lede_schema *schema,
                                      const lede_allocator *allocator);
LEDE_API void lede_schema_free(lede_schema *schema);

/*
 * Adds a field. Every field may hold any number of values. A text field has
 * positions of its own, so no phrase spans two fields; LEDE_POSITION_GAP lies
 * between its values, so none with less slop spans two values.
 *
 * Returns LEDE_ERR_INVALID for a name that is taken or does not match
 * [a-z_][a-z0-9_]{0,63}, and LEDE_ERR_LIMIT beyond LEDE_FIELDS_MAX fields.
 */
LEDE_API lede_status lede_schema_add(lede_schema *schema, const char *name,
                                     lede_kind kind,
                                     const lede_field_options *options);

/* One analyzer for all text fields, so a query word is read only once. */
LEDE_API lede_status lede_schema_set_analyzer(
    lede_schema *schema, const lede_analyzer_options *options);

/* Keeps values of fields that the schema lacks as LEDE_STORED. Without it they
 * are LEDE_ERR_INVALID, which catches misspelt names. */
LEDE_API lede_status lede_schema_set_open(lede_schema *schema, bool open);

/* The field at a place from 0, or by name; NULL when there is none. */
LEDE_API const lede_field *lede_schema_field(const lede_schema *schema,
                                             size_t at);
LEDE_API const lede_field *lede_schema_find(const lede_schema *schema,
                                            const char *name);

#endif
