/*
 * native/index/chunks.h - many streams of bytes that grow side by side.
 *
 *     lede_chunks_init(&chunks, alloc);
 *     at = lede_chunks_take(&chunks, size, &ref);
 *     lede_stream_put(&chunks, &stream, gap);
 *
 *     lede_stream_open(&reader, &chunks, &stream, first, room);
 *     while (lede_stream_next(&reader, &gap))
 *         ...
 *
 * Memory comes in pages and is given out from their ends on, never moved. A
 * stream begins in room of its owner's and goes on in chunks of growing size:
 *
 *     room     byte* next:u32           next: the place of the following chunk
 *     chunk    byte* next:u32           in units of LEDE_CHUNKS_UNIT
 *
 * A mark remembers how much was given out, so that all taken since can be given
 * back at once.
 *
 * Errors    NULL or false when memory ran out, or beyond 32 GiB.
 * Memory    Lives in the caller's storage; pages are kept until clear.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_CHUNKS_H
#define LEDE_NATIVE_INDEX_CHUNKS_H

#include "base/bytes.h"
#include "lede/alloc.h"

#define LEDE_CHUNKS_UNIT       8U
#define LEDE_CHUNKS_PAGE_UNITS 32768U
#define LEDE_CHUNKS_PAGE       ((size_t)LEDE_CHUNKS_UNIT * LEDE_CHUNKS_PAGE_UNITS)

/* The most that is taken at once. */
#define LEDE_CHUNKS_TAKE_MAX 4096U

/* The bytes behind a chunk's own: the place of the next. */
#define LEDE_CHUNKS_LINK 4U

typedef struct lede_chunks {
    uint8_t **pages;
    size_t page_capacity;
    size_t page_count; /* that there are */
    size_t page_used;  /* of them in use; the last one up to `used` */
    uint32_t used;     /* units */
    const lede_allocator *allocator;
} lede_chunks;

typedef struct lede_chunks_mark {
    size_t page_used;
    uint32_t used;
} lede_chunks_mark;

void lede_chunks_init(lede_chunks *chunks, const lede_allocator *allocator);
void lede_chunks_fini(lede_chunks *chunks);

/* Empties it and keeps at most a few pages. */
void lede_chunks_clear(lede_chunks *chunks);

/* Bytes taken from the allocator. */
uint64_t lede_chunks_bytes(const lede_chunks *chunks);

/* Bytes at a multiple of LEDE_CHUNKS_UNIT, 1 to LEDE_CHUNKS_TAKE_MAX of them;
 * *ref, never 0, is their place. */
void *lede_chunks_take(lede_chunks *chunks, size_t size, uint32_t *ref);

/* What was taken at a place. */
static inline void *lede_chunks_at(const lede_chunks *chunks, uint32_t ref)
{
    return chunks->pages[ref / LEDE_CHUNKS_PAGE_UNITS] +
           (size_t)(ref % LEDE_CHUNKS_PAGE_UNITS) * LEDE_CHUNKS_UNIT;
}

lede_chunks_mark lede_chunks_now(const lede_chunks *chunks);
void lede_chunks_undo(lede_chunks *chunks, lede_chunks_mark mark);

/* ---- Streams ---- */

/* Where a stream ends. A copy of it, put back, takes back what was written
 * since; so what its writer remembers of it stands here too. */
typedef struct lede_stream {
    uint8_t *tail;
    uint32_t last; /* the writer's own */
    uint16_t left; /* bytes at the tail */
    uint8_t level; /* of the next chunk */
    bool seen;     /* the writer's own */
} lede_stream;

/* Begins a stream in `room` bytes at `first`, LEDE_CHUNKS_LINK of which are the
 * link's. */
static inline void lede_stream_begin(lede_stream *stream, uint8_t *first,
                                     size_t room)
{
    stream->tail = first;
    stream->left = (uint16_t)(room - LEDE_CHUNKS_LINK);
    stream->level = 0;
}

/* As lede_stream_put, for what is not one byte with room for it. */
bool lede_stream_put_long(lede_chunks *chunks, lede_stream *stream,
                          uint64_t value);

