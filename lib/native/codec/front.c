/*
 * native/codec/front.c - texts that share their beginnings, as stored.
 *
 *     front   shared:block(n) rest:block(n) coding:u8 text
 *     text    the bytes that follow what is shared, one text after another;
 *             coding 0: as they are; 1, 2: in nibbles, the low one of a byte
 *             first, 0 behind the last of an odd number
 *     nibbles of a byte, with the signs of the coding: i where it is sign i of
 *             the first 14; 14 or 15 and then i % 16 where it is sign 14 + i of
 *             the others (14 for the first 16 of these); 15 15 and its own two
 *             nibbles, the low one first, where it is none
 *
 * Coding 1 has the letters that are common in European languages first, coding
 * 2 the digits. That takes 4.7 bits for a byte of English words, and about a
 * nanosecond to read it.
 */
#include "native/codec/front.h"

#define DIRECT  14U /* signs of one nibble */
#define SIGNS   45U
#define CODINGS 3U

static const uint8_t signs[CODINGS][SIGNS + 1] = {
    "",
    "esniatroldcgumyhpbkfvwxzjq'.,-0123456789&\xF9\xFA\xC3_",
    "0123456789,.-:abcdefghijklmnopqrstuvwxyz'/_\xF9\xC3",
};

/* Nibbles on their way into bytes. */
typedef struct nibbles {
    uint8_t *out;
    uint32_t count;
} nibbles;

static void put_nibble(nibbles *to, uint32_t nibble)
{
    if (to->count % 2 == 0)
        to->out[to->count / 2] = (uint8_t)nibble;
    else
        to->out[to->count / 2] |= (uint8_t)(nibble << 4);
    to->count++;
}

/* `places`: of every byte among the signs, SIGNS where it is none. */
static void put_coded(nibbles *to, const uint8_t *places, uint8_t byte)
{
    uint32_t at = places[byte];

    if (at < DIRECT) {
        put_nibble(to, at);
        return;
    }
    put_nibble(to, DIRECT + (at - DIRECT) / 16);
    put_nibble(to, (at - DIRECT) % 16);
    if (at < SIGNS)
        return;
    put_nibble(to, byte & 15);
    put_nibble(to, byte >> 4);
}

/* The coding that fits a text best, as far as its digits tell. */
static uint32_t find_coding(const uint8_t *text, size_t len)
{
    uint32_t digits = 0, others = 0;

    if (len == 0 || len > LEDE_FRONT_CODED_MAX)
        return 0;
    for (size_t i = 0; i < len; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        others += text[i] >= 0x80;
    }
    return others > len / 4 ? 0 : digits > len / 2 ? 2 : 1;
}

/* Codes the text behind the byte at hand, if that makes it shorter; returns how
 * long both are. Behind the text is room for twice as much. */
static size_t code_text(uint8_t *at, size_t len)
{
    uint32_t coding = find_coding(at + 1, len);
    nibbles to = { at + 1 + len, 0 };
    uint8_t places[256];
    size_t bytes;

    at[0] = 0;
    if (coding == 0)
        return 1 + len;
    memset(places, SIGNS, sizeof places);
    for (uint32_t i = 0; i < SIGNS; i++)
        places[signs[coding][i]] = (uint8_t)i;
    for (size_t i = 0; i < len; i++)
        put_coded(&to, places, at[1 + i]);
    bytes = (to.count + 1) / 2;
    if (bytes >= len)
        return 1 + len;
    at[0] = (uint8_t)coding;
    memmove(at + 1, to.out, bytes);
    return 1 + bytes;
}

static inline uint32_t nibble_at(lede_bytes in, uint64_t at)
{
    return (uint32_t)in.at[at / 2] >> (at % 2 * 4) & 15;
}

/* Takes the nibbles of `len` bytes. */
static bool take_coded(lede_bytes *in, const uint8_t *coding, size_t len,
                       uint8_t *out)
{
    uint64_t end = 2 * (uint64_t)in->len, at = 0;
    lede_bytes used;

    for (size_t i = 0; i < len; i++) {
        uint32_t nibble, sign;

        if (at >= end)
            return false;
        nibble = nibble_at(*in, at);
        at++;
        if (nibble < DIRECT) {
            out[i] = coding[nibble];
            continue;
        }
        if (at >= end)
            return false;
        sign = DIRECT + 16 * (nibble - DIRECT) + nibble_at(*in, at);
        at++;
        if (sign < SIGNS) {
            out[i] = coding[sign];
            continue;
        }
        if (end - at < 2)
            return false;
        out[i] = (uint8_t)(nibble_at(*in, at) | nibble_at(*in, at + 1) << 4);
        at += 2;
    }
    return (at % 2 == 0 || nibble_at(*in, at) == 0) &&
           lede_take(in, (at + 1) / 2, &used);
}

