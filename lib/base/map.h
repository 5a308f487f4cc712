/*
 * base/map.h - from bytes to a number.
 *
 *     lede_map map;
 *     lede_map_init(&map, alloc);
 *     slot = lede_map_put(&map, key, hash);   NULL: out of memory
 *     if (slot->value == LEDE_MAP_NEW) slot->value = count++;
 *
 * Open addressing, at most half full. The caller gives the hash: equal keys
 * must have equal ones, and good low bits.
 *
 * Memory    Keys are borrowed until the map ends. Slots move at the next put.
 */
#ifndef LEDE_BASE_MAP_H
#define LEDE_BASE_MAP_H

#include "base/bytes.h"
#include "lede/alloc.h"

#define LEDE_MAP_NEW UINT64_MAX

typedef struct lede_map_slot {
    lede_bytes key; /* at == NULL: free */
    uint64_t hash;
    uint64_t value; /* yours; LEDE_MAP_NEW in a slot just made */
} lede_map_slot;

typedef struct lede_map {
    lede_map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    const lede_allocator *allocator;
} lede_map;

void lede_map_init(lede_map *map, const lede_allocator *allocator);
void lede_map_fini(lede_map *map);
void lede_map_clear(lede_map *map); /* keeps its memory */

/* The slot of a key, or NULL. */
lede_map_slot *lede_map_find(const lede_map *map, lede_bytes key,
                             uint64_t hash);

/* The slot of a key, made if there was none; NULL when memory ran out. A key
 * of length 0 needs an `at` that is not NULL. */
lede_map_slot *lede_map_put(lede_map *map, lede_bytes key, uint64_t hash);

/* Eight bytes at a time, for callers without a hash at hand. */
uint64_t lede_hash_bytes(lede_bytes bytes);

#endif
