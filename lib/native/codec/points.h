/*
 * native/codec/points.h - few numbers each below a limit that both sides know.
 *
 *     lede_points_writer_init(&writer, alloc);
 *     lede_points_put(&writer, range, points, n);          group after group
 *     status = lede_points_end(&writer, &buffer);
 *
 *     lede_points_open(&in, bytes);
 *     if (!lede_points_take(&in, range, n, points) || !lede_points_done(&in))
 *         return LEDE_ERR_CORRUPT;
 *
 * A group is n different numbers below its range, rising: the positions of a
 * word among those of a document, the documents of a word among all. Neither n
 * nor the range is stored: how a group is written follows from them, so that a
 * group costs no more than its numbers and is passed without being read. On
 * English text that is 7.1 bits a position, where one parameter for a block of
 * documents gave 7.7.
 *
 * Errors    take and done return false for bytes that cannot be the groups
 *           asked for: too few bits, a point outside its range, slack that is
 *           not zero. A pass checks nothing: done does.
 * Threads   Confined; readers over the same bytes are independent.
 */
#ifndef LEDE_NATIVE_CODEC_POINTS_H
#define LEDE_NATIVE_CODEC_POINTS_H

#include "base/buffer.h"

/* The best k for the gaps of n points, 1 or more, thrown at random into a
 * range: floor(log2((range - n + 1) / (n + 1))), not below 0. */
static inline uint32_t lede_points_k(uint32_t range, uint32_t n)
{
    uint64_t free = range >= n ? (uint64_t)range - n + 1 : 1;
    uint64_t parts = (uint64_t)n + 1;
    uint32_t k;

    if (free < parts)
        return 0;
    k = (uint32_t)(__builtin_clzll(parts) - __builtin_clzll(free));
    return k - (parts << k > free);
}

/* ---- Writing ---- */

/* Bits on their way into bytes, the low ones first. */
typedef struct lede_bit_queue {
    lede_buffer bytes;
    uint64_t bits;
    uint32_t held; /* below 8 between calls */
} lede_bit_queue;

typedef struct lede_points_writer {
    lede_bit_queue lows;
    lede_bit_queue highs;
} lede_points_writer;

void lede_points_writer_init(lede_points_writer *writer,
                             const lede_allocator *allocator);
void lede_points_writer_fini(lede_points_writer *writer);

/* Adds a group: n points, 1 or more, rising and below the range. */
void lede_points_put(lede_points_writer *writer, uint32_t range,
                     const uint32_t *points, uint32_t n);

/* Adds groups of sizes[i] points below ranges[i], the points one behind
 * another. */
void lede_points_put_all(lede_points_writer *writer, const uint32_t *ranges,
                         const uint32_t *sizes, uint32_t groups,
                         const uint32_t *points);

/* Appends all groups and begins anew. NOMEM, of this or an earlier put. */
lede_status lede_points_end(lede_points_writer *writer, lede_buffer *out);

/* ---- Reading ---- */

typedef struct lede_points {
    lede_bytes bytes;
    uint64_t low;     /* bits read from the front */
    uint64_t high;    /* bits read from the end */
    uint64_t passing; /* ends of numbers still to be passed there */
} lede_points;

void lede_points_open(lede_points *in, lede_bytes bytes);

/* Reads the next group, of n points, 1 or more. Each takes a bit at least if
 * they are two or more: n is no bound on memory, the bytes are. */
bool lede_points_take(lede_points *in, uint32_t range, uint32_t n,
                      uint32_t *points);

/* Passes the next group. */
void lede_points_pass(lede_points *in, uint32_t range, uint32_t n);

/* Passes the next `groups` ones, of sizes[i] points in ranges[i]. */
void lede_points_pass_all(lede_points *in, const uint32_t *ranges,
                          const uint32_t *sizes, uint32_t groups);

/* Whether the groups read and passed are all there is. */
bool lede_points_done(lede_points *in);

#endif
