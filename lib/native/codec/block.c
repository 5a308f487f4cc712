/*
 * native/codec/block.c - blocks of numbers, as stored.
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
 */
#include "native/codec/block.h"

#include "native/codec/levels.h"
#include "native/codec/pack.h"
#include "native/codec/points.h"

#define RICE_END 32U
#define FIXED    32U
#define RUN      65U
#define LEVELS   66U
#define SPARSE   82U
#define SPARSE_L 24U /* the greatest l */

/* Low bits of 128 values of this width add up to less than 2^32. */
#define VECTOR_BITS_MAX 24U

static size_t varint_bytes(uint32_t value)
{
    return value < 1U << 7    ? 1
           : value < 1U << 14 ? 2
           : value < 1U << 21 ? 3
           : value < 1U << 28 ? 4
                              : 5;
}

typedef uint32_t lanes __attribute__((vector_size(16)));

/* Values below this add up to less than 2^32, however many there are. */
#define SMALL ((uint32_t)1 << 25)

static uint32_t sum_lanes(lanes sums)
{
    return sums[0] + sums[1] + sums[2] + sums[3];
}

static lanes load(const uint32_t *values)
{
    lanes four;

    memcpy(&four, values, sizeof four);
    return four;
}

/* What of a block decides how it is written. */
typedef struct traits {
    uint32_t any;    /* bits that some value has */
    uint32_t unlike; /* bits in which some value is not as the first */
    uint32_t zeros;  /* values that are 0 */
    uint64_t sum;
} traits;

static traits look_at(const uint32_t *values, uint32_t n)
{
    const lanes none = { 0 };
    lanes first = none + values[0], any = none, unlike = none, zeros = none;
    lanes low = none, high = none; /* halves of the sum */
    traits t = { 0 };
    uint32_t i = 0;

    for (; i + 4 <= n; i += 4) {
        lanes four = load(values + i);

        any |= four;
        unlike |= four ^ first;
        zeros -= (lanes)(four == none);
        low += four & 0xFFFF;
        high += four >> 16;
    }
    t.any = any[0] | any[1] | any[2] | any[3];
    t.unlike = unlike[0] | unlike[1] | unlike[2] | unlike[3];
    t.zeros = sum_lanes(zeros);
    t.sum = sum_lanes(low) + ((uint64_t)sum_lanes(high) << 16);
    for (; i < n; i++) {
        t.any |= values[i];
        t.unlike |= values[i] ^ values[0];
        t.zeros += values[i] == 0;
        t.sum += values[i];
    }
    return t;
}

#define RICE_TRIED 3U

/* Sums of values >> k, for as many k from `from` on as are tried. */
static void sum_highs(const uint32_t *values, uint32_t n, uint32_t from,
                      bool small, uint64_t sums[RICE_TRIED])
{
    const lanes none = { 0 };
    lanes s0 = none, s1 = none, s2 = none;
    uint32_t i = 0;

    for (; small && i + 4 <= n; i += 4) {
        lanes high = load(values + i) >> from;

        s0 += high;
        s1 += high >> 1;
        s2 += high >> 2;
    }
    sums[0] = sum_lanes(s0);
    sums[1] = sum_lanes(s1);
    sums[2] = sum_lanes(s2);
    for (; i < n; i++) {
        uint32_t high = values[i] >> from;

        sums[0] += high;
        sums[1] += high >> 1;
        sums[2] += high >> 2;
    }
}

/* How a block is written by Rice's way: its low bits, the zeros between the
 * ones of its high parts, and the bytes of all. */
typedef struct rice {
    uint32_t k;
    uint64_t zeros;
    size_t bytes;
} rice;

/* The cheapest k lies within one of log2(mean x ln 2) (Golomb 1966; the few
 * blocks where it does not cost a byte or two). */
static rice find_rice(const uint32_t *values, uint32_t n, const traits *t)
{
    rice best = { .bytes = SIZE_MAX };
    uint64_t mean = t->sum / n, sums[RICE_TRIED];
    uint32_t from = 0;

    while (from + 2 < RICE_END && mean >> (from + 2))
        from++;
    sum_highs(values, n, from, t->any < SMALL, sums);
    for (uint32_t i = 0; i < RICE_TRIED && from + i < RICE_END; i++) {
        size_t bytes =
            lede_pack_bytes(n, from + i) + (size_t)((sums[i] + n + 7) / 8);

        if (bytes < best.bytes)
            best = (rice){ from + i, sums[i], bytes };
    }
    return best;
}

