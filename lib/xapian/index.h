/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/index.h - the inside of the Xapian engine's handles.
 *
 * Threads   libxapian's objects belong to one thread at a time, so a snapshot
 *           has one mutex, which every call into its databases holds: searches
 *           of one snapshot wait for each other, those of several run at once.
 * Frozen    A snapshot holds the revision of its databases that it opened.
 *           Xapian's writers overwrite the blocks of a revision two commits
 *           later: a snapshot older than that answers BUSY and must be opened
 *           again. This is weaker than the seam asks.
 */
#ifndef LEDE_XAPIAN_INDEX_H
#define LEDE_XAPIAN_INDEX_H

#include "engine/engine.h"
#include "xapian-c/xapian.h"
#include "xapian/layout.h"
#include "xapian/place.h"
#include "xapian/state.h"

#include <pthread.h>
#include <stdatomic.h>

struct lede_engine_index {
    const lede_allocator *allocator;
    lede_arena *arena; /* of the places */
    const lede_xapian_place *places;
    uint32_t place_count;
    bool remote; /* some place is a server */
    uint32_t flags;
    pthread_mutex_t mutex; /* of the polls */
    struct lede_xapian_poll {
        xapian_database *db; /* reads the generation; NULL: not open */
        lede_xapian_identity identity; /* of what it was opened from */
    } * polls;
    atomic_uint keepers;
};

lede_engine_index *lede_xapian_index_keep(lede_engine_index *index);
void lede_xapian_index_release(lede_engine_index *index);

/* One of the databases of a snapshot. */
typedef struct lede_xapian_part {
    xapian_database *db; /* NULL: its server does not answer */
    lede_xapian_state *state;
    lede_schema *schema;
} lede_xapian_part;

/* Some parts as one database: its document n is document (n - 1) / count + 1
 * of part at[(n - 1) % count]. */
typedef struct lede_xapian_union {
    xapian_database *db;
    uint32_t *at; /* places of the parts */
    uint32_t count;
} lede_xapian_union;

struct lede_engine_snapshot {
    lede_engine_index *index;
    const lede_allocator *allocator;
    lede_arena *arena;
    pthread_mutex_t *mutex;
    lede_xapian_part *parts; /* as many as places */
    uint32_t part_count;
    lede_xapian_union all;     /* the parts that answered */
    const lede_schema *schema; /* that of the part with most fields */
    lede_engine_description description;
    lede_shard *shards;
};

/* The most distinct values that an article has in a column, in any part. */
uint32_t lede_xapian_values_max(const lede_engine_snapshot *snapshot,
                                uint32_t field);

/* The lede_doc of a document of a union, and where it is in its part. */
static inline lede_doc lede_xapian_doc(const lede_xapian_union *all,
                                       uint32_t id)
{
    return (lede_doc)all->at[(id - 1) % all->count] << 32 |
           ((id - 1) / all->count + 1);
}

static inline uint32_t lede_xapian_doc_part(lede_doc doc)
{
    return (uint32_t)(doc >> 32);
}

static inline uint32_t lede_xapian_doc_id(lede_doc doc)
{
    return (uint32_t)doc;
}

/* Joins the parts that `wanted` (NULL: those with a database) says. The union
 * shares their objects; free its db. */
lede_status lede_xapian_unite(lede_xapian_union *out,
                              const lede_engine_snapshot *snapshot,
                              const bool *wanted, lede_arena *arena,
                              lede_error *err);

/* ---- The functions of the engine, by file ------------------------------- */

lede_status lede_xapian_snapshot_open(lede_engine_snapshot **out,
                                      lede_engine_index *index,
                                      lede_error *err);
void lede_xapian_snapshot_close(lede_engine_snapshot *snapshot);
const lede_engine_description *lede_xapian_describe(
    const lede_engine_snapshot *snapshot);
lede_status lede_xapian_stats(lede_stats *stats,
                              const lede_engine_snapshot *snapshot,
                              lede_arena *arena, lede_error *err);
lede_status lede_xapian_load(lede_document **documents, uint64_t *sequences,
                             const lede_engine_snapshot *snapshot,
                             const lede_engine_load *load, lede_error *err);

lede_status lede_xapian_lookup(lede_term_stats *stats,
                               const lede_engine_snapshot *snapshot,
                               const lede_plan_term *terms, uint32_t count,
                               lede_budget *budget, lede_arena *arena,
                               lede_error *err);
lede_status lede_xapian_walk(lede_term_walk **out,
                             const lede_engine_snapshot *snapshot,
                             uint32_t field, lede_space space, lede_dfa *dfa,
                             lede_budget *budget, lede_arena *arena,
                             lede_error *err);
lede_status lede_xapian_forms(const lede_bytes **terms, uint32_t *count,
                              const lede_engine_snapshot *snapshot,
                              uint32_t kind, lede_bytes key,
                              lede_budget *budget, lede_arena *arena,
                              lede_error *err);

lede_status lede_xapian_search(lede_engine_results *out,
                               const lede_engine_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err);

lede_status lede_xapian_writer_open(lede_engine_writer **out,
                                    lede_engine_index *index,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err);
void lede_xapian_writer_close(lede_engine_writer *writer);
lede_status lede_xapian_apply(lede_engine_writer *writer, uint32_t lane,
                              const lede_engine_change *change,
                              lede_error *err);
lede_status lede_xapian_finish(lede_engine_writer *writer,
                               const lede_engine_finish *finish,
                               uint64_t *generation, lede_error *err);
const lede_shard *lede_xapian_writer_shards(lede_engine_writer *writer,
                                            uint32_t *count);
uint64_t lede_xapian_writer_memory(const lede_engine_writer *writer);

#endif
