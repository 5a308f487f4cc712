/*
 * Faults planted by the linker (--wrap), one at a time, in what a search passes
 * articles over by, sorted or recent, and in what it counts many at once by:
 * drawn searches find each, as they lose what brute force finds.
 */
#include <stdio.h>

#include "native/index/merge_policy.h"
#include "native/match/collect.h"
#include "native/match/facets.h"
#include "support/crowd.h"
#include "support/likeness.h"
#include "support/suite.h"

#define ARTICLES   6000U
#define PLANS_MOST 400U
#define SOUND      50U /* plans, without a fault */
#define WAYS       8U

typedef enum plant {
    NONE,
    VALUES_LOOK_LOW,
    VALUES_LOOK_HIGH,
    VALUES_LOOK_MISSING,
    VALUES_HOLD_TOO_FAR,
    DATES_LOOK_OLDER,
    POINTS_FADE_MORE,
    LAST_HIT_IS_TOO_LITTLE,
    BLOCKS_NEED_MORE,
    BLOCKS_HOLD_TOO_FAR,
    WINDOWS_LOSE_A_MATCH,
    PLANTS
} plant;

static const char *const names[PLANTS] = {
    [VALUES_LOOK_LOW] = "the greatest value of a block is its least",
    [VALUES_LOOK_HIGH] = "the least value of a block is its greatest",
    [VALUES_LOOK_MISSING] = "blocks seem to have no values",
    [VALUES_HOLD_TOO_FAR] = "bounds of values are taken for those behind, too",
    [DATES_LOOK_OLDER] = "factors of dates are an eighth lower",
    [POINTS_FADE_MORE] = "points before recency fade an eighth more",
    [LAST_HIT_IS_TOO_LITTLE] = "as many points as the last hit has are too few",
    [BLOCKS_NEED_MORE] = "documents of a block need an eighth more points",
    [BLOCKS_HOLD_TOO_FAR] = "what a block needs is taken for those behind, too",
    [WINDOWS_LOSE_A_MATCH] = "the first match of a window is not counted",
};

static plant planted;
static lede_error err;

/* ---- What the linker puts in the place of the library's ----------------- */

/* NOLINTBEGIN: the linker's names */

bool __wrap_lede_merge_choose(lede_merge_pick *pick,
                              const lede_merge_candidate *candidates,
                              uint32_t count, const lede_merge_rules *rules);
bool __wrap_lede_merge_choose(lede_merge_pick *pick,
                              const lede_merge_candidate *candidates,
                              uint32_t count, const lede_merge_rules *rules)
{
    (void)candidates;
    (void)count;
    (void)rules;
    pick->count = 0;
    return false;
}

bool __real_lede_values_bounds(const lede_values *values, uint32_t part,
                               uint32_t target, uint32_t *until, uint64_t *min,
                               uint64_t *max);
bool __wrap_lede_values_bounds(const lede_values *values, uint32_t part,
                               uint32_t target, uint32_t *until, uint64_t *min,
                               uint64_t *max);
bool __wrap_lede_values_bounds(const lede_values *values, uint32_t part,
                               uint32_t target, uint32_t *until, uint64_t *min,
                               uint64_t *max)
{
    bool some =
        __real_lede_values_bounds(values, part, target, until, min, max);

    if (some && planted == VALUES_LOOK_LOW)
        *max = *min;
    if (some && planted == VALUES_LOOK_HIGH)
        *min = *max;
    if (some && planted == VALUES_HOLD_TOO_FAR)
        *until += LEDE_COLUMN_BLOCK;
    return some && planted != VALUES_LOOK_MISSING;
}

uint32_t __real_lede_collector_freshness(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until);
uint32_t __wrap_lede_collector_freshness(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until);
uint32_t __wrap_lede_collector_freshness(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until)
{
    uint32_t factor =
        __real_lede_collector_freshness(collector, part, target, until);

    return planted == DATES_LOOK_OLDER ? factor - factor / 8 : factor;
}

uint32_t __real_lede_collector_fade(uint32_t points, uint32_t factor);
uint32_t __wrap_lede_collector_fade(uint32_t points, uint32_t factor);
uint32_t __wrap_lede_collector_fade(uint32_t points, uint32_t factor)
{
    uint32_t left = __real_lede_collector_fade(points, factor);

    return planted == POINTS_FADE_MORE ? left - left / 8 : left;
}

uint32_t __real_lede_collector_needed(const lede_collector *collector);
uint32_t __wrap_lede_collector_needed(const lede_collector *collector);
uint32_t __wrap_lede_collector_needed(const lede_collector *collector)
{
    uint32_t needed = __real_lede_collector_needed(collector);

    return needed + (planted == LAST_HIT_IS_TOO_LITTLE && needed > 0);
}

uint32_t __real_lede_collector_needed_in(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until);
uint32_t __wrap_lede_collector_needed_in(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until);
uint32_t __wrap_lede_collector_needed_in(const lede_collector *collector,
                                         uint32_t part, uint32_t target,
                                         uint32_t *until)
{
    uint32_t needed =
        __real_lede_collector_needed_in(collector, part, target, until);

    if (planted == BLOCKS_NEED_MORE && needed < LEDE_HOPELESS / 2)
        needed += needed / 8;
    if (planted == BLOCKS_HOLD_TOO_FAR)
        *until += LEDE_COLUMN_BLOCK;
    return needed;
}

