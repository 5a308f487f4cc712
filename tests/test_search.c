#include "lede/lede.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "article/paging.h"
#include "support/shelf.h"
#include "support/suite.h"

static lede_error *err = &the_shelf.err;

static void set_up(void)
{
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    (void)lede_schema_add(schema, "stars", LEDE_INT, NULL);
    (void)lede_schema_add(schema, "price", LEDE_DOUBLE, NULL);
    (void)lede_schema_set_open(schema, true);
    shelf_open(schema);
    lede_schema_free(schema);
}

static void tear_down(void)
{
    shelf_close();
}

static void put_ferries(void)
{
    shelf_put("a", "title", "Ferry sails", "date", "2020-01-05", "section",
              "World", "stars", "3", "price", "9.5", "tags", "sea", "tags",
              "ship", NULL);
    shelf_put("b", "title", "Ferry", "body", "The ferry, a ferry.", "date",
              "2020-02-10", "section", "World", "stars", "5", "tags", "sea",
              NULL);
    shelf_put("c", "title", "Storm holds the ferry", "date", "2021-02-11",
              "section", "Local", "stars", "4", "stars", "1", "price", "-2",
              NULL);
    shelf_put("d", "title", "Bridge", "body", "No ferries now.", "section",
              "Local", "price", "1e9", NULL);
    shelf_commit();
}

static lede_status try_search(const char *text,
                              const lede_search_options *options)
{
    lede_results *results = NULL;
    lede_status status = lede_search_text(&results, the_shelf.snapshot, text,
                                          LEDE_TERMINATED, options, err);

    ck_assert_int_eq(err->status, status);
    ck_assert((status == LEDE_OK) == (results != NULL));
    lede_results_free(results);
    return status;
}

START_TEST(the_best_match_comes_first)
{
    put_ferries();
    ck_assert_str_eq(shelf_find("ferry"), "b a c d");
    ck_assert_str_eq(shelf_find("storm ferry"), "c b a d");
    ck_assert_str_eq(shelf_find("ferry -storm"), "b a d");
    ck_assert_str_eq(shelf_find("nothing of it"), "");
    ck_assert_str_eq(shelf_find(""), "");
}
END_TEST

START_TEST(typed_fields_are_searched_by_range)
{
    put_ferries();
    ck_assert_str_eq(shelf_find("stars:3..4"), "c a");
    ck_assert_str_eq(shelf_find("stars:1"), "c");
    ck_assert_str_eq(shelf_find("price:..0"), "c");
    ck_assert_str_eq(shelf_find("price:9..10"), "a");
    ck_assert_str_eq(shelf_find("date:2020"), "b a");
    ck_assert_str_eq(shelf_find("date:2020-02..2021-02"), "c b");
    ck_assert_str_eq(shelf_find("ferry date:2021"), "b a c d");
    ck_assert_str_eq(shelf_find("+ferry +date:2021"), "c");
    ck_assert_str_eq(shelf_find("section:world"), "b a");
}
END_TEST

START_TEST(exact_values_are_what_facets_count)
{
    lede_query *query;
    uint64_t total = 0;

    put_ferries();
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    lede_query_set_root(query, lede_query_equals(query, "section", "World", 5));
    ck_assert_int_eq(lede_count(&total, the_shelf.snapshot, query, NULL, err),
                     LEDE_OK);
    ck_assert_uint_eq(total, 2);
    lede_query_set_root(query, lede_query_equals(query, "section", "world", 5));
    ck_assert_int_eq(lede_count(&total, the_shelf.snapshot, query, NULL, err),
                     LEDE_OK);
    ck_assert_uint_eq(total, 0);
    lede_query_set_root(query, lede_query_equals(query, "key", "d", 1));
    ck_assert_int_eq(lede_count(&total, the_shelf.snapshot, query, NULL, err),
                     LEDE_OK);
    ck_assert_uint_eq(total, 1);
    lede_query_free(query);
}
END_TEST

