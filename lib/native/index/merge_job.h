/*
 * native/index/merge_job.h - one merge of what is committed, by itself.
 *
 *     if (lede_merge_job_begin(&job, &draft, &err) == LEDE_OK)
 *         status = lede_merge_job_run(&job, cancel, &err);
 *     lede_merge_job_end(&job, &draft, &err);
 *
 * Begun and ended under the draft's mutex, run without: meanwhile the draft may
 * change and be committed.
 *
 * Errors    A failure leaves everything as it was, but for one in the switch,
 *           which poisons the draft.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_MERGE_JOB_H
#define LEDE_NATIVE_INDEX_MERGE_JOB_H

#include "native/index/commit.h"
#include "native/index/merge.h"

typedef struct lede_merge_job {
    lede_native_snapshot *base; /* the commit it began with */
    lede_merge_pick pick;       /* of it */
    lede_part *from[LEDE_MERGE_MOST];
    lede_tape moved[LEDE_MERGE_MOST]; /* once it was made */
    lede_segment_target target;
    bool sync;
    uint64_t hold_bytes; /* as in lede_merge */
    atomic_ullong *bytes;
    const lede_allocator *allocator;
    char name[LEDE_DIR_NAME_MAX + 1]; /* of the file; "": not ours any more */
    lede_part *made;                  /* NULL: not yet */
} lede_merge_job;

lede_merge_candidate lede_merge_candidate_of(
    const lede_manifest_segment *segment);

/* Whether a merge of the last commit is due. */
bool lede_merge_is_due(lede_merge_pick *pick, const lede_draft *draft);

lede_status lede_merge_job_begin(lede_merge_job *job, lede_draft *draft,
                                 const lede_merge_pick *pick, lede_error *err);
lede_status lede_merge_job_run(lede_merge_job *job, lede_cancel *cancel,
                               lede_error *err);

/* Commits what was made. */
lede_status lede_merge_job_commit(lede_merge_job *job, lede_draft *draft,
                                  lede_error *err);

/* Lets go of it all, and of the file unless it was committed, or may be. */
void lede_merge_job_end(lede_merge_job *job);

#endif
