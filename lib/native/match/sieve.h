/*
 * native/match/sieve.h - documents that hold all of some words and may have the
 * points that are needed.
 *
 *     lede_sieve_init(sieve, matcher);
 *     lede_sieve_add_word(sieve, plan);       lede_sieve_add_phrase(...)
 *     lede_sieve_begin(sieve, others, count);
 *     lede_sieve_cover(sieve, target, points, until);
 *     if (sieve->most < lede_sieve_needed(sieve, points))
 *         ... go on at sieve->covered
 *     lede_conjunction_lead(&sieve->words, target, &until);
 *     lede_sieve_window(sieve, &until, needed);
 *     ... sieve->words.docs[sieve->words.pick[0 .. n)], frequencies read
 *
 * A window of the conjunction is begun only where the ceilings of the blocks
 * (native/match/ceiling.h) come to what is needed; then a document is dropped
 * as soon as what its words have so far, and those not yet looked for may have
 * in their blocks, does not. A phrase may have what its rarest word in the
 * document lets it.
 *
 * Errors    As native/match/conjunction.h.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_SIEVE_H
#define LEDE_NATIVE_MATCH_SIEVE_H

#include "native/match/leaf.h"
#include "native/match/phrase.h"

/* Phrases are large. */
#define LEDE_SIEVE_PHRASES 4U

/* Of a WORD, or a phrase. */
typedef struct lede_sieve_ceiling {
    const lede_normals *lengths; /* NULL: it brings no points */
    float weight;
} lede_sieve_ceiling;

/* What the blocks of a word let a leaf have, in quanta. */
typedef struct lede_sieve_reach {
    uint64_t covered; /* documents below it, from where it was asked for */
    uint32_t most;
} lede_sieve_reach;

typedef struct lede_sieve_phrase {
    lede_sieve_ceiling ceiling;
    float times[LEDE_CONJUNCTION_WORDS]; /* of each of its words: what an
                                          * occurrence lets it have, as a tf */
    const uint16_t *tops[LEDE_CONJUNCTION_WORDS]; /* so, too: ceilings of its
                                                   * long lists; or NULL */
    lede_sieve_reach reaches[LEDE_CONJUNCTION_WORDS];
    uint32_t most;                   /* of the window */
    uint16_t quanta[LEDE_BLOCK_MAX]; /* by place: at most */
    lede_phrase phrase;              /* last: large */
} lede_sieve_phrase;

typedef struct lede_sieve {
    lede_matcher *matcher;
    uint32_t optional; /* bit by word; for lede_overlap_find alone */
    bool bounds;       /* ceilings are to be had, and asked for */
    lede_quanta quanta;

    /* By word: how it scores. NULL: it does not, or is part of a phrase. */
    lede_lengths lengths[LEDE_CONJUNCTION_WORDS];
    lede_sieve_ceiling ceilings[LEDE_CONJUNCTION_WORDS];
    lede_sieve_reach reaches[LEDE_CONJUNCTION_WORDS];
    float times[LEDE_CONJUNCTION_LISTS]; /* by list: an occurrence, as a tf */
    const uint16_t *tops[LEDE_CONJUNCTION_LISTS]; /* ceilings of a long list, by
                                                   * top; or NULL */
    lede_sieve_phrase *phrases[LEDE_SIEVE_PHRASES];
    uint32_t phrase_count;

    /* The window, in quanta. */
    uint64_t covered; /* documents below have at most .. */
    uint32_t most;    /* .. so many */
    uint32_t rests[LEDE_CONJUNCTION_WORDS]; /* behind the i-th word */
    uint32_t sums[LEDE_BLOCK_MAX];          /* by place: so far */

    lede_conjunction words; /* last: large, and made ready by itself */
} lede_sieve;

void lede_sieve_init(lede_sieve *sieve, lede_matcher *matcher);

/* Adds a WORD, or a phrase that fits (native/match/phrase.h), for which there is
 * room. */
lede_status lede_sieve_add_word(lede_sieve *sieve, const lede_plan *word);
lede_status lede_sieve_add_phrase(lede_sieve *sieve, const lede_plan *phrase,
                                  uint32_t field);

/* Adds a WORD that documents need not hold; none that the segment lacks. */
lede_status lede_sieve_add_optional(lede_sieve *sieve, const lede_plan *word);

/* Makes ceilings ready, where points may be needed: beside `count` others that
 * have `weights` together. Without floors nothing is dropped, and nothing
 * missed. */
lede_status lede_sieve_begin(lede_sieve *sieve, double weights, uint32_t count);

/* Adds up what documents have at most, from target on as far as the blocks at
 * hand, or next, go; beside `points` of others to `until`. Only with bounds. */
void lede_sieve_cover(lede_sieve *sieve, uint32_t target, uint64_t points,
                      uint32_t until);

/* Points as quanta that sums must come to; 0 without bounds. */
static inline uint32_t lede_sieve_needed(const lede_sieve *sieve,
                                         uint32_t points)
{
    return sieve->bounds ? lede_quanta_needed(&sieve->quanta, points) : 0;
}

/* Finds all words in the window that the rarest began, drops what cannot come
 * to `needed` quanta, and reads the frequencies of what is left; false once
 * failed. */
bool lede_sieve_window(lede_sieve *sieve, uint32_t *until, uint32_t needed);

/* The exact points that the words give a document of the window. */
uint64_t lede_sieve_word_points(const lede_sieve *sieve, uint32_t place);

/* What a phrase may give it, at most; after a window with needed above 0. */
uint64_t lede_sieve_phrase_points(const lede_sieve *sieve, uint32_t phrase,
                                  uint32_t place);

#endif
