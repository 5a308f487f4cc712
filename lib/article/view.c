#include "article/view.h"

#include "base/alloc.h"
#include "base/error.h"
#include "document/schema.h"

static lede_status read_forms(lede_view *view, lede_error *err)
{
    lede_status status = lede_forms_new(
        &view->forms, lede_schema_analyzer(view->schema), view->allocator);

    if (status == LEDE_OK)
        view->forms_trusted =
            lede_forms_version(view->forms) == view->description->forms_version;
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_view_open(lede_view **out, const lede_engine *engine,
                           lede_engine_index *index, const lede_limits *limits,
                           const lede_allocator *allocator, lede_error *err)
{
    lede_view *view = lede_alloc_zero(allocator, sizeof *view);
    lede_status status;

    if (!view)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    view->engine = engine;
    view->limits = limits;
    view->allocator = allocator;
    status = engine->snapshot(&view->snapshot, index, err);
    if (status == LEDE_OK) {
        view->description = engine->describe(view->snapshot);
        view->schema = view->description->schema;
        status = read_forms(view, err);
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
