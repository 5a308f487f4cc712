/*
 * The best hits, which an index finds without looking at every article, are the
 * first of those that brute force finds when it looks at all of them: keys,
 * scores and order, to the bit, with lists of many blocks, in one segment and
 * in many, on one thread and on several, from the first hit and behind any.
 *
 * A plan is put to the memory engine once, for all that matches; then to native
 * indexes in many ways, each of which must be a part of that.
 *
 * Segments become one only when they are told to: the build puts __wrap_... in
 * place of lede_merge_choose.
 */
#include <math.h>
#include <stdlib.h>

#include "article/expand.h"
#include "native/index/merge_policy.h"
#include "support/crowd.h"
#include "support/likeness.h"
#include "support/suite.h"

#define WAYS 24U /* to ask one plan */

static lede_error err;

/* NOLINTBEGIN: the linker's name */
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
/* NOLINTEND */

typedef struct asked {
    const crowd *of;
    chance *c;
    lede_arena *whole; /* of a plan and all that it matches */
    lede_arena *part;
    uint64_t searches;
    uint64_t matching; /* plans that match something */
    uint64_t inexact;  /* totals */
} asked;

/* ---- Searches ----------------------------------------------------------- */

typedef struct orders {
    lede_sort_key sort[2];
    lede_facet_key facets[2];
} orders;

static uint32_t any_column(const asked *a)
{
    static const char *const names[] = { "tags", "votes", "rating", "date" };

    return lede_schema_place(a->of->stock.schema, names[chance_below(a->c, 4)]);
}

static void draw_order(const asked *a, lede_engine_search *search, orders *o)
{
    uint32_t date = lede_schema_place(a->of->stock.schema, "date");
    chance *c = a->c;

    for (int i = 0; i < 2; i++) {
        o->sort[i] = (lede_sort_key){ any_column(a), chance_one_in(c, 2) };
        o->facets[i] = (lede_facet_key){ any_column(a), LEDE_BUCKET_VALUE,
                                         1 + chance_below(c, 8) };
    }
    if (o->facets[1].field == date)
        o->facets[1].bucket = (lede_bucket)chance_below(c, 6);
    search->sort = o->sort;
    search->facets = o->facets;
    if (!chance_one_in(c, 4))
        search->ties = (lede_ties)chance_below(c, 3);
    if (chance_one_in(c, 5))
        search->sort_count = 1 + chance_below(c, 2);
    if (chance_one_in(c, 8))
        search->facet_count = 1 + chance_below(c, 2);
    if (chance_one_in(c, 8)) {
        search->collapse = any_column(a);
        search->collapse_limit = 1 + chance_below(c, 3);
    }
    if (chance_one_in(c, 6))
        search->recency = (lede_recency){ date, chance_unit(c),
                                          86400.0 * (1 + chance_below(c, 60)),
                                          INT64_C(86400) * 10 };
}

/* Behind a hit, or behind a score that no article has. */
static uint32_t draw_place(const asked *a, lede_engine_search *search,
                           lede_engine_hit *after,
                           const lede_engine_results *all)
{
    uint32_t at;

    search->after = NULL;
    if (all->count == 0 || !chance_one_in(a->c, 3))
        return 0;
    at = chance_below(a->c, all->count);
    *after = all->hits[at];
    search->after = after;
    if (search->sort_count > 0 || !chance_one_in(a->c, 4))
        return at + 1;
    after->score = nextafter(after->score, HUGE_VAL);
    while (at > 0 && all->hits[at - 1].score < after->score)
        at--;
    return at;
}

static lede_engine_search draw_way(const asked *a,
                                   const lede_engine_search *base)
{
    static const uint32_t wants[] = { 1, 1, 3, 10, 10, 10, 100, 1000 };
    lede_engine_search search = *base;
    chance *c = a->c;

    search.want = wants[chance_below(c, 8)];
    if (chance_one_in(c, 20))
        search.want = chance_one_in(c, 2) ? 0 : chance_below(c, 20000);
    search.count_all = chance_one_in(c, 4);
    search.threads = chance_one_in(c, 3) ? 1 + chance_below(c, 4) : 0;
    return search;
}

/* ---- Asking ------------------------------------------------------------- */

