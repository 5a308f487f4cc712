/*
 * base/alloc.h - memory from the caller's allocator, with checked sizes.
 *
 *     items = lede_alloc_array(alloc, count, sizeof *items);
 *     if (!lede_grow(alloc, &items, &capacity, count + 1, sizeof *items))
 *         return LEDE_ERR_NOMEM;
 *     lede_release(alloc, items, capacity * sizeof *items);
 *
 * Errors    NULL or false when memory ran out or a size does not fit; what
 *           was there stays as it was.
 * Memory    Every function takes NULL for libc's allocator. Whoever allocates
 *           remembers the size, for release is told it.
 */
#ifndef LEDE_BASE_ALLOC_H
#define LEDE_BASE_ALLOC_H

#include "lede/alloc.h"

/* `a`, or the libc one if it is NULL; never NULL. */
const lede_allocator *lede_allocator_or_libc(const lede_allocator *a);

/* False if the exact result does not fit; *out is then unchanged. */
static inline bool lede_size_mul(size_t a, size_t b, size_t *out)
{
    size_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

static inline bool lede_size_add(size_t a, size_t b, size_t *out)
{
    size_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

/* Aligned for any type. A size of 0 is taken as 1. */
void *lede_alloc(const lede_allocator *a, size_t size);
void *lede_alloc_zero(const lede_allocator *a, size_t size);
void *lede_alloc_array(const lede_allocator *a, size_t count, size_t size);

/* A copy of `len` bytes and a NUL after them; release with len + 1. */
char *lede_alloc_text(const lede_allocator *a, const char *text, size_t len);

/* Moves to a new size; NULL leaves the old block as it was. `at` may be NULL
 * with an old size of 0. */
void *lede_resize(const lede_allocator *a, void *at, size_t old_size,
                  size_t size);

/* Takes back a block and the size it was asked for with; NULL is fine. */
void lede_release(const lede_allocator *a, void *at, size_t size);

/*
 * Makes an array of *capacity items of `size` bytes hold at least `need`, by
 * at least half as many again. `array` is the address of the pointer to it.
 */
bool lede_grow(const lede_allocator *a, void *array, size_t *capacity,
               size_t need, size_t size);

#endif
