/*
 * native/codec/block.c - reads blocks of numbers (block_shapes.h).
 */
#include "native/codec/block.h"

#include "native/codec/block_shapes.h"
#include "native/codec/levels.h"
#include "native/codec/pack.h"
#include "native/codec/points.h"

/* Low bits of 128 values of this width add up to less than 2^32. */
#define VECTOR_BITS_MAX 24U

static uint32_t width_of(uint32_t bits)
{
    return bits ? 32 - (uint32_t)__builtin_clz(bits) : 0;
}

typedef uint32_t lanes __attribute__((vector_size(16)));

typedef uint16_t shorts __attribute__((vector_size(16)));
typedef uint32_t pair __attribute__((vector_size(32)));

/* clang-format off */

/* Where the ones of four bits stand, from o on. */
#define N0(o)
#define N1(o) (o),
#define N2(o) (o) + 1,
#define N3(o) (o), (o) + 1,
#define N4(o) (o) + 2,
#define N5(o) (o), (o) + 2,
#define N6(o) (o) + 1, (o) + 2,
#define N7(o) (o), (o) + 1, (o) + 2,
#define N8(o) (o) + 3,
#define N9(o) (o), (o) + 3,
#define NA(o) (o) + 1, (o) + 3,
#define NB(o) (o), (o) + 1, (o) + 3,
#define NC(o) (o) + 2, (o) + 3,
#define ND(o) (o), (o) + 2, (o) + 3,
#define NE(o) (o) + 1, (o) + 2, (o) + 3,
#define NF(o) (o), (o) + 1, (o) + 2, (o) + 3,

#define ROW(low, high) { N##low(0) N##high(4) }
#define ROWS(h) \
    ROW(1, h), ROW(2, h), ROW(3, h), ROW(4, h), ROW(5, h), ROW(6, h), \
    ROW(7, h), ROW(8, h), ROW(9, h), ROW(A, h), ROW(B, h), ROW(C, h), \
    ROW(D, h), ROW(E, h), ROW(F, h)
#define ALL(h) ROW(0, h), ROWS(h)

/* The same of a byte. */
static const uint16_t places_of_ones[256][8] = {
    { 0 }, ROWS(0), ALL(1), ALL(2), ALL(3), ALL(4), ALL(5), ALL(6), ALL(7),
    ALL(8), ALL(9), ALL(A), ALL(B), ALL(C), ALL(D), ALL(E), ALL(F),
};

#define ONES(o) \
    (o), (o) + 1, (o) + 1, (o) + 2, (o) + 1, (o) + 2, (o) + 2, (o) + 3, \
    (o) + 1, (o) + 2, (o) + 2, (o) + 3, (o) + 2, (o) + 3, (o) + 3, (o) + 4

static const uint8_t ones[256] = {
    ONES(0), ONES(1), ONES(1), ONES(2), ONES(1), ONES(2), ONES(2), ONES(3),
    ONES(1), ONES(2), ONES(2), ONES(3), ONES(2), ONES(3), ONES(3), ONES(4),
};

/* clang-format on */

/* What a reader of unary numbers may write behind them. */
#define SPARE 8U

/*
 * Reads n unary numbers as where their ones stand: the sum of the first numbers
 * is the place of the last one of them, less the ones before it. False if there
 * are fewer ones, or something follows the last in its byte; or beyond the
 * longest block, up to which places have 16 bits. A byte at a time, which takes
 * two thirds of the instructions of four bits at a time.
 */
static bool take_unary(lede_bytes *in, uint32_t n, uint16_t *places)
{
    const size_t most =
        in->len < LEDE_BLOCK_BYTES_MAX ? in->len : LEDE_BLOCK_BYTES_MAX;
    const uint8_t *at = in->at, *end = at ? at + most : at;
    uint16_t *to = places, *all = places + n;
    shorts before = { 0 };
    lede_bytes used;

    while (to < all) {
        shorts row;

        if (at == end)
            return false;
        memcpy(&row, places_of_ones[*at], sizeof row);
        row += before;
        memcpy(to, &row, sizeof row);
        before += 8;
        to += ones[*at++];
    }
    return to == all && lede_take(in, (size_t)(at - in->at), &used);
}

