/*
 * io/path.h - what stands at a path.
 */
#ifndef LEDE_IO_PATH_H
#define LEDE_IO_PATH_H

#include "lede/status.h"

typedef enum lede_path_kind {
    LEDE_PATH_MISSING,
    LEDE_PATH_EMPTY, /* a directory with nothing in it */
    LEDE_PATH_PRESENT
} lede_path_kind;

/* Looks at a terminated path. LEDE_ERR_IO where that is not permitted. */
lede_status lede_path_look(lede_path_kind *kind, const char *path,
                           lede_error *err);

#endif
