/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For syscall: not every C library has renameat2. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1 /* NOLINT */
#endif

#include "xapian/swap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "xapian-c/database.h"
#include "xapian/fault.h"

#define SUFFIX   ".compact"
#define EXCHANGE 2U /* RENAME_EXCHANGE */

/* The path of the copy, owned by the caller; *size is what to release. */
static char *copy_path(const char *path, size_t *size,
                       const lede_allocator *allocator)
{
    size_t len = strlen(path);
    char *made;

    while (len > 1 && path[len - 1] == '/')
        len--;
    *size = len + sizeof SUFFIX;
    made = lede_alloc(allocator, *size);
    if (made) {
        memcpy(made, path, len);
        memcpy(made + len, SUFFIX, sizeof SUFFIX);
    }
    return made;
}

/* Removes a directory of files. */
static void remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own. */
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    (void)closedir(dir);
    (void)rmdir(path);
}

static int sync_at(int dir, const char *name)
{
    int file = openat(dir, name, O_RDONLY | O_CLOEXEC);
    int failed = 0;

    if (file < 0)
        return errno;
    if (fsync(file) != 0)
        failed = errno;
    (void)close(file);
    return failed;
}

/* Every file of a directory, and itself, onto the disk; an errno or 0. */
static int sync_dir(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int failed = 0;

    if (!dir)
        return errno;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own. */
    while (!failed && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            failed = sync_at(dirfd(dir), entry->d_name);
    if (!failed && fsync(dirfd(dir)) != 0)
        failed = errno;
    (void)closedir(dir);
    return failed;
}

/* The directory that holds a path. */
static int sync_parent(const char *path, const lede_allocator *allocator)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;
    char *parent =
        lede_alloc_text(allocator, slash ? path : ".", len ? len : 1);
    int failed = parent ? sync_at(AT_FDCWD, parent) : ENOMEM;

    lede_release(allocator, parent, (len ? len : 1) + 1);
    return failed;
}

static lede_status compact(const char *path, const char *copy, lede_error *err)
{
    xapian_error fault;
    xapian_database *db = xapian_database_open(path, XAPIAN_READ, &fault);
    bool done = db && xapian_database_compact(db, copy, &fault);

    xapian_database_free(db);
    return done ? LEDE_OK : lede_xapian_fail(err, &fault, path);
}

static lede_status exchange(const char *path, const char *copy,
                            const lede_allocator *allocator, lede_error *err)
{
    int failed = sync_dir(copy);

    if (failed)
        return lede_fail_system(err, LEDE_ERR_IO, copy, failed,
                                "the compacted copy cannot be synced");
    if (syscall(SYS_renameat2, AT_FDCWD, copy, AT_FDCWD, path, EXCHANGE) != 0)
        return lede_fail_system(
            err,
            errno == EINVAL || errno == ENOSYS ? LEDE_ERR_UNSUPPORTED
                                               : LEDE_ERR_IO,
            path, errno, "the compacted copy cannot take its place");
    failed = sync_parent(copy, allocator);
    return failed ? lede_fail_system(err, LEDE_ERR_UNKNOWN_COMMIT, path, failed,
                                     "the directory cannot be synced")
                  : LEDE_OK;
}

lede_status lede_xapian_shrink(const char *path,
                               const lede_allocator *allocator, lede_error *err)
{
    struct stat there;
    size_t size;
    char *copy;
    lede_status status;

    if (stat(path, &there) != 0 || !S_ISDIR(there.st_mode))
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, path,
                         "only a database in a directory can be optimized");
    copy = copy_path(path, &size, allocator);
    if (!copy)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    remove_dir(copy);
    status = compact(path, copy, err);
    if (status == LEDE_OK)
        status = exchange(path, copy, allocator, err);
    /* Of a change that may not hold, nothing is deleted. */
    if (status != LEDE_OK && status != LEDE_ERR_UNKNOWN_COMMIT)
        remove_dir(copy);
    lede_release(allocator, copy, size);
    return status;
}

void lede_xapian_shrink_clean(const char *path, const lede_allocator *allocator)
{
    size_t size;
    char *copy = copy_path(path, &size, allocator);

    if (copy)
        remove_dir(copy);
    lede_release(allocator, copy, size);
}
