#include "native/codec/bound.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define DOCS_MAX 400U

/* Documents, as points. */
typedef struct cloud {
    uint32_t n;
    uint32_t frequencies[DOCS_MAX];
    uint32_t lengths[DOCS_MAX];
} cloud;

static void draw_cloud(chance *c, cloud *m)
{
    uint32_t most = 1 + chance_below(c, chance_one_in(c, 3) ? 300 : 6);
    uint32_t range = 1 + chance_below(c, chance_one_in(c, 3) ? 50 : 20000);
    bool wild = chance_one_in(c, 10);

    m->n = 1 + chance_below(c, chance_one_in(c, 4) ? DOCS_MAX : 130);
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t long_ = wild ? chance_below(c, 32) : 0;

        m->frequencies[i] = 1 + chance_below(c, most);
        m->lengths[i] = chance_below(c, range);
        if (wild && long_ > 0) {
            m->frequencies[i] = (uint32_t)(chance_next(c) >> (32 + long_)) | 1;
            m->lengths[i] = (uint32_t)(chance_next(c) >> (64 - long_));
        }
    }
}

static lede_corners corners_of(const cloud *m)
{
    lede_hull hull = { 0 };
    lede_corners corners;

    for (uint32_t i = 0; i < m->n; i++)
        lede_hull_add(&hull, m->frequencies[i], m->lengths[i]);
    lede_hull_end(&hull, &corners);
    return corners;
}

static bool rise(const lede_corners *corners)
{
    bool sound = corners->count > 0 && corners->count <= LEDE_BOUND_MAX &&
                 corners->frequencies[0] > 0;

    for (uint32_t i = 0; sound && i < corners->count; i++) {
        sound = corners->floors[i] < LEDE_LENGTH_FLOORS;
        if (i > 0)
            sound = sound &&
                    corners->frequencies[i] > corners->frequencies[i - 1] &&
                    corners->floors[i] > corners->floors[i - 1];
    }
    return sound;
}

static bool same(const lede_corners *a, const lede_corners *b)
{
    return a->count == b->count &&
           memcmp(a->frequencies, b->frequencies,
                  a->count * sizeof *a->frequencies) == 0 &&
           memcmp(a->floors, b->floors, a->count * sizeof *a->floors) == 0;
}

/* f / (a + b l) of the best corner. */
static double best_of(const lede_bound *bound, double a, double b)
{
    double best = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        double of = bound->frequencies[i] / (a + b * (double)bound->lengths[i]);

        best = of > best ? of : best;
    }
    return best;
}

static bool all_within(const cloud *m, const lede_bound *bound)
{
    for (uint32_t i = 0; i < m->n; i++)
        if (!lede_bound_has(bound, m->frequencies[i], m->lengths[i]))
            return false;
    return true;
}

/* Whether no document scores above the best corner. */
static bool none_above(const cloud *m, const lede_bound *bound, double a,
                       double b)
{
    double best = best_of(bound, a, b) * (1 + 1e-12);

    for (uint32_t i = 0; i < m->n; i++)
        if (m->frequencies[i] / (a + b * m->lengths[i]) > best)
            return false;
    return true;
}

/* Whether the corners begin with the least length and end with the greatest
 * frequency. */
static bool spans(const cloud *m, const lede_bound *bound)
{
    uint32_t most = 0, least = UINT32_MAX;

    for (uint32_t i = 0; i < m->n; i++) {
        most = m->frequencies[i] > most ? m->frequencies[i] : most;
        least = m->lengths[i] < least ? m->lengths[i] : least;
    }
    return bound->frequencies[bound->count - 1] == most &&
           bound->floors[0] == lede_length_floor(least);
}

START_TEST(no_document_scores_above_the_corners_whatever_the_parameters)
{
    chance c = chance_from("bounds", 1);
    static cloud m;

    for (int round = 0; round < 3000; round++) {
        lede_corners corners;
        lede_bound bound;

        draw_cloud(&c, &m);
        corners = corners_of(&m);
        lede_bound_set(&bound, &corners, 7);
        ck_assert(rise(&corners));
        ck_assert_uint_eq(bound.last, 7);
        ck_assert(all_within(&m, &bound));
        ck_assert(spans(&m, &bound));
        ck_assert(none_above(&m, &bound, 1, 0));
        ck_assert(none_above(&m, &bound, 1e-9, 1));
        for (int i = 0; i < 8; i++)
            ck_assert(
                none_above(&m, &bound, chance_unit(&c) + 1e-3,
                           chance_unit(&c) / (1 + chance_below(&c, 500))));
    }
}
END_TEST

/* Of lengths that are floors, and corners no more than four, the best corner is
 * a document. */
