#include "lede/lede.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/engine.h"
#include "memory/memory.h"
#include "support/shelf.h"
#include "support/suite.h"

static void set_up(void)
{
    shelf_open(NULL);
}

static void tear_down(void)
{
    shelf_close();
}

static lede_error *err = &the_shelf.err;

/* Puts an article with one value. */
static lede_status put(const char *key, const char *field, const char *text)
{
    lede_document *doc;
    lede_status status;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    (void)lede_document_add_text(doc, field, text, LEDE_TERMINATED);
    status = lede_writer_put(the_shelf.writer, key, LEDE_TERMINATED, doc, err);
    ck_assert_int_eq(err->status, status);
    lede_document_free(doc);
    return status;
}

START_TEST(what_is_put_is_seen_from_the_commit_on)
{
    shelf_commit();
    ck_assert_int_eq(put("k", "title", "ferry"), LEDE_OK);
    ck_assert_str_eq(shelf_find("ferry"), "");
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "k");
}
END_TEST

START_TEST(the_last_call_for_a_key_wins)
{
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(put("a", "title", "storm"), LEDE_OK);
    ck_assert_int_eq(put("b", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "b", 1, err),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "c", 1, err),
                     LEDE_OK);
    ck_assert_int_eq(put("c", "title", "ferry"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "c");
    ck_assert_str_eq(shelf_find("storm"), "a");
    ck_assert_int_eq(put("a", "title", "calm"), LEDE_OK);
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "c", 1, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "");
    ck_assert_str_eq(shelf_find("storm"), "");
    ck_assert_str_eq(shelf_find("calm"), "a");
}
END_TEST

START_TEST(keys_have_1_to_2048_bytes_of_any_value)
{
    char key[LEDE_KEY_MAX + 1];

    memset(key, 'k', sizeof key);
    key[1] = '\0';
    ck_assert_int_eq(
        lede_writer_put(the_shelf.writer, key, LEDE_KEY_MAX, NULL, err),
        LEDE_OK);
    ck_assert_int_eq(
        lede_writer_put(the_shelf.writer, key, LEDE_KEY_MAX + 1, NULL, err),
        LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_writer_put(the_shelf.writer, "", 0, NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_writer_put(the_shelf.writer, NULL, 1, NULL, err),
                     LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "key");
    shelf_commit();
    ck_assert_uint_eq(lede_writer_count(the_shelf.writer)->put, 1);
}
END_TEST

START_TEST(invalid_refuses_one_article_and_changes_nothing)
{
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(put("a", "titel", "storm"), LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "titel");
    ck_assert_int_eq(put("b", "title", "storm"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_str_eq(shelf_find("storm"), "b");
    ck_assert_uint_eq(lede_writer_count(the_shelf.writer)->put, 2);
}
END_TEST

START_TEST(another_writer_is_busy_until_this_one_closes)
{
    lede_writer *other;

    ck_assert_int_eq(lede_writer_open(&other, the_shelf.index, NULL, err),
                     LEDE_ERR_BUSY);
    lede_writer_close(the_shelf.writer);
    the_shelf.writer = NULL;
    ck_assert_int_eq(lede_writer_open(&other, the_shelf.index, NULL, err),
                     LEDE_OK);
    lede_writer_close(other);
}
END_TEST

START_TEST(closing_drops_what_was_not_committed)
{
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    lede_writer_close(the_shelf.writer);
    ck_assert_int_eq(
        lede_writer_open(&the_shelf.writer, the_shelf.index, NULL, err),
        LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "");
}
END_TEST

START_TEST(rollback_returns_to_the_last_commit)
{
    lede_schema *schema;
    size_t len;

    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(
        lede_writer_set_note(the_shelf.writer, "feed", "1", 1, err), LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(lede_schema_copy(&schema,
                                      lede_snapshot_schema(the_shelf.snapshot),
                                      NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "mood", LEDE_KEYWORD, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_set_schema(the_shelf.writer, schema, err),
                     LEDE_OK);
    ck_assert_int_eq(put("a", "mood", "storm"), LEDE_OK);
    ck_assert_int_eq(
        lede_writer_set_note(the_shelf.writer, "feed", "2", 1, err), LEDE_OK);
    ck_assert_int_eq(lede_writer_rollback(the_shelf.writer, err), LEDE_OK);
    ck_assert_int_eq(put("b", "mood", "x"), LEDE_ERR_INVALID);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_ptr_null(
        lede_schema_find(lede_snapshot_schema(the_shelf.snapshot), "mood"));
    ck_assert_str_eq(lede_snapshot_note(the_shelf.snapshot, "feed", &len), "1");
    ck_assert_uint_eq(len, 1);
    lede_schema_free(schema);
}
END_TEST

START_TEST(a_commit_without_changes_keeps_its_number)
{
    uint64_t first, second, third;

    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, &first, err),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, &second, err),
                     LEDE_OK);
    ck_assert_uint_eq(first, second);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "n", "x", 1, err),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, &third, err),
                     LEDE_OK);
    ck_assert_uint_gt(third, second);
}
END_TEST

