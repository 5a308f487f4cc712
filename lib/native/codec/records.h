/*
 * native/codec/records.h - stored records as one stream, in compressed blocks.
 *
 *     lede_records_writer_new(&writer, alloc);
 *     lede_records_writer_add(writer, record, &blocks);     drain it at will
 *     lede_records_writer_end(writer, &blocks, &dictionary);
 *
 *     lede_records_open(&records, blocks, dictionary, length, alloc);
 *     lede_records_cursor_new(&cursor, records, alloc);
 *     status = lede_records_read(cursor, begin, end, out);
 *
 * The stream is cut into blocks of 16 KiB whatever the records are, each one a
 * zstd frame of its own, so that a record costs the blocks it lies in. The
 * compressor is trained to the first MiB. Grammar in FORMAT.md, "Records".
 *
 * Errors    CORRUPT for blocks that do not hold what they must; NOMEM, also
 *           of zstd, whose memory comes from libc.
 * Memory    Opened records borrow the bytes. A cursor holds one block
 *           unpacked, so that reading on costs each block once.
 * Threads   Opened records are frozen, writers and cursors confined.
 */
#ifndef LEDE_NATIVE_CODEC_RECORDS_H
#define LEDE_NATIVE_CODEC_RECORDS_H

#include "base/buffer.h"

#define LEDE_RECORDS_BLOCK 16384U

/* ---- Writing ---- */

typedef struct lede_records_writer lede_records_writer;

lede_status lede_records_writer_new(lede_records_writer **out,
                                    const lede_allocator *allocator);
void lede_records_writer_free(lede_records_writer *writer);

/* Adds to the stream, and appends the blocks that are full to `out`, which the
 * caller may empty between calls. */
lede_status lede_records_writer_add(lede_records_writer *writer,
                                    lede_bytes record, lede_buffer *out);

/* Ends the stream: appends what is left and where each block ends. `dictionary`
 * gets what was trained; nothing for a short stream. */
lede_status lede_records_writer_end(lede_records_writer *writer,
                                    lede_buffer *out, lede_buffer *dictionary);

/* Bytes of the stream so far, and memory in use. */
uint64_t lede_records_writer_length(const lede_records_writer *writer);
uint64_t lede_records_writer_memory(const lede_records_writer *writer);

/* ---- Reading ---- */

typedef struct lede_records lede_records;

/* Opens a stream of `length` bytes. The dictionary and the last bytes of the
 * section, lede_records_tail of them, are read here; blocks when needed. */
lede_status lede_records_open(lede_records **out, lede_bytes section,
                              lede_bytes dictionary, uint64_t length,
                              const lede_allocator *allocator);
void lede_records_close(lede_records *records);

/* How long the list of ends of a stream of `length` bytes is. */
uint64_t lede_records_tail(uint64_t length);

/* `need` is called before bytes of a block are read; without it they are
 * verified. */
void lede_records_set_need(lede_records *records,
                           lede_status (*need)(void *ctx, const uint8_t *at,
                                               size_t len),
                           void *ctx);

typedef struct lede_records_cursor lede_records_cursor;

lede_status lede_records_cursor_new(lede_records_cursor **out,
                                    const lede_records *records,
                                    const lede_allocator *allocator);
void lede_records_cursor_free(lede_records_cursor *cursor);

/* Copies bytes begin to end of the stream; CORRUPT where it has not as many. */
lede_status lede_records_read(lede_records_cursor *cursor, uint64_t begin,
                              uint64_t end, uint8_t *out);

#endif
