/*
 * native/index/vocabulary.h - the dictionaries of a snapshot's segments as one.
 *
 *     lede_vocabulary_lookup(stats, snapshot, &question, budget, err);
 *     lede_vocabulary_walk(&walk, snapshot, &scope, budget, arena, err);
 *     lede_vocabulary_forms(&words, snapshot, kind, key, err);
 *
 * As the functions of engine/engine.h; deleted articles count until they are
 * merged away.
 *
 * Memory    What is given out lives in the arena, and a walk borrows the
 *           snapshot.
 * Threads   Functions of their arguments; a walk is confined.
 */
#ifndef LEDE_NATIVE_INDEX_VOCABULARY_H
#define LEDE_NATIVE_INDEX_VOCABULARY_H

#include "native/index/snapshot.h"

/* How segments number the space of a field. */
static inline uint32_t lede_space_number(uint32_t field, lede_space space)
{
    return 2 * field + (uint32_t)space;
}

/* How many terms a space of a segment has. */
uint64_t lede_vocabulary_terms(const lede_segment *segment, uint32_t space);

typedef struct lede_vocabulary_question {
    const lede_plan_term *terms;
    uint32_t count;
    lede_arena *arena; /* of places; NULL: none are given */
} lede_vocabulary_question;

lede_status lede_vocabulary_lookup(lede_term_stats *stats,
                                   const lede_native_snapshot *snapshot,
                                   const lede_vocabulary_question *question,
                                   lede_budget *budget, lede_error *err);

/* The entry that a term has in a part, by the place that lookup gave; or
 * NOT_FOUND. */
lede_status lede_vocabulary_find(lede_terms_entry *entry, const void *place,
                                 uint32_t part);

/* Which terms: of one space, those that the automaton accepts. */
typedef struct lede_vocabulary_scope {
    uint32_t field;
    lede_space space;
    lede_dfa *dfa; /* NULL: all */
} lede_vocabulary_scope;

lede_status lede_vocabulary_walk(lede_term_walk **out,
                                 const lede_native_snapshot *snapshot,
                                 const lede_vocabulary_scope *scope,
                                 lede_budget *budget, lede_arena *arena,
                                 lede_error *err);

/* Lists words in byte order, each once. `words` says where to, and is empty. */
lede_status lede_vocabulary_forms(lede_segment_words *words,
                                  const lede_native_snapshot *snapshot,
                                  uint32_t kind, lede_bytes key,
                                  lede_error *err);

/* Where a term is, or would be, in every part: merged cursors over one space
 * of all parts, to be moved term by term. Entries are filled in by who asks
 * for them (lede_terms_cursor_read). */
typedef struct lede_vocabulary_source {
    lede_terms_cursor *cursor;
    const lede_postings_source *lists;
    bool more;    /* it stands on a term */
    bool at_term; /* that is the term at hand */
} lede_vocabulary_source;

typedef struct lede_vocabulary_merge {
    lede_vocabulary_source *sources; /* by part */
    uint32_t count;
    uint32_t space;
    lede_bytes term; /* at hand; borrowed until next */
    lede_allocator allocator;
} lede_vocabulary_merge;

/* Stands before the first term not below `from`. NOMEM, CORRUPT. Needs no
 * closing: all of it lives in the arena. */
lede_status lede_vocabulary_merge_init(lede_vocabulary_merge *merge,
                                       const lede_native_snapshot *snapshot,
                                       uint32_t space, lede_bytes from,
                                       lede_arena *arena);

/* Takes the next term in hand. *more is false past the last. */
lede_status lede_vocabulary_merge_next(lede_vocabulary_merge *merge,
                                       bool *more);

/* Passes all terms below `to`. */
lede_status lede_vocabulary_merge_pass(lede_vocabulary_merge *merge,
                                       lede_bytes to);

#endif
