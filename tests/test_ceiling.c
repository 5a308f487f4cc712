/* Ceilings of leaves, added up, are never below their exact points: whatever the
 * parameters of the score, the weights, frequencies and lengths. */
#include "native/match/ceiling.h"
#include "support/chance.h"
#include "support/suite.h"

#include <math.h>

#define ROUNDS 20000
#define LEAVES 12U

/* Over many magnitudes, 0 too. */
static double any_size(chance *c, double most)
{
    return chance_one_in(c, 10) ? 0
                                : most * exp2(-40 * chance_unit(c)) *
                                      (chance_one_in(c, 4) ? 1 : 0.9);
}

static uint64_t any_number(chance *c)
{
    return chance_next(c) >> chance_below(c, 64);
}

typedef struct leaf {
    lede_plan_score score;
    float normals[LEDE_LENGTH_FLOORS];
    uint64_t unit;
    uint64_t units;
    uint64_t length; /* n/256 */
} leaf;

static void draw_leaf(chance *c, leaf *l, const lede_score_rule *rule)
{
    l->score.weight = any_size(c, 1000);
    l->score.average_length = any_size(c, 1e6);
    l->unit = 1 + (any_number(c) & UINT32_MAX);
    l->units = 1 + (any_number(c) & ((1U << 24) - 2));
    l->length = any_number(c) >> 24;
    lede_normals_fill(l->normals, rule, l->score.average_length,
                      LEDE_LENGTH_FLOORS - 1);
}

static uint32_t ceiling_of(const leaf *l, const lede_quanta *quanta,
                           const lede_score_rule *rule)
{
    float weight = lede_quanta_weight(quanta, rule, l->score.weight);
    float tf = (float)((double)l->unit / LEDE_WEIGHT_ONE);

    return lede_ceiling(weight, (float)l->units * tf,
                        l->normals[lede_length_floor(l->length / 256)]);
}

/* Draws leaves of a plan and a document; returns the sum of their ceilings. */
static uint32_t draw_sum(chance *c, lede_quanta *quanta, uint64_t *points)
{
    lede_score_rule rule = { any_size(c, 100), any_size(c, 1), 0 };
    uint32_t count = 1 + chance_below(c, LEAVES), sum = 0;
    leaf leaves[LEAVES] = { 0 };
    double weights = 0;

    for (uint32_t i = 0; i < count; i++) {
        draw_leaf(c, &leaves[i], &rule);
        weights += leaves[i].score.weight;
    }
    rule.scale = lede_score_scale(weights);
    *points = 0;
    if (!lede_quanta_init(quanta, &rule, weights, count)) {
        ck_assert(weights == 0);
        quanta->of_point = 0;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        *points += lede_score_points(&rule, &leaves[i].score,
                                     leaves[i].units * leaves[i].unit,
                                     leaves[i].length);
        sum += ceiling_of(&leaves[i], quanta, &rule);
    }
    return sum;
}

START_TEST(no_points_pass_their_ceilings)
{
    chance c = chance_from("ceiling", 1);
    uint32_t passed = 0, overflows = 0, close = 0;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        lede_quanta quanta;
        uint64_t points;
        uint32_t sum = draw_sum(&c, &quanta, &points), needed;

        needed = lede_quanta_needed(&quanta, (uint32_t)points);
        passed += sum < needed;
        overflows += sum > INT16_MAX;
        close += points > 0 && sum - needed < needed / 8;
    }
    ck_assert_uint_eq(passed, 0);
    ck_assert_uint_eq(overflows, 0);
    /* Lengths are known by steps of a twelfth: most ceilings are near. */
    ck_assert_uint_gt(close, ROUNDS / 2);
}
END_TEST

/* ---- Of blocks, by their tops ---- */

/* As most scores are, for then ratios are told. */
static void draw_rule(chance *c, lede_score_rule *rule)
{
    bool usual = chance_one_in(c, 2);

    *rule = (lede_score_rule){ usual ? 1.2 : any_size(c, 10),
                               usual ? 0.75 : any_size(c, 1), 0 };
}

/* Points of a document, and a ceiling that knows no more than the top of its
 * block: the most of all where no ratio is told. */
static uint32_t draw_topped(chance *c, const lede_quanta *quanta,
                            const lede_score_rule *rule, double weight,
                            uint64_t *points, bool *told)
{
    uint32_t usual = chance_below(c, 1000), share = 1 + chance_below(c, 600);
    uint32_t unit = 1 + (uint32_t)(any_number(c) & (4U * LEDE_WEIGHT_ONE - 1));
    uint32_t frequency = 1 + chance_below(c, 1 + chance_below(c, 300));
    uint32_t words = chance_below(c, 4000);
    lede_plan_score score = { .weight = weight,
                              .average_length = share * usual / 256.0 *
                                                (0.7 + chance_unit(c)) };
    uint16_t ceilings[LEDE_TOP_MOST + 1];
    double ratio = lede_top_ratio(rule, score.average_length, share, usual);
    float quanta_of = lede_quanta_weight(quanta, rule, weight);

    *points = lede_score_points(rule, &score, (uint64_t)frequency * unit,
                                (uint64_t)share * words);
    *told = ratio > 0;
    if (!*told)
        return lede_ceiling_most(quanta_of);
    lede_tops_fill(ceilings, quanta_of, (float)unit / LEDE_WEIGHT_ONE, ratio);
    return ceilings[lede_top_of(frequency, words, usual)];
}

