/*
 * native/match/union_avx2.c - loops of the union over places for processors
 * with AVX2.
 */
#include "native/match/union_parts.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* Sixteen sums, all bits set where they are above. */
AVX2 static inline __m256i above(const uint16_t *sums, __m256i less)
{
    return _mm256_cmpgt_epi16(
        _mm256_loadu_si256((const __m256i *)(const void *)sums), less);
}

/* Of 32 sums a bit each. */
AVX2 static inline uint64_t bits_above(const uint16_t *sums, __m256i less)
{
    __m256i bytes =
        _mm256_packs_epi16(above(sums, less), above(sums + 16, less));

    /* Packed are the low halves, then the high ones. */
    bytes = _mm256_permute4x64_epi64(bytes, 0xd8);
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

/* Where sums are above cannot be foreseen: so for each 64 four places are
 * written, though there be fewer, and a branch is taken for more only. */
AVX2 static uint32_t find(const uint16_t *sums, uint32_t width, uint32_t less,
                          uint16_t *places)
{
    const __m256i than = _mm256_set1_epi16((short)less);
    uint16_t *next = places;

    for (uint32_t at = 0; at < width; at += LEDE_UNION_FOUND) {
        uint64_t bits = bits_above(sums + at, than) |
                        bits_above(sums + at + 32, than) << 32;
        uint16_t *end = next + __builtin_popcountll(bits);

        do {
            for (uint32_t i = 0; i < 4; i++) {
                next[i] = (uint16_t)(at + _tzcnt_u64(bits));
                bits = _blsr_u64(bits);
            }
            next += 4;
        } while (next < end);
        next = end;
    }
    return (uint32_t)(next - places);
}

/* Ceilings of eight documents, 0 where units are 0: there 1 spares a division of
 * 0 by 0. */
AVX2 static inline __m128i score_eight(const lede_leaf *leaf, __m256 units,
                                       const uint8_t *floors)
{
    const __m256 one = _mm256_set1_ps(1);
    const __m256 some = _mm256_cmp_ps(units, _mm256_setzero_ps(), _CMP_GT_OQ);
    const __m256i at = _mm256_cvtepu8_epi32(
        _mm_loadl_epi64((const __m128i *)(const void *)floors));
    const __m256 normal =
        _mm256_add_ps(_mm256_i32gather_ps(leaf->normals->at, at, 4),
                      _mm256_andnot_ps(some, one));
    const __m256 tf = _mm256_mul_ps(units, _mm256_set1_ps(leaf->tf));
    const __m256 points =
        _mm256_mul_ps(_mm256_set1_ps(leaf->weight),
                      _mm256_div_ps(tf, _mm256_add_ps(tf, normal)));
    const __m256i found = _mm256_and_si256(
        _mm256_add_epi32(_mm256_cvttps_epi32(points), _mm256_set1_epi32(1)),
        _mm256_castps_si256(some));

    return _mm_packs_epi32(_mm256_castsi256_si128(found),
                           _mm256_extracti128_si256(found, 1));
}

AVX2 static uint32_t score(const lede_leaf *leaf, const float *units,
                           const uint8_t *floors, uint32_t width,
                           uint16_t *sums)
{
    const __m256 high = _mm256_set1_ps(0x1p24F);
    uint32_t at = 0;

    for (; at + 8 <= width; at += 8) {
        __m128i *eight = (__m128i *)(void *)(sums + at);
        __m256 own = _mm256_loadu_ps(units + at);

        if (_mm256_movemask_ps(_mm256_cmp_ps(own, high, _CMP_GE_OQ)))
            break;
        _mm_storeu_si128(eight,
                         _mm_add_epi16(_mm_loadu_si128(eight),
                                       score_eight(leaf, own, floors + at)));
    }
    return at;
}

AVX2 static inline __m256i load_eight(const uint32_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

AVX2 static inline uint32_t bits_of(__m256i masks)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(masks));
}

/* Where a document stands among the numbers of a full block, or any place if it
 * does not: among the sixteen that end with the first of `ends` not below it. */
AVX2 static inline uint32_t find_doc(const uint32_t *docs, __m256i ends,
                                     uint32_t doc, uint32_t *there)
{
    const __m256i all = _mm256_set1_epi32((int)doc);
    const __m256i not_below =
        _mm256_cmpeq_epi32(_mm256_max_epu32(ends, all), ends);
    const uint32_t at = 16 * _tzcnt_u32(bits_of(not_below));
    const uint32_t bits =
        bits_of(_mm256_cmpeq_epi32(load_eight(docs + at), all)) |
        bits_of(_mm256_cmpeq_epi32(load_eight(docs + at + 8), all)) << 8;

    *there = -(uint32_t)(bits != 0);
    return at + _tzcnt_u32(bits | 1U << 15);
}

/* A block that is not full is searched as by any processor: a list has
 * one. */
AVX2 static uint32_t ask(const lede_union_search *s, lede_union_asked asked,
                         const lede_postings *p, uint32_t *next, uint32_t kept)
{
    const uint32_t *docs = p->docs, *frequencies = p->frequencies;
    const uint32_t from = s->from, count = s->candidate_count;
    __m256i ends;
    uint16_t *candidates = s->candidates;
    uint32_t i = *next;

    if (p->n != LEDE_BLOCK_MAX)
        return lede_union_plain.ask(s, asked, p, next, kept);
    ends = _mm256_setr_epi32((int)docs[15], (int)docs[31], (int)docs[47],
                             (int)docs[63], (int)docs[79], (int)docs[95],
                             (int)docs[111], (int)docs[127]);
    for (; i < count && candidates[i] <= asked.last; i++) {
        uint32_t at = candidates[i], there, times;

        if (!lede_union_asked_wants(&asked, at))
            continue;
        times = frequencies[find_doc(docs, ends, from + at, &there)] & there;
        candidates[kept] = (uint16_t)at;
        kept += lede_union_asked_keeps(&asked, at, times);
    }
    *next = i;
    return kept;
}

const lede_union_loops lede_union_avx2 = { find, score, ask };

#else

/* Never chosen. */
const lede_union_loops lede_union_avx2 = { 0 };

#endif
