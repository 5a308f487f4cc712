/* A search for a few hits gives up what cannot be among them: what it finds is
 * the beginning of what a search for all finds, whatever the order, the page
 * and the threads; counts that are said to be exact are. */
#include "native/match/sink.h"

#include "native/match/search.h"
#include "support/suite.h"
#include "support/thousands.h"

#define PLANS (test_is_long() ? 40000U : test_is_sanitized() ? 100U : 1000U)

static commits made;

static void set_up(void)
{
    chance c = chance_from("thousands", 1);

    thousands_open(&made, &c);
}

static void tear_down(void)
{
    commits_close(&made);
}

static void draw_order(lede_engine_search *search, lede_sort_key sort[2],
                       chance *c)
{
    static const uint32_t columns[] = { THOUSANDS_TAG, THOUSANDS_N, THOUSANDS_M,
                                        THOUSANDS_DATE };

    for (int i = 0; i < 2; i++)
        sort[i] =
            (lede_sort_key){ columns[chance_below(c, 4)], chance_one_in(c, 2) };
    search->sort = sort;
    search->sort_count = chance_one_in(c, 3) ? 1 + chance_below(c, 2) : 0;
    search->ties = (lede_ties)chance_below(c, 3);
    if (chance_one_in(c, 4))
        search->recency = (lede_recency){ THOUSANDS_DATE, chance_unit(c),
                                          86400.0 * 90, THOUSANDS_NOW };
}

static bool same_value(const lede_value *a, const lede_value *b)
{
    return a->kind == b->kind && lede_value_compare(a, b) == 0;
}

static bool same_hit(const lede_engine_hit *a, const lede_engine_hit *b,
                     uint32_t sorts)
{
    bool same = a->doc == b->doc && a->sequence == b->sequence &&
                a->score <= b->score && a->score >= b->score &&
                lede_bytes_equal(a->key, b->key);

    for (uint32_t i = 0; same && i < sorts; i++)
        same = same_value(&a->values[i], &b->values[i]);
    return same;
}

/* What differs; NULL: nothing. */
static const char *difference(const lede_engine_search *search,
                              const lede_engine_results *part, uint32_t from,
                              const lede_engine_results *whole)
{
    uint32_t left = whole->count - from;

    if (part->count != (left < search->want ? left : search->want))
        return "count";
    for (uint32_t i = 0; i < part->count; i++)
        if (!same_hit(&part->hits[i], &whole->hits[from + i],
                      search->sort_count))
            return "hit";
    if ((search->count_all || search->want == 0) && !part->total_exact)
        return "exactness";
    if (part->total_exact ? part->total != whole->total
                          : part->total > whole->total)
        return "total";
    return part->total < part->count ? "total below count" : NULL;
}

/* Some pages, of which the first begins nowhere. */
static void expect_pages(lede_engine_search search, chance *c)
{
    lede_engine_results whole = commits_ask(&made, &search), part;
    uint32_t from = 0;

    ck_assert(whole.total_exact);
    ck_assert_uint_eq(whole.total, whole.count);
    for (int page = 0; page < 3; page++) {
        const char *differs;

        search.want = chance_below(c, chance_one_in(c, 4) ? 200 : 14);
        search.count_all = chance_one_in(c, 4);
        search.threads = chance_one_in(c, 8) ? chance_below(c, 4) : 0;
        part = commits_ask(&made, &search);
        differs = difference(&search, &part, from, &whole);
        ck_assert_msg(!differs, "%s: %u of %u from %u, %u sort keys: %s",
                      differs, (unsigned)search.want, (unsigned)whole.count,
                      (unsigned)from, (unsigned)search.sort_count,
                      thousands_print(&made, search.plan));
        if (whole.count == 0)
            return;
        from = chance_below(
            c, chance_one_in(c, 2) && whole.count > 40 ? 40 : whole.count);
        search.after = &whole.hits[from++];
    }
}

START_TEST(few_hits_are_the_first_of_all)
{
    chance c = chance_from("sink", 1);

    for (uint32_t i = 0; i < PLANS; i++) {
        lede_engine_search search = thousands_search(
            thousands_plan(&c, chance_below(&c, 4), made.arena), &c);
        lede_sort_key sort[2];

        draw_order(&search, sort, &c);
        expect_pages(search, &c);
        lede_arena_clear(made.arena);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, few_hits_are_the_first_of_all);
}

int main(void)
{
    return test_suite_run("sink", add_tests);
}
