/* What plans match and score. */
#include "conformance.h"

#include <math.h>
#include <stdio.h>

static void put_corpus(void)
{
    seam_put(&s, "a",
             "title=iraq war; body=troops leave iraq; tags=oil|war; n=1; "
             "x=0.5; date=0; author=Jane Roe");
    seam_put(&s, "b",
             "title=peace; body=iraq iraq iraq and iran | iran; tags=peace; "
             "n=2|9; date=86400; raw=kept");
    seam_put(&s, "gone", "title=iraq war; tags=oil; n=1; date=0; x=0.5");
    seam_commit(&s);
    seam_put(&s, "c",
             "title=covid19/2 covid 19 in iran; body=the new covid wave; "
             "tags=health; x=-1.5");
    seam_delete(&s, "gone");
    seam_commit(&s);
    seam_put(&s, "d",
             "title=almuhandis/2 al muhandis; body=war and war and peace; "
             "notes=secret words; n=-5; date=-86400");
    seam_put(&s, "e", "flat=iraq troops; author=John Roe; tags=Oil|");
    seam_put(&s, "f", "");
    seam_commit(&s);
}

START_TEST(plans_match_what_they_say)
{
    static const struct {
        const char *plan, *keys;
    } cases[] = {
        { "all", "a b c d e f" },
        { "nothing", "" },
        /* Words. */
        { "title.iraq", "a" },
        { "body.iraq", "a b" },
        { "title.iraq+body.iraq", "a b" },
        { "title.war+body.war+title.peace", "a b d" },
        { "flat.iraq", "e" },
        { "notes.secret", "d" },
        { "author.roe", "a e" },
        { "author.jane", "a" },
        { "title.none", "" },
        { "title.covid19/2", "c" },
        { "title.covid19", "" },
        { "tags.oil", "" }, /* has no words */
        /* Phrases. */
        { "(phrase 0 title.iraq title.war)", "a" },
        { "(phrase 0 title.war title.iraq)", "" },
        { "(phrase 0 body.troops body.iraq)", "" },
        { "(phrase 1 body.troops body.iraq)", "a" },
        { "(phrase 0 body.iraq body.iraq)", "b" },
        { "(phrase 0 body.iraq body.iraq body.iraq)", "b" },
        { "(phrase 0 body.iraq body.iraq body.iraq body.iraq)", "" },
        { "(phrase 99 body.iran body.iran)", "" }, /* two values */
        { "(phrase 100 body.iran body.iran)", "b" },
        { "(phrase 0 title.iraq body.troops)", "" }, /* two fields */
        { "(phrase 0 title.iraq+body.leave title.war+body.iraq)", "a" },
        { "(phrase 0 title.covid19/2 title.in)", "c" },
        { "(phrase 0 title.covid19/2 title.19)", "" },
        { "(phrase 0 title.almuhandis/2)", "d" },
        { "(phrase 0 body.war body.and body.war)", "d" },
        { "(phrase 3 body.war body.peace)", "d" },
        /* NEAR. */
        { "(near 0 title.war title.iraq)", "a" },
        { "(near 1 body.iraq body.troops)", "a" },
        { "(near 0 body.iraq body.troops)", "" },
        { "(near 0 body.iraq body.iraq)", "b" },
        { "(near 9 title.iraq title.iraq)", "" },
        { "(near 0 body.and body.war body.war)", "d" },
        { "(near 2 body.peace body.war body.war)", "d" },
        { "(near 1 body.peace body.war body.war)", "" },
        { "(near 0 title.in title.covid19/2)", "c" },
        { "(near 0 title.covid title.covid19/2)", "" }, /* they overlap */
        /* EITHER, and one in another. */
        { "(either body.iraq title.peace)", "a b" },
        { "(either title.covid19/2 (phrase 0 title.al title.muhandis))",
          "c d" },
        { "(phrase 0 (either title.covid19/2 title.war) title.in)", "c" },
        { "(near 2 (phrase 0 body.war body.and) body.peace)", "d" },
        { "(phrase 0 (near 0 body.and body.war) body.war)", "d" },
        { "(either)", "" },
        /* Values. */
        { "tags:oil", "a" },
        { "tags:Oil", "e" },
        { "tags:oi", "" },
        { "tags:", "e" },
        { "author:Jane", "" },
        { "(range n 1 1)", "a" },
        { "(range n * 1)", "a d" },
        { "(range n 2 *)", "b" },
        { "(range n 3 8)", "" }, /* between two values of one article */
        { "(range n 9 2)", "" },
        { "(range n * *)", "a b d" },
        { "(range x -2 0)", "c" },
        { "(range x 0.5 0.5)", "a" },
        { "(range date -86400 0)", "a d" },
        { "(range date 1 *)", "b" },
        { "(range tags oil *)", "a b" },
        { "(range tags * health)", "c e" },
        { "(range tags nothing war)", "a b" },
        { "(exists n)", "a b d" },
        { "(exists title)", "a b c d" },
        { "(exists flat)", "e" },
        { "(exists notes)", "d" },
        { "(exists tags)", "a b c e" },
        { "(exists x)", "a c" },
        { "(exists date)", "a b d" },
        { "(key a)", "a" },
        { "(key gone)", "" },
        { "(key z)", "" },
        /* Joins. */
        { "(and title.iraq body.iraq)", "a" },
        { "(and body.iraq tags:peace)", "b" },
        { "(and body.iraq nothing)", "" },
        { "(and)", "a b c d e f" },
        { "(or title.covid body.peace)", "c d" },
        { "(or)", "" },
        { "(or nothing title.iraq)", "a" },
        { "(best 128 title.covid body.peace)", "c d" },
        { "(best 0)", "" },
        { "(not body.iraq)", "c d e f" },
        { "(not all)", "" },
        { "(not nothing)", "a b c d e f" },
        { "(not (not body.iraq))", "a b" },
        { "(and body.iraq (not title.war))", "b" },
        { "(optional title.iraq)", "a b c d e f" },
        { "(and tags:peace (optional body.iran))", "b" },
        { "(constant 2 body.iraq)", "a b" },
        { "(and (or title.iraq body.war) (not (range n * 0)))", "a" },
        { "(or (and title.iraq tags:war) (and body.war (exists notes)))",
          "a d" },
        { "(not (or (not (exists n)) tags:oil))", "b d" },
    };

    put_corpus();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_found(&s, cases[i].plan, cases[i].keys);
}
END_TEST

