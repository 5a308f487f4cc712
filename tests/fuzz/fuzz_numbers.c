/* Lists of numbers: whatever bytes are taken for one are read the same way by
 * all who read them, and written again they are no longer than they were.
 *
 *     input   what:u8 seed:u8 rest
 *
 * With a seed above 0 the rest is changes to a list that was written from it,
 * else the list itself. */
#include <assert.h>
#include <stdlib.h>

#include "fuzz/damage.h"
#include "native/codec/block.h"
#include "native/codec/column.h"
#include "native/codec/pack.h"
#include "native/codec/points.h"
#include "support/chance.h"

#define RUN_MAX     4096U
#define WRITTEN_MAX 1021U /* lists kept */

/* The first shape of a block that is not always the smallest of its kind. */
#define LEVELS 66U

/* What a list was written from, or would have been. */
typedef struct shape {
    uint32_t count;
    uint32_t width;
    chance c;
} shape;

static uint32_t number_of(shape *s)
{
    uint32_t bits = s->width < 32 ? s->width : 31;

    return chance_below(&s->c, 1U << bits);
}

/* ---- Fixed widths ---- */

static void write_pack(lede_buffer *out, shape *s)
{
    uint32_t values[LEDE_PACK_MAX];
    uint8_t *at = lede_buffer_reserve(out, (size_t)4 * LEDE_PACK_MAX);

    assert(at != NULL);
    for (uint32_t i = 0; i < s->count; i++)
        values[i] = number_of(s);
    out->len += lede_pack(at, values, s->count, s->width);
}

static void read_pack(lede_bytes bytes, const shape *s)
{
    uint32_t values[LEDE_PACK_MAX], plain[LEDE_PACK_MAX];
    uint8_t again[4 * LEDE_PACK_MAX];
    lede_bytes in = bytes, twin = bytes;
    bool sound = lede_unpack(&in, s->count, s->width, values);

    assert(sound == lede_unpack_plain(&twin, s->count, s->width, plain));
    assert(in.len == twin.len);
    if (!sound)
        return;
    assert(memcmp(values, plain, s->count * sizeof *values) == 0);
    assert(lede_pack(again, values, s->count, s->width) == bytes.len - in.len);
    assert(bytes.len == in.len ||
           memcmp(again, bytes.at, bytes.len - in.len) == 0);
}

/* ---- Blocks ---- */

static void write_block(lede_buffer *out, shape *s)
{
    uint32_t values[LEDE_BLOCK_MAX];
    uint8_t *at = lede_buffer_reserve(out, LEDE_BLOCK_BYTES_MAX);

    assert(at != NULL);
    for (uint32_t i = 0; i < s->count; i++)
        values[i] = chance_one_in(&s->c, 9) ? number_of(s) : i % 3;
    out->len += lede_block_write(at, values, s->count);
}

static void read_rising(lede_bytes bytes, const uint32_t *gaps, uint32_t n,
                        uint64_t base)
{
    uint32_t rising[LEDE_BLOCK_MAX];
    uint64_t next = base;

    if (!lede_block_take_rising(&bytes, n, base, rising))
        return;
    for (uint32_t i = 0; i < n; i++) {
        next += gaps[i];
        assert(rising[i] == next++);
    }
    assert(rising[n - 1] < UINT32_MAX);
}

static void read_block(lede_bytes bytes, const shape *s)
{
    uint32_t values[LEDE_BLOCK_MAX], again[LEDE_BLOCK_MAX];
    uint8_t written[LEDE_BLOCK_BYTES_MAX];
    lede_bytes in = bytes, skipped = bytes, back;
    bool sound = lede_block_take(&in, s->count, values);

    if (!sound) {
        assert(in.len == bytes.len);
        return;
    }
    assert(lede_block_skip(&skipped, s->count) && skipped.len == in.len);
    read_rising(bytes, values, s->count, 0);
    read_rising(bytes, values, s->count, UINT32_MAX - 1000U);
    back = lede_bytes_of(written,
                         lede_block_write_uneven(written, values, s->count));
    assert(back.len <= bytes.len - in.len || bytes.at[0] >= LEVELS);
    assert(lede_block_take(&back, s->count, again) && back.len == 0);
    assert(memcmp(values, again, s->count * sizeof *values) == 0);
}

/* ---- Points ---- */

/* Groups of so many points, below ranges of so many bits. */
static uint32_t size_of(const shape *s, uint32_t at)
{
    uint32_t n = at % 3 == 0 ? 1 : 1 + at * 7 % 61;

    return n < s->count - at ? n : s->count - at;
}

static uint32_t range_of(const shape *s, uint32_t at)
{
    uint32_t bits = s->width < 32 ? s->width : 31;

    return (1U << bits) + at % 5;
}

static void write_points(lede_buffer *out, shape *s)
{
    lede_points_writer writer;
    uint32_t points[64];

    lede_points_writer_init(&writer, NULL);
    for (uint32_t at = 0, n; at < s->count; at += n) {
        uint32_t range = range_of(s, at), base = 0;

        n = size_of(s, at);
        for (uint32_t i = 0; i < n && n <= range; i++) {
            points[i] = base + chance_below(&s->c, (range - base) / (n - i));
            base = points[i] + 1;
        }
        if (n <= range)
            lede_points_put(&writer, range, points, n);
    }
    assert(lede_points_end(&writer, out) == LEDE_OK);
    lede_points_writer_fini(&writer);
}

