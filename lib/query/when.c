/*
 * query/when.c - reads absolute and relative dates.
 */
#include "query/when.h"

#include "document/date.h"
#include "lede/document.h"

#define MINUTE_SECONDS 60
#define HOUR_SECONDS   3600
#define AMOUNT_MAX     1000000
#define NOW_MAX        ((int64_t)1 << 52) /* so that no sum overflows */

/* In any case. */
static bool is_word(const char *text, size_t len, const char *word)
{
    size_t i;

    for (i = 0; i < len && word[i]; i++)
        if ((text[i] | 32) != word[i])
            return false;
    return i == len && !word[i];
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

/* Takes [+-]digits off a text; what is left is a unit. */
static bool take_amount(const char **text, size_t *len, int64_t *amount)
{
    size_t at = 1;

    if (*len < 3 || (**text != '-' && **text != '+'))
        return false;
    *amount = 0;
    for (; at < *len && (*text)[at] >= '0' && (*text)[at] <= '9'; at++)
        if (*amount <= AMOUNT_MAX)
            *amount = *amount * 10 + ((*text)[at] - '0');
    if (at == 1 || *amount > AMOUNT_MAX)
        return false;
    if (**text == '-')
        *amount = -*amount;
    *text += at;
    *len -= at;
    return true;
}

static lede_status relative(int64_t now, int64_t amount, const char *unit,
                            size_t len, int64_t *first, int64_t *last)
{
    int64_t today = lede_date_day(now);

    if (is_word(unit, len, "d"))
        return whole_day(today + amount, first, last);
    if (is_word(unit, len, "w"))
        return whole_day(today + 7 * amount, first, last);
    if (is_word(unit, len, "m"))
        return whole_day(months_away(today, amount), first, last);
    if (is_word(unit, len, "y"))
        return whole_day(months_away(today, 12 * amount), first, last);
    if (is_word(unit, len, "h"))
        *first = *last = now + amount * HOUR_SECONDS;
    else if (is_word(unit, len, "min"))
        *first = *last = now + amount * MINUTE_SECONDS;
    else
        return LEDE_ERR_INVALID;
    return LEDE_OK;
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
    if (take_amount(&text, &len, &amount))
        return relative(now, amount, text, len, first, last);
    return lede_date_parse(text, len, first, last);
}
