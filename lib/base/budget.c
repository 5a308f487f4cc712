#include "base/budget.h"

#include <time.h>

#define NS_IN_MS 1000000U

uint64_t lede_clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint64_t deadline(uint64_t timeout_ms)
{
    uint64_t now;

    if (timeout_ms == 0)
        return UINT64_MAX;
    now = lede_clock_ns();
    if (timeout_ms > (UINT64_MAX - now) / NS_IN_MS)
        return UINT64_MAX;
    return now + timeout_ms * NS_IN_MS;
}

void lede_budget_init(lede_budget *budget, uint64_t timeout_ms,
                      const lede_cancel *cancel, uint64_t memory_bytes)
{
    atomic_init(&budget->steps, 0);
    atomic_init(&budget->bytes_left, memory_bytes ? memory_bytes : UINT64_MAX);
    atomic_init(&budget->status, LEDE_OK);
    budget->deadline_ns = deadline(timeout_ms);
    budget->cancel = cancel;
}

static lede_status end(lede_budget *budget, lede_status status)
{
    int before = LEDE_OK;

    (void)atomic_compare_exchange_strong(&budget->status, &before, (int)status);
    return (lede_status)atomic_load(&budget->status);
}

lede_status lede_budget_look(lede_budget *budget)
{
    lede_status status;

    if (!budget)
        return LEDE_OK;
    status = (lede_status)atomic_load(&budget->status);
    if (status != LEDE_OK)
        return status;
    if (lede_cancel_is_set(budget->cancel))
        return end(budget, LEDE_ERR_CANCELLED);
    if (budget->deadline_ns != UINT64_MAX &&
        lede_clock_ns() >= budget->deadline_ns)
        return end(budget, LEDE_ERR_TIMEOUT);
    return LEDE_OK;
}

lede_status lede_budget_spend(lede_budget *budget, uint64_t steps)
{
    uint64_t before;

    if (!budget)
        return LEDE_OK;
    before =
        atomic_fetch_add_explicit(&budget->steps, steps, memory_order_relaxed);
    if (before == 0 ||
        before / LEDE_BUDGET_STRIDE != (before + steps) / LEDE_BUDGET_STRIDE)
        return lede_budget_look(budget);
    return (lede_status)atomic_load_explicit(&budget->status,
                                             memory_order_relaxed);
}

lede_status lede_budget_take(lede_budget *budget, uint64_t bytes)
{
    uint64_t left;

    if (!budget)
        return LEDE_OK;
    left = atomic_load(&budget->bytes_left);
    do {
        if (bytes > left)
            return end(budget, LEDE_ERR_LIMIT);
    } while (!atomic_compare_exchange_weak(&budget->bytes_left, &left,
                                           left - bytes));
    return (lede_status)atomic_load(&budget->status);
}
