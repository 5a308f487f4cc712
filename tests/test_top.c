#include "native/codec/top.h"

#include <math.h>

#include "support/chance.h"
#include "support/suite.h"

/* A number, as often small as large. */
static uint32_t draw(chance *c, uint32_t bits)
{
    return (uint32_t)(chance_next(c) >> (64 - 1 - chance_below(c, bits)));
}

static double share(uint32_t f, double c)
{
    return f / (f + c);
}

/* What native/codec/top.h says of other parameters. */
START_TEST(no_document_has_a_greater_share_whatever_the_parameters)
{
    chance c = chance_from("tops", 1);
    bool sound = true;

    for (int round = 0; sound && round < 100000; round++) {
        uint32_t f = 1 + draw(&c, 20), l = draw(&c, 30), usual = draw(&c, 20);
        double x = chance_below(&c, 2000) / 1000.0;
        double y = chance_below(&c, 2000) / 1000.0 / (1 + draw(&c, 20));
        double t = lede_top_of(f, l, usual);
        double of = y / (LEDE_TOP_LENGTH / (usual ? usual : 1));
        double r = fmin(x / LEDE_TOP_FIXED, of);

        sound = t >= 1 && t / (t + r * (LEDE_TOP_MOST - t)) >=
                              share(f, x + y * l) * (1 - 1e-12);
    }
    ck_assert(sound);
}
END_TEST

START_TEST(a_top_is_the_least_number_that_holds)
{
    ck_assert_uint_eq(lede_top_of(1, 0, 0), 197); /* 255 x 10 / 13 = 196.15.. */
    ck_assert_uint_eq(lede_top_of(1, 100, 100), 116);  /* 10 / 22 */
    ck_assert_uint_eq(lede_top_of(12, 100, 100), 232); /* 120 / 132 */
    ck_assert_uint_eq(lede_top_of(65535, 0, 100), 255);
    ck_assert_uint_eq(lede_top_of(65536, UINT32_MAX, 1), 255);
    ck_assert_uint_eq(lede_top_of(UINT32_MAX, UINT64_MAX, 1), 255);
    ck_assert_uint_eq(lede_top_of(1, UINT64_MAX, 1), 1);
    ck_assert_uint_eq(lede_top_of(65535, UINT32_MAX, UINT32_MAX), 255);
}
END_TEST

START_TEST(the_top_of_a_hull_is_that_of_its_best_document)
{
    chance c = chance_from("hulls", 1);
    bool sound = true;

    for (int round = 0; sound && round < 2000; round++) {
        lede_hull hull = { 0 };
        uint32_t n = 1 + chance_below(&c, 128), bits = 1 + draw(&c, 4) % 6;
        uint32_t usual = draw(&c, 12);
        uint8_t most = 0, top;

        for (uint32_t i = 0; i < n; i++) {
            uint32_t f = 1 + draw(&c, bits), l = draw(&c, 12);

            top = lede_top_of(f, l, usual);
            most = top > most ? top : most;
            lede_hull_add(&hull, f, l);
        }
        top = lede_top_of_hull(&hull, usual);
        /* Of many high frequencies some stand for their neighbours. */
        sound = bits < 6 ? top == most : top >= most;
    }
    ck_assert(sound);
}
END_TEST

START_TEST(a_moved_top_holds_where_another_length_is_usual)
{
    chance c = chance_from("moved", 1);
    bool sound = true;

    for (int round = 0; sound && round < 100000; round++) {
        uint32_t f = 1 + draw(&c, 18), l = draw(&c, 32);
        uint32_t from = draw(&c, 31), to = draw(&c, 31);
        uint8_t moved = lede_top_moved(lede_top_of(f, l, from), from, to);

        sound = moved >= lede_top_of(f, l, to) &&
                (to > from || moved == lede_top_of(f, l, from));
    }
    ck_assert(sound);
    /* 255 x 128 x 2 / (128 x 2 + 127) */
    ck_assert_uint_eq(lede_top_moved(128, 1, 2), 171);
    ck_assert_uint_eq(lede_top_moved(255, 1, UINT32_MAX), 255);
    ck_assert_uint_eq(lede_top_moved(0, 1, 2), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase,
                   no_document_has_a_greater_share_whatever_the_parameters);
    tcase_add_test(tcase, a_top_is_the_least_number_that_holds);
    tcase_add_test(tcase, the_top_of_a_hull_is_that_of_its_best_document);
    tcase_add_test(tcase, a_moved_top_holds_where_another_length_is_usual);
}

int main(void)
{
    return test_suite_run("top", add_tests);
}
