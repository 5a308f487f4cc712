/*
 * native/codec/records.c - reads the stream that records_writer.c writes.
 *
 * How much a block holds follows from the length of its part, so nothing is
 * allocated by what a frame says of itself; but a dictionary says its size,
 * which has a limit.
 */
#include "native/codec/records.h"

#include <assert.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "native/codec/lexicon.h"
#include "native/codec/zstd_memory.h"

/* Of a dictionary, unpacked. */
#define DICTIONARY_MAX 1048576U

typedef struct part {
    uint64_t begin; /* in the stream */
    uint64_t length;
    uint64_t first; /* its first block */
    lede_bytes dictionary;
    lede_lexicon lexicon;
    ZSTD_DDict *table; /* NULL: none */
} part;

struct lede_records {
    const lede_allocator *allocator;
    lede_records_source source;
    lede_bytes blocks; /* and padding */
    lede_bytes ends;
    uint64_t length;
    part *parts;
    uint32_t part_count;
};

struct lede_records_cursor {
    const lede_allocator *allocator;
    const lede_records *records; /* that the block is of */
    uint64_t block;              /* at hand; UINT64_MAX: none */
    ZSTD_DCtx *context;
    lede_buffer coded; /* of a record that lies in several blocks */
    lede_buffer text;
    uint8_t bytes[LEDE_RECORDS_BLOCK];
};

uint64_t lede_records_blocks_of(uint64_t length)
{
    return length / LEDE_RECORDS_BLOCK + (length % LEDE_RECORDS_BLOCK != 0);
}

static uint64_t end_of(const lede_records *records, uint64_t block)
{
    lede_bytes in = lede_bytes_of(records->ends.at + 8 * (size_t)block, 8);
    uint64_t end = 0;

    (void)lede_take_u64(&in, &end);
    return end;
}

static uint64_t begin_of(const lede_records *records, uint64_t block)
{
    return block ? end_of(records, block - 1) : 0;
}

/* ---- Opening ---- */

/* Ends rise, and only padding lies behind the last. */
static bool ends_are_sound(const lede_records *records, uint64_t count)
{
    uint64_t before = 0;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t end = end_of(records, i);

        if (end <= before || end > records->blocks.len)
            return false;
        before = end;
    }
    return (before + 7) / 8 * 8 == records->blocks.len;
}

lede_status lede_records_need(const lede_records *records, lede_bytes bytes)
{
    const lede_records_source *source = &records->source;

    return source->need ? source->need(source->need_ctx, bytes.at, bytes.len)
                        : LEDE_OK;
}

static lede_status take_ends(lede_records *records, uint64_t count)
{
    lede_bytes in = records->source.blocks;
    lede_status status;

    if (count > in.len / 8 ||
        !lede_take(&in, in.len - 8 * count, &records->blocks))
        return LEDE_ERR_CORRUPT;
    records->ends = in;
    status = lede_records_need(records, in);
    if (status != LEDE_OK)
        return status;
    return ends_are_sound(records, count) ? LEDE_OK : LEDE_ERR_CORRUPT;
}

/* What is left of a dictionary behind its lexicon. */
static lede_status open_table(part *p, lede_bytes table,
                              const lede_allocator *allocator)
{
    if (table.len == 0)
        return LEDE_OK;
    /* Either of the two; a dictionary that was written opens. */
    p->table =
        ZSTD_createDDict_advanced(table.at, table.len, ZSTD_dlm_byCopy,
                                  ZSTD_dct_auto, lede_zstd_memory(allocator));
    if (p->table)
        return LEDE_OK;
    return ZSTD_getDictID_fromDict(table.at, table.len) ? LEDE_ERR_NOMEM
                                                        : LEDE_ERR_CORRUPT;
}

