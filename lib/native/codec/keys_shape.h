/*
 * native/codec/keys_shape.h - numbers that readers and writers of blocks of keys
 * share. Grammar in keys.c.
 */
#ifndef LEDE_NATIVE_CODEC_KEYS_SHAPE_H
#define LEDE_NATIVE_CODEC_KEYS_SHAPE_H

#include "lede/writer.h"

#define LEDE_KEYS_SHAPE_CODING 16U

/* Of one rest: four nibbles a byte. */
#define LEDE_KEYS_UNITS_MAX (4U * LEDE_KEY_MAX)
#define LEDE_KEYS_WIDTH_MAX 14U

_Static_assert(LEDE_KEYS_UNITS_MAX < 1U << LEDE_KEYS_WIDTH_MAX,
               "what a rest has above the least fits");

#endif
