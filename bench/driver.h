/*
 * driver.h - the one protocol by which lede and its peers are measured.
 *
 *     DRIVER index DIR DOCS.txt [key=value...]        one JSON object
 *     DRIVER query DIR KIND QUERIES.txt [passes=N]    one JSON object
 *     DRIVER count DIR KIND QUERIES.txt               a number for each query
 *     DRIVER top   DIR KIND QUERIES.txt               for each query the numbers
 *                                                     of its ten best documents
 *
 * DOCS.txt has a document on each line, numbered from 1, QUERIES.txt a query;
 * words are separated by one space. KIND is term, and, or, phrase.
 *
 * A query's time is the least processor time of its thread over the passes
 * (5), after one more that warms up; it includes making the query object and
 * reading ten hits. Stopped after 60 seconds, but for the first pass.
 *
 * A peer fills the struct and gives it to `driver_main`. Its functions print
 * what went wrong and return false.
 */
#ifndef LEDE_BENCH_DRIVER_H
#define LEDE_BENCH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRIVER_TOP   10
#define DRIVER_WORDS 64 /* most of a query */

typedef enum driver_kind {
    DRIVER_TERM,
    DRIVER_AND,
    DRIVER_OR,
    DRIVER_PHRASE
} driver_kind;

typedef struct driver_word {
    const char *at;
    size_t len;
} driver_word;

/* Words borrowed from the line that `text` is. */
typedef struct driver_query {
    driver_kind kind;
    driver_word words[DRIVER_WORDS];
    size_t count;
    driver_word text;
} driver_query;

typedef struct driver_options {
    const char *const *words; /* key=value */
    size_t count;
} driver_options;

/* The value of a key, else `otherwise`. */
const char *driver_option(const driver_options *options, const char *key,
                          const char *otherwise);
uint64_t driver_number(const driver_options *options, const char *key,
                       uint64_t otherwise);

/* Lines of a file, one after the other. */
typedef struct driver_lines driver_lines;

bool driver_next_line(driver_lines *lines, driver_word *line);

typedef struct driver_peer {
    const char *name;
    void *state; /* the peer's own, passed to each of its functions */

    /* Makes an index of all lines and commits it. */
    bool (*index)(void *state, const char *dir, driver_lines *docs,
                  const driver_options *options);
    bool (*open)(void *state, const char *dir);

    /* The best documents, numbered from 1; *count of them. */
    bool (*top)(void *state, const driver_query *query,
                uint64_t best[DRIVER_TOP], size_t *count);
    bool (*total)(void *state, const driver_query *query, uint64_t *total);
    void (*close)(void *state);
} driver_peer;

/* What main returns. */
int driver_main(const driver_peer *peer, int count, char **words);

#endif
