#include "base/crc32c.h"

#include <string.h>

#include "support/chance.h"
#include "support/suite.h"

/* RFC 3720, B.4. */
START_TEST(known_texts_have_their_known_sums)
{
    uint8_t bytes[32] = { 0 };

    ck_assert_uint_eq(lede_crc32c(0, bytes, 0), 0);
    ck_assert_uint_eq(lede_crc32c(0, "123456789", 9), 0xE3069283U);
    ck_assert_uint_eq(lede_crc32c(0, bytes, 32), 0x8A9136AAU);
    memset(bytes, 0xFF, sizeof bytes);
    ck_assert_uint_eq(lede_crc32c(0, bytes, 32), 0x62A8AB43U);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    ck_assert_uint_eq(lede_crc32c(0, bytes, 32), 0x46DD794EU);
}
END_TEST

START_TEST(instruction_table_and_parts_agree)
{
    chance c = chance_from("crc32c", 1);
    uint8_t bytes[300];

    for (int round = 0; round < 2000; round++) {
        size_t from = chance_below(&c, 16);
        size_t len = chance_below(&c, (uint32_t)(sizeof bytes - from));
        size_t cut = chance_below(&c, (uint32_t)len + 1);
        uint32_t whole, parts;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)chance_next(&c);
        whole = lede_crc32c(0, bytes + from, len);
        parts = lede_crc32c(0, bytes + from, cut);
        parts = lede_crc32c(parts, bytes + from + cut, len - cut);
        ck_assert_uint_eq(whole, parts);
        ck_assert_uint_eq(whole, lede_crc32c_plain(0, bytes + from, len));
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, known_texts_have_their_known_sums);
    tcase_add_test(tcase, instruction_table_and_parts_agree);
}

int main(void)
{
    return test_suite_run("crc32c", add_tests);
}
