/*
 * native/codec/rising.h - a place among numbers that rise.
 *
 *     at = lede_rising_from(list->docs, list->n, target);
 *     if (at < list->n && list->docs[at] == target)
 *         ... it is one of them
 *
 * No step is chosen by a branch, which would be mispredicted every other time,
 * and how many there are depends on n alone: so searches of one block overlap.
 *
 * Threads   A function of its arguments.
 */
#ifndef LEDE_NATIVE_CODEC_RISING_H
#define LEDE_NATIVE_CODEC_RISING_H

#include <stdint.h>

/* How many of three numbers, `step` apart, are below target. */
static inline uint32_t lede_rising_step(const uint32_t *numbers, uint32_t step,
                                        uint32_t target)
{
    return (uint32_t)(numbers[step - 1] < target) +
           (uint32_t)(numbers[2 * step - 1] < target) +
           (uint32_t)(numbers[3 * step - 1] < target);
}

/* The first of n numbers that is not below target; n if all are. Of a full
 * block, in which most searches are, in steps of a quarter: half as many that
 * wait for one another. */
static inline uint32_t lede_rising_from(const uint32_t *numbers, uint32_t n,
                                        uint32_t target)
{
    uint32_t from = 0;

    if (n == 128) {
        from = 32 * lede_rising_step(numbers, 32, target);
        from += 8 * lede_rising_step(numbers + from, 8, target);
        from += 2 * lede_rising_step(numbers + from, 2, target);
        n = 2;
    }
    while (n > 0) {
        uint32_t half = (n + 1) / 2;

        /* A conditional expression gcc 12 turns into a branch. */
        from += half & -(uint32_t)(numbers[from + half - 1] < target);
        n -= half;
    }
    return from;
}

#endif
