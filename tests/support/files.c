#include "support/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "support/suite.h"

static int by_name(const void *left, const void *right)
{
    const one_file *a = left, *b = right;

    return strcmp(a->path, b->path);
}

static void read_one(one_file *file)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    struct stat found;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &found), 0);
    file->len = (size_t)found.st_size;
    file->bytes = malloc(file->len + 1);
    ck_assert_ptr_nonnull(file->bytes);
    ck_assert_int_eq(read(fd, file->bytes, file->len), (ssize_t)file->len);
    (void)close(fd);
    file->now = file->bytes;
    file->now_len = file->len;
}

void files_read(files *out, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    ck_assert_ptr_nonnull(dir);
    memset(out, 0, sizeof *out);
    while ((entry = readdir(dir)) != NULL) {
        size_t size = strlen(path) + strlen(entry->d_name) + 2;
        one_file *file = &out->at[out->count];

        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "write.lock") == 0)
            continue;
        ck_assert_uint_lt(++out->count, FILES_MAX);
        file->path = malloc(size);
        ck_assert_ptr_nonnull(file->path);
        (void)snprintf(file->path, size, "%s/%s", path, entry->d_name);
    }
    (void)closedir(dir);
    qsort(out->at, out->count, sizeof *out->at, by_name);
    for (uint32_t i = 0; i < out->count; i++) {
        one_file *file = &out->at[i];
        const char *dot;

        read_one(file);
        file->name = strrchr(file->path, '/') + 1;
        dot = strchr(file->name, '.');
        file->kind = dot ? dot + 1 : file->name;
    }
}

/* Gives a file's bytes in memory back, if they are not its own. */
static void forget(one_file *file)
{
    if (file->now != file->bytes)
        free(file->now);
    file->now = file->bytes;
    file->now_len = file->len;
}

void files_fini(files *of)
{
    for (uint32_t i = 0; i < of->count; i++) {
        forget(&of->at[i]);
        free(of->at[i].path);
        free(of->at[i].bytes);
    }
    of->count = 0;
}

static void write_disk(const char *path, const uint8_t *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    ck_assert_int_ge(fd, 0);
    if (len > 0)
        ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    ck_assert_int_eq(close(fd), 0);
}

void files_write(files *of, uint32_t file, const uint8_t *bytes, size_t len)
{
    one_file *f = &of->at[file];

    forget(f);
    f->now = malloc(len + 1);
    ck_assert_ptr_nonnull(f->now);
    if (len > 0)
        memcpy(f->now, bytes, len);
    f->now_len = len;
    if (!of->in_memory)
        write_disk(f->path, bytes, len);
}

void files_poke(files *of, uint32_t file, size_t at, uint8_t byte)
{
    one_file *f = &of->at[file];
    bool done;
    int fd;

    if (f->now == f->bytes)
        files_write(of, file, f->bytes, f->len);
    f->now[at] = byte;
    if (of->in_memory)
        return;
    fd = open(f->path, O_WRONLY | O_CLOEXEC);
    done = fd >= 0 && pwrite(fd, &byte, 1, (off_t)at) == 1;
    ck_assert(done && close(fd) == 0);
}

void files_restore(files *of, uint32_t file)
{
    one_file *f = &of->at[file];

    forget(f);
    if (!of->in_memory)
        write_disk(f->path, f->bytes, f->len);
}

/* ---- As a directory ----------------------------------------------------- */

typedef struct files_dir {
    lede_dir face;
    const files *files;
} files_dir;

static const one_file *find(lede_dir *dir, const char *name)
{
    const files *of = ((files_dir *)dir)->files;

    for (uint32_t i = 0; i < of->count; i++)
        if (strcmp(of->at[i].name, name) == 0)
            return &of->at[i];
    return NULL;
}

static void close_file(lede_file *file)
{
    free((void *)(uintptr_t)file->bytes.at);
    free(file);
}

static lede_status map(lede_dir *dir, lede_file **out, const char *name,
                       lede_error *err)
{
    const one_file *f = find(dir, name);
    lede_file *file;
    uint8_t *bytes;

    if (!f)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, name, "no such file");
    file = calloc(1, sizeof *file);
    bytes = malloc(f->now_len ? f->now_len : 1);
    ck_assert(file && bytes);
    memcpy(bytes, f->now, f->now_len);
    file->bytes = lede_bytes_of(bytes, f->now_len);
    file->close = close_file;
    *out = file;
    return LEDE_OK;
}

static lede_status list(lede_dir *dir,
                        void (*each)(void *ctx, const char *name,
                                     uint64_t length),
                        void *ctx, lede_error *err)
{
    const files *of = ((files_dir *)dir)->files;

    (void)err;
    for (uint32_t i = 0; i < of->count; i++)
        each(ctx, of->at[i].name, of->at[i].now_len);
    return LEDE_OK;
}

static lede_status stamp(lede_dir *dir, const char *name, uint64_t numbers[3],
                         lede_error *err)
{
    const one_file *f = find(dir, name);

    if (!f)
        return lede_fail(err, LEDE_ERR_NOT_FOUND, name, "no such file");
    numbers[0] = numbers[1] = numbers[2] = f->now_len;
    return LEDE_OK;
}

static void close_dir(lede_dir *dir)
{
    free(dir);
}

void files_open(lede_dir **out, void *ctx)
{
    static const lede_dir_ops ops = {
        .close = close_dir, .map = map, .list = list, .stamp = stamp
    };
    files_dir *dir = calloc(1, sizeof *dir);

    ck_assert_ptr_nonnull(dir);
    *dir = (files_dir){ { &ops, "files" }, ctx };
    *out = &dir->face;
}
