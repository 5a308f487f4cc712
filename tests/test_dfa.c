/*
 * Automata of patterns against the plainest matcher there is, recursion. Random
 * runs start from the same seed, and print where they are when they fail.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "query/regex.h"
#include "support/automata.h"
#include "support/suite.h"
#include "text/token.h"

START_TEST(bytes_accept_themselves_alone)
{
    lede_dfa *dfa;

    ck_assert_int_eq(
        lede_dfa_new_bytes(&dfa, lede_bytes_of("a\0\xFF", 3), false, NULL),
        LEDE_OK);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of("a\0\xFF", 3)), 0);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of("a\0", 2)),
                      LEDE_DFA_REJECT);
    ck_assert_uint_eq(
        lede_dfa_run(dfa, dfa->start, lede_bytes_of("a\0\xFF\xF9", 4)),
        LEDE_DFA_DEAD);
    ck_assert_uint_eq(lede_dfa_run(dfa, dfa->start, lede_bytes_of_text("b")),
                      LEDE_DFA_DEAD);
    lede_dfa_free(dfa);
    ck_assert_int_eq(
        lede_dfa_new_bytes(&dfa, lede_bytes_of("a\0", 2), true, NULL), LEDE_OK);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of("a\0", 2)), 0);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of("a\0xyz\xFF", 6)),
                      0);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of_text("a")),
                      LEDE_DFA_REJECT);
    lede_dfa_free(dfa);
    lede_dfa_free(NULL);
}
END_TEST

START_TEST(words_accept_their_joined_terms)
{
    static const char *const solid[] = { "covid19", "covid19\xF9",
                                         "covid19\xFF" };
    static const char *const not [] = { "covid19\xF8",     "covid19\xF7",
                                        "covid19\xF9\xF9", "covid1",
                                        "covid190",        "\xF9" };
    lede_dfa *dfas[4];
    lede_bytes word = lede_bytes_of_text("covid19");

    ck_assert_int_eq(lede_dfa_new_word(&dfas[0], word, false, NULL), LEDE_OK);
    dfas[1] = automata_wildcard("c?vid19");
    dfas[2] = automata_regex("c[a-z]vid[0-9]{2}");
    dfas[3] = automata_fuzzy("covid19", 0, 0);
    for (size_t d = 0; d < 4; d++) {
        for (size_t i = 0; i < sizeof solid / sizeof *solid; i++)
            ck_assert_msg(automata_accept(dfas[d], solid[i]), "%zu %s", d,
                          solid[i]);
        for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
            ck_assert_msg(!automata_accept(dfas[d], not [i]), "%zu %s", d,
                          not [i]);
        lede_dfa_free(dfas[d]);
    }
    ck_assert_int_eq(lede_dfa_new_word(&dfas[0], word, true, NULL), LEDE_OK);
    ck_assert(automata_accept(dfas[0], "covid19\xF9"));
    ck_assert(automata_accept(dfas[0], "covid19x\xFA"));
    ck_assert(!automata_accept(dfas[0], "covid1\xF9"));
    lede_dfa_free(dfas[0]);
}
END_TEST

/* `*` any bytes, `?` one character. */
static bool matches(lede_bytes p, lede_bytes t)
{
    uint32_t c;
    size_t len;

    if (p.len == 0)
        return t.len == 0;
    if (p.at[0] == '*') {
        for (size_t i = 0; i <= t.len; i++)
            if (matches(lede_bytes_of(p.at + 1, p.len - 1),
                        lede_bytes_of(t.at + i, t.len - i)))
                return true;
        return false;
    }
    if (t.len == 0)
        return false;
    if (p.at[0] == '?') {
        len = lede_utf8_take((const char *)t.at, t.len, &c);
        return c != LEDE_UTF8_BAD &&
               matches(lede_bytes_of(p.at + 1, p.len - 1),
                       lede_bytes_of(t.at + len, t.len - len));
    }
    if (p.at[0] == '\\' && p.len > 1)
        p = lede_bytes_of(p.at + 1, p.len - 1);
    return p.at[0] == t.at[0] && matches(lede_bytes_of(p.at + 1, p.len - 1),
                                         lede_bytes_of(t.at + 1, t.len - 1));
}

