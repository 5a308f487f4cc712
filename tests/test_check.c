/*
 * Checking finds whatever is damaged and says where; what a writer does
 * meanwhile is no damage.
 */
#include "native/index/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/index/live.h"
#include "support/chance.h"
#include "support/damaged.h"
#include "support/failing_alloc.h"
#include "support/native_index.h"
#include "support/suite.h"

static native_index n;
static told_problems told;

static void put_range(char first, char last)
{
    for (char c = first; c <= last; c++) {
        char key[2] = { c, '\0' };

        ck_assert_int_eq(native_put(&n, 0, key, ++n.sequence, "storm at sea"),
                         LEDE_OK);
    }
}

static void commit(void)
{
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
}

static void set_up(void)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    put_range('a', 'l');
    commit();
    ck_assert_int_eq(native_put(&n, 0, "b", ++n.sequence, NULL), LEDE_OK);
    put_range('m', 'q');
    commit();
}

static void tear_down(void)
{
    told_clear(&told);
    native_index_close(&n);
}

static lede_status check(lede_dir *dir)
{
    lede_task task;

    told_clear(&told);
    task = told_task(&told);
    return lede_native_check(dir, &task, NULL, &n.err);
}

START_TEST(a_sound_index_has_no_problems)
{
    ck_assert_int_eq(check(n.memory), LEDE_OK);
    ck_assert_uint_eq(told.problems, 0);
}
END_TEST

/* The file is named and the place, where it can be known. */
START_TEST(every_damaged_byte_is_told_with_its_file)
{
    file_names files;
    uint32_t done = 0;

    file_names_of(&files, n.memory, "");
    for (uint32_t i = 0; i < files.count; i++)
        for (uint64_t at = i; at < files.length[i]; at += 3) {
            damage_flip(n.memory, files.at[i], at, 16);
            if (check(n.memory) != LEDE_ERR_CORRUPT &&
                n.err.status != LEDE_ERR_VERSION)
                ck_abort_msg("%s at %u", files.at[i], (unsigned)at);
            if (!strstr(told.files, files.at[i]) || told.problems != 1 ||
                told.offset == LEDE_NO_POSITION)
                ck_abort_msg("%s at %u told as %s", files.at[i], (unsigned)at,
                             told.files);
            damage_flip(n.memory, files.at[i], at, 16);
            done++;
        }
    ck_assert_uint_gt(done, 700);
    ck_assert_int_eq(check(n.memory), LEDE_OK);
}
END_TEST

START_TEST(all_problems_are_told_with_their_sections)
{
    chance noise = chance_from("noise", 1);
    file_names segments, lives;
    char words[70000];

    for (size_t i = 0; i < sizeof words; i++)
        words[i] = i % 9 == 8 ? ' ' : (char)('a' + chance_below(&noise, 26));
    words[sizeof words - 1] = '\0';
    ck_assert_int_eq(native_put(&n, 0, "x", ++n.sequence, words), LEDE_OK);
    commit();
    file_names_of(&segments, n.memory, ".segment");
    file_names_of(&lives, n.memory, ".live");
    ck_assert_uint_eq(lives.count, 1);
    damage_flip(n.memory, segments.at[0], 40, 1);
    damage_flip(n.memory, lives.at[0], 40, 1);
    damage_flip(n.memory, segments.at[2], LEDE_CHUNK_BYTES + 5, 1);
    ck_assert_int_eq(check(n.memory), LEDE_ERR_CORRUPT);
    ck_assert_uint_eq(told.problems, 3);
    ck_assert_ptr_nonnull(strstr(told.files, segments.at[0]));
    ck_assert_ptr_nonnull(strstr(told.files, lives.at[0]));
    ck_assert_ptr_nonnull(strstr(told.files, segments.at[2]));
    ck_assert_uint_eq(told.offset, LEDE_CHUNK_BYTES);
    ck_assert_int_ne(told.section[0], '\0');
}
END_TEST

