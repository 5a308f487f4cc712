/*
 * Automata of words with edits against the table of the textbook. Random runs
 * start from the same seed, and print where they are when they fail.
 */
#include <string.h>

#include "base/utf8.h"
#include "support/automata.h"
#include "support/suite.h"

static size_t chars_of(uint32_t *out, const char *text)
{
    size_t len = strlen(text), count = 0;

    for (size_t at = 0; at < len; count++)
        at += lede_utf8_take(text + at, len - at, &out[count]);
    return count;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, by the textbook. */
static uint32_t edits_between(const char *a, const char *b)
{
    uint32_t x[32], y[32], d[33][33];
    size_t n = chars_of(x, a), m = chars_of(y, b);

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (uint32_t)(i + j);
                continue;
            }
            d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
            d[i][j] = least(d[i][j], d[i - 1][j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

static bool same_beginning(const char *a, const char *b, uint32_t prefix)
{
    uint32_t x[32], y[32];
    size_t n = chars_of(x, a), m = chars_of(y, b);

    for (size_t i = 0; i < prefix && (i < n || i < m); i++)
        if (i >= n || i >= m || x[i] != y[i])
            return false;
    return true;
}

START_TEST(fuzzy_words_accept_with_the_distance_of_the_textbook)
{
    static const char *const alphabet[] = { "a", "b", "c", "\xC3\xA9",
                                            "\xE6\xBC\xA2" };
    int near = 0;

    for (int i = 0; i < 3000; i++) {
        uint64_t begin = automata_seed();
        uint32_t kinds = 2 + automata_below(4), edits = automata_below(3);
        uint32_t prefix = automata_below(3) ? 0 : automata_below(5);
        char word[64], text[64];
        lede_dfa *dfa;

        automata_compose(word, alphabet, kinds, 8);
        dfa = automata_fuzzy(word, edits, prefix);
        for (int n = 0; n < 40; n++) {
            uint32_t distance, wanted;

            automata_compose(text, alphabet, kinds, 8);
            wanted = edits_between(word, text);
            if (wanted > edits || !same_beginning(word, text, prefix))
                wanted = LEDE_DFA_REJECT;
            distance = automata_distance(dfa, lede_bytes_of_text(text));
            near += distance != LEDE_DFA_REJECT;
            ck_assert_msg(distance == wanted,
                          "seed %llu: %s and %s, %u %u: %u not %u",
                          (unsigned long long)begin, word, text, edits, prefix,
                          distance, wanted);
        }
        lede_dfa_free(dfa);
    }
    ck_assert_int_gt(near, 1000);
}
END_TEST

START_TEST(fuzzy_examples)
{
    static const struct {
        const char *word, *text;
        uint32_t edits, prefix, distance;
    } cases[] = {
        { "soleimani", "soleimany", 2, 0, 1 },
        { "soleimani", "suleimany", 2, 0, 2 },
        { "soleimani", "suleymany", 2, 0, LEDE_DFA_REJECT },
        { "form", "from", 1, 0, 1 },
        { "ca", "abc", 2, 0, LEDE_DFA_REJECT }, /* a letter edited twice */
        { "iran", "iraq", 1, 3, 1 },
        { "iran", "iraq", 1, 4, LEDE_DFA_REJECT },
        { "iran", "irans", 1, 4, 1 },
        { "iran", "irans", 1, 5, LEDE_DFA_REJECT },
        { "", "ab", 2, 0, 2 },
        { "ab", "", 2, 0, 2 },
        { "m\xC3\xBCller", "muller", 1, 0, 1 },
        { "iran", "irn\xF9", 1, 0, 1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_dfa *dfa =
            automata_fuzzy(cases[i].word, cases[i].edits, cases[i].prefix);

        ck_assert_msg(
            automata_distance(dfa, lede_bytes_of_text(cases[i].text)) ==
                cases[i].distance,
            "%s %s", cases[i].word, cases[i].text);
        lede_dfa_free(dfa);
    }
}
END_TEST

START_TEST(long_words_have_few_states)
{
    char word[1025];
    lede_dfa *dfa;

    for (size_t i = 0; i < 1024; i++)
        word[i] = (char)('a' + automata_below(26));
    word[200] = '\0';
    ck_assert_int_eq(
        lede_dfa_new_fuzzy(&dfa, lede_bytes_of_text(word), 2, 0, 3000, NULL),
        LEDE_OK);
    word[100] = '!';
    word[150] = '?';
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of_text(word)), 2);
    ck_assert_int_eq(dfa->status, LEDE_OK);
    lede_dfa_free(dfa);
    word[200] = 'x';
    word[1024] = '\0';
    ck_assert_int_eq(
        lede_dfa_new_fuzzy(&dfa, lede_bytes_of_text(word), 2, 0, 9000, NULL),
        LEDE_OK);
    ck_assert_uint_eq(automata_distance(dfa, lede_bytes_of_text(word)), 0);
    lede_dfa_free(dfa);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, automata_start, NULL);
    tcase_add_test(tcase, fuzzy_words_accept_with_the_distance_of_the_textbook);
    tcase_add_test(tcase, fuzzy_examples);
    tcase_add_test(tcase, long_words_have_few_states);
}

int main(void)
{
    return test_suite_run("edits", add_tests);
}
