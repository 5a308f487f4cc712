#include "native/codec/block.h"

#include <string.h>

#include "native/codec/block_kernels.h"
#include "native/codec/pack.h"
#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

/* Values whose bits are about `width`, sometimes far more. */
static void draw(chance *random, uint32_t *values, uint32_t n)
{
    uint32_t width = (uint32_t)chance_below(random, 33);
    bool spikes = chance_below(random, 4) == 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t bits = spikes && chance_below(random, 20) == 0
                            ? (uint32_t)chance_below(random, 33)
                            : width;

        values[i] = bits ? (uint32_t)(chance_next(random) >> (64 - bits)) : 0;
    }
    if (chance_below(random, 8) == 0)
        for (uint32_t i = 1; i < n; i++)
            values[i] = values[0];
    if (chance_below(random, 3) == 0)
        for (uint32_t i = 0, most = chance_below(random, 40); i < n; i++)
            if (chance_below(random, 41) > most)
                values[i] = 0;
}

START_TEST(packing_gives_back_every_width_and_count)
{
    chance random;

    random = chance_from("packing", 1);
    for (uint32_t width = 0; width <= 32; width++)
        for (uint32_t n = 1; n <= LEDE_PACK_MAX; n++) {
            uint32_t in[LEDE_PACK_MAX], out[LEDE_PACK_MAX];
            uint32_t plain[LEDE_PACK_MAX];
            uint8_t raw[4 * LEDE_PACK_MAX];
            lede_bytes bytes, twin;
            size_t len;

            for (uint32_t i = 0; i < n; i++)
                in[i] = width ? (uint32_t)(chance_next(&random) >> (64 - width))
                              : 0;
            len = lede_pack(raw, in, n, width);
            ck_assert_uint_eq(len, lede_pack_bytes(n, width));
            bytes = exact_bytes(raw, len);
            twin = bytes;
            ck_assert(lede_unpack_plain(&twin, n, width, plain));
            twin = bytes;
            ck_assert(lede_unpack(&twin, n, width, out));
            ck_assert_uint_eq(twin.len, 0);
            ck_assert_mem_eq(out, in, n * sizeof *in);
            ck_assert_mem_eq(plain, in, n * sizeof *in);
            exact_free(bytes);
        }
}
END_TEST

/* In both of the twins, and nothing is moved. */
START_TEST(slack_of_packed_values_is_zero)
{
    for (uint32_t width = 1; width <= 32; width++)
        for (uint32_t n = 1; n < LEDE_PACK_MAX; n++) {
            uint32_t used = n * width % 8, out[LEDE_PACK_MAX];
            size_t len = lede_pack_bytes(n, width), wrong = 0;
            uint8_t raw[4 * LEDE_PACK_MAX] = { 0 };

            for (uint32_t bit = used; used > 0 && bit < 8; bit++) {
                lede_bytes plain = lede_bytes_of(raw, len), at = plain;

                raw[len - 1] = (uint8_t)(1U << bit);
                wrong += lede_unpack_plain(&plain, n, width, out) ||
                         lede_unpack(&at, n, width, out) || at.at != raw ||
                         at.len != len || plain.at != raw || plain.len != len;
            }
            ck_assert_msg(wrong == 0, "%u values of %u bits", n, width);
        }
}
END_TEST

START_TEST(blocks_give_back_what_was_written)
{
    chance random;

    random = chance_from("blocks", 1);
    for (int round = 0; round < 5000; round++) {
        uint32_t n = 1 + (uint32_t)chance_below(&random, LEDE_BLOCK_MAX);
        uint32_t in[LEDE_BLOCK_MAX], out[LEDE_BLOCK_MAX];
        uint8_t raw[LEDE_BLOCK_BYTES_MAX];
        lede_bytes bytes, at;
        size_t len;

        draw(&random, in, n);
        len = round % 2 ? lede_block_write(raw, in, n)
                        : lede_block_write_uneven(raw, in, n);
        ck_assert_uint_le(len, LEDE_BLOCK_BYTES_MAX);
        at = bytes = exact_bytes(raw, len);
        ck_assert_msg(lede_block_take(&at, n, out), "round %d", round);
        ck_assert_uint_eq(at.len, 0);
        ck_assert_mem_eq(out, in, n * sizeof *in);
        at = bytes;
        ck_assert(lede_block_skip(&at, n));
        ck_assert_uint_eq(at.len, 0);
        exact_free(bytes);
    }
}
END_TEST

