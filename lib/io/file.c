#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define CHUNK ((size_t)64 * 1024)

/* Opens a regular file. Without O_NONBLOCK a pipe would wait for a writer. */
static lede_status open_file(int *fd, const char *path, lede_error *err)
{
    struct stat found;

    do
        *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (*fd < 0 && errno == EINTR);
    if (*fd < 0)
        return lede_fail_system(err,
                                errno == ENOENT || errno == ENOTDIR
                                    ? LEDE_ERR_NOT_FOUND
                                    : LEDE_ERR_IO,
                                path, errno, "cannot open the file");
    if (fstat(*fd, &found) != 0)
        return lede_fail_system(err, LEDE_ERR_IO, path, errno,
                                "cannot look at the file");
    if (!S_ISREG(found.st_mode))
        return lede_fail(err, LEDE_ERR_IO, path, "it is not a regular file");
    return LEDE_OK;
}

/* Reads to the end, or one byte past `most`: a file may grow meanwhile, so its
 * size is not asked for. */
static lede_status read_all(lede_buffer *out, int fd, const char *path,
                            size_t most, lede_error *err)
{
    size_t begin = out->len;

    for (;;) {
        size_t left = most - (out->len - begin);
        size_t want = left < CHUNK ? left + 1 : CHUNK;
        uint8_t *at = lede_buffer_reserve(out, want);
        ssize_t got;

        if (!at)
            return lede_fail_plain(err, out->status);
        got = read(fd, at, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lede_fail_system(err, LEDE_ERR_IO, path, errno,
                                    "cannot read the file");
        if (got == 0)
            return LEDE_OK;
        if ((size_t)got > left)
            return lede_fail(err, LEDE_ERR_LIMIT, path,
                             "the file is over %zu bytes", most);
        out->len += (size_t)got;
    }
}

lede_status lede_file_read(lede_buffer *out, const char *path, size_t most,
                           lede_error *err)
{
    size_t begin = out->len;
    int fd = -1;
    lede_status status = open_file(&fd, path, err);

    if (status == LEDE_OK)
        status = read_all(out, fd, path, most, err);
    if (status != LEDE_OK)
        out->len = begin;
    if (fd >= 0)
        (void)close(fd);
    return status;
}
