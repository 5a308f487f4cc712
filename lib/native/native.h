/*
 * native/native.h - our own engine: immutable segments in a directory.
 *
 * The default: paths that do not exist are created by it. FORMAT.md documents
 * every byte.
 */
#ifndef LEDE_NATIVE_NATIVE_H
#define LEDE_NATIVE_NATIVE_H

#include "engine/engine.h"
#include "io/dir.h"

/* The newest format it writes, as FORMAT.md numbers them. */
#define LEDE_NATIVE_FORMAT "1"

/* Frozen, static. */
const lede_engine *lede_native_engine(void);

/* As the engine's open, in a directory that is open: one in memory, or with
 * something in front of it. Takes ownership of it, also on failure. */
lede_status lede_native_open(lede_engine_index **out, lede_dir *dir,
                             const lede_engine_settings *settings,
                             lede_error *err);

#endif
