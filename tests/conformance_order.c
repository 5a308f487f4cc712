/* Order, pages, groups, counts, and where a search ends early. */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>

static void put_corpus(void)
{
    seam_put(&s, "c", "body=war; n=3; x=2.5; tags=red; date=0");
    seam_put(&s, "a", "body=war; n=1|7; tags=blue|red; date=86399");
    seam_put(&s, "e", "body=war; x=-1; tags=green; date=86400|90000");
    seam_put(&s, "b", "body=war; n=3; tags=red; x=0; date=-1");
    seam_put(&s, "f", "body=war");
    seam_put(&s, "d", "body=war; n=-2|2; x=2.5; tags=blue; date=31536000");
    seam_commit(&s);
}

static lede_engine_search everything(void)
{
    lede_engine_search search = seam_request(&s, "all");

    return search;
}

START_TEST(ties_are_told_by_sequence_or_key)
{
    lede_engine_search search;

    put_corpus();
    search = everything();
    search.ties = LEDE_TIES_NEWEST;
    ck_assert_str_eq(seam_find_as(&s, &search), "d f b e a c");
    search.ties = LEDE_TIES_OLDEST;
    ck_assert_str_eq(seam_find_as(&s, &search), "c a e b f d");
    search.ties = LEDE_TIES_KEY;
    ck_assert_str_eq(seam_find_as(&s, &search), "a b c d e f");
    seam_put(&s, "c", "body=war");
    seam_commit(&s);
    search = everything();
    ck_assert_str_eq(seam_find_as(&s, &search), "c d f b e a");
}
END_TEST

static const struct {
    uint32_t count;
    lede_sort_key keys[2];
    lede_ties ties;
    const char *order;
} sorts[] = {
    { 1, { { SEAM_N, false } }, LEDE_TIES_KEY, "d a b c e f" },
    { 1, { { SEAM_N, true } }, LEDE_TIES_KEY, "a b c d e f" },
    { 1, { { SEAM_N, false } }, LEDE_TIES_NEWEST, "d a b c f e" },
    { 1, { { SEAM_X, false } }, LEDE_TIES_KEY, "e b c d a f" },
    { 1, { { SEAM_X, true } }, LEDE_TIES_OLDEST, "c d b e a f" },
    { 1, { { SEAM_TAGS, false } }, LEDE_TIES_KEY, "a d e b c f" },
    { 1, { { SEAM_TAGS, true } }, LEDE_TIES_KEY, "a b c e d f" },
    { 1, { { SEAM_DATE, false } }, LEDE_TIES_KEY, "b c a e d f" },
    { 1, { { SEAM_DATE, true } }, LEDE_TIES_KEY, "d e a c b f" },
    { 2,
      { { SEAM_TAGS, false }, { SEAM_N, true } },
      LEDE_TIES_KEY,
      "a d e b c f" },
    { 2,
      { { SEAM_N, true }, { SEAM_DATE, true } },
      LEDE_TIES_KEY,
      "a c b d e f" },
};

START_TEST(columns_sort_by_smallest_or_largest_missing_last)
{
    put_corpus();
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        lede_engine_search search = everything();
        lede_engine_results results;

        search.sort = sorts[i].keys;
        search.sort_count = sorts[i].count;
        search.ties = sorts[i].ties;
        if (seam_search(&s, &search, &results) != LEDE_OK)
            continue;
        ck_assert_msg(strcmp(seam_keys(&s, &results), sorts[i].order) == 0,
                      "%zu: %s", i, seam_keys(&s, &results));
        for (uint32_t at = 0; at < results.count; at++)
            ck_assert_double_eq(results.hits[at].score, 0);
    }
}
END_TEST

