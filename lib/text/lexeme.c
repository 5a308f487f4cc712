#include "text/lexeme.h"

#include <utf8proc.h>

#include "base/utf8.h"
#include "text/words.h"

#define ZERO_WIDTH_SPACE 0x200BU

#define AMPERSAND_LETTERS 3U

/* Where a scan stands: the character at `at`, `n` bytes long, of class `lex`.
 * At the end of the text n is 0 and the class OTHER. */
struct cursor {
    const char *text;
    size_t len;
    size_t at;
    size_t n;
    uint32_t c;
    lede_lex lex;
    uint32_t traits;  /* of c */
    uint32_t before;  /* of the character before, if of the same word */
    uint32_t strange; /* not 0: what was passed is not its own normal form */
    uint32_t ignored; /* passed */
};

/* As lede_utf8_take, with the usual cases at hand. */
static inline size_t take(const char *text, size_t len, uint32_t *c)
{
    const uint8_t *at = (const uint8_t *)text;

    if (len >= 3) {
        uint32_t second = at[1] ^ 0x80U, third = at[2] ^ 0x80U;

        if (at[0] >= 0xC2 && at[0] < 0xE0 && second < 0x40) {
            *c = (at[0] & 0x1FU) << 6 | second;
            return 2;
        }
        if (at[0] > 0xE0 && at[0] < 0xED && (second | third) < 0x40) {
            *c = (at[0] & 0x0FU) << 12 | second << 6 | third;
            return 3;
        }
    }
    return lede_utf8_take(text, len, c);
}

static inline void look(struct cursor *cur, size_t at)
{
    cur->at = at;
    cur->lex = LEDE_LEX_OTHER;
    cur->traits = 0;
    cur->c = LEDE_UTF8_BAD;
    cur->n = 0;
    if (at < cur->len) {
        uint8_t byte = (uint8_t)cur->text[at];

        cur->n = 1;
        cur->c = byte;
        if (byte >= 0x80)
            cur->n = take(cur->text + at, cur->len - at, &cur->c);
        cur->traits = lede_lex_traits(cur->c);
        cur->lex = (lede_lex)(cur->traits & LEDE_LEX_BITS);
    }
}

/* Moves past the present character, which belongs to the word. */
static inline void pass(struct cursor *cur)
{
    cur->strange |= ~cur->traits & LEDE_LEX_NORMAL;
    cur->strange |= cur->traits & cur->before & LEDE_LEX_ORDERED;
    cur->before = cur->traits;
    look(cur, cur->at + cur->n);
}

/* To the next character that is not part of the present one. */
static inline void step(struct cursor *cur)
{
    for (pass(cur); cur->lex == LEDE_LEX_IGNORED; pass(cur))
        cur->ignored = 1;
}

static inline bool is_letter(lede_lex lex)
{
    return lex == LEDE_LEX_LETTER || lex == LEDE_LEX_HEBREW;
}

static inline bool is_alnum(lede_lex lex)
{
    return is_letter(lex) || lex == LEDE_LEX_DIGIT;
}

/*
 * U.S., U.S.A.: at a word's first letter, moves past the last single letter of
 * those that dots bind. U.S.Army is U.S and Army; J.Smith is none.
 */
static bool take_acronym(struct cursor *cur)
{
    struct cursor at = *cur, end = *cur;
    uint32_t letters = 0;

    while (is_letter(at.lex)) {
        step(&at);
        if (is_alnum(at.lex))
            break;
        letters++;
        end = at;
        if (at.lex != LEDE_LEX_DOT)
            break;
        step(&at);
    }
    if (letters < 2)
        return false;
    *cur = end;
    return true;
}

/* C++ and C#, behind their letter. */
static bool take_suffix(struct cursor *cur)
{
    struct cursor at = *cur;

    step(&at);
    if (cur->lex == LEDE_LEX_HASH) {
        if (is_alnum(at.lex) || at.lex == LEDE_LEX_HASH)
            return false;
    } else {
        if (cur->lex != LEDE_LEX_PLUS || at.lex != LEDE_LEX_PLUS)
            return false;
        step(&at);
        if (is_letter(at.lex) || at.lex == LEDE_LEX_PLUS)
            return false;
    }
    *cur = at;
    return true;
}

/* AT&T: at an ampersand behind so many letters. What may be left of an HTML
 * entity is none. */
static bool take_ampersand(struct cursor *cur, uint32_t letters)
{
    struct cursor at = *cur;
    uint32_t more = 0;

    step(&at);
    while (is_letter(at.lex) && more <= AMPERSAND_LETTERS) {
        more++;
        step(&at);
    }
    if (more == 0 || more > AMPERSAND_LETTERS || (letters > 1 && more > 1) ||
        at.lex == LEDE_LEX_DIGIT || (at.n > 0 && at.c == ';'))
        return false;
    *cur = at;
    return true;
}

/* Behind a letter or digit of class `last`: moves to the next one if what is
 * between joins them. */
static bool take_joint(struct cursor *cur, lede_lex last)
{
    struct cursor at;
    bool number = last == LEDE_LEX_DIGIT, joint = false;

    if (cur->lex < LEDE_LEX_APOSTROPHE || cur->lex > LEDE_LEX_SEPARATOR)
        return false;
    at = *cur;
    step(&at);
    switch (cur->lex) {
    case LEDE_LEX_APOSTROPHE:
        joint = is_letter(at.lex) || (number && at.lex == LEDE_LEX_DIGIT);
        break;
    case LEDE_LEX_QUOTE:
        joint = last == LEDE_LEX_HEBREW && at.lex == LEDE_LEX_HEBREW;
        break;
    case LEDE_LEX_MIDDLE:
        joint = !number && is_letter(at.lex);
        break;
    case LEDE_LEX_DOT:
    case LEDE_LEX_SEPARATOR:
        joint = number && at.lex == LEDE_LEX_DIGIT;
        break;
    default:
        break;
    }
    if (joint)
        *cur = at;
    return joint;
}

