/*
 * native/segment/section_writer.h - the file of a segment as its sections are
 * written, one after another.
 *
 *     lede_section_writer_init(&sections, alloc);
 *     lede_section_writer_create(&sections, dir, name, &err);
 *     lede_section_begin(&sections, id, field, &err);
 *     lede_put(&sections.out, ...);
 *     lede_section_drain(&sections, &sections.out, least, &err);
 *     lede_section_end(&sections);
 *     lede_section_writer_end(&sections, sync, &mark, &err);
 *     lede_section_writer_fini(&sections);
 *
 * Errors    After a failure it can only be ended.
 * Memory    Lives in the caller's storage.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_SEGMENT_SECTION_WRITER_H
#define LEDE_NATIVE_SEGMENT_SECTION_WRITER_H

#include "base/buffer.h"
#include "native/segment/segment.h"
#include "native/segment/spool.h"

/* A buffer is written out from here on. */
#define LEDE_SECTION_DRAIN_BYTES 65536U

typedef struct lede_section_place {
    uint32_t id;
    uint32_t field;
    uint64_t offset;
    uint64_t length;
} lede_section_place;

typedef struct lede_section_writer {
    const lede_allocator *allocator;
    lede_envelope_out *file;
    lede_section_place *places;
    size_t count;
    size_t capacity;
    lede_buffer out;           /* on its way to the file */
    const lede_cancel *cancel; /* looked at when a section begins; NULL: none */
} lede_section_writer;

void lede_section_writer_init(lede_section_writer *writer,
                              const lede_allocator *allocator);
/* Abandons the file, unless it was ended. */
void lede_section_writer_fini(lede_section_writer *writer);
uint64_t lede_section_writer_memory(const lede_section_writer *writer);

lede_status lede_section_writer_create(lede_section_writer *writer,
                                       lede_dir *dir, const char *name,
                                       lede_error *err);

lede_status lede_section_begin(lede_section_writer *writer, lede_section_id id,
                               uint32_t field, lede_error *err);
/* Ends the section begun last; one without bytes was none. */
void lede_section_end(lede_section_writer *writer);

/* Writes out a buffer that holds `least` bytes or more, and empties it; tells
 * the buffer's failure. */
lede_status lede_section_drain(lede_section_writer *writer, lede_buffer *buffer,
                               size_t least, lede_error *err);

/* Whole sections: of a buffer, which is emptied; of a spool, which is ended. */
lede_status lede_section_put(lede_section_writer *writer, lede_section_id id,
                             uint32_t field, lede_buffer *buffer,
                             lede_error *err);
lede_status lede_section_put_spool(lede_section_writer *writer,
                                   lede_section_id id, lede_spool *spool,
                                   lede_error *err);

/* Writes the list of sections and ends the file. */
lede_status lede_section_writer_end(lede_section_writer *writer, bool sync,
                                    lede_envelope_mark *mark, lede_error *err);

#endif
