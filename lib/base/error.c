#include "base/error.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lede_error_clear(lede_error *err)
{
    if (err)
        *err = (lede_error){ .position = LEDE_NO_POSITION };
}

/* Whether a terminal shows a character and only that: no control, no line end,
 * nothing that turns the direction of what follows. */
static bool is_shown(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c > 0x9F) && (c < 0x2028 || c > 0x202E) &&
           (c < 0x2066 || c > 0x2069) && c != LEDE_UTF8_BAD;
}

static void put_printable(char *out, size_t size, const char *text)
{
    size_t len = strlen(text), used = 0;

    for (size_t at = 0; at < len;) {
        uint32_t c;
        size_t n = lede_utf8_take(text + at, len - at, &c);
        bool shown = is_shown(c);
        size_t width = shown ? n : 1;

        if (used + width >= size)
            break;
        if (shown)
            memcpy(out + used, text + at, n);
        else
            out[used] = '?';
        used += width;
        at += n;
    }
    out[used] = '\0';
}

static lede_status fail(lede_error *err, lede_status status, const char *where,
                        uint64_t position, const char *message)
{
    lede_error told = { .status = status, .position = position };

    /* `where` may be that of the error itself. */
    put_printable(told.where, sizeof told.where, where ? where : "");
    put_printable(told.message, sizeof told.message, message);
    *err = told;
    return status;
}

lede_status lede_fail(lede_error *err, lede_status status, const char *where,
                      const char *format, ...)
{
    char message[512];
    va_list args;

    if (!err)
        return status;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return fail(err, status, where, LEDE_NO_POSITION, message);
}

lede_status lede_fail_at(lede_error *err, lede_status status, const char *where,
                         uint64_t position, const char *format, ...)
{
    char message[512];
    va_list args;

    if (!err)
        return status;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return fail(err, status, where, position, message);
}

lede_status lede_fail_system(lede_error *err, lede_status status,
                             const char *where, int system, const char *what)
{
    char reason[128];

    if (!err)
        return status;
    if (strerror_r(system, reason, sizeof reason) != 0)
        (void)snprintf(reason, sizeof reason, "system error %d", system);
    (void)lede_fail(err, status, where, "%s: %s", what, reason);
    err->system = system;
    return status;
}

lede_status lede_fail_plain(lede_error *err, lede_status status)
{
    static const char *const sentences[] = {
        [-LEDE_OK] = "",
        [-LEDE_ERR_INVALID] = "the call is not valid",
        [-LEDE_ERR_NOT_FOUND] = "not found",
        [-LEDE_ERR_BUSY] = "in use by another writer",
        [-LEDE_ERR_IO] = "input or output failed",
        [-LEDE_ERR_FULL] = "no space left",
        [-LEDE_ERR_CORRUPT] = "damaged",
        [-LEDE_ERR_VERSION] = "written by a newer lede",
        [-LEDE_ERR_NOMEM] = "out of memory",
        [-LEDE_ERR_UNSUPPORTED] = "this engine cannot do that",
        [-LEDE_ERR_LIMIT] = "beyond a limit",
        [-LEDE_ERR_TIMEOUT] = "out of time",
        [-LEDE_ERR_CANCELLED] = "cancelled",
        [-LEDE_ERR_UNKNOWN_COMMIT] = "it is unknown whether the commit holds",
    };

    /* Called for every posting: nothing is written where nothing changes. */
    if (!err || (err->status == status &&
                 (status == LEDE_OK || err->message[0] != '\0')))
        return status;
    if (status > LEDE_OK || status < LEDE_ERR_UNKNOWN_COMMIT)
        return fail(err, status, NULL, LEDE_NO_POSITION, "unknown failure");
    return fail(err, status, NULL, LEDE_NO_POSITION, sentences[-status]);
}
