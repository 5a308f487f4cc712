/*
 * support/passages.h - real text of several languages, in pieces.
 *
 *     passages *all = passages_open(40);
 *     all->at[i].text, all->at[i].len
 *     passages_close(all);
 *
 * From LEDE_SHARED_DIR/data where that is, besides a few that are always there:
 * so no suite is without text in scripts with and without spaces.
 *
 * Errors    Fails the test when memory ends; says test_skip where the shared
 *           text is missing.
 */
#ifndef LEDE_TESTS_PASSAGES_H
#define LEDE_TESTS_PASSAGES_H

#include <stddef.h>

typedef struct passage {
    const char *text; /* UTF-8, with a NUL after it */
    size_t len;
} passage;

typedef struct passages {
    passage *at;
    char **rooms; /* of their texts */
    size_t count;
    size_t capacity;
} passages;

/* At most `most` of each file of shared text, each of one paragraph. */
passages *passages_open(size_t most);
void passages_close(passages *all);

#endif
