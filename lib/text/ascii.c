#include "text/ascii.h"

#include <string.h>

#define BLOCK         LEDE_ASCII_BLOCK
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_sse2
#define TARGET_avx2 __attribute__((target("avx2,bmi,popcnt")))
#elif defined(__aarch64__)
#include <arm_neon.h>
#define TARGET_neon
#endif
#define TARGET_plain

/* The bytes that masks are of beside letters and digits; fewer than there is
 * room for are repeated. */
typedef struct marks {
    uint8_t apostrophe[2];
    uint8_t separator[2];
    uint8_t binder[4];
    uint8_t suffix[2];
} marks;

static const marks marks_of[LEDE_ASCII_RULES] = {
    [LEDE_ASCII_LEXEMES] = { .apostrophe = "''",
                             .separator = ".,",
                             .binder = ".-&\"",
                             .suffix = "+#" },
    [LEDE_ASCII_SEGMENTS] = { .apostrophe = "'.",
                              .separator = ",;",
                              .binder = ":\":\"",
                              .suffix = "__" },
};

/* Answers of which byte is what; writes the block in lower case. The marks are
 * known when this is compiled, so that what is repeated is asked once. */
typedef void (*classify)(const uint8_t bytes[BLOCK], char lower[BLOCK],
                         const marks *of, lede_ascii_masks *masks);

/* ---- plain C: eight bytes at a time, a byte's answer in its top bit */

#define ONES 0x0101010101010101U
#define TOPS 0x8080808080808080U
#define LOWS 0x7F7F7F7F7F7F7F7FU

/* The top bits of eight bytes, as eight bits. */
static uint64_t gather_tops(uint64_t tops)
{
    return ((tops >> 7) * 0x0102040810204080U) >> 56;
}

/* Top bits where first <= byte <= last, of ASCII bytes only. */
static uint64_t in_range(uint64_t word, uint8_t first, uint8_t last)
{
    uint64_t low = word & LOWS;

    return (low + ONES * (0x80U - first)) & ~(low + ONES * (0x7FU - last)) &
           ~word & TOPS;
}

static uint64_t equal_to(uint64_t word, uint8_t byte)
{
    return in_range(word, byte, byte);
}

/* The first byte is the lowest, whatever the machine's order. */
static uint64_t load_eight(const uint8_t *bytes)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t equal_to_two(uint64_t word, const uint8_t bytes[2])
{
    return equal_to(word, bytes[0]) | equal_to(word, bytes[1]);
}

ALWAYS_INLINE void classify_plain(const uint8_t bytes[BLOCK], char lower[BLOCK],
                                  const marks *of, lede_ascii_masks *masks)
{
    *masks = (lede_ascii_masks){ 0 };
    for (uint32_t at = 0; at < BLOCK; at += 8) {
        uint64_t word = load_eight(bytes + at);
        uint64_t letter = in_range(word | ONES * 0x20, 'a', 'z');
        uint64_t binder =
            equal_to_two(word, of->binder) | equal_to_two(word, of->binder + 2);
        uint64_t lowered = word | letter >> 2;

        masks->letter |= gather_tops(letter) << at;
        masks->lower |= gather_tops(word << 2 & TOPS) << at;
        masks->digit |= gather_tops(in_range(word, '0', '9')) << at;
        masks->high |= gather_tops(word & TOPS) << at;
        masks->apostrophe |= gather_tops(equal_to_two(word, of->apostrophe))
                             << at;
        masks->separator |= gather_tops(equal_to_two(word, of->separator))
                            << at;
        masks->binder |= gather_tops(binder) << at;
        masks->suffix |= gather_tops(equal_to_two(word, of->suffix)) << at;
        for (uint32_t i = 0; i < 8; i++)
            lower[at + i] = (char)(uint8_t)(lowered >> (8 * i));
    }
}

/* ---- vectors: the same questions, asked of one register */

#if defined(__x86_64__)

#define SSE2_BITS(v)  ((uint64_t)(uint32_t)_mm_movemask_epi8(v) << at)
#define SSE2_ALL(c)   _mm_set1_epi8((char)(c))
#define SSE2_IS(v, c) _mm_cmpeq_epi8(v, SSE2_ALL(c))
#define SSE2_EITHER(v, two) \
    _mm_or_si128(SSE2_IS(v, (two)[0]), SSE2_IS(v, (two)[1]))

/* Signed compares do: what is not ASCII is below 0. */
#define SSE2_RANGE(v, first, last)                        \
    _mm_and_si128(_mm_cmpgt_epi8(v, SSE2_ALL((first)-1)), \
                  _mm_cmplt_epi8(v, SSE2_ALL((last) + 1)))

