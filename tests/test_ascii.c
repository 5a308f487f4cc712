#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/suite.h"
#include "text/ascii.h"

#define TEXT_MAX 1500U

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEXTS 1000U
#else
#define TEXTS 10000U
#endif

/* All that a scan finds in a text, window by window. */
struct findings {
    uint32_t chains;
    uint32_t capitals;
    uint32_t begins[TEXT_MAX];
    uint32_t ends[TEXT_MAX];
    bool stray[TEXT_MAX];
    bool capital[TEXT_MAX];
    char lower[TEXT_MAX];
};

static lede_ascii_scan scan;

static void find_chains(struct findings *f, const char *text, size_t len,
                        lede_ascii_rules rules, lede_simd simd)
{
    f->chains = 0;
    lede_ascii_start(&scan, text, len, rules, lede_ascii_of(simd));
    while (lede_ascii_next(&scan)) {
        uint32_t stray = 0, capital = 0;

        ck_assert_uint_le(scan.at, len);
        ck_assert_uint_eq(scan.strays[scan.stray_count], UINT32_MAX);
        for (uint32_t i = 0; i < scan.count; i++, f->chains++) {
            uint32_t k = f->chains;

            while (scan.strays[stray] < scan.begins[i])
                stray++;
            f->begins[k] = scan.begins[i];
            f->ends[k] = scan.ends[i];
            f->stray[k] = scan.strays[stray] < scan.ends[i];
            f->capital[k] =
                capital < scan.capital_count && scan.capitals[capital] == i;
            capital += f->capital[k];
        }
    }
    ck_assert(!scan.open);
    ck_assert(!lede_ascii_next(&scan));
    memcpy(f->lower, scan.lower, len);
}

static void check_findings(const struct findings *f, const char *text,
                           size_t len)
{
    uint32_t end = 0;

    for (uint32_t k = 0; k < f->chains; k++) {
        uint32_t begin = f->begins[k];
        bool upper = text[begin] >= 'A' && text[begin] <= 'Z';

        if (begin < end + (k > 0) || begin >= f->ends[k] || f->ends[k] > len ||
            f->capital[k] != upper)
            ck_abort_msg("chain %u at byte %u", k, begin);
        end = f->ends[k];
    }
    for (size_t i = 0; i < len; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';

        if (f->lower[i] != (upper ? text[i] | 0x20 : text[i]))
            ck_abort_msg("byte %zu in lower case", i);
    }
}

static bool same_findings(const struct findings *a, const struct findings *b)
{
    size_t n = a->chains;

    return n == b->chains && memcmp(a->begins, b->begins, 4 * n) == 0 &&
           memcmp(a->ends, b->ends, 4 * n) == 0 &&
           memcmp(a->stray, b->stray, n * sizeof a->stray[0]) == 0;
}

static void write_text(chance *c, char *text, size_t len)
{
    static const char usual[] = "abcdefgXYZ    0123.,'-&\"+#:;_";
    uint32_t purity = chance_below(c, 9);

    for (size_t i = 0; i < len; i++)
        text[i] = chance_below(c, 8) < purity
                      ? usual[chance_below(c, sizeof usual - 1)]
                      : (char)(uint8_t)chance_below(c, 256);
}

START_TEST(every_kind_of_instructions_finds_the_same_chains)
{
    static struct findings plain, other;
    chance c = chance_from("ascii", 1);
    char *block = malloc(TEXT_MAX), *text;

    ck_assert_ptr_nonnull(block);
    for (uint32_t n = 0; n < TEXTS; n++) {
        size_t len = n < 300 ? n : chance_below(&c, TEXT_MAX + 1);
        lede_ascii_rules rules = n % 2;

        text = block + TEXT_MAX - len; /* nothing behind it may be read */
        write_text(&c, text, len);
        find_chains(&plain, text, len, rules, LEDE_SIMD_NONE);
        check_findings(&plain, text, len);
        for (int simd = 1; simd < LEDE_SIMD_COUNT; simd++) {
            if (!lede_cpu_has((lede_simd)simd))
                continue;
            find_chains(&other, text, len, rules, (lede_simd)simd);
            check_findings(&other, text, len);
            ck_assert(same_findings(&plain, &other));
        }
    }
    free(block);
}
END_TEST

START_TEST(every_kind_of_instructions_counts_the_same_initials)
{
    chance c = chance_from("initials", 1);
    char text[LEDE_ASCII_INITIALS];

    for (uint32_t n = 0; n < 2000; n++) {
        size_t len = chance_below(&c, LEDE_ASCII_INITIALS + 1);
        lede_ascii_initials plain, other;

        write_text(&c, text, len);
        lede_ascii_of(LEDE_SIMD_NONE)
            ->initials(&plain, (const uint8_t *)text, len);
        for (int simd = 1; simd < LEDE_SIMD_COUNT; simd++) {
            lede_ascii_of((lede_simd)simd)
                ->initials(&other, (const uint8_t *)text, len);
            ck_assert_uint_eq(plain.upper, other.upper);
            ck_assert_uint_eq(plain.lower, other.lower);
            ck_assert_int_eq(memcmp(plain.high, other.high, sizeof plain.high),
                             0);
        }
    }
}
END_TEST

