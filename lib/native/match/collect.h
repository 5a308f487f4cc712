/*
 * native/match/collect.h - from the matches of a search to its hits: order,
 * pages, groups.
 *
 *     lede_collector_init(&collector, snapshot, search, arena, err);
 *     lede_collector_add(&collector, part, doc, points);
 *     lede_collector_end(&results, &collector, out, err);
 *
 * Keeps the best hits that are wanted in a heap, the last of them on top; where
 * groups are collapsed, all matches.
 *
 * Memory    Works in one arena; hits live in another.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_COLLECT_H
#define LEDE_NATIVE_MATCH_COLLECT_H

#include "native/match/tally.h"
#include "native/match/values.h"

/* The value of a sort key, such that the first in order is the least. */
typedef struct lede_order {
    bool missing;
    uint64_t number;
} lede_order;

/* What a search knows of a candidate that does not go by points and sequences
 * alone. */
typedef struct lede_candidate_more {
    uint8_t *key; /* if ties need it */
    size_t key_len;
    size_t key_room;
    bool grouped;
    bool hidden;
    uint64_t group;
    uint64_t collapsed;
    lede_order orders[]; /* by sort key */
} lede_candidate_more;

typedef struct lede_candidate {
    uint32_t part;
    uint32_t doc; /* in the part */
    uint32_t points;
    uint64_t sequence;
    lede_candidate_more *more; /* NULL where points and sequences are all */
} lede_candidate;

/* Of so many hits each of a group is looked for among all. */
#define LEDE_COLLAPSED_MAX 256U

/* What documents of a few blocks of dates keep of their points, at most. */
#define LEDE_FRESHNESS_BLOCKS 64U
typedef struct lede_freshness {
    uint64_t block; /* of documents in their part, from 1 */
    uint32_t part;
    uint32_t factor;
} lede_freshness;

typedef struct lede_collector {
    const lede_native_snapshot *snapshot;
    const lede_engine_search *search;
    lede_arena *arena;
    lede_arena *keys; /* of one candidate; NULL where none has more */
    lede_budget *budget;
    lede_error *err;
    lede_values **sort; /* by sort key */
    lede_values *groups;
    lede_tallies sizes; /* of groups; `last`: how many of each are kept */
    lede_values *dates;
    lede_freshness *fresh;         /* of dates */
    const lede_column **sequences; /* by part */
    lede_candidate after;          /* if there is one: its orders */
    lede_candidate probe;          /* the match being looked at */
    lede_candidate *at;
    size_t capacity;
    uint32_t count;
    bool plain;     /* hits go by points and sequences as they are */
    uint64_t total; /* matches that were added */
} lede_collector;

/* Before: zeros. lede_collector_fini is due whatever it returns. */
lede_status lede_collector_init(lede_collector *collector,
                                const lede_native_snapshot *snapshot,
                                const lede_engine_search *search,
                                lede_arena *arena, lede_error *err);
void lede_collector_fini(lede_collector *collector);

lede_status lede_collector_add(lede_collector *collector, uint32_t part,
                               uint32_t doc, uint32_t points);

/* Whether no more than what is wanted is kept, so that others may be passed
 * over. Else all matches are: those of a group before `after` hide others. */
static inline bool lede_collector_is_bounded(const lede_engine_search *search)
{
    return search->collapse == LEDE_NO_FIELD ||
           (!search->after && search->want <= LEDE_COLLAPSED_MAX);
}

/* Of a search that wants some. */
static inline bool lede_collector_is_full(const lede_collector *collector)
{
    return collector->count == collector->search->want &&
           lede_collector_is_bounded(collector->search);
}

static inline bool lede_collector_takes_keys(const lede_collector *collector)
{
    return collector->search->ties == LEDE_TIES_KEY;
}

/* ---- Outlook: outlook.c ---- */

/* The least points, before recency, of a match that may become a hit; 0: any.
 * Never falls. */
uint32_t lede_collector_needed(const lede_collector *collector);

/* The same of the documents from target to *until, both included, of which the
 * dates, sort keys and sequences are bounded by their blocks; *until is chosen
 * here. LEDE_HOPELESS: none of them can become a hit. */
#define LEDE_HOPELESS UINT32_MAX
uint32_t lede_collector_needed_in(const lede_collector *collector,
                                  uint32_t part, uint32_t target,
                                  uint32_t *until);

/* The greatest factor, n/2^24, by which the dates of documents from target to
 * *until, chosen here, leave them their points; and points by such a factor. */
uint32_t lede_collector_freshness(const lede_collector *collector,
                                  uint32_t part, uint32_t target,
                                  uint32_t *until);
uint32_t lede_collector_fade(uint32_t points, uint32_t factor);

/* By sort keys, dates or ties, of a search that wants hits: how early in the
 * order hits of a part may stand, more is earlier; and whether rather those at
 * its end do. */
uint64_t lede_collector_promise(const lede_collector *collector, uint32_t part);
bool lede_collector_is_backward(const lede_collector *collector, uint32_t part);

/* ---- Ending ---- */

/* Adds what another collector of the same search has kept, whose arena is
 * borrowed from then on. */
lede_status lede_collector_join(lede_collector *collector,
                                lede_collector *other);

/* Time is over: what comes now is to end with what there is, soon. */
void lede_collector_hurry(lede_collector *collector);

/* Fills in hits and their count. */
lede_status lede_collector_end(lede_engine_results *results,
                               lede_collector *collector, lede_arena *arena);

#endif