ALWAYS_INLINE void classify_sse2(const uint8_t bytes[BLOCK], char lower[BLOCK],
                                 const marks *of, lede_ascii_masks *masks)
{
    *masks = (lede_ascii_masks){ 0 };
    for (uint32_t at = 0; at < BLOCK; at += 16) {
        __m128i v =
            _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        __m128i small = _mm_or_si128(v, SSE2_ALL(0x20));
        __m128i letter = SSE2_RANGE(small, 'a', 'z');
        __m128i binder = _mm_or_si128(SSE2_EITHER(v, of->binder),
                                      SSE2_EITHER(v, of->binder + 2));

        masks->letter |= SSE2_BITS(letter);
        masks->lower |= SSE2_BITS(_mm_slli_epi16(v, 2));
        masks->digit |= SSE2_BITS(SSE2_RANGE(v, '0', '9'));
        masks->high |= SSE2_BITS(v);
        masks->apostrophe |= SSE2_BITS(SSE2_EITHER(v, of->apostrophe));
        masks->separator |= SSE2_BITS(SSE2_EITHER(v, of->separator));
        masks->binder |= SSE2_BITS(binder);
        masks->suffix |= SSE2_BITS(SSE2_EITHER(v, of->suffix));
        v = _mm_or_si128(v, _mm_and_si128(letter, SSE2_ALL(0x20)));
        _mm_storeu_si128((__m128i *)(void *)(lower + at), v);
    }
}

#define AVX2_BITS(v)  ((uint64_t)(uint32_t)_mm256_movemask_epi8(v) << at)
#define AVX2_ALL(c)   _mm256_set1_epi8((char)(c))
#define AVX2_IS(v, c) _mm256_cmpeq_epi8(v, AVX2_ALL(c))
#define AVX2_EITHER(v, two) \
    _mm256_or_si256(AVX2_IS(v, (two)[0]), AVX2_IS(v, (two)[1]))
#define AVX2_RANGE(v, first, last)                              \
    _mm256_and_si256(_mm256_cmpgt_epi8(v, AVX2_ALL((first)-1)), \
                     _mm256_cmpgt_epi8(AVX2_ALL((last) + 1), v))

TARGET_avx2 ALWAYS_INLINE void classify_avx2(const uint8_t bytes[BLOCK],
                                             char lower[BLOCK], const marks *of,
                                             lede_ascii_masks *masks)
{
    *masks = (lede_ascii_masks){ 0 };
    for (uint32_t at = 0; at < BLOCK; at += 32) {
        __m256i v =
            _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at));
        __m256i small = _mm256_or_si256(v, AVX2_ALL(0x20));
        __m256i letter = AVX2_RANGE(small, 'a', 'z');
        __m256i binder = _mm256_or_si256(AVX2_EITHER(v, of->binder),
                                         AVX2_EITHER(v, of->binder + 2));

        masks->letter |= AVX2_BITS(letter);
        masks->lower |= AVX2_BITS(_mm256_slli_epi16(v, 2));
        masks->digit |= AVX2_BITS(AVX2_RANGE(v, '0', '9'));
        masks->high |= AVX2_BITS(v);
        masks->apostrophe |= AVX2_BITS(AVX2_EITHER(v, of->apostrophe));
        masks->separator |= AVX2_BITS(AVX2_EITHER(v, of->separator));
        masks->binder |= AVX2_BITS(binder);
        masks->suffix |= AVX2_BITS(AVX2_EITHER(v, of->suffix));
        v = _mm256_or_si256(v, _mm256_and_si256(letter, AVX2_ALL(0x20)));
        _mm256_storeu_si256((__m256i *)(void *)(lower + at), v);
    }
}

#elif defined(__aarch64__)

/* 64 answers of all ones or zeros, as bits: pairs are added until eight bytes
 * of weights are left. */
ALWAYS_INLINE uint64_t neon_bits(const uint8x16_t answers[4])
{
    static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128,
                                         1, 2, 4, 8, 16, 32, 64, 128 };
    uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t sum = vpaddq_u8(
        vpaddq_u8(vandq_u8(answers[0], weight), vandq_u8(answers[1], weight)),
        vpaddq_u8(vandq_u8(answers[2], weight), vandq_u8(answers[3], weight)));

    sum = vpaddq_u8(sum, sum);
    return vgetq_lane_u64(vreinterpretq_u64_u8(sum), 0);
}

ALWAYS_INLINE uint8x16_t neon_range(uint8x16_t v, uint8_t first, uint8_t last)
{
    return vandq_u8(vcgeq_u8(v, vdupq_n_u8(first)),
                    vcleq_u8(v, vdupq_n_u8(last)));
}

