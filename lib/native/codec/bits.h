/*
 * native/codec/bits.h - strings of bits, the low bits of a byte first.
 *
 *     lede_bits_or(out, at, bits);
 *     word = lede_bits_at(in, at) & mask;
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_BITS_H
#define LEDE_NATIVE_CODEC_BITS_H

#include "base/bytes.h"

/* ORs up to 57 bits into a string that is zero from bit `at` on. */
static inline void lede_bits_or(uint8_t *out, uint64_t at, uint64_t bits)
{
    for (bits <<= at % 8, out += at / 8; bits; bits >>= 8)
        *out++ |= (uint8_t)bits;
}

/* 57 bits and more from a bit on; zeros behind the end. */
static inline uint64_t lede_bits_at(lede_bytes in, uint64_t bit)
{
    uint64_t byte = bit / 8, word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (in.len >= 8 && byte <= in.len - 8) {
        memcpy(&word, in.at + byte, 8);
        return word >> (bit % 8);
    }
#endif
    for (uint64_t i = 0; i < 8 && byte + i < in.len; i++)
        word |= (uint64_t)in.at[byte + i] << (8 * i);
    return word >> (bit % 8);
}

#endif
