#include "native/index/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

#define NAME  "0000000000000001-0000000000000001.live"
#define OTHER "0000000000000001-0000000000000002.live"

static lede_dir *dir;

static void set_up(void)
{
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
}

static void tear_down(void)
{
    lede_dir_close(dir);
}

static lede_live *new_live(uint32_t documents)
{
    lede_live *live = NULL;

    ck_assert_int_eq(lede_live_new(&live, documents, 7, NULL), LEDE_OK);
    return live;
}

static lede_status read_back(lede_live **out, const lede_envelope_mark *mark,
                             uint32_t documents)
{
    return lede_live_read(out, dir, NAME, mark, documents, NULL, NULL);
}

START_TEST(all_live_until_they_are_killed_once)
{
    static const uint32_t counts[] = { 1, 63, 64, 65, 128, 1000 };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        lede_live *live = new_live(counts[i]);

        for (uint32_t doc = 0; doc < counts[i]; doc++) {
            ck_assert(lede_live_has(live, doc));
            ck_assert_uint_eq(live->live, counts[i] - doc);
            ck_assert(lede_live_kill(live, doc));
            ck_assert(!lede_live_kill(live, doc));
            ck_assert(!lede_live_has(live, doc));
        }
        ck_assert_uint_eq(live->live, 0);
        lede_live_release(live);
    }
    ck_assert(lede_live_has(NULL, 5));
}
END_TEST

START_TEST(a_copy_is_another)
{
    lede_live *live = new_live(70), *copy = NULL;

    (void)lede_live_kill(live, 3);
    ck_assert_int_eq(lede_live_copy(&copy, live, NULL), LEDE_OK);
    (void)lede_live_kill(copy, 69);
    ck_assert(!lede_live_has(copy, 3));
    ck_assert(lede_live_has(live, 69));
    ck_assert_uint_eq(live->live, 69);
    ck_assert_uint_eq(copy->live, 68);
    ck_assert_uint_eq(copy->segment, 7);
    lede_live_release(lede_live_hold(live));
    lede_live_release(live);
    lede_live_release(copy);
}
END_TEST

START_TEST(a_bitmap_is_read_as_it_was_written)
{
    static const uint32_t counts[] = { 0, 1, 63, 64, 65, 200000 };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        lede_live *live = new_live(counts[i]), *read = NULL;
        lede_envelope_mark mark;

        for (uint32_t doc = 0; doc < counts[i]; doc += 3)
            (void)lede_live_kill(live, doc);
        ck_assert_int_eq(
            lede_live_write(live, dir, NAME, true, &mark, NULL, NULL), LEDE_OK);
        ck_assert_int_eq(read_back(&read, &mark, counts[i]), LEDE_OK);
        ck_assert_uint_eq(read->live, live->live);
        ck_assert_uint_eq(read->segment, 7);
        for (uint32_t doc = 0; doc < counts[i]; doc++)
            ck_assert(lede_live_has(read, doc) == (doc % 3 != 0));
        lede_live_release(read);
        ck_assert_int_eq(read_back(&read, &mark, counts[i] + 1),
                         LEDE_ERR_CORRUPT);
        ck_assert_int_eq(lede_dir_unlink(dir, NAME, NULL), LEDE_OK);
        lede_live_release(live);
    }
}
END_TEST

