#include "support/larder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Over all counts. */
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static bool starves(larder *l)
{
    uint64_t call;
    bool now;

    (void)pthread_mutex_lock(&counting);
    call = ++l->calls;
    now = l->fail_at && (l->sticky ? call >= l->fail_at : call == l->fail_at);
    if (now)
        l->failures++;
    (void)pthread_mutex_unlock(&counting);
    return now;
}

static void count(larder *l, uint64_t blocks, uint64_t bytes)
{
    (void)pthread_mutex_lock(&counting);
    l->blocks += blocks;
    l->bytes += bytes;
    (void)pthread_mutex_unlock(&counting);
}

static void *allocate(void *ctx, size_t size)
{
    larder *l = ctx;
    void *at = starves(l) ? NULL : malloc(size);

    if (at) {
        if (l->fill)
            memset(at, l->fill, size);
        count(l, 1, size);
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
        count(l, 0, size - old_size);
    }
    return moved;
}

static void release(void *ctx, void *at, size_t size)
{
    larder *l = ctx;

    count(l, UINT64_MAX, 0 - (uint64_t)size);
    free(at);
}

void larder_init(larder *l)
{
    memset(l, 0, sizeof *l);
    l->allocator = (lede_allocator){ l, allocate, resize, release };
}
