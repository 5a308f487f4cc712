/*
 * native/codec/bound.c - bounds, as stored.
 *
 *     bounds  least:u8 bits
 *     bits    for each bound, its corners from the one of most frequency down:
 *             of the first, frequency - 1 in levels of e = 1, and its floor,
 *             less the least one, in levels of e = 3; then, where the corner is
 *             not the fourth and has a frequency above 1, a one if another
 *             follows: of it, how far it lies below the one before, less 1, in
 *             frequency, in levels of e = 0, and in floor, in levels of e = 3.
 *             Zeros to the end of the last byte.
 *     floor   floor(8 log2(length + 1)), of lengths below 2^32
 *     least   the least floor of a first corner
 *
 * On Reuters a block's bound takes 3.8 bytes; columns of the same numbers in
 * blocks of 128 took 4.1. A lone corner took 1.6, and let words alone skip 1%
 * of their blocks where these let them skip 25%.
 */
#include "native/codec/bound.h"

#include "native/codec/levels.h"

/* Levels of what corners consist of. */
#define FREQUENCY_E 1U
#define FLOOR_E     3U
#define FALL_E      0U /* of frequencies */

/* No bound takes more: 4 corners of 65 bits and 17. */
#define BOUND_BYTES_MAX 41U

#define HIGH_MAX (sizeof((lede_hull *)0)->high / sizeof(uint32_t))

/* 2^(j/8) x 2^32, rounded up. */
static const uint64_t eighths[8] = {
    0x100000000U, 0x1172B83C8U, 0x1306FE0A4U, 0x14BFDAD54U,
    0x16A09E668U, 0x18ACE5423U, 0x1AE89F996U, 0x1D5818DD0U,
};

uint32_t lede_length_floor(uint64_t length)
{
    uint64_t x = length < UINT32_MAX ? length + 1 : UINT32_MAX;
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x), j = 7;

    while (x << 32 >> whole < eighths[j])
        j--;
    return whole * 8 + j;
}

uint64_t lede_length_least(uint32_t floor)
{
    uint32_t whole = floor / 8 < 32 ? floor / 8 : 31;
    uint64_t x = eighths[floor % 8] << whole;

    return (x >> 32) + ((x & UINT32_MAX) != 0) - 1;
}

void lede_bound_set(lede_bound *bound, const lede_corners *corners,
                    uint32_t last)
{
    bound->last = last;
    bound->count = corners->count;
    for (uint32_t i = 0; i < corners->count; i++) {
        bound->frequencies[i] = corners->frequencies[i];
        bound->floors[i] = corners->floors[i];
        bound->lengths[i] = lede_length_least(corners->floors[i]);
    }
}

/* A document as a point: further right is longer, further up more frequent. */
typedef struct point {
    uint32_t frequency;
    uint32_t length;
} point;

/* How far b is below the line from a, which is right of it and above, to c,
 * which is left of b and below: below 0, 0 if it is on the line, or above. */
static int below(point a, point b, point c)
{
    uint64_t fall =
        (uint64_t)(a.frequency - b.frequency) * (a.length - c.length);
    uint64_t slope =
        (uint64_t)(a.frequency - c.frequency) * (a.length - b.length);

    return (fall > slope) - (fall < slope);
}

/* Whether a has no more frequency for its length than b. */
static bool is_rarer(point a, point b)
{
    return (uint64_t)a.frequency * b.length <= (uint64_t)b.frequency * a.length;
}

bool lede_bound_has(const lede_bound *bound, uint32_t frequency,
                    uint64_t length)
{
    point at = { frequency,
                 length < UINT32_MAX ? (uint32_t)length : UINT32_MAX };
    point left, right;
    uint32_t i = bound->count;

    while (i > 0 && at.length < bound->lengths[i - 1])
        i--;
    if (i == 0)
        return false;
    if (i == bound->count || frequency <= bound->frequencies[i - 1])
        return frequency <= bound->frequencies[i - 1];
    left =
        (point){ bound->frequencies[i - 1], (uint32_t)bound->lengths[i - 1] };
    right = (point){ bound->frequencies[i], (uint32_t)bound->lengths[i] };
    return frequency <= right.frequency &&
           (below(right, at, left) >= 0 || is_rarer(at, right));
}

