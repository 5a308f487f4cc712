/*
 * native/codec/pack.c - numbers at a fixed width, as stored.
 *
 *     n < 128   one string of bits, little-endian: value i at bit i * width;
 *               zeros to the end of the byte
 *     n = 128   four lanes, each a string of `width` words of 32 bits that
 *               holds every fourth value: lane l has values l, l + 4, l + 8 ...
 *               The words of the lanes take turns: word w of lane l is word
 *               4 w + l of the block.
 *
 * So one vector operation gives four neighbours, in order, ready to be summed.
 */
#include "native/codec/pack.h"

#define LANES 4U
#define ROWS  (LEDE_PACK_MAX / LANES)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define VECTORS 1
#else
#define VECTORS 0
#endif

static uint32_t mask_of(uint32_t width)
{
    return width < 32 ? (1U << width) - 1 : UINT32_MAX;
}

static uint32_t get_bits(const uint8_t *in, size_t at, uint32_t width)
{
    uint64_t bits = 0;
    size_t end = at + width;

    for (size_t byte = at / 8; byte * 8 < end; byte++)
        bits |= (uint64_t)in[byte] << (8 * (byte - at / 8));
    return (uint32_t)(bits >> (at & 7)) & mask_of(width);
}

/* Bit of a value in its lane, as a bit of the block: words take turns. */
static size_t bit_of(uint32_t n, uint32_t width, uint32_t i)
{
    size_t bit = (size_t)(i / LANES) * width;

    if (n < LEDE_PACK_MAX)
        return (size_t)i * width;
    return (bit / 32 * LANES + i % LANES) * 32 + bit % 32;
}

static void put_word(uint8_t *out, uint32_t word)
{
    for (uint32_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(word >> (8 * i));
}

static void pack_string(uint8_t *out, const uint32_t *values, uint32_t n,
                        uint32_t width)
{
    uint32_t mask = mask_of(width), held = 0;
    uint64_t bits = 0;

    for (uint32_t i = 0; i < n; i++) {
        bits |= (uint64_t)(values[i] & mask) << held;
        held += width;
        if (held >= 32) {
            put_word(out, (uint32_t)bits);
            out += 4;
            bits >>= 32;
            held -= 32;
        }
    }
    for (uint32_t at = 0; at < held; at += 8)
        *out++ = (uint8_t)(bits >> at);
}

typedef uint32_t lanes __attribute__((vector_size(16)));

/* The next word of each lane. */
static void put_words(uint8_t *out, lanes words)
{
#if VECTORS
    memcpy(out, &words, sizeof words);
#else
    for (uint32_t lane = 0; lane < LANES; lane++)
        put_word(out + 4 * lane, words[lane]);
#endif
}

static void pack_lanes(uint8_t *out, const uint32_t *values, uint32_t width)
{
    uint32_t mask = mask_of(width), held = 0;
    lanes words = { 0 };

    for (uint32_t row = 0; row < ROWS; row++) {
        lanes next;

        memcpy(&next, values + (size_t)row * LANES, sizeof next);
        next &= mask;
        words |= next << held;
        held += width;
        if (held < 32)
            continue;
        put_words(out, words);
        out += sizeof words;
        held -= 32;
        /* What is left of a value goes on in its lane's next word. */
        words = held ? next >> (width - held) : next ^ next;
    }
}

size_t lede_pack(uint8_t *out, const uint32_t *values, uint32_t n,
                 uint32_t width)
{
    if (width > 0 && n == LEDE_PACK_MAX)
        pack_lanes(out, values, width);
    else if (width > 0)
        pack_string(out, values, n, width);
    return lede_pack_bytes(n, width);
}

static bool slack_is_zero(lede_bytes packed, uint32_t n, uint32_t width)
{
    uint32_t used = (uint32_t)((size_t)n * width % 8);

    return used == 0 || packed.at[packed.len - 1] >> used == 0;
}

bool lede_unpack_plain(lede_bytes *in, uint32_t n, uint32_t width,
                       uint32_t *values)
{
    lede_bytes packed;

    if (!lede_take(in, lede_pack_bytes(n, width), &packed))
        return false;
    if (!slack_is_zero(packed, n, width)) {
        in->at -= packed.len;
        in->len += packed.len;
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t at = bit_of(n, width, i);
        uint32_t here = 32 - (uint32_t)(at & 31);

        if (n < LEDE_PACK_MAX || here >= width)
            values[i] = get_bits(packed.at, at, width);
        else
            values[i] =
                get_bits(packed.at, at, here) |
                get_bits(packed.at, (at / 32 + LANES) * 32, width - here)
                    << here;
    }
    return true;
}

#if VECTORS

/* The eight bytes from a byte on, of which those behind the end are 0. */
static inline uint64_t word_at(lede_bytes in, size_t byte)
{
    uint64_t word = 0;

    if (in.len - byte >= sizeof word)
        memcpy(&word, in.at + byte, sizeof word);
    else
        memcpy(&word, in.at + byte, in.len - byte);
    return word;
}

/* A string of bits, with one load for as many values as a word has of them. A
 * word may reach into what follows the string: most are shorter than one. */
static bool unpack_string(lede_bytes *in, uint32_t n, uint32_t width,
                          uint32_t *values)
{
    const uint64_t mask = mask_of(width);
    const lede_bytes all = *in;
    const uint32_t step = width ? (64 - 7) / width : 0;
    lede_bytes packed;
    size_t at = 0;

    if (!lede_take(in, lede_pack_bytes(n, width), &packed))
        return false;
    if (width == 0) {
        memset(values, 0, n * sizeof *values);
        return true;
    }
    if (!slack_is_zero(packed, n, width)) {
        *in = all;
        return false;
    }
    for (uint32_t i = 0; i < n; at += (size_t)step * width) {
        uint64_t word = word_at(all, at / 8) >> (at & 7);
        uint32_t end = n - i < step ? n : i + step;

        for (; i < end; i++, word >>= width)
            values[i] = (uint32_t)(word & mask);
    }
    return true;
}

typedef uint32_t lanes __attribute__((vector_size(16)));

/* Inlined once for each width, so that all shifts are constants. */
static inline __attribute__((always_inline)) void unpack_full(
    const uint8_t *in, const uint32_t width, uint32_t *values)
{
    const uint32_t mask = width < 32 ? (1U << width) - 1 : UINT32_MAX;
    lanes word;

    memcpy(&word, in, sizeof word);
#pragma GCC unroll 32
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint32_t shift = row * width % 32;
        lanes value = word >> shift;

        if (shift + width >= 32 && row + 1 < ROWS) {
            memcpy(&word, in + sizeof word * ((row + 1) * width / 32),
                   sizeof word);
            if (shift + width > 32)
                value |= word << (32 - shift);
        }
        value &= mask;
        memcpy(values + (size_t)LANES * row, &value, sizeof value);
    }
}

