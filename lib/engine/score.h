/*
 * engine/score.h - the score of a leaf, in points that add in any order.
 *
 * BM25 (Robertson & Zaragoza, "The Probabilistic Relevance
 * Framework", 2009, with Lucene's idf), BM25F over fields and forms (Robertson,
 * Zaragoza & Taylor, CIKM 2004):
 *
 *     idf    = ln(1 + (N - df + 0.5) / (df + 0.5))
 *     tf     = sum over the leaf's terms of weight x occurrences
 *              (phrases: sum over fields of field weight x frequency)
 *     factor = 1 - b + b x length / average length    (average 0: factor 1)
 *     score  = weight x tf / (tf + k1 x factor)       (tf 0: 0)
 *     points = floor(score x 2^scale)
 *
 * computed as weight / (1 + k1 x factor / tf): each step of it rounds a rising
 * function of tf and a falling one of length, so the points never turn back,
 * and a bound on tf and length is a bound on the points.
 *
 * The scale is one for a whole search, and such that all leaves' points
 * together stay below 2^31. Sums of points are integers: pruned, split and
 * threaded searches agree to the bit. A hit's score is its points / 2^scale.
 *
 * Total: a weight that is not a number above 0 gives 0 points, and nothing
 * gives 2^31 or more. Compiled with -ffp-contract=off, like all that computes
 * scores.
 */
#ifndef LEDE_ENGINE_SCORE_H
#define LEDE_ENGINE_SCORE_H

#include "document/schema.h"
#include "engine/plan.h"

typedef struct lede_score_rule {
    double k1; /* >= 0 */
    double b;  /* 0 to 1 */
    int32_t scale;
} lede_score_rule;

/*
 * The df of a group of terms, from dictionaries alone: `sum` and `most` of what
 * its terms have, each the most of any one field. Forms of a word often stand
 * in the same article, so that less than the sum is true: by 3/4 of what the
 * others add, MAP and nDCG@10 of three judged collections come nearest to those
 * of the exact union.
 */
uint64_t lede_score_documents(uint64_t sum, uint64_t most);

/* df is taken as at most n. */
double lede_score_idf(uint64_t n, uint64_t df);

/* The largest scale at which `weights`, the sum of the weights of all leaves
 * and constants of a plan, added up in any order, stays below 2^31 points. 0
 * when they are 0, or not a number. */
int32_t lede_score_scale(double weights);

/* tf is n / LEDE_WEIGHT_ONE, length n/256. Rises with tf, falls with length;
 * `score->weight` is a bound. */
uint32_t lede_score_points(const lede_score_rule *rule,
                           const lede_plan_score *score, uint64_t tf,
                           uint64_t length);

/* Points of a CONSTANT. */
uint32_t lede_score_constant(const lede_score_rule *rule, double weight);

/* Points of BEST from the best of its nodes and the sum of all, it included;
 * the part of the others is rounded down. `tie` is at most 256. */
uint32_t lede_score_best(uint32_t best, uint64_t sum, uint32_t tie);

/*
 * Recency: points x (1 - w + w x 2^(-age / half life)), rounded down, the
 * factor as n / 2^24; age is max(0, now - date) in seconds, date the smallest
 * value of the field. `dated` false: an article without one, factor 1 - w. It
 * applies once, to the points of the whole plan.
 */
typedef struct lede_recency {
    uint32_t field;           /* a date column; LEDE_NO_FIELD: factor 1 */
    double weight;            /* w, 0 to 1 */
    double half_life_seconds; /* above 0 */
    int64_t now_seconds;
} lede_recency;

uint32_t lede_score_recency(const lede_recency *recency, uint32_t points,
                            bool dated, int64_t date);

double lede_score_of(const lede_score_rule *rule, uint32_t points);

#endif
