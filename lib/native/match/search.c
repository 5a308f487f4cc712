#include "native/match/search.h"

#include <pthread.h>

#include "base/error.h"
#include "native/match/bulk.h"
#include "native/match/route.h"
#include "native/match/shape.h"

#define THREADS_MAX 64U

/* What all matches are asked for, and how they are found. */
typedef struct method {
    bool windows;    /* hits are told from each other by no points */
    uint32_t points; /* of each, then */
    bool counts;     /* all matches are counted */
    bool apart;      /* on a way of its own, before the hits are found */
    lede_route_kind route;
} method;

/* One search under way. */
typedef struct run {
    const lede_native_snapshot *snapshot;
    const lede_engine_search *search;
    const lede_allocator *allocator;
    method method;
    lede_route route;
    _Atomic uint32_t needed; /* points of hits, by all threads */
} run;

/* What one thread of it has. */
typedef struct worker {
    run *run;
    lede_arena arena;   /* of matches */
    lede_arena finders; /* of one piece */
    lede_arena scratch; /* of one document */
    lede_collector collector;
    lede_facets facets;
    uint64_t total; /* matches that were seen */
    bool passed;    /* others may have been passed over */
    lede_error *err;
    lede_error own; /* err of those that are not the caller */
    lede_status status;
    pthread_t thread;
    bool started;
} worker;

/* ---- Method ------------------------------------------------------------- */

static void choose_method(run *r)
{
    const lede_engine_search *s = r->search;
    method *m = &r->method;
    bool ordered = s->sort_count > 0;
    bool grouped = s->want > 0 && s->collapse != LEDE_NO_FIELD;
    bool all = s->want > 0 && !lede_collector_is_bounded(s);

    m->counts = s->count_all || s->facet_count > 0 || s->want == 0;
    m->windows = ordered || s->want == 0 ||
                 lede_shape_is_flat(s->plan, &s->rule, &m->points);
    m->apart = m->counts && !m->windows && !grouped &&
               !lede_shape_has_positions(s->plan);
    m->route = LEDE_ROUTE_RANKED;
    if (m->windows)
        m->route = m->counts || all ? LEDE_ROUTE_COUNTED : LEDE_ROUTE_ORDERED;
}

/* ---- Finding ------------------------------------------------------------ */

static lede_status find_windows(worker *w, lede_matcher *matcher,
                                lede_sink *hits, const lede_piece *piece)
{
    const run *r = w->run;
    lede_windows windows = {
        .hits = hits,
        .points = r->method.points,
        .facets = r->search->facet_count ? &w->facets : NULL,
        .counts = r->method.counts,
    };
    lede_status status =
        lede_walk_windows(matcher, r->search->plan, &windows,
                          r->snapshot->parts[piece->part].live, piece);

    w->total += windows.count;
    w->passed = w->passed || windows.passed;
    return status;
}

/* Counts matches, and no more. */
static lede_status count_piece(worker *w, lede_matcher *matcher,
                               const lede_piece *piece)
{
    const run *r = w->run;
    bool done = false, scores = matcher->scores;
    lede_status status = LEDE_OK;
    uint64_t count = 0;

    matcher->scores = false;
    if (r->search->facet_count == 0 && lede_route_is_whole(piece, r->snapshot))
        status = lede_bulk_count(&done, matcher, r->search->plan,
                                 r->snapshot->parts[piece->part].live, &count);
    w->total += count;
    if (status == LEDE_OK && !done)
        status = find_windows(w, matcher, NULL, piece);
    matcher->scores = scores;
    return status;
}

static lede_status find_ranked(worker *w, lede_matcher *matcher,
                               const lede_piece *piece)
{
    run *r = w->run;
    uint64_t before = w->collector.total;
    lede_status status = LEDE_OK;
    bool done = false;
    lede_sink sink;

    lede_sink_init(&sink, piece->part, &w->collector,
                   r->search->facet_count ? &w->facets : NULL, &r->needed,
                   r->method.counts && !r->method.apart);
    if (r->method.apart) {
        status = count_piece(w, matcher, piece);
        sink.facets = NULL;
    }
    if (status == LEDE_OK && lede_route_is_whole(piece, r->snapshot))
        status = lede_bulk_find(&done, matcher, r->search->plan, &sink);
    if (status == LEDE_OK && !done)
        status = lede_walk_ranked(matcher, r->search->plan, &sink, piece);
    if (r->method.apart)
        return status;
    w->total += w->collector.total - before;
    w->passed = w->passed || sink.passed || lede_sink_needed(&sink) > 0;
    return status;
}

