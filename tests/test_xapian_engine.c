/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests/conformance.c cannot see of the Xapian engine: servers, shards,
 * and how its scores come about. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/chance.h"
#include "support/seam.h"
#include "support/server.h"
#include "support/suite.h"

#ifdef LEDE_HAVE_XAPIAN
#include "lede/xapian.h"
#include "memory/memory.h"

#define ARTICLES 60
#define SHARDS   3

static char folder[] = "/tmp/lede-xapian-XXXXXX";
static char paths[SHARDS][64];
static char list[64];

static void set_up(void)
{
    FILE *file;

    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(list, sizeof list, "%s/list", folder);
    file = fopen(list, "w");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "# three of them\n");
    for (int i = 0; i < SHARDS; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/s%d", folder, i);
        (void)fprintf(file, i ? "  xapian:s%d \n\n" : "s%d\n", i);
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void tear_down(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* The same articles every time; only body has words if `plain`. */
static void put_articles(seam *s, bool plain)
{
    static const char *const words[] = { "iraq",    "iran",      "Embassy",
                                         "war",     "the",       "oil",
                                         "troops",  "embassies", "ferry",
                                         "harbour", "wariraq/2" };
    static const char *const tags[] = { "red", "green", "blue", "red|blue" };
    chance c = chance_from("articles", 1);

    for (int i = 0; i < ARTICLES; i++) {
        char key[16], article[2048] = "body=";
        uint32_t count = 1 + chance_below(&c, 30);

        (void)snprintf(key, sizeof key, "k%02d", i);
        for (uint32_t w = 0; w < count; w++) {
            uint32_t which = chance_below(&c, plain ? 10 : 11);

            (void)strcat(strcat(article, w ? " " : ""), words[which]);
        }
        if (!plain)
            (void)strcat(strcat(article, "; title="),
                         words[chance_below(&c, 10)]);
        (void)snprintf(article + strlen(article),
                       sizeof article - strlen(article),
                       "; tags=%s; n=%d; date=%d", tags[chance_below(&c, 4)],
                       (int)chance_below(&c, 7), i * 40000);
        seam_put(s, key, article);
    }
    seam_delete(s, "k07");
    seam_put(s, "k09", "body=the war is over; n=3|5|-2; date=1000|9000000");
    (void)seam_finish(s, LEDE_FINISH_COMMIT);
    seam_look(s);
}

static const char *const plans[] = {
    "body.iraq",
    "(or body.iraq title.war+body.war)",
    "(and body.iraq body.war (not body.oil))",
    "(or body.embassy+body.embassies@205 body.ferry)",
    "(phrase 0 body.iraq body.war)",
    "(phrase 2 body.iraq body.war)",
    "(near 3 body.iraq body.war body.oil)",
    "(near 1 body.iraq body.iraq)",
    "(phrase 0 body.wariraq/2 body.the)",
    "(either (phrase 0 body.war body.iraq) body.wariraq/2)",
    "(and (range n 2 4) body.the)",
    "(range n -5 0)",
    "(range date * 100000)",
    "tags:red",
    "(and tags:blue (optional body.oil))",
    "(exists title)",
    "(key k09)",
    "(constant 2 (or body.ferry tags:green))",
    "(best 64 body.iraq body.oil title.war)",
    "(not body.the)",
    "all",
    "nothing",
};

/* Scores within this of the reference, where they are called exact. */
#define NEAR_ENOUGH 1e-8

static uint32_t expect_same(seam *s, seam *reference, const char *plan)
{
    lede_engine_search search = seam_request(s, plan);
    lede_engine_results got, right;

    search.ties = LEDE_TIES_KEY;
    ck_assert_int_eq(seam_search(s, &search, &got), LEDE_OK);
    ck_assert_int_eq(seam_search(reference, &search, &right), LEDE_OK);
    ck_assert_uint_eq(got.total, right.total);
    ck_assert(got.total_exact);
    for (uint32_t i = 0; i < right.count; i++) {
        const lede_engine_hit *hit = &right.hits[i];
        uint32_t at = 0;

        while (at < got.count && !lede_bytes_equal(got.hits[at].key, hit->key))
            at++;
        ck_assert_msg(at < got.count, "%s: lost %.*s", plan, (int)hit->key.len,
                      (const char *)hit->key.at);
        ck_assert_uint_eq(got.hits[at].sequence, hit->sequence);
        if (got.scores_exact)
            ck_assert_msg(fabs(got.hits[at].score - hit->score) <= NEAR_ENOUGH,
                          "%s: %.*s has %.12f, not %.12f", plan,
                          (int)hit->key.len, (const char *)hit->key.at,
                          got.hits[at].score, hit->score);
    }
    return got.scores_exact;
}

static void expect_same_orders(seam *s, seam *reference)
{
    static const lede_sort_key sort[] = { { SEAM_N, true },
                                          { SEAM_DATE, false } };
    static const lede_facet_key facets[] = {
        { SEAM_TAGS, LEDE_BUCKET_VALUE, 10 },
        { SEAM_N, LEDE_BUCKET_VALUE, 3 },
        { SEAM_DATE, LEDE_BUCKET_WEEK, 10 },
    };
    lede_engine_search search = seam_request(s, "body.the");
    lede_engine_results got, right;

    search.sort = sort;
    search.sort_count = 2;
    search.facets = facets;
    search.facet_count = 3;
    search.collapse = SEAM_TAGS;
    search.collapse_limit = 4;
    search.want = 7;
    ck_assert_int_eq(seam_search(s, &search, &got), LEDE_OK);
    ck_assert_int_eq(seam_search(reference, &search, &right), LEDE_OK);
    ck_assert_str_eq(seam_keys(s, &got), seam_keys(reference, &right));
    for (uint32_t i = 0; i < search.facet_count; i++) {
        ck_assert_uint_eq(got.facets[i].count, right.facets[i].count);
        for (uint32_t at = 0; at < right.facets[i].count; at++) {
            const lede_facet_count *a = &got.facets[i].counts[at];
            const lede_facet_count *b = &right.facets[i].counts[at];

            ck_assert_uint_eq(a->count, b->count);
            ck_assert_int_eq(a->last, b->last);
            ck_assert_int_eq(lede_value_compare(a->value, b->value), 0);
        }
    }
}

/* On disk all plans must score exactly. */
static void expect_all_the_same(const char *scheme, const char *address,
                                bool on_disk)
{
    seam s, reference;
    const lede_bytes *forms;
    uint32_t exact = 0, count = 0;

    seam_open(&s, lede_xapian_engine(), scheme, address, NULL);
    put_articles(&s, false);
    seam_open(&reference, lede_memory_engine(), "memory", "", NULL);
    put_articles(&reference, false);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        exact += expect_same(&s, &reference, plans[i]);
    printf("%s: %u of %zu plans with exact scores\n", scheme, exact,
           sizeof plans / sizeof *plans);
    ck_assert(!on_disk || exact == sizeof plans / sizeof *plans);
    expect_same_orders(&s, &reference);
    ck_assert_int_eq(
        s.engine->forms(&forms, &count, s.snapshot, LEDE_FORM_KIND_STEM,
                        lede_bytes_of_text("embassi"), NULL, s.arena, &s.err),
        LEDE_OK);
    ck_assert_uint_eq(count, 2);
    seam_close(&reference);
    seam_close(&s);
}

START_TEST(shards_are_one_index)
{
    expect_all_the_same("shards", list, true);
}
END_TEST

START_TEST(a_server_is_an_index)
{
    seam s;
    server at;

    seam_open(&s, lede_xapian_engine(), "xapian", paths[0], NULL);
    seam_close(&s);
    if (!server_start(&at, paths[0], true))
        return;
    expect_all_the_same("xapian+tcp", at.address, false);
    server_stop(&at);
}
END_TEST

/* By scaled BM25, which the disk uses too where one field has words. */
static void expect_exact_words(const char *scheme, const char *address)
{
    static const char *const exact[] = {
        "body.iraq",
        "(or body.iraq body.the body.ferry body.the)",
        "(and body.iraq body.war (not body.oil) (range n 1 5))",
        "(or body.iraq (and body.the (optional body.oil)) tags:red)",
    };
    seam s, reference;

    seam_open(&s, lede_xapian_engine(), scheme, address, NULL);
    put_articles(&s, true);
    seam_open(&reference, lede_memory_engine(), "memory", "", NULL);
    put_articles(&reference, true);
    (void)seam_finish(&reference, LEDE_FINISH_OPTIMIZE);
    seam_look(&reference);
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        ck_assert_msg(expect_same(&s, &reference, exact[i]), "%s", exact[i]);
    seam_close(&reference);
    seam_close(&s);
}

START_TEST(words_of_one_field_score_exactly_anywhere)
{
    char path[64];
    seam s;
    server at;

    expect_exact_words("shards", list);
    (void)snprintf(path, sizeof path, "%s/disk", folder);
    expect_exact_words("xapian", path);
    (void)snprintf(path, sizeof path, "%s/alone", folder);
    seam_open(&s, lede_xapian_engine(), "xapian", path, NULL);
    seam_close(&s);
    if (!server_start(&at, path, true))
        return;
    expect_exact_words("xapian+tcp", at.address);
    server_stop(&at);
}
END_TEST

/* A word that ends in two fields at once, in a part that others follow. */
START_TEST(disk_and_server_are_asked_together)
{
    lede_engine_results results;
    lede_engine_search search;
    char address[128], key[16];
    FILE *file;
    server at;
    seam s;

    seam_open(&s, lede_xapian_engine(), "shards", list, NULL);
    for (int i = 0; i < ARTICLES; i++) {
        (void)snprintf(key, sizeof key, "k%02d", i);
        seam_put(&s, key, "body=iraq war; title=iraq war");
    }
    seam_commit(&s);
    seam_close(&s);
    if (!server_start(&at, paths[2], false))
        return;
    (void)snprintf(address, sizeof address, "%s/mixed", folder);
    file = fopen(address, "w");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "s0\ns1\nxapian+tcp://%s\n", at.address);
    ck_assert_int_eq(fclose(file), 0);
    seam_open(&s, lede_xapian_engine(), "shards", address, NULL);
    seam_look(&s);
    search = seam_request(&s, "body.iraq+title.iraq");
    search.want = 2; /* few, so that weights decide */
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert_uint_eq(results.total, ARTICLES);
    server_stop(&at);
    seam_close(&s);
}
END_TEST

START_TEST(a_dead_shard_is_told_of)
{
    lede_engine_search search;
    lede_engine_results results;
    char address[128];
    FILE *file;
    server at;
    seam s;

    seam_open(&s, lede_xapian_engine(), "shards", list, NULL);
    put_articles(&s, false);
    seam_close(&s);
    if (!server_start(&at, paths[2], false))
        return;
    (void)snprintf(address, sizeof address, "%s/mixed", folder);
    file = fopen(address, "w");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "s0\ns1\nxapian+tcp://%s\n", at.address);
    ck_assert_int_eq(fclose(file), 0);
    seam_open(&s, lede_xapian_engine(), "shards", address, NULL);
    seam_look(&s);
    search = seam_request(&s, "all");
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert_uint_eq(results.total, ARTICLES - 1);
    ck_assert_ptr_null(results.shards);
    server_stop(&at);
    ck_assert_int_eq(
        s.engine->search(&results, s.snapshot, &search, s.arena, &s.err),
        LEDE_ERR_IO);
    search.partial = true;
    ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
    ck_assert(results.partial);
    ck_assert(!results.total_exact);
    ck_assert_uint_lt(results.total, ARTICLES - 1);
    ck_assert_uint_gt(results.total, 0);
    ck_assert_uint_eq(results.shard_count, SHARDS);
    ck_assert_int_eq(results.shards[1].status, LEDE_OK);
    ck_assert_int_eq(results.shards[2].status, LEDE_ERR_IO);
    seam_close(&s);
}
END_TEST

