/*
 * base/budget.h - what one call may still use: time, memory, patience.
 *
 *     lede_budget_init(&budget, timeout_ms, cancel, memory_bytes);
 *     for (...)
 *         if (lede_budget_spend(&budget, 1) != LEDE_OK)
 *             return lede_budget_status(&budget);
 *
 * Time is counted in steps, one for about a nanosecond to a microsecond of
 * work; every LEDE_BUDGET_STRIDE steps it looks at the clock and the token.
 *
 * Threads   Shared: the threads of one search spend from the same budget.
 */
#ifndef LEDE_BASE_BUDGET_H
#define LEDE_BASE_BUDGET_H

#include "lede/limits.h"

#include <stdatomic.h>

#define LEDE_BUDGET_STRIDE 1024U

typedef struct lede_budget {
    _Atomic uint64_t steps;
    _Atomic uint64_t bytes_left;
    _Atomic int status;   /* a lede_status; the first failure stays */
    uint64_t deadline_ns; /* on the monotonic clock; UINT64_MAX: none */
    const lede_cancel *cancel;
} lede_budget;

/* timeout_ms 0: none. cancel NULL: cannot be stopped. memory_bytes 0: none
 * counted. */
void lede_budget_init(lede_budget *budget, uint64_t timeout_ms,
                      const lede_cancel *cancel, uint64_t memory_bytes);

/* Counts work done. LEDE_OK, or LEDE_ERR_TIMEOUT, _CANCELLED or _LIMIT once it
 * is spent, and the same from then on. A NULL budget is endless. */
lede_status lede_budget_spend(lede_budget *budget, uint64_t steps);

/* Counts memory about to be taken; statuses as above. */
lede_status lede_budget_take(lede_budget *budget, uint64_t bytes);

/* Looks at the clock and the token now. */
lede_status lede_budget_look(lede_budget *budget);

/* Whether the token was set; NULL never is. */
bool lede_cancel_is_set(const lede_cancel *cancel);

uint64_t lede_clock_ns(void); /* monotonic */

#endif
