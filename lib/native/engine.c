#include "native/native.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/index/backup.h"
#include "native/index/check.h"
#include "native/index/recover.h"
#include "native/index/rescue.h"
#include "native/index/statistics.h"
#include "native/index/stored.h"
#include "native/index/vocabulary.h"
#include "native/index/writer.h"
#include "native/match/search.h"

/* Of two processes that create at once, one waits for the other. */
#define CREATE_WAIT_MS 10000U
#define CREATE_STEP_MS 20

struct lede_engine_index {
    lede_dir *dir;
    lede_shelf *shelf;
    const lede_allocator *allocator;
    void (*log)(void *ctx, lede_log_level level, const char *line);
    void *log_ctx;
    atomic_uint keepers; /* the handle, its snapshots and writers */
};

struct lede_engine_snapshot {
    lede_engine_index *index;
    lede_native_snapshot *of;
};

struct lede_engine_writer {
    lede_engine_index *index;
    lede_native_place place;
    lede_native_writer *of;
};

static lede_engine_index *keep(lede_engine_index *index)
{
    (void)atomic_fetch_add(&index->keepers, 1);
    return index;
}

static void let_go(lede_engine_index *index)
{
    if (!index || atomic_fetch_sub(&index->keepers, 1) > 1)
        return;
    lede_shelf_free(index->shelf);
    lede_dir_close(index->dir);
    lede_release(index->allocator, index, sizeof *index);
}

/* ---- Opening ------------------------------------------------------------ */