/* "value:count ..." of a facet. */
static const char *list_facet(const lede_results *results, size_t facet)
{
    static char out[512];
    const lede_facet_count *count;
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; (count = lede_results_facet(results, facet, i)); i++) {
        const lede_value *v = count->value;
        char text[64];

        if (v->kind == LEDE_KEYWORD)
            (void)snprintf(text, sizeof text, "%s", v->text);
        else if (v->kind == LEDE_DOUBLE)
            (void)snprintf(text, sizeof text, "%g", v->real);
        else
            (void)snprintf(text, sizeof text, "%lld", (long long)v->number);
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%s:%d",
                                 used ? " " : "", text, (int)count->count);
    }
    return out;
}

START_TEST(facets_count_all_matches_by_value_and_by_month)
{
    static const lede_facet facets[] = {
        { "section", LEDE_BUCKET_VALUE, 0 }, { "tags", LEDE_BUCKET_VALUE, 1 },
        { "stars", LEDE_BUCKET_VALUE, 0 },   { "date", LEDE_BUCKET_MONTH, 0 },
        { "price", LEDE_BUCKET_VALUE, 0 },
    };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;

    put_ferries();
    options.facets = facets;
    options.facet_count = 5;
    options.limit = 1;
    results = shelf_search("ferry", &options);
    ck_assert_uint_eq(results->count, 1);
    ck_assert_str_eq(list_facet(results, 0), "Local:2 World:2");
    ck_assert_str_eq(list_facet(results, 1), "sea:2");
    ck_assert_str_eq(list_facet(results, 2), "1:1 3:1 4:1 5:1");
    ck_assert_str_eq(list_facet(results, 3),
                     "1577836800:1 1580515200:1 1612137600:1");
    ck_assert_int_eq(lede_results_facet(results, 3, 0)->last, 1580515199);
    ck_assert_str_eq(list_facet(results, 4), "-2:1 9.5:1 1e+09:1");
    ck_assert_ptr_null(lede_results_facet(results, 5, 0));
    lede_results_free(results);
}
END_TEST

START_TEST(fields_that_cannot_do_it_are_invalid_and_named)
{
    lede_sort sort = { "title", false };
    lede_facet facet = { "body", LEDE_BUCKET_VALUE, 0 };
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    put_ferries();
    options.sort = &sort;
    options.sort_count = 1;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "title");
    sort.field = "nofield";
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    sort.field = NULL;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    options.sort_count = 0;
    options.facets = &facet;
    options.facet_count = 1;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    facet = (lede_facet){ "section", LEDE_BUCKET_DAY, 0 };
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    options.facet_count = 0;
    options.collapse = "date";
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    options.collapse = NULL;
    options.snippet_field = "section";
    ck_assert_int_eq(try_search("ferry", &options), LEDE_OK);
    options.snippet_field = "date";
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    options.snippet_field = NULL;
    options.recency_weight = 0.5;
    options.recency_field = "stars";
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
}
END_TEST

START_TEST(options_out_of_range_are_invalid)
{
    lede_search_options base = LEDE_SEARCH_OPTIONS, options;

    put_ferries();
#define EXPECT_INVALID(member, value)                                    \
    do {                                                                 \
        options = base;                                                  \
        options.member = (value);                                        \
        ck_assert_msg(try_search("ferry", &options) == LEDE_ERR_INVALID, \
                      #member);                                          \
    } while (0)
    EXPECT_INVALID(flags, 1U << 30);
    EXPECT_INVALID(forms, 1U << 30);
    EXPECT_INVALID(ties, (lede_ties)3);
    EXPECT_INVALID(load, (lede_load)3);
    EXPECT_INVALID(snippet, (lede_snippet)4);
    EXPECT_INVALID(k1, (double)NAN);
    EXPECT_INVALID(k1, (double)INFINITY);
    EXPECT_INVALID(b, 1.5);
    EXPECT_INVALID(b, (double)NAN);
    EXPECT_INVALID(recency_weight, 1.5);
    EXPECT_INVALID(recency_weight, -0.5);
    EXPECT_INVALID(recency_weight, (double)NAN);
    EXPECT_INVALID(sort_count, 1);
    EXPECT_INVALID(facet_count, 1);
    EXPECT_INVALID(after, "nonsense");
    EXPECT_INVALID(explain_key, "");
    EXPECT_INVALID(size, 8);
}
END_TEST

START_TEST(sorting_by_columns_puts_missing_values_last)
{
    lede_sort sort[] = { { "stars", false }, { "date", true } };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;

    put_ferries();
    options.sort = sort;
    options.sort_count = 1;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "c a b d");
    sort[0].descending = true;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "b c a d");
    sort[0] = (lede_sort){ "section", false };
    options.sort_count = 2;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "c d b a");
    results = shelf_search("ferry", &options);
    ck_assert(lede_results_hit(results, 0)->score == 0);
    lede_results_free(results);
}
END_TEST

