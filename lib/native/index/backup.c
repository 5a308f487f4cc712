#include "native/index/backup.h"

#include "base/error.h"
#include "native/index/obsolete.h"
#include "native/index/stages.h"

#define MARK_NAME "BACKUP"

typedef struct backup {
    const lede_native_snapshot *snapshot;
    lede_dir *to;
    lede_manifest *former; /* of the last backup; NULL: none, or damaged */
    lede_stages stages;
    lede_error *err;
} backup;

lede_status lede_backup_end(lede_dir *dir, lede_error *err)
{
    lede_status status = lede_dir_unlink(dir, MARK_NAME, err);

    if (status != LEDE_ERR_NOT_FOUND)
        return status;
    lede_error_clear(err);
    return LEDE_OK;
}

/* ---- The directory ---- */

static lede_status refuse(const backup *b, const char *why)
{
    return lede_fail(b->err, LEDE_ERR_INVALID, b->to->path, "%s", why);
}

static void see_file(void *ctx, const char *name, uint64_t length)
{
    bool *marked_used = ctx; /* whether it is marked, and holds files */

    (void)length;
    if (strcmp(name, MARK_NAME) == 0)
        marked_used[0] = true;
    else if (strcmp(name, LEDE_LOCK_NAME) != 0)
        marked_used[1] = true;
}

/* Marks a directory that holds nothing yet. */
static lede_status mark(const backup *b)
{
    lede_out *out = NULL;
    lede_status status = lede_dir_create(b->to, &out, MARK_NAME, b->err);

    if (status == LEDE_OK)
        status = lede_out_close(out, b->err);
    return status == LEDE_OK ? lede_dir_sync(b->to, b->err) : status;
}

/* What stands there is an older backup of the same index, as far as one can
 * tell. */
static lede_status check_former(const backup *b)
{
    const lede_manifest *next = b->snapshot->manifest;

    if (b->former->generation > next->generation)
        return refuse(b, "what is there is newer than this snapshot");
    if (lede_schema_extends(next->schema, b->former->schema, NULL) != LEDE_OK)
        return refuse(b, "the backup there is of another index");
    return LEDE_OK;
}

static lede_status look(backup *b)
{
    const lede_allocator *allocator = b->snapshot->allocator;
    bool marked_used[2] = { false, false };
    lede_error fault;
    lede_status status = lede_dir_list(b->to, see_file, marked_used, b->err);

    if (status != LEDE_OK)
        return status;
    if (!marked_used[0])
        return marked_used[1]
                   ? refuse(b, "the directory is neither empty nor a backup")
                   : mark(b);
    lede_error_clear(&fault);
    status = lede_manifest_read(&b->former, b->to, allocator, &fault);
    if (status == LEDE_OK)
        return check_former(b);
    if (status == LEDE_ERR_NOT_FOUND || lede_is_damage(status, &fault))
        return LEDE_OK; /* the last one did not come so far, or is damaged */
    if (b->err)
        *b->err = fault;
    return lede_fail_plain(b->err, status);
}

/* ---- Files ---- */

/* Whether a file came with a former backup. Its chunks are for a check. */
static bool is_there(const backup *b, const char *name, lede_envelope_kind kind,
                     const lede_envelope_mark *mark)
{
    lede_envelope *in = NULL;
    bool there = lede_envelope_open(&in, b->to, name, kind, mark,
                                    b->snapshot->allocator, NULL) == LEDE_OK;

    lede_envelope_close(in);
    return there;
}

/* The chunks one by one, verified; then table and foot, which were when the
 * file was opened. */
static lede_status copy_bytes(backup *b, const lede_envelope *from,
                              lede_out *out)
{
    lede_bytes whole = lede_envelope_file(from), chunk = { 0 };
    size_t body = lede_envelope_bytes(from).len;
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && whole.len > 0) {
        size_t left = body > 0 ? body : whole.len;
        size_t n = left < LEDE_CHUNK_BYTES ? left : LEDE_CHUNK_BYTES;

        if (lede_cancel_is_set(b->stages.task.cancel))
            return lede_fail_plain(b->err, LEDE_ERR_CANCELLED);
        (void)lede_take(&whole, n, &chunk);
        if (body > 0)
            status = lede_envelope_need(from, chunk.at, n, b->err);
        body -= body > 0 ? n : 0;
        if (status == LEDE_OK)
            status = lede_out_write(out, chunk.at, n, b->err);
        lede_stages_next(&b->stages, n);
    }
    return status;
}

