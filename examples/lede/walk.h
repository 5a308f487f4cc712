/*
 * walk.h - the files under a folder, in order of their names.
 *
 *     struct paths paths = { 0 };
 *     walk(&paths, "articles");
 *     for (size_t i = 0; i < paths.count; i++)
 *         puts(paths.at[i].name);
 *     paths_free(&paths);
 *
 * Of a folder it takes the kinds of files that file.h knows, and nothing whose
 * name begins with a dot; links to folders are not followed. The order is by
 * bytes, the same on every machine.
 */
#ifndef TOOL_WALK_H
#define TOOL_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct path {
    char *name; /* as given, and below it joined with '/' */
    uint64_t bytes;
};

struct paths {
    struct path *at;
    size_t count;
    size_t capacity;
    unsigned failures; /* files and folders that could not be looked at */
};

/* Appends a file, or all files under a folder. What cannot be looked at is told
 * and counted; false only when out of memory. */
bool walk(struct paths *paths, const char *name);

/* Appends a path as it is; false when out of memory. */
bool paths_add(struct paths *paths, const char *name, uint64_t bytes);
void paths_free(struct paths *paths);

#endif
