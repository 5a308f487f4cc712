/* When segments are merged, and how small an index rests for it. */
#include "native/index/merge_policy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lede/lede.h"
#include "support/chance.h"
#include "support/native_at.h"
#include "support/suite.h"

#define MIB        ((uint64_t)1 << 20)
#define PIECES_MAX 256U

typedef struct pieces {
    lede_merge_candidate at[PIECES_MAX];
    uint32_t count;
} pieces;

/* Segments of `documents` each of 100 bytes, of text as many. */
static void add(pieces *p, uint32_t count, uint32_t documents, uint32_t live)
{
    while (count-- > 0) {
        ck_assert_uint_lt(p->count, PIECES_MAX);
        p->at[p->count++] = (lede_merge_candidate){
            .bytes = (uint64_t)documents * 100,
            .documents = documents,
            .live = live,
            .text_bytes = (uint64_t)documents * 100,
            .live_text_bytes = (uint64_t)live * 100,
        };
    }
}

static bool choose_most(lede_merge_pick *pick, const pieces *p,
                        uint64_t documents_most)
{
    lede_merge_rules rules = { documents_most, false };

    return lede_merge_choose(pick, p->at, p->count, &rules);
}

static bool choose(lede_merge_pick *pick, const pieces *p)
{
    return choose_most(pick, p, UINT64_MAX);
}

static bool choose_at_rest(lede_merge_pick *pick, const pieces *p)
{
    lede_merge_rules rules = { UINT64_MAX, true };

    return lede_merge_choose(pick, p->at, p->count, &rules);
}

START_TEST(as_many_as_the_factor_of_one_level_become_one)
{
    pieces p = { .count = 0 };
    lede_merge_pick pick;

    ck_assert(!choose(&pick, &p));
    add(&p, 1, 200000, 200000);
    add(&p, LEDE_MERGE_FACTOR - 1, 10, 10);
    ck_assert(!choose(&pick, &p));
    add(&p, 1, 5000, 5000); /* of the same level */
    ck_assert(choose(&pick, &p));
    ck_assert_uint_eq(pick.count, LEDE_MERGE_FACTOR);
    for (uint32_t i = 0; i < pick.count; i++)
        ck_assert_uint_eq(pick.at[i], i + 1);
}
END_TEST

START_TEST(the_dead_are_never_more_than_a_ninth)
{
    pieces p = { .count = 0 };
    lede_merge_pick pick;

    add(&p, 1, 100000, 95000);
    add(&p, 1, 9000, 2100);
    ck_assert(!choose(&pick, &p)); /* 11,900 of 109,000 */
    p.at[1].live = 1000;           /* 13,000 */
    ck_assert(choose(&pick, &p));
    ck_assert_uint_eq(pick.count, 1);
    ck_assert_uint_eq(pick.at[0], 1);
}
END_TEST

START_TEST(long_articles_that_are_dead_count_by_their_text)
{
    pieces p = { .count = 0 };
    lede_merge_pick pick;

    add(&p, 1, 1000, 990);
    ck_assert(!choose(&pick, &p));
    p.at[0].live_text_bytes = p.at[0].text_bytes / 2;
    ck_assert(choose(&pick, &p));
}
END_TEST

START_TEST(no_merge_is_of_more_documents_than_it_may_be)
{
    pieces p = { .count = 0 };
    lede_merge_pick pick;

    add(&p, 7, 10, 10);
    add(&p, 1, 9000, 9000);
    ck_assert(choose_most(&pick, &p, 9070));
    ck_assert(!choose_most(&pick, &p, 9069));
    p.count = 0;
    add(&p, 1, 1000, 500);
    ck_assert(choose_most(&pick, &p, 500));
    ck_assert(!choose_most(&pick, &p, 499));
}
END_TEST

START_TEST(an_index_that_rests_has_few_pieces)
{
    pieces p = { .count = 0 };
    lede_merge_pick pick;

    add(&p, 1, 50000, 50000);
    add(&p, 1, 40000, 40000);
    add(&p, 1, 10000, 10000);
    ck_assert(!choose_at_rest(&pick, &p));
    add(&p, 1, 10000, 10000);
    ck_assert(!choose(&pick, &p));
    ck_assert(choose_at_rest(&pick, &p));
    ck_assert_uint_eq(pick.count, 2); /* the next is twice their sum */
    ck_assert_uint_eq(pick.at[0], 2);
    ck_assert_uint_eq(pick.at[1], 3);
    p.count = 0;
    add(&p, 7, 100, 100); /* too small to matter */
    ck_assert(!choose_at_rest(&pick, &p));
}
END_TEST