static lede_status copy_segment(backup *b, const lede_envelope *from,
                                const char *name)
{
    lede_out *out = NULL;
    lede_status status = lede_dir_create(b->to, &out, name, b->err), closed;

    if (status != LEDE_OK)
        return status;
    status = copy_bytes(b, from, out);
    if (status == LEDE_OK)
        status = lede_out_sync(out, b->err);
    closed = lede_out_close(out, status == LEDE_OK ? b->err : NULL);
    return status == LEDE_OK ? closed : status;
}

/* As it was written: the same bitmap gives the same bytes. */
static lede_status copy_live(backup *b, const lede_live *live,
                             const lede_manifest_segment *listed,
                             const char *name)
{
    lede_envelope_mark made;
    lede_status status = lede_live_write(live, b->to, name, true, &made,
                                         b->snapshot->allocator, b->err);

    if (status == LEDE_OK && (made.length != listed->bitmap_mark.length ||
                              made.signature != listed->bitmap_mark.signature))
        return lede_fail(b->err, LEDE_ERR_CORRUPT, listed->bitmap,
                         "its copy is another file");
    lede_stages_next(&b->stages, made.length);
    return status;
}

/* Brings one file under its name, by a temporary one. */
static lede_status bring(backup *b, uint32_t at, bool live)
{
    const lede_manifest *manifest = b->snapshot->manifest;
    const lede_manifest_segment *listed = &manifest->segments[at];
    const lede_snapshot_part *part = &b->snapshot->parts[at];
    const char *name = live ? listed->bitmap : listed->name;
    const lede_envelope_mark *mark =
        live ? &listed->bitmap_mark : &listed->mark;
    char temporary[LEDE_DIR_NAME_MAX + 1];
    lede_status status;

    if (is_there(b, name, live ? LEDE_ENVELOPE_LIVE : LEDE_ENVELOPE_SEGMENT,
                 mark)) {
        lede_stages_next(&b->stages, mark->length);
        return LEDE_OK;
    }
    lede_file_name(temporary, b->to, manifest->generation, "tmp");
    status = live
                 ? copy_live(b, part->live, listed, temporary)
                 : copy_segment(b, lede_segment_file(part->segment), temporary);
    if (status == LEDE_OK)
        status = lede_dir_rename(b->to, temporary, name, b->err);
    if (status != LEDE_OK)
        (void)lede_dir_unlink(b->to, temporary, NULL);
    return status;
}

static lede_status bring_all(backup *b)
{
    const lede_manifest *manifest = b->snapshot->manifest;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < manifest->segment_count && status == LEDE_OK;
         i++) {
        status = bring(b, i, false);
        if (status == LEDE_OK && manifest->segments[i].bitmap[0])
            status = bring(b, i, true);
    }
    return status;
}

/* Best effort: the next backup tries again. */
static void remove_rest(backup *b)
{
    lede_obsolete rest;

    lede_obsolete_init(&rest, b->snapshot->allocator);
    if (lede_obsolete_find(&rest, b->to, b->snapshot->manifest, NULL) ==
        LEDE_OK) {
        lede_obsolete_settle(&rest);
        lede_obsolete_unlink(&rest, b->to);
    }
    lede_obsolete_fini(&rest);
}

static uint64_t bytes_of(const lede_manifest *manifest)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < manifest->segment_count; i++)
        bytes += manifest->segments[i].mark.length +
                 manifest->segments[i].bitmap_mark.length;
    return bytes;
}

lede_status lede_native_backup(const lede_native_snapshot *snapshot,
                               lede_dir *to, const lede_task *task,
                               lede_error *err)
{
    backup b = { .snapshot = snapshot, .to = to, .err = err };
    lede_status status = lede_dir_lock(to, LEDE_LOCK_NAME, err);

    if (status != LEDE_OK)
        return status;
    lede_stages_begin(&b.stages, task, bytes_of(snapshot->manifest));
    status = look(&b);
    if (status == LEDE_OK)
        status = bring_all(&b);
    if (status == LEDE_OK)
        status =
            lede_manifest_commit(snapshot->manifest, to, LEDE_DURABLE, err);
    if (status == LEDE_OK)
        remove_rest(&b);
    lede_manifest_release(b.former);
    lede_dir_unlock(to);
    return lede_fail_plain(err, status);
}