#define WIDTH(w)                    \
    case w:                         \
        unpack_full(in, w, values); \
        break

static void unpack_width(const uint8_t *in, uint32_t width, uint32_t *values)
{
    switch (width) {
        WIDTH(1);
        WIDTH(2);
        WIDTH(3);
        WIDTH(4);
        WIDTH(5);
        WIDTH(6);
        WIDTH(7);
        WIDTH(8);
        WIDTH(9);
        WIDTH(10);
        WIDTH(11);
        WIDTH(12);
        WIDTH(13);
        WIDTH(14);
        WIDTH(15);
        WIDTH(16);
        WIDTH(17);
        WIDTH(18);
        WIDTH(19);
        WIDTH(20);
        WIDTH(21);
        WIDTH(22);
        WIDTH(23);
        WIDTH(24);
        WIDTH(25);
        WIDTH(26);
        WIDTH(27);
        WIDTH(28);
        WIDTH(29);
        WIDTH(30);
        WIDTH(31);
        WIDTH(32);
    default:
        memset(values, 0, LEDE_PACK_MAX * sizeof *values);
    }
}

bool lede_unpack(lede_bytes *in, uint32_t n, uint32_t width, uint32_t *values)
{
    lede_bytes packed;

    if (width > 32)
        return lede_unpack_plain(in, n, width, values);
    if (n < LEDE_PACK_MAX)
        return unpack_string(in, n, width, values);
    if (!lede_take(in, lede_pack_bytes(n, width), &packed))
        return false;
    unpack_width(packed.at, width, values);
    return true;
}

#else

bool lede_unpack(lede_bytes *in, uint32_t n, uint32_t width, uint32_t *values)
{
    return lede_unpack_plain(in, n, width, values);
}

#endif
