/*
 * native/index/key_walk.h - the keys of several segments as one list in order,
 * each with all that hold it.
 *
 *     lede_key_walk_new(&walk, segments, count, alloc);
 *     while (lede_key_walk_next(walk))
 *         for (uint32_t i = 0; i < walk->count; i++)
 *             ... walk->key, walk->holders[i]
 *     status = walk->status;
 *
 * Of articles of a segment with one key the last is the holder. A segment whose
 * keys cannot be read is left out from there on, and marked.
 *
 * Memory    What the fields point to is borrowed until next.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_KEY_WALK_H
#define LEDE_NATIVE_INDEX_KEY_WALK_H

#include "native/segment/segment.h"

typedef struct lede_key_holder {
    uint32_t segment; /* its place in the list */
    uint32_t doc;
    uint64_t sequence;
} lede_key_holder;

typedef struct lede_key_walk {
    lede_bytes key;
    const lede_key_holder *holders;
    uint32_t count;
    lede_status status;
} lede_key_walk;

/* Segments may be NULL: left out. They outlive the walk. */
lede_status lede_key_walk_new(lede_key_walk **out,
                              lede_segment *const *segments, uint32_t count,
                              const lede_allocator *allocator);
void lede_key_walk_free(lede_key_walk *walk); /* NULL is fine */

/* The next key; false behind the last, and on failure. */
bool lede_key_walk_next(lede_key_walk *walk);

/* Whether keys of a segment could not be read. */
bool lede_key_walk_is_broken(const lede_key_walk *walk, uint32_t segment);

#endif
