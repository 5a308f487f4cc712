/*
 * native/segment/opened.h - the inside of an open segment, for segment.c and
 * segment_check.c.
 *
 * What is opened when it is first asked for lies in `lazy`: made by whoever
 * comes first, published under the mutex, read without it.
 */
#ifndef LEDE_NATIVE_SEGMENT_OPENED_H
#define LEDE_NATIVE_SEGMENT_OPENED_H

#include <pthread.h>
#include <stdatomic.h>

#include "native/codec/forms_table.h"
#include "native/codec/keys.h"
#include "native/codec/records.h"
#include "native/segment/segment.h"
#include "text/forms.h"

typedef struct lede_segment_part {
    uint32_t id;
    uint32_t field;
    lede_bytes bytes;
} lede_segment_part;

typedef struct lede_segment_lazy {
    pthread_mutex_t mutex;
    _Atomic bool *has_column; /* by section */
    lede_column *columns;
    _Atomic bool has_keys;
    lede_keys keys;
    _Atomic bool has_forms;
    lede_forms_table forms;
    _Atomic bool has_records;
    lede_records *records;
    struct lede_segment_floors_kept *_Atomic floors;
} lede_segment_lazy;

struct lede_segment {
    const lede_allocator *allocator;
    _Atomic uint32_t holds;
    lede_envelope *file;
    const lede_schema *schema;
    lede_schema *own_schema;  /* where none was given; else NULL */
    lede_segment_part *parts; /* rising by id, then field */
    uint32_t part_count;
    uint32_t first[LEDE_SECTIONS + 1]; /* part of each id, or behind */
    uint32_t documents;
    uint32_t field_count; /* known to it */
    uint64_t *tokens;
    lede_terms_space *spaces;
    lede_postings_source *sources; /* of those spaces */
    uint32_t space_count;
    lede_terms_table terms;
    lede_segment_lazy *lazy;
};

/* The place of a section, or part_count. */
uint32_t lede_segment_find_part(const lede_segment *segment, uint32_t id,
                                uint32_t field);

/* Bytes of a section of no field, not yet verified. */
lede_bytes lede_segment_bytes_of(const lede_segment *segment,
                                 lede_section_id id);

lede_status lede_segment_need(const lede_segment *segment, lede_bytes bytes,
                              lede_error *err);

/* The same for codecs; `ctx` is the envelope. */
lede_status lede_segment_need_part(void *ctx, const uint8_t *at, size_t len);

/* CORRUPT, said of a section. */
lede_status lede_segment_damaged(const lede_segment *segment,
                                 lede_section_id id, const char *what,
                                 lede_error *err);

/* "postings". */
const char *lede_section_name(uint32_t id);

/* A column of no field with a count of values known; CORRUPT if it is not
 * there. */
lede_status lede_segment_plain_column(const lede_segment *segment,
                                      lede_section_id id, uint32_t count,
                                      const lede_column **column,
                                      lede_error *err);
lede_status lede_segment_open_keys(const lede_segment *segment,
                                   const lede_keys **keys, lede_error *err);
void lede_segment_free_floors(const lede_segment *segment);
lede_status lede_segment_open_forms(const lede_segment *segment,
                                    const lede_forms_table **forms,
                                    lede_error *err);

#endif
