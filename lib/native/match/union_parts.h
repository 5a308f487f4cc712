/*
 * native/match/union_parts.h - a search of the union, window by window. Private
 * to union.c, union_accumulators.c and union_nonessential.c, which share it.
 *
 *     for (i = nonessential; i < s->count; i++)
 *         lede_union_add(s, s->order[i]);
 *     lede_union_find_candidates(s, s->needed - reach of the nonessential);
 *     lede_union_ask(s, nonessential);
 *     ... s->candidates[0 .. s->candidate_count), with the sums of all
 *
 * union.c begins a window, tells the members that are essential in it from
 * those that are not, by MAXSCORE, and takes the candidates that are left.
 * union_accumulators.c adds up what the essential ones reach in each document;
 * union_nonessential.c asks the others about the candidates that this brings
 * up.
 *
 * A place is a document less the first of the window. Sums are of ceilings
 * (native/match/ceiling.h).
 *
 * Errors    A list that fails says so in its postings.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_UNION_PARTS_H
#define LEDE_NATIVE_MATCH_UNION_PARTS_H

#include "native/match/leaf.h"
#include "native/match/sink.h"

/* A single list keeps frequencies as bytes; this one stands for more. */
#define LEDE_UNION_MANY 255U

/* Of a leaf with several lists: of fewer postings in a window the places are
 * kept, so that only these are scored and cleared. */
#define LEDE_UNION_PLACES 1024U

/* A leaf, and what is known of it in the window. */
typedef struct lede_union_member {
    lede_leaf *leaf;
    uint32_t reach;       /* ceiling in the window */
    float most;           /* times in it, of a leaf of one list */
    uint16_t *row;        /* by floor of length, what row_times reach there */
    uint32_t row_times;   /* 0: none are known */
    uint16_t *tops;       /* the same, but no more than reach */
    bool known;           /* what follows is, for each document that counts */
    uint8_t *frequencies; /* by place in the window, of a leaf of one list */
    float *units;         /* the same of one with several; not 0 only ... */
    uint16_t *places;     /* ... here, some of them several times, unless ... */
    uint32_t place_count; /* ... there are more than LEDE_UNION_PLACES */
} lede_union_member;

typedef struct lede_union_search {
    lede_matcher *matcher;
    const lede_quanta *quanta;
    lede_sink *sink;
    lede_union_member *members;
    lede_union_member **order; /* by reach, rising */
    uint32_t count;
    uint32_t width; /* of windows, at most */
    uint32_t next;  /* of the next one */
    uint32_t from;  /* the window */
    uint32_t to;
    uint32_t reach;  /* of all members together */
    uint32_t needed; /* in quanta, or less than that by now */
    uint64_t steps;
    uint16_t *sums;       /* by place in the window: accumulators */
    uint16_t *candidates; /* places, rising until they are taken */
    uint32_t candidate_count;
    const lede_normals *normals;        /* that most leaves have */
    uint16_t rests[LEDE_LENGTH_FLOORS]; /* not asked yet, by floor */
} lede_union_search;

/* A frequency as it is kept. */
static inline uint8_t lede_union_byte_of(uint32_t times)
{
    return (uint8_t)(times < LEDE_UNION_MANY ? times : LEDE_UNION_MANY);
}

/* ---- Accumulators ---- */

/* Adds what a member reaches in each document of the window to the sums, and
 * knows what it has there. Blocks are left out whose documents cannot have what
 * is needed. False once a list failed. */
bool lede_union_add(lede_union_search *s, lede_union_member *m);

/* A sum that as many documents as are wanted reach, and not many more; 0 where
 * none is found. */
uint32_t lede_union_cut(const lede_union_search *s);

/* The candidates are now the places, rising, whose sums are at least `least`, 1
 * or more. */
void lede_union_find_candidates(lede_union_search *s, uint32_t least);

/* ---- Nonessential members ---- */

/* Asks the first so many in order about the candidates, which rise: adds what
 * they reach there to the sums, and drops candidates that cannot have what is
 * needed. */
void lede_union_ask(lede_union_search *s, uint32_t nonessential);

#endif
