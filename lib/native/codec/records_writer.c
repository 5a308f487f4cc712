/*
 * native/codec/records_writer.c - the stream of records, as stored.
 *
 *     blocks         [block] padding to 8 [end:u64]
 *     block          a zstd frame with its content size, of 16 KiB of a part,
 *                    or what is left of it
 *     dictionaries   parts:varint [length:varint bytes:varint] [dictionary]
 *     dictionary     a zstd frame with its content size, of
 *                    lexicon table                    or nothing for neither
 *     table          what zstd takes for a dictionary
 *
 * The table is pieces of the sample from all over it, which compress as well as
 * what ZDICT's trainer picks in 20 times the time. 17 MB of newswire becomes
 * 30.6% of itself, 57 MB of court arguments and manuals 23.7%; zstd alone, with
 * the same table in blocks of the same text, makes 38% and 31%.
 */
#include "native/codec/records.h"

#include <zdict.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "native/codec/lexicon.h"
#include "native/codec/zstd_memory.h"

#define LEVEL            3
#define SLOW_LEVEL       14
#define TABLE_LOG        17U  /* of tables for it, at most */
#define RECORD_BYTES     513U /* as small as tables are made for */
#define DICTIONARY_LEVEL 6
#define DICTIONARY_LOG   15U /* of tables: more takes MiB, and wins little */
#define LEARN_BYTES      4194304U /* records are held up to here, at most */
#define LEARN_LEAST      131072U  /* below, a dictionary costs too much */
#define PIECE_BYTES      1024U
#define TABLE_MAX        131072U
#define TABLE_HEAD       1024U /* zstd's own part of a table */
#define TABLE_SHARE      32U   /* of a stream that ends with the sample */
#define STATISTICS       ((size_t)16384) /* of so many bytes, this often */
#define STATISTICS_MAX   16U
#define KEPT_BYTES       524288U  /* of a buffer that needs less */
#define GATHERED         262144U  /* bytes of blocks that are written at once */
#define KEPT_ENDS        1024U    /* of records whose lengths were taken */
#define VARINTS          20U      /* bytes of two */
#define COPIED_LEAST     1048576U /* a smaller part is better written again */

struct lede_records_writer {
    size_t learn_bytes; /* held before anything is learnt, */
    size_t gathered;    /* and then before blocks are written */
    const lede_allocator *allocator;
    int level;
    const lede_cancel *cancel;
    bool learned;
    lede_buffer held; /* records; when it has learned, what is in no block */
    uint64_t *ends;   /* of records: in `held`, then in the part */
    size_t end_count;
    size_t end_capacity;
    uint64_t told;   /* where the records end whose lengths were taken */
    uint64_t length; /* of the part */
    lede_lexicon lexicon;
    lede_buffer dictionary; /* of the part, unpacked */
    ZSTD_CCtx *context;
    const ZSTD_CDict *table; /* NULL: none */
    void *room;              /* it lives there */
    size_t room_bytes;

    uint64_t copied;     /* of the stream, before the part */
    lede_buffer parts;   /* copied: their lengths, */
    lede_buffer taken;   /* and dictionaries */
    uint32_t part_count; /* of those */
    uint64_t offset;     /* of the next block in the section */
    lede_buffer block_ends;
    bool ended; /* the part */
};

lede_status lede_records_writer_new(lede_records_writer **out,
                                    const lede_allocator *allocator)
{
    lede_records_writer *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->learn_bytes = LEARN_BYTES;
    made->gathered = GATHERED;
    made->level = LEVEL;
    lede_lexicon_init(&made->lexicon, allocator);
    lede_buffer_init(&made->held, allocator);
    lede_buffer_init(&made->dictionary, allocator);
    lede_buffer_init(&made->parts, allocator);
    lede_buffer_init(&made->taken, allocator);
    lede_buffer_init(&made->block_ends, allocator);
    made->context = ZSTD_createCCtx_advanced(lede_zstd_memory(allocator));
    if (!made->context) {
        lede_records_writer_free(made);
        return LEDE_ERR_NOMEM;
    }
    *out = made;
    return LEDE_OK;
}

void lede_records_writer_hold(lede_records_writer *writer, uint64_t bytes)
{
    writer->learn_bytes = bytes < LEARN_BYTES ? (size_t)bytes : LEARN_BYTES;
    if (bytes < LEARN_BYTES)
        writer->gathered = LEDE_RECORDS_BLOCK;
}

void lede_records_writer_squeeze(lede_records_writer *writer)
{
    writer->level = SLOW_LEVEL;
}

