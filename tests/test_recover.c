/*
 * Recovery keeps what is whole, tells what is lost, brings nothing back that
 * was deleted or replaced, and may itself be stopped anywhere.
 */
#include "native/index/recover.h"

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
static told_problems told;
static char alive[512]; /* before the damage: "a13 c3 d4" */
static chance seeds;

static void put(const char *key, const char *words)
{
    ck_assert_int_eq(native_put(&n, 0, key, ++n.sequence, words), LEDE_OK);
}

static void commit(void)
{
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
}

static void put_range(char first, char last)
{
    for (char c = first; c <= last; c++) {
        char key[2] = { c, '\0' };

        put(key, "storm over the harbour");
    }
}

/* A segment of several chunks: 300 articles, "AA" to "LO", noise to the
 * compressor. */
static void put_large(void)
{
    chance noise = chance_from("noise", 5);

    for (uint32_t i = 0; i < 300; i++) {
        char key[3] = { (char)('A' + i / 26), (char)('A' + i % 26), '\0' };
        char words[512];

        for (size_t at = 0; at < sizeof words - 1; at++)
            words[at] =
                at % 9 == 8 ? ' ' : (char)('a' + chance_below(&noise, 26));
        words[sizeof words - 1] = '\0';
        put(key, words);
    }
    commit();
}

/* Three segments, two live files: a deleted and a replaced article in the
 * first, a deleted one in the second. */
static void set_up(void)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    put_range('a', 'l');
    commit();
    put("a", "the newer one");
    put("b", NULL);
    put_range('m', 'r');
    commit();
    put("m", NULL);
    put("z", "calm");
    commit();
    ck_assert_uint_eq(native_segments(&n), 3);
    (void)snprintf(alive, sizeof alive, "%s", native_keys(&n));
    ck_assert_str_eq(alive, "a13 c3 d4 e5 f6 g7 h8 i9 j10 k11 l12 n16 o17 p18 "
                            "q19 r20 z22");
    native_close_writer(&n);
    seeds = chance_from("recover", 1);
}

static void tear_down(void)
{
    told_clear(&told);
    native_index_close(&n);
}

static lede_status recover_on(lede_dir *dir)
{
    lede_task task = told_task(&told);

    return lede_native_recover(dir, &task, NULL, &n.err);
}

static lede_status recover_in(lede_dir *dir)
{
    told_clear(&told);
    return recover_on(dir);
}

static void recover(void)
{
    ck_assert_msg(recover_in(n.memory) == LEDE_OK, "%s: %s", n.err.where,
                  n.err.message);
}

static uint64_t generation_of(lede_dir *dir)
{
    lede_manifest *manifest = NULL;
    uint64_t generation;

    ck_assert_int_eq(lede_manifest_read(&manifest, dir, NULL, NULL), LEDE_OK);
    generation = manifest->generation;
    lede_manifest_release(manifest);
    return generation;
}

