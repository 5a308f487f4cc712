/*
 * support/corpus.h - articles to test with, where there are some.
 *
 *     count = corpus_read("reuters/corpus", 0, add_article, index);
 *     if (count == 0)
 *         return;                 not on this machine; it has been printed
 *
 * They are JSON lines in <LEDE_SHARED_DIR>/data/<name>.jsonl.xz, unpacked by
 * xzcat.
 */
#ifndef LEDE_TESTS_CORPUS_H
#define LEDE_TESTS_CORPUS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed for the callback. What the line lacks is "". */
typedef struct corpus_article {
    const char *id;
    const char *title;
    size_t title_len;
    const char *text;
    size_t text_len;
    const json_t *members; /* the whole line, for the rest */
} corpus_article;

/* The member `name` of an article if it is text, else "". */
const char *corpus_member(const corpus_article *article, const char *name);

/*
 * Calls `each` for the first `limit` articles (0: all) of "reuters/corpus",
 * "lang/udhr" and the like. Returns how many; 0, having printed that the data
 * is skipped, if it is not there. A line that is not JSON fails the test.
 */
size_t corpus_read(const char *name, size_t limit,
                   void (*each)(void *ctx, const corpus_article *article),
                   void *ctx);

#endif
