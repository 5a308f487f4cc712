#include "article/bounds.h"

#include <math.h>

#include "base/error.h"
#include "base/number.h"
#include "document/date.h"

#define AMOUNT_MAX 1000000

/* One end: the first and the last moment of what it names. */
typedef struct period {
    int64_t first;
    int64_t last;
} period;

static bool is_text(const char *text, size_t len, const char *word)
{
    size_t i;

    for (i = 0; i < len && word[i]; i++)
        if ((text[i] | 32) != word[i])
            return false;
    return i == len && !word[i];
}

static period day_of(int64_t day)
{
    return (period){ day * LEDE_DAY_SECONDS,
                     day * LEDE_DAY_SECONDS + LEDE_DAY_SECONDS - 1 };
}

static int64_t add_months(int64_t day, int64_t months)
{
    lede_date date = lede_date_of(day);
    int64_t sum = date.year * 12 + date.month - 1 + months;
    int64_t year = sum >= 0 ? sum / 12 : -((11 - sum) / 12);
    uint32_t month = (uint32_t)(sum - year * 12) + 1;
    uint32_t days = lede_date_month_days(year, month);

    return lede_date_days(year, month, date.day < days ? date.day : days);
}

/* -7d and the like. */
static bool read_relative(period *out, const char *text, size_t len,
                          int64_t now)
{
    int64_t amount = 0, day = lede_date_day(now);
    size_t at = 1;

    if (len < 3 || (text[0] != '-' && text[0] != '+'))
        return false;
    for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
        if (amount <= AMOUNT_MAX)
            amount = amount * 10 + (text[at] - '0');
    if (at == 1 || amount > AMOUNT_MAX)
        return false;
    if (text[0] == '-')
        amount = -amount;
    text += at;
    len -= at;
    if (is_text(text, len, "d"))
        *out = day_of(day + amount);
    else if (is_text(text, len, "w"))
        *out = day_of(day + 7 * amount);
    else if (is_text(text, len, "m"))
        *out = day_of(add_months(day, amount));
    else if (is_text(text, len, "y"))
        *out = day_of(add_months(day, 12 * amount));
    else if (is_text(text, len, "h"))
        out->first = out->last = now + 3600 * amount;
    else if (is_text(text, len, "min"))
        out->first = out->last = now + 60 * amount;
    else
        return false;
    return true;
}

static bool read_date(period *out, const char *text, size_t len, int64_t now)
{
    int64_t day = lede_date_day(now);

    if (is_text(text, len, "today"))
        *out = day_of(day);
    else if (is_text(text, len, "yesterday"))
        *out = day_of(day - 1);
    else if (is_text(text, len, "tomorrow"))
        *out = day_of(day + 1);
    else if (is_text(text, len, "now"))
        *out = (period){ now, now };
    else if (!read_relative(out, text, len, now))
        return lede_date_parse(text, len, &out->first, &out->last) == LEDE_OK;
    return true;
}

/* A real number as an end among whole ones: rounded inwards. False if no whole
 * number lies there. */
static bool round_inwards(int64_t *out, double real, bool is_min)
{
    real = is_min ? ceil(real) : floor(real);
    if (real >= 0x1p63) {
        *out = INT64_MAX;
        return !is_min;
    }
    if (real < -0x1p63) {
        *out = INT64_MIN;
        return is_min;
    }
    *out = (int64_t)real;
    return true;
}

/* What reads one end. */
typedef struct reader {
    lede_kind kind;
    int64_t now;
    bool is_min;
    lede_arena *arena;
    lede_error *err;
    bool empty; /* found that nothing can match */
} reader;

static lede_status fail_text(const reader *r, const lede_value *given)
{
    return lede_fail(r->err, LEDE_ERR_INVALID, given->text,
                     r->kind == LEDE_DATE ? "this is not a date"
                                          : "this is not a number");
}

