/*
 * Out of memory at every point of open, add, commit and search: a clean
 * status, nothing left behind, and handles that work after a rollback.
 *
 * The tokenizer remembers words only as far as it gets memory, so that a call
 * may succeed though an allocation failed; one or two may.
 */
#include "lede/lede.h"

#include <stdio.h>
#include <string.h>

#include "lede/xapian.h"
#include "support/failing_alloc.h"
#include "support/program.h"
#include "support/shelf.h"
#include "support/suite.h"

/* Memory as it comes for all, for what is not being tested. */
static lede_status make_document(lede_document **out)
{
    lede_status status = lede_document_new(out, NULL);

    (void)lede_document_add_text(*out, "title", "Ferries to al-Basra",
                                 LEDE_TERMINATED);
    (void)lede_document_add_text(*out, "body",
                                 "The ferry sailed in a storm. Soleimani was "
                                 "not there; the caf\xc3\xa9 was.",
                                 LEDE_TERMINATED);
    (void)lede_document_add_text(*out, "tags", "sea", LEDE_TERMINATED);
    (void)lede_document_add_text(*out, "date", "2020-01-03", LEDE_TERMINATED);
    return status;
}

/* Each time a new one, where shelf_is_on_disk() says. */
static lede_status create(lede_index **out, const lede_allocator *allocator)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    const char *address = "memory:";

    options.allocator = allocator;
#ifdef LEDE_HAVE_XAPIAN
    if (shelf_is_on_disk()) {
        scratch_remove();
        options.engine = lede_xapian_engine();
        address = scratch("faults");
    }
#endif
    return lede_index_create(out, address, NULL, &options, NULL);
}

static lede_status open_writer(lede_writer **out, lede_index *index)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;

    options.durability = LEDE_NOT_DURABLE;
    return lede_writer_open(out, index, &options, NULL);
}

static lede_status run_create(const lede_allocator *allocator, void *ctx)
{
    lede_index *index = NULL;
    lede_status status = create(&index, allocator);

    (void)ctx;
    lede_index_close(index);
    return status;
}

START_TEST(creating_an_index)
{
    ck_assert_uint_gt(failing_alloc_sweep(run_create, NULL), 5);
}
END_TEST

static lede_status write_articles(lede_index *index, lede_document *doc)
{
    lede_writer *writer = NULL;
    lede_status status = open_writer(&writer, index);

    if (status == LEDE_OK)
        status = lede_writer_set_note(writer, "feed", "12", 2, NULL);
    if (status == LEDE_OK)
        status = lede_writer_put(writer, "a", 1, doc, NULL);
    if (status == LEDE_OK)
        status = lede_writer_put(writer, "b", 1, doc, NULL);
    if (status == LEDE_OK)
        status = lede_writer_delete(writer, "a", 1, NULL);
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, NULL);
    lede_writer_close(writer);
    return status;
}

static lede_status run_write(const lede_allocator *allocator, void *ctx)
{
    lede_index *index = NULL;
    lede_status status = create(&index, allocator);

    if (status == LEDE_OK)
        status = write_articles(index, ctx);
    lede_index_close(index);
    return status;
}

/* How many points there were, and at how many the call did without. */
typedef struct tally {
    uint64_t failed;
    uint64_t managed;
} tally;

/* Notes how a call with a failing allocation ended. */
static void count_end(tally *t, lede_status status, const char *what)
{
    ck_assert_msg(status == LEDE_ERR_NOMEM || status == LEDE_OK, "%s: %s", what,
                  lede_status_name(status));
    if (status == LEDE_OK)
        t->managed++;
    else
        t->failed++;
}

static void check_tally(const tally *t, const char *what)
{
    printf("%s: %d points, %d managed without\n", what,
           (int)(t->failed + t->managed), (int)t->managed);
    ck_assert_uint_le(t->managed, 2);
}

START_TEST(adding_and_committing)
{
    tally t = { 0, 0 };
    lede_document *doc;

    ck_assert_int_eq(make_document(&doc), LEDE_OK);
    for (int sticky = 0; sticky < 2; sticky++) {
        failing_alloc failing;
        uint64_t n = 0;

        do {
            lede_status status;

            failing_alloc_init(&failing, ++n, sticky != 0);
            status = run_write(&failing.allocator, doc);
            failing_alloc_check(&failing);
            if (atomic_load(&failing.failures) == 0)
                ck_assert_int_eq(status, LEDE_OK);
            else
                count_end(&t, status, "write");
        } while (atomic_load(&failing.failures) > 0);
    }
    check_tally(&t, "write");
    ck_assert_uint_gt(t.failed, 100);
    lede_document_free(doc);
}
END_TEST

static lede_status run_schema(const lede_allocator *allocator, void *ctx)
{
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_status status = create(&index, allocator);

    if (status == LEDE_OK)
        status = open_writer(&writer, index);
    if (status == LEDE_OK)
        status = lede_writer_set_schema(writer, ctx, NULL);
    if (status == LEDE_OK)
        status = lede_writer_commit(writer, NULL, NULL);
    if (status == LEDE_OK)
        status = lede_writer_optimize(writer, NULL, NULL);
    lede_writer_close(writer);
    lede_index_close(index);
    return status;
}

