/*
 * article/paging.c
 *
 *     token   base64url(body check:u32)    check: low half of the body's hash
 *     body    version:u8 generation:varint order:u64 now:u64 score:u64
 *             sequence:varint key:block count:varint value*
 *     value   kind:u8 (number:u64 | real:u64 | text:block | nothing)
 */
#include "article/paging.h"

#include "base/buffer.h"
#include "base/map.h"
#include "query/tree.h"

#define VERSION 1

/* What most queries and tokens take. */
#define USUAL_BYTES 256U

/* A key and a few sort values, none above 2 KiB; more is no token of ours. */
#define TOKEN_BYTES_MAX ((size_t)64 << 10)

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put_double(lede_buffer *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    lede_put_u64(out, bits);
}

static bool take_double(lede_bytes *in, double *value)
{
    uint64_t bits;

    if (!lede_take_u64(in, &bits))
        return false;
    memcpy(value, &bits, sizeof bits);
    return true;
}

static bool is_text(lede_kind kind)
{
    return kind == LEDE_TEXT || kind == LEDE_KEYWORD || kind == LEDE_STORED;
}

static void put_value(lede_buffer *out, const lede_value *value)
{
    lede_put_u8(out, (uint8_t)value->kind);
    if (is_text(value->kind))
        lede_put_block(out, lede_bytes_of(value->text, value->len));
    else if (value->kind == LEDE_DOUBLE)
        put_double(out, value->real);
    else if (value->kind != LEDE_NONE)
        lede_put_u64(out, (uint64_t)value->number);
}

static bool take_value(lede_bytes *in, lede_value *value)
{
    lede_bytes text;
    uint64_t number;
    uint8_t kind;

    if (!lede_take_u8(in, &kind) || kind > LEDE_STORED)
        return false;
    *value = (lede_value){ .kind = (lede_kind)kind, .text = "" };
    if (is_text(value->kind)) {
        if (!lede_take_block(in, &text))
            return false;
        value->text = (const char *)text.at;
        value->len = text.len;
    } else if (value->kind == LEDE_DOUBLE) {
        return take_double(in, &value->real) && value->real == value->real;
    } else if (value->kind != LEDE_NONE) {
        if (!lede_take_u64(in, &number))
            return false;
        value->number = (int64_t)number;
    }
    return true;
}

static const char *encode(lede_bytes in, lede_arena *arena)
{
    char *out = lede_arena_alloc(arena, in.len / 3 * 4 + 5);
    size_t at = 0;

    if (!out)
        return NULL;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = in.len - i < 3 ? in.len - i : 3;
        uint32_t bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < n ? in.at[i + j] : 0U);
        for (size_t j = 0; j <= n; j++)
            out[at++] = letters[bits >> (18 - 6 * j) & 63];
    }
    out[at] = '\0';
    return out;
}

static bool decode(lede_bytes *out, const char *text, lede_arena *arena)
{
    size_t len = strlen(text), at = 0;
    uint8_t *bytes;
    uint32_t bits = 0;

    if (len > TOKEN_BYTES_MAX || len % 4 == 1)
        return false;
    bytes = lede_arena_alloc(arena, len / 4 * 3 + 3);
    if (!bytes)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char *letter = strchr(letters, text[i]);

        if (!letter)
            return false;
        bits = bits << 6 | (uint32_t)(letter - letters);
        if (i % 4 > 0)
            bytes[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *out = lede_bytes_of(bytes, at);
    return true;
}

static uint32_t check_of(lede_bytes body)
{
    return (uint32_t)lede_hash_bytes(body);
}

const char *lede_page_write(const lede_page_end *end, lede_arena *arena)
{
    const lede_engine_hit *hit = &end->hit;
    const char *token = NULL;
    lede_buffer body;

    lede_buffer_init(&body, lede_arena_allocator(arena));
    (void)lede_buffer_reserve(&body, USUAL_BYTES);
    lede_put_u8(&body, VERSION);
    lede_put_varint(&body, end->generation);
    lede_put_u64(&body, end->order);
    lede_put_u64(&body, (uint64_t)end->now_seconds);
    put_double(&body, hit->score);
    lede_put_varint(&body, hit->sequence);
    lede_put_block(&body, hit->key);
    lede_put_varint(&body, end->value_count);
    for (uint32_t i = 0; i < end->value_count; i++)
        put_value(&body, &hit->values[i]);
    lede_put_u32(&body, check_of(lede_buffer_bytes(&body)));
    if (body.status == LEDE_OK)
        token = encode(lede_buffer_bytes(&body), arena);
    lede_buffer_fini(&body);
    return token;
}

static bool take_values(lede_bytes *in, lede_page_end *end, lede_arena *arena)
{
    uint64_t count;
    lede_value *values;

    if (!lede_take_varint(in, &count) || count > in->len)
        return false;
    values = lede_arena_array(arena, (size_t)count, sizeof *values);
    if (!values)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!take_value(in, &values[i]))
            return false;
    end->value_count = (uint32_t)count;
    end->hit.values = values;
    return true;
}