static bool take_levels(lede_bytes *in, uint32_t n, uint32_t e,
                        uint32_t *values)
{
    uint64_t at = 0;
    lede_bytes used;

    for (uint32_t i = 0; i < n; i++)
        if (!lede_level_take(*in, &at, e, &values[i]))
            return false;
    return lede_bits_end(*in, at) && lede_take(in, (at + 7) / 8, &used);
}

static bool take_sparse(lede_bytes *in, uint32_t n, uint32_t l,
                        uint32_t *values, uint32_t *width)
{
    uint32_t lows[LEDE_BLOCK_MAX], k, mask;
    uint16_t ends[2 * LEDE_BLOCK_MAX + SPARE];
    uint32_t place = 0, before = 0, middle;
    uint64_t any = 0;
    uint8_t m;

    if (!lede_take_u8(in, &m) || m == 0 || m >= n)
        return false;
    k = lede_points_k(n, m);
    mask = (1U << k) - 1;
    if (!lede_unpack(in, m, k + l, lows) || !take_unary(in, 2U * m, ends))
        return false;
    memset(values, 0, LEDE_BLOCK_MAX * sizeof *values);
    middle = ends[m - 1] + 1U;
    for (uint32_t i = 0; i < m; i++) {
        uint64_t value = ((uint64_t)(ends[m + i] - middle) << l) + 1;

        /* NOLINTNEXTLINE(clang-analyzer-core.*): take_unary filled it */
        place += (ends[i] - before) << k | (lows[i] & mask);
        value += lows[i] >> k;
        before = ends[i] + 1U;
        middle = ends[m + i] + 1U;
        /* Places rise: if the last is below n, all were. */
        values[place++ % LEDE_BLOCK_MAX] = (uint32_t)value;
        any |= value;
    }
    *width = any <= UINT32_MAX ? width_of((uint32_t)any) : 0;
    return place <= n && any <= UINT32_MAX;
}

