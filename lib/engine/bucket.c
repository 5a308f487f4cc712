#include "engine/bucket.h"

#define HOUR 3600
#define DAY  86400

/* Days of 400 Gregorian years, which repeat. */
#define CYCLE_DAYS 146097

/* From 0000-03-01, where the years of the sums below begin, to 1970-01-01. */
#define EPOCH_DAYS 719468

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t start_of_day(int64_t day)
{
    int64_t second;

    if (__builtin_mul_overflow(day, (int64_t)DAY, &second))
        return day < 0 ? INT64_MIN : INT64_MAX;
    return second;
}

/* The day a month begins on; months from 1, beyond 12 in the next year. A year
 * is taken to begin in March, so that the leap day is its last. */
static int64_t start_of_month(int64_t year, int64_t month)
{
    int64_t march = month - 3, cycle;

    year += floor_divide(march, 12);
    march -= 12 * floor_divide(march, 12);
    cycle = floor_divide(year, 400);
    year -= 400 * cycle;
    return cycle * CYCLE_DAYS + 365 * year + year / 4 - year / 100 +
           (153 * march + 2) / 5 - EPOCH_DAYS;
}

static void month_of(int64_t day, int64_t *year, int64_t *month)
{
    int64_t cycle = floor_divide(day + EPOCH_DAYS, CYCLE_DAYS);

    /* A guess of the year that is never too late and at most one too early. */
    *year = 400 * cycle + (day + EPOCH_DAYS - cycle * CYCLE_DAYS) / 366;
    while (start_of_month(*year + 1, 1) <= day)
        ++*year;
    *month = 1;
    while (start_of_month(*year, *month + 1) <= day)
        ++*month;
}

/* The first day of the bucket, and the first of the next. */
static void days_of(lede_bucket bucket, int64_t day, int64_t *first,
                    int64_t *next)
{
    int64_t year, month;

    *first = day;
    *next = day + 1;
    if (bucket == LEDE_BUCKET_WEEK) {
        /* Three days before 1970-01-01 was a Monday. */
        *first = floor_divide(day + 3, 7) * 7 - 3;
        *next = *first + 7;
    } else if (bucket == LEDE_BUCKET_MONTH || bucket == LEDE_BUCKET_YEAR) {
        month_of(day, &year, &month);
        if (bucket == LEDE_BUCKET_YEAR)
            month = 1;
        *first = start_of_month(year, month);
        *next = start_of_month(year + (bucket == LEDE_BUCKET_YEAR),
                               month + (bucket == LEDE_BUCKET_MONTH));
    }
}

void lede_bucket_around(lede_bucket bucket, int64_t second, int64_t *first,
                        int64_t *last)
{
    int64_t from, next;

    *first = *last = second;
    if (bucket == LEDE_BUCKET_VALUE)
        return;
    if (bucket == LEDE_BUCKET_HOUR) {
        int64_t into = second - floor_divide(second, HOUR) * HOUR;

        if (__builtin_sub_overflow(second, into, first))
            *first = INT64_MIN;
        if (__builtin_add_overflow(second, HOUR - 1 - into, last))
            *last = INT64_MAX;
        return;
    }
    days_of(bucket, floor_divide(second, DAY), &from, &next);
    *first = start_of_day(from);
    *last = start_of_day(next);
    if (*last < INT64_MAX)
        --*last;
}
