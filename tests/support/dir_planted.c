#include "support/dir_planted.h"

#include <stddef.h>

static void (*planted)(lede_dir **out, void *ctx);
static void *planted_ctx;

void dir_planted(void (*open)(lede_dir **out, void *ctx), void *ctx)
{
    planted = open;
    planted_ctx = ctx;
}

/* The names that the linker's --wrap gives. NOLINTBEGIN */
lede_status __real_lede_dir_open_disk(lede_dir **out, const char *path,
                                      uint32_t flags,
                                      const lede_allocator *allocator,
                                      lede_error *err);
lede_status __wrap_lede_dir_open_disk(lede_dir **out, const char *path,
                                      uint32_t flags,
                                      const lede_allocator *allocator,
                                      lede_error *err);

lede_status __wrap_lede_dir_open_disk(lede_dir **out, const char *path,
                                      uint32_t flags,
                                      const lede_allocator *allocator,
                                      lede_error *err)
{
    if (!planted)
        return __real_lede_dir_open_disk(out, path, flags, allocator, err);
    planted(out, planted_ctx);
    return LEDE_OK;
}
/* NOLINTEND */