static uint32_t shared_len(lede_bytes a, lede_bytes b)
{
    size_t most = a.len < b.len ? a.len : b.len, len = 0;

    while (len < most && a.at[len] == b.at[len])
        len++;
    return (uint32_t)len;
}

void lede_front_write(lede_buffer *out, const lede_bytes *texts, uint32_t n)
{
    uint32_t shared[LEDE_FRONT_MAX] = { 0 }, rest[LEDE_FRONT_MAX];
    size_t len = 0;
    uint8_t *at;

    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            shared[i] = shared_len(texts[i - 1], texts[i]);
        rest[i] = (uint32_t)texts[i].len - shared[i];
    }
    at = lede_buffer_reserve(out, 2 * (size_t)LEDE_BLOCK_BYTES_MAX);
    if (!at)
        return;
    out->len += lede_block_write(at, shared, n);
    out->len += lede_block_write(out->at + out->len, rest, n);
    for (uint32_t i = 0; i < n; i++)
        len += rest[i];
    /* Room for the text, and for four nibbles a byte behind it. */
    at = lede_buffer_reserve(out, 1 + 3 * len);
    if (!at)
        return;
    for (uint32_t i = 0, done = 1; i < n; done += rest[i], i++)
        if (rest[i] > 0)
            memcpy(at + done, texts[i].at + shared[i], rest[i]);
    out->len += code_text(at, len);
}

static bool take_text(lede_front *front, lede_bytes *in, uint64_t len)
{
    uint8_t coding;

    if (!lede_take_u8(in, &coding) || coding >= CODINGS)
        return false;
    front->coded = coding > 0;
    front->taken = 0;
    if (!front->coded)
        return lede_take(in, len, &front->rest_bytes);
    return len <= LEDE_FRONT_CODED_MAX &&
           take_coded(in, signs[coding], (size_t)len, front->plain);
}

bool lede_front_take(lede_front *front, lede_bytes *in, uint32_t n)
{
    lede_bytes at = *in;
    uint64_t before = 0, bytes = 0;

    if (n == 0 || n > LEDE_FRONT_MAX ||
        !lede_block_take(&at, n, front->shared) ||
        !lede_block_take(&at, n, front->rest))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t len = (uint64_t)front->shared[i] + front->rest[i];

        if (front->shared[i] > before || len > LEDE_FRONT_LEN_MAX)
            return false;
        before = len;
        bytes += front->rest[i];
    }
    if (!take_text(front, &at, bytes))
        return false;
    front->len = 0;
    front->at = 0;
    front->n = n;
    front->broken = false;
    *in = at;
    return true;
}

/* A text is above the one before if it goes on where that one ends, or has a
 * larger byte where they part. */
static bool rises(const lede_front *front, uint32_t shared, lede_bytes rest)
{
    return front->at == 0 ||
           (rest.len > 0 &&
            (shared == front->len || rest.at[0] > front->text[shared]));
}

/* The bytes that follow, of the next text. */
static bool take_rest(lede_front *front, lede_bytes *rest)
{
    lede_bytes all = front->coded
                         ? lede_bytes_of(front->plain, LEDE_FRONT_CODED_MAX)
                         : front->rest_bytes;
    lede_bytes passed;

    if (!lede_take(&all, front->taken, &passed) ||
        !lede_take(&all, front->rest[front->at], rest))
        return false;
    front->taken += front->rest[front->at];
    return true;
}

bool lede_front_next(lede_front *front)
{
    lede_bytes rest;
    uint32_t shared;

    if (front->broken || front->at == front->n)
        return false;
    shared = front->shared[front->at];
    if (!take_rest(front, &rest) || !rises(front, shared, rest)) {
        front->broken = true;
        return false;
    }
    if (rest.len)
        memcpy(front->text + shared, rest.at, rest.len);
    front->len = shared + (uint32_t)rest.len;
    front->at++;
    return true;
}
