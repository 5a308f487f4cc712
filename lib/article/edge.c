/*
 * article/edge.c - edges of sentences, words and clusters.
 *
 * A sentence ends at a full stop of its script, with the quotes and brackets
 * that close behind it. One that is also used inside sentences needs a space
 * after it; `.` besides no small letter after it, and before it neither a
 * single letter (U.S., A. Mansour) nor a capital with one or two small ones
 * (Mr., Gen., Jan.). So does a paragraph: an empty line or an indented one.
 */
#include "article/edge.h"

#include <utf8proc.h>

#include "base/utf8.h"

/* How far back a cluster's beginning is looked for. */
#define CLUSTER_BACK 128

static size_t take(lede_bytes text, size_t at, uint32_t *c)
{
    return lede_utf8_take((const char *)text.at + at, text.len - at, c);
}

static size_t take_last(lede_bytes text, size_t at, uint32_t *c)
{
    return lede_utf8_take_last((const char *)text.at, at, c);
}

bool lede_edge_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 0x09 && c <= 0x0D);
    return c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

size_t lede_edge_skip_spaces(lede_bytes text, size_t at)
{
    uint32_t c;

    while (at < text.len) {
        size_t n = take(text, at, &c);

        if (!lede_edge_is_space(c))
            break;
        at += n;
    }
    return at;
}

size_t lede_edge_trim_spaces(lede_bytes text, size_t at)
{
    uint32_t c;

    while (at > 0) {
        size_t n = take_last(text, at, &c);

        if (!lede_edge_is_space(c))
            break;
        at -= n;
    }
    return at;
}

/* The beginning of the character that a place lies in. */
static size_t character(lede_bytes text, size_t at)
{
    for (size_t back = 1; back < LEDE_UTF8_MAX && back <= at; back++) {
        uint32_t c;
        size_t n = take(text, at - back, &c);

        if (c != LEDE_UTF8_BAD && n > back)
            return at - back;
    }
    return at;
}

static int32_t of_cluster(uint32_t c)
{
    return c == LEDE_UTF8_BAD ? 0xFFFD : (int32_t)c;
}

size_t lede_edge_cluster(lede_bytes text, size_t at)
{
    size_t from, edge;
    uint32_t before, after;
    int32_t state = 0;

    if (at >= text.len)
        return text.len;
    at = character(text, at);
    if (at == 0 ||
        (text.at[at] < 0x80 && text.at[at - 1] < 0x80 && text.at[at] != '\n'))
        return at;
    from = character(text, at > CLUSTER_BACK ? at - CLUSTER_BACK : 0);
    edge = from;
    from += take(text, from, &before);
    while (from <= at && from < text.len) {
        size_t n = take(text, from, &after);

        if (utf8proc_grapheme_break_stateful(of_cluster(before),
                                             of_cluster(after), &state))
            edge = from;
        before = after;
        from += n;
    }
    return edge;
}

/* Scripts without spaces between words. */
static bool is_spaceless(uint32_t c)
{
    return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
           (c >= 0x1780 && c <= 0x17FF) || (c >= 0x2E80 && c <= 0xA4CF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF01 && c <= 0xFF60) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

/* Whether the text may be cut here for a word's sake. */
static bool is_word_edge(lede_bytes text, size_t at, bool begins)
{
    uint32_t before, after;

    if (at == 0 || at == text.len)
        return true;
    (void)take_last(text, at, &before);
    (void)take(text, at, &after);
    if (lede_edge_is_space(before) || lede_edge_is_space(after))
        return lede_edge_is_space(begins ? before : after) &&
               !lede_edge_is_space(begins ? after : before) &&
               lede_edge_cluster(text, at) == at;
    return (is_spaceless(before) || is_spaceless(after)) &&
           lede_edge_cluster(text, at) == at;
}

size_t lede_edge_word_begin(lede_bytes text, size_t from, size_t to)
{
    uint32_t c;

    for (size_t at = character(text, from); at < to; at += take(text, at, &c))
        if (at >= from && is_word_edge(text, at, true))
            return at;
    return to;
}

size_t lede_edge_word_end(lede_bytes text, size_t from, size_t to)
{
    uint32_t c;

    for (size_t at = character(text, to); at > from;
         at -= take_last(text, at, &c))
        if (is_word_edge(text, at, false))
            return at;
    return from;
}

/* Ends a sentence without a space after it. */
static bool is_wide_stop(uint32_t c)
{
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF0E ||
           c == 0xFF61;
}

static bool is_stop(uint32_t c)
{
    switch (c) {
    case '.':
    case '!':
    case '?':
    case 0x2026: /* ellipsis */
    case 0x0589: /* Armenian */
    case 0x061F: /* Arabic question */
    case 0x06D4: /* Urdu */
    case 0x0964: /* danda */
    case 0x0965:
    case 0x104A: /* Myanmar */
    case 0x104B:
    case 0x1362: /* Ethiopic */
    case 0x1367:
    case 0x17D4: /* Khmer */
    case 0x17D5:
        return true;
    default:
        return is_wide_stop(c);
    }
}

static bool is_closer(uint32_t c)
{
    switch (c) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case 0xBB:   /* guillemet */
    case 0x2019: /* quotes */
    case 0x201D:
    case 0x300D: /* corner brackets */
    case 0x300F:
    case 0x3011:
    case 0xFF09:
        return true;
    default:
        return false;
    }
}

