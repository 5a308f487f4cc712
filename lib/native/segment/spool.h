/*
 * native/segment/spool.h - bytes that wait for their turn in a file that is
 * written from the front.
 *
 *     lede_spool_init(&spool, dir, name, alloc);
 *     lede_put(&spool.bytes, ...);                  at spool.written + bytes.len
 *     lede_spool_settle(&spool, &err);
 *     lede_spool_read(&spool, &all, &err);          once, at the end
 *     lede_spool_fini(&spool);
 *
 * Up to 64 KiB wait in memory, or as many bytes as it is told; more in a
 * temporary file beside the one that is written, which is gone when the spool
 * ends.
 *
 * Errors    A failure to write is kept: what was put is lost.
 */
#ifndef LEDE_NATIVE_SEGMENT_SPOOL_H
#define LEDE_NATIVE_SEGMENT_SPOOL_H

#include "base/buffer.h"
#include "io/dir.h"

#define LEDE_SPOOL_BYTES 65536U

typedef struct lede_spool {
    lede_buffer bytes;  /* put here */
    size_t most;        /* of those; may be set before the first */
    uint64_t written;   /* bytes before those */
    lede_status status; /* of writing them */
    lede_dir *dir;
    lede_out *out;   /* NULL: all is in memory */
    lede_file *file; /* once it is read */
    char name[LEDE_DIR_NAME_MAX + 1];
} lede_spool;

/* `name` is that of the file the bytes will end in; its generation, the part
 * before the '-', becomes that of the temporary one. Without a directory all
 * waits in memory. */
void lede_spool_init(lede_spool *spool, lede_dir *dir, const char *name,
                     const lede_allocator *allocator);
void lede_spool_fini(lede_spool *spool);

/* Writes what is too much for memory to the file. */
lede_status lede_spool_settle(lede_spool *spool, lede_error *err);

/* Writes bytes behind those that were put, to the file, past the buffer. */
lede_status lede_spool_write(lede_spool *spool, lede_bytes bytes,
                             lede_error *err);

/* All that was put, in one piece, until the spool ends. */
lede_status lede_spool_read(lede_spool *spool, lede_bytes *all,
                            lede_error *err);

#endif
