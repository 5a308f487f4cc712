#include "text/capital.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/utf8.h"
#include "text/normalize.h"

/* Shorter ones are articles and pronouns in most languages. */
#define FIRST_NAME_BYTES 4U

/* Words that begin English sentences, with a name behind them; sorted. */
#define OPENER_MAX 9
static const char openers[][OPENER_MAX + 1] = {
    "about",    "above",    "after",     "against", "along",    "already",
    "also",     "although", "among",     "and",     "another",  "around",
    "because",  "been",     "before",    "behind",  "being",    "below",
    "beneath",  "beside",   "between",   "beyond",  "both",     "could",
    "despite",  "does",     "doing",     "down",    "during",   "each",
    "early",    "either",   "else",      "even",    "ever",     "every",
    "except",   "former",   "from",      "given",   "have",     "having",
    "hence",    "here",     "how",       "however", "inside",   "instead",
    "into",     "just",     "last",      "late",    "later",    "like",
    "many",     "maybe",    "meanwhile", "more",    "moreover", "most",
    "much",     "near",     "neither",   "never",   "next",     "once",
    "only",     "other",    "outside",   "over",    "perhaps",  "rather",
    "same",     "several",  "should",    "since",   "some",     "soon",
    "still",    "such",     "than",      "that",    "their",    "them",
    "then",     "there",    "therefore", "these",   "they",     "this",
    "those",    "though",   "through",   "thus",    "till",     "today",
    "together", "tomorrow", "toward",    "towards", "under",    "unless",
    "unlike",   "until",    "upon",      "very",    "were",     "what",
    "when",     "whenever", "where",     "whereas", "whether",  "which",
    "while",    "whom",     "whose",     "will",    "with",     "within",
    "without",  "would",    "yesterday", "your",
};

static bool is_ascii_letter(char c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static int compare_openers(const void *a, const void *b)
{
    const char *x = a, *y = b;

    return strcmp(x, y);
}

static bool is_opener(const char *word, size_t len)
{
    char lower[OPENER_MAX + 1] = "";

    if (len > OPENER_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_ascii_letter(word[i]))
            return false;
        lower[i] = (char)(word[i] | 0x20);
    }
    return bsearch(lower, openers, sizeof openers / sizeof openers[0],
                   sizeof openers[0], compare_openers) != NULL;
}

static bool ends_sentence(uint32_t c)
{
    switch (c) {
    case '.':
    case '!':
    case '?':
    case ':':
    case 0xA1:   /* inverted exclamation mark: begins one */
    case 0xBF:   /* inverted question mark */
    case 0x37E:  /* Greek question mark */
    case 0x589:  /* Armenian full stop */
    case 0x61F:  /* Arabic question mark */
    case 0x6D4:  /* Arabic full stop */
    case 0x964:  /* danda */
    case 0x965:  /* double danda */
    case 0x2022: /* bullet */
    case 0x2026: /* ellipsis */
    case 0x2029: /* paragraph separator */
    case 0x203C: /* double exclamation mark and its kin */
    case 0x203D:
    case 0x2047:
    case 0x2048:
    case 0x2049:
    case 0x3002: /* ideographic full stop */
    case 0xFF01:
    case 0xFF0E:
    case 0xFF1A:
    case 0xFF1F:
        return true;
    default:
        return false;
    }
}

static bool opens_quote(uint32_t c)
{
    switch (c) {
    case '"':
    case '\'':
    case '`':
    case 0xAB: /* guillemets, either way round */
    case 0xBB:
    case 0x2018:
    case 0x201A:
    case 0x201C:
    case 0x201E:
    case 0x2039:
    case 0x203A:
        return true;
    default:
        return false;
    }
}

/* W. of George W. Bush */
static bool is_initial(const lede_capital *p)
{
    const char *gap = p->text + p->last_end;

    return p->last_end - p->last_begin == 1 && p->begin - p->last_end == 2 &&
           gap[0] == '.' && gap[1] == ' ' &&
           lede_is_capital(p->text + p->last_begin, 1);
}

static bool opens_sentence(const lede_capital *p)
{
    uint32_t c = 0, newlines = 0;

    if (p->last_end == 0)
        return true;
    if (p->begin - p->last_end == 1 && p->text[p->last_end] == ' ')
        return false;
    if (is_initial(p))
        return false;
    for (size_t at = p->last_end; at < p->begin;) {
        at += lede_utf8_take(p->text + at, p->begin - at, &c);
        if (ends_sentence(c))
            return true;
        newlines += c == '\n';
    }
    return newlines > 1 || opens_quote(c);
}

/* Whether a space and then a capital follow the word. */
static bool leads_capital(const lede_capital *p)
{
    return p->len - p->end >= 2 && p->text[p->end] == ' ' &&
           lede_is_capital(p->text + p->end + 1, p->len - p->end - 1);
}

bool lede_capital_is_name(const lede_capital *place)
{
    size_t len = place->end - place->begin;

    return !opens_sentence(place) ||
           (len >= FIRST_NAME_BYTES && leads_capital(place) &&
            !is_opener(place->text + place->begin, len));
}

/* Counts the words that begin with a letter that is not ASCII. */
static void count_high(const char *text, size_t len,
                       lede_ascii_initials *initials)
{
    for (size_t at = 0; at < len; at += LEDE_ASCII_BLOCK) {
        uint64_t mask = initials->high[at / LEDE_ASCII_BLOCK];

        for (; mask != 0; mask &= mask - 1) {
            size_t first = at + (size_t)__builtin_ctzll(mask);
            utf8proc_category_t category;
            uint32_t c;

            (void)lede_utf8_take(text + first, len - first, &c);
            if (c == LEDE_UTF8_BAD)
                continue;
            category = utf8proc_category((utf8proc_int32_t)c);
            initials->upper += category == UTF8PROC_CATEGORY_LU ||
                               category == UTF8PROC_CATEGORY_LT;
            initials->lower += category == UTF8PROC_CATEGORY_LL;
        }
    }
}

bool lede_text_is_mixed_case(const char *text, size_t len,
                             const lede_ascii *ascii)
{
    lede_ascii_initials initials;

    if (len > LEDE_ASCII_INITIALS)
        len = LEDE_ASCII_INITIALS;
    ascii->initials(&initials, (const uint8_t *)text, len);
    count_high(text, len, &initials);
    return initials.lower >= initials.upper;
}
