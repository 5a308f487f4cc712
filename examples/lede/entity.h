/*
 * entity.h - characters written as &name; or &#number;.
 */
#ifndef TOOL_ENTITY_H
#define TOOL_ENTITY_H

#include "buffer.h"

/* Appends what an entity stands for, '&' and ';' included in the text given; an
 * unknown one as it is. */
bool entity_put(struct buffer *out, const char *text, size_t len);

#endif
