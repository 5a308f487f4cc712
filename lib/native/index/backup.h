/*
 * native/index/backup.h - a commit copied into another directory, as an index
 * of its own, while writers go on.
 *
 *     lede_native_backup(snapshot, to, task, &err);
 *
 * A snapshot keeps its files readable, and no name is used twice: so whatever a
 * former backup brought is there, and only what is new is copied. Each file is
 * verified while it is read, written under a temporary name, synced, renamed;
 * then the manifest is switched by the order of manifest.h; then files that it
 * does not name are removed. So the directory opens at the old backup or the
 * new one, whenever it all stops, and what was copied by then is not copied
 * again.
 *
 * A file BACKUP marks the directory, from before the first file comes. Without
 * it nothing is written into a directory that holds an index; a writer that
 * opens there takes it away, for then it is an index in its own right.
 *
 * Errors    INVALID: the directory holds an index that is no backup, or a newer
 *           one, or one with other fields. BUSY: another backup or a writer is
 *           at work there. CORRUPT: a file of the snapshot is damaged.
 *           CANCELLED, IO, FULL: the old backup stands; UNKNOWN_COMMIT: it or
 *           the new one.
 * Threads   Any number at once, into directories of their own.
 */
#ifndef LEDE_NATIVE_INDEX_BACKUP_H
#define LEDE_NATIVE_INDEX_BACKUP_H

#include "native/index/snapshot.h"

lede_status lede_native_backup(const lede_native_snapshot *snapshot,
                               lede_dir *to, const lede_task *task,
                               lede_error *err);

/* Says that a directory is no backup any more; nothing where it is none. */
lede_status lede_backup_end(lede_dir *dir, lede_error *err);

#endif