START_TEST(what_is_missing_is_told)
{
    file_names files;

    file_names_of(&files, n.memory, "");
    for (uint32_t i = 0; i < files.count; i++) {
        lede_dir *dir = dir_copy(n.memory);

        ck_assert_int_eq(lede_dir_unlink(dir, files.at[i], NULL), LEDE_OK);
        ck_assert_int_eq(check(dir),
                         files.length[i] > 0 ? LEDE_ERR_CORRUPT : LEDE_OK);
        lede_dir_close(dir);
    }
}
END_TEST

/* ---- Files that do not agree ---- */

/* Commits another manifest over the same files. */
static void belie(void (*change)(lede_manifest *manifest))
{
    lede_manifest *manifest = NULL;

    ck_assert_int_eq(lede_manifest_read(&manifest, n.memory, NULL, NULL),
                     LEDE_OK);
    change(manifest);
    ck_assert_int_eq(
        lede_manifest_commit(manifest, n.memory, LEDE_DURABLE, NULL), LEDE_OK);
    lede_manifest_release(manifest);
}

static void more_text(lede_manifest *m)
{
    m->segments[0].text_bytes++;
}

static void more_words(lede_manifest *m)
{
    m->segments[1].tokens[0]++;
}

static void fewer_live(lede_manifest *m)
{
    m->segments[0].live--;
}

static void older(lede_manifest *m)
{
    m->last_sequence = 3;
}

/* Nothing is deleted any more: "b" is back, which the counts bear out. */
static void all_live(lede_manifest *m)
{
    m->segments[0].bitmap[0] = '\0';
    m->segments[0].bitmap_mark = (lede_envelope_mark){ 0, 0 };
    m->segments[0].live = m->segments[0].documents;
}

START_TEST(a_manifest_that_lies_is_found_out)
{
    static void (*const lies[])(lede_manifest * m) = { more_text, more_words,
                                                       fewer_live, older,
                                                       all_live };

    belie(lies[_i]);
    ck_assert_int_eq(check(n.memory), LEDE_ERR_CORRUPT);
    ck_assert_uint_gt(told.problems, 0);
}
END_TEST

/* "a" was replaced by a newer version, and the live file that says so is not
 * named any more. */
static void revive(lede_manifest *m)
{
    all_live(m);
    m->segments[0].text_bytes = 12 * strlen("storm at sea");
}

START_TEST(a_key_that_lives_twice_is_found)
{
    ck_assert_int_eq(native_put(&n, 0, "b", ++n.sequence, "storm at sea"),
                     LEDE_OK);
    commit();
    ck_assert_int_eq(check(n.memory), LEDE_OK);
    belie(revive);
    ck_assert_int_eq(check(n.memory), LEDE_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(told.files, "lives in two segments"));
}
END_TEST

START_TEST(a_stranger_may_not_let_a_key_live_twice)
{
    lede_native_snapshot *snapshot = NULL;
    lede_shelf *shelf = NULL;

    ck_assert_int_eq(native_put(&n, 0, "b", ++n.sequence, "storm at sea"),
                     LEDE_OK);
    commit();
    ck_assert_int_eq(lede_shelf_new(&shelf, n.memory, NULL), LEDE_OK);
    lede_shelf_distrust(shelf);
    ck_assert_int_eq(lede_native_snapshot_open(&snapshot, shelf, NULL),
                     LEDE_OK);
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    belie(revive);
    ck_assert_int_eq(lede_shelf_new(&shelf, n.memory, NULL), LEDE_OK);
    lede_shelf_distrust(shelf);
    ck_assert_int_eq(lede_native_snapshot_open(&snapshot, shelf, NULL),
                     LEDE_ERR_CORRUPT);
    lede_shelf_free(shelf);
}
END_TEST

/* ---- Beside a writer ---- */

/* A directory in which something happens before the k-th file is opened. */
typedef struct busy {
    lede_dir face;
    uint32_t left;
} busy;

