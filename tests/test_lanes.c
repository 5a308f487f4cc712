#include "article/lanes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/schema.h"
#include "lede/lede.h"
#include "support/chance.h"
#include "support/program.h"
#include "support/suite.h"

#define LANES    3U
#define ARTICLES 3000U

/* ---- An engine that writes down what it is told ---- */

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t go;
    bool held; /* apply waits */
    uint32_t waiting;
    pthread_cond_t came;
    uint64_t last[LANES];
    uint32_t seen[ARTICLES + 1]; /* by sequence */
    uint32_t wrong;
    uint32_t applied;
    uint64_t fail_at; /* a sequence */
} told;

static lede_status fake_apply(lede_engine_writer *writer, uint32_t lane,
                              const lede_engine_change *change, lede_error *err)
{
    const lede_token_batch *batch;
    lede_status status = LEDE_OK;
    uint32_t field;
    char key[24];

    (void)writer;
    (void)pthread_mutex_lock(&told.mutex);
    told.waiting++;
    (void)pthread_cond_signal(&told.came);
    while (told.held)
        (void)pthread_cond_wait(&told.go, &told.mutex);
    told.waiting--;
    (void)snprintf(key, sizeof key, "%llu",
                   (unsigned long long)change->sequence);
    told.wrong += lane >= LANES || change->sequence <= told.last[lane % LANES];
    told.wrong += !lede_bytes_equal(change->key, lede_bytes_of_text(key));
    told.last[lane % LANES] = change->sequence;
    told.seen[change->sequence]++;
    told.applied++;
    if (change->sequence == told.fail_at)
        status = lede_fail(err, LEDE_ERR_IO, "the disk", "is gone");
    (void)pthread_mutex_unlock(&told.mutex);
    if (status != LEDE_OK || !change->tokens)
        return status;
    while (change->tokens->next(change->tokens, &field, &batch))
        ;
    return change->tokens->status;
}

static void hold(bool held)
{
    (void)pthread_mutex_lock(&told.mutex);
    told.held = held;
    (void)pthread_cond_broadcast(&told.go);
    (void)pthread_mutex_unlock(&told.mutex);
}

/* Until every lane has work, which is held; false: not all get any. */
static bool await_all_lanes(void)
{
    struct timespec until;
    bool came = true;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 120;
    (void)pthread_mutex_lock(&told.mutex);
    while (told.waiting < LANES && came)
        came = pthread_cond_timedwait(&told.came, &told.mutex, &until) == 0;
    came = told.waiting == LANES;
    (void)pthread_mutex_unlock(&told.mutex);
    return came;
}

static lede_engine engine;
static lede_schema *schema;
static lede_limits limits;
static lede_lanes *lanes;
static lede_analysis *analysis;
static lede_error err;

static void set_up(uint64_t queue_bytes)
{
    lede_lanes_settings settings = { .engine = &engine,
                                     .limits = &limits,
                                     .count = LANES,
                                     .queue_bytes = queue_bytes };

    memset(&told, 0, sizeof told);
    ck_assert_int_eq(pthread_mutex_init(&told.mutex, NULL), 0);
    ck_assert_int_eq(pthread_cond_init(&told.go, NULL), 0);
    ck_assert_int_eq(pthread_cond_init(&told.came, NULL), 0);
    engine.apply = fake_apply;
    ck_assert_int_eq(lede_limits_read(&limits, NULL, NULL, NULL), LEDE_OK);
    limits.document_tokens = 100000;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "body", LEDE_TEXT, NULL), LEDE_OK);
    settings.schema = schema;
    ck_assert_int_eq(lede_lanes_new(&lanes, &settings), LEDE_OK);
    ck_assert_int_eq(lede_analysis_new(&analysis, schema, &limits, NULL),
                     LEDE_OK);
    lede_error_clear(&err);
}

static void tear_down(void)
{
    lede_lanes_free(lanes);
    lede_analysis_free(analysis);
    lede_schema_free(schema);
    (void)pthread_cond_destroy(&told.go);
    (void)pthread_cond_destroy(&told.came);
    (void)pthread_mutex_destroy(&told.mutex);
}

