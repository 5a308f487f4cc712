/*
 * support/crash.h - every state that a crash may leave behind.
 *
 *     crash_explorer explorer = { .log = &log, .visit = check, .ctx = &model };
 *     crash_explore(&explorer);
 *     ck_assert_uint_eq(explorer.violations, 0);
 *
 * For each prefix of a log (support/dir_recording.h) the states that the disk
 * may be in. What was synced holds. Of what was not: each sector of 512 bytes
 * is there, zero or garbage; the file ends anywhere behind what was synced; of
 * the operations on names since the last sync of the directory any subset was
 * done, in order. What a failed sync covered stays in doubt for good, whatever
 * a later one says.
 *
 * All states where there are at most `most` of a kind; else nothing,
 * everything, each prefix of the operations, and a seeded sample. The same
 * state is visited once for the same promise.
 */
#ifndef LEDE_TESTS_CRASH_H
#define LEDE_TESTS_CRASH_H

#include "support/dir_recording.h"

/* Where the crash was. */
typedef struct crash_point {
    size_t operations; /* done before */
    uint64_t noted;    /* the newest note of the log until then */
    uint64_t settled; /* the newest one before the last sync of the directory */
    bool whole;       /* everything done is there: only the process died */
} crash_point;

typedef struct crash_explorer {
    const dir_log *log;
    /* Whether a state keeps the promise. */
    bool (*visit)(void *ctx, lede_dir *dir, const crash_point *at);
    void *ctx;
    uint32_t most; /* 0: 4096 */
    uint64_t seed; /* of the samples */
    bool stop;     /* at the first violation */
    size_t from;   /* records that were done long before the crash */
    /* ---- Counted ---- */
    uint64_t states; /* visited */
    uint64_t same;   /* seen before */
    uint64_t violations;
    crash_point first; /* violation */
} crash_explorer;

void crash_explore(crash_explorer *explorer);

/* One state behind all of the log, by the seed. Owned by the caller. */
lede_dir *crash_sample(const dir_log *log, uint64_t seed, crash_point *at);

#endif
