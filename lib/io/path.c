#include "io/path.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

/* A directory that cannot be listed is not known to be empty. */
static bool is_empty_directory(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty;

    if (!dir)
        return false;
    do {
        errno = 0;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody shares the stream */
        entry = readdir(dir);
    } while (entry && (strcmp(entry->d_name, ".") == 0 ||
                       strcmp(entry->d_name, "..") == 0));
    empty = !entry && errno == 0;
    (void)closedir(dir);
    return empty;
}

lede_status lede_path_look(lede_path_kind *kind, const char *path,
                           lede_error *err)
{
    struct stat found;

    if (stat(path, &found) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return lede_fail_system(err, LEDE_ERR_IO, path, errno,
                                    "cannot look at it");
        *kind = LEDE_PATH_MISSING;
        return LEDE_OK;
    }
    *kind = S_ISDIR(found.st_mode) && is_empty_directory(path)
                ? LEDE_PATH_EMPTY
                : LEDE_PATH_PRESENT;
    return LEDE_OK;
}
