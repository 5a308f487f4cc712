/*
 * native/codec/block.c - reads blocks of numbers (block_shapes.h).
 */
#include "native/codec/block.h"

#include "native/codec/block_kernels.h"
#include "native/codec/block_shapes.h"
#include "native/codec/levels.h"
#include "native/codec/pack.h"
#include "native/codec/points.h"

/* 128 values of this width add up to less than 2^32. */
#define SUMMED_BITS_MAX 25U

const lede_block_kernels *lede_block_kernels_of(lede_simd simd)
{
    return simd == LEDE_SIMD_AVX2 && lede_cpu_has_avx2() ? &lede_block_avx2
                                                         : &lede_block_plain;
}

static inline const lede_block_kernels *widest(void)
{
    return lede_cpu_has_avx2() ? &lede_block_avx2 : &lede_block_plain;
}

/* Bits that lede_bits_at gives for sure. */
#define AT_HAND 57U

/* Many values stand in one word, most of them in few bits each. */
static bool take_levels(lede_bytes *in, uint32_t n, uint32_t e,
                        uint32_t *values)
{
    const uint64_t base = (uint64_t)1 << e, top = (uint64_t)1 << 63;
    uint64_t at = 0, word = 0, any = 0;
    uint32_t left = 0; /* bits of the word, those from `at` on */
    lede_bytes used;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t level = (uint32_t)__builtin_ctzll(word | top);
        uint32_t bits = 2 * level + 1 + e;
        uint64_t first, value;

        if (bits > left) {
            word = lede_bits_at(*in, at);
            left = AT_HAND;
            level = (uint32_t)__builtin_ctzll(word | top);
            bits = 2 * level + 1 + e;
        }
        if (bits > left) {
            if (!lede_level_take(*in, &at, e, &values[i]))
                return false;
            left = 0;
            continue;
        }
        first = (uint64_t)1 << (level + e);
        value = (word >> (level + 1) & (first - 1)) + first - base;
        any |= value;
        values[i] = (uint32_t)value;
        word >>= bits;
        left -= bits;
        at += bits;
    }
    return any <= UINT32_MAX && lede_bits_end(*in, at) &&
           lede_take(in, (at + 7) / 8, &used);
}

/* False where the greatest value of a sparse block passes 32 bits. */
static bool are_sound(const lede_block_sparse *s)
{
    const uint16_t *ends = s->ends + s->m;

    for (uint32_t i = 0; i < s->m; i++) {
        uint64_t high = ends[i] - ends[(int)i - 1] - 1U;

        if ((high << s->l) + (s->lows[i] >> s->k) >= UINT32_MAX)
            return false;
    }
    return true;
}

/* *summed: whether the sum of the values is known to be below 2^32. */
static bool take_sparse(const lede_block_kernels *with, lede_bytes *in,
                        uint32_t n, uint32_t l, uint32_t *values, bool *summed)
{
    lede_block_sparse s;
    uint64_t most;
    uint8_t m;

    if (!lede_take_u8(in, &m) || m == 0 || m >= n)
        return false;
    s.m = m;
    s.k = lede_points_k(n, m);
    s.l = l;
    if (!with->unpack(in, m, s.k + l, s.lows) ||
        !with->unary(in, 2U * m, s.ends))
        return false;
    most = (uint64_t)(s.ends[2U * m - 1] - s.ends[m - 1]) << l;
    *summed = most < UINT32_MAX;
    return (*summed || are_sound(&s)) && with->spread(&s, n, values);
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
    bool summed; /* the values, or low bits, add up to less than 2^32 */
    uint32_t k;
    uint16_t ends[LEDE_BLOCK_MAX + LEDE_BLOCK_SPARE]; /* of the high bits */
} parts;

