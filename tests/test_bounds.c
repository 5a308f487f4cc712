/* What finders say beforehand of the points that are to come holds, for drawn
 * plans in segments of many blocks; and what is demanded of them is found. */
#include <stdio.h>

#include "native/match/finder.h"
#include "support/suite.h"
#include "support/thousands.h"

#define PLANS (test_is_long() ? 40000U : test_is_sanitized() ? 500U : 4000U)

#define NO_MATCH UINT32_MAX

static commits made;
static lede_matcher matcher;

/* What a plan gives each document of the part, found one by one. */
static uint32_t points_of[THOUSANDS_ARTICLES];

static void set_up(void)
{
    chance c = chance_from("thousands", 1);

    thousands_open(&made, &c);
}

static void tear_down(void)
{
    commits_close(&made);
}

static lede_finder *new_finder(uint32_t part, const lede_engine_search *search)
{
    const lede_snapshot_part *at = &made.snapshot->parts[part];
    lede_finder *finder;

    matcher = (lede_matcher){ .segment = at->segment,
                              .schema = made.snapshot->description.schema,
                              .documents = at->documents,
                              .rule = &search->rule,
                              .scores = true,
                              .arena = made.arena,
                              .scratch = lede_arena_new(NULL),
                              .err = &made.err };
    ck_assert_int_eq(lede_terms_cursor_new(&matcher.cursor,
                                           lede_segment_terms(at->segment),
                                           NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_finder_new(&finder, &matcher, search->plan), LEDE_OK);
    return finder;
}

static void end_finder(void)
{
    ck_assert_int_eq(matcher.status, LEDE_OK);
    lede_terms_cursor_free(matcher.cursor);
    lede_arena_free(matcher.scratch);
}

/* Returns the most points of any. */
static uint32_t find_all(uint32_t part, const lede_engine_search *search)
{
    lede_finder *finder = new_finder(part, search);
    uint32_t most = 0, doc;

    for (uint32_t i = 0; i < matcher.documents; i++)
        points_of[i] = NO_MATCH;
    for (doc = lede_finder_seek(finder, 0); doc != LEDE_DOC_END;
         doc = lede_finder_seek(finder, doc + 1))
        if (lede_finder_check(finder)) {
            points_of[doc] = finder->points;
            if (finder->points > most)
                most = finder->points;
        }
    ck_assert_msg(most <= finder->most, "%u, at most %u: %s", (unsigned)most,
                  (unsigned)finder->most,
                  thousands_print(search->plan, made.arena));
    end_finder();
    return most;
}

/* The first document of a range that has more than a bound. */
static uint32_t first_above(uint32_t from, uint32_t until, uint32_t bound)
{
    for (uint32_t doc = from; doc <= until && doc < matcher.documents; doc++)
        if (points_of[doc] != NO_MATCH && points_of[doc] > bound)
            return doc;
    return LEDE_DOC_END;
}

/* Looks at the bounds of ranges, and at documents between. */
static void expect_bounds(uint32_t part, const lede_engine_search *search,
                          chance *c)
{
    lede_finder *finder = new_finder(part, search);
    uint32_t target = 0, above = LEDE_DOC_END;

    while (target < matcher.documents && above == LEDE_DOC_END) {
        uint32_t until, bound = lede_finder_bound(finder, target, &until), doc;

        ck_assert_uint_ge(until, target);
        above = first_above(target, until, bound);
        if (chance_one_in(c, 2)) {
            doc = lede_finder_seek(finder, target);
            if (doc == LEDE_DOC_END)
                break;
            (void)lede_finder_check(finder);
            target = doc + 1 + (chance_one_in(c, 3) ? chance_below(c, 200) : 0);
        } else if (until >= matcher.documents) {
            break;
        } else {
            target = until + 1;
        }
    }
    ck_assert_msg(above == LEDE_DOC_END, "document %u: %s", (unsigned)above,
                  thousands_print(search->plan, made.arena));
    end_finder();
}

/* All that has what is demanded comes, in order and with its points. */
static void expect_demanded(uint32_t part, const lede_engine_search *search,
                            uint32_t most, chance *c)
{
    lede_finder *finder = new_finder(part, search);
    uint32_t needed = 0, next = 0, doc;
    bool same = true;

    for (doc = lede_finder_seek(finder, 0); same && doc != LEDE_DOC_END;
         doc = lede_finder_seek(finder, doc + 1)) {
        bool found = lede_finder_check(finder);

        for (; next < doc; next++)
            same = same &&
                   (points_of[next] == NO_MATCH || points_of[next] < needed);
        next = doc + 1;
        same = same &&
               (found ? points_of[doc] == finder->points
                      : points_of[doc] == NO_MATCH || points_of[doc] < needed);
        if (needed < most && chance_one_in(c, 30)) {
            needed += 1 + chance_below(c, (most - needed) / 2 + 1);
            lede_finder_demand(finder, needed);
        }
    }
    for (; next < matcher.documents; next++)
        same =
            same && (points_of[next] == NO_MATCH || points_of[next] < needed);
    ck_assert_msg(same, "before document %u: %s", (unsigned)next,
                  thousands_print(search->plan, made.arena));
    end_finder();
}

START_TEST(no_document_has_more_than_its_bound_and_what_is_demanded_comes)
{
    chance c = chance_from("bounds", 1);

    for (uint32_t i = 0; i < PLANS; i++) {
        uint32_t part = chance_below(&c, THOUSANDS_SEGMENTS), most;
        lede_engine_search search = thousands_search(
            thousands_plan(&c, chance_below(&c, 4), made.arena));

        most = find_all(part, &search);
        expect_bounds(part, &search, &c);
        expect_demanded(part, &search, most, &c);
        lede_arena_clear(made.arena);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(
        tcase, no_document_has_more_than_its_bound_and_what_is_demanded_comes);
}

int main(void)
{
    return test_suite_run("bounds", add_tests);
}
