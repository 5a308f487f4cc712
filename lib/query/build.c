/*
 * query/build.c - makes the nodes of a query and checks all that is said of
 * them, for programs and for the parser alike.
 */
#include "base/alloc.h"
#include "query/regex.h"
#include "query/tree.h"

#include <math.h>

#define FORMS_ALL                                           \
    ((uint32_t)LEDE_FORM_EXACT | (uint32_t)LEDE_FORM_FOLD | \
     (uint32_t)LEDE_FORM_STEM | (uint32_t)LEDE_FORM_NAME)

static lede_node refuse(lede_query *query, lede_status status)
{
    if (query && query->status == LEDE_OK)
        query->status = status;
    return 0;
}

static bool is_usable(const lede_query *query)
{
    return query && query->status == LEDE_OK;
}

static lede_node add_node(lede_query *query, const lede_query_node *node)
{
    if (query->count == UINT32_MAX - 1)
        return refuse(query, LEDE_ERR_LIMIT);
    if (!lede_arena_grow(&query->arena, &query->nodes, &query->capacity,
                         query->count + 1, sizeof *query->nodes))
        return refuse(query, LEDE_ERR_NOMEM);
    query->nodes[query->count++] = *node;
    return (lede_node)query->count;
}

/* Checks and copies a field's name; NULL stays NULL. */
static bool copy_field(lede_query *query, const char **out, const char *field)
{
    if (!field)
        return true;
    if (!lede_query_field_name(field))
        return refuse(query, LEDE_ERR_INVALID);
    *out = lede_arena_text(&query->arena, field, strlen(field));
    return *out || refuse(query, LEDE_ERR_NOMEM);
}

static bool copy_text(lede_query *query, lede_query_node *node,
                      const char *text, size_t len)
{
    if (!text && len && len != LEDE_TERMINATED)
        return refuse(query, LEDE_ERR_INVALID);
    if (len == LEDE_TERMINATED)
        len = text ? strlen(text) : 0;
    node->text = lede_arena_text(&query->arena, text, len);
    node->len = len;
    return node->text || refuse(query, LEDE_ERR_NOMEM);
}

/* A leaf made of a field and a text; `node` has the other members. */
static lede_node add_text(lede_query *query, lede_query_node node,
                          const char *field, const char *text, size_t len)
{
    if (!is_usable(query))
        return 0;
    node.height = 1;
    if (!copy_field(query, &node.field, field) ||
        !copy_text(query, &node, text, len))
        return 0;
    return add_node(query, &node);
}

lede_node lede_query_term(lede_query *query, const char *field,
                          const char *text, size_t len)
{
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_TERM }, field,
                    text, len);
}

lede_node lede_query_equals(lede_query *query, const char *field,
                            const char *text, size_t len)
{
    if (!field)
        return refuse(query, LEDE_ERR_INVALID);
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_EQUALS }, field,
                    text, len);
}

lede_node lede_query_phrase(lede_query *query, const char *field,
                            const char *text, size_t len, uint32_t slop)
{
    return add_text(
        query, (lede_query_node){ .kind = LEDE_NODE_PHRASE, .number = slop },
        field, text, len);
}

lede_node lede_query_prefix(lede_query *query, const char *field,
                            const char *text, size_t len)
{
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_PREFIX }, field,
                    text, len);
}

lede_node lede_query_wildcard(lede_query *query, const char *field,
                              const char *pattern, size_t len)
{
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_WILDCARD },
                    field, pattern, len);
}

lede_node lede_query_regex(lede_query *query, const char *field,
                           const char *pattern, size_t len)
{
    lede_status status;
    size_t bad;
    const char *why;

    if (!pattern && len && len != LEDE_TERMINATED)
        return refuse(query, LEDE_ERR_INVALID);
    if (len == LEDE_TERMINATED)
        len = pattern ? strlen(pattern) : 0;
    status = lede_regex_check(lede_bytes_of(pattern, len), &bad, &why);
    if (status != LEDE_OK)
        return refuse(query, status);
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_REGEX }, field,
                    pattern, len);
}

lede_node lede_query_fuzzy(lede_query *query, const char *field,
                           const char *text, size_t len, uint32_t edits,
                           uint32_t prefix)
{
    if (edits > 2)
        return refuse(query, LEDE_ERR_INVALID);
    return add_text(query,
                    (lede_query_node){ .kind = LEDE_NODE_FUZZY,
                                       .number = edits,
                                       .prefix = prefix },
                    field, text, len);
}

