/*
 * query/operator.c - names and arguments of the long forms.
 */
#include "query/operator.h"

#include "base/number.h"

#define NEAR_DISTANCE 10U
#define FUZZY_EDITS   2U

static const lede_operator operators[] = {
    { "TERM", LEDE_NODE_TERM, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "EQUALS", LEDE_NODE_EQUALS, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "PHRASE", LEDE_NODE_PHRASE, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NUMBER },
    { "PREFIX", LEDE_NODE_PREFIX, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "WILDCARD", LEDE_NODE_WILDCARD, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "REGEX", LEDE_NODE_REGEX, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "FUZZY", LEDE_NODE_FUZZY, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_EDITS },
    { "SIMILAR", LEDE_NODE_SIMILAR, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "LIKE", LEDE_NODE_SIMILAR_TO, LEDE_OPERATOR_TEXT, LEDE_ARGUMENTS_NONE },
    { "RANGE", LEDE_NODE_RANGE, LEDE_OPERATOR_VALUES, LEDE_ARGUMENTS_NONE },
    { "NONE", LEDE_NODE_NOTHING, LEDE_OPERATOR_EMPTY, LEDE_ARGUMENTS_NONE },
    { "ALL", LEDE_NODE_AND, LEDE_OPERATOR_LIST, LEDE_ARGUMENTS_NONE },
    { "ANY", LEDE_NODE_OR, LEDE_OPERATOR_LIST, LEDE_ARGUMENTS_NONE },
    { "BEST", LEDE_NODE_BEST, LEDE_OPERATOR_LIST, LEDE_ARGUMENTS_REAL },
    { "GROUP", LEDE_NODE_GROUP, LEDE_OPERATOR_LIST, LEDE_ARGUMENTS_NONE },
    { "NEAR", LEDE_NODE_NEAR, LEDE_OPERATOR_LIST, LEDE_ARGUMENTS_NEAR },
    { "OPTIONAL", LEDE_NODE_OPTIONAL, LEDE_OPERATOR_ONE, LEDE_ARGUMENTS_NONE },
    { "FILTER", LEDE_NODE_FILTER, LEDE_OPERATOR_ONE, LEDE_ARGUMENTS_NONE },
    { "CONSTANT", LEDE_NODE_CONSTANT, LEDE_OPERATOR_ONE, LEDE_ARGUMENTS_REAL },
    { "FORMS", LEDE_NODE_FORMS, LEDE_OPERATOR_ONE, LEDE_ARGUMENTS_FORMS },
};

#define OPERATORS (sizeof operators / sizeof *operators)

static const struct {
    const char *name;
    uint32_t bit;
} forms[] = { { "exact", LEDE_FORM_EXACT },
              { "fold", LEDE_FORM_FOLD },
              { "stem", LEDE_FORM_STEM },
              { "name", LEDE_FORM_NAME } };

#define FORMS (sizeof forms / sizeof *forms)

const lede_operator *lede_operator_find(const char *name, size_t len)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (lede_bytes_equal(lede_bytes_of(name, len),
                             lede_bytes_of_text(operators[i].name)))
            return &operators[i];
    return NULL;
}

const lede_operator *lede_operator_of(lede_node_kind kind)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (operators[i].kind == kind)
            return &operators[i];
    return NULL;
}

/* What stands before the next comma; false at the end. */
static bool take_part(lede_bytes *in, lede_bytes *part)
{
    const uint8_t *comma;

    if (!in->at)
        return false;
    comma = in->len ? memchr(in->at, ',', in->len) : NULL;
    if (!comma) {
        *part = *in;
        in->at = NULL;
        return true;
    }
    *part = lede_bytes_of(in->at, (size_t)(comma - in->at));
    in->len -= part->len + 1;
    in->at = comma + 1;
    return true;
}

static bool take_u32(lede_bytes part, uint32_t *value)
{
    int64_t number;

    if (part.len == 0 || part.at[0] < '0' || part.at[0] > '9' ||
        !lede_number_take_int((const char *)part.at, part.len, &number) ||
        number > UINT32_MAX)
        return false;
    *value = (uint32_t)number;
    return true;
}

static bool take_real(lede_bytes part, double max, double *value)
{
    return part.len && part.at[0] >= '0' && part.at[0] <= '9' &&
           lede_number_take_double((const char *)part.at, part.len, value) &&
           *value <= max;
}

