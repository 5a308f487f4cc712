/*
 * io/dir_memory.c - directories that live in memory: for short-lived indexes
 * and for tests, which may put anything in front of them.
 *
 * Files are counted: one that is open stays readable when its name is gone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "io/dir.h"

typedef struct node {
    lede_buffer bytes;
    uint64_t number; /* as an inode's */
    uint64_t changes;
    atomic_uint holders;
} node;

typedef struct name {
    char text[LEDE_DIR_NAME_MAX + 1];
    node *node;
} name;

typedef struct memory {
    lede_dir face;
    const lede_allocator *allocator;
    pthread_mutex_t mutex;
    name *names;
    size_t count;
    size_t capacity;
    uint64_t next_number;
    bool locked;
} memory;

static void release_node(const lede_allocator *allocator, node *n)
{
    if (atomic_fetch_sub(&n->holders, 1) > 1)
        return;
    lede_buffer_fini(&n->bytes);
    lede_release(allocator, n, sizeof *n);
}

static name *find(memory *m, const char *text)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->names[i].text, text) == 0)
            return &m->names[i];
    return NULL;
}

static lede_status missing(const char *text, lede_error *err)
{
    return lede_fail(err, LEDE_ERR_NOT_FOUND, text, "no such file");
}

/* ---- Files being written ---- */

typedef struct memory_out {
    lede_out face;
    memory *dir;
    node *node;
} memory_out;

static lede_status out_write(lede_out *out, const void *bytes, size_t len,
                             lede_error *err)
{
    memory_out *o = (memory_out *)out;
    lede_status status;

    pthread_mutex_lock(&o->dir->mutex);
    lede_put(&o->node->bytes, bytes, len);
    o->node->changes++;
    status = o->node->bytes.status;
    pthread_mutex_unlock(&o->dir->mutex);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    out->length += len;
    return LEDE_OK;
}

static lede_status out_sync(lede_out *out, lede_error *err)
{
    (void)out;
    (void)err;
    return LEDE_OK;
}

static lede_status out_close(lede_out *out, lede_error *err)
{
    memory_out *o = (memory_out *)out;
    const lede_allocator *allocator = o->dir->allocator;

    (void)err;
    release_node(allocator, o->node);
    lede_release(allocator, o, sizeof *o);
    return LEDE_OK;
}

/* Adds a name for a new node, which the caller holds too. */
static lede_status add_name(memory *m, const char *text, node *n)
{
    if (!lede_grow(m->allocator, &m->names, &m->capacity, m->count + 1,
                   sizeof *m->names))
        return LEDE_ERR_NOMEM;
    memcpy(m->names[m->count].text, text, strlen(text) + 1);
    m->names[m->count].node = n;
    n->number = ++m->next_number;
    m->count++;
    return LEDE_OK;
}

static lede_status memory_create(lede_dir *dir, lede_out **out,
                                 const char *text, lede_error *err)
{
    static const lede_out_ops ops = { out_write, out_sync, out_close };
    memory *m = (memory *)dir;
    memory_out *o = lede_alloc_zero(m->allocator, sizeof *o);
    node *n = lede_alloc_zero(m->allocator, sizeof *n);
    lede_status status = o && n ? LEDE_OK : LEDE_ERR_NOMEM;

    if (status == LEDE_OK) {
        lede_buffer_init(&n->bytes, m->allocator);
        atomic_init(&n->holders, 2);
        *o = (memory_out){ { &ops, 0 }, m, n };
        pthread_mutex_lock(&m->mutex);
        status = find(m, text) ? LEDE_ERR_BUSY : add_name(m, text, n);
        pthread_mutex_unlock(&m->mutex);
    }
    if (status != LEDE_OK) {
        lede_release(m->allocator, o, sizeof *o);
        lede_release(m->allocator, n, sizeof *n);
        return lede_fail(err, status, text,
                         status == LEDE_ERR_BUSY ? "exists already"
                                                 : "out of memory");
    }
    *out = &o->face;
    return LEDE_OK;
}

/* ---- Files being read ---- */

typedef struct memory_file {
    lede_file face;
    const lede_allocator *allocator;
    node *node;
} memory_file;

static void file_close(lede_file *file)
{
    memory_file *f = (memory_file *)file;
    const lede_allocator *allocator = f->allocator;

    release_node(allocator, f->node);
    lede_release(allocator, f, sizeof *f);
}

static void put_stamp(uint64_t stamp[3], const node *n)
{
    stamp[0] = n->number;
    stamp[1] = n->bytes.len;
    stamp[2] = n->changes;
}

static lede_status memory_map(lede_dir *dir, lede_file **file, const char *text,
                              lede_error *err)
{
    memory *m = (memory *)dir;
    memory_file *f = lede_alloc_zero(m->allocator, sizeof *f);
    name *found;

    if (!f)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    pthread_mutex_lock(&m->mutex);
    found = find(m, text);
    if (found) {
        f->face.bytes = lede_buffer_bytes(&found->node->bytes);
        put_stamp(f->face.stamp, found->node);
        f->face.pins = true;
        f->face.close = file_close;
        f->allocator = m->allocator;
        f->node = found->node;
        atomic_fetch_add(&f->node->holders, 1);
    }
    pthread_mutex_unlock(&m->mutex);
    if (!found) {
        lede_release(m->allocator, f, sizeof *f);
        return missing(text, err);
    }
    *file = &f->face;
    return LEDE_OK;
}

