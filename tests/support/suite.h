/*
 * support/suite.h - a Check suite and its main in one line a case.
 *
 *     static void add_tests(TCase *tcase)
 *     {
 *         tcase_add_test(tcase, empty_text_has_no_words);
 *     }
 *
 *     int main(void)
 *     {
 *         return test_suite_run("words", add_tests);
 *     }
 *
 * CK_FORK=no runs a suite in one process, for debuggers.
 */
#ifndef LEDE_TESTS_SUITE_H
#define LEDE_TESTS_SUITE_H

#include <check.h>
#include <stdbool.h>

/* Runs one test case without time limit; returns main's status. */
int test_suite_run(const char *name, void (*add_tests)(TCase *tcase));

/* Says that a part of a test could not run, and why. tests/run.sh counts
 * these, and fails on them where the shared test data is present. */
void test_skip(const char *reason);

/* True under `tests/run.sh --long`, which has hours: the long figures of
 * property and fault tests. */
bool test_is_long(void);

/* True in builds with sanitizers, ten times as slow: tests with many rounds do
 * a tenth of them there, and others every day. */
bool test_is_sanitized(void);

#endif
