/*
 * io/dir_disk.c - directories of the file system.
 *
 * The lock is an OFD lock: it excludes writers within one process too, and is
 * not lost when some other descriptor of the file is closed, as POSIX record
 * locks are.
 */
#define _GNU_SOURCE /* F_OFD_SETLK, MADV_POPULATE_READ, getrandom */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "io/dir.h"

#define OUT_BUFFER_BYTES ((size_t)1 << 16)

typedef struct disk {
    lede_dir face;
    const lede_allocator *allocator;
    char *path;
    size_t path_len;
    uint32_t flags;
    int fd;
    atomic_int lock_fd; /* -1: not locked */
} disk;

static lede_status fail(lede_error *err, const char *name, const char *what)
{
    int system = errno;
    lede_status status = LEDE_ERR_IO;

    switch (system) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        status = LEDE_ERR_FULL;
        break;
    case ENOENT:
        status = LEDE_ERR_NOT_FOUND;
        break;
    case ENOMEM:
        status = LEDE_ERR_NOMEM;
        break;
    default:
        break;
    }
    return lede_fail_system(err, status, name, system, what);
}

/* A signal is no failure. */
static int open_at(int dir, const char *name, int flags)
{
    int fd;

    do
        fd = openat(dir, name, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static lede_status check_writable(const disk *d, const char *name,
                                  lede_error *err)
{
    if (d->flags & LEDE_DIR_READ_ONLY)
        return lede_fail(err, LEDE_ERR_INVALID, name,
                         "the index is opened read-only");
    return LEDE_OK;
}

/* ---- Files being written ---- */

typedef struct disk_out {
    lede_out face;
    const lede_allocator *allocator;
    int fd;
    char name[LEDE_DIR_NAME_MAX + 1];
    size_t buffered;
    uint8_t *buffer;
} disk_out;

static lede_status write_all(disk_out *o, const uint8_t *at, size_t len,
                             lede_error *err)
{
    while (len > 0) {
        ssize_t n = write(o->fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, o->name, "cannot be written");
        at += n;
        len -= (size_t)n;
    }
    return LEDE_OK;
}

static lede_status empty_buffer(disk_out *o, lede_error *err)
{
    lede_status status = write_all(o, o->buffer, o->buffered, err);

    o->buffered = 0;
    return status;
}

static lede_status out_write(lede_out *out, const void *bytes, size_t len,
                             lede_error *err)
{
    disk_out *o = (disk_out *)out;
    bool large = len >= OUT_BUFFER_BYTES / 2;
    lede_status status = LEDE_OK;

    if (!o->buffer && !large) {
        o->buffer = lede_alloc(o->allocator, OUT_BUFFER_BYTES);
        if (!o->buffer)
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    if (large || len > OUT_BUFFER_BYTES - o->buffered)
        status = empty_buffer(o, err);
    if (status == LEDE_OK && large) {
        status = write_all(o, bytes, len, err);
    } else if (status == LEDE_OK) {
        memcpy(o->buffer + o->buffered, bytes, len);
        o->buffered += len;
    }
    if (status == LEDE_OK)
        out->length += len;
    return status;
}

static lede_status out_sync(lede_out *out, lede_error *err)
{
    disk_out *o = (disk_out *)out;
    lede_status status = empty_buffer(o, err);

    if (status == LEDE_OK && fsync(o->fd) != 0)
        status = fail(err, o->name, "cannot be synced");
    return status;
}

static void free_out(disk_out *o)
{
    lede_release(o->allocator, o->buffer, OUT_BUFFER_BYTES);
    lede_release(o->allocator, o, sizeof *o);
}

static lede_status out_close(lede_out *out, lede_error *err)
{
    disk_out *o = (disk_out *)out;
    lede_status status = empty_buffer(o, err);

    /* Linux closes the descriptor even when close fails with EINTR. */
    if (close(o->fd) != 0 && errno != EINTR && status == LEDE_OK)
        status = fail(err, o->name, "cannot be closed");
    free_out(o);
    return status;
}

static lede_status disk_create(lede_dir *dir, lede_out **out, const char *name,
                               lede_error *err)
{
    static const lede_out_ops ops = { out_write, out_sync, out_close };
    disk *d = (disk *)dir;
    lede_status status = check_writable(d, name, err);
    disk_out *o;

    if (status != LEDE_OK)
        return status;
    o = lede_alloc_zero(d->allocator, sizeof *o);
    if (!o)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    o->face.ops = &ops;
    o->allocator = d->allocator;
    strcpy(o->name, name);
    o->fd = open_at(d->fd, name, O_WRONLY | O_CREAT | O_EXCL);
    if (o->fd < 0) {
        status = errno == EEXIST
                     ? lede_fail(err, LEDE_ERR_BUSY, name, "exists already")
                     : fail(err, name, "cannot be created");
        free_out(o);
        return status;
    }
    *out = &o->face;
    return LEDE_OK;
}

/* ---- Files being read ---- */

typedef struct disk_file {
    lede_file face;
    const lede_allocator *allocator;
    bool mapped;
} disk_file;

static void file_close(lede_file *file)
{
    disk_file *f = (disk_file *)file;
    void *at = (void *)(uintptr_t)f->face.bytes.at;

    if (f->mapped && f->face.bytes.len > 0)
        (void)munmap(at, f->face.bytes.len);
    else if (!f->mapped)
        lede_release(f->allocator, at, f->face.bytes.len);
    lede_release(f->allocator, f, sizeof *f);
}

/* Before Linux 5.14 there is no such advice: then a page that cannot be read is
 * a signal, as in every program that maps files. */
static lede_status file_touch(lede_file *file, uint64_t offset, uint64_t length)
{
#ifdef MADV_POPULATE_READ
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)file->bytes.at + (uintptr_t)offset;
    uintptr_t begin = from / page * page;

    if (length > 0 &&
        madvise((void *)begin, (size_t)(from - begin + length),
                MADV_POPULATE_READ) != 0 &&
        (errno == EFAULT || errno == EHWPOISON))
        return LEDE_ERR_IO;
#else
    (void)file;
    (void)offset;
    (void)length;
#endif
    return LEDE_OK;
}

static lede_status read_all(int fd, uint8_t *at, size_t len, const char *name,
                            lede_error *err)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, at + done, len - done, (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, name, "cannot be read");
        if (n == 0)
            return lede_fail(err, LEDE_ERR_IO, name, "ended before its length");
        done += (size_t)n;
    }
    return LEDE_OK;
}

