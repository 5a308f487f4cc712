/* Of a list of many blocks all of them are bounded together, by the document
 * where the word stands most often: that one is not lost, where the word alone
 * brings up none. */
#include "native/match/search.h"

#include <stdio.h>
#include <string.h>

#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 9000U /* more than two windows */
#define LENGTH   63U   /* words of each, no more than its floor says */
#define SECOND   100U  /* in the first window */
#define BEST     8500U /* in the last one */
#define MOST     8U    /* occurrences of `a`, in BEST */

static void put_articles(lede_writer *writer, lede_error *err)
{
    char text[2 * LENGTH];
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        uint32_t often = i == BEST ? MOST : i == SECOND ? MOST - 1 : 1;
        /* SECOND is a word shorter, and so nearly as good as BEST. */
        uint32_t words = i == SECOND ? LENGTH - 1 : LENGTH;
        char key[16];
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        for (uint32_t w = 0; w < words; w++)
            memcpy(text + (size_t)2 * w, w < often ? "a " : "x ", 2);
        if (i % 20 == 0)
            text[(size_t)2 * (words - 1)] = 'b';
        lede_document_clear(doc);
        lede_document_add_text(doc, "note", text, (size_t)2 * words);
        ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, err),
                         LEDE_OK);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, err), LEDE_OK);
}

static void set_up(commits *made)
{
    lede_field_options field = LEDE_FIELD_OPTIONS;
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    field.flags = LEDE_FIELD_UNSTORED | LEDE_FIELD_NO_POSITIONS;
    lede_schema_add(schema, "note", LEDE_TEXT, &field);
    writer = commits_begin(made, schema);
    put_articles(writer, &made->err);
    commits_end(made, writer, 1);
}

START_TEST(where_a_word_stands_most_often_it_is_asked)
{
    static const uint32_t field = 0, field_weight = 256;
    const lede_plan_term terms[] = {
        { .weight = LEDE_WEIGHT_ONE, .term = lede_bytes_of("a", 1) },
        { .weight = LEDE_WEIGHT_ONE, .term = lede_bytes_of("b", 1) },
    };
    lede_plan words[2];
    const lede_plan *const nodes[] = { &words[0], &words[1] };
    const lede_plan plan = { .kind = LEDE_PLAN_OR, .nodes = nodes, .count = 2 };
    const lede_engine_search search = {
        .plan = &plan,
        .rule = { 1.2, 0.75, lede_score_scale(4) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = 1,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };
    lede_engine_results results;
    commits made;

    for (uint32_t i = 0; i < 2; i++)
        words[i] = (lede_plan){ .kind = LEDE_PLAN_WORD,
                                .terms = &terms[i],
                                .term_count = 1,
                                .score = { .weight = i ? 3 : 1,
                                           .average_length = LENGTH,
                                           .fields = &field,
                                           .field_weights = &field_weight,
                                           .field_count = 1 } };
    set_up(&made);
    results = commits_ask(&made, &search);
    ck_assert_uint_eq(results.count, 1);
    ck_assert_uint_eq(results.hits[0].key.len, 4);
    ck_assert_mem_eq(results.hits[0].key.at, "8500", 4);
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, where_a_word_stands_most_often_it_is_asked);
}

int main(void)
{
    return test_suite_run("long_list", add_tests);
}