START_TEST(corners_are_documents)
{
    chance c = chance_from("corners", 1);
    static cloud m;

    for (int round = 0; round < 1000; round++) {
        lede_corners corners;
        uint32_t found = 0;

        draw_cloud(&c, &m);
        m.n = m.n < LEDE_BOUND_MAX ? m.n : LEDE_BOUND_MAX;
        corners = corners_of(&m);
        for (uint32_t k = 0; k < corners.count; k++)
            for (uint32_t i = 0; i < m.n; i++)
                if (corners.frequencies[k] == m.frequencies[i] &&
                    corners.floors[k] == lede_length_floor(m.lengths[i])) {
                    found++;
                    break;
                }
        ck_assert_uint_eq(found, corners.count);
    }
}
END_TEST

START_TEST(a_bound_has_what_lies_on_its_lines_and_nothing_above)
{
    /* Lengths 3, 15, 31. */
    static const lede_corners corners = { 3, { 2, 8, 10 }, { 16, 32, 40 } };
    static const struct {
        uint32_t frequency;
        uint64_t length;
        bool has;
    } cases[] = {
        { 1, 3, true },           { 2, 3, true },
        { 3, 3, false },          { 0, 0, false },
        { 1, 1, false },          { 1, 2, false },
        { 5, 9, true },           { 6, 9, false },
        { 4, 9, true },           { 8, 15, true },
        { 9, 15, false },         { 9, 23, true },
        { 10, 23, false },        { 10, 31, true },
        { 11, 31, false },        { 10, 1000, true },
        { 11, 1000, false },      { 11, UINT64_MAX, false },
        { 10, UINT64_MAX, true },
    };
    lede_bound bound;

    lede_bound_set(&bound, &corners, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(lede_bound_has(&bound, cases[i].frequency,
                                     cases[i].length) == cases[i].has,
                      "%u in %llu", cases[i].frequency,
                      (unsigned long long)cases[i].length);
}
END_TEST

/* The shortest may lie below the line from the origin to the next corner. */
START_TEST(what_is_rarer_than_a_corner_is_bounded_by_it)
{
    static const lede_corners corners = { 2, { 1, 8 }, { 16, 32 } };
    lede_bound bound;

    lede_bound_set(&bound, &corners, 0);
    ck_assert(lede_bound_has(&bound, 1, 3));
    ck_assert(lede_bound_has(&bound, 3, 6));
    ck_assert(!lede_bound_has(&bound, 4, 6));
    ck_assert(!lede_bound_has(&bound, 2, 3));
    ck_assert(!lede_bound_has(&bound, 1, 2));
}
END_TEST

/* More than the hull keeps of frequencies above 63, none better than another in
 * both. */
START_TEST(many_high_frequencies_stay_within)
{
    static cloud m = { .n = 200 };
    lede_corners corners;
    lede_bound bound;

    for (uint32_t order = 0; order < 3; order++) {
        for (uint32_t i = 0; i < m.n; i++) {
            uint32_t k = order == 0   ? i
                         : order == 1 ? m.n - 1 - i
                                      : i * 77 % m.n;

            m.frequencies[i] = 100 + k;
            m.lengths[i] = 1000 + 50 * k;
        }
        corners = corners_of(&m);
        lede_bound_set(&bound, &corners, 0);
        ck_assert(rise(&corners));
        ck_assert(all_within(&m, &bound));
        ck_assert(none_above(&m, &bound, 1, 0.01));
    }
}
END_TEST

START_TEST(corners_of_corners_bound_all)
{
    chance c = chance_from("together", 1);
    static cloud a, b;

    for (int round = 0; round < 1000; round++) {
        lede_hull hull = { 0 };
        lede_corners of_a, of_b, together;
        lede_bound bound;

        draw_cloud(&c, &a);
        draw_cloud(&c, &b);
        of_a = corners_of(&a);
        of_b = corners_of(&b);
        lede_hull_add_corners(&hull, &of_a);
        lede_hull_add_corners(&hull, &of_b);
        lede_hull_end(&hull, &together);
        lede_bound_set(&bound, &together, 0);
        ck_assert(all_within(&a, &bound) && all_within(&b, &bound));
    }
}
END_TEST

static lede_bytes stored(const lede_corners *corners, uint32_t n)
{
    lede_buffer out;
    lede_bytes bytes;

    lede_buffer_init(&out, NULL);
    lede_bounds_put(&out, corners, n);
    ck_assert_int_eq(out.status, LEDE_OK);
    bytes = exact_bytes(out.at, out.len);
    lede_buffer_fini(&out);
    return bytes;
}

START_TEST(bounds_by_example)
{
    static const lede_corners two[] = {
        { 1, { 1 }, { 40 } },
        { 2, { 2, 5 }, { 38, 41 } },
    };
    /* 40, the least floor of a most frequent corner. Of the first bound 1 - 1:
     * 1 0; 40 - 40: 1 000. Of the second 5 - 1: 01 01; 41 - 40: 1 100; another:
     * 1; 5 - 2 - 1: 01 1; 41 - 38 - 1: 1 010; no other: 0. */
    static const uint8_t bytes[] = { 40, 0x85, 0x4E, 0x17 };
    lede_bytes made = stored(two, 2), in = made;
    lede_corners taken[2];

    ck_assert_uint_eq(made.len, sizeof bytes);
    ck_assert_mem_eq(made.at, bytes, sizeof bytes);
    ck_assert(lede_bounds_take(&in, 2, taken));
    ck_assert(same(&two[0], &taken[0]) && same(&two[1], &taken[1]));
    exact_free(made);
}
END_TEST

START_TEST(lies_about_bounds_are_refused)
{
    static const struct {
        const char *lie;
        uint8_t bytes[16];
        size_t len;
    } cases[] = {
        { "nothing", { 0 }, 0 },
        { "no bits", { 40 }, 1 },
        { "bits behind the end", { 40, 0x45 }, 2 },
        { "a floor of 256", { 254, 0x15 }, 2 },
        /* 2 - 1: 1 1; 40 - 40: 1 000; another: 1; 2 less: 01 0; 1 000. */
        { "a frequency of 0", { 40, 0x47, 0x05 }, 3 },
        /* The same with 1 less: 1. */
        { "a frequency of 2^32", { 40, 0, 0, 0, 0x80, 1, 0, 0, 0, 1 }, 10 },
        { "a floor below 0", { 0, 0xC7, 0x01 }, 3 },
    };
    lede_corners taken[1];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_bytes bytes = exact_bytes(cases[i].bytes, cases[i].len);
        lede_bytes in = bytes;

        ck_assert_msg(!lede_bounds_take(&in, 1, taken), "%s", cases[i].lie);
        exact_free(bytes);
    }
}
END_TEST

