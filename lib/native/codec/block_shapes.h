/*
 * native/codec/block_shapes.h - how blocks of numbers are stored.
 *
 *     block  shape:u8  body
 *     shape  0 - 31   rice    the low `shape` bits of n values, packed; then n
 *                             unary numbers, for each value v: v >> shape
 *                             zeros and a one, the low bits of a byte first;
 *                             zeros to the end of the last byte
 *            32 - 64  fixed   n values of shape - 32 bits, packed
 *            65       run     varint: the value of all n
 *            66 - 81  levels  of n values, with e = shape - 66 (levels.h), and
 *                             zeros to the end of the last byte
 *            82 - 106 sparse  m:u8, how many values are not 0, less than n; with
 *                             l = shape - 82, places 0 to n - 1, and k as for
 *                             points (points.h) of m places below n: for each
 *                             value that is not 0 k + l bits, packed, the low k
 *                             of its place's gap and the low l of the value
 *                             less 1; then 2 m unary numbers, the high parts of
 *                             all gaps and of all values less 1
 *
 * The length of the unary part is not stored: it ends with its n-th one. That
 * saves a byte a block and costs nothing, since a reader finds the ones anyway.
 * The i-th one stands at bit i + (sum of the high parts up to i), which is the
 * running sum that rising numbers need.
 *
 * Threads   Constants.
 */
#ifndef LEDE_NATIVE_CODEC_BLOCK_SHAPES_H
#define LEDE_NATIVE_CODEC_BLOCK_SHAPES_H

#define LEDE_BLOCK_RICE_END 32U
#define LEDE_BLOCK_FIXED    32U
#define LEDE_BLOCK_RUN      65U
#define LEDE_BLOCK_LEVELS   66U
#define LEDE_BLOCK_SPARSE   82U
#define LEDE_BLOCK_SPARSE_L 24U /* the greatest l */

#endif
