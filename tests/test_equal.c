/*
 * Right answers: the native engine finds, scores, orders and counts what brute
 * force does, to the bit, in real text of several languages, with deletes
 * pending, in one segment and in many.
 *
 * Both get the same articles by the same calls. A query is planned once, by the
 * native dictionary, so that whatever differs then is the engines' own. Some of
 * the plans are put to Xapian, too: it finds the same articles.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/index.h"
#include "article/expand.h"
#include "lede/lede.h"
#ifdef LEDE_HAVE_XAPIAN
#include "lede/xapian.h"
#endif
#include "support/chance.h"
#include "support/likeness.h"
#include "support/native_at.h"
#include "support/passages.h"
#include "support/program.h"
#include "support/suite.h"

#define KEYS     120U
#define ROUNDS   12U
#define WORD_MAX 60U

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QUERIES 120U
#else
#define QUERIES 4200U
#endif

enum {
    NATIVE,
    MEMORY,
#ifdef LEDE_HAVE_XAPIAN
    XAPIAN,
#endif
    ENGINES
};

/* Of the plans, one in so many is put to Xapian. */
#define TO_XAPIAN 12U

/* The same articles behind some engines. */
typedef struct shelves {
    lede_index *index[ENGINES];
    lede_writer *writer[ENGINES];
    lede_view *view[ENGINES];
    lede_dir *dir;
} shelves;

typedef struct asked {
    const shelves *on;
    chance *c;
    const passages *text;
    lede_query *query;
    lede_arena *arena;
    uint64_t matching; /* queries that found something */
    uint64_t put_to_xapian;
    uint64_t unsupported; /* of those */
    uint64_t scored;      /* of those, exactly */
} asked;

static lede_error err;

static void expect_ok(lede_status status, const char *what)
{
    ck_assert_msg(status == LEDE_OK, "%s: %s %s", what, err.where, err.message);
}

/* ---- Articles ----------------------------------------------------------- */

static lede_schema *new_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_analyzer_options analyzer = LEDE_ANALYZER_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "votes", LEDE_INT, NULL);
    lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL);
    options.flags = LEDE_FIELD_UNSTORED | LEDE_FIELD_NAMED_ONLY;
    lede_schema_add(schema, "notes", LEDE_TEXT, &options);
    options.flags = LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_NAMED_ONLY;
    lede_schema_add(schema, "flat", LEDE_TEXT, &options);
    options.flags = LEDE_FIELD_NO_COLUMN;
    lede_schema_add(schema, "bare", LEDE_KEYWORD, &options);
    analyzer.languages = "en de fr ru";
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &analyzer), LEDE_OK);
    return schema;
}

static const char *const tags[] = { "sea", "war", "War", "Müller", "" };

static void add_text(lede_document *doc, const char *field, passage text)
{
    ck_assert_int_eq(lede_document_add_text(doc, field, text.text, text.len),
                     LEDE_OK);
}

static passage any_passage(const passages *text, chance *c)
{
    return text->at[chance_below(c, (uint32_t)text->count)];
}

static passage any_tag(chance *c)
{
    const char *tag = tags[chance_below(c, 5)];

    return (passage){ tag, strlen(tag) };
}

static void add_numbers(lede_document *doc, chance *c)
{
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        ck_assert_int_eq(lede_document_add_int(
                             doc, "votes", (int64_t)chance_below(c, 40) - 20),
                         LEDE_OK);
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        ck_assert_int_eq(
            lede_document_add_double(doc, "rating", chance_below(c, 9) / 4.0),
            LEDE_OK);
    if (!chance_one_in(c, 4))
        ck_assert_int_eq(
            lede_document_add_int(doc, "date",
                                  (int64_t)chance_below(c, 2000) * 86400 / 7),
            LEDE_OK);
}

