/*
 * query/when.c - reads absolute and relative dates.
 */
#include "query/when.h"

#include <string.h>

#include "document/date.h"
#include "lede/document.h"

#define HOUR_SECONDS 3600
#define AMOUNT_MAX   1000000
#define NOW_MAX      ((int64_t)1 << 52) /* so that no sum overflows */

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

static lede_status whole_day(int64_t day, int64_t *first, int64_t *last)
{
    *first = day * LEDE_DAY_SECONDS;
    *last = *first + LEDE_DAY_SECONDS - 1;
    return LEDE_OK;
}

static int64_t months_away(int64_t today, int64_t months)
{
    lede_date date = lede_date_of(today);
    int64_t all = date.year * 12 + date.month - 1 + months;
    int64_t year = all >= 0 ? all / 12 : -((11 - all) / 12);
    uint32_t month = (uint32_t)(all - year * 12) + 1;
    uint32_t days = lede_date_month_days(year, month);

    return lede_date_days(year, month, date.day < days ? date.day : days);
}

/* [+-]digits and a unit. */
static bool take_amount(const char *text, size_t len, int64_t *amount)
{
    if (len < 3 || (text[0] != '-' && text[0] != '+'))
        return false;
    *amount = 0;
    for (size_t i = 1; i + 1 < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *amount = *amount * 10 + (text[i] - '0');
        if (*amount > AMOUNT_MAX)
            return false;
    }
    if (text[0] == '-')
        *amount = -*amount;
    return true;
}

lede_status lede_when_parse(const char *text, size_t len, int64_t now,
                            int64_t *first, int64_t *last)
{
    int64_t today, amount;

    if (now > NOW_MAX || now < -NOW_MAX)
        now = now > 0 ? NOW_MAX : -NOW_MAX;
    today = lede_date_day(now);
    if (is_word(text, len, "now")) {
        *first = *last = now;
        return LEDE_OK;
    }
    if (is_word(text, len, "today"))
        return whole_day(today, first, last);
    if (is_word(text, len, "yesterday"))
        return whole_day(today - 1, first, last);
    if (is_word(text, len, "tomorrow"))
        return whole_day(today + 1, first, last);
    if (!take_amount(text, len, &amount))
        return lede_date_parse(text, len, first, last);
    switch (text[len - 1]) {
    case 'h':
        *first = *last = now + amount * HOUR_SECONDS;
        return LEDE_OK;
    case 'd':
        return whole_day(today + amount, first, last);
    case 'w':
        return whole_day(today + 7 * amount, first, last);
    case 'm':
        return whole_day(months_away(today, amount), first, last);
    case 'y':
        return whole_day(months_away(today, 12 * amount), first, last);
    default:
        return LEDE_ERR_INVALID;
    }
}
