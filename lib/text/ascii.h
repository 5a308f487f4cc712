/*
 * text/ascii.h - finds words in ASCII text 64 bytes at a time.
 *
 *     lede_ascii_start(&scan, text, len, rules, lede_ascii_of(simd));
 *     while (lede_ascii_next(&scan))
 *         ...chains scan.begins[i] to scan.ends[i], i below scan.count
 *
 * A chain is a run of bytes that may be words: letters, digits, what can join
 * them, and everything that is not ASCII. Between two chains there is at least
 * one ASCII byte that joins nothing, so no word is in two of them but by a
 * hyphen behind an acronym. A chain that no stray byte touches is exactly one
 * word as text/lexeme.h or text/words.h has it; in any other these must look.
 *
 * Each kind of byte is a bit mask of 64; chains begin and end where a mask
 * differs from itself shifted by one.
 *
 * Memory    The text is borrowed. Its windows are kept in lower case, one
 *           behind the other, until lede_ascii_release.
 * Threads   Confined.
 */
#ifndef LEDE_TEXT_ASCII_H
#define LEDE_TEXT_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

#define LEDE_ASCII_BLOCK  64U
#define LEDE_ASCII_BLOCKS 8U /* looked at by one call */
#define LEDE_ASCII_WINDOW (LEDE_ASCII_BLOCKS * LEDE_ASCII_BLOCK)
#define LEDE_ASCII_SLACK \
    16U /* positions are written by the dozen, words read */
#define LEDE_ASCII_KEPT 8192U

/* Whose words are found. */
typedef enum lede_ascii_rules {
    LEDE_ASCII_LEXEMES,  /* text/lexeme.h's */
    LEDE_ASCII_SEGMENTS, /* text/words.h's: Unicode's own */
    LEDE_ASCII_RULES
} lede_ascii_rules;

/* Which of 64 bytes are what; marks for lexemes, and for segments. */
typedef struct lede_ascii_masks {
    uint64_t letter;
    uint64_t lower; /* has the bit that lower case letters have */
    uint64_t digit;
    uint64_t high;       /* not ASCII */
    uint64_t apostrophe; /* ' and joins letters; ' . */
    uint64_t separator;  /* . , and with the above joins digits; , ; */
    uint64_t binder;     /* . - & " between words may be part of one; : " */
    uint64_t suffix;     /* + # behind a word; _ anywhere */
} lede_ascii_masks;

/* How words begin. A word that does not with an ASCII letter has a bit, where
 * its first byte is. */
#define LEDE_ASCII_INITIALS 512U
typedef struct lede_ascii_initials {
    uint32_t upper;
    uint32_t lower;
    uint64_t high[LEDE_ASCII_INITIALS / LEDE_ASCII_BLOCK];
} lede_ascii_initials;

struct lede_ascii_scan;
typedef void lede_ascii_window(struct lede_ascii_scan *scan,
                               uint32_t counts[4]);

/* The work, for one kind of instructions. */
typedef struct lede_ascii {
    /* counts: begins, ends, strays, capitals; before and after. */
    lede_ascii_window *windows[LEDE_ASCII_RULES];
    void (*initials)(lede_ascii_initials *initials, const uint8_t *text,
                     size_t len); /* up to LEDE_ASCII_INITIALS */
} lede_ascii;

typedef struct lede_ascii_scan {
    const uint8_t *text;
    size_t len;
    size_t at; /* the next block */
    bool ended;
    lede_ascii_window *window;

    /* Bits of the byte before the next block. */
    uint64_t last_chain, last_stray, last_alnum, last_digit, last_high;

    /* Whole chains of the window, by their begins and ends. If `open`, one
     * more has begun: it goes on behind the window. */
    uint32_t count;
    bool open;
    bool open_stray; /* it has had a stray */
    uint32_t begins[LEDE_ASCII_WINDOW / 2 + LEDE_ASCII_SLACK];
    uint32_t ends[LEDE_ASCII_WINDOW / 2 + LEDE_ASCII_SLACK];

    /* Where runs of strays begin, and a sentinel above all positions. */
    uint32_t stray_count;
    uint32_t strays[LEDE_ASCII_WINDOW / 2 + LEDE_ASCII_SLACK];

    /* Which chains begin with a capital of ASCII, the open one too. */
    uint32_t capital_count;
    uint16_t capitals[LEDE_ASCII_WINDOW / 2 + LEDE_ASCII_SLACK];

    /* The text from lower_from on, up to `at`, in lower case. */
    size_t lower_from;
    char lower[LEDE_ASCII_KEPT + LEDE_ASCII_SLACK];
} lede_ascii_scan;

/* The work by a kind of instructions; plain if this processor has them not. */
const lede_ascii *lede_ascii_of(lede_simd simd);

void lede_ascii_start(lede_ascii_scan *scan, const char *text, size_t len,
                      lede_ascii_rules rules, const lede_ascii *ascii);

/* Looks at the next window. False at the end of the text, for ever. There must
 * be room for it. */
bool lede_ascii_next(lede_ascii_scan *scan);

/* Whether a window fits behind those that are kept. */
bool lede_ascii_has_room(const lede_ascii_scan *scan);

/* Gives up the lower case of what is before `from`; there is room now. If too
 * much is behind it, all goes. */
void lede_ascii_release(lede_ascii_scan *scan, size_t from);

#endif
