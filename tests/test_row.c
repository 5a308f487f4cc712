/* Words in a row and near each other are as often in a document as
 * engine/span.h says, for drawn positions. */
#include "engine/span.h"
#include "native/match/row.h"
#include "support/chance.h"
#include "support/suite.h"
#include "text/token.h"

#define ROUNDS    (test_is_sanitized() ? 20000U : 200000U)
#define COUNT_MAX 20U

/* Words of a document, by their letters. */
typedef struct drawn {
    uint32_t count;
    uint32_t positions[LEDE_ROW_WORDS][COUNT_MAX];
    lede_row_word words[LEDE_ROW_WORDS];
    char text[LEDE_ROW_WORDS][2];
    lede_plan_term terms[LEDE_ROW_WORDS];
    lede_plan nodes[LEDE_ROW_WORDS];
    const lede_plan *list[LEDE_ROW_WORDS];
    lede_plan plan;
} drawn;

static lede_arena *arena;
static lede_row row;

static void set_up(void)
{
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
    lede_row_init(&row, arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
}

/* Rising positions below a range; few words stand at one place, as compounds
 * do. */
static uint32_t draw_positions(chance *c, uint32_t *positions, uint32_t range)
{
    uint32_t count = 0, one_in = 1 + chance_below(c, 6);

    for (uint32_t at = 0; at < range && count < COUNT_MAX; at++)
        if (chance_one_in(c, one_in))
            positions[count++] = at;
    return count;
}

static void draw_word(drawn *d, chance *c, uint32_t i, uint32_t range,
                      bool plain)
{
    uint32_t like = chance_below(c, i + 1);
    uint32_t span = plain ? 1 : 1 + chance_below(c, 3);

    /* Some stand in the row twice. */
    if (like < i && chance_one_in(c, 3)) {
        d->words[i] = d->words[like];
        d->terms[i] = d->terms[like];
    } else {
        d->words[i] =
            (lede_row_word){ d->positions[i],
                             draw_positions(c, d->positions[i], range), span };
        d->text[i][0] = (char)('a' + (char)i);
        d->text[i][1] = (char)(uint8_t)(LEDE_JOINED_MARK + span);
        d->terms[i] =
            (lede_plan_term){ 0, LEDE_WEIGHT_ONE,
                              lede_bytes_of(d->text[i], span > 1 ? 2 : 1),
                              NULL };
    }
    d->nodes[i] = (lede_plan){ .kind = LEDE_PLAN_WORD,
                               .terms = &d->terms[i],
                               .term_count = 1 };
    d->list[i] = &d->nodes[i];
}

static void draw(drawn *d, chance *c, uint32_t count, bool plain)
{
    uint32_t range = 5 + chance_below(c, 30);

    d->count = count;
    for (uint32_t i = 0; i < count; i++)
        draw_word(d, c, i, range, plain);
    d->plan = (lede_plan){ .kind = LEDE_PLAN_PHRASE,
                           .count = count,
                           .nodes = d->list,
                           .slop = chance_below(c, 7) };
}

static uint32_t find(void *ctx, const lede_plan_term *term,
                     const uint32_t **positions)
{
    const drawn *d = ctx;

    for (uint32_t i = 0; i < d->count; i++)
        if (lede_bytes_compare(d->terms[i].term, term->term) == 0) {
            *positions = d->words[i].positions;
            return d->words[i].count;
        }
    return 0;
}

static uint32_t frequency_of(drawn *d)
{
    lede_occurrences occurrences = { find, d, 0 };
    lede_intervals found;
    lede_arena *scratch = lede_arena_new(NULL);
    uint32_t frequency;

    ck_assert_ptr_nonnull(scratch);
    if (lede_span_match(&found, &d->plan, &occurrences, NULL, scratch) !=
        LEDE_OK)
        ck_abort_msg("no intervals");
    frequency = lede_span_frequency(&found);
    lede_arena_free(scratch);
    return frequency;
}

/* Shifts all positions, so that those of a word lie far apart or high. */
static void spread(drawn *d, uint32_t factor, uint32_t base)
{
    for (uint32_t i = 0; i < d->count; i++)
        for (uint32_t n = 0; n < COUNT_MAX; n++)
            d->positions[i][n] = d->positions[i][n] * factor + base;
}

static uint32_t exact_frequency(const drawn *d, chance *c)
{
    uint32_t begins[COUNT_MAX], count, offsets[LEDE_ROW_WORDS], length = 0;
    uint32_t first = chance_below(c, d->count);

    for (uint32_t i = 0; i < d->count; i++) {
        offsets[i] = length;
        length += d->words[i].span;
    }
    count = lede_row_begin(begins, d->words[first].positions,
                           d->words[first].count, offsets[first]);
    for (uint32_t i = 0; i < d->count; i++)
        count = lede_row_keep(&row, begins, count, d->words[i].positions,
                              d->words[i].count, offsets[i]);
    return lede_row_disjoint(begins, count, length);
}

START_TEST(a_row_without_others_is_found_from_any_word)
{
    chance c = chance_from("row", 1);
    uint32_t found = 0, wrong = 0;
    drawn d;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        draw(&d, &c, 1 + chance_below(&c, 4), chance_one_in(&c, 2));
        d.plan.slop = 0;
        if (chance_one_in(&c, 4))
            spread(&d, 1, chance_below(&c, 100000));
        found += frequency_of(&d) > 0;
        wrong += exact_frequency(&d, &c) != frequency_of(&d);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(found, ROUNDS / 10);
}
END_TEST

START_TEST(positions_far_apart_are_found_too)
{
    chance c = chance_from("row", 2);
    uint32_t begins[COUNT_MAX], count;
    drawn d;

    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t both = 0;

        draw(&d, &c, 2, true);
        spread(&d, 1 + chance_below(&c, 1000), 1);
        count =
            lede_row_begin(begins, d.words[0].positions, d.words[0].count, 0);
        count = lede_row_keep(&row, begins, count, d.words[1].positions,
                              d.words[1].count, 0);
        for (uint32_t n = 0, m = 0; n < d.words[0].count; n++) {
            while (m < d.words[1].count &&
                   d.words[1].positions[m] < d.words[0].positions[n])
                m++;
            both += m < d.words[1].count &&
                    d.words[1].positions[m] == d.words[0].positions[n];
        }
        ck_assert_uint_eq(count, both);
    }
}
END_TEST

