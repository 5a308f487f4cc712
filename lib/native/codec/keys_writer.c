/* native/codec/keys_writer.c - keys in order, as stored. Grammar in keys.c. */
#include "native/codec/keys.h"

#define HEAD_BYTES 8U

void lede_keys_writer_init(lede_keys_writer *writer,
                           const lede_allocator *allocator)
{
    writer->n = writer->count = 0;
    writer->offset = 0;
    lede_buffer_init(&writer->texts, allocator);
    lede_buffer_init(&writer->offsets, allocator);
}

void lede_keys_writer_fini(lede_keys_writer *writer)
{
    lede_buffer_fini(&writer->texts);
    lede_buffer_fini(&writer->offsets);
}

static lede_status end_block(lede_keys_writer *w, lede_buffer *blocks)
{
    lede_bytes texts[LEDE_FRONT_MAX];
    size_t before = blocks->len, begin = 0;

    if (w->n == 0 || w->texts.status != LEDE_OK)
        return w->texts.status;
    for (uint32_t i = 0; i < w->n; i++) {
        texts[i] = lede_bytes_of(w->texts.at + begin, w->ends[i] - begin);
        begin = w->ends[i];
    }
    lede_front_write(blocks, texts, w->n);
    lede_put_u64(&w->offsets, w->offset);
    w->offset += blocks->len - before;
    w->n = 0;
    lede_buffer_clear(&w->texts);
    return blocks->status != LEDE_OK ? blocks->status : w->offsets.status;
}

lede_status lede_keys_writer_add(lede_keys_writer *writer, lede_bytes key,
                                 lede_buffer *blocks)
{
    lede_keys_writer *w = writer;
    lede_status status =
        w->n == LEDE_FRONT_MAX ? end_block(w, blocks) : LEDE_OK;

    if (status != LEDE_OK)
        return status;
    lede_put(&w->texts, key.at, key.len);
    w->ends[w->n++] = w->texts.len;
    w->count++;
    return w->texts.status;
}

lede_status lede_keys_writer_end(lede_keys_writer *writer, lede_buffer *head,
                                 lede_buffer *blocks)
{
    lede_keys_writer *w = writer;
    lede_status status = end_block(w, blocks);
    lede_bytes offsets = lede_buffer_bytes(&w->offsets);
    uint64_t first = HEAD_BYTES + offsets.len, offset;

    lede_put_u32(head, (uint32_t)(offsets.len / 8));
    lede_put_u32(head, w->count);
    while (lede_take_u64(&offsets, &offset))
        lede_put_u64(head, first + offset);
    return status == LEDE_OK ? head->status : status;
}

void lede_keys_write(lede_buffer *out, const lede_bytes *keys, uint32_t count)
{
    lede_keys_writer writer;
    lede_buffer blocks;
    lede_status status = LEDE_OK;

    lede_keys_writer_init(&writer, out->allocator);
    lede_buffer_init(&blocks, out->allocator);
    for (uint32_t i = 0; i < count && status == LEDE_OK; i++)
        status = lede_keys_writer_add(&writer, keys[i], &blocks);
    if (status == LEDE_OK)
        status = lede_keys_writer_end(&writer, out, &blocks);
    lede_put(out, blocks.at, blocks.len);
    if (status != LEDE_OK)
        out->status = status;
    lede_buffer_fini(&blocks);
    lede_keys_writer_fini(&writer);
}
