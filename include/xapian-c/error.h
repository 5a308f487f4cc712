/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian-c/error.h - what went wrong in a call into libxapian.
 *
 *     xapian_error err;
 *     db = xapian_database_open("news.db", XAPIAN_OPEN, &err);
 *     if (!db)
 *         fprintf(stderr, "%s: %s\n", err.type, err.message);
 *
 * Errors    A call that can fail returns false or NULL, leaves its outputs as
 *           they were and fills the error in. No exception leaves a call. The
 *           error may be NULL; a call that succeeds does not touch it.
 * Memory    Yours, of fixed size. Text that a call returns is owned by the
 *           caller and goes back through xapian_string_free.
 */
#ifndef XAPIAN_C_ERROR_H
#define XAPIAN_C_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bindings that parse these headers define it as nothing. */
#ifndef XAPIAN_C_API
#ifdef __cplusplus
#define XAPIAN_C_API extern "C" __attribute__((visibility("default")))
#else
#define XAPIAN_C_API __attribute__((visibility("default")))
#endif
#endif

/* One for each thing a caller can do; `type` has the name of the class. */
typedef enum xapian_error_kind {
    XAPIAN_ERROR_NONE = 0,
    XAPIAN_ERROR_ARGUMENT,      /* InvalidArgument, InvalidOperation, Range */
    XAPIAN_ERROR_NOT_FOUND,     /* DocNotFound, DatabaseNotFound */
    XAPIAN_ERROR_LOCKED,        /* DatabaseLock, for another writer has it */
    XAPIAN_ERROR_MODIFIED,      /* DatabaseModified: reopen, and try again */
    XAPIAN_ERROR_CORRUPT,       /* DatabaseCorrupt, Serialisation */
    XAPIAN_ERROR_VERSION,       /* DatabaseVersion */
    XAPIAN_ERROR_DATABASE,      /* Database, and below: Create, Closed, Opening,
                                 * a lock that cannot be made */
    XAPIAN_ERROR_NO_SPACE,      /* any of them, for the disk or quota is full */
    XAPIAN_ERROR_NETWORK,       /* Network and below, but for time */
    XAPIAN_ERROR_TIMEOUT,       /* NetworkTimeout */
    XAPIAN_ERROR_UNIMPLEMENTED, /* Unimplemented, FeatureUnavailable */
    XAPIAN_ERROR_NO_MEMORY,
    XAPIAN_ERROR_STOPPED, /* a decider asked for it */
    XAPIAN_ERROR_OTHER
} xapian_error_kind;

typedef struct xapian_error {
    xapian_error_kind kind;
    char type[40];     /* "DatabaseLockError" */
    char message[256]; /* with what libxapian says of the system's error */
} xapian_error;

/* Bytes that may hold NULs; another NUL stands behind them. */
typedef struct xapian_string {
    char *at;
    size_t len;
} xapian_string;

/* Gives the bytes back and empties the string; fine on an empty one. */
XAPIAN_C_API void xapian_string_free(xapian_string *string);

#endif