/* Merges until nothing is due; returns the bytes written. */
static uint64_t settle(pieces *p,
                       bool (*due)(lede_merge_pick *pick, const pieces *p))
{
    lede_merge_pick pick;
    uint64_t written = 0;
    uint32_t merges = 0;

    while (due(&pick, p)) {
        uint32_t live = 0, kept = 0;

        for (uint32_t i = 0, picked = 0; i < p->count; i++)
            if (picked < pick.count && pick.at[picked] == i) {
                picked++;
                live += p->at[i].live;
            } else {
                p->at[kept++] = p->at[i];
            }
        p->count = kept;
        if (live)
            add(p, 1, live, live);
        written += (uint64_t)live * 100;
        ck_assert_uint_lt(merges++, 1000);
    }
    return written;
}

START_TEST(merging_ends_and_leaves_few_pieces_and_few_dead)
{
    chance c = chance_from("policy", 1);

    for (uint32_t run = 0; run < 2000; run++) {
        pieces p = { .count = 0 };
        uint64_t all = 0, live = 0;

        for (uint32_t i = chance_below(&c, 100); i > 0; i--) {
            uint32_t n = 1 + chance_below(&c, 1U << chance_below(&c, 22));

            add(&p, 1, n, chance_one_in(&c, 3) ? n : chance_below(&c, n + 1));
        }
        (void)settle(&p, run % 2 ? choose : choose_at_rest);
        ck_assert_uint_lt(p.count, 8 * LEDE_MERGE_FACTOR);
        for (uint32_t i = 0; i < p.count; i++) {
            all += p.at[i].documents;
            live += p.at[i].live;
        }
        ck_assert_uint_le((all - live) * 9, all + 9 * p.count);
    }
}
END_TEST

START_TEST(an_article_is_rewritten_a_few_times_while_an_index_grows)
{
    pieces p = { .count = 0 };
    uint64_t written = 0, put = 0;

    for (uint32_t i = 0; i < 4000; i++) { /* to 400 MB by 100 KB */
        add(&p, 1, 1000, 1000);
        put += 100000;
        written += settle(&p, choose);
    }
    printf("    %.2f bytes rewritten a byte\n", (double)written / (double)put);
    ck_assert_uint_le(written, 6 * put);
}
END_TEST

/* A writer opened for each commit makes the index rest every time. */
START_TEST(many_small_sessions_do_not_rewrite_the_index_each)
{
    pieces p = { .count = 0 };
    uint64_t written = 0, put = 0;

    for (uint32_t i = 0; i < 1000; i++) { /* to 1 GB by 1 MB */
        add(&p, 1, 10000, 10000);
        put += 1000000;
        written += settle(&p, choose_at_rest);
    }
    printf("    %.2f bytes rewritten a byte\n", (double)written / (double)put);
    ck_assert_uint_le(written, 12 * put);
}
END_TEST

/* ---- A real index at rest ---- */

#define VOCABULARY 60000U
#define KEYS       3000U

typedef struct article {
    uint32_t seed; /* of its text; 0: there is none */
    uint32_t words;
} article;

static article articles[KEYS];

/* Words as frequent as in a language: the r-th 1 / r times the first. */
static size_t make_text(char *text, size_t most, const article *a)
{
    chance c = { a->seed };
    size_t len = 0;

    for (uint32_t i = 0; i < a->words && len + 32 < most; i++) {
        double u = (double)chance_below(&c, 1U << 30) / (double)(1U << 30);
        uint32_t rank = (uint32_t)pow((double)VOCABULARY, u);
        uint32_t letters = rank * 2654435761U;

        for (uint32_t n = 0; n < 2 + rank % 7; n++, letters /= 26)
            text[len++] = (char)('a' + letters % 26);
        len += (size_t)snprintf(text + len, most - len, "%x ", rank);
    }
    return len;
}

static void put(lede_writer *writer, uint32_t k)
{
    static char text[1 << 18];
    lede_document *doc = NULL;
    char key[16];
    int len = snprintf(key, sizeof key, "key%u", k);

    if (!articles[k].seed) {
        ck_assert_int_eq(lede_writer_delete(writer, key, (size_t)len, NULL),
                         LEDE_OK);
        return;
    }
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_document_add_text(doc, "body", text,
                               make_text(text, sizeof text, &articles[k])),
        LEDE_OK);
    ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, NULL),
                     LEDE_OK);
    lede_document_free(doc);
}

static void add_length(void *ctx, const char *name, uint64_t length)
{
    (void)name;
    *(uint64_t *)ctx += length;
}

typedef struct shelf_of_one {
    lede_dir *dir;
    lede_index *index;
    lede_writer *writer;
} shelf_of_one;

static void open_one(shelf_of_one *s, uint32_t threads)
{
    lede_index_options options;
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_schema *schema = NULL;

    ck_assert_int_eq(lede_dir_open_memory(&s->dir, NULL), LEDE_OK);
    native_at(s->dir, NULL);
    options = native_at_options();
    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_index_create(&s->index, NATIVE_AT, schema, &options, NULL),
        LEDE_OK);
    lede_schema_free(schema);
    writing.threads = threads;
    ck_assert_int_eq(lede_writer_open(&s->writer, s->index, &writing, NULL),
                     LEDE_OK);
}

