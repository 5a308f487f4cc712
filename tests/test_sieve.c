/* Phrases that share a word, but not the weights of their fields, are each
 * bounded by lengths of their own. */
#include "native/match/search.h"

#include <stdio.h>
#include <string.h>

#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 300U /* more than two blocks of one word */
#define FAR      10U  /* a good one, in the first block */
#define BEST     200U /* a better one, in the second */
#define WORDS    1000U

static const char start[] = "a b a c ";

static void put_articles(lede_writer *writer, lede_error *err)
{
    char text[sizeof start + (size_t)2 * WORDS];
    lede_document *doc;

    memcpy(text, start, sizeof start - 1);
    for (uint32_t i = 0; i < WORDS; i++)
        memcpy(text + sizeof start - 1 + (size_t)2 * i, "x ", 2);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        uint32_t words = i == BEST ? 100 : i == FAR ? 300 : WORDS;
        char key[16];
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        lede_document_clear(doc);
        lede_document_add_text(doc, "note", text,
                               sizeof start - 1 + (size_t)2 * words);
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
    field.flags = LEDE_FIELD_UNSTORED;
    lede_schema_add(schema, "note", LEDE_TEXT, &field);
    writer = commits_begin(made, schema);
    put_articles(writer, &made->err);
    commits_end(made, writer, 1);
}

/* ---- Questions ---- */

static const uint32_t note[] = { 0 }, light[] = { 256 }, heavy[] = { 25600 };

static lede_plan_term term_of(const char *word)
{
    return (lede_plan_term){ .weight = LEDE_WEIGHT_ONE,
                             .term = lede_bytes_of(word, 1) };
}

/* Of so long articles on the average that BEST is worth a 40th more than FAR,
 * and all others an eighth less. */
#define LONG_AVERAGE 4000.0

static lede_engine_results ask_one(commits *made, const lede_plan *const *nodes,
                                   uint32_t count, double weights)
{
    const lede_plan plan = { .kind = LEDE_PLAN_AND,
                             .nodes = nodes,
                             .count = count };
    const lede_engine_search search = {
        .plan = &plan,
        .rule = { 1.2, 0.75, lede_score_scale(weights) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = 1,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };

    return commits_ask(made, &search);
}

static void expect_best(const lede_engine_results *results)
{
    ck_assert_uint_eq(results->count, 1);
    ck_assert_uint_eq(results->hits[0].key.len, 3);
    ck_assert_mem_eq(results->hits[0].key.at, "200", 3);
}

static lede_plan word_of(const lede_plan_term *term)
{
    return (
        lede_plan){ .kind = LEDE_PLAN_WORD, .terms = term, .term_count = 1 };
}

static lede_plan phrase_of(const lede_plan *const *words, double weight,
                           const uint32_t *field_weights)
{
    return (lede_plan){ .kind = LEDE_PLAN_PHRASE,
                        .nodes = words,
                        .count = 2,
                        .score = { .weight = weight,
                                   .average_length = 600,
                                   .fields = note,
                                   .field_weights = field_weights,
                                   .field_count = 1 } };
}

START_TEST(phrases_are_bounded_by_lengths_of_their_own)
{
    const lede_plan_term terms[] = { term_of("a"), term_of("b"), term_of("c") };
    const lede_plan a = word_of(&terms[0]), b = word_of(&terms[1]),
                    c = word_of(&terms[2]);
    const lede_plan *const ab[] = { &a, &b }, *const ac[] = { &a, &c };
    const lede_plan first = phrase_of(ab, 1, light),
                    second = phrase_of(ac, 0.01, heavy);
    const lede_plan *const nodes[] = { &first, &second };
    lede_engine_results results;
    commits made;

    set_up(&made);
    results = ask_one(&made, nodes, 2, 1.01);
    expect_best(&results);
    commits_close(&made);
}
END_TEST

/* A ceiling that is lower than it may be, by little, loses it. */
START_TEST(a_block_is_not_passed_for_the_sake_of_a_little)
{
    const lede_plan_term terms[] = { term_of("a"), term_of("b"), term_of("c") };
    lede_plan a = word_of(&terms[0]), b = word_of(&terms[1]),
              c = word_of(&terms[2]);
    lede_plan either = word_of(&terms[1]); /* b or c */
    const lede_plan *const ab[] = { &a, &b }, *const ac[] = { &a, &c };
    lede_plan first = phrase_of(ab, 1, light), second = phrase_of(ac, 1, light);
    const lede_plan *const cases[][2] = { { &a, &b },
                                          { &first, &second },
                                          { &first, &c },
                                          { &b, &second },
                                          { &a, &either } };
    lede_engine_results results;
    commits made;

    first.score.average_length = LONG_AVERAGE;
    second.score.average_length = LONG_AVERAGE;
    either.term_count = 2;
    a.score = b.score = c.score = either.score = first.score;
    set_up(&made);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        results = ask_one(&made, cases[i], 2, 2);
        expect_best(&results);
    }
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, phrases_are_bounded_by_lengths_of_their_own);
    tcase_add_test(tcase, a_block_is_not_passed_for_the_sake_of_a_little);
}

int main(void)
{
    return test_suite_run("sieve", add_tests);
}
