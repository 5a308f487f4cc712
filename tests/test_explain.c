#include "lede/lede.h"

#include <stdio.h>
#include <string.h>

#include "support/chance.h"
#include "support/shelf.h"
#include "support/suite.h"

static void set_up(void)
{
    shelf_open(NULL);
    shelf_put("a", "title", "Ferry sails", "body", "The ferry sailed at noon.",
              "section", "World", "date", "2020-01-01", NULL);
    shelf_put("b", "title", "Storm", "body", "No ferry sails in a storm.",
              "section", "Local", "date", "2021-01-01", NULL);
    shelf_put("c", "title", "Bridge", "body", "The bridge sails on.", "section",
              "Local", NULL);
    shelf_commit();
}

static void tear_down(void)
{
    shelf_close();
}

static lede_results *explain(const char *text, const char *key,
                             lede_search_options options)
{
    options.flags |= LEDE_SEARCH_EXPLAIN;
    options.explain_key = key;
    options.explain_key_len = key ? strlen(key) : 0;
    return shelf_search(text, &options);
}

static lede_search_options plain(void)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    return options;
}

/* The sum of the scores of the children of the line at a place. */
static double sum_children(const lede_hit *hit, size_t at)
{
    const lede_explanation *parent = lede_hit_explain(hit, at);
    const lede_explanation *line;
    double sum = 0;

    while ((line = lede_hit_explain(hit, ++at)) && line->depth > parent->depth)
        if (line->depth == parent->depth + 1)
            sum += line->score;
    return sum;
}

/* The place of the first line that has `text` in it. */
static const lede_explanation *find_line(const lede_hit *hit, const char *text)
{
    const lede_explanation *line;

    for (size_t i = 0; (line = lede_hit_explain(hit, i)); i++)
        if (strstr(line->text, text))
            return line;
    ck_abort_msg("no line has \"%s\"", text);
    return NULL;
}

START_TEST(the_lines_of_a_hit_add_up_to_its_score)
{
    lede_results *results = explain("ferry sails storm noon", NULL, plain());

    ck_assert_uint_eq(results->count, 3);
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);

        ck_assert_ptr_nonnull(lede_hit_explain(hit, 4));
        ck_assert(lede_hit_explain(hit, 0)->score == hit->score);
        ck_assert(lede_hit_explain(hit, 0)->matched);
        ck_assert(sum_children(hit, 0) == hit->score);
    }
    lede_results_free(results);
}
END_TEST

START_TEST(a_word_tells_frequency_documents_and_length)
{
    lede_results *results = explain("ferry noon", NULL, plain());
    const lede_explanation *line =
        find_line(lede_results_hit(results, 0), "ferry");

    ck_assert_str_eq(lede_results_hit(results, 0)->key, "a");
    ck_assert_ptr_nonnull(strstr(line->text, "tf 3,"));
    ck_assert_ptr_nonnull(strstr(line->text, "df 2 of 3,"));
    ck_assert_ptr_nonnull(strstr(line->text, "length 9 of"));
    line = find_line(lede_results_hit(results, 1), "noon");
    ck_assert(!line->matched);
    ck_assert(line->score == 0);
    ck_assert_ptr_nonnull(strstr(line->text, "not in this article"));
    lede_results_free(results);
}
END_TEST

START_TEST(why_not_names_the_clause_that_lost_the_article)
{
    lede_results *results = explain("+ferry +noon -storm", "b", plain());
    const lede_hit *hit = results->explained;

    ck_assert_uint_eq(results->count, 1);
    ck_assert_ptr_nonnull(hit);
    ck_assert_str_eq(hit->key, "b");
    ck_assert(hit->score == 0);
    ck_assert(!lede_hit_explain(hit, 0)->matched);
    ck_assert(find_line(hit, "ferry")->matched);
    ck_assert(!find_line(hit, "noon")->matched);
    ck_assert(!find_line(hit, "not")->matched);
    ck_assert(find_line(hit, "storm")->matched);
    lede_results_free(results);
}
END_TEST

START_TEST(an_article_found_explains_the_same_by_key)
{
    lede_results *results = explain("ferry sails", "b", plain());
    const lede_hit *hit = results->explained;

    ck_assert_ptr_nonnull(hit);
    ck_assert_str_eq(lede_results_hit(results, 1)->key, "b");
    ck_assert(hit->score == lede_results_hit(results, 1)->score);
    ck_assert_str_eq(lede_document_text(hit->document, "title"), "Storm");
    lede_results_free(results);
    results = explain("ferry", "nobody", plain());
    ck_assert_ptr_null(results->explained);
    ck_assert_uint_eq(results->count, 2);
    lede_results_free(results);
}
END_TEST

START_TEST(a_phrase_shows_its_words)
{
    lede_results *results = explain("\"sails ferry\"", "a", plain());
    const lede_hit *hit = results->explained;

    ck_assert_uint_eq(results->count, 0);
    ck_assert(!lede_hit_explain(hit, 0)->matched);
    ck_assert(find_line(hit, "sails: stands")->matched);
    ck_assert(find_line(hit, "ferry: stands")->matched);
    ck_assert(find_line(hit, "sails: stands")->score == 0);
    lede_results_free(results);
}
END_TEST

