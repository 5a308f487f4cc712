/*
 * support/dir_recording.h - a directory that writes down what is done to it.
 *
 *     dir_log log = { 0 };
 *     dir_recording_open(&dir, inner, &log);
 *     ...
 *     dir_log_note(&log, generation);        a mark of the test's own
 *     text = dir_log_order(&log);            free it
 *     dir_log_fini(&log);
 *
 * Operations that only read are not written down; of those that fail, syncs
 * are, because nobody knows what they did.
 *
 * Threads   A directory is shared, as any; a log is read when they rest.
 */
#ifndef LEDE_TESTS_DIR_RECORDING_H
#define LEDE_TESTS_DIR_RECORDING_H

#include "io/dir.h"

typedef enum dir_record_kind {
    DIR_RECORD_CREATE,
    DIR_RECORD_WRITE,
    DIR_RECORD_SYNC,
    DIR_RECORD_CLOSE,
    DIR_RECORD_RENAME,
    DIR_RECORD_UNLINK,
    DIR_RECORD_DIR_SYNC,
    DIR_RECORD_SYNC_FILE, /* by name, closed before */
    DIR_RECORD_NOTE
} dir_record_kind;

typedef struct dir_record {
    dir_record_kind kind;
    bool failed;
    uint32_t file; /* by order of creation; not of SYNC_FILE */
    char name[LEDE_DIR_NAME_MAX + 1];
    char to[LEDE_DIR_NAME_MAX + 1];
    uint8_t *bytes; /* written */
    size_t len;
    uint64_t note;
} dir_record;

typedef struct dir_log {
    dir_record *records;
    size_t count;
    size_t capacity;
    uint32_t files;
} dir_log;

/* Fails the test when memory ends; inner and log are borrowed. */
void dir_recording_open(lede_dir **out, lede_dir *inner, dir_log *log);
void dir_log_note(dir_log *log, uint64_t note);
void dir_log_fini(dir_log *log);

/* Begins a log with what is in a directory, as if it had been written, synced
 * and be there for good. */
void dir_log_begin(dir_log *log, lede_dir *dir);

/* The operations by commas, as "create tmp, write, sync, close, sync dir,
 * rename MANIFEST, sync dir, unlink live": files by what follows the dot of
 * their name, writes one after another as one. Owned by the caller. */
char *dir_log_order(const dir_log *log);

#endif
