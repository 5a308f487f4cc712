#include "base/number.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

START_TEST(integers_are_read_whole_or_not)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { " +42\n", true, 42 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "4 2", false, 0 },
        { "4.0", false, 0 },
        { "0x10", false, 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = 0;

        ck_assert_msg(lede_number_take_int(cases[i].text, strlen(cases[i].text),
                                           &value) == cases[i].ok,
                      "%s", cases[i].text);
        ck_assert_int_eq(value, cases[i].value);
    }
}
END_TEST

START_TEST(decimals_are_read_whole_or_not)
{
    static const struct {
        const char *text;
        bool ok;
        double value;
    } cases[] = {
        { "0", true, 0 },
        { "-0.0", true, 0 },
        { " 1.5 ", true, 1.5 },
        { ".5", true, 0.5 },
        { "5.", true, 5 },
        { "1e3", true, 1000 },
        { "-2.5E-1", true, -0.25 },
        { "1e999", true, HUGE_VAL },
        { "-inf", true, -HUGE_VAL },
        { "Infinity", true, HUGE_VAL },
        { "nan", false, 0 },
        { "", false, 0 },
        { ".", false, 0 },
        { "1e", false, 0 },
        { "1e+", false, 0 },
        { "1,5", false, 0 },
        { "0x1p3", false, 0 },
        { "1.5.2", false, 0 },
        { "+-1", false, 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = 0;

        ck_assert_msg(lede_number_take_double(cases[i].text,
                                              strlen(cases[i].text),
                                              &value) == cases[i].ok,
                      "%s", cases[i].text);
        ck_assert(value == cases[i].value);
        ck_assert(!signbit(value) || value < 0);
    }
}
END_TEST

START_TEST(a_printed_double_reads_back_the_same)
{
    static const double values[] = {
        0,     0.1,           1.0 / 3,
        1e300, -2.5,          5e-324,
        1e21,  123456789.125, 1.7976931348623157e308
    };
    char out[LEDE_NUMBER_MAX];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        size_t len = lede_number_put_double(out, values[i]);
        double back = -1;

        ck_assert_uint_eq(len, strlen(out));
        ck_assert(lede_number_take_double(out, len, &back));
        ck_assert(back == values[i]);
    }
    (void)lede_number_put_double(out, 0.1);
    ck_assert_str_eq(out, "0.1");
    (void)lede_number_put_int(out, INT64_MIN);
    ck_assert_str_eq(out, "-9223372036854775808");
}
END_TEST

START_TEST(only_whole_doubles_that_fit_are_integers)
{
    int64_t value = 7;

    ck_assert(lede_number_is_int(-3.0, &value));
    ck_assert_int_eq(value, -3);
    ck_assert(!lede_number_is_int(0.5, &value));
    ck_assert(!lede_number_is_int((double)NAN, &value));
    ck_assert(!lede_number_is_int(HUGE_VAL, &value));
    ck_assert(!lede_number_is_int(0x1p63, &value));
    ck_assert(lede_number_is_int(-0x1p63, &value));
    ck_assert_int_eq(value, INT64_MIN);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, integers_are_read_whole_or_not);
    tcase_add_test(tcase, decimals_are_read_whole_or_not);
    tcase_add_test(tcase, a_printed_double_reads_back_the_same);
    tcase_add_test(tcase, only_whole_doubles_that_fit_are_integers);
}

int main(void)
{
    return test_suite_run("number", add_tests);
}
