/*
 * article/paging.c
 *
 *     token   base64url(body check:u32)    check: low half of the body's hash
 *     body    version:u8 generation:varint order:u64 now:u64 score:u64
 *             sequence:varint key:block count:varint value*
 *     value   kind:u8 (number:u64 | real:u64 | text:block | nothing)
 */
#include "article/paging.h"

#include "base/bytes.h"
#include "base/map.h"
#include "query/tree.h"

#define VERSION 1

/* What a body and its check take beside its key and values, at most. */
#define NUMBER_BYTES ((size_t)10) /* of a varint */
#define FIXED_BYTES  (1 + 3 * sizeof(uint64_t) + 4 * NUMBER_BYTES + 4)

/* A key and a few sort values, none above 2 KiB; more is no token of ours. */
#define TOKEN_BYTES_MAX ((size_t)64 << 10)

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
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

/* What a number of this kind is written as. */
static uint64_t number_of(const lede_value *value)
{
    return value->kind == LEDE_DOUBLE ? bits_of(value->real)
                                      : (uint64_t)value->number;
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

/* The first n + 1 letters of three bytes, of which n are there. */
static void put_letters(char *out, uint32_t bits, size_t n)
{
    for (size_t i = 0; i <= n; i++)
        out[i] = letters[bits >> (18 - 6 * i) & 63];
}

static const char *encode(lede_bytes in, lede_arena *arena)
{
    char *out = lede_arena_alloc(arena, in.len / 3 * 4 + 5), *to = out;
    size_t at = 0;

    if (!out)
        return NULL;
    for (; in.len - at >= 3; at += 3, to += 4)
        put_letters(to,
                    (uint32_t)in.at[at] << 16 | (uint32_t)in.at[at + 1] << 8 |
                        in.at[at + 2],
                    3);
    if (in.len - at > 0) {
        uint32_t bits = (uint32_t)in.at[at] << 16;

        if (in.len - at > 1)
            bits |= (uint32_t)in.at[at + 1] << 8;
        put_letters(to, bits, in.len - at);
        to += in.len - at + 1;
    }
    *to = '\0';
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

/* Writes on where there is room. */
static uint8_t *put_u64(uint8_t *to, uint64_t number)
{
    for (size_t i = 0; i < sizeof number; i++)
        to[i] = (uint8_t)(number >> (8 * i));
    return to + sizeof number;
}

static uint8_t *put_varint(uint8_t *to, uint64_t number)
{
    for (; number > 127; number >>= 7)
        *to++ = (uint8_t)(number | 128);
    *to++ = (uint8_t)number;
    return to;
}

static uint8_t *put_block(uint8_t *to, lede_bytes bytes)
{
    to = put_varint(to, bytes.len);
    if (bytes.len)
        memcpy(to, bytes.at, bytes.len);
    return to + bytes.len;
}

static uint8_t *put_value(uint8_t *to, const lede_value *value)
{
    *to++ = (uint8_t)value->kind;
    if (is_text(value->kind))
        return put_block(to, lede_bytes_of(value->text, value->len));
    return value->kind == LEDE_NONE ? to : put_u64(to, number_of(value));
}

/* Room for a body and its check; NULL when memory ran out. */
static uint8_t *make_room(const lede_page_end *end, lede_arena *arena)
{
    size_t room = FIXED_BYTES + end->hit.key.len;

    for (uint32_t i = 0; i < end->value_count; i++) {
        const lede_value *value = &end->hit.values[i];

        room += 1 + NUMBER_BYTES + (is_text(value->kind) ? value->len : 0);
    }
    return lede_arena_alloc(arena, room);
}

const char *lede_page_write(const lede_page_end *end, lede_arena *arena)
{
    const lede_engine_hit *hit = &end->hit;
    uint8_t *body = make_room(end, arena), *to = body;
    uint32_t check;

    if (!body)
        return NULL;
    *to++ = VERSION;
    to = put_varint(to, end->generation);
    to = put_u64(to, end->order);
    to = put_u64(to, (uint64_t)end->now_seconds);
    to = put_u64(to, bits_of(hit->score));
    to = put_varint(to, hit->sequence);
    to = put_block(to, hit->key);
    to = put_varint(to, end->value_count);
    for (uint32_t i = 0; i < end->value_count; i++)
        to = put_value(to, &hit->values[i]);
    check = check_of(lede_bytes_of(body, (size_t)(to - body)));
    for (size_t i = 0; i < sizeof check; i++)
        *to++ = (uint8_t)(check >> (8 * i));
    return encode(lede_bytes_of(body, (size_t)(to - body)), arena);
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

/* ---- Order -------------------------------------------------------------- */

/* Numbers that were different stay so, and each tells on all bits. */
static uint64_t mix(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * 0x9E3779B97F4A7C15U;
    hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93U;
    return hash ^ hash >> 29;
}

static uint64_t mix_pair(uint64_t hash, uint32_t low, uint32_t high)
{
    return mix(hash, low | (uint64_t)high << 32);
}

static uint64_t mix_text(uint64_t hash, const char *text, size_t len)
{
    return mix(hash, lede_hash_bytes(lede_bytes_of(text, len)));
}

static uint64_t mix_name(uint64_t hash, const char *name)
{
    return name ? mix_text(mix(hash, 1), name, strlen(name)) : mix(hash, 0);
}

static uint64_t mix_value(uint64_t hash, const lede_value *value)
{
    hash = mix(hash, (uint64_t)value->kind);
    if (is_text(value->kind))
        return mix_text(hash, value->text, value->len);
    return value->kind == LEDE_NONE ? hash : mix(hash, number_of(value));
}

static uint64_t mix_node(uint64_t hash, const lede_query_node *node)
{
    hash = mix_pair(hash, (uint32_t)node->kind, node->ordered);
    hash = mix_name(hash, node->field);
    hash = mix_text(hash, node->text, node->len);
    hash = mix_pair(hash, node->number, node->prefix);
    hash = mix(hash, bits_of(node->real));
    hash = mix_value(hash, &node->min);
    hash = mix_value(hash, &node->max);
    hash = mix(hash, node->count);
    for (uint32_t i = 0; i < node->count; i++)
        hash = mix(hash, node->children[i]);
    return hash;
}

uint64_t lede_page_order(const lede_query *query,
                         const lede_search_options *options)
{
    uint32_t count = lede_query_count(query);
    uint64_t hash = mix_pair(0, lede_query_root(query), count);

    for (lede_node i = 1; i <= count; i++)
        hash = mix_node(hash, lede_query_node_at(query, i));
    hash = mix(hash, options->sort_count);
    for (size_t i = 0; i < options->sort_count; i++) {
        hash = mix_name(hash, options->sort[i].field);
        hash = mix(hash, options->sort[i].descending);
    }
    hash = mix_name(hash, options->collapse);
    hash = mix_pair(hash, options->collapse_limit, (uint32_t)options->ties);
    hash = mix(hash, options->forms);
    hash = mix(hash, bits_of(options->k1));
    hash = mix(hash, bits_of(options->b));
    hash = mix(hash, bits_of(options->recency_weight));
    hash = mix(hash, options->half_life_seconds);
    hash = mix(hash, (uint64_t)options->now_seconds);
    return mix_name(hash, options->recency_field);
}
