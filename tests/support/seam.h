/*
 * support/seam.h - an engine under test, with articles, plans and answers as
 * text. Every function fails the test where the engine's does.
 *
 *     seam s;
 *     seam_open(&s, lede_memory_engine(), "", "", NULL);
 *     seam_put(&s, "k1", "title=Two ferries; tags=sea|harbour; n=3");
 *     seam_commit(&s);
 *     ck_assert_str_eq(seam_find(&s, "(and title.two tags:sea)"), "k1");
 *     seam_close(&s);
 *
 * Articles  `field=value|value; ...`. Fields with words take those of their
 *           values, in the notation of support/tokens.h.
 * Plans     WORD      field.term+field.term@n   weight of the form, n/256
 *           spans     (phrase slop A B) (near slop A B) (either A B)
 *           values    field:value  (range field min max)  * for no bound
 *                     (exists field)  (key K)
 *           joins     (and A B) (or A B) (best n A B) (not A) (optional A)
 *                     (constant weight A)  all  nothing
 *           Leaves get the idf, lengths and weights that queries give them,
 *           by the statistics of the snapshot.
 * Memory    Answers live until the next commit or close.
 */
#ifndef LEDE_TESTS_SEAM_H
#define LEDE_TESTS_SEAM_H

#include "engine/engine.h"
#include "support/tokens.h"

/* The fields of seam_schema, by place. */
enum {
    SEAM_TITLE,  /* text, weight 2 */
    SEAM_BODY,   /* text */
    SEAM_NOTES,  /* text, not stored, named only */
    SEAM_FLAT,   /* text without positions */
    SEAM_TAGS,   /* keyword */
    SEAM_AUTHOR, /* keyword with words */
    SEAM_N,      /* int */
    SEAM_X,      /* double */
    SEAM_DATE,   /* date */
    SEAM_RAW,    /* stored only */
    SEAM_FIELDS
};

typedef struct seam {
    const lede_engine *engine;
    lede_engine_settings settings;
    lede_limits limits;
    lede_schema *schema;
    lede_forms *forms;
    lede_engine_index *index;
    lede_engine_writer *writer;     /* opened by the first change */
    lede_engine_snapshot *snapshot; /* of the last commit seen */
    lede_arena *arena;              /* of answers */
    uint64_t sequence;
    uint32_t per_batch; /* tokens */
    const char *scheme;
    const char *address;
    lede_error err;
    word_tokens tokens;
} seam;

lede_schema *seam_schema(void);

/* Creates the index. `allocator` NULL: libc. */
void seam_open(seam *s, const lede_engine *engine, const char *scheme,
               const char *address, const lede_allocator *allocator);
void seam_close(seam *s);

/* Fails the test unless `status` is `expected`. */
void seam_expect(const seam *s, lede_status status, lede_status expected);

/* The settings that seam_put and others use for their writer. */
lede_engine_writer_settings seam_writer_settings(const seam *s);
void seam_write(seam *s); /* opens the writer if it is not */
void seam_close_writer(seam *s);

/* A document by the notation above. */
lede_document *seam_document(const lede_schema *schema, const char *article);

void seam_put(seam *s, const char *key, const char *article);
void seam_put_as(seam *s, lede_bytes key, uint64_t sequence, uint32_t lane,
                 const char *article); /* NULL: delete */
void seam_delete(seam *s, const char *key);
uint64_t seam_finish(seam *s, lede_finish_kind kind);

/* Commits and looks at the commit. */
uint64_t seam_commit(seam *s);
void seam_look(seam *s); /* opens the newest snapshot */

const lede_plan *seam_plan(seam *s, const char *text);

/* A search for all hits of a plan, exact, newest first. */
lede_engine_search seam_request(seam *s, const char *plan);

/* LEDE_OK or UNSUPPORTED. */
lede_status seam_search(seam *s, const lede_engine_search *search,
                        lede_engine_results *results);

/* Keys of hits by spaces; a `-` for what the engine does not support. */
const char *seam_keys(seam *s, const lede_engine_results *results);
const char *seam_find(seam *s, const char *plan);
const char *seam_find_as(seam *s, const lede_engine_search *search);

#endif