ALWAYS_INLINE uint8x16_t neon_is(uint8x16_t v, uint8_t byte)
{
    return vceqq_u8(v, vdupq_n_u8(byte));
}

ALWAYS_INLINE uint8x16_t neon_either(uint8x16_t v, const uint8_t bytes[2])
{
    return vorrq_u8(neon_is(v, bytes[0]), neon_is(v, bytes[1]));
}

ALWAYS_INLINE void classify_neon(const uint8_t bytes[BLOCK], char lower[BLOCK],
                                 const marks *of, lede_ascii_masks *masks)
{
    uint8x16_t letter[4], digit[4], high[4], apostrophe[4], separator[4];
    uint8x16_t binder[4], suffix[4], small[4];

    for (uint32_t i = 0; i < 4; i++) {
        uint8x16_t v = vld1q_u8(bytes + 16 * i), bit = vdupq_n_u8(0x20);

        letter[i] = neon_range(vorrq_u8(v, bit), 'a', 'z');
        small[i] = vtstq_u8(v, bit);
        digit[i] = neon_range(v, '0', '9');
        high[i] = vcgeq_u8(v, vdupq_n_u8(0x80));
        apostrophe[i] = neon_either(v, of->apostrophe);
        separator[i] = neon_either(v, of->separator);
        binder[i] = vorrq_u8(neon_either(v, of->binder),
                             neon_either(v, of->binder + 2));
        suffix[i] = neon_either(v, of->suffix);
        v = vorrq_u8(v, vandq_u8(letter[i], bit));
        vst1q_u8((uint8_t *)lower + 16 * i, v);
    }
    masks->letter = neon_bits(letter);
    masks->lower = neon_bits(small);
    masks->digit = neon_bits(digit);
    masks->high = neon_bits(high);
    masks->apostrophe = neon_bits(apostrophe);
    masks->separator = neon_bits(separator);
    masks->binder = neon_bits(binder);
    masks->suffix = neon_bits(suffix);
}

#endif

/* Words that 64 bytes of English have, or one more. */
#define USUAL 12U

/* ---- chains: the same for every kind of instructions, compiled for each */

/* Writes the positions of the bits of a mask, as many at least as are usual,
 * then by fours: a loop of one each is a branch missed at every block. Returns
 * how many there are. */
ALWAYS_INLINE uint32_t put_positions(uint32_t *out, uint64_t mask,
                                     uint32_t base)
{
    const uint64_t top = (uint64_t)1 << 63; /* bits past the last: anything */
    uint32_t count = (uint32_t)__builtin_popcountll(mask), done = 0;

    for (; done < USUAL; done++) {
        out[done] = base + (uint32_t)__builtin_ctzll(mask | top);
        mask &= mask - 1;
    }
    while (done < count) {
        for (uint32_t i = 0; i < 4; i++) {
            out[done++] = base + (uint32_t)__builtin_ctzll(mask | top);
            mask &= mask - 1;
        }
    }
    return count;
}

static bool is_letter(uint8_t byte)
{
    return (uint8_t)((byte | 0x20) - 'a') < 26;
}

static bool is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* What of the present window has been counted. */
struct tally {
    uint32_t begins;
    uint32_t ends;
    uint32_t strays;
    uint32_t capitals;
};

/* Which bytes of a block belong to chains, and which of them are strays; each
 * with what is before and behind it. */
typedef struct neighbours {
    uint64_t letter_before, alnum_before, digit_before, high_before;
    uint64_t letter_after, digit_after, high_after;
} neighbours;

/* it's, 80's, 1'000; 3.5 and 1,500. What else may be in a word is C++, C#,
 * AT&T, U.S. and al-Muhandis. */
ALWAYS_INLINE uint64_t join_lexemes(const lede_ascii_masks *m,
                                    const neighbours *by, uint64_t *stray)
{
    uint64_t mark = m->apostrophe | m->separator;
    uint64_t word_before = by->alnum_before | by->high_before;
    uint64_t word_after = by->letter_after | by->digit_after | by->high_after;
    uint64_t joint = (m->apostrophe & by->alnum_before & by->letter_after) |
                     (mark & by->digit_before & by->digit_after);

    *stray |= m->suffix & word_before;
    *stray |= m->binder & word_before & word_after & ~joint;
    *stray |= mark &
              ((by->high_before & word_after) | (word_before & by->high_after));
    return joint;
}

/* it's and bbc.co.uk; 1'000, 3.5, 1,500 and 1;5. What else may be in a word is
 * a:b and a_b, and a quotation mark in Hebrew. */
