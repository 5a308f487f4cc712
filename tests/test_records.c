#include "native/codec/records.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

/* A stream of records, as written, and what it is. */
typedef struct stream {
    lede_buffer text;
    lede_buffer section;
    lede_buffer dictionary;
} stream;

static void stream_init(stream *s)
{
    lede_buffer_init(&s->text, NULL);
    lede_buffer_init(&s->section, NULL);
    lede_buffer_init(&s->dictionary, NULL);
}

static void stream_fini(stream *s)
{
    lede_buffer_fini(&s->text);
    lede_buffer_fini(&s->section);
    lede_buffer_fini(&s->dictionary);
}

/* Words of a small vocabulary, so that there is something to train to. */
static void draw_record(chance *c, lede_buffer *out)
{
    uint32_t words = chance_below(c, 400);

    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = chance_below(c, 1 + chance_below(c, 4000));

        lede_put_format(out, "w%uord%u ", word % 97, word * 7919 % 4001);
    }
}

/* Writes records of `bytes` in all, draining the blocks as they come. */
static void write_stream(stream *s, chance *c, size_t bytes)
{
    lede_records_writer *writer;
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_buffer_clear(&s->text);
    lede_buffer_clear(&s->section);
    lede_buffer_clear(&s->dictionary);
    ck_assert_int_eq(lede_records_writer_new(&writer, NULL), LEDE_OK);
    while (s->text.len < bytes) {
        size_t begin = s->text.len;

        draw_record(c, &s->text);
        ck_assert_int_eq(
            lede_records_writer_add(
                writer, lede_bytes_of(s->text.at + begin, s->text.len - begin),
                &out),
            LEDE_OK);
        if (chance_one_in(c, 3)) {
            lede_put(&s->section, out.at, out.len);
            lede_buffer_clear(&out);
        }
    }
    ck_assert_uint_eq(lede_records_writer_length(writer), s->text.len);
    ck_assert_int_eq(lede_records_writer_end(writer, &out, &s->dictionary),
                     LEDE_OK);
    lede_put(&s->section, out.at, out.len);
    lede_buffer_fini(&out);
    lede_records_writer_free(writer);
}

static void check_reads(const stream *s, chance *c, const lede_records *records)
{
    lede_records_cursor *cursor;
    uint8_t *out = malloc(s->text.len + 1);

    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(lede_records_cursor_new(&cursor, records, NULL), LEDE_OK);
    ck_assert_int_eq(lede_records_read(cursor, 0, s->text.len, out), LEDE_OK);
    ck_assert(lede_bytes_equal(lede_bytes_of(out, s->text.len),
                               lede_buffer_bytes(&s->text)));
    for (int i = 0; i < 50 && s->text.len > 0; i++) {
        uint32_t begin = chance_below(c, (uint32_t)s->text.len + 1);
        uint32_t end =
            begin + chance_below(c, (uint32_t)s->text.len + 1 - begin);

        ck_assert_int_eq(lede_records_read(cursor, begin, end, out), LEDE_OK);
        ck_assert(
            lede_bytes_equal(lede_bytes_of(out, end - begin),
                             lede_bytes_of(s->text.at + begin, end - begin)));
    }
    ck_assert_int_eq(
        lede_records_read(cursor, s->text.len, s->text.len + 1, out),
        LEDE_ERR_CORRUPT);
    ck_assert_int_eq(lede_records_read(cursor, 1, 0, out), LEDE_ERR_CORRUPT);
    lede_records_cursor_free(cursor);
    free(out);
}

static const size_t sizes[] = { 0, 1, 16384, 100000, 200000, 1500000 };

START_TEST(any_part_of_the_stream_is_read)
{
    chance c = chance_from("records", (uint64_t)_i);
    stream s;
    lede_records *records;
    lede_bytes section;

    stream_init(&s);
    write_stream(&s, &c, sizes[_i]);
    section = exact_bytes(s.section.at, s.section.len);
    ck_assert_uint_eq(s.dictionary.len > 0, sizes[_i] >= 131072);
    ck_assert_uint_eq(section.len % 8, 0);
    ck_assert_int_eq(lede_records_open(&records, section,
                                       lede_buffer_bytes(&s.dictionary),
                                       s.text.len, NULL),
                     LEDE_OK);
    check_reads(&s, &c, records);
    lede_records_close(records);
    ck_assert_int_eq(lede_records_open(&records, section,
                                       lede_buffer_bytes(&s.dictionary),
                                       s.text.len + LEDE_RECORDS_BLOCK, NULL),
                     LEDE_ERR_CORRUPT);
    exact_free(section);
    stream_fini(&s);
}
END_TEST

START_TEST(the_same_records_give_the_same_bytes)
{
    stream a, b;
    chance c = chance_from("records", 9), d = chance_from("records", 9);

    stream_init(&a);
    stream_init(&b);
    write_stream(&a, &c, 1200000);
    write_stream(&b, &d, 1200000);
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&a.section),
                               lede_buffer_bytes(&b.section)));
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&a.dictionary),
                               lede_buffer_bytes(&b.dictionary)));
    stream_fini(&a);
    stream_fini(&b);
}
END_TEST

