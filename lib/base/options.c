#include "base/options.h"

#include "base/error.h"

#include <string.h>

static bool all_zero(const unsigned char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i])
            return false;
    return true;
}

lede_status lede_options_read(void *out, size_t size, size_t first_size,
                              const void *given, lede_error *err)
{
    uint32_t own = (uint32_t)size;
    uint32_t theirs = own;

    memset(out, 0, size);
    memcpy(out, &own, sizeof own);
    if (!given)
        return LEDE_OK;
    memcpy(&theirs, given, sizeof theirs);
    if (theirs < first_size)
        return lede_fail(err, LEDE_ERR_INVALID, "size",
                         "an options struct of %u bytes is too small: begin "
                         "with its macro",
                         (unsigned)theirs);
    if (theirs > size &&
        !all_zero((const unsigned char *)given + size, theirs - size))
        return lede_fail(err, LEDE_ERR_UNSUPPORTED, "size",
                         "options of a newer lede are set that this one does "
                         "not know");
    memcpy(out, given, theirs < size ? theirs : size);
    memcpy(out, &own, sizeof own);
    return LEDE_OK;
}
