#include "native/index/undo.h"

#include "base/alloc.h"

/* More terms of one article than these are not provided for in the next. */
#define KEPT_STEPS 32768U

void lede_undo_init(lede_undo *undo, const lede_allocator *allocator)
{
    *undo = (lede_undo){ .allocator = allocator };
}

void lede_undo_fini(lede_undo *undo)
{
    lede_release(undo->allocator, undo->steps, lede_undo_bytes(undo));
    lede_undo_init(undo, undo->allocator);
}

uint64_t lede_undo_bytes(const lede_undo *undo)
{
    return undo->capacity * sizeof *undo->steps;
}

void lede_undo_begin(lede_undo *undo, const lede_term_table *table)
{
    undo->mark = lede_chunks_now(&table->chunks);
    undo->count = 0;
}

bool lede_undo_reserve(lede_undo *undo, size_t count)
{
    return lede_grow(undo->allocator, &undo->steps, &undo->capacity,
                     undo->count + count, sizeof *undo->steps);
}

void lede_undo_run(const lede_undo *undo, lede_term_table *table)
{
    for (size_t i = 0; i < undo->count; i++) {
        const lede_undo_step *step = &undo->steps[i];

        if (step->before.last == LEDE_TERM_NO_DOC)
            lede_term_table_remove(table, step->term);
        else
            step->term->stream = step->before;
    }
    lede_chunks_undo(&table->chunks, undo->mark);
}

void lede_undo_trim(lede_undo *undo)
{
    if (undo->capacity > KEPT_STEPS)
        lede_undo_fini(undo);
}
