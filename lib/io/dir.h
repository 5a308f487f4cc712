/*
 * io/dir.h - a directory and its files: the only door to the file system.
 *
 *     lede_dir_open_disk(&dir, path, flags, alloc, &err);
 *     lede_dir_create(dir, &out, name, &err);      written once, from the front
 *     lede_out_write(out, bytes, len, &err);
 *     lede_out_sync(out, &err);
 *     lede_out_close(out, &err);
 *     lede_dir_map(dir, &file, name, &err);        read at any place
 *     lede_file_close(file);
 *
 * A vtable with three kinds behind it: the disk, memory, and what tests put in
 * front of either (a log of all operations, faults at any of them). So whatever
 * the operating system can do to us, a test can do too.
 *
 * Names     Of files in this directory: no slash, at most LEDE_DIR_NAME_MAX
 *           bytes, terminated.
 * Errors    IO with the errno; FULL for ENOSPC, EDQUOT and EFBIG; NOT_FOUND
 *           for ENOENT; NOMEM for ENOMEM; BUSY where said. A failed sync is
 *           never tried again: the caller does not know what is on disk.
 *           EINTR is retried here, short reads and writes are gone on with.
 * Memory    A dir outlives its files. close accepts NULL.
 * Threads   A dir is shared; an out is confined; a file is frozen.
 */
#ifndef LEDE_IO_DIR_H
#define LEDE_IO_DIR_H

#include "base/bytes.h"
#include "lede/alloc.h"
#include "lede/status.h"

#define LEDE_DIR_NAME_MAX 64

typedef struct lede_dir lede_dir;
typedef struct lede_out lede_out;
typedef struct lede_file lede_file;

typedef enum lede_dir_flag {
    LEDE_DIR_CREATE = 1,   /* make it if there is none, and sync its parent */
    LEDE_DIR_COPIED = 2,   /* files are read whole, not mapped */
    LEDE_DIR_READ_ONLY = 4 /* whatever writes is INVALID */
} lede_dir_flag;

/* What an implementation provides; callers use the functions below. */
typedef struct lede_dir_ops {
    void (*close)(lede_dir *dir);
    lede_status (*create)(lede_dir *dir, lede_out **out, const char *name,
                          lede_error *err);
    lede_status (*map)(lede_dir *dir, lede_file **file, const char *name,
                       lede_error *err);
    lede_status (*rename)(lede_dir *dir, const char *from, const char *to,
                          lede_error *err);
    lede_status (*unlink)(lede_dir *dir, const char *name, lede_error *err);
    lede_status (*sync)(lede_dir *dir, lede_error *err);
    lede_status (*sync_file)(lede_dir *dir, const char *name, lede_error *err);
    lede_status (*list)(lede_dir *dir,
                        void (*each)(void *ctx, const char *name,
                                     uint64_t length),
                        void *ctx, lede_error *err);
    lede_status (*stamp)(lede_dir *dir, const char *name, uint64_t stamp[3],
                         lede_error *err);
    lede_status (*lock)(lede_dir *dir, const char *name, lede_error *err);
    void (*unlock)(lede_dir *dir);
    uint64_t (*random)(lede_dir *dir);
} lede_dir_ops;

typedef struct lede_out_ops {
    lede_status (*write)(lede_out *out, const void *bytes, size_t len,
                         lede_error *err);
    lede_status (*sync)(lede_out *out, lede_error *err);
    lede_status (*close)(lede_out *out, lede_error *err); /* frees it, always */
} lede_out_ops;

/* Implementations embed these as their first member. */
struct lede_dir {
    const lede_dir_ops *ops;
    const char *path; /* for messages; owned by the implementation */
};

struct lede_out {
    const lede_out_ops *ops;
    uint64_t length; /* written so far */
};

struct lede_file {
    lede_bytes bytes;  /* all of it, until the file is closed */
    uint64_t stamp[3]; /* as of lede_dir_stamp; of this file alone, if */
    bool pins;         /* until it is closed */
    void (*close)(lede_file *file);
    /* Makes sure that a part can be read: brings its pages in, so that a
     * failure of the medium is IO here and not a signal later. */
    lede_status (*touch)(lede_file *file, uint64_t offset, uint64_t length);
};

/* Opens the directory at a path. NOT_FOUND where there is none. */
lede_status lede_dir_open_disk(lede_dir **out, const char *path, uint32_t flags,
                               const lede_allocator *allocator,
                               lede_error *err);

/* A directory that lives in memory and ends when it is closed. */
lede_status lede_dir_open_memory(lede_dir **out,
                                 const lede_allocator *allocator);
void lede_dir_close(lede_dir *dir);

/* Makes a file that does not exist (else BUSY), to be written. */
lede_status lede_dir_create(lede_dir *dir, lede_out **out, const char *name,
                            lede_error *err);

/* Opens a file to be read, whole. */
lede_status lede_dir_map(lede_dir *dir, lede_file **file, const char *name,
                         lede_error *err);

/* Gives a file another name, in place of a file that may have it. */
lede_status lede_dir_rename(lede_dir *dir, const char *from, const char *to,
                            lede_error *err);
lede_status lede_dir_unlink(lede_dir *dir, const char *name, lede_error *err);

/* Makes creations, renames and unlinks so far durable. */
lede_status lede_dir_sync(lede_dir *dir, lede_error *err);

/* Makes the bytes of a file durable that was written and closed before, by
 * whomever. */
lede_status lede_dir_sync_file(lede_dir *dir, const char *name,
                               lede_error *err);

/* Calls `each` for every regular file, in any order. */
lede_status lede_dir_list(lede_dir *dir,
                          void (*each)(void *ctx, const char *name,
                                       uint64_t length),
                          void *ctx, lede_error *err);

/* Numbers that differ when the name has come to mean another file; for certain
 * only while the former one is open, for file systems use numbers again. */
lede_status lede_dir_stamp(lede_dir *dir, const char *name, uint64_t stamp[3],
                           lede_error *err);

/* Takes the writer's lock, on a file that is made and never deleted; BUSY if
 * any handle, in any process, holds it. It ends with the process. */
lede_status lede_dir_lock(lede_dir *dir, const char *name, lede_error *err);
void lede_dir_unlock(lede_dir *dir);

/* 64 bits for a name never used before. */
uint64_t lede_dir_random(lede_dir *dir);

lede_status lede_out_write(lede_out *out, const void *bytes, size_t len,
                           lede_error *err);
lede_status lede_out_sync(lede_out *out, lede_error *err);
lede_status lede_out_close(lede_out *out, lede_error *err);
void lede_file_close(lede_file *file);

#endif
