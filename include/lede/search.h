/* SPDX-License-Identifier: MIT */
/*
 * lede/search.h - ask, and read the ranked answer.
 *
 *     lede_search_text(&results, snapshot, "embassy attack",
 *                      LEDE_TERMINATED, NULL, &err);
 *     for (size_t i = 0; i < results->count; i++) {
 *         const lede_hit *hit = lede_results_hit(results, i);
 *         printf("%s\n", lede_document_text(hit->document, "title"));
 *     }
 *     lede_results_free(results);
 *
 * Ranking   BM25 over all fields searched, with the statistics of the whole
 *           index: the same articles score the same however they are split.
 * Order     By score, or by `sort`; ties then by `ties`. It is total, so that
 *           pages neither repeat nor skip.
 * Errors    An answer is whole, or the call fails. Part of one is returned
 *           only where LEDE_SEARCH_PARTIAL asks, and says so.
 * Memory    Results are a copy: everything in them is borrowed until
 *           lede_results_free, and outlives the snapshot and the index.
 * Threads   Search from any thread. Results are frozen.
 */
#ifndef LEDE_SEARCH_H
#define LEDE_SEARCH_H

#include "lede/query.h"
#include "lede/snapshot.h"
#include "lede/writer.h"

/* By the field's smallest value (largest if descending); articles without one
 * come last. */
typedef struct lede_sort {
    const char *field;
    bool descending;
} lede_sort;

typedef enum lede_ties {
    LEDE_TIES_NEWEST = 0, /* the article put last comes first */
    LEDE_TIES_OLDEST = 1,
    LEDE_TIES_KEY = 2 /* by bytes of the key; the same on any set of shards */
} lede_ties;

typedef enum lede_bucket {
    LEDE_BUCKET_VALUE = 0, /* each value by itself */
    LEDE_BUCKET_HOUR = 1,  /* dates, UTC; weeks begin on Monday */
    LEDE_BUCKET_DAY = 2,
    LEDE_BUCKET_WEEK = 3,
    LEDE_BUCKET_MONTH = 4,
    LEDE_BUCKET_YEAR = 5
} lede_bucket;

/* Counts all matching articles by a field: values by falling count, buckets of
 * dates by time. */
typedef struct lede_facet {
    const char *field;
    lede_bucket bucket;
    uint32_t limit; /* most counts; 0: 10, for buckets 1000 */
} lede_facet;

typedef enum lede_load {
    LEDE_LOAD_STORED = 0, /* every stored field */
    LEDE_LOAD_FIELDS = 1, /* those named in `fields` */
    LEDE_LOAD_NOTHING = 2 /* key and score */
} lede_load;

typedef enum lede_snippet {
    LEDE_SNIPPET_NONE = 0,
    LEDE_SNIPPET_HTML = 1,     /* escaped; matches in <mark>, </mark> */
    LEDE_SNIPPET_TERMINAL = 2, /* control characters removed; bold */
    LEDE_SNIPPET_PLAIN = 3     /* as TERMINAL, without marks */
} lede_snippet;

typedef enum lede_search_flag {
    LEDE_SEARCH_COUNT_ALL = 1, /* `total` is exact; costs a full count */
    LEDE_SEARCH_PARTIAL = 2,   /* on timeout or a dead shard what there is,
                                * which may be nothing */
    LEDE_SEARCH_EXPLAIN = 4    /* lede_hit_explain has lines */
} lede_search_flag;

typedef struct lede_search_options {
    uint32_t size;     /* sizeof this struct; the macro sets it */
    uint32_t flags;    /* LEDE_SEARCH_ bits */
    uint32_t limit;    /* most hits; 0: 10 */
    uint32_t offset;   /* hits to pass over */
    const char *after; /* `next` of the page before, with the same snapshot,
                        * query and order; NULL: start */

    const lede_sort *sort; /* first key first; NULL: by score */
    size_t sort_count;
    const lede_facet *facets; /* see lede_results_facet */
    size_t facet_count;
    const char *collapse;    /* a keyword or int field: show each value ... */
    uint32_t collapse_limit; /* ... this often; 0: once */
    lede_ties ties;

    const char *const *fields; /* for LEDE_LOAD_FIELDS */
    size_t field_count;
    lede_load load;
    lede_snippet snippet;
    const char *snippet_field; /* stored; NULL: the one that matched best */
    uint32_t snippet_bytes;    /* before marks; 0: 240; UINT32_MAX: all of it */

    uint32_t forms;             /* LEDE_FORM_ bits; 0: all */
    double k1;                  /* BM25; 0: 1.2; to mean 0 pass -1 */
    double b;                   /* 0: 0.75; to mean 0 pass -1 */
    double recency_weight;      /* w in score * (1 - w + w * 2^(-age / half
                                 * life)), 0 to 1; 0: age does not count */
    uint64_t half_life_seconds; /* 0: 30 days */
    int64_t now_seconds;        /* where age begins; 0: the clock */
    const char *recency_field;  /* NULL: "date" */

    const char *explain_key; /* results->explained is this article */
    size_t explain_key_len;
    const lede_limits *limits; /* NULL: those of the index */
    lede_cancel *cancel;       /* NULL: cannot be stopped */
    uint32_t timeout_ms;       /* 0: none; else LEDE_ERR_TIMEOUT */
    uint32_t threads;          /* to search with; 0: the calling one */
} lede_search_options;

