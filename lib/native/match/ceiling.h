/*
 * native/match/ceiling.h - what the points of a leaf cannot pass, as a small
 * whole number that is found without its exact length and added up in 16 bits.
 *
 *     if (lede_quanta_init(&quanta, rule, weights, leaves)) {
 *         weight = lede_quanta_weight(&quanta, rule, leaf->weight);
 *         lede_normals_fill(normals, rule, average_length, floors->most);
 *         sum += lede_ceiling(weight, tf, normals[floor of the length]);
 *         if (sum >= lede_quanta_needed(&quanta, points))
 *             ... only now the exact points of all leaves, engine/score.h
 *     }
 *
 * A quantum is so many points that the ceilings of all leaves of a plan add up
 * to less than 2^15. All roundings lead upwards: whatever the numbers, if the
 * exact points of some leaves reach `points`, their ceilings reach what
 * lede_quanta_needed says.
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_MATCH_CEILING_H
#define LEDE_NATIVE_MATCH_CEILING_H

#include "base/arena.h"
#include "engine/score.h"
#include "native/codec/top.h"

/* More leaves than that are not added up. */
#define LEDE_CEILING_LEAVES 4096U

typedef struct lede_quanta {
    double of_point;
} lede_quanta;

/* `weights` is the sum of the leaves' weights. False for one that no quantum
 * can be found for: not a number above 0, or too many leaves. */
bool lede_quanta_init(lede_quanta *quanta, const lede_score_rule *rule,
                      double weights, uint32_t leaves);

/* What a sum of ceilings must reach. Above 2^15: no sum does. */
uint32_t lede_quanta_needed(const lede_quanta *quanta, uint32_t points);

/* A leaf's weight in quanta, with room for the roundings of a ceiling. */
float lede_quanta_weight(const lede_quanta *quanta, const lede_score_rule *rule,
                         double weight);

/* k1 x factor (engine/score.h) of the least length of each floor up to `most`,
 * rounded down. */
void lede_normals_fill(float normals[LEDE_LENGTH_FLOORS],
                       const lede_score_rule *rule, double average_length,
                       uint32_t most);

/* tf is a number above 0, 1 for a whole occurrence, off by 2^-21 of it at
 * most. */
static inline uint32_t lede_ceiling(float weight, float tf, float normal)
{
    return 1U + (uint32_t)(weight * (tf / (tf + normal)));
}

/* Of any tf. */
static inline uint32_t lede_ceiling_most(float weight)
{
    return 1U + (uint32_t)weight;
}

/* What ceilings of a leaf follow from, beside documents and frequencies. */
typedef struct lede_ceiling_rule {
    float weight;
    float times; /* an occurrence, as a tf */
    const float *normals;
    const uint8_t *floors; /* by document: of its length */
} lede_ceiling_rule;

/* The ceilings of n documents. */
void lede_ceilings_weigh(const lede_ceiling_rule *rule, const uint32_t *docs,
                         const uint32_t *frequencies, uint32_t n,
                         uint32_t *ceilings);

/*
 * Ceilings of blocks, by their tops (codec/top.h).
 *
 *     ratio = lede_top_ratio(rule, average_length, share, source->usual);
 *     if (ratio > 0)
 *         lede_tops_fill(tops, weight, tf, ratio);
 *     ceiling = tops[lede_postings_tops(list)[b]];
 */

/* The r of a leaf whose lengths are n/256 of those that tops are about, or more.
 * 0: they say little of its scores, and corners say more. */
double lede_top_ratio(const lede_score_rule *rule, double average_length,
                      uint32_t share, uint32_t usual);

/* tf as for lede_ceiling, of one occurrence. */
void lede_tops_fill(uint16_t ceilings[LEDE_TOP_MOST + 1], float weight,
                    float tf, double ratio);

/* Ceilings by frequency and floor, for where many are asked for: row t is that
 * of t occurrences that count `tf` each, row 0 that of any number. */
#define LEDE_CEILING_ROWS 16U

typedef struct lede_ceilings {
    uint32_t shift; /* a row is 2^shift floors long */
    uint16_t at[];
} lede_ceilings;

/* For the floors from `least` to `most`; NULL when memory ran out. */
lede_ceilings *lede_ceilings_new(float weight, float tf,
                                 const float normals[LEDE_LENGTH_FLOORS],
                                 uint32_t least, uint32_t most,
                                 lede_arena *arena);

/* Of a number of occurrences, by floor. */
static inline const uint16_t *lede_ceilings_row(const lede_ceilings *ceilings,
                                                uint32_t frequency)
{
    uint32_t row = frequency < LEDE_CEILING_ROWS ? frequency : 0;

    return ceilings->at + (row << ceilings->shift);
}

static inline uint32_t lede_ceilings_at(const lede_ceilings *ceilings,
                                        uint32_t frequency, uint32_t floor)
{
    return lede_ceilings_row(ceilings, frequency)[floor];
}

#endif