static lede_status unpack_dictionary(part *p, uint8_t *room, size_t size,
                                     const lede_allocator *allocator)
{
    lede_bytes in;
    lede_status status;
    size_t made =
        ZSTD_decompress(room, size, p->dictionary.at, p->dictionary.len);

    if (ZSTD_isError(made) &&
        ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
        return LEDE_ERR_NOMEM;
    if (made != size)
        return LEDE_ERR_CORRUPT;
    in = lede_bytes_of(room, size);
    status = lede_lexicon_open(&p->lexicon, &in);
    return status == LEDE_OK ? open_table(p, in, allocator) : status;
}

static lede_status open_dictionary(part *p, const lede_allocator *allocator)
{
    lede_bytes packed = p->dictionary;
    unsigned long long size;
    uint8_t *room;
    lede_status status;

    if (packed.len == 0)
        return LEDE_OK;
    size = ZSTD_getFrameContentSize(packed.at, packed.len);
    if (size > DICTIONARY_MAX || /* as errors are */
        ZSTD_findFrameCompressedSize(packed.at, packed.len) != packed.len)
        return LEDE_ERR_CORRUPT;
    room = lede_alloc(allocator, (size_t)size);
    if (!room)
        return LEDE_ERR_NOMEM;
    status = unpack_dictionary(p, room, (size_t)size, allocator);
    lede_release(allocator, room, (size_t)size);
    return status;
}

/* Takes the list of parts; *blocks is how many they have in all. */
static bool take_parts(lede_records *records, lede_bytes *in, uint64_t *blocks)
{
    uint64_t sizes[LEDE_RECORDS_PARTS_MAX];

    *blocks = 0;
    for (uint32_t i = 0; i < records->part_count; i++) {
        part *p = &records->parts[i];

        if (!lede_take_varint(in, &p->length) ||
            !lede_take_varint(in, &sizes[i]) || p->length == 0 ||
            p->length > UINT64_MAX / 2 - records->length)
            return false;
        p->begin = records->length;
        p->first = *blocks;
        records->length += p->length;
        *blocks += lede_records_blocks_of(p->length);
    }
    for (uint32_t i = 0; i < records->part_count; i++)
        if (!lede_take(in, sizes[i], &records->parts[i].dictionary))
            return false;
    return in->len == 0;
}

static lede_status open_parts(lede_records *records)
{
    lede_bytes in = records->source.dictionaries;
    uint64_t count = 0, blocks;
    lede_status status;

    if (!lede_take_varint(&in, &count) || count > LEDE_RECORDS_PARTS_MAX)
        return LEDE_ERR_CORRUPT;
    records->parts = lede_alloc_zero(records->allocator,
                                     (count + 1) * sizeof *records->parts);
    if (!records->parts)
        return LEDE_ERR_NOMEM;
    records->part_count = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++)
        lede_lexicon_init(&records->parts[i].lexicon, records->allocator);
    if (!take_parts(records, &in, &blocks))
        return LEDE_ERR_CORRUPT;
    status = take_ends(records, blocks);
    if (records->source.to_copy)
        return status;
    for (uint32_t i = 0; i < count && status == LEDE_OK; i++)
        status = open_dictionary(&records->parts[i], records->allocator);
    return status;
}

lede_status lede_records_open(lede_records **out,
                              const lede_records_source *source,
                              const lede_allocator *allocator)
{
    lede_records *records = lede_alloc_zero(allocator, sizeof *records);
    lede_status status;

    if (!records)
        return LEDE_ERR_NOMEM;
    records->allocator = allocator;
    records->source = *source;
    status = open_parts(records);
    if (status == LEDE_OK)
        *out = records;
    else
        lede_records_close(records);
    return status;
}

void lede_records_close(lede_records *records)
{
    if (!records)
        return;
    for (uint32_t i = 0; i < records->part_count; i++) {
        lede_lexicon_fini(&records->parts[i].lexicon);
        ZSTD_freeDDict(records->parts[i].table);
    }
    lede_release(records->allocator, records->parts,
                 (records->part_count + 1U) * sizeof *records->parts);
    lede_release(records->allocator, records, sizeof *records);
}

uint64_t lede_records_length(const lede_records *records)
{
    return records->length;
}

uint32_t lede_records_part_count(const lede_records *records)
{
    return records->part_count;
}

lede_records_part lede_records_part_at(const lede_records *records, uint32_t at)
{
    const part *p = &records->parts[at];
    uint64_t begin = begin_of(records, p->first);
    uint64_t end =
        begin_of(records, p->first + lede_records_blocks_of(p->length));

    return (lede_records_part){ p->length, p->dictionary,
                                lede_bytes_of(records->blocks.at + begin,
                                              (size_t)(end - begin)) };
}

uint64_t lede_records_part_end(const lede_records *records, uint32_t at,
                               uint64_t block)
{
    const part *p = &records->parts[at];

    return end_of(records, p->first + block) - begin_of(records, p->first);
}

/* ---- Reading ---- */