void lede_records_writer_watch(lede_records_writer *writer,
                               const lede_cancel *cancel)
{
    writer->cancel = cancel;
}

/* Between blocks, records and steps of learning, which take milliseconds. */
static lede_status look(const lede_records_writer *w)
{
    return lede_cancel_is_set(w->cancel) ? LEDE_ERR_CANCELLED : LEDE_OK;
}

static void drop_table(lede_records_writer *w)
{
    lede_release(w->allocator, w->room, w->room_bytes);
    w->room = NULL;
    w->table = NULL;
}

/* Gives back what only writing needs. */
static void put_away(lede_records_writer *w)
{
    lede_lexicon_fini(&w->lexicon);
    lede_buffer_fini(&w->held);
    lede_buffer_fini(&w->dictionary);
    drop_table(w);
    ZSTD_freeCCtx(w->context);
    w->context = NULL;
}

void lede_records_writer_free(lede_records_writer *writer)
{
    lede_records_writer *w = writer;

    if (!w)
        return;
    put_away(w);
    lede_buffer_fini(&w->parts);
    lede_buffer_fini(&w->taken);
    lede_buffer_fini(&w->block_ends);
    lede_release(w->allocator, w->ends, w->end_capacity * sizeof *w->ends);
    lede_release(w->allocator, w, sizeof *w);
}

uint64_t lede_records_writer_memory(const lede_records_writer *writer)
{
    const lede_records_writer *w = writer;
    uint64_t bytes =
        sizeof *w + w->held.capacity + w->dictionary.capacity +
        w->parts.capacity + w->taken.capacity + w->block_ends.capacity +
        w->end_capacity * sizeof *w->ends + lede_lexicon_bytes(&w->lexicon) +
        ZSTD_sizeof_CCtx(w->context) + (w->room ? w->room_bytes : 0);

    /* What was held is coded into half of it, more or less. */
    if (!w->learned && w->held.len >= LEARN_LEAST)
        bytes += lede_lexicon_learning_bytes(w->held.len) + w->held.len / 2;
    return bytes;
}

/* ---- Learning ---- */

/* Pieces from all over the bytes. */
static bool sample(lede_buffer *out, lede_bytes from, size_t piece, size_t most)
{
    size_t count = most / piece;

    if (count > from.len / piece)
        count = from.len / piece;
    for (size_t i = 0; i < count; i++)
        lede_put(out, from.at + (from.len - piece) / count * i, piece);
    return out->status == LEDE_OK;
}

/* Makes the compressor's tables in memory of ours: libzstd's functions that take
 * it themselves do not look whether they got it. */
static lede_status use_content(lede_records_writer *w, const uint8_t *table,
                               size_t len)
{
    ZSTD_compressionParameters params =
        ZSTD_getCParams(w->level, RECORD_BYTES, len);

    if (params.hashLog > TABLE_LOG)
        params.hashLog = TABLE_LOG;
    if (params.chainLog > TABLE_LOG)
        params.chainLog = TABLE_LOG;
    w->room_bytes =
        ZSTD_estimateCDictSize_advanced(len, params, ZSTD_dlm_byCopy);
    w->room = lede_alloc(w->allocator, w->room_bytes);
    if (!w->room)
        return LEDE_ERR_NOMEM;
    w->table = ZSTD_initStaticCDict(w->room, w->room_bytes, table, len,
                                    ZSTD_dlm_byCopy, ZSTD_dct_auto, params);
    return w->table ? LEDE_OK : LEDE_ERR_NOMEM;
}

/* Appends a table for what is held. That there is nothing to be learned is no
 * failure; it goes without. */
static lede_status put_table(lede_records_writer *w, lede_bytes content,
                             lede_bytes statistics)
{
    size_t sizes[STATISTICS_MAX], room = content.len + TABLE_HEAD, made;
    unsigned count = (unsigned)(statistics.len / STATISTICS);
    ZDICT_params_t params = { .compressionLevel = LEVEL };
    uint8_t *at = lede_buffer_reserve(&w->dictionary, room);

    if (!at)
        return LEDE_ERR_NOMEM;
    for (unsigned i = 0; i < count; i++)
        sizes[i] = STATISTICS;
    made = ZDICT_finalizeDictionary(at, room, content.at, content.len,
                                    statistics.at, sizes, count, params);
    if (ZDICT_isError(made))
        return ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation
                   ? LEDE_ERR_NOMEM
                   : LEDE_OK;
    w->dictionary.len += made;
    drop_table(w);
    return use_content(w, at, made);
}

