/*
 * query/value.c - reads ranges: of fields of numbers and dates in their short
 * forms, of any field as [min..max].
 */
#include "base/number.h"
#include "query/parser.h"
#include "query/scan.h"
#include "query/when.h"

static bool is_value(const lede_field *field, lede_bytes text)
{
    const char *at = (const char *)text.at;
    int64_t first, last;
    double real;

    if (text.len == 0 || memchr(at, '\0', text.len))
        return false;
    if (field->kind != LEDE_DATE)
        return lede_number_take_double(at, text.len, &real);
    return lede_when_parse(at, text.len, 0, &first, &last) == LEDE_OK;
}

/* A range between texts, each NULL or not terminated. */
static lede_node make_range(lede_parser *p, const lede_field *field,
                            lede_bytes min, lede_bytes max)
{
    lede_arena *arena = &p->query->arena;
    char *low = min.at ? lede_arena_text(arena, min.at, min.len) : NULL;
    char *high = max.at ? lede_arena_text(arena, max.at, max.len) : NULL;

    if ((min.at && !low) || (max.at && !high)) {
        lede_parser_fail(p, LEDE_ERR_NOMEM, p->at, "out of memory");
        return 0;
    }
    return lede_query_range(p->query, field->name, low, high);
}

static bool cut_range(lede_bytes text, lede_bytes *min, lede_bytes *max)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == '.' && text.at[i + 1] == '.') {
            *min = lede_bytes_of(i ? text.at : NULL, i);
            *max = lede_bytes_of(text.at + i + 2, text.len - i - 2);
            if (max->len == 0)
                max->at = NULL;
            return true;
        }
    }
    return false;
}

lede_node lede_parser_values(lede_parser *p, const lede_field *field,
                             lede_bytes text, size_t begin)
{
    lede_bytes min = text, max = text;
    bool less = text.len && text.at[0] == '<';
    bool more = text.len && text.at[0] == '>';

    if (less || more) {
        size_t skip = text.len > 1 && text.at[1] == '=' ? 2 : 1;

        min = max = lede_bytes_of(text.at + skip, text.len - skip);
        if (skip == 1 && is_value(field, min))
            lede_parser_doubt(p, begin, p->at,
                              "a range includes its ends: read as >= or <=");
        if (less)
            min = lede_bytes_of(NULL, 0);
        else
            max = lede_bytes_of(NULL, 0);
    } else {
        (void)cut_range(text, &min, &max);
    }
    if ((min.at && !is_value(field, min)) ||
        (max.at && !is_value(field, max)) || (!min.at && !max.at))
        return 0;
    return make_range(p, field, min, max);
}

/* One end: absent, bare, or a text in quotes that holds no NUL. */
static bool take_end(lede_parser *p, char **out)
{
    size_t begin = p->at;
    lede_arena *arena = &p->query->arena;

    *out = NULL;
    if (lede_parser_peek(p, p->at) == '"') {
        if (!lede_parser_literal(p) ||
            (p->scratch.len && memchr(p->scratch.at, '\0', p->scratch.len)))
            return false;
        *out = lede_arena_text(arena, p->scratch.at, p->scratch.len);
    } else {
        while (p->at < p->len && lede_parser_peek(p, p->at) != ']' &&
               (lede_parser_peek(p, p->at) != '.' ||
                lede_parser_peek(p, p->at + 1) != '.') &&
               ((lede_parser_peek(p, p->at) >= '+' &&
                 lede_parser_peek(p, p->at) <= ':' &&
                 lede_parser_peek(p, p->at) != '/') ||
                lede_scan_kind_of((uint8_t)lede_parser_peek(p, p->at)) ==
                    LEDE_SCAN_WORD))
            p->at++;
        if (p->at == begin)
            return true;
        *out = lede_arena_text(arena, p->text + begin, p->at - begin);
    }
    if (!*out)
        lede_parser_fail(p, LEDE_ERR_NOMEM, begin, "out of memory");
    return *out != NULL;
}

bool lede_parser_bracket(lede_parser *p, const lede_field *field, size_t begin,
                         lede_node *node)
{
    size_t here = p->at;
    char *min, *max;

    p->at++;
    if (!take_end(p, &min) || lede_parser_peek(p, p->at) != '.' ||
        lede_parser_peek(p, p->at + 1) != '.') {
        p->at = here;
        return false;
    }
    p->at += 2;
    if (!take_end(p, &max) || lede_parser_peek(p, p->at) != ']') {
        p->at = here;
        return false;
    }
    p->at++;
    *node = lede_parser_finish(
        p, lede_query_range(p->query, field->name, min, max), begin);
    return true;
}
