#include "native/codec/records.h"

#include <stdlib.h>
#include <zstd.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

/* Records, where they stand, and the two sections of them. */
typedef struct stream {
    lede_buffer text;
    size_t *ends; /* of records in the text */
    lede_records_place *places;
    size_t count;
    lede_buffer blocks;
    lede_buffer dictionaries;
} stream;

static void stream_init(stream *s)
{
    *s = (stream){ .count = 0 };
    lede_buffer_init(&s->text, NULL);
    lede_buffer_init(&s->blocks, NULL);
    lede_buffer_init(&s->dictionaries, NULL);
}

static void stream_fini(stream *s)
{
    lede_buffer_fini(&s->text);
    lede_buffer_fini(&s->blocks);
    lede_buffer_fini(&s->dictionaries);
    free(s->ends);
    free(s->places);
}

/* Words of a small vocabulary, so that there is something to learn. */
static void draw_record(chance *c, lede_buffer *out)
{
    uint32_t words = chance_below(c, 400);

    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = chance_below(c, 1 + chance_below(c, 4000));

        for (; word; word /= 23)
            lede_put_u8(out, (uint8_t)('a' + word * 7 % 23));
        lede_put_u8(out, ' ');
    }
}

/* Records of `bytes` in all. */
static void draw_records(stream *s, chance *c, size_t bytes)
{
    while (s->text.len < bytes) {
        draw_record(c, &s->text);
        s->ends = realloc(s->ends, (s->count + 1) * sizeof *s->ends);
        ck_assert_ptr_nonnull(s->ends);
        s->ends[s->count++] = s->text.len;
    }
    s->places = malloc((s->count + 1) * sizeof *s->places);
    ck_assert_ptr_nonnull(s->places);
}

static lede_bytes record_at(const stream *s, size_t at)
{
    size_t begin = at ? s->ends[at - 1] : 0;

    return lede_bytes_of(s->text.at + begin, s->ends[at] - begin);
}

/* Adds records `from` to `end`, draining the blocks as they come. */
static void add_records(stream *s, chance *c, lede_records_writer *writer,
                        size_t from, size_t end)
{
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    for (size_t i = from; i < end; i++) {
        ck_assert_int_eq(lede_records_writer_add(writer, record_at(s, i), &out),
                         LEDE_OK);
        if (chance_one_in(c, 3)) {
            lede_put(&s->blocks, out.at, out.len);
            lede_buffer_clear(&out);
        }
    }
    ck_assert_int_eq(lede_records_writer_end(writer, &out, &s->dictionaries),
                     LEDE_OK);
    lede_put(&s->blocks, out.at, out.len);
    for (size_t i = from; i < end; i++)
        s->places[i] = lede_records_writer_place(writer, i - from);
    lede_buffer_fini(&out);
}

static void write_stream(stream *s, chance *c, size_t bytes)
{
    lede_records_writer *writer;

    draw_records(s, c, bytes);
    ck_assert_int_eq(lede_records_writer_new(&writer, NULL), LEDE_OK);
    add_records(s, c, writer, 0, s->count);
    lede_records_writer_free(writer);
}

static lede_status open_stream(lede_records **records, lede_bytes blocks,
                               lede_bytes dictionaries)
{
    lede_records_source source = { .blocks = blocks,
                                   .dictionaries = dictionaries };

    return lede_records_open(records, &source, NULL);
}

static lede_records *must_open(const stream *s)
{
    lede_records *records = NULL;

    ck_assert_int_eq(open_stream(&records, lede_buffer_bytes(&s->blocks),
                                 lede_buffer_bytes(&s->dictionaries)),
                     LEDE_OK);
    return records;
}

static lede_records_cursor *new_cursor(void)
{
    lede_records_cursor *cursor;

    ck_assert_int_eq(lede_records_cursor_new(&cursor, NULL), LEDE_OK);
    return cursor;
}

