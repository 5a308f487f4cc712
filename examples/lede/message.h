/*
 * message.h - what the tool says on standard error: "lede: what (where): why".
 */
#ifndef TOOL_MESSAGE_H
#define TOOL_MESSAGE_H

#include <lede/lede.h>

/* How the program ends. */
enum outcome {
    FOUND = 0,   /* something was found, or done */
    NOTHING = 1, /* nothing was found */
    FAILED = 2   /* told on standard error */
};

/* `where` may be NULL or "". Returns FAILED. */
enum outcome message(const char *what, const char *where, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/* What a call of the library said; `where` is used where it named none. */
enum outcome message_error(const char *what, const char *where,
                           const lede_error *err);

#endif
