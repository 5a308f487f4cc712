#include "support/witness.h"

#include <check.h>
#include <stdatomic.h>

static _Atomic uint64_t failures;
static _Atomic(const char *) first;
static atomic_int first_line;

void witness_at(bool holds, const char *what, int line)
{
    if (holds)
        return;
    if (atomic_fetch_add(&failures, 1) == 0) {
        first_line = line;
        first = what;
    }
}

uint64_t witness_failures(void)
{
    return failures;
}

void witness_assert(void)
{
    ck_assert_msg(failures == 0, "%llu did not hold, the first in line %d: %s",
                  (unsigned long long)failures, first_line, first);
}
