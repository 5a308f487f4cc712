#include "entity.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool entity_put(struct buffer *out, const char *text, size_t len)
{
    static const struct {
        const char *name;
        const char *text;
    } named[] = {
        { "&amp;", "&" },
        { "&lt;", "<" },
        { "&gt;", ">" },
        { "&quot;", "\"" },
        { "&apos;", "'" },
        { "&nbsp;", " " },
        { "&ndash;", "\xe2\x80\x93" },
        { "&mdash;", "\xe2\x80\x94" },
        { "&lsquo;", "\xe2\x80\x98" },
        { "&rsquo;", "\xe2\x80\x99" },
        { "&ldquo;", "\xe2\x80\x9c" },
        { "&rdquo;", "\xe2\x80\x9d" },
        { "&hellip;", "\xe2\x80\xa6" },
        { "&shy;", "\xc2\xad" },
    };
    char digits[16];
    size_t base;

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strlen(named[i].name) == len &&
            memcmp(named[i].name, text, len) == 0)
            return buffer_put_text(out, named[i].text);
    if (len < 4 || text[1] != '#' || len - 2 > sizeof digits)
        return buffer_put(out, text, len);
    base = text[2] == 'x' || text[2] == 'X' ? 16 : 10;
    memcpy(digits, text + 2, len - 3);
    digits[len - 3] = '\0';
    return utf8_put_character(
        out, (uint32_t)strtoul(digits + (base == 16), NULL, (int)base));
}
