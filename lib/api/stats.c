#include "api/arguments.h"
#include "api/snapshot.h"

typedef struct report {
    lede_stats face;
    lede_arena *arena; /* holds it all, this struct too */
} report;

static const lede_stats unknown = {
    .documents = UINT64_MAX,
    .deleted = UINT64_MAX,
    .terms = UINT64_MAX,
    .tokens = UINT64_MAX,
    .text_bytes = UINT64_MAX,
    .index_bytes = UINT64_MAX,
};

static lede_status fill(report *r, const lede_view *view, lede_error *err)
{
    lede_status status;

    r->face = unknown;
    status = view->engine->stats(&r->face, view->snapshot, r->arena, err);
    r->face.generation = view->description->generation;
    r->face.engine = view->engine->name;
    return status;
}

lede_status lede_stats_new(lede_stats **out, const lede_snapshot *snapshot,
                           lede_error *err)
{
    lede_arena *arena;
    lede_status status;
    report *r;

    lede_error_clear(err);
    if (!out || !snapshot)
        return lede_fail_null(err, out ? "snapshot" : "out");
    arena = lede_arena_new(snapshot->index->allocator);
    if (!arena)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    r = lede_arena_zero(arena, sizeof *r);
    if (!r) {
        lede_arena_free(arena);
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    }
    r->arena = arena;
    status = fill(r, snapshot->view, err);
    if (status != LEDE_OK) {
        lede_arena_free(arena);
        return lede_fail_plain(err, status);
    }
    *out = &r->face;
    return LEDE_OK;
}

void lede_stats_free(lede_stats *stats)
{
    if (stats)
        lede_arena_free(((report *)stats)->arena);
}