START_TEST(changing_the_schema)
{
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "stars", LEDE_INT, NULL), LEDE_OK);
    ck_assert_uint_gt(failing_alloc_sweep(run_schema, schema), 10);
    lede_schema_free(schema);
}
END_TEST

/* An index on a failing allocator that does not fail yet. */
typedef struct shop {
    failing_alloc failing;
    lede_index *index;
    lede_writer *writer;
    lede_document *doc;
} shop;

static void open_shop(shop *s)
{
    failing_alloc_init(&s->failing, 0, false);
    ck_assert_int_eq(make_document(&s->doc), LEDE_OK);
    ck_assert_int_eq(create(&s->index, &s->failing.allocator), LEDE_OK);
    ck_assert_int_eq(open_writer(&s->writer, s->index), LEDE_OK);
    ck_assert_int_eq(lede_writer_put(s->writer, "first", 5, s->doc, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(s->writer, NULL, NULL), LEDE_OK);
}

static void close_shop(shop *s)
{
    lede_writer_close(s->writer);
    lede_index_close(s->index);
    lede_document_free(s->doc);
    failing_alloc_check(&s->failing);
}

static uint64_t count_ferries(const shop *s)
{
    lede_snapshot *snapshot;
    lede_results *results;
    uint64_t count;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, s->index, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_search_text(&results, snapshot, "ferry", 5, NULL, NULL), LEDE_OK);
    count = results->count;
    lede_results_free(results);
    lede_snapshot_close(snapshot);
    return count;
}

/* From now on the n-th allocation fails. */
static void fail_at(shop *s, uint64_t n, bool sticky)
{
    uint64_t calls = atomic_load(&s->failing.calls);

    s->failing.fail_at = n ? calls + n : 0;
    s->failing.sticky = sticky;
}

/* One put, note and commit with the n-th allocation failing; returns whether
 * any did. */
static bool fail_once(shop *s, tally *t, uint64_t n, bool sticky)
{
    uint64_t before = atomic_load(&s->failing.failures);
    lede_status status;
    char note[32];

    (void)snprintf(note, sizeof note, "n%d", (int)n);
    fail_at(s, n, sticky);
    status = lede_writer_put(s->writer, "k", 1, s->doc, NULL);
    if (status == LEDE_OK)
        status =
            lede_writer_set_note(s->writer, "n", note, LEDE_TERMINATED, NULL);
    if (status == LEDE_OK)
        status = lede_writer_commit(s->writer, NULL, NULL);
    fail_at(s, 0, false);
    if (atomic_load(&s->failing.failures) == before) {
        ck_assert_int_eq(status, LEDE_OK);
        return false;
    }
    count_end(t, status, "writer");
    if (status == LEDE_OK) {
        ck_assert_int_eq(lede_writer_delete(s->writer, "k", 1, NULL), LEDE_OK);
        ck_assert_int_eq(lede_writer_commit(s->writer, NULL, NULL), LEDE_OK);
        return true;
    }
    ck_assert_int_eq(lede_writer_put(s->writer, "k", 1, s->doc, NULL),
                     LEDE_ERR_NOMEM);
    ck_assert_int_eq(lede_writer_rollback(s->writer, NULL), LEDE_OK);
    return true;
}

START_TEST(a_writer_works_again_after_rollback)
{
    for (int sticky = 0; sticky < 2; sticky++) {
        tally t = { 0, 0 };
        uint64_t n = 1;
        shop s;

        open_shop(&s);
        while (fail_once(&s, &t, n, sticky != 0)) {
            ck_assert_uint_eq(count_ferries(&s), 1);
            n++;
        }
        ck_assert_uint_eq(count_ferries(&s), 2);
        ck_assert_uint_gt(n, 20);
        check_tally(&t, sticky ? "writer, sticky" : "writer, once");
        close_shop(&s);
    }
}
END_TEST

static lede_status search_all(lede_snapshot *snapshot, const char *text)
{
    static const lede_facet facets[] = { { "tags", LEDE_BUCKET_VALUE, 0 },
                                         { "date", LEDE_BUCKET_MONTH, 0 } };
    static const lede_sort sort[] = { { "date", true } };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_status status;

    options.flags = LEDE_SEARCH_COUNT_ALL | LEDE_SEARCH_EXPLAIN;
    options.limit = 1;
    options.facets = facets;
    options.facet_count = 2;
    options.sort = sort;
    options.sort_count = text[0] == '+';
    options.collapse = "tags";
    options.snippet = LEDE_SNIPPET_HTML;
    options.explain_key = "second";
    options.explain_key_len = 6;
    status = lede_search_text(&results, snapshot, text, LEDE_TERMINATED,
                              &options, NULL);
    lede_results_free(results);
    return status;
}

static lede_status run_search(lede_index *index, const char *text)
{
    lede_snapshot *snapshot = NULL;
    lede_status status = lede_snapshot_open(&snapshot, index, NULL);

    if (status == LEDE_OK)
        status = search_all(snapshot, text);
    lede_snapshot_close(snapshot);
    return status;
}

