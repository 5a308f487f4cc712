#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "support/suite.h"
#include "text/words.h"

#define UNICODE_DATA "/usr/share/unicode"
#define CASES        1823

/* Opens WordBreakTest.txt if it is of the table's version. */
static FILE *open_cases(void)
{
    FILE *file = fopen(UNICODE_DATA "/auxiliary/WordBreakTest.txt", "r");
    char line[256], wanted[64];

    if (!file)
        return NULL;
    (void)snprintf(wanted, sizeof wanted, "# WordBreakTest-%s.txt",
                   lede_word_unicode);
    if (fgets(line, sizeof line, file) &&
        strncmp(line, wanted, strlen(wanted)) == 0)
        return file;
    (void)fclose(file);
    return NULL;
}

/* Reads a line: the text, and a bit for each byte where a boundary is. */
static size_t parse_case(char *line, char *text, bool *edges)
{
    size_t len = 0;
    char *rest = line, *word;

    *strchr(line, '#') = '\0';
    while ((word = strtok_r(rest, " \t", &rest)) != NULL) {
        if (strcmp(word, "\xC3\xB7") == 0)
            edges[len] = true;
        else if (strcmp(word, "\xC3\x97") != 0)
            len += lede_utf8_put(text + len, (uint32_t)strtoul(word, NULL, 16));
    }
    return len;
}

START_TEST(every_case_of_unicode_gives_its_boundaries)
{
    FILE *file = open_cases();
    char line[1024], copy[1024], text[256];
    uint32_t cases = 0;

    if (!file) {
        test_skip("no WordBreakTest.txt of the table's version");
        return;
    }
    while (fgets(line, sizeof line, file)) {
        bool edges[256] = { false }, is_word;
        size_t len, at = 0;

        if (line[0] == '#' || !strchr(line, '#'))
            continue;
        strcpy(copy, line);
        len = parse_case(line, text, edges);
        cases++;
        while (at < len) {
            size_t end = lede_word_end(text, len, at, &is_word);

            ck_assert_uint_gt(end, at);
            for (size_t i = at + 1; i < end; i++)
                ck_assert_msg(!edges[i], "joined at byte %zu: %s", i, copy);
            ck_assert_msg(edges[end], "cut at byte %zu: %s", end, copy);
            at = end;
        }
    }
    (void)fclose(file);
    ck_assert_uint_eq(cases, CASES);
}
END_TEST

START_TEST(the_table_is_what_its_generator_writes)
{
    static const char command[] =
        "cd " LEDE_SOURCE_DIR " && python3 lib/text/make_word_table.py | "
        "cmp - lib/text/word_table.c";
    FILE *file = open_cases();

    if (!file || system("command -v python3 >/dev/null") != 0) {
        test_skip("no python3, or no Unicode data of the table's version");
        if (file)
            (void)fclose(file);
        return;
    }
    (void)fclose(file);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(segments_cover_a_text_and_tell_words)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        { "", "" },
        { "it's 3.5%", "|it's|3.5|" },
        { "a_b:c d", "|a_b:c|d|" },
        { "caf\xC3\xA9", "|caf\xC3\xA9|" },
        { "\xE6\x9D\xB1\xE4\xBA\xAC", "|\xE6\x9D\xB1|\xE4\xBA\xAC|" },
        { "\xE3\x82\xAB\xE3\x82\xBF", "|\xE3\x82\xAB\xE3\x82\xBF|" },
        { "a\xFF"
          "b",
          "|a|b|" },
        { "\xF0\x9F\x98\x80 ok", "|ok|" },
    };
    const char *text = cases[_i].text;
    size_t len = strlen(text), at = 0;
    char words[256] = "";
    bool is_word;

    while (at < len) {
        size_t end = lede_word_end(text, len, at, &is_word);

        if (is_word) {
            if (words[0] == '\0')
                strcat(words, "|");
            strncat(words, text + at, end - at);
            strcat(words, "|");
        }
        at = end;
    }
    ck_assert_str_eq(words, cases[_i].words);
}
END_TEST

START_TEST(what_is_past_the_end_is_not_read)
{
    static const char text[] = "a'";
    bool is_word;
    char *exact = malloc(2);

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, 2);
    ck_assert_uint_eq(lede_word_end(exact, 2, 0, &is_word), 1);
    ck_assert_uint_eq(lede_word_end(exact, 2, 1, &is_word), 2);
    ck_assert_uint_eq(lede_word_end(exact, 2, 2, &is_word), 2);
    ck_assert(!is_word);
    ck_assert_uint_eq(lede_word_end(exact, 2, 9, &is_word), 2);
    free(exact);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_case_of_unicode_gives_its_boundaries);
    tcase_add_test(tcase, the_table_is_what_its_generator_writes);
    tcase_add_loop_test(tcase, segments_cover_a_text_and_tell_words, 0, 8);
    tcase_add_test(tcase, what_is_past_the_end_is_not_read);
}

int main(void)
{
    return test_suite_run("words", add_tests);
}