static lede_status copy_file(disk_file *f, int fd, size_t len, const char *name,
                             lede_error *err)
{
    uint8_t *at = lede_alloc(f->allocator, len);
    lede_status status;

    if (!at)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = read_all(fd, at, len, name, err);
    if (status == LEDE_OK)
        f->face.bytes = lede_bytes_of(at, len);
    else
        lede_release(f->allocator, at, len);
    return status;
}

static lede_status map_file(disk_file *f, int fd, size_t len, const char *name,
                            lede_error *err)
{
    void *at = NULL;

    if (len > 0)
        at = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return fail(err, name, "cannot be mapped");
    f->mapped = true;
    f->face.pins = len > 0; /* a map keeps the file's number in use */
    f->face.touch = file_touch;
    f->face.bytes = lede_bytes_of(at, len);
    return LEDE_OK;
}

static void put_stamp(uint64_t stamp[3], const struct stat *stat)
{
    stamp[0] = (uint64_t)stat->st_ino;
    stamp[1] = (uint64_t)stat->st_size;
    stamp[2] = (uint64_t)stat->st_mtim.tv_sec * 1000000000U +
               (uint64_t)stat->st_mtim.tv_nsec;
}

static lede_status read_file(const disk *d, disk_file *f, int fd,
                             const char *name, lede_error *err)
{
    struct stat stat;

    if (fstat(fd, &stat) != 0)
        return fail(err, name, "cannot be examined");
    if (!S_ISREG(stat.st_mode) || (uint64_t)stat.st_size > SIZE_MAX)
        return lede_fail(err, LEDE_ERR_CORRUPT, name, "not a regular file");
    put_stamp(f->face.stamp, &stat);
    return d->flags & LEDE_DIR_COPIED
               ? copy_file(f, fd, (size_t)stat.st_size, name, err)
               : map_file(f, fd, (size_t)stat.st_size, name, err);
}

