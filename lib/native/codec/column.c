/*
 * native/codec/column.c - columns of numbers, as stored.
 *
 *     column  count:u32 [block] padding to 8 [entry]
 *     block   512 values less their minimum and trend, `width` bits each, as a
 *             little-endian string of bits from the first on; the last block
 *             has the rest; zeros to the end of the byte
 *     entry   min:u64 max:u64 offset:u64 width:u8 lift:u24 slope:u32, one for
 *             each block; offset from the column's first byte
 *
 * The trend of place i is floor(i x slope / 256) - lift: of numbers that rise
 * steadily, as sequences and starts do, little is left. Slope and lift are 0
 * where that wins nothing.
 */
#include "native/codec/column.h"

#define ENTRY_BYTES 32U
#define COUNT_BYTES 4U
#define LIFT_MAX    0xFFFFFF

static uint32_t width_of(uint64_t range)
{
    return range ? 64 - (uint32_t)__builtin_clzll(range) : 0;
}

static size_t packed_bytes(uint32_t n, uint32_t width)
{
    return ((size_t)n * width + 7) / 8;
}

static uint32_t block_size(uint32_t count, uint32_t block)
{
    uint32_t left = count - block * LEDE_COLUMN_BLOCK;

    return left < LEDE_COLUMN_BLOCK ? left : LEDE_COLUMN_BLOCK;
}

static uint32_t block_count(uint32_t count)
{
    return count / LEDE_COLUMN_BLOCK + (count % LEDE_COLUMN_BLOCK != 0);
}

/* How a block is written. */
typedef struct entry {
    uint64_t min;
    uint64_t max;
    uint64_t offset;
    uint32_t width;
    uint32_t lift;
    uint32_t slope;
} entry;

static uint64_t trend_of(const entry *e, uint32_t place)
{
    return ((uint64_t)place * e->slope >> 8) - e->lift;
}

static void put_values(lede_buffer *out, const uint64_t *values, uint32_t n,
                       const entry *e)
{
    const uint32_t width = e->width;
    uint8_t *at = lede_buffer_reserve(out, packed_bytes(n, width) + 8);
    uint64_t bits = 0;
    uint32_t held = 0; /* of them, fewer than 8 */

    if (!at)
        return;
    out->len += packed_bytes(n, width);
    for (uint32_t i = 0; i < n && width > 0; i++) {
        uint64_t above = values[i] - e->min - trend_of(e, i);
        uint32_t left = width;

        bits |= above << held;
        for (; held + left >= 8; bits = above) {
            uint32_t taken = 8 - held;

            *at++ = (uint8_t)bits;
            above >>= taken;
            left -= taken;
            held = 0;
        }
        held += left;
    }
    if (held > 0)
        *at = (uint8_t)bits;
}

static void find_bounds(const uint64_t *values, uint32_t n, entry *e)
{
    e->min = e->max = values[0];
    for (uint32_t i = 1; i < n; i++) {
        e->min = values[i] < e->min ? values[i] : e->min;
        e->max = values[i] > e->max ? values[i] : e->max;
    }
    e->width = width_of(e->max - e->min);
}

/* Takes the line from the first value to the last one as the trend, if what is
 * left is less. */
static void find_trend(const uint64_t *values, uint32_t n, entry *e)
{
    uint64_t range = e->max - e->min;
    int64_t least = 0, most = 0;
    entry line = *e;

    if (n < 3 || values[0] != e->min || values[n - 1] != e->max ||
        range >= (uint64_t)1 << 40)
        return;
    if ((range << 8) / (n - 1) > UINT32_MAX)
        return;
    line.slope = (uint32_t)((range << 8) / (n - 1));
    for (uint32_t i = 0; i < n; i++) {
        int64_t left =
            (int64_t)(values[i] - e->min) - (int64_t)trend_of(&line, i);

        least = left < least ? left : least;
        most = left > most ? left : most;
    }
    line.lift = (uint32_t)-least;
    line.width = width_of((uint64_t)(most - least));
    if (line.slope > 0 && -least <= LIFT_MAX && line.width < e->width)
        *e = line;
}

static void put_entry(lede_buffer *out, const entry *e)
{
    lede_put_u64(out, e->min);
    lede_put_u64(out, e->max);
    lede_put_u64(out, e->offset);
    lede_put_u32(out, e->width | e->lift << 8);
    lede_put_u32(out, e->slope);
}