/* Puts `words` words under the sequence as key; of none deletes. */
static lede_status put(uint64_t sequence, uint32_t words)
{
    lede_document *doc = NULL;
    char key[24], *text = malloc(words * 2 + 1);
    lede_status status;

    ck_assert_ptr_nonnull(text);
    (void)snprintf(key, sizeof key, "%llu", (unsigned long long)sequence);
    if (words > 0) {
        for (uint32_t i = 0; i < words; i++)
            memcpy(text + (size_t)2 * i, "a ", 2);
        ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
        lede_document_add_text(doc, "body", text, (size_t)2 * words);
        ck_assert_int_eq(lede_analysis_start(analysis, doc, &err), LEDE_OK);
    }
    status = lede_lanes_put(lanes, lede_bytes_of_text(key), sequence,
                            words > 0 ? analysis : NULL, &err);
    lede_document_free(doc);
    free(text);
    return status;
}

START_TEST(each_change_is_applied_once_in_rising_order)
{
    chance c = chance_from("lanes", 1);
    uint64_t words = 0;
    uint32_t twice = 0;

    set_up(100000);
    for (uint32_t i = 1; i <= ARTICLES; i++) {
        uint32_t n = chance_below(&c, chance_one_in(&c, 100) ? 20000 : 300);

        words += n;
        ck_assert_int_eq(put(i, n), LEDE_OK);
    }
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_OK);
    for (uint32_t i = 1; i <= ARTICLES; i++)
        twice += told.seen[i] != 1;
    ck_assert_uint_eq(twice, 0);
    ck_assert_uint_eq(told.wrong, 0);
    ck_assert_uint_eq(lede_lanes_counts(lanes).tokens, words);
    ck_assert_uint_eq(lede_lanes_counts(lanes).text_bytes, 2 * words);
    tear_down();
}
END_TEST

START_TEST(a_small_commit_stays_in_one_lane)
{
    set_up((uint64_t)32 << 20);
    hold(true);
    for (uint32_t i = 1; i <= 40; i++)
        ck_assert_int_eq(put(i, 1000), LEDE_OK);
    hold(false);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_OK);
    ck_assert_uint_eq(told.last[0], 40);
    ck_assert_uint_eq(told.last[1] + told.last[2], 0);
    tear_down();
}
END_TEST

START_TEST(much_that_waits_calls_all_lanes)
{
    set_up((uint64_t)32 << 20);
    hold(true);
    for (uint32_t i = 1; i <= 120; i++)
        ck_assert_int_eq(put(i, 20000), LEDE_OK);
    ck_assert(await_all_lanes());
    hold(false);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_OK);
    ck_assert(told.last[0] && told.last[1] && told.last[2]);
    tear_down();
}
END_TEST

START_TEST(a_failure_comes_with_the_next_call_and_sticks)
{
    set_up(100000);
    told.fail_at = 20;
    for (uint32_t i = 1; i <= 20; i++)
        ck_assert_int_eq(put(i, 10), LEDE_OK);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_ERR_IO);
    ck_assert_str_eq(err.where, "the disk");
    lede_error_clear(&err);
    ck_assert_int_eq(put(21, 10), LEDE_ERR_IO);
    ck_assert_str_eq(err.where, "the disk");
    ck_assert_int_eq(put(21, 40000), LEDE_ERR_IO);
    ck_assert_int_eq(put(21, 0), LEDE_ERR_IO);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_ERR_IO);
    ck_assert_uint_eq(told.applied, 20);
    lede_lanes_discard(lanes);
    memset(told.last, 0, sizeof told.last);
    ck_assert_int_eq(put(21, 10), LEDE_OK);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_OK);
    ck_assert_uint_eq(told.applied, 21);
    tear_down();
}
END_TEST

