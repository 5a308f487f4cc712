/* Counts by number, and the first of them in an order: as a sort tells. */
#include "native/match/tally.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/suite.h"

#define NUMBERS 3000U

static bool by_count(const lede_tally *a, const lede_tally *b)
{
    return a->count != b->count ? a->count > b->count : a->number < b->number;
}

static int by_count_for_sort(const void *left, const void *right)
{
    const lede_tally *a = left, *b = right;

    return by_count(a, b) ? -1 : by_count(b, a);
}

/* Counts some numbers, both ways; returns how many different ones. */
static uint32_t count_some(chance *c, lede_tallies *tallies, lede_tally *plain)
{
    uint32_t variety = 1 + chance_below(c, NUMBERS), different = 0;

    for (uint32_t i = 0; i < variety; i++)
        plain[i] = (lede_tally){ .number = i * 0x100000001U };
    for (uint32_t i = chance_below(c, NUMBERS); i > 0; i--) {
        uint32_t at = chance_below(c, variety);
        lede_tally *tally;

        ck_assert_int_eq(lede_tallies_find(tallies, plain[at].number, &tally),
                         LEDE_OK);
        tally->count++;
        plain[at].count++;
    }
    qsort(plain, variety, sizeof *plain, by_count_for_sort);
    while (different < variety && plain[different].count > 0)
        different++;
    return different;
}

START_TEST(numbers_are_counted_and_put_in_order)
{
    static lede_tally plain[NUMBERS];
    chance c = chance_from("tally", 1);

    for (int round = 0; round < 200; round++) {
        lede_arena *arena = lede_arena_new(NULL);
        uint32_t limit = chance_below(&c, round % 2 ? 20 : NUMBERS), count;
        lede_tallies tallies;

        lede_tallies_init(&tallies, NULL, arena);
        count = count_some(&c, &tallies, plain);
        ck_assert_uint_eq(tallies.count, count);
        ck_assert_int_eq(lede_tallies_order(&tallies, by_count, limit),
                         LEDE_OK);
        ck_assert_uint_eq(tallies.count, count < limit ? count : limit);
        for (uint32_t i = 0; i < tallies.count; i++)
            ck_assert(tallies.at[i].number == plain[i].number &&
                      tallies.at[i].count == plain[i].count);
        lede_arena_free(arena);
    }
}
END_TEST

START_TEST(counting_and_ordering_spend_from_the_budget)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_status status = LEDE_OK;
    lede_tallies tallies;
    lede_budget budget;
    lede_tally *tally;

    lede_budget_init(&budget, 0, NULL, 50000);
    lede_tallies_init(&tallies, &budget, arena);
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_int_eq(lede_tallies_find(&tallies, i, &tally), LEDE_OK);
    ck_assert_int_eq(lede_tallies_order(&tallies, by_count, 10), LEDE_OK);
    ck_assert_uint_ge(budget.steps, 100);
    lede_tallies_init(&tallies, &budget, arena);
    for (uint64_t i = 0; i < 10000 && status == LEDE_OK; i++)
        status = lede_tallies_find(&tallies, i, &tally);
    ck_assert_int_eq(status, LEDE_ERR_LIMIT);
    lede_arena_free(arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, numbers_are_counted_and_put_in_order);
    tcase_add_test(tcase, counting_and_ordering_spend_from_the_budget);
}

int main(void)
{
    return test_suite_run("tally", add_tests);
}
