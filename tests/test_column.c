#include "native/codec/column.h"

#include <math.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define COUNT_MAX 1600U

static uint32_t draw_column(chance *c, uint64_t *values)
{
    uint32_t count = chance_below(c, chance_one_in(c, 3) ? COUNT_MAX : 40);
    uint32_t width = chance_below(c, 65);
    uint64_t base = chance_next(c) >> chance_below(c, 64);

    for (uint32_t i = 0; i < count; i++)
        values[i] = base + (width ? chance_next(c) >> (64 - width) : 0);
    if (chance_one_in(c, 3)) { /* each a step from the one before */
        base >>= chance_below(c, 40);
        for (uint32_t i = 0; i < count; i++)
            values[i] = base += values[i] >> chance_below(c, 60);
    }
    return count;
}

/* Whether some of the values come back together. */
static bool gathers(const lede_column *column, chance *c, const uint64_t *in)
{
    static uint32_t places[COUNT_MAX], out[COUNT_MAX];
    uint32_t n = 0, one_in = 1 + chance_below(c, 200);
    bool same = true;

    for (uint32_t i = 0; i < column->count; i++)
        if (chance_one_in(c, one_in))
            places[n++] = i;
    lede_column_gather(column, places, n, out);
    for (uint32_t i = 0; i < n; i++)
        same = same &&
               out[i] == (in[places[i]] < UINT32_MAX ? (uint32_t)in[places[i]]
                                                     : UINT32_MAX);
    return same;
}

START_TEST(columns_give_back_every_value)
{
    chance c = chance_from("column", 1);
    static uint64_t in[COUNT_MAX], out[COUNT_MAX];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 300; round++) {
        uint32_t count = draw_column(&c, in);
        lede_column column;
        lede_bytes bytes;

        lede_buffer_clear(&buffer);
        lede_column_write(&buffer, in, count);
        ck_assert_uint_le(lede_column_least(count), buffer.len);
        bytes = exact_bytes(buffer.at, buffer.len);
        ck_assert(lede_column_open(&column, bytes, count));
        for (uint32_t i = 0; i < count; i++) {
            uint64_t min, max;

            ck_assert_uint_eq(lede_column_at(&column, i), in[i]);
            lede_column_bounds(&column, i, &min, &max);
            ck_assert(min <= in[i] && in[i] <= max);
        }
        if (count) {
            uint32_t from = chance_below(&c, count);

            lede_column_read(&column, from, count - from, out);
            ck_assert_mem_eq(out, in + from, (count - from) * sizeof *in);
            ck_assert(gathers(&column, &c, in));
        }
        ck_assert(!lede_column_open(&column, bytes, count + 1));
        exact_free(bytes);
    }
    lede_buffer_fini(&buffer);
}
END_TEST

START_TEST(damaged_columns_are_refused_or_read_within_their_bytes)
{
    chance c = chance_from("column", 2);
    static uint64_t in[COUNT_MAX];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 20; round++) {
        uint32_t count = draw_column(&c, in) % 60;
        lede_column column;

        lede_buffer_clear(&buffer);
        lede_column_write(&buffer, in, count);
        for (size_t cut = 0; cut < buffer.len; cut++) {
            lede_bytes bytes = exact_bytes(buffer.at, cut);

            if (lede_column_open(&column, bytes, count))
                ck_abort_msg("cut to %zu of %zu", cut, buffer.len);
            exact_free(bytes);
        }
        for (size_t bit = 0; bit < 8 * buffer.len; bit++) {
            lede_bytes bytes;

            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            bytes = exact_bytes(buffer.at, buffer.len);
            if (lede_column_open(&column, bytes, count))
                for (uint32_t i = 0; i < count; i++) {
                    uint64_t min, max, value = lede_column_at(&column, i);

                    lede_column_bounds(&column, i, &min, &max);
                    ck_assert(min <= value && value <= max);
                }
            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            exact_free(bytes);
        }
    }
    lede_buffer_fini(&buffer);
}
END_TEST

/* Numbers that a block says it does not have: its greatest is read, by every
 * way to read it, where eight bytes are read for each and where not. */
