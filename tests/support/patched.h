/*
 * support/patched.h - a segment with other bytes, and checksums that fit: only
 * the check of its structures can find it out.
 *
 *     patch p = { .dir = dir, .segment = segment, .schema = schema };
 *     range = patch_range_of(&p, LEDE_SECTION_POSTINGS, LEDE_NO_SECTION_FIELD);
 *     ck_assert_int_eq(patch_check(&p, range.from + 3, "\1", 1),
 *                      LEDE_ERR_CORRUPT);
 *     ... p.section, p.told
 *
 * Fails the test where the directory does.
 */
#ifndef LEDE_TESTS_PATCHED_H
#define LEDE_TESTS_PATCHED_H

#include "native/segment/segment.h"

typedef struct patch {
    lede_dir *dir;
    lede_segment *segment; /* the sound one */
    const lede_schema *schema;
    /* What the last check told first. */
    char section[32];
    char told[512];
} patch;

/* Bytes of a file, from its first one. */
typedef struct patch_range {
    size_t from;
    size_t to;
} patch_range;

patch_range patch_range_of(const patch *p, lede_section_id id, uint32_t field);

/* The list of sections. */
patch_range patch_range_of_list(const patch *p);

/* The status of opening and checking the segment with other bytes there. */
lede_status patch_check(patch *p, size_t at, const void *bytes, size_t n);

#endif
