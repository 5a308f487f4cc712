#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "support/suite.h"

START_TEST(an_error_tells_all_it_was_told)
{
    lede_error err;

    ck_assert_int_eq(
        lede_fail(&err, LEDE_ERR_INVALID, "date", "%s is %d", "it", 5),
        LEDE_ERR_INVALID);
    ck_assert_int_eq(err.status, LEDE_ERR_INVALID);
    ck_assert_int_eq(err.system, 0);
    ck_assert_uint_eq(err.position, LEDE_NO_POSITION);
    ck_assert_str_eq(err.where, "date");
    ck_assert_str_eq(err.message, "it is 5");
    ck_assert_int_eq(lede_fail_at(&err, LEDE_ERR_CORRUPT, NULL, 7, "bad"),
                     LEDE_ERR_CORRUPT);
    ck_assert_uint_eq(err.position, 7);
    ck_assert_str_eq(err.where, "");
    ck_assert_int_eq(
        lede_fail_system(&err, LEDE_ERR_IO, "/x", ENOENT, "cannot open"),
        LEDE_ERR_IO);
    ck_assert_int_eq(err.system, ENOENT);
    ck_assert_ptr_nonnull(strstr(err.message, "cannot open: No such file"));
    lede_error_clear(&err);
    ck_assert_int_eq(err.status, LEDE_OK);
    ck_assert_uint_eq(err.position, LEDE_NO_POSITION);
    ck_assert_str_eq(err.message, "");
}
END_TEST

START_TEST(an_error_nobody_wants_is_fine)
{
    lede_error_clear(NULL);
    ck_assert_int_eq(lede_fail(NULL, LEDE_ERR_IO, "a", "b"), LEDE_ERR_IO);
    ck_assert_int_eq(lede_fail_at(NULL, LEDE_ERR_IO, "a", 1, "b"), LEDE_ERR_IO);
    ck_assert_int_eq(lede_fail_system(NULL, LEDE_ERR_IO, "a", 1, "b"),
                     LEDE_ERR_IO);
    ck_assert_int_eq(lede_fail_plain(NULL, LEDE_ERR_IO), LEDE_ERR_IO);
}
END_TEST

START_TEST(what_cannot_be_printed_becomes_a_question_mark)
{
    lede_error err;

    (void)lede_fail(&err, LEDE_ERR_IO, "a\n\x1B[1m\x7F\xFF\xC2\x9B\xC3\xA9",
                    "%s",
                    "\xE2\x80\xAE"
                    "x\xE2\x80\xA8y\xE2\x81\xA6");
    ck_assert_str_eq(err.where, "a??[1m???\xC3\xA9");
    ck_assert_str_eq(err.message, "?x?y?");
}
END_TEST

START_TEST(what_is_too_long_is_cut_between_characters)
{
    char text[1001];
    lede_error err;

    for (int i = 0; i < 1000; i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    (void)lede_fail(&err, LEDE_ERR_IO, text, "x%s", text);
    ck_assert_uint_eq(strlen(err.where), sizeof err.where - 2);
    ck_assert_uint_eq(strlen(err.message), sizeof err.message - 1);
    ck_assert_mem_eq(err.message + 253, "\xC3\xA9", 3);
}
END_TEST

START_TEST(an_error_may_tell_of_its_own_place)
{
    lede_error err;

    (void)lede_fail(&err, LEDE_ERR_IO, "there", "first");
    (void)lede_fail(&err, LEDE_ERR_IO, err.where, "then %s", err.message);
    ck_assert_str_eq(err.where, "there");
    ck_assert_str_eq(err.message, "then first");
}
END_TEST

START_TEST(every_status_has_a_name_and_a_sentence)
{
    for (int status = 0; status >= LEDE_ERR_UNKNOWN_COMMIT; status--) {
        lede_error err = { .status = LEDE_OK };

        ck_assert_str_ne(lede_status_name((lede_status)status), "UNKNOWN");
        ck_assert_int_eq(lede_fail_plain(&err, (lede_status)status), status);
        ck_assert_int_eq(err.message[0] != '\0', status != LEDE_OK);
    }
    ck_assert_str_eq(lede_status_name(LEDE_ERR_NOT_FOUND), "NOT_FOUND");
    ck_assert_str_eq(lede_status_name((lede_status)1), "UNKNOWN");
    ck_assert_str_eq(
        lede_status_name((lede_status)(LEDE_ERR_UNKNOWN_COMMIT - 1)),
        "UNKNOWN");
}
END_TEST

START_TEST(a_sentence_does_not_replace_a_better_one)
{
    lede_error err;

    (void)lede_fail(&err, LEDE_ERR_IO, "a", "better");
    (void)lede_fail_plain(&err, LEDE_ERR_IO);
    ck_assert_str_eq(err.message, "better");
    (void)lede_fail_plain(&err, LEDE_ERR_NOMEM);
    ck_assert_str_eq(err.message, "out of memory");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, an_error_tells_all_it_was_told);
    tcase_add_test(tcase, an_error_nobody_wants_is_fine);
    tcase_add_test(tcase, what_cannot_be_printed_becomes_a_question_mark);
    tcase_add_test(tcase, what_is_too_long_is_cut_between_characters);
    tcase_add_test(tcase, an_error_may_tell_of_its_own_place);
    tcase_add_test(tcase, every_status_has_a_name_and_a_sentence);
    tcase_add_test(tcase, a_sentence_does_not_replace_a_better_one);
}

int main(void)
{
    return test_suite_run("error", add_tests);
}
