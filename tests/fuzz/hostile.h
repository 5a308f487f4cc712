/*
 * fuzz/hostile.h - a segment whose checksums are all right and whose structure
 * may not be, as the only one of a snapshot, in bounded memory.
 *
 *     if (hostile_open(&h, which, changes)) {
 *         status = ... a question to h.snapshot
 *         hostile_judge(&h, status, &err);
 *     }
 *     hostile_close(&h);
 *
 * A failure must be one that damage has, and where lede_segment_check found
 * nothing, nothing may be found later.
 */
#ifndef LEDE_FUZZ_HOSTILE_H
#define LEDE_FUZZ_HOSTILE_H

#include "fuzz/specimen.h"
#include "native/index/snapshot.h"

typedef struct hostile {
    const specimen *specimen;
    lede_dir *dir;
    lede_manifest_segment entry;
    uint64_t tokens[SPECIMEN_FIELDS];
    lede_segment *segment;
    lede_manifest *manifest;
    lede_shelf *shelf;
    lede_native_snapshot *snapshot;
    bool sound; /* the check found nothing */
} hostile;

/* Aborts once more is in use than a specimen can need. */
const lede_allocator *hostile_allocator(void);

/* Changes a specimen and opens it; false where it is refused. To be closed in
 * any case, which aborts if memory is left. */
bool hostile_open(hostile *h, uint8_t which, lede_bytes changes);
void hostile_close(hostile *h);

/* Aborts for a status that damage does not have. */
void hostile_judge(const hostile *h, lede_status status, const lede_error *err);

#endif