START_TEST(hits_carry_the_values_they_were_sorted_by)
{
    static const lede_sort_key keys[] = { { SEAM_N, true },
                                          { SEAM_TAGS, false } };
    lede_engine_search search;
    lede_engine_results results;

    put_corpus();
    search = everything();
    search.sort = keys;
    search.sort_count = 2;
    search.ties = LEDE_TIES_KEY;
    if (seam_search(&s, &search, &results) != LEDE_OK)
        return;
    ck_assert_str_eq(seam_keys(&s, &results), "a b c d e f");
    ck_assert_int_eq(results.hits[0].values[0].kind, LEDE_INT);
    ck_assert_int_eq(results.hits[0].values[0].number, 7);
    ck_assert_int_eq(results.hits[0].values[1].kind, LEDE_KEYWORD);
    ck_assert_str_eq(results.hits[0].values[1].text, "blue");
    ck_assert_int_eq(results.hits[4].values[0].kind, LEDE_NONE);
    ck_assert_str_eq(results.hits[4].values[1].text, "green");
    ck_assert_int_eq(results.hits[5].values[1].kind, LEDE_NONE);
}
END_TEST

/* Reads all hits `want` at a time and compares with those read at once. */
static void expect_pages(lede_engine_search search, uint32_t want)
{
    lede_engine_results whole, page;
    lede_engine_hit after;
    uint32_t at = 0;

    if (seam_search(&s, &search, &whole) != LEDE_OK)
        return;
    search.want = want;
    do {
        if (seam_search(&s, &search, &page) != LEDE_OK)
            return;
        ck_assert_uint_eq(page.total, whole.total);
        for (uint32_t i = 0; i < page.count; i++, at++) {
            ck_assert_uint_lt(at, whole.count);
            ck_assert_msg(
                lede_bytes_equal(page.hits[i].key, whole.hits[at].key),
                "hit %u of %s", at, seam_keys(&s, &whole));
            ck_assert_uint_eq(page.hits[i].collapsed, whole.hits[at].collapsed);
        }
        if (page.count) {
            after = page.hits[page.count - 1];
            search.after = &after;
        }
    } while (page.count);
    ck_assert_uint_eq(at, whole.count);
}

START_TEST(pages_make_the_whole)
{
    put_corpus();
    for (uint32_t want = 1; want <= 7; want++)
        for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
            lede_engine_search search =
                seam_request(&s, "(or body.war (constant 1 tags:red))");

            expect_pages(search, want);
            search.ties = sorts[i].ties;
            expect_pages(search, want);
            search.collapse = SEAM_TAGS;
            search.collapse_limit = 1 + want % 2;
            expect_pages(search, want);
            search.sort = sorts[i].keys;
            search.sort_count = sorts[i].count;
            expect_pages(search, want);
            search.collapse = LEDE_NO_FIELD;
            expect_pages(search, want);
        }
}
END_TEST

START_TEST(after_needs_no_hit_that_is_still_there)
{
    lede_engine_search search;
    lede_engine_hit after = { .score = 0,
                              .sequence = 5,
                              .key = lede_bytes_of_text("zz") };

    put_corpus(); /* sequence 5 is f */
    search = everything();
    search.after = &after;
    ck_assert_str_eq(seam_find_as(&s, &search), "b e a c");
    search.ties = LEDE_TIES_OLDEST;
    ck_assert_str_eq(seam_find_as(&s, &search), "d");
    search.ties = LEDE_TIES_KEY;
    ck_assert_str_eq(seam_find_as(&s, &search), "");
    after.key = lede_bytes_of_text("cc");
    ck_assert_str_eq(seam_find_as(&s, &search), "d e f");
    after.score = 1;
    ck_assert_str_eq(seam_find_as(&s, &search), "a b c d e f");
}
END_TEST

START_TEST(a_search_that_wants_no_hits_counts)
{
    lede_engine_search search;
    lede_engine_results results;

    put_corpus();
    search = seam_request(&s, "(or tags:red tags:blue)");
    search.want = 0;
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert_uint_eq(results.count, 0);
    ck_assert_uint_eq(results.total, 4);
    ck_assert(results.total_exact);
    ck_assert(!results.partial);
    search.want = 2;
    search.count_all = false;
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert_uint_eq(results.count, 2);
    ck_assert_uint_le(results.total, 4);
    ck_assert(!results.total_exact || results.total == 4);
}
END_TEST

