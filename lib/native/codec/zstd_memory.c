#include "native/codec/zstd_memory.h"

#include "base/alloc.h"

/* Before each block: how large it is, head and all. */
typedef struct head {
    _Alignas(16) size_t size;
} head;

static void *take(void *allocator, size_t size)
{
    size_t whole;
    head *made;

    if (!lede_size_add(size, sizeof *made, &whole))
        return NULL;
    made = lede_alloc(allocator, whole);
    if (!made)
        return NULL;
    made->size = whole;
    return made + 1;
}

static void give_back(void *allocator, void *at)
{
    head *of = at;

    if (at)
        lede_release(allocator, of - 1, of[-1].size);
}

ZSTD_customMem lede_zstd_memory(const lede_allocator *allocator)
{
    return (ZSTD_customMem){
        take, give_back, (void *)(uintptr_t)lede_allocator_or_libc(allocator)
    };
}
