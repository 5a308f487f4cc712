#include "native/segment/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "support/suite.h"

static lede_dir *dir;

static void open_memory(void)
{
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
}

static void close_memory(void)
{
    lede_dir_close(dir);
}

static uint8_t byte_of(size_t i)
{
    return (uint8_t)(i * 31 + i / 257);
}

/* Writes a file of `len` bytes of content. */
static lede_envelope_mark write_file(const char *name, size_t len)
{
    lede_envelope_out *out = NULL;
    lede_envelope_mark mark;

    ck_assert_int_eq(lede_envelope_create(&out, dir, name,
                                          LEDE_ENVELOPE_SEGMENT, NULL, NULL),
                     LEDE_OK);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = byte_of(i);

        ck_assert_uint_eq(lede_envelope_offset(out), LEDE_ENVELOPE_HEAD + i);
        ck_assert_int_eq(lede_envelope_write(out, &byte, 1, NULL), LEDE_OK);
    }
    ck_assert_int_eq(
        lede_envelope_end(out, true, &mark.length, &mark.signature, NULL),
        LEDE_OK);
    return mark;
}

/* A copy of a file with one change. */
static void write_raw(const char *name, const uint8_t *at, size_t len)
{
    lede_out *out = NULL;

    ck_assert_int_eq(lede_dir_create(dir, &out, name, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_write(out, at, len, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
}

static uint8_t *read_raw(const char *name, size_t *len)
{
    lede_file *file = NULL;
    uint8_t *copy;

    ck_assert_int_eq(lede_dir_map(dir, &file, name, NULL), LEDE_OK);
    *len = file->bytes.len;
    copy = malloc(*len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, file->bytes.at, *len);
    lede_file_close(file);
    return copy;
}

static lede_status open_and_check(const char *name,
                                  const lede_envelope_mark *mark)
{
    lede_envelope *in = NULL;
    lede_error err;
    lede_status status = lede_envelope_open(
        &in, dir, name, LEDE_ENVELOPE_SEGMENT, mark, NULL, &err);

    if (status == LEDE_OK)
        status = lede_envelope_check(in, NULL, &err);
    if (status != LEDE_OK)
        ck_assert_int_eq(err.status, status);
    lede_envelope_close(in);
    return status;
}

START_TEST(content_comes_back_and_is_verified)
{
    static const size_t lens[] = { 0,     1,     100,   16367, 16368,
                                   16369, 32752, 50000, 1 };

    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        char name[8] = { 'f', (char)('0' + i), 0 };
        lede_envelope_mark mark = write_file(name, lens[i]);
        lede_envelope *in = NULL;
        lede_bytes body;

        ck_assert_int_eq(lede_envelope_open(&in, dir, name,
                                            LEDE_ENVELOPE_SEGMENT, &mark, NULL,
                                            NULL),
                         LEDE_OK);
        body = lede_envelope_bytes(in);
        ck_assert_uint_eq(body.len, LEDE_ENVELOPE_HEAD + lens[i]);
        ck_assert_int_eq(lede_envelope_need(in, body.at, body.len, NULL),
                         LEDE_OK);
        for (size_t b = 0; b < lens[i]; b++)
            ck_assert_uint_eq(body.at[LEDE_ENVELOPE_HEAD + b], byte_of(b));
        ck_assert_int_eq(lede_envelope_check(in, NULL, NULL), LEDE_OK);
        ck_assert_str_eq(lede_envelope_name(in), name);
        lede_envelope_close(in);
    }
}
END_TEST

START_TEST(every_flipped_bit_is_found)
{
    lede_envelope_mark mark = write_file("f", 200);
    size_t len;
    uint8_t *raw = read_raw("f", &len);

    for (size_t bit = 0; bit < 8 * len; bit++) {
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
        write_raw("g", raw, len);
        ck_assert_msg(open_and_check("g", &mark) != LEDE_OK, "bit %zu", bit);
        ck_assert_msg(open_and_check("g", NULL) != LEDE_OK,
                      "bit %zu without a mark", bit);
        ck_assert_int_eq(lede_dir_unlink(dir, "g", NULL), LEDE_OK);
        raw[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(raw);
}
END_TEST

START_TEST(every_truncation_and_any_extension_is_found)
{
    lede_envelope_mark mark = write_file("f", 200);
    size_t len;
    uint8_t *raw = read_raw("f", &len), more[1024] = { 0 };

    for (size_t cut = 0; cut < len; cut++) {
        write_raw("g", raw, cut);
        ck_assert_int_eq(open_and_check("g", &mark), LEDE_ERR_CORRUPT);
        ck_assert_int_eq(open_and_check("g", NULL), LEDE_ERR_CORRUPT);
        ck_assert_int_eq(lede_dir_unlink(dir, "g", NULL), LEDE_OK);
    }
    memcpy(more, raw, len);
    write_raw("g", more, len + 1);
    ck_assert_int_eq(open_and_check("g", &mark), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(open_and_check("g", NULL), LEDE_ERR_CORRUPT);
    free(raw);
}
END_TEST

START_TEST(another_sound_file_is_no_substitute)
{
    lede_envelope_mark mark = write_file("f", 200), other;

    other = write_file("g", 201);
    ck_assert_int_eq(open_and_check("g", &other), LEDE_OK);
    ck_assert_int_eq(open_and_check("g", &mark), LEDE_ERR_CORRUPT);
    other = mark;
    other.signature ^= 1;
    ck_assert_int_eq(open_and_check("f", &other), LEDE_ERR_CORRUPT);
    other = mark;
    other.length++;
    ck_assert_int_eq(open_and_check("f", &other), LEDE_ERR_CORRUPT);
}
END_TEST

START_TEST(a_file_of_another_kind_is_refused)
{
    lede_envelope *in = NULL;
    lede_error err;

    (void)write_file("f", 20);
    ck_assert_int_eq(lede_envelope_open(&in, dir, "f", LEDE_ENVELOPE_MANIFEST,
                                        NULL, NULL, &err),
                     LEDE_ERR_CORRUPT);
    ck_assert_uint_eq(err.position, 4);
}
END_TEST

/* A head that says a newer format, with all checksums right. */
START_TEST(a_newer_format_asks_for_an_upgrade)
{
    size_t len;
    uint8_t *raw;
    uint32_t crc;

    (void)write_file("f", 20);
    raw = read_raw("f", &len);
    raw[8] = LEDE_FORMAT_VERSION + 1;
    crc = lede_crc32c(0, raw, LEDE_ENVELOPE_HEAD + 20);
    for (int i = 0; i < 4; i++)
        raw[36 + i] = (uint8_t)(crc >> (8 * i));
    crc = lede_crc32c(0, raw + 36, 12);
    for (int i = 0; i < 4; i++)
        raw[48 + i] = (uint8_t)(crc >> (8 * i));
    write_raw("g", raw, len);
    ck_assert_int_eq(open_and_check("g", NULL), LEDE_ERR_VERSION);
    free(raw);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, open_memory, close_memory);
    tcase_add_test(tcase, content_comes_back_and_is_verified);
    tcase_add_test(tcase, every_flipped_bit_is_found);
    tcase_add_test(tcase, every_truncation_and_any_extension_is_found);
    tcase_add_test(tcase, another_sound_file_is_no_substitute);
    tcase_add_test(tcase, a_file_of_another_kind_is_refused);
    tcase_add_test(tcase, a_newer_format_asks_for_an_upgrade);
}

int main(void)
{
    return test_suite_run("envelope", add_tests);
}