/* Every record in order, then some in any. */
static void check_reads(const stream *s, chance *c, const lede_records *records)
{
    lede_records_cursor *cursor = new_cursor();
    uint64_t length = lede_records_length(records);
    size_t wrong = 0;
    lede_bytes record;

    for (size_t i = 0; i < s->count + 200 && s->count > 0; i++) {
        size_t at = i < s->count ? i : chance_below(c, (uint32_t)s->count);

        wrong += lede_records_read(cursor, records, s->places[at], &record) !=
                     LEDE_OK ||
                 !lede_bytes_equal(record, record_at(s, at));
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_int_eq(
        lede_records_read(cursor, records,
                          (lede_records_place){ length, length + 1 }, &record),
        LEDE_ERR_CORRUPT);
    ck_assert_int_eq(lede_records_read(cursor, records,
                                       (lede_records_place){ 1, 0 }, &record),
                     LEDE_ERR_CORRUPT);
    lede_records_cursor_free(cursor);
}

static const size_t sizes[] = { 0, 1, 16384, 100000, 200000, 1500000, 5000000 };

START_TEST(every_record_is_read_by_its_place)
{
    chance c = chance_from("records", (uint64_t)_i);
    stream s;
    lede_records *records;
    lede_bytes blocks, dictionaries;

    stream_init(&s);
    write_stream(&s, &c, sizes[_i]);
    blocks = exact_bytes(s.blocks.at, s.blocks.len);
    dictionaries = exact_bytes(s.dictionaries.at, s.dictionaries.len);
    ck_assert_uint_eq(s.dictionaries.len > 20, sizes[_i] >= 131072);
    ck_assert_uint_eq(blocks.len % 8, 0);
    ck_assert_int_eq(open_stream(&records, blocks, dictionaries), LEDE_OK);
    ck_assert_uint_eq(lede_records_part_count(records), sizes[_i] > 0);
    check_reads(&s, &c, records);
    lede_records_close(records);
    exact_free(blocks);
    exact_free(dictionaries);
    stream_fini(&s);
}
END_TEST

START_TEST(the_same_records_give_the_same_bytes)
{
    stream a, b;
    chance c = chance_from("records", 9), d = chance_from("records", 9);

    stream_init(&a);
    stream_init(&b);
    write_stream(&a, &c, 4300000);
    write_stream(&b, &d, 4300000);
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&a.blocks),
                               lede_buffer_bytes(&b.blocks)));
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&a.dictionaries),
                               lede_buffer_bytes(&b.dictionaries)));
    stream_fini(&a);
    stream_fini(&b);
}
END_TEST

/* Copies all parts of a stream into another; its records come behind those
 * that `to` has. */
static void copy_stream(stream *to, lede_records_writer *writer,
                        const stream *from)
{
    lede_records *records = must_open(from);
    size_t begin = to->text.len;
    uint64_t shift;

    ck_assert_int_eq(lede_records_writer_copy(writer, records, &shift),
                     LEDE_OK);
    for (uint32_t i = 0; i < lede_records_part_count(records); i++) {
        lede_bytes blocks = lede_records_part_at(records, i).blocks;

        lede_put(&to->blocks, blocks.at, blocks.len);
    }
    lede_put(&to->text, from->text.at, from->text.len);
    to->ends = realloc(to->ends, (to->count + from->count) * sizeof *to->ends);
    to->places =
        realloc(to->places, (to->count + from->count) * sizeof *to->places);
    ck_assert(to->ends && to->places);
    for (size_t i = 0; i < from->count; i++) {
        lede_records_place place = from->places[i];

        to->ends[to->count] = begin + from->ends[i];
        to->places[to->count++] =
            (lede_records_place){ place.begin + shift, place.end + shift };
    }
    lede_records_close(records);
}

/* No record lies in two parts. */
static void check_across_parts(const lede_records *records)
{
    lede_records_cursor *cursor = new_cursor();
    uint64_t end = lede_records_part_at(records, 0).length;
    lede_bytes record;

    ck_assert_int_eq(lede_records_read(cursor, records,
                                       (lede_records_place){ end - 1, end + 1 },
                                       &record),
                     LEDE_ERR_CORRUPT);
    lede_records_cursor_free(cursor);
}

