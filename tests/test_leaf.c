/* Where a title counts so much that every article is longer than the corners
 * of its block say, none is passed over whose points reach what is needed. */
#include "native/match/search.h"

#include <stdio.h>
#include <string.h>

#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 300U /* more than two blocks of one word */

/* BEST lies below the line from SHORT to LONG, by frequency and words. But a
 * word of a title counts as many: so that SHORT is as long as BEST, and LONG
 * alone bounds what is between them no more. */
#define TITLE_WEIGHT 100U
#define SHORT        10U
#define LONG         20U
#define BEST         30U
#define SECOND       200U /* in another block */

typedef struct article {
    uint32_t title;
    uint32_t body;
    uint32_t times;
} article;

static article article_at(uint32_t i)
{
    switch (i) {
    case SHORT:
        return (article){ 5, 11, 10 };
    case LONG:
        return (article){ 0, 1023, 30 };
    case BEST:
        return (article){ 0, 511, 19 };
    case SECOND:
        return (article){ 0, 511, 18 };
    default:
        return (article){ 0, 520, 1 };
    }
}

static void add_words(lede_document *doc, const char *field, uint32_t count,
                      uint32_t times)
{
    char text[2 * 1023];

    for (uint32_t i = 0; i < count; i++)
        memcpy(text + (size_t)2 * i, i < times ? "w " : "x ", 2);
    lede_document_add_text(doc, field, text, (size_t)2 * count);
}

static void put_articles(lede_writer *writer, lede_error *err)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        article a = article_at(i);
        char key[16];
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        lede_document_clear(doc);
        add_words(doc, "title", a.title, 0);
        add_words(doc, "body", a.body, a.times);
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
    lede_schema_add(schema, "title", LEDE_TEXT, &field);
    lede_schema_add(schema, "body", LEDE_TEXT, &field);
    writer = commits_begin(made, schema);
    put_articles(writer, &made->err);
    commits_end(made, writer, 1);
}

START_TEST(corners_left_of_all_articles_still_bound_them)
{
    const uint32_t fields[] = { 0, 1 }, weights[] = { TITLE_WEIGHT * 256, 256 };
    const lede_plan_term term = { .field = 1,
                                  .weight = LEDE_WEIGHT_ONE,
                                  .term = lede_bytes_of("w", 1) };
    const lede_plan plan = { .kind = LEDE_PLAN_WORD,
                             .terms = &term,
                             .term_count = 1,
                             .score = { .weight = 1,
                                        .average_length = 600,
                                        .fields = fields,
                                        .field_weights = weights,
                                        .field_count = 2 } };
    const lede_engine_search search = {
        .plan = &plan,
        .rule = { 1.2, 0.75, lede_score_scale(1) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = 1,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };
    lede_engine_results results;
    commits made;

    set_up(&made);
    results = commits_ask(&made, &search);
    ck_assert_uint_eq(results.count, 1);
    ck_assert_uint_eq(results.hits[0].key.len, 2);
    ck_assert_mem_eq(results.hits[0].key.at, "30", 2);
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, corners_left_of_all_articles_still_bound_them);
}

int main(void)
{
    return test_suite_run("leaf", add_tests);
}
