/*
 * native/match/group.h - documents that hold any of some terms.
 *
 *     lede_group_new(&group, matcher, plan, LEDE_NO_FIELD);
 *     ... group->finder, group->lists
 *
 * Memory    As native/match/finder.h.
 */
#ifndef LEDE_NATIVE_MATCH_GROUP_H
#define LEDE_NATIVE_MATCH_GROUP_H

#include "native/match/lengths.h"
#include "native/match/queue.h"

/* A term of the plan that the segment holds. */
typedef struct lede_group_list {
    const lede_plan_term *term;
    lede_postings *postings;
    uint32_t length_weight; /* times a bound's length it is a weighted one */
} lede_group_list;

typedef struct lede_group {
    lede_finder finder;
    lede_group_list *lists;
    uint32_t count; /* may be 0 */
    lede_queue queue;
    lede_lengths lengths;
    bool begun;       /* lists stand on documents */
    uint64_t *marked; /* of many lists: the documents of all of them */
    uint32_t needed;
    uint64_t covered; /* documents below have at most ... */
    uint32_t covered_points;
} lede_group;

/* A WORD; with a field only its terms in that field, and without points. */
lede_status lede_group_new(lede_group **out, lede_matcher *matcher,
                           const lede_plan *word, uint32_t field);

/* A reader of one term's documents; NULL where the segment lacks it. */
lede_status lede_group_open(lede_postings **out, lede_matcher *matcher,
                            lede_space space, const lede_plan_term *term);

/* lede_finder_keep of one list. */
uint32_t lede_group_keep_list(lede_matcher *matcher, lede_postings *list,
                              uint32_t base, uint64_t *words);

#endif
