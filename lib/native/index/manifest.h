/*
 * native/index/manifest.h - one commit: which files are the index.
 *
 *     lede_manifest_read(&manifest, dir, alloc, &err);
 *     lede_manifest_commit(manifest, dir, durability, &err);
 *     lede_manifest_release(manifest);
 *
 * Grammar in FORMAT.md, "Manifest". Reading never falls back to an older
 * commit; committing follows one order of operations:
 *
 *     1. files are written under names of their own, never used before
 *     2. and synced, on the descriptor that wrote them, before it is closed;
 *        those that a commit without syncs left are opened for that
 *     3. the new manifest likewise, under a temporary name
 *     4. the directory is synced
 *     5. the temporary name becomes MANIFEST
 *     6. the directory is synced again: the commit is acknowledged
 *     7. only now files that it does not name are unlinked
 *
 * Errors    lede_manifest_commit: a failure up to 4 leaves the old commit, and
 *           removes the temporary file; one in 5 or 6 is UNKNOWN_COMMIT:
 *           nothing may be deleted, old or new.
 * Memory    Counted: hold and release.
 * Threads   Frozen once read or committed.
 */
#ifndef LEDE_NATIVE_INDEX_MANIFEST_H
#define LEDE_NATIVE_INDEX_MANIFEST_H

#include "document/schema.h"
#include "lede/writer.h"
#include "native/segment/envelope.h"

#define LEDE_MANIFEST_NAME "MANIFEST"
#define LEDE_LOCK_NAME     "write.lock"

typedef struct lede_manifest_segment {
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_envelope_mark mark;
    uint32_t documents;
    uint32_t live;
    uint64_t *tokens;        /* by field, field_count of the manifest */
    uint64_t text_bytes;     /* of live documents */
    uint64_t all_text_bytes; /* of the dead ones, too */
    char bitmap[LEDE_DIR_NAME_MAX + 1]; /* "": all live */
    lede_envelope_mark bitmap_mark;
} lede_manifest_segment;

typedef struct lede_manifest {
    uint64_t generation;
    uint64_t synced; /* generation of the newest commit all of whose files were
                      * synced before it; this one or an earlier */
    uint64_t last_sequence;
    lede_schema *schema;
    uint8_t *notes;
    size_t notes_len;
    uint64_t forms_version;
    lede_manifest_segment *segments;
    uint32_t segment_count;
    uint32_t field_count; /* of tokens: as the schema's */
} lede_manifest;

/* Empty, with copies of schema and notes. */
lede_status lede_manifest_new(lede_manifest **out, const lede_schema *schema,
                              lede_bytes notes,
                              const lede_allocator *allocator);

/* Adds a segment, copied (tokens too: `field_count` of them, zeros after). */
lede_status lede_manifest_add(lede_manifest *manifest,
                              const lede_manifest_segment *segment,
                              uint32_t field_count);
lede_manifest *lede_manifest_hold(lede_manifest *manifest);
void lede_manifest_release(lede_manifest *manifest); /* NULL is fine */

/* Reads MANIFEST. NOT_FOUND, CORRUPT, VERSION. */
lede_status lede_manifest_read(lede_manifest **out, lede_dir *dir,
                               const lede_allocator *allocator,
                               lede_error *err);

/* Steps 3 to 6. ORDERED skips 6, NOT_DURABLE all syncs. */
lede_status lede_manifest_commit(const lede_manifest *manifest, lede_dir *dir,
                                 lede_durability durability, lede_error *err);

/* Step 3: writes it under a temporary name, which is gone again on failure. */
lede_status lede_manifest_write(const lede_manifest *manifest, lede_dir *dir,
                                char name[LEDE_DIR_NAME_MAX + 1],
                                lede_durability durability, lede_error *err);

/* Steps 4 to 6. *poisoned: a sync of the directory failed, or the switch did;
 * then nobody may commit here any more without opening the index again. */
lede_status lede_manifest_publish(lede_dir *dir, const char *name,
                                  lede_durability durability, bool *poisoned,
                                  lede_error *err);

/* A name for a file of a generation: "0000...-ffff....segment". */
void lede_file_name(char out[LEDE_DIR_NAME_MAX + 1], lede_dir *dir,
                    uint64_t generation, const char *suffix);

/* Whether a name is of that kind, made by lede_file_name. */
bool lede_file_name_is(const char *name, const char *suffix);

/* The generation that it was made for. */
uint64_t lede_file_generation(const char *name);

/* Whether every file that the manifest names was synced before it. */
static inline bool lede_manifest_is_synced(const lede_manifest *manifest)
{
    return manifest->synced == manifest->generation;
}

/* How long the file of it is. */
lede_status lede_manifest_length(const lede_manifest *manifest,
                                 uint64_t *length);

/* Whether the manifest names a file. */
bool lede_manifest_names(const lede_manifest *manifest, const char *name);

#endif
