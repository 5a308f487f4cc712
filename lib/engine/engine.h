/*
 * engine/engine.h - the seam: what an engine does, for whoever writes a fourth.
 *
 * Above it articles are analysed into tokens, queries made into plans of exact
 * terms, snippets cut. Below it words are bytes with positions: an engine knows
 * no language, no query syntax and no public options. It keeps articles by key,
 * a dictionary of terms with their forms, and answers plans.
 *
 *     open -> index -> snapshot -> describe, lookup, walk, forms, search, load
 *                   -> writer   -> apply, finish
 *
 * What needs no function: an article by key is the plan KEY; all articles in
 * put order are pages of EVERYTHING with ties OLDEST; count is a search that
 * wants 0; explain is the parts of a plan, each joined with one KEY.
 *
 * Fields    By place in the schema, which only ever grows at its end.
 * Keys      1 to LEDE_KEY_MAX bytes, compared as bytes. An engine with shorter
 *           ones hashes and verifies.
 * Deleted   An article deleted or replaced is never found, listed or loaded
 *           from the commit on. It may count in `documents` and in the
 *           statistics of lookup and describe until the engine lets it go.
 * Errors    Every function may return NOMEM, IO, CORRUPT; others are named. An
 *           engine that cannot do what is asked returns UNSUPPORTED before any
 *           work, naming it in err; it never does less in silence. Outputs are
 *           written only on success, `err`, which may be NULL, only on failure:
 *           whoever calls clears it first.
 * Fitness   That fields can do what is asked of them (columns to sort, collapse
 *           and count by, dates for buckets and recency, keywords for EQUALS
 *           and VALUES), that options are in range, and that nobody writes to
 *           an index opened READ_ONLY is seen to above the seam.
 * Memory    Outputs live in the arena passed with the call. Handles come from
 *           the allocator given to open, and close in any order: a snapshot
 *           and a writer keep what they need of their index. close functions
 *           accept NULL.
 * Threads   index: shared. snapshot: frozen, all its calls at once. writer:
 *           confined, but for lanes.
 * Stopping  Every loop of unknown length spends from the budget at least each
 *           10 ms of work, and returns what that returns.
 *
 * tests/conformance.c is the rest of this contract; a new function starts there.
 */
#ifndef LEDE_ENGINE_ENGINE_H
#define LEDE_ENGINE_ENGINE_H

#include "base/arena.h"
#include "base/budget.h"
#include "document/document.h"
#include "engine/plan.h"
#include "engine/score.h"
#include "lede/index.h"
#include "lede/search.h"
#include "query/dfa.h"
#include "text/forms.h"
#include "text/token.h"

/* An article within one snapshot; means nothing to another. */
typedef uint64_t lede_doc;

typedef struct lede_engine_index lede_engine_index;
typedef struct lede_engine_snapshot lede_engine_snapshot;
typedef struct lede_engine_writer lede_engine_writer;

/* All borrowed for the call, but allocator, log and log_ctx, which outlive the
 * index. */
typedef struct lede_engine_settings {
    const char *scheme;        /* of the address; "" for a path */
    const char *address;       /* without its scheme */
    uint32_t flags;            /* LEDE_INDEX_ bits */
    const lede_schema *create; /* makes the index if there is none; NULL: open
                                * only */
    const lede_limits *limits; /* complete: no zeros left */
    const lede_allocator *allocator;
    void (*log)(void *ctx, lede_log_level level, const char *line);
    void *log_ctx;
} lede_engine_settings;

/* ---- Writing ------------------------------------------------------------ */

/* Analysis, pulled by the engine: an article of any size in bounded memory. */
typedef struct lede_token_source lede_token_source;
struct lede_token_source {
    /* Returns true with a batch of one field, borrowed until the next call;
     * fields come in rising order, positions rise within a field, no term
     * stands twice at one. At the end or on failure false, with `status` set. */
    bool (*next)(lede_token_source *source, uint32_t *field,
                 const lede_token_batch **batch);
    lede_status status;
};

