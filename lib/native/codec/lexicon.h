/*
 * native/codec/lexicon.h - text written with a list of its frequent words.
 *
 *     lede_lexicon_learn(&lexicon, sample, cancel);
 *     lede_lexicon_code(lexicon, text, &coded);
 *     lede_lexicon_write(lexicon, &bytes);
 *
 *     lede_lexicon_open(&lexicon, bytes, alloc);
 *     lede_lexicon_text(lexicon, coded, &text);
 *
 * A word of the list and the space before it become one or two bytes, so that
 * English shrinks to 40%; and a compressor, which sees half the bytes in each
 * block, makes of those a quarter less than of the text, three times as fast.
 * Every text is coded exactly, whatever its bytes. Grammar in FORMAT.md,
 * "Lexicon".
 *
 * Errors    CORRUPT for bytes that are not a lexicon, or not coded by it;
 *           NOMEM.
 * Memory    Coded text is at most three times as long as the text and two
 *           bytes, text at most 33 times as long as the coded.
 * Threads   A lexicon is frozen once it is learned or opened.
 */
#ifndef LEDE_NATIVE_CODEC_LEXICON_H
#define LEDE_NATIVE_CODEC_LEXICON_H

#include "base/buffer.h"
#include "lede/limits.h"

/* Codes of one byte, and of two. */
#define LEDE_LEXICON_SHORT 64U
#define LEDE_LEXICON_MAX   (LEDE_LEXICON_SHORT + 64U * 256U)

/* Bytes of one word. */
#define LEDE_LEXICON_WORD_MAX 31U

/* A byte of coded text: what it begins. */
#define LEDE_LEXICON_RAW  0U   /* a number and one more bytes than it */
#define LEDE_LEXICON_FLIP 1U   /* a word, spaced as is not expected */
#define LEDE_LEXICON_WORD 128U /* from here on a word; below itself */
#define LEDE_LEXICON_PAIR (LEDE_LEXICON_WORD + LEDE_LEXICON_SHORT)

/* A word as it is looked up. */
typedef struct lede_lexicon_slot {
    uint64_t first; /* its first 8 bytes, zeros behind a shorter one */
    uint32_t word;  /* its place + 1; 0: none */
    uint32_t len;
} lede_lexicon_slot;

typedef struct lede_lexicon {
    const lede_allocator *allocator;
    uint32_t count;   /* 0: text is coded as itself */
    uint32_t *begins; /* of each word in the text, and its end */
    uint8_t *text;    /* with slack behind it to copy words at large */
    size_t text_bytes;
    lede_lexicon_slot *slots; /* by hash; NULL if it was opened */
    uint32_t slot_count;
} lede_lexicon;

/* One of no words, to begin with and to fini. */
void lede_lexicon_init(lede_lexicon *lexicon, const lede_allocator *allocator);
void lede_lexicon_fini(lede_lexicon *lexicon);
uint64_t lede_lexicon_bytes(const lede_lexicon *lexicon);

/* What learning from so many bytes takes besides, while it lasts. */
uint64_t lede_lexicon_learning_bytes(size_t sample);

/* ---- Writing ---- */

/* Takes the words that stand more than once in a sample of less than 4 GiB.
 * CANCELLED once `cancel` is set, which may be NULL. */
lede_status lede_lexicon_learn(lede_lexicon *lexicon, lede_bytes sample,
                               const lede_cancel *cancel);

/* Appends; the buffer keeps a failure. Not for a lexicon that was opened. */
void lede_lexicon_code(const lede_lexicon *lexicon, lede_bytes text,
                       lede_buffer *out);
void lede_lexicon_write(const lede_lexicon *lexicon, lede_buffer *out);

/* ---- Reading ---- */

/* Takes a lexicon off the front of `in`. */
lede_status lede_lexicon_open(lede_lexicon *lexicon, lede_bytes *in);

/* Appends what was coded. */
lede_status lede_lexicon_text(const lede_lexicon *lexicon, lede_bytes coded,
                              lede_buffer *out);

/* ---- Both ---- */

/* Whether a word is expected to have a space before it, behind this byte: as
 * text is written, behind letters, digits and what ends a phrase. At the
 * beginning it is as behind a line feed. */
static inline bool lede_lexicon_expects(uint8_t before)
{
    static const uint64_t set[4] = { 0x8fff52a200000000, 0x07fffffe07fffffe,
                                     UINT64_MAX, UINT64_MAX };

    return set[before >> 6] >> (before & 63) & 1;
}

/* Makes room for as many words and bytes of them. */
bool lede_lexicon_reserve(lede_lexicon *lexicon, uint32_t count, size_t bytes);

#endif
