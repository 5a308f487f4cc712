#include "native/index/chunks.h"

#include "base/alloc.h"

#define PAGES_KEPT 4U

/* Bytes of the chunks of a stream, one after another; the last size repeats.
 * Growing by a quarter loses less in the last chunk than doubling does, and the
 * links that it costs are few. */
static const uint16_t chunk_sizes[] = {
    16,  16,  24,  32,  40,  48,  64,  80,   96,   128,  160,
    192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048,
};

#define LEVELS (sizeof chunk_sizes / sizeof chunk_sizes[0])

_Static_assert(LEDE_CHUNKS_PAGE >= 2 * LEDE_CHUNKS_TAKE_MAX,
               "a page holds what may be taken");

void lede_chunks_init(lede_chunks *chunks, const lede_allocator *allocator)
{
    *chunks = (lede_chunks){ .allocator = allocator };
}

static void drop_pages(lede_chunks *chunks, size_t keep)
{
    while (chunks->page_count > keep)
        lede_release(chunks->allocator, chunks->pages[--chunks->page_count],
                     LEDE_CHUNKS_PAGE);
}

void lede_chunks_fini(lede_chunks *chunks)
{
    drop_pages(chunks, 0);
    lede_release(chunks->allocator, chunks->pages,
                 chunks->page_capacity * sizeof *chunks->pages);
    lede_chunks_init(chunks, chunks->allocator);
}

void lede_chunks_clear(lede_chunks *chunks)
{
    drop_pages(chunks, PAGES_KEPT);
    chunks->page_used = 0;
    chunks->used = 0;
}

uint64_t lede_chunks_bytes(const lede_chunks *chunks)
{
    return chunks->page_count * (uint64_t)LEDE_CHUNKS_PAGE +
           chunks->page_capacity * sizeof *chunks->pages;
}

/* Goes on to the next page, a new one if there is none. */
static bool turn_page(lede_chunks *chunks)
{
    if (chunks->page_used == UINT32_MAX / LEDE_CHUNKS_PAGE_UNITS)
        return false;
    if (chunks->page_used == chunks->page_count) {
        uint8_t *page;

        if (!lede_grow(chunks->allocator, &chunks->pages,
                       &chunks->page_capacity, chunks->page_count + 1,
                       sizeof *chunks->pages))
            return false;
        page = lede_alloc(chunks->allocator, LEDE_CHUNKS_PAGE);
        if (!page)
            return false;
        chunks->pages[chunks->page_count++] = page;
    }
    /* Place 0 is no place. */
    chunks->used = chunks->page_used++ == 0;
    return true;
}

void *lede_chunks_take(lede_chunks *chunks, size_t size, uint32_t *ref)
{
    uint32_t units =
        (uint32_t)((size + LEDE_CHUNKS_UNIT - 1) / LEDE_CHUNKS_UNIT);

    if (chunks->page_used == 0 ||
        chunks->used + units > LEDE_CHUNKS_PAGE_UNITS) {
        if (!turn_page(chunks))
            return NULL;
    }
    *ref = (uint32_t)(chunks->page_used - 1) * LEDE_CHUNKS_PAGE_UNITS +
           chunks->used;
    chunks->used += units;
    return lede_chunks_at(chunks, *ref);
}

lede_chunks_mark lede_chunks_now(const lede_chunks *chunks)
{
    return (lede_chunks_mark){ chunks->page_used, chunks->used };
}

void lede_chunks_undo(lede_chunks *chunks, lede_chunks_mark mark)
{
    chunks->page_used = mark.page_used;
    chunks->used = mark.used;
}

static uint32_t payload(uint32_t level)
{
    return chunk_sizes[level] - LEDE_CHUNKS_LINK;
}

static uint32_t level_after(uint32_t level)
{
    return level + 1 < LEVELS ? level + 1 : level;
}

/* Goes on in a new chunk. */
static bool extend(lede_chunks *chunks, lede_stream *stream)
{
    uint32_t ref;
    uint8_t *chunk = lede_chunks_take(chunks, chunk_sizes[stream->level], &ref);

    if (!chunk)
        return false;
    memcpy(stream->tail, &ref, sizeof ref);
    stream->tail = chunk;
    stream->left = (uint16_t)payload(stream->level);
    stream->level = (uint8_t)level_after(stream->level);
    return true;
}

static bool put_byte(lede_chunks *chunks, lede_stream *stream, uint8_t byte)
{
    if (stream->left == 0 && !extend(chunks, stream))
        return false;
    *stream->tail++ = byte;
    stream->left--;
    return true;
}

bool lede_stream_put_long(lede_chunks *chunks, lede_stream *stream,
                          uint64_t value)
{
    if (value < 16384 && stream->left >= 2) {
        stream->tail[0] = (uint8_t)(value | 128);
        stream->tail[1] = (uint8_t)(value >> 7);
        stream->tail += 2;
        stream->left = (uint16_t)(stream->left - 2);
        return true;
    }
    for (; value >= 128; value >>= 7)
        if (!put_byte(chunks, stream, (uint8_t)(value | 128)))
            return false;
    return put_byte(chunks, stream, (uint8_t)value);
}

/* Sets the stop of a chunk with so many bytes: where the stream ends in it,
 * there. A tail stands behind the first byte of its chunk and before the link,
 * which no other chunk's bytes reach. */
static void set_stop(lede_stream_reader *reader, size_t bytes)
{
    uintptr_t from = (uintptr_t)reader->at, end = (uintptr_t)reader->end;

    reader->stop = end - from <= bytes ? reader->end : reader->at + bytes;
}

void lede_stream_open(lede_stream_reader *reader, const lede_chunks *chunks,
                      const lede_stream *stream, const uint8_t *first,
                      size_t room)
{
    *reader = (lede_stream_reader){
        .chunks = chunks,
        .at = first,
        .end = stream->tail,
    };
    set_stop(reader, room - LEDE_CHUNKS_LINK);
}

void lede_stream_turn(lede_stream_reader *reader)
{
    uint32_t ref;

    memcpy(&ref, reader->at, sizeof ref);
    reader->at = lede_chunks_at(reader->chunks, ref);
    set_stop(reader, payload(reader->level));
    reader->level = level_after(reader->level);
}

bool lede_stream_next_long(lede_stream_reader *reader, uint64_t *value)
{
    uint64_t sum = 0;
    unsigned shift = 0;
    uint8_t byte;

    if (reader->stop - reader->at >= 2 && reader->at[1] < 128) {
        *value = (uint64_t)(reader->at[0] & 127) | (uint64_t)reader->at[1] << 7;
        reader->at += 2;
        return true;
    }
    if (!lede_stream_has_more(reader))
        return false;
    do {
        if (reader->at == reader->stop)
            lede_stream_turn(reader);
        byte = *reader->at++;
        sum |= (uint64_t)(byte & 127) << shift;
        shift += 7;
    } while (byte >= 128);
    *value = sum;
    return true;
}
