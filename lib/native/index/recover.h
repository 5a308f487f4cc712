/*
 * native/index/recover.h - makes a damaged index sound again, with all of it
 * that is whole.
 *
 *     lede_native_recover(dir, task, alloc, &err);
 *
 * What is kept: segments of which every byte and structure checks. What is
 * lost: the others, each told with what is wrong, and by key the articles that
 * no other segment has, where their keys can still be read, else how many.
 * Nothing deleted comes back:
 *
 * - A live file that is damaged leaves the articles in doubt of whom the damaged
 *   16 KiB speak. One is kept if a newer version of it shows that it is dead, or
 *   if the counts show that all in doubt are dead, or all alive; else it is
 *   dropped, and told: it may have been deleted. It can be put again.
 * - An article is dead if another segment, kept or lost, has a newer version.
 *
 * Without a manifest (damaged or gone) the same is done with the segments and
 * live files found, as rescue.h says. Then notes are lost; changes of a commit
 * that was not finished may be there, in part; what was deleted by a
 * live file that is gone is back, and so, which is told, by one so damaged that
 * nobody knows whose it is.
 *
 * Steps: all is read; new live files are written; a damaged manifest is copied;
 * the new commit is published by the order of manifest.h; only when it is
 * durable damaged files are renamed to NAME.damaged, which no one removes but
 * the user. So a crash leaves what was there or the new commit, and recovering
 * again ends as recovering once. A sound index is left as it is.
 *
 * Errors    BUSY: a writer is open. NOT_FOUND: no index. CORRUPT: nothing that
 *           could be kept, not even a schema. VERSION: of a newer format. IO,
 *           where a file could not be opened for a reason that is no damage. In
 *           all these nothing was changed; UNKNOWN_COMMIT as of any commit.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_RECOVER_H
#define LEDE_NATIVE_INDEX_RECOVER_H

#include "io/dir.h"
#include "lede/limits.h"

lede_status lede_native_recover(lede_dir *dir, const lede_task *task,
                                const lede_allocator *allocator,
                                lede_error *err);

#endif
