/*
 * native/index/lane.h - the changes of one thread, on their way to a draft.
 *
 *     lede_lane_init(&lane, &draft, share, only);
 *     lede_lane_apply(&lane, &change, &err);
 *     lede_lane_flush(&lane, &err);
 *     lede_lane_fini(&lane);
 *
 * Articles are inverted in memory; over the lane's share of it they become a
 * segment. Then every key that was put or deleted is looked up, in order, in
 * all parts of the draft: what it replaces dies there.
 *
 * Errors    A flush that fails leaves the failure in the draft.
 * Threads   Each lane is confined to a thread; the draft is locked only while a
 *           flush takes its part in.
 */
#ifndef LEDE_NATIVE_INDEX_LANE_H
#define LEDE_NATIVE_INDEX_LANE_H

#include "native/index/draft.h"
#include "native/index/inverter.h"

typedef struct lede_lane {
    lede_draft *draft;
    uint64_t share; /* bytes */
    bool only;      /* changes come in the order of their sequences */
    lede_inverter *inverter;
    const lede_schema *schema; /* of its articles; kept by the draft */
    lede_batch deletes;        /* since its last flush, */
    lede_arena *keys;          /* and their keys */
    uint64_t last_put;         /* sequence in the inverter; 0: none */
    uint64_t newest;           /* sequence of any change since the commit */
    bool touched;              /* there was one */
} lede_lane;

/* With the schema of the draft's last commit. On failure fini is fine too. */
lede_status lede_lane_init(lede_lane *lane, lede_draft *draft, uint64_t share,
                           bool only);
void lede_lane_fini(lede_lane *lane);

lede_status lede_lane_apply(lede_lane *lane, const lede_engine_change *change,
                            lede_error *err);

/* Brings everything into the draft. */
lede_status lede_lane_flush(lede_lane *lane, lede_error *err);

/* The same for several at once, the large ones each on a thread. */
lede_status lede_lane_flush_all(lede_lane *lanes, uint32_t count,
                                lede_error *err);

/* The schema from now on; what came before is flushed. NULL: as before. */
lede_status lede_lane_use_schema(lede_lane *lane, const lede_schema *schema,
                                 lede_error *err);

/* Forgets that there were changes: they are committed. */
void lede_lane_rest(lede_lane *lane);

/* Forgets the changes, too, and takes the draft's schema. */
void lede_lane_roll_back(lede_lane *lane);

uint64_t lede_lane_memory(const lede_lane *lane);

#endif
