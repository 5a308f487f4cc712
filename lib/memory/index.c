#include "memory/index.h"

#include <time.h>

#include "base/alloc.h"

/* A condition that waits by the clock which nobody sets. */
static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(condition, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return made;
}

static bool init_threads(lede_memory_index *index)
{
    if (pthread_mutex_init(&index->lock, NULL) != 0)
        return false;
    if (init_condition(&index->unwritten))
        return true;
    (void)pthread_mutex_destroy(&index->lock);
    return false;
}

lede_status lede_memory_index_new(lede_memory_index **out,
                                  const lede_schema *schema,
                                  const lede_allocator *allocator)
{
    lede_memory_index *index = lede_alloc_zero(allocator, sizeof *index);
    lede_memory_step first = { .schema = schema };
    lede_status status;

    if (!index)
        return LEDE_ERR_NOMEM;
    index->allocator = allocator;
    atomic_init(&index->keepers, 1);
    status = lede_memory_commit_new(&index->newest, &first, allocator);
    if (status == LEDE_OK && !init_threads(index))
        status = LEDE_ERR_NOMEM;
    if (status != LEDE_OK) {
        lede_memory_commit_release(index->newest);
        lede_release(allocator, index, sizeof *index);
        return status;
    }
    *out = index;
    return LEDE_OK;
}

lede_memory_index *lede_memory_index_keep(lede_memory_index *index)
{
    (void)atomic_fetch_add(&index->keepers, 1);
    return index;
}

void lede_memory_index_release(lede_memory_index *index)
{
    if (!index || atomic_fetch_sub(&index->keepers, 1) > 1)
        return;
    lede_memory_commit_release(index->newest);
    (void)pthread_cond_destroy(&index->unwritten);
    (void)pthread_mutex_destroy(&index->lock);
    lede_release(index->allocator, index, sizeof *index);
}

lede_memory_commit *lede_memory_index_newest(lede_memory_index *index)
{
    lede_memory_commit *newest;

    (void)pthread_mutex_lock(&index->lock);
    newest = lede_memory_commit_keep(index->newest);
    (void)pthread_mutex_unlock(&index->lock);
    return newest;
}

void lede_memory_index_advance(lede_memory_index *index,
                               lede_memory_commit *commit)
{
    lede_memory_commit *before;

    (void)pthread_mutex_lock(&index->lock);
    before = index->newest;
    index->newest = commit;
    (void)pthread_mutex_unlock(&index->lock);
    lede_memory_commit_release(before);
}

static struct timespec time_from_now(uint32_t ms)
{
    struct timespec at = { 0, 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

lede_status lede_memory_index_lock(lede_memory_index *index, uint32_t wait_ms)
{
    struct timespec end = time_from_now(wait_ms);
    lede_status status = LEDE_OK;

    (void)pthread_mutex_lock(&index->lock);
    while (index->written && status == LEDE_OK)
        if (wait_ms == 0 ||
            pthread_cond_timedwait(&index->unwritten, &index->lock, &end) != 0)
            status = LEDE_ERR_BUSY;
    if (!index->written) {
        index->written = true;
        status = LEDE_OK;
    }
    (void)pthread_mutex_unlock(&index->lock);
    return status;
}

void lede_memory_index_unlock(lede_memory_index *index)
{
    (void)pthread_mutex_lock(&index->lock);
    index->written = false;
    (void)pthread_cond_signal(&index->unwritten);
    (void)pthread_mutex_unlock(&index->lock);
}
