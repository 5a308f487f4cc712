/*
 * query/word.c - tells plain words from patterns and fuzzy words.
 */
#include "query/word.h"

#include "base/utf8.h"
#include "query/scan.h"

#define SHORT_WORD 5U /* characters that one edit is enough for */
#define EDITS_MAX  2U

/* What stands in a word, escapes understood. */
typedef struct shape {
    size_t chars;
    size_t stars;
    size_t star_end; /* behind the last star */
    size_t questions;
    bool asks;     /* a `?` has a letter or digit behind it */
    bool has_word; /* a letter or digit */
    bool plain;    /* beside * and ? */
    bool tight;    /* as plain, without _ and the full stop */
} shape;

static bool is_escape(const char *text, size_t len, size_t at)
{
    uint32_t next;

    if (text[at] != '\\' || at + 1 >= len)
        return false;
    next = (uint8_t)text[at + 1];
    return next > 0x20 && next < 0x7F &&
           lede_scan_kind_of(next) != LEDE_SCAN_WORD;
}

size_t lede_word_take(const char *text, size_t len, size_t at, uint32_t *c,
                      bool *escaped)
{
    *escaped = is_escape(text, len, at);
    if (*escaped) {
        *c = (uint8_t)text[at + 1];
        return 2;
    }
    return lede_utf8_take(text + at, len - at, c);
}

static void add_char(shape *s, uint32_t c, bool escaped)
{
    bool word = lede_scan_kind_of(c) == LEDE_SCAN_WORD;

    s->chars++;
    s->has_word |= word;
    if (word || c == '-' || c == '\'' || c == 0x2019)
        return;
    s->tight = false;
    if (c != '_' && c != '.' && !escaped)
        s->plain = false;
}

static shape shape_of(const char *text, size_t len)
{
    shape s = { .plain = true, .tight = true };
    bool after_question = false;

    for (size_t at = 0; at < len;) {
        uint32_t c;
        bool escaped;

        at += lede_word_take(text, len, at, &c, &escaped);
        if (c == '*' && !escaped) {
            s.stars++;
            s.star_end = at;
            after_question = false;
        } else if (c == '?' && !escaped) {
            s.questions++;
            after_question = true;
        } else {
            add_char(&s, c, escaped);
            if (after_question && lede_scan_kind_of(c) == LEDE_SCAN_WORD)
                s.asks = true;
            after_question = false;
        }
    }
    return s;
}

/* The length without marks at the end that are no part of a pattern. */
static size_t trim_marks(const char *text, size_t len)
{
    while (len && strchr(",;:!.", text[len - 1]) &&
           !(len > 1 && text[len - 2] == '\\'))
        len--;
    return len;
}

/* `word~` and `word~1`. */
static bool look_fuzzy(lede_word *word, const char *text, size_t len)
{
    size_t tilde = len, digits;
    uint32_t edits = 0;
    shape s;

    while (tilde && text[tilde - 1] >= '0' && text[tilde - 1] <= '9')
        tilde--;
    digits = len - tilde;
    if (tilde < 2 || text[tilde - 1] != '~' || text[tilde - 2] == '\\')
        return false;
    s = shape_of(text, tilde - 1);
    if (!s.plain || !s.has_word || s.stars || s.questions)
        return false;
    for (size_t i = tilde; i < len && edits <= EDITS_MAX; i++)
        edits = edits * 10 + (uint32_t)(text[i] - '0');
    if (edits > EDITS_MAX) {
        edits = EDITS_MAX;
        word->doubt = "at most 2 edits: read as ~2";
    }
    word->kind = LEDE_NODE_FUZZY;
    word->edits = digits ? edits : s.chars > SHORT_WORD ? 2 : 1;
    word->len = tilde - 1;
    return true;
}

static bool look_pattern(lede_word *word, const char *text, size_t len,
                         bool keyword)
{
    size_t trimmed = keyword ? len : trim_marks(text, len);
    shape s = shape_of(text, trimmed);

    if (s.stars > 0 && s.chars == 0)
        word->doubt = "* by itself: read as text; *:* finds all";
    if (!s.has_word || (!s.stars && !s.asks))
        return false;
    if (s.stars ? !s.plain && !keyword : !s.tight) {
        if (s.stars)
            word->doubt = "* among other marks: read as text";
        return false;
    }
    word->len = trimmed;
    if (s.stars == 1 && s.star_end == trimmed && !s.questions) {
        word->kind = LEDE_NODE_PREFIX;
        word->len--;
    } else {
        word->kind = LEDE_NODE_WILDCARD;
    }
    return true;
}

void lede_word_look(lede_word *word, const char *text, size_t len, bool keyword)
{
    *word = (lede_word){ .kind = LEDE_NODE_TERM, .len = len };
    if (look_fuzzy(word, text, len) || look_pattern(word, text, len, keyword))
        return;
    if (!lede_scan_has_word(text, len))
        word->kind = LEDE_NODE_NOTHING;
}
