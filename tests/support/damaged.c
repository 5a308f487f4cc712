#include "support/damaged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

typedef struct listing {
    file_names *names;
    const char *ending;
} listing;

static void see_file(void *ctx, const char *name, uint64_t length)
{
    listing *l = ctx;
    size_t len = strlen(name), end = strlen(l->ending);
    uint32_t at = l->names->count;

    if (len < end || strcmp(name + len - end, l->ending) != 0)
        return;
    ck_assert_uint_lt(at, FILE_NAMES_MAX);
    while (at > 0 && strcmp(l->names->at[at - 1], name) > 0) {
        memcpy(l->names->at[at], l->names->at[at - 1], sizeof l->names->at[at]);
        l->names->length[at] = l->names->length[at - 1];
        at--;
    }
    (void)snprintf(l->names->at[at], sizeof l->names->at[at], "%s", name);
    l->names->length[at] = length;
    l->names->count++;
}

void file_names_of(file_names *names, lede_dir *dir, const char *ending)
{
    listing l = { names, ending };

    names->count = 0;
    ck_assert_int_eq(lede_dir_list(dir, see_file, &l, NULL), LEDE_OK);
}

static uint8_t *read_file(lede_dir *dir, const char *name, size_t *len)
{
    lede_file *file = NULL;
    uint8_t *copy;

    ck_assert_int_eq(lede_dir_map(dir, &file, name, NULL), LEDE_OK);
    *len = file->bytes.len;
    copy = malloc(*len + 1);
    ck_assert_ptr_nonnull(copy);
    if (*len)
        memcpy(copy, file->bytes.at, *len);
    lede_file_close(file);
    return copy;
}

static void write_file(lede_dir *dir, const char *name, const uint8_t *at,
                       size_t len)
{
    lede_out *out = NULL;

    ck_assert_int_eq(lede_dir_create(dir, &out, name, NULL), LEDE_OK);
    if (len)
        ck_assert_int_eq(lede_out_write(out, at, len, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_sync(out, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
}

void damage_replace(lede_dir *dir, const char *name, lede_bytes bytes)
{
    ck_assert_int_eq(lede_dir_unlink(dir, name, NULL), LEDE_OK);
    write_file(dir, name, bytes.at, bytes.len);
}

void damage_flip(lede_dir *dir, const char *name, uint64_t at, uint8_t bits)
{
    size_t len;
    uint8_t *bytes = read_file(dir, name, &len);

    ck_assert_uint_lt(at, len);
    bytes[at] ^= bits;
    damage_replace(dir, name, lede_bytes_of(bytes, len));
    free(bytes);
}

void damage_cut(lede_dir *dir, const char *name, uint64_t length)
{
    size_t len;
    uint8_t *bytes = read_file(dir, name, &len);

    ck_assert_uint_le(length, len);
    damage_replace(dir, name, lede_bytes_of(bytes, (size_t)length));
    free(bytes);
}

/* ---- What is told ---- */

static void append(char **text, const char *at, size_t len)
{
    size_t before = *text ? strlen(*text) : 0;
    char *longer = realloc(*text, before + len + 1);

    ck_assert_ptr_nonnull(longer);
    memcpy(longer + before, at, len);
    longer[before + len] = '\0';
    *text = longer;
}

static void hear(void *ctx, const lede_problem *problem)
{
    told_problems *told = ctx;
    char line[512];

    told->problems++;
    ck_assert_ptr_nonnull(problem->message);
    ck_assert_int_ne(problem->message[0], '\0');
    if (problem->key) {
        ck_assert_str_eq(problem->file, "");
        append(&told->keys, problem->key, problem->key_len);
        append(&told->keys, " ", 1);
        return;
    }
    told->unknown =
        told->unknown || strstr(problem->message, "are lost with it");
    (void)snprintf(told->section, sizeof told->section, "%s", problem->section);
    told->offset = problem->offset;
    (void)snprintf(line, sizeof line, "%s: %s\n", problem->file,
                   problem->message);
    append(&told->files, line, strlen(line));
}

lede_task told_task(told_problems *told)
{
    lede_task task = LEDE_TASK;

    append(&told->files, "", 0);
    append(&told->keys, "", 0);
    task.ctx = told;
    task.problem = hear;
    return task;
}

void told_clear(told_problems *told)
{
    free(told->files);
    free(told->keys);
    *told = (told_problems){ 0 };
}
