/*
 * native/segment/segment_check.h - what the parts of a segment's check share.
 *
 * segment_check.c looks at bytes, numbers, keys, records and forms,
 * segment_check_terms.c at the dictionary and its lists.
 */
#ifndef LEDE_NATIVE_SEGMENT_SEGMENT_CHECK_H
#define LEDE_NATIVE_SEGMENT_SEGMENT_CHECK_H

#include "base/budget.h"
#include "document/document.h"
#include "native/segment/opened.h"

typedef struct lede_segment_checking {
    const lede_segment *segment;
    const lede_task *task; /* may be NULL */
    lede_status status;    /* the first problem */
    uint64_t done;
    uint64_t total;
    lede_budget budget; /* looks at the task's cancel token */
    lede_arena *arena;
    lede_document *document;
    lede_terms_cursor *cursor;
    lede_terms_cursor *finder;
    uint32_t *at; /* positions */
    size_t at_capacity;
    uint32_t *counts;            /* a number for each document */
    const lede_column **lengths; /* that the bounds of a space are about */
    uint32_t length_count;
    uint64_t postings; /* where the next list must begin, */
    uint64_t positions;
    uint64_t few; /* the lists of few of the block at hand */
    uint64_t few_len;
    char why[128]; /* the list at hand is damaged */
} lede_segment_checking;

/* Tells that a section is not what it must be. */
void lede_segment_tell(lede_segment_checking *c, lede_section_id id,
                       const char *what);

/* That many bytes more were looked at. */
void lede_segment_advance(lede_segment_checking *c, uint64_t bytes);

/* The dictionary, all lists, and what other sections say of them. Statuses but
 * CORRUPT, which is told. */
lede_status lede_segment_check_terms(lede_segment_checking *c);

#endif
