#include "native/segment/spool.h"

#include <stdio.h>

#include "base/error.h"

void lede_spool_init(lede_spool *spool, lede_dir *dir, const char *name,
                     const lede_allocator *allocator)
{
    lede_buffer_init(&spool->bytes, allocator);
    spool->most = LEDE_SPOOL_BYTES;
    spool->written = 0;
    spool->status = LEDE_OK;
    spool->dir = dir;
    spool->out = NULL;
    spool->file = NULL;
    (void)snprintf(spool->name, sizeof spool->name, "%.*s",
                   (int)strcspn(name, "-"), name);
}

void lede_spool_fini(lede_spool *spool)
{
    if (spool->out) {
        (void)lede_out_close(spool->out, NULL);
        (void)lede_dir_unlink(spool->dir, spool->name, NULL);
    }
    lede_file_close(spool->file);
    lede_buffer_fini(&spool->bytes);
    spool->out = NULL;
    spool->file = NULL;
}

static lede_status begin_file(lede_spool *spool, lede_error *err)
{
    size_t len = strlen(spool->name);

    (void)snprintf(spool->name + len, sizeof spool->name - len, "-%016llx.tmp",
                   (unsigned long long)lede_dir_random(spool->dir));
    return lede_dir_create(spool->dir, &spool->out, spool->name, err);
}

static lede_status write_bytes(lede_spool *spool, lede_bytes bytes,
                               lede_error *err)
{
    lede_status status = LEDE_OK;

    if (bytes.len == 0)
        return LEDE_OK;
    if (!spool->out)
        status = begin_file(spool, err);
    if (status == LEDE_OK)
        status = lede_out_write(spool->out, bytes.at, bytes.len, err);
    spool->written += bytes.len;
    spool->status = status;
    return status;
}

/* What came at once may have been much more than comes from now on. */
static lede_status write_out(lede_spool *spool, lede_error *err)
{
    lede_status status =
        write_bytes(spool, lede_buffer_bytes(&spool->bytes), err);

    if (spool->bytes.capacity > 4 * (size_t)LEDE_SPOOL_BYTES)
        lede_buffer_fini(&spool->bytes);
    lede_buffer_clear(&spool->bytes);
    return status;
}

static lede_status look_at_failure(const lede_spool *spool, lede_error *err)
{
    return lede_fail_plain(err, spool->status == LEDE_OK ? spool->bytes.status
                                                         : spool->status);
}

lede_status lede_spool_settle(lede_spool *spool, lede_error *err)
{
    lede_status status = look_at_failure(spool, err);

    if (status != LEDE_OK)
        return status;
    if (!spool->dir || spool->bytes.len < spool->most)
        return LEDE_OK;
    return write_out(spool, err);
}

lede_status lede_spool_write(lede_spool *spool, lede_bytes bytes,
                             lede_error *err)
{
    lede_status status = look_at_failure(spool, err);

    if (status == LEDE_OK && !spool->dir) {
        lede_put(&spool->bytes, bytes.at, bytes.len);
        return lede_fail_plain(err, spool->bytes.status);
    }
    if (status == LEDE_OK)
        status = write_out(spool, err);
    return status == LEDE_OK ? write_bytes(spool, bytes, err) : status;
}

/* Opens the file to be read. It needs no name from here on. */
static lede_status reopen(lede_spool *spool, lede_error *err)
{
    lede_status status = lede_out_close(spool->out, err), gone;

    spool->out = NULL;
    if (status == LEDE_OK)
        status = lede_dir_map(spool->dir, &spool->file, spool->name, err);
    gone = lede_dir_unlink(spool->dir, spool->name,
                           status == LEDE_OK ? err : NULL);
    if (status == LEDE_OK)
        status = gone;
    if (status == LEDE_OK && spool->file->touch &&
        spool->file->touch(spool->file, 0, spool->written) != LEDE_OK)
        return lede_fail(err, LEDE_ERR_IO, spool->name, "cannot be read");
    if (status == LEDE_OK && spool->file->bytes.len != spool->written)
        return lede_fail(err, LEDE_ERR_IO, spool->name,
                         "is not as long as it was written");
    return status;
}

lede_status lede_spool_read(lede_spool *spool, lede_bytes *all, lede_error *err)
{
    lede_status status = look_at_failure(spool, err);

    *all = spool->file ? spool->file->bytes : lede_buffer_bytes(&spool->bytes);
    if (status != LEDE_OK || !spool->out)
        return status;
    status = write_out(spool, err);
    if (status == LEDE_OK)
        status = reopen(spool, err);
    if (status == LEDE_OK)
        *all = spool->file->bytes;
    return status;
}