START_TEST(collapse_shows_the_first_of_each_group)
{
    static const struct {
        uint32_t field, limit;
        lede_ties ties;
        const char *keys;
        uint64_t collapsed[6];
    } cases[] = {
        { SEAM_TAGS, 1, LEDE_TIES_KEY, "a b e f", { 1, 1, 0, 0 } },
        { SEAM_TAGS, 1, LEDE_TIES_NEWEST, "d f b e", { 1, 0, 1, 0 } },
        { SEAM_TAGS, 2, LEDE_TIES_KEY, "a b c d e f", { 0 } },
        { SEAM_N, 1, LEDE_TIES_KEY, "a b d e f", { 0, 1, 0, 0, 0 } },
    };

    put_corpus();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_engine_search search = everything();
        lede_engine_results results;

        search.collapse = cases[i].field;
        search.collapse_limit = cases[i].limit;
        search.ties = cases[i].ties;
        if (seam_search(&s, &search, &results) != LEDE_OK)
            continue;
        ck_assert_str_eq(seam_keys(&s, &results), cases[i].keys);
        ck_assert_uint_eq(results.total, 6);
        for (uint32_t at = 0; at < results.count; at++)
            ck_assert_uint_eq(results.hits[at].collapsed,
                              cases[i].collapsed[at]);
    }
}
END_TEST

/* ---- Counts ------------------------------------------------------------- */

static const char *printed_facet(const lede_engine_facet *facet, lede_kind kind,
                                 bool bucket)
{
    static char text[1000];
    char *at = text;

    *at = '\0';
    for (uint32_t i = 0; i < facet->count; i++) {
        const lede_facet_count *c = &facet->counts[i];

        at += sprintf(at, "%s", i ? " " : "");
        if (kind == LEDE_KEYWORD)
            at += sprintf(at, "%.*s", (int)c->value->len, c->value->text);
        else if (kind == LEDE_DOUBLE)
            at += sprintf(at, "%g", c->value->real);
        else
            at += sprintf(at, "%lld", (long long)c->value->number);
        if (bucket)
            at += sprintf(at, "..%lld", (long long)c->last);
        at += sprintf(at, "=%llu", (unsigned long long)c->count);
    }
    return text;
}

START_TEST(facets_count_every_match_once_for_each_value)
{
    static const struct {
        const char *plan;
        lede_facet_key key;
        lede_kind kind;
        const char *counts;
    } cases[] = {
        { "all",
          { SEAM_TAGS, LEDE_BUCKET_VALUE, 10 },
          LEDE_KEYWORD,
          "red=3 blue=2 green=1 twice=1" },
        { "all",
          { SEAM_TAGS, LEDE_BUCKET_VALUE, 2 },
          LEDE_KEYWORD,
          "red=3 blue=2" },
        { "tags:blue",
          { SEAM_TAGS, LEDE_BUCKET_VALUE, 9 },
          LEDE_KEYWORD,
          "blue=2 red=1" },
        { "nothing", { SEAM_TAGS, LEDE_BUCKET_VALUE, 9 }, LEDE_KEYWORD, "" },
        { "all",
          { SEAM_N, LEDE_BUCKET_VALUE, 9 },
          LEDE_INT,
          "3=2 -2=1 1=1 2=1 7=1" },
        { "all",
          { SEAM_X, LEDE_BUCKET_VALUE, 9 },
          LEDE_DOUBLE,
          "2.5=2 -1=1 0=1" },
        { "all",
          { SEAM_DATE, LEDE_BUCKET_DAY, 9 },
          LEDE_DATE,
          "-86400..-1=1 0..86399=2 86400..172799=1 "
          "31536000..31622399=1" },
        { "all",
          { SEAM_DATE, LEDE_BUCKET_YEAR, 9 },
          LEDE_DATE,
          "-31536000..-1=1 0..31535999=3 31536000..63071999=1" },
        { "all",
          { SEAM_DATE, LEDE_BUCKET_YEAR, 2 },
          LEDE_DATE,
          "-31536000..-1=1 0..31535999=3" },
    };

    put_corpus();
    seam_put(&s, "g", "tags=twice|twice");
    seam_commit(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_engine_search search = seam_request(&s, cases[i].plan);
        lede_engine_results results;

        search.facets = &cases[i].key;
        search.facet_count = 1;
        search.want = 1; /* of all matches, not of hits */
        search.collapse = SEAM_TAGS;
        if (seam_search(&s, &search, &results) != LEDE_OK)
            continue;
        ck_assert_str_eq(
            printed_facet(&results.facets[0], cases[i].kind,
                          cases[i].key.bucket != LEDE_BUCKET_VALUE),
            cases[i].counts);
    }
}
END_TEST

