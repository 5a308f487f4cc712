/*
 * A crash of the engine at any time, in twelve stories, leaves a commit that
 * may be there, whole; so does one of the writer that comes after it, also
 * where an operation of that one fails. The same in more stories, of merges on
 * a thread of their own that are made beside puts and commits. Faults planted
 * in the order of its operations, or of a merge's, prove that this is seen.
 *
 * A story that fails runs again by itself:
 *
 *     LEDE_MODEL="put 1 1, commit" test_model
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/model.h"
#include "support/suite.h"

static const char *const stories[] = {
    "",
    "put 1 1, put 2 2, commit",
    "fill 1, commit, put 1 70, commit, put 2 71, commit, put 3 72, commit",
    "fill 1, commit, put 1 70, put 1 71, commit, put 2 71, put 1 72, commit",
    "fill 1, commit, delete 1, commit, delete 2, delete 3, commit, fill 9, "
    "commit",
    "reopen 0 1, fill 1, commit, delete 3, put 4 50, commit",
    "put 1 1, commit, put 2 2, commit, delete 1, optimize, put 1 3, commit, "
    "optimize",
    "reopen 0 1, put 1 1, commit, put 2 2, delete 1, rollback, put 3 3, commit",
    "reopen 1, put 1 1, commit, put 2 2, commit, delete 1, commit, put 1 4, "
    "commit",
    "put 3 3, commit, reopen 2, put 1 1, commit, put 2 2, commit, reopen 0, "
    "put 3 4, commit",
    "field, put 1 1, commit, note 3, commit, field, put 2 2, commit",
    "put 1 1, commit, reopen 0 1, put 2 2, kill, put 3 3, commit, reopen, "
    "delete 1, commit",
};

#define STORIES (sizeof stories / sizeof *stories)

#define EIGHT                                                               \
    "put 0 1, put 1 2, put 2 3, put 3 4, put 4 5, put 5 6, put 6 7, put 7 " \
    "8, commit, "

#define SIX                                                              \
    "reopen 0 1, put 0 1, put 1 2, put 2 3, put 3 4, put 4 5, put 5 6, " \
    "commit, "

/* Merges on a thread of their own, which wait to be let on: so a story says
 * what is done beside them. What comes before `kill` has been there for good.
 */
static const char *const merging[] = {
    /* of eight segments, some of it deleted and put again, committed or not */
    "reopen 0 3, " EIGHT "kill, await, delete 0, put 1 20, commit, delete 2, "
    "put 3 30, put 4 40, merge, commit, reopen",
    /* of one, half dead; the writer closes beside it */
    "reopen 0 2, fill 1, commit, delete 0, delete 1, commit, kill, await, "
    "delete 2, put 3 50, commit, put 4 51, reopen 0 2",
    /* of one of which nothing is left; and of another */
    "reopen 0 2, put 0 1, put 1 2, commit, delete 0, commit, kill, await, "
    "delete 1, put 2 3, put 3 4, commit, merge, delete 2, commit, await, "
    "put 4 5, commit, merge",
    /* what was put beside it is rolled back */
    "reopen 0 3, " EIGHT "kill, await, delete 5, put 6 60, put 7 61, rollback, "
    "delete 4, commit, merge, put 8 9, commit, reopen",
    /* the process dies beside it: the next one merges */
    "reopen 0 3, " EIGHT "await, put 8 9, commit, kill, await, put 6 60, "
    "merge, commit",
    /* ordered */
    "reopen 1 3, " EIGHT "kill, await, delete 0, put 1 20, commit, delete 2, "
    "put 3 30, put 4 40, merge, commit, put 8 9, commit, reopen",
    "reopen 1 2, fill 1, commit, delete 0, delete 1, commit, kill, await, "
    "delete 2, commit, merge, put 3 50, commit, reopen 0 2, put 4 51, commit",
    /* without syncs, after a commit with them */
    SIX "reopen 2 3, put 6 7, put 7 8, commit, await, put 8 9, commit, merge, "
        "put 9 10, commit, reopen 2",
    SIX "reopen 2 3, put 6 7, put 7 8, commit, await, delete 6, commit, merge, "
        "reopen 0, put 9 11, commit",
};

#define MERGING      (sizeof merging / sizeof *merging)
#define MERGING_MOST 12U

typedef struct telling {
    model *story;
    bool beside;    /* what is planted is in merges alone */
    uint32_t every; /* one of so many states has a sequel; 0: none */
    uint64_t fail_at;
    uint64_t sequels, sequel_states, failures;
    bool wrong; /* in a sequel */
    model_counts counts;
} telling;

static const model_step after[] = { { MODEL_PUT, 5, 55 },
                                    { MODEL_COMMIT, 0, 0 } };

