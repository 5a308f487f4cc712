/*
 * Calls end soon after they are told to, wherever they are: cancelled at each
 * step that they spend, and at each look at the token. So every loop of unknown
 * length has its steps, and more work has more of them.
 *
 * The token is looked at through this file: the build puts __wrap_... in place
 * of lede_cancel_is_set.
 */
#include <stdio.h>
#include <string.h>

#include "api/index.h"
#include "article/view.h"
#include "lede/lede.h"
#include "native/index/check.h"
#include "support/chance.h"
#include "support/native_at.h"
#include "support/plans.h"
#include "support/suite.h"

#define WORDS 300U

/* Steps gone before a call; after so many more it looks at the token. */
#define GONE(more) ((uint64_t)8 * LEDE_BUDGET_STRIDE - (more))

static struct {
    uint64_t looks;
    uint64_t stop_at; /* the look that finds the token set; 0: none does */
} token;

static lede_cancel *the_cancel;
static lede_error err;

/* NOLINTBEGIN: the linker's name */
bool __wrap_lede_cancel_is_set(const lede_cancel *cancel);

bool __wrap_lede_cancel_is_set(const lede_cancel *cancel)
{
    return cancel && ++token.looks >= token.stop_at && token.stop_at > 0;
}
/* NOLINTEND */

/* ---- An index of some segments, with deletes ---- */

typedef struct shelf_of {
    lede_index *index;
    lede_writer *writer;
    lede_view *view;
    lede_dir *dir;
} shelf_of;

static lede_schema *new_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    lede_schema_add(schema, "tags", LEDE_KEYWORD, NULL);
    lede_schema_add(schema, "n", LEDE_INT, NULL);
    options.flags = LEDE_FIELD_NO_COLUMN;
    lede_schema_add(schema, "bare", LEDE_KEYWORD, &options);
    return schema;
}