/* Streams are copied twice over, other records added behind them. */
START_TEST(copied_streams_read_as_before)
{
    chance c = chance_from("records", 11);
    stream from[2], to, all;
    lede_records_writer *writer;
    lede_records *records;
    size_t copied;

    for (int i = 0; i < 2; i++) {
        stream_init(&from[i]);
        write_stream(&from[i], &c, i ? 50000 : 400000);
    }
    stream_init(&to);
    stream_init(&all);
    draw_records(&to, &c, 0);
    ck_assert_int_eq(lede_records_writer_new(&writer, NULL), LEDE_OK);
    copy_stream(&to, writer, &from[0]);
    copy_stream(&to, writer, &from[1]);
    copied = to.count;
    draw_record(&c, &to.text);
    draw_record(&c, &to.text);
    to.ends = realloc(to.ends, (to.count + 1) * sizeof *to.ends);
    to.places = realloc(to.places, (to.count + 1) * sizeof *to.places);
    ck_assert(to.ends && to.places);
    to.ends[to.count++] = to.text.len;
    add_records(&to, &c, writer, copied, to.count);
    lede_records_writer_free(writer);
    records = must_open(&to);
    ck_assert_uint_eq(lede_records_part_count(records), 3);
    check_reads(&to, &c, records);
    check_across_parts(records);
    lede_records_close(records);

    ck_assert_int_eq(lede_records_writer_new(&writer, NULL), LEDE_OK);
    copy_stream(&all, writer, &to);
    copy_stream(&all, writer, &from[0]);
    add_records(&all, &c, writer, all.count, all.count);
    lede_records_writer_free(writer);
    records = must_open(&all);
    ck_assert_uint_eq(lede_records_part_count(records), 4);
    check_reads(&all, &c, records);
    lede_records_close(records);
    stream_fini(&from[0]);
    stream_fini(&from[1]);
    stream_fini(&to);
    stream_fini(&all);
}
END_TEST

/* Of parts that are many or small is made one. */
START_TEST(only_large_parts_are_worth_copying)
{
    chance c = chance_from("records", 12);
    stream small, large;
    lede_records_writer *writer;
    lede_records *records;
    uint32_t copies = 0;

    stream_init(&small);
    stream_init(&large);
    write_stream(&small, &c, 300000);
    write_stream(&large, &c, 4300000);
    ck_assert_int_eq(lede_records_writer_new(&writer, NULL), LEDE_OK);
    records = must_open(&small);
    ck_assert(!lede_records_writer_takes(writer, records));
    lede_records_close(records);
    records = must_open(&large);
    while (lede_records_writer_takes(writer, records) && copies < 1000) {
        uint64_t shift;

        ck_assert_int_eq(lede_records_writer_copy(writer, records, &shift),
                         LEDE_OK);
        ck_assert_uint_eq(shift, copies++ * lede_records_length(records));
    }
    ck_assert_uint_eq(copies, LEDE_RECORDS_PARTS_MAX - 1);
    lede_records_close(records);
    lede_records_writer_free(writer);
    stream_fini(&small);
    stream_fini(&large);
}
END_TEST

START_TEST(a_record_costs_the_blocks_it_lies_in)
{
    chance c = chance_from("records", 20);
    stream s;
    lede_records *records;
    lede_records_cursor *cursor = new_cursor();
    lede_records_part part;
    lede_bytes record;

    stream_init(&s);
    write_stream(&s, &c, 100000);
    /* All blocks but the first are made rubbish: it is still read. */
    records = must_open(&s);
    part = lede_records_part_at(records, 0);
    for (uint64_t at = lede_records_part_end(records, 0, 0);
         at < part.blocks.len; at++)
        s.blocks.at[at] ^= 0x55;
    ck_assert_int_eq(lede_records_read(cursor, records, s.places[1], &record),
                     LEDE_OK);
    ck_assert(lede_bytes_equal(record, record_at(&s, 1)));
    ck_assert_int_eq(
        lede_records_read(cursor, records, s.places[s.count / 2], &record),
        LEDE_ERR_CORRUPT);
    lede_records_close(records);
    lede_records_cursor_free(cursor);
    stream_fini(&s);
}
END_TEST

