/*
 * query/tree.c - what reads and keeps a query, however it was made.
 */
#include "query/tree.h"

#define NAME_MAX_BYTES 64

lede_status lede_query_new(lede_query **out, const lede_allocator *allocator)
{
    lede_query *query;
    lede_arena arena;

    if (!out)
        return LEDE_ERR_INVALID;
    lede_arena_init(&arena, allocator, LEDE_ARENA_FIRST);
    query = lede_arena_zero(&arena, sizeof *query);
    if (!query)
        return lede_arena_status(&arena);
    query->allocator = allocator;
    query->arena = arena;
    lede_buffer_init(&query->printed, allocator);
    *out = query;
    return LEDE_OK;
}

void lede_query_free(lede_query *query)
{
    lede_arena arena;

    if (!query)
        return;
    lede_buffer_fini(&query->printed);
    arena = query->arena;
    lede_arena_fini(&arena);
}

lede_status lede_query_status(const lede_query *query)
{
    return query ? query->status : LEDE_ERR_INVALID;
}

lede_node lede_query_root(const lede_query *query)
{
    return query ? query->root : 0;
}

void lede_query_set_root(lede_query *query, lede_node node)
{
    if (!query || query->status != LEDE_OK)
        return;
    if (node == 0 || node > query->count || query->nodes[node - 1].parent)
        query->status = LEDE_ERR_INVALID;
    else
        query->root = node;
}

uint32_t lede_query_count(const lede_query *query)
{
    return (uint32_t)query->count;
}

const lede_query_node *lede_query_node_at(const lede_query *query,
                                          lede_node node)
{
    return node && node <= query->count ? &query->nodes[node - 1] : NULL;
}

const lede_warning *lede_query_warning(const lede_query *query, size_t at)
{
    return query && at < query->warning_count ? &query->warnings[at] : NULL;
}

void lede_query_warn(lede_query *query, size_t begin, size_t end,
                     const char *message)
{
    if (query->status != LEDE_OK)
        return;
    if (!lede_arena_grow(&query->arena, &query->warnings,
                         &query->warning_capacity, query->warning_count + 1,
                         sizeof *query->warnings)) {
        query->status = LEDE_ERR_NOMEM;
        return;
    }
    query->warnings[query->warning_count++] =
        (lede_warning){ begin, end, message };
}

void lede_query_set_span(lede_query *query, lede_node node, size_t begin,
                         size_t end)
{
    if (node && node <= query->count) {
        query->nodes[node - 1].begin = begin;
        query->nodes[node - 1].end = end;
    }
}

bool lede_query_field_name(const char *name)
{
    size_t len = strnlen(name, NAME_MAX_BYTES + 1);

    if (len == 0 || len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool digit = name[i] >= '0' && name[i] <= '9';

        if (!(name[i] >= 'a' && name[i] <= 'z') && name[i] != '_' &&
            !(digit && i > 0))
            return false;
    }
    return true;
}

static bool same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (!a || !b)
        return a == b;
    return lede_bytes_equal(lede_bytes_of(a, a_len), lede_bytes_of(b, b_len));
}

static bool same_name(const char *a, const char *b)
{
    return same_text(a, a ? strlen(a) : 0, b, b ? strlen(b) : 0);
}

static bool same_value(const lede_value *a, const lede_value *b)
{
    return a->kind == b->kind && a->number == b->number &&
           !(a->real < b->real || a->real > b->real) &&
           same_text(a->text, a->len, b->text, b->len);
}

/* Children left aside. */
static bool same_node(const lede_query_node *a, const lede_query_node *b)
{
    return a->kind == b->kind && a->count == b->count &&
           a->number == b->number && a->prefix == b->prefix &&
           a->ordered == b->ordered &&
           !(a->real < b->real || a->real > b->real) &&
           same_name(a->field, b->field) &&
           same_text(a->text, a->len, b->text, b->len) &&
           same_value(&a->min, &b->min) && same_value(&a->max, &b->max);
}

/* The node after `node` when all nodes under `top` are visited parents first;
 * NULL after the last. */
static const lede_query_node *next_node(const lede_query *query,
                                        const lede_query_node *top,
                                        const lede_query_node *node)
{
    if (node->count)
        return lede_query_node_at(query, node->children[0]);
    while (node != top) {
        const lede_query_node *parent = &query->nodes[node->parent - 1];

        if (node->place + 1 < parent->count)
            return lede_query_node_at(query, parent->children[node->place + 1]);
        node = parent;
    }
    return NULL;
}

bool lede_query_equal(const lede_query *a, const lede_query *b)
{
    const lede_query_node *top_a = lede_query_node_at(a, a->root);
    const lede_query_node *top_b = lede_query_node_at(b, b->root);
    const lede_query_node *at_a = top_a, *at_b = top_b;

    while (at_a && at_b) {
        if (!same_node(at_a, at_b))
            return false;
        at_a = next_node(a, top_a, at_a);
        at_b = next_node(b, top_b, at_b);
    }
    return at_a == at_b;
}