static lede_document *new_article(const passages *text, chance *c)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = chance_below(c, 4); i > 0; i--)
        add_text(doc, "body", any_passage(text, c));
    if (!chance_one_in(c, 4)) {
        passage title = any_passage(text, c);
        const char *end = memchr(title.text, ' ', title.len);

        title.len = end ? (size_t)(end - title.text) : title.len;
        add_text(doc, "title", title);
    }
    for (uint32_t i = chance_below(c, 3); i > 0; i--)
        add_text(doc, "tags", any_tag(c));
    if (chance_one_in(c, 3))
        add_text(doc, "author", any_tag(c));
    if (chance_one_in(c, 5))
        add_text(doc, "bare", any_tag(c));
    if (chance_one_in(c, 5))
        add_text(doc, "notes",
                 chance_one_in(c, 2) ? (passage){ "--", 2 }
                                     : any_passage(text, c));
    if (chance_one_in(c, 5))
        add_text(doc, "flat", any_passage(text, c));
    add_numbers(doc, c);
    return doc;
}

/* ---- Both indexes ------------------------------------------------------- */

static void open_shelves(shelves *s)
{
    lede_index_options options = native_at_options();
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    lede_schema *schema = new_schema();

    memset(s, 0, sizeof *s);
    writing.threads = 1;
    ck_assert_int_eq(lede_dir_open_memory(&s->dir, NULL), LEDE_OK);
    native_at(s->dir, NULL);
    expect_ok(
        lede_index_create(&s->index[NATIVE], NATIVE_AT, schema, &options, &err),
        "native");
    expect_ok(
        lede_index_create(&s->index[MEMORY], "memory:", schema, NULL, &err),
        "memory");
#ifdef LEDE_HAVE_XAPIAN
    options.engine = lede_xapian_engine();
    expect_ok(lede_index_create(&s->index[XAPIAN], scratch("equal"), schema,
                                &options, &err),
              "xapian");
#endif
    for (int i = 0; i < ENGINES; i++)
        expect_ok(lede_writer_open(&s->writer[i], s->index[i], &writing, &err),
                  "writer");
    lede_schema_free(schema);
}

static void close_shelves(shelves *s)
{
    for (int i = 0; i < ENGINES; i++) {
        lede_view_close(s->view[i]);
        lede_writer_close(s->writer[i]);
        lede_index_close(s->index[i]);
    }
    lede_dir_close(s->dir);
    scratch_remove();
}

static void look(shelves *s)
{
    for (int i = 0; i < ENGINES; i++) {
        lede_view_source source = lede_index_source(s->index[i]);

        lede_view_close(s->view[i]);
        s->view[i] = NULL;
        expect_ok(lede_view_open(&s->view[i], &source, &err), "view");
    }
}

/* Some changes and a commit, or one segment of it all. */
static void live_on(shelves *s, const passages *text, chance *c)
{
    bool whole = chance_one_in(c, 5);

    for (uint32_t n = 5 + chance_below(c, 40); n > 0; n--) {
        char key[16];
        int len =
            snprintf(key, sizeof key, "k%u", (unsigned)chance_below(c, KEYS));
        bool gone = chance_one_in(c, 4);
        lede_document *doc = gone ? NULL : new_article(text, c);

        for (int i = 0; i < ENGINES; i++)
            expect_ok(
                gone ? lede_writer_delete(s->writer[i], key, (size_t)len, &err)
                     : lede_writer_put(s->writer[i], key, (size_t)len, doc,
                                       &err),
                "put");
        lede_document_free(doc);
    }
    for (int i = 0; i < ENGINES; i++)
        expect_ok(whole ? lede_writer_optimize(s->writer[i], NULL, &err)
                        : lede_writer_commit(s->writer[i], NULL, &err),
                  "commit");
    look(s);
}

/* ---- Queries ------------------------------------------------------------ */

/* Some words of a text that stand together, as they are written. */
static passage some_words(const asked *a, uint32_t words)
{
    passage all = any_passage(a->text, a->c);
    size_t at = chance_below(a->c, (uint32_t)all.len), end;

    while (at > 0 && all.text[at - 1] != ' ')
        at--;
    for (end = at; end < all.len && words > 0; words--)
        end += 1 + strcspn(all.text + end + 1, " ");
    if (end - at > WORD_MAX)
        for (end = at + WORD_MAX;
             end > at && ((unsigned char)all.text[end] & 0xC0) == 0x80;)
            end--;
    return (passage){ all.text + at, end - at };
}

static const char *any_field(const asked *a)
{
    static const char *const fields[] = { "title", "body", "author", "notes" };

    return chance_one_in(a->c, 3) ? fields[chance_below(a->c, 4)] : NULL;
}

