#include "lede/lede.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "memory/memory.h"
#include "support/program.h"
#include "support/suite.h"

static lede_error err;
static char dir[64];

static void set_up(void)
{
    (void)strcpy(dir, "/tmp/lede_test_index_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void tear_down(void)
{
    (void)rmdir(dir);
}

static lede_status open_with(const char *address,
                             const lede_index_options *options)
{
    lede_index *index = (lede_index *)(void *)dir;
    lede_status status = lede_index_open(&index, address, options, &err);

    ck_assert_int_eq(err.status, status);
    if (status != LEDE_OK) {
        ck_assert_ptr_eq(index, dir);
        ck_assert_str_ne(err.message, "");
    } else {
        lede_index_close(index);
    }
    return status;
}

static lede_status create_with(const char *address, const lede_schema *schema,
                               const lede_index_options *options)
{
    lede_index *index = NULL;
    lede_status status =
        lede_index_create(&index, address, schema, options, &err);

    ck_assert_int_eq(err.status, status);
    lede_index_close(index);
    return status;
}

START_TEST(an_index_in_memory_is_created_not_opened)
{
    ck_assert_int_eq(create_with("memory:", NULL, NULL), LEDE_OK);
    ck_assert_str_eq(err.message, "");
    ck_assert_int_eq(open_with("memory:", NULL), LEDE_ERR_NOT_FOUND);
}
END_TEST

START_TEST(an_unknown_scheme_is_unsupported_and_named)
{
    ck_assert_int_eq(open_with("gopher:x", NULL), LEDE_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.where, "gopher");
    ck_assert_int_eq(create_with("xapian:db", NULL, NULL),
                     LEDE_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_new_path_is_native_and_what_is_there_is_looked_at)
{
    const char *path = scratch("none");

    ck_assert_int_eq(open_with(path, NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(create_with(path, NULL, NULL), LEDE_OK);
    ck_assert_int_eq(open_with(path, NULL), LEDE_OK);
    ck_assert_int_eq(open_with(dir, NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(open_with(LEDE_SOURCE_DIR, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(open_with("", NULL), LEDE_ERR_INVALID);
    scratch_remove();
}
END_TEST

static bool owns_nothing(const char *path)
{
    (void)path;
    return false;
}

static bool owns_all(const char *path)
{
    (void)path;
    return true;
}

static const char *opened_scheme;
static const char *opened_address;
static bool opened_to_create;

/* Notes what it was asked for, and refuses. */
static lede_status refuse_open(lede_engine_index **out,
                               const lede_engine_settings *settings,
                               lede_error *error)
{
    (void)out;
    (void)error;
    opened_scheme = settings->scheme[0] ? "scheme" : "";
    opened_address = settings->address;
    opened_to_create = settings->create != NULL;
    return LEDE_ERR_BUSY;
}

START_TEST(the_engine_given_has_paths_and_its_schemes)
{
    lede_engine engine = { .name = "other",
                           .schemes = "other other+tcp",
                           .owns = owns_nothing,
                           .open = refuse_open };
    lede_index_options options = LEDE_INDEX_OPTIONS;
    char path[96];

    options.engine = &engine;
    (void)snprintf(path, sizeof path, "%s/new", dir);
    ck_assert_int_eq(create_with(path, NULL, &options), LEDE_ERR_BUSY);
    ck_assert_str_eq(opened_scheme, "");
    ck_assert_str_eq(opened_address, path);
    ck_assert(opened_to_create);
    ck_assert_int_eq(create_with(dir, NULL, &options), LEDE_ERR_BUSY);
    ck_assert_int_eq(open_with(LEDE_SOURCE_DIR, &options), LEDE_ERR_INVALID);
    engine.owns = owns_all;
    ck_assert_int_eq(open_with(LEDE_SOURCE_DIR, &options), LEDE_ERR_BUSY);
    ck_assert(!opened_to_create);
    ck_assert_int_eq(open_with("other+tcp://host:1", &options), LEDE_ERR_BUSY);
    ck_assert_str_eq(opened_scheme, "scheme");
    ck_assert_str_eq(opened_address, "host:1");
    options.flags = LEDE_INDEX_READ_ONLY;
    ck_assert_int_eq(create_with(path, NULL, &options), LEDE_ERR_BUSY);
    ck_assert(!opened_to_create);
    options.flags = 0;
    ck_assert_int_eq(create_with("memory:", NULL, &options), LEDE_OK);
}
END_TEST

START_TEST(a_schema_that_holds_a_failure_makes_no_index)
{
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    (void)lede_schema_add(schema, "Bad Name", LEDE_TEXT, NULL);
    ck_assert_int_eq(create_with("memory:", schema, NULL), LEDE_ERR_INVALID);
    lede_schema_free(schema);
}
END_TEST

/* An engine whose indexes are always there already, with the article schema,
 * behind the memory engine. */
static lede_status open_article(lede_engine_index **out,
                                const lede_engine_settings *settings,
                                lede_error *error)
{
    lede_engine_settings own = *settings;
    lede_schema *schema;
    lede_status status = lede_schema_new_article(&schema, NULL);

    if (status != LEDE_OK)
        return status;
    own.scheme = "memory";
    own.address = "";
    own.create = schema;
    status = lede_memory_engine()->open(out, &own, error);
    lede_schema_free(schema);
    return status;
}

START_TEST(an_index_that_is_there_has_the_fields_asked_for)
{
    lede_engine engine = *lede_memory_engine();
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_schema *schema;

    engine.schemes = "there";
    engine.open = open_article;
    options.engine = &engine;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "date", LEDE_DATE, NULL), LEDE_OK);
    ck_assert_int_eq(create_with("there:", NULL, &options), LEDE_OK);
    ck_assert_int_eq(create_with("there:", schema, &options), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL),
                     LEDE_OK);
    ck_assert_int_eq(create_with("there:", schema, &options), LEDE_ERR_INVALID);
    ck_assert_str_eq(err.where, "rating");
    lede_schema_free(schema);
}
END_TEST

START_TEST(wrong_arguments_are_invalid_and_never_a_crash)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_index *index;
    uint64_t generation;

    ck_assert_int_eq(lede_index_open(NULL, "memory:", NULL, &err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_index_create(&index, NULL, NULL, NULL, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_index_generation(NULL, &generation, &err),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_check(NULL, NULL, NULL, &err), LEDE_ERR_INVALID);
    options.flags = 1U << 20;
    ck_assert_int_eq(create_with("memory:", NULL, &options), LEDE_ERR_INVALID);
    options.flags = 0;
    options.size = 3;
    ck_assert_int_eq(create_with("memory:", NULL, &options), LEDE_ERR_INVALID);
    lede_index_close(NULL);
}
END_TEST

START_TEST(the_generation_rises_with_each_commit)
{
    lede_index *index;
    lede_writer *writer;
    uint64_t before, after, told;

    ck_assert_int_eq(lede_index_create(&index, "memory:", NULL, NULL, &err),
                     LEDE_OK);
    ck_assert_int_eq(lede_index_generation(index, &before, &err), LEDE_OK);
    ck_assert_uint_eq(before, 0);
    ck_assert_int_eq(lede_writer_open(&writer, index, NULL, &err), LEDE_OK);
    ck_assert_int_eq(lede_writer_put(writer, "k", 1, NULL, &err), LEDE_OK);
    ck_assert_int_eq(lede_index_generation(index, &before, &err), LEDE_OK);
    ck_assert_uint_eq(before, 0);
    ck_assert_int_eq(lede_writer_commit(writer, &told, &err), LEDE_OK);
    ck_assert_int_eq(lede_index_generation(index, &after, &err), LEDE_OK);
    ck_assert_uint_gt(after, before);
    ck_assert_uint_eq(after, told);
    lede_writer_close(writer);
    lede_index_close(index);
}
END_TEST

START_TEST(handles_close_in_any_order)
{
    for (int order = 0; order < 6; order++) {
        static const int orders[6][3] = {
            { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
            { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
        };
        lede_index *index;
        lede_writer *writer;
        lede_snapshot *snapshot;

        ck_assert_int_eq(lede_index_create(&index, "memory:", NULL, NULL, &err),
                         LEDE_OK);
        ck_assert_int_eq(lede_writer_open(&writer, index, NULL, &err), LEDE_OK);
        ck_assert_int_eq(lede_writer_put(writer, "k", 1, NULL, &err), LEDE_OK);
        ck_assert_int_eq(lede_writer_commit(writer, NULL, &err), LEDE_OK);
        ck_assert_int_eq(lede_snapshot_open(&snapshot, index, &err), LEDE_OK);
        for (int i = 0; i < 3; i++) {
            if (orders[order][i] == 0)
                lede_index_close(index);
            else if (orders[order][i] == 1)
                lede_writer_close(writer);
            else
                lede_snapshot_close(snapshot);
        }
    }
}
END_TEST

START_TEST(an_index_in_memory_checks_sound_or_says_that_it_cannot)
{
    lede_task task = LEDE_TASK;
    lede_status status = lede_check("memory:", NULL, &task, &err);

    ck_assert(status == LEDE_OK || status == LEDE_ERR_NOT_FOUND ||
              status == LEDE_ERR_UNSUPPORTED);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_index_in_memory_is_created_not_opened);
    tcase_add_test(tcase, an_unknown_scheme_is_unsupported_and_named);
    tcase_add_test(tcase, a_new_path_is_native_and_what_is_there_is_looked_at);
    tcase_add_test(tcase, the_engine_given_has_paths_and_its_schemes);
    tcase_add_test(tcase, a_schema_that_holds_a_failure_makes_no_index);
    tcase_add_test(tcase, an_index_that_is_there_has_the_fields_asked_for);
    tcase_add_test(tcase, wrong_arguments_are_invalid_and_never_a_crash);
    tcase_add_test(tcase, the_generation_rises_with_each_commit);
    tcase_add_test(tcase, handles_close_in_any_order);
    tcase_add_test(tcase,
                   an_index_in_memory_checks_sound_or_says_that_it_cannot);
}

int main(void)
{
    return test_suite_run("index", add_tests);
}
