#include "utf8.h"

size_t utf8_take(const char *text, size_t len, uint32_t *c)
{
    static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *at = (const unsigned char *)text;
    size_t need;

    if (len == 0)
        return 0;
    if (at[0] < 0x80) {
        *c = at[0];
        return 1;
    }
    need = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || len < need)
        return 0;
    *c = at[0] & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (at[i] & 0x3f);
    }
    if (*c < smallest[need] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
        return 0;
    return need;
}

bool utf8_put(struct buffer *out, const char *text, size_t len, size_t *bad)
{
    size_t start = 0, at = 0;
    uint32_t c;

    while (at < len) {
        size_t taken = utf8_take(text + at, len - at, &c);

        if (taken > 0) {
            at += taken;
            continue;
        }
        buffer_put(out, text + start, at - start);
        buffer_put_text(out, "\xef\xbf\xbd");
        if (bad)
            (*bad)++;
        start = ++at;
    }
    return buffer_put(out, text + start, len - start);
}

bool utf8_put_character(struct buffer *out, uint32_t c)
{
    char bytes[4];

    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c == 0)
        c = 0xfffd;
    if (c < 0x80) {
        bytes[0] = (char)c;
        return buffer_put(out, bytes, 1);
    }
    if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
        return buffer_put(out, bytes, 2);
    }
    if (c < 0x10000) {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
        return buffer_put(out, bytes, 3);
    }
    bytes[0] = (char)(0xf0 | c >> 18);
    bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (c & 0x3f));
    return buffer_put(out, bytes, 4);
}

static void print(FILE *out, const char *text, size_t len, bool lines)
{
    for (size_t at = 0; at < len;) {
        uint32_t c;
        size_t taken = utf8_take(text + at, len - at, &c);

        if (taken == 0) {
            fprintf(out, "\\x%02x", (unsigned char)text[at]);
            taken = 1;
        } else if (lines && c == '\n') {
            fputc('\n', out);
        } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
            fputc(' ', out);
        } else {
            fwrite(text + at, 1, taken, out);
        }
        at += taken;
    }
}

void utf8_print(FILE *out, const char *text, size_t len)
{
    print(out, text, len, false);
}

void utf8_print_lines(FILE *out, const char *text, size_t len)
{
    print(out, text, len, true);
}