START_TEST(a_value_above_the_greatest_is_the_greatest)
{
    static uint64_t in[COUNT_MAX], out[COUNT_MAX];
    static uint32_t places[COUNT_MAX], gathered[COUNT_MAX];
    bool steady = _i != 0;
    uint32_t wrong = 0;
    lede_buffer buffer;
    lede_column column;
    size_t blocks;

    lede_buffer_init(&buffer, NULL);
    for (uint32_t i = 0; i < COUNT_MAX; i++) {
        in[i] = 1000 + (steady ? i * 10 : 0) + i * 3 % 5;
        places[i] = i;
    }
    lede_column_write(&buffer, in, COUNT_MAX);
    blocks = buffer.len - ((size_t)lede_column_least(COUNT_MAX) - 4);
    memset(buffer.at + 4, 0xFF, blocks - 4);
    ck_assert(lede_column_open(&column, lede_buffer_bytes(&buffer), COUNT_MAX));
    lede_column_read(&column, 0, COUNT_MAX, out);
    lede_column_gather(&column, places, COUNT_MAX, gathered);
    for (uint32_t i = 0; i < COUNT_MAX; i++) {
        uint64_t min, max, value = lede_column_at(&column, i);

        lede_column_bounds(&column, i, &min, &max);
        wrong += value > max || (!steady && value != max) || out[i] != value ||
                 gathered[i] != value;
    }
    ck_assert_uint_eq(wrong, 0);
    lede_buffer_fini(&buffer);
}
END_TEST

/* Bytes that no block has, in whole words, so that the entries stay aligned. */
START_TEST(slack_between_blocks_and_entries_is_refused)
{
    static const uint64_t in[] = { 5, 3, 900 };
    lede_buffer buffer, longer;
    lede_column column;
    size_t entries;

    lede_buffer_init(&buffer, NULL);
    lede_buffer_init(&longer, NULL);
    lede_column_write(&buffer, in, 3);
    ck_assert(lede_column_open(&column, lede_buffer_bytes(&buffer), 3));
    entries = (size_t)lede_column_least(3) - 4; /* bytes of one */
    lede_put(&longer, buffer.at, buffer.len - entries);
    lede_put_u64(&longer, 0);
    lede_put(&longer, buffer.at + buffer.len - entries, entries);
    ck_assert(!lede_column_open(&column, lede_buffer_bytes(&longer), 3));
    lede_buffer_fini(&buffer);
    lede_buffer_fini(&longer);
}
END_TEST

/* What rises by equal steps takes no bits but its entries'. */
START_TEST(steady_columns_take_no_room)
{
    static const uint64_t steps[] = { 0, 1, 3, 1000, 16000000 };
    static uint64_t in[COUNT_MAX];
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (uint32_t i = 0; i < COUNT_MAX; i++)
        in[i] = 77 + i * steps[_i];
    lede_column_write(&buffer, in, COUNT_MAX);
    ck_assert_uint_le(buffer.len, lede_column_least(COUNT_MAX) + 4);
    lede_buffer_fini(&buffer);
}
END_TEST

START_TEST(order_of_numbers_is_order_of_values)
{
    static const int64_t ints[] = { INT64_MIN, -2, -1, 0, 1, INT64_MAX };
    static const double reals[] = { -HUGE_VAL, -1e300, -1,    -1e-310, 0,
                                    1e-310,    1,      1e300, HUGE_VAL };

    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        ck_assert_int_eq(lede_column_to_int(lede_column_from_int(ints[i])),
                         ints[i]);
        if (i > 0)
            ck_assert_uint_lt(lede_column_from_int(ints[i - 1]),
                              lede_column_from_int(ints[i]));
    }
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        double back = lede_column_to_double(lede_column_from_double(reals[i]));

        ck_assert(back >= reals[i] && back <= reals[i]);
        if (i > 0)
            ck_assert_uint_lt(lede_column_from_double(reals[i - 1]),
                              lede_column_from_double(reals[i]));
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, columns_give_back_every_value);
    tcase_add_test(tcase,
                   damaged_columns_are_refused_or_read_within_their_bytes);
    tcase_add_loop_test(tcase, a_value_above_the_greatest_is_the_greatest, 0,
                        2);
    tcase_add_test(tcase, slack_between_blocks_and_entries_is_refused);
    tcase_add_loop_test(tcase, steady_columns_take_no_room, 0, 5);
    tcase_add_test(tcase, order_of_numbers_is_order_of_values);
}

int main(void)
{
    return test_suite_run("column", add_tests);
}
