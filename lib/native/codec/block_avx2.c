/*
 * native/codec/block_avx2.c - loops over the numbers of blocks for processors
 * with AVX2 and BMI2: eight numbers at a time.
 *
 * Nothing deposits or extracts bits (pdep, pext): some of these processors take
 * hundreds of cycles to.
 */
#include "native/codec/block_kernels.h"
#include "native/codec/pack.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

AVX2 static inline __m256i load_eight(const uint32_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

AVX2 static inline void store_eight(uint32_t *at, __m256i eight)
{
    _mm256_storeu_si256((__m256i *)(void *)at, eight);
}

AVX2 static inline __m128i load_bytes(const void *at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

/* Eight numbers of 16 bits. */
AVX2 static inline __m256i load_places(const uint16_t *at)
{
    return _mm256_cvtepu16_epi32(load_bytes(at));
}

AVX2 static inline __m256i all(uint32_t value)
{
    return _mm256_set1_epi32((int)value);
}

AVX2 static inline __m256i count_up(void)
{
    return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

AVX2 static inline __m128i bits_of(uint32_t count)
{
    return _mm_cvtsi32_si128((int)count);
}

/* ---- Fixed widths ---- */

/* Beyond this, a number may lie in five bytes: at 26 all begin at an even bit. */
#define STRING_BITS_MAX 26U

/* Bytes that may be loaded from where eight numbers begin. */
#define STRING_REACH 32U

/*
 * Eight numbers of one width take as many bytes as one has bits, so all eights
 * begin at a byte, and what one needs of these bytes is the same in each: four
 * for each number, of which it stands in the same bits. In either half of a
 * register bytes are counted from where its first number begins.
 */
AVX2 static void unpack_eights(const uint8_t *in, uint32_t n, uint32_t width,
                               uint32_t *values)
{
    const __m256i repeat = _mm256_setr_epi8(
        0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, /* */
        0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
    const __m256i mask = all((uint32_t)(((uint64_t)1 << width) - 1));
    const uint32_t middle = 4 * width / 8;
    __m256i bit = _mm256_mullo_epi32(count_up(), all(width)), bytes, shifts;

    bit = _mm256_sub_epi32(
        bit, _mm256_inserti128_si256(_mm256_setzero_si256(),
                                     _mm_set1_epi32((int)(8 * middle)), 1));
    shifts = _mm256_and_si256(bit, all(7));
    bytes =
        _mm256_add_epi8(_mm256_shuffle_epi8(_mm256_srli_epi32(bit, 3), repeat),
                        all(0x03020100));
    for (uint32_t i = 0; i < n; i += 8, in += width) {
        __m256i eight = _mm256_inserti128_si256(
            _mm256_castsi128_si256(load_bytes(in)), load_bytes(in + middle), 1);

        eight = _mm256_shuffle_epi8(eight, bytes);
        eight = _mm256_and_si256(_mm256_srlv_epi32(eight, shifts), mask);
        store_eight(values + i, eight);
    }
}

static bool slack_is_zero(lede_bytes packed, uint32_t n, uint32_t width)
{
    uint32_t used = n * width % 8;

    return used == 0 || packed.at[packed.len - 1] >> used == 0;
}

/* What may be loaded behind a string is what follows it, or a copy. */
AVX2 static bool unpack_string(lede_bytes *in, uint32_t n, uint32_t width,
                               uint32_t *values)
{
    uint8_t copy[LEDE_BLOCK_BYTES_MAX + STRING_REACH];
    lede_bytes all_of_it = *in, packed;

    if (!lede_take(in, lede_pack_bytes(n, width), &packed))
        return false;
    if (!slack_is_zero(packed, n, width)) {
        *in = all_of_it;
        return false;
    }
    if (in->len < STRING_REACH) {
        memcpy(copy, packed.at, packed.len);
        packed.at = copy;
    }
    unpack_eights(packed.at, n, width, values);
    return true;
}

AVX2 static bool unpack(lede_bytes *in, uint32_t n, uint32_t width,
                        uint32_t *values)
{
    if (width == 0) {
        memset(values, 0, LEDE_BLOCK_MAX * sizeof *values);
        return true;
    }
    if (n < LEDE_BLOCK_MAX && width <= STRING_BITS_MAX)
        return unpack_string(in, n, width, values);
    return lede_unpack(in, n, width, values);
}

/* ---- Unary numbers ---- */

/* The places of the ones of eight bytes, the first of which is bit `from`;
 * returns where they end. Writes up to eight behind. */
AVX2 static inline uint16_t *put_places(const uint8_t *bytes, size_t from,
                                        uint16_t *to)
{
    __m128i before = _mm_set1_epi16((short)from);

#pragma GCC unroll 8
    for (uint32_t i = 0; i < 8; i++) {
        __m128i row = load_bytes(lede_block_places[bytes[i]]);

        _mm_storeu_si128((__m128i *)(void *)to, _mm_add_epi16(row, before));
        before = _mm_add_epi16(before, _mm_set1_epi16(8));
        to += _mm_popcnt_u32(bytes[i]);
    }
    return to;
}

/* The places in the last bytes, fewer than eight: zeros follow them. */
AVX2 static uint16_t *put_last_places(lede_bytes in, size_t at, uint16_t *to)
{
    uint8_t rest[8] = { 0 };
    uint64_t word;

    if (in.len >= sizeof word) {
        memcpy(&word, in.at + in.len - sizeof word, sizeof word);
        word >>= 8 * (sizeof word - (in.len - at));
        memcpy(rest, &word, sizeof word);
    } else {
        memcpy(rest, in.at + at, in.len - at);
    }
    return put_places(rest, 8 * at, to);
}

/* Eight bytes at a time, whatever stands in them behind the last one: that is
 * looked at when its place is known. */
AVX2 static bool take_unary(lede_bytes *in, uint32_t n, uint16_t *ends)
{
    const lede_bytes all_of_it = *in;
    const size_t len = all_of_it.len;
    const size_t most = len < LEDE_BLOCK_BYTES_MAX ? len : LEDE_BLOCK_BYTES_MAX;
    uint16_t *to = ends;
    lede_bytes used;
    size_t last;

    for (size_t at = 0; to < ends + n; at += 8) {
        if (at >= most)
            return false;
        to = at + 8 <= len ? put_places(all_of_it.at + at, 8 * at, to)
                           : put_last_places(all_of_it, at, to);
    }
    last = ends[n - 1];
    return last / 8 < most && all_of_it.at[last / 8] >> last % 8 == 1 &&
           lede_take(in, last / 8 + 1, &used);
}

/* ---- Sums ---- */

AVX2 static void add_highs(const uint16_t *ends, uint32_t n, uint32_t k,
                           uint32_t *values)
{
    const __m128i shift = bits_of(k), none = _mm_set1_epi16(-1);
    /* The one before the first is where bit -1 would be. */
    __m128i before =
        _mm_insert_epi16(_mm_slli_si128(load_bytes(ends), 2), -1, 0);

    for (uint32_t i = 0; i < n; i += 8) {
        __m128i zeros =
            _mm_add_epi16(_mm_sub_epi16(load_bytes(ends + i), before), none);
        __m256i high = _mm256_sll_epi32(_mm256_cvtepu16_epi32(zeros), shift);

        store_eight(values + i, _mm256_or_si256(load_eight(values + i), high));
        before = load_bytes(ends + i + 7);
    }
}

/* Running sums of eight. */
AVX2 static inline __m256i sums_of(__m256i eight)
{
    __m256i low;

    eight = _mm256_add_epi32(eight, _mm256_slli_si256(eight, 4));
    eight = _mm256_add_epi32(eight, _mm256_slli_si256(eight, 8));
    low = _mm256_shuffle_epi32(eight, 0xFF);
    return _mm256_add_epi32(eight, _mm256_permute2x128_si256(low, low, 0x08));
}

AVX2 static inline __m256i last_of(__m256i eight)
{
    return _mm256_permutevar8x32_epi32(eight, all(7));
}

/* Eight at a time, up to the next multiple of it. Of the i-th end, i is taken
 * off all at once, with what is common to eight numbers. */
AVX2 static void rise(uint32_t *out, uint32_t n, uint32_t base,
                      const uint16_t *ends, uint32_t k)
{
    const __m128i shift = bits_of(k);
    const __m256i step = all(ends ? 8U - (8U << k) : 8U);
    __m256i before = _mm256_add_epi32(all(base), count_up());

    if (!ends) {
        for (uint32_t i = 0; i < n; i += 8) {
            __m256i sum = sums_of(load_eight(out + i));

            store_eight(out + i, _mm256_add_epi32(sum, before));
            before =
                _mm256_add_epi32(_mm256_add_epi32(before, step), last_of(sum));
        }
        return;
    }
    before = _mm256_sub_epi32(before, _mm256_sll_epi32(count_up(), shift));
    for (uint32_t i = 0; i < n; i += 8) {
        __m256i sum = sums_of(load_eight(out + i));
        __m256i high = _mm256_sll_epi32(load_places(ends + i), shift);

        store_eight(out + i,
                    _mm256_add_epi32(_mm256_add_epi32(sum, before), high));
        before = _mm256_add_epi32(_mm256_add_epi32(before, step), last_of(sum));
    }
}

/* Places are rising numbers; they are cut to the block before anything is
 * written there, and the last one tells whether any had to be. */
AVX2 static bool spread(const lede_block_sparse *s, uint32_t n,
                        uint32_t *values)
{
    const __m128i shift = bits_of(s->l), cut = bits_of(s->k);
    const __m256i mask = all((1U << s->k) - 1);
    uint32_t places[LEDE_BLOCK_MAX], own[LEDE_BLOCK_MAX];
    const uint16_t *ends = s->ends + s->m;

    for (uint32_t i = 0; i < s->m; i += 8)
        store_eight(places + i,
                    _mm256_and_si256(load_eight(s->lows + i), mask));
    rise(places, s->m, 0, s->ends, s->k);
    for (uint32_t i = 0; i < s->m; i += 8) {
        __m128i zeros =
            _mm_sub_epi16(load_bytes(ends + i), load_bytes(ends + (int)i - 1));
        __m256i high =
            _mm256_cvtepu16_epi32(_mm_add_epi16(zeros, _mm_set1_epi16(-1)));
        __m256i low = _mm256_srl_epi32(load_eight(s->lows + i), cut);

        high = _mm256_sll_epi32(high, shift);
        store_eight(own + i,
                    _mm256_add_epi32(_mm256_add_epi32(high, low), all(1)));
    }
    for (uint32_t i = 0; i < LEDE_BLOCK_MAX; i += 8)
        store_eight(values + i, _mm256_setzero_si256());
    for (uint32_t i = 0; i < s->m; i++)
        values[places[i] % LEDE_BLOCK_MAX] = own[i];
    return places[s->m - 1] < n;
}

AVX2 static uint32_t raise(uint32_t *values, uint32_t n)
{
    __m256i bits = _mm256_setzero_si256();
    uint32_t any = 0, i = 0, each[8];

    for (; i + 8 <= n; i += 8) {
        __m256i eight = load_eight(values + i);

        bits = _mm256_or_si256(bits, eight);
        store_eight(values + i, _mm256_add_epi32(eight, all(1)));
    }
    for (; i < n; i++)
        any |= values[i]++;
    store_eight(each, bits);
    for (i = 0; i < 8; i++)
        any |= each[i];
    return any;
}

const lede_block_kernels lede_block_avx2 = { unpack, take_unary, add_highs,
                                             rise,   spread,     raise };

#else

/* Never chosen. */
const lede_block_kernels lede_block_avx2 = { 0 };

#endif