static lede_node any_pattern(asked *a, const char *field)
{
    passage word = some_words(a, 1);
    size_t len = 0;
    char pattern[WORD_MAX + 4];

    for (uint32_t n = 2 + chance_below(a->c, 3); n > 0 && len < word.len; n--)
        for (len++;
             len < word.len && ((unsigned char)word.text[len] & 0xC0) == 0x80;)
            len++;
    switch (chance_below(a->c, 3)) {
    case 0:
        return lede_query_prefix(a->query, field, word.text, len);
    case 1:
        (void)snprintf(pattern, sizeof pattern, "%.*s*", (int)len, word.text);
        return lede_query_wildcard(a->query, field, pattern, strlen(pattern));
    default:
        return lede_query_fuzzy(a->query, field, word.text, word.len,
                                chance_below(a->c, 3), 1);
    }
}

static lede_node any_near(asked *a, const char *field)
{
    lede_node nodes[3];
    uint32_t count = 2 + chance_below(a->c, 2);
    passage words = some_words(a, 6);

    for (uint32_t i = 0; i < count; i++) {
        const char *end = memchr(words.text, ' ', words.len);
        size_t len =
            end && i + 1 < count ? (size_t)(end - words.text) : words.len;

        nodes[i] = chance_one_in(a->c, 6)
                       ? any_pattern(a, field)
                       : lede_query_term(a->query, field, words.text, len);
        if (len < words.len)
            len++;
        words.text += len;
        words.len -= len;
    }
    return lede_query_near(a->query, nodes, count, chance_below(a->c, 9),
                           chance_one_in(a->c, 2));
}

static lede_node any_value(asked *a)
{
    static const char *const all[] = { "tags",  "author", "bare",
                                       "votes", "rating", "date",
                                       "title", "notes",  "flat" };
    passage tag = any_tag(a->c);
    int64_t from = (int64_t)chance_below(a->c, 40) - 20;

    switch (chance_below(a->c, 7)) {
    case 0:
        return lede_query_exists(a->query, all[chance_below(a->c, 9)]);
    case 1:
        return lede_query_range_int(a->query, "votes", from,
                                    from + chance_below(a->c, 9));
    case 2:
        return lede_query_range_double(a->query, "rating", -1,
                                       chance_below(a->c, 9) / 4.0);
    case 3:
        return lede_query_range_int(a->query, "date", from * 40000,
                                    from * 90000 + 9000000);
    case 4:
        return lede_query_range(a->query, "tags",
                                chance_one_in(a->c, 3) ? NULL : tag.text,
                                chance_one_in(a->c, 2) ? NULL : "x");
    default:
        return lede_query_equals(a->query,
                                 chance_one_in(a->c, 3) ? "bare" : "tags",
                                 tag.text, tag.len);
    }
}

static lede_node any_leaf(asked *a)
{
    const char *field = any_field(a);
    passage words;

    switch (chance_below(a->c, 9)) {
    case 0:
        words = some_words(a, 2 + chance_below(a->c, 3));
        return lede_query_phrase(a->query, field, words.text, words.len,
                                 chance_below(a->c, 3));
    case 1:
        return any_near(a, field);
    case 2:
        return any_pattern(a, field);
    case 3:
    case 4:
        return any_value(a);
    case 5:
        if (chance_one_in(a->c, 9))
            return lede_query_everything(a->query);
        words = some_words(a, 1);
        return lede_query_term(a->query, "flat", words.text, words.len);
    default:
        words = some_words(a, 1);
        return lede_query_term(a->query, field, words.text, words.len);
    }
}

static lede_node any_node(asked *a, uint32_t depth);

static lede_node any_join(asked *a, uint32_t depth)
{
    lede_node nodes[4] = { 0 };
    uint32_t count = 1 + chance_below(a->c, 4);

    for (uint32_t i = 0; i < count; i++)
        nodes[i] = any_node(a, depth - 1);
    switch (chance_below(a->c, 9)) {
    case 0:
        return lede_query_best(a->query, nodes, count, 0.3);
    case 1:
        return lede_query_not(a->query, nodes[0]);
    case 2:
        return lede_query_optional(a->query, nodes[0]);
    case 3:
        return lede_query_constant(a->query, nodes[0], 1.5);
    case 4:
        return lede_query_boost(a->query, nodes[0], 2.5);
    case 5:
        return lede_query_forms(a->query, nodes[0], 1 + chance_below(a->c, 15));
    case 6:
        return lede_query_and(a->query, nodes, count);
    default:
        return lede_query_or(a->query, nodes, count);
    }
}

