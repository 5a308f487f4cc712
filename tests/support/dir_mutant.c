#include "support/dir_mutant.h"

#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static const char *const mutation_names[MUTANT_END] = {
    "none",
    "no directory sync before the rename",
    "no directory sync after the rename",
    "no directory sync at all",
    "no sync of the manifest",
    "no sync of segments",
    "no sync of live files",
    "a sync before the last write",
    "a rename before the sync",
    "a manifest written in place",
    "names used again",
    "unlink before the commit",
    "unlink before the directory sync",
    "an answer before the commit",
    "a failed sync tried again",
    "a failed sync hidden",
    "a failed directory sync tried again",
    "a failed directory sync hidden",
    "a commit after a failed directory sync",
    "new files deleted on an unknown commit",
    "old files deleted on an unknown commit",
    "no sync of anything",
    "no sync of what was left unsynced",
    "no sync of the manifest that was left unsynced",
    "a failed sync of what was left unsynced hidden",
    "what was synced unlinked by a commit without syncs",
    "what was synced unlinked before another is",
};

typedef struct mutant_out {
    lede_out face;
    lede_out *inner;
    dir_mutant *dir;
    bool no_sync;
    bool hold;
    bool written;
} mutant_out;

static dir_mutant *of(lede_dir *dir)
{
    return (dir_mutant *)dir;
}

/* What this thread does wrong. */
static dir_mutation kind_of(const dir_mutant *m)
{
    return m->beside && gate_is_owner(m->gate) ? MUTANT_SOUND : m->kind;
}

static lede_status out_write(lede_out *out, const void *bytes, size_t len,
                             lede_error *err)
{
    mutant_out *o = (mutant_out *)out;
    lede_status status = lede_out_write(o->inner, bytes, len, err);

    out->length += len;
    if (status == LEDE_OK && kind_of(o->dir) == MUTANT_SYNC_TOO_EARLY &&
        !o->written)
        status = lede_out_sync(o->inner, err);
    o->written = true;
    return status;
}

static lede_status out_sync(lede_out *out, lede_error *err)
{
    mutant_out *o = (mutant_out *)out;
    dir_mutation kind = kind_of(o->dir);
    lede_status status;

    if (o->no_sync)
        return LEDE_OK;
    status = lede_out_sync(o->inner, err);
    if (status != LEDE_OK && kind == MUTANT_RETRIED_SYNC)
        status = lede_out_sync(o->inner, err);
    return kind == MUTANT_HIDDEN_SYNC ? LEDE_OK : status;
}

static lede_status out_close(lede_out *out, lede_error *err)
{
    mutant_out *o = (mutant_out *)out;
    lede_status status = LEDE_OK;

    if (o->hold)
        o->dir->held = o->inner;
    else
        status = lede_out_close(o->inner, err);
    free(o);
    return status;
}

static bool ends_in(const char *name, const char *suffix)
{
    const char *dot = strrchr(name, '.');

    return dot && strcmp(dot + 1, suffix) == 0;
}

static bool has_gate(const dir_mutant *m)
{
    return m->gate && !gate_is_owner(m->gate);
}

static lede_status dir_create(lede_dir *dir, lede_out **out, const char *name,
                              lede_error *err)
{
    static const lede_out_ops ops = { out_write, out_sync, out_close };
    dir_mutation kind = kind_of(of(dir));
    mutant_out *o = calloc(1, sizeof *o);
    lede_status status;

    if (!o)
        ck_abort_msg("out of memory");
    if (has_gate(of(dir)) && ends_in(name, "segment"))
        gate_enter(of(dir)->gate);
    o->face.ops = &ops;
    o->dir = of(dir);
    o->hold = kind == MUTANT_RENAME_BEFORE_SYNC && ends_in(name, "tmp");
    o->no_sync = o->hold || kind == MUTANT_NO_SYNC ||
                 kind == MUTANT_SYNC_TOO_EARLY ||
                 (kind == MUTANT_NO_MANIFEST_SYNC && ends_in(name, "tmp")) ||
                 (kind == MUTANT_NO_SEGMENT_SYNC && ends_in(name, "segment")) ||
                 (kind == MUTANT_NO_LIVE_SYNC && ends_in(name, "live"));
    if (kind == MUTANT_REUSED_NAMES)
        (void)lede_dir_unlink(of(dir)->inner, name, NULL);
    status = lede_dir_create(of(dir)->inner, &o->inner, name, err);
    if (status == LEDE_OK)
        *out = &o->face;
    else
        free(o);
    return status;
}

static lede_status dir_map(lede_dir *dir, lede_file **file, const char *name,
                           lede_error *err)
{
    return lede_dir_map(of(dir)->inner, file, name, err);
}

