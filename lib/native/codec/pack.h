/*
 * native/codec/pack.h - up to 128 numbers at a fixed width.
 *
 *     len = lede_pack(out, values, n, width);
 *     if (!lede_unpack(&in, n, width, values))
 *         return LEDE_ERR_CORRUPT;
 *
 * Grammar in pack.c. A full block is laid out for vectors of four, the rest
 * for the fewest bytes.
 *
 * Errors    lede_unpack returns false, and moves nothing, when the bytes are
 *           too few or a bit of the slack is set.
 */
#ifndef LEDE_NATIVE_CODEC_PACK_H
#define LEDE_NATIVE_CODEC_PACK_H

#include "base/bytes.h"

#define LEDE_PACK_MAX 128U

/* How long n values of `width` bits (0 to 32) are. */
static inline size_t lede_pack_bytes(uint32_t n, uint32_t width)
{
    return ((size_t)n * width + 7) / 8;
}

/* Writes the low `width` bits of n values, 1 to LEDE_PACK_MAX; returns
 * lede_pack_bytes. `out` has room for that. */
size_t lede_pack(uint8_t *out, const uint32_t *values, uint32_t n,
                 uint32_t width);

/* Reads n values of `width` bits, at most 32, into an array of LEDE_PACK_MAX. */
bool lede_unpack(lede_bytes *in, uint32_t n, uint32_t width, uint32_t *values);

/* The same without vectors: what lede_unpack is where bytes stand in another
 * order, and its twin in tests. */
bool lede_unpack_plain(lede_bytes *in, uint32_t n, uint32_t width,
                       uint32_t *values);

#endif
