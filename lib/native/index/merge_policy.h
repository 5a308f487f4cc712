/*
 * native/index/merge_policy.h - which segments to make one of.
 *
 *     while (lede_merge_choose(&pick, candidates, count))
 *         ... merge candidates[pick.at[0 .. pick.count)]
 *
 * Tiered: a segment belongs to a level by the bytes that live in it, each level
 * 8 times the one below; 8 segments of a level become one. So an article is
 * rewritten once a level. A segment of which a fifth is dead is written again
 * alone, so that dead articles cost less than a quarter of an index.
 */
#ifndef LEDE_NATIVE_INDEX_MERGE_POLICY_H
#define LEDE_NATIVE_INDEX_MERGE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#define LEDE_MERGE_FACTOR 8U
#define LEDE_MERGE_MOST   16U /* segments at once */

typedef struct lede_merge_candidate {
    uint64_t bytes; /* of the file */
    uint32_t documents;
    uint32_t live;
} lede_merge_candidate;

typedef struct lede_merge_pick {
    uint32_t at[LEDE_MERGE_MOST]; /* rising */
    uint32_t count;
} lede_merge_pick;

/* False if all is well as it is. */
bool lede_merge_choose(lede_merge_pick *pick,
                       const lede_merge_candidate *candidates, uint32_t count);

#endif
