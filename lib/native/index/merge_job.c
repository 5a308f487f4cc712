#include "native/index/merge_job.h"

#include "base/alloc.h"
#include "base/error.h"

lede_merge_candidate lede_merge_candidate_of(
    const lede_manifest_segment *segment)
{
    return (lede_merge_candidate){
        .bytes = segment->mark.length,
        .documents = segment->documents,
        .live = segment->live,
        .text_bytes = segment->all_text_bytes,
        .live_text_bytes = segment->text_bytes,
    };
}

bool lede_merge_is_due(lede_merge_pick *pick, const lede_draft *draft)
{
    const lede_allocator *allocator = draft->place->allocator;
    const lede_manifest *now = draft->now;
    lede_merge_candidate *candidates;
    bool due;

    if (now->segment_count == 0 || !lede_draft_is_open(draft))
        return false;
    candidates =
        lede_alloc_array(allocator, now->segment_count, sizeof *candidates);
    if (!candidates)
        return false;
    for (uint32_t i = 0; i < now->segment_count; i++)
        candidates[i] = lede_merge_candidate_of(&now->segments[i]);
    due =
        lede_merge_choose(pick, candidates, now->segment_count, &draft->rules);
    lede_release(allocator, candidates,
                 now->segment_count * sizeof *candidates);
    return due;
}

static lede_status take_part(lede_merge_job *job, uint32_t i, lede_error *err)
{
    const lede_manifest *manifest = job->base->manifest;
    uint32_t at = job->pick.at[i];

    return lede_part_new(&job->from[i], &manifest->segments[at],
                         manifest->field_count, job->base->parts[at].segment,
                         job->base->parts[at].live, job->allocator, err);
}

lede_status lede_merge_job_begin(lede_merge_job *job, lede_draft *draft,
                                 const lede_merge_pick *pick, lede_error *err)
{
    const lede_schema *schema = NULL;
    lede_status status =
        lede_draft_keep_schema(draft, draft->now->schema, &schema);

    *job = (lede_merge_job){
        .base = lede_native_snapshot_hold(draft->base),
        .pick = *pick,
        .target = { draft->place->dir, NULL, schema, draft->forms },
        .sync = lede_draft_is_synced(draft),
        .hold_bytes = draft->hold_bytes,
        .allocator = draft->place->allocator,
    };
    if (status != LEDE_OK)
        (void)lede_fail_plain(err, status);
    lede_file_name(job->name, draft->place->dir, lede_draft_generation(draft),
                   "segment");
    for (uint32_t i = 0; i < pick->count && status == LEDE_OK; i++)
        status = take_part(job, i, err);
    return status;
}

lede_status lede_merge_job_run(lede_merge_job *job, lede_cancel *cancel,
                               lede_error *err)
{
    lede_task task = LEDE_TASK;
    lede_merge merge = {
        .parts = job->from,
        .count = job->pick.count,
        .target = job->target,
        .sync = job->sync,
        .task = &task,
        .hold_bytes = job->hold_bytes,
        .bytes = job->bytes,
        .allocator = job->allocator,
        .moved = job->moved,
    };

    task.cancel = cancel;
    merge.target.name = job->name;
    return lede_merge_parts(&job->made, &merge, err);
}

lede_status lede_merge_job_commit(lede_merge_job *job, lede_draft *draft,
                                  lede_error *err)
{
    lede_commit_merged merged = {
        .from = job->from,
        .moved = job->moved,
        .count = job->pick.count,
        .made = job->made,
    };
    lede_status status = lede_commit_merge(draft, &merged, err);

    if (status == LEDE_ERR_UNKNOWN_COMMIT ||
        (status == LEDE_OK && lede_manifest_names(draft->now, job->name)))
        job->name[0] = '\0';
    return status;
}

void lede_merge_job_end(lede_merge_job *job)
{
    for (uint32_t i = 0; i < job->pick.count; i++) {
        if (job->made)
            lede_tape_fini(&job->moved[i]);
        lede_part_free(job->from[i]);
    }
    lede_part_free(job->made);
    if (job->name[0])
        (void)lede_dir_unlink(job->target.dir, job->name, NULL);
    lede_native_snapshot_release(job->base);
}
