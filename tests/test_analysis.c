#include "article/analysis.h"
#include "base/error.h"
#include "base/limits.h"
#include "document/schema.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static lede_schema *schema;
static lede_document *doc;
static lede_analysis *analysis;
static lede_limits limits;
static lede_error err;

static void set_up(void)
{
    limits = *lede_limits_default();
    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "count", LEDE_INT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "extra", LEDE_STORED, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    ck_assert_int_eq(lede_analysis_new(&analysis, schema, &limits, NULL),
                     LEDE_OK);
}

static void tear_down(void)
{
    lede_analysis_free(analysis);
    lede_document_free(doc);
    lede_schema_free(schema);
}

static void add(const char *field, const char *text)
{
    ck_assert_int_eq(lede_document_add_text(doc, field, text, LEDE_TERMINATED),
                     LEDE_OK);
}

static lede_status start(void)
{
    lede_error_clear(&err);
    return lede_analysis_start(analysis, doc, &err);
}

/* All tokens, as "field:term@position ...". */
static const char *read_tokens(void)
{
    static char out[8192];
    const lede_token_batch *batch;
    uint32_t field;
    size_t used = 0;

    out[0] = '\0';
    while (analysis->source.next(&analysis->source, &field, &batch))
        for (uint32_t i = 0; i < batch->count && used < sizeof out - 300; i++)
            used += (size_t)snprintf(
                out + used, sizeof out - used, "%s%s:%.*s@%u", used ? " " : "",
                lede_schema_field(schema, field)->name, (int)batch->len[i],
                batch->term[i], batch->position[i]);
    return out;
}

START_TEST(fields_rise_and_values_stand_apart)
{
    add("tags", "Sea");
    add("body", "two ferries");
    add("title", "Storm");
    add("body", "");
    add("body", "sailed");
    add("url", "never words");
    ck_assert_int_eq(start(), LEDE_OK);
    ck_assert_str_eq(read_tokens(), "title:storm@0 body:two@0 body:ferries@1 "
                                    "body:sailed@202 tags:sea@0");
    ck_assert_int_eq(analysis->source.status, LEDE_OK);
    ck_assert_uint_eq(analysis->counts.tokens, 5);
    ck_assert_uint_eq(analysis->counts.text_bytes, 22);
}
END_TEST

START_TEST(values_take_the_kinds_of_their_fields)
{
    static const lede_kind kinds[] = { LEDE_INT,     LEDE_INT,  LEDE_DOUBLE,
                                       LEDE_DOUBLE,  LEDE_DATE, LEDE_DATE,
                                       LEDE_KEYWORD, LEDE_TEXT, LEDE_STORED };

    add("count", " -12 ");
    (void)lede_document_add_double(doc, "count", 3.0);
    add("rating", "2.5");
    (void)lede_document_add_double(doc, "rating", -0.0);
    add("date", "1970-01-02");
    (void)lede_document_add_int(doc, "date", -5);
    (void)lede_document_add_int(doc, "lang", 7);
    (void)lede_document_add_double(doc, "title", 0.5);
    add("extra", "{}");
    ck_assert_int_eq(start(), LEDE_OK);
    ck_assert_uint_eq(lede_document_count(analysis->document), 9);
    for (size_t i = 0; i < 9; i++)
        ck_assert_int_eq(lede_document_entry(analysis->document, i)->value.kind,
                         kinds[i]);
    ck_assert_int_eq(
        lede_document_value(analysis->document, "count", 0)->number, -12);
    ck_assert_int_eq(
        lede_document_value(analysis->document, "count", 1)->number, 3);
    ck_assert(lede_document_value(analysis->document, "rating", 0)->real ==
              2.5);
    ck_assert(
        !signbit(lede_document_value(analysis->document, "rating", 1)->real));
    ck_assert_int_eq(lede_document_value(analysis->document, "date", 0)->number,
                     86400);
    ck_assert_int_eq(lede_document_value(analysis->document, "date", 1)->number,
                     -5);
    ck_assert_str_eq(lede_document_text(analysis->document, "lang"), "7");
    ck_assert_str_eq(lede_document_text(analysis->document, "title"), "0.5");
}
END_TEST

