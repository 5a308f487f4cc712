/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lede/xapian.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "xapian/fault.h"
#include "xapian/index.h"
#include "xapian/pursuit.h"

/* Of two processes that create at once, one waits for the other. */
#define CREATE_WAIT_MS 10000U
#define CREATE_STEP_MS 20

/* ---- Creating ----------------------------------------------------------- */

/* Makes an empty database that is locked one of ours, unless it is already. */
static lede_status found(xapian_database *db, const lede_schema *schema,
                         const lede_allocator *allocator, const char *where,
                         lede_error *err)
{
    lede_xapian_state *state = lede_alloc_zero(allocator, sizeof *state);
    xapian_database_stats stats;
    xapian_error fault;
    lede_status status;

    if (!state)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = lede_xapian_state_read(state, db, where, err);
    if (status == LEDE_ERR_NOT_FOUND) {
        *state = (lede_xapian_state){ 0 };
        if (!xapian_database_count(db, &stats, &fault))
            status = lede_xapian_fail(err, &fault, where);
        else if (stats.documents > 0)
            status = lede_fail(err, LEDE_ERR_UNSUPPORTED, where,
                               "the Xapian database has documents that lede "
                               "did not put there");
        else if (!xapian_begin(db, true, &fault))
            status = lede_xapian_fail(err, &fault, where);
        else
            status =
                lede_xapian_schema_write(db, schema, allocator, where, err);
        if (status == LEDE_OK)
            status = lede_xapian_state_write(db, state, allocator, where, err);
        if (status == LEDE_OK && !xapian_commit(db, &fault))
            status = lede_xapian_fail(err, &fault, where);
    }
    lede_release(allocator, state, sizeof *state);
    return status;
}

/* LEDE_OK if a database of ours is there; it needs no lock to see that. */
static lede_status look(const lede_xapian_place *place,
                        const lede_allocator *allocator)
{
    lede_xapian_state *state = lede_alloc_zero(allocator, sizeof *state);
    xapian_database *db = NULL;
    lede_status status = state ? LEDE_ERR_NOT_FOUND : LEDE_ERR_NOMEM;

    if (state)
        db = lede_xapian_open(place, XAPIAN_READ, NULL);
    if (db)
        status = lede_xapian_state_read(state, db, place->address, NULL);
    xapian_database_free(db);
    lede_release(allocator, state, sizeof *state);
    return status;
}

static lede_status create(const lede_xapian_place *place,
                          const lede_schema *schema,
                          const lede_allocator *allocator, lede_error *err)
{
    const struct timespec step = { 0, CREATE_STEP_MS * 1000000L };
    xapian_error fault;

    for (unsigned waited = 0;; waited += CREATE_STEP_MS) {
        xapian_database *db;
        lede_status status = look(place, allocator);

        if (status == LEDE_OK || status == LEDE_ERR_NOMEM)
            return lede_fail_plain(err, status);
        db = lede_xapian_open(place, XAPIAN_CREATE_OR_OPEN, &fault);
        if (db) {
            status = found(db, schema, allocator, place->address, err);
            xapian_database_free(db);
            return status;
        }
        if (fault.kind != XAPIAN_ERROR_LOCKED || waited >= CREATE_WAIT_MS)
            return lede_xapian_fail(err, &fault, place->address);
        (void)nanosleep(&step, NULL);
    }
}

/* ---- Opening ------------------------------------------------------------ */

lede_engine_index *lede_xapian_index_keep(lede_engine_index *index)
{
    (void)atomic_fetch_add(&index->keepers, 1);
    return index;
}

void lede_xapian_index_release(lede_engine_index *index)
{
    if (!index || atomic_fetch_sub(&index->keepers, 1) > 1)
        return;
    for (uint32_t i = 0; i < index->place_count; i++)
        xapian_database_free(index->polls[i].db);
    (void)pthread_mutex_destroy(&index->mutex);
    lede_arena_free(index->arena);
    lede_release(index->allocator, index, sizeof *index);
}