START_TEST(lists_of_shards_are_checked)
{
    static const struct {
        const char *text;
        lede_status status;
    } lists[] = {
        { "", LEDE_ERR_INVALID },
        { "# nothing\n\n", LEDE_ERR_INVALID },
        { "memory:\n", LEDE_ERR_UNSUPPORTED },
        { "xapian+tcp://nowhere\n", LEDE_ERR_INVALID },
        { "xapian+tcp://host:99999\n", LEDE_ERR_INVALID },
        { "shards:other\n", LEDE_ERR_UNSUPPORTED },
        { "missing\n", LEDE_ERR_NOT_FOUND },
    };
    lede_engine_settings settings = { .scheme = "shards", .address = list };
    lede_engine_index *index;
    lede_error err;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        FILE *file = fopen(list, "w");

        ck_assert_ptr_nonnull(file);
        (void)fputs(lists[i].text, file);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_msg(lede_xapian_engine()->open(&index, &settings, &err) ==
                          lists[i].status,
                      "%s: %s", lists[i].text, err.message);
    }
    settings.address = "/nowhere/list";
    ck_assert_int_eq(lede_xapian_engine()->open(&index, &settings, &err),
                     LEDE_ERR_NOT_FOUND);
}
END_TEST

START_TEST(databases_of_others_are_left_alone)
{
    char command[256];
    lede_engine_settings settings = { .scheme = "xapian", .address = paths[0] };
    lede_engine_index *index;
    lede_error err;

    ck_assert(!lede_xapian_engine()->owns(paths[0]));
    (void)snprintf(command, sizeof command, "mkdir '%s' && touch '%s/x'",
                   paths[0], paths[0]);
    ck_assert_int_eq(system(command), 0);
    ck_assert(!lede_xapian_engine()->owns(paths[0]));
    ck_assert_int_eq(lede_xapian_engine()->open(&index, &settings, &err),
                     LEDE_ERR_NOT_FOUND);
    settings.flags = LEDE_INDEX_UNTRUSTED;
    ck_assert_int_eq(lede_xapian_engine()->open(&index, &settings, &err),
                     LEDE_ERR_UNSUPPORTED);
}
END_TEST