static void put(lede_writer *writer, chance *c, uint32_t i)
{
    char text[512] = "the ", word[24];
    lede_document *doc;
    int len;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t n = chance_below(c, 20); n > 0; n--) {
        /* Accents, so that many words have one key: forms list them. */
        (void)snprintf(word, sizeof word, "w%s%u ",
                       chance_one_in(c, 3) ? "\xC3\xA9" : "e",
                       (unsigned)chance_below(c, WORDS));
        strcat(text, word);
    }
    lede_document_add_text(doc, "body", text, LEDE_TERMINATED);
    (void)snprintf(word, sizeof word, "t%u", (unsigned)(i % 97));
    lede_document_add_text(doc, "tags", word, LEDE_TERMINATED);
    lede_document_add_text(doc, "bare", word, LEDE_TERMINATED);
    lede_document_add_int(doc, "n", (int64_t)(i * 7919 % 1000));
    len = snprintf(word, sizeof word, "k%u", (unsigned)i);
    ck_assert_int_eq(lede_writer_put(writer, word, (size_t)len, doc, &err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void open_shelf(shelf_of *s, uint32_t articles)
{
    chance c = chance_from("stopping", 1);
    lede_index_options options = native_at_options();
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_schema *schema = new_schema();
    lede_view_source source;

    writing.threads = 1;
    s->view = NULL;
    ck_assert_int_eq(lede_dir_open_memory(&s->dir, NULL), LEDE_OK);
    native_at(s->dir, NULL);
    ck_assert_int_eq(
        lede_index_create(&s->index, NATIVE_AT, schema, &options, &err),
        LEDE_OK);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_writer_open(&s->writer, s->index, &writing, &err),
                     LEDE_OK);
    for (uint32_t i = 0; i < articles; i++) {
        put(s->writer, &c, i);
        if (i % (articles / 3 + 1) == articles / 3)
            ck_assert_int_eq(lede_writer_commit(s->writer, NULL, &err),
                             LEDE_OK);
    }
    ck_assert_int_eq(lede_writer_delete(s->writer, "k1", 2, &err), LEDE_OK);
    ck_assert_int_eq(lede_writer_commit(s->writer, NULL, &err), LEDE_OK);
    source = lede_index_source(s->index);
    ck_assert_int_eq(lede_view_open(&s->view, &source, &err), LEDE_OK);
}

static void close_shelf(shelf_of *s)
{
    lede_view_close(s->view);
    lede_writer_close(s->writer);
    lede_index_close(s->index);
    lede_dir_close(s->dir);
}

static void set_up(void)
{
    token.looks = token.stop_at = 0;
    ck_assert_int_eq(lede_cancel_new(&the_cancel, NULL), LEDE_OK);
}

static void tear_down(void)
{
    lede_cancel_free(the_cancel);
}

/* ---- What spends from a budget ---- */

typedef struct work {
    const char *name;
    const char *plan; /* NULL: `ask` says what */
    lede_status (*ask)(const lede_view *view, lede_budget *budget,
                       lede_arena *arena);
    bool grows; /* more articles are more of it */
} work;

/* How a plan is asked: what is found by skipping, counted, sorted. */
typedef struct manner {
    const char *name;
    uint32_t want;
    bool count_all;
    bool sorts;
    bool counts_values;
} manner;

static const manner manners[] = {
    { "all", 20, true, false, false },   { "best", 3, false, false, false },
    { "count", 0, true, false, false },  { "sort", 3, false, true, false },
    { "facets", 3, false, false, true },
};

#define MANNERS (sizeof manners / sizeof *manners)

static const lede_sort_key by_tag = { 1, true };
static const lede_facet_key value_counts = { 2, LEDE_BUCKET_VALUE, 500 };

static lede_engine_search request(const lede_view *view, const char *plan,
                                  lede_budget *budget, lede_arena *arena)
{
    return (lede_engine_search){
        .plan = plan_read(plan, view->engine, view->snapshot, arena),
        .rule = { 1.2, 0.75, 16 },
        .recency = { .field = LEDE_NO_FIELD },
        .want = 20,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
        .count_all = true,
        .budget = budget,
    };
}

static lede_engine_search request_as(const manner *m, const lede_view *view,
                                     const char *plan, lede_budget *budget,
                                     lede_arena *arena)
{
    lede_engine_search search = request(view, plan, budget, arena);

    search.want = m->want;
    search.count_all = m->count_all;
    search.sort = &by_tag;
    search.sort_count = m->sorts;
    search.facets = &value_counts;
    search.facet_count = m->counts_values;
    return search;
}

static lede_status run_search(const lede_view *view,
                              const lede_engine_search *search,
                              lede_arena *arena)
{
    lede_engine_results results = { .count = 77 };
    lede_status status =
        view->engine->search(&results, view->snapshot, search, arena, &err);

    ck_assert(status == LEDE_OK || results.count == 77);
    return status;
}

static lede_status ask_orders(const lede_view *view, lede_budget *budget,
                              lede_arena *arena)
{
    lede_engine_search search = request(view, "all", budget, arena);
    lede_sort_key sort = { 1, true };
    lede_facet_key facets[2] = { { 1, LEDE_BUCKET_VALUE, 5 },
                                 { 2, LEDE_BUCKET_VALUE, 500 } };

    search.sort = &sort;
    search.sort_count = 1;
    search.facets = facets;
    search.facet_count = 2;
    search.collapse = 2;
    return run_search(view, &search, arena);
}

static lede_status ask_many(const lede_view *view, lede_budget *budget,
                            lede_arena *arena)
{
    lede_engine_search search = request(view, "body.the", budget, arena);

    search.want = 100000;
    return run_search(view, &search, arena);
}

static lede_status ask_walk(const lede_view *view, lede_budget *budget,
                            lede_arena *arena)
{
    lede_term_walk *walk;
    lede_status status = view->engine->walk(
        &walk, view->snapshot, 0, LEDE_SPACE_WORDS, NULL, budget, arena, &err);

    if (status != LEDE_OK)
        return status;
    while (walk->next(walk))
        ;
    return walk->status;
}

static lede_status ask_forms(const lede_view *view, lede_budget *budget,
                             lede_arena *arena)
{
    const lede_bytes *terms;
    uint32_t count;

    return view->engine->forms(&terms, &count, view->snapshot,
                               LEDE_FORM_KIND_FOLD, lede_bytes_of_text("we7"),
                               budget, arena, &err);
}

static lede_status ask_lookup(const lede_view *view, lede_budget *budget,
                              lede_arena *arena)
{
    lede_term_stats stats[20];
    lede_plan_term terms[20];

    (void)arena;
    for (uint32_t i = 0; i < 20; i++)
        terms[i] = (lede_plan_term){ 0, 1, lede_bytes_of_text("we7"), NULL };
    return view->engine->lookup(stats, view->snapshot, terms, 20, budget, NULL,
                                &err);
}

static lede_status ask_load(const lede_view *view, lede_budget *budget,
                            lede_arena *arena)
{
    lede_doc docs[5] = { 0, 5, 7, 8, 9 };
    lede_document *documents[5];
    lede_engine_load load = { .docs = docs, .count = 5, .budget = budget };
    lede_status status =
        view->engine->load(documents, NULL, view->snapshot, &load, &err);

    (void)arena;
    for (int i = 0; status == LEDE_OK && i < 5; i++)
        lede_document_free(documents[i]);
    return status;
}

static const work works[] = {
    { "everything", "all", NULL, true },
    { "nothing", "nothing", NULL, false },
    { "word", "body.the", NULL, true },
    { "words", "body.we1+body.we2+body.we3", NULL, true },
    { "phrase", "(phrase 3 body.the body.we1+body.we2+body.we5)", NULL, true },
    { "near", "(near 9 body.the body.we1+body.we2+body.we5)", NULL, true },
    { "either", "(either body.the body.we1)", NULL, true },
    { "equals", "tags:t5", NULL, true },
    { "range", "(range n 10 900)", NULL, true },
    { "range of keywords", "(range tags t1 t5)", NULL, true },
    { "exists in words", "(exists body)", NULL, true },
    { "exists in a column", "(exists tags)", NULL, true },
    { "exists in values", "(exists bare)", NULL, true },
    { "key", "(key k9)", NULL, false },
    { "and", "(and body.the body.we1 (range n 1 900))", NULL, true },
    { "or", "(or body.we1 body.we2 tags:t5)", NULL, true },
    { "best", "(best 100 body.we1 body.we2)", NULL, true },
    { "not", "(not body.the)", NULL, true },
    { "optional", "(optional body.we1)", NULL, true },
    { "constant", "(constant 2 body.the)", NULL, true },
    { "orders", NULL, ask_orders, true },
    { "many hits", NULL, ask_many, true },
    { "walk", NULL, ask_walk, false },
    { "forms", NULL, ask_forms, false },
    { "lookup", NULL, ask_lookup, false },
    { "load", NULL, ask_load, false },
};

#define WORKS (sizeof works / sizeof *works)

/* Does one with `before` steps gone, of which the next 1024th looks. */
static lede_status do_work_as(const manner *m, const work *w, const shelf_of *s,
                              uint64_t before, uint64_t *steps)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_budget budget;
    lede_status status;

    lede_budget_init(&budget, 0, the_cancel, 0);
    atomic_store(&budget.steps, before);
    if (w->ask) {
        status = w->ask(s->view, &budget, arena);
    } else {
        lede_engine_search search =
            request_as(m, s->view, w->plan, &budget, arena);

        status = run_search(s->view, &search, arena);
    }
    if (steps)
        *steps = atomic_load(&budget.steps) - before;
    lede_arena_free(arena);
    return status;
}

