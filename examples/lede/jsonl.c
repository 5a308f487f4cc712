#include "jsonl.h"

#include <string.h>

#include "utf8.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Reads to the next newline. A line that is too long is read and dropped. */
static bool read_line(struct jsonl *lines, bool *too_long)
{
    char piece[65536];
    struct buffer *line = &lines->line;
    bool any = false;

    *too_long = false;
    buffer_clear(line);
    for (;;) {
        size_t len = 0;
        int c = EOF;

        while (len < sizeof piece && (c = getc_unlocked(lines->in)) != EOF &&
               c != '\n')
            piece[len++] = (char)c;
        any = any || len > 0 || c == '\n';
        lines->bytes += len + (c == '\n');
        if (!*too_long && line->len + len <= JSONL_LINE_MAX)
            buffer_put(line, piece, len);
        else
            *too_long = true;
        if (c == '\n' || c == EOF)
            return any;
    }
}

json_t *jsonl_parse(const char *text, size_t len, struct buffer *clean,
                    size_t *replaced, char why[256])
{
    json_error_t error;
    json_t *value;

    buffer_clear(clean);
    if (!utf8_put(clean, text, len, replaced)) {
        snprintf(why, 256, "out of memory");
        return NULL;
    }
    value = json_loadb(buffer_text(clean), clean->len,
                       JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!value)
        snprintf(why, 256, "%s, at byte %d", error.text, error.position);
    return value;
}

static bool is_blank(const struct buffer *line)
{
    return strspn(buffer_text(line), " \t\r") == line->len;
}

bool jsonl_next(struct jsonl *lines)
{
    bool too_long;
    size_t skip;

    json_decref(lines->record);
    lines->record = NULL;
    do {
        if (!read_line(lines, &too_long))
            return false;
        lines->number++;
    } while (!too_long && is_blank(&lines->line));
    if (too_long || lines->line.failed) {
        snprintf(lines->why, sizeof lines->why, "%s",
                 too_long ? "the line is too long" : "out of memory");
        return true;
    }
    skip = lines->number == 1 && strncmp(lines->line.at, BYTE_ORDER_MARK,
                                         strlen(BYTE_ORDER_MARK)) == 0
               ? strlen(BYTE_ORDER_MARK)
               : 0;
    lines->record = jsonl_parse(lines->line.at + skip, lines->line.len - skip,
                                &lines->clean, &lines->replaced, lines->why);
    if (lines->record && !json_is_object(lines->record)) {
        json_decref(lines->record);
        lines->record = NULL;
        snprintf(lines->why, sizeof lines->why, "not a JSON object");
    }
    return true;
}

void jsonl_close(struct jsonl *lines)
{
    json_decref(lines->record);
    lines->record = NULL;
    buffer_free(&lines->line);
    buffer_free(&lines->clean);
}
