/*
 * native/index/merge.h - some segments written as one, without their dead.
 *
 *     lede_merge_parts(&made, &merge, &err);
 *
 * Articles come in the order of their sequences. Lists of segments whose
 * articles follow one another and of which nothing was deleted are copied
 * whole.
 *
 * Errors    CORRUPT where a segment cannot be read; CANCELLED by the task. The
 *           file it began is then for the caller to unlink.
 * Memory    A number for each document, and what lede_segment_writer needs.
 * Threads   Confined; the parts are not changed meanwhile.
 */
#ifndef LEDE_NATIVE_INDEX_MERGE_H
#define LEDE_NATIVE_INDEX_MERGE_H

#include "native/index/part.h"
#include "native/segment/segment_writer.h"

typedef struct lede_merge {
    lede_part *const *parts; /* 1 or more, with at least one live article */
    uint32_t count;
    lede_segment_target target;
    bool sync;
    const lede_task *task; /* NULL: silent */
    uint64_t hold_bytes;   /* as lede_segment_writer_hold; 0: as it likes */
    const lede_allocator *allocator;
    uint32_t **moved; /* NULL; or room for as many as there are parts: the new
                       * number of each document, LEDE_DOC_END for the dead.
                       * Owned by the caller when the merge is done */
} lede_merge;

/* `made` is named as the target is, its segment opened. */
lede_status lede_merge_parts(lede_part **made, const lede_merge *merge,
                             lede_error *err);

#endif
