/*
 * native/codec/points.c - groups of points, as stored.
 *
 *     points  [low] slack [high]
 *     low     of each group, one string of bits from the front: of one point
 *             the whole of it, of more k bits of each gap
 *     high    of each group of two and more, one string of bits from the end:
 *             for each gap v, v >> k zeros and a one. The string's first bit is
 *             the top one of the last byte.
 *     slack   zeros, fewer than 8
 *
 * One point below R, of w = bits of R - 1: where 2^w > R, the 2^w - R least
 * points take w - 1 bits and the others w, of which the last one comes behind
 * the first w - 1 (truncated binary). Nothing where R = 1.
 *
 * n points: the first and the gaps between, each less one, with
 * k = floor(log2((R - n + 1) / (n + 1))), and 0 where that is below 0. The
 * best k for points thrown at random; a k stored for each group would cost more
 * than it wins.
 */
#include "native/codec/points.h"

#include "base/alloc.h"
#include "native/codec/bits.h"

static uint32_t bits_of(uint32_t value)
{
    return value ? 32 - (uint32_t)__builtin_clz(value) : 0;
}

/* ---- Writing ---- */

static void store_eight(uint8_t *at, uint64_t bits)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    bits = __builtin_bswap64(bits);
#endif
    memcpy(at, &bits, sizeof bits);
}

static void queue_init(lede_bit_queue *queue, const lede_allocator *allocator)
{
    lede_buffer_init(&queue->bytes, allocator);
    queue->bits = 0;
    queue->held = 0;
}

static void queue_clear(lede_bit_queue *queue)
{
    lede_buffer_clear(&queue->bytes);
    queue->bits = 0;
    queue->held = 0;
}

void lede_points_writer_init(lede_points_writer *writer,
                             const lede_allocator *allocator)
{
    queue_init(&writer->lows, allocator);
    queue_init(&writer->highs, allocator);
}

void lede_points_writer_fini(lede_points_writer *writer)
{
    lede_buffer_fini(&writer->lows.bytes);
    lede_buffer_fini(&writer->highs.bytes);
}

/* A queue while it is written to, kept where the compiler can keep it in
 * registers: what is stored through bytes may be anything's, a queue's too. */
typedef struct bit_pen {
    uint8_t *at, *end;
    uint64_t bits;
    uint32_t held;
} bit_pen;

static bit_pen pen_of(const lede_bit_queue *queue)
{
    const lede_buffer *bytes = &queue->bytes;

    if (!bytes->at)
        return (bit_pen){ NULL, NULL, queue->bits, queue->held };
    return (bit_pen){ bytes->at + bytes->len, bytes->at + bytes->capacity,
                      queue->bits, queue->held };
}

static void put_down(const bit_pen *pen, lede_bit_queue *queue)
{
    if (pen->at)
        queue->bytes.len = (size_t)(pen->at - queue->bytes.at);
    queue->bits = pen->bits;
    queue->held = pen->held;
}

/* Room for so many bits more, and for the eight bytes that each store takes;
 * false and a status of the bytes if there is none. */
static inline bool has_pen_room(bit_pen *pen, lede_bit_queue *queue,
                                uint64_t bits)
{
    uint64_t bytes = bits / 8 + 16;

    if ((uint64_t)(pen->end - pen->at) >= bytes)
        return true;
    put_down(pen, queue);
    if (bytes > SIZE_MAX || !lede_buffer_reserve(&queue->bytes, (size_t)bytes))
        return false;
    *pen = pen_of(queue);
    return true;
}

/* At most 32 bits at a time. All that is held is written, and what is no whole
 * byte again with the next: that needs no branch on how much there is. */
static inline void put_bits(bit_pen *pen, uint32_t bits, uint32_t width)
{
    uint64_t held = pen->bits | (uint64_t)bits << pen->held;
    uint32_t count = pen->held + width;

    store_eight(pen->at, held);
    pen->at += count / 8;
    pen->bits = held >> (count & ~7U);
    pen->held = count % 8;
}

static inline void put_unary(bit_pen *pen, uint32_t zeros)
{
    for (; zeros > 31; zeros -= 32)
        put_bits(pen, 0, 32);
    put_bits(pen, 1U << zeros, zeros + 1);
}

/* Whether a point takes the last bit is as good as random, so nothing branches
 * on it. */
static inline void put_one(bit_pen *lows, uint32_t range, uint32_t point)
{
    uint32_t width = bits_of(range - 1), above, last;
    uint64_t spare = ((uint64_t)1 << width) - range, code;

    if (width == 0)
        return;
    above = point >= spare;
    code = point + (spare & (0 - (uint64_t)above));
    last = (uint32_t)code & above;
    put_bits(lows, (uint32_t)(code >> above) | last << (width - 1),
             width - 1 + above);
}