/* What waits behind a failure is not applied. */
START_TEST(what_waits_is_dropped_by_a_failure_and_a_discard)
{
    set_up((uint64_t)32 << 20);
    hold(true);
    told.fail_at = 1;
    for (uint32_t i = 1; i <= 50; i++)
        ck_assert_int_eq(put(i, 10), LEDE_OK);
    hold(false);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_ERR_IO);
    ck_assert_uint_eq(told.applied, 1);
    lede_lanes_discard(lanes);
    told.fail_at = 0;
    told.last[0] = 0;
    hold(true);
    for (uint32_t i = 1; i <= 50; i++)
        ck_assert_int_eq(put(i, 10), LEDE_OK);
    hold(false);
    lede_lanes_discard(lanes);
    ck_assert_uint_le(told.applied, 51);
    tear_down();
}
END_TEST

START_TEST(too_many_words_refuse_one_article)
{
    set_up((uint64_t)32 << 20);
    ck_assert_int_eq(put(1, 10), LEDE_OK);
    ck_assert_int_eq(put(2, 100001), LEDE_ERR_LIMIT);
    ck_assert_str_eq(err.where, "document_tokens");
    ck_assert_int_eq(put(3, 100000), LEDE_OK);
    ck_assert_int_eq(put(4, 10), LEDE_OK);
    ck_assert_int_eq(lede_lanes_drain(lanes, &err), LEDE_OK);
    ck_assert_uint_eq(lede_lanes_counts(lanes).tokens, 100020);
    tear_down();
}
END_TEST

START_TEST(what_waits_is_dropped_by_an_end)
{
    set_up((uint64_t)32 << 20);
    for (uint32_t i = 1; i <= 400; i++)
        ck_assert_int_eq(put(i, 1000), LEDE_OK);
    tear_down();
    ck_assert_uint_le(told.applied, 400);
}
END_TEST

/* ---- The same answers, however many threads ---- */

static void must(lede_status status)
{
    ck_assert_msg(status == LEDE_OK, "%s (%s)", err.message, err.where);
}

static void put_article(lede_writer *writer, chance *c, const char *key)
{
    static const char *const words[] = { "ferry", "storm",  "harbour",
                                         "calm",  "bridge", "captain" };
    lede_document *doc;
    char text[4096];
    size_t len = 0, most = chance_below(c, sizeof text - 40);

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    while (len < most)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%u ",
                                words[chance_below(c, 6)], chance_below(c, 30));
    lede_document_add_text(doc, "body", text, len);
    lede_document_add_text(doc, "tags", words[chance_below(c, 6)],
                           strlen(words[0]));
    must(lede_writer_put(writer, key, strlen(key), doc, &err));
    lede_document_free(doc);
}

static void change_at_random(lede_writer *writer)
{
    chance c = chance_from("answers", 3);

    for (uint32_t commit = 0; commit < 3; commit++) {
        for (uint32_t i = 0; i < 900; i++) {
            char key[16];

            (void)snprintf(key, sizeof key, "k%u", chance_below(&c, 500));
            if (chance_one_in(&c, 4))
                must(lede_writer_delete(writer, key, strlen(key), &err));
            else
                put_article(writer, &c, key);
            if (chance_one_in(&c, 800)) {
                (void)lede_writer_count(writer); /* awaits what it counts */
                must(lede_writer_rollback(writer, &err));
            }
        }
        must(lede_writer_commit(writer, NULL, &err));
    }
}

/* Hits with their scores, and what is stored of the best. */
static void tell_answers(lede_buffer *out, lede_index *index)
{
    static const char *const queries[] = { "ferry1", "storm2 OR calm3",
                                           "\"bridge1 captain2\"", "harbour*",
                                           "-ferry1" };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_snapshot *snapshot;

    options.limit = 1000;
    must(lede_snapshot_open(&snapshot, index, &err));
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        lede_results *results;
        const lede_hit *hit;

        must(lede_search_text(&results, snapshot, queries[q],
                              strlen(queries[q]), &options, &err));
        for (size_t i = 0; (hit = lede_results_hit(results, i)) != NULL; i++)
            lede_put_format(out, "%.*s %a %s\n", (int)hit->key_len, hit->key,
                            hit->score,
                            lede_document_text(hit->document, "body"));
        lede_results_free(results);
    }
    lede_snapshot_close(snapshot);
}