#define LEDE_SEARCH_OPTIONS                                                    \
    {                                                                          \
        sizeof(lede_search_options), 0, 0, 0, NULL, NULL, 0, NULL, 0, NULL, 0, \
            LEDE_TIES_NEWEST, NULL, 0, LEDE_LOAD_STORED, LEDE_SNIPPET_NONE,    \
            NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, 0, 0         \
    }

typedef struct lede_hit {
    const char *key;
    size_t key_len;
    double score;                  /* 0 when sorted by columns alone */
    const lede_document *document; /* what `load` asked for; never NULL */
    const char *snippet;           /* UTF-8; "" unless asked for */
    size_t snippet_len;
    uint64_t collapsed; /* matches with the same value not shown; a lower
                         * bound unless COUNT_ALL */
} lede_hit;

typedef struct lede_results {
    size_t count;      /* hits */
    uint64_t total;    /* articles that match, collapsed ones too ... */
    bool total_exact;  /* ... or, if false, at least so many */
    bool scores_exact; /* false: a remote engine cannot weigh forms */
    bool capped;       /* a pattern matched more terms than were used */
    bool partial;      /* stopped early, or shards are missing */
    const char *next;  /* printable; options.after for the page that follows:
                        * copy it, or free these results after that search;
                        * NULL when there is none */
    uint64_t generation;
    uint64_t elapsed_us;
    uint32_t shards_ok;
    uint32_t shards_failed;
    const lede_hit *explained; /* with its lines, whether it matches or not;
                                * NULL unless asked for and in the index */
} lede_results;

/* LEDE_ERR_INVALID for fields the schema lacks or that cannot do what is
 * asked, and for what a builder left in the query; LEDE_ERR_UNSUPPORTED for
 * what this engine cannot do: it never does something else instead. */
LEDE_API lede_status lede_search(lede_results **out,
                                 const lede_snapshot *snapshot,
                                 const lede_query *query,
                                 const lede_search_options *options,
                                 lede_error *err);

/* Searches for text as a person types it: lede_query_parse with the fields of
 * the snapshot, then lede_search. Call these to show lede_query_warning. */
LEDE_API lede_status lede_search_text(lede_results **out,
                                      const lede_snapshot *snapshot,
                                      const char *text, size_t len,
                                      const lede_search_options *options,
                                      lede_error *err);

/* How many articles match, without ranking. Of the options it uses the limits,
 * timeout, cancel, forms and threads. */
LEDE_API lede_status lede_count(uint64_t *total, const lede_snapshot *snapshot,
                                const lede_query *query,
                                const lede_search_options *options,
                                lede_error *err);

LEDE_API void lede_results_free(lede_results *results);

/* The hit at a place from 0, best first; NULL past the last. */
LEDE_API const lede_hit *lede_results_hit(const lede_results *results,
                                          size_t at);

typedef struct lede_facet_count {
    const lede_value *value; /* for buckets the first second ... */
    int64_t last;            /* ... and the last; else 0 */
    uint64_t count;
} lede_facet_count;

/* Count `at` of the facet at place `facet` in the options; NULL past the last.
 * Counts are of all matches, exact unless results->partial. */
LEDE_API const lede_facet_count *lede_results_facet(const lede_results *results,
                                                    size_t facet, size_t at);

/* The shard at a place from 0; NULL past the last. */
LEDE_API const lede_shard *lede_results_shard(const lede_results *results,
                                              size_t at);

/* A step in how an article was matched and scored, parents before children. */
typedef struct lede_explanation {
    uint32_t depth; /* 0: the whole, whose score is the hit's */
    bool matched;   /* false, where an article is lost: why not */
    double score;
    const char *text; /* "embassy: tf 3, df 120 of 21578, length 400" */
} lede_explanation;

/* The line at a place from 0; NULL past the last. */
LEDE_API const lede_explanation *lede_hit_explain(const lede_hit *hit,
                                                  size_t at);

typedef enum lede_suggest_kind {
    LEDE_SUGGEST_CORRECTION = 0, /* what was meant */
    LEDE_SUGGEST_COMPLETION = 1  /* how the last word may go on */
} lede_suggest_kind;

typedef struct lede_suggest_options {
    uint32_t size;       /* sizeof this struct; the macro sets it */
    uint32_t limit;      /* most suggestions; 0: 5 */
    const char *field;   /* text; NULL: the default ones */
    lede_cancel *cancel; /* NULL: cannot be stopped */
    uint32_t timeout_ms; /* 0: none */
    lede_suggest_kind kind;
} lede_suggest_options;

#define LEDE_SUGGEST_OPTIONS                            \
    {                                                   \
        sizeof(lede_suggest_options), 0, NULL, NULL, 0, \
            LEDE_SUGGEST_CORRECTION                     \
    }

typedef struct lede_suggestions {
    size_t count; /* 0: nothing better is known */
} lede_suggestions;

typedef struct lede_suggestion {
    const char *text; /* the whole text, words replaced; UTF-8 */
    size_t len;
    uint64_t documents; /* that hold the rarest word of it */
} lede_suggestion;

/* Better or longer texts made of the words of the index, the most frequent
 * first. Frozen; free with lede_suggestions_free. */
LEDE_API lede_status lede_suggest(lede_suggestions **out,
                                  const lede_snapshot *snapshot,
                                  const char *text, size_t len,
                                  const lede_suggest_options *options,
                                  lede_error *err);
LEDE_API const lede_suggestion *lede_suggestions_at(
    const lede_suggestions *suggestions, size_t at);
LEDE_API void lede_suggestions_free(lede_suggestions *suggestions);

#endif
