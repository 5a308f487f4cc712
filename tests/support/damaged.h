/*
 * support/damaged.h - files of a directory changed behind its back, and what
 * check and recover tell of that.
 *
 *     file_names names;
 *     file_names_of(&names, dir, "segment");
 *     damage_flip(dir, names.at[0], 100, 1);
 *     told = (told_problems){ 0 };
 *     task = told_task(&told);
 *     lede_native_recover(dir, &task, NULL, &err);
 *     ck_assert_str_eq(told.keys, "a c");
 *     told_clear(&told);
 */
#ifndef LEDE_TESTS_DAMAGED_H
#define LEDE_TESTS_DAMAGED_H

#include "lede/limits.h"
#include "support/dir_copy.h"

#define FILE_NAMES_MAX 64

typedef struct file_names {
    char at[FILE_NAMES_MAX][LEDE_DIR_NAME_MAX + 1]; /* in order */
    uint64_t length[FILE_NAMES_MAX];
    uint32_t count;
} file_names;

/* The files whose names end so; "": all. */
void file_names_of(file_names *names, lede_dir *dir, const char *ending);

/* Changes bits of one byte; cuts a file; puts other bytes in its place. */
void damage_flip(lede_dir *dir, const char *name, uint64_t at, uint8_t bits);
void damage_cut(lede_dir *dir, const char *name, uint64_t length);
void damage_replace(lede_dir *dir, const char *name, lede_bytes bytes);

/* What was told: problems of files, each once, as "name: message\n", keys that
 * are lost, by blanks, and how many articles beside. */
typedef struct told_problems {
    char *files;
    char *keys;
    uint32_t problems;
    bool unknown;     /* articles are lost whose keys are not known */
    char section[32]; /* of the newest problem */
    uint64_t offset;
} told_problems;

lede_task told_task(told_problems *told);
void told_clear(told_problems *told);

#endif
