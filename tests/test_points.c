#include "native/codec/points.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define GROUPS 60U
#define EACH   200U

typedef struct group {
    uint32_t range;
    uint32_t n;
    uint32_t points[EACH];
} group;

static group groups[GROUPS];
static uint32_t group_count;

/* Rising, below the range; now and then all on one side. */
static void draw_group(chance *c, group *g)
{
    uint32_t width = 1 + chance_below(c, 32), base = 0;
    uint64_t room;

    g->range = (uint32_t)(chance_next(c) >> (64 - width)) | 1;
    g->n = 1 + chance_below(c, chance_one_in(c, 2) ? 1 : EACH);
    g->n = g->n < g->range ? g->n : g->range;
    room = g->range - g->n;
    for (uint32_t i = 0; i < g->n; i++) {
        uint64_t most = chance_one_in(c, 4) ? room : room / (g->n - i);
        uint32_t gap = (uint32_t)(chance_next(c) % (most + 1));

        g->points[i] = base + gap;
        base += gap + 1;
        room -= gap;
    }
}

static lede_bytes write_groups(chance *c, uint32_t most)
{
    lede_points_writer writer;
    lede_buffer out;
    lede_bytes bytes;

    group_count = chance_below(c, most + 1);
    lede_buffer_init(&out, NULL);
    lede_points_writer_init(&writer, NULL);
    for (uint32_t i = 0; i < group_count; i++) {
        draw_group(c, &groups[i]);
        lede_points_put(&writer, groups[i].range, groups[i].points,
                        groups[i].n);
    }
    ck_assert_int_eq(lede_points_end(&writer, &out), LEDE_OK);
    bytes = exact_bytes(out.at, out.len);
    lede_points_writer_fini(&writer);
    lede_buffer_fini(&out);
    return bytes;
}

/* Passes groups from one on together; returns how many. */
static uint32_t pass_some(lede_points *in, chance *c, uint32_t from)
{
    uint32_t ranges[GROUPS], sizes[GROUPS];
    uint32_t n = 1 + chance_below(c, group_count - from);

    for (uint32_t i = 0; i < n; i++) {
        ranges[i] = groups[from + i].range;
        sizes[i] = groups[from + i].n;
    }
    lede_points_pass_all(in, ranges, sizes, n);
    return n;
}

START_TEST(groups_are_read_and_passed_in_any_mix)
{
    chance c = chance_from("points", 1);
    uint32_t out[EACH];

    for (int round = 0; round < 2000; round++) {
        lede_bytes bytes = write_groups(&c, GROUPS);
        lede_points in;
        bool same = true;

        for (int reads = 0; reads < 4; reads++) {
            lede_points_open(&in, bytes);
            for (uint32_t i = 0; i < group_count; i++) {
                const group *g = &groups[i];

                if (reads > 1 && chance_one_in(&c, 4)) {
                    i += pass_some(&in, &c, i) - 1;
                    continue;
                }
                if (reads > 0 && chance_one_in(&c, 2)) {
                    lede_points_pass(&in, g->range, g->n);
                    continue;
                }
                same = same && lede_points_take(&in, g->range, g->n, out) &&
                       memcmp(out, g->points, g->n * sizeof *out) == 0;
            }
            ck_assert(same);
            ck_assert(lede_points_done(&in));
        }
        exact_free(bytes);
    }
}
END_TEST

static const struct {
    uint32_t range;
    uint32_t n;
    uint32_t points[2];
    uint8_t bytes[1];
    size_t len;
} examples[] = {
    { 1, 1, { 0 }, { 0 }, 0 },       /* nothing to tell */
    { 8, 1, { 5 }, { 0x06 }, 1 },    /* 10 1 */
    { 5, 1, { 2 }, { 0x02 }, 1 },    /* 0 to 2 in two, */
    { 5, 1, { 3 }, { 0x03 }, 1 },    /* 3 and 4 in three: 11 0 */
    { 5, 1, { 4 }, { 0x07 }, 1 },    /* 11 1 */
    { 2, 2, { 0, 1 }, { 0xC0 }, 1 }, /* k = 0: two ones on top */
    /* k = floor(log2(19 / 3)) = 2, gaps 3 and 5: low bits 11 and 01 in front,
     * ends 1 and 01 from the top: one byte holds both */
    { 20, 2, { 3, 9 }, { 0x07 | 0xA0 }, 1 },
};

