#include "document/date.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lede/document.h"
#include "support/suite.h"

#define DAY ((int64_t)86400)

/* A calendar that knows nothing but how to turn the page. */
static void next_day(int64_t *year, uint32_t *month, uint32_t *day)
{
    static const uint32_t lengths[] = { 31, 28, 31, 30, 31, 30,
                                        31, 31, 30, 31, 30, 31 };
    bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
    uint32_t length = lengths[*month - 1] + (*month == 2 && leap);

    if (++*day <= length)
        return;
    *day = 1;
    if (++*month <= 12)
        return;
    *month = 1;
    ++*year;
}

START_TEST(every_day_of_9999_years_has_its_number)
{
    int64_t year = 1, days = -719162;
    uint32_t month = 1, day = 1;

    for (; year <= 9999; days++) {
        lede_date date = lede_date_of(days);

        /* Each ck_assert writes to a pipe; here are 3.6 million days. */
        if (lede_date_days(year, month, day) != days || date.year != year ||
            date.month != month || date.day != day)
            ck_abort_msg("day %" PRId64, days);
        next_day(&year, &month, &day);
    }
    ck_assert_int_eq(days, 2932897); /* 10000-01-01 */
}
END_TEST

START_TEST(days_before_year_one_go_on_backwards)
{
    ck_assert_int_eq(lede_date_days(0, 12, 31), -719163);
    ck_assert_int_eq(lede_date_days(0, 2, 29), lede_date_days(0, 3, 1) - 1);
    ck_assert_int_eq(lede_date_of(-719163).year, 0);
    for (int64_t days = -800000; days < -719000; days++) {
        lede_date date = lede_date_of(days);

        if (lede_date_days(date.year, date.month, date.day) != days)
            ck_abort_msg("day %" PRId64, days);
    }
}
END_TEST

START_TEST(a_second_before_1970_lies_in_the_day_before)
{
    ck_assert_int_eq(lede_date_day(0), 0);
    ck_assert_int_eq(lede_date_day(-1), -1);
    ck_assert_int_eq(lede_date_day(-DAY), -1);
    ck_assert_int_eq(lede_date_day(-DAY - 1), -2);
    ck_assert_int_eq(lede_date_day(DAY - 1), 0);
}
END_TEST

START_TEST(any_number_of_seconds_has_a_date)
{
    static const int64_t seconds[] = { INT64_MIN, INT64_MIN + 1, -1,
                                       0,         INT64_MAX - 1, INT64_MAX };
    int64_t days = lede_date_day(seconds[_i]);
    lede_date date = lede_date_of(days);

    ck_assert_int_eq(lede_date_days(date.year, date.month, date.day), days);
}
END_TEST

/* 2020-01-03 14:05:09 UTC, checked with date(1). */
#define THEN 1578060309

