#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_allocate(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void *libc_resize(void *ctx, void *at, size_t old_size, size_t size)
{
    (void)ctx;
    (void)old_size;
    return realloc(at, size);
}

static void libc_release(void *ctx, void *at, size_t size)
{
    (void)ctx;
    (void)size;
    free(at);
}

const lede_allocator *lede_allocator_or_libc(const lede_allocator *a)
{
    static const lede_allocator libc = { NULL, libc_allocate, libc_resize,
                                         libc_release };

    return a ? a : &libc;
}

void *lede_alloc(const lede_allocator *a, size_t size)
{
    a = lede_allocator_or_libc(a);
    return a->allocate(a->ctx, size ? size : 1);
}

void *lede_alloc_zero(const lede_allocator *a, size_t size)
{
    void *at = lede_alloc(a, size);

    if (at)
        memset(at, 0, size);
    return at;
}

void *lede_alloc_array(const lede_allocator *a, size_t count, size_t size)
{
    size_t bytes;

    return lede_size_mul(count, size, &bytes) ? lede_alloc(a, bytes) : NULL;
}

char *lede_alloc_text(const lede_allocator *a, const char *text, size_t len)
{
    size_t bytes;
    char *copy;

    if (!lede_size_add(len, 1, &bytes))
        return NULL;
    copy = lede_alloc(a, bytes);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void *lede_resize(const lede_allocator *a, void *at, size_t old_size,
                  size_t size)
{
    if (!at)
        return lede_alloc(a, size);
    a = lede_allocator_or_libc(a);
    return a->resize(a->ctx, at, old_size ? old_size : 1, size ? size : 1);
}

void lede_release(const lede_allocator *a, void *at, size_t size)
{
    if (!at)
        return;
    a = lede_allocator_or_libc(a);
    a->release(a->ctx, at, size ? size : 1);
}

bool lede_grow(const lede_allocator *a, void *array, size_t *capacity,
               size_t need, size_t size)
{
    size_t wanted = *capacity + *capacity / 2 + 8, bytes;
    void *at, *grown;

    if (need <= *capacity)
        return true;
    if (wanted < need)
        wanted = need;
    if (!lede_size_mul(wanted, size, &bytes))
        return false;
    memcpy(&at, array, sizeof at);
    grown = lede_resize(a, at, *capacity * size, bytes);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}
