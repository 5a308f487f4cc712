/*
 * A backup is the commit it was made of, whatever happens meanwhile; a second
 * one costs what is new; stopped anywhere it leaves the old one or the new.
 */
#include "native/index/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/index/check.h"
#include "support/chance.h"
#include "support/crash.h"
#include "support/damaged.h"
#include "support/failing_alloc.h"
#include "support/native_index.h"
#include "support/suite.h"

static native_index n;
static lede_dir *memory; /* the backup, without faults */
static lede_dir *to;     /* records */
static dir_log log_;
static char first[256], second[256]; /* keys */

static void put_range(char from, char last)
{
    for (char c = from; c <= last; c++) {
        char key[2] = { c, '\0' };

        ck_assert_int_eq(native_put(&n, 0, key, ++n.sequence, "storm at sea"),
                         LEDE_OK);
    }
}

static void commit(lede_finish_kind kind)
{
    ck_assert_int_eq(native_finish(&n, kind), LEDE_OK);
}

static void set_up(void)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    put_range('a', 'h');
    commit(LEDE_FINISH_COMMIT);
    put_range('b', 'b');
    put_range('i', 'k');
    commit(LEDE_FINISH_COMMIT);
    ck_assert_int_eq(lede_dir_open_memory(&memory, NULL), LEDE_OK);
    dir_recording_open(&to, memory, &log_);
}

static void tear_down(void)
{
    lede_dir_close(to);
    lede_dir_close(memory);
    dir_log_fini(&log_);
    native_index_close(&n);
}

static lede_native_snapshot *look(void)
{
    lede_native_snapshot *snapshot = NULL;

    ck_assert_int_eq(lede_native_snapshot_open(&snapshot, n.shelf, &n.err),
                     LEDE_OK);
    return snapshot;
}

static lede_status back_up(lede_dir *dir)
{
    lede_native_snapshot *snapshot = look();
    lede_status status = lede_native_backup(snapshot, dir, NULL, &n.err);

    lede_native_snapshot_release(snapshot);
    return status;
}

/* The keys of a backup, which checks. */
static void keys_of(char out[256], lede_dir *dir)
{
    native_index view = { .memory = dir };

    ck_assert_int_eq(lede_native_check(dir, NULL, NULL, &n.err), LEDE_OK);
    (void)snprintf(out, 256, "%s", native_keys(&view));
    free(view.keys);
}

static uint32_t created(const dir_log *log)
{
    uint32_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        count += log->records[i].kind == DIR_RECORD_CREATE;
    return count;
}

START_TEST(a_backup_is_the_snapshot_whatever_comes)
{
    lede_native_snapshot *snapshot = look();
    char keys[256], before[256];

    (void)snprintf(before, sizeof before, "%s", native_keys(&n));
    put_range('x', 'z');
    commit(LEDE_FINISH_OPTIMIZE); /* whose files are gone now */
    ck_assert_int_eq(lede_native_backup(snapshot, to, NULL, &n.err), LEDE_OK);
    lede_native_snapshot_release(snapshot);
    keys_of(keys, memory);
    ck_assert_str_eq(keys, before);
    ck_assert_str_ne(keys, native_keys(&n));
}
END_TEST

START_TEST(a_second_backup_copies_what_is_new)
{
    file_names files;
    char keys[256];
    uint32_t before;

    ck_assert_int_eq(back_up(to), LEDE_OK);
    before = created(&log_);
    put_range('l', 'm');
    commit(LEDE_FINISH_COMMIT);
    ck_assert_int_eq(back_up(to), LEDE_OK);
    /* A segment and the manifest. */
    ck_assert_uint_eq(created(&log_) - before, 2);
    keys_of(keys, memory);
    ck_assert_str_eq(keys, native_keys(&n));
    commit(LEDE_FINISH_OPTIMIZE);
    ck_assert_int_eq(back_up(to), LEDE_OK);
    file_names_of(&files, memory, "");
    ck_assert_uint_eq(files.count, 3); /* what is not needed is gone */
}
END_TEST

