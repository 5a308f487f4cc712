/*
 * support/files.h - the files of a directory, so that they can be damaged and
 * made whole again: on the disk, or in memory alone, which is quicker.
 *
 *     files_read(&files, path);
 *     files_write(&files, 2, other, len);      the third one gets other bytes
 *     files_restore(&files, 2);
 *     files_fini(&files);
 *
 * In order of names. Every function fails the test where the system does.
 */
#ifndef LEDE_TESTS_FILES_H
#define LEDE_TESTS_FILES_H

#include "io/dir.h"

#define FILES_MAX 32U

typedef struct one_file {
    char *path;
    const char *name; /* in path */
    const char *kind; /* what follows the dot, or the name; in path */
    uint8_t *bytes;
    size_t len;
    uint8_t *now; /* in memory; may be `bytes` itself */
    size_t now_len;
} one_file;

typedef struct files {
    one_file at[FILES_MAX];
    uint32_t count;
    bool in_memory; /* what follows leaves the disk alone */
} files;

/* All but the lock and empty ones. */
void files_read(files *out, const char *path);
void files_fini(files *of);

/* Makes a file hold other bytes. */
void files_write(files *of, uint32_t file, const uint8_t *bytes, size_t len);

/* Makes one byte another. */
void files_poke(files *of, uint32_t file, size_t at, uint8_t byte);

/* Makes a file as it was. */
void files_restore(files *of, uint32_t file);

/* A directory of the files in memory, each in a block of its size, that can
 * only be read. `ctx` is a files, for dir_planted. */
void files_open(lede_dir **out, void *ctx);

#endif
