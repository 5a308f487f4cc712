#include "native/index/obsolete.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

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

typedef struct search {
    lede_obsolete *files;
    const lede_manifest *now;
    lede_status status;
} search;

static void see_file(void *ctx, const char *name, uint64_t length)
{
    search *s = ctx;
    bool ours = lede_file_name_is(name, "segment") ||
                lede_file_name_is(name, "live") ||
                lede_file_name_is(name, "tmp");

    (void)length;
    if (ours && !lede_manifest_names(s->now, name) && s->status == LEDE_OK)
        s->status = lede_obsolete_add(s->files, name);
}

lede_status lede_obsolete_find(lede_obsolete *files, lede_dir *dir,
                               const lede_manifest *now, lede_error *err)
{
    search s = { files, now, LEDE_OK };
    lede_status status = lede_dir_list(dir, see_file, &s, err);

    if (status == LEDE_OK && s.status != LEDE_OK)
        return lede_fail_plain(err, s.status);
    return status;
}

void lede_obsolete_replace(lede_obsolete *files, const lede_manifest *now,
                           const lede_manifest *next)
{
    for (uint32_t i = 0; i < now->segment_count; i++) {
        const lede_manifest_segment *s = &now->segments[i];

        if (!lede_manifest_names(next, s->name))
            (void)lede_obsolete_add(files, s->name);
        if (s->bitmap[0] && !lede_manifest_names(next, s->bitmap))
            (void)lede_obsolete_add(files, s->bitmap);
    }
}

void lede_obsolete_forget(lede_obsolete *files, const lede_manifest *now)
{
    size_t kept = 0, settled = 0;

    for (size_t i = 0; i < files->count; i++) {
        if (lede_manifest_names(now, files->names[i]))
            continue;
        settled += i < files->settled;
        if (kept < i)
            memcpy(files->names[kept], files->names[i], sizeof *files->names);
        kept++;
    }
    files->count = kept;
    files->settled = settled;
}

void lede_obsolete_move(lede_obsolete *files, lede_obsolete *from)
{
    for (size_t i = 0; i < from->count; i++)
        (void)lede_obsolete_add(files, from->names[i]);
    from->count = 0;
    from->settled = 0;
}

void lede_obsolete_settle(lede_obsolete *files)
{
    files->settled = files->count;
}

void lede_obsolete_settle_above(lede_obsolete *files, uint64_t generation)
{
    for (size_t i = files->settled; i < files->count; i++) {
        char kept[LEDE_DIR_NAME_MAX + 1];

        if (lede_file_generation(files->names[i]) <= generation)
            continue;
        memcpy(kept, files->names[i], sizeof kept);
        memcpy(files->names[i], files->names[files->settled], sizeof kept);
        memcpy(files->names[files->settled++], kept, sizeof kept);
    }
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
