#include "native/index/recover.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/backup.h"
#include "native/index/reconcile.h"

/* Commits that made no files are not seen in their names: their numbers must
 * not be used again either. */
#define GENERATION_LEAP 1048576U

typedef struct recovery {
    lede_dir *dir;
    lede_stages stages;
    const lede_allocator *allocator;
    lede_manifest *former; /* NULL: damaged or gone */
    bool has_manifest;     /* there is a file of that name */
    lede_rescues all;
    const lede_schema *schema; /* of the former or */
    lede_schema *own_schema;   /* of a segment */
    lede_manifest *next;
    lede_obsolete made; /* new files, until the commit */
    lede_error *err;
} recovery;

static void tell(recovery *r, const char *file, uint64_t offset,
                 const char *what)
{
    lede_problem problem = {
        .file = file, .section = "", .offset = offset, .message = what
    };

    lede_stages_tell(&r->stages, &problem);
}

/* ---- Finding ---- */

/* LEDE_OK without a manifest where there is none that can be read. */
static lede_status read_former(recovery *r)
{
    lede_error fault;
    lede_status status;

    lede_error_clear(&fault);
    status = lede_manifest_read(&r->former, r->dir, r->allocator, &fault);
    r->has_manifest = status != LEDE_ERR_NOT_FOUND;
    if (status == LEDE_ERR_NOT_FOUND)
        tell(r, LEDE_MANIFEST_NAME, LEDE_NO_POSITION,
             "it is missing; notes are lost");
    else if (lede_is_damage(status, &fault))
        tell(r, LEDE_MANIFEST_NAME, fault.position, fault.message);
    else if (status != LEDE_OK && r->err)
        *r->err = fault;
    return status == LEDE_ERR_NOT_FOUND || lede_is_damage(status, &fault)
               ? LEDE_OK
               : lede_fail_plain(r->err, status);
}

static lede_status by_manifest(recovery *r, const lede_task *task, bool *sound)
{
    lede_findings *findings = NULL;
    lede_status status = lede_findings_new(&findings, r->dir, r->former, task,
                                           r->allocator, r->err);

    *sound = false;
    if (status == LEDE_OK && findings->blocked) {
        status = findings->status;
        if (r->err)
            *r->err = findings->fault;
    }
    if (status == LEDE_OK) {
        *sound = findings->status == LEDE_OK;
        r->schema = r->former->schema;
        status = lede_rescue_listed(&r->all, r->dir, findings, r->err);
    }
    lede_findings_free(findings);
    return status;
}

/* The schema that has grown the most, of those that segments carry. */
static lede_status find_schema(recovery *r)
{
    for (size_t i = 0; i < r->all.count; i++) {
        lede_schema *schema = NULL;
        uint64_t forms;
        lede_status status = LEDE_ERR_CORRUPT;

        if (r->all.at[i].segment)
            status = lede_segment_schema(r->all.at[i].segment, &schema, &forms,
                                         r->allocator, NULL);
        if (status == LEDE_ERR_NOMEM)
            return lede_fail_plain(r->err, status);
        if (status != LEDE_OK)
            continue;
        if (r->own_schema &&
            lede_schema_count(schema) < lede_schema_count(r->own_schema)) {
            lede_schema_free(schema);
        } else {
            lede_schema_free(r->own_schema);
            r->own_schema = schema;
        }
    }
    r->schema = r->own_schema;
    return LEDE_OK;
}

/* Segments of another schema are of another index. */
static lede_status check_schemas(recovery *r)
{
    lede_status status = LEDE_OK;

    for (size_t i = 0; i < r->all.count && status == LEDE_OK; i++) {
        lede_rescue *rescue = &r->all.at[i];
        lede_schema *schema = NULL;
        uint64_t forms;

        if (!rescue->whole)
            continue;
        status = lede_segment_schema(rescue->segment, &schema, &forms,
                                     r->allocator, r->err);
        if (status == LEDE_OK &&
            lede_schema_extends(r->schema, schema, NULL) != LEDE_OK) {
            rescue->whole = false;
            tell(r, rescue->name, LEDE_NO_POSITION,
                 "its fields are not those of the others");
        }
        lede_schema_free(schema);
    }
    return status;
}

