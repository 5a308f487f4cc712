/*
 * base/bytes.h - a run of bytes, and the bounded cursor that reads it.
 *
 *     lede_bytes in = file;
 *     if (!lede_take_u32(&in, &count) || !lede_take(&in, count, &name))
 *         return LEDE_ERR_CORRUPT;
 *
 * All bytes that come from disk or network are read through lede_take*. Numbers
 * are little-endian; a varint has 7 bits a byte, the low ones first.
 *
 * Errors    A take that would pass the end returns false and moves nothing.
 * Memory    Bytes are borrowed; what is taken points into them.
 */
#ifndef LEDE_BASE_BYTES_H
#define LEDE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct lede_bytes {
    const uint8_t *at; /* any value when len is 0 */
    size_t len;
} lede_bytes;

static inline lede_bytes lede_bytes_of(const void *at, size_t len)
{
    return (lede_bytes){ (const uint8_t *)at, len };
}

/* Of a terminated text, without its NUL. */
static inline lede_bytes lede_bytes_of_text(const char *text)
{
    return lede_bytes_of(text, strlen(text));
}

static inline bool lede_bytes_equal(lede_bytes a, lede_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Below, at or above 0 as `a` stands before, at or after `b`; a prefix stands
 * before what it begins. */
static inline int lede_bytes_compare(lede_bytes a, lede_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.at, b.at, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool lede_bytes_begin_with(lede_bytes bytes, lede_bytes prefix)
{
    return bytes.len >= prefix.len &&
           lede_bytes_equal(lede_bytes_of(bytes.at, prefix.len), prefix);
}

/* Whether one of them is `byte`. */
static inline bool lede_bytes_hold(lede_bytes bytes, uint8_t byte)
{
    return bytes.len > 0 && memchr(bytes.at, byte, bytes.len);
}

static inline bool lede_take(lede_bytes *in, uint64_t n, lede_bytes *out)
{
    if (n > in->len)
        return false;
    *out = lede_bytes_of(in->at, (size_t)n);
    if (n > 0) /* `at` of no bytes may be NULL, to which nothing is added */
        in->at += (size_t)n;
    in->len -= (size_t)n;
    return true;
}

static inline bool lede_take_u8(lede_bytes *in, uint8_t *value)
{
    lede_bytes raw;

    if (!lede_take(in, 1, &raw))
        return false;
    *value = raw.at[0];
    return true;
}

/* The number in the four bytes at `at`. */
static inline uint32_t lede_read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static inline bool lede_take_u32(lede_bytes *in, uint32_t *value)
{
    lede_bytes raw;

    if (!lede_take(in, 4, &raw))
        return false;
    *value = lede_read_u32(raw.at);
    return true;
}

static inline bool lede_take_u64(lede_bytes *in, uint64_t *value)
{
    lede_bytes raw;

    if (!lede_take(in, 8, &raw))
        return false;
    *value = lede_read_u32(raw.at) | (uint64_t)lede_read_u32(raw.at + 4) << 32;
    return true;
}

/* At most 10 bytes; false also for a value beyond 64 bits. */
static inline bool lede_take_varint(lede_bytes *in, uint64_t *value)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < in->len && i < 10; i++) {
        uint8_t byte = in->at[i];

        if (i == 9 && byte > 1)
            return false;
        sum |= (uint64_t)(byte & 127) << (7 * i);
        if (byte < 128) {
            in->at += i + 1;
            in->len -= i + 1;
            *value = sum;
            return true;
        }
    }
    return false;
}

/* A varint length and that many bytes. */
static inline bool lede_take_block(lede_bytes *in, lede_bytes *out)
{
    lede_bytes at = *in;
    uint64_t len;

    if (!lede_take_varint(&at, &len) || !lede_take(&at, len, out))
        return false;
    *in = at;
    return true;
}

#endif
