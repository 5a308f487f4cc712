/*
 * support/native_index.h - the native writer alone, on a directory in memory
 * that fails when told and writes down what is done.
 *
 *     native_index n;
 *     native_index_open(&n, 1, LEDE_DURABLE);
 *     ck_assert_int_eq(native_put(&n, 0, "a", ++n.sequence, "two words"), 0);
 *     ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
 *     ck_assert_str_eq(native_keys(&n), "a1");
 *     native_index_close(&n);
 */
#ifndef LEDE_TESTS_NATIVE_INDEX_H
#define LEDE_TESTS_NATIVE_INDEX_H

#include "native/index/writer.h"
#include "support/dir_faulty.h"
#include "support/dir_recording.h"
#include "support/tokens.h"

typedef struct native_index {
    lede_dir *memory; /* what is there, without faults */
    lede_dir *faulty;
    lede_dir *dir; /* records, and fails */
    dir_faults faults;
    dir_log log;
    lede_schema *schema;
    lede_forms *forms;
    lede_shelf *shelf;
    lede_native_writer *writer;
    lede_engine_writer_settings settings;
    uint64_t sequence;
    uint64_t generation; /* of the last finish */
    uint32_t merge_failures;
    lede_error err;
    char *keys;
} native_index;

/* An empty index with its first commit, and a writer. */
void native_index_open(native_index *n, uint32_t lanes,
                       lede_durability durability);
void native_index_close(native_index *n);

lede_status native_open_writer(native_index *n);
void native_close_writer(native_index *n);

/* Words NULL: a delete. */
lede_status native_put(native_index *n, uint32_t lane, const char *key,
                       uint64_t sequence, const char *words);
lede_status native_finish(native_index *n, lede_finish_kind kind);

/* Keys and sequences of the live articles of the newest commit as a reader
 * without faults sees them, in order of keys: "a1 b7". Every segment is
 * checked, every record read. Borrowed until the next call. */
const char *native_keys(native_index *n);

/* What a crash left in a directory, as a reader finds it. */
typedef struct native_left {
    bool opens; /* the rest is of the commit then */
    bool whole; /* every byte of its segments */
    uint64_t generation;
    uint64_t live;
} native_left;

native_left native_look(lede_dir *dir);

/* Segments of the newest commit, and files in the directory. */
uint32_t native_segments(native_index *n);
uint32_t native_files(native_index *n);

#endif