/* Moves past letters and digits that stand together. */
static lede_lex take_alnum(struct cursor *cur, uint32_t *letters,
                           uint32_t *digits)
{
    lede_lex last = cur->lex;

    while (is_alnum(cur->lex)) {
        last = cur->lex;
        *letters += last != LEDE_LEX_DIGIT;
        *digits += last == LEDE_LEX_DIGIT;
        step(cur);
    }
    return last;
}

/* At the end of a word: whether a hyphen, and nothing else but an acronym's
 * last dot, is between it and the next. Moves to that one if so. */
static bool take_link(struct cursor *cur, bool acronym)
{
    struct cursor at;

    if (cur->lex != LEDE_LEX_HYPHEN && !(acronym && cur->lex == LEDE_LEX_DOT))
        return false;
    at = *cur;
    if (at.lex == LEDE_LEX_DOT)
        step(&at);
    if (at.lex != LEDE_LEX_HYPHEN)
        return false;
    step(&at);
    if (!is_alnum(at.lex))
        return false;
    *cur = at;
    return true;
}

/* U.S., C++ and C#: what may be if a word begins with a single letter. */
static bool take_short(struct cursor *cur, const struct cursor *begin,
                       lede_lexeme *lexeme)
{
    if (cur->lex == LEDE_LEX_DOT) {
        struct cursor at = *begin;

        lexeme->acronym = take_acronym(&at);
        if (lexeme->acronym)
            *cur = at;
        return lexeme->acronym;
    }
    return take_suffix(cur);
}

/* Moves past a word that begins here and fills in what it has. */
static void take_word(struct cursor *cur, lede_lexeme *lexeme)
{
    const struct cursor begin = *cur;
    uint32_t letters = 0, digits = 0;
    lede_lex last = take_alnum(cur, &letters, &digits);

    if (digits > 0 || letters != 1 || !take_short(cur, &begin, lexeme)) {
        if (cur->lex == LEDE_LEX_AMPERSAND && digits == 0 &&
            letters <= AMPERSAND_LETTERS)
            (void)take_ampersand(cur, letters);
        while (take_joint(cur, last))
            last = take_alnum(cur, &letters, &digits);
    }
    lexeme->letter = letters > 0;
    lexeme->normal = cur->strange == 0;
    lexeme->end = cur->at;
    lexeme->linked = take_link(cur, lexeme->acronym);
}

/* Moves past a run of one class; break marks of width zero are inside. */
static void take_run(struct cursor *cur)
{
    lede_lex lex = cur->lex;

    for (;;) {
        step(cur);
        if (cur->lex == lex)
            continue;
        if (lex == LEDE_LEX_SYLLABLE && cur->c == ZERO_WIDTH_SPACE) {
            struct cursor at = *cur;

            while (at.c == ZERO_WIDTH_SPACE)
                step(&at);
            if (at.lex == lex) {
                *cur = at;
                continue;
            }
        }
        return;
    }
}

bool lede_lexeme_take(lede_lexer *lexer, size_t *at, size_t stop,
                      lede_lexeme *lexeme)
{
    struct cursor cur = { .text = lexer->text, .len = lexer->len };

    if (stop > lexer->len)
        stop = lexer->len;
    for (look(&cur, *at); cur.at < stop; look(&cur, cur.at + cur.n)) {
        if (is_alnum(cur.lex) || cur.lex == LEDE_LEX_IDEOGRAPH ||
            cur.lex == LEDE_LEX_SYLLABLE)
            break;
        lexer->invalid_bytes += cur.c == LEDE_UTF8_BAD;
    }
    *at = cur.at;
    if (cur.at >= stop)
        return false;

    *lexeme = (lede_lexeme){ .begin = cur.at };
    if (is_alnum(cur.lex)) {
        take_word(&cur, lexeme);
    } else {
        bool ideographs = cur.lex == LEDE_LEX_IDEOGRAPH;

        take_run(&cur);
        lexeme->run = true;
        lexeme->normal = cur.strange == 0;
        lexeme->single = ideographs && lexeme->normal && !cur.ignored;
        lexeme->end = cur.at;
    }
    *at = cur.at;
    return true;
}

static bool is_jamo(uint32_t c)
{
    return (c >= 0x1100 && c < 0x1200) || (c >= 0xA960 && c < 0xA980) ||
           (c >= 0xD7B0 && c < 0xD800);
}

size_t lede_lexeme_unit_end(const char *text, size_t at, size_t end)
{
    utf8proc_int32_t state = 0;
    struct cursor cur = { .text = text, .len = end };
    uint32_t before;

    look(&cur, at);
    for (;;) {
        before = cur.c;
        look(&cur, cur.at + cur.n);
        if (cur.n == 0)
            return cur.at;
        if (cur.lex == LEDE_LEX_IGNORED || cur.c == ZERO_WIDTH_SPACE)
            continue;
        if (cur.lex == LEDE_LEX_IDEOGRAPH && !is_jamo(cur.c))
            return cur.at;
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)before,
                                             (utf8proc_int32_t)cur.c, &state))
            return cur.at;
    }
}