static lede_status disk_map(lede_dir *dir, lede_file **file, const char *name,
                            lede_error *err)
{
    disk *d = (disk *)dir;
    disk_file *f = lede_alloc_zero(d->allocator, sizeof *f);
    lede_status status;
    int fd;

    if (!f)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    f->allocator = d->allocator;
    f->face.close = file_close;
    fd = open_at(d->fd, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        status = fail(err, name, "cannot be opened");
    } else {
        status = read_file(d, f, fd, name, err);
        (void)close(fd);
    }
    if (status != LEDE_OK) {
        lede_release(d->allocator, f, sizeof *f);
        return status;
    }
    *file = &f->face;
    return LEDE_OK;
}

/* ---- The directory ---- */

static lede_status disk_rename(lede_dir *dir, const char *from, const char *to,
                               lede_error *err)
{
    disk *d = (disk *)dir;
    lede_status status = check_writable(d, to, err);

    if (status == LEDE_OK && renameat(d->fd, from, d->fd, to) != 0)
        status = fail(err, from, "cannot be renamed");
    return status;
}

static lede_status disk_unlink(lede_dir *dir, const char *name, lede_error *err)
{
    disk *d = (disk *)dir;
    lede_status status = check_writable(d, name, err);

    if (status == LEDE_OK && unlinkat(d->fd, name, 0) != 0)
        status = fail(err, name, "cannot be removed");
    return status;
}

static lede_status disk_sync(lede_dir *dir, lede_error *err)
{
    disk *d = (disk *)dir;

    return fsync(d->fd) == 0 ? LEDE_OK : fail(err, d->path, "cannot be synced");
}

static lede_status disk_sync_file(lede_dir *dir, const char *name,
                                  lede_error *err)
{
    disk *d = (disk *)dir;
    lede_status status = check_writable(d, name, err);
    int fd;

    if (status != LEDE_OK)
        return status;
    fd = open_at(d->fd, name, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail(err, name, "cannot be opened");
    if (fsync(fd) != 0)
        status = fail(err, name, "cannot be synced");
    (void)close(fd);
    return status;
}

static lede_status disk_list(lede_dir *dir,
                             void (*each)(void *ctx, const char *name,
                                          uint64_t length),
                             void *ctx, lede_error *err)
{
    disk *d = (disk *)dir;
    int fd = open_at(d->fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    lede_status status = LEDE_OK;

    if (!list) {
        status = fail(err, d->path, "cannot be listed");
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    while (errno = 0, (entry = readdir(list)) != NULL) {
        struct stat stat;

        if (strlen(entry->d_name) > LEDE_DIR_NAME_MAX)
            continue;
        if (fstatat(d->fd, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISREG(stat.st_mode))
                each(ctx, entry->d_name, (uint64_t)stat.st_size);
        } else if (errno != ENOENT) { /* it may be gone meanwhile */
            break;
        }
    }
    if (errno != 0)
        status = fail(err, d->path, "cannot be listed");
    (void)closedir(list);
    return status;
}

static lede_status disk_stamp(lede_dir *dir, const char *name,
                              uint64_t stamp[3], lede_error *err)
{
    disk *d = (disk *)dir;
    struct stat stat;

    if (fstatat(d->fd, name, &stat, 0) != 0)
        return fail(err, name, "cannot be examined");
    put_stamp(stamp, &stat);
    return LEDE_OK;
}

static lede_status disk_lock(lede_dir *dir, const char *name, lede_error *err)
{
    disk *d = (disk *)dir;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    lede_status status = check_writable(d, name, err);
    int fd;

    if (status != LEDE_OK)
        return status;
    if (d->lock_fd >= 0)
        return lede_fail(err, LEDE_ERR_BUSY, d->path, "another writer is open");
    fd = open_at(d->fd, name, O_RDWR | O_CREAT);
    if (fd < 0)
        return fail(err, name, "cannot be opened");
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        status = errno == EAGAIN || errno == EACCES
                     ? lede_fail(err, LEDE_ERR_BUSY, d->path,
                                 "another writer is open")
                     : fail(err, name, "cannot be locked");
        (void)close(fd);
        return status;
    }
    atomic_store(&d->lock_fd, fd);
    return LEDE_OK;
}

static void disk_unlock(lede_dir *dir)
{
    disk *d = (disk *)dir;

    int fd = atomic_exchange(&d->lock_fd, -1);

    if (fd >= 0)
        (void)close(fd);
}

static uint64_t disk_random(lede_dir *dir)
{
    struct timespec now;
    uint64_t bits;

    (void)dir;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) == (ssize_t)sizeof bits)
        return bits;
    /* Early at boot: O_EXCL still keeps names apart. */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec) *
               0x9E3779B97F4A7C15U ^
           (uint64_t)getpid();
}

