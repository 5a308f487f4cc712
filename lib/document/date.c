/*
 * document/date.c - the calendar, and reading dates as lede/document.h says:
 *
 *     date  ' '* ( iso | mail ) ' '*
 *     iso   YYYY [ - MM [ - DD [ ( T | ' ' ) time [ zone ] ] ] ]
 *     mail  [ day , ] D[D] month YY[YY] time [ zone ] [ ( comment ) ]
 *     time  hh : mm [ : ss [ . digits ] ]
 *     zone  Z | ( + | - ) hh [ : ] mm | in mail: GMT, UT, UTC, EST to PDT
 *
 * Spaces stand between the words of mail, any number of them; letters may be
 * of either case. A year of two digits is 2000 to 2049 or 1950 to 1999 (RFC
 * 5322, 4.3). Second 60, a leap second, is read as 59. The name of the day is
 * not compared with the date: feeds get it wrong.
 */
#include "document/date.h"

#include "base/bytes.h"
#include "lede/document.h"

#define EPOCH_DAYS 719162 /* from 0001-01-01 to 1970-01-01 */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

uint32_t lede_date_month_days(int64_t year, uint32_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[(month - 1) % 12];
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t lede_date_days(int64_t year, uint32_t month, int64_t day)
{
    static const uint16_t before[] = { 0,   31,  59,  90,  120, 151,
                                       181, 212, 243, 273, 304, 334 };
    int64_t y = year - 1;
    int64_t days = y * 365 + floor_div(y, 4) - floor_div(y, 100) +
                   floor_div(y, 400) - EPOCH_DAYS;

    return days + before[(month - 1) % 12] + (month > 2 && is_leap(year)) +
           day - 1;
}

lede_date lede_date_of(int64_t days)
{
    /* Average length: never past the year, and behind it by one at most. */
    lede_date date = { .month = 1 };
    int64_t rest;

    date.year = floor_div(days, 146097) * 400 + 1970;
    rest = floor_div((days - floor_div(days, 146097) * 146097) * 400, 146097);
    date.year += rest;
    while (lede_date_days(date.year, 1, 1) > days)
        date.year--;
    while (lede_date_days(date.year + 1, 1, 1) <= days)
        date.year++;
    rest = days - lede_date_days(date.year, 1, 1);
    while (rest >= lede_date_month_days(date.year, date.month))
        rest -= lede_date_month_days(date.year, date.month++);
    date.day = (uint32_t)rest + 1;
    return date;
}

int64_t lede_date_day(int64_t seconds)
{
    return floor_div(seconds, LEDE_DAY_SECONDS);
}

/* A date as it was written, and how much of it. */
struct written {
    int64_t year;
    uint32_t month; /* 0: not written, likewise below */
    uint32_t day;
    bool minutes;
    bool seconds;
    uint32_t hour;
    uint32_t minute;
    uint32_t second;
    int32_t zone; /* minutes east of UTC */
};

static bool take_char(lede_bytes *in, char c)
{
    if (in->len == 0 || in->at[0] != (uint8_t)c)
        return false;
    in->at++;
    in->len--;
    return true;
}

static bool next_is_digit(lede_bytes in)
{
    return in.len > 0 && in.at[0] >= '0' && in.at[0] <= '9';
}

static bool take_digits(lede_bytes *in, unsigned count, uint32_t *value)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < count; i++) {
        if (!next_is_digit(*in))
            return false;
        sum = sum * 10 + (uint32_t)(in->at[0] - '0');
        in->at++;
        in->len--;
    }
    *value = sum;
    return true;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Takes a word of letters that is one of the `count` in `words`, each of
 * `width` characters padded by spaces, and tells which. */
static bool take_word(lede_bytes *in, const char *words, size_t width,
                      uint32_t *which)
{
    size_t len = 0;

    while (len < in->len && lower(in->at[len]) >= 'a' &&
           lower(in->at[len]) <= 'z')
        len++;
    for (uint32_t i = 0; len > 0 && len <= width && words[i * width]; i++) {
        size_t same = 0;

        while (same < width && (uint8_t)words[i * width + same] ==
                                   (same < len ? lower(in->at[same]) : ' '))
            same++;
        if (same == width) {
            *which = i;
            in->at += len;
            in->len -= len;
            return true;
        }
    }
    return false;
}

static bool skip_spaces(lede_bytes *in)
{
    bool any = false;

    while (take_char(in, ' ') || take_char(in, '\t') || take_char(in, '\r') ||
           take_char(in, '\n'))
        any = true;
    return any;
}

static bool take_time(lede_bytes *in, struct written *date)
{
    uint32_t digit;

    if (!take_digits(in, 2, &date->hour) || !take_char(in, ':') ||
        !take_digits(in, 2, &date->minute))
        return false;
    date->minutes = true;
    if (!take_char(in, ':'))
        return true;
    date->seconds = true;
    if (!take_digits(in, 2, &date->second))
        return false;
    if (!take_char(in, '.'))
        return true;
    if (!next_is_digit(*in))
        return false;
    while (next_is_digit(*in))
        (void)take_digits(in, 1, &digit);
    return true;
}

