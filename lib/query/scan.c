/*
 * query/scan.c - kinds of characters, by ranges.
 */
#include "query/scan.h"

#include "base/utf8.h"

typedef struct char_range {
    uint32_t first, last;
} char_range;

static bool is_in(const char_range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

#define IS_IN(ranges, c) is_in((ranges), sizeof(ranges) / sizeof *(ranges), (c))

static lede_scan_kind ascii_kind(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c >= '0' && c <= '9'))
        return LEDE_SCAN_WORD;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return LEDE_SCAN_SPACE;
    return c == '"' ? LEDE_SCAN_QUOTE : LEDE_SCAN_MARK;
}

lede_scan_kind lede_scan_kind_of(uint32_t c)
{
    static const char_range spaces[] = {
        { 0x85, 0x85 },     { 0xA0, 0xA0 },     { 0x1680, 0x1680 },
        { 0x2000, 0x200A }, { 0x2028, 0x2029 }, { 0x202F, 0x202F },
        { 0x205F, 0x205F }, { 0x3000, 0x3000 }
    };
    static const char_range quotes[] = {
        { 0xAB, 0xAB }, { 0xBB, 0xBB }, { 0x201C, 0x201F }, { 0xFF02, 0xFF02 }
    };
    /* Controls, Latin-1 signs, general punctuation, arrows to symbols, CJK
     * punctuation, variation selectors, fullwidth ASCII marks, emoji. */
    static const char_range marks[] = {
        { 0x80, 0xA9 },     { 0xAC, 0xB1 },     { 0xB4, 0xB4 },
        { 0xB6, 0xB8 },     { 0xBF, 0xBF },     { 0xD7, 0xD7 },
        { 0xF7, 0xF7 },     { 0x200B, 0x206F }, { 0x2190, 0x245F },
        { 0x2500, 0x2BFF }, { 0x3001, 0x3004 }, { 0x3008, 0x3020 },
        { 0xFE00, 0xFE1F }, { 0xFE30, 0xFE6F }, { 0xFEFF, 0xFEFF },
        { 0xFF01, 0xFF0F }, { 0xFF1A, 0xFF20 }, { 0xFF3B, 0xFF40 },
        { 0xFF5B, 0xFF65 }, { 0xFFF0, 0xFFFF }, { 0x1F000, 0x1FAFF }
    };

    if (c < 0x80)
        return ascii_kind(c);
    if (IS_IN(spaces, c))
        return LEDE_SCAN_SPACE;
    if (IS_IN(quotes, c))
        return LEDE_SCAN_QUOTE;
    return c == LEDE_UTF8_BAD || IS_IN(marks, c) ? LEDE_SCAN_MARK
                                                 : LEDE_SCAN_WORD;
}

bool lede_scan_closes(uint32_t open, uint32_t close)
{
    switch (open) {
    case 0xAB:
        return close == 0xBB;
    case 0xBB:
        return close == 0xAB || close == 0xBB;
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
        return (close >= 0x201C && close <= 0x201F) || close == '"';
    default:
        return close == open;
    }
}

bool lede_scan_only_opens(uint32_t c)
{
    return c == 0x201C || c == 0x201E || c == 0xAB;
}

bool lede_scan_has_word(const char *text, size_t len)
{
    while (len) {
        uint32_t c;
        size_t step = lede_utf8_take(text, len, &c);

        if (lede_scan_kind_of(c) == LEDE_SCAN_WORD)
            return true;
        text += step;
        len -= step;
    }
    return false;
}

bool lede_scan_is_clean(const char *text, size_t len)
{
    while (len) {
        uint32_t c;
        size_t step = lede_utf8_take(text, len, &c);

        if (c == LEDE_UTF8_BAD || c < 0x20 || (c >= 0x7F && c < 0xA0))
            return false;
        text += step;
        len -= step;
    }
    return true;
}
