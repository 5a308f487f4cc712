/*
 * support/dir_faulty.h - a directory whose operations fail when told.
 *
 *     dir_faults faults = DIR_FAULTS;
 *     dir_faulty_open(&dir, inner, &faults);
 *     faults.kinds = DIR_FAULT_SYNC;
 *     faults.fail_at = faults.calls + 2;     the second sync from now
 *     ...
 *     lede_dir_close(dir);                   inner stays open
 *
 * What fails is not done, but for a write, of which the first half is there,
 * and a close, which closes. With a budget, writes fail with FULL once all
 * files together are as long, after what still fits.
 *
 * Threads   A directory is shared, as any; the test sets faults while it rests.
 */
#ifndef LEDE_TESTS_DIR_FAULTY_H
#define LEDE_TESTS_DIR_FAULTY_H

#include "io/dir.h"

typedef enum dir_fault_kind {
    DIR_FAULT_CREATE = 1,
    DIR_FAULT_WRITE = 2,
    DIR_FAULT_SYNC = 4,
    DIR_FAULT_CLOSE = 8,
    DIR_FAULT_MAP = 16,
    DIR_FAULT_RENAME = 32,
    DIR_FAULT_UNLINK = 64,
    DIR_FAULT_DIR_SYNC = 128,
    DIR_FAULT_LIST = 256,
    DIR_FAULT_STAMP = 512,
    DIR_FAULT_LOCK = 1024,
    DIR_FAULT_ANY = 2047
} dir_fault_kind;

typedef struct dir_faults {
    uint32_t kinds;   /* that count and fail */
    uint64_t fail_at; /* the call that fails, from 1; 0: none */
    bool sticky;      /* and all after it */
    lede_status status;
    int system; /* errno */
    uint64_t budget;
    uint64_t calls; /* of those kinds so far */
    uint64_t failures;
    uint64_t open_outs;
    uint64_t names; /* mixed into the numbers that names are made of */
    /* Each call, of any kind: true fails it. Or NULL. */
    bool (*before)(void *ctx, dir_fault_kind kind);
    void *ctx;
} dir_faults;

#define DIR_FAULTS                                                           \
    {                                                                        \
        DIR_FAULT_ANY, 0, false, LEDE_ERR_IO, 5 /* EIO */, UINT64_MAX, 0, 0, \
            0, 0, NULL, NULL                                                 \
    }

/* Fails the test when memory ends. Both are borrowed until it is closed. */
void dir_faulty_open(lede_dir **out, lede_dir *inner, dir_faults *faults);

#endif