static void complain(const asked *a, const lede_engine_search *search,
                     const lede_engine_results *all,
                     const lede_engine_results *got, const char *differs)
{
    printf("want %u, count %d, threads %u, ties %d, sort %u, collapse %u, "
           "recency %u, facets %u, after %d; k1 %g, b %g, scale %d\n",
           search->want, search->count_all, search->threads, (int)search->ties,
           search->sort_count, search->collapse, search->recency.field,
           search->facet_count, search->after != NULL, search->rule.k1,
           search->rule.b, (int)search->rule.scale);
    plan_draw_print(stdout, search->plan, a->of->stock.schema);
    printf("\n");
    fflush(stdout);
    ck_abort_msg("%s differs: %llu of native, %llu of memory", differs,
                 (unsigned long long)got->total,
                 (unsigned long long)all->total);
}

static void ask_in_a_way(asked *a, const lede_engine_search *base,
                         const lede_engine_results *all)
{
    const lede_view *view =
        a->of->view[CROWD_ONE + chance_below(a->c, CROWD_INDEXES - CROWD_ONE)];
    lede_engine_search search = draw_way(a, base);
    lede_engine_results got;
    lede_engine_hit after;
    const char *differs;
    uint32_t first = draw_place(a, &search, &after, all);
    lede_status status =
        view->engine->search(&got, view->snapshot, &search, a->part, &err);

    ck_assert_msg(status == LEDE_OK, "%s %s", err.where, err.message);
    differs = likeness_of_page(&search, all, first, &got);
    if (differs)
        complain(a, &search, all, &got, differs);
    a->inexact += !got.total_exact;
    a->searches++;
    lede_arena_clear(a->part);
}

static void ask(asked *a)
{
    const lede_view *memory = a->of->view[CROWD_MEMORY];
    plan_draw draw = { plan_draw_chance, a->c, &a->of->stock, a->whole };
    lede_engine_search search = { .recency = { .field = LEDE_NO_FIELD },
                                  .want = a->of->articles,
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1,
                                  .count_all = true };
    lede_engine_results all;
    orders o;

    search.plan = plan_draw_any(&draw, chance_below(a->c, 4));
    ck_assert_ptr_nonnull(search.plan);
    search.rule = plan_draw_rule(&draw, search.plan);
    draw_order(a, &search, &o);
    ck_assert_int_eq(
        memory->engine->search(&all, memory->snapshot, &search, a->whole, &err),
        LEDE_OK);
    a->matching += all.total > 0;
    for (uint32_t i = 0; i < WAYS; i++)
        ask_in_a_way(a, &search, &all);
    lede_arena_clear(a->whole);
}

/* ---- Crowds ------------------------------------------------------------- */

static const struct {
    crowd_kind kind;
    uint32_t articles;
    uint32_t gone;
    uint32_t plans;
} crowds[] = {
    { CROWD_TIES, 20000, 0, 50 },   { CROWD_SKEWED, 20000, 0, 50 },
    { CROWD_SKEWED, 24000, 9, 50 }, { CROWD_REAL, 20000, 7, 40 },
    { CROWD_TIES, 3000, 5, 300 },   { CROWD_SKEWED, 3000, 0, 300 },
    { CROWD_REAL, 2000, 0, 240 },   { CROWD_SKEWED, 400, 4, 500 },
};

#define CROWDS ((int)(sizeof crowds / sizeof *crowds))

START_TEST(the_best_are_the_first_of_all)
{
    uint32_t share = test_is_sanitized() && !test_is_long() ? 10 : 1;
    uint32_t plans = crowds[_i].plans / share * (test_is_long() ? 100 : 1);
    chance c = chance_from("ranking", 1 + (uint64_t)_i);
    bool real = crowds[_i].kind == CROWD_REAL;
    passages *text = real ? passages_open(share > 1 ? 40 : 400) : NULL;
    crowd of;
    asked a = { .of = &of, .c = &c };

    crowd_open(&of, crowds[_i].kind, crowds[_i].articles / (share > 1 ? 4 : 1),
               crowds[_i].gone, text, &c);
    a.whole = lede_arena_new(NULL);
    a.part = lede_arena_new(NULL);
    for (uint32_t i = 0; i < plans; i++)
        ask(&a);
    printf("    %6u articles, %llu searches, %llu of %u plans match, %llu "
           "totals inexact\n",
           of.articles, (unsigned long long)a.searches,
           (unsigned long long)a.matching, plans,
           (unsigned long long)a.inexact);
    fflush(stdout);
    ck_assert_uint_ge(a.matching, test_is_sanitized() ? 1 : plans / 3);
    lede_arena_free(a.whole);
    lede_arena_free(a.part);
    crowd_close(&of);
    if (text)
        passages_close(text);
}
END_TEST

