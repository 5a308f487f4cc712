#include "engine/score.h"
#include "support/chance.h"
#include "support/suite.h"

#include <math.h>

#define TRIALS 20000

/* tf 3 is TF(3), a length of 20 LENGTH(20). */
#define TF(n)     ((uint64_t)((n)*LEDE_WEIGHT_ONE))
#define LENGTH(n) ((uint64_t)(n)*256)

START_TEST(idf_is_lucenes)
{
    static const struct {
        uint64_t n, df;
        double idf;
    } cases[] = {
        { 0, 0, 0.6931471805599453 },
        { 10, 1, 1.992430164690206 },
        { 10, 10, 0.04652001563489291 },
        { 10, 11, 0.04652001563489291 }, /* df is at most n */
        { 1000000, 3, 12.562748589468406 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_double_eq_tol(lede_score_idf(cases[i].n, cases[i].df),
                                cases[i].idf, 1e-15 * 16);
}
END_TEST

/* Calculated apart from the code, in exact fractions. */
START_TEST(points_are_the_formula_rounded_down)
{
    static const struct {
        double weight, average, k1, b;
        uint64_t tf, length;
        int32_t scale;
        uint32_t points;
    } cases[] = {
        { 2, 10, 1.2, 0.75, TF(3), LENGTH(20), 20, 1233618 },
        { 2, 0, 1.2, 0.75, TF(3), LENGTH(20), 20, 1497965 }, /* factor 1 */
        { 1, 10, 1.2, 0.75, TF(1), LENGTH(10), 20, 476625 },
        { 5, 4, 1.2, 0.75, TF(0.5), LENGTH(1), 28, 654720624 },
        { 5, 4, 0, 0.75, TF(7), LENGTH(100), 28, 1342177280 }, /* k1 0 */
        { 3, 4, 2, 0, TF(7), LENGTH(100), 8, 597 },
        { 3, 4, 2, 1, TF(7), LENGTH(100), 8, 94 },
        { 2, 10, 1.2, 0.75, 0, LENGTH(20), 20, 0 },
        { 2, 10, 0, 0.75, 0, LENGTH(20), 20, 0 },
        { 0, 10, 1.2, 0.75, TF(3), LENGTH(20), 20, 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_score_rule rule = { cases[i].k1, cases[i].b, cases[i].scale };
        lede_plan_score score = { .weight = cases[i].weight,
                                  .average_length = cases[i].average };

        ck_assert_uint_eq(
            lede_score_points(&rule, &score, cases[i].tf, cases[i].length),
            cases[i].points);
    }
}
END_TEST

static lede_score_rule random_rule(chance *c, double weights)
{
    return (lede_score_rule){ chance_one_in(c, 8) ? 0 : 4 * chance_unit(c),
                              chance_one_in(c, 8) ? 1 : chance_unit(c),
                              lede_score_scale(weights) };
}

static uint64_t random_size(chance *c)
{
    return chance_next(c) >> (chance_below(c, 50) + 12);
}

START_TEST(points_rise_with_tf_and_fall_with_length)
{
    chance c = chance_from("rise and fall", 1);

    for (int i = 0; i < TRIALS; i++) {
        lede_plan_score score = { .weight = 20 * chance_unit(&c),
                                  .average_length = 1000 * chance_unit(&c) };
        lede_score_rule rule = random_rule(&c, score.weight);
        uint64_t tf = random_size(&c), length = random_size(&c);
        uint32_t points = lede_score_points(&rule, &score, tf, length);

        ck_assert_uint_le(points,
                          lede_score_points(&rule, &score, tf + 1, length));
        ck_assert_uint_ge(points,
                          lede_score_points(&rule, &score, tf, length + 1));
        ck_assert_uint_le(points, lede_score_constant(&rule, score.weight));
    }
}
END_TEST

START_TEST(all_points_together_stay_below_31_bits)
{
    chance c = chance_from("scale", 1);

    for (int i = 0; i < TRIALS / 10; i++) {
        uint32_t count = 1 + chance_below(&c, 1024);
        double size = ldexp(1, (int)chance_below(&c, 200) - 100);
        double weight[1024], weights = 0;
        lede_score_rule rule;
        uint64_t sum = 0;

        for (uint32_t at = 0; at < count; at++) {
            weight[at] = size * (chance_one_in(&c, 3) ? 1 : chance_unit(&c));
            weights += weight[at];
        }
        rule = random_rule(&c, weights);
        for (uint32_t at = count; at-- > 0;)
            sum += lede_score_constant(&rule, weight[at]);
        ck_assert_uint_lt(sum, (uint64_t)1 << 31);
        ck_assert_uint_ge(sum + count, (uint64_t)1 << 29);
    }
}
END_TEST

START_TEST(the_scale_is_the_largest_that_fits)
{
    ck_assert_int_eq(lede_score_scale(1), 30);
    ck_assert_int_eq(lede_score_scale(1.5), 30);
    ck_assert_int_eq(lede_score_scale(2), 29);
    ck_assert_int_eq(lede_score_scale(0.25), 32);
    ck_assert_int_eq(lede_score_scale(0x1p40), -10);
    /* So near to 2 that other orders of its sum may reach it. */
    ck_assert_int_eq(lede_score_scale(nextafter(2, 0)), 29);
    ck_assert_int_eq(lede_score_scale(0), 0);
}
END_TEST

START_TEST(no_weight_is_too_odd)
{
    static const double odd[] = { 0, -1, 1e308, 1e-320, HUGE_VAL, -HUGE_VAL };

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        lede_score_rule rule = { 1.2, 0.75, lede_score_scale(odd[i]) };
        lede_plan_score score = { .weight = odd[i], .average_length = 3 };

        ck_assert_uint_lt(lede_score_points(&rule, &score, UINT64_MAX, 0),
                          (uint64_t)1 << 31);
        ck_assert_uint_lt(lede_score_points(&rule, &score, 1, UINT64_MAX),
                          (uint64_t)1 << 31);
    }
    ck_assert_int_eq(lede_score_scale((double)NAN), 0);
    ck_assert_uint_eq(
        lede_score_constant(&(lede_score_rule){ 1, 1, 0 }, (double)NAN), 0);
}
END_TEST

START_TEST(best_is_the_best_and_a_part_of_the_others)
{
    static const struct {
        uint32_t best;
        uint64_t sum;
        uint32_t tie, points;
    } cases[] = {
        { 100, 160, 0, 100 },
        { 100, 160, 256, 160 },
        { 100, 160, 128, 130 },
        { 100, 163, 128, 131 }, /* 31.5, rounded down */
        { 100, 100, 128, 100 },
        { 0, 0, 256, 0 },
        { 2147483647, 2147483647, 256, 2147483647 },
        { 1000000000, 2000000003, 255, 1996093752 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_uint_eq(
            lede_score_best(cases[i].best, cases[i].sum, cases[i].tie),
            cases[i].points);
}
END_TEST

START_TEST(recency_halves_at_each_half_life)
{
    static const struct {
        double weight;
        bool dated;
        int64_t date;
        uint32_t points;
    } cases[] = {
        { 1, true, 1000, 1 << 24 },
        { 1, true, 2000, 1 << 24 }, /* dates to come are not older than now */
        { 1, true, 900, 1 << 23 },
        { 1, true, 800, 1 << 22 },
        { 1, true, 950, 11863283 }, /* 2^24 / sqrt 2 */
        { 1, true, INT64_MIN, 0 },
        { 1, false, 0, 0 },
        { 0.5, true, 900, 3 << 22 },
        { 0.5, false, 0, 1 << 23 },
        { 0.25, true, INT64_MIN, 3 << 22 },
        { 0, true, 0, 1 << 24 },
        { 0, false, 0, 1 << 24 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_recency recency = { 0, cases[i].weight, 100, 1000 };

        ck_assert_uint_eq(lede_score_recency(&recency, 1 << 24, cases[i].dated,
                                             cases[i].date),
                          cases[i].points);
    }
    ck_assert_uint_eq(
        lede_score_recency(&(lede_recency){ LEDE_NO_FIELD, 1, 1, 0 }, 7, false,
                           0),
        7);
}
END_TEST

START_TEST(recency_falls_with_age)
{
    chance c = chance_from("recency", 1);

    for (int i = 0; i < TRIALS; i++) {
        int64_t now = (int64_t)chance_next(&c);
        lede_recency recency = {
            0, chance_unit(&c),
            ldexp(1 + chance_unit(&c), (int)chance_below(&c, 62)), now
        };
        uint32_t points = (uint32_t)chance_next(&c) >> 1;
        int64_t date = now - (int64_t)random_size(&c) / 2;
        uint32_t got = lede_score_recency(&recency, points, true, date);

        if (date > now)
            continue;
        ck_assert_uint_le(got, points);
        ck_assert_uint_le(lede_score_recency(&recency, points, false, 0), got);
        if (date > INT64_MIN)
            ck_assert_uint_le(
                lede_score_recency(&recency, points, true, date - 1), got);
        ck_assert_double_eq_tol(
            got,
            points * (1 - recency.weight +
                      recency.weight *
                          exp2(-(double)((uint64_t)now - (uint64_t)date) /
                               recency.half_life_seconds)),
            2 + points * 0x1p-23);
    }
}
END_TEST

START_TEST(a_score_is_its_points_at_the_scale)
{
    ck_assert_double_eq(lede_score_of(&(lede_score_rule){ 1, 1, 4 }, 24), 1.5);
    ck_assert_double_eq(lede_score_of(&(lede_score_rule){ 1, 1, -4 }, 3), 48);
    ck_assert_double_eq(lede_score_of(&(lede_score_rule){ 1, 1, 0 }, 0), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, idf_is_lucenes);
    tcase_add_test(tcase, points_are_the_formula_rounded_down);
    tcase_add_test(tcase, points_rise_with_tf_and_fall_with_length);
    tcase_add_test(tcase, all_points_together_stay_below_31_bits);
    tcase_add_test(tcase, the_scale_is_the_largest_that_fits);
    tcase_add_test(tcase, no_weight_is_too_odd);
    tcase_add_test(tcase, best_is_the_best_and_a_part_of_the_others);
    tcase_add_test(tcase, recency_halves_at_each_half_life);
    tcase_add_test(tcase, recency_falls_with_age);
    tcase_add_test(tcase, a_score_is_its_points_at_the_scale);
}

int main(void)
{
    return test_suite_run("score", add_tests);
}
