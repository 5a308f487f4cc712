#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

int test_suite_run(const char *name, void (*add_tests)(TCase *tcase))
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 0);
    add_tests(tcase);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void test_skip(const char *reason)
{
    printf("SKIP: %s\n", reason);
    fflush(stdout);
}

bool test_is_long(void)
{
    return getenv("LEDE_TEST_LONG") != NULL;
}

bool test_is_sanitized(void)
{
#ifdef LEDE_SANITIZED
    return true;
#else
    return false;
#endif
}
