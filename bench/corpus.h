/*
 * corpus.h - articles of a file, read before the clock starts.
 *
 *     struct corpus corpus;
 *     corpus_read(&corpus, path, most);
 *     ... corpus.articles[0 .. corpus.count) ...
 *     corpus_free(&corpus);
 *
 * A file is JSON lines of which the strings "title", "text" or "body", and
 * "date" are read, or plain text: then it is one article. It may be compressed
 * by xz. Failures end the program.
 */
#ifndef LEDE_BENCH_CORPUS_H
#define LEDE_BENCH_CORPUS_H

#include "lede/document.h"

struct article {
    lede_document *document; /* title, body, date */
    uint64_t text_bytes;     /* of title and body */
};

struct corpus {
    const char *name; /* the file's, borrowed from the path */
    struct article *articles;
    size_t count;
    size_t capacity;
    uint64_t bytes; /* of text */
};

/* Reads no more than `most` bytes of text; 0: all. */
void corpus_read(struct corpus *corpus, const char *path, uint64_t most);
void corpus_free(struct corpus *corpus);

#endif