static lede_status read_number(reader *r, lede_value *out,
                               const lede_value *given)
{
    double real = given->real;
    period dates;

    if (given->kind == LEDE_INT) {
        out->number = given->number;
        return LEDE_OK;
    }
    if (given->kind == LEDE_STORED) {
        if (r->kind == LEDE_DATE) {
            if (!read_date(&dates, given->text, given->len, r->now))
                return fail_text(r, given);
            out->number = r->is_min ? dates.first : dates.last;
            return LEDE_OK;
        }
        if (lede_number_take_int(given->text, given->len, &out->number))
            return LEDE_OK;
        if (!lede_number_take_double(given->text, given->len, &real))
            return fail_text(r, given);
    }
    if (!round_inwards(&out->number, real, r->is_min))
        r->empty = true;
    return LEDE_OK;
}

static lede_status read_real(const reader *r, lede_value *out,
                             const lede_value *given)
{
    if (given->kind == LEDE_INT)
        out->real = (double)given->number;
    else if (given->kind == LEDE_DOUBLE)
        out->real = given->real;
    else if (!lede_number_take_double(given->text, given->len, &out->real))
        return fail_text(r, given);
    if (out->real == 0)
        out->real = 0; /* -0 is 0 */
    return LEDE_OK;
}

static lede_status read_keyword(const reader *r, lede_value *out,
                                const lede_value *given)
{
    char room[LEDE_NUMBER_MAX];
    size_t len;

    if (given->kind == LEDE_STORED) {
        out->text = given->text;
        out->len = given->len;
        return LEDE_OK;
    }
    len = given->kind == LEDE_INT ? lede_number_put_int(room, given->number)
                                  : lede_number_put_double(room, given->real);
    out->text = lede_arena_text(r->arena, room, len);
    out->len = len;
    return out->text ? LEDE_OK : lede_arena_status(r->arena);
}

static lede_status read_end(reader *r, lede_value *out, const lede_value *given)
{
    *out = (lede_value){ .kind = LEDE_NONE, .text = "" };
    if (given->kind == LEDE_NONE)
        return LEDE_OK;
    out->kind = r->kind;
    if (r->kind == LEDE_KEYWORD)
        return read_keyword(r, out, given);
    return r->kind == LEDE_DOUBLE ? read_real(r, out, given)
                                  : read_number(r, out, given);
}

static bool is_reversed(const lede_value *min, const lede_value *max)
{
    if (min->kind == LEDE_NONE || max->kind == LEDE_NONE)
        return false;
    if (min->kind == LEDE_KEYWORD)
        return lede_bytes_compare(lede_bytes_of(min->text, min->len),
                                  lede_bytes_of(max->text, max->len)) > 0;
    return min->kind == LEDE_DOUBLE ? min->real > max->real
                                    : min->number > max->number;
}

lede_status lede_bounds_read(lede_bounds *bounds, lede_kind kind,
                             int64_t now_seconds, lede_arena *arena,
                             lede_error *err)
{
    reader r = { .kind = kind,
                 .now = now_seconds,
                 .is_min = true,
                 .arena = arena,
                 .err = err };
    lede_bounds given = *bounds;
    lede_status status = read_end(&r, &bounds->min, &given.min);

    r.is_min = false;
    if (status == LEDE_OK)
        status = read_end(&r, &bounds->max, &given.max);
    bounds->empty = r.empty || is_reversed(&bounds->min, &bounds->max);
    return status;
}

lede_status lede_bounds_of_prefix(lede_bounds *out, const char *text,
                                  size_t len, lede_arena *arena)
{
    char *last;

    *out = (lede_bounds){ .min = { .text = "" }, .max = { .text = "" } };
    out->empty = len > LEDE_KEYWORD_MAX;
    if (len == 0 || out->empty)
        return LEDE_OK;
    last = lede_arena_alloc(arena, LEDE_KEYWORD_MAX + 1);
    if (!last)
        return lede_arena_status(arena);
    memcpy(last, text, len);
    memset(last + len, 0xFF, LEDE_KEYWORD_MAX - len);
    last[LEDE_KEYWORD_MAX] = '\0';
    out->min = (lede_value){ .kind = LEDE_KEYWORD, .text = text, .len = len };
    out->max = (lede_value){ .kind = LEDE_KEYWORD,
                             .text = last,
                             .len = LEDE_KEYWORD_MAX };
    return LEDE_OK;
}