static bool is_word_of(const char *text, const char *word, size_t len)
{
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || at[-1] == ' ') &&
            (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* What is there now was there before, in the same version; of what is not,
 * each was told. NULL: all is well. */
static const char *judge(native_index *index)
{
    char now[512], before[512];
    uint32_t missing = 0;

    (void)snprintf(now, sizeof now, "%s", native_keys(index));
    for (char *word = strtok(now, " "); word; word = strtok(NULL, " "))
        if (!is_word_of(alive, word, strlen(word)) &&
            !strstr(told.files, "may be back"))
            return "an article came back, or another version";
    (void)snprintf(now, sizeof now, "%s", native_keys(index));
    (void)snprintf(before, sizeof before, "%s", alive);
    for (char *word = strtok(before, " "); word; word = strtok(NULL, " ")) {
        char key[3] = { word[0], ' ', '\0' };

        if (is_word_of(now, word, strlen(word)))
            continue;
        missing++;
        if (!told.unknown && !strstr(told.keys, key))
            return "a loss was not told";
    }
    if (lede_native_check(index->memory, NULL, NULL, &index->err) != LEDE_OK)
        return "what recovery left does not check";
    return missing > 0 && told.problems == 0 ? "a loss was silent" : NULL;
}

/* Recovers a damaged copy; twice, the second time without anything to do. */
static const char *judge_copy(lede_dir *dir)
{
    native_index view = { .memory = dir };
    const char *why;
    uint32_t files;

    if (recover_in(dir) != LEDE_OK)
        return "recovery failed";
    why = judge(&view);
    files = native_files(&view);
    if (!why && (recover_in(dir) != LEDE_OK || told.problems > 0 ||
                 native_files(&view) != files))
        why = "recovering again was not idle";
    free(view.keys);
    return why;
}

/* ---- By example ---- */

START_TEST(a_sound_index_is_left_as_it_is)
{
    uint64_t generation = generation_of(n.memory);
    uint32_t files = native_files(&n);

    recover();
    ck_assert_uint_eq(told.problems, 0);
    ck_assert_uint_eq(generation_of(n.memory), generation);
    ck_assert_uint_eq(native_files(&n), files);
}
END_TEST

START_TEST(a_damaged_segment_goes_and_its_keys_are_told)
{
    file_names segments, aside;

    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    put_large();
    native_close_writer(&n);
    file_names_of(&segments, n.memory, ".segment");
    ck_assert_uint_gt(segments.length[3], 4 * LEDE_CHUNK_BYTES);
    damage_flip(n.memory, segments.at[3], 20000, 1);
    recover();
    ck_assert_msg(strlen(told.keys) == 3 * 300, "%s %s", told.files, told.keys);
    ck_assert_int_eq(strncmp(told.keys, "AA AB AC AD ", 12), 0);
    ck_assert(!told.unknown);
    ck_assert_str_eq(native_keys(&n), alive);
    file_names_of(&aside, n.memory, ".segment.damaged");
    ck_assert_uint_eq(aside.count, 1);
    ck_assert_int_eq(strncmp(aside.at[0], segments.at[3], 33), 0);
    ck_assert_int_eq(lede_native_check(n.memory, NULL, NULL, &n.err), LEDE_OK);
}
END_TEST

START_TEST(a_segment_that_is_gone_is_counted)
{
    file_names segments;

    file_names_of(&segments, n.memory, ".segment");
    ck_assert_int_eq(lede_dir_unlink(n.memory, segments.at[0], NULL), LEDE_OK);
    recover();
    ck_assert_str_eq(told.keys, "");
    ck_assert_ptr_nonnull(strstr(told.files, "10 articles are lost with it"));
    ck_assert_str_eq(native_keys(&n), "a13 n16 o17 p18 q19 r20 z22");
}
END_TEST

/* Of two dead articles one was replaced, which shows; the other one may be any
 * of those in doubt. */
START_TEST(articles_in_doubt_are_dropped_and_told)
{
    file_names lives;

    file_names_of(&lives, n.memory, ".live");
    damage_flip(n.memory, lives.at[0], 33, 1);
    recover();
    ck_assert_str_eq(told.keys, "b c d e f g h i j k l ");
    ck_assert_ptr_nonnull(strstr(told.files, ".live: "));
    ck_assert_str_eq(native_keys(&n), "a13 n16 o17 p18 q19 r20 z22");
}
END_TEST

/* If all that died was replaced, the counts prove the others alive. */
START_TEST(counts_that_prove_the_dead_keep_the_others)
{
    file_names lives;

    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    put("q", "once more");
    put("m", "put again");
    put("b", "put again");
    commit();
    native_close_writer(&n);
    (void)snprintf(alive, sizeof alive, "%s", native_keys(&n));
    file_names_of(&lives, n.memory, ".live");
    ck_assert_uint_eq(lives.count, 1);
    damage_flip(n.memory, lives.at[0], 33, 1);
    recover();
    ck_assert_str_eq(told.keys, "");
    ck_assert_uint_gt(told.problems, 0);
    ck_assert_str_eq(native_keys(&n), alive);
}
END_TEST

START_TEST(without_a_manifest_files_speak_for_themselves)
{
    uint64_t generation = generation_of(n.memory);

    ck_assert_int_eq(lede_dir_unlink(n.memory, LEDE_MANIFEST_NAME, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_native_check(n.memory, NULL, NULL, &n.err),
                     LEDE_ERR_CORRUPT);
    recover();
    ck_assert_str_eq(native_keys(&n), alive);
    ck_assert_str_eq(told.keys, "");
    ck_assert_uint_gt(generation_of(n.memory), generation + 1000);
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    put("y", "life goes on");
    commit();
    native_close_writer(&n);
    ck_assert_ptr_nonnull(strstr(native_keys(&n), "y23"));
}
END_TEST

START_TEST(a_damaged_manifest_is_copied_before_it_is_replaced)
{
    file_names aside;

    damage_flip(n.memory, LEDE_MANIFEST_NAME, 20, 4);
    recover();
    ck_assert_str_eq(native_keys(&n), alive);
    file_names_of(&aside, n.memory, ".manifest.damaged");
    ck_assert_uint_eq(aside.count, 1);
}
END_TEST

/* Both the merged segment and those it was made from are there, as after a
 * crash before these were unlinked; only the former has a live file that says
 * what was deleted since. */
START_TEST(of_a_segment_and_its_merge_the_merge_stays)
{
    lede_dir *before = dir_copy(n.memory);
    file_names former;

    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    put("k", NULL);
    put("l", "again");
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_OPTIMIZE), LEDE_OK);
    put("j", NULL);
    commit();
    native_close_writer(&n);
    (void)snprintf(alive, sizeof alive, "%s", native_keys(&n));
    file_names_of(&former, before, "");
    for (uint32_t i = 0; i < former.count; i++) {
        lede_file *file = NULL;
        lede_out *out = NULL;

        if (!strchr(former.at[i], '-'))
            continue;
        ck_assert_int_eq(lede_dir_map(before, &file, former.at[i], NULL),
                         LEDE_OK);
        ck_assert_int_eq(lede_dir_create(n.memory, &out, former.at[i], NULL),
                         LEDE_OK);
        ck_assert_int_eq(
            lede_out_write(out, file->bytes.at, file->bytes.len, NULL),
            LEDE_OK);
        ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
        lede_file_close(file);
    }
    ck_assert_int_eq(lede_dir_unlink(n.memory, LEDE_MANIFEST_NAME, NULL),
                     LEDE_OK);
    recover();
    ck_assert_str_eq(native_keys(&n), alive);
    ck_assert_uint_eq(native_segments(&n), 1);
    lede_dir_close(before);
}
END_TEST

