/*
 * native/codec/mark.h - what at least so many documents of a list have.
 *
 *     lede_marker_begin(&marker, average_length);
 *     for (each block)
 *         if (lede_marker_wants(&marker, &corners of the block))
 *             lede_marker_add(&marker, frequency, length), for each document
 *     lede_marker_end(&marker, marks);
 *
 *     if (lede_postings_mark(list, 10, &mark))
 *         ... ten documents have as many points as
 *             score(mark.frequency, lede_mark_length(&mark)), or more
 *
 * Where a bound says what no document is above, a mark says what the best are
 * not below: who looks for them knows from the start what is too little. A score
 * rises with frequency and falls with length, so a mark serves for any
 * parameters of it; which of many could be told is chosen by BM25 with k1 = 1.2
 * and b = 0.75.
 *
 * Errors    lede_marks_take returns false for bytes that cannot be marks.
 * Threads   Functions of their arguments.
 */
#ifndef LEDE_NATIVE_CODEC_MARK_H
#define LEDE_NATIVE_CODEC_MARK_H

#include "native/codec/bound.h"

/* Of a list: of 11 documents and of 101. */
#define LEDE_MARKS 2U

/* As many documents of the list have this frequency or a greater one, and a
 * length of this floor or a lower one. */
typedef struct lede_mark {
    uint32_t documents;
    uint32_t frequency;
    uint32_t floor;
} lede_mark;

/* The greatest length that those documents may have; UINT64_MAX for any. */
uint64_t lede_mark_length(const lede_mark *mark);

static inline bool lede_mark_has(const lede_mark *mark, uint32_t frequency,
                                 uint64_t length)
{
    return frequency >= mark->frequency && length <= lede_mark_length(mark);
}

/* ---- Finding them ---- */

/* Frequencies are told apart by steps, of which there are so many. */
#define LEDE_MARK_STEPS 40U

/* What a mark's score is, to be held against others. */
typedef struct lede_mark_bar {
    uint64_t frequency; /* 0: less than any */
    uint64_t length;    /* average + 3 x its length */
} lede_mark_bar;

/* Documents, counted by step and floor. */
typedef struct lede_marker {
    uint64_t average; /* length: what others are held against */
    uint32_t count;
    uint32_t next; /* count at which to see again what is too little */
    uint32_t top;  /* step */
    uint32_t least;
    uint32_t most;                  /* floor */
    lede_mark_bar bars[LEDE_MARKS]; /* by mark: what is no better does not
                                     * change it */
    uint32_t totals[LEDE_MARK_STEPS];
    uint32_t counts[LEDE_MARK_STEPS][LEDE_LENGTH_FLOORS];
} lede_marker;

/* Before: zeros, or another list. */
void lede_marker_begin(lede_marker *marker, uint64_t average_length);

/* Whether documents within such corners can change the first mark. Blocks that
 * cannot are left out: the second may then say less than it could. */
bool lede_marker_wants(const lede_marker *marker, const lede_corners *corners);

/* For lede_marker_add. */
void lede_marker_count(lede_marker *marker, uint32_t frequency,
                       uint32_t length);

/* Whether a document scores more: f / (a + b l), with a : b as BM25 has it. In
 * whole numbers, so that the same is chosen everywhere. */
static inline bool lede_marker_is_better(const lede_marker *marker,
                                         uint32_t frequency, uint32_t length,
                                         const lede_mark_bar *than)
{
    uint64_t f = frequency < 1U << 24 ? frequency : 1U << 24;

    return f * than->length >
           than->frequency * (marker->average + 3 * (uint64_t)length);
}

static inline void lede_marker_add(lede_marker *marker, uint32_t frequency,
                                   uint32_t length)
{
    if (lede_marker_is_better(marker, frequency, length,
                              &marker->bars[LEDE_MARKS - 1]))
        lede_marker_count(marker, frequency, length);
}

/* Of a list of at least as many documents as the marks are about, each added or
 * not wanted. */
void lede_marker_end(const lede_marker *marker, lede_mark marks[LEDE_MARKS]);

/* ---- As stored ---- */

void lede_marks_put(lede_buffer *out, const lede_mark marks[LEDE_MARKS]);
bool lede_marks_take(lede_bytes *in, lede_mark marks[LEDE_MARKS]);

#endif
