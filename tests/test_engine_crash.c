/*
 * A crash of the engine at any time, in twelve stories, leaves a commit that
 * may be there, whole; so does one of the writer that comes after it, also
 * where an operation of that one fails. Faults planted in the order of its
 * operations prove that this is seen.
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

typedef struct telling {
    model *story;
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
    model_beginning beginning = { dir, found, t->fail_at, MUTANT_SOUND };
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
    model_beginning beginning = { NULL, NULL, 0, mutation };
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
        printf("    broken after %zu operations: %s\n", e->first.operations,
               text);
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
    ck_assert_uint_gt(states,
                      FAILING / step * (test_is_sanitized() ? 10 : 100));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_crash_leaves_a_commit_that_may_be_there);
    tcase_add_test(tcase, a_crash_of_the_next_writer_too);
    tcase_add_test(tcase, faults_planted_in_its_order_are_seen);
    tcase_add_test(tcase,
                   a_failure_and_then_a_crash_leave_a_commit_that_may_be_there);
}

int main(void)
{
    return test_suite_run("engine crash", add_tests);
}
