#include "lede/lede.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shelf.h"
#include "support/suite.h"
#include "support/witness.h"

static lede_error *err = &the_shelf.err;

static void set_up(void)
{
    shelf_open(NULL);
}

static void tear_down(void)
{
    shelf_close();
}

START_TEST(a_snapshot_never_changes)
{
    lede_snapshot *first;

    shelf_put("a", "title", "ferry", NULL);
    shelf_commit();
    first = the_shelf.snapshot;
    the_shelf.snapshot = NULL;
    shelf_put("b", "title", "ferry", NULL);
    shelf_put("a", "title", "storm", NULL);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "b");
    ck_assert_int_eq(lede_writer_optimize(the_shelf.writer, NULL, err),
                     LEDE_OK);
    lede_snapshot_close(the_shelf.snapshot);
    the_shelf.snapshot = first;
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_str_eq(shelf_find("storm"), "");
}
END_TEST

START_TEST(an_index_never_committed_to_is_an_empty_snapshot)
{
    lede_snapshot *snapshot;
    lede_document *doc;
    lede_documents *all;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, the_shelf.index, err),
                     LEDE_OK);
    ck_assert_uint_eq(lede_snapshot_generation(snapshot), 0);
    ck_assert_ptr_nonnull(
        lede_schema_find(lede_snapshot_schema(snapshot), "title"));
    ck_assert_int_eq(lede_snapshot_get(&doc, snapshot, "a", 1, err),
                     LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(lede_documents_open(&all, snapshot, NULL, 0, err),
                     LEDE_OK);
    ck_assert(!lede_documents_next(all));
    ck_assert(!lede_documents_next(all));
    ck_assert_int_eq(all->status, LEDE_OK);
    lede_documents_close(all);
    lede_snapshot_close(snapshot);
}
END_TEST

START_TEST(an_article_comes_back_as_it_was_put)
{
    lede_document *doc, *back;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    (void)lede_document_add_text(doc, "tags", "b", 1);
    (void)lede_document_add_text(doc, "body", "one\0two", 7);
    (void)lede_document_add_text(doc, "tags", "a", 1);
    (void)lede_document_add_text(doc, "body", "", 0);
    (void)lede_document_add_int(doc, "date", -1);
    shelf_put_document("k", doc);
    shelf_commit();
    ck_assert_int_eq(lede_snapshot_get(&back, the_shelf.snapshot, "k", 1, err),
                     LEDE_OK);
    ck_assert_str_eq(lede_document_value(back, "tags", 0)->text, "b");
    ck_assert_str_eq(lede_document_value(back, "tags", 1)->text, "a");
    ck_assert_int_eq(lede_document_value(back, "tags", 2)->kind, LEDE_NONE);
    ck_assert_uint_eq(lede_document_value(back, "body", 0)->len, 7);
    ck_assert_int_eq(
        memcmp(lede_document_value(back, "body", 0)->text, "one\0two", 8), 0);
    ck_assert_int_eq(lede_document_value(back, "body", 1)->kind, LEDE_TEXT);
    ck_assert_int_eq(lede_document_value(back, "date", 0)->number, -1);
    shelf_put_document("again", back);
    shelf_commit();
    lede_document_free(back);
    ck_assert_int_eq(
        lede_snapshot_get(&back, the_shelf.snapshot, "again", 5, err), LEDE_OK);
    ck_assert_str_eq(lede_document_value(back, "tags", 1)->text, "a");
    lede_document_free(back);
    lede_document_free(doc);
}
END_TEST

START_TEST(a_key_that_is_not_there_is_not_found_and_named)
{
    lede_document *doc = NULL;

    shelf_put("a", "title", "ferry", NULL);
    shelf_commit();
    ck_assert_int_eq(lede_snapshot_get(&doc, the_shelf.snapshot, "b", 1, err),
                     LEDE_ERR_NOT_FOUND);
    ck_assert_str_eq(err->where, "b");
    ck_assert_ptr_null(doc);
    ck_assert_int_eq(lede_snapshot_get(&doc, the_shelf.snapshot, "", 0, err),
                     LEDE_ERR_INVALID);
}
END_TEST

START_TEST(fields_that_are_not_stored_do_not_come_back)
{
    lede_field_options unstored = LEDE_FIELD_OPTIONS;
    lede_schema *schema;
    lede_document *doc;

    shelf_close();
    unstored.flags = LEDE_FIELD_UNSTORED;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "seen", LEDE_TEXT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "lost", LEDE_TEXT, &unstored),
                     LEDE_OK);
    shelf_open(schema);
    shelf_put("k", "seen", "one", "lost", "two", NULL);
    shelf_commit();
    ck_assert_int_eq(lede_snapshot_get(&doc, the_shelf.snapshot, "k", 1, err),
                     LEDE_OK);
    ck_assert_str_eq(lede_document_text(doc, "seen"), "one");
    ck_assert_str_eq(lede_document_text(doc, "lost"), "");
    ck_assert_str_eq(shelf_find("two"), "k");
    lede_document_free(doc);
    lede_schema_free(schema);
}
END_TEST