void lede_column_writer_init(lede_column_writer *writer,
                             const lede_allocator *allocator)
{
    writer->count = writer->held_count = 0;
    writer->taken = 0;
    lede_buffer_init(&writer->blocks, allocator);
    lede_buffer_init(&writer->entries, allocator);
}

void lede_column_writer_fini(lede_column_writer *writer)
{
    lede_buffer_fini(&writer->blocks);
    lede_buffer_fini(&writer->entries);
}

static void end_block(lede_column_writer *w)
{
    entry e = { .offset = COUNT_BYTES + w->taken + w->blocks.len };

    if (w->held_count == 0)
        return;
    find_bounds(w->held, w->held_count, &e);
    find_trend(w->held, w->held_count, &e);
    put_entry(&w->entries, &e);
    put_values(&w->blocks, w->held, w->held_count, &e);
    w->held_count = 0;
}

static lede_status status_of(const lede_column_writer *w)
{
    return w->blocks.status != LEDE_OK ? w->blocks.status : w->entries.status;
}

lede_status lede_column_writer_add(lede_column_writer *writer, uint64_t value)
{
    lede_column_writer *w = writer;

    if (w->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    w->count++;
    w->held[w->held_count++] = value;
    if (w->held_count == LEDE_COLUMN_BLOCK)
        end_block(w);
    return status_of(w);
}

void lede_column_writer_split(lede_column_writer *writer, lede_buffer *head,
                              lede_buffer *tail)
{
    lede_column_writer *w = writer;

    end_block(w);
    lede_put_u32(head, w->count);
    lede_put(tail, w->blocks.at, w->blocks.len);
    for (uint64_t at = COUNT_BYTES + w->taken + w->blocks.len; at % 8 != 0;
         at++)
        lede_put_u8(tail, 0);
    lede_put(tail, w->entries.at, w->entries.len);
    if (status_of(w) != LEDE_OK)
        tail->status = status_of(w);
    w->count = 0;
    w->taken = 0;
    lede_buffer_clear(&w->blocks);
    lede_buffer_clear(&w->entries);
}

void lede_column_writer_end(lede_column_writer *writer, lede_buffer *out)
{
    lede_column_writer_split(writer, out, out);
}

void lede_column_write(lede_buffer *out, const uint64_t *values, uint32_t count)
{
    lede_column_writer writer;

    lede_column_writer_init(&writer, out->allocator);
    for (uint32_t i = 0; i < count; i++)
        (void)lede_column_writer_add(&writer, values[i]);
    lede_column_writer_end(&writer, out);
    lede_column_writer_fini(&writer);
}

static uint64_t read_u64(const uint8_t *at)
{
    return lede_read_u32(at) | (uint64_t)lede_read_u32(at + 4) << 32;
}

static inline entry entry_of(const lede_column *column, uint32_t block)
{
    const uint8_t *at = column->entries.at + (size_t)block * ENTRY_BYTES;
    uint32_t lift = lede_read_u32(at + 24);

    return (entry){
        .min = read_u64(at),
        .max = read_u64(at + 8),
        .offset = read_u64(at + 16),
        .width = lift & 255,
        .lift = lift >> 8,
        .slope = lede_read_u32(at + 28),
    };
}

/* Blocks follow one another: the entry's must begin at *offset. */
static bool entry_is_sound(const lede_column *column, uint32_t block,
                           uint64_t *offset)
{
    entry e = entry_of(column, block);

    uint32_t width = width_of(e.max - e.min);

    if (e.min > e.max || e.offset != *offset ||
        (e.slope == 0 ? e.width != width || e.lift != 0 : e.width >= width))
        return false;
    *offset += packed_bytes(block_size(column->count, block), e.width);
    return true;
}

/* Whether the numbers of a block take 32 bits at most, and each is read by
 * eight bytes. */
static bool is_narrow(const lede_column *column, uint32_t block, const entry *e)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t most =
        packed_bytes(block_size(column->count, block), e->width) + 8;

    return e->slope == 0 && e->max <= UINT32_MAX &&
           e->offset + most <= column->bytes.len;
#else
    (void)column;
    (void)block;
    (void)e;
    return false;
#endif
}