/* ---- Finding them ---- */

static void drop_high(lede_hull *hull, uint32_t from, uint32_t to)
{
    uint32_t behind = hull->high_count - to;

    memmove(hull->high + from, hull->high + to, behind * sizeof *hull->high);
    memmove(hull->high_least + from, hull->high_least + to,
            behind * sizeof *hull->high_least);
    hull->high_count = from + behind;
}

void lede_hull_add_high(lede_hull *hull, uint32_t frequency, uint32_t length)
{
    uint32_t at = 0, end;

    while (at < hull->high_count && hull->high[at] > frequency)
        at++;
    if ((at > 0 && hull->high_least[at - 1] <= length) ||
        (at < hull->high_count && hull->high[at] == frequency &&
         hull->high_least[at] <= length))
        return;
    for (end = at; end < hull->high_count && hull->high_least[end] >= length;)
        end++;
    if (end > at) {
        drop_high(hull, at + 1, end);
    } else if (hull->high_count == HIGH_MAX) {
        /* Its neighbour is made to stand for both. */
        if (at > 0)
            hull->high_least[at - 1] = length;
        else
            hull->high[0] = frequency;
        return;
    } else {
        hull->high_count++;
        for (uint32_t i = hull->high_count - 1; i > at; i--) {
            hull->high[i] = hull->high[i - 1];
            hull->high_least[i] = hull->high_least[i - 1];
        }
    }
    hull->high[at] = frequency;
    hull->high_least[at] = length;
}

void lede_hull_add_corners(lede_hull *hull, const lede_corners *corners)
{
    for (uint32_t i = 0; i < corners->count; i++)
        lede_hull_add(hull, corners->frequencies[i],
                      (uint32_t)lede_length_least(corners->floors[i]));
}

#define CHAIN_MAX (LEDE_HULL_FREQUENCIES + HIGH_MAX + 1)

/* Corners from the right to the left. */
typedef struct chain {
    uint32_t n;
    point at[CHAIN_MAX];
    uint32_t floors[CHAIN_MAX];
    point least; /* the leftmost point, a corner or not */
    uint32_t least_floor;
} chain;

static void add_corner(chain *c, point p, uint32_t floor)
{
    c->at[c->n] = p;
    c->floors[c->n++] = floor;
}

/* Adds a point below all; none of those that it leaves below the line between
 * two others is a corner. */
static void add_point(chain *c, uint32_t frequency, uint32_t length)
{
    uint32_t floor = lede_length_floor(length);
    point p = { frequency, (uint32_t)lede_length_least(floor) };

    if (floor >= c->least_floor)
        return;
    c->least = p;
    c->least_floor = floor;
    if (c->n > 0 && !is_rarer(c->at[c->n - 1], p))
        return;
    while (c->n > 1 && below(c->at[c->n - 2], c->at[c->n - 1], p) > 0)
        c->n--;
    add_corner(c, p, floor);
}

/* By how many eighths of a doubling a score grows, at most, if one point has to
 * stand for two neighbours. */
static uint32_t growth(const chain *c, uint32_t i)
{
    uint32_t shorter = c->floors[i] - c->floors[i + 1];
    uint32_t more = lede_length_floor(c->at[i].frequency) -
                    lede_length_floor(c->at[i + 1].frequency);

    return shorter < more ? shorter : more;
}

/* Makes two neighbours one, where it does least. */
static void join_two(chain *c)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i + 1 < c->n; i++)
        if (growth(c, i) < growth(c, best))
            best = i;
    c->at[best].length = c->at[best + 1].length;
    c->floors[best] = c->floors[best + 1];
    c->n--;
    for (uint32_t i = best + 1; i < c->n; i++) {
        c->at[i] = c->at[i + 1];
        c->floors[i] = c->floors[i + 1];
    }
}

