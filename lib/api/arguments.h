/*
 * api/arguments.h - checks of arguments that many public functions share.
 */
#ifndef LEDE_API_ARGUMENTS_H
#define LEDE_API_ARGUMENTS_H

#include "base/bytes.h"
#include "base/error.h"
#include "lede/writer.h"

static inline lede_status lede_fail_invalid(lede_error *err, const char *what,
                                            const char *why)
{
    (void)lede_fail(err, LEDE_ERR_INVALID, what, "%s", why);
    return LEDE_ERR_INVALID;
}

/* Says what is missing. */
static inline lede_status lede_fail_null(lede_error *err, const char *what)
{
    return lede_fail_invalid(err, what, "it must not be NULL");
}

/* A (text, len) pair as bytes; false for a NULL that is not empty. */
static inline bool lede_take_text(lede_bytes *out, const char *text, size_t len)
{
    if (!text && len != 0)
        return false;
    *out = len == LEDE_TERMINATED ? lede_bytes_of_text(text)
                                  : lede_bytes_of(text ? text : "", len);
    return true;
}

/* A key; LEDE_ERR_INVALID for one of a wrong length. */
static inline lede_status lede_take_key(lede_bytes *out, const char *key,
                                        size_t len, lede_error *err)
{
    if (!lede_take_text(out, key, len))
        return lede_fail_null(err, "key");
    if (out->len < 1 || out->len > LEDE_KEY_MAX)
        return lede_fail_invalid(err, "key", "keys have 1 to 2048 bytes");
    return LEDE_OK;
}

#endif
