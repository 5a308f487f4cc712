#include "native/match/search.h"

#include "base/error.h"
#include "native/match/bulk.h"

/* One search under way. */
typedef struct run {
    const lede_native_snapshot *snapshot;
    const lede_engine_search *search;
    lede_arena *arena;   /* of matches */
    lede_arena *finders; /* of one part */
    lede_arena *scratch; /* of one document */
    lede_collector collector;
    lede_facets facets;
    _Atomic uint32_t needed;
    lede_error *err;
} run;

/* A finder on its way through a part. */
typedef struct walk {
    lede_finder *finder;
    uint32_t needed;  /* what it was told of */
    uint64_t covered; /* documents below may have what is needed */
} walk;

/* The first document from target on that is not in a range whose bound is below
 * what is needed. */
static uint32_t pass_over(walk *w, uint32_t target)
{
    uint32_t until;

    while (lede_finder_bound(w->finder, target, &until) < w->needed) {
        if (until >= LEDE_DOC_END - 1 ||
            !lede_matcher_spend(w->finder->matcher, 1))
            return LEDE_DOC_END;
        target = until + 1;
    }
    w->covered = (uint64_t)until + 1;
    return target;
}

static uint32_t next_needed(walk *w, uint32_t target, uint32_t needed)
{
    uint32_t doc;

    if (needed == 0)
        return lede_finder_seek(w->finder, target);
    if (needed > w->needed) {
        lede_finder_demand(w->finder, needed);
        w->needed = needed;
        w->covered = 0;
    }
    for (;; target = doc) {
        if (target >= w->covered)
            target = pass_over(w, target);
        doc = target == LEDE_DOC_END ? target
                                     : lede_finder_seek(w->finder, target);
        if (doc < w->covered || doc == LEDE_DOC_END)
            return doc;
    }
}

static lede_status find_in(lede_matcher *matcher, const lede_plan *plan,
                           lede_sink *sink)
{
    walk w = { .covered = 0 };
    bool done;
    lede_status status = lede_bulk_find(&done, matcher, plan, sink);
    uint32_t doc;

    if (status == LEDE_OK && !done)
        status = lede_finder_new(&w.finder, matcher, plan);
    if (status != LEDE_OK || done)
        return status;
    for (doc = next_needed(&w, 0, lede_sink_needed(sink));
         doc != LEDE_DOC_END && matcher->status == LEDE_OK;
         doc = next_needed(&w, doc + 1, lede_sink_needed(sink))) {
        if (lede_live_has(sink->live, doc) && lede_finder_check(w.finder) &&
            matcher->status == LEDE_OK &&
            !lede_sink_take(sink, doc, w.finder->points))
            return sink->status;
        (void)lede_matcher_spend(matcher, 1);
    }
    return matcher->status;
}

static lede_status find_all(run *r)
{
    const lede_engine_search *search = r->search;
    lede_status status = lede_budget_spend(search->budget, 1);

    for (uint32_t i = 0; status == LEDE_OK && i < r->snapshot->count; i++) {
        const lede_snapshot_part *part = &r->snapshot->parts[i];
        lede_matcher matcher = {
            .segment = part->segment,
            .schema = r->snapshot->description.schema,
            .documents = part->documents,
            .rule = &search->rule,
            .scores = search->sort_count == 0 && search->want > 0,
            .budget = search->budget,
            .arena = r->finders,
            .scratch = r->scratch,
            .err = r->err,
        };

        lede_sink sink;

        lede_sink_init(&sink, i, &r->collector, &r->facets, &r->needed,
                       search->count_all || search->facet_count > 0);
        lede_arena_clear(r->finders);
        status = lede_terms_cursor_new(&matcher.cursor,
                                       lede_segment_terms(part->segment),
                                       r->snapshot->allocator);
        if (status == LEDE_OK)
            status = find_in(&matcher, search->plan, &sink);
        lede_terms_cursor_free(matcher.cursor);
    }
    return status;
}

static lede_status answer(run *r, lede_engine_results *out, lede_arena *arena)
{
    const lede_engine_search *search = r->search;
    lede_engine_results results = { .scores_exact = true };
    lede_status counting =
        lede_facets_init(&r->facets, r->snapshot, search, r->arena, r->err);
    lede_status status = lede_collector_init(&r->collector, r->snapshot, search,
                                             r->arena, r->err);

    /* Both are begun, whatever happens: time may end before the search does. */
    if (counting != LEDE_OK)
        status = counting;
    if (status == LEDE_OK)
        status = find_all(r);
    if (status == LEDE_ERR_TIMEOUT && search->partial) {
        results.partial = true;
        status = LEDE_OK;
    }
    results.total_exact = !results.partial && atomic_load(&r->needed) == 0;
    if (status == LEDE_OK)
        status = lede_facets_end(&results, &r->facets, arena);
    if (status == LEDE_OK)
        status = lede_collector_end(&results, &r->collector, arena);
    lede_collector_fini(&r->collector);
    if (status == LEDE_OK)
        *out = results;
    return status;
}

/* For what is thrown away, within the memory of the search. */
static lede_arena *new_arena(const lede_allocator *allocator,
                             lede_budget *budget)
{
    lede_arena *arena = lede_arena_new(allocator);

    if (arena && budget)
        lede_arena_limit(arena, atomic_load(&budget->bytes_left));
    return arena;
}

lede_status lede_native_search(lede_engine_results *out,
                               const lede_native_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    const lede_allocator *allocator = lede_arena_allocator(arena);
    run r = { .snapshot = snapshot, .search = search, .err = err };
    lede_status status =
        lede_finder_allow(search->plan, snapshot->description.schema, err);

    if (status != LEDE_OK)
        return status;
    r.arena = new_arena(allocator, search->budget);
    r.finders = new_arena(allocator, search->budget);
    r.scratch = new_arena(allocator, search->budget);
    status = r.arena && r.finders && r.scratch ? answer(&r, out, arena)
                                               : LEDE_ERR_NOMEM;
    lede_arena_free(r.arena);
    lede_arena_free(r.finders);
    lede_arena_free(r.scratch);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}