static lede_status by_files(recovery *r)
{
    lede_status status = lede_rescue_found(&r->all, r->dir, &r->stages, r->err);

    if (status == LEDE_OK)
        status = find_schema(r);
    if (status != LEDE_OK)
        return status;
    if (r->schema)
        return check_schemas(r);
    if (!r->has_manifest && r->all.count == 0)
        return lede_fail(r->err, LEDE_ERR_NOT_FOUND, r->dir->path,
                         "there is no index");
    return lede_fail(r->err, LEDE_ERR_CORRUPT, r->dir->path,
                     "neither the manifest nor a segment can be read: nothing "
                     "can be recovered");
}

/* ---- The new commit ---- */

static lede_status note_numbers(recovery *r, const lede_rescue *rescue,
                                bool *forms_known)
{
    const lede_column *sequences = NULL;
    uint32_t documents = lede_segment_documents(rescue->segment);
    lede_schema *schema = NULL;
    uint64_t forms = 0, last;
    lede_status status =
        lede_segment_sequences(rescue->segment, &sequences, r->err);

    if (status == LEDE_OK)
        status = lede_segment_schema(rescue->segment, &schema, &forms,
                                     r->allocator, r->err);
    lede_schema_free(schema);
    if (status != LEDE_OK)
        return status;
    last = documents ? lede_column_at(sequences, documents - 1) : 0;
    if (last > r->next->last_sequence)
        r->next->last_sequence = last;
    if (*forms_known && forms != r->next->forms_version)
        forms = 0; /* to be made again */
    r->next->forms_version = forms;
    *forms_known = true;
    return LEDE_OK;
}

static lede_status write_live(recovery *r, lede_part *part)
{
    lede_manifest_segment *entry = &part->entry;
    lede_status status;

    if (!part->changed)
        return LEDE_OK;
    lede_file_name(entry->bitmap, r->dir, r->next->generation, "live");
    status =
        lede_fail_plain(r->err, lede_obsolete_add(&r->made, entry->bitmap));
    return status == LEDE_OK
               ? lede_live_write(part->live, r->dir, entry->bitmap, true,
                                 &entry->bitmap_mark, r->allocator, r->err)
               : status;
}

static lede_status add_part(recovery *r, lede_part *part)
{
    lede_status status = write_live(r, part);

    return status == LEDE_OK
               ? lede_fail_plain(r->err,
                                 lede_manifest_add(r->next, &part->entry,
                                                   part->field_count))
               : status;
}

/* The kept one of least sequence that is not in the commit yet. */
static lede_rescue *find_next(recovery *r)
{
    lede_rescue *least = NULL;

    for (size_t i = 0; i < r->all.count; i++) {
        lede_rescue *rescue = &r->all.at[i];

        if (rescue->part && rescue->part->entry.live > 0 && !rescue->listed &&
            (!least ||
             rescue->part->first_sequence < least->part->first_sequence))
            least = rescue;
    }
    return least;
}

static lede_status fill(recovery *r)
{
    bool forms_known = false;
    lede_rescue *rescue;
    lede_status status = LEDE_OK;

    for (size_t i = 0; i < r->all.count && status == LEDE_OK; i++)
        if (r->all.at[i].segment && r->all.at[i].part)
            status = note_numbers(r, &r->all.at[i], &forms_known);
    while (status == LEDE_OK && (rescue = find_next(r))) {
        rescue->listed = true;
        status = add_part(r, rescue->part);
    }
    return status;
}

static lede_status make_manifest(recovery *r)
{
    lede_bytes notes =
        r->former ? lede_bytes_of(r->former->notes, r->former->notes_len)
                  : lede_bytes_of("", 0);
    lede_status status = lede_fail_plain(
        r->err, lede_manifest_new(&r->next, r->schema, notes, r->allocator));

    if (status != LEDE_OK)
        return status;
    if (r->former) {
        r->next->generation = r->former->generation + 1;
        r->next->last_sequence = r->former->last_sequence;
        r->next->forms_version = r->former->forms_version;
    } else {
        r->next->generation = r->all.generation + GENERATION_LEAP;
    }
    return fill(r);
}

/* ---- Evidence ---- */