/* Keys of the stream after `after`, how many; checks that they rise. */
static size_t walk(const char *after, const char *first)
{
    char last[16] = "";
    lede_documents *all;
    size_t count = 0;

    ck_assert_int_eq(lede_documents_open(&all, the_shelf.snapshot, after,
                                         LEDE_TERMINATED, err),
                     LEDE_OK);
    while (lede_documents_next(all)) {
        if (count == 0)
            ck_assert_str_eq(all->key, first);
        ck_assert_str_lt(last, all->key);
        ck_assert_str_eq(lede_document_text(all->document, "title"), all->key);
        (void)strcpy(last, all->key);
        count++;
    }
    ck_assert_int_eq(all->status, LEDE_OK);
    lede_documents_close(all);
    return count;
}

START_TEST(all_articles_come_in_put_order_across_pages)
{
    lede_documents *all;

    for (int i = 0; i < 1200; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "k%04d", i);
        shelf_put(key, "title", key, NULL);
    }
    shelf_commit();
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "k0700", 5, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_uint_eq(walk(NULL, "k0000"), 1199);
    ck_assert_uint_eq(walk("k0000", "k0001"), 1198);
    ck_assert_uint_eq(walk("k1198", "k1199"), 1);
    ck_assert_uint_eq(walk("k1199", ""), 0);
    ck_assert_int_eq(
        lede_documents_open(&all, the_shelf.snapshot, "k0700", 5, err),
        LEDE_ERR_NOT_FOUND);
}
END_TEST

START_TEST(streams_outlive_what_they_were_opened_from)
{
    lede_documents *all;
    lede_terms *terms;

    shelf_put("a", "title", "ferry", NULL);
    shelf_commit();
    ck_assert_int_eq(
        lede_documents_open(&all, the_shelf.snapshot, NULL, 0, err), LEDE_OK);
    ck_assert_int_eq(
        lede_terms_open(&terms, the_shelf.snapshot, "title", "", 0, err),
        LEDE_OK);
    shelf_close();
    ck_assert(lede_documents_next(all));
    ck_assert_str_eq(all->key, "a");
    ck_assert(lede_terms_next(terms));
    ck_assert_str_eq(terms->term, "ferry");
    lede_documents_close(all);
    lede_terms_close(terms);
}
END_TEST

/* "term:documents:occurrences ..." of a field. */
static const char *list_terms(const char *field, const char *prefix)
{
    static char out[512];
    lede_terms *terms;
    size_t used = 0;

    out[0] = '\0';
    ck_assert_int_eq(lede_terms_open(&terms, the_shelf.snapshot, field, prefix,
                                     LEDE_TERMINATED, err),
                     LEDE_OK);
    while (lede_terms_next(terms)) {
        ck_assert_uint_eq(strlen(terms->term), terms->len);
        used += (size_t)snprintf(
            out + used, sizeof out - used, "%s%s:%d:%d", used ? " " : "",
            terms->term, (int)terms->documents, (int)terms->occurrences);
    }
    ck_assert_int_eq(terms->status, LEDE_OK);
    lede_terms_close(terms);
    return out;
}

START_TEST(the_terms_of_a_field_come_in_byte_order)
{
    lede_terms *terms;

    shelf_put("a", "title", "Ferry ferry storm", "section", "World News", NULL);
    shelf_put("b", "title", "covid-19 storm", "section", "World News", NULL);
    shelf_commit();
    ck_assert_str_eq(list_terms("title", ""),
                     "19:1:1 covid:1:1 ferry:1:2 storm:2:2");
    ck_assert_str_eq(list_terms("title", "st"), "storm:2:2");
    ck_assert_str_eq(list_terms("title", "stx"), "");
    ck_assert_str_eq(list_terms("body", ""), "");
    ck_assert_str_eq(list_terms("section", ""), "World News:2:2");
    ck_assert_int_eq(
        lede_terms_open(&terms, the_shelf.snapshot, "date", "", 0, err),
        LEDE_ERR_INVALID);
    ck_assert_int_eq(
        lede_terms_open(&terms, the_shelf.snapshot, "none", "", 0, err),
        LEDE_ERR_INVALID);
}
END_TEST

START_TEST(statistics_add_up)
{
    lede_stats *stats;
    uint64_t sum = 0;

    shelf_put("a", "title", "two ferries", "body", "sailed", NULL);
    shelf_put("b", "title", "gone", NULL);
    shelf_commit();
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "b", 1, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(lede_stats_new(&stats, the_shelf.snapshot, err), LEDE_OK);
    ck_assert_uint_eq(stats->documents, 1);
    ck_assert_uint_eq(stats->text_bytes, 17);
    ck_assert_uint_eq(stats->generation,
                      lede_snapshot_generation(the_shelf.snapshot));
    ck_assert_str_eq(stats->engine, shelf_engine());
    for (size_t i = 0; i < stats->section_count; i++)
        sum += stats->sections[i].bytes;
    ck_assert_uint_eq(sum, stats->index_bytes);
    lede_stats_free(stats);
    lede_stats_free(NULL);
}
END_TEST

