/*
 * native/native.h - our own engine: immutable segments in a directory.
 *
 * The default: paths that do not exist are created by it. FORMAT.md documents
 * every byte.
 */
#ifndef LEDE_NATIVE_NATIVE_H
#define LEDE_NATIVE_NATIVE_H

#include "engine/engine.h"

/* The newest format it writes, as FORMAT.md numbers them. */
#define LEDE_NATIVE_FORMAT "1"

/* Frozen, static. */
const lede_engine *lede_native_engine(void);

#endif
