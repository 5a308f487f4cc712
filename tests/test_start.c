/* A search begins by what the best articles of its words are known to have: it
 * ends with as many hits as there are, also where these articles are deleted, or
 * were shown on the page before. */
#include "native/match/search.h"

#include <stdio.h>

#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 400U
#define BEST     12U /* articles that have the word often */
#define WANT     10U

static commits made;

static void delete_best(lede_writer *writer, uint32_t count)
{
    char key[16];

    for (uint32_t i = 0; i < count; i++)
        ck_assert_int_eq(lede_writer_delete(writer, key,
                                            (size_t)snprintf(key, sizeof key,
                                                             "%u", (unsigned)i),
                                            &made.err),
                         LEDE_OK);
}

/* The first BEST articles have "often" ten times, the others once; all have
 * "too". */
static void make(uint32_t deleted)
{
    lede_schema *schema;
    lede_writer *writer;
    lede_document *doc;
    char key[16], text[128];

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "text", LEDE_TEXT, NULL), LEDE_OK);
    writer = commits_begin(&made, schema);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        int len = snprintf(text, sizeof text, "too often%s",
                           i < BEST ? " often often often often often often "
                                      "often often often"
                                    : " x x x x x x x x x");

        lede_document_clear(doc);
        lede_document_add_text(doc, "text", text, (size_t)len);
        len = snprintf(key, sizeof key, "%u", (unsigned)i);
        ck_assert_int_eq(
            lede_writer_put(writer, key, (size_t)len, doc, &made.err), LEDE_OK);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    delete_best(writer, deleted);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 1);
}

static lede_engine_results search(uint32_t words, const lede_engine_hit *after)
{
    static const uint32_t field = 0, weight = 256;
    static const char *const texts[] = { "often", "too" };
    lede_plan_term terms[2];
    lede_plan leaves[2], any = { .kind = LEDE_PLAN_OR, .count = words };
    const lede_plan *nodes[2];
    lede_engine_search search = {
        .rule = { 1.2, 0.75, lede_score_scale(3) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = WANT,
        .after = after,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };

    for (uint32_t i = 0; i < 2; i++) {
        terms[i] = (lede_plan_term){
            .field = 0,
            .term = lede_bytes_of((const uint8_t *)texts[i], strlen(texts[i])),
            .weight = LEDE_WEIGHT_ONE,
        };
        leaves[i] = (lede_plan){ .kind = LEDE_PLAN_WORD,
                                 .terms = &terms[i],
                                 .term_count = 1,
                                 .score = { .weight = 1 + (i == 0),
                                            .average_length = 11,
                                            .fields = &field,
                                            .field_weights = &weight,
                                            .field_count = 1 } };
        nodes[i] = &leaves[i];
    }
    any.nodes = nodes;
    search.plan = words == 1 ? &leaves[0] : &any;
    return commits_ask(&made, &search);
}

START_TEST(deleted_articles_are_made_up_for_by_others)
{
    for (uint32_t deleted = 0; deleted <= BEST; deleted++) {
        make(deleted);
        for (uint32_t words = 1; words <= 2; words++)
            ck_assert_uint_eq(search(words, NULL).count, WANT);
        commits_close(&made);
    }
}
END_TEST

START_TEST(a_page_is_full_behind_the_best)
{
    make(0);
    for (uint32_t words = 1; words <= 2; words++) {
        lede_engine_results first = search(words, NULL);

        ck_assert_uint_eq(first.count, WANT);
        ck_assert_uint_eq(search(words, &first.hits[WANT - 1]).count, WANT);
    }
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, deleted_articles_are_made_up_for_by_others);
    tcase_add_test(tcase, a_page_is_full_behind_the_best);
}

int main(void)
{
    return test_suite_run("start", add_tests);
}
