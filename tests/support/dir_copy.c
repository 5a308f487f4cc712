#include "support/dir_copy.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void list_name(void *ctx, const char *name, uint64_t length)
{
    dir_name_list *list = ctx;

    (void)length;
    if (list->count == DIR_NAMES_MAX)
        ck_abort_msg("too many files");
    strcpy(list->at[list->count++], name);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

dir_name_list *dir_names(lede_dir *dir)
{
    dir_name_list *list = calloc(1, sizeof *list);

    if (!list || lede_dir_list(dir, list_name, list, NULL) != LEDE_OK)
        ck_abort_msg("a directory cannot be listed");
    qsort(list->at, list->count, sizeof list->at[0], by_text);
    return list;
}

static void copy_file(lede_dir *to, lede_dir *from, const char *name)
{
    lede_file *file = NULL;
    lede_out *out = NULL;

    if (lede_dir_map(from, &file, name, NULL) != LEDE_OK ||
        lede_dir_create(to, &out, name, NULL) != LEDE_OK ||
        (file->bytes.len &&
         lede_out_write(out, file->bytes.at, file->bytes.len, NULL) != LEDE_OK))
        ck_abort_msg("a file cannot be copied");
    (void)lede_out_close(out, NULL);
    lede_file_close(file);
}

lede_dir *dir_copy(lede_dir *dir)
{
    dir_name_list *list = dir_names(dir);
    lede_dir *copy = NULL;

    if (lede_dir_open_memory(&copy, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    for (uint32_t i = 0; i < list->count; i++)
        copy_file(copy, dir, list->at[i]);
    free(list);
    return copy;
}
