#include "support/dir_recording.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/suite.h"

/* Over all logs: what is done is written down before anything else is done. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

typedef struct recording {
    lede_dir face;
    lede_dir *inner;
    dir_log *log;
} recording;

typedef struct recording_out {
    lede_out face;
    lede_out *inner;
    dir_log *log;
    uint32_t file;
} recording_out;

static recording *of(lede_dir *dir)
{
    return (recording *)dir;
}

static dir_record *add(dir_log *log, dir_record_kind kind)
{
    dir_record *added;

    if (log->count == log->capacity) {
        log->capacity = log->capacity * 2 + 64;
        log->records =
            realloc(log->records, log->capacity * sizeof *log->records);
        if (!log->records)
            ck_abort_msg("out of memory");
    }
    added = &log->records[log->count++];
    memset(added, 0, sizeof *added);
    added->kind = kind;
    return added;
}

void dir_log_note(dir_log *log, uint64_t note)
{
    (void)pthread_mutex_lock(&order);
    add(log, DIR_RECORD_NOTE)->note = note;
    (void)pthread_mutex_unlock(&order);
}

void dir_log_fini(dir_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->records[i].bytes);
    free(log->records);
    memset(log, 0, sizeof *log);
}

typedef struct beginning {
    dir_log *log;
    lede_dir *dir;
} beginning;

static void begin_file(void *ctx, const char *name, uint64_t length)
{
    const beginning *b = ctx;
    dir_record *r = add(b->log, DIR_RECORD_CREATE);

    (void)length;
    r->file = b->log->files++;
    strcpy(r->name, name);
}

void dir_log_begin(dir_log *log, lede_dir *dir)
{
    beginning b = { log, dir };
    size_t created;

    memset(log, 0, sizeof *log);
    if (lede_dir_list(dir, begin_file, &b, NULL) != LEDE_OK)
        ck_abort_msg("a directory cannot be listed");
    created = log->count;
    for (size_t i = 0; i < created; i++) {
        uint32_t number = log->records[i].file;
        lede_file *file = NULL;
        dir_record *r;

        if (lede_dir_map(dir, &file, log->records[i].name, NULL) != LEDE_OK)
            ck_abort_msg("a file cannot be read");
        r = add(log, DIR_RECORD_WRITE);
        r->file = number;
        r->len = file->bytes.len;
        r->bytes = malloc(r->len + 1);
        if (!r->bytes)
            ck_abort_msg("out of memory");
        if (r->len)
            memcpy(r->bytes, file->bytes.at, r->len);
        lede_file_close(file);
        add(log, DIR_RECORD_SYNC)->file = number;
    }
    (void)add(log, DIR_RECORD_DIR_SYNC);
}

static const char *kind_of_file(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

static void put_record(lede_buffer *out, const dir_record *r)
{
    static const char *const verbs[] = {
        [DIR_RECORD_CREATE] = "create ",    [DIR_RECORD_WRITE] = "write",
        [DIR_RECORD_SYNC] = "sync",         [DIR_RECORD_CLOSE] = "close",
        [DIR_RECORD_RENAME] = "rename ",    [DIR_RECORD_UNLINK] = "unlink ",
        [DIR_RECORD_DIR_SYNC] = "sync dir", [DIR_RECORD_NOTE] = "note",
        [DIR_RECORD_SYNC_FILE] = "sync ",
    };

    if (out->len)
        lede_put_text(out, ", ");
    lede_put_text(out, verbs[r->kind]);
    if (r->kind == DIR_RECORD_CREATE || r->kind == DIR_RECORD_UNLINK ||
        r->kind == DIR_RECORD_SYNC_FILE)
        lede_put_text(out, kind_of_file(r->name));
    else if (r->kind == DIR_RECORD_RENAME)
        lede_put_text(out, kind_of_file(r->to));
    if (r->failed)
        lede_put_text(out, "!");
}

char *dir_log_order(const dir_log *log)
{
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    for (size_t i = 0; i < log->count; i++)
        if (log->records[i].kind != DIR_RECORD_WRITE || i == 0 ||
            log->records[i - 1].kind != DIR_RECORD_WRITE)
            put_record(&out, &log->records[i]);
    lede_put_u8(&out, 0);
    ck_assert_int_eq(out.status, LEDE_OK);
    return (char *)out.at;
}

/* ---- Files being written ---- */

