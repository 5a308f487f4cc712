/*
 * native/codec/records.c - reads the stream that records_writer.c writes.
 *
 * How much a block holds follows from the length of the stream, so nothing is
 * allocated by what a frame says of itself.
 */
#include "native/codec/records.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

#define FOOT_BYTES 8U

struct lede_records {
    const lede_allocator *allocator;
    lede_bytes blocks; /* and padding */
    lede_bytes ends;
    uint64_t count;
    uint64_t length;
    ZSTD_DDict *table; /* NULL: no dictionary */
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
};

struct lede_records_cursor {
    const lede_allocator *allocator;
    const lede_records *records;
    ZSTD_DCtx *context;
    uint64_t block; /* at hand; UINT64_MAX: none */
    uint8_t bytes[LEDE_RECORDS_BLOCK];
};

static uint64_t block_count(uint64_t length)
{
    return length / LEDE_RECORDS_BLOCK + (length % LEDE_RECORDS_BLOCK != 0);
}

uint64_t lede_records_tail(uint64_t length)
{
    return 8 * block_count(length) + FOOT_BYTES;
}

static uint64_t end_of(const lede_records *records, uint64_t block)
{
    lede_bytes in = lede_bytes_of(records->ends.at + 8 * (size_t)block, 8);
    uint64_t end = 0;

    (void)lede_take_u64(&in, &end);
    return end;
}

/* Ends rise, and only padding lies behind the last. */
static bool ends_are_sound(const lede_records *records)
{
    uint64_t before = 0;

    for (uint64_t i = 0; i < records->count; i++) {
        uint64_t end = end_of(records, i);

        if (end <= before || end > records->blocks.len)
            return false;
        before = end;
    }
    return (before + 7) / 8 * 8 == records->blocks.len;
}

static bool take_tail(lede_records *records, lede_bytes section)
{
    uint64_t tail = lede_records_tail(records->length);
    uint32_t blocks, zeros;
    lede_bytes in = section;

    return tail <= section.len &&
           lede_take(&in, section.len - tail, &records->blocks) &&
           lede_take(&in, tail - FOOT_BYTES, &records->ends) &&
           lede_take_u32(&in, &blocks) && lede_take_u32(&in, &zeros) &&
           blocks == records->count && zeros == 0 && ends_are_sound(records);
}

lede_status lede_records_open(lede_records **out, lede_bytes section,
                              lede_bytes dictionary, uint64_t length,
                              const lede_allocator *allocator)
{
    lede_records made = { .allocator = allocator,
                          .length = length,
                          .count = block_count(length) };
    lede_records *kept;

    if (!take_tail(&made, section))
        return LEDE_ERR_CORRUPT;
    kept = lede_alloc(allocator, sizeof *kept);
    if (!kept)
        return LEDE_ERR_NOMEM;
    *kept = made;
    if (dictionary.len > 0) {
        kept->table = ZSTD_createDDict(dictionary.at, dictionary.len);
        if (!kept->table) {
            /* Either of the two; a dictionary that was written opens. */
            bool known =
                ZSTD_getDictID_fromDict(dictionary.at, dictionary.len) != 0;

            lede_records_close(kept);
            return known ? LEDE_ERR_NOMEM : LEDE_ERR_CORRUPT;
        }
    }
    *out = kept;
    return LEDE_OK;
}

void lede_records_close(lede_records *records)
{
    if (!records)
        return;
    ZSTD_freeDDict(records->table);
    lede_release(records->allocator, records, sizeof *records);
}

void lede_records_set_need(lede_records *records,
                           lede_status (*need)(void *ctx, const uint8_t *at,
                                               size_t len),
                           void *ctx)
{
    records->need = need;
    records->need_ctx = ctx;
}

lede_status lede_records_cursor_new(lede_records_cursor **out,
                                    const lede_records *records,
                                    const lede_allocator *allocator)
{
    lede_records_cursor *made = lede_alloc(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->records = records;
    made->block = UINT64_MAX;
    made->context = ZSTD_createDCtx();
    if (!made->context) {
        lede_records_cursor_free(made);
        return LEDE_ERR_NOMEM;
    }
    *out = made;
    return LEDE_OK;
}

void lede_records_cursor_free(lede_records_cursor *cursor)
{
    if (!cursor)
        return;
    ZSTD_freeDCtx(cursor->context);
    lede_release(cursor->allocator, cursor, sizeof *cursor);
}

static size_t block_size(const lede_records *records, uint64_t block)
{
    uint64_t left = records->length - block * LEDE_RECORDS_BLOCK;

    return left < LEDE_RECORDS_BLOCK ? (size_t)left : LEDE_RECORDS_BLOCK;
}

/* Unpacks one frame, which must hold just what the block does. */
static lede_status unpack(lede_records_cursor *c, uint64_t block, lede_bytes in)
{
    const lede_records *records = c->records;
    size_t size = block_size(records, block), made;

    if (ZSTD_getFrameContentSize(in.at, in.len) != size ||
        ZSTD_findFrameCompressedSize(in.at, in.len) != in.len)
        return LEDE_ERR_CORRUPT;
    if (records->table)
        made = ZSTD_decompress_usingDDict(c->context, c->bytes, size, in.at,
                                          in.len, records->table);
    else
        made = ZSTD_decompressDCtx(c->context, c->bytes, size, in.at, in.len);
    if (ZSTD_isError(made) &&
        ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
        return LEDE_ERR_NOMEM;
    return made == size ? LEDE_OK : LEDE_ERR_CORRUPT;
}

static lede_status load(lede_records_cursor *c, uint64_t block)
{
    const lede_records *records = c->records;
    uint64_t begin = block ? end_of(records, block - 1) : 0;
    uint64_t end = end_of(records, block);
    lede_bytes rest = records->blocks, in;
    lede_status status = LEDE_OK;

    if (c->block == block)
        return LEDE_OK;
    c->block = UINT64_MAX;
    if (begin > end || !lede_take(&rest, begin, &in) ||
        !lede_take(&rest, end - begin, &in))
        return LEDE_ERR_CORRUPT;
    if (records->need)
        status = records->need(records->need_ctx, in.at, in.len);
    if (status == LEDE_OK)
        status = unpack(c, block, in);
    if (status == LEDE_OK)
        c->block = block;
    return status;
}

lede_status lede_records_read(lede_records_cursor *cursor, uint64_t begin,
                              uint64_t end, uint8_t *out)
{
    if (begin > end || end > cursor->records->length)
        return LEDE_ERR_CORRUPT;
    while (begin < end) {
        uint64_t block = begin / LEDE_RECORDS_BLOCK;
        size_t from = (size_t)(begin % LEDE_RECORDS_BLOCK);
        size_t n = LEDE_RECORDS_BLOCK - from;
        lede_status status = load(cursor, block);

        if (status != LEDE_OK)
            return status;
        n = n < end - begin ? n : (size_t)(end - begin);
        memcpy(out, cursor->bytes + from, n);
        out += n;
        begin += n;
    }
    return LEDE_OK;
}
