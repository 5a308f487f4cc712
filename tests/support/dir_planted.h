/*
 * support/dir_planted.h - makes lede open a directory of the test's own, whatever
 * the path: so the whole engine runs on one that fails, records or is damaged.
 *
 *     static void open_mine(lede_dir **out, void *ctx);
 *     ...
 *     dir_planted(open_mine, ctx);
 *     lede_index_open(&index, path, ...);      opens what open_mine made
 *     dir_planted(NULL, NULL);                 the disk again
 *
 * Only in suites linked with it (by tests/CMakeLists.txt). The engine closes
 * what it was given. Engines choose paths by looking at the disk: what stands
 * at the path must be an index, at least its lock.
 */
#ifndef LEDE_TESTS_DIR_PLANTED_H
#define LEDE_TESTS_DIR_PLANTED_H

#include "io/dir.h"

void dir_planted(void (*open)(lede_dir **out, void *ctx), void *ctx);

#endif
