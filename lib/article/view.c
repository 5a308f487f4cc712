#include "article/view.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/error.h"
#include "document/schema.h"

/* Answered once, by whichever thread asks first. */
enum { UNKNOWN, TRUSTED, OTHER };

typedef struct lede_view_trust {
    lede_form_cache *cache;
    atomic_uint answer;
} lede_view_trust;

static lede_status read_forms(lede_view *view, lede_form_cache *cache,
                              lede_error *err)
{
    lede_status status;

    view->trust = lede_alloc(view->allocator, sizeof *view->trust);
    if (!view->trust)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    view->trust->cache = cache;
    atomic_init(&view->trust->answer, UNKNOWN);
    status = lede_form_cache_plain(&view->forms, cache,
                                   lede_schema_analyzer(view->schema));
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_view_trusts_forms(const lede_view *view, bool *trusted)
{
    unsigned answer =
        atomic_load_explicit(&view->trust->answer, memory_order_relaxed);

    if (answer == UNKNOWN) {
        uint64_t version;
        lede_status status = lede_form_cache_version(
            &version, view->trust->cache, lede_schema_analyzer(view->schema));

        if (status != LEDE_OK)
            return status;
        answer = version == view->description->forms_version ? TRUSTED : OTHER;
        atomic_store_explicit(&view->trust->answer, answer,
                              memory_order_relaxed);
    }
    *trusted = answer == TRUSTED;
    return LEDE_OK;
}

lede_status lede_view_open(lede_view **out, const lede_view_source *source,
                           lede_error *err)
{
    const lede_engine *engine = source->engine;
    lede_view *view = lede_alloc_zero(source->allocator, sizeof *view);
    lede_status status;

    if (!view)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    view->engine = engine;
    view->limits = source->limits;
    view->allocator = source->allocator;
    status = engine->snapshot(&view->snapshot, source->index, err);
    if (status == LEDE_OK) {
        view->description = engine->describe(view->snapshot);
        view->schema = view->description->schema;
        status = read_forms(view, source->forms, err);
    }
    if (status != LEDE_OK) {
        lede_view_close(view);
        return status;
    }
    *out = view;
    return LEDE_OK;
}

void lede_view_close(lede_view *view)
{
    if (!view)
        return;
    lede_forms_free(view->forms);
    lede_release(view->allocator, view->trust, sizeof *view->trust);
    if (view->snapshot)
        view->engine->snapshot_close(view->snapshot);
    lede_release(view->allocator, view, sizeof *view);
}
