/*
 * support/shelf.h - an index with the least ceremony, for tests of what stands
 * on the public API. Every function fails the test, naming the error, where the
 * call does. It is in memory, or, with the name of an engine in
 * LEDE_TEST_ON_DISK (native, xapian), on disk.
 *
 *     shelf_open(NULL);
 *     shelf_put("k1", "title", "Two ferries", "tags", "sea", NULL);
 *     shelf_commit();
 *     ck_assert_str_eq(shelf_find("ferry"), "k1");
 *     shelf_close();
 */
#ifndef LEDE_TESTS_SHELF_H
#define LEDE_TESTS_SHELF_H

#include "lede/lede.h"

typedef struct shelf {
    lede_index *index;
    lede_writer *writer;
    lede_snapshot *snapshot; /* of the last commit; NULL before the first */
    lede_error err;
} shelf;

extern shelf the_shelf;

bool shelf_is_on_disk(void);

/* "memory", "native" or "xapian". */
const char *shelf_engine(void);

/* NULL: the article schema. */
void shelf_open(const lede_schema *schema);
void shelf_close(void);

/* Field names and texts by turns, NULL at the end. */
void shelf_put(const char *key, ...);
void shelf_put_document(const char *key, lede_document *doc);
void shelf_commit(void);

/* Keys of the hits in order, by spaces; until the next call. */
const char *shelf_find(const char *text);
const char *shelf_find_with(const char *text,
                            const lede_search_options *options);
const char *shelf_keys(const lede_results *results);

/* As lede_search_text. */
lede_results *shelf_search(const char *text,
                           const lede_search_options *options);

/* Fails the test unless `status` is `expected`. */
void shelf_expect(lede_status status, lede_status expected, const char *what);

#endif
