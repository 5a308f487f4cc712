/* The values of a field in all segments, as numbers in one order: as the values
 * themselves compare. */
#include "native/match/values.h"

#include <stdio.h>

#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define SEGMENTS 3U
#define ARTICLES 50U /* of a segment */
#define MOST     4U

enum { TAG, N, X, FIELDS };

static const char *const names[FIELDS] = { "tag", "n", "x" };

/* What was put, and how many; of tags the number that is their text. */
static double put_values[FIELDS][SEGMENTS * ARTICLES][MOST];
static uint32_t counts[FIELDS][SEGMENTS * ARTICLES];

static commits made;

static void tag_of(char out[16], double value)
{
    (void)snprintf(out, 16, "t%03d", (int)value);
}

static void add_value(lede_document *doc, uint32_t field, double value)
{
    char tag[16];

    tag_of(tag, value);
    if (field == TAG)
        lede_document_add_text(doc, "tag", tag, LEDE_TERMINATED);
    else if (field == N)
        lede_document_add_int(doc, "n", (int64_t)value - 100);
    else
        lede_document_add_double(doc, "x", value / 4 - 20);
}

static void put_article(lede_writer *writer, chance *c, uint32_t i)
{
    lede_document *doc;
    char key[16];
    int len = snprintf(key, sizeof key, "k%u", (unsigned)i);

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t f = 0; f < FIELDS; f++) {
        counts[f][i] = chance_below(c, MOST + 1);
        for (uint32_t v = 0; v < counts[f][i]; v++) {
            /* Each segment has some of its own. */
            put_values[f][i][v] =
                chance_below(c, 60) * 3 + (i / ARTICLES) % SEGMENTS;
            add_value(doc, f, put_values[f][i][v]);
        }
    }
    ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, &made.err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void set_up(void)
{
    static const lede_kind kinds[FIELDS] = { LEDE_KEYWORD, LEDE_INT,
                                             LEDE_DOUBLE };
    chance c = chance_from("values", 1);
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    for (uint32_t f = 0; f < FIELDS; f++)
        lede_schema_add(schema, names[f], kinds[f], NULL);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < SEGMENTS * ARTICLES; i++) {
        put_article(writer, &c, i);
        if (i % ARTICLES == ARTICLES - 1)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    commits_end(&made, writer, SEGMENTS);
}

static void tear_down(void)
{
    commits_close(&made);
}

static lede_values *open_values(uint32_t field)
{
    lede_values *values;

    ck_assert_int_eq(lede_values_open(&values, made.snapshot, field, NULL,
                                      made.arena, &made.err),
                     LEDE_OK);
    return values;
}

/* The least or the greatest value put; -1: none. */
static double end_of(uint32_t field, uint32_t i, bool greatest)
{
    double end = -1;

    for (uint32_t v = 0; v < counts[field][i]; v++) {
        double value = put_values[field][i][v];

        if (end < 0 || (greatest ? value > end : value < end))
            end = value;
    }
    return end;
}

static void expect_value(lede_values *values, uint32_t field, uint64_t number,
                         double expected)
{
    lede_value value;
    char tag[16];

    tag_of(tag, expected);
    ck_assert_int_eq(lede_values_value(values, number, &value, made.arena),
                     LEDE_OK);
    if (field == TAG)
        ck_assert_str_eq(value.text, tag);
    else if (field == N)
        ck_assert_int_eq(value.number, (int64_t)expected - 100);
    else
        ck_assert_double_eq(value.real, expected / 4 - 20);
}

START_TEST(first_and_last_values_are_those_that_were_put)
{
    uint32_t field = (uint32_t)_i;
    lede_values *values = open_values(field);

    for (uint32_t i = 0; i < SEGMENTS * ARTICLES; i++)
        for (int last = 0; last < 2; last++) {
            double expected = end_of(field, i, last);
            uint64_t number;
            bool found = lede_values_first(values, i / ARTICLES, i % ARTICLES,
                                           last, &number);

            ck_assert_int_eq(found, expected >= 0);
            if (found)
                expect_value(values, field, number, expected);
        }
}
END_TEST

START_TEST(numbers_of_all_segments_compare_as_the_values_do)
{
    uint32_t field = (uint32_t)_i;
    lede_values *values = open_values(field);

    for (uint32_t i = 0; i < SEGMENTS * ARTICLES; i += 7)
        for (uint32_t j = 0; j < SEGMENTS * ARTICLES; j++) {
            double a = end_of(field, i, false), b = end_of(field, j, false);
            uint64_t x, y;

            if (a < 0 || b < 0)
                continue;
            ck_assert(lede_values_first(values, i / ARTICLES, i % ARTICLES,
                                        false, &x));
            ck_assert(lede_values_first(values, j / ARTICLES, j % ARTICLES,
                                        false, &y));
            ck_assert_int_eq((x > y) - (x < y), (a > b) - (a < b));
        }
}
END_TEST

START_TEST(a_keyword_that_is_not_there_has_a_place_between)
{
    lede_values *values = open_values(TAG);
    uint64_t before = 0, number;

    for (int i = -1; i < 190; i++) {
        char tag[16];
        lede_value value = { .kind = LEDE_KEYWORD, .text = tag };

        tag_of(tag, i < 0 ? 0 : i);
        if (i < 0)
            tag[0] = 'a';
        value.len = strlen(tag);
        ck_assert_int_eq(lede_values_number(values, &value, &number), LEDE_OK);
        if (number % 2 == 0) {
            ck_assert(number >= before);
        } else {
            ck_assert(number > before || i < 0);
            expect_value(values, TAG, number, i);
        }
        before = number;
    }
    ck_assert_uint_gt(before, 100);
}
END_TEST

START_TEST(fields_without_columns_have_no_values)
{
    lede_values *values = open_values(FIELDS);
    uint64_t number;

    ck_assert_ptr_null(values);
    ck_assert(!lede_values_first(values, 0, 0, false, &number));
    ck_assert_ptr_null(open_values(99));
}
END_TEST

START_TEST(ranks_are_kept_once_they_are_finished)
{
    const lede_keywords *keywords = NULL, *again = NULL;
    lede_status status = LEDE_ERR_CANCELLED;
    lede_cancel *cancel;
    uint64_t k = 0;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    while (status == LEDE_ERR_CANCELLED) {
        lede_budget budget;

        lede_budget_init(&budget, 0, cancel, 0);
        atomic_store(&budget.steps, (uint64_t)8 * LEDE_BUDGET_STRIDE - ++k);
        status =
            lede_keywords_of(&keywords, made.snapshot, TAG, &budget, &made.err);
    }
    ck_assert_int_eq(status, LEDE_OK);
    ck_assert_uint_gt(k, 100);
    ck_assert_int_eq(
        lede_keywords_of(&again, made.snapshot, TAG, NULL, &made.err), LEDE_OK);
    ck_assert_ptr_eq(keywords, again);
    lede_cancel_free(cancel);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, first_and_last_values_are_those_that_were_put, 0,
                        FIELDS);
    tcase_add_loop_test(tcase, numbers_of_all_segments_compare_as_the_values_do,
                        0, FIELDS);
    tcase_add_test(tcase, a_keyword_that_is_not_there_has_a_place_between);
    tcase_add_test(tcase, fields_without_columns_have_no_values);
    tcase_add_test(tcase, ranks_are_kept_once_they_are_finished);
}

int main(void)
{
    return test_suite_run("values", add_tests);
}