uint64_t lede_column_least(uint32_t count)
{
    return COUNT_BYTES + (uint64_t)block_count(count) * ENTRY_BYTES;
}

bool lede_column_open(lede_column *column, lede_bytes bytes, uint32_t count)
{
    lede_bytes in = bytes, body;
    lede_column made = { .bytes = bytes, .count = count };
    uint64_t entries = (uint64_t)block_count(count) * ENTRY_BYTES;
    uint64_t offset = COUNT_BYTES;
    uint32_t stored;

    if (!lede_take_u32(&in, &stored) || stored != count || in.len < entries ||
        !lede_take(&in, in.len - entries, &body))
        return false;
    made.entries = in;
    made.narrow = true;
    for (uint32_t i = 0; i < block_count(count); i++) {
        entry e = entry_of(&made, i);

        if (!entry_is_sound(&made, i, &offset))
            return false;
        made.narrow = made.narrow && is_narrow(&made, i, &e);
    }
    if (bytes.len - entries != (offset + 7) / 8 * 8)
        return false;
    *column = made;
    return true;
}

/* The widest numbers that stand, whatever bit they begin with, in eight bytes. */
#define ONE_LOAD 57U

/* The 64 bits from a bit on, and more behind them if `width` needs it. */
static inline uint64_t get_bits(lede_bytes bytes, uint64_t bit, uint32_t width)
{
    size_t byte = (size_t)(bit / 8);
    uint32_t shift = (uint32_t)(bit % 8);
    uint64_t word = 0, high;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* Nearly always: a column ends with its entries. */
    if (width <= ONE_LOAD && byte < bytes.len && bytes.len - byte >= 8) {
        memcpy(&word, bytes.at + byte, 8);
        return word >> shift & (((uint64_t)1 << width) - 1);
    }
    if (width > ONE_LOAD && bytes.len - byte >= 9) {
        memcpy(&word, bytes.at + byte, 8);
        high = bytes.at[byte + 8];
        word = word >> shift | (shift ? high << (64 - shift) : 0);
        return width < 64 ? word & (((uint64_t)1 << width) - 1) : word;
    }
#endif
    if (width == 0)
        return 0;
    high = 0;
    for (size_t i = 0; i < 8 && byte + i < bytes.len; i++)
        word |= (uint64_t)bytes.at[byte + i] << (8 * i);
    if (byte + 8 < bytes.len)
        high = bytes.at[byte + 8];
    word = word >> shift | (shift ? high << (64 - shift) : 0);
    return width < 64 ? word & (((uint64_t)1 << width) - 1) : word;
}

static inline uint64_t value_at(const lede_column *column, const entry *e,
                                uint32_t place)
{
    uint64_t above =
        get_bits(column->bytes, e->offset * 8 + (uint64_t)place * e->width,
                 e->width) +
        trend_of(e, place);

    return above < e->max - e->min ? e->min + above : e->max;
}

uint64_t lede_column_at(const lede_column *column, uint32_t place)
{
    entry e = entry_of(column, place / LEDE_COLUMN_BLOCK);

    return value_at(column, &e, place % LEDE_COLUMN_BLOCK);
}

/* Whether all numbers of a block can be read by eight bytes. */
static bool is_one_load(const lede_column *column, const entry *e)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t most = packed_bytes(LEDE_COLUMN_BLOCK, e->width) + 8;

    return e->width <= ONE_LOAD && e->offset + most <= column->bytes.len;
#else
    (void)column;
    (void)e;
    return false;
#endif
}

/* Reads values of such a block. */
static void read_loads(const lede_column *column, const entry *e,
                       uint32_t place, uint32_t n, uint64_t *values)
{
    const uint8_t *at = column->bytes.at + e->offset;
    const uint64_t mask = ((uint64_t)1 << e->width) - 1;
    const uint64_t min = e->min, range = e->max - e->min;
    uint64_t bit = (uint64_t)place * e->width;

    for (uint32_t i = 0; i < n; i++, bit += e->width) {
        uint64_t word, above;

        memcpy(&word, at + bit / 8, sizeof word);
        above = (word >> (bit % 8) & mask) + trend_of(e, place + i);
        values[i] = min + (above < range ? above : range);
    }
}

