/*
 * native/segment/tape.h - numbers that are written one after another and then
 * read anywhere, as many as there are.
 *
 *     lede_tape_init(&tape, dir, name, alloc);
 *     for (each document)
 *         lede_tape_put(&tape, number, &err);
 *     lede_tape_end(&tape, &err);
 *     tape.at[doc]
 *     lede_tape_fini(&tape);
 *
 * Memory    64 KiB at most; beyond, they are in a file as those of
 *           native/segment/spool.h, mapped.
 * Threads   Confined; frozen once it is ended.
 */
#ifndef LEDE_NATIVE_SEGMENT_TAPE_H
#define LEDE_NATIVE_SEGMENT_TAPE_H

#include "native/segment/spool.h"

#define LEDE_TAPE_BYTES 65536U

typedef struct lede_tape {
    lede_spool spool;
    uint32_t count;
    const uint32_t *at; /* all, once it is ended */
} lede_tape;

/* As lede_spool_init. */
void lede_tape_init(lede_tape *tape, lede_dir *dir, const char *name,
                    const lede_allocator *allocator);
void lede_tape_fini(lede_tape *tape);

lede_status lede_tape_put(lede_tape *tape, uint32_t number, lede_error *err);
lede_status lede_tape_end(lede_tape *tape, lede_error *err);

uint64_t lede_tape_memory(const lede_tape *tape);

#endif
