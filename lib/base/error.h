/*
 * base/error.h - fills in a lede_error.
 *
 *     return lede_fail(err, LEDE_ERR_INVALID, field,
 *                      "%s is not a date", text);
 *
 * Every function takes NULL for an error nobody wants. Text too long is cut
 * between characters, control characters and bytes that are not UTF-8 become
 * '?', so that a message can be printed anywhere.
 */
#ifndef LEDE_BASE_ERROR_H
#define LEDE_BASE_ERROR_H

#include "lede/status.h"

/* Says LEDE_OK and nothing else. */
void lede_error_clear(lede_error *err);

/* Writes the error and returns `status`. `where` may be NULL. */
lede_status lede_fail(lede_error *err, lede_status status, const char *where,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As lede_fail with the byte of the file or query where it went wrong. */
lede_status lede_fail_at(lede_error *err, lede_status status, const char *where,
                         uint64_t position, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* As lede_fail, with an errno and its text at the end of the message. */
lede_status lede_fail_system(lede_error *err, lede_status status,
                             const char *where, int system, const char *what);

/* For calls that fail in a way which needs no words of their own: writes the
 * status's usual sentence unless the error tells of it already. */
lede_status lede_fail_plain(lede_error *err, lede_status status);

#endif
