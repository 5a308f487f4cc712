#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "message.h"

bool paths_add(struct paths *paths, const char *name, uint64_t bytes)
{
    struct path *path;

    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity ? paths->capacity * 2 : 64;
        struct path *grown = realloc(paths->at, capacity * sizeof *grown);

        if (!grown)
            return false;
        paths->at = grown;
        paths->capacity = capacity;
    }
    path = &paths->at[paths->count];
    path->name = strdup(name);
    path->bytes = bytes;
    if (!path->name)
        return false;
    paths->count++;
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static char *join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    size_t size = len + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s%s%s", folder,
                 len > 0 && folder[len - 1] == '/' ? "" : "/", name);
    return path;
}

static bool walk_folder(struct paths *paths, const char *folder);

/* What stands in a folder. The depth of folders is bounded by the length of a
 * path, since links are not followed. */
static bool walk_entry(struct paths *paths, const char *path)
{
    struct stat found;

    if (lstat(path, &found) == 0 && S_ISDIR(found.st_mode))
        return walk_folder(paths, path);
    if (file_kind_of(path) == FILE_OTHER)
        return true;
    if (stat(path, &found) != 0) {
        message("index", path, "%s", strerror(errno));
        paths->failures++;
        return true;
    }
    if (!S_ISREG(found.st_mode))
        return true;
    return paths_add(paths, path, (uint64_t)found.st_size);
}

static bool walk_folder(struct paths *paths, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, by_bytes);
    bool good = true;

    if (count < 0) {
        message("index", folder, "%s", strerror(errno));
        paths->failures++;
        return errno != ENOMEM;
    }
    for (int i = 0; i < count; i++) {
        char *path = good ? join(folder, entries[i]->d_name) : NULL;

        good = path && walk_entry(paths, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool walk(struct paths *paths, const char *name)
{
    struct stat found;

    if (stat(name, &found) != 0) {
        message("index", name, "%s", strerror(errno));
        paths->failures++;
        return true;
    }
    if (S_ISDIR(found.st_mode))
        return walk_folder(paths, name);
    return paths_add(paths, name,
                     S_ISREG(found.st_mode) ? (uint64_t)found.st_size : 0);
}

void paths_free(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->at[i].name);
    free(paths->at);
    *paths = (struct paths){ 0 };
}
