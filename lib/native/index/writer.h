/*
 * native/index/writer.h - changes on their way to a commit.
 *
 *     lede_native_writer_open(&writer, &place, &settings, &err);
 *     lede_native_writer_apply(writer, lane, &change, &err);
 *     lede_native_writer_finish(writer, &finish, &generation, &err);
 *     lede_native_writer_close(writer);
 *
 * Does what engine.h says of writer, apply, finish, writer_shards and
 * writer_memory: lanes (lane.h) fill a draft (draft.h), merges (merges.h) make
 * parts fewer, a commit (commit.h) puts it in the place of the last one.
 *
 * Errors    A failure before the switch is the caller's to roll back; a
 *           rollback removes the files made since the last commit. After a
 *           failed sync of the directory, and after UNKNOWN_COMMIT, every call
 *           returns it again and nothing is deleted. A merge that fails is
 *           logged and costs only itself.
 * Memory    Keeps what it borrows from its place until it is closed. All that
 *           memory_bytes allows is for merges and lanes: a fourth for merges
 *           where they have a thread, of which there must be enough; some for
 *           writing a segment, the rest for lanes. Merges of more documents
 *           than fit are not made, and one of all is LIMIT then. Not counted:
 *           an article that is larger than all that, deletes that several lanes
 *           must keep, and a bit for each article with bitmaps and maps of
 *           files.
 * Lanes     Changes of an only lane come in the order of their sequences; those
 *           of several in any, for which deletes are kept until the commit.
 * Threads   As engine.h says of lanes.
 */
#ifndef LEDE_NATIVE_INDEX_WRITER_H
#define LEDE_NATIVE_INDEX_WRITER_H

#include "native/index/place.h"

typedef struct lede_native_writer lede_native_writer;

/* Takes the lock, and removes what a crash left. BUSY after wait_ms. */
lede_status lede_native_writer_open(lede_native_writer **out,
                                    const lede_native_place *place,
                                    const lede_engine_writer_settings *settings,
                                    lede_error *err);

/* Drops what is new, merges what is due unless something failed, and gives the
 * lock back. NULL is fine. */
void lede_native_writer_close(lede_native_writer *writer);

lede_status lede_native_writer_apply(lede_native_writer *writer, uint32_t lane,
                                     const lede_engine_change *change,
                                     lede_error *err);
lede_status lede_native_writer_finish(lede_native_writer *writer,
                                      const lede_engine_finish *finish,
                                      uint64_t *generation, lede_error *err);
const lede_shard *lede_native_writer_shards(lede_native_writer *writer,
                                            uint32_t *count);

/* What the lanes hold, and a merge under way. */
uint64_t lede_native_writer_memory(lede_native_writer *writer);
uint64_t lede_native_writer_merge_failures(lede_native_writer *writer);

#endif
