/*
 * text/words.c - the rules WB1 to WB999 of UAX #29, revision 41, read forward.
 *
 * A boundary is decided from the character before it, the two before that which
 * are not ignored (WB4), and for WB6, WB7b and WB12 the next one that is not.
 */
#include "text/words.h"

#include "base/utf8.h"

/* In the order of the generator. */
enum word_break {
    OTHER,
    CR,
    LF,
    NEWLINE,
    EXTEND,
    ZWJ,
    FORMAT,
    KATAKANA,
    HEBREW_LETTER,
    ALETTER,
    SINGLE_QUOTE,
    DOUBLE_QUOTE,
    MIDNUMLET,
    MIDLETTER,
    MIDNUM,
    NUMERIC,
    EXTENDNUMLET,
    REGIONAL_INDICATOR,
    WSEGSPACE
};

#define PICTURE_BIT 32U
#define WORD_BIT    64U
#define BREAK_BITS  31U

#define SET(value)   (1U << (value))
#define AHLETTER     (SET(ALETTER) | SET(HEBREW_LETTER))
#define MIDNUMLETQ   (SET(MIDNUMLET) | SET(SINGLE_QUOTE))
#define NEWLINES     (SET(CR) | SET(LF) | SET(NEWLINE))
#define IGNORED      (SET(EXTEND) | SET(FORMAT) | SET(ZWJ))
#define WORDLIKE     (AHLETTER | SET(NUMERIC) | SET(KATAKANA))
#define MID_LETTERS  (SET(MIDLETTER) | MIDNUMLETQ)
#define MID_NUMBERS  (SET(MIDNUM) | MIDNUMLETQ)
#define IS(value, s) ((SET(value) & (s)) != 0)

struct segment {
    const char *text;
    size_t len;
    size_t end;           /* of what is known to belong to it */
    uint32_t last;        /* class of the character before end */
    uint32_t before;      /* of the last one that is not ignored */
    uint32_t before_that; /* of the one before it */
    uint32_t flags;       /* PICTURE_BIT and WORD_BIT of all of it */
    uint32_t regional;    /* regional indicators in it */
};

static size_t take_class(const struct segment *s, size_t at, uint32_t *value)
{
    uint32_t c;
    size_t n = lede_utf8_take(s->text + at, s->len - at, &c);

    *value = OTHER;
    if (n > 0 && c != LEDE_UTF8_BAD)
        *value = lede_word_breaks[lede_word_kind(c)];
    return n;
}

/* The class of the first character from `at` that is not ignored. */
static uint32_t class_after(const struct segment *s, size_t at)
{
    uint32_t value = OTHER;

    while (at < s->len) {
        at += take_class(s, at, &value);
        if (!IS(value & BREAK_BITS, IGNORED))
            return value & BREAK_BITS;
    }
    return OTHER;
}

/* WB6, 7, 7b, 7c, 11, 12: a mark between two that it may join, for a character
 * of class `c` that ends at `after`. */
static bool marks_join(const struct segment *s, uint32_t c, size_t after)
{
    uint32_t a = s->before, z = s->before_that;

    if (IS(a, AHLETTER) && IS(c, MID_LETTERS) &&
        IS(class_after(s, after), AHLETTER))
        return true; /* WB6 */
    if (IS(z, AHLETTER) && IS(a, MID_LETTERS) && IS(c, AHLETTER))
        return true; /* WB7 */
    if (a == HEBREW_LETTER && c == DOUBLE_QUOTE &&
        class_after(s, after) == HEBREW_LETTER)
        return true; /* WB7b */
    if (z == HEBREW_LETTER && a == DOUBLE_QUOTE && c == HEBREW_LETTER)
        return true; /* WB7c */
    if (z == NUMERIC && IS(a, MID_NUMBERS) && c == NUMERIC)
        return true; /* WB11 */
    return a == NUMERIC && IS(c, MID_NUMBERS) &&
           class_after(s, after) == NUMERIC; /* WB12 */
}

/* The other rules from WB5 to WB13b: neighbours of these classes. */
static bool neighbours_join(uint32_t a, uint32_t c)
{
    if (IS(a, AHLETTER | SET(NUMERIC)) && IS(c, AHLETTER | SET(NUMERIC)))
        return true; /* WB5, 8, 9, 10 */
    if (a == HEBREW_LETTER && c == SINGLE_QUOTE)
        return true; /* WB7a */
    if (a == KATAKANA && c == KATAKANA)
        return true; /* WB13 */
    if (IS(a, WORDLIKE | SET(EXTENDNUMLET)) && c == EXTENDNUMLET)
        return true;                             /* WB13a */
    return a == EXTENDNUMLET && IS(c, WORDLIKE); /* WB13b */
}

static bool joins(const struct segment *s, uint32_t value, size_t after)
{
    uint32_t c = value & BREAK_BITS;

    if (s->last == CR && c == LF)
        return true; /* WB3 */
    if (IS(s->last, NEWLINES) || IS(c, NEWLINES))
        return false; /* WB3a, 3b */
    if (s->last == ZWJ && (value & PICTURE_BIT))
        return true; /* WB3c */
    if (s->last == WSEGSPACE && c == WSEGSPACE)
        return true; /* WB3d */
    if (IS(c, IGNORED))
        return true; /* WB4 */
    if (s->before == REGIONAL_INDICATOR && c == REGIONAL_INDICATOR)
        return s->regional % 2 == 1; /* WB15, 16 */
    return neighbours_join(s->before, c) || marks_join(s, c, after);
}

static void begin(struct segment *s, uint32_t value, size_t after)
{
    s->end = after;
    s->last = value & BREAK_BITS;
    s->before = s->last;
    s->flags = value & ~BREAK_BITS;
    s->regional = s->last == REGIONAL_INDICATOR;
}

static void add(struct segment *s, uint32_t value, size_t after)
{
    uint32_t c = value & BREAK_BITS;

    s->end = after;
    s->last = c;
    s->flags |= value & ~BREAK_BITS;
    if (IS(c, IGNORED))
        return;
    s->regional += c == REGIONAL_INDICATOR;
    s->before_that = s->before;
    s->before = c;
}

size_t lede_word_end(const char *text, size_t len, size_t at, bool *is_word)
{
    struct segment s = { .text = text, .len = len };
    uint32_t value;
    size_t n;

    *is_word = false;
    if (at >= len)
        return len;
    n = take_class(&s, at, &value);
    begin(&s, value, at + n);
    while (s.end < len) {
        n = take_class(&s, s.end, &value);
        if (!joins(&s, value, s.end + n))
            break;
        add(&s, value, s.end + n);
    }
    *is_word = (s.flags & WORD_BIT) != 0;
    return s.end;
}
