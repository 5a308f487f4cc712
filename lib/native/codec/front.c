/*
 * native/codec/front.c - texts that share their beginnings, as stored.
 *
 *     front   shared:block(n) rest:block(n) way:u8 text
 *     text    the bytes that follow what is shared, one text after another, s
 *             bytes in all; way 0: as they are; 1 to 127, 128 to 254: in
 *             nibbles with coding 1, 2, the low one of a byte first, 0 behind
 *             the last of an odd number, in (s + 1) / 2 + way - 1 or - 128
 *             bytes
 *
 * Codings and nibbles: signs.h.
 */
#include "native/codec/front.h"

#include "native/codec/signs.h"

/* How many bytes more than half of them nibbles may take, and the first way of
 * each coding. */
#define EXTRA_MAX 126U
static const uint8_t ways[LEDE_SIGN_CODINGS] = { 0, 1, 128 };

/* Codes the text behind the byte at hand, if that makes it shorter; returns how
 * long both are. Behind the text is room for twice as much. */
static size_t code_text(uint8_t *at, size_t len)
{
    uint32_t coding = 0;
    lede_nibbles to;
    size_t bytes;

    if (len > 0 && len <= LEDE_FRONT_CODED_MAX)
        coding = lede_signs_coding(at + 1, len);
    at[0] = 0;
    if (coding == 0)
        return 1 + len;
    lede_nibbles_init(&to, coding, at + 1 + len);
    for (size_t i = 0; i < len; i++)
        lede_nibbles_put(&to, at[1 + i]);
    bytes = (to.count + 1) / 2;
    if (bytes >= len || bytes - (len + 1) / 2 > EXTRA_MAX)
        return 1 + len;
    at[0] = (uint8_t)(ways[coding] + bytes - (len + 1) / 2);
    memmove(at + 1, to.out, bytes);
    return 1 + bytes;
}

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
    size_t len = 0;
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
        len += rest[i];
    /* Room for the text, and for four nibbles a byte behind it. */
    at = lede_buffer_reserve(out, 1 + 3 * len);
    if (!at)
        return;
    for (uint32_t i = 0, done = 1; i < n; done += rest[i], i++)
        if (rest[i] > 0)
            memcpy(at + done, texts[i].at + shared[i], rest[i]);
    out->len += code_text(at, len);
}

/* ---- Reading ---- */

/* Finds where the texts' own bytes are, `len` of them, and passes them. */
static bool take_text(lede_front *front, lede_bytes *in, uint32_t len)
{
    uint64_t bytes = len;
    lede_bytes passed;
    uint8_t way;

    if (!lede_take_u8(in, &way) || way > ways[2] + EXTRA_MAX)
        return false;
    front->coding = way == 0 ? 0 : way < ways[2] ? 1 : 2;
    if (front->coding) {
        if (len > LEDE_FRONT_CODED_MAX)
            return false;
        bytes = (len + 1) / 2 + (uint32_t)(way - ways[front->coding]);
    }
    front->in = *in;
    front->taken = 0;
    front->end = front->coding ? 2 * bytes : bytes;
    return lede_take(in, bytes, &passed);
}

/* Sums the lengths of what follows; false where a text shares more than there
 * is, or is too long. Over all places, whatever n, so that it needs no branch. */
static bool sum_lengths(const lede_front *front, uint32_t *bytes)
{
    const uint32_t *shared = front->shared, *rest = front->rest;
    uint32_t any = 0, wrong = 0, sum = 0;

    for (uint32_t i = 0; i < LEDE_FRONT_MAX; i++)
        any |= shared[i] | rest[i];
    if (any >= 2 * LEDE_FRONT_LEN_MAX || shared[0] > 0)
        return false;
    for (uint32_t i = 0; i < LEDE_FRONT_MAX; i++) {
        int32_t len = (int32_t)(shared[i] + rest[i]);

        wrong |= (uint32_t)(len > (int32_t)LEDE_FRONT_LEN_MAX);
        wrong |= (uint32_t)((int32_t)shared[i + 1] > len);
        sum += rest[i];
    }
    *bytes = sum;
    return wrong == 0;
}

bool lede_front_take(lede_front *front, lede_bytes *in, uint32_t n)
{
    lede_bytes at = *in;
    uint32_t bytes;

    if (n == 0 || n > LEDE_FRONT_MAX ||
        !lede_block_take(&at, n, front->shared) ||
        !lede_block_take(&at, n, front->rest))
        return false;
    for (uint32_t i = n; i <= LEDE_FRONT_MAX; i++)
        front->shared[i] = front->rest[i] = 0;
    if (!sum_lengths(front, &bytes) || !take_text(front, &at, bytes))
        return false;
    front->len = 0;
    front->at = 0;
    front->n = n;
    front->broken = false;
    *in = at;
    return true;
}

