#include "article/edge.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/suite.h"

/* The text with | at every place that `is_edge` names. */
static const char *edges(const char *text,
                         bool (*is_edge)(lede_bytes text, size_t at))
{
    static char out[1024];
    lede_bytes bytes = lede_bytes_of_text(text);
    size_t len = 0;

    for (size_t at = 0; at <= bytes.len; at++) {
        if (is_edge(bytes, at))
            out[len++] = '|';
        if (at < bytes.len)
            out[len++] = text[at];
        ck_assert_uint_lt(len, sizeof out - 2);
    }
    out[len] = '\0';
    return out;
}

START_TEST(a_sentence_begins_after_a_stop_and_a_space)
{
    static const char *const texts[][2] = {
        { "", "|" },
        { "Gold rose. Oil", "|Gold rose. |Oil" },
        { "One! Two? Three", "|One! |Two? |Three" },
        { "Gold.Oil", "|Gold.Oil" },
        { "Gold.) \"Two", "|Gold.) |\"Two" },
        { "\"Gold.\" Two", "|\"Gold.\" |Two" },
        { "one. two", "|one. two" },
        { "one! two", "|one! |two" },
        { "the U.S. Army", "|the U.S. Army" },
        { "A. Mansour said", "|A. Mansour said" },
        { "Mr. Smith, Gen. Lee", "|Mr. Smith, Gen. Lee" },
        { "It was Paris. Then", "|It was Paris. |Then" },
        { "3.5 per cent. 10 left", "|3.5 per cent. |10 left" },
        { "one\ntwo", "|one\ntwo" },
        { "one\n\ntwo", "|one\n\n|two" },
        { "one\n    two", "|one\n    |two" },
        { "会議。次は", "|会議。|次は" },
        { "「会議。」次は", "|「会議。」|次は" },
        { "何？！次", "|何？！|次" },
        { "है। वह", "|है। |वह" },
        { "ذهب؟ نعم", "|ذهب؟ |نعم" },
        { "ነው። ሂድ", "|ነው። |ሂድ" },
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_str_eq(edges(texts[i][0], lede_edge_is_sentence_begin),
                         texts[i][1]);
}
END_TEST

START_TEST(a_sentence_ends_where_the_next_could_begin)
{
    static const char *const texts[][2] = {
        { "", "|" },
        { "Gold. Two", "Gold.| Two|" },
        { "\"Gold.\" Two.", "\"Gold.\"| Two.|" },
        { "the U.S. Army", "the U.S. Army|" },
        { "one\n\ntwo", "one|\n\ntwo|" },
        { "会議。次は", "会議。|次は|" },
        { "one ", "one| |" },
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_str_eq(edges(texts[i][0], lede_edge_is_sentence_end),
                         texts[i][1]);
}
END_TEST

START_TEST(a_word_begins_after_a_space_and_ends_before_one)
{
    static const struct {
        const char *text;
        size_t from, to, begin, end;
    } cases[] = {
        { "one two three", 1, 10, 4, 7 },
        { "one two three", 0, 13, 0, 13 },
        { "one two three", 4, 4, 4, 4 },
        { "one two three", 5, 6, 6, 5 },
        { "one  two", 1, 6, 5, 3 },
        /* between characters of three bytes */
        { "東京大学", 1, 11, 3, 9 },
        { "ab東京", 1, 6, 2, 5 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_bytes text = lede_bytes_of_text(cases[i].text);

        ck_assert_uint_eq(
            lede_edge_word_begin(text, cases[i].from, cases[i].to),
            cases[i].begin);
        ck_assert_uint_eq(lede_edge_word_end(text, cases[i].from, cases[i].to),
                          cases[i].end);
    }
}
END_TEST

START_TEST(a_cluster_is_not_cut)
{
    static const struct {
        const char *text;
        size_t at, edge;
    } cases[] = {
        { "abc", 1, 1 },
        { "abc", 3, 3 },
        { "abc", 9, 3 },
        { "", 0, 0 },
        { "a\xCC\x81z", 1, 0 },
        { "a\xCC\x81z", 2, 0 },
        { "a\xCC\x81z", 3, 3 },
        { "\r\n", 1, 0 },
        { "東京", 4, 3 },
        { "किताब", 3, 0 },
        { "ก\xE0\xB8\xB3z", 3, 0 },
        /* two flags */
        { "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7",
          12, 8 },
        /* a family */
        { "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", 7, 0 },
        { "a\xFF\xFFz", 2, 2 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(lede_edge_cluster(lede_bytes_of_text(cases[i].text),
                                        cases[i].at) == cases[i].edge,
                      "case %zu", i);
}
END_TEST

START_TEST(spaces_are_those_of_unicode)
{
    lede_bytes text = lede_bytes_of_text(" \t\xC2\xA0"
                                         "a\xE3\x80\x80 ");
    uint32_t count = 0;

    for (uint32_t c = 0; c < 0x110000; c++)
        count += lede_edge_is_space(c);
    ck_assert_uint_eq(count, 25); /* White_Space in PropList.txt */
    ck_assert_uint_eq(lede_edge_skip_spaces(text, 0), 4);
    ck_assert_uint_eq(lede_edge_trim_spaces(text, text.len), 5);
    ck_assert_uint_eq(lede_edge_skip_spaces(text, 5), text.len);
    ck_assert_uint_eq(lede_edge_trim_spaces(text, 4), 0);
}
END_TEST

/* At any place of any bytes, in buffers of their exact size. */
START_TEST(no_edge_lies_inside_a_character)
{
    static const char *const pieces[] = { "a",
                                          "b ",
                                          ". ",
                                          "\n",
                                          "東",
                                          "。",
                                          "\xCC\x81",
                                          "\xFF",
                                          "\xE2\x82",
                                          "ไ",
                                          "\xF0\x9F\x91\xA8",
                                          "\xE2\x80\x8D",
                                          "\"",
                                          "\xC2\xA0" };
    chance c = chance_from("edge", 1);

    for (int round = 0; round < 2000; round++) {
        char text[256];
        size_t len = 0;
        lede_bytes bytes;
        uint8_t *copy;

        for (uint32_t n = chance_below(&c, 30); n > 0; n--) {
            const char *piece =
                pieces[chance_below(&c, sizeof pieces / sizeof *pieces)];

            len += (size_t)sprintf(text + len, "%s", piece);
        }
        copy = malloc(len ? len : 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text, len);
        bytes = lede_bytes_of(copy, len);
        for (size_t at = 0; at <= len; at++) {
            size_t edge = lede_edge_cluster(bytes, at);
            size_t begin = lede_edge_word_begin(bytes, at, len);
            size_t end = lede_edge_word_end(bytes, 0, at);

            ck_assert_uint_le(edge, at);
            ck_assert_uint_eq(lede_edge_cluster(bytes, edge), edge);
            ck_assert(begin >= at && begin <= len && end <= at);
            ck_assert_uint_eq(lede_edge_cluster(bytes, begin), begin);
            ck_assert_uint_eq(lede_edge_cluster(bytes, end), end);
            (void)lede_edge_is_sentence_begin(bytes, at);
            (void)lede_edge_is_sentence_end(bytes, at);
        }
        free(copy);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_sentence_begins_after_a_stop_and_a_space);
    tcase_add_test(tcase, a_sentence_ends_where_the_next_could_begin);
    tcase_add_test(tcase, a_word_begins_after_a_space_and_ends_before_one);
    tcase_add_test(tcase, a_cluster_is_not_cut);
    tcase_add_test(tcase, spaces_are_those_of_unicode);
    tcase_add_test(tcase, no_edge_lies_inside_a_character);
}

int main(void)
{
    return test_suite_run("edge", add_tests);
}