START_TEST(ties_are_broken_by_age_or_key)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    shelf_put("b", "title", "ferry", NULL);
    shelf_put("c", "title", "ferry", NULL);
    shelf_put("a", "title", "ferry", NULL);
    shelf_commit();
    ck_assert_str_eq(shelf_find_with("ferry", &options), "a c b");
    options.ties = LEDE_TIES_OLDEST;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "b c a");
    options.ties = LEDE_TIES_KEY;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "a b c");
}
END_TEST

static void put_many(void)
{
    static const char *const words[] = { "ferry", "ferry ferry", "ferry storm",
                                         "a ferry in a storm at sea" };

    for (int i = 0; i < 60; i++) {
        char key[16], stars[16], section[16];

        (void)snprintf(key, sizeof key, "k%02d", i * 37 % 60);
        (void)snprintf(stars, sizeof stars, "%d", i % 7);
        (void)snprintf(section, sizeof section, "s%d", i % 11);
        if (i % 5 == 0)
            shelf_put(key, "title", words[i % 4], "section", section, NULL);
        else
            shelf_put(key, "title", words[i % 4], "stars", stars, "date",
                      "2020-01-05", "section", section, NULL);
    }
    shelf_commit();
}

/* All pages of `limit` one after another are `whole`. */
static void expect_pages(const char *text, lede_search_options options,
                         uint32_t limit)
{
    static char whole[4096], joined[4096];
    lede_results *results = NULL;
    char next[512] = "";

    options.limit = 1000;
    (void)strcpy(whole, shelf_find_with(text, &options));
    options.limit = limit;
    joined[0] = '\0';
    do {
        options.after = next[0] ? next : NULL;
        results = shelf_search(text, &options);
        ck_assert_uint_gt(results->count, 0);
        ck_assert_uint_le(results->count, limit);
        if (joined[0])
            (void)strcat(joined, " ");
        (void)strcat(joined, shelf_keys(results));
        next[0] = '\0';
        if (results->next) {
            ck_assert_uint_eq(results->count, limit);
            (void)strcpy(next, results->next);
        }
        lede_results_free(results);
    } while (next[0]);
    ck_assert_str_eq(joined, whole);
}

START_TEST(pages_neither_repeat_nor_skip)
{
    lede_sort sort[] = { { "stars", true }, { "section", false } };
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    put_many();
    for (uint32_t limit = 1; limit < 70; limit = limit * 2 + 1) {
        options = (lede_search_options)LEDE_SEARCH_OPTIONS;
        expect_pages("ferry storm", options, limit);
        options.ties = LEDE_TIES_KEY;
        expect_pages("ferry storm", options, limit);
        options.ties = LEDE_TIES_OLDEST;
        options.sort = sort;
        options.sort_count = 2;
        expect_pages("ferry", options, limit);
        options.sort_count = 0;
        options.collapse = "section";
        options.collapse_limit = 2;
        expect_pages("ferry", options, limit);
        options.collapse = NULL;
        options.recency_weight = 0.5;
        expect_pages("ferry storm", options, limit);
    }
}
END_TEST

START_TEST(offset_passes_over_the_first_hits)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;

    put_ferries();
    options.offset = 1;
    options.limit = 2;
    results = shelf_search("ferry", &options);
    ck_assert_str_eq(shelf_keys(results), "a c");
    ck_assert_ptr_nonnull(results->next);
    lede_results_free(results);
    options.offset = 2;
    results = shelf_search("ferry", &options);
    ck_assert_str_eq(shelf_keys(results), "c d");
    ck_assert_ptr_null(results->next);
    lede_results_free(results);
    options.offset = 9;
    results = shelf_search("ferry", &options);
    ck_assert_uint_eq(results->count, 0);
    ck_assert_uint_eq(results->total, 4);
    ck_assert_ptr_null(results->next);
    lede_results_free(results);
}
END_TEST