static void disk_close(lede_dir *dir)
{
    disk *d = (disk *)dir;

    disk_unlock(dir);
    if (d->fd >= 0)
        (void)close(d->fd);
    lede_release(d->allocator, d->path, d->path_len + 1);
    lede_release(d->allocator, d, sizeof *d);
}

/* Syncs the directory that holds this one, so that its name is durable. */
static lede_status sync_parent(const disk *d, lede_error *err)
{
    int fd = open_at(d->fd, "..", O_RDONLY | O_DIRECTORY);
    lede_status status = LEDE_OK;

    if (fd < 0 || fsync(fd) != 0)
        status = fail(err, d->path, "its parent cannot be synced");
    if (fd >= 0)
        (void)close(fd);
    return status;
}

static lede_status open_path(disk *d, lede_error *err)
{
    bool create = d->flags & LEDE_DIR_CREATE, made = false;

    if (create && mkdir(d->path, 0777) == 0)
        made = true;
    else if (create && errno != EEXIST)
        return fail(err, d->path, "cannot be created");
    d->fd = open_at(AT_FDCWD, d->path, O_RDONLY | O_DIRECTORY);
    if (d->fd < 0)
        return fail(err, d->path, "cannot be opened");
    return made ? sync_parent(d, err) : LEDE_OK;
}

lede_status lede_dir_open_disk(lede_dir **out, const char *path, uint32_t flags,
                               const lede_allocator *allocator, lede_error *err)
{
    static const lede_dir_ops ops = {
        disk_close,  disk_create, disk_map,       disk_rename,
        disk_unlink, disk_sync,   disk_sync_file, disk_list,
        disk_stamp,  disk_lock,   disk_unlock,    disk_random,
    };
    disk *d = lede_alloc_zero(allocator, sizeof *d);
    lede_status status;

    if (!d)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    d->face.ops = &ops;
    d->allocator = allocator;
    d->flags = flags;
    d->fd = -1;
    atomic_init(&d->lock_fd, -1);
    d->path_len = strlen(path);
    d->path = lede_alloc_text(allocator, path, d->path_len);
    if (!d->path) {
        lede_release(allocator, d, sizeof *d);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    d->face.path = d->path;
    status = open_path(d, err);
    if (status != LEDE_OK) {
        disk_close(&d->face);
        return status;
    }
    *out = &d->face;
    return LEDE_OK;
}