typedef struct lede_engine_change {
    lede_bytes key;
    uint64_t sequence; /* above all of earlier commits; the put order */
    const lede_document *document; /* values have the kinds of their fields,
                                    * unknown fields LEDE_STORED. NULL: delete
                                    * the key */
    const lede_schema *schema; /* of those kinds: the index's, or the one that
                                * the next finish will bring */
    lede_token_source *tokens; /* NULL with the document */
    uint64_t text_bytes;       /* of its indexed text fields */
} lede_engine_change;

typedef struct lede_engine_writer_settings {
    uint32_t lanes;   /* threads that will call apply at once; 1 or more */
    uint32_t threads; /* of its own, to merge with */
    uint64_t memory_bytes;
    uint32_t wait_ms;
    lede_durability durability;
    const lede_forms *forms; /* borrowed until the writer closes or a finish
                              * brings others */
} lede_engine_writer_settings;

typedef enum lede_finish_kind {
    LEDE_FINISH_COMMIT,
    LEDE_FINISH_ROLLBACK, /* the other members do not count */
    LEDE_FINISH_OPTIMIZE  /* commit, make small, commit */
} lede_finish_kind;

typedef struct lede_engine_finish {
    lede_finish_kind kind;
    const lede_schema *schema; /* NULL: as before */
    const lede_forms *forms;   /* NULL: as before; else the tables are rebuilt
                                * if their version differs. Borrowed on */
    const lede_bytes *notes;   /* NULL: as before; else all of them, encoded by
                                * the caller */
    const lede_task *task;     /* NULL: silent */
} lede_engine_finish;

/* ---- Reading ------------------------------------------------------------ */

/* Two spaces of terms in a field: words (text, keywords with words), and whole
 * values (keywords). */
typedef enum lede_space { LEDE_SPACE_WORDS, LEDE_SPACE_VALUES } lede_space;

typedef struct lede_term_stats {
    uint64_t documents;   /* that hold it in the field */
    uint64_t occurrences; /* in them; of a value, as documents. Told only by a
                           * walk that counts: it can cost a look at the list */
    bool name;            /* WORDS: some occurrence was a CAPITAL */
    const void *place;    /* of lookup, for the plan's term: the engine's own;
                           * NULL: it has none */
} lede_term_stats;

/* A stream of terms in byte order; starts before the first. */
typedef struct lede_term_walk lede_term_walk;
struct lede_term_walk {
    bool counts;     /* set before next by who wants occurrences */
    lede_bytes term; /* borrowed until next */
    lede_term_stats stats;
    uint32_t distance; /* what the automaton accepted with */
    lede_status status;
    bool (*next)(lede_term_walk *walk);
};

typedef struct lede_engine_description {
    uint64_t generation;
    uint64_t last_sequence; /* of the newest change; 0 if none */
    const lede_schema *schema;
    lede_bytes notes;             /* as the last finish that brought them */
    uint64_t documents;           /* N of the scores: deleted ones may count */
    const uint64_t *field_tokens; /* by field: sum of lengths, as N counts */
    uint32_t field_count;
    uint64_t forms_version;
    const lede_shard *shards; /* at least one, the index itself */
    uint32_t shard_count;
} lede_engine_description;

typedef struct lede_engine_hit {
    lede_doc doc;
    double score; /* 0 if there are sort keys */
    uint64_t sequence;
    lede_bytes key;
    const lede_value *values; /* one for each sort key; LEDE_NONE: missing */
    uint64_t collapsed;       /* matches of its group that are hidden */
} lede_engine_hit;

typedef struct lede_sort_key {
    uint32_t field;
    bool descending; /* then by the largest value, else the smallest */
} lede_sort_key;

typedef struct lede_facet_key {
    uint32_t field;
    lede_bucket bucket;
    uint32_t limit;
} lede_facet_key;