static bool holds(void *ctx, lede_dir *dir, const crash_point *at)
{
    telling *t = ctx;
    bool damaged;

    return model_holds(t->story, dir, at, &damaged);
}

/* A writer opens what the crash left and commits, and that crashes too. */
static void tell_sequel(telling *t, lede_dir *dir, const picture *found)
{
    model_beginning beginning = { .image = dir,
                                  .there = found,
                                  .fail_at = t->fail_at };
    model_script script = { .count = 2 };
    telling sequel = { .every = 0 };
    model_failure failure = { 0, "" };
    crash_explorer e = { .visit = holds, .ctx = &sequel, .most = 24 };

    script.steps[0] = after[0];
    script.steps[1] = after[1];
    sequel.story = model_tell(&script, &beginning, &failure, &sequel.counts);
    e.log = model_log(sequel.story, &e.from);
    e.seed = t->sequels++;
    crash_explore(&e);
    t->sequel_states += e.states;
    t->failures += sequel.counts.strikes;
    if (e.violations || !model_end(sequel.story)) {
        t->wrong = true;
        printf("    a sequel: %s, %zu operations\n", failure.message,
               e.first.operations);
    }
    /* Another operation next time. */
    t->fail_at = t->fail_at ? t->fail_at % 30 + 1 : 0;
}

static bool holds_with_sequel(void *ctx, lede_dir *dir, const crash_point *at)
{
    telling *t = ctx;
    picture found;
    bool damaged;

    if (!model_holds(t->story, dir, at, &damaged))
        return false;
    if (damaged || !t->every || t->counts.looks++ % t->every != 0)
        return true;
    if (!model_finds(t->story, dir, at, &found))
        return false;
    tell_sequel(t, dir, &found);
    return !t->wrong;
}

/* Returns how many states broke the promise, and prints the first. */
static uint64_t tell(telling *t, const char *text, dir_mutation mutation,
                     crash_explorer *e)
{
    model_beginning beginning = { .mutation = mutation, .beside = t->beside };
    model_failure failure = { 0, "" };
    model_script script;

    ck_assert(model_read(&script, text));
    t->story = model_tell(&script, &beginning, &failure, &t->counts);
    e->log = model_log(t->story, &e->from);
    e->visit = holds_with_sequel;
    e->ctx = t;
    if (!failure.message[0])
        crash_explore(e);
    if (!model_end(t->story) && mutation == MUTANT_SOUND)
        ck_abort_msg("%s: step %u: %s", text, failure.at, failure.message);
    if (e->violations && mutation == MUTANT_SOUND)
        printf("    broken after %zu operations, seed %llu: %s\n",
               e->first.operations, (unsigned long long)e->seed, text);
    fflush(stdout);
    return e->violations + (failure.message[0] != 0);
}

static uint32_t share(uint32_t most)
{
    return test_is_long() ? most * 40 : test_is_sanitized() ? most / 12 : most;
}

START_TEST(a_crash_leaves_a_commit_that_may_be_there)
{
    chance c = chance_from("engine crash", 1);
    uint64_t states = 0, violations = 0;

    for (size_t i = 0; i < STORIES; i++) {
        telling t = { .every = 0 };
        crash_explorer e = { .most = share(120), .seed = chance_next(&c) };

        violations += tell(&t, stories[i], MUTANT_SOUND, &e);
        states += e.states;
        printf("    %6llu states: %s\n", (unsigned long long)e.states,
               i ? stories[i] : "create");
    }
    printf("    %llu states\n", (unsigned long long)states);
    fflush(stdout);
    ck_assert_uint_eq(violations, 0);
    ck_assert_uint_gt(states, test_is_long()        ? 5000000
                              : test_is_sanitized() ? 10000
                                                    : 200000);
}
END_TEST

START_TEST(a_crash_of_the_next_writer_too)
{
    uint64_t states = 0, sequels = 0, violations = 0, failures = 0;

    for (size_t i = 0; i < STORIES; i++)
        for (uint64_t fail_at = 0; fail_at < 2; fail_at++) {
            telling t = { .every = 499, .fail_at = fail_at };
            crash_explorer e = { .most = share(16), .seed = i };

            violations += tell(&t, stories[i], MUTANT_SOUND, &e) + t.wrong;
            states += t.sequel_states;
            sequels += t.sequels;
            failures += t.failures;
        }
    printf("    %llu sequels, %llu states, %llu failures\n",
           (unsigned long long)sequels, (unsigned long long)states,
           (unsigned long long)failures);
    fflush(stdout);
    ck_assert_uint_eq(violations, 0);
    ck_assert_uint_gt(states, test_is_long()        ? 5000000
                              : test_is_sanitized() ? 1000
                                                    : 20000);
    ck_assert_uint_gt(failures, 0);
}
END_TEST

