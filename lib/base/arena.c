/*
 * base/arena.c - blocks in a list, the newest first.
 *
 * Blocks double from the first one to 1 MiB. What does not fit a block gets one
 * of its own behind the newest, so that the room left in that one is not lost.
 */
#include "base/arena.h"

#include "base/alloc.h"

#define BLOCK_BYTES ((size_t)1 << 20)
#define ALIGN       _Alignof(max_align_t)

/* A spare of at most this share of a limit is as good as none. */
#define SPARE_SHARE 64U

typedef struct lede_arena_block block;
struct lede_arena_block {
    block *older;
    size_t size; /* of the room behind this header */
    size_t used;
    max_align_t room[];
};

/* Returns NULL and keeps the first failure. */
static __attribute__((noinline)) void *fail(lede_arena *arena,
                                            lede_status status)
{
    if (arena->status == LEDE_OK)
        arena->status = status;
    return NULL;
}

/* NULL when memory ran out. */
static block *make_block(const lede_allocator *allocator, size_t size)
{
    block *made = lede_alloc(allocator, size);

    if (made) {
        made->older = NULL;
        made->size = size - sizeof(block);
        made->used = 0;
    }
    return made;
}

static block *new_block(lede_arena *arena, size_t room)
{
    size_t size;
    block *made;

    if (!lede_size_add(sizeof(block), room, &size) ||
        size > arena->limit - arena->bytes)
        return fail(arena, LEDE_ERR_LIMIT);
    made = make_block(arena->allocator, size);
    if (!made)
        return fail(arena, LEDE_ERR_NOMEM);
    arena->bytes += size;
    return made;
}

void lede_arena_init(lede_arena *arena, const lede_allocator *allocator,
                     size_t first)
{
    *arena = (lede_arena){ .allocator = allocator,
                           .first = first,
                           .limit = UINT64_MAX };
}

lede_arena *lede_arena_new(const lede_allocator *allocator)
{
    lede_arena *arena = lede_alloc(allocator, sizeof *arena);

    if (!arena)
        return NULL;
    lede_arena_init(arena, allocator, LEDE_ARENA_FIRST);
    return arena;
}

static void free_blocks(lede_arena *arena, block *from)
{
    while (from) {
        block *older = from->older;

        arena->bytes -= sizeof(block) + from->size;
        lede_release(arena->allocator, from, sizeof(block) + from->size);
        from = older;
    }
}

void lede_arena_fini(lede_arena *arena)
{
    free_blocks(arena, arena->newest);
    arena->newest = NULL;
}

void lede_arena_take_up(lede_arena *arena, lede_arena_spare *spare)
{
    block *taken = atomic_exchange(spare, NULL), *none = NULL;
    size_t size = taken ? sizeof(block) + taken->size : 0;

    if (!taken)
        return;
    if (size <= arena->limit / SPARE_SHARE) {
        arena->newest = taken;
        arena->bytes += size;
    } else if (!atomic_compare_exchange_strong(spare, &none, taken)) {
        lede_release(arena->allocator, taken, size);
    }
}

/* One block with as much room as all, up to what may wait. */
static block *gather(lede_arena *arena)
{
    block *newest = arena->newest;
    size_t size = arena->bytes < LEDE_ARENA_SPARE_MAX ? (size_t)arena->bytes
                                                      : LEDE_ARENA_SPARE_MAX;

    if (newest && !newest->older && arena->bytes == size) {
        arena->newest = NULL;
        arena->bytes = 0;
        newest->used = 0;
        return newest;
    }
    lede_arena_fini(arena);
    return newest ? make_block(arena->allocator, size) : NULL;
}

void lede_arena_leave(lede_arena *arena, lede_arena_spare *spare)
{
    block *left, *none = NULL;

    if (atomic_load(spare)) {
        lede_arena_fini(arena);
        return;
    }
    left = gather(arena);
    if (left && !atomic_compare_exchange_strong(spare, &none, left))
        lede_release(arena->allocator, left, sizeof(block) + left->size);
}

void lede_arena_spare_free(lede_arena_spare *spare,
                           const lede_allocator *allocator)
{
    block *left = atomic_exchange(spare, NULL);

    if (left)
        lede_release(allocator, left, sizeof(block) + left->size);
}

