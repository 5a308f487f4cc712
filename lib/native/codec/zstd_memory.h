/*
 * native/codec/zstd_memory.h - libzstd with an allocator of ours.
 *
 *     context = ZSTD_createCCtx_advanced(lede_zstd_memory(alloc));
 *
 * Memory    16 bytes more for each block, for libzstd does not say how large it
 *           is when it gives it back. The allocator outlives what was made.
 */
#ifndef LEDE_NATIVE_CODEC_ZSTD_MEMORY_H
#define LEDE_NATIVE_CODEC_ZSTD_MEMORY_H

/* The functions that take memory from others are said to be for static linking
 * alone; they are in every shared library since 1.0, and are what they were. */
#ifndef ZSTD_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY
#endif
#include <zstd.h>

#include "lede/alloc.h"

/* NULL: libc's. */
ZSTD_customMem lede_zstd_memory(const lede_allocator *allocator);

#endif