static lede_status do_work(const work *w, const shelf_of *s, uint64_t before,
                           uint64_t *steps)
{
    return do_work_as(&manners[0], w, s, before, steps);
}

static void cancel_everywhere(const manner *m, const work *w, const shelf_of *s)
{
    uint64_t steps, most;

    /* Twice: what a snapshot keeps costs its steps once. */
    token.stop_at = 0;
    ck_assert_int_eq(do_work_as(m, w, s, 0, NULL), LEDE_OK);
    ck_assert_int_eq(do_work_as(m, w, s, 0, &steps), LEDE_OK);
    ck_assert_uint_gt(steps, 0);
    most = steps < LEDE_BUDGET_STRIDE ? steps : LEDE_BUDGET_STRIDE;
    token.stop_at = 1;
    for (uint64_t k = 1; k <= most; k++)
        ck_assert_msg(do_work_as(m, w, s, GONE(k), NULL) == LEDE_ERR_CANCELLED,
                      "%s, %s, at step %llu of %llu", w->name, m->name,
                      (unsigned long long)k, (unsigned long long)steps);
    if (steps < LEDE_BUDGET_STRIDE)
        ck_assert_int_eq(do_work_as(m, w, s, GONE(steps + 1), NULL), LEDE_OK);
    printf("%s, %s: cancelled at %llu of %llu steps\n", w->name, m->name,
           (unsigned long long)most, (unsigned long long)steps);
}