void lede_arena_free(lede_arena *arena)
{
    if (!arena)
        return;
    lede_arena_fini(arena);
    lede_release(arena->allocator, arena, sizeof *arena);
}

void lede_arena_clear(lede_arena *arena)
{
    if (arena->newest) {
        free_blocks(arena, arena->newest->older);
        arena->newest->older = NULL;
        arena->newest->used = 0;
    }
    arena->status = LEDE_OK;
}

void lede_arena_limit(lede_arena *arena, uint64_t bytes)
{
    arena->limit = bytes < arena->bytes ? arena->bytes : bytes;
}

lede_status lede_arena_status(const lede_arena *arena)
{
    return arena->status;
}

uint64_t lede_arena_bytes(const lede_arena *arena)
{
    return arena->bytes;
}

const lede_allocator *lede_arena_allocator(const lede_arena *arena)
{
    return arena->allocator;
}

/* What is left below the limit, if that is less than a block should have. */
static size_t next_room(const lede_arena *arena)
{
    size_t size = arena->newest ? arena->newest->size * 2 : arena->first;
    uint64_t left = arena->limit - arena->bytes;

    if (size > BLOCK_BYTES)
        size = BLOCK_BYTES;
    if (left < size + sizeof(block))
        size = left > sizeof(block) ? (size_t)left - sizeof(block) : 0;
    return size - size % ALIGN;
}

/* The block that so much goes into, where the newest has no room for it. */
static __attribute__((noinline)) block *add_block(lede_arena *arena,
                                                  size_t rounded)
{
    block *newest = arena->newest, *at;
    size_t room = next_room(arena);
    bool alone = rounded > room / 4 && newest;

    at = new_block(arena, alone || rounded > room ? rounded : room);
    if (!at)
        return NULL;
    if (alone) {
        at->older = newest->older;
        newest->older = at;
    } else {
        at->older = newest;
        arena->newest = at;
    }
    return at;
}

/* *room: bytes from there to the end of its block. */
static inline void *take(lede_arena *arena, size_t size, size_t *room)
{
    block *at = arena->newest;
    size_t rounded;

    *room = 0;
    if (!lede_size_add(size ? size : 1, ALIGN - 1, &rounded))
        return fail(arena, LEDE_ERR_NOMEM);
    rounded -= rounded % ALIGN;
    if (!at || at->size - at->used < rounded) {
        at = add_block(arena, rounded);
        if (!at)
            return NULL;
    }
    *room = at->size - at->used;
    at->used += rounded;
    return (uint8_t *)at->room + (at->used - rounded);
}

void *lede_arena_alloc(lede_arena *arena, size_t size)
{
    size_t room;

    return take(arena, size, &room);
}

/* Most of what is asked for is little: it is cleared with what is behind it, so
 * that nothing branches on how much it is. */
#define LITTLE ((size_t)64)

void *lede_arena_zero(lede_arena *arena, size_t size)
{
    size_t room;
    void *at = take(arena, size, &room);

    if (!at)
        return NULL;
    if (size <= LITTLE && room >= LITTLE)
        memset(at, 0, LITTLE);
    else
        memset(at, 0, size);
    return at;
}

void *lede_arena_array(lede_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (!lede_size_mul(count, size, &bytes))
        return fail(arena, LEDE_ERR_NOMEM);
    return lede_arena_zero(arena, bytes);
}

char *lede_arena_text(lede_arena *arena, const void *text, size_t len)
{
    size_t room;
    char *copy;

    if (len == SIZE_MAX)
        return fail(arena, LEDE_ERR_NOMEM);
    copy = take(arena, len + 1, &room);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

bool lede_arena_grow(lede_arena *arena, void *array, size_t *capacity,
                     size_t need, size_t size)
{
    size_t wanted = *capacity + *capacity / 2 + 8, bytes;
    void *at, *grown;

    if (need <= *capacity)
        return true;
    if (wanted < need)
        wanted = need;
    if (!lede_size_mul(wanted, size, &bytes)) {
        (void)fail(arena, LEDE_ERR_NOMEM);
        return false;
    }
    grown = lede_arena_alloc(arena, bytes);
    if (!grown)
        return false;
    memcpy(&at, array, sizeof at);
    if (*capacity)
        memcpy(grown, at, *capacity * size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}
