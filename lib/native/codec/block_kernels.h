/*
 * native/codec/block_kernels.h - the loops that blocks of numbers are read by.
 *
 *     const lede_block_kernels *with = lede_block_kernels_of(simd);
 *     if (!lede_block_take_with(with, &in, n, values))
 *         return LEDE_ERR_CORRUPT;
 *
 * What a block says is looked at once, in block.c, whatever the processor; the
 * loops over its numbers are compiled for each kind of instructions and give
 * the same of all bytes. lede_block_take and lede_block_take_rising choose the
 * widest that there is.
 *
 * Threads   Functions of their arguments; the tables are constants.
 */
#ifndef LEDE_NATIVE_CODEC_BLOCK_KERNELS_H
#define LEDE_NATIVE_CODEC_BLOCK_KERNELS_H

#include "base/cpu.h"
#include "native/codec/block.h"

/* What a loop may read or write behind the numbers it is asked for: a word of
 * bits, each of which may be the end of a number, and eight more. */
#define LEDE_BLOCK_SPARE 72U

/* Of at most twice the numbers of a block. */
#define LEDE_BLOCK_ENDS (2 * LEDE_BLOCK_MAX + LEDE_BLOCK_SPARE)

/* Numbers of a sparse block that are not 0, in parts. */
typedef struct lede_block_sparse {
    uint32_t m; /* below LEDE_BLOCK_MAX */
    uint32_t k;
    uint32_t l;
    uint32_t lows[LEDE_BLOCK_MAX];
    uint16_t ends[LEDE_BLOCK_ENDS]; /* of all gaps, then of all values */
} lede_block_sparse;

typedef struct lede_block_kernels {
    /* lede_unpack. */
    bool (*unpack)(lede_bytes *in, uint32_t n, uint32_t width,
                   uint32_t *values);
    /*
     * Reads n unary numbers, 1 or more, as where their ones stand: the sum of
     * the first numbers is the place of the last one of them, less the ones
     * before it. False if there are fewer ones, or something follows the last
     * in its byte; or beyond the longest block, up to which places have 16
     * bits. Writes LEDE_BLOCK_SPARE behind them.
     */
    bool (*unary)(lede_bytes *in, uint32_t n, uint16_t *ends);
    /* Puts high bits, whose sum has at most 32 - k, above k low ones. */
    void (*add_highs)(const uint16_t *ends, uint32_t n, uint32_t k,
                      uint32_t *values);
    /* Turns values, or low bits of them, whose sum is less than 2^32, into the
     * numbers they lead to, of 32 bits; `ends` of the high bits, or NULL. */
    void (*rise)(uint32_t *out, uint32_t n, uint32_t base, const uint16_t *ends,
                 uint32_t k);
    /* Puts values of at most 32 bits where they stand, among zeros; false where
     * one stands at n or beyond. */
    bool (*spread)(const lede_block_sparse *s, uint32_t n, uint32_t *values);
    /* lede_block_raise. */
    uint32_t (*raise)(uint32_t *values, uint32_t n);
} lede_block_kernels;

/* Those of a kind of instructions, or plain ones where there are none of it or
 * this processor has not got it. */
const lede_block_kernels *lede_block_kernels_of(lede_simd simd);

/* lede_block_take and lede_block_take_rising by some loops. */
bool lede_block_take_with(const lede_block_kernels *with, lede_bytes *in,
                          uint32_t n, uint32_t *values);
bool lede_block_take_rising_with(const lede_block_kernels *with, lede_bytes *in,
                                 uint32_t n, uint64_t base, uint32_t *out);

/* Private to the files of block.c. */
extern const lede_block_kernels lede_block_plain;
extern const lede_block_kernels lede_block_avx2;

/* Where the ones of a byte stand. */
extern const uint16_t lede_block_places[256][8];

#endif
