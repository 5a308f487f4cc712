/*
 * support/failing_alloc.h - an allocator that fails when told, and sees to it
 * that everything comes back with the size it was asked for.
 *
 *     static lede_status build(const lede_allocator *allocator, void *ctx);
 *     ...
 *     failing_alloc_sweep(build, ctx);
 *
 * or by hand:
 *
 *     failing_alloc failing;
 *     failing_alloc_init(&failing, 3, false);     the third call fails
 *     status = build(&failing.allocator, ctx);
 *     failing_alloc_check(&failing);              nothing is outstanding
 *
 * A size that is not the one asked for, a block released twice or left behind
 * fails the test. Blocks have their bytes overwritten when they come and go.
 *
 * Threads   Shared.
 */
#ifndef LEDE_TESTS_FAILING_ALLOC_H
#define LEDE_TESTS_FAILING_ALLOC_H

#include <stdatomic.h>

#include "lede/alloc.h"
#include "lede/status.h"

typedef struct failing_alloc {
    lede_allocator allocator;
    uint64_t fail_at;       /* the call that fails, from 1; 0: none */
    bool sticky;            /* and all after it */
    _Atomic uint64_t calls; /* allocations and resizes asked for */
    _Atomic uint64_t failures;
    _Atomic uint64_t blocks; /* outstanding */
    _Atomic uint64_t bytes;
} failing_alloc;

void failing_alloc_init(failing_alloc *failing, uint64_t fail_at, bool sticky);

/* Counts a call of a library that takes its memory from elsewhere; whether it
 * fails too. */
bool failing_alloc_strikes(failing_alloc *failing);

/* Fails the test if anything was not given back. */
void failing_alloc_check(const failing_alloc *failing);

/*
 * Calls `run` with the first call failing, then the second, and so on until
 * it gets through without a failure; then the same with all later calls
 * failing too. Each time it must return NOMEM if something failed, LEDE_OK if
 * not, and leave nothing behind. Returns how many calls the last run made.
 */
uint64_t failing_alloc_sweep(lede_status (*run)(const lede_allocator *allocator,
                                                void *ctx),
                             void *ctx);

#endif
