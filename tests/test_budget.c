#include "base/budget.h"

#include <pthread.h>

#include "support/suite.h"

START_TEST(a_budget_without_bounds_never_ends)
{
    lede_budget budget;

    lede_budget_init(&budget, 0, NULL, 0);
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(lede_budget_spend(&budget, 1000), LEDE_OK);
    ck_assert_int_eq(lede_budget_take(&budget, UINT64_MAX / 2), LEDE_OK);
    ck_assert_int_eq(lede_budget_look(&budget), LEDE_OK);
    ck_assert_int_eq(lede_budget_spend(NULL, 1), LEDE_OK);
    ck_assert_int_eq(lede_budget_take(NULL, UINT64_MAX), LEDE_OK);
    ck_assert_int_eq(lede_budget_look(NULL), LEDE_OK);
}
END_TEST

START_TEST(time_runs_out_within_a_stride)
{
    lede_budget budget;
    uint64_t begin;

    lede_budget_init(&budget, 1, NULL, 0);
    begin = lede_clock_ns();
    while (lede_clock_ns() < begin + 2000000)
        ;
    for (unsigned i = 0; i < LEDE_BUDGET_STRIDE; i++)
        (void)lede_budget_spend(&budget, 1);
    ck_assert_int_eq(lede_budget_spend(&budget, 1), LEDE_ERR_TIMEOUT);
    ck_assert_int_eq(lede_budget_take(&budget, 1), LEDE_ERR_TIMEOUT);
}
END_TEST

START_TEST(a_timeout_beyond_the_clock_is_none)
{
    lede_budget budget;

    lede_budget_init(&budget, UINT64_MAX, NULL, 0);
    ck_assert_int_eq(lede_budget_look(&budget), LEDE_OK);
    lede_budget_init(&budget, UINT64_MAX / 1000000, NULL, 0);
    ck_assert_int_eq(lede_budget_look(&budget), LEDE_OK);
}
END_TEST

START_TEST(the_first_failure_stays)
{
    lede_cancel *cancel = NULL;
    lede_budget budget;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_budget_init(&budget, 0, cancel, 100);
    ck_assert_int_eq(lede_budget_take(&budget, 60), LEDE_OK);
    ck_assert_int_eq(lede_budget_take(&budget, 41), LEDE_ERR_LIMIT);
    lede_cancel_set(cancel);
    ck_assert_int_eq(lede_budget_look(&budget), LEDE_ERR_LIMIT);
    ck_assert_int_eq(lede_budget_take(&budget, 1), LEDE_ERR_LIMIT);
    lede_cancel_free(cancel);
}
END_TEST

START_TEST(a_token_stops_until_it_is_cleared)
{
    lede_cancel *cancel = NULL;
    lede_budget budget;

    ck_assert_int_eq(lede_cancel_new(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    ck_assert_int_eq(lede_budget_spend(&budget, 1), LEDE_ERR_CANCELLED);
    lede_cancel_clear(cancel);
    ck_assert(!lede_cancel_is_set(cancel));
    ck_assert_int_eq(lede_budget_look(&budget), LEDE_ERR_CANCELLED);
    lede_budget_init(&budget, 0, cancel, 0);
    ck_assert_int_eq(lede_budget_spend(&budget, 1), LEDE_OK);
    lede_cancel_free(cancel);
    lede_cancel_free(NULL);
    lede_cancel_set(NULL);
    lede_cancel_clear(NULL);
    ck_assert(!lede_cancel_is_set(NULL));
}
END_TEST

static void *take_all(void *ctx)
{
    uintptr_t taken = 0;

    while (lede_budget_take(ctx, 1) == LEDE_OK)
        taken++;
    return (void *)taken;
}

START_TEST(threads_share_one_budget)
{
    pthread_t threads[4];
    lede_budget budget;
    uintptr_t sum = 0;

    lede_budget_init(&budget, 0, NULL, 100000);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_all, &budget),
                         0);
    for (int i = 0; i < 4; i++) {
        void *taken = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &taken), 0);
        sum += (uintptr_t)taken;
    }
    /* One more than its end may be seen by the thread that took the last. */
    ck_assert_uint_le(sum, 100000);
    ck_assert_uint_ge(sum, 100000 - 4);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_budget_without_bounds_never_ends);
    tcase_add_test(tcase, time_runs_out_within_a_stride);
    tcase_add_test(tcase, a_timeout_beyond_the_clock_is_none);
    tcase_add_test(tcase, the_first_failure_stays);
    tcase_add_test(tcase, a_token_stops_until_it_is_cleared);
    tcase_add_test(tcase, threads_share_one_budget);
}

int main(void)
{
    return test_suite_run("budget", add_tests);
}
