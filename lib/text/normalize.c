#include "text/normalize.h"

#include <utf8proc.h>

#include "base/utf8.h"
#include "text/words.h"

#define ENCLOSING_KEYCAP 0x20E3
#define GERSHAYIM        0x05F4

/* Composition makes at most one character of four: what has more cannot end
 * within LEDE_TERM_MAX bytes. */
#define DECOMPOSED_MAX ((size_t)4 * LEDE_TERM_MAX)

/* Characters of a decomposition; `overflow` once there was one too many. */
struct decomposed {
    utf8proc_int32_t chars[DECOMPOSED_MAX];
    uint32_t count;
    bool overflow;
};

static uint32_t tailor(uint32_t c)
{
    if (c < 0x80)
        return c;
    if (c == GERSHAYIM)
        return '"';
    return lede_lex_of(c) == LEDE_LEX_APOSTROPHE ? '\'' : c;
}

/* Appends what a character is made of, but spaces: those of the Arabic
 * ligatures would cut the term, those of spacing accents part them from their
 * letter. */
static void add_char(struct decomposed *d, uint32_t c)
{
    const int options = UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
                        UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    utf8proc_ssize_t n, room = (utf8proc_ssize_t)(DECOMPOSED_MAX - d->count);
    utf8proc_int32_t *from;
    int boundary = 0;

    n = utf8proc_decompose_char((utf8proc_int32_t)c, d->chars + d->count, room,
                                (utf8proc_option_t)options, &boundary);
    if (n > room) {
        d->overflow = true;
        return;
    }
    from = d->chars + d->count;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        if (from[i] != ' ')
            d->chars[d->count++] = from[i];
}

static int combining_class(utf8proc_int32_t c)
{
    return utf8proc_get_property(c)->combining_class;
}

/* Canonical order: marks between starters by class, stable. At most
 * DECOMPOSED_MAX characters, so the square does not matter. */
static void order_marks(struct decomposed *d)
{
    for (uint32_t i = 1; i < d->count; i++) {
        utf8proc_int32_t c = d->chars[i];
        int class = combining_class(c);
        uint32_t at = i;

        if (class == 0)
            continue;
        for (; at > 0 && combining_class(d->chars[at - 1]) > class; at--)
            d->chars[at] = d->chars[at - 1];
        d->chars[at] = c;
    }
}

/* Writes the term; apostrophes that came out of other characters are tailored
 * here. */
static uint32_t put_chars(const struct decomposed *d, uint32_t count,
                          bool tailored, char term[LEDE_TERM_MAX])
{
    uint32_t len = 0;

    for (uint32_t i = 0; i < count; i++) {
        char bytes[LEDE_UTF8_MAX];
        uint32_t c = (uint32_t)d->chars[i];
        size_t n = lede_utf8_put(bytes, tailored ? tailor(c) : c);

        if (len + n > LEDE_TERM_MAX)
            return LEDE_NORMAL_LONG;
        for (size_t k = 0; k < n; k++)
            term[len++] = bytes[k];
    }
    return len;
}

/* Of ASCII alone, which is most text: letters become small, blanks go. False
 * for other text. */
static bool normalize_ascii(const char *text, size_t len,
                            char term[LEDE_TERM_MAX], uint32_t *term_len)
{
    uint32_t count = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if ((unsigned char)c >= 0x80)
            return false;
        if (c == ' ')
            continue;
        if (count < LEDE_TERM_MAX)
            term[count] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        count++;
    }
    *term_len = count > LEDE_TERM_MAX ? LEDE_NORMAL_LONG : count;
    return true;
}

uint32_t lede_normalize(const char *text, size_t len, bool tailored,
                        char term[LEDE_TERM_MAX])
{
    const int options = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    struct decomposed d;
    utf8proc_ssize_t count;
    uint32_t c, ascii;

    if (len > LEDE_SURFACE_MAX)
        return LEDE_NORMAL_LONG;
    if (normalize_ascii(text, len, term, &ascii))
        return ascii;
    d.count = 0;
    d.overflow = false;
    for (size_t at = 0; at < len && !d.overflow;) {
        at += lede_utf8_take(text + at, len - at, &c);
        if (c == LEDE_UTF8_BAD || (tailored && c == ENCLOSING_KEYCAP))
            continue;
        add_char(&d, tailored ? tailor(c) : c);
    }
    if (d.overflow)
        return LEDE_NORMAL_LONG;
    order_marks(&d);
    count = utf8proc_normalize_utf32(d.chars, (utf8proc_ssize_t)d.count,
                                     (utf8proc_option_t)options);
    return count > 0 ? put_chars(&d, (uint32_t)count, tailored, term) : 0;
}

bool lede_is_capital(const char *text, size_t len)
{
    utf8proc_category_t category;
    uint32_t c;

    if (lede_utf8_take(text, len, &c) == 0 || c == LEDE_UTF8_BAD)
        return false;
    if (c < 0x80)
        return c >= 'A' && c <= 'Z';
    category = utf8proc_category((utf8proc_int32_t)c);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}