static lede_status make_table(lede_records_writer *w, size_t most)
{
    lede_bytes coded = lede_buffer_bytes(&w->held);
    lede_buffer content, statistics;
    lede_status status = LEDE_ERR_NOMEM;

    lede_buffer_init(&content, w->allocator);
    lede_buffer_init(&statistics, w->allocator);
    if (sample(&content, coded, PIECE_BYTES, most) &&
        sample(&statistics, coded, STATISTICS, STATISTICS_MAX * STATISTICS))
        status = put_table(w, lede_buffer_bytes(&content),
                           lede_buffer_bytes(&statistics));
    lede_buffer_fini(&content);
    lede_buffer_fini(&statistics);
    return status;
}

/* Codes what is held, record by record; *ends, which has room for all, gets
 * where they end. */
static lede_status code_held(const lede_records_writer *w, lede_buffer *coded,
                             uint64_t *ends)
{
    uint64_t begin = 0;

    for (size_t i = 0; i < w->end_count; i++) {
        if (look(w) != LEDE_OK)
            return LEDE_ERR_CANCELLED;
        lede_lexicon_code(
            &w->lexicon,
            lede_bytes_of(w->held.at + begin, (size_t)(w->ends[i] - begin)),
            coded);
        begin = w->ends[i];
        ends[i] = coded->len;
    }
    return coded->status;
}

/* A lexicon that does not save a quarter is not worth the time. */
static void choose(lede_records_writer *w, lede_buffer *coded, uint64_t *ends)
{
    lede_buffer dropped = *coded;

    if (coded->len > w->held.len - w->held.len / 4) {
        lede_lexicon_fini(&w->lexicon);
        return;
    }
    *coded = w->held;
    w->held = dropped;
    memcpy(w->ends, ends, w->end_count * sizeof *ends);
    w->length = w->held.len;
}

static lede_status learn_words(lede_records_writer *w)
{
    uint64_t *ends = lede_alloc_array(w->allocator, w->end_count, sizeof *ends);
    lede_status status = LEDE_ERR_NOMEM;
    lede_buffer coded;

    lede_buffer_init(&coded, w->allocator);
    if (ends)
        status = lede_lexicon_learn(&w->lexicon, lede_buffer_bytes(&w->held),
                                    w->cancel);
    if (status == LEDE_OK)
        status = code_held(w, &coded, ends);
    if (status == LEDE_OK)
        choose(w, &coded, ends);
    else
        lede_lexicon_fini(&w->lexicon);
    lede_buffer_fini(&coded);
    lede_release(w->allocator, ends, w->end_count * sizeof *ends);
    return status;
}

/* Sets the compressor up with what was learned. */
static lede_status use_table(lede_records_writer *w)
{
    size_t set =
        ZSTD_CCtx_setParameter(w->context, ZSTD_c_compressionLevel, w->level);

    if (!ZSTD_isError(set)) /* each block's dictionary is known */
        set = ZSTD_CCtx_setParameter(w->context, ZSTD_c_dictIDFlag, 0);
    if (!ZSTD_isError(set) && w->table)
        set = ZSTD_CCtx_refCDict(w->context, w->table);
    return ZSTD_isError(set) ? LEDE_ERR_NOMEM : LEDE_OK;
}

/* With `more` to come the table is as large as it may be. What fails can be
 * tried again: of the lexicon only what is coded is kept. */
static lede_status learn(lede_records_writer *w, bool more)
{
    size_t most = more ? TABLE_MAX : w->held.len / TABLE_SHARE;
    lede_status status = LEDE_OK;

    if (w->held.len >= LEARN_LEAST) {
        if (w->lexicon.count == 0)
            status = learn_words(w);
        lede_buffer_clear(&w->dictionary);
        lede_lexicon_write(&w->lexicon, &w->dictionary);
        if (status == LEDE_OK)
            status = look(w);
        if (status == LEDE_OK)
            status = make_table(w, most < TABLE_MAX ? most : TABLE_MAX);
    }
    if (status == LEDE_OK)
        status = use_table(w);
    w->learned = status == LEDE_OK;
    return status;
}

/* ---- Blocks ---- */

/* Room at the end of a buffer, which is as good as before if there is none. */
static uint8_t *reserve(lede_buffer *buffer, size_t n)
{
    uint8_t *at = lede_buffer_reserve(buffer, n);

    if (!at)
        buffer->status = LEDE_OK;
    return at;
}

