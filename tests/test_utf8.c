#include "base/utf8.h"

#include <string.h>

#include "support/suite.h"

START_TEST(every_character_is_read_as_it_was_written)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char text[LEDE_UTF8_MAX];
        size_t len;
        uint32_t back = 0, last = 0;

        if (c >= 0xD800 && c < 0xE000)
            continue;
        len = lede_utf8_put(text, c);
        /* Each ck_assert writes to a pipe; here are a million characters. */
        if (lede_utf8_take(text, len, &back) != len || back != c ||
            lede_utf8_take_last(text, len, &last) != len || last != c)
            ck_abort_msg("U+%04X", c);
        for (size_t cut = 1; cut < len; cut++)
            if (lede_utf8_take(text, cut, &back) != 1 || back != LEDE_UTF8_BAD)
                ck_abort_msg("U+%04X cut to %zu bytes", c, cut);
    }
}
END_TEST

START_TEST(what_is_not_utf8_is_bad_byte_by_byte)
{
    static const struct {
        const char *text;
        size_t bad; /* bytes */
    } cases[] = {
        { "\x80", 1 },
        { "\xC0\xAF", 2 },
        { "\xC1\xBF", 2 },
        { "\xE0\x80\x80", 3 },
        { "\xE0\x9F\xBF", 3 },
        { "\xED\xA0\x80", 3 },
        { "\xED\xBF\xBF", 3 },
        { "\xF0\x80\x80\x80", 4 },
        { "\xF0\x8F\xBF\xBF", 4 },
        { "\xF4\x90\x80\x80", 4 },
        { "\xF5\x80\x80\x80", 4 },
        { "\xFF", 1 },
        { "\xE2\x82", 2 },
        { "a\xE2\x82z", 2 },
        { "\xC3\xC3\xA9", 1 },
        { "\xE2\x82\xC3\xA9", 2 },
        { "\xF0\x9F\x98", 3 },
        { "", 0 },
        { "\xED\x9F\xBF", 0 },
        { "\xF4\x8F\xBF\xBF", 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        size_t len = strlen(text), bad = 0, n;
        uint32_t c = 0;

        ck_assert_int_eq(lede_utf8_valid(text, len), cases[i].bad == 0);
        for (size_t at = 0; at < len; at += n) {
            n = lede_utf8_take(text + at, len - at, &c);
            ck_assert_uint_ge(n, 1);
            bad += c == LEDE_UTF8_BAD;
        }
        ck_assert_uint_eq(bad, cases[i].bad);
    }
}
END_TEST

START_TEST(backwards_gives_the_same_characters)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"
                               "b\xC3\xA9";
    uint32_t forwards[8], c = 0;
    size_t count = 0, len = sizeof text - 1;

    for (size_t at = 0; at < len;
         at += lede_utf8_take(text + at, len - at, &forwards[count++]))
        ;
    while (len > 0) {
        len -= lede_utf8_take_last(text, len, &c);
        ck_assert_uint_eq(c, forwards[--count]);
    }
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(lede_utf8_take_last("a\x80", 2, &c), 1);
    ck_assert_uint_eq(c, LEDE_UTF8_BAD);
    ck_assert_uint_eq(lede_utf8_take_last("", 0, &c), 0);
    ck_assert_uint_eq(lede_utf8_take("", 0, &c), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_character_is_read_as_it_was_written);
    tcase_add_test(tcase, what_is_not_utf8_is_bad_byte_by_byte);
    tcase_add_test(tcase, backwards_gives_the_same_characters);
}

int main(void)
{
    return test_suite_run("utf8", add_tests);
}
