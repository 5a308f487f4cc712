/* Merges on a thread of their own: what they may change, and when. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "native/index/merge_policy.h"
#include "support/chance.h"
#include "support/crash.h"
#include "support/gate.h"
#include "support/native_index.h"
#include "support/suite.h"

#define PATIENCE_MS 120000U

static native_index n;

/* ---- A merge that waits for us ---- */

static gate the_gate;

static bool pass_gate(void *ctx, dir_fault_kind kind)
{
    gate *g = ctx;

    if (kind == DIR_FAULT_CREATE && !gate_is_owner(g))
        gate_enter(g);
    return false;
}

static void set_up(void)
{
    gate_init(&the_gate);
}

static void tear_down(void)
{
    gate_fini(&the_gate);
}

static void await_merge(void)
{
    ck_assert(gate_await(&the_gate));
}

static atomic_bool has_waited;

/* Opens the gate for a call that waits for the merge, while it waits. */
static void *open_soon(void *ctx)
{
    const struct timespec soon = { 0, 50000000 };

    (void)nanosleep(&soon, NULL);
    atomic_store(&has_waited, true);
    gate_open(ctx);
    return NULL;
}

static pthread_t begin_to_open(void)
{
    pthread_t opener;

    atomic_store(&has_waited, false);
    ck_assert_int_eq(pthread_create(&opener, NULL, open_soon, &the_gate), 0);
    return opener;
}

/* ---- An index with something to merge ---- */

static void put(const char *key, const char *words)
{
    lede_status status = native_put(&n, 0, key, ++n.sequence, words);

    ck_assert_msg(status == LEDE_OK, "%d: %s: %s", status, n.err.where,
                  n.err.message);
}

static void commit(void)
{
    lede_status status = native_finish(&n, LEDE_FINISH_COMMIT);

    ck_assert_msg(status == LEDE_OK, "%d: %s: %s", status, n.err.where,
                  n.err.message);
}

static void open_writer(uint32_t threads)
{
    n.settings.threads = threads;
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
}

/* Keys a to h, a segment each, and a thread that is about to merge them. */
static void begin(lede_durability durability)
{
    native_index_open(&n, 1, durability);
    n.faults.before = pass_gate;
    n.faults.ctx = &the_gate;
    native_close_writer(&n);
    open_writer(2);
    for (uint32_t i = 0; i < LEDE_MERGE_FACTOR; i++) {
        char key[2] = { (char)('a' + i), '\0' };

        put(key, "some words");
        commit();
    }
}

static void rest_a_while(void)
{
    const struct timespec step = { 0, 1000000 };

    (void)nanosleep(&step, NULL);
}

static void await_segments(uint32_t count)
{
    for (uint32_t ms = 0; native_segments(&n) != count; ms++) {
        ck_assert_msg(ms < PATIENCE_MS, "%u segments", native_segments(&n));
        rest_a_while();
    }
}

START_TEST(a_merge_commits_itself_and_nothing_else)
{
    gate_open(&the_gate);
    begin(LEDE_DURABLE);
    put("z", "pending");
    await_segments(1);
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3 d4 e5 f6 g7 h8");
    commit();
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3 d4 e5 f6 g7 h8 z9");
    native_index_close(&n);
}
END_TEST

/* Committed while the merge was made: a is gone, b and c are new. Not yet: d is
 * gone, e is new. */
static void change_meanwhile(void)
{
    put("a", NULL);
    put("b", "other words");
    commit();
    put("c", "other words");
    commit();
    put("d", NULL);
    put("e", "other words");
}

START_TEST(what_dies_while_a_merge_is_made_is_dead_after_it)
{
    for (uint32_t durability = LEDE_DURABLE; durability <= LEDE_NOT_DURABLE;
         durability++) {
        gate_shut(&the_gate);
        begin((lede_durability)durability);
        await_merge();
        change_meanwhile();
        gate_open(&the_gate);
        await_segments(3); /* the merged one, b, c */
        ck_assert_str_eq(native_keys(&n), "b10 c11 d4 e5 f6 g7 h8");
        commit();
        ck_assert_str_eq(native_keys(&n), "b10 c11 e13 f6 g7 h8");
        native_index_close(&n);
    }
}
END_TEST

START_TEST(what_was_pending_can_be_rolled_back_after_a_merge)
{
    begin(LEDE_DURABLE);
    await_merge();
    change_meanwhile();
    gate_open(&the_gate);
    await_segments(3);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK), LEDE_OK);
    ck_assert_str_eq(native_keys(&n), "b10 c11 d4 e5 f6 g7 h8");
    put("f", NULL);
    commit();
    ck_assert_str_eq(native_keys(&n), "b10 c11 d4 e5 g7 h8");
    native_index_close(&n);
}
END_TEST

START_TEST(a_rollback_does_not_stop_a_merge)
{
    begin(LEDE_DURABLE);
    await_merge();
    change_meanwhile();
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK), LEDE_OK);
    put("g", NULL);
    gate_open(&the_gate);
    await_segments(3);
    ck_assert_str_eq(native_keys(&n), "b10 c11 d4 e5 f6 g7 h8");
    commit();
    ck_assert_str_eq(native_keys(&n), "b10 c11 d4 e5 f6 h8");
    native_index_close(&n);
}
END_TEST

