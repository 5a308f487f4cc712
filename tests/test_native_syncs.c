/*
 * A failed sync is never hidden: whichever of an index's life fails, of a file
 * or of the directory, once or for good, nothing is acknowledged that hangs on
 * it. What it covered is in doubt for good, as where the system marks pages
 * clean that it could not write: every state that a power failure may leave
 * then is opened, checked and compared with the commits acknowledged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/battery.h"
#include "support/crash.h"
#include "support/dir_faulty.h"
#include "support/dir_planted.h"
#include "support/dir_recording.h"
#include "support/program.h"
#include "support/suite.h"

#define GENERATIONS 16U
#define SYNCS       ((uint32_t)(DIR_FAULT_SYNC | DIR_FAULT_DIR_SYNC))

static lede_buffer truth[GENERATIONS];
static uint64_t last_generation;
static lede_schema *schema;
static const char *path; /* only looked at for the engine */

typedef struct world {
    lede_dir *memory;
    lede_dir *faulty;
    dir_faults faults;
    dir_log log;
    lede_durability durability;
    lede_index *index;
    lede_writer *writer;
    bool learns;
    lede_durability level; /* of all writers but the last */
    lede_error err;
} world;

/* ---- Directories -------------------------------------------------------- */

static void open_world(lede_dir **out, void *ctx)
{
    world *w = ctx;

    dir_recording_open(out, w->faulty, &w->log);
}

static dir_faults no_faults = DIR_FAULTS;

/* One that outlives being closed. */
static void open_state(lede_dir **out, void *ctx)
{
    dir_faulty_open(out, ctx, &no_faults);
}

/* ---- A life ------------------------------------------------------------- */

static void remember(world *w)
{
    lede_snapshot *snapshot = NULL;
    uint64_t g;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, w->index, NULL), LEDE_OK);
    g = lede_snapshot_generation(snapshot);
    ck_assert_uint_lt(g, GENERATIONS);
    lede_buffer_clear(&truth[g]);
    ck_assert_int_eq(battery_articles(&truth[g], snapshot, NULL), LEDE_OK);
    lede_snapshot_close(snapshot);
    last_generation = g;
}

static lede_status acknowledge(world *w, lede_status status)
{
    uint64_t g = 0;

    if (status != LEDE_OK)
        return status;
    ck_assert_int_eq(lede_index_generation(w->index, &g, NULL), LEDE_OK);
    if (w->durability != LEDE_NOT_DURABLE)
        dir_log_note(&w->log, g + 1);
    if (w->learns)
        remember(w);
    return LEDE_OK;
}

static lede_status open_writer(world *w)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;

    options.threads = 1;
    options.durability = w->durability;
    return lede_writer_open(&w->writer, w->index, &options, &w->err);
}

static lede_status put(world *w, uint32_t from, uint32_t count)
{
    lede_status status = LEDE_OK;

    for (uint32_t n = from; n < from + count && status == LEDE_OK; n++)
        status = battery_put(w->writer, BATTERY_KEYWORDS, n, &w->err);
    if (status == LEDE_OK)
        status = lede_writer_commit(w->writer, NULL, &w->err);
    return acknowledge(w, status);
}

static lede_status create(world *w)
{
    return acknowledge(
        w, lede_index_create(&w->index, path, schema, NULL, &w->err));
}

static lede_status put_some(world *w)
{
    return put(w, 0, 6);
}

static lede_status put_more(world *w)
{
    return put(w, 6, 6);
}

static lede_status update(world *w)
{
    return put(w, 1001, 1);
}

/* So many are dead then that the segment is written again. */
static lede_status delete_some(world *w)
{
    lede_status status = LEDE_OK;
    char key[16];

    for (uint32_t n = 6; n < 9 && status == LEDE_OK; n++) {
        battery_key(key, n);
        status = lede_writer_delete(w->writer, key, LEDE_TERMINATED, &w->err);
    }
    return status == LEDE_OK ? put(w, 12, 1) : status;
}

static lede_status optimize(world *w)
{
    return acknowledge(w, lede_writer_optimize(w->writer, NULL, &w->err));
}

/* A writer that syncs, whatever the one before did. */
static lede_status settle(world *w)
{
    lede_status status;

    lede_writer_close(w->writer);
    w->writer = NULL;
    w->durability = LEDE_DURABLE;
    status = open_writer(w);
    return status == LEDE_OK ? put(w, 13, 1) : status;
}

static lede_status (*const steps[])(world *w) = {
    create, open_writer, put_some, put_more,
    update, delete_some, optimize, settle,
};

/* After a failure the step is done again; it ends where only closing helps.
 * A failure that is no step's was a merge's. */
static void live(world *w)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        lede_status status = steps[i](w);

        if (status != LEDE_OK && !w->faults.sticky && w->writer &&
            lede_writer_rollback(w->writer, NULL) == LEDE_OK)
            status = steps[i](w);
        if (status == LEDE_OK)
            continue;
        ck_assert_uint_gt(w->faults.failures, 0);
        ck_assert_msg(status == LEDE_ERR_IO ||
                          status == LEDE_ERR_UNKNOWN_COMMIT,
                      "%s: %s", lede_status_name(status), w->err.message);
        return;
    }
}

static void begin(world *w, lede_durability durability)
{
    memset(w, 0, sizeof *w);
    w->durability = w->level = durability;
    w->faults = (dir_faults)DIR_FAULTS;
    w->faults.kinds = SYNCS;
    ck_assert_int_eq(lede_dir_open_memory(&w->memory, NULL), LEDE_OK);
    dir_faulty_open(&w->faulty, w->memory, &w->faults);
    dir_planted(open_world, w);
}

