/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/writer.h - the inside of a writer: writer.c opens and closes it,
 * change.c makes changes, commit.c ends a transaction.
 *
 * Each shard is in one transaction until the commit. Outside a transaction
 * libxapian makes changes visible when it has 10,000; inside one it only moves
 * them from memory to free blocks. A server's database has no transactions:
 * there one commit holds fewer changes than that.
 *
 * Memory    What libxapian holds of the last 10,000 changes is estimated, not
 *           bounded by memory_bytes; the words of the transaction are held too.
 * Threads   apply is shared, by the mutex; everything else is confined.
 */
#ifndef LEDE_XAPIAN_WRITER_H
#define LEDE_XAPIAN_WRITER_H

#include "base/map.h"
#include "xapian/article.h"
#include "xapian/index.h"

/* libxapian's threshold for flushing, of which a server makes commits. */
#define LEDE_XAPIAN_FLUSH_CHANGES 10000U

/* What the words of a transaction are, in their map. */
enum { LEDE_XAPIAN_WORD_PLAIN, LEDE_XAPIAN_WORD_NAME };

/* The writer of one shard. */
typedef struct lede_xapian_target {
    const lede_xapian_place *place;
    const char *copy; /* where optimize makes one, of a database on disk */
    xapian_database *db;
    lede_xapian_state *committed;
    lede_xapian_state *next;
    lede_xapian_state *seen; /* after a commit, which must not run out of
                              * memory when it looks */
    bool changed;            /* documents, since the last commit */
    uint32_t changes;        /* as libxapian counts them */
    uint64_t pending_bytes;
    lede_arena *arena; /* of the keys of the maps */
    lede_map words;    /* of the transaction: LEDE_XAPIAN_WORD_ */
    lede_map names;    /* field and word, known to be in metadata */
    lede_map order;    /* key to its highest sequence, for several lanes */
} lede_xapian_target;

struct lede_engine_writer {
    lede_engine_index *index;
    const lede_allocator *allocator;
    lede_arena *arena;
    lede_schema *schema; /* committed */
    const lede_forms *forms;
    lede_xapian_target *targets;
    uint32_t count;
    lede_shard *shards;
    lede_error *messages; /* behind the shards' */
    unsigned flags;       /* of opening */
    uint32_t lanes;
    pthread_mutex_t mutex; /* lanes take turns: libxapian has one writer */
    lede_xapian_article *article;
    bool poisoned;
};

/* Opens the database with its lock, and a transaction. BUSY. */
lede_status lede_xapian_target_start(lede_xapian_target *t, unsigned flags,
                                     uint32_t wait_ms, lede_error *err);

/* Drops what is known of the transaction. */
void lede_xapian_target_forget(lede_xapian_target *t);

lede_status lede_xapian_target_fail(const lede_xapian_target *t,
                                    const xapian_error *fault, lede_error *err);

/* While a database was replaced by its copy, another writer took the lock. */
lede_status lede_xapian_target_lost(const lede_xapian_target *t,
                                    lede_error *err);

#endif
