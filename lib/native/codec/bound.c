/*
 * native/codec/bound.c - lengths of bounds, as stored.
 *
 *     floor   floor(8 log2(length + 1)), of lengths below 2^32
 */
#include "native/codec/bound.h"

/* 2^(j/8) x 2^32, rounded up. */
static const uint64_t eighths[8] = {
    0x100000000U, 0x1172B83C8U, 0x1306FE0A4U, 0x14BFDAD54U,
    0x16A09E668U, 0x18ACE5423U, 0x1AE89F996U, 0x1D5818DD0U,
};

uint32_t lede_length_floor(uint64_t length)
{
    uint64_t x = length < UINT32_MAX ? length + 1 : UINT32_MAX;
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x), j = 7;

    while (x << 32 >> whole < eighths[j])
        j--;
    return whole * 8 + j;
}

uint64_t lede_length_least(uint32_t floor)
{
    uint32_t whole = floor / 8 < 32 ? floor / 8 : 31;
    uint64_t x = eighths[floor % 8] << whole;

    return (x >> 32) + ((x & UINT32_MAX) != 0) - 1;
}