START_TEST(initials_are_first_letters_by_case)
{
    static const char text[] = "The cat of 4x Rome \xC3\x89 it's";
    lede_ascii_initials initials;
    size_t high = (size_t)(strchr(text, '\xC3') - text);

    lede_ascii_of(lede_cpu_simd())
        ->initials(&initials, (const uint8_t *)text, sizeof text - 1);
    ck_assert_uint_eq(initials.upper, 2);
    ck_assert_uint_eq(initials.lower, 5); /* cat of x it s */
    ck_assert_uint_eq(initials.high[0], (uint64_t)1 << high);
}
END_TEST

START_TEST(chains_and_strays_are_as_the_table_says)
{
    static const struct {
        const char *text;
        const char *chains; /* with ! if a stray touches it */
        lede_ascii_rules rules;
    } cases[] = {
        { "", "", LEDE_ASCII_LEXEMES },
        { "one two", "one|two|", LEDE_ASCII_LEXEMES },
        { "it's 80's 1'000 'no' a'9", "it's|80's|1'000|no|a|9|",
          LEDE_ASCII_LEXEMES },
        { "1,500.50 a.b 3. ,4", "1,500.50|a.b!|3|4|", LEDE_ASCII_LEXEMES },
        { "a-b a--b -a", "a-b!|a|b|a|", LEDE_ASCII_LEXEMES },
        { "AT&T & a&1", "AT&T!|a&1!|", LEDE_ASCII_LEXEMES },
        { "C++ C# #c", "C+!|C#!|c|", LEDE_ASCII_LEXEMES },
        { "caf\xC3\xA9 x", "caf\xC3\xA9!|x|", LEDE_ASCII_LEXEMES },
        { "\xC3\xA9'b \xC3\xA9\"\xC3\xA9 a,\xC3\xA9",
          "\xC3\xA9'b!|\xC3\xA9\"\xC3\xA9!|a,\xC3\xA9!|", LEDE_ASCII_LEXEMES },
        { "a_b@c/d", "a|b|c|d|", LEDE_ASCII_LEXEMES },
        { "it's 80's 'no' bbc.co.uk a. .b", "it's|80|s|no|bbc.co.uk|a|b|",
          LEDE_ASCII_SEGMENTS },
        { "1,500.50 1;5 1'0 1:5 a,b a;b 1.a",
          "1,500.50|1;5|1'0|1:5!|a|b|a|b|1|a|", LEDE_ASCII_SEGMENTS },
        { "a:b a::b a-b AT&T C++ a_b _ \"a\" a\"b",
          "a:b!|a|b|a|b|AT|T|C|a_b!|_!|a|a\"b!|", LEDE_ASCII_SEGMENTS },
        { "caf\xC3\xA9 \xC3\xA9'b a;\xC3\xA9 a:\xC3\xA9",
          "caf\xC3\xA9!|\xC3\xA9'b!|a;\xC3\xA9!|a:\xC3\xA9!|",
          LEDE_ASCII_SEGMENTS },
    };
    static struct findings f;

    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        const char *text = cases[n].text;
        char got[256] = "";

        find_chains(&f, text, strlen(text), cases[n].rules, lede_cpu_simd());
        for (uint32_t k = 0; k < f.chains; k++) {
            strncat(got, text + f.begins[k], f.ends[k] - f.begins[k]);
            strcat(got, f.stray[k] ? "!|" : "|");
        }
        ck_assert_str_eq(got, cases[n].chains);
    }
}
END_TEST

START_TEST(released_bytes_go_and_those_behind_stay)
{
    static char text[3 * LEDE_ASCII_KEPT];
    size_t windows = 0, from;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('A' + i % 26);
    lede_ascii_start(&scan, text, sizeof text, LEDE_ASCII_LEXEMES,
                     lede_ascii_of(lede_cpu_simd()));
    for (; lede_ascii_has_room(&scan); windows++)
        ck_assert(lede_ascii_next(&scan));
    ck_assert_uint_eq(windows, LEDE_ASCII_KEPT / LEDE_ASCII_WINDOW);
    from = scan.at - 100;
    lede_ascii_release(&scan, from);
    ck_assert_uint_eq(scan.lower_from, from);
    ck_assert(lede_ascii_next(&scan));
    for (size_t i = from; i < scan.at; i++)
        ck_assert_int_eq(scan.lower[i - from], text[i] | 0x20);
    lede_ascii_release(&scan, 0); /* long gone */
    ck_assert_uint_eq(scan.lower_from, scan.at);
    lede_ascii_release(&scan, scan.at + 5);
    ck_assert_uint_eq(scan.lower_from, scan.at);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_kind_of_instructions_finds_the_same_chains);
    tcase_add_test(tcase, every_kind_of_instructions_counts_the_same_initials);
    tcase_add_test(tcase, initials_are_first_letters_by_case);
    tcase_add_test(tcase, chains_and_strays_are_as_the_table_says);
    tcase_add_test(tcase, released_bytes_go_and_those_behind_stay);
}

int main(void)
{
    return test_suite_run("ascii", add_tests);
}