/* Other records may come to stand where these were. */
START_TEST(a_cleared_cursor_has_forgotten_what_it_read)
{
    chance c = chance_from("records", 21);
    lede_records_cursor *cursor = new_cursor();
    lede_records *records;
    lede_bytes record;
    stream s;

    stream_init(&s);
    write_stream(&s, &c, 50000);
    records = must_open(&s);
    ck_assert_int_eq(lede_records_read(cursor, records, s.places[0], &record),
                     LEDE_OK);
    for (uint64_t at = 0; at < lede_records_part_end(records, 0, 0); at++)
        s.blocks.at[at] ^= 0x55;
    ck_assert_int_eq(lede_records_read(cursor, records, s.places[0], &record),
                     LEDE_OK);
    lede_records_cursor_clear(cursor);
    ck_assert_int_eq(lede_records_read(cursor, records, s.places[0], &record),
                     LEDE_ERR_CORRUPT);
    lede_records_close(records);
    lede_records_cursor_free(cursor);
    stream_fini(&s);
}
END_TEST

/* Blocks are asked for before they are read, and not twice. */
static lede_status count_need(void *ctx, const uint8_t *at, size_t len)
{
    uint64_t *sum = ctx;

    ck_assert_ptr_nonnull(at);
    *sum += len;
    return LEDE_OK;
}

START_TEST(what_is_read_is_verified_before)
{
    chance c = chance_from("records", 21);
    stream s;
    lede_records *records;
    lede_records_cursor *cursor = new_cursor();
    uint64_t sum = 0, ends;
    lede_records_source source = { .need = count_need, .need_ctx = &sum };
    lede_bytes record;

    stream_init(&s);
    write_stream(&s, &c, 100000);
    source.blocks = lede_buffer_bytes(&s.blocks);
    source.dictionaries = lede_buffer_bytes(&s.dictionaries);
    ck_assert_int_eq(lede_records_open(&records, &source, NULL), LEDE_OK);
    ends = sum;
    ck_assert_uint_eq(ends,
                      8 * lede_records_blocks_of(lede_records_length(records)));
    for (size_t i = 0; i < s.count; i++)
        ck_assert_int_eq(
            lede_records_read(cursor, records, s.places[i], &record), LEDE_OK);
    ck_assert_uint_eq(sum - ends, lede_records_part_at(records, 0).blocks.len);
    lede_records_close(records);
    lede_records_cursor_free(cursor);
    stream_fini(&s);
}
END_TEST

/* ---- Damage ---- */

START_TEST(lies_about_parts_are_refused)
{
    static const struct {
        const char *lie;
        uint8_t bytes[16];
        size_t len;
    } lists[] = {
        { "nothing", { 0 }, 0 },
        { "fewer parts than there are", { 0 }, 1 },
        { "more parts than can be", { 65 }, 1 },
        { "a part of nothing", { 1, 0, 0 }, 3 },
        { "a part of nothing beside one", { 2, 0, 0, 0x81, 0x80, 0x02, 0 }, 7 },
        { "a part of fewer blocks", { 1, 100, 0 }, 3 },
        { "a part of more blocks", { 1, 0x81, 0x80, 0x03, 0 }, 5 },
        { "a part beyond all",
          { 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0 },
          12 },
        { "a dictionary that is not there", { 1, 0x81, 0x80, 0x02, 9 }, 5 },
        { "a dictionary that is none", { 1, 0x81, 0x80, 0x02, 1, 'x' }, 6 },
        { "bytes that are of no part", { 1, 0x81, 0x80, 0x02, 0, 'x' }, 6 },
    };
    chance c = chance_from("records", 22);
    stream s;
    lede_records *records;

    stream_init(&s);
    write_stream(&s, &c, 1 + 2 * LEDE_RECORDS_BLOCK);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        lede_bytes exact = exact_bytes(lists[i].bytes, lists[i].len);

        ck_assert_msg(open_stream(&records, lede_buffer_bytes(&s.blocks),
                                  exact) == LEDE_ERR_CORRUPT,
                      "%s", lists[i].lie);
        exact_free(exact);
    }
    stream_fini(&s);
}
END_TEST

