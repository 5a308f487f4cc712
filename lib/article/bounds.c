#include "article/bounds.h"

#include <math.h>

#include "base/error.h"
#include "base/number.h"
#include "query/when.h"

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
    int64_t first, last;

    if (given->kind == LEDE_INT) {
        out->number = given->number;
        return LEDE_OK;
    }
    if (given->kind == LEDE_STORED) {
        if (r->kind == LEDE_DATE) {
            if (lede_when_parse(given->text, given->len, r->now, &first,
                                &last) != LEDE_OK)
                return fail_text(r, given);
            out->number = r->is_min ? first : last;
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
