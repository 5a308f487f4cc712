#include "native/match/sink.h"

void lede_sink_init(lede_sink *sink, uint32_t part, lede_collector *collector,
                    lede_facets *facets, _Atomic uint32_t *shared, bool every)
{
    *sink = (lede_sink){
        .part = part,
        .live = collector->snapshot->parts[part].live,
        .collector = collector,
        .facets = facets,
        .shared = shared,
        .every = every,
        .needed = every ? 0 : lede_collector_needed(collector),
    };
}

static void raise_shared(_Atomic uint32_t *shared, uint32_t needed)
{
    uint32_t before = atomic_load_explicit(shared, memory_order_relaxed);

    while (before < needed && !atomic_compare_exchange_weak_explicit(
                                  shared, &before, needed, memory_order_relaxed,
                                  memory_order_relaxed))
        ;
}

/* Not where a document with the points may be no hit all the same. */
uint32_t lede_sink_quorum(const lede_sink *sink)
{
    const lede_engine_search *s = sink->collector->search;
    const lede_snapshot_part *part =
        &sink->collector->snapshot->parts[sink->part];
    uint64_t deleted =
        part->live ? part->live->documents - part->live->live : 0;

    if (sink->every || sink->live != part->live || s->sort_count > 0 ||
        s->after || sink->collector->groups ||
        s->recency.field != LEDE_NO_FIELD || s->want > UINT32_MAX - deleted)
        return 0;
    return (uint32_t)(s->want + deleted);
}

void lede_sink_expect(lede_sink *sink, uint32_t points)
{
    if (points <= sink->needed)
        return;
    sink->needed = points;
    raise_shared(sink->shared, points);
}

bool lede_sink_keep(lede_sink *sink, uint32_t doc, uint32_t points)
{
    if (sink->status == LEDE_OK)
        sink->status =
            lede_collector_add(sink->collector, sink->part, doc, points);
    if (sink->status == LEDE_OK && sink->facets)
        sink->status = lede_facets_add(sink->facets, sink->part, doc);
    if (sink->status != LEDE_OK)
        return false;
    if (!sink->every)
        lede_sink_expect(sink, lede_collector_needed(sink->collector));
    return true;
}
