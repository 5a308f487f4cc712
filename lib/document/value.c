#include "document/value.h"

#include "base/bytes.h"

bool lede_kind_is_text(lede_kind kind)
{
    return kind == LEDE_TEXT || kind == LEDE_KEYWORD || kind == LEDE_STORED;
}

bool lede_kind_is_number(lede_kind kind)
{
    return kind == LEDE_INT || kind == LEDE_DATE;
}

int lede_value_compare(const lede_value *a, const lede_value *b)
{
    int order;

    if (a->kind != b->kind)
        return (a->kind > b->kind) - (a->kind < b->kind);
    if (a->kind == LEDE_DOUBLE)
        return (a->real > b->real) - (a->real < b->real);
    if (lede_kind_is_number(a->kind))
        return (a->number > b->number) - (a->number < b->number);
    order = lede_bytes_compare(lede_bytes_of(a->text, a->len),
                               lede_bytes_of(b->text, b->len));
    return (order > 0) - (order < 0);
}

uint64_t lede_value_bytes(const lede_value *value)
{
    return lede_kind_is_text(value->kind) ? value->len : 8;
}