/* ---- The directory ---- */

static void drop_name(memory *m, name *at)
{
    release_node(m->allocator, at->node);
    *at = m->names[--m->count];
}

static lede_status memory_rename(lede_dir *dir, const char *from,
                                 const char *to, lede_error *err)
{
    memory *m = (memory *)dir;
    name *old, *present;

    pthread_mutex_lock(&m->mutex);
    old = find(m, from);
    present = find(m, to);
    if (old && present && old != present) {
        release_node(m->allocator, present->node);
        present->node = old->node;
        *old = m->names[--m->count];
    } else if (old) {
        memcpy(old->text, to, strlen(to) + 1);
    }
    pthread_mutex_unlock(&m->mutex);
    return old ? LEDE_OK : missing(from, err);
}

static lede_status memory_unlink(lede_dir *dir, const char *text,
                                 lede_error *err)
{
    memory *m = (memory *)dir;
    name *found;

    pthread_mutex_lock(&m->mutex);
    found = find(m, text);
    if (found)
        drop_name(m, found);
    pthread_mutex_unlock(&m->mutex);
    return found ? LEDE_OK : missing(text, err);
}

static lede_status memory_sync(lede_dir *dir, lede_error *err)
{
    (void)dir;
    (void)err;
    return LEDE_OK;
}

static lede_status memory_sync_file(lede_dir *dir, const char *text,
                                    lede_error *err)
{
    memory *m = (memory *)dir;
    bool found;

    pthread_mutex_lock(&m->mutex);
    found = find(m, text) != NULL;
    pthread_mutex_unlock(&m->mutex);
    return found ? LEDE_OK : missing(text, err);
}

static lede_status memory_list(lede_dir *dir,
                               void (*each)(void *ctx, const char *name,
                                            uint64_t length),
                               void *ctx, lede_error *err)
{
    memory *m = (memory *)dir;

    (void)err;
    pthread_mutex_lock(&m->mutex);
    for (size_t i = 0; i < m->count; i++)
        each(ctx, m->names[i].text, m->names[i].node->bytes.len);
    pthread_mutex_unlock(&m->mutex);
    return LEDE_OK;
}

static lede_status memory_stamp(lede_dir *dir, const char *text,
                                uint64_t stamp[3], lede_error *err)
{
    memory *m = (memory *)dir;
    const name *found;

    pthread_mutex_lock(&m->mutex);
    found = find(m, text);
    if (found) {
        put_stamp(stamp, found->node);
    }
    pthread_mutex_unlock(&m->mutex);
    return found ? LEDE_OK : missing(text, err);
}

static lede_status memory_lock(lede_dir *dir, const char *text, lede_error *err)
{
    memory *m = (memory *)dir;
    bool taken;

    (void)text;
    pthread_mutex_lock(&m->mutex);
    taken = m->locked;
    m->locked = true;
    pthread_mutex_unlock(&m->mutex);
    return taken ? lede_fail(err, LEDE_ERR_BUSY, dir->path,
                             "another writer is open")
                 : LEDE_OK;
}

static void memory_unlock(lede_dir *dir)
{
    memory *m = (memory *)dir;

    pthread_mutex_lock(&m->mutex);
    m->locked = false;
    pthread_mutex_unlock(&m->mutex);
}

/* Numbers in order: tests want the same names in every run. */
static uint64_t memory_random(lede_dir *dir)
{
    memory *m = (memory *)dir;
    uint64_t number;

    pthread_mutex_lock(&m->mutex);
    number = ++m->next_number;
    pthread_mutex_unlock(&m->mutex);
    return number;
}

static void memory_close(lede_dir *dir)
{
    memory *m = (memory *)dir;

    while (m->count > 0)
        drop_name(m, &m->names[m->count - 1]);
    lede_release(m->allocator, m->names, m->capacity * sizeof *m->names);
    pthread_mutex_destroy(&m->mutex);
    lede_release(m->allocator, m, sizeof *m);
}

lede_status lede_dir_open_memory(lede_dir **out,
                                 const lede_allocator *allocator)
{
    static const lede_dir_ops ops = {
        memory_close,  memory_create, memory_map,       memory_rename,
        memory_unlink, memory_sync,   memory_sync_file, memory_list,
        memory_stamp,  memory_lock,   memory_unlock,    memory_random,
    };
    memory *m = lede_alloc_zero(allocator, sizeof *m);

    if (!m)
        return LEDE_ERR_NOMEM;
    if (pthread_mutex_init(&m->mutex, NULL) != 0) {
        lede_release(allocator, m, sizeof *m);
        return LEDE_ERR_NOMEM;
    }
    m->face = (lede_dir){ &ops, "memory" };
    m->allocator = allocator;
    *out = &m->face;
    return LEDE_OK;
}
