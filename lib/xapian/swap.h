/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/swap.h - a database made small where it is.
 *
 *     copy = lede_xapian_shrink_path(path, arena);
 *     lede_xapian_shrink(path, copy, allocator, err);      holding its lock
 *     ... close the writer, open it again ...
 *     lede_xapian_shrink_clean(copy);
 *
 * libxapian compacts to another path only: the copy beside the database takes
 * its place in one step of the file system, so that at any moment one of them
 * is there, whole. Readers of the old one keep its files.
 */
#ifndef LEDE_XAPIAN_SWAP_H
#define LEDE_XAPIAN_SWAP_H

#include "base/arena.h"
#include "lede/status.h"

/* Where the copy is made; NULL: out of memory. */
char *lede_xapian_shrink_path(const char *path, lede_arena *arena);

/* UNSUPPORTED for databases that are no directory, and file systems that
 * cannot exchange two names. After UNKNOWN_COMMIT the writer holds the lock of
 * a database that may no longer be the one at `path`. */
lede_status lede_xapian_shrink(const char *path, const char *copy,
                               const lede_allocator *allocator,
                               lede_error *err);

/* Removes what was exchanged, or a copy that a crash left. */
void lede_xapian_shrink_clean(const char *copy);

#endif