START_TEST(what_cannot_be_done_is_said)
{
    lede_dir *empty = NULL;
    file_names segments;

    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    ck_assert_int_eq(recover_in(n.memory), LEDE_ERR_BUSY);
    native_close_writer(&n);
    ck_assert_int_eq(lede_dir_open_memory(&empty, NULL), LEDE_OK);
    ck_assert_int_eq(recover_in(empty), LEDE_ERR_NOT_FOUND);
    lede_dir_close(empty);
    damage_cut(n.memory, LEDE_MANIFEST_NAME, 5);
    file_names_of(&segments, n.memory, ".segment");
    for (uint32_t i = 0; i < segments.count; i++)
        damage_cut(n.memory, segments.at[i], 40);
    ck_assert_int_eq(recover_in(n.memory), LEDE_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(n.err.message, "nothing can be recovered"));
}
END_TEST

/* ---- Everything ---- */

/* Any damage to any file, or to two of them. */
START_TEST(any_damage_is_recovered_from)
{
    file_names files;
    uint32_t done = 0;

    file_names_of(&files, n.memory, "");
    for (uint32_t a = 0; a < files.count; a++)
        for (uint32_t b = a; b < files.count; b++)
            for (uint32_t round = 0; round < (test_is_long() ? 400 : 12);
                 round++) {
                lede_dir *dir = dir_copy(n.memory);
                uint32_t at[2] = { a, b };
                const char *why;

                for (uint32_t i = 0; i < (a == b ? 1 : 2); i++) {
                    uint64_t length = files.length[at[i]];

                    if (length > 0 && chance_one_in(&seeds, 4))
                        damage_cut(dir, files.at[at[i]],
                                   chance_below(&seeds, (uint32_t)length));
                    else if (length > 0)
                        damage_flip(dir, files.at[at[i]],
                                    chance_below(&seeds, (uint32_t)length),
                                    (uint8_t)(1U << chance_below(&seeds, 8)));
                }
                why = judge_copy(dir);
                if (why)
                    ck_abort_msg("%s and %s, round %u: %s (%s: %s)\n%s%s",
                                 files.at[a], files.at[b], round, why,
                                 n.err.where, n.err.message, told.files,
                                 told.keys);
                lede_dir_close(dir);
                done++;
            }
    printf("    %u damages\n", done);
    ck_assert_uint_gt(done, 200);
}
END_TEST

/* Every byte of every file. */
START_TEST(every_damaged_byte_is_recovered_from)
{
    file_names files;
    uint32_t done = 0;

    file_names_of(&files, n.memory, "");
    for (uint32_t i = 0; i < files.count; i++)
        for (uint64_t at = chance_below(&seeds, 5); at < files.length[i];
             at += test_is_long() ? 1 : 5) {
            lede_dir *dir = dir_copy(n.memory);
            const char *why;

            damage_flip(dir, files.at[i], at,
                        (uint8_t)(1U << chance_below(&seeds, 8)));
            why = judge_copy(dir);
            if (why)
                ck_abort_msg("%s at %u: %s (%s: %s)\n%s%s", files.at[i],
                             (unsigned)at, why, n.err.where, n.err.message,
                             told.files, told.keys);
            lede_dir_close(dir);
            done++;
        }
    printf("    %u bytes\n", done);
    ck_assert_uint_gt(done, 500);
}
END_TEST

/* ---- Stopped half-way ---- */

/* Damages by operations that are written down and synced, then recovers. */
static void damage_recorded(const char *name)
{
    damage_flip(n.dir, name, 35, 1);
    ck_assert_int_eq(lede_dir_sync(n.dir, NULL), LEDE_OK);
    dir_log_note(&n.log, 1000);
}

static char expected[512];