/* +01:00 or +0100; nothing else. */
static bool take_offset(lede_bytes *in, int32_t *zone)
{
    bool west = in->len > 0 && in->at[0] == '-';
    uint32_t hours, minutes;

    if (!take_char(in, west ? '-' : '+') || !take_digits(in, 2, &hours))
        return false;
    (void)take_char(in, ':');
    if (!take_digits(in, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *zone = (int32_t)(hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

static bool take_iso(lede_bytes *in, struct written *date)
{
    uint32_t year;

    if (!take_digits(in, 4, &year))
        return false;
    date->year = year;
    if (!take_char(in, '-'))
        return true;
    if (!take_digits(in, 2, &date->month))
        return false;
    if (date->month == 0)
        return false;
    if (!take_char(in, '-'))
        return true;
    if (!take_digits(in, 2, &date->day) || date->day == 0)
        return false;
    if (!take_char(in, 'T') && !take_char(in, 't') &&
        !(in->len > 1 && next_is_digit(lede_bytes_of(in->at + 1, 1)) &&
          take_char(in, ' ')))
        return true;
    if (!take_time(in, date))
        return false;
    if (take_char(in, 'Z') || take_char(in, 'z'))
        return true;
    if (in->len > 0 && (in->at[0] == '+' || in->at[0] == '-'))
        return take_offset(in, &date->zone);
    return true;
}

static bool take_mail_zone(lede_bytes *in, int32_t *zone)
{
    static const int8_t hours[] = {
        0, 0, 0, 0, -5, -4, -6, -5, -7, -6, -8, -7
    };
    uint32_t which;

    if (in->len == 0 || in->at[0] == '(')
        return true;
    if (!take_word(in, "gmtut utcz  estedtcstcdtmstmdtpstpdt", 3, &which))
        return take_offset(in, zone);
    *zone = hours[which] * 60;
    return true;
}

static bool skip_comment(lede_bytes *in)
{
    if (!take_char(in, '('))
        return true;
    while (in->len > 0 && in->at[0] != '(' && in->at[0] != ')') {
        in->at++;
        in->len--;
    }
    return take_char(in, ')');
}

static bool take_mail(lede_bytes *in, struct written *date)
{
    uint32_t which, year;
    unsigned digits = 0;

    if (take_word(in, "montuewedthufrisatsun", 3, &which) &&
        !take_char(in, ','))
        return false;
    (void)skip_spaces(in);
    if (!take_digits(
            in,
            in->len > 1 && next_is_digit(lede_bytes_of(in->at + 1, 1)) ? 2 : 1,
            &date->day) ||
        date->day == 0 || !skip_spaces(in) ||
        !take_word(in, "janfebmaraprmayjunjulaugsepoctnovdec", 3,
                   &date->month) ||
        !skip_spaces(in))
        return false;
    date->month++;
    while (digits < in->len && next_is_digit(lede_bytes_of(in->at + digits, 1)))
        digits++;
    if ((digits != 2 && digits != 4) || !take_digits(in, digits, &year) ||
        !skip_spaces(in) || !take_time(in, date))
        return false;
    date->year = digits == 4 ? year : year < 50 ? 2000 + year : 1900 + year;
    (void)skip_spaces(in);
    if (!take_mail_zone(in, &date->zone))
        return false;
    (void)skip_spaces(in);
    return skip_comment(in);
}

static bool is_real(const struct written *date)
{
    if (date->year < 1 || date->month > 12)
        return false;
    if (date->day > 0 &&
        date->day > lede_date_month_days(date->year, date->month))
        return false;
    return date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

static void place(const struct written *date, int64_t *first, int64_t *last)
{
    uint32_t month = date->month ? date->month : 1;
    uint32_t end_month = date->month ? date->month : 12;
    int64_t day = lede_date_days(date->year, month, date->day ? date->day : 1);
    int64_t end_day = lede_date_days(
        date->year, end_month,
        date->day ? date->day : lede_date_month_days(date->year, end_month));
    int64_t begin = day * LEDE_DAY_SECONDS;

    if (!date->minutes) {
        *first = begin;
        *last = end_day * LEDE_DAY_SECONDS + LEDE_DAY_SECONDS - 1;
        return;
    }
    begin += ((int64_t)date->hour * 60 + date->minute - date->zone) * 60;
    *first = begin + (date->second < 60 ? date->second : 59);
    *last = date->seconds ? *first : begin + 59;
}

lede_status lede_date_parse(const char *text, size_t len, int64_t *first,
                            int64_t *last)
{
    struct written date = { 0 };
    lede_bytes in;
    bool iso;

    if (!text || !first || !last)
        return LEDE_ERR_INVALID;
    in = lede_bytes_of(text, len == LEDE_TERMINATED ? strlen(text) : len);
    (void)skip_spaces(&in);
    iso = in.len >= 4 && next_is_digit(lede_bytes_of(in.at + 2, 1));
    if (iso ? !take_iso(&in, &date) : !take_mail(&in, &date))
        return LEDE_ERR_INVALID;
    (void)skip_spaces(&in);
    if (in.len > 0 || !is_real(&date))
        return LEDE_ERR_INVALID;
    place(&date, first, last);
    return LEDE_OK;
}
