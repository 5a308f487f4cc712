/*
 * article/excerpt.h - a piece of text for a page, a terminal or a log.
 *
 * Spaces and line ends become one space, those at the ends none; control
 * characters and what turns the direction of text are left out; bytes that are
 * not UTF-8 become U+FFFD. Marks that overlap or touch are shown as one.
 */
#ifndef LEDE_ARTICLE_EXCERPT_H
#define LEDE_ARTICLE_EXCERPT_H

#include "article/mark.h"
#include "base/buffer.h"
#include "lede/search.h"

/* Appends [begin, end) of a text; `marks` are those of its value. The buffer
 * keeps a failure. */
void lede_excerpt_put(lede_buffer *out, lede_bytes text, size_t begin,
                      size_t end, lede_marks marks, lede_snippet style);

#endif
