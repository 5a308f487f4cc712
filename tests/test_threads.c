/*
 * One index, used by several threads at once as the headers allow: one writes
 * with threads of its own, others open snapshots and search, one snapshot
 * serves many. TSan looks on; the answers are whole.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "lede/lede.h"
#include "support/program.h"
#include "support/suite.h"
#include "support/witness.h"

#define SEARCHERS 3U
#define BATCH     40U
#define ENOUGH    60U /* searches beside the commits */

static lede_index *index_;
static atomic_bool stop;
static _Atomic uint64_t searches, busy;
static _Atomic uint64_t newest; /* generation acknowledged */

/* Every commit holds all keys of a batch with one number, or none. */
static void put_batch(lede_writer *writer, uint32_t number)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        lede_document *doc = NULL;
        char key[16], body[64];

        (void)snprintf(key, sizeof key, "k%u", i);
        (void)snprintf(body, sizeof body, "all ferry harbour w%u v%u", i % 5,
                       number % 7);
        witness(lede_document_new(&doc, NULL) == LEDE_OK);
        (void)lede_document_add_text(doc, "body", body, LEDE_TERMINATED);
        (void)lede_document_add_int(doc, "n", number);
        witness(lede_writer_put(writer, key, LEDE_TERMINATED, doc, NULL) ==
                LEDE_OK);
        lede_document_free(doc);
    }
}

static void *write_commits(void *arg)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    uint32_t commits = *(const uint32_t *)arg;
    lede_writer *writer = NULL;

    options.threads = 3;
    options.durability = LEDE_NOT_DURABLE;
    witness(lede_writer_open(&writer, index_, &options, NULL) == LEDE_OK);
    for (uint32_t i = 1;
         i <= commits || (searches <= ENOUGH && witness_failures() == 0); i++) {
        uint64_t generation = 0;

        put_batch(writer, i);
        witness(lede_writer_commit(writer, &generation, NULL) == LEDE_OK);
        atomic_store(&newest, generation);
        if (i % 15 == 0)
            witness(lede_writer_optimize(writer, NULL, NULL) == LEDE_OK);
        if (i % 10 == 0) {
            put_batch(writer, 0);
            witness(lede_writer_rollback(writer, NULL) == LEDE_OK);
        }
    }
    witness(lede_writer_count(writer)->merge_failures == 0);
    stop = true; /* from now on another may write */
    lede_writer_close(writer);
    return NULL;
}

/* All that find every article, by one way of matching or another. */
static const struct {
    const char *text;
    uint32_t limit;
    uint32_t flags;
    bool sorted;
} asked[] = {
    { "all", BATCH + 1, LEDE_SEARCH_COUNT_ALL, false },
    { "all OR w1 OR v2", 5, 0, false },
    { "all AND (ferry OR w2)", 10, LEDE_SEARCH_COUNT_ALL, false },
    { "\"ferry harbour\"", 5, 0, false },
    { "ferry harb*", 3, LEDE_SEARCH_COUNT_ALL, true },
    { "all -nowhere w3~1", BATCH, 0, true },
};

#define ASKED (sizeof asked / sizeof *asked)

/* On threads of its own, too. */
static void search(const lede_snapshot *snapshot, uint64_t turn)
{
    static const lede_sort by_number = { "n", true };
    static const lede_facet numbers = { "n", LEDE_BUCKET_VALUE, 0 };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    size_t at = turn % ASKED;
    lede_results *results = NULL;
    lede_status status;

    options.limit = asked[at].limit;
    options.flags = asked[at].flags;
    options.threads = (uint32_t)(turn / ASKED % 4);
    options.sort = &by_number;
    options.sort_count = asked[at].sorted;
    options.facets = &numbers;
    options.facet_count = turn % 7 == 0;
    options.snippet = turn % 5 ? LEDE_SNIPPET_NONE : LEDE_SNIPPET_PLAIN;
    status = lede_search_text(&results, snapshot, asked[at].text,
                              LEDE_TERMINATED, &options, NULL);
    witness(status == LEDE_OK);
    if (status == LEDE_OK) {
        witness(results->count ==
                (options.limit < BATCH ? options.limit : BATCH));
        witness(results->total_exact ? results->total == BATCH
                                     : results->total <= BATCH);
    }
    if (status == LEDE_OK && results->count > 0) {
        const lede_document *first = lede_results_hit(results, 0)->document;
        int64_t n = lede_document_value(first, "n", 0)->number;

        for (size_t i = 0; i < results->count; i++)
            witness(lede_document_value(lede_results_hit(results, i)->document,
                                        "n", 0)
                        ->number == n);
    }
    lede_results_free(results);
    searches++;
}