static lede_status out_write(lede_out *out, const void *bytes, size_t len,
                             lede_error *err)
{
    recording_out *o = (recording_out *)out;
    uint8_t *copy = malloc(len + 1);
    lede_status status;
    dir_record *r;

    if (!copy)
        ck_abort_msg("out of memory");
    if (len)
        memcpy(copy, bytes, len);
    (void)pthread_mutex_lock(&order);
    status = lede_out_write(o->inner, bytes, len, err);
    if (status == LEDE_OK && len) {
        r = add(o->log, DIR_RECORD_WRITE);
        r->file = o->file;
        r->bytes = copy;
        r->len = len;
        out->length += len;
        copy = NULL;
    }
    (void)pthread_mutex_unlock(&order);
    free(copy);
    return status;
}

static lede_status out_sync(lede_out *out, lede_error *err)
{
    recording_out *o = (recording_out *)out;
    lede_status status;
    dir_record *r;

    (void)pthread_mutex_lock(&order);
    status = lede_out_sync(o->inner, err);
    r = add(o->log, DIR_RECORD_SYNC);
    r->file = o->file;
    r->failed = status != LEDE_OK;
    (void)pthread_mutex_unlock(&order);
    return status;
}

static lede_status out_close(lede_out *out, lede_error *err)
{
    recording_out *o = (recording_out *)out;
    lede_status status;

    (void)pthread_mutex_lock(&order);
    status = lede_out_close(o->inner, err);
    add(o->log, DIR_RECORD_CLOSE)->file = o->file;
    (void)pthread_mutex_unlock(&order);
    free(o);
    return status;
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
    dir_log *log = of(dir)->log;
    recording_out *o = calloc(1, sizeof *o);
    lede_status status;
    dir_record *r;

    if (!o)
        ck_abort_msg("out of memory");
    *o = (recording_out){ { &ops, 0 }, NULL, log, 0 };
    /* Written down later than done is what a crash may make of it anyway; and
     * tests hold creations up. */
    status = lede_dir_create(of(dir)->inner, &o->inner, name, err);
    if (status != LEDE_OK) {
        free(o);
        return status;
    }
    (void)pthread_mutex_lock(&order);
    o->file = log->files++;
    r = add(log, DIR_RECORD_CREATE);
    r->file = o->file;
    strcpy(r->name, name);
    (void)pthread_mutex_unlock(&order);
    *out = &o->face;
    return LEDE_OK;
}

static lede_status dir_map(lede_dir *dir, lede_file **file, const char *name,
                           lede_error *err)
{
    return lede_dir_map(of(dir)->inner, file, name, err);
}

static lede_status dir_rename(lede_dir *dir, const char *from, const char *to,
                              lede_error *err)
{
    lede_status status;
    dir_record *r;

    (void)pthread_mutex_lock(&order);
    status = lede_dir_rename(of(dir)->inner, from, to, err);
    if (status == LEDE_OK) {
        r = add(of(dir)->log, DIR_RECORD_RENAME);
        strcpy(r->name, from);
        strcpy(r->to, to);
    }
    (void)pthread_mutex_unlock(&order);
    return status;
}

static lede_status dir_unlink(lede_dir *dir, const char *name, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&order);
    status = lede_dir_unlink(of(dir)->inner, name, err);
    if (status == LEDE_OK)
        strcpy(add(of(dir)->log, DIR_RECORD_UNLINK)->name, name);
    (void)pthread_mutex_unlock(&order);
    return status;
}

static lede_status dir_sync(lede_dir *dir, lede_error *err)
{
    lede_status status;

    (void)pthread_mutex_lock(&order);
    status = lede_dir_sync(of(dir)->inner, err);
    add(of(dir)->log, DIR_RECORD_DIR_SYNC)->failed = status != LEDE_OK;
    (void)pthread_mutex_unlock(&order);
    return status;
}

static lede_status dir_sync_file(lede_dir *dir, const char *name,
                                 lede_error *err)
{
    lede_status status;
    dir_record *r;

    (void)pthread_mutex_lock(&order);
    status = lede_dir_sync_file(of(dir)->inner, name, err);
    r = add(of(dir)->log, DIR_RECORD_SYNC_FILE);
    strcpy(r->name, name);
    r->failed = status != LEDE_OK;
    (void)pthread_mutex_unlock(&order);
    return status;
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

void dir_recording_open(lede_dir **out, lede_dir *inner, dir_log *log)
{
    static const lede_dir_ops ops = {
        dir_close,  dir_create, dir_map,       dir_rename,
        dir_unlink, dir_sync,   dir_sync_file, dir_list,
        dir_stamp,  dir_lock,   dir_unlock,    dir_random,
    };
    recording *r = calloc(1, sizeof *r);

    if (!r)
        ck_abort_msg("out of memory");
    *r = (recording){ { &ops, inner->path }, inner, log };
    *out = &r->face;
}