ALWAYS_INLINE uint64_t join_segments(const lede_ascii_masks *m,
                                     const neighbours *by, uint64_t *stray)
{
    uint64_t mark = m->apostrophe | m->separator;
    uint64_t word_before = by->alnum_before | by->high_before;
    uint64_t word_after = by->letter_after | by->digit_after | by->high_after;

    *stray |= m->suffix;
    *stray |= m->binder & word_before & word_after;
    *stray |= mark &
              ((by->high_before & word_after) | (word_before & by->high_after));
    return (m->apostrophe & by->letter_before & by->letter_after) |
           (mark & by->digit_before & by->digit_after);
}

/* Adds the chains of one block of these masks; `next` is the byte behind. */
ALWAYS_INLINE void scan_masks(lede_ascii_scan *s, struct tally *n,
                              const lede_ascii_masks *m, uint8_t next,
                              lede_ascii_rules rules)
{
    uint32_t base = (uint32_t)s->at;
    uint64_t alnum = m->letter | m->digit;
    const neighbours by = {
        .letter_before = m->letter << 1 | (s->last_alnum & ~s->last_digit),
        .alnum_before = alnum << 1 | s->last_alnum,
        .digit_before = m->digit << 1 | s->last_digit,
        .high_before = m->high << 1 | s->last_high,
        .letter_after = m->letter >> 1 | (uint64_t)is_letter(next) << 63,
        .digit_after = m->digit >> 1 | (uint64_t)is_digit(next) << 63,
        .high_after = m->high >> 1 | (uint64_t)(next >= 0x80) << 63,
    };
    uint64_t stray = m->high, joint;
    uint64_t chain, chain_before, begins, capitals;

    joint = rules == LEDE_ASCII_LEXEMES ? join_lexemes(m, &by, &stray)
                                        : join_segments(m, &by, &stray);
    chain = alnum | joint | stray;
    chain_before = chain << 1 | s->last_chain;

    begins = chain & ~chain_before;
    capitals = begins & m->letter & ~m->lower;
    for (; capitals != 0; capitals &= capitals - 1) {
        uint64_t before = begins & ((capitals & -capitals) - 1);

        s->capitals[n->capitals++] =
            (uint16_t)(n->begins + (uint32_t)__builtin_popcountll(before));
    }
    n->begins += put_positions(s->begins + n->begins, begins, base);
    n->ends += put_positions(s->ends + n->ends, chain_before & ~chain, base);
    if (stray)
        n->strays += put_positions(s->strays + n->strays,
                                   stray & ~(stray << 1 | s->last_stray), base);
    s->last_chain = chain >> 63;
    s->last_stray = stray >> 63;
    s->last_alnum = alnum >> 63;
    s->last_digit = m->digit >> 63;
    s->last_high = m->high >> 63;
}

ALWAYS_INLINE void scan_window(lede_ascii_scan *s, struct tally *n,
                               lede_ascii_rules rules, classify ask)
{
    char *lower = s->lower + (s->at - s->lower_from);
    lede_ascii_masks masks;

    for (uint32_t i = 0; i < LEDE_ASCII_BLOCKS && !s->ended; i++) {
        const uint8_t *bytes = s->text + s->at;
        size_t left = s->len - s->at;
        uint8_t rest[BLOCK];

        if (left < BLOCK) {
            /* The last block, of 0 to 63 bytes, and zeros: nothing is open
             * behind it. */
            memset(rest, 0, sizeof rest);
            if (left > 0)
                memcpy(rest, bytes, left);
            bytes = rest;
            s->ended = true;
        }
        ask(bytes, lower, &marks_of[rules], &masks);
        scan_masks(s, n, &masks, left > BLOCK ? bytes[BLOCK] : 0, rules);
        lower += BLOCK;
        s->at += left < BLOCK ? left : BLOCK;
    }
}

ALWAYS_INLINE void count_initials(lede_ascii_initials *initials,
                                  const uint8_t *bytes, size_t len,
                                  classify ask)
{
    uint8_t rest[BLOCK] = { 0 };
    char lower[BLOCK];
    const marks *of = &marks_of[LEDE_ASCII_LEXEMES];
    lede_ascii_masks m;
    uint64_t last = 0;

    *initials = (lede_ascii_initials){ 0 };
    for (size_t at = 0; at < len; at += BLOCK) {
        uint64_t word, first;

        if (len - at < BLOCK) {
            memcpy(rest, bytes + at, len - at);
            ask(rest, lower, of, &m);
        } else {
            ask(bytes + at, lower, of, &m);
        }
        word = m.letter | m.high;
        first = word & ~(word << 1 | last);
        last = word >> 63;
        initials->lower +=
            (uint32_t)__builtin_popcountll(first & m.letter & m.lower);
        initials->upper +=
            (uint32_t)__builtin_popcountll(first & m.letter & ~m.lower);
        initials->high[at / BLOCK] = first & m.high;
    }
}

