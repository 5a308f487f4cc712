/*
 * memory/index.h - an open index: its newest commit, and whether it is being
 * written to.
 *
 * Memory    Counted: keep and release. The handle and each writer keep one.
 * Threads   Shared; all but the counts are under `lock`.
 */
#ifndef LEDE_MEMORY_INDEX_H
#define LEDE_MEMORY_INDEX_H

#include <pthread.h>

#include "memory/commit.h"

typedef struct lede_memory_index {
    pthread_mutex_t lock;
    pthread_cond_t unwritten; /* told when a writer closes */
    lede_memory_commit *newest;
    bool written; /* a writer is open */
    const lede_allocator *allocator;
    atomic_uint keepers;
} lede_memory_index;

lede_status lede_memory_index_new(lede_memory_index **out,
                                  const lede_schema *schema,
                                  const lede_allocator *allocator);
lede_memory_index *lede_memory_index_keep(lede_memory_index *index);
void lede_memory_index_release(lede_memory_index *index);

/* The newest commit, kept. */
lede_memory_commit *lede_memory_index_newest(lede_memory_index *index);

/* Makes a commit the newest; takes ownership. */
void lede_memory_index_advance(lede_memory_index *index,
                               lede_memory_commit *commit);

/* BUSY if another writer does not close within wait_ms. */
lede_status lede_memory_index_lock(lede_memory_index *index, uint32_t wait_ms);
void lede_memory_index_unlock(lede_memory_index *index);

/* The engine's functions for writers; memory/writer.c. */
lede_status lede_memory_writer_open(lede_engine_writer **out,
                                    lede_engine_index *index,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err);
void lede_memory_writer_close(lede_engine_writer *opaque);
lede_status lede_memory_writer_apply(lede_engine_writer *opaque, uint32_t lane,
                                     const lede_engine_change *change,
                                     lede_error *err);
lede_status lede_memory_writer_finish(lede_engine_writer *opaque,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err);
const lede_shard *lede_memory_writer_shards(lede_engine_writer *opaque,
                                            uint32_t *count);
uint64_t lede_memory_writer_memory(const lede_engine_writer *opaque);

#endif