static inline void put_group(bit_pen *lows, bit_pen *highs, uint32_t k,
                             const uint32_t *points, uint32_t n)
{
    uint32_t base = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t gap = points[i] - base;

        base = points[i] + 1;
        put_bits(lows, gap & (((uint32_t)1 << k) - 1), k);
        put_unary(highs, gap >> k);
    }
}

/* Gaps together are no more than the last point, which bounds the ends. */
void lede_points_put_all(lede_points_writer *writer, const uint32_t *ranges,
                         const uint32_t *sizes, uint32_t groups,
                         const uint32_t *points)
{
    bit_pen lows = pen_of(&writer->lows), highs = pen_of(&writer->highs);

    for (uint32_t i = 0; i < groups; i++) {
        uint32_t n = sizes[i], k;

        if (!has_pen_room(&lows, &writer->lows, (uint64_t)n * 32))
            break;
        if (n == 1) {
            put_one(&lows, ranges[i], *points++);
            continue;
        }
        k = lede_points_k(ranges[i], n);
        if (!has_pen_room(&highs, &writer->highs,
                          (uint64_t)(points[n - 1] >> k) + n))
            break;
        put_group(&lows, &highs, k, points, n);
        points += n;
    }
    put_down(&lows, &writer->lows);
    put_down(&highs, &writer->highs);
}

void lede_points_put(lede_points_writer *writer, uint32_t range,
                     const uint32_t *points, uint32_t n)
{
    lede_points_put_all(writer, &range, &n, 1, points);
}

/* Writes out what is held; returns how many bits the last byte has, 0 if it is
 * full. */
static uint32_t settle(lede_bit_queue *queue)
{
    if (queue->held > 0)
        lede_put_u8(&queue->bytes, (uint8_t)queue->bits);
    return queue->held;
}

static uint8_t mirror(uint8_t byte)
{
    uint32_t bits = byte;

    bits = (bits & 0x55) << 1 | (bits >> 1 & 0x55);
    bits = (bits & 0x33) << 2 | (bits >> 2 & 0x33);
    return (uint8_t)(bits << 4 | bits >> 4);
}

/* Appends the string of high bits, whose first byte comes last. */
static void put_mirrored(lede_buffer *out, const uint8_t *bytes, size_t n)
{
    uint8_t *at = n ? lede_buffer_reserve(out, n) : NULL;

    if (!at)
        return;
    out->len += n;
    while (n > 0)
        *at++ = mirror(bytes[--n]);
}

lede_status lede_points_end(lede_points_writer *writer, lede_buffer *out)
{
    lede_buffer *lows = &writer->lows.bytes, *highs = &writer->highs.bytes;
    uint32_t low_rest = settle(&writer->lows);
    uint32_t high_rest = settle(&writer->highs);
    size_t n = highs->len;
    lede_status status = lows->status != LEDE_OK ? lows->status : highs->status;

    if (status == LEDE_OK) {
        lede_put(out, lows->at, lows->len);
        /* The two ends share a byte where they fit into one. */
        if (n > 0 && low_rest > 0 && high_rest > 0 &&
            low_rest + high_rest <= 8 && out->status == LEDE_OK)
            out->at[out->len - 1] |= mirror(highs->at[--n]);
        put_mirrored(out, highs->at, n);
        status = out->status;
    }
    queue_clear(&writer->lows);
    queue_clear(&writer->highs);
    return status;
}

/* ---- Reading ---- */

void lede_points_open(lede_points *in, lede_bytes bytes)
{
    *in = (lede_points){ .bytes = bytes };
}

/* As lede_bits_at, from the end: the next bit on top. */
static inline uint64_t high_word(lede_bytes in, uint64_t bit)
{
    uint64_t byte = bit / 8, word = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (in.len >= 8 && byte <= in.len - 8) {
        memcpy(&word, in.at + (in.len - 8 - byte), 8);
        return word << (bit % 8);
    }
#endif
    for (uint64_t i = 0; i < 8 && byte + i < in.len; i++)
        word |= (uint64_t)in.at[in.len - 1 - byte - i] << (56 - 8 * i);
    return word << (bit % 8);
}

/* Bits of both strings together fit into the bytes. */
static inline bool has_room(const lede_points *in)
{
    return in->low + in->high <= 8 * (uint64_t)in->bytes.len;
}

/* How many bits are set: without the instruction, which not every processor
 * has, the compiler would call a function. */
static inline uint64_t count_ones(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return word * 0x0101010101010101 >> 56;
}

