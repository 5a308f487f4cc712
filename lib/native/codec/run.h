/*
 * native/codec/run.h - any number of gaps with one k, readable in the middle.
 *
 *     lede_run_write(&buffer, gaps, count);
 *     if (!lede_run_take(&run, &in, count))
 *         return LEDE_ERR_CORRUPT;
 *     lede_run_read(&run, from, n, gaps);
 *
 * Split-Rice like a block, but low bits lie one behind the other and there is
 * no bound on the count: number i is found by its place among the low bits and
 * by counting ones among the unary ones. Positions of words are stored so: of
 * 128 documents only those that hold the other words of a phrase are read.
 *
 * Errors    take returns false, and moves nothing, unless just `count` unary
 *           numbers are there, slack is zero, and no number passes 32 bits.
 *           After that every read within the count succeeds.
 */
#ifndef LEDE_NATIVE_CODEC_RUN_H
#define LEDE_NATIVE_CODEC_RUN_H

#include "base/buffer.h"

typedef struct lede_run {
    uint32_t k;
    uint64_t count;
    lede_bytes lows;
    lede_bytes unary;
    /* Where the last read ended, so that reading on is cheap. */
    uint64_t at;
    uint64_t unary_bit; /* behind the end of number at - 1 */
} lede_run;

/* Appends `count` gaps, 0 or more. */
void lede_run_write(lede_buffer *out, const uint32_t *gaps, uint64_t count);

bool lede_run_take(lede_run *run, lede_bytes *in, uint64_t count);

/* Reads gaps from .. from + n - 1, all below the count. Fastest when `from`
 * is not below the end of the last read. */
void lede_run_read(lede_run *run, uint64_t from, uint32_t n, uint32_t *gaps);

#endif
