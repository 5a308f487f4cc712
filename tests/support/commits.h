/*
 * support/commits.h - a native index in memory with a segment for each commit,
 * and a snapshot of it for tests that look at segments.
 *
 *     writer = commits_begin(&made, schema);
 *     ... lede_writer_put, lede_writer_commit ...
 *     commits_end(&made, writer, segments);       then made.snapshot
 *     results = commits_ask(&made, &search);
 *     commits_close(&made);
 *
 * Threads   Confined: one at a time.
 */
#ifndef TESTS_SUPPORT_COMMITS_H
#define TESTS_SUPPORT_COMMITS_H

#include "base/arena.h"
#include "engine/engine.h"
#include "lede/lede.h"
#include "native/index/snapshot.h"

typedef struct commits {
    lede_dir *dir;
    lede_index *index;
    lede_shelf *shelf;
    lede_native_snapshot *snapshot;
    lede_arena *arena; /* for what the test asks */
    lede_error err;
} commits;

/* Takes the schema; the writer goes to commits_end. */
lede_writer *commits_begin(commits *made, lede_schema *schema);
void commits_end(commits *made, lede_writer *writer, uint32_t segments);
void commits_close(commits *made);

/* What is found, in the arena; a search that fails, fails the test. */
lede_engine_results commits_ask(commits *made,
                                const lede_engine_search *search);

#endif