static const char *const wild_parts[] = { "a",   "b",  "?",        "*",
                                          "\\*", "\\", "\xC3\xA9", "\\a" };
static const char *const letters[] = { "a",  "b",        "*",
                                       "\\", "\xC3\xA9", "\xE6\xBC\xA2",
                                       "?",  "\xC3" };

START_TEST(wildcards_match_as_their_definition)
{
    for (int i = 0; i < 3000; i++) {
        uint64_t begin = automata_seed();
        char pattern[64], text[64];
        lede_dfa *dfa;

        automata_compose(pattern, wild_parts, 8, 6);
        dfa = automata_wildcard(pattern);
        for (int n = 0; n < 20; n++) {
            automata_compose(text, letters, 8, 6);
            ck_assert_msg(automata_accept(dfa, text) ==
                              matches(lede_bytes_of_text(pattern),
                                      lede_bytes_of_text(text)),
                          "seed %llu: %s on %s", (unsigned long long)begin,
                          pattern, text);
        }
        lede_dfa_free(dfa);
    }
}
END_TEST

/* A pattern made at random with its meaning beside it. */
typedef struct expression expression;
struct expression {
    char kind; /* c character, . any, [ class, ^ class, & both, | either, {} */
    uint32_t c, last;
    uint32_t min, max; /* max 9: unbounded */
    expression *left, *right;
};

static expression pool[256];
static size_t pool_used;

static expression *random_expression(uint32_t depth)
{
    static const char kinds[] = "cc.[^&&|{";
    static const uint32_t alphabet[] = { 'a', 'b', 'c', 0xE9, 0x6F22 };
    expression *e = &pool[pool_used++];

    *e = (expression){ .kind = kinds[automata_below(depth ? 9 : 5)] };
    e->c = alphabet[automata_below(5)];
    e->last = e->c + automata_below(3);
    if (e->kind == '&' || e->kind == '|' || e->kind == '{')
        e->left = random_expression(depth - 1);
    if (e->kind == '&' || e->kind == '|')
        e->right = random_expression(depth - 1);
    if (e->kind == '{') {
        e->min = automata_below(3);
        e->max = automata_below(3) ? e->min + automata_below(2) : 9;
    }
    return e;
}

static void write_char(char *out, uint32_t c)
{
    char bytes[LEDE_UTF8_MAX + 1] = { 0 };

    bytes[lede_utf8_put(bytes, c)] = '\0';
    strcat(out, bytes);
}

static void write_expression(char *out, const expression *e)
{
    size_t len;

    switch (e->kind) {
    case 'c':
        write_char(out, e->c);
        break;
    case '.':
        strcat(out, ".");
        break;
    case '[':
    case '^':
        strcat(out, e->kind == '[' ? "[" : "[^");
        write_char(out, e->c);
        strcat(out, "-");
        write_char(out, e->last);
        strcat(out, "]");
        break;
    case '&':
        write_expression(out, e->left);
        write_expression(out, e->right);
        break;
    case '|':
        strcat(out, "(");
        write_expression(out, e->left);
        strcat(out, "|");
        write_expression(out, e->right);
        strcat(out, ")");
        break;
    default:
        strcat(out, "(");
        write_expression(out, e->left);
        strcat(out, ")");
        len = strlen(out);
        if (e->max == 9 && e->min < 2)
            strcat(out, e->min ? "+" : "*");
        else if (e->max == 9)
            sprintf(out + len, "{%u,}", e->min);
        else if (e->min == 0 && e->max == 1)
            strcat(out, "?");
        else if (e->min == e->max)
            sprintf(out + len, "{%u}", e->min);
        else
            sprintf(out + len, "{%u,%u}", e->min, e->max);
    }
}

/* A set of places in a text of at most 31 characters, as bits: where matches
 * that begin at a place of `from` may end. */
