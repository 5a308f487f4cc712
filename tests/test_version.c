#include "lede/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native/segment/envelope.h"
#include "support/suite.h"

START_TEST(the_version_is_that_of_the_header)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%d.%d.%d", LEDE_VERSION_MAJOR,
                   LEDE_VERSION_MINOR, LEDE_VERSION_PATCH);
    ck_assert_str_eq(LEDE_VERSION, text);
    ck_assert_str_eq(lede_version(), LEDE_VERSION);
}
END_TEST

START_TEST(a_feature_is_known_or_null)
{
    ck_assert_str_eq(lede_feature("unicode"), "15.0.0");
    ck_assert_ptr_nonnull(strstr(lede_feature("languages"), "en"));
    ck_assert_uint_eq(strtoul(lede_feature("format"), NULL, 10),
                      LEDE_FORMAT_VERSION);
    ck_assert_ptr_nonnull(strstr("none sse2 avx2 neon", lede_feature("simd")));
    ck_assert_ptr_null(lede_feature("weather"));
    ck_assert_ptr_null(lede_feature(""));
    ck_assert_ptr_null(lede_feature(NULL));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_version_is_that_of_the_header);
    tcase_add_test(tcase, a_feature_is_known_or_null);
}

int main(void)
{
    return test_suite_run("version", add_tests);
}