static bool is_small(uint32_t c)
{
    return c < 0x80 ? c >= 'a' && c <= 'z'
                    : c != LEDE_UTF8_BAD &&
                          utf8proc_category((int32_t)c) == UTF8PROC_CATEGORY_LL;
}

static bool is_letter(uint32_t c)
{
    utf8proc_category_t category;

    if (c < 0x80)
        return (c | 32) >= 'a' && (c | 32) <= 'z';
    category = c == LEDE_UTF8_BAD ? UTF8PROC_CATEGORY_CN
                                  : utf8proc_category((int32_t)c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_MC;
}

/* Whether the letters before a `.` at `at` are few enough to be short for
 * something. */
static bool is_short_form(lede_bytes text, size_t at)
{
    unsigned letters = 0;
    uint32_t c = 0, first = 0, last = 0;

    while (at > 0 && letters <= 3) {
        size_t n = take_last(text, at, &c);

        if (!is_letter(c))
            break;
        if (letters == 0)
            last = c;
        first = c;
        at -= n;
        letters++;
    }
    return letters == 1 ||
           (letters > 1 && letters <= 3 && !is_small(first) && is_small(last));
}

/* Whether the spaces in [from, to) lie between paragraphs. */
static bool is_paragraph(lede_bytes text, size_t from, size_t to)
{
    size_t lines = 0, indent = 0;

    for (size_t i = from; i < to; i++) {
        if (text.at[i] == '\n') {
            lines++;
            indent = 0;
        } else {
            indent++;
        }
    }
    return lines > 1 || (lines == 1 && indent > 1);
}

/* Whether a sentence ends at `end` and the next begins at `begin`, with only
 * spaces between them. */
static bool is_between(lede_bytes text, size_t end, size_t begin)
{
    size_t at = end;
    uint32_t c = 0, next = 0;
    size_t n;

    if (is_paragraph(text, end, begin))
        return true;
    for (n = take_last(text, at, &c); at > 0 && is_closer(c);
         n = take_last(text, at, &c))
        at -= n;
    if (at == 0 || !is_stop(c))
        return false;
    if (begin < text.len)
        (void)take(text, begin, &next);
    if (is_wide_stop(c))
        return !is_closer(next) && !is_stop(next);
    if (begin == end && begin < text.len)
        return false;
    return c != '.' || (!is_small(next) && !is_short_form(text, at - n));
}

static bool is_plain(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

bool lede_edge_is_sentence_begin(lede_bytes text, size_t at)
{
    size_t end;

    /* Most places: behind a letter. */
    if (at > 0 && is_plain(text.at[at - 1]))
        return false;
    end = lede_edge_trim_spaces(text, at);
    if (end == 0)
        return true;
    if (at < text.len && lede_edge_skip_spaces(text, at) != at)
        return false;
    return is_between(text, end, at) && lede_edge_cluster(text, at) == at;
}

bool lede_edge_is_sentence_end(lede_bytes text, size_t at)
{
    size_t begin;

    /* Most places: before a letter. */
    if (at > 0 && at < text.len && is_plain(text.at[at]) &&
        text.at[at - 1] < 0x80)
        return false;
    begin = lede_edge_skip_spaces(text, at);
    if (begin == text.len)
        return true;
    if (at == 0 || lede_edge_trim_spaces(text, at) != at)
        return false;
    return is_between(text, at, begin) && lede_edge_cluster(text, at) == at;
}
