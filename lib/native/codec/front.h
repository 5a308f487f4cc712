/*
 * native/codec/front.h - a few texts in rising order, each without what it
 * shares with the one before.
 *
 *     lede_front_write(&buffer, texts, n);
 *     if (!lede_front_take(&front, &in, n))
 *         return LEDE_ERR_CORRUPT;
 *     while (lede_front_next(&front))
 *         ... front.text, front.len
 *     if (lede_front_seek(&front, text, &equal))
 *         ... the first one that is not below it
 *
 * Terms, form keys and keys of articles are stored in such blocks. Grammar in
 * front.c. Texts are read one by one as they are asked for.
 *
 * Errors    take checks lengths against the bytes and LEDE_FRONT_LEN_MAX; next
 *           and seek check that the texts rise, and at the last one that all
 *           their bytes were used. All return false; `broken` tells a fault
 *           from the end.
 * Memory    Borrows the bytes it was taken from.
 */
#ifndef LEDE_NATIVE_CODEC_FRONT_H
#define LEDE_NATIVE_CODEC_FRONT_H

#include "base/buffer.h"
#include "native/codec/block.h"

#define LEDE_FRONT_MAX     32U   /* texts */
#define LEDE_FRONT_LEN_MAX 2048U /* bytes of a text: a key's */

/* Longer rests of all texts together are not coded. */
#define LEDE_FRONT_CODED_MAX 1024U

typedef struct lede_front {
    uint8_t text[LEDE_FRONT_LEN_MAX];
    uint32_t len;
    uint32_t at; /* texts read so far */
    uint32_t n;
    bool broken;
    uint32_t coding;
    lede_bytes in;  /* the bytes that follow what is shared, and behind them */
    uint64_t taken; /* of these: bytes, or nibbles where they are coded */
    uint64_t end;   /* all of them, counted alike */
    uint32_t shared[LEDE_BLOCK_MAX];
    uint32_t rest[LEDE_BLOCK_MAX];
} lede_front;

/* Appends n texts, 1 to LEDE_FRONT_MAX, strictly rising, of at most
 * LEDE_FRONT_LEN_MAX bytes. */
void lede_front_write(lede_buffer *out, const lede_bytes *texts, uint32_t n);

/* Takes n texts; stands before the first. */
bool lede_front_take(lede_front *front, lede_bytes *in, uint32_t n);

/* Makes the next text the one at hand; false behind the last. */
bool lede_front_next(lede_front *front);

/* Makes text `place` the one at hand, whatever was before; false if there are
 * fewer. Puts no other together, and so does not see whether they rise. */
bool lede_front_jump(lede_front *front, uint32_t place);

/* Moves on to the first text that is not below `text`, and says whether it is
 * equal; false if all that follow are. The one at hand is below it. */
bool lede_front_seek(lede_front *front, lede_bytes text, bool *equal);

#endif
