#include "base/buffer.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

void lede_buffer_init(lede_buffer *buffer, const lede_allocator *allocator)
{
    *buffer = (lede_buffer){ .allocator = allocator };
}

void lede_buffer_fini(lede_buffer *buffer)
{
    lede_release(buffer->allocator, buffer->at, buffer->capacity);
    lede_buffer_init(buffer, buffer->allocator);
}

void lede_buffer_clear(lede_buffer *buffer)
{
    buffer->len = 0;
    buffer->status = LEDE_OK;
}

uint8_t *lede_buffer_reserve(lede_buffer *buffer, size_t n)
{
    size_t need;

    if (buffer->status != LEDE_OK)
        return NULL;
    if (!lede_size_add(buffer->len, n, &need) ||
        !lede_grow(buffer->allocator, &buffer->at, &buffer->capacity, need,
                   1)) {
        buffer->status = LEDE_ERR_NOMEM;
        return NULL;
    }
    return buffer->at + buffer->len;
}

void lede_put(lede_buffer *buffer, const void *bytes, size_t len)
{
    uint8_t *at = len ? lede_buffer_reserve(buffer, len) : NULL;

    if (!at)
        return;
    memcpy(at, bytes, len);
    buffer->len += len;
}

void lede_put_text(lede_buffer *buffer, const char *text)
{
    lede_put(buffer, text, strlen(text));
}

void lede_put_u8(lede_buffer *buffer, uint8_t value)
{
    lede_put(buffer, &value, 1);
}

void lede_put_u32(lede_buffer *buffer, uint32_t value)
{
    uint8_t raw[4];

    for (unsigned i = 0; i < 4; i++)
        raw[i] = (uint8_t)(value >> (8 * i));
    lede_put(buffer, raw, sizeof raw);
}

void lede_put_u64(lede_buffer *buffer, uint64_t value)
{
    uint8_t raw[8];

    for (unsigned i = 0; i < 8; i++)
        raw[i] = (uint8_t)(value >> (8 * i));
    lede_put(buffer, raw, sizeof raw);
}

void lede_put_varint(lede_buffer *buffer, uint64_t value)
{
    uint8_t raw[10];
    size_t len = 0;

    for (; value >= 128; value >>= 7)
        raw[len++] = (uint8_t)(value | 128);
    raw[len++] = (uint8_t)value;
    lede_put(buffer, raw, len);
}

void lede_put_block(lede_buffer *buffer, lede_bytes bytes)
{
    lede_put_varint(buffer, bytes.len);
    lede_put(buffer, bytes.at, bytes.len);
}

void lede_put_format(lede_buffer *buffer, const char *format, ...)
{
    va_list args;
    int len;
    uint8_t *at;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    at = len > 0 ? lede_buffer_reserve(buffer, (size_t)len + 1) : NULL;
    if (!at)
        return;
    va_start(args, format);
    (void)vsnprintf((char *)at, (size_t)len + 1, format, args);
    va_end(args);
    buffer->len += (size_t)len;
}
