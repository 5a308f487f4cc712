/* Walks over a list of a dictionary's terms say what the engine's walks say,
 * whatever the pattern. */
#include "article/term_list.h"

#include <stdio.h>

#include "api/index.h"
#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 600U
#define SEGMENTS 3U
#define PATTERNS (test_is_sanitized() ? 1000U : 5000U)
#define STATES   2000U
#define SLACK    40000U /* of a walk, and of texts */

enum { BODY, TAG, FIELDS };

static const lede_term_place places[FIELDS] = { { BODY, LEDE_SPACE_WORDS },
                                                { TAG, LEDE_SPACE_VALUES } };

static commits made;
static lede_view *view;
static lede_arena *arena;

/* Of few letters, so that words share beginnings and patterns meet some. */
static size_t draw_text(chance *c, char *out, uint32_t most)
{
    static const char *const letters[] = { "a", "b",        "ab",
                                           "c", "\xC3\xA9", "\xE4\xB8\x80" };
    size_t len = 0;

    for (uint32_t n = chance_below(c, most) + 1; n > 0; n--)
        len += (size_t)sprintf(out + len, "%s", letters[chance_below(c, 6)]);
    return len;
}

static void put(lede_writer *writer, chance *c, uint32_t i)
{
    char text[400];
    size_t len = 0;
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t words = chance_below(c, 8); words > 0; words--) {
        size_t begin = len;

        len += draw_text(c, text + len, 9);
        if (text[begin] >= 'a' && chance_one_in(c, 4))
            text[begin] = (char)(text[begin] - 'a' + 'A');
        text[len++] = chance_one_in(c, 5) ? '-' : ' ';
    }
    lede_document_add_text(doc, "body", text, len);
    for (uint32_t tags = chance_below(c, 3); tags > 0; tags--)
        lede_document_add_text(doc, "tag", text, draw_text(c, text, 7));
    len = (size_t)snprintf(text, sizeof text, "%u", (unsigned)i);
    ck_assert_int_eq(lede_writer_put(writer, text, len, doc, &made.err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void set_up(void)
{
    chance c = chance_from("terms", 1);
    lede_view_source source;
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        put(writer, &c, i);
        if ((i + 1) % (ARTICLES / SEGMENTS) == 0)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    commits_end(&made, writer, SEGMENTS);
    source = lede_index_source(made.index);
    ck_assert_int_eq(lede_view_open(&view, &source, &made.err), LEDE_OK);
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
    lede_view_close(view);
    commits_close(&made);
}

/* ---- Patterns ---- */

static lede_status draw_wildcard(lede_dfa **out, chance *c, const char *text,
                                 size_t len)
{
    char pattern[400];
    size_t n = 0;

    if (chance_one_in(c, 2))
        pattern[n++] = '*';
    for (size_t i = 0; i < len; i++) {
        pattern[n++] = text[i];
        if (chance_one_in(c, 6))
            pattern[n++] = chance_one_in(c, 2) ? '?' : '*';
    }
    return lede_dfa_new_wildcard(out, lede_bytes_of(pattern, n), STATES, NULL);
}

static lede_status draw_regex(lede_dfa **out, chance *c, const char *text)
{
    static const char *const shapes[][2] = {
        { ".*", ".*" },   { "", ".*" },    { "(a|b)*", "" },
        { "[a-c]+", "" }, { ".{3}", "?" }, { "a[^b]*", "" },
    };
    const char *const *shape = shapes[chance_below(c, 6)];
    char pattern[500];
    const char *why;
    size_t bad;
    int len =
        snprintf(pattern, sizeof pattern, "%s%s%s", shape[0], text, shape[1]);

    return lede_dfa_new_regex(out, lede_bytes_of(pattern, (size_t)len), STATES,
                              &bad, &why, NULL);
}

static lede_dfa *draw_pattern(chance *c)
{
    char text[100];
    size_t len = draw_text(c, text, chance_one_in(c, 2) ? 2 : 7);
    lede_bytes bytes = lede_bytes_of(text, len);
    lede_dfa *dfa = NULL;
    lede_status status;

    switch (chance_below(c, 5)) {
    case 0:
        status = lede_dfa_new_word(&dfa, bytes, chance_one_in(c, 2), NULL);
        break;
    case 1:
        status = lede_dfa_new_bytes(&dfa, bytes, chance_one_in(c, 2), NULL);
        break;
    case 2:
        status = lede_dfa_new_fuzzy(&dfa, bytes, chance_below(c, 3),
                                    chance_below(c, 3), STATES, NULL);
        break;
    case 3:
        status = draw_wildcard(&dfa, c, text, len);
        break;
    default:
        status = draw_regex(&dfa, c, text);
    }
    ck_assert_int_eq(status, LEDE_OK);
    return dfa;
}

/* ---- Equality ---- */

static bool is_same(const lede_term_walk *a, const lede_term_walk *b)
{
    return lede_bytes_equal(a->term, b->term) && a->distance == b->distance &&
           a->stats.documents == b->stats.documents &&
           a->stats.name == b->stats.name;
}

/* Returns how many terms both walks have; fails where they differ. */
static uint32_t expect_same(lede_term_lists *lists, uint32_t field,
                            lede_dfa *dfa)
{
    lede_term_walk *listed, *plain;
    uint32_t count = 0;
    bool same = true;

    ck_assert_int_eq(
        lede_term_lists_listed(&listed, lists, places[field], dfa, &made.err),
        LEDE_OK);
    ck_assert_ptr_nonnull(listed);
    ck_assert_int_eq(view->engine->walk(&plain, view->snapshot, field,
                                        places[field].space, dfa, NULL,
                                        made.arena, &made.err),
                     LEDE_OK);
    for (; same && plain->next(plain); count++)
        same = listed->next(listed) && is_same(listed, plain);
    ck_assert_msg(same, "term %u is %.*s", count, (int)plain->term.len,
                  (const char *)plain->term.at);
    ck_assert(!listed->next(listed));
    ck_assert_int_eq(listed->status, plain->status);
    lede_arena_clear(made.arena);
    return count;
}

START_TEST(a_list_says_what_the_engine_says)
{
    chance c = chance_from("patterns", 1);
    uint32_t found[FIELDS] = { 0 };
    lede_term_lists lists;

    lede_term_lists_init(&lists, view, view->limits, NULL, arena);
    for (uint32_t i = 0; i < PATTERNS; i++) {
        lede_dfa *dfa = draw_pattern(&c);
        uint32_t field = chance_below(&c, FIELDS);

        found[field] += expect_same(&lists, field, dfa) > 0;
        lede_dfa_free(dfa);
    }
    for (uint32_t field = 0; field < FIELDS; field++)
        ck_assert_uint_gt(found[field], PATTERNS / 10);
    lede_term_lists_fini(&lists);
}
END_TEST

static lede_dfa *new_large(uint32_t states)
{
    lede_dfa *dfa;
    const char *why;
    size_t bad;

    ck_assert_int_eq(
        lede_dfa_new_regex(&dfa, lede_bytes_of_text("(a|b|c)*a(a|b|c){5}"),
                           states, &bad, &why, NULL),
        LEDE_OK);
    return dfa;
}

/* An engine may try more states, to jump. */
START_TEST(a_pattern_that_is_too_large_ends_a_walk)
{
    uint32_t large = 0, fit = 0;
    lede_term_lists lists;

    lede_term_lists_init(&lists, view, view->limits, NULL, arena);
    for (uint32_t states = 10; states < 120; states++) {
        lede_dfa *one = new_large(states), *other = new_large(states);
        lede_term_walk *listed, *plain;

        ck_assert_int_eq(lede_term_lists_listed(&listed, &lists, places[BODY],
                                                one, &made.err),
                         LEDE_OK);
        ck_assert_int_eq(view->engine->walk(&plain, view->snapshot, BODY,
                                            LEDE_SPACE_WORDS, other, NULL,
                                            made.arena, &made.err),
                         LEDE_OK);
        while (listed->next(listed))
            if (plain->next(plain))
                ck_assert(is_same(listed, plain));
        while (plain->next(plain))
            ck_assert_int_eq(listed->status, LEDE_ERR_LIMIT);
        ck_assert(
            listed->status == plain->status ||
            (listed->status == LEDE_OK && plain->status == LEDE_ERR_LIMIT));
        ck_assert_int_eq(listed->status, one->status);
        large += listed->status == LEDE_ERR_LIMIT;
        fit += listed->status == LEDE_OK;
        lede_dfa_free(one);
        lede_dfa_free(other);
        lede_arena_clear(made.arena);
    }
    ck_assert_uint_gt(large, 0);
    ck_assert_uint_gt(fit, 0);
    lede_term_lists_fini(&lists);
}
END_TEST

/* ---- Making ---- */

static lede_term_walk *walk_all(lede_term_lists *lists, lede_dfa *dfa)
{
    lede_term_walk *walk;

    ck_assert_int_eq(
        lede_term_lists_walk(&walk, lists, places[BODY], dfa, &made.err),
        LEDE_OK);
    return walk;
}

START_TEST(a_list_is_made_when_walks_have_cost_as_much)
{
    lede_term_lists lists;
    lede_budget budget;
    lede_dfa *dfa;
    lede_term_walk *walk;
    bool (*of_engine)(lede_term_walk * walk);
    uint64_t steps = 0, first = 0;

    lede_budget_init(&budget, 0, NULL, 0);
    lede_term_lists_init(&lists, view, view->limits, &budget, arena);
    ck_assert_int_eq(
        lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("*"), STATES, NULL),
        LEDE_OK);
    walk = walk_all(&lists, dfa);
    of_engine = walk->next;
    while (walk->next == of_engine) {
        while (walk->next(walk))
            ;
        ck_assert_int_eq(walk->status, LEDE_OK);
        steps = atomic_load(&budget.steps);
        first = first ? first : steps;
        walk = walk_all(&lists, dfa);
    }
    ck_assert_uint_ge(steps, LEDE_TERM_LIST_MAX);
    ck_assert_uint_lt(steps, LEDE_TERM_LIST_MAX + first);
    lede_dfa_free(dfa);
    lede_term_lists_fini(&lists);
}
END_TEST

START_TEST(a_list_takes_no_more_memory_than_it_may)
{
    lede_limits limits = *view->limits;
    uint32_t refused = 0, kept = 0;
    lede_dfa *dfa;

    ck_assert_int_eq(
        lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("*"), STATES, NULL),
        LEDE_OK);
    for (uint64_t most = 1000; most < 4000000; most += most / 4) {
        lede_term_lists lists;
        lede_term_walk *walk;

        lede_arena_free(arena);
        arena = lede_arena_new(NULL);
        ck_assert_ptr_nonnull(arena);
        lede_arena_limit(arena, most + SLACK);
        limits.query_memory_bytes = most;
        lede_term_lists_init(&lists, view, &limits, NULL, arena);
        ck_assert_int_eq(
            lede_term_lists_listed(&walk, &lists, places[BODY], dfa, &made.err),
            LEDE_OK);
        refused += walk == NULL;
        kept += walk != NULL;
        ck_assert_uint_le(lede_arena_bytes(arena), most / 4 + SLACK);
        lede_term_lists_fini(&lists);
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_gt(kept, 0);
    lede_dfa_free(dfa);
}
END_TEST

START_TEST(memory_that_ends_is_told)
{
    uint32_t failed = 0;
    lede_dfa *dfa;

    ck_assert_int_eq(
        lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("*"), STATES, NULL),
        LEDE_OK);
    for (uint64_t most = 500; most < 400000; most += most / 8) {
        lede_term_lists lists;
        lede_term_walk *walk = NULL;
        lede_status status;

        lede_arena_free(arena);
        arena = lede_arena_new(NULL);
        ck_assert_ptr_nonnull(arena);
        lede_arena_limit(arena, most);
        lede_term_lists_init(&lists, view, view->limits, NULL, arena);
        status =
            lede_term_lists_listed(&walk, &lists, places[BODY], dfa, &made.err);
        ck_assert(status == LEDE_OK || status == LEDE_ERR_LIMIT ||
                  status == LEDE_ERR_NOMEM);
        ck_assert_int_eq(walk != NULL, status == LEDE_OK);
        failed += status != LEDE_OK;
        if (lede_term_lists_listed(&walk, &lists, places[BODY], dfa,
                                   &made.err) == LEDE_OK)
            while (walk && walk->next(walk))
                ;
        lede_term_lists_fini(&lists);
    }
    ck_assert_uint_gt(failed, 0);
    lede_dfa_free(dfa);
}
END_TEST