START_TEST(what_a_field_cannot_hold_is_invalid_and_named)
{
    static const struct {
        const char *field, *text;
    } cases[] = {
        { "count", "twelve" }, { "count", "" },     { "count", "1.5" },
        { "rating", "good" },  { "rating", "nan" }, { "nofield", "x" },
        { "key", "x" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_document_clear(doc);
        add("title", "fine");
        add(cases[i].field, cases[i].text);
        ck_assert_msg(start() == LEDE_ERR_INVALID, "%s", cases[i].field);
        ck_assert_str_eq(err.where, cases[i].field);
        ck_assert_str_eq(read_tokens(), "");
    }
    lede_document_clear(doc);
    (void)lede_document_add_double(doc, "rating", (double)NAN);
    ck_assert_int_eq(start(), LEDE_ERR_INVALID);
    lede_document_clear(doc);
    (void)lede_document_add_double(doc, "count", 0.5);
    ck_assert_int_eq(start(), LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(start(), LEDE_OK);
}
END_TEST

START_TEST(text_that_is_no_date_costs_the_date_alone)
{
    add("title", "kept");
    add("date", "last Tuesday");
    add("date", "2020-01-03");
    ck_assert_int_eq(start(), LEDE_OK);
    ck_assert_uint_eq(analysis->counts.dates_dropped, 1);
    ck_assert_uint_eq(lede_document_count(analysis->document), 2);
    ck_assert_int_eq(lede_document_value(analysis->document, "date", 0)->number,
                     1578009600);
}
END_TEST

START_TEST(a_keyword_has_at_most_1024_bytes)
{
    char text[LEDE_KEYWORD_MAX + 2];

    memset(text, 'a', sizeof text);
    text[LEDE_KEYWORD_MAX] = '\0';
    add("section", text);
    ck_assert_int_eq(start(), LEDE_OK);
    text[LEDE_KEYWORD_MAX] = 'a';
    text[LEDE_KEYWORD_MAX + 1] = '\0';
    lede_document_clear(doc);
    add("section", text);
    ck_assert_int_eq(start(), LEDE_ERR_INVALID);
    ck_assert_str_eq(err.where, "section");
}
END_TEST

START_TEST(an_open_schema_keeps_unknown_fields_as_stored)
{
    ck_assert_int_eq(lede_schema_set_open(schema, true), LEDE_OK);
    add("byline", "A. Writer");
    (void)lede_document_add_int(doc, "words", 400);
    ck_assert_int_eq(start(), LEDE_OK);
    ck_assert_int_eq(lede_document_value(analysis->document, "byline", 0)->kind,
                     LEDE_STORED);
    ck_assert_str_eq(lede_document_text(analysis->document, "words"), "400");
    ck_assert_str_eq(read_tokens(), "");
}
END_TEST

START_TEST(a_document_has_at_most_so_many_bytes)
{
    limits.document_bytes = 10;
    add("title", "0123456789");
    ck_assert_int_eq(start(), LEDE_OK);
    add("body", "x");
    ck_assert_int_eq(start(), LEDE_ERR_LIMIT);
    ck_assert_str_eq(err.where, "document_bytes");
    ck_assert_str_eq(read_tokens(), "");
}
END_TEST

START_TEST(a_document_has_at_most_so_many_words)
{
    limits.document_tokens = 3;
    add("body", "one two three");
    ck_assert_int_eq(start(), LEDE_OK);
    (void)read_tokens();
    ck_assert_int_eq(analysis->source.status, LEDE_OK);
    add("title", "four");
    ck_assert_int_eq(start(), LEDE_OK);
    (void)read_tokens();
    ck_assert_int_eq(analysis->source.status, LEDE_ERR_LIMIT);
}
END_TEST

/* How many words of the title are marked as names. */
static uint32_t count_names(void)
{
    const lede_token_batch *batch;
    uint32_t field, names = 0;

    while (analysis->source.next(&analysis->source, &field, &batch))
        for (uint32_t i = 0; i < batch->count; i++)
            names += (batch->flags[i] & LEDE_TOKEN_CAPITAL) != 0;
    return names;
}

START_TEST(capitals_tell_names_but_not_in_german)
{
    static const struct {
        const char *lang;
        uint32_t names;
    } cases[] = { { "en", 1 }, { "de", 0 },    { "DE", 0 },
                  { "", 1 },   { "de-AT", 0 }, { "den", 1 } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_document_clear(doc);
        add("body", "the general Soleimani was there");
        add("lang", cases[i].lang);
        ck_assert_int_eq(start(), LEDE_OK);
        ck_assert_uint_eq(count_names(), cases[i].names);
    }
}
END_TEST

START_TEST(what_was_not_indexed_is_counted)
{
    char text[300];

    memset(text, 'x', 250);
    text[250] = '\0';
    add("body", text);
    ck_assert_int_eq(lede_document_add_text(doc, "title",
                                            "a\xff"
                                            "b \xc3",
                                            5),
                     LEDE_OK);
    ck_assert_int_eq(start(), LEDE_OK);
    (void)read_tokens();
    ck_assert_uint_eq(analysis->counts.skipped_tokens, 1);
    ck_assert_uint_eq(analysis->counts.invalid_bytes, 2);
}
END_TEST

START_TEST(no_document_is_an_empty_one)
{
    ck_assert_int_eq(lede_analysis_start(analysis, NULL, &err), LEDE_OK);
    ck_assert_uint_eq(lede_document_count(analysis->document), 0);
    ck_assert_str_eq(read_tokens(), "");
}
END_TEST

START_TEST(a_failure_left_in_the_document_is_returned)
{
    (void)lede_document_add_text(doc, NULL, "x", 1);
    ck_assert_int_eq(start(), LEDE_ERR_INVALID);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, fields_rise_and_values_stand_apart);
    tcase_add_test(tcase, values_take_the_kinds_of_their_fields);
    tcase_add_test(tcase, what_a_field_cannot_hold_is_invalid_and_named);
    tcase_add_test(tcase, text_that_is_no_date_costs_the_date_alone);
    tcase_add_test(tcase, a_keyword_has_at_most_1024_bytes);
    tcase_add_test(tcase, an_open_schema_keeps_unknown_fields_as_stored);
    tcase_add_test(tcase, a_document_has_at_most_so_many_bytes);
    tcase_add_test(tcase, a_document_has_at_most_so_many_words);
    tcase_add_test(tcase, capitals_tell_names_but_not_in_german);
    tcase_add_test(tcase, what_was_not_indexed_is_counted);
    tcase_add_test(tcase, no_document_is_an_empty_one);
    tcase_add_test(tcase, a_failure_left_in_the_document_is_returned);
}

int main(void)
{
    return test_suite_run("analysis", add_tests);
}