static lede_node any_node(asked *a, uint32_t depth)
{
    return depth > 0 && !chance_one_in(a->c, 3) ? any_join(a, depth)
                                                : any_leaf(a);
}

/* ---- Comparing ---------------------------------------------------------- */

static void search_both(asked *a, lede_engine_search *search,
                        lede_engine_results results[2])
{
    const char *text, *differs;
    size_t len;

    for (int i = 0; i < 2; i++) {
        const lede_view *view = a->on->view[i];

        expect_ok(view->engine->search(&results[i], view->snapshot, search,
                                       a->arena, &err),
                  "search");
    }
    differs = likeness(search, &results[MEMORY], &results[NATIVE]);
    if (!differs)
        return;
    ck_assert_int_eq(lede_query_print(a->query, &text, &len), LEDE_OK);
    ck_abort_msg("%s differs (%llu of native, %llu of memory): %s", differs,
                 (unsigned long long)results[0].total,
                 (unsigned long long)results[1].total, text);
}

#ifdef LEDE_HAVE_XAPIAN
static const lede_engine_hit *hit_of(const lede_engine_results *in,
                                     lede_bytes key)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (lede_bytes_equal(in->hits[i].key, key))
            return &in->hits[i];
    return NULL;
}

/* The same articles; and where Xapian says that it scores exactly, the same
 * scores but for the rounding of its own sums. */
static const char *differs_in_xapian(const lede_engine_results *right,
                                     const lede_engine_results *found)
{
    if (right->total != found->total || right->count != found->count)
        return "total";
    for (uint32_t i = 0; i < right->count; i++) {
        const lede_engine_hit *hit = hit_of(found, right->hits[i].key);
        double score = right->hits[i].score;

        if (!hit)
            return "key";
        if (found->scores_exact &&
            fabs(hit->score - score) > 1e-5 * fmax(1, score))
            return "score";
    }
    return NULL;
}

static void ask_xapian(asked *a, const lede_expansion *expansion)
{
    const lede_view *native = a->on->view[NATIVE];
    const lede_view *xapian = a->on->view[XAPIAN];
    lede_engine_search search = {
        .plan = expansion->plan,
        .rule = { 1.2, 0.75, lede_score_scale(expansion->weights) },
        .recency = { .field = LEDE_NO_FIELD },
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
        .count_all = true,
        .want = 2 * KEYS,
    };
    lede_engine_results right, found;
    lede_status status;
    const char *text, *differs;
    size_t len;

    expect_ok(native->engine->search(&right, native->snapshot, &search,
                                     a->arena, &err),
              "native");
    status = xapian->engine->search(&found, xapian->snapshot, &search, a->arena,
                                    &err);
    a->put_to_xapian++;
    if (status == LEDE_ERR_UNSUPPORTED) {
        a->unsupported++;
        return;
    }
    expect_ok(status, "xapian");
    a->scored += found.scores_exact && right.count > 0;
    differs = differs_in_xapian(&right, &found);
    if (!differs)
        return;
    ck_assert_int_eq(lede_query_print(a->query, &text, &len), LEDE_OK);
    ck_abort_msg("%s: %llu of native, %llu of Xapian: %s", differs,
                 (unsigned long long)right.total,
                 (unsigned long long)found.total, text);
}
#endif

/* ---- Orders ------------------------------------------------------------- */

typedef struct orders {
    lede_sort_key sort[2];
    lede_facet_key facets[2];
} orders;

static uint32_t any_column(const asked *a)
{
    static const char *const names[] = { "tags", "votes", "rating", "date",
                                         "author" };
    const lede_schema *schema = a->on->view[0]->schema;

    return lede_schema_place(schema, names[chance_below(a->c, 5)]);
}

