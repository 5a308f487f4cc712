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

char *lede_xapian_shrink_path(const char *path, lede_arena *arena)
{
    size_t len = strlen(path);
    char *made;

    while (len > 1 && path[len - 1] == '/')
        len--;
    made = lede_arena_alloc(arena, len + sizeof SUFFIX);
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

/* Opens the directory that holds a path: its number, or -1 and errno. */
static int open_parent(const char *path, const lede_allocator *allocator)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;
    char *parent =
        lede_alloc_text(allocator, slash ? path : ".", len ? len : 1);
    int dir = -1;

    if (parent)
        dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    else
        errno = ENOMEM;
    lede_release(allocator, parent, (len ? len : 1) + 1);
    return dir;
}

static lede_status compact(const char *path, const char *copy, lede_error *err)
{
    xapian_error fault;
    xapian_database *db = xapian_database_open(path, XAPIAN_READ, &fault);
    bool done = db && xapian_database_compact(db, copy, &fault);

    xapian_database_free(db);
    return done ? LEDE_OK : lede_xapian_fail(err, &fault, path);
}

static lede_status exchange(const char *path, const char *copy, int parent,
                            lede_error *err)
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
    if (fsync(parent) != 0)
        return lede_fail_system(err, LEDE_ERR_UNKNOWN_COMMIT, path, errno,
                                "the directory cannot be synced");
    return LEDE_OK;
}

/* What the last step needs is at hand before it. */
static lede_status replace(const char *path, const char *copy,
                           const lede_allocator *allocator, lede_error *err)
{
    int parent = open_parent(copy, allocator);
    lede_status status;

    if (parent < 0)
        return lede_fail_system(
            err, errno == ENOMEM ? LEDE_ERR_NOMEM : LEDE_ERR_IO, path, errno,
            "the directory it is in cannot be opened");
    status = compact(path, copy, err);
    if (status == LEDE_OK)
        status = exchange(path, copy, parent, err);
    (void)close(parent);
    return status;
}

lede_status lede_xapian_shrink(const char *path, const char *copy,
                               const lede_allocator *allocator, lede_error *err)
{
    struct stat there;
    lede_status status;

    if (stat(path, &there) != 0 || !S_ISDIR(there.st_mode))
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, path,
                         "only a database in a directory can be optimized");
    remove_dir(copy);
    status = replace(path, copy, allocator, err);
    /* Of a change that may not hold, nothing is deleted. */
    if (status != LEDE_OK && status != LEDE_ERR_UNKNOWN_COMMIT)
        remove_dir(copy);
    return status;
}

void lede_xapian_shrink_clean(const char *copy)
{
    remove_dir(copy);
}
