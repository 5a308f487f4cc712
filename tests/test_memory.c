/* What is particular to the engine in memory; conformance.c has the rest. */
#include "memory/memory.h"

#include <stdio.h>
#include <time.h>

#include "engine/bucket.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/seam.h"
#include "support/suite.h"

static seam s;

static void set_up(void)
{
    seam_open(&s, lede_memory_engine(), "memory", "", NULL);
}

static void tear_down(void)
{
    seam_close(&s);
}

START_TEST(each_open_is_an_index_of_its_own)
{
    seam other;

    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    seam_open(&other, lede_memory_engine(), "memory", "", NULL);
    ck_assert_str_eq(seam_find(&other, "all"), "");
    seam_put(&other, "b", "title=one");
    seam_commit(&other);
    ck_assert_str_eq(seam_find(&s, "all"), "a");
    ck_assert_str_eq(seam_find(&other, "all"), "b");
    seam_close(&other);
}
END_TEST

START_TEST(an_index_in_memory_has_no_name)
{
    lede_engine_index *index = NULL;

    s.settings.address = "news";
    ck_assert_int_eq(s.engine->open(&index, &s.settings, &s.err),
                     LEDE_ERR_UNSUPPORTED);
    ck_assert_str_eq(s.err.where, "news");
    ck_assert_int_eq(s.engine->check(&s.settings, false, NULL, NULL),
                     LEDE_ERR_UNSUPPORTED);
    s.settings.address = "";
    ck_assert_int_eq(s.engine->check(&s.settings, false, NULL, NULL), LEDE_OK);
    ck_assert_int_eq(s.engine->check(&s.settings, true, NULL, NULL), LEDE_OK);
    ck_assert(!s.engine->owns);
}
END_TEST