START_TEST(rising_numbers_are_base_and_gaps)
{
    chance random;

    random = chance_from("rising", 1);
    for (int round = 0; round < 5000; round++) {
        uint32_t n = 1 + (uint32_t)chance_below(&random, LEDE_BLOCK_MAX);
        uint32_t in[LEDE_BLOCK_MAX], out[LEDE_BLOCK_MAX];
        uint8_t raw[LEDE_BLOCK_BYTES_MAX];
        uint64_t base =
            chance_next(&random) >> (32 + chance_below(&random, 32));
        uint64_t sum = base, expected[LEDE_BLOCK_MAX];
        lede_bytes bytes, at;

        draw(&random, in, n);
        for (uint32_t i = 0; i < n; i++) {
            sum += in[i];
            expected[i] = sum + i;
        }
        at = bytes = exact_bytes(raw, lede_block_write(raw, in, n));
        if (expected[n - 1] >= UINT32_MAX) {
            ck_assert(!lede_block_take_rising(&at, n, base, out));
            ck_assert_ptr_eq(at.at, bytes.at);
        } else {
            ck_assert(lede_block_take_rising(&at, n, base, out));
            ck_assert_uint_eq(at.len, 0);
            for (uint32_t i = 0; i < n; i++)
                if (out[i] != expected[i])
                    ck_abort_msg("round %d, number %u", round, i);
        }
        exact_free(bytes);
    }
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    chance random;

    random = chance_from("truncations", 1);
    for (int round = 0; round < 100; round++) {
        uint32_t n = 1 + (uint32_t)chance_below(&random, LEDE_BLOCK_MAX);
        uint32_t in[LEDE_BLOCK_MAX], out[LEDE_BLOCK_MAX];
        uint8_t raw[LEDE_BLOCK_BYTES_MAX];
        size_t len;

        draw(&random, in, n);
        len = round % 2 ? lede_block_write(raw, in, n)
                        : lede_block_write_uneven(raw, in, n);
        for (size_t cut = 0; cut < len; cut++) {
            lede_bytes bytes = exact_bytes(raw, cut), at = bytes;

            ck_assert(!lede_block_take(&at, n, out));
            ck_assert_uint_eq(at.len, cut);
            ck_assert(!lede_block_take_rising(&at, n, 0, out));
            ck_assert(!lede_block_skip(&at, n));
            exact_free(bytes);
        }
    }
}
END_TEST

