/*
 * native/index/parts.h - the parts that make up a commit.
 *
 *     lede_parts_init(&parts, alloc);
 *     lede_parts_load(&parts, base, &err);
 *     lede_parts_replace(&parts, &pick, made);
 *     lede_parts_fini(&parts);
 *
 * Memory    Owns its parts.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_PARTS_H
#define LEDE_NATIVE_INDEX_PARTS_H

#include "native/index/merge_policy.h"
#include "native/index/part.h"
#include "native/index/snapshot.h"

#define LEDE_NO_PART UINT32_MAX

typedef struct lede_parts {
    lede_part **at;
    uint32_t count;
    size_t capacity;
    const lede_allocator *allocator;
} lede_parts;

void lede_parts_init(lede_parts *parts, const lede_allocator *allocator);
void lede_parts_fini(lede_parts *parts);

/* Takes ownership of the part unless it fails. */
lede_status lede_parts_add(lede_parts *parts, lede_part *part);

/* Adds those of a commit. */
lede_status lede_parts_load(lede_parts *parts, const lede_native_snapshot *base,
                            lede_error *err);

/* Puts a part in the place of those picked; NULL: none. */
void lede_parts_replace(lede_parts *parts, const lede_merge_pick *pick,
                        lede_part *made);

/* Frees all, or those in which nothing lives. */
void lede_parts_clear(lede_parts *parts);
void lede_parts_drop_dead(lede_parts *parts);

/* Brings them into the order of their first sequences. */
void lede_parts_sort(lede_parts *parts);

/* The place of the one with this name; LEDE_NO_PART. */
uint32_t lede_parts_find(const lede_parts *parts, const char *name);

/* Text bytes of live articles. */
uint64_t lede_parts_text_bytes(const lede_parts *parts);

#endif
