/*
 * native/index/writer.h - changes on their way to a commit.
 *
 *     lede_native_writer_open(&writer, &place, &settings, &err);
 *     lede_native_writer_apply(writer, lane, &change, &err);
 *     lede_native_writer_finish(writer, &finish, &generation, &err);
 *     lede_native_writer_close(writer);
 *
 * Does what engine.h says of writer, apply, finish, writer_shards and
 * writer_memory. Each lane inverts its articles in memory of its own; over its
 * share they become a segment. There every key that was put or deleted is
 * looked up, in order, in all segments that are older: what it replaces is
 * marked dead in a copy of their bitmaps. A commit writes those, then follows
 * the order of native/index/manifest.h.
 *
 * Errors    A failure before the switch is the caller's to roll back; a
 *           rollback removes the files made since the last commit. After a
 *           failed sync of the directory, and after UNKNOWN_COMMIT, every call
 *           returns it again and nothing is deleted. A merge that fails is
 *           logged and costs only itself.
 * Memory    Keeps what it borrows from its place until it is closed.
 * Lanes     Changes of an only lane come in the order of their sequences; those
 *           of several in any, for which deletes are kept until the commit.
 * Threads   As engine.h says of lanes.
 */
#ifndef LEDE_NATIVE_INDEX_WRITER_H
#define LEDE_NATIVE_INDEX_WRITER_H

#include "native/index/snapshot.h"

typedef struct lede_native_writer lede_native_writer;

/* Where it writes; all borrowed until the writer is closed. */
typedef struct lede_native_place {
    lede_dir *dir;
    lede_shelf *shelf;
    const char *address; /* for lede_shard */
    const lede_allocator *allocator;
    void (*log)(void *ctx, lede_log_level level,
                const char *line); /* or NULL */
    void *log_ctx;
} lede_native_place;

/* Takes the lock, and removes what a crash left. BUSY after wait_ms. */
lede_status lede_native_writer_open(lede_native_writer **out,
                                    const lede_native_place *place,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err);

/* Drops what is new, gives the lock back. NULL is fine. */
void lede_native_writer_close(lede_native_writer *writer);

lede_status lede_native_writer_apply(lede_native_writer *writer, uint32_t lane,
                                     const lede_engine_change *change,
                                     lede_error *err);
lede_status lede_native_writer_finish(lede_native_writer *writer,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err);
const lede_shard *lede_native_writer_shards(lede_native_writer *writer,
                                            uint32_t *count);
uint64_t lede_native_writer_memory(const lede_native_writer *writer);

#endif
