/* What the native writer leaves, whatever happens to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/crash.h"
#include "support/native_index.h"
#include "support/suite.h"

static native_index n;

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

static void expect_order(lede_durability durability, const char *expected)
{
    char *order;

    native_index_open(&n, 1, durability);
    put("a", "one two");
    put("b", "one");
    commit();
    dir_log_fini(&n.log);
    put("a", "three");
    commit();
    order = dir_log_order(&n.log);
    ck_assert_str_eq(order, expected);
    free(order);
    ck_assert_str_eq(native_keys(&n), "a3 b2");
    native_index_close(&n);
}

/* Half of the first segment is dead, so it is written again; the old one goes
 * last. */
START_TEST(a_commit_has_one_order_of_operations)
{
    expect_order(LEDE_DURABLE,
                 "create segment, write, sync, close, "
                 "create segment, write, sync, close, "
                 "create tmp, write, sync, close, sync dir, rename MANIFEST, "
                 "sync dir, unlink segment");
    expect_order(LEDE_ORDERED,
                 "create segment, write, sync, close, "
                 "create segment, write, sync, close, "
                 "create tmp, write, sync, close, sync dir, rename MANIFEST");
    expect_order(LEDE_NOT_DURABLE, "create segment, write, close, "
                                   "create segment, write, close, "
                                   "create tmp, write, close, rename MANIFEST, "
                                   "unlink segment");
}
END_TEST

START_TEST(an_ordered_commit_unlinks_what_the_one_before_left)
{
    native_index_open(&n, 1, LEDE_ORDERED);
    put("a", "one");
    commit();
    put("a", "two");
    commit();
    ck_assert_uint_eq(native_files(&n), 3); /* the first segment still is */
    put("a", "three");
    commit();
    ck_assert_uint_eq(native_files(&n), 3);
    ck_assert_str_eq(native_keys(&n), "a3");
    native_index_close(&n);
}
END_TEST

/* Files are: MANIFEST, the segment of the last synced commit, and the newest. */
START_TEST(without_syncs_what_was_synced_stays)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    put("a", "one");
    commit();
    native_close_writer(&n);
    n.settings.durability = LEDE_NOT_DURABLE;
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    for (uint32_t i = 0; i < 4; i++) {
        put("a", "one");
        commit();
        ck_assert_uint_eq(native_files(&n), 1 + 2);
    }
    native_close_writer(&n);
    n.settings.durability = LEDE_DURABLE;
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    ck_assert_uint_eq(native_files(&n), 1 + 2);
    put("b", "two");
    commit();
    ck_assert_uint_eq(native_files(&n), 1 + 2); /* two segments of one commit */
    ck_assert_str_eq(native_keys(&n), "a5 b6");
    native_index_close(&n);
}
END_TEST

/* And not again where that is known. */
START_TEST(what_was_not_synced_is_before_it_is_relied_on)
{
    char *order;

    native_index_open(&n, 1, LEDE_NOT_DURABLE);
    for (char key[] = "a"; key[0] <= 'x'; key[0]++)
        put(key, "one");
    commit();
    ck_assert_int_eq(native_put(&n, 0, "a", ++n.sequence, NULL), LEDE_OK);
    commit();
    native_close_writer(&n);
    n.settings.durability = LEDE_ORDERED;
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    dir_log_fini(&n.log);
    put("b", "two");
    commit();
    order = dir_log_order(&n.log);
    ck_assert_str_eq(order, "create segment, write, sync, close, "
                            "sync segment, sync live, sync MANIFEST, "
                            "create live, write, sync, close, "
                            "create tmp, write, sync, close, sync dir, "
                            "rename MANIFEST");
    free(order);
    native_close_writer(&n);
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    dir_log_fini(&n.log);
    put("y", "two");
    commit();
    order = dir_log_order(&n.log);
    ck_assert_ptr_null(strstr(order, "sync segment"));
    free(order);
    ck_assert_ptr_nonnull(strstr(native_keys(&n), "b26 c3 d4"));
    native_index_close(&n);
}
END_TEST