/* Reads every group, then passes some; a group too large for its range is not
 * there. Those read twice are the same. */
static bool walk_points(lede_bytes bytes, shape *s, uint32_t *all, bool pass)
{
    lede_points in;
    uint32_t again[64];

    lede_points_open(&in, bytes);
    for (uint32_t at = 0, n; at < s->count; at += n) {
        uint32_t range = range_of(s, at);

        n = size_of(s, at);
        if (n > range)
            continue;
        if (pass && chance_one_in(&s->c, 2)) {
            lede_points_pass(&in, range, n);
            continue;
        }
        if (!lede_points_take(&in, range, n, pass ? again : all + at))
            return false;
        assert(!pass || memcmp(again, all + at, n * sizeof *all) == 0);
        for (uint32_t i = 0; i < n; i++)
            assert(all[at + i] < range &&
                   (i == 0 || all[at + i] > all[at + i - 1]));
    }
    return lede_points_done(&in);
}

static void read_points(lede_bytes bytes, shape *s)
{
    uint32_t all[RUN_MAX];

    if (!walk_points(bytes, s, all, false))
        return;
    for (int i = 0; i < 8; i++)
        assert(walk_points(bytes, s, all, true));
}

/* ---- Columns ---- */

static void write_column(lede_buffer *out, shape *s)
{
    uint64_t values[RUN_MAX];

    for (uint32_t i = 0; i < s->count; i++)
        values[i] = s->width > 31 ? chance_next(&s->c) : number_of(s);
    lede_column_write(out, values, s->count);
}

static void read_column(lede_bytes bytes, const shape *s)
{
    uint64_t values[RUN_MAX], min, max;
    lede_column column;

    if (!lede_column_open(&column, bytes, s->count))
        return;
    lede_column_read(&column, 0, s->count, values);
    for (uint32_t i = 0; i < s->count; i++) {
        lede_column_bounds(&column, i, &min, &max);
        assert(lede_column_at(&column, i) == values[i]);
        assert(values[i] >= min && values[i] <= max);
    }
}

/* ---- All ---- */

static const struct {
    uint32_t most;
    void (*write)(lede_buffer *out, shape *s);
} lists[] = {
    { LEDE_PACK_MAX, write_pack },
    { LEDE_BLOCK_MAX, write_block },
    { RUN_MAX, write_points },
    { RUN_MAX, write_column },
};

/* Writes a list; or gives it again, since most inputs differ in the changes
 * alone. */
static void write_list(lede_buffer *out, uint8_t what, uint8_t seed, shape *s)
{
    static struct {
        lede_buffer list;
        shape drawn; /* with what chance has left */
        uint8_t what, seed;
    } kept[WRITTEN_MAX];
    size_t slot = (((what * 256U + seed) * 4096U + s->count) * 33U + s->width) %
                  WRITTEN_MAX;
    lede_bytes list;

    if (kept[slot].seed != seed || kept[slot].what != what ||
        kept[slot].drawn.count != s->count ||
        kept[slot].drawn.width != s->width) {
        lede_buffer_fini(&kept[slot].list);
        lede_buffer_init(&kept[slot].list, NULL);
        lists[what].write(&kept[slot].list, s);
        kept[slot].drawn = *s;
        kept[slot].what = what;
        kept[slot].seed = seed;
    }
    *s = kept[slot].drawn;
    list = lede_buffer_bytes(&kept[slot].list);
    if (list.len)
        lede_put(out, list.at, list.len);
}

static void read_list(uint8_t what, lede_bytes bytes, shape *s)
{
    switch (what) {
    case 0:
        read_pack(bytes, s);
        break;
    case 1:
        read_block(bytes, s);
        break;
    case 2:
        read_points(bytes, s);
        break;
    default:
        read_column(bytes, s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size);
    uint8_t what, seed, count, width, *copy;
    lede_buffer list;
    damage d;
    shape s;

    if (!lede_take_u8(&in, &what) || !lede_take_u8(&in, &seed) ||
        !lede_take_u8(&in, &count) || !lede_take_u8(&in, &width))
        return 0;
    what %= sizeof lists / sizeof *lists;
    s = (shape){ .count = 1 + count * (lists[what].most / 256U),
                 .width = width % 33U,
                 .c = { seed * 0x9E3779B97F4A7C15U + 1 } };
    if (lists[what].most < 256)
        s.count = 1 + count % lists[what].most;
    lede_buffer_init(&list, NULL);
    if (seed > 0) {
        write_list(&list, what, seed, &s);
        while (damage_take(&in, &d))
            damage_do(&list, &d);
        in = lede_buffer_bytes(&list);
    }
    copy = damage_copy(in);
    read_list(what, lede_bytes_of(copy, in.len), &s);
    free(copy);
    lede_buffer_fini(&list);
    return 0;
}