START_TEST(dates_fall_in_hours_days_weeks_months_years)
{
    static const struct {
        lede_bucket bucket;
        long long second, first, last;
    } cases[] = {
        { LEDE_BUCKET_HOUR, 0, 0, 3599 },
        { LEDE_BUCKET_HOUR, 3600, 3600, 7199 },
        { LEDE_BUCKET_HOUR, -1, -3600, -1 },
        { LEDE_BUCKET_DAY, 86399, 0, 86399 },
        { LEDE_BUCKET_DAY, -86400, -86400, -1 },
        /* 1970-01-01 was a Thursday; its week began on 1969-12-29. */
        { LEDE_BUCKET_WEEK, 0, -259200, 345599 },
        { LEDE_BUCKET_WEEK, 345600, 345600, 950399 },
        { LEDE_BUCKET_WEEK, -259201, -864000, -259201 },
        { LEDE_BUCKET_MONTH, 0, 0, 2678399 },
        { LEDE_BUCKET_MONTH, -1, -2678400, -1 },
        /* 2000-02-29 12:00, 1900-02-28, 2100-03-01 00:00. */
        { LEDE_BUCKET_MONTH, 951825600, 949363200, 951868799 },
        { LEDE_BUCKET_MONTH, -2203934400LL, -2206310400LL, -2203891201LL },
        { LEDE_BUCKET_MONTH, 4107542400LL, 4107542400LL, 4110220799LL },
        { LEDE_BUCKET_YEAR, 951825600, 946684800, 978307199 },
        { LEDE_BUCKET_YEAR, -1, -31536000, -1 },
        /* 0001-01-01 and 9999-12-31 23:59:59. */
        { LEDE_BUCKET_YEAR, -62135596800LL, -62135596800LL, -62104060801LL },
        { LEDE_BUCKET_MONTH, 253402300799LL, 253399622400LL, 253402300799LL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char article[64], key[16];

        (void)snprintf(key, sizeof key, "k%zu", i);
        (void)snprintf(article, sizeof article, "date=%lld", cases[i].second);
        seam_put(&s, key, article);
    }
    seam_commit(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_facet_key facet = { SEAM_DATE, cases[i].bucket, 1 };
        lede_engine_search search;
        lede_engine_results results;
        char plan[32], expected[80];

        (void)snprintf(plan, sizeof plan, "(key k%zu)", i);
        search = seam_request(&s, plan);
        search.facets = &facet;
        search.facet_count = 1;
        if (seam_search(&s, &search, &results) != LEDE_OK)
            return;
        (void)snprintf(expected, sizeof expected, "%lld..%lld=1",
                       cases[i].first, cases[i].last);
        ck_assert_str_eq(printed_facet(&results.facets[0], LEDE_DATE, true),
                         expected);
    }
}
END_TEST

START_TEST(several_facets_are_counted_at_once)
{
    static const lede_facet_key keys[] = { { SEAM_N, LEDE_BUCKET_VALUE, 2 },
                                           { SEAM_TAGS, LEDE_BUCKET_VALUE, 1 },
                                           { SEAM_DATE, LEDE_BUCKET_DAY, 1 } };
    lede_engine_search search;
    lede_engine_results results;

    put_corpus();
    search = everything();
    search.facets = keys;
    search.facet_count = 3;
    search.want = 0;
    if (seam_search(&s, &search, &results) != LEDE_OK)
        return;
    ck_assert_str_eq(printed_facet(&results.facets[0], LEDE_INT, false),
                     "3=2 -2=1");
    ck_assert_str_eq(printed_facet(&results.facets[1], LEDE_KEYWORD, false),
                     "red=3");
    ck_assert_str_eq(printed_facet(&results.facets[2], LEDE_DATE, true),
                     "-86400..-1=1");
}
END_TEST

/* ---- Ends --------------------------------------------------------------- */

static lede_status search_with(lede_budget *budget, bool partial,
                               lede_engine_results *results)
{
    lede_engine_search search = seam_request(&s, "(or body.war tags:red)");

    search.budget = budget;
    search.partial = partial;
    return s.engine->search(results, s.snapshot, &search, s.arena, &s.err);
}

START_TEST(a_cancelled_search_ends)
{
    lede_engine_results results;
    lede_cancel *cancel;
    lede_budget budget;

    put_corpus();
    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    seam_expect(&s, search_with(&budget, false, &results), LEDE_ERR_CANCELLED);
    lede_budget_init(&budget, 0, cancel, 0);
    seam_expect(&s, search_with(&budget, true, &results), LEDE_ERR_CANCELLED);
    lede_cancel_clear(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    seam_expect(&s, search_with(&budget, false, &results), LEDE_OK);
    ck_assert_uint_eq(results.total, 6);
    lede_cancel_free(cancel);
}
END_TEST

START_TEST(time_ends_a_search_or_makes_it_partial)
{
    lede_engine_results results;
    lede_budget budget;

    put_corpus();
    lede_budget_init(&budget, 0, NULL, 0);
    budget.deadline_ns = 1; /* long past */
    seam_expect(&s, search_with(&budget, false, &results), LEDE_ERR_TIMEOUT);
    lede_budget_init(&budget, 0, NULL, 0);
    budget.deadline_ns = 1;
    seam_expect(&s, search_with(&budget, true, &results), LEDE_OK);
    ck_assert(results.partial);
    ck_assert_uint_le(results.total, 6);
    ck_assert_uint_le(results.count, results.total);
    ck_assert(!results.total_exact || results.total == 6);
}
END_TEST

START_TEST(memory_ends_a_search)
{
    lede_engine_search search;
    lede_engine_results results;
    lede_budget budget;
    lede_facet_key facet = { SEAM_N, LEDE_BUCKET_VALUE, 10000 };
    lede_sort_key sort = { SEAM_N, false };

    for (int i = 0; i < 300; i++) {
        char key[16], article[48];

        (void)snprintf(key, sizeof key, "k%d", i);
        (void)snprintf(article, sizeof article, "body=war; n=%d", i);
        seam_put(&s, key, article);
    }
    seam_commit(&s);
    search = seam_request(&s, "body.war");
    search.facets = &facet;
    search.facet_count = 1;
    search.sort = &sort;
    search.sort_count = 1;
    lede_budget_init(&budget, 0, NULL, 64);
    search.budget = &budget;
    seam_expect(
        &s, s.engine->search(&results, s.snapshot, &search, s.arena, &s.err),
        LEDE_ERR_LIMIT);
}
END_TEST

void add_order_tests(TCase *tcase)
{
    tcase_add_test(tcase, ties_are_told_by_sequence_or_key);
    tcase_add_test(tcase, columns_sort_by_smallest_or_largest_missing_last);
    tcase_add_test(tcase, hits_carry_the_values_they_were_sorted_by);
    tcase_add_test(tcase, pages_make_the_whole);
    tcase_add_test(tcase, after_needs_no_hit_that_is_still_there);
    tcase_add_test(tcase, a_search_that_wants_no_hits_counts);
    tcase_add_test(tcase, collapse_shows_the_first_of_each_group);
    tcase_add_test(tcase, facets_count_every_match_once_for_each_value);
    tcase_add_test(tcase, dates_fall_in_hours_days_weeks_months_years);
    tcase_add_test(tcase, several_facets_are_counted_at_once);
    tcase_add_test(tcase, a_cancelled_search_ends);
    tcase_add_test(tcase, time_ends_a_search_or_makes_it_partial);
    tcase_add_test(tcase, memory_ends_a_search);
}
