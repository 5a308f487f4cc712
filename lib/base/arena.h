/*
 * base/arena.h - memory that is freed all at once.
 *
 *     lede_arena *arena = lede_arena_new(alloc);
 *     node = lede_arena_zero(arena, sizeof *node);
 *     lede_arena_free(arena);
 *
 *     lede_arena own;                  in its user's storage, where it may move
 *     lede_arena_init(&own, alloc, LEDE_ARENA_FIRST);
 *     lede_arena_fini(&own);
 *
 *     lede_arena_take_up(&own, &spare);    instead of new memory each time,
 *     lede_arena_leave(&own, &spare);      where one arena follows another
 *
 * Errors    NULL when memory ran out, a size does not fit, or the arena's
 *           limit is reached; lede_arena_status tells NOMEM from LIMIT.
 * Memory    Aligned for any type. Nothing is freed alone.
 * Threads   Confined; a spare is shared.
 */
#ifndef LEDE_BASE_ARENA_H
#define LEDE_BASE_ARENA_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "lede/alloc.h"
#include "lede/status.h"

struct lede_arena_block;

/* For the functions below alone. */
typedef struct lede_arena {
    const lede_allocator *allocator;
    struct lede_arena_block *newest;
    size_t first; /* the size of the first block */
    uint64_t bytes;
    uint64_t limit;
    lede_status status;
} lede_arena;

/* Where nothing is known of what will be needed. */
#define LEDE_ARENA_FIRST ((size_t)4096)

/* Takes no memory before it is asked for some, then so much or more at once. */
void lede_arena_init(lede_arena *arena, const lede_allocator *allocator,
                     size_t first);
void lede_arena_fini(lede_arena *arena);

/* Room that waits for the next arena of its allocator; NULL: none. */
typedef struct lede_arena_block *_Atomic lede_arena_spare;

/* At most so much waits. */
#define LEDE_ARENA_SPARE_MAX ((size_t)1 << 19)

/* An arena without memory takes what waits, if that is hardly any of what it
 * may have: so a limit is reached as without it. */
void lede_arena_take_up(lede_arena *arena, lede_arena_spare *spare);

/* As lede_arena_fini, but room for all that was in it waits for the next, if
 * none does yet: an allocator that gives memory back to the system, and gets it
 * again page by page, would take longer than many a search. */
void lede_arena_leave(lede_arena *arena, lede_arena_spare *spare);
void lede_arena_spare_free(lede_arena_spare *spare,
                           const lede_allocator *allocator);

/* NULL when memory ran out. */
lede_arena *lede_arena_new(const lede_allocator *allocator);
void lede_arena_free(lede_arena *arena);

/* Gives all back but one block; everything in it is gone. */
void lede_arena_clear(lede_arena *arena);

/* From now on the arena takes at most `bytes` from its allocator. */
void lede_arena_limit(lede_arena *arena, uint64_t bytes);

/* LEDE_OK, or why the first failed call failed. */
lede_status lede_arena_status(const lede_arena *arena);
uint64_t lede_arena_bytes(const lede_arena *arena);
const lede_allocator *lede_arena_allocator(const lede_arena *arena);

void *lede_arena_alloc(lede_arena *arena, size_t size);
void *lede_arena_zero(lede_arena *arena, size_t size);
void *lede_arena_array(lede_arena *arena, size_t count, size_t size); /* zero */

/* A copy with a NUL after it that is not counted. */
char *lede_arena_text(lede_arena *arena, const void *text, size_t len);

/* As lede_grow, in the arena: the old array stays where it was. */
bool lede_arena_grow(lede_arena *arena, void *array, size_t *capacity,
                     size_t need, size_t size);

#endif
