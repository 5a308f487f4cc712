/*
 * article/lanes.h - threads that analyse articles and hand them to an engine.
 *
 *     lede_lanes_new(&lanes, &settings);
 *     lede_lanes_put(lanes, key, sequence, analysis, &err);
 *     lede_lanes_drain(lanes, &err);           before the engine's finish
 *     lede_lanes_free(lanes);
 *
 * Articles wait in a queue of limited bytes. Threads begin when there is work,
 * the second when what waits is much for one: a small commit stays in one lane,
 * and in one segment.
 *
 * Errors    What an engine returns for an article that waited comes from the
 *           next call, and from all that follow until a discard; what waits
 *           then is dropped.
 * Memory    Besides the queue each thread has the article at hand, twice.
 * Threads   Confined: one thread puts.
 */
#ifndef LEDE_ARTICLE_LANES_H
#define LEDE_ARTICLE_LANES_H

#include "article/analysis.h"

typedef struct lede_lanes lede_lanes;

/* All borrowed until the lanes are freed. */
typedef struct lede_lanes_settings {
    const lede_engine *engine;
    lede_engine_writer *writer;
    const lede_schema *schema;
    const lede_limits *limits;
    const lede_allocator *allocator;
    uint32_t count;       /* of lanes, from 0 on */
    uint64_t queue_bytes; /* that may wait */
} lede_lanes_settings;

lede_status lede_lanes_new(lede_lanes **out,
                           const lede_lanes_settings *settings);

/* Drops what waits. NULL is fine. */
void lede_lanes_free(lede_lanes *lanes);

/*
 * Puts the document that `analysis` was just started with, taking it from
 * there; without an analysis deletes the key. Returns before it is applied; but
 * of a document that may have too many words, or is large, it awaits the end,
 * and then LIMIT is of that one alone.
 */
lede_status lede_lanes_put(lede_lanes *lanes, lede_bytes key, uint64_t sequence,
                           lede_analysis *analysis, lede_error *err);

/* Awaits all that was put. */
lede_status lede_lanes_drain(lede_lanes *lanes, lede_error *err);

/* Drops what waits, and forgets a failure. */
void lede_lanes_discard(lede_lanes *lanes);

/* For what is put from now on. When all is drained or discarded. */
void lede_lanes_set_schema(lede_lanes *lanes, const lede_schema *schema);

/* Sums of all that was applied; complete when drained. */
lede_analysis_counts lede_lanes_counts(lede_lanes *lanes);

#endif
