/*
 * native/codec/bound.h - what no document of some can have more of.
 *
 *     if (!lede_postings_bound(list, target, &bound))
 *         ... no document is left
 *     for (i = 0; i < bound.count; i++)
 *         most = larger(most, score(bound.frequencies[i], bound.lengths[i]));
 *
 * The scores that count rise with the frequency of a term in a document and
 * fall with the document's length. So of some documents only those count that
 * no other has both a frequency as high and a length as small as: they are
 * corners, and a bound by them holds for any parameters of the score.
 *
 * Lengths are known by floors, of which there are 256: a table of them serves
 * where lengths are asked for often.
 *
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_BOUND_H
#define LEDE_NATIVE_CODEC_BOUND_H

#include <stdint.h>

/* Corners of a bound, at most. */
#define LEDE_BOUND_MAX 4U

/* Floors of lengths are below it. */
#define LEDE_LENGTH_FLOORS 256U

/* Each document of those that it is about has, for some corner i, a frequency
 * of frequencies[i] or less and a length of lengths[i] or more. */
typedef struct lede_bound {
    uint32_t last;  /* of the documents, or above it */
    uint32_t count; /* of corners, 1 or more; both numbers rise from one to the
                     * next */
    uint32_t frequencies[LEDE_BOUND_MAX];
    uint32_t floors[LEDE_BOUND_MAX];  /* of lengths */
    uint64_t lengths[LEDE_BOUND_MAX]; /* lede_length_least of these */
} lede_bound;

/* A length as a bound stores it, and the least length that gives. */
uint32_t lede_length_floor(uint64_t length);
uint64_t lede_length_least(uint32_t floor);

#endif