static const struct {
    const char *text;
    int64_t first;
    int64_t last;
} good[] = {
    { "1970", 0, 365 * DAY - 1 },
    { "2020", 1577836800, 1577836800 + 366 * DAY - 1 },
    { "2020-02", 1580515200, 1580515200 + 29 * DAY - 1 },
    { "2019-02", 1548979200, 1548979200 + 28 * DAY - 1 },
    { "2020-12", 1606780800, 1606780800 + 31 * DAY - 1 },
    { "2020-01-03", 1578009600, 1578009600 + DAY - 1 },
    { "2020-02-29", 1582934400, 1582934400 + DAY - 1 },
    { "0001-01-01", -62135596800, -62135596800 + DAY - 1 },
    { "9999-12-31T23:59:59Z", 253402300799, 253402300799 },
    { "1969-12-31T23:59:59Z", -1, -1 },
    { "2020-01-03T14:05", THEN - 9, THEN - 9 + 59 },
    { "2020-01-03T14:05:09", THEN, THEN },
    { "2020-01-03T14:05:09Z", THEN, THEN },
    { "2020-01-03t14:05:09z", THEN, THEN },
    { "2020-01-03 14:05:09", THEN, THEN },
    { "2020-01-03 14:05:09Z", THEN, THEN },
    { "2020-01-03T14:05:09.25Z", THEN, THEN },
    { "2020-01-03T14:05:09.999999999999999999999+00:00", THEN, THEN },
    { "2020-01-03T15:05:09+01:00", THEN, THEN },
    { "2020-01-03T15:05:09+0100", THEN, THEN },
    { "2020-01-03T09:05:09-05:00", THEN, THEN },
    { "2020-01-03T19:35:09+05:30", THEN, THEN },
    { "2020-01-04T00:05:09+10:00", THEN, THEN },
    { "2020-01-03T14:05:09-00:00", THEN, THEN },
    { "2020-01-03T15:05+01:00", THEN - 9, THEN - 9 + 59 },
    { "0001-01-01T00:00:00+01:00", -62135600400, -62135600400 },
    { "2016-12-31T23:59:60Z", 1483228799, 1483228799 },
    { " 2020-01-03 \n", 1578009600, 1578009600 + DAY - 1 },
    { "Fri, 03 Jan 2020 14:05:09 GMT", THEN, THEN },
    { "Fri, 3 Jan 2020 14:05:09 GMT", THEN, THEN },
    { "fri, 03 jan 2020 14:05:09 gmt", THEN, THEN },
    { "03 Jan 2020 14:05:09 GMT", THEN, THEN },
    { "Fri,03  Jan\r\n 2020\t14:05:09  +0000", THEN, THEN },
    { "Fri, 03 Jan 2020 14:05 GMT", THEN - 9, THEN - 9 + 59 },
    { "Fri, 03 Jan 2020 14:05:09", THEN, THEN },
    { "Fri, 03 Jan 2020 14:05:09 UT", THEN, THEN },
    { "Fri, 03 Jan 2020 14:05:09 UTC", THEN, THEN },
    { "Fri, 03 Jan 2020 14:05:09 Z", THEN, THEN },
    { "Fri, 03 Jan 2020 09:05:09 EST", THEN, THEN },
    { "Fri, 03 Jan 2020 10:05:09 EDT", THEN, THEN },
    { "Fri, 03 Jan 2020 08:05:09 CST", THEN, THEN },
    { "Fri, 03 Jan 2020 09:05:09 CDT", THEN, THEN },
    { "Fri, 03 Jan 2020 07:05:09 MST", THEN, THEN },
    { "Fri, 03 Jan 2020 08:05:09 MDT", THEN, THEN },
    { "Fri, 03 Jan 2020 06:05:09 PST", THEN, THEN },
    { "Fri, 03 Jan 2020 07:05:09 PDT", THEN, THEN },
    { "Fri, 03 Jan 2020 15:05:09 +0100", THEN, THEN },
    { "Fri, 03 Jan 2020 15:05:09 +01:00", THEN, THEN },
    { "Fri, 03 Jan 2020 06:05:09 -0800 (PST)", THEN, THEN },
    { "Fri, 03 Jan 20 14:05:09 GMT", THEN, THEN },
    { "01 Jan 70 00:00:00 GMT", 0, 0 },
    { "31 Dec 49 23:59:59 GMT", 2524607999, 2524607999 },
    { "01 Jan 50 00:00:00 GMT", -631152000, -631152000 },
    { "Mon, 03 Jan 2020 14:05:09 GMT", THEN, THEN },
};

START_TEST(a_date_names_its_first_and_last_second)
{
    int64_t first = 1, last = 1;

    ck_assert_msg(lede_date_parse(good[_i].text, LEDE_TERMINATED, &first,
                                  &last) == LEDE_OK,
                  "refused: %s", good[_i].text);
    ck_assert_msg(first == good[_i].first && last == good[_i].last,
                  "%s: %lld to %lld", good[_i].text, (long long)first,
                  (long long)last);
}
END_TEST

