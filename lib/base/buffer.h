/*
 * base/buffer.h - bytes that grow at their end.
 *
 *     lede_buffer out;
 *     lede_buffer_init(&out, alloc);
 *     lede_put_varint(&out, count);
 *     lede_put_block(&out, name);
 *     status = out.status;           once, after all puts
 *     lede_buffer_fini(&out);
 *
 * Errors    After memory ran out `status` is LEDE_ERR_NOMEM, puts do nothing,
 *           and so on until lede_buffer_clear.
 * Memory    Lives in the caller's storage and owns its bytes.
 */
#ifndef LEDE_BASE_BUFFER_H
#define LEDE_BASE_BUFFER_H

#include "base/bytes.h"
#include "lede/alloc.h"
#include "lede/status.h"

typedef struct lede_buffer {
    uint8_t *at;
    size_t len;
    size_t capacity;
    lede_status status;
    const lede_allocator *allocator;
} lede_buffer;

void lede_buffer_init(lede_buffer *buffer, const lede_allocator *allocator);
void lede_buffer_fini(lede_buffer *buffer);

/* Empties it, status included, and keeps its memory. */
void lede_buffer_clear(lede_buffer *buffer);

static inline lede_bytes lede_buffer_bytes(const lede_buffer *buffer)
{
    return lede_bytes_of(buffer->at, buffer->len);
}

/* Room for n more bytes at its end, not yet counted in len; NULL on failure. */
uint8_t *lede_buffer_reserve(lede_buffer *buffer, size_t n);

void lede_put(lede_buffer *buffer, const void *bytes, size_t len);
void lede_put_text(lede_buffer *buffer, const char *text); /* without its NUL */
void lede_put_u8(lede_buffer *buffer, uint8_t value);
void lede_put_u32(lede_buffer *buffer, uint32_t value);
void lede_put_u64(lede_buffer *buffer, uint64_t value);
void lede_put_varint(lede_buffer *buffer, uint64_t value);
void lede_put_block(lede_buffer *buffer, lede_bytes bytes); /* with length */

/* As printf, without the NUL. */
void lede_put_format(lede_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