START_TEST(ends_that_do_not_rise_are_refused)
{
    chance c = chance_from("records", 23);
    stream s;
    lede_records *records;
    uint8_t *ends;

    stream_init(&s);
    write_stream(&s, &c, 1 + 2 * LEDE_RECORDS_BLOCK);
    ends = s.blocks.at + s.blocks.len - (size_t)3 * 8;
    memcpy(ends, ends + 8, 8);
    ck_assert_int_eq(open_stream(&records, lede_buffer_bytes(&s.blocks),
                                 lede_buffer_bytes(&s.dictionaries)),
                     LEDE_ERR_CORRUPT);
    stream_fini(&s);
}
END_TEST

/* It says so itself, and is never made. */
START_TEST(a_dictionary_of_more_than_a_mebibyte_is_refused)
{
    chance c = chance_from("records", 24);
    size_t most = 1048576U;
    stream s;
    lede_records *records;
    uint8_t *plain = calloc(most + 1, 1), *packed = malloc(most);

    ck_assert(plain && packed);
    stream_init(&s);
    write_stream(&s, &c, 1 + 2 * LEDE_RECORDS_BLOCK);
    for (size_t more = 0; more < 2; more++) {
        size_t len = ZSTD_compress(packed, most, plain, most + more, 1);
        lede_buffer list;

        lede_buffer_init(&list, NULL);
        lede_put_varint(&list, 1);
        lede_put_varint(&list, s.text.len);
        lede_put_varint(&list, len);
        lede_put(&list, packed, len);
        ck_assert_int_eq(open_stream(&records, lede_buffer_bytes(&s.blocks),
                                     lede_buffer_bytes(&list)),
                         more ? LEDE_ERR_CORRUPT : LEDE_OK);
        if (!more)
            lede_records_close(records);
        lede_buffer_fini(&list);
    }
    stream_fini(&s);
    free(plain);
    free(packed);
}
END_TEST

/* A frame that holds nothing, which zstd passes over unasked. */
static const uint8_t hollow[8] = { 0x50, 0x2A, 0x4D, 0x18 };

/* The bytes of a stream's first block in another frame. */
static void repack(const stream *s, size_t len, bool sized, lede_buffer *out)
{
    size_t room = ZSTD_compressBound(LEDE_RECORDS_BLOCK), packed;
    uint8_t *plain = malloc(LEDE_RECORDS_BLOCK), *frame = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();

    ck_assert(plain && frame && context);
    ck_assert_uint_eq(
        ZSTD_decompress(plain, LEDE_RECORDS_BLOCK, s->blocks.at, len),
        LEDE_RECORDS_BLOCK);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, sized);
    packed = ZSTD_compress2(context, frame, room, plain, LEDE_RECORDS_BLOCK);
    ck_assert(!ZSTD_isError(packed));
    lede_put(out, frame, packed);
    ZSTD_freeCCtx(context);
    free(plain);
    free(frame);
}

/* The blocks of a stream, the first one in another frame, and `behind` so many
 * bytes of a hollow one. */
static void put_blocks(const stream *s, bool sized, size_t behind,
                       lede_buffer *out)
{
    lede_records *records = must_open(s);
    uint64_t count = lede_records_blocks_of(lede_records_length(records));
    uint64_t begin = lede_records_part_end(records, 0, 0);
    uint64_t end = lede_records_part_end(records, 0, count - 1);
    uint64_t first;

    repack(s, begin, sized, out);
    lede_put(out, hollow, behind);
    first = out->len;
    lede_put(out, s->blocks.at + begin, end - begin);
    while (out->len % 8 != 0)
        lede_put_u8(out, 0);
    for (uint64_t i = 0; i < count; i++)
        lede_put_u64(out, first + lede_records_part_end(records, 0, i) - begin);
    lede_records_close(records);
}

