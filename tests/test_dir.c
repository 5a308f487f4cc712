#include "io/dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/suite.h"

/* Every rule holds for both kinds of directory. */
enum { DISK, COPIED, MEMORY, KINDS };

static char folder[64];

static lede_dir *open_dir(int kind)
{
    lede_dir *dir = NULL;
    lede_error err;

    if (kind == MEMORY) {
        ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
        return dir;
    }
    strcpy(folder, "/tmp/lede-dir-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    strcat(folder, "/new");
    ck_assert_msg(lede_dir_open_disk(&dir, folder,
                                     LEDE_DIR_CREATE |
                                         (kind == COPIED ? LEDE_DIR_COPIED : 0),
                                     NULL, &err) == LEDE_OK,
                  "%s: %s", err.where, err.message);
    return dir;
}

static void unlink_each(void *ctx, const char *name, uint64_t length)
{
    (void)length;
    ck_assert_int_eq(lede_dir_unlink(ctx, name, NULL), LEDE_OK);
}

static void close_dir(lede_dir *dir, int kind)
{
    /* The memory directory must not be changed while it is listed. */
    if (kind != MEMORY)
        ck_assert_int_eq(lede_dir_list(dir, unlink_each, dir, NULL), LEDE_OK);
    lede_dir_close(dir);
    if (kind == MEMORY)
        return;
    ck_assert_int_eq(rmdir(folder), 0);
    folder[strlen(folder) - 4] = '\0';
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(lede_dir *dir, const char *name, const char *text)
{
    lede_out *out = NULL;

    ck_assert_int_eq(lede_dir_create(dir, &out, name, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_write(out, text, strlen(text), NULL), LEDE_OK);
    ck_assert_uint_eq(out->length, strlen(text));
    ck_assert_int_eq(lede_out_sync(out, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
}

static void expect_file(lede_dir *dir, const char *name, const char *text)
{
    lede_file *file = NULL;

    ck_assert_int_eq(lede_dir_map(dir, &file, name, NULL), LEDE_OK);
    ck_assert(lede_bytes_equal(file->bytes, lede_bytes_of_text(text)));
    lede_file_close(file);
}

START_TEST(what_is_written_is_read)
{
    lede_dir *dir = open_dir(_i);
    size_t len = ((size_t)1 << 20) + 17;
    uint8_t *large = malloc(len);
    lede_file *file = NULL;
    lede_out *out = NULL;

    ck_assert_ptr_nonnull(large);
    for (size_t i = 0; i < len; i++)
        large[i] = (uint8_t)(i * 7 + i / 251);
    write_file(dir, "a", "hello");
    write_file(dir, "empty", "");
    expect_file(dir, "a", "hello");
    expect_file(dir, "empty", "");
    ck_assert_int_eq(lede_dir_create(dir, &out, "large", NULL), LEDE_OK);
    for (size_t at = 0; at < len;) {
        size_t n = at % 3 ? 100000 : 5;

        n = n < len - at ? n : len - at;
        ck_assert_int_eq(lede_out_write(out, large + at, n, NULL), LEDE_OK);
        at += n;
    }
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_map(dir, &file, "large", NULL), LEDE_OK);
    ck_assert(lede_bytes_equal(file->bytes, lede_bytes_of(large, len)));
    if (file->touch)
        ck_assert_int_eq(file->touch(file, 5, len - 5), LEDE_OK);
    lede_file_close(file);
    free(large);
    close_dir(dir, _i);
}
END_TEST

START_TEST(a_name_is_never_written_twice)
{
    lede_dir *dir = open_dir(_i);
    lede_out *out = NULL;

    write_file(dir, "a", "one");
    ck_assert_int_eq(lede_dir_create(dir, &out, "a", NULL), LEDE_ERR_BUSY);
    ck_assert_ptr_null(out);
    expect_file(dir, "a", "one");
    close_dir(dir, _i);
}
END_TEST

START_TEST(a_rename_replaces_and_open_files_stay)
{
    lede_dir *dir = open_dir(_i);
    uint64_t before[3], after[3];
    lede_file *file = NULL;

    write_file(dir, "a", "old");
    write_file(dir, "b", "new");
    ck_assert_int_eq(lede_dir_map(dir, &file, "a", NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_stamp(dir, "a", before, NULL), LEDE_OK);
    ck_assert_mem_eq(file->stamp, before, sizeof before);
    ck_assert_int_eq(lede_dir_sync_file(dir, "a", NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_rename(dir, "b", "a", NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_stamp(dir, "a", after, NULL), LEDE_OK);
    ck_assert(memcmp(before, after, sizeof before) != 0);
    expect_file(dir, "a", "new");
    ck_assert_int_eq(lede_dir_unlink(dir, "a", NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_sync(dir, NULL), LEDE_OK);
    ck_assert(lede_bytes_equal(file->bytes, lede_bytes_of_text("old")));
    lede_file_close(file);
    close_dir(dir, _i);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    lede_dir *dir = open_dir(_i);
    lede_file *file = NULL;
    uint64_t stamp[3];
    lede_error err;

    ck_assert_int_eq(lede_dir_map(dir, &file, "a", &err), LEDE_ERR_NOT_FOUND);
    ck_assert_str_eq(err.where, "a");
    ck_assert_int_eq(lede_dir_unlink(dir, "a", NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(lede_dir_rename(dir, "a", "b", NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(lede_dir_stamp(dir, "a", stamp, NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(lede_dir_sync_file(dir, "a", NULL), LEDE_ERR_NOT_FOUND);
    ck_assert_int_eq(lede_dir_sync_file(dir, "../a", NULL), LEDE_ERR_INVALID);
    close_dir(dir, _i);
}
END_TEST

START_TEST(names_do_not_lead_out_of_the_directory)
{
    static const char *const names[] = { "", ".", "..", "a/b", "/a", "../a" };
    lede_dir *dir = open_dir(_i);
    lede_file *file;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_int_eq(lede_dir_map(dir, &file, names[i], NULL),
                         LEDE_ERR_INVALID);
    close_dir(dir, _i);
}
END_TEST

static void count_each(void *ctx, const char *name, uint64_t length)
{
    ck_assert_uint_eq(length, strlen(name));
    (*(size_t *)ctx)++;
}

START_TEST(a_list_has_every_file_and_its_length)
{
    lede_dir *dir = open_dir(_i);
    size_t count = 0;

    write_file(dir, "a", "a");
    write_file(dir, "bb", "bb");
    write_file(dir, "ccc", "ccc");
    ck_assert_int_eq(lede_dir_list(dir, count_each, &count, NULL), LEDE_OK);
    ck_assert_uint_eq(count, 3);
    close_dir(dir, _i);
}
END_TEST

START_TEST(one_handle_holds_the_lock)
{
    lede_dir *dir = open_dir(_i), *second = NULL;

    ck_assert_int_eq(lede_dir_lock(dir, "write.lock", NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_lock(dir, "write.lock", NULL), LEDE_ERR_BUSY);
    if (_i != MEMORY) {
        ck_assert_int_eq(lede_dir_open_disk(&second, folder, 0, NULL, NULL),
                         LEDE_OK);
        ck_assert_int_eq(lede_dir_lock(second, "write.lock", NULL),
                         LEDE_ERR_BUSY);
    }
    lede_dir_unlock(dir);
    if (second) {
        ck_assert_int_eq(lede_dir_lock(second, "write.lock", NULL), LEDE_OK);
        lede_dir_close(second);
    }
    ck_assert_int_eq(lede_dir_lock(dir, "write.lock", NULL), LEDE_OK);
    close_dir(dir, _i);
}
END_TEST

START_TEST(the_lock_dies_with_its_process)
{
    lede_dir *dir = open_dir(DISK);
    int pipes[2], state;
    char byte;
    pid_t child;

    ck_assert_int_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        lede_dir *own = NULL;
        bool held =
            lede_dir_open_disk(&own, folder, 0, NULL, NULL) == LEDE_OK &&
            lede_dir_lock(own, "write.lock", NULL) == LEDE_OK;

        (void)!write(pipes[1], held ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    ck_assert_int_eq(lede_dir_lock(dir, "write.lock", NULL), LEDE_ERR_BUSY);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(lede_dir_lock(dir, "write.lock", NULL), LEDE_OK);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
    close_dir(dir, DISK);
}
END_TEST

START_TEST(read_only_directories_are_not_written)
{
    lede_dir *dir = open_dir(DISK), *reader = NULL;
    lede_out *out;

    write_file(dir, "a", "a");
    ck_assert_int_eq(
        lede_dir_open_disk(&reader, folder, LEDE_DIR_READ_ONLY, NULL, NULL),
        LEDE_OK);
    ck_assert_int_eq(lede_dir_create(reader, &out, "b", NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_dir_unlink(reader, "a", NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_dir_rename(reader, "a", "b", NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_dir_lock(reader, "write.lock", NULL),
                     LEDE_ERR_INVALID);
    expect_file(reader, "a", "a");
    lede_dir_close(reader);
    ck_assert_int_eq(
        lede_dir_open_disk(&reader, "/tmp/no such directory", 0, NULL, NULL),
        LEDE_ERR_NOT_FOUND);
    close_dir(dir, DISK);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, what_is_written_is_read, 0, KINDS);
    tcase_add_loop_test(tcase, a_name_is_never_written_twice, 0, KINDS);
    tcase_add_loop_test(tcase, a_rename_replaces_and_open_files_stay, 0, KINDS);
    tcase_add_loop_test(tcase, what_is_not_there_is_not_found, 0, KINDS);
    tcase_add_loop_test(tcase, names_do_not_lead_out_of_the_directory, 0,
                        KINDS);
    tcase_add_loop_test(tcase, a_list_has_every_file_and_its_length, 0, KINDS);
    tcase_add_loop_test(tcase, one_handle_holds_the_lock, 0, KINDS);
    tcase_add_test(tcase, the_lock_dies_with_its_process);
    tcase_add_test(tcase, read_only_directories_are_not_written);
}

int main(void)
{
    return test_suite_run("dir", add_tests);
}