START_TEST(a_writer_removes_what_a_crash_left)
{
    lede_out *out = NULL;

    native_index_open(&n, 1, LEDE_DURABLE);
    put("a", "one");
    commit();
    native_close_writer(&n);
    ck_assert_int_eq(
        lede_dir_create(n.memory, &out,
                        "0000000000000002-00000000000000ff.segment", NULL),
        LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_create(n.memory, &out, "notes.txt", NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
    ck_assert_uint_eq(native_files(&n), 4);
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    ck_assert_uint_eq(native_files(&n), 3); /* what is not ours stays */
    native_index_close(&n);
}
END_TEST

START_TEST(a_commit_of_notes_writes_a_manifest_and_no_more)
{
    lede_bytes notes = lede_bytes_of_text("far as here");
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT, .notes = &notes };
    char *order;

    native_index_open(&n, 1, LEDE_DURABLE);
    put("a", "one");
    put("b", "one");
    put("c", "one");
    put("d", "one");
    put("e", "one");
    put("f", "one");
    commit();
    ck_assert_int_eq(native_put(&n, 0, "a", ++n.sequence, NULL), LEDE_OK);
    commit();
    dir_log_fini(&n.log);
    for (uint32_t i = 0; i < 2; i++) /* the second has nothing new */
        ck_assert_int_eq(
            lede_native_writer_finish(n.writer, &finish, &n.generation, &n.err),
            LEDE_OK);
    order = dir_log_order(&n.log);
    ck_assert_str_eq(order, "create tmp, write, sync, close, sync dir, "
                            "rename MANIFEST, sync dir");
    free(order);
    native_index_close(&n);
}
END_TEST

/* Counted by what may fail: one look at the manifest's stamp each. */
START_TEST(looking_again_at_the_same_commit_costs_one_stat)
{
    lede_native_snapshot *first = NULL, *again = NULL;
    uint64_t generation = 0;

    native_index_open(&n, 1, LEDE_DURABLE);
    put("a", "one");
    commit();
    ck_assert_int_eq(lede_native_snapshot_open(&first, n.shelf, NULL), LEDE_OK);
    n.faults.calls = 0;
    for (uint32_t i = 0; i < 10; i++) {
        ck_assert_int_eq(lede_native_snapshot_open(&again, n.shelf, NULL),
                         LEDE_OK);
        ck_assert_ptr_eq(again, first);
        lede_native_snapshot_release(again);
        ck_assert_int_eq(lede_shelf_generation(n.shelf, &generation, NULL),
                         LEDE_OK);
        ck_assert_uint_eq(generation, 1);
    }
    ck_assert_uint_eq(n.faults.calls, 20);
    n.faults.calls = 0;
    n.faults.kinds = DIR_FAULT_STAMP;
    ck_assert_int_eq(lede_shelf_generation(n.shelf, &generation, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(n.faults.calls, 1);
    put("b", "two");
    commit();
    ck_assert_int_eq(lede_shelf_generation(n.shelf, &generation, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(generation, 2);
    ck_assert_int_eq(lede_native_snapshot_open(&again, n.shelf, NULL), LEDE_OK);
    ck_assert_uint_eq(again->manifest->generation, 2);
    lede_native_snapshot_release(again);
    lede_native_snapshot_release(first);
    native_index_close(&n);
}
END_TEST

/* Two commits: one with everything in it, and one that merges. Returns the
 * first failure, and the keys that were acknowledged. */
static lede_status work(const char **acknowledged)
{
    lede_status status = native_put(&n, 0, "a", 11, "new words");

    if (status == LEDE_OK)
        status = native_put(&n, 0, "b", 12, NULL);
    if (status == LEDE_OK)
        status = native_put(&n, 0, "d", 13, "more words");
    if (status == LEDE_OK)
        status = native_finish(&n, LEDE_FINISH_COMMIT);
    if (status != LEDE_OK)
        return status;
    *acknowledged = "a11 c3 d13";
    status = native_put(&n, 0, "e", 14, "last words");
    if (status == LEDE_OK)
        status = native_finish(&n, LEDE_FINISH_OPTIMIZE);
    if (status == LEDE_OK)
        *acknowledged = "a11 c3 d13 e14";
    return status;
}

static bool is_one_of(const char *keys, const char *acknowledged)
{
    static const char *const states[] = { "a1 b2 c3", "a11 c3 d13",
                                          "a11 c3 d13 e14" };
    bool from = false;

    /* What was acknowledged, or the commit that was under way. */
    for (size_t i = 0, more = 0; i < 3 && more < 2; i++) {
        from = from || strcmp(states[i], acknowledged) == 0;
        more += from;
        if (from && strcmp(states[i], keys) == 0)
            return true;
    }
    return false;
}

/* After a failure: the writer says it again until a rollback; poisoned, for
 * good. Then a new writer goes on. */
static void expect_recovery(lede_status status, uint64_t at)
{
    bool poisoned;

    ck_assert_msg(native_finish(&n, LEDE_FINISH_COMMIT) == status,
                  "call %llu: another failure", (unsigned long long)at);
    n.faults.fail_at = 0;
    poisoned = native_finish(&n, LEDE_FINISH_ROLLBACK) != LEDE_OK;
    if (status == LEDE_ERR_UNKNOWN_COMMIT)
        ck_assert_msg(poisoned, "call %llu", (unsigned long long)at);
    if (poisoned) {
        native_close_writer(&n);
        ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    }
    ck_assert_int_eq(native_put(&n, 0, "z", 99, "on we go"), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
    ck_assert_ptr_nonnull(strstr(native_keys(&n), "z99"));
}

static void begin_work(void)
{
    native_index_open(&n, 1, LEDE_DURABLE);
    put("a", "one two three");
    put("b", "two three");
    put("c", "three");
    commit();
    n.faults.calls = 0;
}

/* Returns whether anything failed. */
static bool fault_at(uint64_t at, bool sticky)
{
    const char *acknowledged = "a1 b2 c3";
    lede_status status;
    bool struck;

    begin_work();
    n.faults.fail_at = at;
    n.faults.sticky = sticky;
    status = work(&acknowledged);
    struck = n.faults.failures > 0;
    ck_assert_msg(is_one_of(native_keys(&n), acknowledged), "call %llu: %s",
                  (unsigned long long)at, n.keys);
    ck_assert_uint_eq(n.faults.open_outs, 0);
    if (status != LEDE_OK)
        expect_recovery(status, at);
    native_index_close(&n);
    return struck;
}

START_TEST(a_fault_anywhere_leaves_what_was_acknowledged)
{
    uint64_t calls = 0;

    for (uint32_t sticky = 0; sticky < 2; sticky++)
        for (uint64_t at = 1; fault_at(at, sticky); at++)
            calls++;
    printf("    %llu faults\n", (unsigned long long)calls);
    ck_assert_uint_gt(calls, 100);
}
END_TEST

START_TEST(a_full_disk_leaves_what_was_acknowledged)
{
    uint64_t budgets = 0;

    for (uint64_t room = 0;; room += test_is_long() ? 1 : 37) {
        const char *acknowledged = "a1 b2 c3";
        lede_status status;
        bool struck;

        native_index_open(&n, 1, LEDE_DURABLE);
        put("a", "one two three");
        put("b", "two three");
        put("c", "three");
        commit();
        n.faults.budget = 1500 + room;
        status = work(&acknowledged);
        struck = n.faults.failures > 0;
        ck_assert(is_one_of(native_keys(&n), acknowledged));
        ck_assert_uint_eq(n.faults.open_outs, 0);
        if (status != LEDE_OK) {
            ck_assert_int_eq(status, LEDE_ERR_FULL);
            n.faults.budget = UINT64_MAX;
            expect_recovery(status, room);
        }
        native_index_close(&n);
        if (!struck)
            break;
        budgets++;
    }
    printf("    %llu budgets\n", (unsigned long long)budgets);
    ck_assert_uint_gt(budgets, 10);
}
END_TEST

static uint32_t files_before_unknown;

/* Fails at the sync of the directory behind the rename. */
START_TEST(an_unknown_commit_poisons_and_deletes_nothing)
{
    begin_work();
    files_before_unknown = native_files(&n);
    n.faults.kinds = DIR_FAULT_DIR_SYNC;
    n.faults.calls = 0;
    n.faults.fail_at = 2;
    ck_assert_int_eq(native_put(&n, 0, "a", 11, "new"), LEDE_OK);
    ck_assert_int_eq(native_put(&n, 0, "b", 12, "new"), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT),
                     LEDE_ERR_UNKNOWN_COMMIT);
    ck_assert_uint_gt(native_files(&n), files_before_unknown);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK),
                     LEDE_ERR_UNKNOWN_COMMIT);
    ck_assert_int_eq(native_put(&n, 0, "x", 13, "new"),
                     LEDE_ERR_UNKNOWN_COMMIT);
    dir_log_fini(&n.log);
    native_close_writer(&n);
    ck_assert_uint_eq(n.log.count, 0);
    ck_assert_str_eq(native_keys(&n), "a11 b12 c3");
    native_index_close(&n);
}
END_TEST

START_TEST(a_failed_directory_sync_poisons_before_the_rename_too)
{
    begin_work();
    n.faults.kinds = DIR_FAULT_DIR_SYNC;
    n.faults.calls = 0;
    n.faults.fail_at = 1;
    ck_assert_int_eq(native_put(&n, 0, "a", 11, "new"), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_ERR_IO);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK), LEDE_ERR_IO);
    ck_assert_str_eq(native_keys(&n), "a1 b2 c3");
    native_index_close(&n);
}
END_TEST

START_TEST(a_merge_that_fails_costs_only_itself)
{
    begin_work();
    n.faults.kinds = DIR_FAULT_CREATE;
    n.faults.calls = 0;
    n.faults.fail_at = 2; /* the segment that is merged */
    ck_assert_int_eq(native_put(&n, 0, "a", 11, "new"), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
    ck_assert_uint_eq(n.merge_failures, 1);
    ck_assert_str_eq(native_keys(&n), "a11 b2 c3");
    n.faults.fail_at = 0;
    ck_assert_int_eq(native_put(&n, 0, "d", 12, "new"), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
    ck_assert_uint_eq(n.merge_failures, 1);
    ck_assert_str_eq(native_keys(&n), "a11 b2 c3 d12");
    native_index_close(&n);
}
END_TEST

/* ---- Crashes ---- */

static bool is_whole(void *ctx, lede_dir *dir, const crash_point *at)
{
    native_left left = native_look(dir);

    (void)ctx;
    if (!left.opens)
        return at->noted == 0; /* before the first commit was answered */
    return left.whole && left.generation + 1 >= at->noted &&
           left.generation <= at->noted;
}

/* Notes are generations + 1, so that 0 is none. */
static void note_commit(void)
{
    commit();
    dir_log_note(&n.log, n.generation + 1);
}

START_TEST(a_crash_of_the_writer_leaves_a_whole_commit)
{
    chance c = chance_from("writer crash", 1);
    crash_explorer e = { .log = &n.log,
                         .visit = is_whole,
                         .most = test_is_long() ? 1024 : 40 };

    native_index_open(&n, 1, LEDE_DURABLE);
    dir_log_note(&n.log, 1);
    put("a", "one two three");
    put("b", "two three");
    note_commit();
    put("a", "three");
    put("c", "four");
    note_commit();
    ck_assert_int_eq(native_put(&n, 0, "b", ++n.sequence, NULL), LEDE_OK);
    put("d", "four five");
    note_commit();
    e.seed = chance_next(&c);
    crash_explore(&e);
    printf("    %llu states\n", (unsigned long long)e.states);
    ck_assert_msg(e.violations == 0, "after %zu operations",
                  e.first.operations);
    ck_assert_uint_gt(e.states, 1000);
    native_index_close(&n);
}
END_TEST

/* ---- Against a model ---- */

#define KEYS 24U

typedef struct model {
    uint64_t now[KEYS];  /* sequence of the live article; 0: none */
    uint64_t next[KEYS]; /* as the next commit makes it */
    uint64_t last[KEYS]; /* sequence of the last change */
} model;

static int by_name(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void expect_model(const model *m)
{
    char names[KEYS][32], text[KEYS * 33] = "";
    uint32_t count = 0;

    for (uint32_t k = 0; k < KEYS; k++)
        if (m->now[k])
            (void)snprintf(names[count++], 32, "k%u_%llu", k,
                           (unsigned long long)m->now[k]);
    qsort(names, count, sizeof *names, by_name);
    for (uint32_t i = 0; i < count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, names[i]);
    }
    ck_assert_str_eq(native_keys(&n), text);
}

/* Changes come by all lanes, those of one key in any order; by an only lane in
 * that of their sequences. */
static void change_some(model *m, chance *c)
{
    uint32_t count = chance_below(c, 20);
    uint64_t begin = n.sequence;

    n.sequence += count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = chance_below(c, KEYS);
        uint64_t sequence =
            begin + 1 +
            (n.settings.lanes == 1 || chance_one_in(c, 2) ? i : count - 1 - i);
        char key[16];
        bool gone = chance_one_in(c, 4);

        /* One change for each sequence. */
        for (uint32_t other = 0; other < KEYS; other++)
            if (m->last[other] == sequence)
                sequence = 0;
        if (sequence == 0)
            continue;
        (void)snprintf(key, sizeof key, "k%u_", k);
        ck_assert_int_eq(native_put(&n, chance_below(c, n.settings.lanes), key,
                                    sequence, gone ? NULL : "some words here"),
                         LEDE_OK);
        if (sequence > m->last[k]) {
            m->last[k] = sequence;
            m->next[k] = gone ? 0 : sequence;
        }
    }
}

static void step(model *m, chance *c)
{
    uint32_t what = chance_below(c, 12);

    change_some(m, c);
    if (what == 0) {
        ck_assert_int_eq(native_finish(&n, LEDE_FINISH_ROLLBACK), LEDE_OK);
        memcpy(m->next, m->now, sizeof m->now);
    } else if (what == 1) {
        native_close_writer(&n);
        ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
        memcpy(m->next, m->now, sizeof m->now);
    } else {
        ck_assert_int_eq(native_finish(&n, what == 2 ? LEDE_FINISH_OPTIMIZE
                                                     : LEDE_FINISH_COMMIT),
                         LEDE_OK);
        memcpy(m->now, m->next, sizeof m->now);
        if (what == 2)
            ck_assert_uint_le(native_segments(&n), 1);
    }
    expect_model(m);
}

START_TEST(random_changes_leave_what_a_map_would_hold)
{
    chance c = chance_from("commit", 1);
    uint32_t runs = test_is_long() ? 500 : 30;

    for (uint32_t run = 0; run < runs; run++) {
        model m = { { 0 }, { 0 }, { 0 } };

        native_index_open(&n, 1 + run % 3, (lede_durability)(run % 3));
        native_close_writer(&n);
        n.settings.threads = 1 + run % 2;
        if (run % 4 == 3) /* a flush for every article */
            n.settings.memory_bytes = 1;
        ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
        for (uint32_t i = 0; i < 30; i++)
            step(&m, &c);
        native_close_writer(&n);
        ck_assert_uint_lt(native_segments(&n), 16);
        native_index_close(&n);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_commit_has_one_order_of_operations);
    tcase_add_test(tcase, an_ordered_commit_unlinks_what_the_one_before_left);
    tcase_add_test(tcase, without_syncs_what_was_synced_stays);
    tcase_add_test(tcase, what_was_not_synced_is_before_it_is_relied_on);
    tcase_add_test(tcase, a_commit_of_notes_writes_a_manifest_and_no_more);
    tcase_add_test(tcase, looking_again_at_the_same_commit_costs_one_stat);
    tcase_add_test(tcase, a_writer_removes_what_a_crash_left);
    tcase_add_test(tcase, a_fault_anywhere_leaves_what_was_acknowledged);
    tcase_add_test(tcase, a_full_disk_leaves_what_was_acknowledged);
    tcase_add_test(tcase, an_unknown_commit_poisons_and_deletes_nothing);
    tcase_add_test(tcase,
                   a_failed_directory_sync_poisons_before_the_rename_too);
    tcase_add_test(tcase, a_merge_that_fails_costs_only_itself);
    tcase_add_test(tcase, a_crash_of_the_writer_leaves_a_whole_commit);
    tcase_add_test(tcase, random_changes_leave_what_a_map_would_hold);
}

int main(void)
{
    return test_suite_run("commit", add_tests);
}
