/*
 * native/codec/signs.h - text in nibbles: one for a byte that is frequent, two
 * for one that is not, four for any other.
 *
 *     lede_nibbles_init(&nibbles, lede_signs_coding(text, len), out);
 *     lede_nibbles_put(&nibbles, byte);                  nibbles.count so far
 *
 *     lede_signs_reader r = lede_signs_from(in, coding, nibble);
 *     byte = lede_signs_read(&r);             lede_signs_at(&r): the next nibble
 *
 * Grammar in signs.c. Coding 0 is none: bytes as they are.
 *
 * Errors    Any nibbles are some text; behind their end they are zeros.
 * Memory    Works in its user's; 2 bytes are enough for each of a text.
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_SIGNS_H
#define LEDE_NATIVE_CODEC_SIGNS_H

#include "base/bytes.h"

#define LEDE_SIGN_CODINGS 3U

/* By the next two nibbles, the first one low: the sign that they begin with,
 * and above it how many nibbles it takes; four, and no sign, for a byte that is
 * none. */
extern const uint16_t lede_signs[LEDE_SIGN_CODINGS][256];

/* The coding that fits a text best, as far as its digits tell; 0: none does. */
uint32_t lede_signs_coding(const uint8_t *text, size_t len);

/* Nibbles on their way into bytes. */
typedef struct lede_nibbles {
    uint8_t *out;
    uint32_t count;
    uint8_t places[256]; /* of bytes among the signs */
} lede_nibbles;

void lede_nibbles_init(lede_nibbles *nibbles, uint32_t coding, uint8_t *out);
void lede_nibbles_put(lede_nibbles *nibbles, uint8_t byte);

/* 60 bits and more from a nibble on; zeros behind the end. */
static inline uint64_t lede_nibbles_at(lede_bytes in, uint64_t at)
{
    size_t byte = (size_t)(at / 2);
    uint64_t word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (in.len >= 8 && byte <= in.len - 8) {
        memcpy(&word, in.at + byte, 8);
        return word >> (at % 2 * 4);
    }
#endif
    for (size_t i = 0; i < 8 && byte + i < in.len; i++)
        word |= (uint64_t)in.at[byte + i] << (8 * i);
    return word >> (at % 2 * 4);
}

/* Nibbles, read on. */
typedef struct lede_signs_reader {
    lede_bytes in;
    const uint16_t *signs;
    uint64_t word; /* the next ones, */
    uint64_t at;   /* and where those behind them begin */
    uint32_t left; /* in the word */
} lede_signs_reader;

static inline uint8_t lede_signs_read(lede_signs_reader *r)
{
    uint32_t sign, taken;

    if (r->left < 4) {
        r->at -= r->left;
        r->word = lede_nibbles_at(r->in, r->at);
        r->left = 15;
        r->at += r->left;
    }
    sign = r->signs[r->word & 255];
    taken = sign >> 8;
    sign = taken < 4 ? sign : (uint32_t)(r->word >> 8);
    r->word >>= 4 * taken;
    r->left -= taken;
    return (uint8_t)sign;
}

static inline lede_signs_reader lede_signs_from(lede_bytes in, uint32_t coding,
                                                uint64_t nibble)
{
    return (lede_signs_reader){ .in = in,
                                .signs = lede_signs[coding],
                                .at = nibble };
}

/* Where the nibbles behind the byte read last begin. */
static inline uint64_t lede_signs_at(const lede_signs_reader *r)
{
    return r->at - r->left;
}

#endif