/* As much of a file as can be read. */
static lede_status copy_readable(recovery *r, lede_file *file, const char *name)
{
    lede_out *out = NULL;
    lede_bytes left = file->bytes;
    lede_status status = lede_dir_create(r->dir, &out, name, r->err), closed;

    while (status == LEDE_OK && left.len > 0) {
        size_t n = left.len < LEDE_CHUNK_BYTES ? left.len : LEDE_CHUNK_BYTES;
        uint64_t offset = (uint64_t)(left.at - file->bytes.at);
        lede_bytes chunk;

        if (file->touch &&
            file->touch((lede_file *)(uintptr_t)file, offset, n) != LEDE_OK)
            break;
        (void)lede_take(&left, n, &chunk);
        status = lede_out_write(out, chunk.at, chunk.len, r->err);
    }
    if (status == LEDE_OK)
        status = lede_out_sync(out, r->err);
    if (out) {
        closed = lede_out_close(out, status == LEDE_OK ? r->err : NULL);
        status = status == LEDE_OK ? closed : status;
    }
    return status;
}

/* The new manifest takes the place of the damaged one, which is copied. */
static lede_status keep_manifest(recovery *r)
{
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_file *file = NULL;
    lede_status status;

    if (r->former || !r->has_manifest)
        return LEDE_OK;
    status = lede_dir_map(r->dir, &file, LEDE_MANIFEST_NAME, NULL);
    if (status != LEDE_OK)
        return status == LEDE_ERR_NOMEM ? lede_fail_plain(r->err, status)
                                        : LEDE_OK;
    lede_file_name(name, r->dir, r->next->generation, "manifest.damaged");
    status = lede_fail_plain(r->err, lede_obsolete_add(&r->made, name));
    if (status == LEDE_OK)
        status = copy_readable(r, file, name);
    lede_file_close(file);
    return status;
}

/* After the commit: whatever of this fails, the index is sound. */
static void set_aside(recovery *r)
{
    for (size_t i = 0; i < r->all.damaged.count; i++) {
        const char *name = r->all.damaged.names[i];
        char aside[LEDE_DIR_NAME_MAX + 1];

        if (lede_manifest_names(r->next, name) ||
            snprintf(aside, sizeof aside, "%s.damaged", name) >=
                (int)sizeof aside)
            continue;
        (void)lede_dir_rename(r->dir, name, aside, NULL);
    }
    if (r->all.damaged.count > 0)
        (void)lede_dir_sync(r->dir, NULL);
}

/* ---- All of it ---- */

static lede_status commit(recovery *r)
{
    lede_status status = make_manifest(r);

    if (status == LEDE_OK)
        status = keep_manifest(r);
    if (status == LEDE_OK)
        status = lede_backup_end(r->dir, r->err);
    if (status == LEDE_OK)
        status = lede_manifest_commit(r->next, r->dir, LEDE_DURABLE, r->err);
    if (status == LEDE_OK) {
        set_aside(r);
    } else if (status != LEDE_ERR_UNKNOWN_COMMIT) {
        lede_obsolete_settle(&r->made);
        lede_obsolete_unlink(&r->made, r->dir);
    }
    return status;
}

static lede_status recover(recovery *r, const lede_task *task)
{
    bool sound = false;
    lede_status status = read_former(r);

    if (status == LEDE_OK)
        status = r->former ? by_manifest(r, task, &sound) : by_files(r);
    if (status != LEDE_OK || sound)
        return status;
    status = lede_reconcile(&r->all, !r->former, r->schema, &r->stages, r->err);
    return status == LEDE_OK ? commit(r) : status;
}

lede_status lede_native_recover(lede_dir *dir, const lede_task *task,
                                const lede_allocator *allocator,
                                lede_error *err)
{
    recovery r = { .dir = dir, .allocator = allocator, .err = err };
    lede_status status = lede_dir_lock(dir, LEDE_LOCK_NAME, err);

    if (status != LEDE_OK)
        return status;
    lede_stages_begin(&r.stages, task, 0);
    lede_rescues_init(&r.all, allocator);
    lede_obsolete_init(&r.made, allocator);
    status = recover(&r, task);
    lede_manifest_release(r.next);
    lede_rescues_fini(&r.all);
    lede_schema_free(r.own_schema);
    lede_manifest_release(r.former);
    lede_obsolete_fini(&r.made);
    lede_dir_unlock(dir);
    return lede_fail_plain(err, status);
}
