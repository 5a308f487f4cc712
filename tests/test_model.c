/*
 * Random operations on a native index leave what a model says; whatever does
 * not is shrunk to a script that can be run again:
 *
 *     LEDE_MODEL="put 1 7, commit, delete 1, kill, commit" test_model
 *
 * Several processes share a long run when each has a seed of its own:
 *
 *     LEDE_SEED=2 LEDE_MODEL_COUNT=2500000 test_model
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/model.h"
#include "support/suite.h"

/* Scripts for each process, and after how many a long run says how far it is.
 */
#define BATCH 100U
#define NEWS  100000U

static void fail_with(model_script *script, model_failure *failure,
                      uint64_t seed)
{
    char text[MODEL_TEXT_MAX];

    model_shrink(script, failure);
    model_write(text, script);
    ck_abort_msg("seed %llu: %s\n    LEDE_MODEL=\"%s\"",
                 (unsigned long long)seed, failure->message, text);
}

/* Runs scripts from a seed on; returns the seed of one that fails, or 0. */
static uint64_t run_scripts(uint64_t seed, uint64_t count, model_counts *counts)
{
    for (uint64_t done = 0; done < count; done += BATCH) {
        uint64_t well = model_try_many(seed + done, BATCH, counts);

        if (well < BATCH)
            return seed + done + well;
        if (done && done % NEWS == 0) {
            printf("    %llu sequences\n", (unsigned long long)done);
            fflush(stdout);
        }
    }
    return 0;
}

static uint64_t count_wanted(void)
{
    const char *count = getenv("LEDE_MODEL_COUNT");

    if (count)
        return strtoull(count, NULL, 10);
    return test_is_long() ? 5000000 : test_is_sanitized() ? 2000 : 20000;
}

START_TEST(random_operations_leave_what_the_model_says)
{
    bool slow = test_is_sanitized();
    chance c = chance_from("model", slow ? chance_of_today() : 1);
    uint64_t seed = chance_next(&c) >> 16, failed;
    uint64_t count = count_wanted();
    model_counts counts = { 0 };
    model_failure failure;
    model_script script;

    failed = run_scripts(seed, count, &counts);
    printf(
        "    %llu steps, %llu commits, %llu optimized, %llu failures, "
        "%llu deaths, %llu recovered, %llu looks\n",
        (unsigned long long)counts.steps, (unsigned long long)counts.commits,
        (unsigned long long)counts.merges, (unsigned long long)counts.strikes,
        (unsigned long long)counts.deaths, (unsigned long long)counts.salvaged,
        (unsigned long long)counts.looks);
    ck_assert_msg(failed || counts.commits > count, "so few commits");
    ck_assert_msg(failed || counts.strikes > count / 8, "so few failures");
    if (failed) {
        model_random(&script, failed);
        (void)model_try(&script, &failure);
        fail_with(&script, &failure, failed);
    }
}
END_TEST

START_TEST(a_script_runs_again)
{
    const char *text = getenv("LEDE_MODEL");
    model_failure failure;
    model_counts counts = { 0 };
    model_script script;

    ck_assert(model_read(&script, text ? text : "put 1 7, commit"));
    if (!model_run(&script, &failure, &counts))
        ck_abort_msg("step %u: %s", failure.at, failure.message);
}
END_TEST

/* What was found once. */
START_TEST(scripts_that_failed_do_not)
{
    static const char *const scripts[] = {
        /* forms of a commit that failed */
        "field, commit, field, fail 1, commit, rollback, put 0 3, put 0 26",
        /* files written without syncs, named by a commit with them */
        "reopen 2, put, commit, reopen, put 1, commit, crash 1",
        /* a commit that is there, and nothing to be seen of it */
        ("reopen 2 1, put, put, rollback, starve 22, delete, optimize, "
         "crash 183"),
        /* so of merges, as the writer closed */
        "reopen 2 1, fill, delete, fail 1, commit, kill, reopen, crash",
        /* recovered, beside a manifest that never was one */
        "reopen 2 1, put, commit, put 1, commit, fill, crash 401",
    };
    model_failure failure;
    model_script script;

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        ck_assert(model_read(&script, scripts[i]));
        if (!model_try(&script, &failure))
            ck_abort_msg("%s: step %u: %s", scripts[i], failure.at,
                         failure.message);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_script_runs_again);
    tcase_add_test(tcase, scripts_that_failed_do_not);
    if (!getenv("LEDE_MODEL"))
        tcase_add_test(tcase, random_operations_leave_what_the_model_says);
}

int main(void)
{
    return test_suite_run("model", add_tests);
}
