/*
 * native/codec/signs.c - the signs of each coding.
 *
 *     nibbles of a byte, with the signs of the coding: i where it is sign i of
 *             the first 14; 14 or 15 and then i % 16 where it is sign 14 + i of
 *             the others (14 for the first 16 of these); 15 15 and its own two
 *             nibbles, the low one first, where it is none
 *
 * Coding 1 has the letters that are common in European languages first, coding
 * 2 the digits. That takes 4.7 bits for a byte of English words.
 */
#include "native/codec/signs.h"

#define DIRECT 14U /* signs of one nibble */
#define SIGNS  45U

static const uint8_t signs[LEDE_SIGN_CODINGS][SIGNS + 1] = {
    "",
    "esniatroldcgumyhpbkfvwxzjq'.,-0123456789&\xF9\xFA\xC3_",
    "0123456789,.-:abcdefghijklmnopqrstuvwxyz'/_\xF9\xC3",
};

/* The same to be read by: the sign that two nibbles begin with, the first one
 * low, and how many it takes; four, and no sign, for a byte that is none. */
#define ONE(sign) ((sign) | 1 << 8)
#define TWO(sign) ((sign) | 2 << 8)
#define OWN       (4 << 8)
#define LETTERS                                                           \
    ONE('e'), ONE('s'), ONE('n'), ONE('i'), ONE('a'), ONE('t'), ONE('r'), \
        ONE('o'), ONE('l'), ONE('d'), ONE('c'), ONE('g'), ONE('u'), ONE('m')
#define DIGITS                                                            \
    ONE('0'), ONE('1'), ONE('2'), ONE('3'), ONE('4'), ONE('5'), ONE('6'), \
        ONE('7'), ONE('8'), ONE('9'), ONE(','), ONE('.'), ONE('-'), ONE(':')

/* clang-format off */
const uint16_t lede_signs[LEDE_SIGN_CODINGS][256] = {
    { 0 },
    {
        LETTERS, TWO('y'), TWO('0'),
        LETTERS, TWO('h'), TWO('1'),
        LETTERS, TWO('p'), TWO('2'),
        LETTERS, TWO('b'), TWO('3'),
        LETTERS, TWO('k'), TWO('4'),
        LETTERS, TWO('f'), TWO('5'),
        LETTERS, TWO('v'), TWO('6'),
        LETTERS, TWO('w'), TWO('7'),
        LETTERS, TWO('x'), TWO('8'),
        LETTERS, TWO('z'), TWO('9'),
        LETTERS, TWO('j'), TWO('&'),
        LETTERS, TWO('q'), TWO(0xF9),
        LETTERS, TWO('\''), TWO(0xFA),
        LETTERS, TWO('.'), TWO(0xC3),
        LETTERS, TWO(','), TWO('_'),
        LETTERS, TWO('-'), OWN,
    },
    {
        DIGITS, TWO('a'), TWO('q'),
        DIGITS, TWO('b'), TWO('r'),
        DIGITS, TWO('c'), TWO('s'),
        DIGITS, TWO('d'), TWO('t'),
        DIGITS, TWO('e'), TWO('u'),
        DIGITS, TWO('f'), TWO('v'),
        DIGITS, TWO('g'), TWO('w'),
        DIGITS, TWO('h'), TWO('x'),
        DIGITS, TWO('i'), TWO('y'),
        DIGITS, TWO('j'), TWO('z'),
        DIGITS, TWO('k'), TWO('\''),
        DIGITS, TWO('l'), TWO('/'),
        DIGITS, TWO('m'), TWO('_'),
        DIGITS, TWO('n'), TWO(0xF9),
        DIGITS, TWO('o'), TWO(0xC3),
        DIGITS, TWO('p'), OWN,
    },
};
/* clang-format on */

uint32_t lede_signs_coding(const uint8_t *text, size_t len)
{
    uint32_t digits = 0, others = 0;

    for (size_t i = 0; i < len; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        others += text[i] >= 0x80;
    }
    return others > len / 4 ? 0 : digits > len / 2 ? 2 : 1;
}

void lede_nibbles_init(lede_nibbles *nibbles, uint32_t coding, uint8_t *out)
{
    nibbles->out = out;
    nibbles->count = 0;
    memset(nibbles->places, SIGNS, sizeof nibbles->places);
    for (uint32_t i = 0; i < SIGNS; i++)
        nibbles->places[signs[coding][i]] = (uint8_t)i;
}

static void put_nibble(lede_nibbles *to, uint32_t nibble)
{
    if (to->count % 2 == 0)
        to->out[to->count / 2] = (uint8_t)nibble;
    else
        to->out[to->count / 2] |= (uint8_t)(nibble << 4);
    to->count++;
}

void lede_nibbles_put(lede_nibbles *nibbles, uint8_t byte)
{
    uint32_t at = nibbles->places[byte];

    if (at < DIRECT) {
        put_nibble(nibbles, at);
        return;
    }
    put_nibble(nibbles, DIRECT + (at - DIRECT) / 16);
    put_nibble(nibbles, (at - DIRECT) % 16);
    if (at < SIGNS)
        return;
    put_nibble(nibbles, byte & 15);
    put_nibble(nibbles, byte >> 4);
}