START_TEST(a_record_costs_the_blocks_it_lies_in)
{
    chance c = chance_from("records", 20);
    stream s;
    lede_records *records;
    lede_records_cursor *cursor;
    uint8_t out[100];
    size_t middle;

    stream_init(&s);
    write_stream(&s, &c, 100000);
    /* All blocks but the first are made rubbish: it is still read. */
    for (middle = 8192; middle < s.section.len - 200; middle++)
        s.section.at[middle] ^= 0x55;
    ck_assert_int_eq(lede_records_open(&records, lede_buffer_bytes(&s.section),
                                       lede_bytes_of(NULL, 0), s.text.len,
                                       NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_records_cursor_new(&cursor, records, NULL), LEDE_OK);
    ck_assert_int_eq(lede_records_read(cursor, 10, 110, out), LEDE_OK);
    ck_assert_int_eq(memcmp(out, s.text.at + 10, sizeof out), 0);
    ck_assert_int_eq(lede_records_read(cursor, 50000, 50100, out),
                     LEDE_ERR_CORRUPT);
    lede_records_cursor_free(cursor);
    lede_records_close(records);
    stream_fini(&s);
}
END_TEST

/* Frames, ends and dictionary with bits turned are refused or read as other
 * text of the same length. */
START_TEST(damaged_records_never_pass_the_end)
{
    chance c = chance_from("records", 30);
    stream s;

    stream_init(&s);
    write_stream(&s, &c, _i ? 140000 : 20000);
    for (int round = 0; round < 1500; round++) {
        lede_buffer *hit = s.dictionary.len > 0 && chance_one_in(&c, 4)
                               ? &s.dictionary
                               : &s.section;
        size_t at = chance_one_in(&c, 2) ? hit->len - 1 - chance_below(&c, 40)
                                         : chance_below(&c, (uint32_t)hit->len);
        uint8_t bit = (uint8_t)(1U << chance_below(&c, 8)), out[3000];
        lede_records *records;
        lede_records_cursor *cursor;
        lede_bytes section, dictionary;

        hit->at[at] ^= bit;
        section = exact_bytes(s.section.at, s.section.len);
        dictionary = exact_bytes(s.dictionary.at, s.dictionary.len);
        if (lede_records_open(&records, section, dictionary, s.text.len,
                              NULL) == LEDE_OK) {
            ck_assert_int_eq(lede_records_cursor_new(&cursor, records, NULL),
                             LEDE_OK);
            (void)lede_records_read(cursor, 0, sizeof out, out);
            (void)lede_records_read(cursor, s.text.len - 3000, s.text.len, out);
            lede_records_cursor_free(cursor);
            lede_records_close(records);
        }
        exact_free(section);
        exact_free(dictionary);
        hit->at[at] ^= bit;
    }
    stream_fini(&s);
}
END_TEST

static lede_status write_and_read(const lede_allocator *allocator, void *ctx)
{
    const stream *s = ctx;
    lede_records_writer *writer = NULL;
    lede_records *records = NULL;
    lede_records_cursor *cursor = NULL;
    lede_buffer out, dictionary;
    uint8_t first[16];
    lede_status status = lede_records_writer_new(&writer, allocator);

    lede_buffer_init(&out, allocator);
    lede_buffer_init(&dictionary, allocator);
    if (status == LEDE_OK)
        status =
            lede_records_writer_add(writer, lede_buffer_bytes(&s->text), &out);
    if (status == LEDE_OK)
        status = lede_records_writer_end(writer, &out, &dictionary);
    if (status == LEDE_OK)
        status = lede_records_open(&records, lede_buffer_bytes(&out),
                                   lede_buffer_bytes(&dictionary), s->text.len,
                                   allocator);
    if (status == LEDE_OK)
        status = lede_records_cursor_new(&cursor, records, allocator);
    if (status == LEDE_OK)
        status = lede_records_read(cursor, 0, sizeof first, first);
    lede_records_cursor_free(cursor);
    lede_records_close(records);
    lede_records_writer_free(writer);
    lede_buffer_fini(&out);
    lede_buffer_fini(&dictionary);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    chance c = chance_from("records", 40);
    stream s;

    stream_init(&s);
    write_stream(&s, &c, 150000);
    (void)failing_alloc_sweep(write_and_read, &s);
    stream_fini(&s);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, any_part_of_the_stream_is_read, 0,
                        sizeof sizes / sizeof *sizes);
    tcase_add_test(tcase, the_same_records_give_the_same_bytes);
    tcase_add_test(tcase, a_record_costs_the_blocks_it_lies_in);
    tcase_add_loop_test(tcase, damaged_records_never_pass_the_end, 0, 2);
    tcase_add_test(tcase, every_allocation_may_fail);
}

int main(void)
{
    return test_suite_run("records", add_tests);
}
