/*
 * article/view.h - a snapshot as the code above the seam sees it: the engine,
 * its answer to describe, and the forms of its schema.
 *
 *     lede_view_open(&view, engine, index, limits, alloc, err);
 *     lede_expand(&expansion, view, query, ...);
 *     lede_view_close(view);
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
    bool forms_trusted; /* the index's tables are of this version; else words
                         * are expanded by reading the whole dictionary */
} lede_view;

/*
 * Opens the newest commit of an index. `limits` (complete) and the index are
 * borrowed until the view closes, `engine` for ever.
 */
lede_status lede_view_open(lede_view **out, const lede_engine *engine,
                           lede_engine_index *index, const lede_limits *limits,
                           const lede_allocator *allocator, lede_error *err);
void lede_view_close(lede_view *view);

#endif
