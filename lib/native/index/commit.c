#include "native/index/commit.h"

#include "base/error.h"

/* A commit that was synced may not be durable, for its writer may have left out
 * the last sync of the directory. One that was not is worth no sync: what only
 * its like name may go, what is of the last synced one has to wait. */
lede_status lede_commit_clean(lede_draft *draft, lede_error *err)
{
    const lede_manifest *now = draft->now;
    lede_dir *dir = draft->place->dir;
    lede_obsolete *files = &draft->obsolete;
    lede_status status = lede_obsolete_find(files, dir, now, err);

    if (status != LEDE_OK || files->count == 0)
        return status;
    if (lede_draft_is_synced(draft) && lede_manifest_is_synced(now)) {
        status = lede_dir_sync(dir, err);
        if (status == LEDE_OK)
            lede_obsolete_settle(files);
    } else {
        lede_obsolete_settle_above(files, now->synced);
    }
    lede_obsolete_unlink(files, dir);
    return status;
}

/* ---- What was not synced ------------------------------------------------ */

static lede_status sync_segment(lede_dir *dir,
                                const lede_manifest_segment *listed,
                                lede_error *err)
{
    lede_status status = lede_dir_sync_file(dir, listed->name, err);

    return status == LEDE_OK && listed->bitmap[0]
               ? lede_dir_sync_file(dir, listed->bitmap, err)
               : status;
}

/* Before a commit with syncs: the one before may have been made without. If one
 * of its files cannot be synced, no commit may ever name it. */
static lede_status secure(lede_draft *draft, lede_error *err)
{
    const lede_manifest *now = draft->now;
    lede_dir *dir = draft->place->dir;
    lede_status status = LEDE_OK;

    if (!lede_draft_is_synced(draft) || lede_manifest_is_synced(now))
        return LEDE_OK;
    for (uint32_t i = 0; i < now->segment_count && status == LEDE_OK; i++)
        status = sync_segment(dir, &now->segments[i], err);
    if (status == LEDE_OK)
        status = lede_dir_sync_file(dir, LEDE_MANIFEST_NAME, err);
    draft->poisoned = status != LEDE_OK;
    return status;
}

/* ---- Writing ------------------------------------------------------------ */

static lede_status write_live(lede_draft *draft, lede_part *part,
                              lede_error *err)
{
    lede_manifest_segment *entry = &part->entry;
    lede_status status;

    if (!part->changed)
        return LEDE_OK;
    status =
        lede_fail_plain(err, lede_draft_name(draft, entry->bitmap, "live"));
    return status == LEDE_OK
               ? lede_live_write(part->live, draft->place->dir, entry->bitmap,
                                 lede_draft_is_synced(draft),
                                 &entry->bitmap_mark, draft->place->allocator,
                                 err)
               : status;
}

static lede_status fill(lede_manifest *next, lede_draft *draft,
                        const lede_commit_terms *terms, lede_error *err)
{
    lede_status status = LEDE_OK;

    next->generation = lede_draft_generation(draft);
    next->synced =
        lede_draft_is_synced(draft) ? next->generation : draft->now->synced;
    next->last_sequence = terms->last_sequence > draft->now->last_sequence
                              ? terms->last_sequence
                              : draft->now->last_sequence;
    next->forms_version = lede_forms_version(draft->forms);
    lede_draft_sort(draft);
    for (uint32_t i = 0; i < draft->count && status == LEDE_OK; i++) {
        lede_part *part = draft->parts[i];

        status = write_live(draft, part, err);
        if (status == LEDE_OK)
            status = lede_fail_plain(
                err, lede_manifest_add(next, &part->entry, part->field_count));
    }
    return status;
}

static lede_status make_manifest(lede_manifest **out, lede_draft *draft,
                                 const lede_commit_terms *terms,
                                 lede_error *err)
{
    const lede_manifest *now = draft->now;
    lede_manifest *made = NULL;
    lede_status status = lede_manifest_new(
        &made, terms->schema ? terms->schema : now->schema,
        terms->notes ? *terms->notes
                     : lede_bytes_of(now->notes, now->notes_len),
        draft->place->allocator);

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = fill(made, draft, terms, err);
    if (status != LEDE_OK) {
        lede_manifest_release(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

/* ---- What goes ---------------------------------------------------------- */

/* Files of the last commit, and of those made for this one, that it does not
 * name. */
static void find_obsolete(lede_draft *draft, const lede_manifest *next)
{
    lede_obsolete_replace(&draft->obsolete, draft->now, next);
    for (size_t i = 0; i < draft->made.count; i++)
        if (!lede_manifest_names(next, draft->made.names[i]))
            (void)lede_obsolete_add(&draft->obsolete, draft->made.names[i]);
    draft->made.count = 0;
}

/* A durable commit lets go of all files that it does not name. An ordered one
 * synced the directory before its rename: that settled the commit before. One
 * without syncs lets go of what was made without. */
static void unlink_obsolete(lede_draft *draft, const lede_manifest *next)
{
    if (draft->durability == LEDE_ORDERED)
        lede_obsolete_settle(&draft->obsolete);
    find_obsolete(draft, next);
    if (draft->durability == LEDE_DURABLE)
        lede_obsolete_settle(&draft->obsolete);
    if (draft->durability == LEDE_NOT_DURABLE)
        lede_obsolete_settle_above(&draft->obsolete, next->synced);
    lede_obsolete_unlink(&draft->obsolete, draft->place->dir);
}

/* ---- The switch --------------------------------------------------------- */

lede_status lede_commit(lede_draft *draft, const lede_commit_terms *terms,
                        lede_error *err)
{
    lede_dir *dir = draft->place->dir;
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_manifest *next = NULL;
    lede_status status = secure(draft, err);

    if (status == LEDE_OK)
        status = make_manifest(&next, draft, terms, err);
    if (status != LEDE_OK)
        return status;
    status = lede_manifest_write(next, dir, name, draft->durability, err);
    if (status == LEDE_OK)
        status = lede_manifest_publish(dir, name, draft->durability,
                                       &draft->poisoned, err);
    if (status != LEDE_OK) {
        lede_manifest_release(next);
        return status;
    }
    unlink_obsolete(draft, next);
    lede_draft_advance(draft, next);
    return LEDE_OK;
}