START_TEST(cancelled_at_any_step_a_call_ends_there)
{
    const work *w = &works[_i];
    shelf_of s;

    open_shelf(&s, 60);
    for (size_t i = 0; i < (w->plan ? MANNERS : 1); i++)
        cancel_everywhere(&manners[i], w, &s);
    close_shelf(&s);
}
END_TEST

/* ---- What is found in time ---------------------------------------------- */

static const lede_engine_hit *hit_of(const lede_engine_results *in,
                                     lede_bytes key)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (lede_bytes_equal(in->hits[i].key, key))
            return &in->hits[i];
    return NULL;
}

/* What is wrong with a part of an answer; NULL: nothing. `whole` has all that
 * matches in its order, so a part has these in the same. */
static const char *judge_part(const lede_engine_results *whole,
                              const lede_engine_results *part)
{
    const lede_engine_hit *before = NULL;

    if (part->total > whole->total || (part->partial && part->total_exact))
        return "the total";
    for (uint32_t i = 0; i < part->count; i++) {
        const lede_engine_hit *hit = &part->hits[i];
        const lede_engine_hit *right = hit_of(whole, hit->key);

        if (!right)
            return "no match";
        if (hit->sequence != right->sequence || hit->score < right->score ||
            hit->score > right->score)
            return "not its score";
        if (before && right <= before)
            return "the order";
        before = right;
    }
    if (!part->partial)
        for (uint32_t i = 0; i < part->count; i++)
            if (!lede_bytes_equal(part->hits[i].key, whole->hits[i].key))
                return "not the first";
    return NULL;
}

static void time_out_everywhere(const manner *m, const work *w,
                                const shelf_of *s)
{
    lede_arena *arena = lede_arena_new(NULL), *parts = lede_arena_new(NULL);
    lede_engine_search search = request_as(m, s->view, w->plan, NULL, arena);
    lede_engine_results whole, part;
    uint64_t k = 1, stride = test_is_sanitized() ? 31 : 3;
    lede_budget budget;

    search.want = 100000;
    ck_assert_int_eq(s->view->engine->search(&whole, s->view->snapshot, &search,
                                             arena, &err),
                     LEDE_OK);
    search.want = m->want;
    search.partial = true;
    search.budget = &budget;
    do {
        const char *wrong;

        lede_budget_init(&budget, 0, NULL, 0);
        budget.deadline_ns = 1; /* long ago, when somebody looks */
        atomic_store(&budget.steps, GONE(k));
        wrong = s->view->engine->search(&part, s->view->snapshot, &search,
                                        parts, &err) == LEDE_OK
                    ? judge_part(&whole, &part)
                    : "a failure";
        ck_assert_msg(!wrong, "%s, %s, out of time at step %llu: %s", w->name,
                      m->name, (unsigned long long)k, wrong);
        lede_arena_clear(parts);
        k += stride;
    } while (part.partial && k <= LEDE_BUDGET_STRIDE);
    lede_arena_free(parts);
    lede_arena_free(arena);
}