START_TEST(a_page_token_holds_for_its_query_order_and_commit)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    char next[512];

    put_ferries();
    options.limit = 1;
    results = shelf_search("ferry", &options);
    ck_assert_ptr_nonnull(results->next);
    (void)strcpy(next, results->next);
    lede_results_free(results);
    options.after = next;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_OK);
    ck_assert_int_eq(try_search("storm", &options), LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "after");
    options.ties = LEDE_TIES_KEY;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
    options.ties = LEDE_TIES_NEWEST;
    shelf_put("e", "title", "ferry", NULL);
    shelf_commit();
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_INVALID);
}
END_TEST

START_TEST(collapsing_shows_each_value_so_often)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;

    put_ferries();
    options.collapse = "section";
    results = shelf_search("ferry", &options);
    ck_assert_str_eq(shelf_keys(results), "b c");
    ck_assert_uint_eq(results->total, 4);
    ck_assert_uint_eq(lede_results_hit(results, 0)->collapsed, 1);
    lede_results_free(results);
    options.collapse_limit = 2;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "b a c d");
    options.collapse = "stars";
    options.collapse_limit = 1;
    ck_assert_str_eq(shelf_find_with("ferry", &options), "b a c d");
}
END_TEST

START_TEST(load_chooses_what_comes_with_a_hit)
{
    static const char *const fields[] = { "stars", "mood" };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    const lede_document *doc;

    shelf_put("k", "title", "ferry", "stars", "3", "mood", "calm", "tide",
              "low", NULL);
    shelf_commit();
    results = shelf_search("ferry", NULL);
    doc = lede_results_hit(results, 0)->document;
    ck_assert_str_eq(lede_document_text(doc, "title"), "ferry");
    ck_assert_str_eq(lede_document_text(doc, "tide"), "low");
    lede_results_free(results);
    options.load = LEDE_LOAD_FIELDS;
    options.fields = fields;
    options.field_count = 1;
    results = shelf_search("ferry", &options);
    doc = lede_results_hit(results, 0)->document;
    ck_assert_str_eq(lede_document_field(doc, 0), "stars");
    ck_assert_ptr_null(lede_document_field(doc, 1));
    lede_results_free(results);
    options.field_count = 2;
    results = shelf_search("ferry", &options);
    doc = lede_results_hit(results, 0)->document;
    ck_assert_str_eq(lede_document_text(doc, "mood"), "calm");
    ck_assert_str_eq(lede_document_text(doc, "title"), "");
    ck_assert_str_eq(lede_document_text(doc, "tide"), "");
    lede_results_free(results);
    options.load = LEDE_LOAD_NOTHING;
    results = shelf_search("ferry", &options);
    doc = lede_results_hit(results, 0)->document;
    ck_assert_ptr_nonnull(doc);
    ck_assert_ptr_null(lede_document_field(doc, 0));
    lede_results_free(results);
}
END_TEST

START_TEST(snippets_mark_what_matched_whatever_is_loaded)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    const lede_hit *hit;
    lede_results *results;

    shelf_put("k", "title", "News", "body", "Two <b>ferries</b> sailed & sank.",
              NULL);
    shelf_commit();
    options.snippet = LEDE_SNIPPET_HTML;
    for (int load = LEDE_LOAD_STORED; load <= LEDE_LOAD_NOTHING; load++) {
        options.load = (lede_load)load;
        results = shelf_search("ferry", &options);
        hit = lede_results_hit(results, 0);
        ck_assert_ptr_nonnull(strstr(hit->snippet, "<mark>ferries</mark>"));
        ck_assert_ptr_nonnull(strstr(hit->snippet, "&amp;"));
        ck_assert_ptr_null(strstr(hit->snippet, "<b>"));
        ck_assert_uint_eq(hit->snippet_len, strlen(hit->snippet));
        lede_results_free(results);
    }
    options.snippet = LEDE_SNIPPET_NONE;
    results = shelf_search("ferry", &options);
    ck_assert_str_eq(lede_results_hit(results, 0)->snippet, "");
    lede_results_free(results);
}
END_TEST

