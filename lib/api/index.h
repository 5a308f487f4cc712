/*
 * api/index.h - the inside of an index: shared by all that was opened from it.
 */
#ifndef LEDE_API_INDEX_H
#define LEDE_API_INDEX_H

#include <stdatomic.h>

#include "article/view.h"

struct lede_index {
    const lede_allocator *allocator;
    atomic_uint holders; /* the caller, snapshots, writers */
    const lede_engine *engine;
    lede_engine_index *inner;
    lede_form_cache *forms;
    lede_limits limits; /* complete */
    uint32_t flags;
};

/* What snapshots and writers are opened from. */
static inline lede_view_source lede_index_source(const lede_index *index)
{
    return (lede_view_source){ index->engine, index->inner, index->forms,
                               &index->limits, index->allocator };
}

/* Keeps the index alive until one more lede_index_close; returns it. */
lede_index *lede_index_hold(lede_index *index);

#endif