START_TEST(deep_and_wide_plans_are_plans)
{
    static const char leaf[] = "body.iraq";
    char plan[3000] = "";

    put_corpus();
    for (int i = 0; i < 60; i++)
        strcat(plan, i % 2 ? "(and " : "(not (not ");
    strcat(plan, leaf);
    for (int i = 0; i < 60; i++)
        strcat(plan, i % 2 ? ")" : "))");
    expect_found(&s, plan, "a b");
}
END_TEST

START_TEST(phrases_without_positions_are_unsupported)
{
    static const char *const plans[] = {
        "(phrase 0 flat.iraq flat.troops)",
        "(and all (near 3 flat.iraq flat.troops))",
        "(not (phrase 0 body.x (either title.a flat.troops)))",
    };

    put_corpus();
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        lede_engine_search search = seam_request(&s, plans[i]);
        lede_engine_results results;

        ck_assert_int_eq(seam_search(&s, &search, &results),
                         LEDE_ERR_UNSUPPORTED);
    }
}
END_TEST

/* ---- Scores ------------------------------------------------------------- */

static double idf(double n, double df)
{
    return log(1 + (n - df + 0.5) / (df + 0.5));
}

static double bm25(double weight, double tf, double length, double average)
{
    return weight * tf / (tf + 1.2 * (0.25 + 0.75 * length / average));
}

static double score_of(const char *plan, const char *key, bool *exact)
{
    lede_engine_search search = seam_request(&s, plan);
    lede_engine_results results;

    *exact = false;
    if (seam_search(&s, &search, &results) != LEDE_OK)
        return 0;
    *exact = results.scores_exact;
    ck_assert(*exact || !the_subject->exact);
    for (uint32_t i = 0; i < results.count; i++)
        if (lede_bytes_equal(results.hits[i].key, lede_bytes_of_text(key)))
            return results.hits[i].score;
    return -1;
}