START_TEST(deleted_articles_count_until_optimize)
{
    lede_plan_term one = { SEAM_TITLE, 1, lede_bytes_of_text("one"), NULL };
    lede_term_stats count;
    lede_stats stats;

    seam_put(&s, "a", "title=one two");
    seam_put(&s, "b", "title=one");
    seam_commit(&s);
    seam_put(&s, "a", "title=one");
    seam_delete(&s, "b");
    seam_commit(&s);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, 3);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->field_tokens[SEAM_TITLE],
                      4);
    ck_assert_int_eq(
        s.engine->lookup(&count, s.snapshot, &one, 1, NULL, NULL, NULL),
        LEDE_OK);
    ck_assert_uint_eq(count.documents, 3);
    ck_assert_int_eq(s.engine->stats(&stats, s.snapshot, s.arena, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(stats.documents, 1);
    ck_assert_uint_eq(stats.deleted, 2);
    ck_assert_uint_eq(stats.text_bytes, 3);
    (void)seam_finish(&s, LEDE_FINISH_OPTIMIZE);
    seam_look(&s);
    ck_assert_int_eq(s.engine->stats(&stats, s.snapshot, s.arena, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(stats.deleted, 0);
    ck_assert_uint_eq(stats.tokens, 1);
    ck_assert_uint_eq(stats.terms, 1);
}
END_TEST

START_TEST(losers_of_one_commit_never_count)
{
    seam_put(&s, "a", "title=one two");
    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, 1);
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->field_tokens[SEAM_TITLE],
                      1);
}
END_TEST

START_TEST(a_writer_tells_what_it_holds)
{
    uint64_t one, two;
    uint32_t count;

    seam_write(&s);
    ck_assert_uint_eq(s.engine->writer_memory(s.writer), 0);
    seam_put(&s, "a", "title=one");
    one = s.engine->writer_memory(s.writer);
    ck_assert_uint_gt(one, 0);
    seam_put(&s, "b", "title=one two three four five");
    two = s.engine->writer_memory(s.writer);
    ck_assert_uint_gt(two, 2 * one - 1);
    seam_put(&s, "b", "title=one");
    ck_assert_uint_eq(s.engine->writer_memory(s.writer), 2 * one);
    seam_commit(&s);
    ck_assert_uint_eq(s.engine->writer_memory(s.writer), 0);
    ck_assert_uint_eq(s.engine->writer_shards(s.writer, &count)->generation, 1);
    ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(a_stopped_optimize_leaves_the_first_commit)
{
    lede_task task = LEDE_TASK;
    lede_engine_finish finish = { .kind = LEDE_FINISH_OPTIMIZE, .task = &task };

    seam_put(&s, "a", "title=one");
    seam_commit(&s);
    seam_put(&s, "a", "title=two");
    ck_assert_int_eq(lede_cancel_new(&task.cancel, NULL), LEDE_OK);
    lede_cancel_set(task.cancel);
    ck_assert_int_eq(s.engine->finish(s.writer, &finish, NULL, &s.err),
                     LEDE_ERR_CANCELLED);
    seam_look(&s);
    ck_assert_str_eq(seam_find(&s, "title.two"), "a");
    ck_assert_uint_eq(s.engine->describe(s.snapshot)->documents, 2);
    lede_cancel_free(task.cancel);
}
END_TEST

/* ---- Every point where it can be stopped -------------------------------- */

/* As if the token were set at the k-th step: it is looked at there only. */
static void budget_until(lede_budget *budget, const lede_cancel *cancel,
                         uint64_t k)
{
    lede_budget_init(budget, 0, cancel, 0);
    atomic_store(&budget->steps, (uint64_t)2 * LEDE_BUDGET_STRIDE - k);
}

static lede_status search_with(const char *plan, lede_budget *budget)
{
    lede_engine_search search = seam_request(&s, plan);
    lede_engine_results results;

    search.budget = budget;
    return s.engine->search(&results, s.snapshot, &search, s.arena, &s.err);
}

START_TEST(a_search_stops_at_whatever_step_it_is_told)
{
    static const char *const plans[] = {
        "all",
        "title.one",
        "(phrase 3 title.one title.two)",
        "(near 9 title.one title.two title.one)",
        "(or (and title.one (not tags:x)) (range n 1 2))",
    };
    lede_cancel *cancel;
    lede_budget budget;

    for (int i = 0; i < 9; i++) {
        char key[2] = { (char)('a' + i), '\0' };

        seam_put(&s, key, "title=one two one one two; tags=x; n=1");
    }
    seam_commit(&s);
    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        uint64_t steps;

        lede_cancel_clear(cancel);
        lede_budget_init(&budget, 0, cancel, 0);
        ck_assert_int_eq(search_with(plans[i], &budget), LEDE_OK);
        steps = atomic_load(&budget.steps);
        ck_assert_uint_gt(steps, 9);
        lede_cancel_set(cancel);
        for (uint64_t k = 1; k <= steps + 1 && k < LEDE_BUDGET_STRIDE; k++) {
            budget_until(&budget, cancel, k);
            ck_assert_msg(search_with(plans[i], &budget) ==
                              (k <= steps ? LEDE_ERR_CANCELLED : LEDE_OK),
                          "%s: step %llu of %llu", plans[i],
                          (unsigned long long)k, (unsigned long long)steps);
        }
    }
    lede_cancel_free(cancel);
}
END_TEST

START_TEST(a_walk_stops_at_whatever_step_it_is_told)
{
    lede_cancel *cancel;
    lede_budget budget;

    seam_put(&s, "a", "title=one two three four five");
    seam_commit(&s);
    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    for (uint64_t k = 1; k <= 6; k++) {
        lede_term_walk *walk;
        uint64_t terms = 0;

        budget_until(&budget, cancel, k);
        ck_assert_int_eq(s.engine->walk(&walk, s.snapshot, SEAM_TITLE,
                                        LEDE_SPACE_WORDS, NULL, &budget,
                                        s.arena, NULL),
                         LEDE_OK);
        while (walk->next(walk))
            terms++;
        ck_assert_uint_eq(terms, k - 1);
        ck_assert_int_eq(walk->status, k < 6 ? LEDE_ERR_CANCELLED : LEDE_OK);
    }
    lede_cancel_free(cancel);
}
END_TEST

/* ---- Memory that runs out ----------------------------------------------- */

/* What the runs below work with; nothing of it comes from their allocator. */
typedef struct props {
    lede_schema *schema;
    lede_forms *forms;
    lede_document *doc;
    word_tokens tokens;
} props;

static void props_init(props *p)
{
    p->schema = seam_schema();
    p->doc = seam_document(p->schema, "title=Two words two; tags=x|y; n=3|4; "
                                      "date=5; raw=bytes; other=more");
    ck_assert_int_eq(
        lede_forms_new(&p->forms, lede_schema_analyzer(p->schema), NULL),
        LEDE_OK);
}

static void props_fini(props *p)
{
    lede_document_free(p->doc);
    lede_forms_free(p->forms);
    lede_schema_free(p->schema);
}

static lede_status put(const lede_engine *engine, lede_engine_writer *writer,
                       props *p, const char *key, uint64_t sequence)
{
    lede_engine_change change = { .key = lede_bytes_of_text(key),
                                  .sequence = sequence,
                                  .document = p->doc,
                                  .tokens = &p->tokens.source,
                                  .text_bytes = 13 };

    word_tokens_init(&p->tokens, 2);
    word_tokens_add(&p->tokens, SEAM_TITLE, "Two words two");
    return engine->apply(writer, 0, &change, NULL);
}

static lede_status write_all(const lede_engine *engine,
                             lede_engine_index *index, props *p)
{
    lede_engine_writer_settings settings = { .lanes = 1,
                                             .threads = 1,
                                             .forms = p->forms };
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT };
    lede_engine_change deletion = { .key = lede_bytes_of_text("b"),
                                    .sequence = 9 };
    lede_engine_writer *writer;
    lede_status status = engine->writer(&writer, index, &settings, NULL);

    if (status != LEDE_OK)
        return status;
    status = put(engine, writer, p, "a", 1);
    if (status == LEDE_OK)
        status = put(engine, writer, p, "b", 2);
    if (status == LEDE_OK)
        status = put(engine, writer, p, "a", 3);
    if (status == LEDE_OK)
        status = engine->finish(writer, &finish, NULL, NULL);
    if (status == LEDE_OK)
        status = engine->apply(writer, 0, &deletion, NULL);
    finish.kind = LEDE_FINISH_OPTIMIZE;
    if (status == LEDE_OK)
        status = engine->finish(writer, &finish, NULL, NULL);
    engine->writer_close(writer);
    return status;
}