#define WINDOW(name, rules)                                              \
    TARGET_##name static void rules##_##name(lede_ascii_scan *s,         \
                                             uint32_t counts[4])         \
    {                                                                    \
        struct tally n = { counts[0], counts[1], counts[2], counts[3] }; \
                                                                         \
        scan_window(s, &n, rules, classify_##name);                      \
        counts[0] = n.begins;                                            \
        counts[1] = n.ends;                                              \
        counts[2] = n.strays;                                            \
        counts[3] = n.capitals;                                          \
    }

#define VARIANT(name)                                                    \
    WINDOW(name, LEDE_ASCII_LEXEMES)                                     \
    WINDOW(name, LEDE_ASCII_SEGMENTS)                                    \
    TARGET_##name static void initials_##name(                           \
        lede_ascii_initials *initials, const uint8_t *bytes, size_t len) \
    {                                                                    \
        count_initials(initials, bytes, len, classify_##name);           \
    }

#define WINDOWS(name)                                         \
    {                                                         \
        LEDE_ASCII_LEXEMES_##name, LEDE_ASCII_SEGMENTS_##name \
    }

VARIANT(plain)
#if defined(__x86_64__)
VARIANT(sse2)
VARIANT(avx2)
#elif defined(__aarch64__)
VARIANT(neon)
#endif

const lede_ascii *lede_ascii_of(lede_simd simd)
{
    static const lede_ascii variants[LEDE_SIMD_COUNT] = {
        [LEDE_SIMD_NONE] = { WINDOWS(plain), initials_plain },
#if defined(__x86_64__)
        [LEDE_SIMD_SSE2] = { WINDOWS(sse2), initials_sse2 },
        [LEDE_SIMD_AVX2] = { WINDOWS(avx2), initials_avx2 },
#elif defined(__aarch64__)
        [LEDE_SIMD_NEON] = { WINDOWS(neon), initials_neon },
#endif
    };

    return &variants[lede_cpu_has(simd) ? simd : LEDE_SIMD_NONE];
}

void lede_ascii_start(lede_ascii_scan *scan, const char *text, size_t len,
                      lede_ascii_rules rules, const lede_ascii *ascii)
{
    scan->text = (const uint8_t *)text;
    scan->len = len;
    scan->at = 0;
    scan->ended = false;
    scan->window = ascii->windows[rules];
    scan->last_chain = 0;
    scan->last_stray = 0;
    scan->last_alnum = 0;
    scan->last_digit = 0;
    scan->last_high = 0;
    scan->count = 0;
    scan->open = false;
    scan->open_stray = false;
    scan->stray_count = 0;
    scan->strays[0] = UINT32_MAX;
    scan->capital_count = 0;
    scan->lower_from = 0;
}

bool lede_ascii_next(lede_ascii_scan *s)
{
    uint32_t counts[4] = { s->open, 0, s->open_stray, 0 };

    if (s->ended)
        return false;
    /* What the last window left open comes first. */
    if (s->open) {
        s->begins[0] = s->begins[s->count];
        s->strays[0] = s->begins[0];
        if (s->capital_count > 0 &&
            s->capitals[s->capital_count - 1] == s->count)
            s->capitals[counts[3]++] = 0;
    }
    s->window(s, counts);
    s->count = counts[1];
    s->open = counts[0] > counts[1];
    s->stray_count = counts[2];
    s->capital_count = counts[3];
    s->open_stray = s->open && s->stray_count > 0 &&
                    s->strays[s->stray_count - 1] >= s->begins[s->count];
    s->strays[s->stray_count] = UINT32_MAX;
    return true;
}

bool lede_ascii_has_room(const lede_ascii_scan *scan)
{
    return scan->at - scan->lower_from <= LEDE_ASCII_KEPT - LEDE_ASCII_WINDOW;
}

void lede_ascii_release(lede_ascii_scan *scan, size_t from)
{
    size_t kept = from < scan->at ? scan->at - from : 0;

    if (from < scan->lower_from || kept > LEDE_ASCII_KEPT / 2)
        kept = 0;
    memmove(scan->lower, scan->lower + (scan->at - scan->lower_from) - kept,
            kept);
    scan->lower_from = scan->at - kept;
}
