/*
 * fuzz/damage.h - what an input of a fuzz target does to bytes that were sound.
 *
 *     while (damage_take(&input, &d))
 *         damage_do(&bytes, &d);
 *
 * A change is 8 bytes of the input, and any 8 bytes are one, so that inputs can
 * be cut, joined and changed at will and stay what they are.
 */
#ifndef LEDE_FUZZ_DAMAGE_H
#define LEDE_FUZZ_DAMAGE_H

#include "base/buffer.h"

#define DAMAGE_BYTES 8U

typedef struct damage {
    uint8_t where; /* which of several parts: for the target to choose */
    uint8_t kind;
    uint16_t at;
    uint32_t value;
} damage;

/* The next change; false where fewer bytes are left. */
bool damage_take(lede_bytes *input, damage *d);

/* Changes the bytes, which may become longer or shorter. */
void damage_do(lede_buffer *bytes, const damage *d);

/* A heap block of just these bytes, to be freed; NULL is none. */
uint8_t *damage_copy(lede_bytes bytes);

#endif
