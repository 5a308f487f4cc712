#include "support/larder.h"

#include <stdlib.h>
#include <string.h>

static bool starves(larder *l)
{
    uint64_t call = ++l->calls;
    bool now =
        l->fail_at && (l->sticky ? call >= l->fail_at : call == l->fail_at);

    l->failures += now;
    return now;
}

static void *allocate(void *ctx, size_t size)
{
    larder *l = ctx;
    void *at = starves(l) ? NULL : malloc(size);

    if (at) {
        if (l->fill)
            memset(at, l->fill, size);
        l->blocks++;
        l->bytes += size;
    }
    return at;
}

static void *resize(void *ctx, void *at, size_t old_size, size_t size)
{
    larder *l = ctx;
    void *moved = starves(l) ? NULL : realloc(at, size);

    if (moved) {
        if (l->fill && size > old_size)
            memset((char *)moved + old_size, l->fill, size - old_size);
        l->bytes += size - old_size;
    }
    return moved;
}

static void release(void *ctx, void *at, size_t size)
{
    larder *l = ctx;

    l->blocks--;
    l->bytes -= size;
    free(at);
}

void larder_init(larder *l)
{
    memset(l, 0, sizeof *l);
    l->allocator = (lede_allocator){ l, allocate, resize, release };
}
