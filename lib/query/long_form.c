/*
 * query/long_form.c - reads NAME/arguments(, and the long forms that hold a
 * text or values.
 */
#include "base/number.h"
#include "query/parser.h"
#include "query/regex.h"

static int hex_digit(char c)
{
    if (lede_parser_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool lede_parser_literal(lede_parser *p)
{
    lede_buffer_clear(&p->scratch);
    for (p->at++; p->at < p->len && p->text[p->at] != '"'; p->at++) {
        char c = p->text[p->at], next = lede_parser_peek(p, p->at + 1);
        int high, low;

        if (c == '\\' && (next == '"' || next == '\\')) {
            c = next;
            p->at++;
        } else if (c == '\\' && next == 'x') {
            high = hex_digit(lede_parser_peek(p, p->at + 2));
            low = high < 0 ? -1 : hex_digit(lede_parser_peek(p, p->at + 3));
            if (low >= 0) {
                c = (char)(high * 16 + low);
                p->at += 3;
            }
        }
        lede_put(&p->scratch, &c, 1);
    }
    if (p->scratch.status != LEDE_OK)
        lede_parser_fail(p, p->scratch.status, p->at, "out of memory");
    if (p->at >= p->len)
        return false;
    p->at++;
    return true;
}

/* Two numbers and a bracket behind RANGE(. */
static bool take_numbers(const lede_parser *p, size_t at, lede_bytes two[2],
                         size_t *end)
{
    for (int i = 0; i < 2; i++) {
        size_t begin = at = lede_parser_skip_space(p, at);

        while (!lede_parser_at_bound(p, at))
            at++;
        two[i] = lede_bytes_of(p->text + begin, at - begin);
    }
    *end = at + 1;
    return lede_parser_peek(p, at) == ')' && two[0].len && two[1].len;
}

static bool is_whole(lede_bytes number)
{
    return !memchr(number.at, '.', number.len) &&
           !memchr(number.at, 'e', number.len) &&
           !memchr(number.at, 'i', number.len);
}

static bool is_number(lede_bytes number)
{
    int64_t whole;
    double real;

    return is_whole(number) ? lede_number_take_int((const char *)number.at,
                                                   number.len, &whole)
                            : lede_number_take_double((const char *)number.at,
                                                      number.len, &real);
}

static bool holds(const lede_parser *p, const lede_operator *op, size_t at)
{
    lede_bytes two[2];
    size_t end;

    switch (op->shape) {
    case LEDE_OPERATOR_TEXT:
        return lede_parser_peek(p, at) == '"';
    case LEDE_OPERATOR_EMPTY:
        return lede_parser_peek(p, at) == ')';
    case LEDE_OPERATOR_VALUES:
        return take_numbers(p, at, two, &end) && is_number(two[0]) &&
               is_number(two[1]) && is_whole(two[0]) == is_whole(two[1]);
    case LEDE_OPERATOR_LIST:
    case LEDE_OPERATOR_ONE:
    default:
        return true;
    }
}

/* Values stand in a field; words and patterns in none of numbers. */
static bool stands_in(const lede_operator *op, const lede_field *field)
{
    if (op->kind == LEDE_NODE_EQUALS || op->kind == LEDE_NODE_RANGE)
        return field != NULL;
    return op->shape != LEDE_OPERATOR_TEXT || !lede_parser_has_numbers(field);
}

const lede_operator *lede_parser_operator(lede_parser *p,
                                          const lede_field *field,
                                          lede_operator_values *values)
{
    size_t name = p->at, end;
    const lede_operator *op;

    while (lede_parser_peek(p, name) >= 'A' && lede_parser_peek(p, name) <= 'Z')
        name++;
    op = lede_operator_find(p->text + p->at, name - p->at);
    if (!op)
        return NULL;
    for (end = name; end < p->len && p->text[end] > ' ' &&
                     p->text[end] != '(' && p->text[end] != ')';)
        end++;
    if (lede_parser_peek(p, end) != '(' ||
        !lede_operator_take(op, p->text + name, end - name, values) ||
        !holds(p, op, end + 1))
        return NULL;
    if (!stands_in(op, field))
        return NULL;
    p->at = end + 1;
    return op;
}

static lede_node range_node(lede_parser *p, const lede_field *field)
{
    lede_bytes two[2];
    int64_t whole[2] = { 0, 0 };
    double real[2] = { 0, 0 };

    (void)take_numbers(p, p->at, two, &p->at);
    if (!is_whole(two[0])) {
        for (int i = 0; i < 2; i++)
            (void)lede_number_take_double((const char *)two[i].at, two[i].len,
                                          &real[i]);
        return lede_query_range_double(p->query, field->name, real[0], real[1]);
    }
    for (int i = 0; i < 2; i++)
        (void)lede_number_take_int((const char *)two[i].at, two[i].len,
                                   &whole[i]);
    return lede_query_range_int(p->query, field->name, whole[0], whole[1]);
}

static lede_node text_node(lede_parser *p, const lede_operator *op,
                           const lede_operator_values *values, const char *name)
{
    const char *text = (const char *)p->scratch.at;
    size_t len = p->scratch.len;

    switch (op->kind) {
    case LEDE_NODE_EQUALS:
        return lede_query_equals(p->query, name, text, len);
    case LEDE_NODE_PHRASE:
        return lede_query_phrase(p->query, name, text, len, values->number);
    case LEDE_NODE_PREFIX:
        return lede_query_prefix(p->query, name, text, len);
    case LEDE_NODE_WILDCARD:
        return lede_query_wildcard(p->query, name, text, len);
    case LEDE_NODE_REGEX:
        return lede_query_regex(p->query, name, text, len);
    case LEDE_NODE_FUZZY:
        return lede_query_fuzzy(p->query, name, text, len, values->number,
                                values->prefix);
    case LEDE_NODE_SIMILAR:
        return lede_query_similar(p->query, name, text, len);
    case LEDE_NODE_SIMILAR_TO:
        return lede_query_similar_to(p->query, name, text, len);
    default:
        return lede_query_term(p->query, name, text, len);
    }
}

/* The operator, or TERM for a pattern that is none. */
static const lede_operator *readable(lede_parser *p, const lede_operator *op,
                                     size_t begin)
{
    size_t bad;
    const char *why;

    if (op->kind != LEDE_NODE_REGEX ||
        lede_regex_check(lede_buffer_bytes(&p->scratch), &bad, &why) == LEDE_OK)
        return op;
    lede_parser_doubt(p, begin, p->at, why);
    return lede_operator_of(LEDE_NODE_TERM);
}

lede_node lede_parser_long_leaf(lede_parser *p, const lede_operator *op,
                                const lede_operator_values *values,
                                const lede_field *field, size_t begin)
{
    if (op->shape == LEDE_OPERATOR_EMPTY) {
        p->at++;
        return lede_parser_finish(p, lede_query_nothing(p->query), begin);
    }
    if (op->shape == LEDE_OPERATOR_VALUES)
        return lede_parser_finish(p, range_node(p, field), begin);
    if (!lede_parser_literal(p))
        lede_parser_doubt(p, begin, p->len, LEDE_PARSER_UNBALANCED);
    else if (lede_parser_peek(p, p->at) == ')')
        p->at++;
    else
        lede_parser_doubt(p, begin, p->at, "no ) behind the text: put there");
    op = readable(p, op, begin);
    return lede_parser_finish(
        p, text_node(p, op, values, lede_parser_name(field)), begin);
}