START_TEST(an_engine_without_files_has_no_backups)
{
    bool native = strcmp(shelf_engine(), "native") == 0;
    lede_status status;

    shelf_put("a", "title", "Ferry", NULL);
    shelf_commit();
    ck_assert_int_eq(lede_snapshot_backup(NULL, "x", NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_snapshot_backup(the_shelf.snapshot, NULL, NULL, err),
                     LEDE_ERR_INVALID);
    status =
        lede_snapshot_backup(the_shelf.snapshot, "no/such/folder/x", NULL, err);
    ck_assert_int_eq(status,
                     native ? LEDE_ERR_NOT_FOUND : LEDE_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(wrong_arguments_are_invalid_and_never_a_crash)
{
    lede_snapshot *snapshot;
    lede_document *doc;
    lede_documents *all;
    lede_stats *stats;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_snapshot_open(NULL, the_shelf.index, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_snapshot_get(&doc, NULL, "a", 1, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_documents_open(&all, NULL, NULL, 0, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_stats_new(&stats, NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_uint_eq(lede_snapshot_generation(NULL), 0);
    ck_assert_ptr_null(lede_snapshot_schema(NULL));
    ck_assert_ptr_null(lede_snapshot_note(NULL, "x", NULL));
    ck_assert(!lede_documents_next(NULL));
    ck_assert(!lede_terms_next(NULL));
    lede_snapshot_close(NULL);
    lede_documents_close(NULL);
    lede_terms_close(NULL);
}
END_TEST

#define READERS 4
#define COMMITS 20

/* Answers BUSY, which only an engine may whose snapshots fade. */
#define FADED UINT64_MAX

static atomic_bool stop;

static uint64_t count_ferries(const lede_snapshot *snapshot)
{
    bool fades = strcmp(shelf_engine(), "xapian") == 0;
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results;
    lede_status status;
    uint64_t total;

    options.flags = LEDE_SEARCH_COUNT_ALL;
    options.snippet = LEDE_SNIPPET_HTML;
    status = lede_search_text(&results, snapshot, "ferries", LEDE_TERMINATED,
                              &options, NULL);
    if (fades && status == LEDE_ERR_BUSY)
        return FADED;
    witness(status == LEDE_OK);
    if (status != LEDE_OK)
        return 0;
    total = results->total;
    lede_results_free(results);
    return total;
}

/* As many as the commit said; the first said nothing. */
static uint64_t count_noted(const lede_snapshot *snapshot)
{
    const char *noted = lede_snapshot_note(snapshot, "ferries", NULL);

    return noted ? strtoull(noted, NULL, 10) : 1;
}

/* What every reader sees, until the commits have ended, and once more: as many
 * hits as articles, for the snapshot all share and for new ones. */
static void *read_on(void *shared)
{
    bool last;

    do {
        lede_snapshot *snapshot = NULL;
        lede_status status;
        uint64_t found;

        last = atomic_load(&stop);
        status = lede_snapshot_open(&snapshot, the_shelf.index, NULL);
        witness(status == LEDE_OK);
        if (status != LEDE_OK)
            return NULL;
        found = count_ferries(snapshot);
        witness(found == count_noted(snapshot) || (found == FADED && !last));
        found = count_ferries(shared);
        witness(found == 1 || found == FADED);
        lede_snapshot_close(snapshot);
    } while (!last);
    return NULL;
}

START_TEST(many_threads_search_while_one_commits)
{
    pthread_t readers[READERS];

    shelf_put("first", "title", "a ferry", NULL);
    shelf_commit();
    atomic_store(&stop, false);
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(
            pthread_create(&readers[i], NULL, read_on, the_shelf.snapshot), 0);
    for (int i = 0; i < COMMITS; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "k%d", i);
        shelf_put(key, "title", "a ferry", "body", "that sails", NULL);
        (void)snprintf(key, sizeof key, "%d", i + 2);
        ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "ferries", key,
                                              strlen(key), err),
                         LEDE_OK);
        ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                         LEDE_OK);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_join(readers[i], NULL), 0);
    witness_assert();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_snapshot_never_changes);
    tcase_add_test(tcase, an_index_never_committed_to_is_an_empty_snapshot);
    tcase_add_test(tcase, an_article_comes_back_as_it_was_put);
    tcase_add_test(tcase, a_key_that_is_not_there_is_not_found_and_named);
    tcase_add_test(tcase, fields_that_are_not_stored_do_not_come_back);
    tcase_add_test(tcase, all_articles_come_in_put_order_across_pages);
    tcase_add_test(tcase, streams_outlive_what_they_were_opened_from);
    tcase_add_test(tcase, the_terms_of_a_field_come_in_byte_order);
    tcase_add_test(tcase, statistics_add_up);
    tcase_add_test(tcase, an_engine_without_files_has_no_backups);
    tcase_add_test(tcase, wrong_arguments_are_invalid_and_never_a_crash);
    tcase_add_test(tcase, many_threads_search_while_one_commits);
}

int main(void)
{
    return test_suite_run("snapshot", add_tests);
}
