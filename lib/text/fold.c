#include "text/fold.h"

#include "base/utf8.h"
#include "text/fold_table.h"

#define LONGEST_ENDING 5 /* characters after the apostrophe */
#define LEAST_TURKISH  3 /* bytes before a Turkish ending */

static const lede_fold_rule *rule_of(uint32_t c)
{
    return &lede_fold_rules[lede_fold_places[lede_fold_pages[c >> 6]][c & 63]];
}

/* Whether marks after this letter go. All these scripts stand together, but
 * for the newer blocks of Latin, Greek and Cyrillic letters. */
static bool loses_marks(uint32_t c)
{
    return c < 0x530 || (c >= 0x1C80 && c < 0x1C90) ||
           (c >= 0x1D00 && c < 0x2000) || (c >= 0x2C60 && c < 0x2C80) ||
           (c >= 0xA640 && c < 0xA6A0) || (c >= 0xA720 && c < 0xA800) ||
           (c >= 0xAB30 && c < 0xAB70);
}

static uint32_t fold_digit(uint32_t c)
{
    for (size_t i = 0; i < LEDE_FOLD_DIGITS && lede_fold_digits[i] <= c; i++)
        if (c < lede_fold_digits[i] + 10)
            return '0' + c - lede_fold_digits[i];
    return c;
}

/* Writes what character c becomes after `*last`, the letter that stands
 * before it in the output. */
static size_t put_folded(char *out, uint32_t c, uint32_t *last, bool digraphs)
{
    const lede_fold_rule *rule;
    const uint16_t *to;
    size_t len;

    if (c > 0xFFFF) {
        *last = fold_digit(c);
        return lede_utf8_put(out, *last);
    }
    rule = rule_of(c);
    if (rule->kind == LEDE_FOLD_DROP ||
        (rule->kind == LEDE_FOLD_MARK && *last && loses_marks(*last)))
        return 0;
    if (rule->kind != LEDE_FOLD_MAP) {
        if (rule->kind == LEDE_FOLD_KEEP)
            *last = c;
        return lede_utf8_put(out, c);
    }
    to = digraphs && rule->digraph[0] ? rule->digraph : rule->plain;
    len = lede_utf8_put(out, to[0]);
    *last = to[1] ? to[1] : to[0];
    return to[1] ? len + lede_utf8_put(out + len, to[1]) : len;
}

/* Folds letters, marks and digits; bytes that are not UTF-8 go. */
static size_t fold_letters(char *out, lede_bytes word, bool digraphs)
{
    const char *text = (const char *)word.at;
    uint32_t last = 0;
    size_t len = 0;

    for (size_t at = 0; at < word.len;) {
        uint32_t c;

        if (word.at[at] < 0x80) {
            last = word.at[at++];
            out[len++] = (char)last;
            continue;
        }
        at += lede_utf8_take(text + at, word.len - at, &c);
        if (c != LEDE_UTF8_BAD)
            len += put_folded(out + len, c, &last, digraphs);
    }
    return len;
}

