#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/utf8.h"
#include "support/chance.h"
#include "support/suite.h"
#include "text/normalize.h"
#include "text/words.h"

#define PROPERTIES "/usr/share/unicode/DerivedNormalizationProps.txt"

static uint32_t normalize(const char *text, char *term)
{
    return lede_normalize(text, strlen(text), true, term);
}

START_TEST(spellings_that_do_not_differ_have_one_form)
{
    static const struct {
        const char *text, *term;
    } cases[] = {
        { "", "" },
        { "Word", "word" },
        { "CAF\xC3\x89", "caf\xC3\xA9" },
        { "cafe\xCC\x81", "caf\xC3\xA9" },
        { "Stra\xC3\x9F"
          "e",
          "strasse" },
        { "\xCE\xA3\xCE\xBF\xCF\x82", "\xCF\x83\xCE\xBF\xCF\x83" },
        { "\xEF\xAC\x81n", "fin" },
        { "\xEF\xBC\xA1\xEF\xBC\xA2", "ab" },
        { "mc\xC2\xB2", "mc2" },
        { "go\xC2\xADod", "good" },
        { "don\xE2\x80\x99t", "don't" },
        { "don\xC2\xB4t", "don't" },
        { "1\xE2\x80\xAF"
          "500",
          "1500" },
        { "1\xEF\xB8\x8F\xE2\x83\xA3", "1" },
        { "\xC2\xAD", "" },
        { "\xE3\x81\x8B\xE3\x82\x9B", "\xE3\x81\x8C" },
        { "\xFF"
          "a\xC3",
          "a" },
        /* marks in canonical order: dot below, then acute */
        { "a\xCC\x81\xCC\xA3", "\xE1\xBA\xA1\xCC\x81" },
        /* Hindi keeps its vowel signs and nukta */
        { "\xE0\xA4\x95\xE0\xA4\xBF\xE0\xA4\xA4\xE0\xA4\xBE\xE0\xA4\xAC",
          "\xE0\xA4\x95\xE0\xA4\xBF\xE0\xA4\xA4\xE0\xA4\xBE\xE0\xA4\xAC" },
        /* conjoining jamo are their syllable */
        { "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C" },
    };
    char term[LEDE_TERM_MAX];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t len = normalize(cases[i].text, term);

        ck_assert_msg(len == strlen(cases[i].term) &&
                          memcmp(term, cases[i].term, len) == 0,
                      "%s gives %.*s", cases[i].text, (int)len, term);
    }
}
END_TEST

START_TEST(untailored_apostrophes_stay_as_they_are)
{
    char term[LEDE_TERM_MAX];

    ck_assert_uint_eq(lede_normalize("n\xE2\x80\x99T", 5, false, term), 5);
    ck_assert_int_eq(memcmp(term, "n\xE2\x80\x99t", 5), 0);
}
END_TEST

/* Text of ASCII alone has a way of its own; what ends otherwise has not. */
START_TEST(ascii_has_the_form_that_it_has_in_other_text)
{
    chance c = chance_from("ascii", 1);
    uint32_t differ = 0;

    for (int round = 0; round < 20000; round++) {
        char text[40], alone[LEDE_TERM_MAX], other[LEDE_TERM_MAX];
        uint32_t len = chance_below(&c, 30), n;

        for (uint32_t i = 0; i < len; i++)
            text[i] = (char)chance_below(&c, 0x80);
        n = lede_normalize(text, len, true, alone);
        memcpy(text + len, "\xC3\xA9", 2);
        differ += lede_normalize(text, len + 2, true, other) != n + 2 ||
                  memcmp(alone, other, n) != 0;
    }
    ck_assert_uint_eq(differ, 0);
}
END_TEST

START_TEST(forms_up_to_the_limit_fit_and_longer_ones_do_not)
{
    char text[LEDE_SURFACE_MAX + 1], term[LEDE_TERM_MAX];

    memset(text, 'A', sizeof text);
    ck_assert_uint_eq(lede_normalize(text, 200, true, term), 200);
    ck_assert_uint_eq(lede_normalize(text, 201, true, term), LEDE_NORMAL_LONG);
    ck_assert_uint_eq(lede_normalize(text, sizeof text, true, term),
                      LEDE_NORMAL_LONG);
    for (size_t i = 0; i + 2 < LEDE_SURFACE_MAX; i += 2)
        memcpy(text + i, "\xC2\xAD", 2); /* soft hyphens leave nothing */
    ck_assert_uint_eq(lede_normalize(text, 4000, true, term), 0);
    for (size_t i = 0; i + 2 < LEDE_SURFACE_MAX; i += 2)
        memcpy(text + i, "\xCC\x81", 2); /* marks all stay */
    ck_assert_uint_eq(lede_normalize(text, 4000, true, term), LEDE_NORMAL_LONG);
    for (size_t i = 0; i + 3 <= 3 * LEDE_TERM_MAX; i += 3)
        memcpy(text + i, "\xEF\xBC\xA1", 3); /* wide letters shrink */
    ck_assert_uint_eq(lede_normalize(text, 600, true, term), 200);
    for (size_t i = 0; i + 3 <= 60; i += 3)
        memcpy(text + i, "\xEF\xB7\xBA", 3); /* one becomes 15 letters */
    ck_assert_uint_eq(lede_normalize(text, 60, true, term), LEDE_NORMAL_LONG);
}
END_TEST

