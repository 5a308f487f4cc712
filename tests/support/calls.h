/*
 * support/calls.h - system calls that fail when told: what lies below
 * io/dir_disk.c, the same for every engine and for tools.
 *
 *     calls_faults = (call_faults)CALL_FAULTS;
 *     calls_faults.fail_at = 7;
 *     calls_faults.error = EIO;
 *     ... the 7th call from now on fails ...
 *     calls_faults.fail_at = 0;
 *
 * A call that fails is not done, but for a close, which closes, and a write
 * with `partial`, of which half is done and said to be; so is such a read. With
 * a budget, calls that write fail with ENOSPC once all files of a folder
 * together are as long, after what still fits.
 *
 * Only in suites linked with it by tests/CMakeLists.txt: the linker's --wrap
 * takes the calls of the library and of the test itself, not those that libc
 * makes. No sync reaches the disk, for speed.
 */
#ifndef LEDE_TESTS_CALLS_H
#define LEDE_TESTS_CALLS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum call_kind {
    CALL_OPEN = 1,
    CALL_WRITE = 2,
    CALL_READ = 4,
    CALL_SYNC = 8,
    CALL_CLOSE = 16,
    CALL_RENAME = 32,
    CALL_UNLINK = 64,
    CALL_MKDIR = 128,
    CALL_STAT = 256,
    CALL_MAP = 512,
    CALL_ADVISE = 1024,
    CALL_LOCK = 2048,
    CALL_LIST = 4096,
    CALL_RANDOM = 8192,
    CALL_ANY = 16383
} call_kind;

typedef struct call_faults {
    uint32_t kinds;    /* that count and fail */
    uint64_t fail_at;  /* the call that fails, from 1; 0: none */
    bool sticky;       /* and all after it */
    int error;         /* errno; of map advice always EFAULT */
    bool partial;      /* reads and writes do half instead; others go well */
    const char *full;  /* a folder with a budget; NULL: none */
    uint64_t budget;   /* bytes of all its files */
    uint64_t calls;    /* of those kinds so far */
    uint64_t failures; /* or half done */
    uint32_t failed;   /* kinds of those */
} call_faults;

#define CALL_FAULTS                                           \
    {                                                         \
        CALL_ANY, 0, false, 5 /* EIO */, false, 0, 0, 0, 0, 0 \
    }

extern call_faults calls_faults;

/* The name of the first of some kinds. */
const char *call_name(uint32_t kinds);

/* Open descriptors of this process. */
uint32_t calls_descriptors(void);

#endif