static void any_order(const asked *a, lede_engine_search *search, orders *o)
{
    uint32_t date = lede_schema_place(a->on->view[0]->schema, "date");
    chance *c = a->c;

    for (int i = 0; i < 2; i++) {
        o->sort[i] = (lede_sort_key){ any_column(a), chance_one_in(c, 2) };
        o->facets[i] = (lede_facet_key){ any_column(a), LEDE_BUCKET_VALUE,
                                         1 + chance_below(c, 8) };
    }
    if (o->facets[1].field == date)
        o->facets[1].bucket = (lede_bucket)chance_below(c, 6);
    search->sort = o->sort;
    search->sort_count = chance_one_in(c, 3) ? 1 + chance_below(c, 2) : 0;
    search->facets = o->facets;
    search->facet_count = chance_below(c, 3);
    search->ties = (lede_ties)chance_below(c, 3);
    if (chance_one_in(c, 3)) {
        search->collapse = any_column(a);
        search->collapse_limit = 1 + chance_below(c, 3);
    }
    if (chance_one_in(c, 4))
        search->recency = (lede_recency){ date, chance_unit(c), 86400.0 * 90,
                                          INT64_C(86400) * 250 };
    search->want = chance_one_in(c, 4) ? 2 * KEYS : chance_below(c, 12);
    search->count_all = chance_one_in(c, 2);
    search->threads = chance_one_in(c, 3) ? 1 + chance_below(c, 4) : 0;
    if (chance_one_in(c, 8))
        search->rule.k1 = chance_below(c, 3) * 2;
    if (chance_one_in(c, 8))
        search->rule.b = chance_below(c, 3) / 2.0;
}

/* Asks one query; false where it drew one that nobody may ask, such as NEAR of
 * a value. */
static bool ask(asked *a)
{
    lede_expand_options options = { .limits = a->on->view[0]->limits,
                                    .now_seconds = INT64_C(86400) * 250 };
    lede_engine_results found[2];
    lede_expansion expansion;
    lede_engine_search search;
    orders o;

    lede_query_set_root(a->query, any_node(a, chance_below(a->c, 4)));
    if (lede_query_status(a->query) != LEDE_OK ||
        lede_expand(&expansion, a->on->view[0], a->query, &options, a->arena,
                    &err) != LEDE_OK)
        return false;
    search = (lede_engine_search){
        .plan = expansion.plan,
        .rule = { 1.2, 0.75, lede_score_scale(expansion.weights) },
        .recency = { .field = LEDE_NO_FIELD },
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
        .count_all = true,
    };
#ifdef LEDE_HAVE_XAPIAN
    if (chance_one_in(a->c, TO_XAPIAN))
        ask_xapian(a, &expansion);
#endif
    any_order(a, &search, &o);
    search_both(a, &search, found);
    a->matching += found[0].total > 0;
    if (found[0].count > 0 && chance_one_in(a->c, 2)) {
        search.after = &found[1].hits[chance_below(a->c, found[1].count)];
        search_both(a, &search, found);
    }
    return true;
}

START_TEST(real_text_is_found_as_by_brute_force)
{
    chance c = chance_from("equal", 1);
    passages *text = passages_open(test_is_long() ? 400 : 40);
    uint32_t queries = QUERIES * (test_is_long() ? 140 : 1);
    shelves on;
    asked a = { .on = &on, .c = &c, .text = text };

    open_shelves(&on);
    a.arena = lede_arena_new(NULL);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        live_on(&on, text, &c);
        for (uint32_t i = 0; i < queries;) {
            ck_assert_int_eq(lede_query_new(&a.query, NULL), LEDE_OK);
            i += ask(&a);
            lede_query_free(a.query);
            lede_arena_clear(a.arena);
        }
    }
    printf("%llu of %llu queries match something\n",
           (unsigned long long)a.matching,
           (unsigned long long)ROUNDS * queries);
    ck_assert_uint_gt(a.matching, ROUNDS * (uint64_t)queries / 3);
#ifdef LEDE_HAVE_XAPIAN
    printf("%llu put to Xapian, %llu of them unsupported, %llu scored\n",
           (unsigned long long)a.put_to_xapian,
           (unsigned long long)a.unsupported, (unsigned long long)a.scored);
    ck_assert_uint_lt(a.unsupported, a.put_to_xapian / 4);
    ck_assert_uint_gt(a.scored, a.put_to_xapian / 20);
#endif
    lede_arena_free(a.arena);
    close_shelves(&on);
    passages_close(text);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, real_text_is_found_as_by_brute_force);
}

int main(void)
{
    return test_suite_run("equal", add_tests);
}