static void expect_score(const char *plan, const char *key, double expected)
{
    bool exact;
    double score = score_of(plan, key, &exact);

    if (exact)
        ck_assert_msg(fabs(score - expected) <= 1e-5 * fmax(1, expected),
                      "%s, %s: %.9g, not %.9g", plan, key, score, expected);
}

/* Four articles; lengths of body 3, 5, 4, 0, of title 2, 0, 1, 1. */
static void put_scored(void)
{
    seam_put(&s, "a", "title=iraq war; body=iraq iraq troops; n=1");
    seam_put(&s, "b", "body=iraq wars wars war wars");
    seam_put(&s, "c", "title=peace; body=the war and peace");
    seam_put(&s, "d", "title=iraq");
    seam_commit(&s);
}

START_TEST(words_score_by_bm25)
{
    put_scored();
    expect_score("body.iraq", "a", bm25(idf(4, 2), 2, 3, 3));
    expect_score("body.iraq", "b", bm25(idf(4, 2), 1, 5, 3));
    expect_score("body.peace", "c", bm25(idf(4, 1), 1, 4, 3));
    /* A field's weight is of its tf and its length. */
    expect_score("title.iraq", "a", bm25(idf(4, 2), 2, 4, 2));
    expect_score("title.iraq", "d", bm25(idf(4, 2), 2, 2, 2));
}
END_TEST

START_TEST(groups_score_as_one_word)
{
    put_scored();
    /* Fields: df is the largest. Title weighs 2, the average is 3 + 2. */
    expect_score("title.iraq+body.iraq", "a", bm25(idf(4, 2), 4, 7, 5));
    expect_score("title.iraq+body.iraq", "b", bm25(idf(4, 2), 1, 5, 5));
    expect_score("title.iraq+body.iraq", "d", bm25(idf(4, 2), 2, 2, 5));
    /* Forms: dfs add, up to N. */
    expect_score("body.war+body.wars@205", "b",
                 bm25(idf(4, 3), 1 + 3 * 205 / 256.0, 5, 3));
    expect_score("body.war+body.wars@205", "c", bm25(idf(4, 3), 1, 4, 3));
    expect_score("body.iraq+body.war+body.wars", "a", bm25(idf(4, 4), 2, 3, 3));
}
END_TEST

START_TEST(phrases_score_as_one_word_of_all_their_idf)
{
    put_scored();
    expect_score("(phrase 0 body.iraq body.troops)", "a",
                 bm25(idf(4, 2) + idf(4, 1), 1, 3, 3));
    expect_score("(phrase 0 body.wars body.wars)",
                 "b", /* one without overlap */
                 bm25(2 * idf(4, 1), 1, 5, 3));
    expect_score("(phrase 9 body.wars body.wars)", "b",
                 bm25(2 * idf(4, 1), 1, 5, 3));
    expect_score("(near 0 title.war title.iraq)", "a",
                 bm25(idf(4, 1) + idf(4, 2), 2, 4, 2));
    expect_score("(phrase 1 title.iraq+body.iraq title.war+body.troops)", "a",
                 bm25(idf(4, 2) + idf(4, 2), 3, 7, 5));
    expect_score("(either body.wars body.war)", "b", bm25(idf(4, 1), 4, 5, 3));
}
END_TEST

START_TEST(joins_add_and_choose)
{
    double iraq = bm25(idf(4, 2), 2, 3, 3), troops = bm25(idf(4, 1), 1, 3, 3);

    put_scored();
    expect_score("(and body.iraq body.troops)", "a", iraq + troops);
    expect_score("(or body.iraq body.troops)", "a", iraq + troops);
    expect_score("(or body.iraq body.none)", "a", iraq);
    expect_score("(or body.iraq body.iraq)", "a", 2 * iraq);
    expect_score("(best 0 body.iraq body.troops)", "a", fmax(iraq, troops));
    expect_score("(best 64 body.iraq body.troops)", "a",
                 fmax(iraq, troops) + fmin(iraq, troops) / 4);
    expect_score("(and body.iraq (range n 1 1))", "a", iraq);
    expect_score("(and body.iraq (not body.peace))", "a", iraq);
    expect_score("(and all (optional body.iraq))", "a", iraq);
    expect_score("(and all (optional body.iraq))", "c", 0);
    expect_score("(not body.iraq)", "c", 0);
    expect_score("all", "a", 0);
    expect_score("(key a)", "a", 0);
    expect_score("(constant 2.5 body.iraq)", "a", 2.5);
    expect_score("(or (constant 2.5 (range n 1 1)) body.troops)", "a",
                 2.5 + troops);
    expect_score("(constant 0 body.iraq)", "a", 0);
}
END_TEST

