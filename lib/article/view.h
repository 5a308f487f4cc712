/*
 * article/view.h - a snapshot as the code above the seam sees it: the engine,
 * its answer to describe, and the forms of its schema.
 *
 * Threads   Frozen once made.
 */
#ifndef LEDE_ARTICLE_VIEW_H
#define LEDE_ARTICLE_VIEW_H

#include "engine/engine.h"

typedef struct lede_view {
    const lede_engine *engine;
    lede_engine_snapshot *snapshot;
    const lede_engine_description *description;
    const lede_schema *schema; /* description->schema */
    lede_forms *forms;         /* by the schema's analyzer */
    const lede_limits *limits; /* of the index; complete */
    const lede_allocator *allocator;
} lede_view;

#endif
