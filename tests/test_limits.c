#include "base/limits.h"
#include "base/options.h"
#include "support/suite.h"

#include <string.h>

typedef struct grown_options {
    uint32_t size;
    uint32_t first;
    uint64_t later;
} grown_options;

static lede_status read_options(grown_options *out, const void *given)
{
    return LEDE_READ_OPTIONS(grown_options, out, given, first, NULL);
}

START_TEST(no_options_are_all_defaults)
{
    grown_options out;

    memset(&out, 1, sizeof out);
    ck_assert_int_eq(read_options(&out, NULL), LEDE_OK);
    ck_assert_uint_eq(out.size, sizeof out);
    ck_assert_uint_eq(out.first, 0);
    ck_assert_uint_eq(out.later, 0);
}
END_TEST

START_TEST(an_older_struct_lacks_what_came_later)
{
    grown_options out, given = { 8, 5, 6 };

    ck_assert_int_eq(read_options(&out, &given), LEDE_OK);
    ck_assert_uint_eq(out.first, 5);
    ck_assert_uint_eq(out.later, 0);
    ck_assert_uint_eq(out.size, sizeof out);
    given.size = 7;
    ck_assert_int_eq(read_options(&out, &given), LEDE_ERR_INVALID);
    given.size = 0;
    ck_assert_int_eq(read_options(&out, &given), LEDE_ERR_INVALID);
}
END_TEST

START_TEST(a_newer_struct_is_taken_if_its_rest_is_zero)
{
    struct {
        grown_options known;
        uint64_t unknown;
    } given = { { sizeof given, 1, 2 }, 0 };
    grown_options out;

    ck_assert_int_eq(read_options(&out, &given), LEDE_OK);
    ck_assert_uint_eq(out.later, 2);
    given.unknown = (uint64_t)1 << 63;
    ck_assert_int_eq(read_options(&out, &given), LEDE_ERR_UNSUPPORTED);
    ck_assert_uint_eq(out.first, 0);
}
END_TEST

START_TEST(zeros_take_the_limits_below)
{
    lede_limits out, given = LEDE_LIMITS, base;

    given.clauses = 7;
    ck_assert_int_eq(lede_limits_read(&base, &given, NULL, NULL), LEDE_OK);
    ck_assert_uint_eq(base.clauses, 7);
    ck_assert_uint_eq(base.query_bytes, 65536);
    ck_assert_uint_eq(base.query_memory_bytes, 268435456);
    ck_assert_int_eq(lede_limits_read(&out, NULL, &base, NULL), LEDE_OK);
    ck_assert_uint_eq(out.clauses, 7);
    given.clauses = 9;
    ck_assert_int_eq(lede_limits_read(&out, &given, &base, NULL), LEDE_OK);
    ck_assert_uint_eq(out.clauses, 9);
}
END_TEST

START_TEST(sealed_limits_can_only_be_lowered)
{
    lede_limits out, given = LEDE_LIMITS, base;
    lede_error err;

    given.sealed = 1;
    ck_assert_int_eq(lede_limits_read(&base, &given, NULL, NULL), LEDE_OK);
    given.sealed = 0;
    given.document_bytes = base.document_bytes;
    given.hits = 5;
    ck_assert_int_eq(lede_limits_read(&out, &given, &base, NULL), LEDE_OK);
    ck_assert_uint_eq(out.hits, 5);
    ck_assert_uint_eq(out.sealed, 1);
    given.document_bytes++;
    ck_assert_int_eq(lede_limits_read(&out, &given, &base, &err),
                     LEDE_ERR_INVALID);
    ck_assert_str_eq(err.where, "document_bytes");
    ck_assert_uint_eq(out.document_bytes, base.document_bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, no_options_are_all_defaults);
    tcase_add_test(tcase, an_older_struct_lacks_what_came_later);
    tcase_add_test(tcase, a_newer_struct_is_taken_if_its_rest_is_zero);
    tcase_add_test(tcase, zeros_take_the_limits_below);
    tcase_add_test(tcase, sealed_limits_can_only_be_lowered);
}

int main(void)
{
    return test_suite_run("limits", add_tests);
}
