#include "support/exact.h"

#include <stdlib.h>

lede_bytes exact_bytes(const uint8_t *at, size_t len)
{
    /* malloc(0) may give no byte at all, which is as good. */
    uint8_t *copy = malloc(len);

    if (!copy && len)
        abort();
    if (len)
        memcpy(copy, at, len);
    return lede_bytes_of(copy, len);
}

void exact_free(lede_bytes bytes)
{
    free((void *)(uintptr_t)bytes.at);
}
