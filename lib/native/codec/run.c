/*
 * native/codec/run.c - runs of gaps, as stored.
 *
 *     run     k:u8  low  unary
 *     low     k low bits of each number, as a little-endian string of bits;
 *             zeros to the end of the byte
 *     unary   for each number v: v >> k zeros and a one, the low bits of a byte
 *             first; zeros to the end of the last byte
 *
 * An empty run is nothing at all.
 */
#include "native/codec/run.h"

#define K_MAX 31U

static uint64_t low_bytes(uint64_t count, uint32_t k)
{
    return (count * k + 7) / 8;
}

static uint64_t run_bits(const uint32_t *gaps, uint64_t count, uint32_t k)
{
    uint64_t bits = count * (k + 1);

    for (uint64_t i = 0; i < count; i++)
        bits += gaps[i] >> k;
    return bits;
}

/* As for blocks: within one of log2(mean x ln 2). */
static uint32_t best_k(const uint32_t *gaps, uint64_t count)
{
    uint64_t sum = 0, best_bits = UINT64_MAX;
    uint32_t from = 0, best = 0;

    for (uint64_t i = 0; i < count; i++)
        sum += gaps[i];
    while (from + 2 < K_MAX && sum / count >> (from + 2))
        from++;
    for (uint32_t k = from; k < from + 3 && k <= K_MAX; k++) {
        uint64_t bits = run_bits(gaps, count, k);

        if (bits < best_bits) {
            best_bits = bits;
            best = k;
        }
    }
    return best;
}

void lede_run_write(lede_buffer *out, const uint32_t *gaps, uint64_t count)
{
    uint32_t k, held = 0;
    uint64_t bits = 0, zeros = 0;

    if (count == 0)
        return;
    k = best_k(gaps, count);
    lede_put_u8(out, (uint8_t)k);
    for (uint64_t i = 0; i < count && k > 0; i++) {
        bits |= (uint64_t)(gaps[i] & ((1U << k) - 1)) << held;
        for (held += k; held >= 8; held -= 8) {
            lede_put_u8(out, (uint8_t)bits);
            bits >>= 8;
        }
    }
    if (held > 0)
        lede_put_u8(out, (uint8_t)bits);
    bits = 0;
    held = 0;
    for (uint64_t i = 0; i < count; i++) {
        for (zeros = gaps[i] >> k; zeros > 0; zeros--)
            if (++held == 8) {
                lede_put_u8(out, (uint8_t)bits);
                bits = held = 0;
            }
        bits |= (uint64_t)1 << held;
        if (++held == 8) {
            lede_put_u8(out, (uint8_t)bits);
            bits = held = 0;
        }
    }
    if (held > 0)
        lede_put_u8(out, (uint8_t)bits);
}

static uint64_t word_at(lede_bytes in, uint64_t byte)
{
    uint64_t word = 0;
    size_t left = in.len - (size_t)byte;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (left >= 8) {
        memcpy(&word, in.at + byte, 8);
        return word;
    }
#endif
    for (size_t i = 0; i < 8 && i < left; i++)
        word |= (uint64_t)in.at[byte + i] << (8 * i);
    return word;
}

/* Clears all but the ones from number n on. */
static uint64_t drop_ones(uint64_t word, uint64_t n)
{
    for (; n > 0; n--)
        word &= word - 1;
    return word;
}

/* Whether no number that ends in this word has a high part above `most`;
 * *end is the bit behind the last end seen. */
static bool ends_are_near(uint64_t word, uint64_t bit, uint64_t most,
                          uint64_t *end)
{
    uint64_t first = bit + (uint64_t)__builtin_ctzll(word);

    if (first - *end > most)
        return false;
    *end = bit + 64 - (uint64_t)__builtin_clzll(word);
    for (word &= word - 1; most < 64 && word; word &= word - 1) {
        uint64_t next = bit + (uint64_t)__builtin_ctzll(word);

        if (next - first - 1 > most)
            return false;
        first = next;
    }
    return true;
}

/* Finds the bit of the last of `count` ones; false if there are fewer, or a
 * number between them has a high part above `most`. */
static bool find_last(lede_bytes in, uint64_t count, uint64_t most,
                      uint64_t *last)
{
    uint64_t found = 0, end = 0;

    for (uint64_t byte = 0; byte < in.len; byte += 8) {
        uint64_t word = word_at(in, byte);
        uint64_t ones = (uint64_t)__builtin_popcountll(word);

        if (found + ones >= count) {
            uint64_t behind = drop_ones(word, count - found);

            word ^= behind;
            *last = byte * 8 + 63 - (uint64_t)__builtin_clzll(word);
            return ends_are_near(word, byte * 8, most, &end);
        }
        if (ones > 0 && !ends_are_near(word, byte * 8, most, &end))
            return false;
        found += ones;
    }
    return false;
}

static bool slack_is_zero(lede_bytes lows, uint64_t bits)
{
    return bits % 8 == 0 || lows.at[lows.len - 1] >> (bits % 8) == 0;
}

bool lede_run_take(lede_run *run, lede_bytes *in, uint64_t count)
{
    lede_bytes at = *in;
    lede_run made = { .count = count };
    uint64_t last;
    uint8_t k;

    if (count == 0) {
        *run = made;
        return true;
    }
    /* Each number takes a bit: this also keeps the products below in range. */
    if (count / 8 > in->len || !lede_take_u8(&at, &k) || k > K_MAX ||
        !lede_take(&at, low_bytes(count, k), &made.lows) ||
        !slack_is_zero(made.lows, count * k) ||
        !find_last(at, count, UINT32_MAX >> k, &last) ||
        at.at[last / 8] >> (last % 8) != 1 ||
        !lede_take(&at, last / 8 + 1, &made.unary))
        return false;
    made.k = k;
    *run = made;
    *in = at;
    return true;
}

/* Moves to behind the end of number at - 1. */
static void skip_to(lede_run *run, uint64_t at)
{
    uint64_t bit;

    if (at < run->at) {
        run->at = 0;
        run->unary_bit = 0;
    }
    bit = run->unary_bit;
    while (run->at < at) {
        uint64_t word = word_at(run->unary, bit / 64 * 8) >> (bit % 64);
        uint64_t ones = (uint64_t)__builtin_popcountll(word);

        if (run->at + ones < at) {
            run->at += ones;
            bit = (bit / 64 + 1) * 64;
            continue;
        }
        word = drop_ones(word, at - run->at - 1);
        bit += (uint64_t)__builtin_ctzll(word) + 1;
        run->at = at;
    }
    run->unary_bit = bit;
}

static uint32_t low_of(const lede_run *run, uint64_t i)
{
    uint64_t bit = i * run->k;

    return (uint32_t)(word_at(run->lows, bit / 8) >> (bit % 8)) &
           ((1U << run->k) - 1);
}

void lede_run_read(lede_run *run, uint64_t from, uint32_t n, uint32_t *gaps)
{
    uint64_t bit;

    skip_to(run, from);
    bit = run->unary_bit;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t begin = bit, word;

        word = word_at(run->unary, bit / 64 * 8) >> (bit % 64) << (bit % 64);
        while (word == 0) {
            bit = (bit / 64 + 1) * 64;
            word = word_at(run->unary, bit / 8);
        }
        bit = bit / 64 * 64 + (uint64_t)__builtin_ctzll(word) + 1;
        gaps[i] = (uint32_t)((bit - 1 - begin) << run->k) |
                  (run->k ? low_of(run, from + i) : 0);
    }
    run->at = from + n;
    run->unary_bit = bit;
}
