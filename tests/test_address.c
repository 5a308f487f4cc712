#include "engine/address.h"
#include "support/suite.h"

START_TEST(what_stands_before_the_colon_is_a_scheme_if_it_looks_like_one)
{
    static const struct {
        const char *text, *scheme, *rest;
    } cases[] = {
        { "news.lede", "", "news.lede" },
        { "", "", "" },
        { ":", "", ":" },
        { "memory:", "memory", "" },
        { "xapian:news.db", "xapian", "news.db" },
        { "xapian:/data/news.db", "xapian", "/data/news.db" },
        { "xapian+tcp://localhost:7001", "xapian+tcp", "localhost:7001" },
        { "shards:a:b", "shards", "a:b" },
        { "h2o:x", "h2o", "x" },
        { "ab:///c", "ab", "/c" },
        { "unknown:x", "unknown", "x" },
        { "./a:b", "", "./a:b" },
        { "/data/news:2020", "", "/data/news:2020" },
        { "C:\\news", "", "C:\\news" },
        { "c:\\news", "", "c:\\news" },
        { "2ab:x", "", "2ab:x" },
        { "+ab:x", "", "+ab:x" },
        { "News:x", "", "News:x" },
        { "a_b:x", "", "a_b:x" },
        { "ab", "", "ab" },
        { "abcdefghijklmnopqrstuvwxyzabcdef:x",
          "abcdefghijklmnopqrstuvwxyzabcdef", "x" },
        { "abcdefghijklmnopqrstuvwxyzabcdefg:x", "",
          "abcdefghijklmnopqrstuvwxyzabcdefg:x" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_address address = lede_address_split(cases[i].text);

        ck_assert_str_eq(address.scheme, cases[i].scheme);
        ck_assert_str_eq(address.rest, cases[i].rest);
    }
}
END_TEST

START_TEST(a_scheme_is_in_a_list_as_a_whole_word)
{
    ck_assert(lede_scheme_in("memory", "memory"));
    ck_assert(lede_scheme_in("xapian xapian+tcp shards", "xapian"));
    ck_assert(lede_scheme_in("xapian xapian+tcp shards", "xapian+tcp"));
    ck_assert(lede_scheme_in("xapian xapian+tcp shards", "shards"));
    ck_assert(!lede_scheme_in("xapian xapian+tcp shards", "xapia"));
    ck_assert(!lede_scheme_in("xapian+tcp", "xapian"));
    ck_assert(!lede_scheme_in("xapian+tcp", "tcp"));
    ck_assert(!lede_scheme_in("memory", ""));
    ck_assert(!lede_scheme_in("", "memory"));
    ck_assert(!lede_scheme_in("", ""));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(
        tcase, what_stands_before_the_colon_is_a_scheme_if_it_looks_like_one);
    tcase_add_test(tcase, a_scheme_is_in_a_list_as_a_whole_word);
}

int main(void)
{
    return test_suite_run("address", add_tests);
}
