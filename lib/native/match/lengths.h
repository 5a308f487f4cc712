/*
 * native/match/lengths.h - lengths of documents, and the points they give.
 *
 *     lede_lengths_init(&lengths, &plan->score, matcher);
 *     points = lede_lengths_points(&lengths, matcher, doc, tf);
 *
 * Memory    As native/match/finder.h.
 */
#ifndef LEDE_NATIVE_MATCH_LENGTHS_H
#define LEDE_NATIVE_MATCH_LENGTHS_H

#include "native/match/finder.h"

/* Lengths of documents, weighted as a leaf's score says. */
typedef struct lede_lengths {
    const lede_plan_score *score;
    const lede_column **columns; /* by field of the score; NULL: all are 0 */
} lede_lengths;

lede_status lede_lengths_init(lede_lengths *lengths,
                              const lede_plan_score *score,
                              lede_matcher *matcher);

/* Whether the lengths that two leaves score by are the same of every document,
 * and so is their average. */
bool lede_lengths_are_alike(const lede_plan_score *a, const lede_plan_score *b);

/* Of a document. */
uint64_t lede_lengths_at(const lede_lengths *lengths, uint32_t doc);

/* Of a block of documents that rise, or of fewer. */
void lede_lengths_of(const lede_lengths *lengths, const uint32_t *docs,
                     uint32_t n, uint64_t *of);

/* The points of a document with a tf. */
uint32_t lede_lengths_points(const lede_lengths *lengths,
                             const lede_matcher *matcher, uint32_t doc,
                             uint64_t tf);

/* What a bound on the lengths of a field's words is worth: times the length of
 * the bound it is a weighted one. Bounds are about the default fields together,
 * or about a field that is not one of them; where the score leaves some of these
 * out, they say nothing, and it is 0. */
uint32_t lede_lengths_weight(const lede_lengths *lengths,
                             const lede_matcher *matcher, uint32_t field);

/* The greatest weighted length of documents of which what bounds of a field are
 * about is at most `length`; false where the score knows other lengths, of
 * which that says nothing. */
bool lede_lengths_limit(const lede_plan_score *score,
                        const lede_matcher *matcher, uint32_t field,
                        uint64_t length, uint64_t *limit);

#endif