static lede_status find_in(worker *w, lede_matcher *matcher,
                           const lede_piece *piece)
{
    lede_sink sink;

    if (w->run->search->want == 0)
        return count_piece(w, matcher, piece);
    if (!w->run->method.windows)
        return find_ranked(w, matcher, piece);
    /* A match that is no hit counts in its group all the same. */
    lede_sink_init(&sink, piece->part, &w->collector, NULL, &w->run->needed,
                   w->run->method.counts && w->collector.groups);
    return find_windows(w, matcher, &sink, piece);
}

static lede_status find_piece(worker *w, const lede_piece *piece)
{
    const run *r = w->run;
    const lede_snapshot_part *part = &r->snapshot->parts[piece->part];
    lede_matcher matcher = {
        .segment = part->segment,
        .part = piece->part,
        .schema = r->snapshot->description.schema,
        .documents = part->documents,
        .rule = &r->search->rule,
        .scores = !r->method.windows,
        .budget = r->search->budget,
        .arena = &w->finders,
        .scratch = &w->scratch,
        .err = w->err,
    };
    lede_status status;

    lede_arena_clear(&w->finders);
    status = find_in(w, &matcher, piece);
    lede_terms_cursor_free(matcher.cursor);
    lede_matcher_settle(&matcher);
    return status == LEDE_OK ? matcher.status : status;
}

static void *work(void *at)
{
    worker *w = at;
    lede_piece piece;

    while (w->status == LEDE_OK && lede_route_next(&w->run->route, &piece))
        w->status = find_piece(w, &piece);
    return NULL;
}

/* ---- Workers ------------------------------------------------------------ */

/* What the list of one word takes. */
#define FINDERS_FIRST ((size_t)16384)

/* For what is thrown away, within the memory of the search. */
static void init_arena(lede_arena *arena, const run *r, size_t first)
{
    lede_budget *budget = r->search->budget;

    lede_arena_init(arena, r->allocator, first);
    if (budget)
        lede_arena_limit(arena, atomic_load(&budget->bytes_left));
}

/* Whether blocks of a search's allocator may wait for the next search. */
static bool has_spare(const run *r)
{
    return r->allocator == r->snapshot->allocator;
}

static void end_worker(worker *w)
{
    lede_collector_fini(&w->collector);
    lede_arena_fini(&w->arena);
    if (has_spare(w->run))
        lede_arena_leave(&w->finders, w->run->snapshot->room);
    else
        lede_arena_fini(&w->finders);
    lede_arena_fini(&w->scratch);
}

static lede_status begin_worker(worker *w, run *r, lede_error *err)
{
    lede_status status, counting;

    w->run = r;
    w->err = err;
    init_arena(&w->arena, r, LEDE_ARENA_FIRST);
    init_arena(&w->finders, r, FINDERS_FIRST);
    if (has_spare(r))
        lede_arena_take_up(&w->finders, r->snapshot->room);
    init_arena(&w->scratch, r, LEDE_ARENA_FIRST);
    /* Both are begun, whatever happens: time may end before the search does. */
    counting =
        lede_facets_init(&w->facets, r->snapshot, r->search, &w->arena, w->err);
    status = lede_collector_init(&w->collector, r->snapshot, r->search,
                                 &w->arena, w->err);
    return counting != LEDE_OK ? counting : status;
}

/* What a thread has found becomes that of the first. */
static lede_status take_over(worker *first, worker *w)
{
    lede_status status = lede_collector_join(&first->collector, &w->collector);

    if (status == LEDE_OK)
        status = lede_facets_join(&first->facets, &w->facets);
    first->total += w->total;
    first->passed = first->passed || w->passed;
    return status;
}