START_TEST(results_outlive_snapshot_and_index)
{
    static const lede_facet facets[] = { { "section", LEDE_BUCKET_VALUE, 0 } };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;

    put_ferries();
    options.facets = facets;
    options.facet_count = 1;
    options.snippet = LEDE_SNIPPET_PLAIN;
    options.limit = 2;
    options.flags = LEDE_SEARCH_EXPLAIN;
    results = shelf_search("ferry", &options);
    shelf_close();
    ck_assert_str_eq(shelf_keys(results), "b a");
    ck_assert_str_eq(
        lede_document_text(lede_results_hit(results, 1)->document, "section"),
        "World");
    ck_assert_str_eq(list_facet(results, 0), "Local:2 World:2");
    ck_assert_uint_gt(lede_results_hit(results, 0)->snippet_len, 0);
    ck_assert_ptr_nonnull(lede_hit_explain(lede_results_hit(results, 0), 0));
    ck_assert_str_ne(lede_results_shard(results, 0)->address, "");
    ck_assert_ptr_null(lede_results_shard(results, 1));
    ck_assert_uint_eq(results->shards_ok, 1);
    ck_assert_uint_gt(strlen(results->next), 8);
    lede_results_free(results);
}
END_TEST

/* The score of the first hit. */
static double best_score(const char *text, const lede_search_options *options)
{
    lede_results *results = shelf_search(text, options);
    double score = lede_results_hit(results, 0)->score;

    lede_results_free(results);
    return score;
}

START_TEST(scores_are_bm25_with_the_parameters_given)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    double idf = log(1 + (2 - 1 + 0.5) / (1 + 0.5));

    shelf_put("a", "body", "ferry ferry sails", NULL);
    shelf_put("b", "body", "storm", NULL);
    shelf_commit();
    options.k1 = -1;
    ck_assert_double_eq_tol(best_score("ferry", &options), idf, 1e-6);
    options.k1 = 2;
    options.b = -1;
    ck_assert_double_eq_tol(best_score("ferry", &options), idf * 2 / (2 + 2.0),
                            1e-6);
    options.k1 = 0;
    options.b = 0;
    ck_assert_double_eq_tol(best_score("ferry", &options),
                            idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2.0)),
                            1e-6);
}
END_TEST

START_TEST(recency_lifts_what_is_new)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    double newest, older, undated;

    shelf_put("new", "title", "ferry", "date", "2020-01-11", NULL);
    shelf_put("old", "title", "ferry", "date", "2020-01-01", NULL);
    shelf_put("undated", "title", "ferry", NULL);
    shelf_put("future", "title", "ferry", "date", "2021-01-01", NULL);
    shelf_commit();
    options.recency_weight = 0.5;
    options.half_life_seconds = 86400 * 10;
    options.now_seconds = 1578700800;
    results = shelf_search("ferry", &options);
    ck_assert_str_eq(shelf_keys(results), "future new old undated");
    newest = lede_results_hit(results, 1)->score;
    older = lede_results_hit(results, 2)->score;
    undated = lede_results_hit(results, 3)->score;
    ck_assert_double_eq_tol(older, newest * 0.75, 1e-6);
    ck_assert_double_eq_tol(undated, newest * 0.5, 1e-6);
    lede_results_free(results);
}
END_TEST

/* The same token, as if its first page had been asked for at another time. */
static const char *move_clock(const char *token, int64_t now_seconds,
                              lede_arena *arena)
{
    lede_page_end end;

    ck_assert_int_eq(lede_page_read(&end, token, arena), LEDE_OK);
    end.now_seconds = now_seconds;
    end.hit.score = 1000;
    return lede_page_write(&end, arena);
}

START_TEST(paging_keeps_the_clock_still)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_arena *arena = lede_arena_new(NULL);
    lede_results *first, *second;
    double late;

    shelf_put("a", "title", "ferry", "date", "2020-01-11", NULL);
    shelf_put("b", "title", "ferry", "date", "2020-01-10", NULL);
    shelf_commit();
    options.recency_weight = 1;
    options.half_life_seconds = 86400 * 365;
    options.limit = 1;
    first = shelf_search("ferry", &options);
    late = lede_results_hit(first, 0)->score;
    options.after = move_clock(first->next, 1578700800, arena);
    second = shelf_search("ferry", &options);
    ck_assert_double_gt(lede_results_hit(second, 0)->score, 4 * late);
    lede_results_free(first);
    lede_results_free(second);
    lede_arena_free(arena);
}
END_TEST