static lede_status search_all(const lede_engine *engine,
                              const lede_engine_snapshot *snapshot,
                              lede_arena *arena)
{
    static const lede_sort_key sort = { SEAM_TAGS, false };
    static const lede_facet_key facet = { SEAM_DATE, LEDE_BUCKET_DAY, 3 };
    lede_plan_term terms[] = {
        { SEAM_TITLE, 65536, lede_bytes_of_text("two"), NULL },
        { SEAM_TITLE, 65536, lede_bytes_of_text("words"), NULL },
    };
    lede_plan words[] = {
        { .kind = LEDE_PLAN_WORD, .terms = &terms[0], .term_count = 1 },
        { .kind = LEDE_PLAN_WORD, .terms = &terms[1], .term_count = 1 },
    };
    const lede_plan *nodes[] = { &words[0], &words[1] };
    lede_plan near = {
        .kind = LEDE_PLAN_NEAR, .count = 2, .nodes = nodes, .slop = 3
    };
    lede_engine_search search = { .plan = &near,
                                  .want = 9,
                                  .sort = &sort,
                                  .sort_count = 1,
                                  .facets = &facet,
                                  .facet_count = 1,
                                  .collapse = SEAM_N,
                                  .collapse_limit = 1,
                                  .recency = { .field = LEDE_NO_FIELD } };
    lede_engine_results results;
    lede_document *doc;
    lede_engine_load load = { .count = 1,
                              .allocator = lede_arena_allocator(arena) };
    lede_status status =
        engine->search(&results, snapshot, &search, arena, NULL);

    if (status != LEDE_OK)
        return status;
    ck_assert_uint_eq(results.count, 1);
    load.docs = &results.hits[0].doc;
    status = engine->load(&doc, NULL, snapshot, &load, NULL);
    if (status == LEDE_OK)
        lede_document_free(doc);
    return status;
}

