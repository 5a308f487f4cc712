/*
 * native/index/resolve.h - which articles the changes of a batch replace.
 *
 *     for (each change)
 *         lede_batch_add(&batch, key, sequence, doc);
 *     lede_batch_resolve(&batch, parts, count, made, &err);
 *
 * Keys are sorted once, so that they are looked up in the order in which the
 * segments keep them. At most one article of a key is live in all parts
 * together; the one of the highest sequence stays.
 *
 * Memory    Keys are borrowed until the batch is cleared.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_RESOLVE_H
#define LEDE_NATIVE_INDEX_RESOLVE_H

#include "base/map.h"
#include "native/index/part.h"

#define LEDE_NO_DOC UINT32_MAX

typedef struct lede_key_change {
    lede_bytes key;
    uint64_t sequence;
    uint32_t doc; /* of the part just made; LEDE_NO_DOC: a delete */
} lede_key_change;

typedef struct lede_batch {
    lede_key_change *changes;
    size_t count;
    size_t capacity;
    const lede_allocator *allocator;
} lede_batch;

void lede_batch_init(lede_batch *batch, const lede_allocator *allocator);
void lede_batch_fini(lede_batch *batch);
void lede_batch_clear(lede_batch *batch);
lede_status lede_batch_add(lede_batch *batch, lede_bytes key, uint64_t sequence,
                           uint32_t doc);

/* Deletes of this commit by key, with their sequences: an article that comes
 * later by another lane may be older. */
typedef struct lede_deletes {
    lede_map map;
    lede_arena *arena;
} lede_deletes;

lede_status lede_deletes_init(lede_deletes *deletes,
                              const lede_allocator *allocator);
void lede_deletes_fini(lede_deletes *deletes);
void lede_deletes_clear(lede_deletes *deletes);

/* Room for so many changes at once. */
lede_status lede_batch_reserve(lede_batch *batch, size_t count);

/* Bytes it takes, with what the next change may make it take. */
uint64_t lede_batch_bytes(const lede_batch *batch);

/* Kills what the changes replace in the parts, and those of them that are
 * replaced in `made`, the part that they were put in (NULL: only deletes).
 * Remembers the deletes (NULL: nothing older can come). Sorts the batch. */
lede_status lede_batch_resolve(lede_batch *batch, lede_part **parts,
                               size_t count, lede_part *made,
                               lede_deletes *deletes, lede_error *err);

#endif
