/*
 * native/index/obsolete.h - files that no commit names any more, until they may
 * be unlinked.
 *
 *     lede_obsolete_add(&files, name);
 *     lede_obsolete_settle(&files);      the directory was synced since
 *     lede_obsolete_unlink(&files, dir);
 *
 * A file goes only when the commit that does without it is durable: before, a
 * crash could bring the commit back that needs it. Without syncs none ever is;
 * then only files made since the last one that was.
 *
 * Errors    What cannot be remembered, or unlinked, stays as rubbish that the
 *           next writer to open the index removes.
 */
#ifndef LEDE_NATIVE_INDEX_OBSOLETE_H
#define LEDE_NATIVE_INDEX_OBSOLETE_H

#include "native/index/manifest.h"

typedef struct lede_obsolete {
    char (*names)[LEDE_DIR_NAME_MAX + 1];
    size_t count;
    size_t capacity;
    size_t settled; /* of them may go, the first ones */
    const lede_allocator *allocator;
} lede_obsolete;

void lede_obsolete_init(lede_obsolete *files, const lede_allocator *allocator);
void lede_obsolete_fini(lede_obsolete *files);

/* NOMEM: not remembered. */
lede_status lede_obsolete_add(lede_obsolete *files, const char *name);

/* Adds the files in the directory that are of an index and not of its commit:
 * what a crash left. */
lede_status lede_obsolete_find(lede_obsolete *files, lede_dir *dir,
                               const lede_manifest *now, lede_error *err);

/* Adds the files of a commit that the next one does not name. */
void lede_obsolete_replace(lede_obsolete *files, const lede_manifest *now,
                           const lede_manifest *next);

/* Forgets those that a commit names, which are not obsolete. */
void lede_obsolete_forget(lede_obsolete *files, const lede_manifest *now);

/* Adds all of `from`, which has none then. */
void lede_obsolete_move(lede_obsolete *files, lede_obsolete *from);

/* All so far may go. */
void lede_obsolete_settle(lede_obsolete *files);

/* So may those whose names were made for a generation above this one. */
void lede_obsolete_settle_above(lede_obsolete *files, uint64_t generation);

/* Unlinks those that may go, and forgets them. */
void lede_obsolete_unlink(lede_obsolete *files, lede_dir *dir);

#endif
