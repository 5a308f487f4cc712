#include "io/dir.h"

#include <string.h>

#include "base/error.h"

/* A name of one of our files: it never leads out of the directory. */
static bool is_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' &&
           strlen(name) <= LEDE_DIR_NAME_MAX && !strchr(name, '/');
}

static lede_status refuse(const char *name, lede_error *err)
{
    return lede_fail(err, LEDE_ERR_INVALID, name,
                     "not a name of a file in an index");
}

void lede_dir_close(lede_dir *dir)
{
    if (dir)
        dir->ops->close(dir);
}

lede_status lede_dir_create(lede_dir *dir, lede_out **out, const char *name,
                            lede_error *err)
{
    return is_name(name) ? dir->ops->create(dir, out, name, err)
                         : refuse(name, err);
}

lede_status lede_dir_map(lede_dir *dir, lede_file **file, const char *name,
                         lede_error *err)
{
    return is_name(name) ? dir->ops->map(dir, file, name, err)
                         : refuse(name, err);
}

lede_status lede_dir_rename(lede_dir *dir, const char *from, const char *to,
                            lede_error *err)
{
    if (!is_name(from) || !is_name(to))
        return refuse(is_name(from) ? to : from, err);
    return dir->ops->rename(dir, from, to, err);
}

lede_status lede_dir_unlink(lede_dir *dir, const char *name, lede_error *err)
{
    return is_name(name) ? dir->ops->unlink(dir, name, err) : refuse(name, err);
}

lede_status lede_dir_sync(lede_dir *dir, lede_error *err)
{
    return dir->ops->sync(dir, err);
}

lede_status lede_dir_sync_file(lede_dir *dir, const char *name, lede_error *err)
{
    return is_name(name) ? dir->ops->sync_file(dir, name, err)
                         : refuse(name, err);
}

lede_status lede_dir_list(lede_dir *dir,
                          void (*each)(void *ctx, const char *name,
                                       uint64_t length),
                          void *ctx, lede_error *err)
{
    return dir->ops->list(dir, each, ctx, err);
}

lede_status lede_dir_stamp(lede_dir *dir, const char *name, uint64_t stamp[3],
                           lede_error *err)
{
    return is_name(name) ? dir->ops->stamp(dir, name, stamp, err)
                         : refuse(name, err);
}

lede_status lede_dir_lock(lede_dir *dir, const char *name, lede_error *err)
{
    return is_name(name) ? dir->ops->lock(dir, name, err) : refuse(name, err);
}

void lede_dir_unlock(lede_dir *dir)
{
    dir->ops->unlock(dir);
}

uint64_t lede_dir_random(lede_dir *dir)
{
    return dir->ops->random(dir);
}

lede_status lede_out_write(lede_out *out, const void *bytes, size_t len,
                           lede_error *err)
{
    return out->ops->write(out, bytes, len, err);
}

lede_status lede_out_sync(lede_out *out, lede_error *err)
{
    return out->ops->sync(out, err);
}

lede_status lede_out_close(lede_out *out, lede_error *err)
{
    return out->ops->close(out, err);
}

void lede_file_close(lede_file *file)
{
    if (file)
        file->close(file);
}