/* Reads values, or with `rice` their low bits and the ends of the high ones. */
static bool take_parts(const lede_block_kernels *with, lede_bytes *in,
                       uint32_t n, uint32_t *values, parts *p)
{
    uint8_t shape;
    uint32_t value;

    if (!lede_take_u8(in, &shape) ||
        shape > LEDE_BLOCK_SPARSE + LEDE_BLOCK_SPARSE_L)
        return false;
    p->rice = shape < LEDE_BLOCK_RICE_END;
    if (p->rice) {
        p->k = shape;
        p->summed = shape <= SUMMED_BITS_MAX;
        return with->unpack(in, n, shape, values) &&
               with->unary(in, n, p->ends);
    }
    if (shape >= LEDE_BLOCK_SPARSE)
        return take_sparse(with, in, n, shape - LEDE_BLOCK_SPARSE, values,
                           &p->summed);
    if (shape >= LEDE_BLOCK_LEVELS) {
        p->summed = false;
        return take_levels(in, n, shape - LEDE_BLOCK_LEVELS, values);
    }
    if (shape < LEDE_BLOCK_RUN) {
        p->summed = shape - LEDE_BLOCK_FIXED <= SUMMED_BITS_MAX;
        return with->unpack(in, n, shape - LEDE_BLOCK_FIXED, values);
    }
    if (!take_run(in, &value))
        return false;
    p->summed = value >> SUMMED_BITS_MAX == 0;
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
static bool add_highs(const lede_block_kernels *with, const parts *p,
                      uint32_t n, uint32_t *values)
{
    uint32_t before = 0;

    if (high_sum(p, n) <= UINT32_MAX >> p->k) {
        with->add_highs(p->ends, n, p->k, values);
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

bool lede_block_take_with(const lede_block_kernels *with, lede_bytes *in,
                          uint32_t n, uint32_t *values)
{
    lede_bytes at = *in;
    parts p;

    if (n == 0 || n > LEDE_BLOCK_MAX || !take_parts(with, &at, n, values, &p) ||
        (p.rice && !add_highs(with, &p, n, values)))
        return false;
    *in = at;
    return true;
}

bool lede_block_take(lede_bytes *in, uint32_t n, uint32_t *values)
{
    return lede_block_take_with(widest(), in, n, values);
}

/* Turns low bits, or whole values, into the numbers they lead to, of any width.
 * False beyond UINT32_MAX. */
static bool rise_far(uint32_t *out, const parts *p, uint32_t n, uint64_t base)
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

/* The same where the sum of what there is fits into 32 bits: what the last
 * number lacks to the other parts of it is that sum. */
static bool rise_near(const lede_block_kernels *with, uint32_t *out,
                      const parts *p, uint32_t n, uint32_t base)
{
    uint64_t rest = (uint64_t)base + n - 1;

    if (p->rice)
        rest += (uint64_t)high_sum(p, n) << p->k;
    with->rise(out, n, base, p->rice ? p->ends : NULL, p->k);
    return rest + (uint32_t)(out[n - 1] - (uint32_t)rest) < UINT32_MAX;
}

bool lede_block_take_rising_with(const lede_block_kernels *with, lede_bytes *in,
                                 uint32_t n, uint64_t base, uint32_t *out)
{
    lede_bytes at = *in;
    parts p;
    bool rises;

    if (n == 0 || n > LEDE_BLOCK_MAX || base >= UINT32_MAX ||
        !take_parts(with, &at, n, out, &p))
        return false;
    rises = p.summed ? rise_near(with, out, &p, n, (uint32_t)base)
                     : rise_far(out, &p, n, base);
    if (rises)
        *in = at;
    return rises;
}

bool lede_block_take_rising(lede_bytes *in, uint32_t n, uint64_t base,
                            uint32_t *out)
{
    return lede_block_take_rising_with(widest(), in, n, base, out);
}

uint32_t lede_block_raise(uint32_t *values, uint32_t n)
{
    return widest()->raise(values, n);
}

bool lede_block_skip(lede_bytes *in, uint32_t n)
{
    uint32_t values[LEDE_BLOCK_MAX];
    lede_bytes at = *in;
    parts p;

    if (n == 0 || n > LEDE_BLOCK_MAX ||
        !take_parts(widest(), &at, n, values, &p))
        return false;
    *in = at;
    return true;
}
