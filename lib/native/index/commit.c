#include "native/index/commit.h"

#include <string.h>

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
                        lede_parts *parts, lede_error *err)
{
    lede_status status = LEDE_OK;

    lede_parts_drop_dead(parts);
    lede_parts_sort(parts);
    for (uint32_t i = 0; i < parts->count && status == LEDE_OK; i++) {
        lede_part *part = parts->at[i];

        status = write_live(draft, part, err);
        if (status == LEDE_OK)
            status = lede_fail_plain(
                err, lede_manifest_add(next, &part->entry, part->field_count));
    }
    return status;
}

static lede_status make_manifest(lede_manifest **out, lede_draft *draft,
                                 lede_parts *parts,
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
    made->generation = lede_draft_generation(draft);
    made->synced = lede_draft_is_synced(draft) ? made->generation : now->synced;
    made->last_sequence = terms->last_sequence > now->last_sequence
                              ? terms->last_sequence
                              : now->last_sequence;
    made->forms_version = lede_forms_version(draft->forms);
    status = fill(made, draft, parts, err);
    if (status != LEDE_OK) {
        lede_manifest_release(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

/* ---- The switch --------------------------------------------------------- */

/* A durable commit lets go of all files that it does not name. An ordered one
 * synced the directory before its rename: that settled the commit before. One
 * without syncs lets go of what was made without. */
static void unlink_obsolete(lede_draft *draft, const lede_manifest *next)
{
    lede_obsolete *files = &draft->obsolete;

    if (draft->durability == LEDE_ORDERED)
        lede_obsolete_settle(files);
    lede_obsolete_replace(files, draft->now, next);
    if (draft->durability == LEDE_DURABLE)
        lede_obsolete_settle(files);
    if (draft->durability == LEDE_NOT_DURABLE)
        lede_obsolete_settle_above(files, next->synced);
    lede_obsolete_unlink(files, draft->place->dir);
}

/* Makes a commit of the parts; *next is what was committed, for the draft to go
 * on from. */
static lede_status switch_to(lede_manifest **next, lede_draft *draft,
                             lede_parts *parts, const lede_commit_terms *terms,
                             lede_error *err)
{
    lede_dir *dir = draft->place->dir;
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_manifest *made = NULL;
    lede_status status = secure(draft, err);

    if (status == LEDE_OK)
        status = make_manifest(&made, draft, parts, terms, err);
    if (status != LEDE_OK)
        return status;
    status = lede_manifest_write(made, dir, name, draft->durability, err);
    if (status == LEDE_OK)
        status = lede_manifest_publish(dir, name, draft->durability,
                                       &draft->poisoned, err);
    if (status != LEDE_OK) {
        lede_manifest_release(made);
        return status;
    }
    lede_obsolete_forget(&draft->made, made);
    *next = made;
    return LEDE_OK;
}

lede_status lede_commit(lede_draft *draft, const lede_commit_terms *terms,
                        lede_error *err)
{
    lede_manifest *next = NULL;
    lede_status status = switch_to(&next, draft, &draft->parts, terms, err);

    if (status != LEDE_OK)
        return status;
    /* Parts that a merge replaced before they were ever committed. */
    lede_obsolete_move(&draft->obsolete, &draft->made);
    unlink_obsolete(draft, next);
    lede_draft_advance(draft, next);
    return LEDE_OK;
}

/* ---- Merges ------------------------------------------------------------- */

/* Which of the parts were merged. */
static void find_merged(lede_merge_pick *pick, const lede_parts *parts,
                        const lede_commit_merged *merged)
{
    pick->count = 0;
    for (uint32_t i = 0; i < parts->count; i++)
        for (uint32_t m = 0; m < merged->count; m++)
            if (strcmp(parts->at[i]->entry.name, merged->from[m]->entry.name) ==
                0)
                pick->at[pick->count++] = i;
}

/* What died in a part since it was merged, or all of it if it is gone. */
static lede_status kill_moved(lede_part *part, const lede_part *from,
                              const uint32_t *moved, const lede_part *now,
                              lede_error *err)
{
    lede_status status = LEDE_OK;

    if (now && now->entry.live == from->entry.live)
        return LEDE_OK;
    for (uint32_t doc = 0; doc < from->entry.documents && status == LEDE_OK;
         doc++)
        if (moved[doc] != LEDE_DOC_END &&
            (!now || !lede_live_has(now->live, doc)))
            status = lede_part_kill(part, moved[doc], err);
    return status;
}

/* A copy of the merged part with everything dead that is in `parts`. */
static lede_status carry(lede_part **out, const lede_parts *parts,
                         const lede_commit_merged *merged, lede_error *err)
{
    const lede_part *made = merged->made;
    lede_part *part = NULL;
    lede_status status =
        lede_part_new(&part, &made->entry, made->field_count, made->segment,
                      made->live, made->allocator, err);

    if (status != LEDE_OK)
        return status;
    part->forms_version = made->forms_version;
    for (uint32_t i = 0; i < merged->count && status == LEDE_OK; i++) {
        uint32_t at = lede_parts_find(parts, merged->from[i]->entry.name);

        status = kill_moved(part, merged->from[i], merged->moved[i].at,
                            at == LEDE_NO_PART ? NULL : parts->at[at], err);
    }
    if (status != LEDE_OK) {
        lede_part_free(part);
        return status;
    }
    *out = part;
    return LEDE_OK;
}

/* The parts of the last commit with the merged one among them. */
static lede_status merge_committed(lede_parts *parts, const lede_draft *draft,
                                   const lede_commit_merged *merged,
                                   lede_error *err)
{
    lede_merge_pick pick;
    lede_part *part = NULL;
    lede_status status = lede_parts_load(parts, draft->base, err);

    if (status == LEDE_OK)
        status = carry(&part, parts, merged, err);
    if (status != LEDE_OK)
        return status;
    find_merged(&pick, parts, merged);
    lede_parts_replace(parts, &pick, part);
    if (pick.count == 0)
        lede_part_free(part);
    return LEDE_OK;
}

/* The bitmap of what was dead at the commit is a file now. */
static void name_bitmap(lede_part *part, const lede_parts *committed)
{
    uint32_t at = lede_parts_find(committed, part->entry.name);
    const lede_manifest_segment *entry;

    if (at == LEDE_NO_PART)
        return;
    entry = &committed->at[at]->entry;
    memcpy(part->entry.bitmap, entry->bitmap, sizeof entry->bitmap);
    part->entry.bitmap_mark = entry->bitmap_mark;
    part->changed = part->changed && part->entry.live != entry->live;
}

/* The copy of the merged part for the next commit is made in time: once the
 * switch is done, nothing may fail. */
lede_status lede_commit_merge(lede_draft *draft,
                              const lede_commit_merged *merged, lede_error *err)
{
    static const lede_commit_terms as_before = { .schema = NULL };
    lede_manifest *next = NULL;
    lede_part *part = NULL;
    lede_merge_pick pick;
    lede_parts parts;
    lede_status status;

    lede_parts_init(&parts, draft->place->allocator);
    status = merge_committed(&parts, draft, merged, err);
    if (status == LEDE_OK && draft->parts.count > 0)
        status = carry(&part, &draft->parts, merged, err);
    if (status == LEDE_OK)
        status = switch_to(&next, draft, &parts, &as_before, err);
    if (status == LEDE_OK) {
        find_merged(&pick, &draft->parts, merged);
        if (part)
            name_bitmap(part, &parts);
        unlink_obsolete(draft, next);
        lede_draft_rebase(draft, next, &pick, part);
        part = NULL;
    }
    lede_part_free(part);
    lede_parts_fini(&parts);
    return status;
}