/* Writes over the old manifest instead of putting the new one in its place. */
static lede_status copy_over(lede_dir *dir, const char *from, const char *to,
                             lede_error *err)
{
    lede_file *file = NULL;
    lede_out *out = NULL;
    lede_status status = lede_dir_map(dir, &file, from, err);

    ck_assert_int_eq(status, LEDE_OK);
    (void)lede_dir_unlink(dir, to, NULL);
    status = lede_dir_create(dir, &out, to, err);
    ck_assert_int_eq(status, LEDE_OK);
    status = lede_out_write(out, file->bytes.at, file->bytes.len, err);
    if (status == LEDE_OK)
        status = lede_out_sync(out, err);
    (void)lede_out_close(out, NULL);
    lede_file_close(file);
    (void)lede_dir_unlink(dir, from, NULL);
    return status;
}

static lede_status dir_rename(lede_dir *dir, const char *from, const char *to,
                              lede_error *err)
{
    dir_mutant *m = of(dir);
    dir_mutation kind = kind_of(m);
    lede_status status = kind == MUTANT_MANIFEST_IN_PLACE
                             ? copy_over(m->inner, from, to, err)
                             : lede_dir_rename(m->inner, from, to, err);

    m->renamed = true;
    if (m->held) {
        (void)lede_out_sync(m->held, NULL);
        (void)lede_out_close(m->held, NULL);
        m->held = NULL;
    }
    if (kind == MUTANT_UNLINK_BEFORE_SYNC || kind == MUTANT_UNLINKS_AT_RENAME)
        m->on_rename(m->ctx);
    if (has_gate(m))
        gate_leave(m->gate);
    return status;
}

static lede_status dir_unlink(lede_dir *dir, const char *name, lede_error *err)
{
    lede_status status = lede_dir_unlink(of(dir)->inner, name, err);

    if (has_gate(of(dir)) && ends_in(name, "segment"))
        gate_leave(of(dir)->gate);
    return status;
}

static lede_status dir_sync(lede_dir *dir, lede_error *err)
{
    dir_mutant *m = of(dir);
    dir_mutation kind = kind_of(m);
    bool renamed = m->renamed;
    lede_status status;

    m->renamed = false;
    if (kind == MUTANT_NO_DIR_SYNC || kind == MUTANT_NO_SYNC ||
        kind ==
            (renamed ? MUTANT_NO_DIR_SYNC_AFTER : MUTANT_NO_DIR_SYNC_BEFORE))
        return LEDE_OK;
    status = lede_dir_sync(m->inner, err);
    if (status != LEDE_OK && kind == MUTANT_RETRIED_DIR_SYNC)
        status = lede_dir_sync(m->inner, err);
    if (status != LEDE_OK && renamed && m->on_rename &&
        (kind == MUTANT_DELETES_OLD_ON_UNKNOWN ||
         kind == MUTANT_DELETES_NEW_ON_UNKNOWN))
        m->on_rename(m->ctx);
    return kind == MUTANT_HIDDEN_DIR_SYNC ? LEDE_OK : status;
}

static lede_status dir_sync_file(lede_dir *dir, const char *name,
                                 lede_error *err)
{
    dir_mutation kind = kind_of(of(dir));
    lede_status status;

    if (kind == MUTANT_NO_SYNC || kind == MUTANT_NO_SYNC_LEFT ||
        (kind == MUTANT_NO_MANIFEST_SYNC_LEFT && strchr(name, '.') == NULL))
        return LEDE_OK;
    status = lede_dir_sync_file(of(dir)->inner, name, err);
    return kind == MUTANT_HIDDEN_SYNC_LEFT ? LEDE_OK : status;
}

static lede_status dir_list(lede_dir *dir,
                            void (*each)(void *ctx, const char *name,
                                         uint64_t length),
                            void *ctx, lede_error *err)
{
    return lede_dir_list(of(dir)->inner, each, ctx, err);
}

static lede_status dir_stamp(lede_dir *dir, const char *name, uint64_t stamp[3],
                             lede_error *err)
{
    return lede_dir_stamp(of(dir)->inner, name, stamp, err);
}

static lede_status dir_lock(lede_dir *dir, const char *name, lede_error *err)
{
    return lede_dir_lock(of(dir)->inner, name, err);
}

static void dir_unlock(lede_dir *dir)
{
    lede_dir_unlock(of(dir)->inner);
}

static uint64_t dir_random(lede_dir *dir)
{
    return lede_dir_random(of(dir)->inner);
}

static void dir_close(lede_dir *dir)
{
    (void)dir;
}

static const lede_dir_ops mutant_ops = {
    dir_close,     dir_create, dir_map,   dir_rename, dir_unlink, dir_sync,
    dir_sync_file, dir_list,   dir_stamp, dir_lock,   dir_unlock, dir_random,
};

void dir_mutant_init(dir_mutant *m, lede_dir *inner, dir_mutation kind)
{
    *m = (dir_mutant){ .face = { &mutant_ops, "mutant" },
                       .inner = inner,
                       .kind = kind };
}

const char *dir_mutation_name(dir_mutation kind)
{
    return mutation_names[kind];
}