static bool recovers(void *ctx, lede_dir *dir, const crash_point *at)
{
    native_index view = { .memory = dir };
    bool same;

    (void)ctx;
    if (at->settled < 1000 && at->noted < 1000)
        return true;
    if (at->noted == 1001) { /* recovery had returned */
        same = lede_native_check(dir, NULL, NULL, NULL) == LEDE_OK;
    } else {
        same = lede_native_recover(dir, NULL, NULL, &n.err) == LEDE_OK;
    }
    same = same && strcmp(native_keys(&view), expected) == 0;
    free(view.keys);
    return same;
}

START_TEST(a_crash_of_recovery_is_recovered_from)
{
    file_names files;
    uint64_t states = 0;

    file_names_of(&files, n.memory, "");
    for (uint32_t i = 0; i < files.count; i++) {
        crash_explorer e = { .log = &n.log,
                             .visit = recovers,
                             .most = 64,
                             .seed = chance_next(&seeds) };

        if (files.length[i] == 0)
            continue;
        tear_down();
        set_up();
        file_names_of(&files, n.memory, "");
        damage_recorded(files.at[i]);
        ck_assert_int_eq(recover_in(n.dir), LEDE_OK);
        (void)snprintf(expected, sizeof expected, "%s", native_keys(&n));
        dir_log_note(&n.log, 1001);
        crash_explore(&e);
        ck_assert_msg(e.violations == 0, "%s: after %zu operations (%s: %s)",
                      files.at[i], e.first.operations, n.err.where,
                      n.err.message);
        states += e.states;
    }
    printf("    %llu states\n", (unsigned long long)states);
    ck_assert_uint_gt(states, 1000);
}
END_TEST

/* Each operation of recovery fails once, or from then on. */
START_TEST(a_failure_of_recovery_changes_nothing)
{
    file_names files;
    uint64_t faults = 0;

    file_names_of(&files, n.memory, "");
    for (uint32_t i = 0; i < files.count; i++) {
        bool struck = files.length[i] > 0;

        for (uint64_t at = 1; struck; at++) {
            lede_dir *memory = dir_copy(n.memory), *faulty = NULL;
            dir_faults fault = DIR_FAULTS;
            native_index view = { .memory = memory };
            lede_status status;
            const char *why;

            damage_flip(memory, files.at[i], 35, 1);
            dir_faulty_open(&faulty, memory, &fault);
            fault.fail_at = (at + 1) / 2;
            fault.sticky = at % 2 == 0;
            fault.status = LEDE_ERR_FULL;
            status = recover_in(faulty);
            struck = fault.failures > 0;
            lede_dir_close(faulty);
            if (status != LEDE_OK)
                ck_assert_int_eq(recover_on(memory), LEDE_OK);
            why = judge(&view);
            ck_assert_msg(!why, "%s, fault %u: %s\n%s%s", files.at[i],
                          (unsigned)at, why, told.files, told.keys);
            free(view.keys);
            lede_dir_close(memory);
            faults += struck;
        }
    }
    printf("    %llu faults\n", (unsigned long long)faults);
    ck_assert_uint_gt(faults, 100);
}
END_TEST

static lede_status recover_damaged(const lede_allocator *allocator, void *ctx)
{
    lede_dir *dir = dir_copy(n.memory);
    file_names files;
    lede_status status;

    file_names_of(&files, dir, ctx);
    damage_flip(dir, files.at[0], 35, 1);
    status = lede_native_recover(dir, NULL, allocator, NULL);
    lede_dir_close(dir);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    static const char *const endings[] = { "MANIFEST", ".segment", ".live" };

    ck_assert_uint_gt(
        failing_alloc_sweep(recover_damaged, (void *)(uintptr_t)endings[_i]),
        50);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_sound_index_is_left_as_it_is);
    tcase_add_test(tcase, a_damaged_segment_goes_and_its_keys_are_told);
    tcase_add_test(tcase, a_segment_that_is_gone_is_counted);
    tcase_add_test(tcase, articles_in_doubt_are_dropped_and_told);
    tcase_add_test(tcase, counts_that_prove_the_dead_keep_the_others);
    tcase_add_test(tcase, without_a_manifest_files_speak_for_themselves);
    tcase_add_test(tcase, a_damaged_manifest_is_copied_before_it_is_replaced);
    tcase_add_test(tcase, of_a_segment_and_its_merge_the_merge_stays);
    tcase_add_test(tcase, what_cannot_be_done_is_said);
    tcase_add_test(tcase, any_damage_is_recovered_from);
    tcase_add_test(tcase, every_damaged_byte_is_recovered_from);
    tcase_add_test(tcase, a_crash_of_recovery_is_recovered_from);
    tcase_add_test(tcase, a_failure_of_recovery_changes_nothing);
    tcase_add_loop_test(tcase, memory_may_run_out_anywhere, 0, 3);
}

int main(void)
{
    return test_suite_run("recover", add_tests);
}
