/*
 * support/dir_copy.h - what is in a directory, and another with the same.
 *
 *     copy = dir_copy(dir);                  in memory; close it
 *     names = dir_names(dir);                in order; free it
 *     for (uint32_t i = 0; i < names->count; i++)
 *         puts(names->at[i]);
 *
 * All fail the test where the directory does.
 */
#ifndef LEDE_TESTS_DIR_COPY_H
#define LEDE_TESTS_DIR_COPY_H

#include "io/dir.h"

#define DIR_NAMES_MAX 256U

typedef struct dir_name_list {
    char at[DIR_NAMES_MAX][LEDE_DIR_NAME_MAX + 1];
    uint32_t count;
} dir_name_list;

dir_name_list *dir_names(lede_dir *dir);
lede_dir *dir_copy(lede_dir *dir);

#endif