static bool take_body(lede_bytes *in, lede_page_end *end, lede_arena *arena)
{
    uint8_t version;
    uint64_t now;

    if (!lede_take_u8(in, &version) || version != VERSION ||
        !lede_take_varint(in, &end->generation) ||
        !lede_take_u64(in, &end->order) || !lede_take_u64(in, &now) ||
        !take_double(in, &end->hit.score) ||
        !lede_take_varint(in, &end->hit.sequence) ||
        !lede_take_block(in, &end->hit.key) || !take_values(in, end, arena))
        return false;
    end->now_seconds = (int64_t)now;
    return in->len == 0;
}

lede_status lede_page_read(lede_page_end *end, const char *token,
                           lede_arena *arena)
{
    lede_page_end read = { 0 };
    lede_bytes in, tail;
    uint32_t check;

    if (decode(&in, token, arena) && in.len > sizeof check) {
        tail = lede_bytes_of(in.at + in.len - sizeof check, sizeof check);
        in.len -= sizeof check;
        if (lede_take_u32(&tail, &check) && check == check_of(in) &&
            take_body(&in, &read, arena)) {
            *end = read;
            return LEDE_OK;
        }
    }
    if (lede_arena_status(arena) != LEDE_OK)
        return lede_arena_status(arena);
    return LEDE_ERR_INVALID;
}

static void put_name(lede_buffer *out, const char *name)
{
    lede_put_u8(out, name != NULL);
    if (name)
        lede_put_block(out, lede_bytes_of_text(name));
}

static void put_query(lede_buffer *out, const lede_query *query)
{
    lede_put_u32(out, lede_query_root(query));
    for (lede_node i = 1; i <= lede_query_count(query); i++) {
        const lede_query_node *node = lede_query_node_at(query, i);

        lede_put_u32(out, (uint32_t)node->kind);
        put_name(out, node->field);
        lede_put_block(out, lede_bytes_of(node->text, node->len));
        lede_put_u32(out, node->number);
        lede_put_u32(out, node->prefix);
        put_double(out, node->real);
        put_value(out, &node->min);
        put_value(out, &node->max);
        lede_put_u8(out, node->ordered);
        lede_put_u32(out, node->count);
        for (uint32_t j = 0; j < node->count; j++)
            lede_put_u32(out, node->children[j]);
    }
}

uint64_t lede_page_order(const lede_query *query,
                         const lede_search_options *options,
                         const lede_allocator *allocator, lede_status *status)
{
    lede_buffer out;
    uint64_t hash;

    lede_buffer_init(&out, allocator);
    (void)lede_buffer_reserve(&out, USUAL_BYTES);
    put_query(&out, query);
    for (size_t i = 0; i < options->sort_count; i++) {
        put_name(&out, options->sort[i].field);
        lede_put_u8(&out, options->sort[i].descending);
    }
    put_name(&out, options->collapse);
    lede_put_u32(&out, options->collapse_limit);
    lede_put_u32(&out, (uint32_t)options->ties);
    lede_put_u32(&out, options->forms);
    put_double(&out, options->k1);
    put_double(&out, options->b);
    put_double(&out, options->recency_weight);
    lede_put_u64(&out, options->half_life_seconds);
    lede_put_u64(&out, (uint64_t)options->now_seconds);
    put_name(&out, options->recency_field);
    *status = out.status;
    hash = lede_hash_bytes(lede_buffer_bytes(&out));
    lede_buffer_fini(&out);
    return hash;
}
