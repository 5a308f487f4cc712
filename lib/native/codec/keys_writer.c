/* native/codec/keys_writer.c - keys in order, as stored. Grammar in keys.c. */
#include "native/codec/keys.h"
#include "native/codec/keys_shape.h"
#include "native/codec/signs.h"

#define HEAD_BYTES 8U

void lede_keys_writer_init(lede_keys_writer *writer,
                           const lede_allocator *allocator)
{
    writer->n = writer->count = 0;
    writer->offset = 0;
    lede_buffer_init(&writer->texts, allocator);
    lede_buffer_init(&writer->coded, allocator);
    lede_buffer_init(&writer->offsets, allocator);
}

void lede_keys_writer_fini(lede_keys_writer *writer)
{
    lede_buffer_fini(&writer->texts);
    lede_buffer_fini(&writer->coded);
    lede_buffer_fini(&writer->offsets);
}

uint64_t lede_keys_writer_memory(const lede_keys_writer *writer)
{
    return writer->texts.capacity + writer->coded.capacity +
           writer->offsets.capacity;
}

/* How the keys of a block are written. */
typedef struct layout {
    uint32_t coding;
    uint32_t prefix;                 /* bytes */
    uint32_t units[LEDE_KEYS_BLOCK]; /* of each rest */
} layout;

static lede_bytes text_of(const lede_keys_writer *w, uint32_t at)
{
    size_t begin = at > 0 ? w->ends[at - 1] : 0;

    return lede_bytes_of(w->texts.at + begin, w->ends[at] - begin);
}

/* What the first and the last have in common, all have. */
static uint32_t prefix_of(const lede_keys_writer *w)
{
    lede_bytes a = text_of(w, 0), b = text_of(w, w->n - 1);
    uint32_t len = 0;

    while (len < a.len && len < b.len && a.at[len] == b.at[len])
        len++;
    return len;
}

/* Codes the rests; false if that makes them no shorter than `len`. */
static bool code_rests(lede_keys_writer *w, layout *l, size_t len)
{
    lede_nibbles to;
    uint8_t *at;

    l->coding = lede_signs_coding(w->texts.at, w->texts.len);
    if (l->coding == 0 || len == 0)
        return false;
    at = lede_buffer_reserve(&w->coded, 2 * len);
    if (!at)
        return false;
    lede_nibbles_init(&to, l->coding, at);
    for (uint32_t i = 0; i < w->n; i++) {
        lede_bytes text = text_of(w, i);
        uint32_t before = to.count;

        for (size_t b = l->prefix; b < text.len; b++)
            lede_nibbles_put(&to, text.at[b]);
        l->units[i] = to.count - before;
    }
    w->coded.len = (to.count + 1) / 2;
    return w->coded.len < len;
}

static void copy_rests(lede_keys_writer *w, layout *l)
{
    l->coding = 0;
    w->coded.len = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        lede_bytes text = text_of(w, i);

        l->units[i] = (uint32_t)text.len - l->prefix;
        lede_put(&w->coded, text.at + l->prefix, l->units[i]);
    }
}

static void put_head(lede_keys_writer *w, const layout *l, lede_buffer *blocks)
{
    uint8_t more[LEDE_KEYS_BLOCK * LEDE_KEYS_WIDTH_MAX / 8] = { 0 };
    uint32_t least = l->units[0], any = 0, width = 0, plane = (w->n + 7) / 8;

    for (uint32_t i = 1; i < w->n; i++)
        least = l->units[i] < least ? l->units[i] : least;
    for (uint32_t i = 0; i < w->n; i++)
        any |= l->units[i] - least;
    if (any)
        width = 32 - (uint32_t)__builtin_clz(any);
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t bit = 0; bit < width; bit++)
            more[bit * plane + i / 8] |=
                (uint8_t)(((l->units[i] - least) >> bit & 1) << i % 8);
    lede_put_u8(blocks, (uint8_t)(l->coding * LEDE_KEYS_SHAPE_CODING + width));
    lede_put_block(blocks, lede_bytes_of(w->texts.at, l->prefix));
    lede_put_varint(blocks, least);
    lede_put(blocks, more, width * plane);
}

static lede_status end_block(lede_keys_writer *w, lede_buffer *blocks)
{
    size_t before = blocks->len;
    layout l;

    if (w->n == 0 || w->texts.status != LEDE_OK)
        return w->texts.status;
    l.prefix = prefix_of(w);
    lede_buffer_clear(&w->coded);
    if (!code_rests(w, &l, w->texts.len - (size_t)w->n * l.prefix))
        copy_rests(w, &l);
    put_head(w, &l, blocks);
    lede_put(blocks, w->coded.at, w->coded.len);
    lede_put_u64(&w->offsets, w->offset);
    w->offset += blocks->len - before;
    w->n = 0;
    lede_buffer_clear(&w->texts);
    if (w->coded.status != LEDE_OK)
        return w->coded.status;
    return blocks->status != LEDE_OK ? blocks->status : w->offsets.status;
}

lede_status lede_keys_writer_add(lede_keys_writer *writer, lede_bytes key,
                                 lede_buffer *blocks)
{
    lede_keys_writer *w = writer;
    lede_status status =
        w->n == LEDE_KEYS_BLOCK ? end_block(w, blocks) : LEDE_OK;

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