lede_status lede_records_cursor_new(lede_records_cursor **out,
                                    const lede_allocator *allocator)
{
    lede_records_cursor *made = lede_alloc(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->records = NULL;
    made->block = UINT64_MAX;
    lede_buffer_init(&made->coded, allocator);
    lede_buffer_init(&made->text, allocator);
    made->context = ZSTD_createDCtx_advanced(lede_zstd_memory(allocator));
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
    lede_buffer_fini(&cursor->coded);
    lede_buffer_fini(&cursor->text);
    lede_release(cursor->allocator, cursor, sizeof *cursor);
}

void lede_records_cursor_clear(lede_records_cursor *cursor)
{
    cursor->records = NULL;
    cursor->block = UINT64_MAX;
    lede_buffer_fini(&cursor->coded);
    lede_buffer_fini(&cursor->text);
    lede_buffer_init(&cursor->coded, cursor->allocator);
    lede_buffer_init(&cursor->text, cursor->allocator);
}

/* Unpacks one frame, which must hold just what the block does. */
static lede_status unpack(lede_records_cursor *c, const part *p, size_t size,
                          lede_bytes in)
{
    size_t made;

    if (ZSTD_getFrameContentSize(in.at, in.len) != size ||
        ZSTD_findFrameCompressedSize(in.at, in.len) != in.len)
        return LEDE_ERR_CORRUPT;
    if (p->table)
        made = ZSTD_decompress_usingDDict(c->context, c->bytes, size, in.at,
                                          in.len, p->table);
    else
        made = ZSTD_decompressDCtx(c->context, c->bytes, size, in.at, in.len);
    if (ZSTD_isError(made) &&
        ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
        return LEDE_ERR_NOMEM;
    return made == size ? LEDE_OK : LEDE_ERR_CORRUPT;
}

/* Brings the block that holds a byte of a part to hand. */
static lede_status load(lede_records_cursor *c, const lede_records *records,
                        const part *p, uint64_t at)
{
    uint64_t in_part = at / LEDE_RECORDS_BLOCK, block = p->first + in_part;
    uint64_t left = p->length - in_part * LEDE_RECORDS_BLOCK;
    uint64_t begin = begin_of(records, block), end = end_of(records, block);
    lede_bytes in = lede_bytes_of(records->blocks.at + begin, end - begin);
    lede_status status;

    if (c->records == records && c->block == block)
        return LEDE_OK;
    c->block = UINT64_MAX;
    status = lede_records_need(records, in);
    if (status == LEDE_OK)
        status = unpack(
            c, p, left < LEDE_RECORDS_BLOCK ? (size_t)left : LEDE_RECORDS_BLOCK,
            in);
    if (status == LEDE_OK) {
        c->records = records;
        c->block = block;
    }
    return status;
}

/* Coded bytes of a part: in the block at hand if they all lie in one. */
static lede_status gather(lede_records_cursor *c, const lede_records *records,
                          const part *p, lede_records_place place,
                          lede_bytes *coded)
{
    lede_buffer_clear(&c->coded);
    *coded = lede_bytes_of(c->bytes, 0);
    while (place.begin < place.end) {
        size_t from = (size_t)(place.begin % LEDE_RECORDS_BLOCK);
        size_t n = LEDE_RECORDS_BLOCK - from;
        lede_status status = load(c, records, p, place.begin);

        if (status != LEDE_OK)
            return status;
        n = n < place.end - place.begin ? n : (size_t)(place.end - place.begin);
        place.begin += n;
        *coded = lede_bytes_of(c->bytes + from, n);
        if (place.begin == place.end && c->coded.len == 0)
            return LEDE_OK;
        lede_put(&c->coded, coded->at, n);
        if (c->coded.status != LEDE_OK)
            return c->coded.status;
        *coded = lede_buffer_bytes(&c->coded);
    }
    return LEDE_OK;
}

lede_status lede_records_read(lede_records_cursor *cursor,
                              const lede_records *records,
                              lede_records_place place, lede_bytes *record)
{
    lede_bytes coded;
    lede_status status;
    uint32_t at = 0;
    const part *p;

    assert(!records->source.to_copy);
    lede_buffer_clear(&cursor->text);
    *record = lede_buffer_bytes(&cursor->text);
    if (place.begin > place.end || place.end > records->length)
        return LEDE_ERR_CORRUPT;
    if (place.begin == place.end)
        return LEDE_OK;
    while (place.begin >= records->parts[at].begin + records->parts[at].length)
        at++;
    p = &records->parts[at];
    if (place.end - p->begin > p->length)
        return LEDE_ERR_CORRUPT;
    place.begin -= p->begin;
    place.end -= p->begin;
    status = gather(cursor, records, p, place, &coded);
    if (status == LEDE_OK)
        status = lede_lexicon_text(&p->lexicon, coded, &cursor->text);
    *record = lede_buffer_bytes(&cursor->text);
    return status;
}