/*
 * Order of hits: by the sort keys, or by score (falling) where there are none;
 * then by `ties`: sequence falling, rising, or key rising; then, where shards
 * have the same sequences, by key. Missing values come last in both directions.
 *
 * The steps: what matches; facets count it; it is ordered; collapse hides all
 * but the first of each group; `after` drops what is not behind it; the first
 * `want` are the hits. So pages of a collapsed search are parts of one whole.
 */
typedef struct lede_engine_search {
    const lede_plan *plan;
    lede_score_rule rule;
    lede_recency recency;
    uint32_t want;                /* hits; 0 only counts */
    const lede_engine_hit *after; /* its score or values, sequence and key: hits
                                   * behind it only. NULL: from the first */
    const lede_sort_key *sort;
    uint32_t sort_count;
    lede_ties ties;
    uint32_t collapse; /* a column's field: at most collapse_limit hits with
                        * the same smallest value, the first ones; articles
                        * without one stay. LEDE_NO_FIELD: none */
    uint32_t collapse_limit; /* 1 or more */
    bool count_all;          /* total (and collapsed) must be exact */
    bool partial;            /* on TIMEOUT or a dead shard, what there is */
    const lede_facet_key *facets; /* over all matches, collapsed ones too; an
                                   * article counts once per distinct value */
    uint32_t facet_count;
    uint32_t threads;    /* it may use; 0: the calling one */
    lede_budget *budget; /* deadline, cancel, memory */
} lede_engine_search;

/* Values by falling count, then rising value; buckets by rising time; the first
 * `limit` of them. */
typedef struct lede_engine_facet {
    const lede_facet_count *counts;
    uint32_t count;
} lede_engine_facet;

typedef struct lede_engine_results {
    const lede_engine_hit *hits; /* in order */
    uint32_t count;
    uint64_t total; /* that match, whatever `after` and `collapse` */
    bool total_exact;
    bool scores_exact;
    bool partial;
    const lede_engine_facet *facets; /* as many as were asked for */
    const lede_shard *shards;        /* NULL: all of the description are well */
    uint32_t shard_count;
} lede_engine_results;

/* What to read of some articles, in any order. */
typedef struct lede_engine_load {
    const lede_doc *docs;
    uint32_t count;
    const uint32_t *fields; /* NULL: all stored ones, unknown ones too */
    uint32_t field_count;
    const lede_allocator *allocator; /* of the documents */
    lede_budget *budget;
} lede_engine_load;

/* ---- The engine --------------------------------------------------------- */

struct lede_engine {
    const char *name;    /* "native" */
    const char *schemes; /* it answers to, by spaces; "memory" */

    /* Lanes work at once, and apply refuses no article that is fit, but for its
     * source's failure: articles may wait before they are applied. */
    bool parallel;

    /* Whether a path that exists holds an index of this engine. NULL: never. */
    bool (*owns)(const char *path);

    /* NOT_FOUND, VERSION, UNSUPPORTED (address, schema). If `create` is given
     * and an index is there, opens it and leaves its schema alone. */
    lede_status (*open)(lede_engine_index **out,
                        const lede_engine_settings *settings, lede_error *err);
    void (*close)(lede_engine_index *index);

    /* As lede_check and lede_recover, which need no index that opens. */
    lede_status (*check)(const lede_engine_settings *settings, bool recover,
                         const lede_task *task, lede_error *err);

    /* The number of the newest commit; as cheap as one stat. */
    lede_status (*generation)(lede_engine_index *index, uint64_t *generation,
                              lede_error *err);

    /* Copies the commit into a directory, as lede_snapshot_backup. NULL: not
     * in this engine. */
    lede_status (*backup)(const lede_engine_snapshot *snapshot,
                          const char *path, const lede_task *task,
                          lede_error *err);

    /* The newest commit, of any process. The same one again is cheap. Before
     * the first commit: no articles, generation 0. */
    lede_status (*snapshot)(lede_engine_snapshot **out,
                            lede_engine_index *index, lede_error *err);
    void (*snapshot_close)(lede_engine_snapshot *snapshot);

    /* Known since the snapshot was opened; borrowed until it closes. */
    const lede_engine_description *(*describe)(
        const lede_engine_snapshot *snapshot);

