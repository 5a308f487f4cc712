/*
 * native/index/part.h - a segment as its writer sees it: committed or new, with
 * the articles that die at the next commit.
 *
 *     lede_part_new(&part, &entry, fields, segment, live, alloc, &err);
 *     lede_part_kill(part, doc, &err);
 *     lede_part_free(part);
 *
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_PART_H
#define LEDE_NATIVE_INDEX_PART_H

#include "native/index/live.h"
#include "native/index/manifest.h"
#include "native/segment/segment_writer.h"

typedef struct lede_part {
    lede_manifest_segment entry; /* kept up to date but for the bitmap's file;
                                  * owns its tokens */
    uint32_t field_count;        /* of tokens */
    uint64_t first_sequence;
    uint64_t forms_version;
    lede_segment *segment;
    lede_live *live; /* NULL: all */
    bool changed;    /* `live` is new, and our own */
    bool fresh;      /* made since the last commit */
    lede_column sizes;
    bool has_sizes;
    const lede_allocator *allocator;
} lede_part;

/* Holds segment and live (may be NULL), copies the entry and its tokens. */
lede_status lede_part_new(lede_part **out, const lede_manifest_segment *entry,
                          uint32_t field_count, lede_segment *segment,
                          lede_live *live, const lede_allocator *allocator,
                          lede_error *err);

/* Opens a segment just made: fresh, all of it live. */
lede_status lede_part_open(lede_part **out, const lede_segment_target *target,
                           const lede_segment_made *made,
                           const lede_allocator *allocator, lede_error *err);
void lede_part_free(lede_part *part); /* NULL is fine */

/* Marks a document dead in a copy of the bitmap; nothing if it is. */
lede_status lede_part_kill(lede_part *part, uint32_t doc, lede_error *err);

/* Text bytes of a document. */
lede_status lede_part_size(lede_part *part, uint32_t doc, uint64_t *bytes,
                           lede_error *err);

#endif