START_TEST(totals_and_counts_agree)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    lede_query *query;
    uint64_t total = 0;

    put_many();
    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.limit = 1;
    results = shelf_search("storm", &options);
    ck_assert(results->total_exact);
    ck_assert_uint_eq(results->total, 30);
    lede_results_free(results);
    ck_assert_int_eq(lede_query_parse(&query, "storm", 5, NULL, err), LEDE_OK);
    ck_assert_int_eq(lede_count(&total, the_shelf.snapshot, query, NULL, err),
                     LEDE_OK);
    ck_assert_uint_eq(total, 30);
    lede_query_free(query);
}
END_TEST

START_TEST(forms_can_be_taken_away)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    put_ferries();
    ck_assert_str_eq(shelf_find("ferries"), "b a c d");
    options.forms = LEDE_FORM_EXACT;
    ck_assert_str_eq(shelf_find_with("ferries", &options), "d");
}
END_TEST

START_TEST(a_cancelled_search_says_so_at_once)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_query *query;
    uint64_t total = 7;

    put_ferries();
    ck_assert_int_eq(lede_cancel_new(&options.cancel, NULL), LEDE_OK);
    ck_assert_int_eq(try_search("ferry", &options), LEDE_OK);
    lede_cancel_set(options.cancel);
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_CANCELLED);
    options.flags = LEDE_SEARCH_PARTIAL;
    ck_assert_int_eq(try_search("ferry", &options), LEDE_ERR_CANCELLED);
    ck_assert_int_eq(lede_query_parse(&query, "storm", 5, NULL, err), LEDE_OK);
    ck_assert_int_eq(
        lede_count(&total, the_shelf.snapshot, query, &options, err),
        LEDE_ERR_CANCELLED);
    ck_assert_uint_eq(total, 7);
    lede_cancel_clear(options.cancel);
    ck_assert_int_eq(try_search("ferry", &options), LEDE_OK);
    lede_query_free(query);
    lede_cancel_free(options.cancel);
}
END_TEST

START_TEST(a_deadline_is_an_error_unless_a_part_will_do)
{
    static const char slow[] = "b NEAR/50(a a a a a a a a a a a a a a)";
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    char text[4001];

    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 2 ? ' ' : 'a';
    text[sizeof text - 1] = '\0';
    shelf_put("quick", "title", "b", NULL);
    shelf_put("slow", "body", text, NULL);
    shelf_commit();
    options.snippet = LEDE_SNIPPET_HTML;
    options.timeout_ms = 20;
    ck_assert_int_eq(try_search(slow, &options), LEDE_ERR_TIMEOUT);
    options.flags = LEDE_SEARCH_PARTIAL;
    results = shelf_search(slow, &options);
    /* On a busy machine the time may have passed before anything was found. */
    while (!shelf_is_on_disk() && results->count == 0 &&
           options.timeout_ms < 20000) {
        lede_results_free(results);
        options.timeout_ms *= 2;
        results = shelf_search(slow, &options);
    }
    ck_assert(results->partial);
    if (!shelf_is_on_disk()) {
        ck_assert_str_eq(shelf_keys(results), "quick");
        ck_assert_str_eq(lede_results_hit(results, 0)->snippet,
                         "<mark>b</mark>");
    }
    ck_assert(!results->total_exact);
    ck_assert_uint_lt(results->elapsed_us,
                      options.timeout_ms * 1000 + 20000000);
    lede_results_free(results);
}
END_TEST

