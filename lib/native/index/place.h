/*
 * native/index/place.h - where a writer writes, and whom it tells.
 *
 * Threads   Frozen.
 */
#ifndef LEDE_NATIVE_INDEX_PLACE_H
#define LEDE_NATIVE_INDEX_PLACE_H

#include "native/index/snapshot.h"

/* All borrowed until the writer is closed. */
typedef struct lede_native_place {
    lede_dir *dir;
    lede_shelf *shelf;
    const char *address; /* for lede_shard */
    const lede_allocator *allocator;
    void (*log)(void *ctx, lede_log_level level,
                const char *line); /* or NULL */
    void *log_ctx;
} lede_native_place;

#endif
