/* What is matched by blocks is what finders match one by one, and has the same
 * points: drawn plans that ask for several words, over segments of many
 * blocks, for all matches and for the best few. */
#include <stdio.h>
#include <stdlib.h>

#include "native/match/finder.h"
#include "native/match/intersect.h"
#include "native/match/search.h"
#include "support/suite.h"
#include "support/thousands.h"

#define PLANS (test_is_long() ? 40000U : test_is_sanitized() ? 250U : 4000U)

#define NODES_MAX 6U

static commits made;

/* Matches of all parts, from finders. */
static lede_candidate found[THOUSANDS_ARTICLES];
static uint32_t found_count;

static void set_up(void)
{
    chance c = chance_from("thousands", 2);

    thousands_open(&made, &c);
}

static void tear_down(void)
{
    commits_close(&made);
}

/* ---- Plans -------------------------------------------------------------- */

static void *room(size_t count, size_t size)
{
    void *at = lede_arena_array(made.arena, count, size);

    ck_assert_ptr_nonnull(at);
    return at;
}

static const lede_plan *draw_word(chance *c, uint32_t field)
{
    static char names[16][4];
    lede_plan *plan = room(1, sizeof *plan);
    lede_plan_term *term = room(1, sizeof *term);
    uint32_t name = chance_below(c, chance_one_in(c, 3) ? 16 : 4);

    (void)snprintf(names[name], 4, "qa%c", 'a' + (char)name);
    *term = (lede_plan_term){ field, LEDE_WEIGHT_ONE,
                              lede_bytes_of_text(names[name]), NULL };
    plan->kind = LEDE_PLAN_WORD;
    plan->terms = term;
    plan->term_count = 1;
    return plan;
}

/* A node of a span: a word, or one of some, or at times what is no word. */
static const lede_plan *draw_node(chance *c, uint32_t field)
{
    lede_plan *plan;
    const lede_plan **nodes;

    if (!chance_one_in(c, 5))
        return draw_word(c, field);
    plan = room(1, sizeof *plan);
    plan->kind = chance_one_in(c, 6) ? LEDE_PLAN_NEAR : LEDE_PLAN_EITHER;
    plan->count = 1 + chance_below(c, 3);
    nodes = room(plan->count, sizeof *nodes);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = draw_word(c, field);
    plan->nodes = nodes;
    return plan;
}

/* In one field, so that it is found by blocks. */
static const lede_plan *draw_span(chance *c)
{
    static const uint32_t fields[] = { THOUSANDS_TITLE, THOUSANDS_BODY };
    static const uint32_t weights[] = { 512, 256 };
    uint32_t field = chance_one_in(c, 4) ? THOUSANDS_TITLE : THOUSANDS_BODY;
    bool both = chance_one_in(c, 3);
    lede_plan *plan = room(1, sizeof *plan);
    const lede_plan **nodes;

    plan->kind = chance_one_in(c, 3) ? LEDE_PLAN_NEAR : LEDE_PLAN_PHRASE;
    plan->count = 1 + chance_below(c, 4);
    plan->slop = chance_one_in(c, 2) ? 0 : chance_below(c, 4);
    plan->score = (lede_plan_score){
        .weight = chance_one_in(c, 9) ? 0 : 0.2 + 3 * chance_unit(c),
        .average_length = chance_one_in(c, 9) ? 0 : 30,
        .fields = both ? fields : &fields[field != THOUSANDS_TITLE],
        .field_weights = both ? weights : &weights[field != THOUSANDS_TITLE],
        .field_count = both ? 2 : 1,
    };
    nodes = room(plan->count, sizeof *nodes);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] = draw_node(c, field);
    plan->nodes = nodes;
    return plan;
}

/* Above another node. */
static const lede_plan *draw_above(lede_plan_kind kind, const lede_plan *node)
{
    lede_plan *plan = room(1, sizeof *plan);
    const lede_plan **nodes = room(1, sizeof *nodes);

    nodes[0] = node;
    plan->kind = kind;
    plan->count = 1;
    plan->nodes = nodes;
    return plan;
}

/* A word as it is, or optional; or in its place what is refused. */
static const lede_plan *draw_role(chance *c, const lede_plan *word)
{
    switch (chance_below(c, 5)) {
    case 0:
    case 1:
        return word;
    case 2:
    case 3:
        return draw_above(LEDE_PLAN_OPTIONAL, word);
    default:
        return draw_above(LEDE_PLAN_NOT,
                          chance_one_in(c, 3)
                              ? draw_span(c)
                              : draw_word(c, chance_one_in(c, 3)
                                                 ? THOUSANDS_BODY
                                                 : THOUSANDS_TITLE));
    }
}

/* Words of one field each, all of which score; or some of these, beside others
 * that are optional, and what is refused. */
static const lede_plan *draw_words(chance *c)
{
    static const uint32_t fields[] = { THOUSANDS_TITLE, THOUSANDS_BODY };
    static const uint32_t weights[] = { 512, 256 };
    lede_plan *plan = room(1, sizeof *plan);
    const lede_plan **nodes;
    double average = chance_one_in(c, 9) ? 0 : 10 + 90 * chance_unit(c);
    bool mixed = chance_one_in(c, 2);

    plan->kind = LEDE_PLAN_AND;
    plan->count = 1 + chance_below(c, 4);
    nodes = room(plan->count, sizeof *nodes);
    for (uint32_t i = 0; i < plan->count; i++) {
        bool title = chance_one_in(c, 9);
        lede_plan *word = room(1, sizeof *word);

        *word = *draw_word(c, title ? THOUSANDS_TITLE : THOUSANDS_BODY);
        word->score = (lede_plan_score){
            .weight = 0.2 + 3 * chance_unit(c),
            .average_length = chance_one_in(c, 30) ? 5 : average,
            .fields = fields,
            .field_weights = weights,
            .field_count = 2,
        };
        nodes[i] = mixed && i > 0 ? draw_role(c, word) : word;
    }
    plan->nodes = nodes;
    return plan;
}

