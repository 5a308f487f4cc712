#include "native/codec/front.h"

static uint32_t shared_len(lede_bytes a, lede_bytes b)
{
    size_t most = a.len < b.len ? a.len : b.len, len = 0;

    while (len < most && a.at[len] == b.at[len])
        len++;
    return (uint32_t)len;
}

void lede_front_write(lede_buffer *out, const lede_bytes *texts, uint32_t n)
{
    uint32_t shared[LEDE_FRONT_MAX] = { 0 }, rest[LEDE_FRONT_MAX];
    uint8_t *at;

    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            shared[i] = shared_len(texts[i - 1], texts[i]);
        rest[i] = (uint32_t)texts[i].len - shared[i];
    }
    at = lede_buffer_reserve(out, 2 * (size_t)LEDE_BLOCK_BYTES_MAX);
    if (!at)
        return;
    out->len += lede_block_write(at, shared, n);
    out->len += lede_block_write(out->at + out->len, rest, n);
    for (uint32_t i = 0; i < n; i++)
        lede_put(out, texts[i].at + shared[i], rest[i]);
}

bool lede_front_take(lede_front *front, lede_bytes *in, uint32_t n)
{
    lede_bytes at = *in;
    uint64_t before = 0, bytes = 0;

    if (n == 0 || n > LEDE_FRONT_MAX ||
        !lede_block_take(&at, n, front->shared) ||
        !lede_block_take(&at, n, front->rest))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t len = (uint64_t)front->shared[i] + front->rest[i];

        if (front->shared[i] > before || len > LEDE_FRONT_LEN_MAX)
            return false;
        before = len;
        bytes += front->rest[i];
    }
    if (!lede_take(&at, bytes, &front->rest_bytes))
        return false;
    front->len = 0;
    front->at = 0;
    front->n = n;
    front->broken = false;
    *in = at;
    return true;
}

/* A text is above the one before if it goes on where that one ends, or has a
 * larger byte where they part. */
static bool rises(const lede_front *front, uint32_t shared, lede_bytes rest)
{
    return front->at == 0 ||
           (rest.len > 0 &&
            (shared == front->len || rest.at[0] > front->text[shared]));
}

bool lede_front_next(lede_front *front)
{
    lede_bytes rest;
    uint32_t shared;

    if (front->broken || front->at == front->n)
        return false;
    shared = front->shared[front->at];
    if (!lede_take(&front->rest_bytes, front->rest[front->at], &rest) ||
        !rises(front, shared, rest)) {
        front->broken = true;
        return false;
    }
    if (rest.len)
        memcpy(front->text + shared, rest.at, rest.len);
    front->len = shared + (uint32_t)rest.len;
    front->at++;
    return true;
}
