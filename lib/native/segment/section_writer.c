#include "native/segment/section_writer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"

void lede_section_writer_init(lede_section_writer *writer,
                              const lede_allocator *allocator)
{
    *writer = (lede_section_writer){ .allocator = allocator };
    lede_buffer_init(&writer->out, allocator);
}

void lede_section_writer_fini(lede_section_writer *writer)
{
    lede_envelope_abandon(writer->file);
    lede_release(writer->allocator, writer->places,
                 writer->capacity * sizeof *writer->places);
    lede_buffer_fini(&writer->out);
}

uint64_t lede_section_writer_memory(const lede_section_writer *writer)
{
    return writer->out.capacity + writer->capacity * sizeof *writer->places;
}

lede_status lede_section_writer_create(lede_section_writer *writer,
                                       lede_dir *dir, const char *name,
                                       lede_error *err)
{
    return lede_envelope_create(&writer->file, dir, name, LEDE_ENVELOPE_SEGMENT,
                                writer->allocator, err);
}

lede_status lede_section_begin(lede_section_writer *writer, lede_section_id id,
                               uint32_t field, lede_error *err)
{
    lede_section_writer *w = writer;
    lede_status status = LEDE_ERR_CANCELLED;

    if (!lede_cancel_is_set(w->cancel))
        status = lede_envelope_align(w->file, err);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (!lede_grow(w->allocator, &w->places, &w->capacity, w->count + 1,
                   sizeof *w->places))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->places[w->count++] =
        (lede_section_place){ id, field, lede_envelope_offset(w->file), 0 };
    return LEDE_OK;
}

void lede_section_end(lede_section_writer *writer)
{
    lede_section_place *place = &writer->places[writer->count - 1];

    place->length = lede_envelope_offset(writer->file) - place->offset;
    if (place->length == 0)
        writer->count--;
}

lede_status lede_section_drain(lede_section_writer *writer, lede_buffer *buffer,
                               size_t least, lede_error *err)
{
    lede_status status = lede_fail_plain(err, buffer->status);

    if (status != LEDE_OK || buffer->len < least)
        return status;
    status = lede_envelope_write(writer->file, buffer->at, buffer->len, err);
    lede_buffer_clear(buffer);
    return status;
}

lede_status lede_section_put(lede_section_writer *writer, lede_section_id id,
                             uint32_t field, lede_buffer *buffer,
                             lede_error *err)
{
    lede_status status = lede_section_begin(writer, id, field, err);

    if (status == LEDE_OK)
        status = lede_section_drain(writer, buffer, 0, err);
    if (status == LEDE_OK)
        lede_section_end(writer);
    return status;
}

lede_status lede_section_put_spool(lede_section_writer *writer,
                                   lede_section_id id, lede_spool *spool,
                                   lede_error *err)
{
    lede_bytes all;
    lede_status status = lede_spool_read(spool, &all, err);

    if (status == LEDE_OK)
        status = lede_section_begin(writer, id, LEDE_NO_SECTION_FIELD, err);
    if (status == LEDE_OK)
        status = lede_envelope_write(writer->file, all.at, all.len, err);
    if (status == LEDE_OK)
        lede_section_end(writer);
    lede_spool_fini(spool);
    return status;
}

static int by_id_then_field(const void *left, const void *right)
{
    const lede_section_place *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->field > b->field) - (a->field < b->field);
}

/* The list of sections, and where it begins. */
static lede_status put_contents(lede_section_writer *w, lede_error *err)
{
    lede_status status = lede_envelope_align(w->file, err);
    uint64_t begin = lede_envelope_offset(w->file);

    qsort(w->places, w->count, sizeof *w->places, by_id_then_field);
    lede_put_u32(&w->out, (uint32_t)w->count);
    for (size_t i = 0; i < w->count; i++) {
        lede_put_u32(&w->out, w->places[i].id);
        lede_put_u32(&w->out, w->places[i].field);
        lede_put_u64(&w->out, w->places[i].offset);
        lede_put_u64(&w->out, w->places[i].length);
    }
    lede_put_u64(&w->out, begin);
    return status == LEDE_OK ? lede_section_drain(w, &w->out, 0, err) : status;
}

lede_status lede_section_writer_end(lede_section_writer *writer, bool sync,
                                    lede_envelope_mark *mark, lede_error *err)
{
    lede_status status = put_contents(writer, err);

    if (status != LEDE_OK)
        return status;
    status = lede_envelope_end(writer->file, sync, &mark->length,
                               &mark->signature, err);
    writer->file = NULL;
    return status;
}