static const lede_plan *draw_plan(chance *c)
{
    lede_plan *plan;
    const lede_plan **nodes;

    if (chance_one_in(c, 3))
        return draw_words(c);
    if (chance_one_in(c, 3))
        return draw_span(c);
    plan = room(1, sizeof *plan);
    plan->kind = LEDE_PLAN_AND;
    plan->count = 1 + chance_below(c, chance_one_in(c, 3) ? NODES_MAX : 3);
    nodes = room(plan->count, sizeof *nodes);
    for (uint32_t i = 0; i < plan->count; i++)
        nodes[i] =
            chance_one_in(c, 4)
                ? draw_span(c)
                : thousands_plan(c, chance_one_in(c, 4) ? 2 : 0, made.arena);
    plan->nodes = nodes;
    return plan;
}

/* ---- Matches ------------------------------------------------------------ */

static void begin_matcher(lede_matcher *matcher, uint32_t part,
                          const lede_engine_search *search)
{
    const lede_snapshot_part *at = &made.snapshot->parts[part];

    *matcher = (lede_matcher){ .segment = at->segment,
                               .schema = made.snapshot->description.schema,
                               .documents = at->documents,
                               .rule = &search->rule,
                               .scores = true,
                               .arena = made.arena,
                               .scratch = lede_arena_new(NULL),
                               .err = &made.err };
    ck_assert_int_eq(lede_terms_cursor_new(&matcher->cursor,
                                           lede_segment_terms(at->segment),
                                           NULL),
                     LEDE_OK);
}

static void end_matcher(lede_matcher *matcher)
{
    ck_assert_int_eq(matcher->status, LEDE_OK);
    lede_terms_cursor_free(matcher->cursor);
    lede_arena_free(matcher->scratch);
}

static void find_in(uint32_t part, const lede_engine_search *search)
{
    const lede_snapshot_part *at = &made.snapshot->parts[part];
    lede_matcher matcher;
    lede_finder *finder;

    begin_matcher(&matcher, part, search);
    ck_assert_int_eq(lede_finder_new(&finder, &matcher, search->plan), LEDE_OK);
    for (uint32_t doc = lede_finder_seek(finder, 0); doc != LEDE_DOC_END;
         doc = lede_finder_seek(finder, doc + 1))
        if (lede_live_has(at->live, doc) && lede_finder_check(finder))
            found[found_count++] =
                (lede_candidate){ .doc = (uint32_t)at->first_doc + doc,
                                  .points = finder->points };
    end_matcher(&matcher);
}

/* Newer articles have greater numbers here. */
static int by_order(const void *left, const void *right)
{
    const lede_candidate *a = left, *b = right;

    if (a->points != b->points)
        return a->points > b->points ? -1 : 1;
    return a->doc > b->doc ? -1 : a->doc < b->doc;
}

static void find_all(const lede_engine_search *search)
{
    found_count = 0;
    for (uint32_t i = 0; i < THOUSANDS_SEGMENTS; i++)
        find_in(i, search);
    qsort(found, found_count, sizeof *found, by_order);
}

static void expect_hits(const lede_engine_search *search)
{
    lede_engine_results results;
    uint32_t count = found_count < search->want ? found_count : search->want;
    uint32_t same = 0;

    results = commits_ask(&made, search);
    for (uint32_t i = 0; i < count && i < results.count; i++)
        same += results.hits[i].doc == found[i].doc &&
                results.hits[i].score ==
                    lede_score_of(&search->rule, found[i].points);
    ck_assert_msg(results.count == count && same == count, "%u of %u: %s",
                  (unsigned)same, (unsigned)count,
                  thousands_print(&made, search->plan));
    if (results.total_exact)
        ck_assert_uint_eq(results.total, found_count);
}

static bool expect_count(const lede_engine_search *search)
{
    uint64_t count = 0;
    bool all = true;

    for (uint32_t i = 0; all && i < THOUSANDS_SEGMENTS; i++) {
        lede_matcher matcher;

        begin_matcher(&matcher, i, search);
        matcher.scores = false;
        ck_assert_int_eq(lede_intersect_count(&all, &matcher, search->plan,
                                              made.snapshot->parts[i].live,
                                              &count),
                         LEDE_OK);
        end_matcher(&matcher);
    }
    if (all)
        ck_assert_uint_eq(count, found_count);
    return all;
}

START_TEST(blocks_match_what_finders_match)
{
    chance c = chance_from("intersect", 1);
    uint32_t done = 0, matching = 0;

    for (uint32_t i = 0; i < PLANS; i++) {
        lede_engine_search search = thousands_search(draw_plan(&c), &c);

        find_all(&search);
        matching += found_count > 20;
        search.want = chance_one_in(&c, 4) ? THOUSANDS_ARTICLES
                                           : 1 + chance_below(&c, 30);
        search.count_all = chance_one_in(&c, 4);
        search.ties = LEDE_TIES_NEWEST;
        expect_hits(&search);
        done += expect_count(&search);
        lede_arena_clear(made.arena);
    }
    ck_assert_uint_gt(done, PLANS / 2);
    ck_assert_uint_gt(matching, PLANS / 3);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, blocks_match_what_finders_match);
}

int main(void)
{
    return test_suite_run("intersect", add_tests);
}
