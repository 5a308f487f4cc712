#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t need, capacity = buffer->capacity ? buffer->capacity : 256;
    char *grown;

    if (buffer->failed || more >= SIZE_MAX / 4 - buffer->len) {
        buffer->failed = true;
        return false;
    }
    need = buffer->len + more + 1;
    if (need <= buffer->capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    grown = realloc(buffer->at, capacity);
    if (!grown) {
        buffer->failed = true;
        return false;
    }
    buffer->at = grown;
    buffer->capacity = capacity;
    return true;
}

bool buffer_put(struct buffer *buffer, const char *bytes, size_t len)
{
    if (!buffer_reserve(buffer, len))
        return false;
    if (len > 0)
        memcpy(buffer->at + buffer->len, bytes, len);
    buffer->len += len;
    buffer->at[buffer->len] = '\0';
    return true;
}

bool buffer_put_text(struct buffer *buffer, const char *text)
{
    return buffer_put(buffer, text, strlen(text));
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = false;
    if (buffer->at)
        buffer->at[0] = '\0';
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){ 0 };
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->at ? buffer->at : "";
}
