#include "base/map.h"

#include "base/alloc.h"

#define FIRST_CAPACITY 16

void lede_map_init(lede_map *map, const lede_allocator *allocator)
{
    *map = (lede_map){ .allocator = allocator };
}

void lede_map_fini(lede_map *map)
{
    lede_release(map->allocator, map->slots,
                 map->capacity * sizeof *map->slots);
    lede_map_init(map, map->allocator);
}

void lede_map_clear(lede_map *map)
{
    if (map->slots)
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    map->count = 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static lede_map_slot *place_of(const lede_map *map, lede_bytes key,
                               uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)hash & mask;

    while (map->slots[i].key.at && (map->slots[i].hash != hash ||
                                    !lede_bytes_equal(map->slots[i].key, key)))
        i = (i + 1) & mask;
    return &map->slots[i];
}

static bool make_room(lede_map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    lede_map grown = { .capacity = capacity, .allocator = map->allocator };

    if ((map->count + 1) * 2 <= map->capacity)
        return true;
    grown.slots =
        lede_alloc_array(map->allocator, capacity, sizeof *grown.slots);
    if (!grown.slots)
        return false;
    lede_map_clear(&grown);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].key.at)
            *place_of(&grown, map->slots[i].key, map->slots[i].hash) =
                map->slots[i];
    grown.count = map->count;
    lede_map_fini(map);
    *map = grown;
    return true;
}

lede_map_slot *lede_map_find(const lede_map *map, lede_bytes key, uint64_t hash)
{
    lede_map_slot *slot = map->slots ? place_of(map, key, hash) : NULL;

    return slot && slot->key.at ? slot : NULL;
}

lede_map_slot *lede_map_put(lede_map *map, lede_bytes key, uint64_t hash)
{
    lede_map_slot *slot;

    if (!make_room(map))
        return NULL;
    slot = place_of(map, key, hash);
    if (!slot->key.at) {
        *slot = (lede_map_slot){ key, hash, LEDE_MAP_NEW };
        map->count++;
    }
    return slot;
}

static inline uint64_t mix(uint64_t hash)
{
    hash *= 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
    hash *= 0xD6E8FEB86659FD93U;
    return hash ^ hash >> 29;
}

uint64_t lede_hash_bytes(lede_bytes bytes)
{
    uint64_t hash = mix(0xCBF29CE484222325U ^ bytes.len), last = 0;
    size_t at = 0;

    for (; bytes.len - at >= sizeof last; at += sizeof last)
        hash = mix(hash ^ (lede_read_u32(bytes.at + at) |
                           (uint64_t)lede_read_u32(bytes.at + at + 4) << 32));
    for (size_t i = 0; at + i < bytes.len; i++)
        last |= (uint64_t)bytes.at[at + i] << (8 * i);
    return mix(hash ^ last);
}
