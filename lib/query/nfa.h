/*
 * query/nfa.h - an automaton as it is drawn: states, bytes, free moves.
 *
 *     lede_nfa_init(&nfa, alloc);
 *     end = lede_nfa_word_end(&nfa, 0);
 *     start = lede_nfa_bytes(&nfa, word, end);
 *     status = lede_nfa_determine(&dfa, &nfa, start, max_states);
 *
 * Drawn from the end to the beginning: a piece is told where it leads and
 * returns where it begins. query/dfa makes it deterministic as it is walked.
 *
 * Errors    When memory or LEDE_NFA_MAX states are spent calls return 0, which
 *           is a state that leads nowhere, and `status` says so; look once.
 */
#ifndef LEDE_QUERY_NFA_H
#define LEDE_QUERY_NFA_H

#include "base/arena.h"
#include "query/dfa.h"

#define LEDE_NFA_MAX 65536U

typedef struct lede_char_range {
    uint32_t first;
    uint32_t last;
} lede_char_range;

typedef struct lede_nfa_edge {
    uint32_t next; /* edge of the same state, 0: none */
    uint32_t to;
    uint8_t first, last; /* bytes */
    bool free;           /* needs no byte */
} lede_nfa_edge;

typedef struct lede_nfa_state {
    uint32_t edge;   /* the first, 0: none */
    uint32_t accept; /* the distance, or LEDE_DFA_REJECT */
} lede_nfa_state;

typedef struct lede_nfa {
    lede_arena *arena;
    lede_nfa_state *states; /* 0 is the one that leads nowhere */
    size_t count;
    size_t capacity;
    lede_nfa_edge *edges; /* 0 is none */
    size_t edge_count;
    size_t edge_capacity;
    /* A fuzzy word's: state 1 + i * levels + e has read i characters with e
     * edits. 0: another automaton. */
    uint32_t levels;
    uint32_t grid; /* how many such states */
    lede_status status;
} lede_nfa;

/* Begins a drawing in an arena of its own. */
void lede_nfa_init(lede_nfa *nfa, const lede_allocator *allocator);

/* Makes the automaton that begins at `start`, and takes ownership of the
 * drawing, whether it fails or not. Returns nfa->status if that is a failure. */
lede_status lede_nfa_determine(lede_dfa **out, lede_nfa *nfa, uint32_t start,
                               uint32_t max_states);

uint32_t lede_nfa_state_new(lede_nfa *nfa);

/* The end: accepts with a distance, and once more after a joined mark. */
uint32_t lede_nfa_word_end(lede_nfa *nfa, uint32_t distance);

/* An end that nothing follows; accepts with 0. */
uint32_t lede_nfa_plain_end(lede_nfa *nfa);

/* An end from which any bytes lead back to it. */
uint32_t lede_nfa_open_end(lede_nfa *nfa);

void lede_nfa_move(lede_nfa *nfa, uint32_t from, uint8_t first, uint8_t last,
                   uint32_t to);
void lede_nfa_free_move(lede_nfa *nfa, uint32_t from, uint32_t to);

/* Adds all moves of `other` to `from`. */
void lede_nfa_moves_of(lede_nfa *nfa, uint32_t from, uint32_t other);

/* States that read these bytes, then lead to `to`. */
uint32_t lede_nfa_bytes(lede_nfa *nfa, lede_bytes bytes, uint32_t to);

/* Reads one character of sorted, disjoint ranges. Surrogates are none. */
uint32_t lede_nfa_ranges(lede_nfa *nfa, const lede_char_range *ranges,
                         size_t count, uint32_t to);

/* Reads any one character. */
uint32_t lede_nfa_any(lede_nfa *nfa, uint32_t to);

/* Sorts ranges and joins those that meet; `complement` leaves all other
 * characters. False when memory ran out. */
bool lede_char_ranges_tidy(lede_char_range **ranges, size_t *count,
                           bool complement, lede_arena *arena);

#endif
