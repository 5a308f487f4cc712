#include "base/utf8.h"

static bool is_tail(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t lede_utf8_take(const char *text, size_t len, uint32_t *c)
{
    const uint8_t *at = (const uint8_t *)text;
    uint32_t value, least;
    size_t n;

    if (len == 0)
        return 0;
    *c = at[0];
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4) {
        *c = LEDE_UTF8_BAD;
        return 1;
    }
    n = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    least = n == 2 ? 0x80 : n == 3 ? 0x800 : 0x10000;
    value = at[0] & (0x7FU >> n);
    for (size_t i = 1; i < n && i < len && is_tail(at[i]); i++) {
        value = value << 6 | (at[i] & 0x3FU);
        if (i + 1 < n)
            continue;
        if (value < least || value > 0x10FFFF ||
            (value >= 0xD800 && value < 0xE000))
            break;
        *c = value;
        return n;
    }
    *c = LEDE_UTF8_BAD;
    return 1;
}

size_t lede_utf8_take_last(const char *text, size_t len, uint32_t *c)
{
    for (size_t n = 1; n <= LEDE_UTF8_MAX && n <= len; n++)
        if (lede_utf8_take(text + len - n, n, c) == n && *c != LEDE_UTF8_BAD)
            return n;
    if (len == 0)
        return 0;
    *c = LEDE_UTF8_BAD;
    return 1;
}

size_t lede_utf8_put(char out[LEDE_UTF8_MAX], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

bool lede_utf8_valid(const char *text, size_t len)
{
    while (len > 0) {
        uint32_t c;
        size_t n = lede_utf8_take(text, len, &c);

        if (c == LEDE_UTF8_BAD)
            return false;
        text += n;
        len -= n;
    }
    return true;
}