START_TEST(a_block_is_one_frame_that_says_its_size)
{
    static const struct {
        bool sized;
        size_t behind;
        lede_status status;
    } frames[] = {
        { true, 0, LEDE_OK },
        { true, sizeof hollow, LEDE_ERR_CORRUPT },
        { false, 0, LEDE_ERR_CORRUPT },
    };
    chance c = chance_from("records", 25);
    stream s;
    lede_records *records;
    lede_records_cursor *cursor = new_cursor();
    lede_buffer blocks;
    lede_bytes record;

    stream_init(&s);
    lede_buffer_init(&blocks, NULL);
    write_stream(&s, &c, 1 + 2 * LEDE_RECORDS_BLOCK);
    put_blocks(&s, frames[_i].sized, frames[_i].behind, &blocks);
    ck_assert_int_eq(open_stream(&records, lede_buffer_bytes(&blocks),
                                 lede_buffer_bytes(&s.dictionaries)),
                     LEDE_OK);
    ck_assert_int_eq(lede_records_read(cursor, records, s.places[1], &record),
                     frames[_i].status);
    ck_assert_int_eq(
        lede_records_read(cursor, records, s.places[s.count - 1], &record),
        LEDE_OK);
    lede_records_close(records);
    lede_records_cursor_free(cursor);
    lede_buffer_fini(&blocks);
    stream_fini(&s);
}
END_TEST

START_TEST(a_dictionary_is_one_frame)
{
    chance c = chance_from("records", 26);
    stream s;
    lede_records *whole, *records;
    lede_records_part part;

    stream_init(&s);
    write_stream(&s, &c, 140000);
    whole = must_open(&s);
    part = lede_records_part_at(whole, 0);
    for (size_t more = 0; more <= sizeof hollow; more += sizeof hollow) {
        lede_buffer list;

        lede_buffer_init(&list, NULL);
        lede_put_varint(&list, 1);
        lede_put_varint(&list, part.length);
        lede_put_varint(&list, part.dictionary.len + more);
        lede_put(&list, part.dictionary.at, part.dictionary.len);
        lede_put(&list, hollow, more);
        ck_assert_int_eq(open_stream(&records, lede_buffer_bytes(&s.blocks),
                                     lede_buffer_bytes(&list)),
                         more ? LEDE_ERR_CORRUPT : LEDE_OK);
        if (!more)
            lede_records_close(records);
        lede_buffer_fini(&list);
    }
    lede_records_close(whole);
    stream_fini(&s);
}
END_TEST

/* Frames, ends and dictionaries with bits turned are refused or read as other
 * text. */
START_TEST(damaged_records_never_pass_the_end)
{
    chance c = chance_from("records", 30);
    lede_records_cursor *cursor = new_cursor();
    stream s;

    stream_init(&s);
    write_stream(&s, &c, _i ? 140000 : 20000);
    for (int round = 0; round < 1500; round++) {
        lede_buffer *hit = chance_one_in(&c, 4) ? &s.dictionaries : &s.blocks;
        size_t tail = hit->len < 40 ? hit->len : 40;
        size_t at = hit->len - 1 - chance_below(&c, (uint32_t)tail);
        uint8_t bit = (uint8_t)(1U << chance_below(&c, 8));
        lede_records *records;
        lede_bytes blocks, dictionaries, record;

        if (chance_one_in(&c, 2))
            at = chance_below(&c, (uint32_t)hit->len);
        hit->at[at] ^= bit;
        blocks = exact_bytes(s.blocks.at, s.blocks.len);
        dictionaries = exact_bytes(s.dictionaries.at, s.dictionaries.len);
        if (open_stream(&records, blocks, dictionaries) == LEDE_OK) {
            uint64_t length = lede_records_length(records);

            for (size_t i = 0; i < s.count; i += 1 + s.count / 8)
                (void)lede_records_read(cursor, records, s.places[i], &record);
            (void)lede_records_read(cursor, records,
                                    (lede_records_place){ length / 2, length },
                                    &record);
            lede_records_close(records);
        }
        exact_free(blocks);
        exact_free(dictionaries);
        hit->at[at] ^= bit;
    }
    lede_records_cursor_free(cursor);
    stream_fini(&s);
}
END_TEST