START_TEST(notes_live_from_commit_to_commit)
{
    size_t len = 99;
    char *big = calloc(1, 65536);

    ck_assert_ptr_nonnull(big);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "a", "one", 3, err),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "b", "two", 3, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(put("k", "title", "x"), LEDE_OK);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "a", "", 0, err),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_writer_set_note(the_shelf.writer, "big", big, 65536, err),
        LEDE_ERR_LIMIT);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "", "x", 1, err),
                     LEDE_ERR_INVALID);
    shelf_commit();
    lede_writer_close(the_shelf.writer);
    ck_assert_int_eq(
        lede_writer_open(&the_shelf.writer, the_shelf.index, NULL, err),
        LEDE_OK);
    ck_assert_int_eq(
        lede_writer_set_note(the_shelf.writer, "c", "three", 5, err), LEDE_OK);
    shelf_commit();
    ck_assert_ptr_null(lede_snapshot_note(the_shelf.snapshot, "a", &len));
    ck_assert_uint_eq(len, 0);
    ck_assert_str_eq(lede_snapshot_note(the_shelf.snapshot, "b", NULL), "two");
    ck_assert_str_eq(lede_snapshot_note(the_shelf.snapshot, "c", &len),
                     "three");
    ck_assert_uint_eq(len, 5);
    free(big);
}
END_TEST