static lede_status read_all(const lede_engine *engine, lede_engine_index *index,
                            lede_arena *arena)
{
    lede_engine_snapshot *snapshot;
    lede_term_walk *walk;
    lede_stats stats;
    const lede_bytes *terms;
    uint32_t count;
    lede_status status = engine->snapshot(&snapshot, index, NULL);

    if (status != LEDE_OK)
        return status;
    status = engine->stats(&stats, snapshot, arena, NULL);
    if (status == LEDE_OK)
        status = engine->walk(&walk, snapshot, SEAM_TITLE, LEDE_SPACE_WORDS,
                              NULL, NULL, arena, NULL);
    if (status == LEDE_OK)
        status = engine->forms(&terms, &count, snapshot, LEDE_FORM_KIND_STEM,
                               lede_bytes_of_text("word"), NULL, arena, NULL);
    if (status == LEDE_OK)
        status = search_all(engine, snapshot, arena);
    engine->snapshot_close(snapshot);
    return status;
}

static lede_status live(const lede_allocator *allocator, void *ctx)
{
    const lede_engine *engine = lede_memory_engine();
    props *p = ctx;
    lede_engine_settings settings = { .scheme = "memory",
                                      .address = "",
                                      .create = p->schema,
                                      .allocator = allocator };
    lede_engine_index *index;
    lede_status status = engine->open(&index, &settings, NULL);
    lede_arena *arena;

    if (status != LEDE_OK)
        return status;
    arena = lede_arena_new(allocator);
    status = arena ? write_all(engine, index, p) : LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        status = read_all(engine, index, arena);
    lede_arena_free(arena);
    engine->close(index);
    return status;
}

START_TEST(memory_may_run_out_anywhere)
{
    static props p;

    props_init(&p);
    ck_assert_uint_gt(failing_alloc_sweep(live, &p), 100);
    props_fini(&p);
}
END_TEST

/* Lets call `fail_at` from here fail while a put and a commit are tried. */
static lede_status try_commit(failing_alloc *failing, uint64_t fail_at,
                              lede_engine_writer *writer, props *p)
{
    const lede_engine *engine = lede_memory_engine();
    lede_engine_finish finish = { .kind = LEDE_FINISH_COMMIT };
    lede_status status;

    failing->fail_at = atomic_load(&failing->calls) + fail_at;
    status = put(engine, writer, p, "new", 7);
    if (status == LEDE_OK)
        status = put(engine, writer, p, "old", 8);
    if (status == LEDE_OK)
        status = engine->finish(writer, &finish, NULL, NULL);
    failing->fail_at = 0;
    return status;
}

START_TEST(a_rollback_makes_a_writer_as_good_as_new)
{
    static props p;
    uint64_t fail_at = 0;
    lede_status status = LEDE_ERR_NOMEM;

    props_init(&p);
    while (status == LEDE_ERR_NOMEM) {
        failing_alloc failing;
        seam in;

        failing_alloc_init(&failing, 0, false);
        seam_open(&in, lede_memory_engine(), "memory", "", &failing.allocator);
        seam_put(&in, "old", "title=one");
        seam_commit(&in);
        status = try_commit(&failing, ++fail_at, in.writer, &p);
        seam_look(&in);
        if (status == LEDE_ERR_NOMEM) {
            ck_assert_str_eq(seam_find(&in, "all"), "old");
            ck_assert_str_eq(seam_find(&in, "title.one"), "old");
            (void)seam_finish(&in, LEDE_FINISH_ROLLBACK);
            in.sequence = 10;
            seam_put(&in, "next", "title=one");
            seam_commit(&in);
            ck_assert_str_eq(seam_find(&in, "title.one"), "next old");
            ck_assert_str_eq(seam_find(&in, "title.words"), "");
        } else {
            ck_assert_int_eq(status, LEDE_OK);
            ck_assert_str_eq(seam_find(&in, "title.words"), "old new");
        }
        seam_close(&in);
        failing_alloc_check(&failing);
    }
    ck_assert_uint_gt(fail_at, 30);
    props_fini(&p);
}
END_TEST

