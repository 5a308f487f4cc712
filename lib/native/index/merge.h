/*
 * native/index/merge.h - some segments written as one, without their dead.
 *
 *     lede_merge_parts(&made, &merge, &err);
 *
 * Articles come in the order of their sequences. Unless all is to be written
 * afresh, lists of segments whose articles follow one another and of which
 * nothing was deleted are copied whole, and so are records.
 *
 * Errors    CORRUPT where a segment cannot be read; CANCELLED by the task. The
 *           file it began is then for the caller to unlink.
 * Memory    What lede_segment_writer needs, and a few KiB for each part; the new
 *           numbers of documents are as native/segment/tape.h says.
 * Threads   Confined; the parts are not changed meanwhile.
 */
#ifndef LEDE_NATIVE_INDEX_MERGE_H
#define LEDE_NATIVE_INDEX_MERGE_H

#include <stdatomic.h>

#include "native/index/part.h"
#include "native/segment/segment_writer.h"
#include "native/segment/tape.h"

typedef struct lede_merge {
    lede_part *const *parts; /* 1 or more, with at least one live article */
    uint32_t count;
    lede_segment_target target;
    bool sync;
    const lede_task *task; /* NULL: silent */
    bool afresh; /* nothing is copied as it is stored: slow, and smallest */
    uint64_t hold_bytes;  /* as lede_segment_writer_hold; 0: as it likes */
    atomic_ullong *bytes; /* what it takes, now and then; or NULL */
    const lede_allocator *allocator;
    lede_tape
        *moved; /* or NULL: room for as many as there are parts, zeros: the
                       * new number of each document, LEDE_DOC_END for the
                       * dead. To be ended by the caller */
} lede_merge;

/* `made` is named as the target is, its segment opened. */
lede_status lede_merge_parts(lede_part **made, const lede_merge *merge,
                             lede_error *err);

#endif