START_TEST(flipped_bits_never_pass_the_end)
{
    chance random;

    random = chance_from("flips", 1);
    for (int round = 0; round < 30; round++) {
        uint32_t n = 1 + (uint32_t)chance_below(&random, LEDE_BLOCK_MAX);
        uint32_t in[LEDE_BLOCK_MAX], out[LEDE_BLOCK_MAX];
        uint8_t raw[LEDE_BLOCK_BYTES_MAX];
        size_t len;

        draw(&random, in, n);
        len = round % 2 ? lede_block_write(raw, in, n)
                        : lede_block_write_uneven(raw, in, n);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            lede_bytes bytes, at;

            raw[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            at = bytes = exact_bytes(raw, len);
            if (lede_block_take(&at, n, out)) {
                ck_assert_uint_le(at.len, len);
                ck_assert_ptr_eq(at.at + at.len, bytes.at + len);
            }
            at = bytes;
            if (lede_block_take_rising(&at, n, 0, out))
                for (uint32_t i = 1; i < n; i++)
                    if (out[i - 1] >= out[i])
                        ck_abort_msg("round %d, bit %zu", round, bit);
            raw[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            exact_free(bytes);
        }
    }
}
END_TEST

static const struct {
    const char *lie;
    uint8_t bytes[40];
    size_t len;
    uint32_t n;
} lies[] = {
    { "no such shape", { 107, 0x01, 0x03 }, 3, 2 },
    { "a level of more than 32 bits", { 66, 0, 0, 0, 0, 0x02 }, 6, 1 },
    { "one of 35 in a word of bits", { 81, 0, 0, 0x10, 0, 0, 0, 0 }, 8, 1 },
    { "no end of a level", { 66, 0 }, 2, 1 },
    { "bits behind the last level", { 66, 0x03 }, 2, 1 },
    { "a sparse block of zeros", { 82, 0, 0x00 }, 3, 2 },
    { "a sparse block without zeros", { 82, 2, 0x0F }, 3, 2 },
    { "a place beyond the block", { 82, 1, 0x0C }, 3, 2 },
    { "a sparse value of more than 32 bits",
      { 106, 1, 0, 0, 0, 0x01, [37] = 0x02 },
      38,
      2 },
    { "no values at all", { 32 }, 1, 0 },
    { "more values than a block holds", { 32 }, 1, LEDE_BLOCK_MAX + 1 },
    { "too few unary ends", { 0, 0x01 }, 2, 2 },
    { "a bit after the last unary end", { 0, 0x05 }, 2, 1 },
    { "slack behind packed values", { 33, 0x05 }, 2, 2 },
    { "slack behind low bits", { 1, 0x02, 0x01 }, 3, 1 },
    { "a run of more than 32 bits",
      { 65, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F },
      6,
      1 },
    { "a high part of more than 32 bits",
      { 31, 0x00, 0x00, 0x00, 0x00, 0x04 },
      6,
      1 },
};

START_TEST(every_lie_is_refused)
{
    uint32_t out[LEDE_BLOCK_MAX];
    lede_bytes bytes = exact_bytes(lies[_i].bytes, lies[_i].len), at = bytes;

    ck_assert_msg(!lede_block_take(&at, lies[_i].n, out), "%s", lies[_i].lie);
    ck_assert_uint_eq(at.len, lies[_i].len);
    exact_free(bytes);
}
END_TEST

/* A block that is longer than any: as values it would be shorter. */
START_TEST(unary_numbers_are_no_longer_than_the_longest_block)
{
    for (size_t len = LEDE_BLOCK_BYTES_MAX; len < 10000; len++) {
        static uint8_t bytes[1 + 10000];
        lede_bytes in = lede_bytes_of(bytes, 1 + len);
        uint32_t value[LEDE_BLOCK_MAX];
        bool taken;

        bytes[len] = 0x80;
        taken = lede_block_take(&in, 1, value);
        bytes[len] = 0;
        if (taken != (len == LEDE_BLOCK_BYTES_MAX))
            ck_abort_msg("%zu bytes", len);
    }
}
END_TEST

/* The format, by example. */
START_TEST(shapes_are_written_as_documented)
{
    static const struct {
        uint32_t values[8];
        uint32_t n;
        uint8_t bytes[8];
        size_t len;
    } cases[] = {
        { { 0 }, 1, { 32 }, 1 },
        { { 0, 0, 0, 0, 0, 0, 0, 0 }, 8, { 32 }, 1 },
        { { 300, 300, 300, 300 }, 4, { 65, 0xAC, 0x02 }, 3 },
        { { 1, 0, 1, 1, 0, 0, 0, 0 }, 8, { 33, 0x0D }, 2 },
        /* k = 0: two zeros, one; one; one ... */
        { { 2, 0, 0, 0, 0, 0 }, 6, { 0, 0xFC }, 2 },
        /* k = 2, l = 7: low bits of gap 5 and of 300 - 1; 01 001 */
        { { 0, 0, 0, 0, 0, 300, 0, 0 }, 8, { 89, 1, 0xAD, 0, 0x12 }, 5 },
    };
    uint8_t raw[LEDE_BLOCK_BYTES_MAX];

    ck_assert_uint_eq(lede_block_write(raw, cases[_i].values, cases[_i].n),
                      cases[_i].len);
    ck_assert_mem_eq(raw, cases[_i].bytes, cases[_i].len);
}
END_TEST

/* ---- Kinds of instructions ---- */

/* How a reader took a block, as values or rising. */
typedef struct taken {
    bool sound;
    size_t left;
    uint32_t values[LEDE_BLOCK_MAX];
} taken;

static taken take_by(lede_simd simd, lede_bytes bytes, uint32_t n, bool rising,
                     uint64_t base)
{
    const lede_block_kernels *with = lede_block_kernels_of(simd);
    taken t = { 0 };

    t.sound = rising
                  ? lede_block_take_rising_with(with, &bytes, n, base, t.values)
                  : lede_block_take_with(with, &bytes, n, t.values);
    t.left = bytes.len;
    return t;
}

/* Whether every kind takes a block as plain C does. */
static bool all_agree(lede_bytes bytes, uint32_t n, uint64_t base)
{
    for (int simd = 1; simd < LEDE_SIMD_COUNT; simd++) {
        if (!lede_cpu_has((lede_simd)simd))
            continue;
        for (int rising = 0; rising < 2; rising++) {
            taken plain = take_by(LEDE_SIMD_NONE, bytes, n, rising, base);
            taken other = take_by((lede_simd)simd, bytes, n, rising, base);

            if (plain.sound != other.sound || plain.left != other.left ||
                (plain.sound && memcmp(plain.values, other.values,
                                       n * sizeof *plain.values) != 0))
                return false;
        }
    }
    return true;
}

/* Of blocks that were written, and of the same with bits flipped, cut off, and
 * with bytes of others behind them. */
START_TEST(every_kind_of_instructions_reads_the_same)
{
    chance random;

    random = chance_from("kinds", 1);
    for (int round = 0; round < 8000; round++) {
        uint32_t n =
            round % 3 ? 1 + (uint32_t)round % LEDE_BLOCK_MAX : LEDE_BLOCK_MAX;
        uint32_t in[LEDE_BLOCK_MAX];
        uint8_t raw[LEDE_BLOCK_BYTES_MAX + 40];
        uint64_t base =
            chance_next(&random) >> (32 + chance_below(&random, 32));
        uint32_t len, behind = (uint32_t)chance_below(&random, 41);
        lede_bytes bytes;

        draw(&random, in, n);
        len = (uint32_t)(round % 2 ? lede_block_write(raw, in, n)
                                   : lede_block_write_uneven(raw, in, n));
        for (uint32_t i = 0; i < behind; i++)
            raw[len + i] = (uint8_t)chance_next(&random);
        for (uint32_t flips = 0; flips < 3; flips++) {
            uint32_t cut =
                flips == 2 ? (uint32_t)chance_below(&random, len + 1) : 0;

            bytes = exact_bytes(raw, len + behind - cut);
            if (!all_agree(bytes, n, base))
                ck_abort_msg("round %d, %u flips", round, flips);
            exact_free(bytes);
            raw[chance_below(&random, len)] ^=
                (uint8_t)(1U << chance_below(&random, 8));
        }
    }
}
END_TEST

/* Whatever bytes they are, of all shapes and counts. */
START_TEST(every_kind_of_instructions_refuses_the_same)
{
    chance random;

    random = chance_from("noise", 1);
    for (uint32_t shape = 0; shape < 108; shape++)
        for (uint32_t n = 0; n <= LEDE_BLOCK_MAX + 1; n++) {
            uint8_t raw[LEDE_BLOCK_BYTES_MAX + 200];
            /* Few ones make high parts, many make an end. */
            uint32_t dense = (uint32_t)chance_below(&random, 3);
            uint32_t len = 1 + (uint32_t)chance_below(&random, sizeof raw);
            lede_bytes bytes;

            for (uint32_t i = 0; i < len; i++) {
                uint64_t bits = chance_next(&random);

                raw[i] = (uint8_t)(dense == 0   ? bits & bits >> 8 & bits >> 16
                                   : dense == 1 ? bits
                                                : bits | bits >> 8);
            }
            raw[0] = (uint8_t)shape;
            if (shape >= 82 && len > 1)
                raw[1] = (uint8_t)chance_below(&random, n + 2);
            bytes = exact_bytes(raw, len);
            if (!all_agree(bytes, n, chance_next(&random) >> 30))
                ck_abort_msg("shape %u, %u values", shape, n);
            exact_free(bytes);
        }
}
END_TEST

/* All widths and counts; a bit set in the slack; and nothing behind that could
 * be read. */
START_TEST(every_kind_of_instructions_unpacks_the_same)
{
    chance random;

    random = chance_from("unpacking", 1);
    for (uint32_t width = 0; width <= 32; width++)
        for (uint32_t n = 1; n <= LEDE_BLOCK_MAX; n++) {
            size_t len = lede_pack_bytes(n, width), wrong = 0;
            uint8_t raw[4 * LEDE_BLOCK_MAX];

            for (size_t i = 0; i < len; i++)
                raw[i] = (uint8_t)chance_next(&random);
            if (n % 2 && n * width % 8 > 0)
                raw[len - 1] &= (uint8_t)((1U << n * width % 8) - 1);
            for (int simd = 0; simd < LEDE_SIMD_COUNT; simd++) {
                const lede_block_kernels *with =
                    lede_block_kernels_of((lede_simd)simd);
                uint32_t plain[LEDE_BLOCK_MAX], other[LEDE_BLOCK_MAX];
                lede_bytes bytes = exact_bytes(raw, len), at = bytes;
                lede_bytes twin = bytes;
                bool sound = lede_unpack_plain(&at, n, width, plain);

                wrong +=
                    with->unpack(&twin, n, width, other) != sound ||
                    twin.at != at.at || twin.len != at.len ||
                    (sound && memcmp(plain, other, n * sizeof *plain) != 0);
                exact_free(bytes);
            }
            ck_assert_msg(wrong == 0, "%u values of %u bits", n, width);
        }
}
END_TEST

/* The greatest number becomes 0; what lies behind stays. */
START_TEST(every_kind_of_instructions_raises_the_same)
{
    chance random;

    random = chance_from("raising", 1);
    for (int simd = 0; simd < LEDE_SIMD_COUNT; simd++)
        for (uint32_t n = 1; n <= LEDE_BLOCK_MAX; n++) {
            uint32_t values[LEDE_BLOCK_MAX + 1], before[LEDE_BLOCK_MAX + 1];
            uint32_t any = 0, wrong = 0;

            draw(&random, values, n);
            values[chance_below(&random, n)] = UINT32_MAX >> n % 9;
            values[n] = UINT32_MAX;
            memcpy(before, values, sizeof before);
            for (uint32_t i = 0; i < n; i++)
                any |= values[i];
            wrong +=
                lede_block_kernels_of((lede_simd)simd)->raise(values, n) != any;
            for (uint32_t i = 0; i < n; i++)
                wrong += values[i] != before[i] + 1;
            wrong += values[n] != UINT32_MAX;
            ck_assert_msg(wrong == 0, "%u values", n);
        }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, every_kind_of_instructions_raises_the_same);
    tcase_add_test(tcase, every_kind_of_instructions_reads_the_same);
    tcase_add_test(tcase, every_kind_of_instructions_refuses_the_same);
    tcase_add_test(tcase, every_kind_of_instructions_unpacks_the_same);
    tcase_add_test(tcase, packing_gives_back_every_width_and_count);
    tcase_add_test(tcase, slack_of_packed_values_is_zero);
    tcase_add_test(tcase, blocks_give_back_what_was_written);
    tcase_add_test(tcase, rising_numbers_are_base_and_gaps);
    tcase_add_test(tcase, unary_numbers_are_no_longer_than_the_longest_block);
    tcase_add_test(tcase, every_truncation_is_refused);
    tcase_add_test(tcase, flipped_bits_never_pass_the_end);
    tcase_add_loop_test(tcase, every_lie_is_refused, 0,
                        sizeof lies / sizeof *lies);
    tcase_add_loop_test(tcase, shapes_are_written_as_documented, 0, 6);
}

int main(void)
{
    return test_suite_run("block", add_tests);
}
