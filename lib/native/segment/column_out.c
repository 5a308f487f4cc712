#include "native/segment/column_out.h"

#include "base/error.h"

#define HELD_BYTES 32768U

void lede_column_out_init(lede_column_out *column, lede_dir *dir,
                          const char *name, const lede_allocator *allocator)
{
    lede_column_writer_init(&column->writer, allocator);
    lede_spool_init(&column->blocks, dir, name, allocator);
}

void lede_column_out_fini(lede_column_out *column)
{
    lede_column_writer_fini(&column->writer);
    lede_spool_fini(&column->blocks);
}

static lede_status spill(lede_column_out *column, lede_error *err)
{
    lede_column_writer *w = &column->writer;
    lede_status status =
        lede_spool_write(&column->blocks, lede_buffer_bytes(&w->blocks), err);

    w->taken += w->blocks.len;
    lede_buffer_clear(&w->blocks);
    return status;
}

lede_status lede_column_out_add(lede_column_out *column, uint64_t number,
                                lede_error *err)
{
    lede_status status = lede_column_writer_add(&column->writer, number);

    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    return column->blocks.dir && column->writer.blocks.len >= HELD_BYTES
               ? spill(column, err)
               : LEDE_OK;
}

lede_status lede_column_out_put(lede_column_out *column,
                                lede_section_writer *sections,
                                lede_section_id id, uint32_t field,
                                lede_error *err)
{
    lede_buffer *head = &sections->out, tail;
    lede_bytes blocks;
    lede_status status = lede_section_begin(sections, id, field, err);

    lede_buffer_init(&tail, sections->allocator);
    lede_column_writer_split(&column->writer, head, &tail);
    if (status == LEDE_OK)
        status = lede_section_drain(sections, head, 0, err);
    if (status == LEDE_OK)
        status = lede_spool_read(&column->blocks, &blocks, err);
    if (status == LEDE_OK)
        status =
            lede_envelope_write(sections->file, blocks.at, blocks.len, err);
    if (status == LEDE_OK)
        status = lede_section_drain(sections, &tail, 0, err);
    if (status == LEDE_OK)
        lede_section_end(sections);
    lede_buffer_fini(&tail);
    lede_column_out_fini(column);
    return status;
}

uint64_t lede_column_out_memory(const lede_column_out *column)
{
    return column->writer.blocks.capacity + column->writer.entries.capacity +
           column->blocks.bytes.capacity;
}
