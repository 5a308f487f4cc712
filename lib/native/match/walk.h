/*
 * native/match/walk.h - the matches of a plan, of whatever shape.
 *
 *     lede_walk_ranked(matcher, plan, sink, piece);
 *     lede_walk_windows(matcher, plan, &tally, piece);
 *
 * Errors    As native/match/finder.h; also what the sink says.
 * Memory    The matcher's arena.
 */
#ifndef LEDE_NATIVE_MATCH_WALK_H
#define LEDE_NATIVE_MATCH_WALK_H

#include "native/match/finder.h"
#include "native/match/sink.h"

/* Documents from .. to - 1 of a part. */
typedef struct lede_piece {
    uint32_t part;
    uint32_t from;
    uint32_t to;
    bool backward; /* rather its last documents are hits */
} lede_piece;

/* Gives the sink what it needs, document after document, each with its
 * points. */
lede_status lede_walk_ranked(lede_matcher *matcher, const lede_plan *plan,
                             lede_sink *sink, const lede_piece *piece);

/* What is made of matches that are told from each other by no points. */
typedef struct lede_windows {
    lede_sink *hits;     /* NULL: none are wanted */
    uint32_t points;     /* of each */
    lede_facets *facets; /* NULL: none */
    uint64_t count;      /* of those that are live */
    bool counts;         /* all of them; else those that cannot be hits may be
                          * passed over */
    bool passed;         /* some were */
} lede_windows;

/* Looks at all matches, a window at a time. The piece begins with a window. */
lede_status lede_walk_windows(lede_matcher *matcher, const lede_plan *plan,
                              lede_windows *windows, const lede_live *live,
                              const lede_piece *piece);

#endif