START_TEST(nothing_else_is_written_over)
{
    lede_native_snapshot *old = look();
    native_index other;

    ck_assert_int_eq(back_up(to), LEDE_OK);
    put_range('l', 'm');
    commit(LEDE_FINISH_COMMIT);
    ck_assert_int_eq(back_up(to), LEDE_OK);
    ck_assert_int_eq(lede_native_backup(old, to, NULL, &n.err),
                     LEDE_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(n.err.message, "newer"));
    lede_native_snapshot_release(old);
    native_index_open(&other, 1, LEDE_DURABLE);
    ck_assert_int_eq(back_up(other.memory), LEDE_ERR_BUSY);
    native_close_writer(&other);
    ck_assert_int_eq(back_up(other.memory), LEDE_ERR_INVALID);
    ck_assert_int_eq(native_open_writer(&other), LEDE_OK);
    native_index_close(&other);
    ck_assert_int_eq(lede_backup_end(memory, &n.err), LEDE_OK);
    ck_assert_int_eq(lede_backup_end(memory, &n.err), LEDE_OK);
    ck_assert_int_eq(back_up(to), LEDE_ERR_INVALID);
}
END_TEST

START_TEST(a_damaged_backup_is_made_whole)
{
    file_names files;
    char keys[256];

    ck_assert_int_eq(back_up(to), LEDE_OK);
    file_names_of(&files, memory, "");
    for (uint32_t i = 0; i < files.count; i++) {
        if (files.length[i] == 0)
            continue;
        damage_cut(memory, files.at[i], files.length[i] / 2);
        ck_assert_int_eq(back_up(to), LEDE_OK);
        keys_of(keys, memory);
        ck_assert_str_eq(keys, native_keys(&n));
    }
}
END_TEST

START_TEST(damage_is_not_backed_up)
{
    file_names segments;
    lede_dir *copy;
    lede_shelf *shelf = NULL;
    lede_native_snapshot *snapshot = NULL;
    char keys[256], before[256];

    /* A segment of some chunks, of which one is damaged. */
    for (uint32_t i = 0; i < 400; i++) {
        char key[8];

        (void)snprintf(key, sizeof key, "k%u", i);
        ck_assert_int_eq(native_put(&n, 0, key, ++n.sequence, key), LEDE_OK);
    }
    ck_assert_int_eq(back_up(to), LEDE_OK);
    keys_of(before, memory);
    commit(LEDE_FINISH_COMMIT);
    copy = dir_copy(n.memory);
    file_names_of(&segments, copy, ".segment");
    for (uint64_t at = 64; at < segments.length[2]; at += 512) {
        damage_flip(copy, segments.at[2], at, 1);
        ck_assert_int_eq(lede_shelf_new(&shelf, copy, NULL), LEDE_OK);
        if (lede_native_snapshot_open(&snapshot, shelf, NULL) == LEDE_OK) {
            ck_assert_int_eq(lede_native_backup(snapshot, to, NULL, &n.err),
                             LEDE_ERR_CORRUPT);
            lede_native_snapshot_release(snapshot);
        }
        lede_shelf_free(shelf);
        damage_flip(copy, segments.at[2], at, 1);
    }
    keys_of(keys, memory);
    ck_assert_str_eq(keys, before);
    lede_dir_close(copy);
}
END_TEST

/* ---- Stopped half-way ---- */

static void back_up_twice(void)
{
    ck_assert_int_eq(back_up(to), LEDE_OK);
    keys_of(first, memory);
    dir_log_note(&log_, 1);
    put_range('a', 'b');
    put_range('l', 'm');
    commit(LEDE_FINISH_OPTIMIZE);
    ck_assert_int_eq(back_up(to), LEDE_OK);
    keys_of(second, memory);
    dir_log_note(&log_, 2);
}

/* The old one or the new one, and the next backup succeeds. */
static bool is_backup(void *ctx, lede_dir *dir, const crash_point *at)
{
    native_index view = { .memory = dir };
    lede_manifest *manifest = NULL;
    lede_status status = lede_manifest_read(&manifest, dir, NULL, NULL);
    bool good;

    (void)ctx;
    lede_manifest_release(manifest);
    if (status != LEDE_OK) {
        good = status == LEDE_ERR_NOT_FOUND && at->noted == 0;
    } else {
        const char *keys = native_keys(&view);

        good = lede_native_check(dir, NULL, NULL, NULL) == LEDE_OK &&
               ((at->noted < 2 && strcmp(keys, first) == 0) ||
                (at->noted > 0 && strcmp(keys, second) == 0));
    }
    /* Random numbers of a directory in memory begin again with it. */
    for (uint32_t i = 0; i < 1000; i++)
        (void)lede_dir_random(dir);
    if (good)
        good =
            back_up(dir) == LEDE_OK && strcmp(native_keys(&view), second) == 0;
    free(view.keys);
    return good;
}

