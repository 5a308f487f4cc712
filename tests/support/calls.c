#define _GNU_SOURCE /* getrandom */

#include "support/calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

call_faults calls_faults = CALL_FAULTS;

const char *call_name(uint32_t kinds)
{
    static const char *const names[] = {
        "open",  "write", "read", "sync",   "close", "rename", "unlink",
        "mkdir", "stat",  "map",  "advise", "lock",  "list",   "random",
    };

    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (kinds & 1U << i)
            return names[i];
    return "nothing";
}

/* The names that the linker's --wrap gives, and signatures as libc has them.
 * NOLINTBEGIN */
int __real_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
ssize_t __real_read(int fd, void *bytes, size_t len);
int __real_close(int fd);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_unlinkat(int dir, const char *path, int flags);
int __real_mkdir(const char *path, mode_t mode);
int __real_fstat(int fd, struct stat *out);
int __real_fstatat(int dir, const char *path, struct stat *out, int flags);
int __real_stat(const char *path, struct stat *out);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd,
                  off_t from);
int __real_madvise(void *at, size_t len, int advice);
int __real_fcntl(int fd, int what, ...);
DIR *__real_fdopendir(int fd);
struct dirent *__real_readdir(DIR *dir);
ssize_t __real_getrandom(void *bytes, size_t len, unsigned flags);

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);
ssize_t __wrap_read(int fd, void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_fstat(int fd, struct stat *out);
int __wrap_fstatat(int dir, const char *path, struct stat *out, int flags);
int __wrap_stat(const char *path, struct stat *out);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd,
                  off_t from);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_fcntl(int fd, int what, ...);
DIR *__wrap_fdopendir(int fd);
struct dirent *__wrap_readdir(DIR *dir);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags);
/* NOLINTEND */

static bool counts(call_kind kind)
{
    call_faults *f = &calls_faults;
    bool struck;

    if (!(f->kinds & (uint32_t)kind))
        return false;
    f->calls++;
    struck = f->fail_at &&
             (f->calls == f->fail_at || (f->sticky && f->calls > f->fail_at));
    if (struck) {
        f->failures++;
        f->failed |= (uint32_t)kind;
    }
    return struck;
}

/* Whether this call fails; sets errno. */
static bool strikes(call_kind kind)
{
    if (!counts(kind) || calls_faults.partial)
        return false;
    errno = kind == CALL_ADVISE ? EFAULT : calls_faults.error;
    return true;
}

/* How much of so many bytes is read or written; negative: none, for errno. */
static ssize_t part_of(call_kind kind, size_t len)
{
    if (!counts(kind))
        return (ssize_t)len;
    if (calls_faults.partial)
        return (ssize_t)(len + 1) / 2;
    errno = calls_faults.error;
    return -1;
}

static uint64_t room_left(void)
{
    uint64_t used = 0;
    DIR *dir;
    struct dirent *entry;
    struct stat found;
    int fd;

    if (!calls_faults.full)
        return UINT64_MAX;
    fd = __real_open(calls_faults.full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd < 0 ? NULL : __real_fdopendir(fd);
    if (!dir)
        return calls_faults.budget;
    while ((entry = __real_readdir(dir)) != NULL)
        if (__real_fstatat(fd, entry->d_name, &found, 0) == 0 &&
            S_ISREG(found.st_mode))
            used += (uint64_t)found.st_size;
    (void)closedir(dir);
    return used < calls_faults.budget ? calls_faults.budget - used : 0;
}

static bool is_full(int flags)
{
    if (!(flags & O_CREAT) || room_left() > 0)
        return false;
    calls_faults.failures++;
    errno = ENOSPC;
    return true;
}

/* NOLINTBEGIN: as above */
int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list more;

    va_start(more, flags);
    if (flags & O_CREAT)
        mode = va_arg(more, mode_t);
    va_end(more);
    return strikes(CALL_OPEN) || is_full(flags)
               ? -1
               : __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list more;

    va_start(more, flags);
    if (flags & O_CREAT)
        mode = va_arg(more, mode_t);
    va_end(more);
    return strikes(CALL_OPEN) || is_full(flags)
               ? -1
               : __real_openat(dir, path, flags, mode);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    ssize_t part = part_of(CALL_WRITE, len);
    uint64_t room = room_left();

    if (part <= 0)
        return part;
    if (room < (uint64_t)part) {
        calls_faults.failures++;
        if (room > 0)
            return __real_write(fd, bytes, (size_t)room);
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, bytes, (size_t)part);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
    ssize_t part = part_of(CALL_READ, len);

    return part <= 0 ? part : __real_pread(fd, bytes, (size_t)part, at);
}

ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
    ssize_t part = part_of(CALL_READ, len);

    return part <= 0 ? part : __real_read(fd, bytes, (size_t)part);
}

int __wrap_fsync(int fd)
{
    (void)fd;
    return strikes(CALL_SYNC) ? -1 : 0;
}

int __wrap_close(int fd)
{
    bool struck = strikes(CALL_CLOSE);
    int error = errno, result = __real_close(fd);

    errno = struck ? error : errno;
    return struck ? -1 : result;
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return strikes(CALL_RENAME) ? -1
                                : __real_renameat(from_dir, from, to_dir, to);
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
    return strikes(CALL_UNLINK) ? -1 : __real_unlinkat(dir, path, flags);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return strikes(CALL_MKDIR) ? -1 : __real_mkdir(path, mode);
}

int __wrap_fstat(int fd, struct stat *out)
{
    return strikes(CALL_STAT) ? -1 : __real_fstat(fd, out);
}

int __wrap_fstatat(int dir, const char *path, struct stat *out, int flags)
{
    return strikes(CALL_STAT) ? -1 : __real_fstatat(dir, path, out, flags);
}

int __wrap_stat(const char *path, struct stat *out)
{
    return strikes(CALL_STAT) ? -1 : __real_stat(path, out);
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t from)
{
    return strikes(CALL_MAP) ? MAP_FAILED
                             : __real_mmap(at, len, prot, flags, fd, from);
}

int __wrap_madvise(void *at, size_t len, int advice)
{
    return strikes(CALL_ADVISE) ? -1 : __real_madvise(at, len, advice);
}

int __wrap_fcntl(int fd, int what, ...)
{
    va_list more;
    void *argument;

    va_start(more, what);
    argument = va_arg(more, void *);
    va_end(more);
    return strikes(CALL_LOCK) ? -1 : __real_fcntl(fd, what, argument);
}

DIR *__wrap_fdopendir(int fd)
{
    return strikes(CALL_LIST) ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *dir)
{
    return strikes(CALL_LIST) ? NULL : __real_readdir(dir);
}

ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
    return strikes(CALL_RANDOM) ? -1 : __real_getrandom(bytes, len, flags);
}
/* NOLINTEND */

uint32_t calls_descriptors(void)
{
    uint32_t count = 0;
    int fd = __real_open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : __real_fdopendir(fd);

    if (!dir)
        return 0;
    while (__real_readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}