static uint32_t ends_of(const expression *e, const uint32_t *chars, size_t len,
                        uint32_t from)
{
    uint32_t to = 0, at;

    switch (e->kind) {
    case '&':
        return ends_of(e->right, chars, len,
                       ends_of(e->left, chars, len, from));
    case '|':
        return ends_of(e->left, chars, len, from) |
               ends_of(e->right, chars, len, from);
    case '{':
        at = from;
        for (uint32_t n = 0; n < e->min; n++)
            at = ends_of(e->left, chars, len, at);
        to = at;
        for (uint32_t n = e->min; n < (e->max == 9 ? 40 : e->max); n++) {
            at = ends_of(e->left, chars, len, at);
            to |= at;
        }
        return to;
    default:
        for (size_t i = 0; i < len; i++) {
            bool in = chars[i] >= e->c && chars[i] <= e->last;
            bool hit = e->kind == '.' || (e->kind == 'c' && chars[i] == e->c) ||
                       (e->kind == '[' && in) || (e->kind == '^' && !in);

            if (from >> i & 1 && hit)
                to |= UINT32_C(2) << i;
        }
        return to;
    }
}

START_TEST(regexes_match_as_their_definition)
{
    static const char *const alphabet[] = {
        "a", "b", "c", "d", "\xC3\xA9", "\xC3\xAA", "\xE6\xBC\xA2"
    };

    for (int i = 0; i < 4000; i++) {
        uint64_t begin = automata_seed();
        char pattern[4096] = "", text[64];
        expression *e;
        lede_dfa *dfa;

        pool_used = 0;
        e = random_expression(4);
        write_expression(pattern, e);
        dfa = automata_regex(pattern);
        for (int n = 0; n < 20; n++) {
            uint32_t chars[16];
            size_t count = 0, len = automata_compose(text, alphabet, 7, 8);
            bool wanted;

            for (size_t at = 0; at < len; count++)
                at += lede_utf8_take(text + at, len - at, &chars[count]);
            wanted = ends_of(e, chars, count, 1) >> count & 1;
            ck_assert_msg(automata_accept(dfa, text) == wanted,
                          "seed %llu: %s on %s", (unsigned long long)begin,
                          pattern, text);
        }
        lede_dfa_free(dfa);
    }
}
END_TEST

START_TEST(classes_hold_exactly_their_characters)
{
    for (int i = 0; i < 8; i++) {
        uint64_t begin = automata_seed();
        uint32_t first = automata_below(i < 4 ? 0x900 : 0x110000);
        uint32_t last = first + automata_below(i < 4 ? 0xFF00 : 0x20000);
        char pattern[32] = "[", text[8];
        lede_dfa *in, *out;

        if ((first & 0xFFF800) == 0xD800)
            first = 0xE000;
        if (last < first || last > 0x10FFFF)
            last = 0x10FFFF;
        if ((last & 0xFFF800) == 0xD800)
            last = 0xE000;
        strcat(pattern, "\\");
        if (first < 0x80)
            first = '-';
        write_char(pattern, first);
        strcat(pattern, "-");
        write_char(pattern, last);
        strcat(pattern, "]");
        in = automata_regex(pattern);
        memmove(pattern + 2, pattern + 1, strlen(pattern));
        pattern[1] = '^';
        out = automata_regex(pattern);
        for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 7) {
            bool inside = c >= first && c <= last;
            lede_bytes one;

            if ((c & 0xFFF800) == 0xD800)
                continue;
            one = lede_bytes_of(text, lede_utf8_put(text, c));
            ck_assert_msg((automata_distance(in, one) == 0) == inside &&
                              (automata_distance(out, one) == 0) == !inside,
                          "seed %llu: U+%X in %X-%X", (unsigned long long)begin,
                          c, first, last);
        }
        lede_dfa_free(in);
        lede_dfa_free(out);
    }
}
END_TEST

START_TEST(one_character_is_one_valid_character)
{
    static const char *const bad[] = { "\x80",
                                       "\xC3",
                                       "\xC0\x80",
                                       "\xE0\x80\x80",
                                       "\xED\xA0\x80",
                                       "\xF0\x80\x80\x80",
                                       "\xF5\x80\x80\x80",
                                       "\xF4\x90\x80\x80",
                                       "\xFF",
                                       "\xF9",
                                       "ab" };
    static const char *const good[] = { "a", "\xC2\x80", "\xED\x9F\xBF",
                                        "\xEE\x80\x80", "\xF4\x8F\xBF\xBF" };
    lede_dfa *dfas[3] = { automata_regex("."), automata_wildcard("?"),
                          automata_regex("[^x]") };

    for (size_t d = 0; d < 3; d++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            ck_assert(!automata_accept(dfas[d], bad[i]));
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
            ck_assert(automata_accept(dfas[d], good[i]));
        lede_dfa_free(dfas[d]);
    }
}
END_TEST