START_TEST(groups_are_written_as_the_grammar_says)
{
    lede_points_writer writer;
    lede_buffer out;
    size_t len = examples[_i].len;

    lede_buffer_init(&out, NULL);
    lede_points_writer_init(&writer, NULL);
    lede_points_put(&writer, examples[_i].range, examples[_i].points,
                    examples[_i].n);
    ck_assert_int_eq(lede_points_end(&writer, &out), LEDE_OK);
    ck_assert_uint_eq(out.len, len);
    if (len)
        ck_assert_mem_eq(out.at, examples[_i].bytes, len);
    lede_points_writer_fini(&writer);
    lede_buffer_fini(&out);
}
END_TEST

static bool read_all(lede_bytes bytes)
{
    uint32_t out[EACH];
    lede_points in;

    lede_points_open(&in, bytes);
    for (uint32_t i = 0; i < group_count; i++) {
        if (!lede_points_take(&in, groups[i].range, groups[i].n, out))
            return false;
        for (uint32_t p = 0; p < groups[i].n; p++)
            if (out[p] >= groups[i].range || (p > 0 && out[p] <= out[p - 1]))
                ck_abort_msg("a point outside its range");
    }
    return lede_points_done(&in);
}

START_TEST(whatever_bits_flip_points_rise_below_their_range)
{
    chance c = chance_from("points", 2);

    for (int round = 0; round < 200; round++) {
        lede_bytes bytes = write_groups(&c, 8);
        uint8_t *at = (uint8_t *)(uintptr_t)bytes.at;

        for (size_t bit = 0; bit < 8 * bytes.len && bit < 4000; bit++) {
            at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            (void)read_all(bytes);
            at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
        ck_assert(read_all(bytes));
        exact_free(bytes);
    }
}
END_TEST

/* Points carry nothing to check them by but their range: some are read, as
 * others than they were. */
START_TEST(truncated_points_never_pass_their_bytes)
{
    chance c = chance_from("points", 3);

    for (int round = 0; round < 200; round++) {
        lede_bytes bytes = write_groups(&c, 8), other;
        uint32_t read = 0, cuts = 0;

        for (size_t cut = 1; cut <= bytes.len; cut++) {
            other = exact_bytes(bytes.at + cut, bytes.len - cut);
            read += read_all(other);
            exact_free(other);
            other = exact_bytes(bytes.at, bytes.len - cut);
            read += read_all(other);
            exact_free(other);
            cuts += 2;
        }
        ck_assert_uint_le(read, cuts / 8 + 1);
        exact_free(bytes);
    }
}
END_TEST

static const struct {
    const char *lie;
    uint32_t range;
    uint32_t n;
    uint8_t bytes[12];
    size_t len;
} lies[] = {
    { "no points", 5, 0, { 0 }, 0 },
    { "more points than the range has", 1, 2, { 0xC0 }, 1 },
    { "a range of nothing", 0, 1, { 0 }, 0 },
    { "ones in the slack", 8, 1, { 0x0D }, 1 },
    { "a byte of slack", 8, 1, { 0x05, 0 }, 2 },
    { "a point beyond the range", 5, 2, { 0x11 }, 1 },
    { "no end of a number", 5, 2, { 0x80 }, 1 },
    { "bits that both ends claim", 20, 2, { 0x40 }, 1 },
    { "a great many points of few bytes", UINT32_MAX, UINT32_MAX, { 0xFF }, 1 },
};

START_TEST(every_lie_about_points_is_refused)
{
    lede_bytes bytes = exact_bytes(lies[_i].bytes, lies[_i].len);
    static uint32_t out[64];
    lede_points in;

    lede_points_open(&in, bytes);
    ck_assert_msg(!lede_points_take(&in, lies[_i].range, lies[_i].n, out) ||
                      !lede_points_done(&in),
                  "%s", lies[_i].lie);
    exact_free(bytes);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, groups_are_read_and_passed_in_any_mix);
    tcase_add_loop_test(tcase, groups_are_written_as_the_grammar_says, 0,
                        sizeof examples / sizeof *examples);
    tcase_add_test(tcase, whatever_bits_flip_points_rise_below_their_range);
    tcase_add_test(tcase, truncated_points_never_pass_their_bytes);
    tcase_add_loop_test(tcase, every_lie_about_points_is_refused, 0,
                        sizeof lies / sizeof *lies);
}

int main(void)
{
    return test_suite_run("points", add_tests);
}
