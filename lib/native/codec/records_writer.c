/*
 * native/codec/records_writer.c - the stream of records, as stored.
 *
 *     records   [block] padding to 8 [end:u64] blocks:u32 zeros:4
 *     block     a zstd frame with its content size, of 16 KiB of the stream;
 *               the last one of the rest
 *
 * Of 17 MB of newswire level 3 makes 46% without a dictionary, 41% with one of
 * 32 KiB, at 80 to 150 MB/s a core. Level 6 would make 38.5% at 50 MB/s, slower
 * than all else that indexing does.
 */
#include "native/codec/records.h"

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

#define LEVEL          3
#define TRAIN_BYTES    1048576U /* the stream is held up to here */
#define TRAIN_LEAST    131072U  /* below, a dictionary costs too much */
#define SAMPLE_BYTES   2048U
#define DICTIONARY_MAX 65536U
#define SHARE          32U /* of the sample that a dictionary may take */

struct lede_records_writer {
    const lede_allocator *allocator;
    lede_buffer held; /* not yet in a block */
    bool trained;
    uint64_t length;
    uint64_t offset; /* of the next block in the section */
    lede_buffer dictionary;
    lede_buffer ends;
    uint32_t blocks;
    ZSTD_CCtx *context;
    ZSTD_CDict *table; /* NULL: no dictionary */
};

lede_status lede_records_writer_new(lede_records_writer **out,
                                    const lede_allocator *allocator)
{
    lede_records_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    lede_buffer_init(&made->held, allocator);
    lede_buffer_init(&made->dictionary, allocator);
    lede_buffer_init(&made->ends, allocator);
    made->context = ZSTD_createCCtx();
    if (!made->context) {
        lede_records_writer_free(made);
        return LEDE_ERR_NOMEM;
    }
    *out = made;
    return LEDE_OK;
}

void lede_records_writer_free(lede_records_writer *writer)
{
    if (!writer)
        return;
    lede_buffer_fini(&writer->held);
    lede_buffer_fini(&writer->dictionary);
    lede_buffer_fini(&writer->ends);
    ZSTD_freeCDict(writer->table);
    ZSTD_freeCCtx(writer->context);
    lede_release(writer->allocator, writer, sizeof *writer);
}

/* Fills in the dictionary. That a text has nothing to train to is no failure;
 * it goes without. */
static lede_status run_trainer(lede_records_writer *w, size_t *sizes,
                               uint32_t count)
{
    size_t room = w->held.len / SHARE, made;
    uint8_t *at;

    room = room < DICTIONARY_MAX ? room : DICTIONARY_MAX;
    at = lede_buffer_reserve(&w->dictionary, room);
    if (!at)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++)
        sizes[i] = SAMPLE_BYTES;
    made = ZDICT_trainFromBuffer(at, room, w->held.at, sizes, count);
    if (ZDICT_isError(made))
        return ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation
                   ? LEDE_ERR_NOMEM
                   : LEDE_OK;
    w->dictionary.len = made;
    w->table = ZSTD_createCDict(at, made, LEVEL);
    return w->table ? LEDE_OK : LEDE_ERR_NOMEM;
}

static lede_status train(lede_records_writer *w)
{
    uint32_t count = (uint32_t)(w->held.len / SAMPLE_BYTES);
    size_t *sizes;
    lede_status status;

    w->trained = true;
    if (w->held.len < TRAIN_LEAST)
        return LEDE_OK;
    sizes = lede_alloc_array(w->allocator, count, sizeof *sizes);
    if (!sizes)
        return LEDE_ERR_NOMEM;
    status = run_trainer(w, sizes, count);
    lede_release(w->allocator, sizes, count * sizeof *sizes);
    return status;
}

static lede_status put_block(lede_records_writer *w, lede_bytes bytes,
                             lede_buffer *out)
{
    size_t room = ZSTD_compressBound(LEDE_RECORDS_BLOCK), made;
    uint8_t *at = lede_buffer_reserve(out, room);

    if (!at)
        return LEDE_ERR_NOMEM;
    if (w->table)
        made = ZSTD_compress_usingCDict(w->context, at, room, bytes.at,
                                        bytes.len, w->table);
    else
        made =
            ZSTD_compressCCtx(w->context, at, room, bytes.at, bytes.len, LEVEL);
    if (ZSTD_isError(made)) /* there is room, so it is memory */
        return LEDE_ERR_NOMEM;
    out->len += made;
    w->offset += made;
    w->blocks++;
    lede_put_u64(&w->ends, w->offset);
    return w->ends.status;
}

/* Puts all that is held into blocks; with `all` the rest too. */
static lede_status put_blocks(lede_records_writer *w, bool all,
                              lede_buffer *out)
{
    size_t at = 0;
    lede_status status = LEDE_OK;

    while (status == LEDE_OK && at < w->held.len) {
        size_t left = w->held.len - at;
        size_t len = left < LEDE_RECORDS_BLOCK ? left : LEDE_RECORDS_BLOCK;

        if (len < LEDE_RECORDS_BLOCK && !all)
            break;
        status = put_block(w, lede_bytes_of(w->held.at + at, len), out);
        at += len;
    }
    if (at > 0) {
        w->held.len -= at;
        memmove(w->held.at, w->held.at + at, w->held.len);
    }
    return status;
}

lede_status lede_records_writer_add(lede_records_writer *writer,
                                    lede_bytes record, lede_buffer *out)
{
    lede_status status = LEDE_OK;

    lede_put(&writer->held, record.at, record.len);
    if (writer->held.status != LEDE_OK)
        return writer->held.status;
    writer->length += record.len;
    if (writer->held.len < (writer->trained ? LEDE_RECORDS_BLOCK : TRAIN_BYTES))
        return LEDE_OK;
    if (!writer->trained)
        status = train(writer);
    return status == LEDE_OK ? put_blocks(writer, false, out) : status;
}

lede_status lede_records_writer_end(lede_records_writer *writer,
                                    lede_buffer *out, lede_buffer *dictionary)
{
    lede_status status = writer->trained ? LEDE_OK : train(writer);

    if (status == LEDE_OK)
        status = put_blocks(writer, true, out);
    if (status != LEDE_OK)
        return status;
    for (uint64_t at = writer->offset; at % 8 != 0; at++)
        lede_put_u8(out, 0);
    lede_put(out, writer->ends.at, writer->ends.len);
    lede_put_u32(out, writer->blocks);
    lede_put_u32(out, 0);
    lede_put(dictionary, writer->dictionary.at, writer->dictionary.len);
    return out->status == LEDE_OK ? dictionary->status : out->status;
}

uint64_t lede_records_writer_length(const lede_records_writer *writer)
{
    return writer->length;
}

uint64_t lede_records_writer_memory(const lede_records_writer *writer)
{
    return sizeof *writer + writer->held.capacity +
           writer->dictionary.capacity + writer->ends.capacity +
           ZSTD_sizeof_CCtx(writer->context) + ZSTD_sizeof_CDict(writer->table);
}