START_TEST(every_limit_is_kept_and_named)
{
    static const struct {
        const char *text, *name;
        lede_limits limits;
    } cases[] = {
        { "ferry ferry", "query_bytes", { .query_bytes = 5 } },
        { "((((((ferry AND b) c) AND d) e) AND f) g)",
          "query_depth",
          { .query_depth = 3 } },
        { "((((((((((((ferry))))))))))))",
          "query_depth",
          { .query_depth = 3 } },
        { "one two three four", "clauses", { .clauses = 3 } },
        { "/(fer|sto|x){2,9}(ry|rm)y*/",
          "automaton_states",
          { .automaton_states = 3 } },
        { "\"one two three\"", "phrase_terms", { .phrase_terms = 2 } },
        { "ferry", "hits", { .hits = 9 } },
        { "ferry", "query_memory_bytes", { .query_memory_bytes = 500 } },
    };
    lede_search_options options = LEDE_SEARCH_OPTIONS;

    put_ferries();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_limits limits = cases[i].limits;

        limits.size = sizeof limits;
        options.limits = &limits;
        ck_assert_msg(try_search(cases[i].text, &options) == LEDE_ERR_LIMIT,
                      "case %d: %s", (int)i, lede_status_name(err->status));
        ck_assert_str_eq(err->where, cases[i].name);
        ck_assert_str_ne(err->message, "");
        options.limits = NULL;
        ck_assert_int_eq(try_search(cases[i].text, &options), LEDE_OK);
    }
}
END_TEST

START_TEST(sealed_limits_bind_every_search)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_search_options searching = LEDE_SEARCH_OPTIONS;
    lede_limits limits = LEDE_LIMITS, higher = LEDE_LIMITS;

    shelf_close();
    limits.sealed = 1;
    limits.hits = 20;
    options.limits = &limits;
    ck_assert_int_eq(
        lede_index_create(&the_shelf.index, "memory:", NULL, &options, err),
        LEDE_OK);
    ck_assert_int_eq(
        lede_snapshot_open(&the_shelf.snapshot, the_shelf.index, err), LEDE_OK);
    searching.limit = 21;
    ck_assert_int_eq(try_search("x", &searching), LEDE_ERR_LIMIT);
    higher.hits = 21;
    searching.limits = &higher;
    ck_assert_int_eq(try_search("x", &searching), LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "hits");
    higher.hits = 5;
    searching.limit = 6;
    ck_assert_int_eq(try_search("x", &searching), LEDE_ERR_LIMIT);
}
END_TEST

START_TEST(a_pattern_with_too_many_terms_says_that_it_was_capped)
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_limits limits = LEDE_LIMITS;
    lede_results *results;

    put_ferries();
    limits.expansion_terms = 1;
    options.limits = &limits;
    results = shelf_search("fer*", &options);
    ck_assert(results->capped);
    ck_assert_str_eq(shelf_keys(results), "b a c");
    lede_results_free(results);
    results = shelf_search("fer*", NULL);
    ck_assert(!results->capped);
    ck_assert_uint_eq(results->count, 4);
    lede_results_free(results);
}
END_TEST