START_TEST(what_is_no_regex_is_refused_where_it_fails)
{
    static const struct {
        const char *pattern;
        size_t bad;
    } cases[] = {
        { "a(b", 1 },
        { "a)b", 1 },
        { "*a", 0 },
        { "a|?", 2 },
        { "a[b", 3 },
        { "a[]", 1 },
        { "a[b-a]", 2 },
        { "a{2,1}", 2 },
        { "a{", 2 },
        { "a{,3}", 2 },
        { "a{1", 2 },
        { "a{1001}", 2 },
        { "a\\", 1 },
        { "\\d", 0 },
        { "^a", 0 },
        { "a$", 1 },
        { "a**", 2 },
        { "a]", 1 },
        { "a}", 1 },
        { "[\xFF]", 1 },
        { "[\\a]", 1 },
        { "a{1,x}", 4 },
        { "[a", 2 },
        { "[a-\xC3]", 3 },
        { "a{99999999999999999999}", 2 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_bytes pattern = lede_bytes_of_text(cases[i].pattern);
        size_t bad = 99, bad_too = 98;
        const char *why = NULL, *why_too = NULL;
        lede_dfa *dfa;

        ck_assert_msg(lede_regex_check(pattern, &bad, &why) == LEDE_ERR_INVALID,
                      "%s", cases[i].pattern);
        ck_assert_msg(bad == cases[i].bad, "%s: %zu %s", cases[i].pattern, bad,
                      why);
        ck_assert_int_eq(lede_dfa_new_regex(&dfa, pattern, AUTOMATA_STATES,
                                            &bad_too, &why_too, NULL),
                         LEDE_ERR_INVALID);
        ck_assert_uint_eq(bad, bad_too);
        ck_assert_str_eq(why, why_too);
    }
}
END_TEST

START_TEST(groups_nest_to_a_bound)
{
    char pattern[512];
    size_t bad;
    const char *why;

    memset(pattern, '(', 100);
    memset(pattern + 100, ')', 100);
    ck_assert_int_eq(lede_regex_check(lede_bytes_of(pattern, 200), &bad, &why),
                     LEDE_OK);
    memset(pattern, '(', 101);
    memset(pattern + 101, ')', 101);
    ck_assert_int_eq(lede_regex_check(lede_bytes_of(pattern, 202), &bad, &why),
                     LEDE_ERR_INVALID);
    ck_assert_uint_eq(bad, 100);
}
END_TEST

START_TEST(patterns_that_explode_end_at_a_limit)
{
    static const char *const patterns[] = {
        "((((a{1000}){1000}){1000}){1000})",
        "((((){1000}){1000}){1000})",
        "(.{1000}){1000}",
    };
    lede_dfa *dfa = NULL;
    size_t bad;
    const char *why;
    uint32_t state;

    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        ck_assert_int_eq(lede_dfa_new_regex(&dfa,
                                            lede_bytes_of_text(patterns[i]),
                                            AUTOMATA_STATES, &bad, &why, NULL),
                         LEDE_ERR_LIMIT);
    /* The twentieth letter from the end: 2^20 states if all were made. */
    ck_assert_int_eq(lede_dfa_new_regex(&dfa,
                                        lede_bytes_of_text("[ab]*a[ab]{20}"),
                                        1000, &bad, &why, NULL),
                     LEDE_OK);
    state = dfa->start;
    for (int i = 0; i < 100000 && dfa->status == LEDE_OK; i++)
        state = lede_dfa_step(dfa, state, automata_below(2) ? 'a' : 'b');
    ck_assert_int_eq(dfa->status, LEDE_ERR_LIMIT);
    ck_assert_uint_eq(state, LEDE_DFA_DEAD);
    ck_assert_uint_eq(lede_dfa_step(dfa, dfa->start, 'a'), LEDE_DFA_DEAD);
    lede_dfa_free(dfa);
    ck_assert_int_eq(lede_dfa_new_fuzzy(&dfa, lede_bytes_of_text("a"), 3, 0,
                                        AUTOMATA_STATES, NULL),
                     LEDE_ERR_INVALID);
}
END_TEST

static lede_dfa *random_automaton(void)
{
    static const char *const alphabet[] = { "a", "b", "c", "\xC3\xA9" };
    char text[4096] = "";
    lede_dfa *dfa = NULL;

    switch (automata_below(5)) {
    case 0:
        automata_compose(text, alphabet, 4, 4);
        ck_assert_int_eq(lede_dfa_new_word(&dfa, lede_bytes_of_text(text),
                                           automata_below(2), NULL),
                         LEDE_OK);
        return dfa;
    case 1:
        automata_compose(text, alphabet, 4, 4);
        ck_assert_int_eq(lede_dfa_new_bytes(&dfa, lede_bytes_of_text(text),
                                            automata_below(2), NULL),
                         LEDE_OK);
        return dfa;
    case 2:
        automata_compose(text, wild_parts, 8, 5);
        return automata_wildcard(text);
    case 3:
        pool_used = 0;
        write_expression(text, random_expression(3));
        return automata_regex(text);
    default:
        automata_compose(text, alphabet, 4, 5);
        return automata_fuzzy(text, automata_below(3), automata_below(2));
    }
}

/* Whether an end can be reached from a state, over at most `left` bytes. */
static bool has_end(lede_dfa *dfa, uint32_t state)
{
    static uint32_t queue[AUTOMATA_STATES + 1];
    static bool seen[AUTOMATA_STATES + 1];
    size_t head = 0, tail = 0;

    memset(seen, 0, sizeof seen);
    queue[tail++] = state;
    seen[state] = true;
    while (head < tail) {
        uint32_t at = queue[head++];

        if (lede_dfa_accept(dfa, at) != LEDE_DFA_REJECT)
            return true;
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t next = lede_dfa_step(dfa, at, (uint8_t)byte);

            if (next != LEDE_DFA_DEAD && !seen[next]) {
                seen[next] = true;
                queue[tail++] = next;
            }
        }
    }
    return false;
}

