/*
 * article/view.h - a snapshot as the code above the seam sees it: the engine,
 * its answer to describe, and the forms of its schema.
 *
 *     lede_view_open(&view, &source, err);
 *     lede_expand(&expansion, view, query, ...);
 *     lede_view_close(view);
 *
 * Threads   Frozen once made.
 */
#ifndef LEDE_ARTICLE_VIEW_H
#define LEDE_ARTICLE_VIEW_H

#include "article/form_cache.h"
#include "engine/engine.h"

typedef struct lede_view {
    const lede_engine *engine;
    lede_engine_snapshot *snapshot;
    const lede_engine_description *description;
    const lede_schema *schema; /* description->schema */
    lede_forms *forms;         /* by the schema's analyzer; plain */
    const lede_limits *limits; /* of the index; complete */
    const lede_allocator *allocator;
    struct lede_view_trust *trust;
} lede_view;

/* What views and writers are opened from; all borrowed until they close. */
typedef struct lede_view_source {
    const lede_engine *engine;
    lede_engine_index *index;
    lede_form_cache *forms;
    const lede_limits *limits; /* complete */
    const lede_allocator *allocator;
} lede_view_source;

/* Opens the newest commit of an index. */
lede_status lede_view_open(lede_view **out, const lede_view_source *source,
                           lede_error *err);
void lede_view_close(lede_view *view);

/* Whether the index's tables of forms are of this version; else words are
 * expanded by reading the whole dictionary. Finds out when first asked. */
lede_status lede_view_trusts_forms(const lede_view *view, bool *trusted);

#endif