START_TEST(fields_are_added_with_a_commit_and_missing_before)
{
    lede_schema *schema;

    ck_assert_int_eq(put("old", "title", "ferry"), LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(put("x", "mood", "calm"), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_copy(&schema,
                                      lede_snapshot_schema(the_shelf.snapshot),
                                      NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "mood", LEDE_TEXT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "stars", LEDE_INT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_writer_set_schema(the_shelf.writer, schema, err),
                     LEDE_OK);
    ck_assert_int_eq(put("new", "mood", "calm"), LEDE_OK);
    ck_assert_int_eq(put("five", "stars", "5"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("calm"), "new");
    ck_assert_str_eq(shelf_find("mood:calm"), "new");
    ck_assert_str_eq(shelf_find("stars:4..6"), "five");
    ck_assert_str_eq(shelf_find("ferry"), "old");
    lede_schema_free(schema);
}
END_TEST

START_TEST(a_schema_that_changes_a_field_is_refused)
{
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "title", LEDE_KEYWORD, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_set_schema(the_shelf.writer, schema, err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(put("k", "title", "still text"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("still"), "k");
    lede_schema_free(schema);
}
END_TEST

START_TEST(languages_change_with_a_commit_without_the_articles)
{
    lede_analyzer_options analyzer = LEDE_ANALYZER_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(put("k", "title", "les chevaux galopants"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("galopante"), "");
    ck_assert_int_eq(lede_schema_copy(&schema,
                                      lede_snapshot_schema(the_shelf.snapshot),
                                      NULL),
                     LEDE_OK);
    analyzer.languages = "en fr";
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &analyzer), LEDE_OK);
    ck_assert_int_eq(lede_writer_set_schema(the_shelf.writer, schema, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("galopante"), "k");
    lede_schema_free(schema);
}
END_TEST

START_TEST(counts_tell_what_the_writer_did)
{
    const lede_writer_counts *counts;

    ck_assert_int_eq(put("a", "title", "two ferries"), LEDE_OK);
    ck_assert_int_eq(put("b", "date", "yesterday, I think"), LEDE_OK);
    ck_assert_int_eq(put("c", "body",
                         "bad \xff"
                         "byte"),
                     LEDE_OK);
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "a", 1, err),
                     LEDE_OK);
    counts = lede_writer_count(the_shelf.writer);
    ck_assert_uint_eq(counts->put, 3);
    ck_assert_uint_eq(counts->deleted, 1);
    ck_assert_uint_eq(counts->tokens, 4);
    ck_assert_uint_eq(counts->text_bytes, 20);
    ck_assert_uint_eq(counts->dates_dropped, 1);
    ck_assert_uint_eq(counts->invalid_bytes, 1);
    ck_assert_ptr_null(lede_writer_count(NULL));
}
END_TEST

START_TEST(a_writer_is_refused_where_it_cannot_be)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_index *index = NULL;
    lede_writer *writer;

    options.flags = LEDE_INDEX_UNTRUSTED;
    if (lede_index_create(&index, "memory:", NULL, &options, err) == LEDE_OK)
        ck_assert_int_eq(lede_writer_open(&writer, index, NULL, err),
                         LEDE_ERR_INVALID);
    lede_index_close(index);
    lede_writer_close(the_shelf.writer);
    the_shelf.writer = NULL;
    writing.memory_bytes = 1000;
    ck_assert_int_eq(lede_writer_open(&writer, the_shelf.index, &writing, err),
                     LEDE_ERR_INVALID);
    ck_assert_str_eq(err->where, "memory_bytes");
    writing.memory_bytes = 0;
    writing.durability = (lede_durability)9;
    ck_assert_int_eq(lede_writer_open(&writer, the_shelf.index, &writing, err),
                     LEDE_ERR_INVALID);
}
END_TEST

START_TEST(optimize_lets_deleted_articles_go)
{
    lede_stats *stats;

    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    ck_assert_int_eq(put("b", "title", "storm"), LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "b", 1, err),
                     LEDE_OK);
    ck_assert_int_eq(put("c", "title", "calm"), LEDE_OK);
    ck_assert_int_eq(lede_writer_optimize(the_shelf.writer, NULL, err),
                     LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(lede_stats_new(&stats, the_shelf.snapshot, err), LEDE_OK);
    ck_assert_uint_eq(stats->documents, 2);
    ck_assert_uint_eq(stats->deleted, 0);
    lede_stats_free(stats);
    ck_assert_str_eq(shelf_find("storm"), "");
    ck_assert_str_eq(shelf_find("ferry calm"), "c a");
}
END_TEST

/* The memory engine with a disk that fails when told. */
static lede_status next_status;

static lede_status failing_apply(lede_engine_writer *writer, uint32_t lane,
                                 const lede_engine_change *change,
                                 lede_error *error)
{
    if (next_status != LEDE_OK)
        return lede_fail(error, next_status, "the disk", "it fails");
    return lede_memory_engine()->apply(writer, lane, change, error);
}

static lede_status failing_finish(lede_engine_writer *writer,
                                  const lede_engine_finish *finish,
                                  uint64_t *generation, lede_error *error)
{
    if (next_status != LEDE_OK && finish->kind != LEDE_FINISH_ROLLBACK)
        return lede_fail(error, next_status, "the disk", "it fails");
    return lede_memory_engine()->finish(writer, finish, generation, error);
}

/* Another shelf, on the failing disk. */
static void reopen_failing(uint32_t threads)
{
    lede_writer_options threaded = LEDE_WRITER_OPTIONS;
    static lede_engine engine;
    lede_index_options options = LEDE_INDEX_OPTIONS;

    shelf_close();
    engine = *lede_memory_engine();
    threaded.threads = threads;
    engine.schemes = "memory failing";
    engine.apply = failing_apply;
    engine.finish = failing_finish;
    options.engine = &engine;
    next_status = LEDE_OK;
    ck_assert_int_eq(
        lede_index_create(&the_shelf.index, "memory:", NULL, &options, err),
        LEDE_OK);
    ck_assert_int_eq(
        lede_writer_open(&the_shelf.writer, the_shelf.index, &threaded, err),
        LEDE_OK);
}

START_TEST(a_failure_sticks_until_rollback)
{
    reopen_failing(1);
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(put("b", "title", "storm"), LEDE_OK);
    next_status = LEDE_ERR_IO;
    ck_assert_int_eq(put("c", "title", "calm"), LEDE_ERR_IO);
    next_status = LEDE_OK;
    ck_assert_int_eq(put("d", "title", "calm"), LEDE_ERR_IO);
    ck_assert_str_eq(err->where, "the disk");
    ck_assert_int_eq(lede_writer_delete(the_shelf.writer, "a", 1, err),
                     LEDE_ERR_IO);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "n", "x", 1, err),
                     LEDE_ERR_IO);
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                     LEDE_ERR_IO);
    ck_assert_int_eq(lede_writer_rollback(the_shelf.writer, err), LEDE_OK);
    ck_assert_int_eq(put("d", "title", "calm"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_str_eq(shelf_find("storm"), "");
    ck_assert_str_eq(shelf_find("calm"), "d");
}
END_TEST

/* Where articles wait for a thread, the failure of one comes later. */
START_TEST(a_failure_of_a_thread_sticks_until_rollback)
{
    reopen_failing(2);
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    shelf_commit();
    next_status = LEDE_ERR_IO;
    ck_assert_int_eq(put("c", "title", "calm"), LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                     LEDE_ERR_IO);
    ck_assert_str_eq(err->where, "the disk");
    next_status = LEDE_OK;
    ck_assert_int_eq(put("d", "title", "calm"), LEDE_ERR_IO);
    ck_assert_str_eq(err->where, "the disk");
    ck_assert_int_eq(lede_writer_rollback(the_shelf.writer, err), LEDE_OK);
    ck_assert_int_eq(put("d", "title", "calm"), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_str_eq(shelf_find("calm"), "d");
}
END_TEST

START_TEST(a_failed_commit_keeps_the_last_one)
{
    reopen_failing(1);
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    shelf_commit();
    ck_assert_int_eq(put("a", "title", "storm"), LEDE_OK);
    ck_assert_int_eq(lede_writer_set_note(the_shelf.writer, "n", "x", 1, err),
                     LEDE_OK);
    next_status = LEDE_ERR_FULL;
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                     LEDE_ERR_FULL);
    next_status = LEDE_OK;
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                     LEDE_ERR_FULL);
    ck_assert_int_eq(lede_writer_rollback(the_shelf.writer, err), LEDE_OK);
    shelf_commit();
    ck_assert_str_eq(shelf_find("ferry"), "a");
    ck_assert_ptr_null(lede_snapshot_note(the_shelf.snapshot, "n", NULL));
}
END_TEST