/* ---- Buckets ------------------------------------------------------------ */

START_TEST(buckets_hold_their_second_whatever_it_is)
{
    chance c = chance_from("buckets", 1);

    for (int i = 0; i < 20000; i++) {
        lede_bucket bucket = (lede_bucket)chance_below(&c, 6);
        uint32_t shift = chance_below(&c, 64);
        int64_t second = (int64_t)chance_next(&c) >> shift, first, last;
        int64_t ends[2];

        if (i < 12)
            second = i % 2 ? INT64_MAX : INT64_MIN;
        lede_bucket_around(bucket, second, &first, &last);
        ck_assert_int_le(first, second);
        ck_assert_int_ge(last, second);
        ck_assert_int_le(last / 2 - first / 2, (int64_t)366 * 43200);
        lede_bucket_around(bucket, first, &ends[0], &ends[1]);
        ck_assert(ends[0] == first && ends[1] == last);
        lede_bucket_around(bucket, last, &ends[0], &ends[1]);
        ck_assert(ends[0] == first && ends[1] == last);
    }
}
END_TEST

START_TEST(buckets_are_those_of_the_calendar)
{
    chance c = chance_from("calendar", 1);

    for (int i = 0; i < 5000; i++) {
        int64_t second = (int64_t)(chance_next(&c) >> 27) - 70000000000;
        time_t at = (time_t)second;
        struct tm day, begin, next;
        int64_t first, last;

        ck_assert_ptr_nonnull(gmtime_r(&at, &day));
        lede_bucket_around(LEDE_BUCKET_MONTH, second, &first, &last);
        at = (time_t)first;
        ck_assert_ptr_nonnull(gmtime_r(&at, &begin));
        at = (time_t)last + 1;
        ck_assert_ptr_nonnull(gmtime_r(&at, &next));
        ck_assert(begin.tm_year == day.tm_year && begin.tm_mon == day.tm_mon);
        ck_assert(begin.tm_mday == 1 && begin.tm_hour + begin.tm_sec == 0);
        ck_assert(next.tm_mday == 1 && next.tm_mon == (day.tm_mon + 1) % 12);
        lede_bucket_around(LEDE_BUCKET_WEEK, second, &first, &last);
        at = (time_t)first;
        ck_assert_ptr_nonnull(gmtime_r(&at, &begin));
        ck_assert(begin.tm_wday == 1 && begin.tm_hour + begin.tm_sec == 0);
        ck_assert_int_eq(last - first, 7 * 86400 - 1);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_open_is_an_index_of_its_own);
    tcase_add_test(tcase, an_index_in_memory_has_no_name);
    tcase_add_test(tcase, deleted_articles_count_until_optimize);
    tcase_add_test(tcase, losers_of_one_commit_never_count);
    tcase_add_test(tcase, a_writer_tells_what_it_holds);
    tcase_add_test(tcase, a_stopped_optimize_leaves_the_first_commit);
    tcase_add_test(tcase, a_search_stops_at_whatever_step_it_is_told);
    tcase_add_test(tcase, a_walk_stops_at_whatever_step_it_is_told);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    tcase_add_test(tcase, a_rollback_makes_a_writer_as_good_as_new);
    tcase_add_test(tcase, buckets_hold_their_second_whatever_it_is);
    tcase_add_test(tcase, buckets_are_those_of_the_calendar);
}

int main(void)
{
    return test_suite_run("memory", add_tests);
}