START_TEST(a_crash_leaves_the_old_backup_or_the_new_one)
{
    crash_explorer e = { .log = &log_, .visit = is_backup, .most = 128 };

    back_up_twice();
    crash_explore(&e);
    printf("    %llu states\n", (unsigned long long)e.states);
    ck_assert_msg(e.violations == 0, "after %zu operations: %s: %s",
                  e.first.operations, n.err.where, n.err.message);
    ck_assert_uint_gt(e.states, 500);
}
END_TEST

START_TEST(a_failure_leaves_the_old_backup_or_the_new_one)
{
    uint64_t faults = 0;
    bool struck = true;

    back_up_twice();
    put_range('v', 'w');
    commit(LEDE_FINISH_COMMIT);
    for (uint64_t at = 1; struck; at++) {
        lede_dir *copy = dir_copy(memory), *faulty = NULL;
        dir_faults fault = DIR_FAULTS;
        char keys[256];

        dir_faulty_open(&faulty, copy, &fault);
        fault.fail_at = (at + 1) / 2;
        fault.sticky = at % 2 == 0;
        (void)back_up(faulty);
        struck = fault.failures > 0;
        ck_assert_uint_eq(fault.open_outs, 0);
        lede_dir_close(faulty);
        keys_of(keys, copy);
        ck_assert(strcmp(keys, second) == 0 ||
                  strcmp(keys, native_keys(&n)) == 0);
        ck_assert_int_eq(back_up(copy), LEDE_OK);
        keys_of(keys, copy);
        ck_assert_str_eq(keys, native_keys(&n));
        lede_dir_close(copy);
        faults += struck;
    }
    ck_assert_uint_gt(faults, 20);
}
END_TEST

typedef struct watch {
    uint64_t done;
    uint64_t total;
    lede_cancel *cancel;
} watch;

static void see_progress(void *ctx, uint64_t done, uint64_t total)
{
    watch *w = ctx;

    ck_assert(done >= w->done && done <= total);
    w->done = done;
    w->total = total;
}

START_TEST(progress_is_told_and_cancelling_keeps_the_old_one)
{
    lede_native_snapshot *snapshot = look();
    lede_task task = LEDE_TASK;
    watch w = { 0 };

    ck_assert_int_eq(lede_cancel_new(&w.cancel, NULL), LEDE_OK);
    task.ctx = &w;
    task.progress = see_progress;
    task.cancel = w.cancel;
    ck_assert_int_eq(lede_native_backup(snapshot, to, &task, NULL), LEDE_OK);
    ck_assert_uint_gt(w.total, 0);
    ck_assert_uint_eq(w.done, w.total);
    lede_native_snapshot_release(snapshot);
    put_range('s', 't');
    commit(LEDE_FINISH_COMMIT);
    snapshot = look();
    lede_cancel_set(w.cancel);
    w.done = 0;
    ck_assert_int_eq(lede_native_backup(snapshot, to, &task, NULL),
                     LEDE_ERR_CANCELLED);
    ck_assert_int_eq(lede_native_check(memory, NULL, NULL, NULL), LEDE_OK);
    lede_native_snapshot_release(snapshot);
    lede_cancel_free(w.cancel);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_backup_is_the_snapshot_whatever_comes);
    tcase_add_test(tcase, a_second_backup_copies_what_is_new);
    tcase_add_test(tcase, nothing_else_is_written_over);
    tcase_add_test(tcase, a_damaged_backup_is_made_whole);
    tcase_add_test(tcase, damage_is_not_backed_up);
    tcase_add_test(tcase, a_crash_leaves_the_old_backup_or_the_new_one);
    tcase_add_test(tcase, a_failure_leaves_the_old_backup_or_the_new_one);
    tcase_add_test(tcase, progress_is_told_and_cancelling_keeps_the_old_one);
}

int main(void)
{
    return test_suite_run("backup", add_tests);
}
