#include "native/index/obsolete.h"

#include <string.h>

#include "base/alloc.h"

void lede_obsolete_init(lede_obsolete *files, const lede_allocator *allocator)
{
    *files = (lede_obsolete){ .allocator = allocator };
}

void lede_obsolete_fini(lede_obsolete *files)
{
    lede_release(files->allocator, files->names,
                 files->capacity * sizeof *files->names);
    lede_obsolete_init(files, files->allocator);
}

lede_status lede_obsolete_add(lede_obsolete *files, const char *name)
{
    if (!lede_grow(files->allocator, &files->names, &files->capacity,
                   files->count + 1, sizeof *files->names))
        return LEDE_ERR_NOMEM;
    memcpy(files->names[files->count++], name, strlen(name) + 1);
    return LEDE_OK;
}

void lede_obsolete_settle(lede_obsolete *files)
{
    files->settled = files->count;
}

void lede_obsolete_unlink(lede_obsolete *files, lede_dir *dir)
{
    size_t left = files->count - files->settled;

    for (size_t i = 0; i < files->settled; i++)
        (void)lede_dir_unlink(dir, files->names[i], NULL);
    if (left && files->settled)
        memmove(files->names, files->names + files->settled,
                left * sizeof *files->names);
    files->count = left;
    files->settled = 0;
}