START_TEST(a_merge_of_which_nothing_lives_leaves_nothing)
{
    begin(LEDE_DURABLE);
    await_merge();
    for (uint32_t i = 0; i < LEDE_MERGE_FACTOR; i++) {
        char key[2] = { (char)('a' + i), '\0' };

        put(key, NULL);
        if (i % 3 == 0)
            commit();
    }
    put("z", "lives");
    commit();
    gate_open(&the_gate);
    native_close_writer(&n);
    ck_assert_uint_eq(native_segments(&n), 1);
    ck_assert_uint_eq(native_files(&n), 2);
    ck_assert_str_eq(native_keys(&n), "z17");
    native_index_close(&n);
}
END_TEST

START_TEST(optimize_stops_a_merge_and_makes_one_of_all)
{
    pthread_t opener;

    begin(LEDE_DURABLE);
    await_merge();
    change_meanwhile();
    opener = begin_to_open();
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_OPTIMIZE), LEDE_OK);
    ck_assert(atomic_load(&has_waited));
    ck_assert_uint_eq(native_segments(&n), 1);
    ck_assert_str_eq(native_keys(&n), "b10 c11 e13 f6 g7 h8");
    ck_assert_uint_eq(native_files(&n), 2);
    ck_assert_uint_eq(lede_native_writer_merge_failures(n.writer), 0);
    ck_assert_int_eq(pthread_join(opener, NULL), 0);
    native_index_close(&n);
}
END_TEST

START_TEST(close_waits_for_what_is_due)
{
    pthread_t opener;

    begin(LEDE_DURABLE);
    await_merge();
    put("z", "dropped");
    opener = begin_to_open();
    native_close_writer(&n);
    ck_assert(atomic_load(&has_waited));
    ck_assert_uint_eq(native_segments(&n), 1);
    ck_assert_uint_eq(native_files(&n), 2);
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3 d4 e5 f6 g7 h8");
    ck_assert_int_eq(pthread_join(opener, NULL), 0);
    native_index_close(&n);
}
END_TEST

/* ---- Failures ---- */

/* Whether the fault struck. The merge is the only one to touch the disk. */
static bool fail_merge(uint64_t at, bool sticky)
{
    uint32_t failures = 0;
    bool struck;

    gate_shut(&the_gate);
    begin(LEDE_DURABLE);
    await_merge();
    n.faults.fail_at = n.faults.calls + at;
    n.faults.sticky = sticky;
    gate_open(&the_gate);
    for (uint32_t ms = 0; failures == 0 && native_segments(&n) > 1; ms++) {
        ck_assert_uint_lt(ms, PATIENCE_MS);
        failures = (uint32_t)lede_native_writer_merge_failures(n.writer);
        rest_a_while();
    }
    failures = (uint32_t)lede_native_writer_merge_failures(n.writer);
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3 d4 e5 f6 g7 h8");
    if (failures == 0) /* it has been committed; close waits for its end */
        native_close_writer(&n);
    struck = n.faults.failures > 0;
    n.faults.fail_at = 0;
    if (failures == 0)
        open_writer(2);
    if (native_put(&n, 0, "z", 99, "on we go") != LEDE_OK ||
        native_finish(&n, LEDE_FINISH_COMMIT) != LEDE_OK) {
        ck_assert_uint_gt(failures, 0);
        native_close_writer(&n); /* poisoned */
        open_writer(2);
        ck_assert_int_eq(native_put(&n, 0, "z", 99, "on we go"), LEDE_OK);
        commit();
    }
    native_close_writer(&n);
    ck_assert_uint_eq(n.faults.open_outs, 0);
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3 d4 e5 f6 g7 h8 z99");
    ck_assert_uint_le(native_segments(&n), 2);
    native_index_close(&n);
    return struck;
}

START_TEST(a_merge_that_fails_anywhere_costs_only_itself)
{
    uint64_t faults = 0;

    for (uint32_t sticky = 0; sticky < 2; sticky++)
        for (uint64_t at = 1; fail_merge(at, sticky); at++)
            faults++;
    printf("    %llu faults\n", (unsigned long long)faults);
    ck_assert_uint_gt(faults, 20);
}
END_TEST

static atomic_uint made_by_merges;

static bool count_and_spoil(void *ctx, dir_fault_kind kind)
{
    const gate *g = ctx;
    bool merges = kind == DIR_FAULT_CREATE && !gate_is_owner(g);

    if (merges)
        (void)atomic_fetch_add(&made_by_merges, 1);
    return merges;
}