void lede_column_read(const lede_column *column, uint32_t from, uint32_t n,
                      uint64_t *values)
{
    while (n > 0) {
        entry e = entry_of(column, from / LEDE_COLUMN_BLOCK);
        uint32_t place = from % LEDE_COLUMN_BLOCK;
        uint32_t here = LEDE_COLUMN_BLOCK - place;

        here = here < n ? here : n;
        if (is_one_load(column, &e))
            read_loads(column, &e, place, here, values);
        else
            for (uint32_t i = 0; i < here; i++)
                values[i] = value_at(column, &e, place + i);
        values += here;
        from += here;
        n -= here;
    }
}

/* Of a narrow block. */
static void gather_near(const lede_column *column, const entry *e,
                        const uint32_t *places, uint32_t n, uint32_t *values)
{
    const uint8_t *at = column->bytes.at + e->offset;
    const uint32_t width = e->width, min = (uint32_t)e->min;
    const uint32_t mask = (uint32_t)(((uint64_t)1 << width) - 1);
    const uint32_t range = (uint32_t)(e->max - e->min);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t bit = places[i] % LEDE_COLUMN_BLOCK * width;
        uint64_t word;
        uint32_t value;

        memcpy(&word, at + bit / 8, sizeof word);
        value = (uint32_t)(word >> (bit % 8)) & mask;
        values[i] = min + (value < range ? value : range);
    }
}

/* Of any blocks of a narrow column: hardly two lie in one. */
static void gather_far(const lede_column *column, const uint32_t *places,
                       uint32_t n, uint32_t *values)
{
    const uint8_t *bytes = column->bytes.at, *entries = column->entries.at;

    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *e =
            entries + (size_t)(places[i] / LEDE_COLUMN_BLOCK) * ENTRY_BYTES;
        uint32_t width = e[24], min = lede_read_u32(e);
        uint32_t range = lede_read_u32(e + 8) - min;
        uint32_t bit = places[i] % LEDE_COLUMN_BLOCK * width;
        uint64_t word;
        uint32_t value;

        memcpy(&word, bytes + read_u64(e + 16) + bit / 8, sizeof word);
        value = (uint32_t)(word >> (bit % 8) & (((uint64_t)1 << width) - 1));
        values[i] = min + (value < range ? value : range);
    }
}

static uint32_t narrow(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

void lede_column_gather(const lede_column *column, const uint32_t *places,
                        uint32_t n, uint32_t *values)
{
    uint32_t last = n > 0 ? places[n - 1] / LEDE_COLUMN_BLOCK : 0;

    if (n > 0 && column->narrow && places[0] / LEDE_COLUMN_BLOCK != last) {
        gather_far(column, places, n, values);
        return;
    }
    for (uint32_t i = 0, end; i < n; i = end) {
        uint32_t block = places[i] / LEDE_COLUMN_BLOCK;
        entry e = entry_of(column, block);

        end = n;
        if (last != block)
            for (end = i + 1; places[end] / LEDE_COLUMN_BLOCK == block;)
                end++;
        if (is_narrow(column, block, &e)) {
            gather_near(column, &e, places + i, end - i, values + i);
            continue;
        }
        for (uint32_t at = i; at < end; at++)
            values[at] =
                narrow(value_at(column, &e, places[at] % LEDE_COLUMN_BLOCK));
    }
}

void lede_column_bounds(const lede_column *column, uint32_t place,
                        uint64_t *min, uint64_t *max)
{
    entry e = entry_of(column, place / LEDE_COLUMN_BLOCK);

    *min = e.min;
    *max = e.max;
}

#define TOP_BIT ((uint64_t)1 << 63)

uint64_t lede_column_from_int(int64_t number)
{
    return (uint64_t)number ^ TOP_BIT;
}

int64_t lede_column_to_int(uint64_t number)
{
    uint64_t bits = number ^ TOP_BIT;
    int64_t out;

    memcpy(&out, &bits, sizeof out);
    return out;
}

uint64_t lede_column_from_double(double real)
{
    uint64_t bits;

    memcpy(&bits, &real, sizeof bits);
    return bits & TOP_BIT ? ~bits : bits | TOP_BIT;
}

double lede_column_to_double(uint64_t number)
{
    uint64_t bits = number & TOP_BIT ? number ^ TOP_BIT : ~number;
    double out;

    memcpy(&out, &bits, sizeof out);
    return out;
}