static bool has_digraph(lede_bytes word)
{
    const char *text = (const char *)word.at;

    for (size_t at = 0; at < word.len;) {
        uint32_t c;

        at += lede_utf8_take(text + at, word.len - at, &c);
        if (c >= 0x80 && c <= 0xFFFF && rule_of(c)->digraph[0])
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t drop_all(char *text, size_t len, char sign)
{
    size_t kept = 0;

    for (size_t i = 0; i < len; i++)
        if (text[i] != sign)
            text[kept++] = text[i];
    return kept;
}

/* The length of the groups of digits that begin the text, or 0 unless they
 * are thousands: 1,500 and 12,34,567 but not 0,500 or 1,50. */
static size_t thousands(const char *text, size_t len, char separator)
{
    size_t at = 0, digits = 0, groups = 0;

    while (at < len && is_digit(text[at]) && at < 4)
        at++;
    if (at == 0 || at > 3 || text[0] == '0')
        return 0;
    while (at < len && text[at] == separator) {
        size_t begin = ++at;

        while (at < len && is_digit(text[at]))
            at++;
        digits = at - begin;
        if (digits != 3 && digits != 2)
            return 0;
        groups++;
    }
    return groups && digits == 3 ? at : 0;
}

static size_t fold_number(char *text, size_t len)
{
    size_t commas = thousands(text, len, ',');
    size_t dots = thousands(text, len, '.');
    size_t kept;

    if (commas > 0 && !memchr(text + commas, ',', len - commas)) {
        kept = drop_all(text, commas, ',');
        memmove(text + kept, text + commas, len - commas);
        return kept + len - commas;
    }
    /* Dots divide thousands only if there are two, or a comma follows. */
    if (dots == 0 || memchr(text + dots, '.', len - dots) ||
        !(text[dots - 4] == '.' &&
          (memchr(text, '.', dots - 4) || (dots < len && text[dots] == ','))))
        return len;
    kept = drop_all(text, dots, '.');
    memmove(text + kept, text + dots, len - dots);
    if (dots < len && text[kept] == ',')
        text[kept] = '.';
    return kept + len - dots;
}

/* u.s, u.s.a: single letters with a dot between any two. */
static bool is_acronym(const char *text, size_t len)
{
    size_t at = 0, letters = 0;

    while (at < len) {
        uint32_t c;

        at += lede_utf8_take(text + at, len - at, &c);
        letters++;
        if (c == '.' || at == len)
            break;
        if (text[at] != '.' || ++at == len)
            return false;
    }
    return at == len && letters > 1 && text[len - 1] != '.';
}

static size_t fold_signs(char *text, size_t len)
{
    if (memchr(text, '\'', len))
        len = drop_all(text, len, '\'');
    if (memchr(text, '"', len))
        len = drop_all(text, len, '"');
    if (len > 0 && is_digit(text[0]))
        return fold_number(text, len);
    return is_acronym(text, len) ? drop_all(text, len, '.') : len;
}

static bool is_among(const char *list, const char *word, size_t len)
{
    while (*list) {
        size_t n = 0;

        while (n < len && list[n] == word[n] && list[n] && list[n] != ' ')
            n++;
        if (n == len && (list[n] == ' ' || !list[n]))
            return true;
        list += n;
        while (*list && *list++ != ' ')
            ;
    }
    return false;
}

/* Where the ending begins, at an apostrophe; word.len if it has none. */
static size_t ending_of(lede_bytes word)
{
    static const char turkish[] =
        "in un nin nun a e ya ye i u yi yu da de ta te dan den tan ten la le "
        "yla yle nda nde ndan nden daki deki taki teki lar ler";
    char folded[LONGEST_ENDING * 2];
    size_t at = word.len;
    lede_bytes ending;

    while (at > 0 && word.at[at - 1] != '\'')
        at--;
    if (at < 2)
        return word.len;
    ending = lede_bytes_of(word.at + at, word.len - at);
    at--;
    if (ending.len == 1 && ending.at[0] == 's')
        return at;
    if (at < LEAST_TURKISH || ending.len > sizeof folded ||
        !is_among(turkish, folded, fold_letters(folded, ending, false)))
        return word.len;
    return at;
}

/* Where the word begins behind an elided one; 0 if none is. */
static size_t elision_of(lede_bytes word)
{
    static const char elided[] =
        "c d j l m n s t qu jusqu lorsqu puisqu quoiqu quelqu all dall dell "
        "nell sull coll un quell quest sant";
    const uint8_t *sign = memchr(word.at, '\'', word.len);
    size_t at = sign ? (size_t)(sign - word.at) : 0;
    char first[LEDE_UTF8_MAX];
    uint32_t c;
    size_t n;

    if (at == 0 || word.len - at < 3 ||
        !is_among(elided, (const char *)word.at, at))
        return 0;
    n = lede_utf8_take((const char *)word.at + at + 1, word.len - at - 1, &c);
    if (fold_letters(first, lede_bytes_of(word.at + at + 1, n), false) == 0 ||
        !strchr("aeiouyh", first[0]))
        return 0;
    return at + 1;
}

lede_bytes lede_fold_core(lede_bytes word)
{
    size_t begin, end;

    if (word.len == 0 || !memchr(word.at, '\'', word.len))
        return word;
    end = ending_of(word);
    begin = elision_of(lede_bytes_of(word.at, end));
    return lede_bytes_of(word.at + begin, end - begin);
}

size_t lede_fold(char *out, lede_bytes word, lede_fold_variant variant)
{
    bool digraphs = (variant & 1) != 0;
    size_t len;

    if (word.len == 0)
        return 0;
    if (variant >= LEDE_FOLD_BASE) {
        lede_bytes core = lede_fold_core(word);
        size_t begin = (size_t)(core.at - word.at);

        if (variant < LEDE_FOLD_CORE)
            core = lede_bytes_of(word.at, begin + core.len);
        else if (begin == 0)
            return 0;
        if (core.len == word.len)
            return 0;
        word = core;
    }
    if (digraphs && !has_digraph(word))
        return 0;
    len = fold_letters(out, word, digraphs);
    return len ? fold_signs(out, len) : 0;
}

bool lede_fold_is_plain(lede_bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.at[i];

        if (c >= 0x80 || c == '\'' || c == '"' || c == '.' || c == ',')
            return false;
    }
    return true;
}
