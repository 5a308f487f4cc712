/*
 * native/match/route.h - in which order the documents of a snapshot are looked
 * at: those first that are likely to be hits, so that others are passed over.
 *
 *     lede_route_init(&route, kind, &collector, threads, arena);
 *     while (lede_route_next(&route, &piece))
 *         ... documents piece.from .. piece.to - 1 of piece.part
 *
 * Pieces begin and end with a window, or with their part. What is found does
 * not depend on their order.
 *
 * Memory    The pieces live in the arena.
 * Threads   lede_route_next: any thread; the rest confined.
 */
#ifndef LEDE_NATIVE_MATCH_ROUTE_H
#define LEDE_NATIVE_MATCH_ROUTE_H

#include "native/match/collect.h"
#include "native/match/walk.h"

/* How a search goes through a part. */
typedef enum lede_route_kind {
    LEDE_ROUTE_RANKED,  /* parts whole, the largest first */
    LEDE_ROUTE_COUNTED, /* all documents, in any order */
    LEDE_ROUTE_ORDERED  /* the first ones by sort keys, dates or ties, which
                         * often rise with the documents: from the end, then */
} lede_route_kind;

typedef struct lede_route {
    lede_piece *pieces;
    size_t capacity;
    uint32_t count;
    _Atomic uint32_t taken;
} lede_route;

lede_status lede_route_init(lede_route *route, lede_route_kind kind,
                            const lede_collector *collector, uint32_t threads,
                            lede_arena *arena);

bool lede_route_next(lede_route *route, lede_piece *piece);

/* Whether a piece is all of its part. */
bool lede_route_is_whole(const lede_piece *piece,
                         const lede_native_snapshot *snapshot);

#endif