/* Puts the own bytes of texts together, whatever they are coded in. */
static inline bool read_bytes(lede_signs_reader *r, const lede_front *front,
                              uint8_t *out, uint32_t len)
{
    if (front->coding) {
        for (uint32_t i = 0; i < len; i++)
            out[i] = lede_signs_read(r);
        return true;
    }
    if (len > front->end - r->at)
        return false;
    if (len)
        memcpy(out, front->in.at + r->at, len);
    r->at += len;
    return true;
}

/* Puts the next text together. It is above the one before if it goes on where
 * that one ends, or has a larger byte where they part. */
static inline bool read_text(lede_signs_reader *r, lede_front *front,
                             uint32_t at, uint32_t len)
{
    uint32_t shared = front->shared[at], rest = front->rest[at];
    uint32_t least = shared < len ? front->text[shared] + 1U : 0;

    return read_bytes(r, front, front->text + shared, rest) &&
           (at == 0 || (rest > 0 && front->text[shared] >= least));
}

/* Whether the texts so far, if all then exactly, are within the bytes: what was
 * read behind them is not from there. */
static bool is_within(const lede_front *front)
{
    uint64_t left = front->end - front->taken;

    if (front->taken > front->end)
        return false;
    return front->at < front->n || left == 0 ||
           (front->coding && left == 1 &&
            front->in.at[front->taken / 2] >> 4 == 0);
}

static inline uint32_t common_len(const uint8_t *text, uint32_t len,
                                  lede_bytes sought, uint32_t from)
{
    while (from < len && from < sought.len && text[from] == sought.at[from])
        from++;
    return from;
}

/*
 * Reads on to text `until`, or the first that is not below `sought`, if that is
 * given. A text that shares more with the one before than that with the one
 * sought is below it like that one; one that shares less is above it.
 */
static inline __attribute__((always_inline)) bool read_on(
    lede_front *front, uint32_t until, const lede_bytes *sought, bool *equal)
{
    lede_signs_reader r =
        lede_signs_from(front->in, front->coding, front->taken);
    uint32_t at = front->at, len = front->len, common = 0;
    bool found = false;

    if (sought)
        common = common_len(front->text, len, *sought, 0);
    for (; !found && at < until; at++) {
        uint32_t shared = front->shared[at];

        if (!read_text(&r, front, at, len))
            break;
        len = shared + front->rest[at];
        if (!sought || shared > common)
            continue;
        found = shared < common;
        if (found)
            continue;
        common = common_len(front->text, len, *sought, common);
        *equal = common == sought->len && common == len;
        found = common == sought->len ||
                (common < len && front->text[common] > sought->at[common]);
    }
    front->broken = !found && at < until;
    front->at = at;
    front->len = len;
    front->taken = lede_signs_at(&r);
    front->broken = front->broken || !is_within(front);
    return !front->broken && (found || !sought);
}

/* The own bytes of the first `count` texts, which are so many, one after
 * another; NULL past the end. */
static const uint8_t *read_first(lede_front *front, uint32_t bytes,
                                 uint8_t plain[LEDE_FRONT_CODED_MAX])
{
    lede_signs_reader r = lede_signs_from(front->in, front->coding, 0);

    if (!front->coding) {
        front->taken = bytes;
        return front->in.at;
    }
    for (uint32_t i = 0; i < bytes; i++)
        plain[i] = lede_signs_read(&r);
    front->taken = lede_signs_at(&r);
    return plain;
}

/* From the last byte to the first: each is of the last text that brings one. */
bool lede_front_jump(lede_front *front, uint32_t place)
{
    uint8_t plain[LEDE_FRONT_CODED_MAX];
    const uint8_t *own;
    uint32_t bytes = 0, missing;

    if (place >= front->n)
        return false;
    for (uint32_t i = 0; i <= place; i++)
        bytes += front->rest[i];
    own = read_first(front, bytes, plain);
    front->at = place + 1;
    front->len = missing = front->shared[place] + front->rest[place];
    for (uint32_t i = place + 1; i-- > 0 && missing > 0;) {
        uint32_t shared = front->shared[i];

        bytes -= front->rest[i];
        if (shared >= missing)
            continue;
        memcpy(front->text + shared, own + bytes, missing - shared);
        missing = shared;
    }
    front->broken = !is_within(front);
    return !front->broken;
}

bool lede_front_next(lede_front *front)
{
    return !front->broken && front->at < front->n &&
           read_on(front, front->at + 1, NULL, NULL);
}

bool lede_front_seek(lede_front *front, lede_bytes text, bool *equal)
{
    *equal = false;
    return !front->broken && front->at < front->n &&
           read_on(front, front->n, &text, equal);
}
