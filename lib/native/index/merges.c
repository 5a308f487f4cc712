#include "native/index/merges.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/merge.h"

static void tell(const lede_native_place *place, const lede_error *fault)
{
    char line[640];

    if (!place->log)
        return;
    (void)snprintf(line, sizeof line, "a merge failed: %s (%s)", fault->message,
                   fault->where);
    place->log(place->log_ctx, LEDE_LOG_ERROR, line);
}

static lede_status merge(lede_draft *draft, lede_part *const *parts,
                         uint32_t count, const lede_task *task,
                         lede_part **made, lede_error *err)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_merge m = {
        .parts = parts,
        .count = count,
        .target = { draft->place->dir, name, draft->schema, draft->forms },
        .sync = lede_draft_is_synced(draft),
        .task = task,
        .allocator = draft->place->allocator,
    };
    lede_status status = lede_draft_name(draft, name, "segment");

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = lede_merge_parts(made, &m, err);
    if (status != LEDE_OK)
        (void)lede_dir_unlink(draft->place->dir, name, NULL);
    return status;
}

static lede_status merge_pick(lede_draft *draft, const lede_merge_pick *pick,
                              const lede_task *task, lede_error *err)
{
    lede_part *parts[LEDE_MERGE_MOST], *made = NULL;
    lede_status status;

    for (uint32_t i = 0; i < pick->count; i++)
        parts[i] = draft->parts[pick->at[i]];
    status = merge(draft, parts, pick->count, task, &made, err);
    if (status == LEDE_OK)
        lede_draft_replace(draft, pick, made);
    return status;
}

/* ---- Those that are due ------------------------------------------------- */

static lede_status fill(lede_merge_candidate **out, const lede_draft *draft)
{
    lede_merge_candidate *list =
        lede_alloc_array(draft->place->allocator, draft->count, sizeof *list);

    if (!list)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < draft->count; i++) {
        const lede_manifest_segment *entry = &draft->parts[i]->entry;

        list[i] = (lede_merge_candidate){ entry->mark.length, entry->documents,
                                          entry->live };
    }
    *out = list;
    return LEDE_OK;
}

static bool choose(lede_merge_pick *pick, const lede_draft *draft)
{
    lede_merge_candidate *candidates = NULL;
    bool due;

    if (draft->count == 0 || fill(&candidates, draft) != LEDE_OK)
        return false;
    due = lede_merge_choose(pick, candidates, draft->count);
    lede_release(draft->place->allocator, candidates,
                 draft->count * sizeof *candidates);
    return due;
}

void lede_merges_due(lede_draft *draft)
{
    lede_merge_pick pick;
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && choose(&pick, draft)) {
        lede_error fault;

        lede_error_clear(&fault);
        status = merge_pick(draft, &pick, NULL, &fault);
        if (status != LEDE_OK)
            tell(draft->place, &fault);
    }
}

/* ---- Those that are asked for ------------------------------------------- */

lede_status lede_merges_renew(lede_draft *draft, const lede_task *task,
                              lede_error *err)
{
    uint64_t version = lede_forms_version(draft->forms);
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < draft->count && status == LEDE_OK; i++) {
        lede_merge_pick pick = { .at = { i }, .count = 1 };

        if (draft->parts[i]->forms_version != version)
            status = merge_pick(draft, &pick, task, err);
    }
    return status;
}

static bool is_one(const lede_draft *draft)
{
    const lede_manifest_segment *first =
        draft->count ? &draft->parts[0]->entry : NULL;

    return !first || (draft->count == 1 && first->live == first->documents);
}

lede_status lede_merges_all(lede_draft *draft, bool *worked,
                            const lede_task *task, lede_error *err)
{
    lede_part *made = NULL;
    lede_status status;

    *worked = false;
    if (task && lede_cancel_is_set(task->cancel))
        return lede_fail_plain(err, LEDE_ERR_CANCELLED);
    if (is_one(draft))
        return LEDE_OK;
    status = merge(draft, draft->parts, draft->count, task, &made, err);
    if (status != LEDE_OK)
        return status;
    lede_draft_drop(draft);
    draft->parts[draft->count++] = made;
    *worked = true;
    return LEDE_OK;
}