/* Writes, copies, and reads the first record. */
static lede_status copy_all(const lede_allocator *allocator,
                            const lede_records *from)
{
    lede_records_writer *writer = NULL;
    lede_buffer out, dictionaries;
    uint64_t shift;
    lede_status status = lede_records_writer_new(&writer, allocator);

    lede_buffer_init(&out, allocator);
    lede_buffer_init(&dictionaries, allocator);
    if (status == LEDE_OK)
        status = lede_records_writer_copy(writer, from, &shift);
    if (status == LEDE_OK)
        status = lede_records_writer_end(writer, &out, &dictionaries);
    lede_records_writer_free(writer);
    lede_buffer_fini(&out);
    lede_buffer_fini(&dictionaries);
    return status;
}

static lede_status write_and_read(const lede_allocator *allocator, void *ctx)
{
    const stream *s = ctx;
    lede_records_writer *writer = NULL;
    lede_records *records = NULL;
    lede_records_cursor *cursor = NULL;
    lede_records_source source = { .need = NULL };
    lede_buffer out, dictionaries;
    lede_bytes record;
    lede_status status = lede_records_writer_new(&writer, allocator);

    lede_buffer_init(&out, allocator);
    lede_buffer_init(&dictionaries, allocator);
    for (size_t i = 0; i < s->count && status == LEDE_OK; i++)
        status = lede_records_writer_add(writer, record_at(s, i), &out);
    if (status == LEDE_OK)
        status = lede_records_writer_end(writer, &out, &dictionaries);
    source.blocks = lede_buffer_bytes(&out);
    source.dictionaries = lede_buffer_bytes(&dictionaries);
    if (status == LEDE_OK)
        status = lede_records_open(&records, &source, allocator);
    if (status == LEDE_OK)
        status = lede_records_cursor_new(&cursor, allocator);
    for (size_t i = 0; i < s->count && status == LEDE_OK; i += 100)
        status = lede_records_read(
            cursor, records, lede_records_writer_place(writer, i), &record);
    if (status == LEDE_OK)
        status = copy_all(allocator, records);
    lede_records_cursor_free(cursor);
    lede_records_close(records);
    lede_records_writer_free(writer);
    lede_buffer_fini(&out);
    lede_buffer_fini(&dictionaries);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    chance c = chance_from("records", 40);
    stream s;

    stream_init(&s);
    draw_records(&s, &c, 150000);
    (void)failing_alloc_sweep(write_and_read, &s);
    stream_fini(&s);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, every_record_is_read_by_its_place, 0,
                        sizeof sizes / sizeof *sizes);
    tcase_add_test(tcase, the_same_records_give_the_same_bytes);
    tcase_add_test(tcase, copied_streams_read_as_before);
    tcase_add_test(tcase, only_large_parts_are_worth_copying);
    tcase_add_test(tcase, a_record_costs_the_blocks_it_lies_in);
    tcase_add_test(tcase, a_cleared_cursor_has_forgotten_what_it_read);
    tcase_add_test(tcase, what_is_read_is_verified_before);
    tcase_add_test(tcase, lies_about_parts_are_refused);
    tcase_add_test(tcase, ends_that_do_not_rise_are_refused);
    tcase_add_test(tcase, a_dictionary_of_more_than_a_mebibyte_is_refused);
    tcase_add_loop_test(tcase, a_block_is_one_frame_that_says_its_size, 0, 3);
    tcase_add_test(tcase, a_dictionary_is_one_frame);
    tcase_add_loop_test(tcase, damaged_records_never_pass_the_end, 0, 2);
    tcase_add_test(tcase, every_allocation_may_fail);
}

int main(void)
{
    return test_suite_run("records", add_tests);
}
