/*
 * The printer: every tree prints to text that parses to an equal tree.
 *
 * LEDE_TREES=n prints n random trees instead of the usual number.
 */
#include <stdio.h>
#include <stdlib.h>

#include "query/regex.h"
#include "support/chance.h"
#include "support/suite.h"
#include "support/tree.h"

#if defined(__SANITIZE_ADDRESS__)
#define TREES 10000L
#else
#define TREES 100000L
#endif

static lede_schema *schema;
static chance luck;

static const char *const word_fields[] = { NULL, NULL, "title", "tag", "key" };
static const char *const all_fields[] = { "title", "tag", "key",
                                          "n",     "r",   "date" };

static const char *field_for_words(void)
{
    return word_fields[chance_below(&luck, 5)];
}

static const char *any_field(void)
{
    return all_fields[chance_below(&luck, 6)];
}

/* Text that is hard to quote; returns its length. */
static size_t random_text(char *out)
{
    static const struct {
        const char *text;
        size_t len;
    } parts[] = {
        { "a", 1 },
        { "B", 1 },
        { "7", 1 },
        { "\xC3\xA9", 2 },
        { " ", 1 },
        { "\"", 1 },
        { "\\", 1 },
        { "*", 1 },
        { "?", 1 },
        { "~1", 2 },
        { "^2", 2 },
        { ":", 1 },
        { "(", 1 },
        { ")", 1 },
        { "AND", 3 },
        { "-", 1 },
        { "+", 1 },
        { "/", 1 },
        { "..", 2 },
        { "\0", 1 },
        { "\x01", 1 },
        { "\xFF", 1 },
        { "\xC3", 1 },
        { "\xE2\x80\x9C", 3 },
        { "'", 1 },
        { "title:", 6 },
        { "[", 1 },
        { "]", 1 },
        { "#", 1 },
        { "\xE6\xBC\xA2", 3 },
        { "\xE3\x80\x80", 3 },
        { "\\x41", 4 },
        { "NOT", 3 },
        { "TERM(", 5 },
        { "\xE2\x80\x99", 3 },
        { "\n", 1 },
        { "{", 1 },
        { "|", 1 },
        { ",", 1 },
        { "OR", 2 },
        { "\xC2\x85", 2 },
        { "\xF0\x9F\x94\xA5", 4 },
    };
    uint32_t hard = chance_below(&luck, 3) ? 4 : sizeof parts / sizeof *parts;
    size_t len = 0;

    for (uint32_t n = chance_below(&luck, 7); n > 0; n--) {
        uint32_t part = chance_below(&luck, chance_below(&luck, 4) ? hard : 42);

        memcpy(out + len, parts[part].text, parts[part].len);
        len += parts[part].len;
    }
    return len;
}

static double random_real(void)
{
    static const double reals[] = { 0,       1,
                                    2.5,     0.1,
                                    1e300,   1e-300,
                                    5e-324,  1.7976931348623157e308,
                                    1.0 / 3, 123456789 };

    return chance_one_in(&luck, 3) ? chance_unit(&luck) * 100
                                   : reals[chance_below(&luck, 10)];
}

static uint32_t random_number(void)
{
    return chance_one_in(&luck, 4) ? (uint32_t)chance_next(&luck)
                                   : chance_below(&luck, 4);
}

static lede_node random_regex(lede_query *query)
{
    static const char *const patterns[] = { "a.b", "[a/]x",   "a b+", "abc",
                                            "",    "a\\/b|c", "\\ ." };
    char text[128];
    size_t len = random_text(text), bad;
    const char *why;

    if (lede_regex_check(lede_bytes_of(text, len), &bad, &why) == LEDE_OK)
        return lede_query_regex(query, field_for_words(), text, len);
    return lede_query_regex(query, field_for_words(),
                            patterns[chance_below(&luck, 7)], LEDE_TERMINATED);
}

/* A leaf that may stand in GROUP. */
static lede_node random_word(lede_query *query, const char *field)
{
    char text[128];
    size_t len = random_text(text);

    switch (chance_below(&luck, 5)) {
    case 0:
        return lede_query_prefix(query, field, text, len);
    case 1:
        return lede_query_wildcard(query, field, text, len);
    case 2:
        return lede_query_fuzzy(query, field, text, len, chance_below(&luck, 3),
                                chance_below(&luck, 2) * random_number());
    default:
        return lede_query_term(query, field, text, len);
    }
}