lede_node lede_query_similar(lede_query *query, const char *field,
                             const char *text, size_t len)
{
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_SIMILAR },
                    field, text, len);
}

lede_node lede_query_similar_to(lede_query *query, const char *field,
                                const char *key, size_t key_len)
{
    return add_text(query, (lede_query_node){ .kind = LEDE_NODE_SIMILAR_TO },
                    field, key, key_len);
}

/* A leaf of a field and no text. */
static lede_node add_values(lede_query *query, lede_query_node node,
                            const char *field)
{
    if (!is_usable(query))
        return 0;
    node.height = 1;
    if (!copy_field(query, &node.field, field))
        return 0;
    return add_node(query, &node);
}

static bool copy_bound(lede_query *query, lede_value *value, const char *text)
{
    value->kind = text ? LEDE_STORED : LEDE_NONE;
    value->len = text ? strlen(text) : 0;
    value->text = text ? lede_arena_text(&query->arena, text, value->len) : "";
    return value->text || refuse(query, LEDE_ERR_NOMEM);
}

lede_node lede_query_range(lede_query *query, const char *field,
                           const char *min, const char *max)
{
    lede_query_node node = { .kind = LEDE_NODE_RANGE };

    if (!field)
        return refuse(query, LEDE_ERR_INVALID);
    if (!is_usable(query) || !copy_bound(query, &node.min, min) ||
        !copy_bound(query, &node.max, max))
        return 0;
    return add_values(query, node, field);
}

lede_node lede_query_range_int(lede_query *query, const char *field,
                               int64_t min, int64_t max)
{
    lede_query_node node = {
        .kind = LEDE_NODE_RANGE,
        .min = { .kind = LEDE_INT, .number = min, .text = "" },
        .max = { .kind = LEDE_INT, .number = max, .text = "" }
    };

    if (!field)
        return refuse(query, LEDE_ERR_INVALID);
    return add_values(query, node, field);
}

lede_node lede_query_range_double(lede_query *query, const char *field,
                                  double min, double max)
{
    /* Adding 0 makes -0 a plain 0. */
    lede_query_node node = {
        .kind = LEDE_NODE_RANGE,
        .min = { .kind = LEDE_DOUBLE, .real = min + 0.0, .text = "" },
        .max = { .kind = LEDE_DOUBLE, .real = max + 0.0, .text = "" }
    };

    if (!field || isnan(min) || isnan(max))
        return refuse(query, LEDE_ERR_INVALID);
    return add_values(query, node, field);
}

lede_node lede_query_exists(lede_query *query, const char *field)
{
    if (!field)
        return refuse(query, LEDE_ERR_INVALID);
    return add_values(query, (lede_query_node){ .kind = LEDE_NODE_EXISTS },
                      field);
}

lede_node lede_query_everything(lede_query *query)
{
    return add_values(query, (lede_query_node){ .kind = LEDE_NODE_EVERYTHING },
                      NULL);
}

lede_node lede_query_nothing(lede_query *query)
{
    return add_values(query, (lede_query_node){ .kind = LEDE_NODE_NOTHING },
                      NULL);
}

/* Makes `nodes` the children of a new node. A node given twice is refused too:
 * the second time it has a parent. */
static lede_node add_join(lede_query *query, lede_query_node node,
                          const lede_node *nodes, size_t count)
{
    lede_node made, *children;

    if (!is_usable(query))
        return 0;
    if (count && !nodes)
        return refuse(query, LEDE_ERR_INVALID);
    if (count >= UINT32_MAX)
        return refuse(query, LEDE_ERR_LIMIT);
    children = lede_arena_array(&query->arena, count, sizeof *children);
    if (!children)
        return refuse(query, LEDE_ERR_NOMEM);
    made = (lede_node)query->count + 1;
    node.height = 1;
    for (uint32_t i = 0; i < count; i++) {
        lede_query_node *child;

        if (nodes[i] == 0 || nodes[i] > query->count)
            return refuse(query, LEDE_ERR_INVALID);
        child = &query->nodes[nodes[i] - 1];
        if (child->parent)
            return refuse(query, LEDE_ERR_INVALID);
        child->parent = made;
        child->place = i;
        children[i] = nodes[i];
        if (node.height <= child->height)
            node.height = child->height + 1;
        if (nodes[i] == query->root)
            query->root = 0;
    }
    node.children = children;
    node.count = (uint32_t)count;
    return add_node(query, &node);
}

