#include "native/codec/run.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define COUNT_MAX 2000U

static uint32_t draw(chance *c, uint32_t width)
{
    if (chance_one_in(c, 50))
        width = chance_below(c, 33);
    return width ? (uint32_t)(chance_next(c) >> (64 - width)) : 0;
}

START_TEST(runs_are_read_from_any_place)
{
    chance c = chance_from("run", 1);
    static uint32_t in[COUNT_MAX], out[COUNT_MAX];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 600; round++) {
        uint32_t count = chance_below(&c, round % 4 ? 100 : COUNT_MAX);
        uint32_t width = chance_below(&c, 33);
        lede_bytes bytes, at;
        lede_run run;

        for (uint32_t i = 0; i < count; i++)
            in[i] = draw(&c, width);
        lede_buffer_clear(&buffer);
        lede_run_write(&buffer, in, count);
        at = bytes = exact_bytes(buffer.at, buffer.len);
        ck_assert(lede_run_take(&run, &at, count));
        ck_assert_uint_eq(at.len, 0);
        for (int reads = 0; reads < 20 && count > 0; reads++) {
            uint32_t from = chance_below(&c, count);
            uint32_t n = chance_below(&c, count - from + 1);

            lede_run_read(&run, from, n, out);
            ck_assert_mem_eq(out, in + from, n * sizeof *in);
        }
        exact_free(bytes);
    }
    lede_buffer_fini(&buffer);
}
END_TEST

START_TEST(every_truncation_of_a_run_is_refused)
{
    chance c = chance_from("run", 2);
    uint32_t in[40];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 300; round++) {
        uint32_t count = 1 + chance_below(&c, 40);
        uint32_t width = chance_below(&c, 20);

        for (uint32_t i = 0; i < count; i++)
            in[i] = draw(&c, width);
        lede_buffer_clear(&buffer);
        lede_run_write(&buffer, in, count);
        for (size_t cut = 0; cut < buffer.len; cut++) {
            lede_bytes bytes = exact_bytes(buffer.at, cut), at = bytes;
            lede_run run;

            ck_assert(!lede_run_take(&run, &at, count));
            ck_assert_uint_eq(at.len, cut);
            exact_free(bytes);
        }
    }
    lede_buffer_fini(&buffer);
}
END_TEST

START_TEST(what_is_taken_can_be_read_whatever_bits_flip)
{
    chance c = chance_from("run", 3);
    uint32_t in[40], out[40];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 60; round++) {
        uint32_t count = 1 + chance_below(&c, 40);
        uint32_t width = chance_below(&c, 33);

        for (uint32_t i = 0; i < count; i++)
            in[i] = draw(&c, width);
        lede_buffer_clear(&buffer);
        lede_run_write(&buffer, in, count);
        for (size_t bit = 0; bit < 8 * buffer.len; bit++) {
            lede_bytes bytes, at;
            lede_run run;

            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            at = bytes = exact_bytes(buffer.at, buffer.len);
            if (lede_run_take(&run, &at, count)) {
                lede_run_read(&run, 0, count, out);
                lede_run_read(&run, count / 2, count - count / 2, out);
            }
            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            exact_free(bytes);
        }
    }
    lede_buffer_fini(&buffer);
}
END_TEST

static const struct {
    const char *lie;
    uint8_t bytes[16];
    size_t len;
    uint64_t count;
} lies[] = {
    { "k beyond 31", { 32, 0, 0, 0, 0, 1 }, 6, 1 },
    { "slack behind low bits", { 1, 0x02, 0x01 }, 3, 1 },
    { "a one behind the last", { 0, 0x05 }, 2, 1 },
    { "too few ones", { 0, 0x01 }, 2, 2 },
    { "more numbers than bits", { 0, 0xFF }, 2, UINT64_MAX },
    { "a high part of more than 32 bits", { 31, 0, 0, 0, 0, 0x04 }, 6, 1 },
    { "the same in the middle of a word",
      { 31, 0, 0, 0, 0, 0, 0, 0, 0, 0x11 },
      10,
      2 },
};

START_TEST(every_lie_about_a_run_is_refused)
{
    lede_bytes bytes = exact_bytes(lies[_i].bytes, lies[_i].len), at = bytes;
    lede_run run;

    ck_assert_msg(!lede_run_take(&run, &at, lies[_i].count), "%s",
                  lies[_i].lie);
    exact_free(bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, runs_are_read_from_any_place);
    tcase_add_test(tcase, every_truncation_of_a_run_is_refused);
    tcase_add_test(tcase, what_is_taken_can_be_read_whatever_bits_flip);
    tcase_add_loop_test(tcase, every_lie_about_a_run_is_refused, 0,
                        sizeof lies / sizeof *lies);
}

int main(void)
{
    return test_suite_run("run", add_tests);
}
