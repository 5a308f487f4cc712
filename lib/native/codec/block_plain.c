/*
 * native/codec/block_plain.c - loops over the numbers of blocks, in vectors of
 * 16 bytes, which every processor has or is given by the compiler.
 */
#include "native/codec/block_kernels.h"
#include "native/codec/pack.h"

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

const uint16_t lede_block_places[256][8] = {
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

/* A byte at a time, which takes two thirds of the instructions of four bits at
 * a time. */
static bool take_unary(lede_bytes *in, uint32_t n, uint16_t *ends)
{
    const size_t most =
        in->len < LEDE_BLOCK_BYTES_MAX ? in->len : LEDE_BLOCK_BYTES_MAX;
    const uint8_t *at = in->at, *end = at ? at + most : at;
    uint16_t *to = ends, *all = ends + n;
    shorts before = { 0 };
    lede_bytes used;

    while (to < all) {
        shorts row;

        if (at == end)
            return false;
        memcpy(&row, lede_block_places[*at], sizeof row);
        row += before;
        memcpy(to, &row, sizeof row);
        before += 8;
        to += ones[*at++];
    }
    return to == all && lede_take(in, (size_t)(at - in->at), &used);
}

static void add_highs(const uint16_t *ends, uint32_t n, uint32_t k,
                      uint32_t *values)
{
    values[0] |= (uint32_t)ends[0] << k;
    for (uint32_t i = 1; i < n; i++)
        values[i] |= (uint32_t)(ends[i] - ends[i - 1] - 1) << k;
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

/* Eight at a time, up to the next multiple of it. */
static void rise(uint32_t *out, uint32_t n, uint32_t base, const uint16_t *ends,
                 uint32_t k)
{
    lanes before = { 0, 1, 2, 3 };
    shorts ones_before = { 0, 1, 2, 3, 4, 5, 6, 7 };

    before += base;
    for (uint32_t i = 0; i < n; i += 8) {
        lanes low = sums_of(out + i), high = sums_of(out + i + 4), tops[2];
        lanes middle = before + last_of(low) + 4;

        low += before;
        before = middle + last_of(high) + 4;
        high += middle;
        if (ends) {
            shorts places;
            pair wide;

            memcpy(&places, ends + i, sizeof places);
            wide = __builtin_convertvector(places - ones_before, pair) << k;
            ones_before += 8;
            memcpy(tops, &wide, sizeof tops);
            low += tops[0];
            high += tops[1];
        }
        memcpy(out + i, &low, sizeof low);
        memcpy(out + i + 4, &high, sizeof high);
    }
}

static bool spread(const lede_block_sparse *s, uint32_t n, uint32_t *values)
{
    const uint16_t *gap_ends = s->ends, *value_ends = s->ends + s->m;
    uint32_t mask = (1U << s->k) - 1, place = 0, before = 0;
    uint32_t middle = gap_ends[s->m - 1] + 1U;

    memset(values, 0, LEDE_BLOCK_MAX * sizeof *values);
    for (uint32_t i = 0; i < s->m; i++) {
        uint32_t value = (value_ends[i] - middle) << s->l;

        place += (gap_ends[i] - before) << s->k | (s->lows[i] & mask);
        value += (s->lows[i] >> s->k) + 1;
        before = gap_ends[i] + 1U;
        middle = value_ends[i] + 1U;
        /* Places rise: if the last is below n, all were. */
        values[place++ % LEDE_BLOCK_MAX] = value;
    }
    return place <= n;
}

static uint32_t raise(uint32_t *values, uint32_t n)
{
    uint32_t any = 0;

    for (uint32_t i = 0; i < n; i++)
        any |= values[i]++;
    return any;
}

const lede_block_kernels lede_block_plain = { lede_unpack, take_unary,
                                              add_highs,   rise,
                                              spread,      raise };