START_TEST(what_is_not_dead_can_still_be_accepted)
{
    for (int i = 0; i < 600; i++) {
        uint64_t begin = automata_seed();
        lede_dfa *dfa = random_automaton();

        for (int n = 0; n < 4; n++) {
            char text[64];
            uint32_t state;

            automata_compose(text, letters, 8, 4);
            state = lede_dfa_run(dfa, dfa->start, lede_bytes_of_text(text));
            ck_assert_msg(state == LEDE_DFA_DEAD || has_end(dfa, state),
                          "seed %llu: %s", (unsigned long long)begin, text);
        }
        ck_assert_int_eq(dfa->status, LEDE_OK);
        lede_dfa_free(dfa);
    }
}
END_TEST

START_TEST(a_pattern_that_nothing_matches_is_dead_at_once)
{
    lede_dfa *dfa = automata_regex("ab[^\\\x01-\xF4\x8F\xBF\xBF]");

    /* U+0000 alone is left of the class. */
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of("ab\0", 3)), 0);
    lede_dfa_free(dfa);
    ck_assert_int_eq(
        lede_dfa_new_regex(
            &dfa, lede_bytes_of("a(b|cdd[^\\\0-\xF4\x8F\xBF\xBF])", 18),
            AUTOMATA_STATES, &(size_t){ 0 }, &(const char *){ NULL }, NULL),
        LEDE_OK);
    ck_assert_uint_eq(lede_dfa_run(dfa, dfa->start, lede_bytes_of_text("ac")),
                      LEDE_DFA_DEAD);
    ck_assert(automata_accept(dfa, "ab"));
    lede_dfa_free(dfa);
}
END_TEST

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

typedef char term[32];

static size_t first_at_or_above(term *terms, size_t count, lede_bytes target)
{
    size_t at = 0;

    while (at < count &&
           lede_bytes_compare(lede_bytes_of_text(terms[at]), target) < 0)
        at++;
    return at;
}