static const char *const bad[] = {
    "",
    " ",
    "2",
    "20",
    "202",
    "20200",
    "2020-",
    "2020-1",
    "2020-00",
    "2020-13",
    "2020-01-",
    "2020-01-0",
    "2020-01-00",
    "2020-01-32",
    "2020-04-31",
    "2019-02-29",
    "1900-02-29",
    "0000",
    "0000-01-01",
    "-2020-01-01",
    "+2020",
    "10000-01-01",
    "2020-01-03T",
    "2020-01-03T1",
    "2020-01-03T14",
    "2020-01-03T14:",
    "2020-01-03T14:5",
    "2020-01-03T24:00",
    "2020-01-03T14:60",
    "2020-01-03T14:05:",
    "2020-01-03T14:05:9",
    "2020-01-03T14:05:61",
    "2020-01-03T14:05:09.",
    "2020-01-03T14:05:09,5",
    "2020-01-03T14:05:09+",
    "2020-01-03T14:05:09+1",
    "2020-01-03T14:05:09+01",
    "2020-01-03T14:05:09+01:",
    "2020-01-03T14:05:09+24:00",
    "2020-01-03T14:05:09+01:60",
    "2020-01-03T14:05:09 EST",
    "2020-01-03T14:05:09ZZ",
    "2020-01-03  14:05:09",
    "2020-01-03Z",
    "2020/01/03",
    "20200103",
    "03.01.2020",
    "2020-01-03x",
    "x2020-01-03",
    "2020 -01",
    "1578060309",
    "today",
    "Fri",
    "Fri, 03 Jan 2020",
    "Fri 03 Jan 2020 14:05:09 GMT",
    "Fry, 03 Jan 2020 14:05:09 GMT",
    "Fri, 00 Jan 2020 14:05:09 GMT",
    "Fri, 32 Jan 2020 14:05:09 GMT",
    "Fri, 30 Feb 2020 14:05:09 GMT",
    "Fri, 003 Jan 2020 14:05:09 GMT",
    "Fri, 03 January 2020 14:05:09 GMT",
    "Fri, 03 Foo 2020 14:05:09 GMT",
    "Fri, 03 Jan 020 14:05:09 GMT",
    "Fri, 03 Jan 20200 14:05:09 GMT",
    "Fri, 03 Jan 2020 14:05:09 XYZ",
    "Fri, 03 Jan 2020 14:05:09 A",
    "Fri, 03 Jan 2020 14:05:09 +1",
    "Fri, 03 Jan 2020 14:05:09 +0160",
    "Fri, 03 Jan 2020 14:05:09 GMT (",
    "Fri, 03 Jan 2020 14:05:09 GMT (a) b",
    "Fri, 03 Jan 2020 24:05:09 GMT",
    "Fri, 03Jan2020 14:05:09 GMT",
    "Fri, 03 Jan 0000 14:05:09 GMT",
    "Jan 3, 2020",
};

START_TEST(what_is_no_date_is_refused_and_writes_nothing)
{
    int64_t first = 1, last = 2;

    ck_assert_msg(lede_date_parse(bad[_i], strlen(bad[_i]), &first, &last) ==
                      LEDE_ERR_INVALID,
                  "read: %s", bad[_i]);
    ck_assert_int_eq(first, 1);
    ck_assert_int_eq(last, 2);
}
END_TEST

START_TEST(a_nul_is_no_space)
{
    int64_t first, last;

    ck_assert_int_eq(lede_date_parse("2020\0", 5, &first, &last),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_date_parse("2020", 4, NULL, &last), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_date_parse(NULL, 0, &first, &last), LEDE_ERR_INVALID);
}
END_TEST

/* In buffers of their exact size, so that the sanitizer sees a step too far. */
START_TEST(a_cut_date_is_read_within_its_length)
{
    size_t len = strlen(good[_i].text);

    for (size_t cut = 0; cut <= len; cut++) {
        char *text = malloc(cut ? cut : 1);
        int64_t first = 0, last = 0;

        ck_assert_ptr_nonnull(text);
        memcpy(text, good[_i].text, cut);
        if (lede_date_parse(text, cut, &first, &last) == LEDE_OK)
            ck_assert_int_le(first, last);
        free(text);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_day_of_9999_years_has_its_number);
    tcase_add_test(tcase, days_before_year_one_go_on_backwards);
    tcase_add_test(tcase, a_second_before_1970_lies_in_the_day_before);
    tcase_add_loop_test(tcase, any_number_of_seconds_has_a_date, 0, 6);
    tcase_add_loop_test(tcase, a_date_names_its_first_and_last_second, 0,
                        sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, what_is_no_date_is_refused_and_writes_nothing, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tcase, a_nul_is_no_space);
    tcase_add_loop_test(tcase, a_cut_date_is_read_within_its_length, 0,
                        sizeof good / sizeof *good);
}

int main(void)
{
    return test_suite_run("date", add_tests);
}
