#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits beyond these cannot change a double but by halves of its last bit;
 * longer numbers are not read. */
#define DIGITS_MAX 1024

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_space(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_space((*text)[*len - 1]))
        (*len)--;
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

static size_t count_sign(const char *text, size_t len)
{
    return len > 0 && (text[0] == '+' || text[0] == '-');
}

bool lede_number_take_int(const char *text, size_t len, int64_t *value)
{
    uint64_t sum = 0, most = INT64_MAX;
    size_t sign;

    trim(&text, &len);
    sign = count_sign(text, len);
    if (len == sign || count_digits(text + sign, len - sign) != len - sign)
        return false;
    if (text[0] == '-')
        most++;
    for (size_t i = sign; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (text[0] != '-')
        *value = (int64_t)sum;
    else
        *value = sum == most ? INT64_MIN : -(int64_t)sum;
    return true;
}

static bool take_infinity(const char *text, size_t len, double *value)
{
    static const char word[] = "infinity";
    size_t sign = count_sign(text, len);
    size_t n = len - sign;

    if (n != 3 && n != sizeof word - 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((text[sign + i] | 32) != word[i])
            return false;
    *value = text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    return true;
}

/* The place of the point, or of where one would be; -1 if it is no decimal. */
static long find_point(const char *text, size_t len)
{
    size_t at = count_sign(text, len);
    size_t whole = count_digits(text + at, len - at);
    size_t point = at += whole, fraction = 0;

    if (at < len && text[at] == '.') {
        at++;
        fraction = count_digits(text + at, len - at);
        at += fraction;
    }
    if (whole + fraction == 0)
        return -1;
    if (at < len && (text[at] | 32) == 'e') {
        size_t digits;

        at++;
        at += count_sign(text + at, len - at);
        digits = count_digits(text + at, len - at);
        if (digits == 0)
            return -1;
        at += digits;
    }
    return at == len ? (long)point : -1;
}

#define MARK_MAX 8

/* What the locale puts between whole digits and the others; printing a half
 * tells it, and unlike localeconv to any number of threads. */
static size_t find_mark(char mark[MARK_MAX])
{
    char half[MARK_MAX + 2];
    int len = snprintf(half, sizeof half, "%.1f", 0.5);

    if (len < 3 || (size_t)len >= sizeof half) {
        mark[0] = '.';
        return 1;
    }
    memcpy(mark, half + 1, (size_t)len - 2);
    return (size_t)len - 2;
}

bool lede_number_take_double(const char *text, size_t len, double *value)
{
    char mark[MARK_MAX];
    size_t mark_len = find_mark(mark);
    char own[DIGITS_MAX + MARK_MAX];
    size_t at, rest;
    long point;

    trim(&text, &len);
    if (take_infinity(text, len, value))
        return true;
    if (len >= DIGITS_MAX)
        return false;
    point = find_point(text, len);
    if (point < 0)
        return false;
    at = (size_t)point;
    rest = at < len && text[at] == '.' ? at + 1 : at;
    memcpy(own, text, at);
    if (rest > at) {
        memcpy(own + at, mark, mark_len);
        at += mark_len;
    }
    memcpy(own + at, text + rest, len - rest);
    own[at + len - rest] = '\0';
    *value = strtod(own, NULL) + 0.0;
    return true;
}

bool lede_number_is_int(double real, int64_t *value)
{
    if (!(real >= -0x1p63 && real < 0x1p63) || floor(real) < real)
        return false;
    *value = (int64_t)real;
    return true;
}

size_t lede_number_put_int(char out[LEDE_NUMBER_MAX], int64_t value)
{
    return (size_t)snprintf(out, LEDE_NUMBER_MAX, "%" PRId64, value);
}

/* Writes the locale's mark as a point. */
static void use_point(char *text)
{
    char mark[MARK_MAX];
    size_t mark_len = find_mark(mark);

    for (char *at = text; *at; at++) {
        if (strncmp(at, mark, mark_len) != 0)
            continue;
        *at = '.';
        memmove(at + 1, at + mark_len, strlen(at + mark_len) + 1);
        return;
    }
}

size_t lede_number_put_double(char out[LEDE_NUMBER_MAX], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(out, LEDE_NUMBER_MAX, "%.*g", digits, value);
        if (isnan(value) || digits == 17)
            break;
        if (strtod(out, NULL) == value)
            break;
    }
    use_point(out);
    return strlen(out);
}