/* Those that a directory can plant without the writer; and whether they are
 * about an operation that fails. */
static const struct {
    dir_mutation kind;
    bool failing;
} mutations[] = {
    { MUTANT_NO_DIR_SYNC_BEFORE, false },
    { MUTANT_NO_DIR_SYNC_AFTER, false },
    { MUTANT_NO_DIR_SYNC, false },
    { MUTANT_NO_MANIFEST_SYNC, false },
    { MUTANT_NO_SEGMENT_SYNC, false },
    { MUTANT_NO_LIVE_SYNC, false },
    { MUTANT_SYNC_TOO_EARLY, false },
    { MUTANT_RENAME_BEFORE_SYNC, false },
    { MUTANT_MANIFEST_IN_PLACE, false },
    { MUTANT_UNLINK_BEFORE_SYNC, false },
    { MUTANT_NO_SYNC, false },
    { MUTANT_RETRIED_SYNC, true },
    { MUTANT_HIDDEN_SYNC, true },
    { MUTANT_RETRIED_DIR_SYNC, true },
    { MUTANT_HIDDEN_DIR_SYNC, true },
    { MUTANT_DELETES_NEW_ON_UNKNOWN, true },
    { MUTANT_DELETES_OLD_ON_UNKNOWN, true },
};

/* A story in which so manieth an operation fails. */
static uint64_t tell_failing(uint32_t at, dir_mutation mutation,
                             uint64_t *states)
{
    telling t = { .every = 0 };
    crash_explorer e = { .most = mutation == MUTANT_SOUND ? share(24) : 64,
                         .seed = 1,
                         .stop = true };
    char text[128];
    uint64_t violations;

    (void)snprintf(text, sizeof text,
                   "fill 1, commit, fail %u, put 1 70, commit, put 2 71, "
                   "delete 3, commit",
                   (unsigned)at);
    violations = tell(&t, text, mutation, &e);
    *states += e.states;
    return violations;
}

#define FAILING 120U /* operations of the two commits, about */

static bool is_seen(dir_mutation mutation, bool failing)
{
    uint64_t states = 0;

    for (uint32_t at = FAILING; failing && at > 0; at--)
        if (tell_failing(at, mutation, &states))
            return true;
    for (size_t i = 1; !failing && i < STORIES; i++) {
        telling t = { .every = 0 };
        crash_explorer e = { .most = 64, .seed = 1, .stop = true };

        if (tell(&t, stories[i], mutation, &e))
            return true;
    }
    return false;
}

START_TEST(faults_planted_in_its_order_are_seen)
{
    /* What a sanitizer could see here it sees in the other tests too. */
    size_t step = test_is_sanitized() ? 5 : 1;

    for (size_t i = 0; i < sizeof mutations / sizeof *mutations; i += step)
        ck_assert_msg(is_seen(mutations[i].kind, mutations[i].failing),
                      "survived: %s", dir_mutation_name(mutations[i].kind));
    printf("    %zu planted faults seen\n",
           (sizeof mutations / sizeof *mutations + step - 1) / step);
}
END_TEST

/* The same without a fault planted: what fails costs what it says. */
START_TEST(a_failure_and_then_a_crash_leave_a_commit_that_may_be_there)
{
    uint64_t states = 0;

    uint32_t step = test_is_sanitized() ? 7 : 1;

    for (uint32_t at = 1; at <= FAILING; at += step)
        ck_assert_uint_eq(tell_failing(at, MUTANT_SOUND, &states), 0);
    printf("    %llu states\n", (unsigned long long)states);
    ck_assert_uint_gt(states, (uint64_t)FAILING / step *
                                  (test_is_sanitized() ? 10 : 100));
}
END_TEST

/* ---- Beside merges ------------------------------------------------------ */

START_TEST(a_crash_beside_a_merge_leaves_a_commit_that_may_be_there)
{
    chance c = chance_from("crash beside a merge", 1);
    uint64_t states = 0, violations = 0, merges = 0, sequels = 0;

    for (size_t i = 0; i < MERGING; i++) {
        telling t = { .every = 997 };
        crash_explorer e = { .most = share(MERGING_MOST),
                             .seed = chance_next(&c) };

        violations += tell(&t, merging[i], MUTANT_SOUND, &e) + t.wrong;
        states += e.states;
        merges += t.counts.merges;
        sequels += t.sequels;
        printf("    %6llu states: %s\n", (unsigned long long)e.states,
               merging[i]);
    }
    printf("    %llu states, %llu sequels, %llu merges\n",
           (unsigned long long)states, (unsigned long long)sequels,
           (unsigned long long)merges);
    fflush(stdout);
    ck_assert_uint_eq(violations, 0);
    ck_assert_uint_ge(merges, MERGING - 1);
    ck_assert_uint_gt(states, 1000);
}
END_TEST

