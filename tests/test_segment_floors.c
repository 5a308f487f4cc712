/* Floors of lengths are those of what was put, for as many mixes as a segment
 * keeps. */
#include "native/segment/segment.h"

#include "support/chance.h"
#include "support/drawn.h"
#include "support/suite.h"

#define NAME "0000000000000001-0000000000000002.segment"

static lede_dir *dir;
static lede_segment *segment;
static lede_error err;

static void set_up(void)
{
    chance c = chance_from("floors", 1);
    lede_segment_made made;

    drawn_start();
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    drawn_draw(&c, DRAWN_MOST);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    ck_assert_int_eq(lede_segment_open(&segment, dir, NAME, &made.mark,
                                       drawn.schema, NULL, &err),
                     LEDE_OK);
}

static void tear_down(void)
{
    lede_segment_release(segment);
    lede_dir_close(dir);
    drawn_finish();
}

static uint32_t plain_floor(const lede_segment_mix *mix, uint32_t doc)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < mix->count; i++)
        sum += (uint64_t)mix->weights[i] *
               drawn.articles[doc].lengths[mix->fields[i]];
    return lede_length_floor(sum / 256);
}

static void expect_floors(const lede_segment_mix *mix,
                          const lede_floors *floors)
{
    uint32_t least = UINT32_MAX, most = 0, wrong = 0;

    for (uint32_t doc = 0; doc < lede_segment_documents(segment); doc++) {
        uint32_t floor = plain_floor(mix, doc);

        wrong += floors->at[doc] != floor;
        least = floor < least ? floor : least;
        most = floor > most ? floor : most;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(floors->least, least);
    ck_assert_uint_eq(floors->most, most);
}

START_TEST(each_mix_has_floors_of_its_own_which_are_kept)
{
    static const uint32_t fields[] = { 0, 1, 0 };
    static const uint32_t weights[] = { 256, 512, 64 };
    static const lede_segment_mix mixes[LEDE_SEGMENT_MIXES + 1] = {
        { fields, weights, 1 },         { fields, weights, 2 },
        { fields + 1, weights + 1, 1 }, { fields + 1, weights + 1, 2 },
        { fields + 1, weights, 2 },
    };
    const lede_floors *kept[LEDE_SEGMENT_MIXES], *floors;

    ck_assert_uint_ge(drawn.fields, 2);
    for (uint32_t i = 0; i < LEDE_SEGMENT_MIXES; i++) {
        ck_assert_int_eq(
            lede_segment_floors(segment, &mixes[i], &kept[i], NULL, &err),
            LEDE_OK);
        ck_assert_ptr_nonnull(kept[i]);
        expect_floors(&mixes[i], kept[i]);
    }
    ck_assert_int_eq(lede_segment_floors(segment, &mixes[LEDE_SEGMENT_MIXES],
                                         &floors, NULL, &err),
                     LEDE_OK);
    ck_assert_ptr_null(floors);
    for (uint32_t i = 0; i < LEDE_SEGMENT_MIXES; i++) {
        ck_assert_int_eq(
            lede_segment_floors(segment, &mixes[i], &floors, NULL, &err),
            LEDE_OK);
        ck_assert_ptr_eq(floors, kept[i]);
    }
}
END_TEST

START_TEST(making_them_stops_when_told_and_can_be_done_again)
{
    static const uint32_t field = 0, weight = 256;
    const lede_segment_mix mix = { &field, &weight, 1 };
    const lede_floors *floors;
    lede_cancel *cancel;
    lede_budget budget;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_budget_init(&budget, 0, cancel, 0);
    lede_cancel_set(cancel);
    ck_assert_int_eq(lede_segment_floors(segment, &mix, &floors, &budget, &err),
                     LEDE_ERR_CANCELLED);
    ck_assert_int_eq(lede_segment_floors(segment, &mix, &floors, NULL, &err),
                     LEDE_OK);
    expect_floors(&mix, floors);
    /* What is there costs nothing. */
    ck_assert_int_eq(lede_segment_floors(segment, &mix, &floors, &budget, &err),
                     LEDE_OK);
    lede_cancel_free(cancel);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_mix_has_floors_of_its_own_which_are_kept);
    tcase_add_test(tcase, making_them_stops_when_told_and_can_be_done_again);
}

int main(void)
{
    return test_suite_run("segment_floors", add_tests);
}