START_TEST(a_word_the_index_lacks_is_told)
{
    lede_results *results = explain("+ferry +zeppelin", "a", plain());

    ck_assert_uint_eq(results->count, 0);
    ck_assert_ptr_nonnull(strstr(
        find_line(results->explained, "zeppelin")->text, "no such word"));
    lede_results_free(results);
}
END_TEST

START_TEST(recency_is_the_first_line)
{
    lede_search_options options = plain();
    const lede_hit *hit;
    lede_results *results;

    options.recency_weight = 0.5;
    options.half_life_seconds = 86400 * 366;
    options.now_seconds = 1609459200;
    results = explain("ferry", NULL, options);
    hit = lede_results_hit(results, 1);
    ck_assert_str_eq(hit->key, "b");
    hit = lede_results_hit(results, 0);
    ck_assert_str_eq(hit->key, "a");
    ck_assert(lede_hit_explain(hit, 0)->score == hit->score);
    ck_assert_uint_eq(lede_hit_explain(hit, 0)->depth, 0);
    ck_assert_ptr_nonnull(strstr(lede_hit_explain(hit, 0)->text, "recency"));
    ck_assert_uint_eq(lede_hit_explain(hit, 1)->depth, 1);
    ck_assert_double_eq_tol(lede_hit_explain(hit, 1)->score * 0.75, hit->score,
                            1e-6);
    lede_results_free(results);
}
END_TEST

START_TEST(without_asking_there_are_no_lines)
{
    lede_results *results = shelf_search("ferry", NULL);

    ck_assert_ptr_null(lede_hit_explain(lede_results_hit(results, 0), 0));
    lede_results_free(results);
}
END_TEST

/* A query of a few words and operators, sense or nonsense. */
static void random_query(chance *c, char text[256])
{
    static const char *const parts[] = {
        "ferry ",         "sails ",     "storm ", "noon ",  "bridge ",
        "the ",           "+",          "-",      "(",      ") ",
        "AND ",           "OR ",        "NOT ",   "\"",     "title:",
        "body:",          "^2 ",        "fer* ",  "stor~ ", "NEAR/3(",
        "section:local ", "date:2020 ", "sto?m ", "zzz ",
    };
    uint32_t count = 1 + chance_below(c, 12);

    text[0] = '\0';
    while (count-- > 0)
        (void)strcat(
            text,
            parts[chance_below(c, (uint32_t)(sizeof parts / sizeof *parts))]);
}

/* Scores of joins that add are the sums of their parts. */
static void expect_sums(const lede_hit *hit, const char *text)
{
    const lede_explanation *line;

    for (size_t i = 0; (line = lede_hit_explain(hit, i)); i++) {
        if (!line->matched)
            ck_assert_msg(line->score == 0, "%s: %s", text, line->text);
        else if (strcmp(line->text, "all of") == 0 ||
                 strcmp(line->text, "any of") == 0)
            ck_assert_msg(sum_children(hit, i) == line->score, "%s: %s", text,
                          line->text);
    }
}

START_TEST(lines_add_up_for_queries_of_any_kind)
{
    static const char *const keys[] = { "a", "b", "c" };
    chance c = chance_from("explain", 1);
    size_t hits = 0;

    for (int i = 0; i < 1500; i++) {
        char text[256];
        const char *key = keys[chance_below(&c, 3)];
        const lede_hit *hit;
        lede_results *results;
        bool found = false;

        random_query(&c, text);
        results = explain(text, key, plain());
        for (size_t at = 0; (hit = lede_results_hit(results, at)); at++) {
            ck_assert_msg(lede_hit_explain(hit, 0)->score == hit->score, "%s",
                          text);
            expect_sums(hit, text);
            found = found || strcmp(hit->key, key) == 0;
            hits++;
        }
        hit = results->explained;
        ck_assert_msg(lede_hit_explain(hit, 0)->matched == found, "%s", text);
        expect_sums(hit, text);
        lede_results_free(results);
    }
    ck_assert_uint_gt(hits, 1000);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_lines_of_a_hit_add_up_to_its_score);
    tcase_add_test(tcase, a_word_tells_frequency_documents_and_length);
    tcase_add_test(tcase, why_not_names_the_clause_that_lost_the_article);
    tcase_add_test(tcase, an_article_found_explains_the_same_by_key);
    tcase_add_test(tcase, a_phrase_shows_its_words);
    tcase_add_test(tcase, a_word_the_index_lacks_is_told);
    tcase_add_test(tcase, recency_is_the_first_line);
    tcase_add_test(tcase, without_asking_there_are_no_lines);
    tcase_add_test(tcase, lines_add_up_for_queries_of_any_kind);
}

int main(void)
{
    return test_suite_run("explain", add_tests);
}
