#include "article/excerpt.h"

#include "article/edge.h"
#include "base/utf8.h"

typedef struct printer {
    lede_buffer *out;
    lede_snippet style;
    bool begun; /* a character was put */
    bool space; /* one is due before the next */
} printer;

static bool is_left_out(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static const char *html_of(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_due_space(printer *p)
{
    if (p->space && p->begun)
        lede_put_u8(p->out, ' ');
    p->space = false;
}

/* Whether a byte stands for itself in every style. */
static bool is_plain(uint8_t c)
{
    return c > ' ' && c < 0x7F && c != '&' && c != '<' && c != '>' &&
           c != '"' && c != '\'';
}

static void put_text(printer *p, const uint8_t *at, size_t len)
{
    while (len > 0) {
        size_t n = 0;
        uint32_t c;

        while (n < len && is_plain(at[n]))
            n++;
        if (n > 0) {
            put_due_space(p);
            lede_put(p->out, at, n);
            p->begun = true;
        } else {
            const char *html;

            n = lede_utf8_take((const char *)at, len, &c);
            html = p->style == LEDE_SNIPPET_HTML ? html_of(c) : NULL;
            if (lede_edge_is_space(c)) {
                p->space = true;
            } else if (!is_left_out(c)) {
                put_due_space(p);
                p->begun = true;
                if (html)
                    lede_put_text(p->out, html);
                else if (c == LEDE_UTF8_BAD)
                    lede_put_text(p->out, "\xEF\xBF\xBD");
                else
                    lede_put(p->out, at, n);
            }
        }
        at += n;
        len -= n;
    }
}

static void put_marked(printer *p, const uint8_t *at, size_t len)
{
    static const char *const on[] = {
        [LEDE_SNIPPET_HTML] = "<mark>",
        [LEDE_SNIPPET_TERMINAL] = "\x1B[1m",
        [LEDE_SNIPPET_PLAIN] = "",
    };
    static const char *const off[] = {
        [LEDE_SNIPPET_HTML] = "</mark>",
        [LEDE_SNIPPET_TERMINAL] = "\x1B[22m",
        [LEDE_SNIPPET_PLAIN] = "",
    };

    put_due_space(p);
    lede_put_text(p->out, on[p->style]);
    put_text(p, at, len);
    lede_put_text(p->out, off[p->style]);
}

/* Takes the next mark in [begin, end) with all that overlap or touch it; false
 * if there is none. */
static bool take_mark(lede_marks *marks, size_t begin, size_t end, size_t *from,
                      size_t *to)
{
    for (; marks->count > 0 && marks->at->end <= begin; marks->count--)
        marks->at++;
    if (marks->count == 0 || marks->at->begin >= end)
        return false;
    *from = marks->at->begin > begin ? marks->at->begin : begin;
    *to = marks->at->end;
    for (; marks->count > 0 && marks->at->begin <= *to; marks->count--) {
        if (marks->at->end > *to)
            *to = marks->at->end;
        marks->at++;
    }
    if (*to > end)
        *to = end;
    return true;
}

void lede_excerpt_put(lede_buffer *out, lede_bytes text, size_t begin,
                      size_t end, lede_marks marks, lede_snippet style)
{
    printer p = { .out = out, .style = style };
    size_t from, to;

    while (take_mark(&marks, begin, end, &from, &to)) {
        put_text(&p, text.at + begin, from - begin);
        put_marked(&p, text.at + from, to - from);
        begin = to;
    }
    if (begin < end)
        put_text(&p, text.at + begin, end - begin);
}