static bool take_run(lede_bytes *in, uint32_t *value)
{
    uint64_t wide;

    if (!lede_take_varint(in, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    return true;
}

/* A block, taken apart. */
typedef struct parts {
    bool rice;
    uint32_t k;
    uint32_t width; /* bits of values, or of low ones, at most */
    uint16_t ends[LEDE_BLOCK_MAX + SPARE]; /* of the high bits */
} parts;

/* Reads values, or with `rice` their low bits and the ends of the high ones. */
static bool take_parts(lede_bytes *in, uint32_t n, uint32_t *values, parts *p)
{
    uint8_t shape;
    uint32_t value;

    p->rice = false;
    p->width = 32;
    if (!lede_take_u8(in, &shape) ||
        shape > LEDE_BLOCK_SPARSE + LEDE_BLOCK_SPARSE_L)
        return false;
    if (shape >= LEDE_BLOCK_SPARSE)
        return take_sparse(in, n, shape - LEDE_BLOCK_SPARSE, values, &p->width);
    if (shape >= LEDE_BLOCK_LEVELS)
        return take_levels(in, n, shape - LEDE_BLOCK_LEVELS, values);
    if (shape < LEDE_BLOCK_RICE_END) {
        p->rice = true;
        p->width = p->k = shape;
        return lede_unpack(in, n, shape, values) && take_unary(in, n, p->ends);
    }
    if (shape < LEDE_BLOCK_RUN) {
        p->width = shape - LEDE_BLOCK_FIXED;
        return lede_unpack(in, n, p->width, values);
    }
    if (!take_run(in, &value))
        return false;
    p->width = width_of(value);
    for (uint32_t i = 0; i < n; i++)
        values[i] = value;
    return true;
}

/* The sum of all high parts. */
static uint32_t high_sum(const parts *p, uint32_t n)
{
    return p->ends[n - 1] - (n - 1);
}

/* Puts high bits above the low ones; false where a value passes 32 bits. */
static bool add_highs(const parts *p, uint32_t n, uint32_t *values)
{
    uint32_t before = 0;

    if (high_sum(p, n) <= UINT32_MAX >> p->k) {
        values[0] |= (uint32_t)p->ends[0] << p->k;
        for (uint32_t i = 1; i < n; i++)
            values[i] |= (uint32_t)(p->ends[i] - p->ends[i - 1] - 1) << p->k;
        return true;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t high = p->ends[i] - before;

        if (high > UINT32_MAX >> p->k)
            return false;
        before = p->ends[i] + 1U;
        values[i] |= high << p->k;
    }
    return true;
}

bool lede_block_take(lede_bytes *in, uint32_t n, uint32_t *values)
{
    lede_bytes at = *in;
    parts p;

    if (n == 0 || n > LEDE_BLOCK_MAX || !take_parts(&at, n, values, &p) ||
        (p.rice && !add_highs(&p, n, values)))
        return false;
    *in = at;
    return true;
}

/* Turns low bits, or whole values, into the numbers they lead to, without
 * vectors and for any width. False beyond UINT32_MAX. */
static bool rise_plain(uint32_t *out, const parts *p, uint32_t n, uint64_t base)
{
    uint64_t sum = base;

    for (uint32_t i = 0; i < n; i++) {
        uint64_t number;

        sum += out[i];
        number = sum + i + (p->rice ? (uint64_t)(p->ends[i] - i) << p->k : 0);
        if (number >= UINT32_MAX)
            return false;
        out[i] = (uint32_t)number;
    }
    return true;
}

/* Running sums of four. */
static inline lanes sums_of(const uint32_t *values)
{
    const lanes none = { 0 };
    lanes sum;

    memcpy(&sum, values, sizeof sum);
    sum += __builtin_shufflevector(none, sum, 0, 4, 5, 6);
    return sum + __builtin_shufflevector(none, sum, 0, 1, 4, 5);
}

static inline lanes last_of(lanes sum)
{
    return __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
}

/* The same for values, or low bits, of at most 24 bits, whose sum cannot pass
 * 32: eight at a time, up to the next multiple of it. */
static bool rise_by_eight(uint32_t *out, parts *p, uint32_t n, uint32_t base)
{
    lanes before = { 0, 1, 2, 3 };
    shorts ones_before = { 0, 1, 2, 3, 4, 5, 6, 7 };
    uint64_t last = (uint64_t)base + n - 1;
    uint32_t end = n;

    for (; end % 8 != 0; end++) {
        out[end] = 0;
        p->ends[end] = 0;
    }
    if (p->rice)
        last += (uint64_t)high_sum(p, n) << p->k;
    before += base;
    for (uint32_t i = 0; i < end; i += 8) {
        lanes low = sums_of(out + i), high = sums_of(out + i + 4), tops[2];

        lanes middle = before + last_of(low) + 4;

        low += before;
        before = middle + last_of(high) + 4;
        high += middle;
        if (p->rice) {
            shorts ends;
            pair wide;

            memcpy(&ends, p->ends + i, sizeof ends);
            wide = __builtin_convertvector(ends - ones_before, pair) << p->k;
            ones_before += 8;
            memcpy(tops, &wide, sizeof tops);
            low += tops[0];
            high += tops[1];
        }
        memcpy(out + i, &low, sizeof low);
        memcpy(out + i + 4, &high, sizeof high);
    }
    /* Lanes begin one apart; so do the sums behind the last. */
    last += before[0] - base - end;
    return last < UINT32_MAX;
}

bool lede_block_take_rising(lede_bytes *in, uint32_t n, uint64_t base,
                            uint32_t *out)
{
    lede_bytes at = *in;
    parts p;
    bool rises;

    if (n == 0 || n > LEDE_BLOCK_MAX || base >= UINT32_MAX ||
        !take_parts(&at, n, out, &p))
        return false;
    rises = p.width <= VECTOR_BITS_MAX
                ? rise_by_eight(out, &p, n, (uint32_t)base)
                : rise_plain(out, &p, n, base);
    if (rises)
        *in = at;
    return rises;
}

bool lede_block_skip(lede_bytes *in, uint32_t n)
{
    uint32_t values[LEDE_BLOCK_MAX];
    lede_bytes at = *in;
    parts p;

    if (n == 0 || n > LEDE_BLOCK_MAX || !take_parts(&at, n, values, &p))
        return false;
    *in = at;
    return true;
}
