/*
 * native/match/row.h - how often words stand in a row, or near each other, in
 * one field of one document.
 *
 *     count = lede_row_begin(begins, word.positions, word.count, word.offset);
 *     count = lede_row_keep(&row, begins, count, other.positions, ...);
 *     frequency = lede_row_disjoint(begins, count, length);
 *
 *     if (!lede_row_in_order(&row, words, count, slop, &frequency))
 *         ... memory ran out
 *     if (!lede_row_near(&row, words, count, slop, &frequency))
 *         ... engine/span.h
 *
 * What engine/span.h defines, for the shapes that are frequent and can be
 * counted in one pass: words each of which covers the same number of positions
 * wherever it stands. It lists intervals; here the greatest number of disjoint
 * ones is counted as they end: of the intervals with one end the one that
 * begins last is as good as any other.
 *
 * Positions rise, and are below LEDE_ROW_END: so no sum overflows.
 *
 * Memory    Room for beginnings grows in an arena, and is used again.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_ROW_H
#define LEDE_NATIVE_MATCH_ROW_H

#include "base/arena.h"

#define LEDE_ROW_END (UINT32_MAX - 65536U)

/* The most words of a row. */
#define LEDE_ROW_WORDS 16U

#define LEDE_ROW_STAMPS 4096U

/* A word of the row, in the document. */
typedef struct lede_row_word {
    const uint32_t *positions;
    uint32_t count;
    uint32_t span; /* positions that it covers, 1 to 255 */
} lede_row_word;

typedef struct lede_row {
    lede_arena *arena;
    uint32_t *begins; /* by position of a word: where the best row begins that
                       * ends with it, + 1; 0: none does */
    size_t capacity;
    uint32_t *others; /* the same of the word before */
    size_t other_capacity;
    bool stamped;
    uint16_t stamps[LEDE_ROW_STAMPS]; /* by position, once stamped: its
                                       * place among those of a word, if it
                                       * is one of them */
} lede_row;

void lede_row_init(lede_row *row, lede_arena *arena);

/* ---- One directly behind the other -------------------------------------- */

/* Where rows begin in which the word stands `offset` positions behind; returns
 * how many. */
uint32_t lede_row_begin(uint32_t *begins, const uint32_t *positions,
                        uint32_t count, uint32_t offset);

/* Keeps of `begins` those of rows in which this word, too, stands where it
 * must; returns how many. */
uint32_t lede_row_keep(lede_row *row, uint32_t *begins, uint32_t count,
                       const uint32_t *positions, uint32_t position_count,
                       uint32_t offset);

/* How many of the rows, each `length` positions long, can be taken without two
 * that overlap. */
uint32_t lede_row_disjoint(const uint32_t *begins, uint32_t count,
                           uint32_t length);

/* ---- With others in between --------------------------------------------- */

/* The frequency of a PHRASE: words in order, at most LEDE_ROW_WORDS, with at
 * most `slop` other positions inside. False when memory ran out. */
bool lede_row_in_order(lede_row *row, const lede_row_word *words,
                       uint32_t count, uint32_t slop, uint32_t *frequency);

/* The frequency of a NEAR. False, where that cannot be told so: of three words
 * and more if two share a position, or any covers several. */
bool lede_row_near(const lede_row_word *words, uint32_t count, uint32_t slop,
                   uint32_t *frequency);

#endif