static uint8_t *put_eight(uint8_t *out, uint64_t bits)
{
    for (uint32_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(bits >> (8 * i));
    return out + 8;
}

static uint8_t *put_unary(uint8_t *out, const uint32_t *values, uint32_t n,
                          uint32_t k)
{
    uint64_t bits = 0, at = 0;

    for (uint32_t i = 0; i < n; i++) {
        for (at += values[i] >> k; at >= 64; at -= 64) {
            out = put_eight(out, bits);
            bits = 0;
        }
        bits |= (uint64_t)1 << at++;
    }
    for (uint32_t bit = 0; bit < at; bit += 8)
        *out++ = (uint8_t)(bits >> bit);
    return out;
}

static uint32_t width_of(uint32_t bits)
{
    return bits ? 32 - (uint32_t)__builtin_clz(bits) : 0;
}

static size_t put_run(uint8_t *out, uint32_t value)
{
    size_t len = 0;

    out[len++] = RUN;
    for (; value >= 128; value >>= 7)
        out[len++] = (uint8_t)(value | 128);
    out[len++] = (uint8_t)value;
    return len;
}

/* Values that are not 0: where they stand, as gaps, and what they are, less 1.
 */
typedef struct sparse {
    uint32_t m;
    uint32_t k;
    uint32_t l;
    uint32_t gaps[LEDE_BLOCK_MAX];
    uint32_t rest[LEDE_BLOCK_MAX];
    size_t bytes;
} sparse;

/* Whether that may be the smallest way: if there are zeros enough. */
static bool find_sparse(const uint32_t *values, uint32_t n, const traits *t,
                        sparse *s)
{
    uint32_t m = n - t->zeros, next = 0, at = 0;
    traits rest = { .any = t->any, .sum = t->sum - m };
    uint64_t zeros = 0;
    rice best;

    if (m == 0 || m > n - n / 8 || m == n)
        return false;
    for (uint32_t i = 0; at < m; i++) {
        s->gaps[at] = i - next;
        s->rest[at] = values[i] - 1;
        next = values[i] ? i + 1 : next;
        at += values[i] != 0;
    }
    best = find_rice(s->rest, m, &rest);
    s->m = m;
    s->k = lede_points_k(n, m);
    s->l = best.k;
    for (uint32_t i = 0; i < m; i++)
        zeros += s->gaps[i] >> s->k;
    zeros += best.zeros;
    s->bytes = 1 + lede_pack_bytes(m, s->k + s->l) +
               (size_t)((zeros + 2 * (uint64_t)m + 7) / 8);
    return s->l <= SPARSE_L;
}

static size_t put_sparse(uint8_t *out, const sparse *s)
{
    size_t low = lede_pack_bytes(s->m, s->k + s->l);
    uint32_t lows[LEDE_BLOCK_MAX], highs[2 * LEDE_BLOCK_MAX];

    for (uint32_t i = 0; i < s->m; i++) {
        lows[i] = (s->gaps[i] & ((1U << s->k) - 1)) |
                  (s->rest[i] & ((1U << s->l) - 1)) << s->k;
        highs[i] = s->gaps[i] >> s->k;
        highs[s->m + i] = s->rest[i] >> s->l;
    }
    out[0] = (uint8_t)(SPARSE + s->l);
    out[1] = (uint8_t)s->m;
    (void)lede_pack(out + 2, lows, s->m, s->k + s->l);
    return (size_t)(put_unary(out + 2 + low, highs, 2 * s->m, 0) - out);
}

size_t lede_block_write(uint8_t out[LEDE_BLOCK_BYTES_MAX],
                        const uint32_t *values, uint32_t n)
{
    traits t = look_at(values, n);
    uint32_t width = width_of(t.any);
    size_t fixed = lede_pack_bytes(n, width), best = fixed;
    sparse s;
    rice r;

    r = find_rice(values, n, &t);
    if (r.bytes < best)
        best = r.bytes;
    if (t.unlike == 0 && varint_bytes(values[0]) < best)
        return put_run(out, values[0]);
    if (find_sparse(values, n, &t, &s) && s.bytes < best)
        return put_sparse(out, &s);
    if (fixed <= r.bytes) {
        out[0] = (uint8_t)(FIXED + width);
        return 1 + lede_pack(out + 1, values, n, width);
    }
    out[0] = (uint8_t)r.k;
    return (size_t)(put_unary(out + 1 + lede_pack(out + 1, values, n, r.k),
                              values, n, r.k) -
                    out);
}

/* The e that takes the fewest bits. */
static uint32_t best_e(const uint32_t *values, uint32_t n, size_t *bytes)
{
    uint32_t best = 0;
    size_t best_bits = SIZE_MAX;

    for (uint32_t e = 0; e <= LEDE_LEVEL_MAX; e++) {
        size_t bits = 0;

        for (uint32_t i = 0; i < n; i++)
            bits += lede_level_bits(values[i], e);
        if (bits > best_bits)
            break; /* the bits have one minimum, all but always */
        best_bits = bits;
        best = e;
    }
    *bytes = (best_bits + 7) / 8;
    return best;
}

static void put_levels(uint8_t *out, const uint32_t *values, uint32_t n,
                       uint32_t e, size_t bytes)
{
    uint64_t at = 0;

    memset(out, 0, bytes);
    for (uint32_t i = 0; i < n; i++)
        lede_level_put(out, &at, values[i], e);
}

size_t lede_block_write_uneven(uint8_t out[LEDE_BLOCK_BYTES_MAX],
                               const uint32_t *values, uint32_t n)
{
    size_t plain = lede_block_write(out, values, n), levels;
    uint32_t e = best_e(values, n, &levels);

    if (1 + levels >= plain)
        return plain;
    out[0] = (uint8_t)(LEVELS + e);
    put_levels(out + 1, values, n, e, levels);
    return 1 + levels;
}

/* Of four bits: where its ones stand, less the ones before each; how many they
 * are; and what the place of the next four is above that of these, in zeros. */
static const lanes zeros_before[16] = {
    { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, { 1, 0, 0, 0 }, { 0, 0, 0, 0 },
    { 2, 0, 0, 0 }, { 0, 1, 0, 0 }, { 1, 1, 0, 0 }, { 0, 0, 0, 0 },
    { 3, 0, 0, 0 }, { 0, 2, 0, 0 }, { 1, 2, 0, 0 }, { 0, 0, 1, 0 },
    { 2, 2, 0, 0 }, { 0, 1, 1, 0 }, { 1, 1, 1, 0 }, { 0, 0, 0, 0 },
};
static const uint8_t ones[16] = {
    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4
};

#define ZEROS(n)   \
    {              \
        n, n, n, n \
    }
static const lanes zeros[16] = {
    ZEROS(4), ZEROS(3), ZEROS(3), ZEROS(2), ZEROS(3), ZEROS(2),
    ZEROS(2), ZEROS(1), ZEROS(3), ZEROS(2), ZEROS(2), ZEROS(1),
    ZEROS(2), ZEROS(1), ZEROS(1), ZEROS(0),
};
#undef ZEROS

/* What a reader of unary numbers may write behind them. */
#define SPARE 8U

static inline uint32_t put_sums(uint32_t *sums, uint32_t four, lanes *before)
{
    lanes found = *before + zeros_before[four];

    memcpy(sums, &found, sizeof found);
    *before += zeros[four];
    return ones[four];
}

/*
 * Reads n unary numbers as running sums: sums[i] = zeros before the i-th one.
 * False if there are fewer ones, or something follows the last in its byte.
 * Four bits at a time, which takes 0.5 ns a number where finding each one by
 * itself takes 1.0.
 */
static bool take_unary(lede_bytes *in, uint32_t n, uint32_t *sums)
{
    uint32_t count = 0;
    size_t byte = 0,
           most = in->len < UINT32_MAX / 16 ? in->len : UINT32_MAX / 16;
    lanes before = { 0 };
    lede_bytes used;

    for (; count < n; byte++) {
        uint32_t bits;

        if (byte == most)
            return false;
        bits = in->at[byte];
        count += put_sums(sums + count, bits & 15, &before);
        count += put_sums(sums + count, bits >> 4, &before);
    }
    return count == n && lede_take(in, byte, &used);
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
    uint32_t lows[LEDE_BLOCK_MAX], sums[2 * LEDE_BLOCK_MAX + SPARE], k;
    uint32_t before = 0;
    const uint32_t *ends;
    uint64_t place = 0;
    uint32_t any = 0;
    uint8_t m;

    if (!lede_take_u8(in, &m) || m == 0 || m >= n)
        return false;
    k = lede_points_k(n, m);
    if (!lede_unpack(in, m, k + l, lows) || !take_unary(in, 2U * m, sums))
        return false;
    memset(values, 0, n * sizeof *values);
    ends = sums + m;
    for (uint32_t i = 0; i < m; i++) {
        uint64_t high = ends[i] - (i ? ends[i - 1] : sums[m - 1]);
        uint64_t value = 1 + (high << l | lows[i] >> k);

        place +=
            (uint64_t)(sums[i] - before) << k | (lows[i] & ((1U << k) - 1));
        before = sums[i];
        if (place >= n || value > UINT32_MAX)
            return false;
        values[place++] = (uint32_t)value;
        any |= (uint32_t)value;
    }
    *width = width_of(any);
    return true;
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
    uint32_t sums[LEDE_BLOCK_MAX + SPARE];
} parts;

/* Reads values, or with `rice` their low bits and the sums of the high ones. */
static bool take_parts(lede_bytes *in, uint32_t n, uint32_t *values, parts *p)
{
    uint8_t shape;
    uint32_t value;

    p->rice = false;
    p->width = 32;
    if (!lede_take_u8(in, &shape) || shape > SPARSE + SPARSE_L)
        return false;
    if (shape >= SPARSE)
        return take_sparse(in, n, shape - SPARSE, values, &p->width);
    if (shape >= LEVELS)
        return take_levels(in, n, shape - LEVELS, values);
    if (shape < RICE_END) {
        p->rice = true;
        p->width = p->k = shape;
        return lede_unpack(in, n, shape, values) && take_unary(in, n, p->sums);
    }
    if (shape < RUN) {
        p->width = shape - FIXED;
        return lede_unpack(in, n, p->width, values);
    }
    if (!take_run(in, &value))
        return false;
    p->width = width_of(value);
    for (uint32_t i = 0; i < n; i++)
        values[i] = value;
    return true;
}

/* Puts high bits above the low ones; false where a value passes 32 bits. */
static bool add_highs(const parts *p, uint32_t n, uint32_t *values)
{
    uint32_t before = 0;

    if (p->sums[n - 1] <= UINT32_MAX >> p->k) {
        values[0] |= p->sums[0] << p->k;
        for (uint32_t i = 1; i < n; i++)
            values[i] |= (p->sums[i] - p->sums[i - 1]) << p->k;
        return true;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t high = p->sums[i] - before;

        if (high > UINT32_MAX >> p->k)
            return false;
        before = p->sums[i];
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
        number = sum + i + (p->rice ? (uint64_t)p->sums[i] << p->k : 0);
        if (number >= UINT32_MAX)
            return false;
        out[i] = (uint32_t)number;
    }
    return true;
}

/* The same for values, or low bits, of at most 24 bits, whose sum cannot pass
 * 32: four at a time. */
static bool rise_by_four(uint32_t *out, parts *p, uint32_t n, uint64_t base)
{
    const lanes none = { 0 };
    lanes before = none, step = { 0, 1, 2, 3 };
    uint64_t last = base + n - 1;

    if (base >= UINT32_MAX)
        return false;
    for (uint32_t i = n; i % 4 != 0; i++)
        out[i] = p->sums[i] = 0;
    if (p->rice)
        last += (uint64_t)p->sums[n - 1] << p->k;
    step += (uint32_t)base;
    for (uint32_t i = 0; i < n; i += 4) {
        lanes sum, number;

        memcpy(&sum, out + i, sizeof sum);
        sum += __builtin_shufflevector(none, sum, 0, 4, 5, 6);
        sum += __builtin_shufflevector(none, sum, 0, 1, 4, 5);
        sum += before;
        before = __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
        number = sum + step;
        if (p->rice) {
            lanes high;

            memcpy(&high, p->sums + i, sizeof high);
            number += high << p->k;
        }
        step += 4;
        memcpy(out + i, &number, sizeof number);
    }
    return last + before[3] < UINT32_MAX;
}

bool lede_block_take_rising(lede_bytes *in, uint32_t n, uint64_t base,
                            uint32_t *out)
{
    lede_bytes at = *in;
    parts p;
    bool rises;

    if (n == 0 || n > LEDE_BLOCK_MAX || base > UINT32_MAX ||
        !take_parts(&at, n, out, &p))
        return false;
    rises = p.width <= VECTOR_BITS_MAX ? rise_by_four(out, &p, n, base)
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