static lede_status new_index(lede_engine_index **out,
                             const lede_engine_settings *settings,
                             lede_error *err)
{
    const lede_allocator *allocator = settings->allocator;
    lede_engine_index *index = lede_alloc_zero(allocator, sizeof *index);
    lede_arena *arena = lede_arena_new(allocator);
    lede_status status = LEDE_ERR_NOMEM;

    if (index && arena)
        status =
            lede_xapian_places(&index->places, &index->place_count,
                               settings->scheme, settings->address, arena, err);
    if (status == LEDE_OK) {
        index->polls =
            lede_arena_array(arena, index->place_count, sizeof *index->polls);
        if (!index->polls || pthread_mutex_init(&index->mutex, NULL) != 0)
            status = LEDE_ERR_NOMEM;
    }
    if (status != LEDE_OK) {
        lede_arena_free(arena);
        lede_release(allocator, index, sizeof *index);
        return lede_fail_plain(err, status);
    }
    index->allocator = allocator;
    index->arena = arena;
    index->flags = settings->flags;
    for (uint32_t i = 0; i < index->place_count; i++)
        index->remote = index->remote || !index->places[i].path;
    atomic_init(&index->keepers, 1);
    *out = index;
    return LEDE_OK;
}

static lede_status engine_open(lede_engine_index **out,
                               const lede_engine_settings *settings,
                               lede_error *err)
{
    lede_engine_snapshot *snapshot;
    lede_engine_index *index;
    lede_status status;

    if (settings->flags & LEDE_INDEX_UNTRUSTED)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, settings->address,
                         "libxapian cannot be trusted with databases made by "
                         "strangers");
    status = new_index(&index, settings, err);
    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0;
         settings->create && status == LEDE_OK && i < index->place_count; i++)
        status =
            create(&index->places[i], settings->create, index->allocator, err);
    if (status == LEDE_OK) {
        /* Whatever is wrong with it is told now. */
        status = lede_xapian_snapshot_open(&snapshot, index, err);
        if (status == LEDE_OK)
            lede_xapian_snapshot_close(snapshot);
    }
    if (status != LEDE_OK) {
        lede_xapian_index_release(index);
        return status;
    }
    *out = index;
    return LEDE_OK;
}

static void engine_close(lede_engine_index *index)
{
    lede_xapian_index_release(index);
}

/* ---- Recognising -------------------------------------------------------- */

static bool holds(const char *dir, const char *name)
{
    char path[4096];
    struct stat there;
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);

    return len > 0 && (size_t)len < sizeof path && stat(path, &there) == 0;
}

/* A database in one file begins with this; so does `iamglass`. */
static const char glass_magic[] = "\x0f\x0dXapian Glass";

static bool is_file_of_xapian(const char *path)
{
    static const char *const stubs[] = { "auto ", "glass ", "honey ",
                                         "remote " };
    char head[32] = "";
    FILE *file = fopen(path, "rbe");
    size_t len = file ? fread(head, 1, sizeof head - 1, file) : 0;
    bool found = len >= sizeof glass_magic - 1 &&
                 memcmp(head, glass_magic, sizeof glass_magic - 1) == 0;

    if (file)
        (void)fclose(file);
    for (size_t i = 0; i < sizeof stubs / sizeof *stubs; i++)
        found = found || strncmp(head, stubs[i], strlen(stubs[i])) == 0;
    return found;
}

static bool engine_owns(const char *path)
{
    struct stat there;

    if (stat(path, &there) != 0)
        return false;
    if (!S_ISDIR(there.st_mode))
        return is_file_of_xapian(path);
    return holds(path, "iamglass") || holds(path, "iamhoney") ||
           holds(path, "XAPIANDB");
}

/* ---- Generation --------------------------------------------------------- */

static lede_status poll_once(struct lede_xapian_poll *p,
                             const lede_xapian_place *place,
                             lede_xapian_state *state, lede_error *err)
{
    lede_xapian_identity now = lede_xapian_identify(place);
    xapian_error fault;
    lede_status status;

    if (p->db && !lede_xapian_same(p->identity, now)) {
        xapian_database_free(p->db);
        p->db = NULL;
    }
    if (p->db ? !xapian_database_reopen(p->db, &fault)
              : !(p->db = lede_xapian_open(place, XAPIAN_READ, &fault)))
        status = lede_xapian_fail(err, &fault, place->address);
    else
        status = lede_xapian_state_read(state, p->db, place->address, err);
    p->identity = now;
    if (!lede_xapian_same(now, lede_xapian_identify(place)))
        status = lede_fail(err, LEDE_ERR_BUSY, place->address,
                           "the database is being replaced");
    if (status != LEDE_OK) {
        xapian_database_free(p->db);
        p->db = NULL;
    }
    return status;
}