/* Those that a directory can plant on the thread of merges alone. */
static const struct {
    dir_mutation kind;
    bool failing;
} beside[] = {
    { MUTANT_NO_DIR_SYNC_BEFORE, false },
    { MUTANT_NO_DIR_SYNC_AFTER, false },
    { MUTANT_NO_DIR_SYNC, false },
    { MUTANT_NO_MANIFEST_SYNC, false },
    { MUTANT_NO_SEGMENT_SYNC, false },
    { MUTANT_NO_LIVE_SYNC, false },
    { MUTANT_SYNC_TOO_EARLY, false },
    { MUTANT_RENAME_BEFORE_SYNC, false },
    { MUTANT_MANIFEST_IN_PLACE, false },
    { MUTANT_UNLINK_BEFORE_SYNC, false },
    { MUTANT_UNLINKS_AT_RENAME, false },
    { MUTANT_NO_SYNC, false },
    { MUTANT_HIDDEN_SYNC, true },
    { MUTANT_RETRIED_SYNC, true },
    { MUTANT_HIDDEN_DIR_SYNC, true },
    { MUTANT_RETRIED_DIR_SYNC, true },
    { MUTANT_DELETES_NEW_ON_UNKNOWN, true },
    { MUTANT_DELETES_OLD_ON_UNKNOWN, true },
};

/* A story in which so manieth an operation of a merge fails, or all from it on
 * until the writer goes on. No commit follows that is to be durable where the
 * directory could not be synced: nobody knows then what ever will be. */
static uint64_t tell_failing_merge(uint32_t at, bool sticky,
                                   dir_mutation mutation, telling *t,
                                   crash_explorer *e)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "reopen 0 2, fill 1, commit, delete 0, delete 1, commit, "
                   "kill, await, delete 2, commit, fail %u %u, merge, heal, "
                   "put 4 51, commit",
                   (unsigned)at, (unsigned)sticky);
    return tell(t, text, mutation, e);
}

#define FAILING_MERGE 54U /* operations of the merge, about */

static bool is_seen_beside(dir_mutation mutation, bool failing)
{
    for (uint32_t at = FAILING_MERGE; failing && at > 0; at--) {
        telling t = { .beside = true };
        crash_explorer e = { .most = 8, .seed = 1, .stop = true };

        if (tell_failing_merge(at, false, mutation, &t, &e))
            return true;
    }
    for (size_t i = 0; !failing && i < MERGING; i++) {
        telling t = { .beside = true };
        crash_explorer e = { .most = 8, .seed = 1, .stop = true };

        if (tell(&t, merging[i], mutation, &e))
            return true;
    }
    return false;
}

START_TEST(faults_planted_in_the_order_of_merges_are_seen)
{
    size_t step = test_is_sanitized() ? 9 : 1;

    for (size_t i = 0; i < sizeof beside / sizeof *beside; i += step)
        ck_assert_msg(is_seen_beside(beside[i].kind, beside[i].failing),
                      "survived: %s", dir_mutation_name(beside[i].kind));
    printf("    %zu planted faults seen\n",
           (sizeof beside / sizeof *beside + step - 1) / step);
}
END_TEST

START_TEST(a_merge_that_fails_and_then_a_crash_leave_a_commit_that_may_be_there)
{
    uint32_t step = test_is_sanitized() ? 7 : 1, struck = 0;
    uint64_t states = 0;

    for (uint32_t at = 1; at <= FAILING_MERGE; at += step) {
        telling t = { .every = 0 };
        crash_explorer e = { .most = share(6) + 1, .seed = at };

        ck_assert_uint_eq(
            tell_failing_merge(at, at % 3 == 0, MUTANT_SOUND, &t, &e), 0);
        states += e.states;
        struck += t.counts.strikes > 0;
    }
    printf("    %llu states, %u failures\n", (unsigned long long)states,
           (unsigned)struck);
    ck_assert_uint_gt(states, 1000);
    ck_assert_uint_gt(struck, FAILING_MERGE / step * 3 / 4);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_crash_leaves_a_commit_that_may_be_there);
    tcase_add_test(tcase, a_crash_of_the_next_writer_too);
    tcase_add_test(tcase, faults_planted_in_its_order_are_seen);
    tcase_add_test(tcase,
                   a_crash_beside_a_merge_leaves_a_commit_that_may_be_there);
    tcase_add_test(tcase, faults_planted_in_the_order_of_merges_are_seen);
    tcase_add_test(
        tcase,
        a_merge_that_fails_and_then_a_crash_leave_a_commit_that_may_be_there);
    tcase_add_test(tcase,
                   a_failure_and_then_a_crash_leave_a_commit_that_may_be_there);
}

int main(void)
{
    return test_suite_run("engine crash", add_tests);
}
