/*
 * native/codec/postings_parts.h - what the files of the reader share.
 *
 * postings.c reads lists of any length by what the others know of theirs:
 * postings_few.c of those of up to 16 documents, postings_groups.c of those of
 * more than 128; postings_points.c reads positions of all of them.
 *
 * Errors    False ends the list, with its status.
 */
#ifndef LEDE_NATIVE_CODEC_POSTINGS_PARTS_H
#define LEDE_NATIVE_CODEC_POSTINGS_PARTS_H

#include "native/codec/postings.h"

/* Positions lie in ranges of at most 32 bits. */
#define LEDE_SCALE_MAX 32U

static inline bool lede_postings_is_few(const lede_postings *list)
{
    return list->documents <= LEDE_POSTINGS_FEW;
}

static inline bool lede_postings_is_long(const lede_postings *list)
{
    return list->documents > LEDE_POSTINGS_SHORT;
}

/* Puts the list at its end; a failure stays. Returns false. */
bool lede_postings_finish(lede_postings *list, lede_status status);

/* Sees to it that bytes may be read. */
bool lede_postings_need(lede_postings *list, lede_bytes bytes);

/* A part of a section; false, without an end, where it does not lie in it. */
static inline bool lede_part_of(lede_bytes section, uint64_t offset,
                                uint64_t len, lede_bytes *part)
{
    lede_bytes passed;

    return lede_take(&section, offset, &passed) &&
           lede_take(&section, len, part);
}

/* ---- Lists of few: all their documents are at hand ---- */

void lede_few_open(lede_postings *list);

/* Reads frequency - 1; false, without an end, for damage. */
bool lede_few_frequencies(lede_postings *list);

/* Reads the documents and frequencies of the lists that stand before this one;
 * *n of them, in arrays of LEDE_FEW_MAX. */
#define LEDE_FEW_MAX (LEDE_TERMS_BLOCK * LEDE_POSTINGS_FEW + LEDE_BLOCK_MAX)
bool lede_few_before(lede_postings *list, uint32_t *docs, uint32_t *times,
                     uint32_t *n);

/* ---- Long lists ---- */

void lede_groups_open(lede_postings *list);

/* Finds the block that holds the first document not below target, which then is
 * the next one to be read; false at the end. */
bool lede_groups_find(lede_postings *list, uint32_t target);

/* Makes the next block the one at hand. */
bool lede_groups_take(lede_postings *list);

bool lede_groups_bound(lede_postings *list, uint32_t target, lede_bound *bound);
bool lede_groups_wide_bound(lede_postings *list, uint32_t target,
                            lede_bound *bound);
bool lede_groups_most(lede_postings *list, lede_bound *bound);

#endif