/* Appends a number as a varint. After false the stream is good for nothing but
 * to be put back. */
static inline bool lede_stream_put(lede_chunks *chunks, lede_stream *stream,
                                   uint64_t value)
{
    if (value >= 128 || stream->left == 0)
        return lede_stream_put_long(chunks, stream, value);
    *stream->tail++ = (uint8_t)value;
    stream->left--;
    return true;
}

/* How lede_stream_put writes a number below LEDE_STREAM_SHORT: one or two bytes,
 * the first of them the low ones. */
#define LEDE_STREAM_SHORT 16384U

/* 1 if it takes two bytes; no branch. */
static inline uint32_t lede_stream_short_more(uint32_t value)
{
    return (value + (LEDE_STREAM_SHORT - 128)) / LEDE_STREAM_SHORT;
}

static inline uint32_t lede_stream_short(uint32_t value)
{
    return value + (value & 0x3F80) + (lede_stream_short_more(value) << 7);
}

/* Appends 1 to 4 bytes, the low ones first, if they fit what is left: what it
 * writes behind them is room, or the link's that is not there yet. */
static inline bool lede_stream_put_bytes(lede_stream *stream, uint32_t bytes,
                                         uint32_t len)
{
    if (len > stream->left)
        return false;
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    bytes = __builtin_bswap32(bytes);
#endif
    memcpy(stream->tail, &bytes, sizeof bytes);
    stream->tail += len;
    stream->left = (uint16_t)(stream->left - len);
    return true;
}

typedef struct lede_stream_reader {
    const uint8_t *at;
    const uint8_t *stop; /* of the bytes at hand */
    const uint8_t *end;  /* of the stream */
    const lede_chunks *chunks;
    uint32_t level; /* of the next chunk */
} lede_stream_reader;

/* `first` and `room` as it was begun with. */
void lede_stream_open(lede_stream_reader *reader, const lede_chunks *chunks,
                      const lede_stream *stream, const uint8_t *first,
                      size_t room);

/* Goes on to the next chunk where the bytes at hand are read. */
void lede_stream_turn(lede_stream_reader *reader);

/* Whether there is another number; then *reader->at is its first byte, the low
 * seven bits of it. */
static inline bool lede_stream_has_more(lede_stream_reader *reader)
{
    if (reader->at < reader->stop)
        return true;
    if (reader->at == reader->end)
        return false;
    lede_stream_turn(reader);
    return true;
}

/* As lede_stream_next, for what is not one byte at hand. */
bool lede_stream_next_long(lede_stream_reader *reader, uint64_t *value);

/* The next number; false at the end. */
static inline bool lede_stream_next(lede_stream_reader *reader, uint64_t *value)
{
    const uint8_t *at = reader->at;

    if (at == reader->stop || *at >= 128)
        return lede_stream_next_long(reader, value);
    *value = *at;
    reader->at = at + 1;
    return true;
}

/* The next two numbers, if both are below LEDE_STREAM_SHORT and at hand; else
 * false, and none is read. There are four bytes from each number on: its own,
 * room or a link. */
static inline bool lede_stream_next_two(lede_stream_reader *reader,
                                        uint32_t *first, uint32_t *second)
{
    uint32_t bytes, rest, more, rest_more;

    if (reader->at == reader->stop)
        return false;
    memcpy(&bytes, reader->at, sizeof bytes);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    bytes = __builtin_bswap32(bytes);
#endif
    more = bytes >> 7 & 1;
    rest = bytes >> 8 >> 8 * more;
    rest_more = rest >> 7 & 1;
    if ((more & bytes >> 15) | (rest_more & rest >> 15) |
        (reader->stop - reader->at <
         2 + (ptrdiff_t)more + (ptrdiff_t)rest_more))
        return false;
    *first = (bytes & 127) | (bytes >> 1 & 0x3F80 & (0 - more));
    *second = (rest & 127) | (rest >> 1 & 0x3F80 & (0 - rest_more));
    reader->at += 2 + more + rest_more;
    return true;
}

#endif
