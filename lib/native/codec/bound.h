/*
 * native/codec/bound.h - what no document of some can score more than.
 *
 *     if (!lede_postings_bound(list, target, &bound))
 *         ... no document is left
 *     for (i = 0; i < bound.count; i++)
 *         most = larger(most, score(bound.frequencies[i], bound.lengths[i]));
 *
 * The scores that count are rising functions of f / (a + b l), of a document's
 * frequency f and its length l, for some a and b that are not below 0: in BM25,
 * a is k1 x (1 - its b), b is k1 x its b / the average length. Whatever they
 * are, the greatest is that of a document that lies on the upper left hull of
 * all, with lengths to the right and frequencies upwards: at a corner of it. So
 * a few corners are a bound for any parameters of the score. The shortest is
 * kept with them, for those who know the frequency otherwise.
 *
 * Of a sum of several frequencies in one document, each bounded by itself, with
 * weights: as each f <= (a + b l) x greatest(f / (a + b l)), the sum of these
 * maxima, times the weights, bounds sum / (a + b l); so, looser, does the sum
 * of the greatest frequencies with the least of the corners' lengths.
 *
 * Lengths are known by floors, of which there are 256: a table of them serves
 * where lengths are asked for often.
 *
 * Errors    lede_bounds_take returns false for bytes that cannot be bounds.
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_BOUND_H
#define LEDE_NATIVE_CODEC_BOUND_H

#include "base/buffer.h"

/* Corners of a bound, at most. */
#define LEDE_BOUND_MAX 4U

/* Floors of lengths are below it. */
#define LEDE_LENGTH_FLOORS 256U

/* Of each document of those that it is about, with a frequency f and a length
 * l: f / (a + b l) <= frequencies[i] / (a + b lengths[i]) for some corner i,
 * whatever a and b. A score that is computed from these may be rounded above
 * that of the corner: allow one point. */
typedef struct lede_bound {
    uint32_t last;  /* of the documents, or above it */
    uint32_t count; /* of corners, 1 or more; both numbers rise from one to the
                     * next: no frequency is above the last one, and no length
                     * below the first */
    uint32_t frequencies[LEDE_BOUND_MAX];
    uint32_t floors[LEDE_BOUND_MAX];  /* of lengths */
    uint64_t lengths[LEDE_BOUND_MAX]; /* lede_length_least of these */
} lede_bound;

/* A length as a bound stores it, and the least length that gives. */
uint32_t lede_length_floor(uint64_t length);
uint64_t lede_length_least(uint32_t floor);

/* Whether that holds of a document. */
bool lede_bound_has(const lede_bound *bound, uint32_t frequency,
                    uint64_t length);

/* ---- Finding them ---- */

/* The corners of a bound alone. */
typedef struct lede_corners {
    uint32_t count;
    uint32_t frequencies[LEDE_BOUND_MAX];
    uint32_t floors[LEDE_BOUND_MAX];
} lede_corners;

void lede_bound_set(lede_bound *bound, const lede_corners *corners,
                    uint32_t last);

/* Frequencies below it are kept one by one. */
#define LEDE_HULL_FREQUENCIES 64U

/* Documents of which the corners are sought; begins as { 0 }. */
typedef struct lede_hull {
    uint64_t used;                         /* frequencies that any has */
    uint32_t least[LEDE_HULL_FREQUENCIES]; /* length, of those that have it */
    /* Of greater frequencies, those that no other is better than in both; both
     * numbers fall. */
    uint32_t high_count;
    uint32_t high[32];
    uint32_t high_least[32];
} lede_hull;

/* For lede_hull_add. */
void lede_hull_add_high(lede_hull *hull, uint32_t frequency, uint32_t length);

/* Adds a document; frequency 1 or more. */
static inline void lede_hull_add(lede_hull *hull, uint32_t frequency,
                                 uint32_t length)
{
    uint64_t bit;

    if (frequency >= LEDE_HULL_FREQUENCIES) {
        lede_hull_add_high(hull, frequency, length);
        return;
    }
    bit = (uint64_t)1 << frequency;
    if ((hull->used & bit) == 0 || length < hull->least[frequency])
        hull->least[frequency] = length;
    hull->used |= bit;
}

/* Adds those that a bound is about. */
void lede_hull_add_corners(lede_hull *hull, const lede_corners *corners);

/* The corners of all that were added; none of none. Beyond four, two are made
 * one that is above both. */
void lede_hull_end(const lede_hull *hull, lede_corners *corners);

/* ---- As stored ---- */

/* Appends n bounds, 1 or more. */
void lede_bounds_put(lede_buffer *out, const lede_corners *corners, uint32_t n);
bool lede_bounds_take(lede_bytes *in, uint32_t n, lede_corners *corners);

#endif