START_TEST(the_weight_and_the_rule_count)
{
    lede_engine_search search;
    lede_engine_results results;
    lede_plan plan;

    put_scored();
    search = seam_request(&s, "body.iraq");
    plan = *search.plan;
    plan.score.weight = 3; /* boosted */
    search.plan = &plan;
    search.rule = (lede_score_rule){ 0, 0.5, lede_score_scale(3) };
    if (seam_search(&s, &search, &results) != LEDE_OK || !results.scores_exact)
        return;
    ck_assert_double_eq_tol(results.hits[0].score, 3, 1e-6);
    search.rule = (lede_score_rule){ 2, 0, lede_score_scale(3) };
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    if (results.scores_exact)
        ck_assert_double_eq_tol(results.hits[0].score, 3 * 2 / 4.0, 3e-5);
}
END_TEST

START_TEST(recent_articles_score_higher)
{
    static const struct {
        const char *key;
        double factor;
    } expected[] = { { "now", 1 },
                     { "coming", 1 },
                     { "half", 0.6 },
                     { "fourth", 0.4 },
                     { "none", 0.2 } };
    lede_engine_search search;
    lede_engine_results results;

    seam_put(&s, "now", "body=war; date=5000");
    seam_put(&s, "coming", "body=war; date=9000");
    seam_put(&s, "half", "body=war; date=4000|4900"); /* the smallest */
    seam_put(&s, "fourth", "body=war; date=3000");
    seam_put(&s, "none", "body=war");
    seam_commit(&s);
    search = seam_request(&s, "(constant 1 body.war)");
    search.recency = (lede_recency){ SEAM_DATE, 0.8, 1000, 5000 };
    if (seam_search(&s, &search, &results) != LEDE_OK || !results.scores_exact)
        return;
    ck_assert_uint_eq(results.count, 5);
    for (uint32_t i = 0; i < results.count; i++)
        for (size_t e = 0; e < sizeof expected / sizeof *expected; e++)
            if (lede_bytes_equal(results.hits[i].key,
                                 lede_bytes_of_text(expected[e].key)))
                ck_assert_double_eq_tol(results.hits[i].score,
                                        expected[e].factor, 1e-5);
    ck_assert_str_eq(seam_keys(&s, &results), "coming now half fourth none");
}
END_TEST

START_TEST(deleted_articles_do_not_change_what_matches)
{
    put_scored();
    for (int i = 0; i < 20; i++) {
        seam_put(&s, "x", "title=iraq; body=iraq war");
        seam_commit(&s);
    }
    seam_delete(&s, "x");
    seam_commit(&s);
    expect_found(&s, "title.iraq+body.iraq", "a b d");
    expect_found(&s, "all", "a b c d");
    (void)seam_finish(&s, LEDE_FINISH_OPTIMIZE);
    seam_look(&s);
    expect_score("body.iraq", "a", bm25(idf(4, 2), 2, 3, 3));
    expect_score("body.iraq", "b", bm25(idf(4, 2), 1, 5, 3));
}
END_TEST

void add_search_tests(TCase *tcase)
{
    tcase_add_test(tcase, plans_match_what_they_say);
    tcase_add_test(tcase, deep_and_wide_plans_are_plans);
    tcase_add_test(tcase, phrases_without_positions_are_unsupported);
    tcase_add_test(tcase, words_score_by_bm25);
    tcase_add_test(tcase, groups_score_as_one_word);
    tcase_add_test(tcase, phrases_score_as_one_word_of_all_their_idf);
    tcase_add_test(tcase, joins_add_and_choose);
    tcase_add_test(tcase, the_weight_and_the_rule_count);
    tcase_add_test(tcase, recent_articles_score_higher);
    tcase_add_test(tcase, deleted_articles_do_not_change_what_matches);
}
