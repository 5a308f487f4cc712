/*
 * output.h - what the tool prints on standard output.
 */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "buffer.h"
#include "options.h"

/* Prints a JSON value on one line and takes ownership of it. False, told, when
 * it is NULL: out of memory. */
bool output_json(json_t *value);

/* Escapes for terminals, where options->color says so. */
#define COLOR_TITLE "\033[1m"
#define COLOR_PLACE "\033[2m"
#define COLOR_END   "\033[0m"

/* All words with spaces between; false, told, when out of memory. */
bool output_join(struct buffer *out, const struct options *options);

/* Flushes. False when not all could be written; told, unless the reader has
 * gone, as `head` does. */
bool output_finish(void);

#endif
