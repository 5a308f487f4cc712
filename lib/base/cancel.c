/*
 * base/cancel.c - tokens by which calls are stopped, declared in lede/limits.h
 * and base/budget.h. By themselves, so that a test can stand in for the look at
 * one.
 */
#include "base/alloc.h"
#include "base/budget.h"

struct lede_cancel {
    const lede_allocator *allocator;
    atomic_bool set;
};

lede_status lede_cancel_new(lede_cancel **out, const lede_allocator *allocator)
{
    lede_cancel *made;

    if (!out)
        return LEDE_ERR_INVALID;
    made = lede_alloc(allocator, sizeof *made);
    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    atomic_init(&made->set, false);
    *out = made;
    return LEDE_OK;
}

void lede_cancel_free(lede_cancel *cancel)
{
    if (cancel)
        lede_release(cancel->allocator, cancel, sizeof *cancel);
}

void lede_cancel_set(lede_cancel *cancel)
{
    if (cancel)
        atomic_store(&cancel->set, true);
}

void lede_cancel_clear(lede_cancel *cancel)
{
    if (cancel)
        atomic_store(&cancel->set, false);
}

bool lede_cancel_is_set(const lede_cancel *cancel)
{
    return cancel && atomic_load(&cancel->set);
}
