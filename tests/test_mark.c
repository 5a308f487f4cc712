/* Marks of drawn lists are reached by as many documents as they say, and no
 * other that could be told promises more. */
#include "native/codec/mark.h"

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define DOCS_MAX 2000U
#define BLOCK    128U

static const uint32_t documents_of[LEDE_MARKS] = { 11, 101 };

static uint32_t count, average;
static uint32_t frequencies[DOCS_MAX], lengths[DOCS_MAX];

/* Mostly like words in articles; some like nothing. */
static void draw(chance *c)
{
    uint32_t most = chance_one_in(c, 3) ? 5000 : 1 + chance_below(c, 12);
    uint32_t range = chance_one_in(c, 3) ? 40 : 1 + chance_below(c, 3000);
    bool wild = chance_one_in(c, 8);

    count = BLOCK + 1 + chance_below(c, DOCS_MAX - BLOCK);
    average = chance_one_in(c, 10) ? 0 : range / 2;
    for (uint32_t i = 0; i < count; i++) {
        frequencies[i] = 1 + chance_below(c, 1 + chance_below(c, most));
        lengths[i] = chance_below(c, range);
        if (wild && chance_one_in(c, 5)) {
            frequencies[i] = (uint32_t)(chance_next(c) >> 32) | 1;
            lengths[i] = (uint32_t)(chance_next(c) >> 32);
        }
    }
}

/* In blocks, of which those are left out that are not wanted. */
static void mark_all(lede_marker *marker, lede_mark *marks)
{
    lede_marker_begin(marker, average);
    for (uint32_t at = 0; at < count; at += BLOCK) {
        uint32_t end = at + BLOCK < count ? at + BLOCK : count;
        lede_hull hull = { 0 };
        lede_corners corners;

        for (uint32_t i = at; i < end; i++)
            lede_hull_add(&hull, frequencies[i], lengths[i]);
        lede_hull_end(&hull, &corners);
        for (uint32_t i = at; i < end && lede_marker_wants(marker, &corners);
             i++)
            lede_marker_add(marker, frequencies[i], lengths[i]);
    }
    lede_marker_end(marker, marks);
}

static uint32_t count_reached(const lede_mark *mark)
{
    uint32_t reached = 0;

    for (uint32_t i = 0; i < count; i++)
        reached += lede_mark_has(mark, frequencies[i], lengths[i]);
    return reached;
}

static lede_marker marker;

START_TEST(as_many_documents_as_a_mark_says_reach_it)
{
    chance c = chance_from("mark", 1);
    bool reached = true;

    for (uint32_t round = 0; round < 2000 && reached; round++) {
        lede_mark marks[LEDE_MARKS];

        draw(&c);
        mark_all(&marker, marks);
        for (uint32_t i = 0; i < LEDE_MARKS && reached; i++)
            reached = marks[i].documents == documents_of[i] &&
                      count_reached(&marks[i]) >= documents_of[i];
    }
    ck_assert(reached);
}
END_TEST

static double score(double frequency, double length)
{
    return frequency / (average + 3 * length);
}

/* The best score that so many of the documents reach, each with a frequency and
 * a length that one of them has. */
static double best_score(uint32_t documents)
{
    double best = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < count; j++) {
            uint32_t reached = 0;

            if (score(frequencies[i], lengths[j]) <= best)
                continue;
            for (uint32_t k = 0; k < count; k++)
                reached += frequencies[k] >= frequencies[i] &&
                           lengths[k] <= lengths[j];
            if (reached >= documents)
                best = score(frequencies[i], lengths[j]);
        }
    return best;
}

/* A step is a fourth of a frequency at most, a floor an eleventh of a length,
 * but for the shortest. */
START_TEST(the_first_mark_is_near_the_best)
{
    chance c = chance_from("mark", 2);
    bool near = true;

    for (uint32_t round = 0; round < 40 && near; round++) {
        lede_mark marks[LEDE_MARKS];

        count = BLOCK + 1 + chance_below(&c, 400);
        average = 100;
        for (uint32_t i = 0; i < count; i++) {
            frequencies[i] = 1 + chance_below(&c, 1 + chance_below(&c, 30));
            lengths[i] = 20 + chance_below(&c, 300);
        }
        mark_all(&marker, marks);
        near = score(marks[0].frequency, (double)lede_mark_length(&marks[0])) >=
               0.7 * best_score(11);
    }
    ck_assert(near);
}
END_TEST

START_TEST(marks_are_read_as_they_were_written)
{
    static const lede_mark kept[LEDE_MARKS] = { { 11, 300, 77 },
                                                { 101, 1, 255 } };
    static const uint8_t bytes[] = { 0xAB, 0x02, 77, 0, 255 };
    lede_mark marks[LEDE_MARKS];
    lede_buffer out;
    lede_bytes in;

    lede_buffer_init(&out, NULL);
    lede_marks_put(&out, kept);
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_uint_eq(out.len, sizeof bytes);
    ck_assert_mem_eq(out.at, bytes, sizeof bytes);
    in = lede_bytes_of(out.at, out.len);
    ck_assert(lede_marks_take(&in, marks));
    ck_assert_uint_eq(in.len, 0);
    for (uint32_t i = 0; i < LEDE_MARKS; i++) {
        ck_assert_uint_eq(marks[i].documents, kept[i].documents);
        ck_assert_uint_eq(marks[i].frequency, kept[i].frequency);
        ck_assert_uint_eq(marks[i].floor, kept[i].floor);
    }
    ck_assert(lede_mark_has(&marks[1], 1, UINT64_MAX));
    ck_assert(!lede_mark_has(&marks[0], 299, 0));
    for (size_t len = 0; len < sizeof bytes; len++) {
        lede_bytes cut = exact_bytes(bytes, len);

        in = cut;
        ck_assert(!lede_marks_take(&in, marks));
        exact_free(cut);
    }
    lede_buffer_fini(&out);
}
END_TEST

START_TEST(a_frequency_beyond_32_bits_is_no_mark)
{
    static const uint8_t bytes[] = { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0, 1 };
    lede_bytes in = lede_bytes_of(bytes, sizeof bytes);
    lede_mark marks[LEDE_MARKS];

    ck_assert(!lede_marks_take(&in, marks));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, as_many_documents_as_a_mark_says_reach_it);
    tcase_add_test(tcase, the_first_mark_is_near_the_best);
    tcase_add_test(tcase, marks_are_read_as_they_were_written);
    tcase_add_test(tcase, a_frequency_beyond_32_bits_is_no_mark);
}

int main(void)
{
    return test_suite_run("mark", add_tests);
}
