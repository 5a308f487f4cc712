#include "support/dir_faulty.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "support/suite.h"

/* Over all counts. */
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

typedef struct faulty {
    lede_dir face;
    lede_dir *inner;
    dir_faults *faults;
} faulty;

typedef struct faulty_out {
    lede_out face;
    lede_out *inner;
    faulty *dir;
} faulty_out;

static faulty *of(lede_dir *dir)
{
    return (faulty *)dir;
}

static bool count(dir_faults *faults, dir_fault_kind kind)
{
    bool struck;

    if (!(faults->kinds & (uint32_t)kind))
        return false;
    faults->calls++;
    struck = faults->fail_at &&
             (faults->calls == faults->fail_at ||
              (faults->sticky && faults->calls > faults->fail_at));
    if (struck)
        faults->failures++;
    return struck;
}

/* Whether this call fails. */
static bool strikes(const faulty *f, dir_fault_kind kind)
{
    bool spoiled = f->faults->before && f->faults->before(f->faults->ctx, kind);
    bool struck;

    (void)pthread_mutex_lock(&counting);
    struck = count(f->faults, kind);
    if (spoiled && !struck)
        f->faults->failures++;
    (void)pthread_mutex_unlock(&counting);
    return spoiled || struck;
}

static void add_out(const faulty *f, int64_t change)
{
    (void)pthread_mutex_lock(&counting);
    f->faults->open_outs += (uint64_t)change;
    (void)pthread_mutex_unlock(&counting);
}

static lede_status strike_out(const faulty *f, const char *name,
                              lede_error *err)
{
    return lede_fail_system(err, f->faults->status, name, f->faults->system,
                            "a planted fault");
}

/* ---- Files being written ---- */

static void add_length(void *ctx, const char *name, uint64_t length)
{
    (void)name;
    *(uint64_t *)ctx += length;
}

static uint64_t room_left(const faulty *f)
{
    uint64_t used = 0;

    if (f->faults->budget == UINT64_MAX)
        return UINT64_MAX;
    (void)lede_dir_list(f->inner, add_length, &used, NULL);
    return used < f->faults->budget ? f->faults->budget - used : 0;
}

static lede_status out_write(lede_out *out, const void *bytes, size_t len,
                             lede_error *err)
{
    faulty_out *o = (faulty_out *)out;
    uint64_t room = room_left(o->dir);
    lede_status status;

    if (strikes(o->dir, DIR_FAULT_WRITE)) {
        (void)lede_out_write(o->inner, bytes, len / 2, NULL);
        return strike_out(o->dir, "a write", err);
    }
    if (room < len) {
        (void)pthread_mutex_lock(&counting);
        o->dir->faults->failures++;
        (void)pthread_mutex_unlock(&counting);
        (void)lede_out_write(o->inner, bytes, (size_t)room, NULL);
        return lede_fail(err, LEDE_ERR_FULL, "a write", "the budget is spent");
    }
    status = lede_out_write(o->inner, bytes, len, err);
    if (status == LEDE_OK)
        out->length += len;
    return status;
}

static lede_status out_sync(lede_out *out, lede_error *err)
{
    faulty_out *o = (faulty_out *)out;

    return strikes(o->dir, DIR_FAULT_SYNC) ? strike_out(o->dir, "a sync", err)
                                           : lede_out_sync(o->inner, err);
}

static lede_status out_close(lede_out *out, lede_error *err)
{
    faulty_out *o = (faulty_out *)out;
    faulty *f = o->dir;
    lede_status status = lede_out_close(o->inner, err);

    add_out(f, -1);
    free(o);
    return strikes(f, DIR_FAULT_CLOSE) ? strike_out(f, "a close", err) : status;
}

/* ---- The directory ---- */

static void dir_close(lede_dir *dir)
{
    free(dir);
}

static lede_status dir_create(lede_dir *dir, lede_out **out, const char *name,
                              lede_error *err)
{
    static const lede_out_ops ops = { out_write, out_sync, out_close };
    faulty_out *o;
    lede_status status;

    if (strikes(of(dir), DIR_FAULT_CREATE))
        return strike_out(of(dir), name, err);
    o = calloc(1, sizeof *o);
    if (!o)
        ck_abort_msg("out of memory");
    *o = (faulty_out){ { &ops, 0 }, NULL, of(dir) };
    status = lede_dir_create(of(dir)->inner, &o->inner, name, err);
    if (status != LEDE_OK) {
        free(o);
        return status;
    }
    add_out(of(dir), 1);
    *out = &o->face;
    return LEDE_OK;
}

static lede_status dir_map(lede_dir *dir, lede_file **file, const char *name,
                           lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_MAP)
               ? strike_out(of(dir), name, err)
               : lede_dir_map(of(dir)->inner, file, name, err);
}

static lede_status dir_rename(lede_dir *dir, const char *from, const char *to,
                              lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_RENAME)
               ? strike_out(of(dir), from, err)
               : lede_dir_rename(of(dir)->inner, from, to, err);
}

static lede_status dir_unlink(lede_dir *dir, const char *name, lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_UNLINK)
               ? strike_out(of(dir), name, err)
               : lede_dir_unlink(of(dir)->inner, name, err);
}

static lede_status dir_sync(lede_dir *dir, lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_DIR_SYNC)
               ? strike_out(of(dir), "the directory", err)
               : lede_dir_sync(of(dir)->inner, err);
}

static lede_status dir_sync_file(lede_dir *dir, const char *name,
                                 lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_SYNC)
               ? strike_out(of(dir), name, err)
               : lede_dir_sync_file(of(dir)->inner, name, err);
}

static lede_status dir_list(lede_dir *dir,
                            void (*each)(void *ctx, const char *name,
                                         uint64_t length),
                            void *ctx, lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_LIST)
               ? strike_out(of(dir), "the directory", err)
               : lede_dir_list(of(dir)->inner, each, ctx, err);
}

static lede_status dir_stamp(lede_dir *dir, const char *name, uint64_t stamp[3],
                             lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_STAMP)
               ? strike_out(of(dir), name, err)
               : lede_dir_stamp(of(dir)->inner, name, stamp, err);
}

static lede_status dir_lock(lede_dir *dir, const char *name, lede_error *err)
{
    return strikes(of(dir), DIR_FAULT_LOCK)
               ? strike_out(of(dir), name, err)
               : lede_dir_lock(of(dir)->inner, name, err);
}

static void dir_unlock(lede_dir *dir)
{
    lede_dir_unlock(of(dir)->inner);
}

static uint64_t dir_random(lede_dir *dir)
{
    return lede_dir_random(of(dir)->inner) ^ of(dir)->faults->names;
}

void dir_faulty_open(lede_dir **out, lede_dir *inner, dir_faults *faults)
{
    static const lede_dir_ops ops = {
        dir_close,  dir_create, dir_map,       dir_rename,
        dir_unlink, dir_sync,   dir_sync_file, dir_list,
        dir_stamp,  dir_lock,   dir_unlock,    dir_random,
    };
    faulty *f = calloc(1, sizeof *f);

    if (!f)
        ck_abort_msg("out of memory");
    *f = (faulty){ { &ops, inner->path }, inner, faults };
    *out = &f->face;
}
