/* What finders say beforehand of the points that are to come holds, for drawn
 * plans in segments of many blocks; and what is demanded of them is found. */
#include <stdio.h>

#include "native/match/finder.h"
#include "support/suite.h"
#include "support/thousands.h"

#define PLANS (test_is_long() ? 40000U : test_is_sanitized() ? 500U : 4000U)

#define RUNS 20U /* of as many articles as a block has */

#define NO_MATCH UINT32_MAX

static commits made;
static lede_matcher matcher;

/* What a plan gives each document of the part, found one by one. */
static uint32_t points_of[THOUSANDS_ARTICLES];

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
                  (unsigned)finder->most, thousands_print(&made, search->plan));
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
                  thousands_print(&made, search->plan));
    end_finder();
}

/* More than before, often just what the best of some to come has: any doubt
 * about it would lose it. */
static uint32_t draw_needed(uint32_t from, uint32_t needed, uint32_t most,
                            chance *c)
{
    uint32_t best = 0, ahead = 1 + chance_below(c, 600);

    for (uint32_t i = from; i < from + ahead && i < matcher.documents; i++)
        if (points_of[i] != NO_MATCH && points_of[i] > best)
            best = points_of[i];
    if (best > needed && !chance_one_in(c, 4))
        return best;
    return needed + 1 + chance_below(c, (most - needed) / 2 + 1);
}

/* All that has what is demanded comes, in order and with its points. */
static void expect_demanded(uint32_t part, const lede_engine_search *search,
                            uint32_t most, chance *c)
{
    lede_finder *finder = new_finder(part, search);
    uint32_t needed = 0, next = 0, doc;
    bool same = true;

    if (most > 0 && chance_one_in(c, 2)) {
        needed = draw_needed(0, 0, most, c);
        lede_finder_demand(finder, needed);
    }
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
            needed = draw_needed(next, needed, most, c);
            lede_finder_demand(finder, needed);
        }
    }
    for (; next < matcher.documents; next++)
        same =
            same && (points_of[next] == NO_MATCH || points_of[next] < needed);
    ck_assert_msg(same, "before document %u: %s", (unsigned)next,
                  thousands_print(&made, search->plan));
    end_finder();
}

/* By a plan in the arena, which is cleared. */
static void expect_plan(uint32_t part, const lede_plan *plan, chance *c)
{
    lede_engine_search search = thousands_search(plan, c);
    uint32_t most = find_all(part, &search);

    expect_bounds(part, &search, c);
    expect_demanded(part, &search, most, c);
    lede_arena_clear(made.arena);
}

START_TEST(no_document_has_more_than_its_bound_and_what_is_demanded_comes)
{
    chance of = chance_from("thousands", 1), c = chance_from("bounds", 1);

    thousands_open(&made, &of);
    for (uint32_t i = 0; i < PLANS; i++) {
        uint32_t part = chance_below(&c, THOUSANDS_SEGMENTS);

        expect_plan(part, thousands_plan(&c, chance_below(&c, 4), made.arena),
                    &c);
    }
    commits_close(&made);
}
END_TEST

/* ---- Blocks unlike each other ------------------------------------------- */

/* One word is in all articles, so that its blocks begin where these runs do;
 * one is in short articles only, one in long ones. */
enum { EVERYWHERE, IN_SHORT, IN_LONG, FORMS };

static const char *const forms[FORMS] = { "wa", "wb", "wc" };

static void put_article(lede_writer *writer, chance *c, uint32_t i, bool brief,
                        uint32_t times)
{
    uint32_t fill = brief ? chance_below(c, 3) : 40 + chance_below(c, 40);
    char text[400] = "", key[16];
    size_t at = 0;
    lede_document *doc;

    for (; times > 0; times--)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s ",
                               forms[EVERYWHERE]);
    if (chance_one_in(c, 2))
        at += (size_t)snprintf(text + at, sizeof text - at, "%s ",
                               forms[brief ? IN_SHORT : IN_LONG]);
    for (; fill > 0; fill--)
        at += (size_t)snprintf(text + at, sizeof text - at, "x ");
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    lede_document_add_text(doc, "body", text, at);
    ck_assert_int_eq(
        lede_writer_put(writer, key,
                        (size_t)snprintf(key, sizeof key, "%u", (unsigned)i),
                        doc, &made.err),
        LEDE_OK);
    lede_document_free(doc);
}

/* The first article of a run at times has more than all of the run before. */
static void open_runs(void)
{
    chance c = chance_from("runs", 1);
    lede_schema *schema;
    lede_writer *writer;
    bool brief = false;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < RUNS * LEDE_BLOCK_MAX; i++) {
        bool first = i % LEDE_BLOCK_MAX == 0;

        if (first)
            brief = chance_one_in(&c, 3);
        if (first && chance_one_in(&c, 2))
            put_article(writer, &c, i, true, 3);
        else
            put_article(writer, &c, i, brief, 1);
    }
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 1);
}

static const lede_plan *draw_forms(chance *c)
{
    static const uint32_t field = 0, weight = 256;
    lede_plan *plan = lede_arena_zero(made.arena, sizeof *plan);
    lede_plan_term *terms = lede_arena_array(made.arena, FORMS, sizeof *terms);

    ck_assert(plan && terms);
    plan->kind = LEDE_PLAN_WORD;
    plan->terms = terms;
    plan->score = (lede_plan_score){ .weight = 0.2 + 3 * chance_unit(c),
                                     .average_length = 30,
                                     .fields = &field,
                                     .field_weights = &weight,
                                     .field_count = 1 };
    for (uint32_t i = 0; i < FORMS; i++)
        if (chance_one_in(c, 2) || (i + 1 == FORMS && plan->term_count == 0))
            terms[plan->term_count++] =
                (lede_plan_term){ 0, LEDE_WEIGHT_ONE,
                                  lede_bytes_of_text(forms[i]), NULL };
    return plan;
}

static const lede_plan *draw_join(chance *c)
{
    static const lede_plan_kind kinds[] = { LEDE_PLAN_AND, LEDE_PLAN_OR,
                                            LEDE_PLAN_BEST };
    lede_plan *plan;
    const lede_plan **nodes;

    if (chance_one_in(c, 3))
        return draw_forms(c);
    plan = lede_arena_zero(made.arena, sizeof *plan);
    nodes = lede_arena_array(made.arena, 3, sizeof(const lede_plan *));
    ck_assert(plan && nodes);
    plan->kind = kinds[chance_below(c, 3)];
    plan->nodes = nodes;
    plan->count = 2 + chance_below(c, 2);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = draw_forms(c);
    return plan;
}

START_TEST(bounds_hold_where_blocks_are_unlike)
{
    chance c = chance_from("unlike", 1);

    open_runs();
    for (uint32_t i = 0; i < PLANS / 4; i++)
        expect_plan(0, draw_join(&c), &c);
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(
        tcase, no_document_has_more_than_its_bound_and_what_is_demanded_comes);
    tcase_add_test(tcase, bounds_hold_where_blocks_are_unlike);
}

int main(void)
{
    return test_suite_run("bounds", add_tests);
}