/* Whole or not at all, so that it may be tried again. */
static lede_status put_block(lede_records_writer *w, lede_bytes bytes,
                             lede_buffer *out)
{
    size_t room = ZSTD_compressBound(LEDE_RECORDS_BLOCK), made;
    uint8_t *at = reserve(out, room);

    if (!at || !reserve(&w->block_ends, sizeof(uint64_t)))
        return LEDE_ERR_NOMEM;
    made = ZSTD_compress2(w->context, at, room, bytes.at, bytes.len);
    if (ZSTD_isError(made)) /* there is room, so it is memory */
        return LEDE_ERR_NOMEM;
    out->len += made;
    w->offset += made;
    lede_put_u64(&w->block_ends, w->offset);
    return LEDE_OK;
}

/* Puts all that is held into blocks; with `all` the rest too. */
static lede_status put_blocks(lede_records_writer *w, bool all,
                              lede_buffer *out)
{
    size_t at = 0;
    lede_status status = LEDE_OK;

    while (at < w->held.len) {
        size_t left = w->held.len - at;
        size_t len = left < LEDE_RECORDS_BLOCK ? left : LEDE_RECORDS_BLOCK;

        if (len < LEDE_RECORDS_BLOCK && !all)
            break;
        status = look(w);
        if (status == LEDE_OK)
            status = put_block(w, lede_bytes_of(w->held.at + at, len), out);
        if (status != LEDE_OK)
            break;
        at += len;
    }
    if (at > 0) {
        w->held.len -= at;
        memmove(w->held.at, w->held.at + at, w->held.len);
    }
    return status;
}

/* Gives back what only the sample, or an uncommonly large record, needed. */
static void trim(lede_records_writer *w)
{
    lede_buffer rest;

    if (w->held.capacity <= KEPT_BYTES || w->held.len > KEPT_BYTES / 2)
        return;
    lede_buffer_init(&rest, w->allocator);
    lede_put(&rest, w->held.at, w->held.len);
    if (rest.status != LEDE_OK) /* another time */
        return;
    lede_buffer_fini(&w->held);
    w->held = rest;
}

/* Learns if there is enough to learn from, and writes the blocks that are full:
 * many at once, for the table is not in the cache when the first one comes. What
 * fails can be tried again. */
static lede_status settle(lede_records_writer *w, lede_buffer *out)
{
    lede_status status = LEDE_OK;
    bool half_learned = !w->learned && w->lexicon.count > 0;

    if (w->held.len < (w->learned ? w->gathered : w->learn_bytes) &&
        !half_learned)
        return LEDE_OK;
    if (!w->learned)
        status = learn(w, true);
    if (status == LEDE_OK)
        status = put_blocks(w, false, out);
    trim(w);
    return status;
}

static lede_status add(lede_records_writer *w, lede_bytes record)
{
    size_t before = w->held.len;

    if (!lede_grow(w->allocator, &w->ends, &w->end_capacity, w->end_count + 1,
                   sizeof *w->ends))
        return LEDE_ERR_NOMEM;
    if (w->learned)
        lede_lexicon_code(&w->lexicon, record, &w->held);
    else
        lede_put(&w->held, record.at, record.len);
    if (w->held.status != LEDE_OK) {
        w->held.len = before;
        w->held.status = LEDE_OK;
        return LEDE_ERR_NOMEM;
    }
    w->length += w->held.len - before;
    w->ends[w->end_count++] = w->length;
    return LEDE_OK;
}

lede_status lede_records_writer_add(lede_records_writer *writer,
                                    lede_bytes record, lede_buffer *out)
{
    lede_status status = settle(writer, out);

    return status == LEDE_OK ? add(writer, record) : status;
}

/* ---- Copying ---- */