static bool take_forms(lede_bytes in, uint32_t *bits)
{
    lede_bytes part;

    *bits = 0;
    while (take_part(&in, &part)) {
        size_t i = 0;

        while (i < FORMS &&
               !lede_bytes_equal(part, lede_bytes_of_text(forms[i].name)))
            i++;
        if (i == FORMS)
            return false;
        *bits |= forms[i].bit;
    }
    return true;
}

/* One or two arguments, none of them empty. */
static bool take_arguments(const lede_operator *op, lede_bytes in,
                           lede_operator_values *values)
{
    lede_bytes first, second = { NULL, 0 }, third;

    if (op->arguments == LEDE_ARGUMENTS_FORMS)
        return take_forms(in, &values->number);
    if (!take_part(&in, &first))
        return false;
    (void)take_part(&in, &second);
    if (take_part(&in, &third))
        return false;
    switch (op->arguments) {
    case LEDE_ARGUMENTS_NUMBER:
        return !second.at && take_u32(first, &values->number);
    case LEDE_ARGUMENTS_EDITS:
        return take_u32(first, &values->number) &&
               values->number <= FUZZY_EDITS &&
               (!second.at || take_u32(second, &values->prefix));
    case LEDE_ARGUMENTS_NEAR:
        values->ordered = second.at != NULL;
        return take_u32(first, &values->number) &&
               (!second.at ||
                lede_bytes_equal(second, lede_bytes_of_text("ordered")));
    case LEDE_ARGUMENTS_REAL:
        /* The greatest finite number, or the greatest tie. */
        return !second.at &&
               take_real(first,
                         op->kind == LEDE_NODE_BEST ? 1.0
                                                    : 1.7976931348623157e308,
                         &values->real);
    case LEDE_ARGUMENTS_NONE:
    case LEDE_ARGUMENTS_FORMS:
    default:
        return false;
    }
}

bool lede_operator_take(const lede_operator *op, const char *text, size_t len,
                        lede_operator_values *values)
{
    *values = (lede_operator_values){ 0 };
    if (op->arguments == LEDE_ARGUMENTS_NEAR)
        values->number = NEAR_DISTANCE;
    else if (op->arguments == LEDE_ARGUMENTS_EDITS)
        values->number = FUZZY_EDITS;
    else if (op->kind == LEDE_NODE_CONSTANT)
        values->real = 1;
    if (len == 0)
        return op->arguments != LEDE_ARGUMENTS_FORMS;
    return text[0] == '/' &&
           take_arguments(op, lede_bytes_of(text + 1, len - 1), values);
}

static void put_real(lede_buffer *out, double value)
{
    char digits[LEDE_NUMBER_MAX];

    lede_put(out, digits, lede_number_put_double(digits, value));
}

static void put_forms(lede_buffer *out, uint32_t bits)
{
    const char *before = "";

    for (size_t i = 0; i < FORMS; i++) {
        if (!(bits & forms[i].bit))
            continue;
        lede_put_text(out, before);
        lede_put_text(out, forms[i].name);
        before = ",";
    }
}

void lede_operator_put(lede_buffer *out, const lede_query_node *node)
{
    const lede_operator *op = lede_operator_of(node->kind);

    if (!op)
        return;
    lede_put_text(out, op->name);
    if (op->arguments != LEDE_ARGUMENTS_NONE)
        lede_put_text(out, "/");
    switch (op->arguments) {
    case LEDE_ARGUMENTS_NUMBER:
        lede_put_format(out, "%u", (unsigned)node->number);
        break;
    case LEDE_ARGUMENTS_EDITS:
        lede_put_format(out, "%u,%u", (unsigned)node->number,
                        (unsigned)node->prefix);
        break;
    case LEDE_ARGUMENTS_NEAR:
        lede_put_format(out, "%u%s", (unsigned)node->number,
                        node->ordered ? ",ordered" : "");
        break;
    case LEDE_ARGUMENTS_REAL:
        put_real(out, node->real);
        break;
    case LEDE_ARGUMENTS_FORMS:
        put_forms(out, node->number);
        break;
    case LEDE_ARGUMENTS_NONE:
    default:
        break;
    }
    lede_put_text(out, "(");
}
