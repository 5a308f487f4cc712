#include "article/convert.h"

#include <math.h>

static bool is_text(const lede_value *value)
{
    return value->kind == LEDE_TEXT || value->kind == LEDE_KEYWORD ||
           value->kind == LEDE_STORED;
}

static bool is_whole(const lede_value *value)
{
    return value->kind == LEDE_INT || value->kind == LEDE_DATE;
}

static lede_converted to_text(lede_value *out, const lede_value *value,
                              char room[LEDE_NUMBER_MAX])
{
    if (is_text(value)) {
        out->text = value->text;
        out->len = value->len;
        return LEDE_CONVERTED;
    }
    out->text = room;
    if (is_whole(value))
        out->len = lede_number_put_int(room, value->number);
    else if (!isnan(value->real))
        out->len = lede_number_put_double(room, value->real);
    else
        return LEDE_NOT_CONVERTED;
    return LEDE_CONVERTED;
}

static lede_converted to_int(lede_value *out, const lede_value *value)
{
    bool fits;

    out->number = value->number;
    if (is_whole(value))
        return LEDE_CONVERTED;
    if (is_text(value))
        fits = lede_number_take_int(value->text, value->len, &out->number);
    else
        fits = lede_number_is_int(value->real, &out->number);
    return fits ? LEDE_CONVERTED : LEDE_NOT_CONVERTED;
}

static lede_converted to_double(lede_value *out, const lede_value *value)
{
    if (is_text(value))
        return lede_number_take_double(value->text, value->len, &out->real)
                   ? LEDE_CONVERTED
                   : LEDE_NOT_CONVERTED;
    if (is_whole(value))
        out->real = (double)value->number;
    else
        out->real = value->real + 0.0; /* -0 becomes 0 */
    return isnan(out->real) ? LEDE_NOT_CONVERTED : LEDE_CONVERTED;
}

static lede_converted to_date(lede_value *out, const lede_value *value)
{
    int64_t last;

    out->number = value->number;
    if (is_whole(value))
        return LEDE_CONVERTED;
    if (!is_text(value))
        return lede_number_is_int(floor(value->real), &out->number)
                   ? LEDE_CONVERTED
                   : LEDE_NOT_CONVERTED;
    return lede_date_parse(value->text, value->len, &out->number, &last) ==
                   LEDE_OK
               ? LEDE_CONVERTED
               : LEDE_DATE_DROPPED;
}

lede_converted lede_convert(lede_value *out, lede_kind kind,
                            const lede_value *value, char room[LEDE_NUMBER_MAX])
{
    *out = (lede_value){ .kind = kind, .text = "" };
    if (value->kind == LEDE_NONE)
        return LEDE_NOT_CONVERTED;
    switch (kind) {
    case LEDE_TEXT:
    case LEDE_KEYWORD:
    case LEDE_STORED:
        return to_text(out, value, room);
    case LEDE_INT:
        return to_int(out, value);
    case LEDE_DOUBLE:
        return to_double(out, value);
    case LEDE_DATE:
        return to_date(out, value);
    case LEDE_NONE:
        break;
    }
    return LEDE_NOT_CONVERTED;
}