/* ---- Parts of an index -------------------------------------------------- */

static lede_node any_word(lede_query *query, const crowd *of, chance *c)
{
    lede_bytes word = of->stock.words[chance_below(c, of->stock.word_count)];
    const char *text = (const char *)word.at;
    const char *field = chance_one_in(c, 3) ? "body" : NULL;

    if (chance_one_in(c, 6))
        return lede_query_prefix(query, field, text,
                                 word.len < 2 ? word.len : 2);
    if (chance_one_in(c, 6))
        return lede_query_fuzzy(query, field, text, word.len, 1, 1);
    return lede_query_term(query, field, text, word.len);
}

static lede_query *any_query(const crowd *of, chance *c)
{
    lede_node nodes[4] = { 0 };
    uint32_t count = 1 + chance_below(c, 4);
    lede_query *query;

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    for (uint32_t i = 0; i < count; i++)
        nodes[i] = any_word(query, of, c);
    lede_query_set_root(query, chance_one_in(c, 3)
                                   ? lede_query_and(query, nodes, count)
                                   : lede_query_or(query, nodes, count));
    return query;
}

/* Answers by the index's own dictionary and statistics. */
static void answer(lede_engine_results *got, lede_engine_search *search,
                   const lede_view *view, const lede_query *query,
                   lede_arena *arena)
{
    lede_expand_options options = { .limits = view->limits };
    lede_expansion expansion;

    ck_assert_msg(lede_expand(&expansion, view, query, &options, arena, &err) ==
                      LEDE_OK,
                  "%s %s", err.where, err.message);
    search->plan = expansion.plan;
    search->rule =
        (lede_score_rule){ 1.2, 0.75, lede_score_scale(expansion.weights) };
    ck_assert_int_eq(
        view->engine->search(got, view->snapshot, search, arena, &err),
        LEDE_OK);
}

static void compare_parts(const crowd *of, const lede_query *query,
                          lede_arena *arena)
{
    lede_engine_search search = { .recency = { .field = LEDE_NO_FIELD },
                                  .want = 50,
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1 };
    lede_engine_results right, got;

    answer(&right, &search, of->view[CROWD_MEMORY], query, arena);
    for (int i = CROWD_ONE; i < CROWD_INDEXES; i++) {
        const char *differs;

        answer(&got, &search, of->view[i], query, arena);
        differs = likeness(&search, &right, &got);
        if (differs)
            plan_draw_print(stdout, search.plan, of->stock.schema);
        ck_assert_msg(!differs, "%s differs in index %d", differs, i);
    }
}

START_TEST(the_same_articles_score_alike_however_they_are_split)
{
    uint32_t share = test_is_sanitized() ? 10 : 1;
    uint32_t queries = 600 / share * (test_is_long() ? 100 : 1);
    chance c = chance_from("parts", 1 + (uint64_t)_i);
    passages *text = passages_open(40);
    lede_arena *arena = lede_arena_new(NULL);
    crowd of;

    crowd_open(&of, (crowd_kind)_i, 6000 / share, 0, text, &c);
    for (uint32_t i = 0; i < queries; i++) {
        lede_query *query = any_query(&of, &c);

        compare_parts(&of, query, arena);
        lede_query_free(query);
        lede_arena_clear(arena);
    }
    lede_arena_free(arena);
    crowd_close(&of);
    passages_close(text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase,
                        the_same_articles_score_alike_however_they_are_split, 0,
                        CROWD_KINDS);
    tcase_add_loop_test(tcase, the_best_are_the_first_of_all, 0, CROWDS);
}

int main(void)
{
    return test_suite_run("ranking", add_tests);
}