static lede_status poll(lede_engine_index *index, uint32_t at,
                        lede_xapian_state *state, lede_error *err)
{
    const lede_xapian_place *place = &index->places[at];
    lede_xapian_pursuit pursuit;
    lede_status status;

    lede_xapian_pursuit_init(&pursuit, place, 1);
    do
        status = poll_once(&index->polls[at], place, state, err);
    while (lede_xapian_pursue(&pursuit, &status, err));
    return status;
}

static lede_status engine_generation(lede_engine_index *index,
                                     uint64_t *generation, lede_error *err)
{
    lede_xapian_state *state = lede_alloc(index->allocator, sizeof *state);
    lede_status status = LEDE_OK;
    uint64_t sum = 0;

    if (!state)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    (void)pthread_mutex_lock(&index->mutex);
    for (uint32_t i = 0; status == LEDE_OK && i < index->place_count; i++) {
        status = poll(index, i, state, err);
        if (status == LEDE_OK)
            sum += state->generation;
    }
    (void)pthread_mutex_unlock(&index->mutex);
    lede_release(index->allocator, state, sizeof *state);
    if (status == LEDE_OK)
        *generation = sum;
    return status;
}

/* ---- Checking ----------------------------------------------------------- */

typedef struct checking {
    const lede_task *task;
    char line[256]; /* the last that was printed: it tells of the error */
} checking;

static void hear(void *ctx, const char *text)
{
    checking *c = ctx;

    if (text[0])
        (void)snprintf(c->line, sizeof c->line, "%s", text);
}

static lede_status check_one(const lede_xapian_place *place,
                             const lede_task *task, lede_error *err)
{
    checking c = { .task = task };
    lede_problem problem = { .file = place->address,
                             .section = "",
                             .offset = LEDE_NO_POSITION,
                             .message = c.line };
    xapian_error fault;
    size_t errors = 0;

    if (!place->path)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, place->address,
                         "a server's database can be checked only where it "
                         "is");
    if (!xapian_database_check(place->path, hear, &c, &errors, &fault)) {
        if (lede_xapian_status(fault.kind) != LEDE_ERR_CORRUPT)
            return lede_xapian_fail(err, &fault, place->address);
        errors = 1;
        hear(&c, fault.message);
    }
    if (errors == 0)
        return LEDE_OK;
    if (task && task->problem)
        task->problem(task->ctx, &problem);
    return lede_fail(err, LEDE_ERR_CORRUPT, place->address,
                     "libxapian finds %zu errors", errors);
}

static lede_status engine_check(const lede_engine_settings *settings,
                                bool recover, const lede_task *task,
                                lede_error *err)
{
    lede_engine_index *index = NULL;
    lede_status status, first = LEDE_OK;

    if (recover)
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, settings->address,
                         "Xapian databases cannot be recovered: rebuild");
    status = new_index(&index, settings, err);
    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; i < index->place_count; i++) {
        if (task && lede_cancel_is_set(task->cancel)) {
            first = lede_fail_plain(err, LEDE_ERR_CANCELLED);
            break;
        }
        status =
            check_one(&index->places[i], task, first == LEDE_OK ? err : NULL);
        first = first == LEDE_OK ? status : first;
    }
    lede_xapian_index_release(index);
    return first;
}

const lede_engine *lede_xapian_engine(void)
{
    static const lede_engine engine = {
        .name = "xapian",
        .schemes = "xapian xapian+tcp shards",
        .owns = engine_owns,
        .open = engine_open,
        .close = engine_close,
        .check = engine_check,
        .generation = engine_generation,
        .snapshot = lede_xapian_snapshot_open,
        .snapshot_close = lede_xapian_snapshot_close,
        .describe = lede_xapian_describe,
        .stats = lede_xapian_stats,
        .lookup = lede_xapian_lookup,
        .walk = lede_xapian_walk,
        .forms = lede_xapian_forms,
        .search = lede_xapian_search,
        .load = lede_xapian_load,
        .writer = lede_xapian_writer_open,
        .writer_close = lede_xapian_writer_close,
        .apply = lede_xapian_apply,
        .finish = lede_xapian_finish,
        .writer_shards = lede_xapian_writer_shards,
        .writer_memory = lede_xapian_writer_memory,
    };

    return &engine;
}