lede_node lede_query_and(lede_query *query, const lede_node *nodes,
                         size_t count)
{
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_AND }, nodes,
                    count);
}

lede_node lede_query_or(lede_query *query, const lede_node *nodes, size_t count)
{
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_OR }, nodes,
                    count);
}

lede_node lede_query_best(lede_query *query, const lede_node *nodes,
                          size_t count, double tie)
{
    if (!(tie >= 0 && tie <= 1))
        return refuse(query, LEDE_ERR_INVALID);
    return add_join(
        query, (lede_query_node){ .kind = LEDE_NODE_BEST, .real = tie + 0.0 },
        nodes, count);
}

static bool counts_as_word(lede_node_kind kind)
{
    return kind == LEDE_NODE_TERM || kind == LEDE_NODE_PREFIX ||
           kind == LEDE_NODE_WILDCARD || kind == LEDE_NODE_REGEX ||
           kind == LEDE_NODE_FUZZY;
}

bool lede_query_can_group(const lede_query *query, const lede_node *nodes,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const lede_query_node *node = lede_query_node_at(query, nodes[i]);

        if (!node || !counts_as_word(node->kind))
            return false;
    }
    return count > 0;
}

static bool same_field(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool lede_query_can_near(const lede_query *query, const lede_node *nodes,
                         size_t count)
{
    const char *field = NULL;

    for (size_t i = 0; i < count; i++) {
        const lede_query_node *node = lede_query_node_at(query, nodes[i]);

        if (!node ||
            (!counts_as_word(node->kind) && node->kind != LEDE_NODE_PHRASE))
            return false;
        if (i == 0)
            field = node->field;
        else if (!same_field(field, node->field))
            return false;
    }
    return count > 0;
}

lede_node lede_query_group(lede_query *query, const lede_node *nodes,
                           size_t count)
{
    if (!is_usable(query))
        return 0;
    if (!nodes || !lede_query_can_group(query, nodes, count))
        return refuse(query, LEDE_ERR_INVALID);
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_GROUP }, nodes,
                    count);
}

lede_node lede_query_near(lede_query *query, const lede_node *nodes,
                          size_t count, uint32_t distance, bool ordered)
{
    if (!is_usable(query))
        return 0;
    if (!nodes || !lede_query_can_near(query, nodes, count))
        return refuse(query, LEDE_ERR_INVALID);
    return add_join(query,
                    (lede_query_node){ .kind = LEDE_NODE_NEAR,
                                       .number = distance,
                                       .ordered = ordered },
                    nodes, count);
}

lede_node lede_query_not(lede_query *query, lede_node node)
{
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_NOT }, &node,
                    1);
}

lede_node lede_query_optional(lede_query *query, lede_node node)
{
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_OPTIONAL },
                    &node, 1);
}

lede_node lede_query_filter(lede_query *query, lede_node node)
{
    return add_join(query, (lede_query_node){ .kind = LEDE_NODE_FILTER }, &node,
                    1);
}

/* One node and a number that scores can bear. */
static lede_node add_scaled(lede_query *query, lede_node_kind kind,
                            lede_node node, double real)
{
    if (!(isfinite(real) && real >= 0))
        return refuse(query, LEDE_ERR_INVALID);
    return add_join(
        query, (lede_query_node){ .kind = kind, .real = real + 0.0 }, &node, 1);
}

lede_node lede_query_boost(lede_query *query, lede_node node, double factor)
{
    return add_scaled(query, LEDE_NODE_BOOST, node, factor);
}

lede_node lede_query_constant(lede_query *query, lede_node node, double score)
{
    return add_scaled(query, LEDE_NODE_CONSTANT, node, score);
}

lede_node lede_query_forms(lede_query *query, lede_node node, uint32_t forms)
{
    if (forms & ~FORMS_ALL)
        return refuse(query, LEDE_ERR_INVALID);
    forms = forms ? forms | (uint32_t)LEDE_FORM_EXACT : FORMS_ALL;
    return add_join(
        query, (lede_query_node){ .kind = LEDE_NODE_FORMS, .number = forms },
        &node, 1);
}
