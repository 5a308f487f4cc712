#include "native/match/route.h"

#include <stdlib.h>

/* Of a part that is looked at from its end the last piece; those before it are
 * each so many times as large. */
#define FIRST_PIECE LEDE_WINDOW
#define GROWTH      2U

/* Of what threads share. */
#define SHARED_PIECE (16 * LEDE_WINDOW)

typedef struct place {
    uint32_t part;
    uint64_t promise;
} place;

static int by_promise(const void *left, const void *right)
{
    const place *a = left, *b = right;

    if (a->promise != b->promise)
        return a->promise > b->promise ? -1 : 1;
    return (a->part > b->part) - (a->part < b->part);
}

static lede_status add(lede_route *route, lede_piece piece, lede_arena *arena)
{
    if (!lede_arena_grow(arena, &route->pieces, &route->capacity,
                         (size_t)route->count + 1, sizeof *route->pieces))
        return lede_arena_status(arena);
    route->pieces[route->count++] = piece;
    return LEDE_OK;
}

static lede_status add_backward(lede_route *route, lede_piece piece,
                                lede_arena *arena)
{
    uint32_t size = FIRST_PIECE;
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && piece.to > 0) {
        piece.from =
            piece.to > size ? (piece.to - size) / LEDE_WINDOW * LEDE_WINDOW : 0;
        status = add(route, piece, arena);
        piece.to = piece.from;
        if (size < UINT32_MAX / GROWTH)
            size *= GROWTH;
    }
    return status;
}

static lede_status add_forward(lede_route *route, lede_piece piece,
                               uint32_t size, lede_arena *arena)
{
    lede_status status = LEDE_OK;

    for (uint32_t end = piece.to; status == LEDE_OK && piece.from < end;) {
        piece.to = end - piece.from > size ? piece.from + size : end;
        status = add(route, piece, arena);
        piece.from = piece.to;
    }
    return status;
}

lede_status lede_route_init(lede_route *route, lede_route_kind kind,
                            const lede_collector *collector, uint32_t threads,
                            lede_arena *arena)
{
    const lede_native_snapshot *snapshot = collector->snapshot;
    uint32_t size =
        threads > 1 && kind != LEDE_ROUTE_RANKED ? SHARED_PIECE : UINT32_MAX;
    place *places = lede_arena_array(arena, snapshot->count, sizeof *places);
    lede_status status = LEDE_OK;

    *route = (lede_route){ .count = 0 };
    if (!places)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < snapshot->count; i++)
        places[i] = (place){ i, kind == LEDE_ROUTE_ORDERED
                                    ? lede_collector_promise(collector, i)
                                    : snapshot->parts[i].documents };
    qsort(places, snapshot->count, sizeof *places, by_promise);
    for (uint32_t i = 0; status == LEDE_OK && i < snapshot->count; i++) {
        uint32_t part = places[i].part;
        lede_piece piece = { part, 0, snapshot->parts[part].documents, false };

        piece.backward = kind != LEDE_ROUTE_RANKED &&
                         collector->search->want > 0 &&
                         lede_collector_is_backward(collector, part);
        if (kind == LEDE_ROUTE_ORDERED && piece.backward)
            status = add_backward(route, piece, arena);
        else
            status = add_forward(route, piece, size, arena);
    }
    return status;
}

bool lede_route_next(lede_route *route, lede_piece *piece)
{
    uint32_t at = atomic_fetch_add(&route->taken, 1);

    if (at >= route->count)
        return false;
    *piece = route->pieces[at];
    return true;
}

bool lede_route_is_whole(const lede_piece *piece,
                         const lede_native_snapshot *snapshot)
{
    return piece->from == 0 &&
           piece->to == snapshot->parts[piece->part].documents;
}