START_TEST(bounds_come_back_as_they_were_put)
{
    chance c = chance_from("stored", 1);
    static cloud m;
    static lede_corners put[128], taken[128];

    for (int round = 0; round < 300; round++) {
        uint32_t n = 1 + chance_below(&c, 128);
        lede_bytes bytes, in;

        for (uint32_t i = 0; i < n; i++) {
            draw_cloud(&c, &m);
            put[i] = corners_of(&m);
        }
        bytes = in = stored(put, n);
        ck_assert(lede_bounds_take(&in, n, taken));
        ck_assert_uint_eq(in.len, 0);
        for (uint32_t i = 0; i < n; i++)
            if (!same(&put[i], &taken[i]))
                ck_abort_msg("bound %u differs", i);
        exact_free(bytes);
    }
}
END_TEST

START_TEST(damaged_bounds_are_refused_or_sound)
{
    chance c = chance_from("damage", 1);
    static cloud m;
    static lede_corners put[40], taken[40];

    for (int round = 0; round < 20; round++) {
        uint32_t n = 1 + chance_below(&c, 40);
        lede_bytes bytes;
        uint8_t *at;

        for (uint32_t i = 0; i < n; i++) {
            draw_cloud(&c, &m);
            put[i] = corners_of(&m);
        }
        bytes = stored(put, n);
        for (size_t len = 0; len < bytes.len; len++) {
            lede_bytes cut = exact_bytes(bytes.at, len), in = cut;

            ck_assert(!lede_bounds_take(&in, n, taken));
            exact_free(cut);
        }
        at = (uint8_t *)(uintptr_t)bytes.at;
        for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
            lede_bytes in = bytes;
            bool sound = true;

            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
            if (lede_bounds_take(&in, n, taken))
                for (uint32_t i = 0; i < n; i++)
                    sound = sound && rise(&taken[i]);
            if (!sound)
                ck_abort_msg("bit %zu", bit);
            at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        exact_free(bytes);
    }
}
END_TEST

START_TEST(floors_of_lengths_never_exceed_them)
{
    for (uint64_t length = 0; length < 100000; length++) {
        uint32_t floor = lede_length_floor(length);

        if (lede_length_least(floor) > length ||
            lede_length_least(floor + 1) <= length ||
            lede_length_floor(lede_length_least(floor)) != floor)
            ck_abort_msg("length %llu", (unsigned long long)length);
    }
    ck_assert_uint_le(lede_length_least(lede_length_floor(UINT64_MAX)),
                      UINT32_MAX);
    ck_assert_uint_lt(lede_length_floor(UINT64_MAX), LEDE_LENGTH_FLOORS);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(
        tcase, no_document_scores_above_the_corners_whatever_the_parameters);
    tcase_add_test(tcase, corners_are_documents);
    tcase_add_test(tcase, a_bound_has_what_lies_on_its_lines_and_nothing_above);
    tcase_add_test(tcase, what_is_rarer_than_a_corner_is_bounded_by_it);
    tcase_add_test(tcase, many_high_frequencies_stay_within);
    tcase_add_test(tcase, corners_of_corners_bound_all);
    tcase_add_test(tcase, bounds_by_example);
    tcase_add_test(tcase, lies_about_bounds_are_refused);
    tcase_add_test(tcase, bounds_come_back_as_they_were_put);
    tcase_add_test(tcase, damaged_bounds_are_refused_or_sound);
    tcase_add_test(tcase, floors_of_lengths_never_exceed_them);
}

int main(void)
{
    return test_suite_run("bound", add_tests);
}
