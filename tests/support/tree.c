#include "support/tree.h"

#include <ctype.h>

#include "base/number.h"

static const char *const names[] = {
    [LEDE_NODE_TERM] = "term",
    [LEDE_NODE_EQUALS] = "equals",
    [LEDE_NODE_PHRASE] = "phrase",
    [LEDE_NODE_PREFIX] = "prefix",
    [LEDE_NODE_WILDCARD] = "wildcard",
    [LEDE_NODE_REGEX] = "regex",
    [LEDE_NODE_FUZZY] = "fuzzy",
    [LEDE_NODE_RANGE] = "range",
    [LEDE_NODE_EXISTS] = "exists",
    [LEDE_NODE_EVERYTHING] = "all",
    [LEDE_NODE_NOTHING] = "none",
    [LEDE_NODE_SIMILAR] = "similar",
    [LEDE_NODE_SIMILAR_TO] = "like",
    [LEDE_NODE_AND] = "and",
    [LEDE_NODE_OR] = "or",
    [LEDE_NODE_BEST] = "best",
    [LEDE_NODE_GROUP] = "group",
    [LEDE_NODE_NEAR] = "near",
    [LEDE_NODE_NOT] = "not",
    [LEDE_NODE_OPTIONAL] = "optional",
    [LEDE_NODE_FILTER] = "filter",
    [LEDE_NODE_BOOST] = "boost",
    [LEDE_NODE_CONSTANT] = "constant",
    [LEDE_NODE_FORMS] = "forms",
};

static void put_real(lede_buffer *out, double value)
{
    char digits[LEDE_NUMBER_MAX];

    lede_put(out, digits, lede_number_put_double(digits, value));
}

static void put_value(lede_buffer *out, const lede_value *value)
{
    char digits[LEDE_NUMBER_MAX];

    if (value->kind == LEDE_INT)
        lede_put(out, digits, lede_number_put_int(digits, value->number));
    else if (value->kind == LEDE_DOUBLE)
        put_real(out, value->real);
    else if (value->kind != LEDE_NONE)
        lede_put(out, value->text, value->len);
}

static void put_settings(lede_buffer *out, const lede_query_node *node)
{
    if (node->kind == LEDE_NODE_NEAR)
        lede_put_format(out, "%u%s; ", (unsigned)node->number,
                        node->ordered ? " ordered" : "");
    if (node->kind == LEDE_NODE_BEST || node->kind == LEDE_NODE_BOOST ||
        node->kind == LEDE_NODE_CONSTANT) {
        put_real(out, node->real);
        lede_put_text(out, "; ");
    }
    if (node->kind == LEDE_NODE_FORMS)
        lede_put_format(out, "%s%s%s%s; ", "exact",
                        node->number & LEDE_FORM_FOLD ? " fold" : "",
                        node->number & LEDE_FORM_STEM ? " stem" : "",
                        node->number & LEDE_FORM_NAME ? " name" : "");
}

static bool is_bare(const lede_query_node *node)
{
    for (size_t i = 0; i < node->len; i++)
        if (!isalnum((unsigned char)node->text[i]))
            return false;
    return node->kind == LEDE_NODE_TERM && !node->field && node->len;
}

static void put_leaf(lede_buffer *out, const lede_query_node *node)
{
    if (node->field)
        lede_put_text(out, node->field);
    if (node->field && node->kind != LEDE_NODE_EXISTS)
        lede_put_text(out, ":");
    if (node->text)
        lede_put(out, node->text, node->len);
    if (node->kind == LEDE_NODE_PHRASE && node->number)
        lede_put_format(out, "; %u", (unsigned)node->number);
    if (node->kind == LEDE_NODE_FUZZY)
        lede_put_format(out, "; %u", (unsigned)node->number);
    if (node->kind == LEDE_NODE_FUZZY && node->prefix)
        lede_put_format(out, " %u", (unsigned)node->prefix);
    if (node->kind == LEDE_NODE_RANGE) {
        put_value(out, &node->min);
        lede_put_text(out, "..");
        put_value(out, &node->max);
    }
}

/* Test trees are not deep. */
static void put_node(lede_buffer *out, const lede_query *query, lede_node at)
{
    const lede_query_node *node = lede_query_node_at(query, at);

    if (is_bare(node)) {
        lede_put(out, node->text, node->len);
        return;
    }
    lede_put_text(out, names[node->kind]);
    if (node->kind == LEDE_NODE_EVERYTHING || node->kind == LEDE_NODE_NOTHING)
        return;
    lede_put_text(out, "(");
    put_settings(out, node);
    put_leaf(out, node);
    for (uint32_t i = 0; i < node->count; i++) {
        lede_put_text(out, i ? ", " : "");
        put_node(out, query, node->children[i]);
    }
    lede_put_text(out, ")");
}

void test_put_tree(lede_buffer *out, const lede_query *query)
{
    if (lede_query_root(query))
        put_node(out, query, lede_query_root(query));
}