lede_status __real_lede_facets_add_window(lede_facets *facets, uint32_t part,
                                          uint32_t base, const uint64_t *words,
                                          uint32_t count);
lede_status __wrap_lede_facets_add_window(lede_facets *facets, uint32_t part,
                                          uint32_t base, const uint64_t *words,
                                          uint32_t count);
lede_status __wrap_lede_facets_add_window(lede_facets *facets, uint32_t part,
                                          uint32_t base, const uint64_t *words,
                                          uint32_t count)
{
    uint64_t *own = (uint64_t *)(uintptr_t)words;

    for (uint32_t i = 0; planted == WINDOWS_LOSE_A_MATCH && count > 0; i++)
        if (own[i]) {
            own[i] &= own[i] - 1;
            count--;
            break;
        }
    return __real_lede_facets_add_window(facets, part, base, own, count);
}

/* NOLINTEND */

/* ---- Searches ----------------------------------------------------------- */

static crowd of;
static lede_arena *arena;

typedef struct orders {
    lede_sort_key sort;
    lede_facet_key facet;
} orders;

/* By a column, by points that fade, or by points; some count values. */
static void draw_order(chance *c, lede_engine_search *search, orders *o)
{
    static const char *const columns[] = { "tags", "votes", "rating", "date" };
    const lede_schema *schema = of.stock.schema;
    uint32_t way = chance_below(c, 3);

    o->sort =
        (lede_sort_key){ lede_schema_place(schema, columns[chance_below(c, 4)]),
                         chance_one_in(c, 2) };
    o->facet = (lede_facet_key){ lede_schema_place(schema,
                                                   columns[chance_below(c, 4)]),
                                 LEDE_BUCKET_VALUE, 8 };
    search->sort = &o->sort;
    search->facets = &o->facet;
    search->sort_count = way == 0;
    search->facet_count = chance_one_in(c, 4);
    search->ties = (lede_ties)chance_below(c, 3);
    if (way == 1)
        search->recency =
            (lede_recency){ lede_schema_place(schema, "date"), chance_unit(c),
                            86400.0 * (1 + chance_below(c, 30)),
                            INT64_C(86400) * 30 };
}

static lede_engine_results answer(int index, const lede_engine_search *search)
{
    const lede_view *view = of.view[index];
    lede_engine_results got;

    ck_assert_msg(view->engine->search(&got, view->snapshot, search, arena,
                                       &err) == LEDE_OK,
                  "%s %s", err.where, err.message);
    return got;
}

/* Whether a drawn plan is answered as it must be, in so many ways. */
static bool is_right(chance *c)
{
    plan_draw draw = { plan_draw_chance, c, &of.stock, arena };
    lede_engine_search search = { .recency = { .field = LEDE_NO_FIELD },
                                  .want = of.articles,
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1,
                                  .count_all = true };
    lede_engine_results all;
    bool right = true;
    orders o;

    search.plan = plan_draw_any(&draw, chance_below(c, 2));
    ck_assert_ptr_nonnull(search.plan);
    search.rule = plan_draw_rule(&draw, search.plan);
    draw_order(c, &search, &o);
    all = answer(CROWD_MEMORY, &search);
    search.count_all = false;
    for (uint32_t i = 0; i < WAYS && right; i++) {
        int index = CROWD_ONE + (int)(i % (CROWD_INDEXES - CROWD_ONE));
        lede_engine_results got;

        search.want = i % 2 ? 10 : 1;
        got = answer(index, &search);
        right = !likeness_of_page(&search, &all, 0, &got);
    }
    lede_arena_clear(arena);
    return right;
}

/* How many of so many plans were answered rightly before one that was not. */
static uint32_t count_right(uint32_t plans)
{
    chance c = chance_from("planted ranking", 2);

    for (uint32_t i = 0; i < plans; i++)
        if (!is_right(&c))
            return i;
    return plans;
}

static void set_up(void)
{
    chance c = chance_from("planted ranking", 1);

    crowd_open(&of, CROWD_SKEWED, ARTICLES, 0, NULL, &c);
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
    crowd_close(&of);
}

START_TEST(each_is_found_and_without_them_all_is_well)
{
    plant end = test_is_sanitized() ? VALUES_LOOK_MISSING : PLANTS;
    uint32_t sound = test_is_sanitized() ? SOUND / 5 : SOUND;

    for (planted = NONE + 1; planted < end; planted++) {
        uint32_t right = count_right(PLANS_MOST);

        printf("    %s: after %u plans\n", names[planted], right);
        fflush(stdout);
        ck_assert_msg(right < PLANS_MOST, "not found: %s", names[planted]);
    }
    planted = NONE;
    ck_assert_uint_eq(count_right(sound), sound);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_is_found_and_without_them_all_is_well);
}

int main(void)
{
    return test_suite_run("planted_ranking", add_tests);
}