static void answer(lede_buffer *out, const char *address, uint32_t threads,
                   lede_writer_counts *counts)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_index *index;
    lede_writer *writer;

    options.threads = threads;
    options.memory_bytes = (uint64_t)64 << 20;
    must(lede_index_create(&index, address, NULL, NULL, &err));
    must(lede_writer_open(&writer, index, &options, &err));
    change_at_random(writer);
    *counts = *lede_writer_count(writer);
    must(lede_writer_optimize(writer, NULL, &err));
    tell_answers(out, index);
    lede_writer_close(writer);
    lede_index_close(index);
}

START_TEST(answers_are_the_same_however_many_threads)
{
    lede_buffer one, many;
    lede_writer_counts counts, others;

    lede_buffer_init(&one, NULL);
    lede_buffer_init(&many, NULL);
    answer(&one, "memory:", 1, &counts);
    ck_assert_uint_gt(one.len, 100000);
    for (uint32_t threads = 1; threads <= 4; threads *= 2) {
        lede_buffer_clear(&many);
        answer(&many, _i ? scratch("lanes") : "memory:", threads, &others);
        ck_assert(lede_bytes_equal(lede_buffer_bytes(&one),
                                   lede_buffer_bytes(&many)));
        ck_assert_uint_eq(counts.put, others.put);
        ck_assert_uint_eq(counts.deleted, others.deleted);
        ck_assert_uint_eq(counts.tokens, others.tokens);
        ck_assert_uint_eq(counts.text_bytes, others.text_bytes);
        if (_i)
            scratch_remove();
    }
    lede_buffer_fini(&one);
    lede_buffer_fini(&many);
}
END_TEST

/* ---- Readers meanwhile ---- */

static atomic_bool ended;

static void *read_on(void *ctx)
{
    static char no_snapshot[] = "a snapshot does not open";
    static char no_search[] = "a search fails";
    static char falls[] = "generations fall";
    lede_index *index = ctx;
    uint64_t before = 0, wrong = 0;

    while (!atomic_load(&ended)) {
        lede_snapshot *snapshot;
        lede_results *results;
        uint64_t generation;
        lede_error fault;

        if (lede_snapshot_open(&snapshot, index, &fault) != LEDE_OK)
            return no_snapshot;
        generation = lede_snapshot_generation(snapshot);
        wrong += generation < before;
        before = generation;
        if (lede_search_text(&results, snapshot, "ferry1", 6, NULL, &fault) !=
            LEDE_OK)
            return no_search;
        lede_results_free(results);
        lede_snapshot_close(snapshot);
    }
    return wrong ? falls : NULL;
}

START_TEST(snapshots_are_read_while_lanes_work)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_index *index;
    lede_writer *writer;
    pthread_t reader;
    void *why = NULL;

    options.threads = 4;
    options.memory_bytes = (uint64_t)64 << 20;
    must(lede_index_create(&index, _i ? scratch("lanes") : "memory:", NULL,
                           NULL, &err));
    must(lede_writer_open(&writer, index, &options, &err));
    atomic_store(&ended, false);
    ck_assert_int_eq(pthread_create(&reader, NULL, read_on, index), 0);
    change_at_random(writer);
    atomic_store(&ended, true);
    ck_assert_int_eq(pthread_join(reader, &why), 0);
    ck_assert_msg(!why, "%s", (const char *)why);
    lede_writer_close(writer);
    lede_index_close(index);
    if (_i)
        scratch_remove();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, each_change_is_applied_once_in_rising_order);
    tcase_add_test(tcase, a_small_commit_stays_in_one_lane);
    tcase_add_test(tcase, much_that_waits_calls_all_lanes);
    tcase_add_test(tcase, a_failure_comes_with_the_next_call_and_sticks);
    tcase_add_test(tcase, what_waits_is_dropped_by_a_failure_and_a_discard);
    tcase_add_test(tcase, too_many_words_refuse_one_article);
    tcase_add_test(tcase, what_waits_is_dropped_by_an_end);
    tcase_add_loop_test(tcase, answers_are_the_same_however_many_threads, 0, 2);
    tcase_add_loop_test(tcase, snapshots_are_read_while_lanes_work, 0, 2);
}

int main(void)
{
    return test_suite_run("lanes", add_tests);
}