START_TEST(a_normal_form_is_its_own_and_so_is_each_character_s)
{
    char text[LEDE_UTF8_MAX], once[LEDE_TERM_MAX], twice[LEDE_TERM_MAX];

    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        uint32_t len, again;

        if (c >= 0xD800 && c < 0xE000)
            continue;
        if (c == 0x30000) /* nothing up to the tags */
            c = 0xE0000;
        if (c == 0xE1000)
            c = 0x10FF00;
        len = lede_normalize(text, lede_utf8_put(text, c), true, once);
        ck_assert(lede_utf8_valid(once, len));
        again = lede_normalize(once, len, true, twice);
        ck_assert_msg(again == len && memcmp(once, twice, len) == 0, "U+%04X",
                      c);
    }
}
END_TEST

static uint32_t parse_mapping(char *field, char *out)
{
    uint32_t len = 0;
    char *word;

    while ((word = strtok_r(field, " ", &field)) != NULL) {
        uint32_t c = (uint32_t)strtoul(word, NULL, 16);

        if (c != ' ')
            len += (uint32_t)lede_utf8_put(out + len, c);
    }
    return len;
}

/* A line of NFKC_Casefold: 00C0..00C5 ; NFKC_CF; 00E0 # ... */
static uint32_t check_line(char *line)
{
    char wanted[256], got[LEDE_TERM_MAX], text[LEDE_UTF8_MAX];
    uint32_t first, last, len, count = 0;
    char *rest = line, *range = strtok_r(rest, ";", &rest);
    char *name = strtok_r(rest, "; ", &rest);

    if (!range || !name || strcmp(name, "NFKC_CF") != 0)
        return 0;
    rest[strcspn(rest, "#\n")] = '\0';
    first = (uint32_t)strtoul(range, &range, 16);
    last = *range == '.' ? (uint32_t)strtoul(range + 2, NULL, 16) : first;
    rest += *rest == ';';
    len = parse_mapping(rest, wanted);
    for (uint32_t c = first; c <= last; c++, count++) {
        uint32_t n = lede_normalize(text, lede_utf8_put(text, c), false, got);

        /* utf8proc leaves code points alone that have no character yet. */
        if (utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CN)
            continue;
        ck_assert_msg(n == len && memcmp(got, wanted, len) == 0, "U+%04X", c);
    }
    return count;
}

START_TEST(single_characters_map_as_unicode_s_nfkc_casefold)
{
    FILE *file = fopen(PROPERTIES, "r");
    char line[1024], version[64];
    uint32_t count = 0;

    (void)snprintf(version, sizeof version, "# DerivedNormalizationProps-%s",
                   utf8proc_unicode_version());
    if (!file || !fgets(line, sizeof line, file) ||
        strncmp(line, version, strlen(version)) != 0) {
        test_skip("no Unicode data of utf8proc's version");
        if (file)
            (void)fclose(file);
        return;
    }
    while (fgets(line, sizeof line, file))
        if (strstr(line, "NFKC_CF") && line[0] != '#')
            count += check_line(line);
    (void)fclose(file);
    ck_assert_uint_gt(count, 10000);
}
END_TEST

START_TEST(characters_the_table_calls_normal_are_their_own_form)
{
    char text[LEDE_UTF8_MAX], term[LEDE_TERM_MAX];
    uint32_t count = 0;

    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        size_t n;

        if ((lede_lex_traits(c) & LEDE_LEX_NORMAL) == 0)
            continue;
        n = lede_utf8_put(text, c);
        if (lede_normalize(text, n, true, term) != n ||
            memcmp(term, text, n) != 0 || lede_is_capital(text, n))
            ck_abort_msg("U+%04X", c);
        count++;
    }
    ck_assert_uint_gt(count, 100000);
    ck_assert_uint_eq(lede_lex_traits(LEDE_UTF8_BAD), 0);
}
END_TEST

START_TEST(capitals_are_upper_and_title_case_letters)
{
    ck_assert(lede_is_capital("A", 1));
    ck_assert(!lede_is_capital("a", 1));
    ck_assert(!lede_is_capital("1", 1));
    ck_assert(!lede_is_capital("", 0));
    ck_assert(!lede_is_capital("\xFF", 1));
    ck_assert(lede_is_capital("\xC3\x89t", 3));
    ck_assert(!lede_is_capital("\xC3\xA9t", 3));
    ck_assert(lede_is_capital("\xC7\x85", 2)); /* Dz with caron, title case */
    ck_assert(!lede_is_capital("\xD8\xA7", 2));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, spellings_that_do_not_differ_have_one_form);
    tcase_add_test(tcase, untailored_apostrophes_stay_as_they_are);
    tcase_add_test(tcase, ascii_has_the_form_that_it_has_in_other_text);
    tcase_add_test(tcase, forms_up_to_the_limit_fit_and_longer_ones_do_not);
    tcase_add_test(tcase, a_normal_form_is_its_own_and_so_is_each_character_s);
    tcase_add_test(tcase, single_characters_map_as_unicode_s_nfkc_casefold);
    tcase_add_test(tcase, characters_the_table_calls_normal_are_their_own_form);
    tcase_add_test(tcase, capitals_are_upper_and_title_case_letters);
}

int main(void)
{
    return test_suite_run("normalize", add_tests);
}