void lede_hull_end(const lede_hull *hull, lede_corners *corners)
{
    chain c;

    c.n = 0;
    c.least_floor = LEDE_LENGTH_FLOORS;
    for (uint32_t i = 0; i < hull->high_count; i++)
        add_point(&c, hull->high[i], hull->high_least[i]);
    for (uint64_t used = hull->used; used;) {
        uint32_t frequency = 63 - (uint32_t)__builtin_clzll(used);

        used ^= (uint64_t)1 << frequency;
        add_point(&c, frequency, hull->least[frequency]);
    }
    if (c.n > 0 && c.least_floor < c.floors[c.n - 1])
        add_corner(&c, c.least, c.least_floor);
    while (c.n > LEDE_BOUND_MAX)
        join_two(&c);
    corners->count = c.n;
    for (uint32_t i = 0; i < c.n; i++) {
        corners->frequencies[i] = c.at[c.n - 1 - i].frequency;
        corners->floors[i] = c.floors[c.n - 1 - i];
    }
}

/* ---- As stored ---- */

static void put_bound(uint8_t *out, uint64_t *at, const lede_corners *corners,
                      uint32_t least)
{
    uint32_t i = corners->count - 1;
    const uint32_t *frequencies = corners->frequencies;

    lede_level_put(out, at, frequencies[i] - 1, FREQUENCY_E);
    lede_level_put(out, at, corners->floors[i] - least, FLOOR_E);
    for (; i > 0; i--) {
        lede_bits_or(out, (*at)++, 1);
        lede_level_put(out, at, frequencies[i] - frequencies[i - 1] - 1,
                       FALL_E);
        lede_level_put(out, at, corners->floors[i] - corners->floors[i - 1] - 1,
                       FLOOR_E);
    }
    if (corners->count < LEDE_BOUND_MAX && frequencies[0] > 1)
        ++*at;
}

void lede_bounds_put(lede_buffer *out, const lede_corners *corners, uint32_t n)
{
    size_t most = 1 + (size_t)n * BOUND_BYTES_MAX;
    uint8_t *bytes = lede_buffer_reserve(out, most);
    uint32_t least = LEDE_LENGTH_FLOORS - 1;
    uint64_t at = 8;

    if (!bytes)
        return;
    memset(bytes, 0, most);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t floor = corners[i].floors[corners[i].count - 1];

        least = floor < least ? floor : least;
    }
    bytes[0] = (uint8_t)least;
    for (uint32_t i = 0; i < n; i++)
        put_bound(bytes, &at, &corners[i], least);
    out->len += (size_t)((at + 7) / 8);
}

/* Reads the corner that lies left of another. */
static bool take_left(lede_bytes in, uint64_t *at, lede_corners *c, uint32_t i)
{
    uint32_t less, shorter;

    if (!lede_level_take(in, at, FALL_E, &less) ||
        !lede_level_take(in, at, FLOOR_E, &shorter) ||
        less >= c->frequencies[i + 1] - 1 || shorter >= c->floors[i + 1])
        return false;
    c->frequencies[i] = c->frequencies[i + 1] - 1 - less;
    c->floors[i] = c->floors[i + 1] - 1 - shorter;
    return true;
}

static bool take_bound(lede_bytes in, uint64_t *at, uint32_t least,
                       lede_corners *c)
{
    uint32_t i = LEDE_BOUND_MAX - 1, frequency, floor;

    if (!lede_level_take(in, at, FREQUENCY_E, &frequency) ||
        !lede_level_take(in, at, FLOOR_E, &floor) || frequency == UINT32_MAX ||
        floor >= LEDE_LENGTH_FLOORS - least)
        return false;
    c->frequencies[i] = frequency + 1;
    c->floors[i] = least + floor;
    for (; i > 0 && c->frequencies[i] > 1; i--) {
        bool more = (lede_bits_at(in, (*at)++) & 1) != 0;

        if (!more)
            break;
        if (!take_left(in, at, c, i - 1))
            return false;
    }
    c->count = LEDE_BOUND_MAX - i;
    for (uint32_t to = 0; i > 0 && to < c->count; to++) {
        c->frequencies[to] = c->frequencies[to + i];
        c->floors[to] = c->floors[to + i];
    }
    return true;
}

bool lede_bounds_take(lede_bytes *in, uint32_t n, lede_corners *corners)
{
    uint64_t at = 8;
    lede_bytes used;

    if (in->len == 0)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!take_bound(*in, &at, in->at[0], &corners[i]))
            return false;
    return lede_bits_end(*in, at) && lede_take(in, (at + 7) / 8, &used);
}