START_TEST(words_in_order_with_others_between)
{
    chance c = chance_from("row", 3);
    uint32_t found = 0, wrong = 0;
    drawn d;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t frequency;

        draw(&d, &c, 1 + chance_below(&c, 4), chance_one_in(&c, 2));
        if (!lede_row_in_order(&row, d.words, d.count, d.plan.slop, &frequency))
            ck_abort_msg("out of memory");
        found += frequency > 0;
        wrong += frequency != frequency_of(&d);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(found, ROUNDS / 10);
}
END_TEST

START_TEST(words_near_each_other_in_any_order)
{
    chance c = chance_from("row", 4);
    uint32_t told = 0, found = 0, wrong = 0;
    drawn d;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t count = 1 + chance_below(&c, 4), frequency;

        draw(&d, &c, count, count > 2 && !chance_one_in(&c, 10));
        d.plan.kind = LEDE_PLAN_NEAR;
        if (!lede_row_near(d.words, d.count, d.plan.slop, &frequency))
            continue;
        told++;
        found += frequency > 0;
        wrong += frequency != frequency_of(&d);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(told, ROUNDS / 2);
    ck_assert_uint_gt(found, ROUNDS / 5);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_row_without_others_is_found_from_any_word);
    tcase_add_test(tcase, positions_far_apart_are_found_too);
    tcase_add_test(tcase, words_in_order_with_others_between);
    tcase_add_test(tcase, words_near_each_other_in_any_order);
}

int main(void)
{
    return test_suite_run("row", add_tests);
}