START_TEST(a_merge_is_not_tried_for_ever)
{
    native_index_open(&n, 1, LEDE_NOT_DURABLE);
    native_close_writer(&n);
    n.faults.before = count_and_spoil;
    n.faults.ctx = &the_gate;
    atomic_store(&made_by_merges, 0);
    open_writer(2);
    for (uint32_t i = 0; i < 3 * LEDE_MERGE_FACTOR; i++) {
        put("k", "words");
        put(i % 2 ? "l" : "m", "words");
        commit();
        rest_a_while();
        rest_a_while();
    }
    ck_assert_uint_le(atomic_load(&made_by_merges), 3);
    native_close_writer(&n);
    ck_assert_uint_le(atomic_load(&made_by_merges), 3);
    ck_assert_uint_gt(atomic_load(&made_by_merges), 0);
    n.faults.before = NULL;
    native_index_close(&n);
}
END_TEST

/* ---- Everything at once ---- */

static atomic_bool reading;

static void *read_on(void *ctx)
{
    const char **wrong = ctx;
    uint64_t newest = 0;

    do {
        lede_native_snapshot *snapshot = NULL;

        if (lede_native_snapshot_open(&snapshot, n.shelf, NULL) != LEDE_OK)
            return *wrong = "a snapshot does not open", NULL;
        if (snapshot->manifest->generation < newest)
            return *wrong = "an older commit came back", NULL;
        newest = snapshot->manifest->generation;
        for (uint32_t i = 0; i < snapshot->count; i++)
            if (lede_segment_check(snapshot->parts[i].segment, NULL, NULL) !=
                LEDE_OK)
                return *wrong = "a segment is damaged", NULL;
        lede_native_snapshot_release(snapshot);
    } while (atomic_load(&reading));
    return NULL;
}

START_TEST(lanes_merges_commits_and_readers_share_an_index)
{
    chance c = chance_from("merges", 1);
    uint32_t steps = test_is_long() ? 4000 : 200;
    pthread_t readers[2];
    const char *wrong[2] = { NULL, NULL };

    native_index_open(&n, 1, LEDE_DURABLE);
    native_close_writer(&n);
    open_writer(2);
    atomic_store(&reading, true);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_on, &wrong[i]),
                         0);
    for (uint32_t i = 0; i < steps; i++) {
        char key[8];

        (void)snprintf(key, sizeof key, "k%u", chance_below(&c, 40));
        put(key, chance_one_in(&c, 4) ? NULL : "a few words");
        if (chance_one_in(&c, 3))
            commit();
        else if (chance_one_in(&c, 40))
            ck_assert_int_eq(native_finish(&n, LEDE_FINISH_OPTIMIZE), LEDE_OK);
        else if (chance_one_in(&c, 20))
            ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK), LEDE_OK);
    }
    commit();
    native_close_writer(&n);
    atomic_store(&reading, false);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(readers[i], NULL), 0);
        ck_assert_msg(!wrong[i], "%s", wrong[i]);
    }
    ck_assert_uint_lt(native_segments(&n), LEDE_MERGE_FACTOR);
    native_index_close(&n);
}
END_TEST

/* ---- Crashes ---- */

/* Notes are counts of articles; one more may have been committed. */
static bool is_whole(void *ctx, lede_dir *dir, const crash_point *at)
{
    native_left left = native_look(dir);

    (void)ctx;
    if (!left.opens)
        return at->noted == 0;
    return left.whole && (at->noted == 0 || left.live + 1 == at->noted ||
                          left.live == at->noted);
}

START_TEST(a_crash_amid_merges_leaves_a_whole_commit)
{
    chance c = chance_from("merge crash", 1);
    crash_explorer e = { .log = &n.log,
                         .visit = is_whole,
                         .most = test_is_long() ? 512 : 4,
                         .seed = chance_next(&c) };

    native_index_open(&n, 1, LEDE_DURABLE);
    native_close_writer(&n);
    dir_log_note(&n.log, 1);
    open_writer(2);
    for (uint32_t i = 0; i < LEDE_MERGE_FACTOR + 2; i++) {
        char key[2] = { (char)('a' + i), '\0' };

        put(key, "some words");
        commit();
        dir_log_note(&n.log, i + 2);
    }
    native_close_writer(&n);
    crash_explore(&e);
    printf("    %llu states\n", (unsigned long long)e.states);
    ck_assert_msg(e.violations == 0, "after %zu operations",
                  e.first.operations);
    ck_assert_uint_gt(e.states, 500);
    native_index_close(&n);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_merge_commits_itself_and_nothing_else);
    tcase_add_test(tcase, what_dies_while_a_merge_is_made_is_dead_after_it);
    tcase_add_test(tcase, what_was_pending_can_be_rolled_back_after_a_merge);
    tcase_add_test(tcase, a_rollback_does_not_stop_a_merge);
    tcase_add_test(tcase, a_merge_of_which_nothing_lives_leaves_nothing);
    tcase_add_test(tcase, optimize_stops_a_merge_and_makes_one_of_all);
    tcase_add_test(tcase, close_waits_for_what_is_due);
    tcase_add_test(tcase, a_merge_that_fails_anywhere_costs_only_itself);
    tcase_add_test(tcase, a_merge_is_not_tried_for_ever);
    tcase_add_test(tcase, lanes_merges_commits_and_readers_share_an_index);
    tcase_add_test(tcase, a_crash_amid_merges_leaves_a_whole_commit);
}

int main(void)
{
    return test_suite_run("merges", add_tests);
}