/* What cannot be looked at may be there: opening it tells why. */
static bool holds(const char *dir, const char *name)
{
    char path[4096];
    struct stat there;
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);

    return len > 0 && (size_t)len < sizeof path &&
           (stat(path, &there) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

/* A directory with a lock alone is an index that is being created. */
static bool owns(const char *path)
{
    return holds(path, LEDE_MANIFEST_NAME) || holds(path, LEDE_LOCK_NAME);
}

static lede_status open_dir(lede_dir **out,
                            const lede_engine_settings *settings,
                            lede_error *err)
{
    uint32_t flags = 0;

    if (settings->flags & LEDE_INDEX_READ_ONLY)
        flags |= LEDE_DIR_READ_ONLY;
    else if (settings->create)
        flags |= LEDE_DIR_CREATE;
    if (settings->flags & (LEDE_INDEX_COPIED | LEDE_INDEX_UNTRUSTED))
        flags |= LEDE_DIR_COPIED;
    return lede_dir_open_disk(out, settings->address, flags,
                              settings->allocator, err);
}

/* Looks for a commit, without keeping it. */
static lede_status look(lede_dir *dir, uint64_t *generation,
                        const lede_allocator *allocator, lede_error *err)
{
    lede_manifest *manifest;
    lede_status status = lede_manifest_read(&manifest, dir, allocator, err);

    if (status != LEDE_OK)
        return status;
    if (generation)
        *generation = manifest->generation;
    lede_manifest_release(manifest);
    return LEDE_OK;
}

/* Commits an empty index, unless another has done so meanwhile. */
static lede_status found(lede_dir *dir, const lede_engine_settings *settings,
                         lede_error *err)
{
    const struct timespec step = { 0, CREATE_STEP_MS * 1000000L };
    lede_manifest *manifest = NULL;
    lede_status status = lede_dir_lock(dir, LEDE_LOCK_NAME, err);

    for (uint32_t waited = 0;
         status == LEDE_ERR_BUSY && waited < CREATE_WAIT_MS;
         waited += CREATE_STEP_MS) {
        if (look(dir, NULL, settings->allocator, NULL) == LEDE_OK)
            return LEDE_OK;
        (void)nanosleep(&step, NULL);
        status = lede_dir_lock(dir, LEDE_LOCK_NAME, err);
    }
    if (status != LEDE_OK)
        return status;
    status = look(dir, NULL, settings->allocator, err);
    if (status == LEDE_ERR_NOT_FOUND)
        status = lede_manifest_missing(dir, err);
    if (status == LEDE_ERR_NOT_FOUND) {
        lede_error_clear(err);
        status = lede_manifest_new(&manifest, settings->create,
                                   lede_bytes_of("", 0), settings->allocator);
        if (status == LEDE_OK)
            status = lede_manifest_commit(manifest, dir, LEDE_DURABLE, err);
        lede_manifest_release(manifest);
    }
    lede_dir_unlock(dir);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* Whatever is wrong with it is told when it is opened. */
static lede_status look_whole(lede_engine_index *index, lede_error *err)
{
    lede_native_snapshot *snapshot;
    lede_status status =
        lede_native_snapshot_open(&snapshot, index->shelf, err);

    if (status == LEDE_OK)
        lede_native_snapshot_release(snapshot);
    return status;
}

static lede_status open_there(lede_engine_index *index,
                              const lede_engine_settings *settings,
                              lede_error *err)
{
    bool creates =
        settings->create && !(settings->flags & LEDE_INDEX_READ_ONLY);
    lede_error fault = { 0 };
    lede_status status = look(index->dir, NULL, index->allocator, &fault);

    if (status == LEDE_ERR_NOT_FOUND && creates)
        status = found(index->dir, settings, err);
    else if (status != LEDE_OK && err)
        *err = fault;
    if (status == LEDE_OK)
        status = lede_shelf_new(&index->shelf, index->dir, index->allocator);
    if (status == LEDE_OK && (settings->flags & LEDE_INDEX_UNTRUSTED))
        lede_shelf_distrust(index->shelf);
    return status == LEDE_OK ? look_whole(index, err) : status;
}

lede_status lede_native_open(lede_engine_index **out, lede_dir *dir,
                             const lede_engine_settings *settings,
                             lede_error *err)
{
    lede_engine_index *index =
        lede_alloc_zero(settings->allocator, sizeof *index);
    lede_status status;

    if (!index) {
        lede_dir_close(dir);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    index->dir = dir;
    index->allocator = settings->allocator;
    index->log = settings->log;
    index->log_ctx = settings->log_ctx;
    atomic_init(&index->keepers, 1);
    status = open_there(index, settings, err);
    if (status != LEDE_OK) {
        let_go(index);
        return lede_fail_plain(err, status);
    }
    *out = index;
    return LEDE_OK;
}

static lede_status open_index(lede_engine_index **out,
                              const lede_engine_settings *settings,
                              lede_error *err)
{
    lede_dir *dir = NULL;
    lede_status status = open_dir(&dir, settings, err);

    return status == LEDE_OK ? lede_native_open(out, dir, settings, err)
                             : lede_fail_plain(err, status);
}

static void close_index(lede_engine_index *index)
{
    let_go(index);
}

static lede_status newest_generation(lede_engine_index *index,
                                     uint64_t *generation, lede_error *err)
{
    return lede_shelf_generation(index->shelf, generation, err);
}

/* ---- Checking ----------------------------------------------------------- */

static lede_status check(const lede_engine_settings *settings, bool recover,
                         const lede_task *task, lede_error *err)
{
    const lede_allocator *allocator = settings->allocator;
    uint32_t copied = LEDE_INDEX_COPIED | LEDE_INDEX_UNTRUSTED;
    uint32_t flags = recover ? 0 : LEDE_DIR_READ_ONLY;
    lede_dir *dir = NULL;
    lede_status status;

    if (settings->flags & copied)
        flags |= LEDE_DIR_COPIED;
    status = lede_dir_open_disk(&dir, settings->address, flags, allocator, err);
    if (status == LEDE_OK)
        status = recover ? lede_native_recover(dir, task, allocator, err)
                         : lede_native_check(dir, task, allocator, err);
    lede_dir_close(dir);
    return status;
}

/* ---- Reading ------------------------------------------------------------ */

static lede_status open_snapshot(lede_engine_snapshot **out,
                                 lede_engine_index *index, lede_error *err)
{
    lede_engine_snapshot *snapshot =
        lede_alloc_zero(index->allocator, sizeof *snapshot);
    lede_status status;

    if (!snapshot)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = lede_native_snapshot_open(&snapshot->of, index->shelf, err);
    if (status != LEDE_OK) {
        lede_release(index->allocator, snapshot, sizeof *snapshot);
        return status;
    }
    snapshot->index = keep(index);
    *out = snapshot;
    return LEDE_OK;
}

static void close_snapshot(lede_engine_snapshot *snapshot)
{
    lede_engine_index *index;

    if (!snapshot)
        return;
    index = snapshot->index;
    lede_native_snapshot_release(snapshot->of);
    lede_release(index->allocator, snapshot, sizeof *snapshot);
    let_go(index);
}

static lede_status backup(const lede_engine_snapshot *snapshot,
                          const char *path, const lede_task *task,
                          lede_error *err)
{
    lede_dir *to = NULL;
    lede_status status = lede_dir_open_disk(&to, path, LEDE_DIR_CREATE,
                                            snapshot->index->allocator, err);

    if (status == LEDE_OK)
        status = lede_native_backup(snapshot->of, to, task, err);
    lede_dir_close(to);
    return status;
}

static const lede_engine_description *describe(
    const lede_engine_snapshot *snapshot)
{
    return &snapshot->of->description;
}

static lede_status stats_of(lede_stats *stats,
                            const lede_engine_snapshot *snapshot,
                            lede_arena *arena, lede_error *err)
{
    return lede_native_stats(stats, snapshot->of, arena, err);
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status lookup(lede_term_stats *stats,
                          const lede_engine_snapshot *snapshot,
                          const lede_plan_term *terms, uint32_t count,
                          lede_budget *budget, lede_arena *arena,
                          lede_error *err)
{
    lede_vocabulary_question question = { terms, count, arena };

    return lede_vocabulary_lookup(stats, snapshot->of, &question, budget, err);
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status walk(lede_term_walk **out,
                        const lede_engine_snapshot *snapshot, uint32_t field,
                        lede_space space, lede_dfa *dfa, lede_budget *budget,
                        lede_arena *arena, lede_error *err)
{
    lede_vocabulary_scope scope = { field, space, dfa };

    return lede_vocabulary_walk(out, snapshot->of, &scope, budget, arena, err);
}

/* NOLINTNEXTLINE(readability-function-size): as the seam has it */
static lede_status forms(const lede_bytes **terms, uint32_t *count,
                         const lede_engine_snapshot *snapshot, uint32_t kind,
                         lede_bytes key, lede_budget *budget, lede_arena *arena,
                         lede_error *err)
{
    lede_segment_words words = { .budget = budget, .arena = arena };
    lede_status status =
        lede_vocabulary_forms(&words, snapshot->of, kind, key, err);

    if (status != LEDE_OK)
        return status;
    *terms = words.at;
    *count = words.count;
    return LEDE_OK;
}

static lede_status search_plan(lede_engine_results *out,
                               const lede_engine_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    return lede_native_search(out, snapshot->of, search, arena, err);
}

static lede_status load(lede_document **documents, uint64_t *sequences,
                        const lede_engine_snapshot *snapshot,
                        const lede_engine_load *asked, lede_error *err)
{
    return lede_stored_load(documents, sequences, snapshot->of, asked, err);
}

/* ---- Writing ------------------------------------------------------------ */

static lede_status open_writer(lede_engine_writer **out,
                               lede_engine_index *index,
                               const lede_engine_writer_settings *settings,
                               lede_error *err)
{
    lede_engine_writer *writer =
        lede_alloc_zero(index->allocator, sizeof *writer);
    lede_status status;

    if (!writer)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    writer->place = (lede_native_place){ .dir = index->dir,
                                         .shelf = index->shelf,
                                         .address = index->dir->path,
                                         .allocator = index->allocator,
                                         .log = index->log,
                                         .log_ctx = index->log_ctx };
    status =
        lede_native_writer_open(&writer->of, &writer->place, settings, err);
    if (status == LEDE_OK)
        status = lede_backup_end(index->dir, err);
    if (status != LEDE_OK) {
        lede_native_writer_close(writer->of);
        lede_release(index->allocator, writer, sizeof *writer);
        return status;
    }
    writer->index = keep(index);
    *out = writer;
    return LEDE_OK;
}

static void close_writer(lede_engine_writer *writer)
{
    lede_engine_index *index;

    if (!writer)
        return;
    index = writer->index;
    lede_native_writer_close(writer->of);
    lede_release(index->allocator, writer, sizeof *writer);
    let_go(index);
}

static lede_status apply(lede_engine_writer *writer, uint32_t lane,
                         const lede_engine_change *change, lede_error *err)
{
    return lede_native_writer_apply(writer->of, lane, change, err);
}

static lede_status finish(lede_engine_writer *writer,
                          const lede_engine_finish *asked, uint64_t *generation,
                          lede_error *err)
{
    return lede_native_writer_finish(writer->of, asked, generation, err);
}

static const lede_shard *writer_shards(lede_engine_writer *writer,
                                       uint32_t *count)
{
    return lede_native_writer_shards(writer->of, count);
}

static uint64_t writer_memory(const lede_engine_writer *writer)
{
    return lede_native_writer_memory(writer->of);
}

static uint64_t merge_failures(const lede_engine_writer *writer)
{
    return lede_native_writer_merge_failures(writer->of);
}

const lede_engine *lede_native_engine(void)
{
    static const lede_engine engine = {
        .name = "native",
        .schemes = "",
        .parallel = true,
        .owns = owns,
        .open = open_index,
        .close = close_index,
        .check = check,
        .generation = newest_generation,
        .snapshot = open_snapshot,
        .snapshot_close = close_snapshot,
        .backup = backup,
        .describe = describe,
        .stats = stats_of,
        .lookup = lookup,
        .walk = walk,
        .forms = forms,
        .search = search_plan,
        .load = load,
        .writer = open_writer,
        .writer_close = close_writer,
        .apply = apply,
        .finish = finish,
        .writer_shards = writer_shards,
        .writer_memory = writer_memory,
        .merge_failures = merge_failures,
    };

    return &engine;
}