START_TEST(no_points_pass_the_ceilings_of_their_blocks)
{
    chance c = chance_from("tops", 1);
    uint32_t passed = 0, known = 0, close = 0;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t count = 1 + chance_below(&c, LEAVES), sum = 0, needed;
        double weight = 1 + 9 * chance_unit(&c);
        uint64_t points = 0;
        lede_score_rule rule;
        lede_quanta quanta;
        bool all = true;

        draw_rule(&c, &rule);
        rule.scale = lede_score_scale(weight * count);
        ck_assert(lede_quanta_init(&quanta, &rule, weight * count, count));
        for (uint32_t k = 0; k < count; k++) {
            uint64_t own;
            bool told;

            sum += draw_topped(&c, &quanta, &rule, weight, &own, &told);
            points += own;
            all = all && told;
        }
        needed = lede_quanta_needed(&quanta, (uint32_t)points);
        passed += sum < needed;
        known += all;
        close += all && sum - needed < needed / 8;
    }
    ck_assert_uint_eq(passed, 0);
    ck_assert_uint_gt(known, ROUNDS / 4);
    ck_assert_uint_gt(close, known / 2);
}
END_TEST

START_TEST(more_than_all_ceilings_is_never_reached)
{
    lede_score_rule rule = { 1.2, 0.75, 20 };
    lede_quanta quanta;

    ck_assert(lede_quanta_init(&quanta, &rule, 4, 3));
    ck_assert_uint_eq(lede_quanta_needed(&quanta, 0), 0);
    ck_assert_uint_gt(lede_quanta_needed(&quanta, UINT32_MAX), INT16_MAX);
    ck_assert_uint_gt(lede_quanta_needed(&quanta, 5U << 20), INT16_MAX);
}
END_TEST

START_TEST(weights_without_a_quantum_are_told)
{
    lede_score_rule rule = { 1.2, 0.75, 20 };
    lede_quanta quanta;

    ck_assert(!lede_quanta_init(&quanta, &rule, 0, 1));
    ck_assert(!lede_quanta_init(&quanta, &rule, -1, 1));
    ck_assert(!lede_quanta_init(&quanta, &rule, (double)NAN, 1));
    ck_assert(!lede_quanta_init(&quanta, &rule, (double)INFINITY, 1));
    ck_assert(!lede_quanta_init(&quanta, &rule, 1, LEDE_CEILING_LEAVES + 1));
    ck_assert(lede_quanta_init(&quanta, &rule, 1, LEDE_CEILING_LEAVES));
    ck_assert_uint_eq(
        lede_ceiling_most(lede_quanta_weight(&quanta, &rule, (double)NAN)), 1);
    ck_assert_uint_eq(lede_ceiling_most(lede_quanta_weight(&quanta, &rule, -5)),
                      1);
}
END_TEST

START_TEST(a_table_holds_what_is_computed)
{
    chance c = chance_from("ceilings", 1);
    lede_score_rule rule = { 1.2, 0.75, 20 };
    lede_arena *arena = lede_arena_new(NULL);
    const lede_ceilings *table;
    float normals[LEDE_LENGTH_FLOORS];
    uint32_t wrong = 0;

    for (uint32_t round = 0; round < 200; round++) {
        uint32_t most = chance_below(&c, LEDE_LENGTH_FLOORS);
        uint32_t least = chance_below(&c, most + 1);
        float weight = (float)(32000 * chance_unit(&c));
        float tf = (float)any_size(&c, 100) + 0x1p-16F;

        lede_normals_fill(normals, &rule, any_size(&c, 1000), most);
        lede_arena_clear(arena);
        table = lede_ceilings_new(weight, tf, normals, least, most, arena);
        ck_assert_ptr_nonnull(table);
        for (uint32_t floor = least; floor <= most; floor++) {
            for (uint32_t t = 1; t < LEDE_CEILING_ROWS; t++)
                wrong += lede_ceilings_at(table, t, floor) !=
                         lede_ceiling(weight, (float)t * tf, normals[floor]);
            wrong += lede_ceilings_at(table, LEDE_CEILING_ROWS, floor) !=
                     lede_ceiling_most(weight);
            wrong += lede_ceilings_at(table, UINT32_MAX, floor) !=
                     lede_ceiling_most(weight);
        }
    }
    lede_arena_free(arena);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, no_points_pass_their_ceilings);
    tcase_add_test(tcase, no_points_pass_the_ceilings_of_their_blocks);
    tcase_add_test(tcase, more_than_all_ceilings_is_never_reached);
    tcase_add_test(tcase, weights_without_a_quantum_are_told);
    tcase_add_test(tcase, a_table_holds_what_is_computed);
}

int main(void)
{
    return test_suite_run("ceiling", add_tests);
}