/* The caller works, too; where no thread can be had, alone. */
static lede_status work_together(worker *workers, uint32_t count)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 1; i < count; i++)
        workers[i].started =
            pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    (void)work(&workers[0]);
    for (uint32_t i = 1; i < count; i++)
        if (workers[i].started)
            (void)pthread_join(workers[i].thread, NULL);
    for (uint32_t i = 0; i < count && status == LEDE_OK; i++) {
        status = workers[i].status;
        if (status != LEDE_OK && i > 0 && workers[0].err)
            *workers[0].err = workers[i].own;
    }
    return status;
}

/* ---- Answering ---------------------------------------------------------- */

/* What there is when time is over. */
static void hurry(worker *workers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        lede_collector_hurry(&workers[i].collector);
        lede_facets_hurry(&workers[i].facets);
    }
}

static lede_status tell(lede_engine_results *results, worker *workers,
                        uint32_t count, lede_arena *arena)
{
    worker *first = &workers[0];
    lede_status status = LEDE_OK;

    for (uint32_t i = 1; status == LEDE_OK && i < count; i++)
        status = take_over(first, &workers[i]);
    results->total = first->total;
    results->total_exact = !results->partial && !first->passed;
    if (status == LEDE_OK)
        status = lede_facets_end(results, &first->facets, arena);
    return status == LEDE_OK
               ? lede_collector_end(results, &first->collector, arena)
               : status;
}

/* Time ended while much was put in order: what there is stands in none. */
static lede_status tell_nothing(lede_engine_results *results,
                                const lede_engine_search *search,
                                lede_arena *arena)
{
    lede_engine_facet *facets =
        lede_arena_zero(arena, search->facet_count * sizeof *facets);

    if (!facets)
        return lede_arena_status(arena);
    *results = (lede_engine_results){ .scores_exact = true,
                                      .partial = true,
                                      .facets = facets };
    return LEDE_OK;
}

static lede_status answer(run *r, worker *workers, uint32_t count,
                          lede_engine_results *out, lede_arena *arena)
{
    const lede_engine_search *search = r->search;
    lede_engine_results results = { .scores_exact = true };
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < count; i++)
        status = workers[i].status;
    if (status == LEDE_OK)
        status = lede_budget_spend(search->budget, 1);
    if (status == LEDE_OK)
        status = lede_route_init(&r->route, r->method.route,
                                 &workers[0].collector, count, arena);
    if (status == LEDE_OK)
        status = work_together(workers, count);
    if (status == LEDE_ERR_TIMEOUT && search->partial) {
        results.partial = true;
        hurry(workers, count);
        status = LEDE_OK;
    }
    if (status == LEDE_OK)
        status = tell(&results, workers, count, arena);
    if (status == LEDE_ERR_TIMEOUT && search->partial)
        status = tell_nothing(&results, search, arena);
    if (status == LEDE_OK)
        *out = results;
    return status;
}

/* As many as are asked for and can be of use. */
static uint32_t count_threads(const run *r)
{
    uint32_t threads =
        r->search->threads < THREADS_MAX ? r->search->threads : THREADS_MAX;

    if (r->method.route == LEDE_ROUTE_RANKED && threads > r->snapshot->count)
        threads = r->snapshot->count;
    return threads > 1 ? threads : 1;
}

lede_status lede_native_search(lede_engine_results *out,
                               const lede_native_snapshot *snapshot,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    run r = { .snapshot = snapshot,
              .search = search,
              .allocator = lede_arena_allocator(arena) };
    lede_status status =
        lede_finder_allow(search->plan, snapshot->description.schema, err);
    worker *workers;
    uint32_t count;

    if (status != LEDE_OK)
        return status;
    choose_method(&r);
    count = count_threads(&r);
    workers = lede_arena_array(arena, count, sizeof *workers);
    if (!workers)
        return lede_fail_plain(err, lede_arena_status(arena));
    for (uint32_t i = 0; i < count; i++)
        workers[i].status =
            begin_worker(&workers[i], &r, i == 0 ? err : &workers[i].own);
    status = answer(&r, workers, count, out, arena);
    for (uint32_t i = 0; i < count; i++)
        end_worker(&workers[i]);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}
