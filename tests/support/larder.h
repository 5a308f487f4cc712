/*
 * support/larder.h - an allocator that fails when told and counts what is
 * outstanding; quick, for millions of calls.
 *
 *     larder l;
 *     larder_init(&l);
 *     l.fail_at = l.calls + 3;           the third call from now fails
 *     ... &l.allocator
 *     ck_assert(l.blocks == 0 && l.bytes == 0);
 *
 * support/failing_alloc.h checks every block, and is slow.
 *
 * Threads   Its memory is shared, as any; the test sets and reads the rest while
 *           nobody allocates.
 */
#ifndef LEDE_TESTS_LARDER_H
#define LEDE_TESTS_LARDER_H

#include "lede/alloc.h"

typedef struct larder {
    lede_allocator allocator;
    uint64_t calls;
    uint64_t fail_at; /* the call that fails, from 1; 0: none */
    bool sticky;      /* and all after it */
    uint64_t failures;
    uint64_t blocks; /* outstanding */
    uint64_t bytes;
    uint8_t fill; /* what new blocks are full of, if not 0 */
} larder;

void larder_init(larder *l);

#endif
