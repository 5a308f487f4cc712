#include "io/file.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static char folder[] = "/tmp/lede-file-XXXXXX";
static char path[64];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/lede-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/file", folder);
}

static void remove_folder(void)
{
    (void)unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(size_t len)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < len; i++)
        ck_assert_int_ne(fputc((int)(i % 251), file), EOF);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_file_is_read_whole)
{
    static const size_t lens[] = { 0, 1, 65535, 65536, 65537, 200000 };
    size_t len = lens[_i];
    lede_buffer out;
    lede_error err;

    make_folder();
    write_file(len);
    lede_buffer_init(&out, NULL);
    lede_put_u8(&out, 7);
    ck_assert_int_eq(lede_file_read(&out, path, len, &err), LEDE_OK);
    ck_assert_uint_eq(out.len, len + 1);
    ck_assert_uint_eq(out.at[0], 7);
    for (size_t i = 0; i < len; i++)
        ck_assert_uint_eq(out.at[i + 1], i % 251);
    lede_buffer_fini(&out);
    remove_folder();
}
END_TEST

START_TEST(one_byte_over_the_limit_is_refused)
{
    static const size_t lens[] = { 1, 2, 65536, 65537, 200000 };
    size_t len = lens[_i];
    lede_buffer out;
    lede_error err;

    make_folder();
    write_file(len);
    lede_buffer_init(&out, NULL);
    lede_put_u8(&out, 7);
    ck_assert_int_eq(lede_file_read(&out, path, len - 1, &err), LEDE_ERR_LIMIT);
    ck_assert_uint_eq(out.len, 1);
    ck_assert_str_eq(err.where, path);
    lede_buffer_fini(&out);
    remove_folder();
}
END_TEST

START_TEST(what_is_no_file_says_so)
{
    lede_buffer out;
    lede_error err;
    char below[80];

    make_folder();
    lede_buffer_init(&out, NULL);
    ck_assert_int_eq(lede_file_read(&out, path, 10, &err), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(err.system, ENOENT);
    ck_assert_int_eq(lede_file_read(&out, folder, 10, &err), LEDE_ERR_IO);
    ck_assert_int_eq(lede_file_read(&out, "/dev/zero", 10, &err), LEDE_ERR_IO);
    write_file(1);
    (void)snprintf(below, sizeof below, "%s/below", path);
    ck_assert_int_eq(lede_file_read(&out, below, 10, &err), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(err.system, ENOTDIR);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(lede_file_read(&out, path, 10, &err), LEDE_ERR_IO);
    ck_assert_uint_eq(out.len, 0);
    lede_buffer_fini(&out);
    remove_folder();
}
END_TEST

static lede_status read_it(const lede_allocator *allocator, void *ctx)
{
    lede_buffer out;
    lede_error err;
    lede_status status;

    (void)ctx;
    lede_error_clear(&err);
    lede_buffer_init(&out, allocator);
    status = lede_file_read(&out, path, 200000, &err);
    ck_assert_int_eq(err.status, status);
    lede_buffer_fini(&out);
    return status;
}

START_TEST(no_memory_is_told)
{
    make_folder();
    write_file(200000);
    ck_assert_uint_ge(failing_alloc_sweep(read_it, NULL), 2);
    remove_folder();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, a_file_is_read_whole, 0, 6);
    tcase_add_loop_test(tcase, one_byte_over_the_limit_is_refused, 0, 5);
    tcase_add_test(tcase, what_is_no_file_says_so);
    tcase_add_test(tcase, no_memory_is_told);
}

int main(void)
{
    return test_suite_run("file", add_tests);
}
