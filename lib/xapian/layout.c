/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/layout.h"

#include "document/schema.h"

#include <xxhash.h>

#define FIELD_BASE   '0'
#define KIND_BASE    '0'
#define VALUE_MARK   'v'
#define HASH_BYTES   16
#define SIGN         ((uint64_t)1 << 63)
#define NUMBER_BYTES 8

static void begin(lede_xapian_name *name, char kind)
{
    name->text[0] = kind;
    name->len = 1;
    name->hashed = false;
}

static void begin_field(lede_xapian_name *name, char kind, uint32_t field)
{
    begin(name, kind);
    name->text[name->len++] = (char)(FIELD_BASE + (int)(field / 64 % 64));
    name->text[name->len++] = (char)(FIELD_BASE + (int)(field % 64));
}

/* Bytes as a table's key counts them. */
static size_t weight_of(lede_bytes bytes)
{
    size_t weight = bytes.len;

    for (size_t i = 0; i < bytes.len; i++)
        weight += bytes.at[i] == '\0';
    return weight;
}

static bool append(lede_xapian_name *name, lede_bytes bytes)
{
    if (bytes.len > LEDE_XAPIAN_TERM_MAX ||
        name->len + weight_of(bytes) > LEDE_XAPIAN_TERM_MAX)
        return false;
    if (bytes.len)
        memcpy(name->text + name->len, bytes.at, bytes.len);
    name->len += (uint32_t)bytes.len;
    return true;
}

static void append_hash(lede_xapian_name *name, lede_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    XXH128_canonical_t hash;

    XXH128_canonicalFromHash(&hash, XXH3_128bits(bytes.at, bytes.len));
    for (size_t i = 0; i < HASH_BYTES; i++) {
        name->text[name->len++] = digits[hash.digest[i] >> 4];
        name->text[name->len++] = digits[hash.digest[i] & 15];
    }
    name->hashed = true;
}

bool lede_xapian_word(lede_xapian_name *name, uint32_t field, lede_bytes word)
{
    begin_field(name, 'W', field);
    return append(name, word);
}

void lede_xapian_value_name(lede_xapian_name *name, uint32_t field,
                            lede_bytes value)
{
    begin_field(name, 'V', field);
    if (append(name, value))
        return;
    begin_field(name, 'H', field);
    append_hash(name, value);
}

void lede_xapian_key_name(lede_xapian_name *name, lede_bytes key)
{
    begin(name, 'K');
    if (append(name, key))
        return;
    begin(name, 'L');
    append_hash(name, key);
}

void lede_xapian_exists_name(lede_xapian_name *name, uint32_t field)
{
    begin_field(name, 'X', field);
}

void lede_xapian_space_prefix(lede_xapian_name *name, uint32_t field,
                              lede_space space)
{
    begin_field(name, space == LEDE_SPACE_WORDS ? 'W' : 'V', field);
}

void lede_xapian_long_prefix(lede_xapian_name *name, uint32_t field)
{
    begin_field(name, 'V', field);
}

void lede_xapian_long_name(lede_xapian_name *name, uint32_t field,
                           lede_bytes value)
{
    begin_field(name, 'V', field);
    append_hash(name, value);
}

bool lede_xapian_name_name(lede_xapian_name *name, uint32_t field,
                           lede_bytes word)
{
    begin_field(name, 'N', field);
    return append(name, word);
}

bool lede_xapian_form_name(lede_xapian_name *name, uint32_t kind,
                           lede_bytes key)
{
    begin(name, 'F');
    name->text[name->len++] = (char)(KIND_BASE + (int)kind);
    return append(name, key);
}

static void write_big(uint8_t out[NUMBER_BYTES], uint64_t number)
{
    for (int i = 0; i < NUMBER_BYTES; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t read_big(const uint8_t in[NUMBER_BYTES])
{
    uint64_t number = 0;

    for (int i = 0; i < NUMBER_BYTES; i++)
        number = number << 8 | in[i];
    return number;
}

/* Negative reals order the other way round, and below the others. */
static uint64_t rising_of_real(double real)
{
    double plain = real == 0 ? 0 : real; /* -0 is 0 */
    uint64_t bits;

    memcpy(&bits, &plain, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static double real_of_rising(uint64_t rising)
{
    uint64_t bits = rising & SIGN ? rising & ~SIGN : ~rising;
    double real;

    memcpy(&real, &bits, sizeof real);
    return real;
}

void lede_xapian_put_value(lede_buffer *out, const lede_value *value)
{
    uint8_t number[NUMBER_BYTES];

    switch (value->kind) {
    case LEDE_INT:
    case LEDE_DATE:
        write_big(number, (uint64_t)value->number ^ SIGN);
        lede_put(out, number, sizeof number);
        break;
    case LEDE_DOUBLE:
        write_big(number, rising_of_real(value->real));
        lede_put(out, number, sizeof number);
        break;
    default:
        lede_put_u8(out, VALUE_MARK);
        lede_put(out, value->text, value->len);
        break;
    }
}

bool lede_xapian_read_value(lede_value *value, lede_bytes bytes, lede_kind kind)
{
    *value = (lede_value){ .text = "" };
    if (bytes.len == 0)
        return true;
    if (lede_kind_is_text(kind)) {
        if (bytes.at[0] != VALUE_MARK)
            return false;
        value->text = (const char *)bytes.at + 1;
        value->len = bytes.len - 1;
    } else if (bytes.len != NUMBER_BYTES) {
        return false;
    } else if (kind == LEDE_DOUBLE) {
        value->real = real_of_rising(read_big(bytes.at));
    } else {
        uint64_t moved = read_big(bytes.at) ^ SIGN;

        memcpy(&value->number, &moved, sizeof moved);
    }
    value->kind = kind;
    return true;
}

void lede_xapian_put_sequence(uint8_t out[LEDE_XAPIAN_SEQUENCE_BYTES],
                              uint64_t sequence)
{
    write_big(out, sequence);
}

bool lede_xapian_read_sequence(uint64_t *sequence, lede_bytes bytes)
{
    if (bytes.len != LEDE_XAPIAN_SEQUENCE_BYTES)
        return false;
    *sequence = read_big(bytes.at);
    return true;
}

uint32_t lede_xapian_route(lede_bytes key, uint32_t shards)
{
    return (uint32_t)(XXH3_64bits(key.at, key.len) % shards);
}
