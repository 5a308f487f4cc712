/*
 * api/arguments.h - checks of arguments that many public functions share.
 */
#ifndef LEDE_API_ARGUMENTS_H
#define LEDE_API_ARGUMENTS_H

#include "base/bytes.h"
#include "base/error.h"
#include "lede/writer.h"

/* LEDE_ERR_INVALID, saying what is missing. */
static inline lede_status lede_fail_null(lede_error *err, const char *what)
{
    return lede_fail(err, LEDE_ERR_INVALID, what, "it must not be NULL");
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
        return lede_fail(err, LEDE_ERR_INVALID, "key",
                         "a key of %zu bytes; keys have 1 to %d", out->len,
                         LEDE_KEY_MAX);
    return LEDE_OK;
}

#endif