START_TEST(seeks_pass_by_nothing_that_is_accepted)
{
    static term terms[400];
    lede_buffer target;
    size_t visited = 0, accepted = 0, walked = 0;

    lede_buffer_init(&target, NULL);
    for (size_t i = 0; i < 400; i++)
        automata_compose(terms[i], letters, 6, 6);
    qsort(terms, 400, sizeof *terms, by_bytes);
    for (int i = 0; i < 500; i++) {
        uint64_t begin = automata_seed();
        lede_dfa *dfa = random_automaton();
        size_t at = 0;

        for (size_t n = 0; n < 400; n++) {
            bool good = automata_accept(dfa, terms[n]);

            accepted += good;
            ck_assert_msg(!good || n >= at, "seed %llu: passed by %s",
                          (unsigned long long)begin, terms[n]);
            if (n < at)
                continue;
            visited++;
            at = n + 1;
            if (!good) {
                if (!lede_dfa_seek(dfa, lede_bytes_of_text(terms[n]), &target))
                    at = 400;
                else
                    at = first_at_or_above(terms, 400,
                                           lede_buffer_bytes(&target));
                ck_assert_uint_gt(at, n);
            }
        }
        walked += 400;
        ck_assert_int_eq(dfa->status, LEDE_OK);
        lede_dfa_free(dfa);
    }
    ck_assert_uint_gt(accepted, 2000);
    ck_assert_msg(visited < accepted + walked / 4, "%zu of %zu for %zu",
                  visited, walked, accepted);
    lede_buffer_fini(&target);
}
END_TEST

static size_t seeks_of(lede_dfa *dfa, term *terms, size_t count)
{
    lede_buffer target;
    size_t at = 0, visited = 0;

    lede_buffer_init(&target, NULL);
    while (at < count) {
        visited++;
        if (automata_accept(dfa, terms[at]))
            at++;
        else if (lede_dfa_seek(dfa, lede_bytes_of_text(terms[at]), &target))
            at += first_at_or_above(terms + at, count - at,
                                    lede_buffer_bytes(&target));
        else
            break;
    }
    lede_buffer_fini(&target);
    return visited;
}

START_TEST(walks_with_seeks_visit_few_terms)
{
    enum { COUNT = 20000 };
    term *terms = calloc(COUNT, sizeof *terms);
    lede_dfa *dfa;

    ck_assert_ptr_nonnull(terms);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t n = 0; n < 8; n++)
            terms[i][n] = (char)('a' + automata_below(26));
    qsort(terms, COUNT, sizeof *terms, by_bytes);
    ck_assert_int_eq(
        lede_dfa_new_word(&dfa, lede_bytes_of_text("qqqqqqqq"), false, NULL),
        LEDE_OK);
    ck_assert_uint_le(seeks_of(dfa, terms, COUNT), 3);
    lede_dfa_free(dfa);
    dfa = automata_fuzzy("abcdefgh", 1, 0);
    ck_assert_uint_le(seeks_of(dfa, terms, COUNT), 1500);
    lede_dfa_free(dfa);
    dfa = automata_regex("[aq]b.*");
    ck_assert_uint_le(seeks_of(dfa, terms, COUNT), 150);
    lede_dfa_free(dfa);
    free(terms);
}
END_TEST

#define EVERY_OTHER "[!#%'+13579;=ACEGIKMOQSUWY_acegikmoqsuwy]"

START_TEST(a_seek_finds_the_next_place_by_example)
{
    static const struct {
        const char *pattern, *after, *target; /* NULL: none */
    } cases[] = {
        { "abc", "", "abc" },
        { "abc", "abb", "abc" },
        { "abc", "abc", "abc\xF9" },
        { "abc", "abd", NULL },
        { "abc", "b", NULL },
        { "abc|b", "abd", "b" },
        { "[ac]x", "ay", "cx" },
        { "[ac]x", "ax\xFF", "cx" },
        /* more kinds of bytes than a word has bits */
        { EVERY_OTHER "x", "", "!x" },
        { EVERY_OTHER "x", "=y", "Ax" },
        { EVERY_OTHER "x", "Yy", "_x" },
        { EVERY_OTHER "x", "sy", "ux" },
        { EVERY_OTHER "x", "y\x7F", NULL },
        { "a?", "", "" },
    };
    lede_buffer target;

    lede_buffer_init(&target, NULL);
    for (size_t i = 0; i + 1 < sizeof cases / sizeof *cases; i++) {
        lede_dfa *dfa = automata_regex(cases[i].pattern);
        bool found =
            lede_dfa_seek(dfa, lede_bytes_of_text(cases[i].after), &target);

        ck_assert_msg(found == (cases[i].target != NULL), "%zu", i);
        if (found)
            ck_assert_msg(lede_bytes_equal(lede_buffer_bytes(&target),
                                           lede_bytes_of_text(cases[i].target)),
                          "%zu %.*s", i, (int)target.len,
                          (const char *)target.at);
        lede_dfa_free(dfa);
    }
    lede_buffer_fini(&target);
}
END_TEST

