/*
 * native/match/union_parts.h - a search of the union, window by window. Private
 * to union.c and union_*.c, which share it.
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
 * up. The loops that most of the time goes to are in union_plain.c, and once more
 * in union_avx2.c, for processors that have it.
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

typedef struct lede_union_loops lede_union_loops;

typedef struct lede_union_search {
    const lede_union_loops *loops;
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

/* What candidates in a block of a long list are asked by. As frequencies are
 * bytes, whose writing may change anything, loops have it in variables. */
typedef struct lede_union_asked {
    const lede_leaf *leaf;
    const lede_ceilings *ceilings;
    const uint16_t *row;   /* what the block's most occurrences reach, by ... */
    const uint8_t *own;    /* ... floor, of each place */
    const uint8_t *floors; /* the same, of ... */
    const uint16_t *rests; /* ... what those reach that are asked later */
    uint16_t *sums;
    uint8_t *frequencies;
    uint32_t top;  /* ceiling of the block */
    uint32_t last; /* place of its last document, of this window or beyond */
    uint32_t needed;
} lede_union_asked;

/* Whether a place may have what is needed, whatever the leaf has there. */
static inline bool lede_union_asked_wants(const lede_union_asked *a,
                                          uint32_t at)
{
    uint32_t most = a->row[a->own[at]];

    most = most < a->top ? most : a->top;
    return a->sums[at] + a->rests[a->floors[at]] + most >= a->needed;
}

/* Knows what the leaf has at a place; whether that may still be enough. */
static inline bool lede_union_asked_keeps(const lede_union_asked *a,
                                          uint32_t at, uint32_t times)
{
    uint32_t ceiling =
        times < LEDE_CEILING_ROWS
            ? lede_ceilings_at(a->ceilings, times, a->own[at])
            : lede_leaf_ceiling(a->leaf, (float)times, a->own[at]);

    ceiling = a->sums[at] + (ceiling & -(uint32_t)(times > 0));
    a->frequencies[at] = lede_union_byte_of(times);
    a->sums[at] = (uint16_t)ceiling;
    return ceiling + a->rests[a->floors[at]] >= a->needed;
}

/* ---- Loops ---- */

/* Places are found so many at a time: behind those found others are written, up
 * to that many. */
#define LEDE_UNION_FOUND 64U

struct lede_union_loops {
    /* Writes the places, rising, whose sums are above `less`, and returns how
     * many. The sums, some times LEDE_UNION_FOUND of them, are below 2^15. */
    uint32_t (*find)(const uint16_t *sums, uint32_t width, uint32_t less,
                     uint16_t *places);
    /* Adds the ceilings of units, 0 or more, to the sums of so many places, as
     * lede_leaf_ceiling; where units are 0, none. Returns how many places it
     * came to: some are left at the end, and behind units of 2^24 or more. */
    uint32_t (*score)(const lede_leaf *leaf, const float *units,
                      const uint8_t *floors, uint32_t width, uint16_t *sums);
    /* Asks about candidates from s->candidates[*next] on, as far as they lie in
     * the block at hand of a list, and moves *next behind them. Puts those that
     * may have what is needed behind the first `kept`, and returns how many are
     * kept then. */
    uint32_t (*ask)(const lede_union_search *s, lede_union_asked asked,
                    const lede_postings *p, uint32_t *next, uint32_t kept);
};

extern const lede_union_loops lede_union_plain;
extern const lede_union_loops lede_union_avx2; /* by lede_cpu_has_avx2 only */

#endif
