/*
 * native/index/undo.h - takes back what one article wrote into a term table.
 *
 *     lede_undo_begin(&undo, &table);
 *     lede_undo_reserve(&undo, batch->count);
 *     for (each term)
 *         lede_undo_note(&undo, term, doc);      before it is written to
 *     lede_undo_run(&undo, &table);              if the article is not to be
 *
 * Where a stream ended is remembered before the article first writes to it, and
 * how much of the chunks was given out: 24 bytes for each different word of one
 * article, and nothing of what is written is read again.
 *
 * Errors    false when memory ran out.
 * Memory    Lives in the caller's storage.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_UNDO_H
#define LEDE_NATIVE_INDEX_UNDO_H

#include "native/index/term_table.h"

typedef struct lede_undo_step {
    lede_term *term;
    lede_stream before;
} lede_undo_step;

typedef struct lede_undo {
    lede_chunks_mark mark;
    lede_undo_step *steps;
    size_t capacity;
    size_t count; /* different terms of the article */
    const lede_allocator *allocator;
} lede_undo;

void lede_undo_init(lede_undo *undo, const lede_allocator *allocator);
void lede_undo_fini(lede_undo *undo);

/* Another article begins. */
void lede_undo_begin(lede_undo *undo, const lede_term_table *table);

/* Room for so many notes more. */
bool lede_undo_reserve(lede_undo *undo, size_t count);

/* Remembers the term, if the article `doc` has not written to it yet. There is
 * room for a note, which is written in any case: whether a word is new to its
 * article no processor foresees. */
static inline void lede_undo_note(lede_undo *undo, lede_term *term,
                                  uint32_t doc)
{
    undo->steps[undo->count] = (lede_undo_step){ term, term->stream };
    undo->count += term->stream.last != doc;
}

/* Takes back all that was written since it began. */
void lede_undo_run(const lede_undo *undo, lede_term_table *table);

/* Gives back what only an uncommonly long article needs. */
void lede_undo_trim(lede_undo *undo);

uint64_t lede_undo_bytes(const lede_undo *undo);

#endif
