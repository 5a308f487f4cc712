#include "article/view.h"

#include "base/alloc.h"
#include "base/error.h"
#include "document/schema.h"

static lede_status read_forms(lede_view *view, lede_form_cache *cache,
                              lede_error *err)
{
    lede_status status = lede_form_cache_get(
        &view->forms, cache, lede_schema_analyzer(view->schema));

    if (status == LEDE_OK)
        view->forms_trusted =
            lede_forms_version(view->forms) == view->description->forms_version;
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
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
    if (view->snapshot)
        view->engine->snapshot_close(view->snapshot);
    lede_release(view->allocator, view, sizeof *view);
}