bool lede_records_writer_takes(const lede_records_writer *writer,
                               const lede_records *from)
{
    uint32_t count = lede_records_part_count(from);

    if (writer->part_count + count >= LEDE_RECORDS_PARTS_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (lede_records_part_at(from, i).length < COPIED_LEAST)
            return false;
    return true;
}

static lede_status copy_part(lede_records_writer *w, const lede_records *from,
                             uint32_t at)
{
    lede_records_part part = lede_records_part_at(from, at);
    uint64_t blocks = lede_records_blocks_of(part.length);

    lede_put_varint(&w->parts, part.length);
    lede_put_varint(&w->parts, part.dictionary.len);
    lede_put(&w->taken, part.dictionary.at, part.dictionary.len);
    for (uint64_t i = 0; i < blocks; i++)
        lede_put_u64(&w->block_ends,
                     w->offset + lede_records_part_end(from, at, i));
    w->offset += part.blocks.len;
    w->copied += part.length;
    w->part_count++;
    if (w->parts.status != LEDE_OK)
        return w->parts.status;
    return w->taken.status == LEDE_OK ? w->block_ends.status : w->taken.status;
}

lede_status lede_records_writer_copy(lede_records_writer *writer,
                                     const lede_records *from, uint64_t *shift)
{
    lede_status status = LEDE_OK;

    *shift = writer->copied;
    for (uint32_t i = 0; i < lede_records_part_count(from) && status == LEDE_OK;
         i++)
        status = copy_part(writer, from, i);
    return status;
}

/* ---- The end ---- */

/* No block is compressed any more. */
static bool set_for_dictionary(ZSTD_CCtx *context)
{
    size_t set = ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);

    if (!ZSTD_isError(set))
        set = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
                                     DICTIONARY_LEVEL);
    if (!ZSTD_isError(set))
        set = ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, DICTIONARY_LOG);
    if (!ZSTD_isError(set))
        set = ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, DICTIONARY_LOG);
    return !ZSTD_isError(set);
}

/* The part's dictionary, compressed. */
static lede_status pack_dictionary(lede_records_writer *w)
{
    size_t room = ZSTD_compressBound(w->dictionary.len), made;
    uint8_t *at;

    if (w->dictionary.len == 0)
        return LEDE_OK;
    at = reserve(&w->taken, room);
    if (!at)
        return LEDE_ERR_NOMEM;
    if (!set_for_dictionary(w->context))
        return LEDE_ERR_NOMEM;
    made = ZSTD_compress2(w->context, at, room, w->dictionary.at,
                          w->dictionary.len);
    if (ZSTD_isError(made))
        return LEDE_ERR_NOMEM;
    w->taken.len += made;
    return LEDE_OK;
}

static lede_status end_part(lede_records_writer *w, lede_buffer *out)
{
    lede_status status = LEDE_OK;
    size_t before = w->taken.len;

    if (w->length == 0 || w->ended)
        return LEDE_OK;
    if (!w->learned)
        status = learn(w, w->held.len >= w->learn_bytes);
    if (status == LEDE_OK)
        status = put_blocks(w, true, out);
    if (status == LEDE_OK && !reserve(&w->parts, VARINTS))
        status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        status = pack_dictionary(w);
    if (status != LEDE_OK)
        return status;
    lede_put_varint(&w->parts, w->length);
    lede_put_varint(&w->parts, w->taken.len - before);
    w->part_count++;
    w->ended = true;
    return LEDE_OK;
}

lede_status lede_records_writer_end(lede_records_writer *writer,
                                    lede_buffer *out, lede_buffer *dictionaries)
{
    lede_records_writer *w = writer;
    lede_status status = end_part(w, out);

    if (status != LEDE_OK)
        return status;
    if (!reserve(out, w->block_ends.len + 8) ||
        !reserve(dictionaries, w->parts.len + w->taken.len + VARINTS))
        return LEDE_ERR_NOMEM;
    for (uint64_t at = w->offset; at % 8 != 0; at++)
        lede_put_u8(out, 0);
    lede_put(out, w->block_ends.at, w->block_ends.len);
    lede_put_varint(dictionaries, w->part_count);
    lede_put(dictionaries, w->parts.at, w->parts.len);
    lede_put(dictionaries, w->taken.at, w->taken.len);
    put_away(w);
    return LEDE_OK;
}

lede_records_place lede_records_writer_place(const lede_records_writer *writer,
                                             size_t at)
{
    const lede_records_writer *w = writer;

    return (lede_records_place){ w->copied + (at ? w->ends[at - 1] : 0),
                                 w->copied + w->ends[at] };
}

uint64_t lede_records_writer_base(const lede_records_writer *writer)
{
    return writer->copied;
}

void lede_records_writer_take_lengths(lede_records_writer *writer,
                                      lede_buffer *lengths)
{
    lede_records_writer *w = writer;

    if (!w->learned || w->end_count == 0)
        return;
    for (size_t i = 0; i < w->end_count; i++) {
        lede_put_varint(lengths, w->ends[i] - w->told);
        w->told = w->ends[i];
    }
    w->end_count = 0;
    if (w->end_capacity <= KEPT_ENDS)
        return;
    lede_release(w->allocator, w->ends, w->end_capacity * sizeof *w->ends);
    w->ends = NULL;
    w->end_capacity = 0;
}
