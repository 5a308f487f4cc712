/*
 * native/codec/levels.h - numbers in a string of bits: a length and its bits.
 *
 *     lede_level_put(out, &at, value, e);
 *     if (!lede_level_take(in, &at, e, &value))
 *         return LEDE_ERR_CORRUPT;
 *
 * A value v of level e, with the greatest c of which 2^(c + e) <= v + 2^e: c
 * zeros and a one, and c + e bits of v + 2^e - 2^(c + e); the low bits of a
 * byte first. So small numbers take few bits and no number takes many: for
 * those that are too few, or too unlike, to be worth a parameter.
 *
 * Errors    Reading behind the end gives zeros, which no number begins with: it
 *           is false then, or `at` is beyond the bytes.
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_LEVELS_H
#define LEDE_NATIVE_CODEC_LEVELS_H

#include "native/codec/bits.h"

/* The greatest e. */
#define LEDE_LEVEL_MAX 15U

static inline uint32_t lede_level_of(uint32_t value, uint32_t e)
{
    return 63 - (uint32_t)__builtin_clzll(value + ((uint64_t)1 << e)) - e;
}

/* Bits that a value takes. */
static inline uint32_t lede_level_bits(uint32_t value, uint32_t e)
{
    return 2 * lede_level_of(value, e) + 1 + e;
}

/* Into bytes that are zero from bit *at on. */
static inline void lede_level_put(uint8_t *out, uint64_t *at, uint32_t value,
                                  uint32_t e)
{
    uint32_t level = lede_level_of(value, e);
    uint64_t top = (uint64_t)1 << (level + e);

    lede_bits_or(out, *at + level, 1);
    *at += level + 1;
    lede_bits_or(out, *at, value + ((uint64_t)1 << e) - top);
    *at += level + e;
}

static inline bool lede_level_take(lede_bytes in, uint64_t *at, uint32_t e,
                                   uint32_t *value)
{
    uint64_t word = lede_bits_at(in, *at), bits;
    uint32_t level = word ? (uint32_t)__builtin_ctzll(word) : 64;

    if (level + e > 32)
        return false;
    word = 2 * level + 1 + e <= 57 ? word >> (level + 1)
                                   : lede_bits_at(in, *at + level + 1);
    bits = word & (((uint64_t)1 << (level + e)) - 1);
    bits += ((uint64_t)1 << (level + e)) - ((uint64_t)1 << e);
    *at += 2 * level + 1 + e;
    *value = (uint32_t)bits;
    return bits <= UINT32_MAX;
}

/* Whether a string that was read up to a bit ends there, but for zeros to the
 * end of the byte. */
static inline bool lede_bits_end(lede_bytes in, uint64_t at)
{
    return (at + 7) / 8 <= in.len &&
           (at % 8 == 0 || in.at[at / 8] >> (at % 8) == 0);
}

#endif
