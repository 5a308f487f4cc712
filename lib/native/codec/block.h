/*
 * native/codec/block.h - up to 128 numbers as few bytes.
 *
 *     len = lede_block_write(out, gaps, n);
 *     if (!lede_block_take(&in, n, gaps))
 *         return LEDE_ERR_CORRUPT;
 *
 * The one codec of all lists of small numbers: gaps of documents, frequencies,
 * of posting lists, columns of the dictionary. Each block is written in the
 * smallest of four ways: a run of one value, a fixed width (FOR), sparse (where
 * values other than 0 stand, and these), or split-Rice (low bits packed, high
 * bits unary), of which k = 0 is a bitset; or, where asked, in levels (a length
 * and its bits for each). Grammar in block_shapes.h. They are read by the widest
 * instructions there are (block_kernels.h).
 *
 * Errors    A take returns false for bytes that lede_block_write cannot have
 *           written for n values in that shape: too few bytes, a wrong number
 *           of unary ends, bits set in the slack, a value or sum beyond 32
 *           bits. Then `in` has not moved and the output is garbage.
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_BLOCK_H
#define LEDE_NATIVE_CODEC_BLOCK_H

#include "base/bytes.h"

#define LEDE_BLOCK_MAX 128U

/* The longest block: a FOR of 128 values of 32 bits. */
#define LEDE_BLOCK_BYTES_MAX (1U + 4U * LEDE_BLOCK_MAX)

/* Writes n values, 1 to LEDE_BLOCK_MAX, and returns how many bytes it took. */
size_t lede_block_write(uint8_t out[LEDE_BLOCK_BYTES_MAX],
                        const uint32_t *values, uint32_t n);

/* The same for numbers of which few are many times the others, as lengths of
 * lists: may choose `levels`, which are slower to read. */
size_t lede_block_write_uneven(uint8_t out[LEDE_BLOCK_BYTES_MAX],
                               const uint32_t *values, uint32_t n);

/* Reads n values into an array of LEDE_BLOCK_MAX, whatever n. */
bool lede_block_take(lede_bytes *in, uint32_t n, uint32_t *values);

/*
 * Reads n gaps as the numbers they lead to: out[i] = base + i + sum of the
 * gaps up to i, so that base is the least number possible and equal numbers
 * cannot be written. False also if the last is not below UINT32_MAX.
 */
bool lede_block_take_rising(lede_bytes *in, uint32_t n, uint64_t base,
                            uint32_t *out);

/* Adds 1 to n values, 1 to LEDE_BLOCK_MAX, of which the greatest becomes 0;
 * returns the bits that any of them had. */
uint32_t lede_block_raise(uint32_t *values, uint32_t n);

/* Passes a block of n values without reading them. */
bool lede_block_skip(lede_bytes *in, uint32_t n);

#endif
