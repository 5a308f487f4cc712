/*
 * A disk that is full at every byte: what was committed is found and searched,
 * what was made for a commit that failed is gone, a merge without room fails
 * alone, and the same writer goes on once there is room again.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/battery.h"
#include "support/calls.h"
#include "support/program.h"
#include "support/suite.h"

#define FIRST 6U /* articles of the first commit */
#define MORE  6U
#define SMALL 7U /* commits of one article, so that one more is a merge */

typedef struct disk {
    const char *path;
    lede_index *index;
    lede_writer *writer;
    uint32_t merge_failures; /* logged */
    lede_error err;
} disk;

static lede_schema *schema;

static void must(const disk *d, bool well, const char *what)
{
    if (!well)
        ck_abort_msg("with %llu bytes: %s; the error: %s (%s)",
                     (unsigned long long)calls_faults.budget, what,
                     d->err.message, d->err.where);
}

static void count_failure(void *ctx, lede_log_level level, const char *line)
{
    disk *d = ctx;

    (void)line;
    if (level == LEDE_LOG_ERROR)
        d->merge_failures++;
}

static lede_status open_disk(disk *d)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_status status;

    options.log = count_failure;
    options.log_ctx = d;
    writing.threads = 1;
    status = lede_index_create(&d->index, d->path, schema, &options, &d->err);
    return status == LEDE_OK
               ? lede_writer_open(&d->writer, d->index, &writing, &d->err)
               : status;
}

static void close_disk(disk *d)
{
    lede_writer_close(d->writer);
    lede_index_close(d->index);
    d->writer = NULL;
    d->index = NULL;
}

static lede_status put(disk *d, uint32_t from, uint32_t count)
{
    lede_status status = LEDE_OK;

    for (uint32_t n = from; n < from + count && status == LEDE_OK; n++)
        status = battery_put(d->writer, BATTERY_ALL, n, &d->err);
    if (status == LEDE_OK)
        status = lede_writer_commit(d->writer, NULL, &d->err);
    return status;
}

/* What fills the disk. Each is a commit that may fail, or a merge. */
static lede_status put_more(disk *d)
{
    return put(d, FIRST, MORE);
}

static lede_status replace_some(disk *d)
{
    lede_status status = lede_writer_delete(d->writer, "k002", 4, &d->err);

    return status == LEDE_OK ? put(d, 1003, 1) : status;
}

static lede_status merge_all(disk *d)
{
    return put(d, 50, 1);
}

static lede_status optimize(disk *d)
{
    return lede_writer_optimize(d->writer, NULL, &d->err);
}

typedef struct scene {
    const char *name;
    lede_status (*fill)(disk *d);
    uint32_t small; /* commits before */
    bool merges;    /* room for the commit and not for the merge will do */
    bool every;     /* budget is tried, in the smallest index */
} scene;

static const scene scenes[] = {
    { "put", put_more, 0, false, true },
    { "replace", replace_some, 0, true, false },
    { "merge", merge_all, SMALL - 1, true, false },
    { "optimize", optimize, 3, false, false },
};

#define SCENES ((int)(sizeof scenes / sizeof *scenes))

/* ---- What is there ---- */

typedef struct content {
    uint32_t files;
    uint32_t temporary;
    uint64_t bytes;
} content;

static content look(const disk *d)
{
    content c = { 0 };
    DIR *dir = opendir(d->path);
    const struct dirent *entry;
    char path[512];
    struct stat found;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", d->path, entry->d_name);
        if (stat(path, &found) != 0 || !S_ISREG(found.st_mode))
            continue;
        c.files++;
        c.bytes += (uint64_t)found.st_size;
        c.temporary += strstr(entry->d_name, ".tmp") != NULL;
    }
    (void)closedir(dir);
    return c;
}

static void read_articles(const disk *d, lede_buffer *out)
{
    lede_snapshot *snapshot = NULL;
    lede_error err;

    lede_buffer_init(out, NULL);
    ck_assert_msg(lede_snapshot_open(&snapshot, d->index, &err) == LEDE_OK,
                  "%s", err.message);
    ck_assert_msg(battery_articles(out, snapshot, &err) == LEDE_OK, "%s",
                  err.message);
    for (uint32_t q = 0; q < 3; q++) {
        lede_buffer answer;

        lede_buffer_init(&answer, NULL);
        must(d, battery_ask(&answer, snapshot, q, &err) == LEDE_OK,
             "it cannot be searched");
        lede_buffer_fini(&answer);
    }
    lede_snapshot_close(snapshot);
}

static bool same(const lede_buffer *left, const lede_buffer *right)
{
    return lede_bytes_equal(lede_buffer_bytes(left), lede_buffer_bytes(right));
}

/* ---- Sweeping ---- */

/* What a scene comes from and to. */
typedef struct expectation {
    lede_buffer before;
    lede_buffer after;
    uint64_t bytes; /* of the files before */
} expectation;

