#include "base/bytes.h"

#include "support/suite.h"

START_TEST(bytes_are_ordered_as_memcmp_then_by_length)
{
    static const char *const rising[] = { "", "a", "aa", "ab", "b", "\xFF" };

    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            lede_bytes a = lede_bytes_of_text(rising[i]);
            lede_bytes b = lede_bytes_of_text(rising[j]);
            int order = lede_bytes_compare(a, b);

            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
            ck_assert_int_eq(lede_bytes_equal(a, b), i == j);
        }
}
END_TEST

START_TEST(every_text_begins_with_nothing)
{
    lede_bytes none = lede_bytes_of(NULL, 0);

    ck_assert(lede_bytes_begin_with(none, none));
    ck_assert(lede_bytes_begin_with(lede_bytes_of_text("ab"), none));
    ck_assert(lede_bytes_begin_with(lede_bytes_of_text("ab"),
                                    lede_bytes_of_text("ab")));
    ck_assert(!lede_bytes_begin_with(lede_bytes_of_text("ab"),
                                     lede_bytes_of_text("abc")));
    ck_assert(!lede_bytes_begin_with(none, lede_bytes_of_text("a")));
    ck_assert(!lede_bytes_hold(none, 0));
    ck_assert(lede_bytes_hold(lede_bytes_of("a\0", 2), 0));
    ck_assert(!lede_bytes_hold(lede_bytes_of("a\0", 1), 0));
}
END_TEST

START_TEST(a_take_past_the_end_moves_nothing)
{
    static const uint8_t raw[] = { 5, 1, 2, 3, 4 };
    lede_bytes in = lede_bytes_of(raw, sizeof raw), out = { NULL, 9 };
    uint64_t big = 7;
    uint32_t small = 7;
    uint8_t byte = 7;

    ck_assert(!lede_take(&in, 6, &out));
    ck_assert(!lede_take(&in, UINT64_MAX, &out));
    ck_assert(!lede_take_u64(&in, &big));
    ck_assert(!lede_take_block(&in, &out));
    ck_assert_ptr_eq(in.at, raw);
    ck_assert_uint_eq(in.len, 5);
    ck_assert_uint_eq(out.len, 9);
    ck_assert_uint_eq(big, 7);
    ck_assert(lede_take(&in, 5, &out));
    ck_assert(lede_take(&in, 0, &out));
    ck_assert_uint_eq(out.len, 0);
    ck_assert(!lede_take_u8(&in, &byte));
    ck_assert(!lede_take_u32(&in, &small));
    ck_assert(!lede_take_varint(&in, &big));
    ck_assert_uint_eq(byte + small + big, 21);
    in = lede_bytes_of(NULL, 0);
    ck_assert(lede_take(&in, 0, &out));
}
END_TEST

START_TEST(a_varint_ends_within_64_bits)
{
    static const struct {
        uint8_t raw[12];
        size_t len;
        bool fits;
        uint64_t value;
    } cases[] = {
        { { 0 }, 1, true, 0 },
        { { 0x7F }, 1, true, 127 },
        { { 0x80, 1 }, 2, true, 128 },
        { { 0x80 }, 1, false, 0 },
        { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 },
          10,
          true,
          UINT64_MAX },
        { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 }, 10, false, 0 },
        { { 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1 },
          11,
          false,
          0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_bytes in = lede_bytes_of(cases[i].raw, cases[i].len);
        uint64_t value = 0;

        ck_assert_int_eq(lede_take_varint(&in, &value), cases[i].fits);
        ck_assert_uint_eq(value, cases[i].value);
        ck_assert_uint_eq(in.len, cases[i].fits ? 0 : cases[i].len);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, bytes_are_ordered_as_memcmp_then_by_length);
    tcase_add_test(tcase, every_text_begins_with_nothing);
    tcase_add_test(tcase, a_take_past_the_end_moves_nothing);
    tcase_add_test(tcase, a_varint_ends_within_64_bits);
}

int main(void)
{
    return test_suite_run("bytes", add_tests);
}