static lede_node random_range(lede_query *query)
{
    static const char *const ends[] = { NULL, "2020", "2020-01", "-7d", "a b",
                                        "",   "x\"y", "..",      "\\",  "1.5" };
    const char *field = any_field();

    switch (chance_below(&luck, 4)) {
    case 0:
        return lede_query_range_int(query, field, (int64_t)chance_next(&luck),
                                    chance_below(&luck, 9));
    case 1:
        return lede_query_range_double(
            query, field, chance_one_in(&luck, 5) ? -1.0 / 0.0 : -random_real(),
            chance_one_in(&luck, 5) ? 1.0 / 0.0 : random_real());
    default:
        return lede_query_range(query, field, ends[chance_below(&luck, 10)],
                                ends[chance_below(&luck, 10)]);
    }
}

static lede_node random_leaf(lede_query *query)
{
    char text[128];
    size_t len = random_text(text);
    const char *field = field_for_words();

    switch (chance_below(&luck, 12)) {
    case 0:
        return lede_query_equals(query, any_field(), text, len);
    case 1:
    case 2:
        return lede_query_phrase(query, field, text, len, random_number());
    case 3:
        return random_regex(query);
    case 4:
        return random_range(query);
    case 5:
        return lede_query_exists(query, any_field());
    case 6:
        return chance_one_in(&luck, 2) ? lede_query_everything(query)
                                       : lede_query_nothing(query);
    case 7:
        return chance_one_in(&luck, 2)
                   ? lede_query_similar(query, field, text, len)
                   : lede_query_similar_to(query, field, text, len);
    default:
        return random_word(query, field);
    }
}

static lede_node random_near(lede_query *query)
{
    lede_node nodes[4];
    uint32_t count = 1 + chance_below(&luck, 3);
    const char *field = field_for_words();
    char text[128];

    for (uint32_t i = 0; i < count; i++) {
        size_t len = random_text(text);

        nodes[i] = chance_one_in(&luck, 2)
                       ? random_word(query, field)
                       : lede_query_phrase(query, field, text, len, 1);
    }
    return lede_query_near(query, nodes, count, random_number(),
                           chance_one_in(&luck, 2));
}

static lede_node random_group(lede_query *query)
{
    lede_node nodes[4];
    uint32_t count = 1 + chance_below(&luck, 3);

    for (uint32_t i = 0; i < count; i++)
        nodes[i] = random_word(query, field_for_words());
    return lede_query_group(query, nodes, count);
}

static lede_node random_tree(lede_query *query, uint32_t depth);

static lede_node random_join(lede_query *query, uint32_t depth)
{
    lede_node nodes[5];
    uint32_t count = chance_below(&luck, 5);

    for (uint32_t i = 0; i < count; i++)
        nodes[i] = random_tree(query, depth - 1);
    switch (chance_below(&luck, 5)) {
    case 0:
        return lede_query_best(query, nodes, count, chance_unit(&luck));
    case 1:
    case 2:
        return lede_query_or(query, nodes, count);
    default:
        return lede_query_and(query, nodes, count);
    }
}

static lede_node random_tree(lede_query *query, uint32_t depth)
{
    lede_node inside;

    if (depth == 0 || chance_one_in(&luck, 4))
        return random_leaf(query);
    if (chance_one_in(&luck, 8))
        return chance_one_in(&luck, 2) ? random_near(query)
                                       : random_group(query);
    if (chance_one_in(&luck, 2))
        return random_join(query, depth);
    inside = random_tree(query, depth - 1);
    switch (chance_below(&luck, 8)) {
    case 0:
    case 1:
        return lede_query_not(query, inside);
    case 2:
    case 3:
        return lede_query_optional(query, inside);
    case 4:
        return lede_query_filter(query, inside);
    case 5:
        return lede_query_boost(query, inside, random_real());
    case 6:
        return lede_query_constant(query, inside, random_real());
    default:
        return lede_query_forms(query, inside, chance_below(&luck, 16));
    }
}

static void check_tree(lede_query *query)
{
    lede_parse_options options = LEDE_PARSE_OPTIONS;
    lede_query *again;
    lede_error err;
    const char *text;
    size_t len;

    options.schema = schema;
    /* What is printed is never doubtful. */
    options.flags = LEDE_PARSE_STRICT;
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
    ck_assert_msg(lede_query_parse(&again, text, len, &options, &err) ==
                      LEDE_OK,
                  "%s: %s at %u", text, err.message, (unsigned)err.position);
    if (!lede_query_equal(query, again)) {
        lede_buffer trees;

        lede_buffer_init(&trees, NULL);
        test_put_tree(&trees, query);
        lede_put_text(&trees, "\n");
        test_put_tree(&trees, again);
        lede_put_u8(&trees, '\0');
        ck_abort_msg("%s\n%s", text, (const char *)trees.at);
    }
    lede_query_free(again);
}