/* Passes the ends that are still to be passed. */
static bool pass_ends(lede_points *in)
{
    while (in->passing > 0) {
        uint64_t word = high_word(in->bytes, in->high);
        uint64_t ones = count_ones(word);

        if (in->high >= 8 * (uint64_t)in->bytes.len)
            return false;
        if (ones < in->passing) {
            in->passing -= ones;
            in->high += 64 - in->high % 8;
            continue;
        }
        for (; in->passing > 1; in->passing--)
            word ^= (uint64_t)1 << (63 - __builtin_clzll(word));
        in->high += (uint64_t)__builtin_clzll(word) + 1;
        in->passing = 0;
    }
    return has_room(in);
}

/* How a point alone is written: its first bits, and below `spare` no more. */
static inline uint32_t take_one(lede_points *in, uint32_t range)
{
    uint32_t width = bits_of(range - 1), first;
    uint64_t spare = ((uint64_t)1 << width) - range, word;

    if (width == 0)
        return 0;
    word = lede_bits_at(in->bytes, in->low);
    first = (uint32_t)(word & (((uint64_t)1 << (width - 1)) - 1));
    if (first < spare) {
        in->low += width - 1;
        return first;
    }
    in->low += width;
    return (uint32_t)(((uint64_t)first << 1 | (word >> (width - 1) & 1)) -
                      spare);
}

/* Ends are taken out of a word as long as it has some. What passes the range
 * does so in the last point, too: it is enough to look there. */
static bool take_many(lede_points *in, uint32_t range, uint32_t n,
                      uint32_t *points)
{
    uint64_t bits = 8 * (uint64_t)in->bytes.len, begin = in->high;
    uint64_t word = high_word(in->bytes, begin), low = in->low;
    uint64_t lows = 0, zeros = 0, point = 0;
    uint32_t k = lede_points_k(range, n);
    uint64_t mask = ((uint64_t)1 << k) - 1;

    for (uint32_t i = 0; i < n; i++, low += k) {
        uint64_t clear;

        while (word == 0) {
            in->high += 64 - in->high % 8;
            if (in->high >= bits)
                return false;
            word = high_word(in->bytes, in->high);
        }
        clear = (uint64_t)__builtin_clzll(word);
        word ^= (uint64_t)1 << 63 >> clear;
        zeros = in->high - begin + clear - i;
        lows += lede_bits_at(in->bytes, low) & mask;
        point = (zeros << k) + lows + i;
        points[i] = (uint32_t)point;
    }
    in->low = low;
    in->high = begin + zeros + n;
    return zeros <= range >> k && point < range && has_room(in);
}

bool lede_points_take(lede_points *in, uint32_t range, uint32_t n,
                      uint32_t *points)
{
    if (n == 0 || range < n)
        return false;
    if (n == 1) {
        points[0] = take_one(in, range);
        return has_room(in);
    }
    return (in->passing == 0 || pass_ends(in)) &&
           take_many(in, range, n, points);
}

void lede_points_pass(lede_points *in, uint32_t range, uint32_t n)
{
    if (n == 1 && range > 0) {
        (void)take_one(in, range);
    } else {
        in->low += (uint64_t)lede_points_k(range, n) * n;
        in->passing += n;
    }
}

/* What lies behind a point alone that begins at a bit. */
static inline uint64_t behind_one(lede_bytes bytes, uint64_t low,
                                  uint32_t range)
{
    uint32_t width = bits_of(range - 1);
    uint64_t spare = ((uint64_t)1 << width) - range, first;

    if (width == 0)
        return low;
    first = lede_bits_at(bytes, low) & (((uint64_t)1 << (width - 1)) - 1);
    return low + width - (first < spare);
}

void lede_points_pass_all(lede_points *in, const uint32_t *ranges,
                          const uint32_t *sizes, uint32_t groups)
{
    uint64_t low = in->low, passing = in->passing;

    for (uint32_t i = 0; i < groups; i++) {
        uint32_t n = sizes[i], range = ranges[i];

        if (n == 1 && range > 0) {
            low = behind_one(in->bytes, low, range);
        } else {
            low += (uint64_t)lede_points_k(range, n) * n;
            passing += n;
        }
    }
    in->low = low;
    in->passing = passing;
}

bool lede_points_done(lede_points *in)
{
    uint64_t slack;

    if (!pass_ends(in))
        return false;
    slack = 8 * (uint64_t)in->bytes.len - in->low - in->high;
    return slack < 8 && (lede_bits_at(in->bytes, in->low) &
                         (((uint64_t)1 << slack) - 1)) == 0;
}
