/*
 * document/date.h - the calendar: days, months and years of the Gregorian
 * rules, before 1582 too, in UTC without leap seconds.
 *
 *     day = lede_date_of(lede_date_day(seconds));
 *     begin = lede_date_days(day.year, day.month, 1) * LEDE_DAY_SECONDS;
 */
#ifndef LEDE_DOCUMENT_DATE_H
#define LEDE_DOCUMENT_DATE_H

#include <stdint.h>

#define LEDE_DAY_SECONDS 86400

typedef struct lede_date {
    int64_t year;   /* 0 is the year before 1 */
    uint32_t month; /* 1 to 12 */
    uint32_t day;   /* 1 to 31 */
} lede_date;

/* Days since 1970-01-01 of a date. `month` is taken as at most 12; `day` may
 * be any number: 0 is the day before the first. */
int64_t lede_date_days(int64_t year, uint32_t month, int64_t day);

/* The date so many days after 1970-01-01. */
lede_date lede_date_of(int64_t days);

/* The day that a second since 1970 lies in. */
int64_t lede_date_day(int64_t seconds);

uint32_t lede_date_month_days(int64_t year, uint32_t month);

#endif
