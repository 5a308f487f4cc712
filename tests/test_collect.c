/* Pages put together are the whole, whatever the order and the groups; facets
 * count what the values that were put say. */
#include "native/match/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define SEGMENTS 3U
#define ARTICLES 40U /* of a segment */
#define ALL      (SEGMENTS * ARTICLES)
#define MOST     (3U * LEDE_COLUMN_BLOCK) /* in any test */
#define TAGS     7U

enum { TAG, N, DATE, BODY };

/* What was put: of tags a bit each. */
static uint32_t tags_of[MOST];
static int64_t number_of[MOST]; /* -1: none */

static commits made;
static lede_plan plan;

static void put_article(lede_writer *writer, chance *c, uint32_t i)
{
    lede_document *doc;
    char text[16];
    int len;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    tags_of[i] = chance_below(c, 1U << TAGS);
    tags_of[i] &= chance_below(c, 1U << TAGS);
    for (uint32_t t = 0; t < TAGS; t++)
        if (tags_of[i] >> t & 1) {
            (void)snprintf(text, sizeof text, "t%u", (unsigned)t);
            lede_document_add_text(doc, "tag", text, LEDE_TERMINATED);
        }
    number_of[i] = (int64_t)chance_below(c, 10) - 1;
    if (number_of[i] >= 0) {
        lede_document_add_int(doc, "n", number_of[i]);
        lede_document_add_int(doc, "date", number_of[i] * 40 * 86400);
    }
    len = snprintf(text, sizeof text, "k%u", (unsigned)(i * 7919 % 10007));
    ck_assert_int_eq(lede_writer_put(writer, text, (size_t)len, doc, &made.err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void put_articles(uint32_t count, uint32_t segments)
{
    chance c = chance_from("collect", 1);
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    lede_schema_add(schema, "n", LEDE_INT, NULL);
    lede_schema_add(schema, "date", LEDE_DATE, NULL);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < count; i++) {
        put_article(writer, &c, i);
        if ((i + 1) % (count / segments) == 0)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    commits_end(&made, writer, segments);
    plan = (lede_plan){ .kind = LEDE_PLAN_EVERYTHING };
}

static void set_up(void)
{
    put_articles(ALL, SEGMENTS);
}

static void tear_down(void)
{
    commits_close(&made);
}

static lede_engine_search request(void)
{
    return (lede_engine_search){ .plan = &plan,
                                 .rule = { 1.2, 0.75, 16 },
                                 .recency = { .field = LEDE_NO_FIELD },
                                 .want = ALL,
                                 .collapse = LEDE_NO_FIELD,
                                 .collapse_limit = 1,
                                 .count_all = true };
}

/* ---- Pages ---- */

static void expect_pages(lede_engine_search search, uint32_t size)
{
    lede_engine_results whole = commits_ask(&made, &search), page;
    uint32_t seen = 0;

    search.want = size;
    do {
        page = commits_ask(&made, &search);
        ck_assert_uint_eq(page.total, whole.total);
        ck_assert_uint_le(seen + page.count, whole.count);
        for (uint32_t i = 0; i < page.count; i++) {
            const lede_engine_hit *a = &page.hits[i], *b = &whole.hits[seen++];

            ck_assert(lede_bytes_equal(a->key, b->key));
            ck_assert_uint_eq(a->collapsed, b->collapsed);
        }
        if (page.count)
            search.after = &page.hits[page.count - 1];
    } while (page.count == size);
    ck_assert_uint_eq(seen, whole.count);
}

START_TEST(pages_put_together_are_the_whole)
{
    chance c = chance_from("pages", 1);

    for (int round = 0; round < 300; round++) {
        lede_engine_search search = request();
        lede_sort_key sort[2];

        for (int i = 0; i < 2; i++)
            sort[i] =
                (lede_sort_key){ chance_below(&c, 3), chance_one_in(&c, 2) };
        search.sort = sort;
        search.sort_count = chance_below(&c, 3);
        search.ties = (lede_ties)chance_below(&c, 3);
        if (chance_one_in(&c, 2)) {
            search.collapse = chance_below(&c, 2);
            search.collapse_limit = 1 + chance_below(&c, 4);
        }
        if (chance_one_in(&c, 3))
            search.recency =
                (lede_recency){ DATE, 0.5, 86400.0 * 30, INT64_C(86400) * 400 };
        expect_pages(search, 1 + chance_below(&c, 30));
        lede_arena_clear(made.arena);
    }
}
END_TEST

/* ---- Groups ---- */

START_TEST(groups_show_their_first_ones_and_tell_of_the_others)
{
    lede_engine_search search = request();
    uint32_t sizes[16] = { 0 }, shown[16] = { 0 };
    lede_engine_results results;

    for (uint32_t i = 0; i < ALL; i++)
        sizes[number_of[i] + 1]++;
    search.collapse = N;
    search.collapse_limit = 3;
    results = commits_ask(&made, &search);
    ck_assert_uint_eq(results.total, (uint64_t)ALL);
    for (uint32_t i = 0; i < results.count; i++) {
        int64_t n = number_of[results.hits[i].doc];

        shown[n + 1]++;
        ck_assert_uint_eq(results.hits[i].collapsed,
                          n < 0 || sizes[n + 1] <= 3 ? 0 : sizes[n + 1] - 3);
    }
    for (int n = 0; n < 9; n++)
        ck_assert_uint_eq(shown[n + 1], sizes[n + 1] < 3 ? sizes[n + 1] : 3);
    ck_assert_uint_eq(shown[0], sizes[0]);
}
END_TEST

/* Whole blocks of them need not be looked at for the hits. */
START_TEST(groups_tell_of_others_that_come_much_later)
{
    lede_engine_search search = request();

    tear_down();
    put_articles(MOST, 1);
    search.collapse = N;
    for (int ties = 0; ties < 3; ties++) {
        lede_engine_results few, all;

        search.ties = (lede_ties)ties;
        search.want = MOST;
        all = commits_ask(&made, &search);
        search.want = 3;
        few = commits_ask(&made, &search);
        ck_assert_uint_eq(few.count, 3);
        for (uint32_t i = 0; i < 3; i++)
            ck_assert_uint_eq(few.hits[i].collapsed, all.hits[i].collapsed);
    }
}
END_TEST

/* ---- Facets ---- */

START_TEST(facets_count_articles_by_value)
{
    lede_engine_search search = request();
    lede_facet_key keys[3] = { { TAG, LEDE_BUCKET_VALUE, 100 },
                               { N, LEDE_BUCKET_VALUE, 3 },
                               { DATE, LEDE_BUCKET_YEAR, 100 } };
    lede_engine_results results;
    uint64_t before = UINT64_MAX, dated = 0, sum = 0;

    search.facets = keys;
    search.facet_count = 3;
    search.want = 0;
    results = commits_ask(&made, &search);
    ck_assert_uint_eq(results.facets[0].count, TAGS);
    for (uint32_t i = 0; i < TAGS; i++) {
        const lede_facet_count *count = &results.facets[0].counts[i];
        uint32_t tag = (uint32_t)strtoul(count->value->text + 1, NULL, 10);
        uint64_t expected = 0;

        for (uint32_t at = 0; at < ALL; at++)
            expected += tags_of[at] >> tag & 1;
        ck_assert_uint_eq(count->count, expected);
        ck_assert_uint_le(count->count, before);
        before = count->count;
    }
    ck_assert_uint_eq(results.facets[1].count, 3);
    for (uint32_t at = 0; at < ALL; at++)
        dated += number_of[at] >= 0;
    for (uint32_t i = 0; i < results.facets[2].count; i++)
        sum += results.facets[2].counts[i].count;
    ck_assert_uint_eq(sum, dated);
    ck_assert_uint_eq(results.facets[2].count, 1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, pages_put_together_are_the_whole);
    tcase_add_test(tcase, groups_show_their_first_ones_and_tell_of_the_others);
    tcase_add_test(tcase, groups_tell_of_others_that_come_much_later);
    tcase_add_test(tcase, facets_count_articles_by_value);
}

int main(void)
{
    return test_suite_run("collect", add_tests);
}