START_TEST(every_flipped_bit_and_length_of_a_bitmap_is_found)
{
    lede_live *live = new_live(100), *read = NULL;
    lede_envelope_mark mark;
    lede_file *file = NULL;
    uint8_t *raw;
    size_t len;

    (void)lede_live_kill(live, 50);
    ck_assert_int_eq(lede_live_write(live, dir, OTHER, true, &mark, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_dir_map(dir, &file, OTHER, NULL), LEDE_OK);
    len = file->bytes.len;
    raw = malloc(len);
    ck_assert_ptr_nonnull(raw);
    memcpy(raw, file->bytes.at, len);
    lede_file_close(file);
    for (size_t i = 0; i < 8 * len + len; i++) {
        bool flips = i < 8 * len;
        lede_out *out = NULL;

        if (flips)
            raw[i / 8] ^= (uint8_t)(1U << i % 8);
        ck_assert_int_eq(lede_dir_create(dir, &out, NAME, NULL), LEDE_OK);
        ck_assert_int_eq(
            lede_out_write(out, raw, flips ? len : i - 8 * len, NULL), LEDE_OK);
        ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
        ck_assert_msg(read_back(&read, &mark, 100) == LEDE_ERR_CORRUPT,
                      "change %zu", i);
        ck_assert_int_eq(lede_dir_unlink(dir, NAME, NULL), LEDE_OK);
        if (flips)
            raw[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    free(raw);
    lede_live_release(live);
}
END_TEST

/* ---- Lies with good checksums ---- */

static lede_status status_of(uint32_t documents, uint32_t live,
                             const uint64_t *words, size_t count)
{
    lede_envelope_out *out = NULL;
    lede_envelope_mark mark;
    lede_live *read = NULL;
    lede_buffer content;
    lede_status status;

    lede_buffer_init(&content, NULL);
    lede_put_u32(&content, documents);
    lede_put_u32(&content, live);
    lede_put_u64(&content, 7);
    for (size_t i = 0; i < count; i++)
        lede_put_u64(&content, words[i]);
    ck_assert_int_eq(
        lede_envelope_create(&out, dir, NAME, LEDE_ENVELOPE_LIVE, NULL, NULL),
        LEDE_OK);
    ck_assert_int_eq(lede_envelope_write(out, content.at, content.len, NULL),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_envelope_end(out, true, &mark.length, &mark.signature, NULL),
        LEDE_OK);
    lede_buffer_fini(&content);
    status = read_back(&read, &mark, 66);
    lede_live_release(status == LEDE_OK ? read : NULL);
    ck_assert_int_eq(lede_dir_unlink(dir, NAME, NULL), LEDE_OK);
    return status;
}

START_TEST(a_bitmap_that_lies_is_corrupt)
{
    static const uint64_t two[] = { 0x10, 3 }, slack[] = { 0x10, 7 };
    static const uint64_t three[] = { 0x10, 3, 0 };

    ck_assert_int_eq(status_of(66, 3, two, 2), LEDE_OK);
    ck_assert_int_eq(status_of(66, 2, two, 2), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(66, UINT32_MAX, two, 2), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(65, 3, two, 2), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(UINT32_MAX, 3, two, 2), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(66, 4, slack, 2), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(66, 1, two, 1), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(status_of(66, 3, three, 3), LEDE_ERR_CORRUPT);
}
END_TEST

/* Gives memory for small things only. */
static void *allocate_little(void *ctx, size_t size)
{
    (void)ctx;
    return size < 1U << 20 ? malloc(size) : NULL;
}

static void *resize_little(void *ctx, void *at, size_t old_size, size_t size)
{
    (void)ctx;
    (void)old_size;
    return size < 1U << 20 ? realloc(at, size) : NULL;
}

static void give_back(void *ctx, void *at, size_t size)
{
    (void)ctx;
    (void)size;
    free(at);
}

START_TEST(a_lie_about_documents_costs_no_memory)
{
    static const lede_allocator little = { NULL, allocate_little, resize_little,
                                           give_back };
    lede_live *live = new_live(66), *read;
    lede_envelope_mark mark;

    ck_assert_int_eq(lede_live_write(live, dir, NAME, false, &mark, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_live_read(&read, dir, NAME, &mark, UINT32_MAX, &little, NULL),
        LEDE_ERR_CORRUPT);
    lede_live_release(live);
}
END_TEST

static lede_status write_and_read(const lede_allocator *allocator, void *ctx)
{
    lede_live *live = NULL, *copy = NULL, *read = NULL;
    lede_envelope_mark mark;
    lede_status status = lede_live_new(&live, 100, 7, allocator);

    (void)ctx;
    if (status == LEDE_OK)
        status = lede_live_copy(&copy, live, allocator);
    if (status == LEDE_OK)
        status = lede_live_write(copy, dir, NAME, true, &mark, allocator, NULL);
    if (status == LEDE_OK)
        status = lede_live_read(&read, dir, NAME, &mark, 100, allocator, NULL);
    lede_live_release(live);
    lede_live_release(copy);
    lede_live_release(read);
    (void)lede_dir_unlink(dir, NAME, NULL);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    ck_assert_uint_gt(failing_alloc_sweep(write_and_read, NULL), 6);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, all_live_until_they_are_killed_once);
    tcase_add_test(tcase, a_copy_is_another);
    tcase_add_test(tcase, a_bitmap_is_read_as_it_was_written);
    tcase_add_test(tcase, every_flipped_bit_and_length_of_a_bitmap_is_found);
    tcase_add_test(tcase, a_bitmap_that_lies_is_corrupt);
    tcase_add_test(tcase, a_lie_about_documents_costs_no_memory);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
}

int main(void)
{
    return test_suite_run("live", add_tests);
}
