/*
 * native/match/sink.h - what takes the matches of one part of a snapshot.
 *
 *     for (each range of documents)
 *         if (bound of the range < lede_sink_needed(sink))
 *             pass over it
 *     ...
 *     if (points >= lede_sink_needed(sink))
 *         if (!lede_sink_take(sink, doc, points))
 *             return sink->status;
 *
 * What is needed never falls while the sink lives, and is about points before
 * recency, which only takes from them. Documents may come in any order, each at
 * most once, deleted ones too: the sink knows what is live.
 *
 * Errors    A failure stays in `status`, and nothing is taken after it.
 * Memory    In its user's storage; nothing to free.
 * Threads   Confined, but for `shared`, which the sinks of one search on several
 *           threads raise together.
 */
#ifndef LEDE_NATIVE_MATCH_SINK_H
#define LEDE_NATIVE_MATCH_SINK_H

#include <stdatomic.h>

#include "native/match/collect.h"
#include "native/match/facets.h"

typedef struct lede_sink {
    uint32_t part;
    const lede_live *live; /* NULL: all are */
    lede_collector *collector;
    lede_facets *facets;      /* NULL: none */
    _Atomic uint32_t *shared; /* needed by all sinks of the search */
    uint32_t needed;          /* by this one; see lede_sink_needed */
    bool every;               /* all matches must come: needed stays 0 */
    bool passed;              /* matches may have been passed over */
    lede_status status;
} lede_sink;

void lede_sink_init(lede_sink *sink, uint32_t part, lede_collector *collector,
                    lede_facets *facets, _Atomic uint32_t *shared, bool every);

/* The least points that a match must have to become a hit: those with fewer
 * need not be given. 0: every match has to be. */
static inline uint32_t lede_sink_needed(const lede_sink *sink)
{
    uint32_t shared;

    if (sink->every)
        return 0;
    shared = atomic_load_explicit(sink->shared, memory_order_relaxed);
    return shared > sink->needed ? shared : sink->needed;
}

/* The same of the documents from target to *until only, both included: more may
 * be known of them. LEDE_HOPELESS: none can become a hit. */
static inline uint32_t lede_sink_needed_in(lede_sink *sink, uint32_t target,
                                           uint32_t *until)
{
    uint32_t needed = lede_sink_needed(sink), here;

    *until = LEDE_DOC_END;
    if (sink->every)
        return 0;
    here = lede_collector_needed_in(sink->collector, sink->part, target, until);
    needed = here > needed ? here : needed;
    sink->passed = sink->passed || needed > 0;
    return needed;
}

/* How many documents of the part must be known to have some points, whichever
 * they are, for fewer not to be needed: with deleted ones among them these
 * still fill the hits. 0: what is known does not matter. */
uint32_t lede_sink_quorum(const lede_sink *sink);

/* So many documents have these points, or more. */
void lede_sink_expect(lede_sink *sink, uint32_t points);

/* For lede_sink_take. */
bool lede_sink_keep(lede_sink *sink, uint32_t doc, uint32_t points);

/* Takes a match, whatever its points; false once failed. */
static inline bool lede_sink_take(lede_sink *sink, uint32_t doc,
                                  uint32_t points)
{
    if (!lede_live_has(sink->live, doc))
        return sink->status == LEDE_OK;
    return lede_sink_keep(sink, doc, points);
}

#endif
