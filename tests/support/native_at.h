/*
 * support/native_at.h - the native engine behind the public API, in any
 * directory: one in memory, that fails, that writes down what is done.
 *
 *     native_at(dir, &log);
 *     lede_index_create(&index, NATIVE_AT, schema, native_at_options(), &err);
 *     ...
 *     lede_index_close(index);               dir stays open
 *
 * Indexes opened later go to the directory given last; those that are open stay
 * where they are.
 *
 * Threads   native_at is confined; what is opened is as ever.
 */
#ifndef LEDE_TESTS_NATIVE_AT_H
#define LEDE_TESTS_NATIVE_AT_H

#include "lede/index.h"
#include "support/dir_recording.h"
#include "support/picture.h"

#define NATIVE_AT "at:"

/* Both borrowed by what is opened then; log may be NULL. */
void native_at(lede_dir *dir, dir_log *log);

/* Whether writers opened later make a segment of every article, and whether
 * they have a thread for merges. */
void native_at_writers(bool flush, bool merge);

/* With the engine; the rest are defaults. */
lede_index_options native_at_options(void);

/* What a reader finds wrong who checks every byte of the newest commit: LEDE_OK
 * where nothing is. */
lede_status native_at_check(lede_dir *dir, lede_error *err);

/* The same, and what is there: keys, numbers and order of articles, how many
 * fields the schema has, and which generation it is; quicker than by the API. */
lede_status native_at_picture(picture *out, uint64_t *generation, lede_dir *dir,
                              lede_error *err);

#endif