/* The bound that keeps a server from committing by itself. */
START_TEST(a_commit_on_a_server_is_bounded)
{
    lede_engine_change change = { .key = lede_bytes_of_text("x") };
    lede_status status = LEDE_OK;
    char key[16];
    server at;
    seam s;
    int done;

    seam_open(&s, lede_xapian_engine(), "xapian", paths[0], NULL);
    seam_close(&s);
    if (!server_start(&at, paths[0], true))
        return;
    seam_open(&s, lede_xapian_engine(), "xapian+tcp", at.address, NULL);
    for (done = 0; done < 11000 && status == LEDE_OK; done++) {
        lede_document *doc = seam_document(s.schema, "n=1");

        (void)snprintf(key, sizeof key, "k%d", done);
        change.key = lede_bytes_of_text(key);
        change.sequence = (uint64_t)done + 1;
        change.document = doc;
        change.schema = s.schema;
        word_tokens_init(&s.tokens, 1);
        change.tokens = &s.tokens.source;
        seam_write(&s);
        status = s.engine->apply(s.writer, 0, &change, &s.err);
        lede_document_free(doc);
    }
    ck_assert_int_eq(status, LEDE_ERR_LIMIT);
    ck_assert_int_lt(done, 10000);
    seam_look(&s);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, 0);
    seam_close(&s);
    server_stop(&at);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, shards_are_one_index);
    tcase_add_test(tcase, a_server_is_an_index);
    tcase_add_test(tcase, words_of_one_field_score_exactly_anywhere);
    tcase_add_test(tcase, disk_and_server_are_asked_together);
    tcase_add_test(tcase, a_dead_shard_is_told_of);
    tcase_add_test(tcase, lists_of_shards_are_checked);
    tcase_add_test(tcase, databases_of_others_are_left_alone);
    tcase_add_test(tcase, a_commit_on_a_server_is_bounded);
}
#else
static void add_tests(TCase *tcase)
{
    (void)tcase;
}
#endif

int main(void)
{
    return test_suite_run("xapian_engine", add_tests);
}
