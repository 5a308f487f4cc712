/*
 * native/index/merge_policy.h - which segments to make one of.
 *
 *     while (lede_merge_choose(&pick, candidates, count, &rules))
 *         ... merge candidates[pick.at[0 .. pick.count)]
 *
 * A segment belongs to a level by the bytes that live in it, each level 8 times
 * the one below; 8 of a level become one, so an article is rewritten once a
 * level. Two more rules bound what an index takes beside a fresh one:
 *
 * Of the dead: if they take more than a ninth of all segments, the segment with
 * the greatest share of them is written again. Its share is no less than
 * theirs, so a byte won costs at most eight written.
 *
 * Of pieces, once the index rests: words that several segments have are kept as
 * many times. A segment's words grow about as the square root of its bytes; if
 * those of all segments together are more than 1.7 times those of one, the
 * smallest become one, with each next that is less than twice their sum. As
 * measured that is an eighth of a small index at most.
 */
#ifndef LEDE_NATIVE_INDEX_MERGE_POLICY_H
#define LEDE_NATIVE_INDEX_MERGE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#define LEDE_MERGE_FACTOR 8U  /* segments of a level become one */
#define LEDE_MERGE_MOST   16U /* segments at once */

typedef struct lede_merge_candidate {
    uint64_t bytes; /* of the file */
    uint32_t documents;
    uint32_t live;
    uint64_t text_bytes; /* of all documents */
    uint64_t live_text_bytes;
} lede_merge_candidate;

typedef struct lede_merge_pick {
    uint32_t at[LEDE_MERGE_MOST]; /* rising */
    uint32_t count;
} lede_merge_pick;

typedef struct lede_merge_rules {
    uint64_t documents_most; /* live, of a merge */
    bool at_rest;            /* nothing more is to come soon */
} lede_merge_rules;

/* False if all is well as it is, or cannot be better. */
bool lede_merge_choose(lede_merge_pick *pick,
                       const lede_merge_candidate *candidates, uint32_t count,
                       const lede_merge_rules *rules);

#endif
