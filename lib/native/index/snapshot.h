/*
 * native/index/snapshot.h - a commit, opened: its segments and what lives.
 *
 *     lede_native_snapshot_open(&snapshot, shelf, &err);
 *     for (uint32_t i = 0; i < snapshot->count; i++)
 *         ... snapshot->parts[i]
 *     lede_native_snapshot_release(snapshot);
 *
 * Segments are kept open on a shelf, one for each index handle, so that a new
 * snapshot opens only what is new. A reader does not lock: if a file of the
 * manifest is gone, a newer manifest was committed; it is read again, at most
 * 16 times.
 *
 * Memory    Counted: hold and release. What a snapshot maps stays readable even
 *           after its files are unlinked.
 * Threads   A snapshot is frozen, a shelf shared.
 */
#ifndef LEDE_NATIVE_INDEX_SNAPSHOT_H
#define LEDE_NATIVE_INDEX_SNAPSHOT_H

#include "engine/engine.h"
#include "native/index/live.h"
#include "native/index/manifest.h"
#include "native/segment/segment.h"

typedef struct lede_shelf lede_shelf;

lede_status lede_shelf_new(lede_shelf **out, lede_dir *dir,
                           const lede_allocator *allocator);
void lede_shelf_free(lede_shelf *shelf); /* after all its snapshots */

/* From now on every segment is checked whole when it is opened, and every commit
 * for keys that live twice. */
void lede_shelf_distrust(lede_shelf *shelf);

typedef struct lede_snapshot_part {
    lede_segment *segment;
    lede_live *live;    /* NULL: all */
    uint64_t first_doc; /* of the snapshot's numbers */
    uint32_t documents;
} lede_snapshot_part;

typedef struct lede_native_snapshot {
    lede_manifest *manifest;
    lede_snapshot_part *parts;
    uint32_t count;
    uint64_t documents; /* of all parts, deleted ones too */
    uint64_t live;
    lede_engine_description description;
    const lede_allocator *allocator;         /* of the shelf */
    struct lede_keywords *_Atomic *keywords; /* by field, NULL until asked for;
                                              * see keywords.h */
    struct lede_records_cursor *_Atomic *spare; /* of the shelf, or NULL in it;
                                                 * see stored.c */
    lede_arena_spare *room; /* of the shelf: for the next search */
} lede_native_snapshot;

/* The number of the newest commit; as cheap as one stat while it stays that. */
lede_status lede_shelf_generation(lede_shelf *shelf, uint64_t *generation,
                                  lede_error *err);

/* The newest commit; the one opened last is given again while it is that, which
 * costs one stat. */
lede_status lede_native_snapshot_open(lede_native_snapshot **out,
                                      lede_shelf *shelf, lede_error *err);

/* The snapshot of a manifest that is in memory, for a writer. */
lede_status lede_native_snapshot_of(lede_native_snapshot **out,
                                    lede_shelf *shelf, lede_manifest *manifest,
                                    lede_error *err);
lede_native_snapshot *lede_native_snapshot_hold(lede_native_snapshot *snapshot);
void lede_native_snapshot_release(lede_native_snapshot *snapshot);

/* The part and the number in it of a document; NULL beyond all. */
const lede_snapshot_part *lede_native_snapshot_part(
    const lede_native_snapshot *snapshot, lede_doc doc, uint32_t *local);

#endif
