/*
 * native/match/window.h - some thousand documents at a time, a bit each.
 *
 *     uint64_t words[LEDE_WINDOW_WORDS];
 *     lede_window_fill(words, 0, LEDE_WINDOW);
 *     ... clear those that do not match
 *     for (bit = lede_window_next(words, 0); bit < LEDE_WINDOW;
 *          bit = lede_window_next(words, bit + 1))
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_MATCH_WINDOW_H
#define LEDE_NATIVE_MATCH_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define LEDE_WINDOW       4096U
#define LEDE_WINDOW_WORDS (LEDE_WINDOW / 64U)

/* The first bit that is set from one on; LEDE_WINDOW if none is. */
static inline uint32_t lede_window_next(const uint64_t *words, uint32_t from)
{
    uint32_t at = from / 64;
    uint64_t word;

    if (from >= LEDE_WINDOW)
        return LEDE_WINDOW;
    word = words[at] & ~(uint64_t)0 << from % 64;
    while (word == 0) {
        if (++at == LEDE_WINDOW_WORDS)
            return LEDE_WINDOW;
        word = words[at];
    }
    return at * 64 + (uint32_t)__builtin_ctzll(word);
}

/* The last bit that is set of those below `to`; LEDE_WINDOW if none is. */
static inline uint32_t lede_window_last(const uint64_t *words, uint32_t to)
{
    for (uint32_t at = (to + 63) / 64; at-- > 0;) {
        uint64_t word = words[at];

        if (to - at * 64 < 64)
            word &= ((uint64_t)1 << (to - at * 64)) - 1;
        if (word)
            return at * 64 + 63 - (uint32_t)__builtin_clzll(word);
    }
    return LEDE_WINDOW;
}

static inline bool lede_window_has(const uint64_t *words, uint32_t bit)
{
    return (words[bit / 64] >> (bit % 64) & 1) != 0;
}

static inline void lede_window_set(uint64_t *words, uint32_t bit)
{
    words[bit / 64] |= (uint64_t)1 << bit % 64;
}

static inline void lede_window_clear(uint64_t *words, uint32_t bit)
{
    words[bit / 64] &= ~((uint64_t)1 << bit % 64);
}

/* Bits from .. to - 1 of one word that holds them: from < to. */
static inline uint64_t lede_window_span(uint32_t from, uint32_t to)
{
    return ~(uint64_t)0 << from % 64 & ~(uint64_t)0 >> (63 - (to - 1) % 64);
}

/* Clears the bits from .. to - 1. */
static inline void lede_window_clear_all(uint64_t *words, uint32_t from,
                                         uint32_t to)
{
    while (from < to) {
        uint32_t end = (from | 63) + 1 < to ? (from | 63) + 1 : to;

        words[from / 64] &= ~lede_window_span(from, end);
        from = end;
    }
}

/* Sets the bits from .. to - 1, and clears all others. */
static inline void lede_window_fill(uint64_t *words, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < LEDE_WINDOW_WORDS; i++)
        words[i] = ~(uint64_t)0;
    lede_window_clear_all(words, 0, from);
    lede_window_clear_all(words, to, LEDE_WINDOW);
}

static inline void lede_window_and(uint64_t *words, const uint64_t *other)
{
    for (uint32_t i = 0; i < LEDE_WINDOW_WORDS; i++)
        words[i] &= other[i];
}

static inline uint32_t lede_window_count(const uint64_t *words)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < LEDE_WINDOW_WORDS; i++)
        count += (uint32_t)__builtin_popcountll(words[i]);
    return count;
}

/* Whether at least `least` bits are set. */
static inline bool lede_window_some(const uint64_t *words, uint32_t least)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < LEDE_WINDOW_WORDS && count < least; i++)
        count += (uint32_t)__builtin_popcountll(words[i]);
    return count >= least;
}

#endif
