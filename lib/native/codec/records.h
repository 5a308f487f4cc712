/*
 * native/codec/records.h - stored records as one stream, in compressed blocks.
 *
 *     lede_records_writer_new(&writer, alloc);
 *     lede_records_writer_add(writer, record, &blocks);     drain it at will
 *     lede_records_writer_end(writer, &blocks, &dictionaries);
 *     place = lede_records_writer_place(writer, 0);
 *
 *     lede_records_open(&records, &source, alloc);
 *     lede_records_cursor_new(&cursor, alloc);
 *     status = lede_records_read(cursor, records, place, &record);
 *
 * Records are written with a lexicon (native/codec/lexicon.h); the stream of
 * what that makes is cut into blocks of 16 KiB, each one a zstd frame of its
 * own, so that a record costs the blocks it lies in and its own text. Lexicon
 * and compressor learn from the first 4 MiB. A stream has parts, which learned
 * from different texts: a merge copies those of its sources as they are.
 * Grammar in FORMAT.md, "Records".
 *
 * Errors    CORRUPT for blocks that do not hold what they must; NOMEM, also
 *           of zstd. Only what it learns with comes from libc, while it does,
 *           and what unpacks a dictionary.
 * Memory    Opened records borrow the bytes. A cursor holds one block
 *           unpacked, so that reading on costs each block once.
 * Threads   Opened records are frozen, writers and cursors confined.
 */
#ifndef LEDE_NATIVE_CODEC_RECORDS_H
#define LEDE_NATIVE_CODEC_RECORDS_H

#include "base/buffer.h"
#include "lede/limits.h"

#define LEDE_RECORDS_BLOCK     16384U
#define LEDE_RECORDS_PARTS_MAX 64U

typedef struct lede_records lede_records;

/* Where a record stands in the stream. */
typedef struct lede_records_place {
    uint64_t begin;
    uint64_t end;
} lede_records_place;

/* ---- Writing ---- */

typedef struct lede_records_writer lede_records_writer;

lede_status lede_records_writer_new(lede_records_writer **out,
                                    const lede_allocator *allocator);
void lede_records_writer_free(lede_records_writer *writer);

/* What records have in common is learnt from the first so many bytes of them,
 * 4 MiB at most: they are held until then. Before the first. */
void lede_records_writer_hold(lede_records_writer *writer, uint64_t bytes);

/* Compresses as well as it can, at a fraction of the speed. Before the first. */
void lede_records_writer_squeeze(lede_records_writer *writer);

/* Once that is set, calls soon return CANCELLED. */
void lede_records_writer_watch(lede_records_writer *writer,
                               const lede_cancel *cancel);

/* Adds a record, behind the blocks that were full before, which go to `out`;
 * the caller may empty it between calls. If it fails, the record was not added,
 * and can be again. */
lede_status lede_records_writer_add(lede_records_writer *writer,
                                    lede_bytes record, lede_buffer *out);

/* Whether a stream can be copied as it is and should be: its parts are few and
 * large enough for dictionaries of their own. */
bool lede_records_writer_takes(const lede_records_writer *writer,
                               const lede_records *from);

/* Takes over a whole stream, before any record is added: the caller writes the
 * blocks of all its parts. A record of it stands *shift further on. */
lede_status lede_records_writer_copy(lede_records_writer *writer,
                                     const lede_records *from, uint64_t *shift);

/* Ends the stream: appends what is left and where each block ends, and to
 * `dictionaries` the parts with what they learned. Can be tried again, as
 * lede_records_writer_add. */
lede_status lede_records_writer_end(lede_records_writer *writer,
                                    lede_buffer *out,
                                    lede_buffer *dictionaries);

/* Where the record stands that was added as number `at`, from 0; known when
 * the stream has ended. */
lede_records_place lede_records_writer_place(const lede_records_writer *writer,
                                             size_t at);

/* Where the first record stands that was added; known when all is taken over
 * that is. */
uint64_t lede_records_writer_base(const lede_records_writer *writer);

/* Appends, as varints, how long the records are as they are stored that were
 * added and not told of before, where that is known: of all of them when the
 * stream has ended. They are forgotten, so that none has a place to be asked
 * for. */
void lede_records_writer_take_lengths(lede_records_writer *writer,
                                      lede_buffer *lengths);

/* Memory in use, and what learning will take besides. */
uint64_t lede_records_writer_memory(const lede_records_writer *writer);

/* ---- Reading ---- */

/* Two sections. `need`, unless it is NULL, is called before bytes of the first
 * are read; the second is verified. */
typedef struct lede_records_source {
    lede_bytes blocks;
    lede_bytes dictionaries;
    lede_status (*need)(void *ctx, const uint8_t *at, size_t len);
    void *need_ctx;
    bool to_copy; /* not to be read: dictionaries stay packed */
} lede_records_source;

lede_status lede_records_open(lede_records **out,
                              const lede_records_source *source,
                              const lede_allocator *allocator);
void lede_records_close(lede_records *records);

/* Bytes of the stream. */
uint64_t lede_records_length(const lede_records *records);

typedef struct lede_records_cursor lede_records_cursor;

lede_status lede_records_cursor_new(lede_records_cursor **out,
                                    const lede_allocator *allocator);
void lede_records_cursor_free(lede_records_cursor *cursor);

/* Forgets what was read, and its memory: as new, for other records. */
void lede_records_cursor_clear(lede_records_cursor *cursor);

/* The record at a place, until the next read; CORRUPT where there is none. One
 * cursor reads any records, which stay open until its next read or its end. */
lede_status lede_records_read(lede_records_cursor *cursor,
                              const lede_records *records,
                              lede_records_place place, lede_bytes *record);

/* ---- Both ---- */

uint64_t lede_records_blocks_of(uint64_t length);

/* A part as it was read, to be copied. */
typedef struct lede_records_part {
    uint64_t length;
    lede_bytes dictionary;
    lede_bytes blocks;
} lede_records_part;

uint32_t lede_records_part_count(const lede_records *records);
lede_records_part lede_records_part_at(const lede_records *records,
                                       uint32_t at);
/* Where a block of it ends among its blocks. */
uint64_t lede_records_part_end(const lede_records *records, uint32_t at,
                               uint64_t block);
lede_status lede_records_need(const lede_records *records, lede_bytes bytes);

#endif