static void begin(disk *d, const scene *s)
{
    calls_faults = (call_faults)CALL_FAULTS;
    memset(d, 0, sizeof *d);
    scratch_remove();
    d->path = scratch("full");
    must(d, open_disk(d) == LEDE_OK, "it does not open");
    must(d, put(d, 0, FIRST) == LEDE_OK, "no first commit");
    for (uint32_t i = 0; i < s->small; i++)
        must(d, put(d, 20 + i, 1) == LEDE_OK, "no small commit");
}

/* After a failure: as before, and no file more than then. */
static void expect_untouched(disk *d, const expectation *e, content before,
                             lede_status status)
{
    lede_buffer now;
    content c = look(d);

    must(d, status == LEDE_ERR_FULL, lede_status_name(status));
    must(d, d->err.system == ENOSPC && d->err.where[0], "no file or cause");
    must(d, c.files == before.files && c.temporary == 0, "files are left");
    read_articles(d, &now);
    must(d, same(&now, &e->before), "other articles");
    lede_buffer_fini(&now);
}

/* Returns whether the disk was full. */
static bool fill_to(const scene *s, const expectation *e, uint64_t budget,
                    uint64_t *alone)
{
    disk d;
    lede_buffer now;
    lede_status status;
    content before;
    bool full;

    begin(&d, s);
    before = look(&d);
    calls_faults.full = d.path;
    calls_faults.budget = budget;
    status = s->fill(&d);
    full = calls_faults.failures > 0;
    if (status != LEDE_OK)
        expect_untouched(&d, e, before, status);
    else if (full)
        must(&d, s->merges && d.merge_failures > 0, "a failure is hidden");
    *alone += status == LEDE_OK && full;
    calls_faults.full = NULL;
    if (status != LEDE_OK) {
        must(&d, lede_writer_rollback(d.writer, &d.err) == LEDE_OK,
             "no rollback");
        must(&d, s->fill(&d) == LEDE_OK, "no more with room again");
    }
    read_articles(&d, &now);
    must(&d, same(&now, &e->after), "other articles with room again");
    lede_buffer_fini(&now);
    must(&d, look(&d).temporary == 0, "temporary files are left");
    close_disk(&d);
    must(&d, lede_check(d.path, NULL, NULL, &d.err) == LEDE_OK, "damaged");
    return full;
}

static void learn(const scene *s, expectation *e)
{
    disk d;

    begin(&d, s);
    e->bytes = look(&d).bytes;
    read_articles(&d, &e->before);
    must(&d, s->fill(&d) == LEDE_OK, "it fails with room");
    read_articles(&d, &e->after);
    close_disk(&d);
}

static uint64_t step_of(bool every)
{
    if (test_is_long())
        return 1;
    return (every ? 1U : 17U) * (test_is_sanitized() ? 10U : 1U);
}

START_TEST(a_full_disk_costs_one_commit)
{
    const scene *s = &scenes[_i];
    uint64_t budgets = 0, alone = 0, budget;
    expectation e;

    scratch_in_memory();
    schema = battery_schema(LEDE_FORM_EXACT);
    learn(s, &e);
    for (budget = e.bytes; fill_to(s, &e, budget, &alone);
         budget += step_of(s->every))
        budgets++;
    printf("    %-8s %llu budgets from %llu to %llu bytes, merges alone %llu\n",
           s->name, (unsigned long long)budgets, (unsigned long long)e.bytes,
           (unsigned long long)budget, (unsigned long long)alone);
    fflush(stdout);
    ck_assert_uint_gt(budgets, 500 / step_of(s->every));
    ck_assert_uint_ge(alone, s->merges);
    lede_buffer_fini(&e.before);
    lede_buffer_fini(&e.after);
    lede_schema_free(schema);
}
END_TEST

/* From nothing on: what could not be created can be once there is room. */
START_TEST(an_index_is_created_wholly_or_not)
{
    uint64_t budgets = 0;
    bool full = true;

    scratch_in_memory();
    schema = battery_schema(LEDE_FORM_EXACT);
    for (uint64_t budget = 0; full; budget += test_is_long() ? 1 : 7) {
        disk d = { .path = NULL };
        lede_status status;

        scratch_remove();
        calls_faults = (call_faults)CALL_FAULTS;
        d.path = scratch("full");
        calls_faults.full = d.path;
        calls_faults.budget = budget;
        status = open_disk(&d);
        full = calls_faults.failures > 0;
        calls_faults.full = NULL;
        must(&d, status == (full ? LEDE_ERR_FULL : LEDE_OK),
             lede_status_name(status));
        close_disk(&d);
        must(&d, open_disk(&d) == LEDE_OK, "no index with room again");
        must(&d, put(&d, 0, 1) == LEDE_OK, "no article with room again");
        must(&d, look(&d).temporary == 0, "temporary files are left");
        close_disk(&d);
        budgets += full;
    }
    printf("    create   %llu budgets\n", (unsigned long long)budgets);
    ck_assert_uint_gt(budgets, 20);
    lede_schema_free(schema);
}
END_TEST

