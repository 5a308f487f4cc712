#include "message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "progress.h"
#include "utf8.h"

/* A query of 64 KiB is named by how it begins. */
#define WHERE_MAX 240

static void put_where(const char *where)
{
    size_t len = strlen(where), end = 0;
    uint32_t c;

    while (end < len) {
        size_t taken = utf8_take(where + end, len - end, &c);

        taken += taken == 0;
        if (end + taken > WHERE_MAX)
            break;
        end += taken;
    }
    utf8_print(stderr, where, end);
    if (end < len)
        fputs("\u2026", stderr);
}

static void put_place(const char *what, const char *where)
{
    progress_clear();
    fprintf(stderr, "lede: %s", what);
    if (where && *where) {
        fputs(" (", stderr);
        put_where(where);
        fputc(')', stderr);
    }
    fputs(": ", stderr);
}

enum outcome message(const char *what, const char *where, const char *why, ...)
{
    char line[1024];
    va_list args;

    va_start(args, why);
    vsnprintf(line, sizeof line, why, args);
    va_end(args);
    put_place(what, where);
    utf8_print(stderr, line, strlen(line));
    fputc('\n', stderr);
    return FAILED;
}

enum outcome message_error(const char *what, const char *where,
                           const lede_error *err)
{
    const char *why =
        err->message[0] ? err->message : lede_status_name(err->status);

    put_place(what, err->where[0] ? err->where : where);
    utf8_print(stderr, why, strlen(why));
    if (err->position != LEDE_NO_POSITION)
        fprintf(stderr, " at byte %" PRIu64, err->position);
    fputc('\n', stderr);
    return FAILED;
}
