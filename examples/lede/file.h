/*
 * file.h - a file that is one article, or a JSON array of them.
 *
 * .txt   the first line is the title
 * .md    the first heading is the title; words without their markup
 * .html  <title>, the text of <body>, language, author and date where told
 * .json  an object, or an array of objects
 */
#ifndef TOOL_FILE_H
#define TOOL_FILE_H

#include "article.h"

enum file_kind {
    FILE_OTHER,
    FILE_JSONL, /* .jsonl, .ndjson: see jsonl.h */
    FILE_JSON,
    FILE_TEXT,
    FILE_MARKDOWN,
    FILE_HTML
};

/* By the ending of its name, in any case. */
enum file_kind file_kind_of(const char *path);

/* A larger file is refused. */
#define FILE_BYTES_MAX ((size_t)64 << 20)

/* Reads all of a file. False, and why, when it cannot. */
bool file_read(struct buffer *out, const char *path, char why[256]);

/* Fills an empty article from the text of a file of these kinds. False, and
 * why, when it cannot. */
bool file_to_article(struct article *article, enum file_kind kind,
                     const struct buffer *text, char why[256]);

/* One for each kind. */
bool markdown_to_article(struct article *article, const char *text, size_t len);
bool html_to_article(struct article *article, const char *text, size_t len,
                     char why[256]);

#endif