    /* Fills `stats` (but `generation` and `engine`) with what is known; the
     * rest stays UINT64_MAX. Sections live in the arena. */
    lede_status (*stats)(lede_stats *stats,
                         const lede_engine_snapshot *snapshot,
                         lede_arena *arena, lede_error *err);

    /* Statistics of WORDS; zeros where there is no such term. `weight` does
     * not count. One round trip, however many. Places live in the arena; where
     * that is NULL, there are none. */
    lede_status (*lookup)(lede_term_stats *stats,
                          const lede_engine_snapshot *snapshot,
                          const lede_plan_term *terms, uint32_t count,
                          lede_budget *budget, lede_arena *arena,
                          lede_error *err);

    /* The terms of a field's space that the automaton accepts; NULL accepts
     * all. Jumps over what is dead: few terms are found without visiting the
     * dictionary. The automaton is borrowed until the walk ends. */
    lede_status (*walk)(lede_term_walk **out,
                        const lede_engine_snapshot *snapshot, uint32_t field,
                        lede_space space, lede_dfa *dfa, lede_budget *budget,
                        lede_arena *arena, lede_error *err);

    /* The WORDS of all fields that have a form key of this kind, by
     * text/forms.h: those equal to the key itself are not listed. A name in
     * one field is one in all. In byte order, each once. */
    lede_status (*forms)(const lede_bytes **terms, uint32_t *count,
                         const lede_engine_snapshot *snapshot, uint32_t kind,
                         lede_bytes key, lede_budget *budget, lede_arena *arena,
                         lede_error *err);

    /* Answers a plan. Exact in what matches; scores_exact says whether the
     * scores are those of engine/score.h. TIMEOUT, CANCELLED, LIMIT,
     * UNSUPPORTED. */
    lede_status (*search)(lede_engine_results *out,
                          const lede_engine_snapshot *snapshot,
                          const lede_engine_search *search, lede_arena *arena,
                          lede_error *err);

    /* Stored values: documents[i], owned by the caller, is of docs[i], and
     * sequences[i] (may be NULL) its sequence. The values of each field stand
     * in put order. On failure none is made. */
    lede_status (*load)(lede_document **documents, uint64_t *sequences,
                        const lede_engine_snapshot *snapshot,
                        const lede_engine_load *load, lede_error *err);

    /* BUSY while another has the lock, after waiting wait_ms for it. */
    lede_status (*writer)(lede_engine_writer **out, lede_engine_index *index,
                          const lede_engine_writer_settings *settings,
                          lede_error *err);
    /* Drops what is new; waits for merges that are due, but not after a
     * failure. */
    void (*writer_close)(lede_engine_writer *writer);

    /* Puts or deletes. Lanes 0 to lanes - 1 may be called at once, each by one
     * thread; of changes to one key the highest sequence wins, whatever lane
     * it came by. Copies what it keeps. If the source fails, nothing is put,
     * its status is returned, and the writer goes on as before. */
    lede_status (*apply)(lede_engine_writer *writer, uint32_t lane,
                         const lede_engine_change *change, lede_error *err);

    /* Commits, rolls back or optimizes; no lane is busy. Merges may make commits
     * of their own in between. *generation (may be NULL) as in
     * lede_writer_commit: without changes the present one. After a failure a
     * rollback makes the writer as good as new, but UNKNOWN_COMMIT poisons it.
     * After OPTIMIZE statistics count no deleted article. */
    lede_status (*finish)(lede_engine_writer *writer,
                          const lede_engine_finish *finish,
                          uint64_t *generation, lede_error *err);

    /* How each shard fared in the last finish; borrowed until the next. */
    const lede_shard *(*writer_shards)(lede_engine_writer *writer,
                                       uint32_t *count);

    uint64_t (*writer_memory)(const lede_engine_writer *writer); /* in use */

    /* Merges that failed since the writer was opened. NULL: it has none. */
    uint64_t (*merge_failures)(const lede_engine_writer *writer);
};

#endif