/* Runs a call with every allocation failing, until none does. */
static void sweep_call(shop *s,
                       lede_status (*call)(lede_index *index, const char *text),
                       const char *text)
{
    tally t = { 0, 0 };

    for (int sticky = 0; sticky < 2; sticky++) {
        for (uint64_t n = 1;; n++) {
            uint64_t failures = atomic_load(&s->failing.failures);
            uint64_t blocks = atomic_load(&s->failing.blocks);
            lede_status status;

            fail_at(s, n, sticky != 0);
            status = call(s->index, text);
            fail_at(s, 0, false);
            ck_assert_uint_eq(atomic_load(&s->failing.blocks), blocks);
            if (atomic_load(&s->failing.failures) == failures) {
                ck_assert_int_eq(status, LEDE_OK);
                break;
            }
            count_end(&t, status, text);
        }
    }
    check_tally(&t, text);
}

START_TEST(searching)
{
    static const char *const texts[] = {
        "ferry storm",
        "+\"ferry sailed\" -bridge al-Basra",
        "fer* sto?m /s.*d/ stork~ NEAR/5(ferry storm)",
        "date:2020..2021 tags:sea author:nobody",
        "suleimany cafe",
    };
    shop s;

    open_shop(&s);
    ck_assert_int_eq(lede_writer_put(s.writer, "second", 6, s.doc, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(s.writer, NULL, NULL), LEDE_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sweep_call(&s, run_search, texts[i]);
    close_shop(&s);
}
END_TEST

static lede_status run_streams(lede_index *index, const char *text)
{
    lede_snapshot *snapshot = NULL;
    lede_documents *all = NULL;
    lede_document *doc = NULL;
    lede_terms *terms = NULL;
    lede_stats *stats = NULL;
    lede_status status = lede_snapshot_open(&snapshot, index, NULL);

    (void)text;
    if (status == LEDE_OK)
        status = lede_snapshot_get(&doc, snapshot, "first", 5, NULL);
    if (status == LEDE_OK)
        status = lede_stats_new(&stats, snapshot, NULL);
    if (status == LEDE_OK)
        status = lede_documents_open(&all, snapshot, NULL, 0, NULL);
    if (status == LEDE_OK) {
        while (lede_documents_next(all))
            ;
        status = all->status;
    }
    if (status == LEDE_OK)
        status = lede_terms_open(&terms, snapshot, "body", "s", 1, NULL);
    if (status == LEDE_OK) {
        while (lede_terms_next(terms))
            ;
        status = terms->status;
    }
    lede_terms_close(terms);
    lede_documents_close(all);
    lede_stats_free(stats);
    lede_document_free(doc);
    lede_snapshot_close(snapshot);
    return status;
}

static lede_status run_suggest(lede_index *index, const char *text)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *corrections = NULL, *completions = NULL;
    lede_snapshot *snapshot = NULL;
    lede_status status = lede_snapshot_open(&snapshot, index, NULL);

    options.kind = LEDE_SUGGEST_COMPLETION;
    if (status == LEDE_OK)
        status = lede_suggest(&corrections, snapshot, text, LEDE_TERMINATED,
                              NULL, NULL);
    if (status == LEDE_OK)
        status = lede_suggest(&completions, snapshot, text, LEDE_TERMINATED,
                              &options, NULL);
    lede_suggestions_free(completions);
    lede_suggestions_free(corrections);
    lede_snapshot_close(snapshot);
    return status;
}

static lede_status run_similar(lede_index *index, const char *text)
{
    lede_snapshot *snapshot = NULL;
    lede_results *results = NULL;
    lede_query *query;
    lede_status status = lede_query_new(&query, NULL);

    (void)text;
    ck_assert_int_eq(status, LEDE_OK);
    lede_query_set_root(query, lede_query_similar_to(query, NULL, "first", 5));
    status = lede_snapshot_open(&snapshot, index, NULL);
    if (status == LEDE_OK)
        status = lede_search(&results, snapshot, query, NULL, NULL);
    lede_results_free(results);
    lede_snapshot_close(snapshot);
    lede_query_free(query);
    return status;
}

START_TEST(streams_suggestions_and_similar_articles)
{
    shop s;

    open_shop(&s);
    sweep_call(&s, run_streams, "streams");
    sweep_call(&s, run_suggest, "stom ferr");
    sweep_call(&s, run_similar, "similar");
    close_shop(&s);
}
END_TEST

static void tear_down(void)
{
    if (shelf_is_on_disk())
        scratch_remove();
}

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, creating_an_index);
    tcase_add_test(tcase, adding_and_committing);
    tcase_add_test(tcase, changing_the_schema);
    tcase_add_test(tcase, a_writer_works_again_after_rollback);
    tcase_add_test(tcase, searching);
    tcase_add_test(tcase, streams_suggestions_and_similar_articles);
}

int main(void)
{
    return test_suite_run("faults", add_tests);
}
