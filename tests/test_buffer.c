#include "base/buffer.h"

#include "support/failing_alloc.h"
#include "support/suite.h"

START_TEST(puts_append)
{
    static const uint8_t expected[] = { 'a', 'b', 'c', 1,   2,   0,   0,  0,
                                        3,   0,   0,   0,   0,   0,   0,  0x80,
                                        3,   'x', 'y', 'z', '-', '5', '7' };
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_put(&out, NULL, 0);
    ck_assert_uint_eq(lede_buffer_bytes(&out).len, 0);
    lede_put_text(&out, "abc");
    lede_put_u8(&out, 1);
    lede_put_u32(&out, 2);
    lede_put_u64(&out, 0x8000000000000003U);
    lede_put_block(&out, lede_bytes_of_text("xyz"));
    lede_put_format(&out, "%d%s", -5, "7");
    lede_put_format(&out, "%s", "");
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_uint_eq(out.len, sizeof expected);
    ck_assert_mem_eq(out.at, expected, sizeof expected);
    lede_buffer_clear(&out);
    ck_assert_uint_eq(out.len, 0);
    lede_buffer_fini(&out);
    ck_assert_ptr_null(out.at);
    lede_buffer_fini(&out);
}
END_TEST

START_TEST(a_long_format_is_not_cut)
{
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_put_format(&out, "%5000d", 7);
    ck_assert_uint_eq(out.len, 5000);
    ck_assert_uint_eq(out.at[4999], '7');
    lede_buffer_fini(&out);
}
END_TEST

START_TEST(what_is_put_is_taken)
{
    static const uint64_t values[] = { 0,
                                       1,
                                       127,
                                       128,
                                       16383,
                                       16384,
                                       UINT32_MAX,
                                       (uint64_t)UINT32_MAX + 1,
                                       UINT64_MAX >> 1,
                                       UINT64_MAX };
    lede_buffer out;
    lede_bytes in;

    lede_buffer_init(&out, NULL);
    for (int i = 0; i < 10; i++) {
        lede_put_varint(&out, values[i]);
        lede_put_u64(&out, values[i]);
        lede_put_u32(&out, (uint32_t)values[i]);
        lede_put_u8(&out, (uint8_t)values[i]);
    }
    in = lede_buffer_bytes(&out);
    for (int i = 0; i < 10; i++) {
        uint64_t varint, whole;
        uint32_t half;
        uint8_t byte;

        ck_assert(lede_take_varint(&in, &varint));
        ck_assert(lede_take_u64(&in, &whole));
        ck_assert(lede_take_u32(&in, &half));
        ck_assert(lede_take_u8(&in, &byte));
        ck_assert_uint_eq(varint, values[i]);
        ck_assert_uint_eq(whole, values[i]);
        ck_assert_uint_eq(half, (uint32_t)values[i]);
        ck_assert_uint_eq(byte, (uint8_t)values[i]);
    }
    ck_assert_uint_eq(in.len, 0);
    lede_buffer_fini(&out);
}
END_TEST

START_TEST(after_a_failure_puts_do_nothing_until_clear)
{
    failing_alloc failing;
    lede_buffer out;
    size_t len;

    failing_alloc_init(&failing, 2, false);
    lede_buffer_init(&out, &failing.allocator);
    lede_put_text(&out, "abc");
    while (out.status == LEDE_OK)
        lede_put_text(&out, "0123456789");
    ck_assert_int_eq(out.status, LEDE_ERR_NOMEM);
    len = out.len;
    lede_put_u8(&out, 1);
    lede_put_format(&out, "%d", 1);
    ck_assert_ptr_null(lede_buffer_reserve(&out, 1));
    ck_assert_uint_eq(out.len, len);
    ck_assert_mem_eq(out.at, "abc", 3);
    lede_buffer_clear(&out);
    lede_put_u8(&out, 1);
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_ptr_null(lede_buffer_reserve(&out, SIZE_MAX));
    ck_assert_int_eq(out.status, LEDE_ERR_NOMEM);
    lede_buffer_fini(&out);
    failing_alloc_check(&failing);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, puts_append);
    tcase_add_test(tcase, a_long_format_is_not_cut);
    tcase_add_test(tcase, what_is_put_is_taken);
    tcase_add_test(tcase, after_a_failure_puts_do_nothing_until_clear);
}

int main(void)
{
    return test_suite_run("buffer", add_tests);
}
