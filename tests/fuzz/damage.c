#include "fuzz/damage.h"

#include <stdlib.h>

#define PIECE_MAX 64U

/* Numbers on which bounds are missed. */
static const uint64_t edges[] = {
    0,
    1,
    127,
    128,
    255,
    256,
    511,
    512,
    INT32_MAX,
    (uint64_t)INT32_MAX + 1,
    UINT32_MAX - 1,
    UINT32_MAX,
    (uint64_t)UINT32_MAX + 1,
    INT64_MAX,
    (uint64_t)INT64_MAX + 1,
    UINT64_MAX,
};

bool damage_take(lede_bytes *input, damage *d)
{
    lede_bytes in = *input;
    uint32_t low;
    uint8_t at[2];

    if (!lede_take_u8(&in, &d->where) || !lede_take_u8(&in, &d->kind) ||
        !lede_take_u8(&in, &at[0]) || !lede_take_u8(&in, &at[1]) ||
        !lede_take_u32(&in, &low))
        return false;
    d->at = (uint16_t)(at[0] | at[1] << 8);
    d->value = low;
    *input = in;
    return true;
}

/* A number of `size` bytes at a place, as far as there is room. */
static void put_number(lede_buffer *bytes, size_t at, uint64_t number,
                       size_t size)
{
    for (size_t i = 0; i < size && at + i < bytes->len; i++)
        bytes->at[at + i] = (uint8_t)(number >> (8 * i));
}

static void insert(lede_buffer *bytes, size_t at, uint8_t byte, size_t count)
{
    if (!lede_buffer_reserve(bytes, count))
        abort();
    memmove(bytes->at + at + count, bytes->at + at, bytes->len - at);
    memset(bytes->at + at, byte, count);
    bytes->len += count;
}

static void cut(lede_buffer *bytes, size_t at, size_t count)
{
    if (count > bytes->len - at)
        count = bytes->len - at;
    memmove(bytes->at + at, bytes->at + at + count, bytes->len - at - count);
    bytes->len -= count;
}

static void move_piece(lede_buffer *bytes, size_t at, uint32_t value)
{
    size_t from = (value >> 16) % bytes->len, len = value % PIECE_MAX + 1;
    size_t most = bytes->len - (at > from ? at : from);

    memmove(bytes->at + at, bytes->at + from, len < most ? len : most);
}

void damage_do(lede_buffer *bytes, const damage *d)
{
    size_t at = bytes->len ? d->at % bytes->len : 0;
    uint64_t edge = edges[d->value % (sizeof edges / sizeof *edges)];

    if (bytes->len == 0 || d->kind % 12 == 0) {
        insert(bytes, at, (uint8_t)(d->value >> 8), d->value % PIECE_MAX + 1);
        return;
    }
    switch (d->kind % 12) {
    case 1:
        bytes->at[at] ^= (uint8_t)(1U << d->value % 8);
        break;
    case 2:
        bytes->at[at] = (uint8_t)(bytes->at[at] + d->value);
        break;
    case 3:
        put_number(bytes, at, d->value, 4);
        break;
    case 4:
        put_number(bytes, at, edge, 4);
        break;
    case 5:
        put_number(bytes, at, edge, 8);
        break;
    case 6: /* near the end, where tables are */
        put_number(bytes, bytes->len - 1 - at, d->value, 4);
        break;
    case 7:
        cut(bytes, at, d->value % PIECE_MAX + 1);
        break;
    case 8:
        bytes->len = at;
        break;
    case 9:
        move_piece(bytes, at, d->value);
        break;
    case 10: /* a whole word, at its place */
        put_number(bytes, at & ~(size_t)7, d->value, 8);
        break;
    default:
        bytes->at[at] = (uint8_t)d->value;
    }
}

uint8_t *damage_copy(lede_bytes bytes)
{
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);

    if (!copy)
        abort();
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    return copy;
}