/* ---- Copies ------------------------------------------------------------- */

/* A snapshot, copied where there is little room. */
static lede_status back_up(const disk *d, const char *to, lede_error *err)
{
    lede_snapshot *snapshot = NULL;
    lede_status status = lede_snapshot_open(&snapshot, d->index, err);

    if (status == LEDE_OK)
        status = lede_snapshot_backup(snapshot, to, NULL, err);
    lede_snapshot_close(snapshot);
    return status;
}

static void expect_copy(disk *d, const char *path)
{
    disk copy = { .path = path };
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_buffer there, here;

    must(d, lede_check(path, NULL, NULL, &d->err) == LEDE_OK, "damaged");
    must(d, lede_index_open(&copy.index, path, &options, &d->err) == LEDE_OK,
         "the copy does not open");
    read_articles(&copy, &there);
    read_articles(d, &here);
    must(d, same(&there, &here), "other articles in the copy");
    must(d, look(&copy).temporary == 0, "temporary files in the copy");
    lede_buffer_fini(&there);
    lede_buffer_fini(&here);
    lede_index_close(copy.index);
}

START_TEST(a_backup_without_room_can_be_made_when_there_is)
{
    uint64_t budgets = 0;
    char path[256];
    bool full = true;
    disk d;

    scratch_in_memory();
    schema = battery_schema(LEDE_FORM_EXACT);
    begin(&d, &scenes[3]);
    for (uint64_t budget = 0; full; budget += step_of(false)) {
        lede_status status;

        (void)snprintf(path, sizeof path, "%s-%llu", d.path,
                       (unsigned long long)budget);
        calls_faults = (call_faults)CALL_FAULTS;
        calls_faults.full = path;
        calls_faults.budget = budget;
        status = back_up(&d, path, &d.err);
        full = calls_faults.failures > 0;
        calls_faults.full = NULL;
        must(&d, status == (full ? LEDE_ERR_FULL : LEDE_OK),
             lede_status_name(status));
        must(&d, back_up(&d, path, &d.err) == LEDE_OK,
             "no backup with room again");
        expect_copy(&d, path);
        budgets += full;
    }
    printf("    backup   %llu budgets\n", (unsigned long long)budgets);
    ck_assert_uint_gt(budgets, 1000 / step_of(false));
    close_disk(&d);
    lede_schema_free(schema);
}
END_TEST

static void copy_without_manifest(disk *d, const char *path)
{
    char manifest[300];

    must(d, back_up(d, path, &d->err) == LEDE_OK, "no copy");
    (void)snprintf(manifest, sizeof manifest, "%s/MANIFEST", path);
    must(d, unlink(manifest) == 0, "no manifest");
}

/* An index without its manifest, recovered where there is little room. */
START_TEST(a_recovery_without_room_can_be_made_when_there_is)
{
    uint64_t budgets = 0;
    char path[256];
    bool full = true;
    disk d;

    scratch_in_memory();
    schema = battery_schema(LEDE_FORM_EXACT);
    begin(&d, &scenes[3]);
    for (uint64_t budget = look(&d).bytes / 2; full; budget += step_of(false)) {
        lede_status status;

        (void)snprintf(path, sizeof path, "%s-%llu", d.path,
                       (unsigned long long)budget);
        calls_faults = (call_faults)CALL_FAULTS;
        copy_without_manifest(&d, path);
        calls_faults.full = path;
        calls_faults.budget = budget;
        status = lede_recover(path, NULL, NULL, &d.err);
        full = calls_faults.failures > 0;
        calls_faults.full = NULL;
        must(&d, status == (full ? LEDE_ERR_FULL : LEDE_OK),
             lede_status_name(status));
        must(&d, lede_recover(path, NULL, NULL, &d.err) == LEDE_OK,
             "no recovery with room again");
        expect_copy(&d, path);
        budgets += full;
    }
    printf("    recover  %llu budgets\n", (unsigned long long)budgets);
    ck_assert_uint_gt(budgets, 500 / step_of(false));
    close_disk(&d);
    lede_schema_free(schema);
}
END_TEST

static void tear_down(void)
{
    calls_faults = (call_faults)CALL_FAULTS;
    scratch_remove();
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, a_full_disk_costs_one_commit, 0, SCENES);
    tcase_add_test(tcase, an_index_is_created_wholly_or_not);
    tcase_add_test(tcase, a_backup_without_room_can_be_made_when_there_is);
    tcase_add_test(tcase, a_recovery_without_room_can_be_made_when_there_is);
}

int main(void)
{
    return test_suite_run("native_full", add_tests);
}
