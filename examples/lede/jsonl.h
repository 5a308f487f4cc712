/*
 * jsonl.h - JSON objects, one a line.
 *
 *     struct jsonl lines = { .in = stdin };
 *     while (jsonl_next(&lines))
 *         if (lines.record)
 *             ... a JSON object, borrowed until the next step ...
 *         else
 *             fprintf(stderr, "line %llu: %s\n", lines.number, lines.why);
 *     jsonl_close(&lines);
 *
 * Empty lines are passed over. Bytes that are not UTF-8 become U+FFFD before
 * the parser sees them. A number must fit int64 or a double, a surrogate must
 * have its other half; of a repeated member the last one counts.
 */
#ifndef TOOL_JSONL_H
#define TOOL_JSONL_H

#include <jansson.h>
#include <stdio.h>

#include "buffer.h"

/* A longer line is refused, and not kept in memory. */
#define JSONL_LINE_MAX ((size_t)128 << 20)

struct jsonl {
    FILE *in;       /* borrowed */
    json_t *record; /* the object, or NULL when the line is bad ... */
    char why[256];  /* ... and why */
    unsigned long long number; /* of the line, from 1 */
    unsigned long long bytes;  /* read so far */
    size_t replaced;           /* bytes that were not UTF-8, so far */
    struct buffer line;
    struct buffer clean;
};

/* Steps to the next line that is not empty; false at the end, or when reading
 * failed: see ferror(in). */
bool jsonl_next(struct jsonl *lines);
void jsonl_close(struct jsonl *lines);

/* Parses one JSON text as a line is parsed. NULL, and why, when it is bad; the
 * caller frees it with json_decref. */
json_t *jsonl_parse(const char *text, size_t len, struct buffer *clean,
                    size_t *replaced, char why[256]);

#endif
