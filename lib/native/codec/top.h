/*
 * native/codec/top.h - how much of its weight a term can give the documents of
 * a block, in a byte.
 *
 *     top = lede_top_of(frequency, length, usual);
 *
 * The share of a document with f occurrences in l words, where `usual` is the
 * average length of the segment that the block was written in, is
 *
 *     f / (f + c),    c = 3/10 + 9/10 l / usual
 *
 * which is BM25 with k1 = 1.2 and b = 0.75; the top of a block is 255 times the
 * greatest share of its documents, rounded up. Any other parameters and averages
 * make another c' = x + y l of it. With the lesser of x / (3/10) and
 * y / (9/10 / usual) as r, c' >= r c whatever the length, and so
 *
 *     f / (f + c') <= f / (f + r c) <= top / (top + r (255 - top))
 *
 * since f / (f + c) <= top / 255 says that c >= f (255 - top) / top. The nearer
 * these two quotients are, the closer is the bound; native/codec/bound.h has one
 * for all parameters, which takes more to read.
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_TOP_H
#define LEDE_NATIVE_CODEC_TOP_H

#include "native/codec/bound.h"

#define LEDE_TOP_MOST 255U

/* Parts of c. */
#define LEDE_TOP_FIXED  0.3
#define LEDE_TOP_LENGTH 0.9

/* Of a document with a frequency of 1 or more; of none it is 0. */
uint8_t lede_top_of(uint32_t frequency, uint64_t length, uint32_t usual);

/* Of all documents of a hull. */
uint8_t lede_top_of_hull(const lede_hull *hull, uint32_t usual);

/* What a top becomes where another length is usual. */
uint8_t lede_top_moved(uint8_t top, uint32_t from, uint32_t to);

#endif
