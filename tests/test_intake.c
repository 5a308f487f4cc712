/*
 * Stored records on their way to a segment: where they wait, and that nothing
 * of them stays.
 */
#include "native/index/intake.h"

#include <stdlib.h>

#include "base/error.h"
#include "document/schema.h"
#include "io/dir.h"
#include "support/chance.h"
#include "support/dir_faulty.h"
#include "support/suite.h"

/* Text that does not compress: of this much more waits than stays in memory. */
#define ARTICLES   120U
#define TEXT_BYTES 100000U

static struct {
    lede_dir *dir;
    lede_schema *schema;
    lede_intake intake;
    lede_document *document;
    lede_error err;
    chance c;
} t;

static void set_up(lede_dir *dir)
{
    t.c = chance_from("intake", 1);
    t.dir = dir;
    ck_assert_int_eq(lede_schema_new(&t.schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(t.schema, "body", LEDE_TEXT, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_document_new(&t.document, NULL), LEDE_OK);
    lede_intake_init(&t.intake, NULL);
    lede_intake_spill(&t.intake, dir, 7);
    lede_error_clear(&t.err);
}

static void tear_down(void)
{
    lede_intake_fini(&t.intake);
    lede_document_free(t.document);
    lede_schema_free(t.schema);
}

static lede_status put(uint32_t doc)
{
    lede_engine_change change = { .key = lede_bytes_of_text("key"),
                                  .sequence = doc + 1 };
    uint32_t length = 1;
    char *text = malloc(TEXT_BYTES);
    lede_status status;

    ck_assert_ptr_nonnull(text);
    for (uint32_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (char)(' ' + chance_below(&t.c, 90));
    lede_document_clear(t.document);
    lede_document_add_text(t.document, "body", text, TEXT_BYTES);
    change.document = t.document;
    status = lede_intake_put(&t.intake, &change, t.schema, &length, 1, &t.err);
    free(text);
    return status;
}

static void put_all(void)
{
    for (uint32_t doc = 0; doc < ARTICLES; doc++)
        ck_assert_int_eq(put(doc), LEDE_OK);
}

/* Files of the directory; each must be a temporary one of the generation. */
static void count_file(void *ctx, const char *name, uint64_t length)
{
    uint32_t *count = ctx;

    ck_assert_int_eq(strncmp(name, "0000000000000007-", 17), 0);
    ck_assert_str_eq(name + strlen(name) - 4, ".tmp");
    (void)length;
    ++*count;
}

static uint32_t files(void)
{
    uint32_t count = 0;

    ck_assert_int_eq(lede_dir_list(t.dir, count_file, &count, &t.err), LEDE_OK);
    return count;
}

START_TEST(many_records_wait_in_a_file)
{
    lede_dir *dir;

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    set_up(dir);
    ck_assert_int_eq(put(0), LEDE_OK);
    ck_assert_uint_eq(files(), 0);
    lede_intake_clear(&t.intake);
    lede_intake_spill(&t.intake, dir, 7);
    put_all();
    ck_assert_uint_eq(files(), 1);
    ck_assert_uint_lt(lede_intake_bytes(&t.intake), 8U << 20);
    ck_assert_int_eq(lede_intake_end(&t.intake, &t.err), LEDE_OK);
    ck_assert_uint_eq(files(), 0); /* open, but nameless */
    ck_assert_uint_gt(lede_records_length(t.intake.stored),
                      (uint64_t)ARTICLES * TEXT_BYTES);
    tear_down();
    ck_assert_uint_eq(files(), 0);
    lede_dir_close(dir);
}
END_TEST

START_TEST(nothing_stays_of_what_is_dropped)
{
    lede_dir *dir;

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    set_up(dir);
    put_all();
    ck_assert_uint_eq(files(), 1);
    lede_intake_clear(&t.intake);
    ck_assert_uint_eq(files(), 0);
    lede_intake_spill(&t.intake, dir, 7);
    put_all();
    tear_down();
    ck_assert_uint_eq(files(), 0);
    lede_dir_close(dir);
}
END_TEST

START_TEST(without_a_directory_all_wait_in_memory)
{
    set_up(NULL);
    put_all();
    ck_assert_uint_gt(lede_intake_bytes(&t.intake), TEXT_BYTES * 80);
    ck_assert_int_eq(lede_intake_end(&t.intake, &t.err), LEDE_OK);
    tear_down();
}
END_TEST

/* Whatever write fails, the failure is told, stays, and leaves no file. */
START_TEST(a_failed_write_is_kept)
{
    dir_faults faults = DIR_FAULTS;
    lede_dir *inner, *dir;
    uint32_t doc = 0;

    ck_assert_int_eq(lede_dir_open_memory(&inner, NULL), LEDE_OK);
    dir_faulty_open(&dir, inner, &faults);
    set_up(dir);
    faults.kinds = DIR_FAULT_CREATE | DIR_FAULT_WRITE;
    faults.fail_at = (uint64_t)_i + 1;
    while (doc < ARTICLES && put(doc) == LEDE_OK)
        doc++;
    ck_assert_uint_lt(doc, ARTICLES);
    ck_assert_uint_eq(t.intake.count, doc);
    ck_assert_int_eq(put(doc), LEDE_ERR_IO);
    ck_assert_int_eq(lede_intake_end(&t.intake, &t.err), LEDE_ERR_IO);
    lede_intake_clear(&t.intake);
    ck_assert_uint_eq(files(), 0);
    ck_assert_int_eq(put(0), LEDE_OK);
    ck_assert_int_eq(lede_intake_end(&t.intake, &t.err), LEDE_OK);
    tear_down();
    lede_dir_close(dir);
    lede_dir_close(inner);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, many_records_wait_in_a_file);
    tcase_add_test(tcase, nothing_stays_of_what_is_dropped);
    tcase_add_test(tcase, without_a_directory_all_wait_in_memory);
    tcase_add_loop_test(tcase, a_failed_write_is_kept, 0, 3);
}

int main(void)
{
    return test_suite_run("intake", add_tests);
}
