#include "native/index/commit.h"

#include "base/error.h"

lede_status lede_commit_clean(lede_draft *draft, lede_error *err)
{
    lede_dir *dir = draft->place->dir;
    lede_status status =
        lede_obsolete_find(&draft->obsolete, dir, draft->now, err);

    if (status != LEDE_OK)
        return status;
    if (draft->obsolete.count == 0 || !lede_draft_is_synced(draft))
        return LEDE_OK;
    status = lede_dir_sync(dir, err);
    if (status == LEDE_OK) {
        lede_obsolete_settle(&draft->obsolete);
        lede_obsolete_unlink(&draft->obsolete, dir);
    }
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
 * synced the directory before its rename: that settled the commit before. */
static void unlink_obsolete(lede_draft *draft, const lede_manifest *next)
{
    if (draft->durability == LEDE_ORDERED)
        lede_obsolete_settle(&draft->obsolete);
    find_obsolete(draft, next);
    if (draft->durability == LEDE_DURABLE)
        lede_obsolete_settle(&draft->obsolete);
    lede_obsolete_unlink(&draft->obsolete, draft->place->dir);
}

/* ---- The switch --------------------------------------------------------- */

lede_status lede_commit(lede_draft *draft, const lede_commit_terms *terms,
                        lede_error *err)
{
    lede_dir *dir = draft->place->dir;
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_manifest *next = NULL;
    lede_status status = make_manifest(&next, draft, terms, err);

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