static void leave(world *w)
{
    lede_writer_close(w->writer);
    lede_index_close(w->index);
    w->writer = NULL;
    w->index = NULL;
    dir_planted(NULL, NULL);
}

static void end(world *w)
{
    dir_log_fini(&w->log);
    lede_dir_close(w->faulty);
    lede_dir_close(w->memory);
}

/* ---- Power failures ----------------------------------------------------- */

static bool is_commit(lede_index *index, uint64_t least, uint64_t most)
{
    lede_snapshot *snapshot = NULL;
    lede_buffer text;
    uint64_t g;
    bool same;

    if (lede_snapshot_open(&snapshot, index, NULL) != LEDE_OK)
        return false;
    lede_buffer_init(&text, NULL);
    g = lede_snapshot_generation(snapshot);
    same = g + 1 >= least && g + 1 <= most && g <= last_generation &&
           battery_articles(&text, snapshot, NULL) == LEDE_OK &&
           lede_bytes_equal(lede_buffer_bytes(&text),
                            lede_buffer_bytes(&truth[g]));
    lede_buffer_fini(&text);
    lede_snapshot_close(snapshot);
    return same;
}

/* What opens and checks clean is a commit, among those promised. Without syncs
 * damage is no surprise until a writer with them has committed. */
static bool is_whole(void *ctx, lede_dir *dir, const crash_point *at)
{
    const world *w = ctx;
    uint64_t least = w->level == LEDE_DURABLE ? at->noted : at->settled;
    uint64_t most = w->level == LEDE_NOT_DURABLE ? GENERATIONS : at->noted + 1;
    bool promised = w->level != LEDE_NOT_DURABLE || least > last_generation;
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_index *index = NULL;
    lede_status status;
    bool whole;

    dir_planted(open_state, dir);
    options.flags = LEDE_INDEX_READ_ONLY;
    status = lede_index_open(&index, path, &options, NULL);
    if (status == LEDE_OK)
        status = lede_check(path, &options, NULL, NULL);
    if (status == LEDE_OK)
        whole = is_commit(index, least, most);
    else
        whole = least == 0 || (!promised && status != LEDE_ERR_IO);
    lede_index_close(index);
    dir_planted(NULL, NULL);
    return whole;
}

typedef struct tally {
    uint64_t faults;
    uint64_t states;
} tally;

/* Returns whether a sync failed. */
static bool fail_sync(lede_durability durability, uint64_t at, bool sticky,
                      tally *t)
{
    world w;
    crash_explorer e = { .log = &w.log,
                         .visit = is_whole,
                         .ctx = &w,
                         .most = test_is_long() ? 64 : 4,
                         .seed = at };
    bool struck;

    begin(&w, durability);
    w.faults.fail_at = at;
    w.faults.sticky = sticky;
    live(&w);
    leave(&w);
    struck = w.faults.failures > 0;
    if (struck) {
        crash_explore(&e);
        t->faults++;
        t->states += e.states;
        ck_assert_msg(e.violations == 0,
                      "sync %llu%s: %llu states, the first after %zu "
                      "operations",
                      (unsigned long long)at, sticky ? " and later" : "",
                      (unsigned long long)e.violations, e.first.operations);
    }
    end(&w);
    return struck;
}

static void learn(lede_durability durability)
{
    world w;
    lede_out *lock = NULL;
    lede_dir *dir = NULL;

    scratch_in_memory();
    path = scratch("index");
    schema = battery_schema(LEDE_FORM_EXACT);
    ck_assert_int_eq(
        lede_dir_open_disk(&dir, path, LEDE_DIR_CREATE, NULL, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_create(dir, &lock, "write.lock", NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(lock, NULL), LEDE_OK);
    lede_dir_close(dir);
    for (uint32_t g = 0; g < GENERATIONS; g++)
        lede_buffer_init(&truth[g], NULL);
    begin(&w, durability);
    w.learns = true;
    live(&w);
    leave(&w);
    end(&w);
    ck_assert_uint_ge(last_generation, 6);
}

START_TEST(a_failed_sync_is_never_hidden)
{
    static const struct {
        const char *name;
        lede_durability durability;
        uint32_t least; /* syncs of a life */
    } levels[] = { { "durable", LEDE_DURABLE, 20 },
                   { "ordered", LEDE_ORDERED, 15 },
                   { "not durable", LEDE_NOT_DURABLE, 6 } };
    uint64_t stride = test_is_sanitized() && !test_is_long() ? 5 : 1;
    tally t = { 0, 0 };

    learn(levels[_i].durability);
    for (int sticky = 0; sticky < 2; sticky++)
        for (uint64_t at = 1; fail_sync(levels[_i].durability, at, sticky, &t);
             at += stride)
            ;
    printf("    %s: %llu failed syncs, %llu states behind them\n",
           levels[_i].name, (unsigned long long)t.faults,
           (unsigned long long)t.states);
    ck_assert_uint_gt(t.faults * stride, 2 * levels[_i].least);
    ck_assert_uint_gt(t.states, 50 * t.faults);
    for (uint32_t g = 0; g < GENERATIONS; g++)
        lede_buffer_fini(&truth[g]);
    lede_schema_free(schema);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, scratch_remove);
    tcase_add_loop_test(tcase, a_failed_sync_is_never_hidden, 0, 3);
}

int main(void)
{
    return test_suite_run("native_syncs", add_tests);
}
