/*
 * native/match/leaf.h - a word of a plan in one segment, for those who match it
 * in bulk: its lists, and ceilings of their blocks.
 *
 *     lede_leaf_open(&leaf, matcher, word);
 *     if (leaf.count > 0)
 *         lede_leaf_set(&leaf, matcher, &quanta, normals);
 *     ceiling = lede_list_reach(list, from, to, &reach);
 *
 * Ceilings are those of native/match/ceiling.h.
 *
 * Errors    A list that fails says so in its postings.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_LEAF_H
#define LEDE_NATIVE_MATCH_LEAF_H

#include "native/match/ceiling.h"
#include "native/match/lengths.h"

/* What leaves have in common whose lengths are alike. */
typedef struct lede_normals {
    lede_lengths lengths;
    const lede_floors *floors; /* NULL: none are kept of this mix */
    float at[LEDE_LENGTH_FLOORS];
} lede_normals;

/* The floor of lengths of which a bound, whose lengths count n/256 of theirs,
 * knows a floor: maybe one below those of all documents, for their other fields
 * count too. Moved up to theirs, corners would not bound what lies between
 * them. */
static inline uint32_t lede_normals_floor(const lede_normals *normals,
                                          uint32_t share, uint32_t bound)
{
    uint32_t floor = bound;

    if (share != 256)
        floor = lede_length_floor(lede_length_least(bound) * share / 256);
    return floor < normals->floors->most ? floor : normals->floors->most;
}

/* Of the blocks of a group that is open. */
typedef struct lede_list_blocks {
    uint32_t count;
    uint32_t next; /* those before it end below all that is still looked for */
    uint16_t ceilings[LEDE_BLOCK_MAX];
    float most[LEDE_BLOCK_MAX];     /* times */
    uint8_t floors[LEDE_BLOCK_MAX]; /* of the shortest document */
} lede_list_blocks;

#define LEDE_NO_BLOCK UINT32_MAX

typedef struct lede_list {
    const lede_plan_term *term;
    lede_terms_entry entry;
    lede_postings *postings;
    lede_postings *again; /* the same, for what is asked a second time */
    float times;          /* an occurrence, in units of the leaf */
    uint32_t share; /* n/256 of a bound's length that a length has at least */
    bool ended;
    uint32_t hand;            /* which block of the open group is at hand */
    uint16_t *tops;           /* ceilings by top; NULL: by corners */
    lede_list_blocks *blocks; /* of a long list; else NULL, and ... */
    uint16_t *ceilings;       /* ... of each document, all at hand */
} lede_list;

typedef struct lede_leaf {
    const lede_plan_score *score;
    const lede_plan *best; /* that it is a node of; NULL: its points add up */
    lede_list *lists;      /* those that the segment has */
    uint32_t count;
    uint64_t documents; /* of all lists */
    uint64_t unit;      /* of a tf: what the terms' weights are multiples of */
    float tf;           /* of a unit; 1 for an occurrence */
    float weight;       /* in quanta */
    const lede_normals *normals;
    const lede_ceilings *ceilings; /* of one list that is not very short; else
                                    * NULL */
} lede_leaf;

/* Opens the lists of a WORD. */
lede_status lede_leaf_open(lede_leaf *leaf, lede_matcher *matcher,
                           const lede_plan *word);

/* Makes normals ready. */
lede_status lede_normals_init(lede_normals *normals, lede_matcher *matcher,
                              const lede_plan_score *score);

/* Makes ceilings ready; normals with floors. */
lede_status lede_leaf_set(lede_leaf *leaf, lede_matcher *matcher,
                          const lede_quanta *quanta,
                          const lede_normals *normals);

static inline uint32_t lede_leaf_ceiling(const lede_leaf *leaf, float units,
                                         uint32_t floor)
{
    /* Whole numbers of 24 bits are exact. */
    if (units >= 0x1p24F)
        return lede_ceiling_most(leaf->weight);
    return lede_ceiling(leaf->weight, units * leaf->tf,
                        leaf->normals->at[floor]);
}

/* The same of a leaf of one list. */
static inline uint32_t lede_leaf_ceiling_of(const lede_leaf *leaf,
                                            uint32_t times, uint32_t floor)
{
    return leaf->ceilings && times < LEDE_CEILING_ROWS
               ? lede_ceilings_at(leaf->ceilings, times, floor)
               : lede_leaf_ceiling(leaf, (float)times, floor);
}

/* Points that at least so many documents have by a list alone, before anything
 * else is known of it but that it is open; 0: any. */
uint32_t lede_leaf_mark_of(lede_postings *list, const lede_plan_term *term,
                           const lede_plan_score *score,
                           const lede_matcher *matcher, uint32_t documents);

/* The same of a leaf: points that at least so many have by it, before anything
 * else is known of it but that it is open; 0: any. */
uint32_t lede_leaf_mark(lede_leaf *leaf, const lede_matcher *matcher,
                        uint32_t documents);

/* The last document of a block of the open group. */
static inline uint32_t lede_list_last(const lede_list *list, uint32_t block)
{
    return lede_postings_last(list->postings, block);
}

/* The exact points of a document of a length, weighted as the leaf says. */
static inline uint32_t lede_leaf_points(const lede_leaf *leaf,
                                        const lede_matcher *matcher,
                                        uint64_t length, uint64_t tf)
{
    return lede_score_points(matcher->rule, leaf->score, tf, length);
}

/* What documents of a list can have, in some range. */
typedef struct lede_reach {
    uint32_t ceiling; /* 0: there is none */
    float units;
    uint32_t floor;
} lede_reach;

/* The reach of a list in from .. *to - 1. *to falls to where that is known to.
 * `from` does not fall. */
void lede_list_reach(lede_leaf *leaf, lede_list *list, uint32_t from,
                     uint32_t *to, lede_reach *reach);

/* Opens the group of a long list that holds the first document not below
 * target, with its ceilings; false at the end. */
bool lede_list_group(const lede_leaf *leaf, lede_list *list, uint32_t target);

/* The ceiling of the documents from target to *last, those of a group, whose
 * head is not read for it; 0 at the end. */
uint32_t lede_list_wide(const lede_leaf *leaf, lede_list *list, uint32_t target,
                        uint32_t *last);

/* Passes blocks of a long list that end below target; false at the end. */
bool lede_list_pass(const lede_leaf *leaf, lede_list *list, uint32_t target);

/* Takes a block of the open group in hand: its documents. */
bool lede_list_take(lede_list *list, uint32_t block);

/* The exact tf of a document of a leaf, by readers of its own: best asked for
 * documents that rise. */
lede_status lede_leaf_tf(lede_leaf *leaf, lede_matcher *matcher, uint32_t doc,
                         uint64_t *tf);

#endif