START_TEST(every_tree_prints_to_text_that_parses_to_it)
{
    const char *more = getenv("LEDE_TREES");
    long count = more ? strtol(more, NULL, 10) : TREES;

    luck = chance_from("trees", 1);
    for (long i = 0; i < count; i++) {
        lede_query *query;

        ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
        lede_query_set_root(query, random_tree(query, chance_below(&luck, 6)));
        ck_assert_int_eq(lede_query_status(query), LEDE_OK);
        check_tree(query);
        lede_query_free(query);
    }
}
END_TEST

START_TEST(what_is_printed_can_be_shown)
{
    luck = chance_from("shown", 1);
    for (int i = 0; i < 2000; i++) {
        lede_query *query;
        const char *text;
        size_t len;

        ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
        lede_query_set_root(query, random_tree(query, 3));
        ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
        ck_assert_uint_eq(strlen(text), len);
        for (size_t at = 0; at < len; at++)
            ck_assert_msg((unsigned char)text[at] >= 0x20, "%s", text);
        lede_query_free(query);
    }
}
END_TEST

START_TEST(short_forms_are_used_where_they_can_be)
{
    lede_query *query;
    const char *text;
    size_t len;
    lede_node nodes[8];

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    nodes[0] = lede_query_term(query, "title", "al-Muhandis", 11);
    nodes[1] = lede_query_phrase(query, NULL, "maximum pressure", 16, 0);
    nodes[2] = lede_query_prefix(query, NULL, "suleim", 6);
    nodes[3] = lede_query_fuzzy(query, NULL, "soleimany", 9, 1, 0);
    nodes[4] = lede_query_range(query, "date", "2020-01", NULL);
    nodes[5] = lede_query_wildcard(query, NULL, "*mani", 5);
    nodes[6] = lede_query_exists(query, "author");
    nodes[7] = lede_query_not(query, lede_query_term(query, NULL, "x", 1));
    lede_query_set_root(query, lede_query_and(query, nodes, 8));
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
    ck_assert_str_eq(text,
                     "+title:al-Muhandis +\"maximum pressure\" +suleim* "
                     "+soleimany~1 +date:[2020-01..] +*mani +author:* -x");
    lede_query_free(query);
}
END_TEST

START_TEST(a_query_without_root_prints_as_nothing)
{
    lede_query *query;
    const char *text = NULL;
    size_t len = 9;

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(len, 0);
    ck_assert_int_eq(lede_query_print(NULL, &text, &len), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_query_print(query, NULL, &len), LEDE_ERR_INVALID);
    (void)lede_query_not(query, 0);
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_ERR_INVALID);
    lede_query_free(query);
}
END_TEST

START_TEST(a_tree_of_any_height_is_printed)
{
    lede_query *query;
    lede_node node;
    const char *text;
    size_t len;

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    node = lede_query_term(query, NULL, "a", 1);
    for (int i = 0; i < 100000; i++)
        node = lede_query_not(query, node);
    lede_query_set_root(query, node);
    ck_assert_int_eq(lede_query_print(query, &text, &len), LEDE_OK);
    ck_assert_uint_eq(len, 100000 + 2 * 99999 + 1);
    lede_query_free(query);
}
END_TEST

static void setup(void)
{
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    (void)lede_schema_add(schema, "title", LEDE_TEXT, NULL);
    (void)lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    (void)lede_schema_add(schema, "n", LEDE_INT, NULL);
    (void)lede_schema_add(schema, "r", LEDE_DOUBLE, NULL);
    (void)lede_schema_add(schema, "date", LEDE_DATE, NULL);
}

static void teardown(void)
{
    lede_schema_free(schema);
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, every_tree_prints_to_text_that_parses_to_it);
    tcase_add_test(tcase, what_is_printed_can_be_shown);
    tcase_add_test(tcase, short_forms_are_used_where_they_can_be);
    tcase_add_test(tcase, a_query_without_root_prints_as_nothing);
    tcase_add_test(tcase, a_tree_of_any_height_is_printed);
}

int main(void)
{
    return test_suite_run("print", add_tests);
}
