/*
 * article/parts.h - lets the parts of a word rank, where the whole matches.
 *
 * A word that analysis cuts in several (`boundary-layer`) matches only where
 * its parts stand in a row. Among other words that is too little to rank by:
 * an article that has both parts, apart, is still the better one. So in an OR
 * the parts rank without matching, and the row for LEDE_ROW_SHARE of its idf:
 *
 *     OR(heat, PHRASE(boundary, layer))
 *     AND(OR(heat, PHRASE(boundary, layer)), OPTIONAL(boundary),
 *         OPTIONAL(layer))
 *
 * MAP on Cranfield, CACM and CISI: .2964 .3577 .2050 by rows alone, .3022 .3623
 * .2042 with parts and half of the row, .3032 .3600 .2052 with this share.
 */
#ifndef LEDE_ARTICLE_PARTS_H
#define LEDE_ARTICLE_PARTS_H

#include "base/arena.h"
#include "engine/plan.h"

#define LEDE_ROW_SHARE 0.35

/*
 * Lifts the parts of node `at` of an OR, a PHRASE or EITHER already weighed
 * with `boost`, out of it: *join, at first the OR, becomes the AND. Adds what
 * changed to *weights. Nothing changes for other nodes. NOMEM, LIMIT.
 */
lede_status lede_parts_lift(lede_plan *join, const lede_plan *row, double boost,
                            double *weights, lede_arena *arena);

#endif