START_TEST(an_unknown_commit_is_for_ever)
{
    reopen_failing(1);
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_OK);
    next_status = LEDE_ERR_UNKNOWN_COMMIT;
    ck_assert_int_eq(lede_writer_commit(the_shelf.writer, NULL, err),
                     LEDE_ERR_UNKNOWN_COMMIT);
    next_status = LEDE_OK;
    ck_assert_int_eq(lede_writer_rollback(the_shelf.writer, err),
                     LEDE_ERR_UNKNOWN_COMMIT);
    ck_assert_int_eq(put("a", "title", "ferry"), LEDE_ERR_UNKNOWN_COMMIT);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_put_is_seen_from_the_commit_on);
    tcase_add_test(tcase, the_last_call_for_a_key_wins);
    tcase_add_test(tcase, keys_have_1_to_2048_bytes_of_any_value);
    tcase_add_test(tcase, invalid_refuses_one_article_and_changes_nothing);
    tcase_add_test(tcase, another_writer_is_busy_until_this_one_closes);
    tcase_add_test(tcase, closing_drops_what_was_not_committed);
    tcase_add_test(tcase, rollback_returns_to_the_last_commit);
    tcase_add_test(tcase, a_commit_without_changes_keeps_its_number);
    tcase_add_test(tcase, notes_live_from_commit_to_commit);
    tcase_add_test(tcase, fields_are_added_with_a_commit_and_missing_before);
    tcase_add_test(tcase, a_schema_that_changes_a_field_is_refused);
    tcase_add_test(tcase, languages_change_with_a_commit_without_the_articles);
    tcase_add_test(tcase, counts_tell_what_the_writer_did);
    tcase_add_test(tcase, a_writer_is_refused_where_it_cannot_be);
    tcase_add_test(tcase, optimize_lets_deleted_articles_go);
    tcase_add_test(tcase, a_failure_sticks_until_rollback);
    tcase_add_test(tcase, a_failure_of_a_thread_sticks_until_rollback);
    tcase_add_test(tcase, a_failed_commit_keeps_the_last_one);
    tcase_add_test(tcase, an_unknown_commit_is_for_ever);
}

int main(void)
{
    return test_suite_run("writer", add_tests);
}
