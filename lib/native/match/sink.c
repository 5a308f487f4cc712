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

bool lede_sink_keep(lede_sink *sink, uint32_t doc, uint32_t points)
{
    uint32_t needed;

    if (sink->status == LEDE_OK)
        sink->status =
            lede_collector_add(sink->collector, sink->part, doc, points);
    if (sink->status == LEDE_OK && sink->facets)
        sink->status = lede_facets_add(sink->facets, sink->part, doc);
    if (sink->status != LEDE_OK)
        return false;
    if (sink->every)
        return true;
    needed = lede_collector_needed(sink->collector);
    if (needed > sink->needed) {
        sink->needed = needed;
        raise_shared(sink->shared, needed);
    }
    return true;
}
