/*
 * native/codec/block_writer.c - writes blocks of numbers, each in the smallest
 * shape.
 */
#include "native/codec/block.h"

#include "native/codec/block_shapes.h"
#include "native/codec/levels.h"
#include "native/codec/pack.h"
#include "native/codec/points.h"

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

    while (from + 2 < LEDE_BLOCK_RICE_END && mean >> (from + 2))
        from++;
    sum_highs(values, n, from, t->any < SMALL, sums);
    for (uint32_t i = 0; i < RICE_TRIED && from + i < LEDE_BLOCK_RICE_END;
         i++) {
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

    out[len++] = LEDE_BLOCK_RUN;
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
    return s->l <= LEDE_BLOCK_SPARSE_L;
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
    out[0] = (uint8_t)(LEDE_BLOCK_SPARSE + s->l);
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
        out[0] = (uint8_t)(LEDE_BLOCK_FIXED + width);
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
    out[0] = (uint8_t)(LEDE_BLOCK_LEVELS + e);
    put_levels(out + 1, values, n, e, levels);
    return 1 + levels;
}