/* Bytes on disk once it is closed. */
static uint64_t close_one(shelf_of_one *s)
{
    uint64_t bytes = 0;

    ck_assert_int_eq(lede_writer_commit(s->writer, NULL, NULL), LEDE_OK);
    lede_writer_close(s->writer);
    lede_index_close(s->index);
    ck_assert_int_eq(lede_dir_list(s->dir, add_length, &bytes, NULL), LEDE_OK);
    lede_dir_close(s->dir);
    return bytes;
}

/* What a new index of the same articles takes. */
static uint64_t fresh_bytes(void)
{
    shelf_of_one s;

    open_one(&s, 1);
    for (uint32_t k = 0; k < KEYS; k++)
        if (articles[k].seed)
            put(s.writer, k);
    return close_one(&s);
}

/* Commits of very different sizes, with puts, replacements and deletes. */
static uint64_t random_bytes(chance *c, uint32_t threads)
{
    uint32_t commits = 5 + chance_below(c, 40),
             keys = 100 + chance_below(c, KEYS - 100);
    uint32_t deletes = chance_below(c, 60);
    shelf_of_one s;

    memset(articles, 0, sizeof articles);
    open_one(&s, threads);
    while (commits-- > 0) {
        for (uint32_t i = chance_below(c, 1U << chance_below(c, 11)); i > 0;
             i--) {
            uint32_t k = chance_below(c, keys);
            bool gone = chance_below(c, 100) < deletes;

            articles[k].seed = gone ? 0 : 1 + chance_below(c, 1U << 30);
            articles[k].words = 20 + chance_below(c, 1U << chance_below(c, 12));
            put(s.writer, k);
        }
        ck_assert_int_eq(lede_writer_commit(s.writer, NULL, NULL), LEDE_OK);
    }
    return close_one(&s);
}

/* As many pieces of one size as there may be, and as many dead. */
static uint64_t worst_bytes(uint32_t per_commit)
{
    shelf_of_one s;
    uint32_t k = 0;

    memset(articles, 0, sizeof articles);
    open_one(&s, 2);
    for (uint32_t commit = 1; commit < LEDE_MERGE_FACTOR; commit++) {
        for (uint32_t i = 0; i < per_commit; i++, k++) {
            articles[k] = (article){ 1 + k * 7919, 200 };
            put(s.writer, k);
        }
        ck_assert_int_eq(lede_writer_commit(s.writer, NULL, NULL), LEDE_OK);
    }
    for (uint32_t i = 0; i < k; i += 10) {
        articles[i].seed = 0;
        put(s.writer, i);
    }
    return close_one(&s);
}

START_TEST(an_index_of_many_pieces_rests_as_small)
{
    const uint32_t counts[] = { 100, test_is_long() ? 400 : 20 };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t rests = worst_bytes(counts[i]), fresh = fresh_bytes();

        printf("    %8.2f MiB, fresh %8.2f: %.3f\n",
               (double)rests / (double)MIB, (double)fresh / (double)MIB,
               (double)rests / (double)fresh);
        ck_assert(fresh < MIB / 2 || (double)rests <= 1.3 * (double)fresh);
    }
}
END_TEST

START_TEST(an_index_rests_at_no_more_than_a_fresh_one_and_three_tenths)
{
    chance c = chance_from("rest", 1);
    uint32_t runs = test_is_long() ? 300 : 5;
    double worst = 0;

    for (uint32_t run = 0; run < runs; run++) {
        uint64_t rests = random_bytes(&c, 1 + run % 2), fresh = fresh_bytes();
        double ratio = (double)rests / (double)fresh;

        printf("    %8.2f MiB, fresh %8.2f: %.3f\n",
               (double)rests / (double)MIB, (double)fresh / (double)MIB, ratio);
        if (fresh > MIB && ratio > worst)
            worst = ratio;
    }
    printf("    at most %.3f times\n", worst);
    ck_assert(worst <= 1.3);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, as_many_as_the_factor_of_one_level_become_one);
    tcase_add_test(tcase, the_dead_are_never_more_than_a_ninth);
    tcase_add_test(tcase, long_articles_that_are_dead_count_by_their_text);
    tcase_add_test(tcase, no_merge_is_of_more_documents_than_it_may_be);
    tcase_add_test(tcase, an_index_that_rests_has_few_pieces);
    tcase_add_test(tcase, many_small_sessions_do_not_rewrite_the_index_each);
    tcase_add_test(tcase, merging_ends_and_leaves_few_pieces_and_few_dead);
    tcase_add_test(tcase,
                   an_article_is_rewritten_a_few_times_while_an_index_grows);
    tcase_add_test(tcase, an_index_of_many_pieces_rests_as_small);
    tcase_add_test(tcase,
                   an_index_rests_at_no_more_than_a_fresh_one_and_three_tenths);
}

int main(void)
{
    return test_suite_run("merge_policy", add_tests);
}