START_TEST(a_query_that_holds_a_failure_is_refused)
{
    lede_results *results = NULL;
    lede_query *query;

    put_ferries();
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_search(&results, the_shelf.snapshot, query, NULL, err), LEDE_OK);
    ck_assert_uint_eq(results->count, 0);
    lede_results_free(results);
    lede_query_set_root(query, lede_query_fuzzy(query, NULL, "x", 1, 9, 0));
    ck_assert_int_eq(
        lede_search(&results, the_shelf.snapshot, query, NULL, err),
        LEDE_ERR_INVALID);
    lede_query_free(query);
    ck_assert_int_eq(lede_search(&results, the_shelf.snapshot, NULL, NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_search_text(&results, NULL, "x", 1, NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(
        lede_search_text(NULL, the_shelf.snapshot, "x", 1, NULL, err),
        LEDE_ERR_INVALID);
    ck_assert_int_eq(
        lede_search_text(&results, the_shelf.snapshot, NULL, 1, NULL, err),
        LEDE_ERR_INVALID);
    ck_assert_ptr_null(lede_results_hit(NULL, 0));
    ck_assert_ptr_null(lede_results_facet(NULL, 0, 0));
    ck_assert_ptr_null(lede_results_shard(NULL, 0));
    ck_assert_ptr_null(lede_hit_explain(NULL, 0));
    lede_results_free(NULL);
}
END_TEST

START_TEST(similar_articles_are_found_without_the_one_itself)
{
    lede_query *query;
    lede_results *results;

    shelf_put("a", "title", "Ferry strands near Lisbon harbour", NULL);
    shelf_put("b", "title", "Lisbon harbour closes after ferry accident", NULL);
    shelf_put("c", "title", "Parliament votes on budget", NULL);
    shelf_put("d", "title", "Budget vote in parliament delayed", NULL);
    shelf_commit();
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    lede_query_set_root(query, lede_query_similar_to(query, NULL, "a", 1));
    ck_assert_int_eq(
        lede_search(&results, the_shelf.snapshot, query, NULL, err), LEDE_OK);
    ck_assert_str_eq(shelf_keys(results), "b");
    lede_results_free(results);
    lede_query_free(query);
}
END_TEST

START_TEST(suggestions_come_from_the_words_of_the_index)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *made;

    put_ferries();
    ck_assert_int_eq(lede_suggest(&made, the_shelf.snapshot, "stom",
                                  LEDE_TERMINATED, NULL, err),
                     LEDE_OK);
    ck_assert_uint_ge(made->count, 1);
    ck_assert_str_eq(lede_suggestions_at(made, 0)->text, "storm");
    ck_assert_uint_eq(lede_suggestions_at(made, 0)->documents, 1);
    ck_assert_ptr_null(lede_suggestions_at(made, made->count));
    lede_suggestions_free(made);
    options.kind = LEDE_SUGGEST_COMPLETION;
    options.limit = 1;
    ck_assert_int_eq(lede_suggest(&made, the_shelf.snapshot, "the fer",
                                  LEDE_TERMINATED, &options, err),
                     LEDE_OK);
    ck_assert_uint_eq(made->count, 1);
    ck_assert_str_eq(lede_suggestions_at(made, 0)->text, "the ferry");
    lede_suggestions_free(made);
    options.field = "date";
    ck_assert_int_eq(
        lede_suggest(&made, the_shelf.snapshot, "x", 1, &options, err),
        LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_suggest(&made, NULL, "x", 1, NULL, err),
                     LEDE_ERR_INVALID);
    lede_suggestions_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_best_match_comes_first);
    tcase_add_test(tcase, typed_fields_are_searched_by_range);
    tcase_add_test(tcase, exact_values_are_what_facets_count);
    tcase_add_test(tcase, facets_count_all_matches_by_value_and_by_month);
    tcase_add_test(tcase, fields_that_cannot_do_it_are_invalid_and_named);
    tcase_add_test(tcase, options_out_of_range_are_invalid);
    tcase_add_test(tcase, sorting_by_columns_puts_missing_values_last);
    tcase_add_test(tcase, ties_are_broken_by_age_or_key);
    tcase_add_test(tcase, pages_neither_repeat_nor_skip);
    tcase_add_test(tcase, offset_passes_over_the_first_hits);
    tcase_add_test(tcase, a_page_token_holds_for_its_query_order_and_commit);
    tcase_add_test(tcase, collapsing_shows_each_value_so_often);
    tcase_add_test(tcase, load_chooses_what_comes_with_a_hit);
    tcase_add_test(tcase, snippets_mark_what_matched_whatever_is_loaded);
    tcase_add_test(tcase, results_outlive_snapshot_and_index);
    tcase_add_test(tcase, scores_are_bm25_with_the_parameters_given);
    tcase_add_test(tcase, recency_lifts_what_is_new);
    tcase_add_test(tcase, paging_keeps_the_clock_still);
    tcase_add_test(tcase, totals_and_counts_agree);
    tcase_add_test(tcase, forms_can_be_taken_away);
    tcase_add_test(tcase, a_cancelled_search_says_so_at_once);
    tcase_add_test(tcase, a_deadline_is_an_error_unless_a_part_will_do);
    tcase_add_test(tcase, every_limit_is_kept_and_named);
    tcase_add_test(tcase, sealed_limits_bind_every_search);
    tcase_add_test(tcase,
                   a_pattern_with_too_many_terms_says_that_it_was_capped);
    tcase_add_test(tcase, a_query_that_holds_a_failure_is_refused);
    tcase_add_test(tcase, similar_articles_are_found_without_the_one_itself);
    tcase_add_test(tcase, suggestions_come_from_the_words_of_the_index);
}

int main(void)
{
    return test_suite_run("search", add_tests);
}