/* A snapshot of its own each time; the generation never falls. */
static void *refresh_and_search(void *arg)
{
    uint64_t last = 0, turn = 0;

    (void)arg;
    while (!stop) {
        uint64_t least = atomic_load(&newest), generation = 0;
        lede_snapshot *snapshot = NULL;

        if (lede_snapshot_open(&snapshot, index_, NULL) != LEDE_OK) {
            witness(false);
            break;
        }
        generation = lede_snapshot_generation(snapshot);
        witness(generation >= least && generation >= last);
        last = generation;
        search(snapshot, turn++);
        witness(lede_index_generation(index_, &generation, NULL) == LEDE_OK);
        lede_snapshot_close(snapshot);
    }
    return NULL;
}

/* A snapshot that all share. */
static void *search_the_same(void *arg)
{
    const lede_snapshot *snapshot = arg;
    uint64_t turn = 3;

    while (!stop) {
        lede_terms *terms = NULL;

        search(snapshot, turn++);
        if (lede_terms_open(&terms, snapshot, "body", "", 0, NULL) == LEDE_OK)
            while (lede_terms_next(terms))
                ;
        witness(terms && terms->status == LEDE_OK);
        lede_terms_close(terms);
    }
    return NULL;
}

/* There is one writer. */
static void *try_to_write(void *arg)
{
    (void)arg;
    while (!stop) {
        lede_writer *writer = NULL;
        lede_status status = lede_writer_open(&writer, index_, NULL, NULL);

        busy += status == LEDE_ERR_BUSY;
        witness(status == LEDE_ERR_BUSY || stop);
        lede_writer_close(writer);
    }
    return NULL;
}

static void set_up(void)
{
    lede_schema *schema = NULL;
    lede_writer *writer = NULL;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    (void)lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    (void)lede_schema_add(schema, "n", LEDE_INT, NULL);
    ck_assert_int_eq(
        lede_index_create(&index_, scratch("threads"), schema, NULL, NULL),
        LEDE_OK);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_writer_open(&writer, index_, NULL, NULL), LEDE_OK);
    put_batch(writer, 0);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, NULL), LEDE_OK);
    lede_writer_close(writer);
}

START_TEST(threads_share_an_index)
{
    pthread_t writer, busy_one, refreshing[SEARCHERS], sharing[SEARCHERS];
    uint32_t commits = test_is_long() ? 5000 : 100;
    lede_snapshot *shared = NULL;

    set_up();
    ck_assert_int_eq(lede_snapshot_open(&shared, index_, NULL), LEDE_OK);
    ck_assert_int_eq(pthread_create(&writer, NULL, write_commits, &commits), 0);
    while (newest == 0 && witness_failures() == 0)
        (void)sched_yield();
    ck_assert_int_eq(pthread_create(&busy_one, NULL, try_to_write, NULL), 0);
    for (uint32_t i = 0; i < SEARCHERS; i++) {
        ck_assert_int_eq(
            pthread_create(&refreshing[i], NULL, refresh_and_search, NULL), 0);
        ck_assert_int_eq(
            pthread_create(&sharing[i], NULL, search_the_same, shared), 0);
    }
    (void)pthread_join(writer, NULL);
    (void)pthread_join(busy_one, NULL);
    for (uint32_t i = 0; i < SEARCHERS; i++) {
        (void)pthread_join(refreshing[i], NULL);
        (void)pthread_join(sharing[i], NULL);
    }
    lede_snapshot_close(shared);
    lede_index_close(index_);
    scratch_remove();
    printf("    %llu searches, %llu times busy\n", (unsigned long long)searches,
           (unsigned long long)busy);
    witness_assert();
    ck_assert_uint_gt(searches, ENOUGH);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, threads_share_an_index);
}

int main(void)
{
    return test_suite_run("threads", add_tests);
}
