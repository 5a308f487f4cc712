/*
 * utf8.h - text from anywhere, made fit for a parser or a terminal.
 */
#ifndef TOOL_UTF8_H
#define TOOL_UTF8_H

#include <stdint.h>
#include <stdio.h>

#include "buffer.h"

/* The length of the character at `text`, or 0 when there is none: at len 0, and
 * where the bytes are not UTF-8. */
size_t utf8_take(const char *text, size_t len, uint32_t *c);

/* Appends the text with U+FFFD for each byte that is not UTF-8; *bad (may be
 * NULL) grows by their number. */
bool utf8_put(struct buffer *out, const char *text, size_t len, size_t *bad);

/* Appends a character; one that is none becomes U+FFFD. */
bool utf8_put_character(struct buffer *out, uint32_t c);

/* Prints text of an article or a key on one line of a terminal: control
 * characters become spaces, bytes that are not UTF-8 "\xNN". */
void utf8_print(FILE *out, const char *text, size_t len);

/* The same on as many lines as the text has. */
void utf8_print_lines(FILE *out, const char *text, size_t len);

#endif