START_TEST(what_is_found_before_time_ends_is_true)
{
    shelf_of s;

    open_shelf(&s, test_is_sanitized() ? 200 : 1500);
    for (size_t w = 0; w < WORKS; w++)
        for (size_t i = 0; works[w].plan && i < MANNERS; i++)
            time_out_everywhere(&manners[i], &works[w], &s);
    close_shelf(&s);
}
END_TEST

START_TEST(more_work_is_more_steps)
{
    shelf_of small, large;

    open_shelf(&small, 60);
    open_shelf(&large, 3000);
    for (size_t i = 0; i < WORKS; i++) {
        uint64_t few, many;

        ck_assert_int_eq(do_work(&works[i], &small, 0, &few), LEDE_OK);
        ck_assert_int_eq(do_work(&works[i], &large, 0, &many), LEDE_OK);
        ck_assert_msg(!works[i].grows || many > 3 * few,
                      "%s: %llu steps, then %llu", works[i].name,
                      (unsigned long long)few, (unsigned long long)many);
    }
    close_shelf(&small);
    close_shelf(&large);
}
END_TEST

/* ---- What takes a task ---- */

static uint64_t count_articles(const shelf_of *s)
{
    lede_snapshot *snapshot;
    lede_query *query;
    uint64_t total;

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    lede_query_set_root(query, lede_query_everything(query));
    ck_assert_int_eq(lede_snapshot_open(&snapshot, s->index, &err), LEDE_OK);
    ck_assert_int_eq(lede_count(&total, snapshot, query, NULL, &err), LEDE_OK);
    lede_snapshot_close(snapshot);
    lede_query_free(query);
    return total;
}

static lede_status optimize(const shelf_of *s, const lede_task *task)
{
    ck_assert_int_eq(lede_writer_rollback(s->writer, &err), LEDE_OK);
    return lede_writer_optimize(s->writer, task, &err);
}

static lede_status check(const shelf_of *s, const lede_task *task)
{
    return lede_native_check(s->dir, task, NULL, &err);
}

/* Stops it at its first look, then the second, until it gets through; returns
 * how many there were. */
static uint64_t stop_everywhere(const shelf_of *s,
                                lede_status (*call)(const shelf_of *s,
                                                    const lede_task *task))
{
    lede_task task = LEDE_TASK;
    lede_status status = LEDE_ERR_CANCELLED;

    task.cancel = the_cancel;
    for (uint64_t k = 1; status != LEDE_OK; k++) {
        token.looks = 0;
        token.stop_at = k;
        status = call(s, &task);
        ck_assert_msg(
            status == (token.looks < k ? LEDE_OK : LEDE_ERR_CANCELLED),
            "look %llu of %llu: %d %s", (unsigned long long)k,
            (unsigned long long)token.looks, (int)status, err.message);
    }
    return token.looks;
}

START_TEST(optimize_ends_at_any_look_and_costs_nothing)
{
    uint64_t looks;
    shelf_of s;

    open_shelf(&s, 1500);
    looks = stop_everywhere(&s, optimize);
    printf("optimize: cancelled at %llu looks\n", (unsigned long long)looks);
    ck_assert_uint_gt(looks, 8);
    token.stop_at = 0;
    ck_assert_uint_eq(count_articles(&s), 1499);
    ck_assert_int_eq(native_at_check(s.dir, &err), LEDE_OK);
    close_shelf(&s);
}
END_TEST

START_TEST(a_check_ends_at_any_look)
{
    uint64_t looks;
    shelf_of s;

    open_shelf(&s, 1500);
    looks = stop_everywhere(&s, check);
    printf("check: cancelled at %llu looks\n", (unsigned long long)looks);
    ck_assert_uint_gt(looks, 8);
    close_shelf(&s);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, cancelled_at_any_step_a_call_ends_there, 0,
                        WORKS);
    tcase_add_test(tcase, what_is_found_before_time_ends_is_true);
    tcase_add_test(tcase, more_work_is_more_steps);
    tcase_add_test(tcase, optimize_ends_at_any_look_and_costs_nothing);
    tcase_add_test(tcase, a_check_ends_at_any_look);
}

int main(void)
{
    return test_suite_run("stopping", add_tests);
}