START_TEST(a_walk_stops_when_told)
{
    lede_cancel *cancel;
    lede_term_lists lists;
    lede_term_walk *walk;
    lede_budget budget;
    lede_dfa *dfa;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_budget_init(&budget, 0, cancel, 0);
    lede_term_lists_init(&lists, view, view->limits, &budget, arena);
    ck_assert_int_eq(
        lede_dfa_new_wildcard(&dfa, lede_bytes_of_text("*zz"), STATES, NULL),
        LEDE_OK);
    ck_assert_int_eq(
        lede_term_lists_listed(&walk, &lists, places[BODY], dfa, &made.err),
        LEDE_OK);
    lede_cancel_set(cancel);
    for (int i = 0; i < 100 && walk->status == LEDE_OK; i++) {
        while (walk->next(walk))
            ;
        if (walk->status == LEDE_OK)
            ck_assert_int_eq(lede_term_lists_listed(&walk, &lists, places[BODY],
                                                    dfa, &made.err),
                             LEDE_OK);
    }
    ck_assert_int_eq(walk->status, LEDE_ERR_CANCELLED);
    lede_dfa_free(dfa);
    lede_term_lists_fini(&lists);
    lede_cancel_free(cancel);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_list_says_what_the_engine_says);
    tcase_add_test(tcase, a_pattern_that_is_too_large_ends_a_walk);
    tcase_add_test(tcase, a_list_is_made_when_walks_have_cost_as_much);
    tcase_add_test(tcase, a_list_takes_no_more_memory_than_it_may);
    tcase_add_test(tcase, memory_that_ends_is_told);
    tcase_add_test(tcase, a_walk_stops_when_told);
}

int main(void)
{
    return test_suite_run("term_list", add_tests);
}