typedef struct failing {
    size_t left; /* calls until one fails, and all after it */
    size_t live;
} failing;

static void *failing_allocate(void *ctx, size_t size)
{
    failing *f = ctx;
    void *at = f->left ? malloc(size) : NULL;

    if (f->left)
        f->left--;
    f->live += at != NULL;
    return at;
}

static void *failing_resize(void *ctx, void *at, size_t old_size, size_t size)
{
    failing *f = ctx;

    (void)old_size;
    if (!f->left)
        return NULL;
    f->left--;
    return realloc(at, size);
}

static void failing_release(void *ctx, void *at, size_t size)
{
    failing *f = ctx;

    (void)size;
    f->live--;
    free(at);
}

static lede_status use(int kind, const lede_allocator *allocator)
{
    static const char *const texts[] = { "", "abx", "abcdefghi" };
    lede_dfa *dfa = NULL;
    size_t bad;
    const char *why;
    lede_bytes word = lede_bytes_of_text("abcdefgh");
    lede_status status;
    lede_buffer target;

    lede_buffer_init(&target, allocator);
    if (kind == 0)
        status = lede_dfa_new_word(&dfa, word, false, allocator);
    else if (kind == 1)
        status = lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("a*b?d*"),
                                       AUTOMATA_STATES, allocator);
    else if (kind == 2)
        status =
            lede_dfa_new_regex(&dfa, lede_bytes_of_text("(a|[^b-d]){3,9}.*x+"),
                               AUTOMATA_STATES, &bad, &why, allocator);
    else
        status =
            lede_dfa_new_fuzzy(&dfa, word, 2, 0, AUTOMATA_STATES, allocator);
    for (size_t i = 0; status == LEDE_OK && i < 3; i++) {
        (void)automata_distance(dfa, lede_bytes_of_text(texts[i]));
        (void)lede_dfa_seek(dfa, lede_bytes_of_text(texts[i]), &target);
        status = target.status != LEDE_OK ? target.status : dfa->status;
    }
    lede_buffer_fini(&target);
    lede_dfa_free(dfa);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    failing f = { 0, 0 };
    lede_allocator allocator = { &f, failing_allocate, failing_resize,
                                 failing_release };
    size_t n = 0;
    lede_status status;

    do {
        f.left = n++;
        status = use(_i, &allocator);
        ck_assert_uint_eq(f.live, 0);
        ck_assert(status == LEDE_OK || status == LEDE_ERR_NOMEM);
    } while (status != LEDE_OK);
    ck_assert_uint_gt(n, 8);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, automata_start, NULL);
    tcase_add_test(tcase, bytes_accept_themselves_alone);
    tcase_add_test(tcase, words_accept_their_joined_terms);
    tcase_add_test(tcase, wildcards_match_as_their_definition);
    tcase_add_test(tcase, regexes_match_as_their_definition);
    tcase_add_test(tcase, classes_hold_exactly_their_characters);
    tcase_add_test(tcase, one_character_is_one_valid_character);
    tcase_add_test(tcase, what_is_no_regex_is_refused_where_it_fails);
    tcase_add_test(tcase, groups_nest_to_a_bound);
    tcase_add_test(tcase, patterns_that_explode_end_at_a_limit);
    tcase_add_test(tcase, what_is_not_dead_can_still_be_accepted);
    tcase_add_test(tcase, a_pattern_that_nothing_matches_is_dead_at_once);
    tcase_add_test(tcase, seeks_pass_by_nothing_that_is_accepted);
    tcase_add_test(tcase, walks_with_seeks_visit_few_terms);
    tcase_add_test(tcase, a_seek_finds_the_next_place_by_example);
    tcase_add_loop_test(tcase, any_allocation_may_fail, 0, 4);
}

int main(void)
{
    return test_suite_run("dfa", add_tests);
}