static lede_status busy_map(lede_dir *dir, lede_file **file, const char *name,
                            lede_error *err)
{
    busy *b = (busy *)dir;

    if (b->left > 0 && --b->left == 0) {
        put_range('r', 't');
        ck_assert_int_eq(native_finish(&n, LEDE_FINISH_OPTIMIZE), LEDE_OK);
    }
    return lede_dir_map(n.memory, file, name, err);
}

static lede_status busy_list(lede_dir *dir,
                             void (*each)(void *ctx, const char *name,
                                          uint64_t length),
                             void *ctx, lede_error *err)
{
    (void)dir;
    return lede_dir_list(n.memory, each, ctx, err);
}

START_TEST(a_writer_beside_it_is_no_damage)
{
    static const lede_dir_ops ops = { .map = busy_map, .list = busy_list };
    uint32_t at = 0;
    busy b;

    do {
        b = (busy){ { &ops, "busy" }, ++at };
        ck_assert_msg(check(&b.face) == LEDE_OK, "file %u: %s: %s", at,
                      n.err.where, n.err.message);
        ck_assert_uint_eq(told.problems, 0);
        if (b.left == 0) { /* several segments again */
            put_range('a', 'c');
            commit();
            put_range('d', 'e');
            commit();
        }
    } while (b.left == 0);
    ck_assert_uint_gt(at, 3);
}
END_TEST

/* ---- Progress, stopping, memory ---- */

typedef struct watch {
    uint64_t done;
    uint64_t total;
    uint64_t calls;
    uint64_t stop_at; /* the call that stops it */
    lede_cancel *cancel;
} watch;

static void see_progress(void *ctx, uint64_t done, uint64_t total)
{
    watch *w = ctx;

    ck_assert(done >= w->done && done <= total);
    w->done = done;
    w->total = total;
    if (++w->calls == w->stop_at)
        lede_cancel_set(w->cancel);
}

START_TEST(progress_rises_to_the_total_and_stops_when_told)
{
    watch w = { 0 };
    lede_task task = LEDE_TASK;
    uint64_t calls;

    ck_assert_int_eq(lede_cancel_new(&w.cancel, NULL), LEDE_OK);
    task.ctx = &w;
    task.progress = see_progress;
    task.cancel = w.cancel;
    ck_assert_int_eq(lede_native_check(n.memory, &task, NULL, NULL), LEDE_OK);
    ck_assert_uint_eq(w.done, w.total);
    ck_assert_uint_gt(w.total, 0);
    calls = w.calls;
    for (uint64_t at = 1; at < calls; at++) {
        w = (watch){ .stop_at = at, .cancel = w.cancel };
        lede_cancel_clear(w.cancel);
        if (lede_native_check(n.memory, &task, NULL, NULL) == LEDE_OK)
            ck_assert_uint_gt(w.calls + 40, calls); /* the last few steps */
        else
            ck_assert_uint_le(w.calls, at + 40);
    }
    lede_cancel_free(w.cancel);
}
END_TEST

static lede_status check_all(const lede_allocator *allocator, void *ctx)
{
    (void)ctx;
    return lede_native_check(n.memory, NULL, allocator, NULL);
}

START_TEST(memory_may_run_out_anywhere)
{
    ck_assert_uint_gt(failing_alloc_sweep(check_all, NULL), 50);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_sound_index_has_no_problems);
    tcase_add_test(tcase, every_damaged_byte_is_told_with_its_file);
    tcase_add_test(tcase, all_problems_are_told_with_their_sections);
    tcase_add_test(tcase, what_is_missing_is_told);
    tcase_add_loop_test(tcase, a_manifest_that_lies_is_found_out, 0, 5);
    tcase_add_test(tcase, a_key_that_lives_twice_is_found);
    tcase_add_test(tcase, a_stranger_may_not_let_a_key_live_twice);
    tcase_add_test(tcase, a_writer_beside_it_is_no_damage);
    tcase_add_test(tcase, progress_rises_to_the_total_and_stops_when_told);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
}

int main(void)
{
    return test_suite_run("check", add_tests);
}
