/*
 * buffer.h - bytes that grow.
 *
 *     struct buffer text = { 0 };
 *     if (!buffer_put(&text, "abc", 3))
 *         ... out of memory ...
 *     buffer_free(&text);
 *
 * There is always a NUL after the bytes, which the length does not count.
 * A failed put stays: every later one fails too, so a row of them needs only
 * one look at `failed`.
 */
#ifndef TOOL_BUFFER_H
#define TOOL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *at; /* NULL until the first put */
    size_t len;
    size_t capacity;
    bool failed; /* out of memory */
};

bool buffer_put(struct buffer *buffer, const char *bytes, size_t len);
bool buffer_put_text(struct buffer *buffer, const char *text);

/* Makes room for `more` bytes, so that they can be written at at + len. */
bool buffer_reserve(struct buffer *buffer, size_t more);

/* Empties it and keeps its memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

/* The text, "" before the first put. */
const char *buffer_text(const struct buffer *buffer);

#endif
