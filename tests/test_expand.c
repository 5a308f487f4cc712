#include "article/expand.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/index.h"
#include "base/error.h"
#include "base/limits.h"
#include "document/schema.h"
#include "lede/lede.h"
#include "query/tree.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

/* 2020-01-15 12:00 UTC */
#define NOW INT64_C(1579089600)

static const struct {
    const char *key, *title, *body, *author, *source, *date;
    int64_t count;
} articles[] = {
    { "soleimani", "Qassem Soleimani is dead",
      "On Friday Qassem Soleimani was killed in Iraq, they said.",
      "Ali Mansour", "Reuters", "2020-01-03", 1 },
    { "embassy", "Protesters storm U.S. embassy",
      "The embassies of two states were attacked by 1,500 men in Baghdad.",
      "Sara Müller", "AFP", "2019-12-31", 2 },
    { "muhandis", "Abu Mahdi al-Muhandis",
      "The commander al-Muhandis died beside the general; women wept.",
      "Ali Mansour", "Reuters World", "2020-01-04", 3 },
    { "covid", "The COVID-19 pandemic",
      "Erdoğan met the organization’s experts in Besançon: no war, please.",
      "Jørgen Ørsted", "AP", "2020-01-15", 4 },
    { "tokyo", "東京都の知事が発表した", "今天讨论了部署方案 nhk 部署", "",
      "NHK", "", 5 },
    { "organ", "An organ in the church", "Music by Bach on the organ. Iran.",
      "", "", "1999", 6 },
};

static lede_index *the_index;
static lede_view *view;
static lede_query *query;
static lede_arena *arena;
static lede_budget budget;
static lede_limits limits;
static lede_expand_options options;
static lede_expansion expansion;
static lede_error err;

static void put_articles(lede_writer *writer)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (size_t i = 0; i < sizeof articles / sizeof *articles; i++) {
        const char *const fields[][2] = {
            { "title", articles[i].title },   { "body", articles[i].body },
            { "author", articles[i].author }, { "source", articles[i].source },
            { "url", articles[i].source },    { "date", articles[i].date }
        };

        lede_document_clear(doc);
        for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
            if (*fields[k][1])
                lede_document_add_text(doc, fields[k][0], fields[k][1],
                                       LEDE_TERMINATED);
        lede_document_add_int(doc, "count", articles[i].count);
        lede_document_add_double(doc, "rating", (double)articles[i].count / 2);
        ck_assert_int_eq(lede_writer_put(writer, articles[i].key,
                                         LEDE_TERMINATED, doc, &err),
                         LEDE_OK);
    }
    lede_document_free(doc);
}

static lede_schema *new_schema(void)
{
    lede_field_options plain = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "count", LEDE_INT, NULL);
    lede_schema_add(schema, "rating", LEDE_DOUBLE, NULL);
    lede_schema_add(schema, "extra", LEDE_STORED, NULL);
    plain.flags = LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_NAMED_ONLY;
    lede_schema_add(schema, "flat", LEDE_TEXT, &plain);
    plain.flags = LEDE_FIELD_NO_COLUMN;
    lede_schema_add(schema, "bare", LEDE_KEYWORD, &plain);
    return schema;
}

static void set_up(void)
{
    lede_schema *schema = new_schema();
    lede_view_source source;
    lede_writer *writer;

    ck_assert_int_eq(
        lede_index_create(&the_index, "memory:", schema, NULL, &err), LEDE_OK);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_writer_open(&writer, the_index, NULL, &err), LEDE_OK);
    put_articles(writer);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &err), LEDE_OK);
    lede_writer_close(writer);
    source = lede_index_source(the_index);
    ck_assert_int_eq(lede_view_open(&view, &source, &err), LEDE_OK);
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    arena = lede_arena_new(NULL);
    lede_budget_init(&budget, 0, NULL, 0);
    limits = *lede_limits_default();
    options = (lede_expand_options){ .limits = &limits,
                                     .now_seconds = NOW,
                                     .budget = &budget };
}

static void tear_down(void)
{
    lede_arena_free(arena);
    lede_query_free(query);
    lede_view_close(view);
    lede_index_close(the_index);
}

static lede_status expand(lede_node node)
{
    ck_assert_int_eq(lede_query_status(query), LEDE_OK);
    ck_assert_uint_ne(node, 0);
    lede_query_set_root(query, node);
    lede_error_clear(&err);
    return lede_expand(&expansion, view, query, &options, arena, &err);
}

/* Keys of what a query finds, the best first. */
static const char *find(lede_node node)
{
    static char out[512];
    lede_engine_search search = { .rule = { 1.2, 0.75, 0 },
                                  .recency = { .field = LEDE_NO_FIELD },
                                  .want = 100,
                                  .collapse = LEDE_NO_FIELD,
                                  .budget = &budget };
    lede_engine_results results;
    size_t used = 0;

    ck_assert_msg(expand(node) == LEDE_OK, "%s: %s", err.where, err.message);
    search.plan = expansion.plan;
    search.rule.scale = lede_score_scale(expansion.weights);
    ck_assert_int_eq(
        view->engine->search(&results, view->snapshot, &search, arena, &err),
        LEDE_OK);
    out[0] = '\0';
    for (uint32_t i = 0; i < results.count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s",
                                 i ? " " : "", (int)results.hits[i].key.len,
                                 (const char *)results.hits[i].key.at);
    return out;
}

static lede_node term(const char *field, const char *text)
{
    return lede_query_term(query, field, text, LEDE_TERMINATED);
}

static lede_node phrase(const char *field, const char *text, uint32_t slop)
{
    return lede_query_phrase(query, field, text, LEDE_TERMINATED, slop);
}

static lede_node prefix(const char *field, const char *text)
{
    return lede_query_prefix(query, field, text, LEDE_TERMINATED);
}

static lede_node fuzzy(const char *field, const char *text, uint32_t edits)
{
    return lede_query_fuzzy(query, field, text, LEDE_TERMINATED, edits, 1);
}

static lede_node wildcard(const char *field, const char *text)
{
    return lede_query_wildcard(query, field, text, LEDE_TERMINATED);
}

static lede_node regex(const char *field, const char *text)
{
    return lede_query_regex(query, field, text, LEDE_TERMINATED);
}

static const struct {
    const char *field, *text, *found;
} terms[] = {
    { NULL, "soleimani", "soleimani" },
    { NULL, "Suleymani", "soleimani" },
    { NULL, "kassim", "soleimani" },
    { NULL, "EMBASSIES", "embassy" },
    { NULL, "us", "embassy" },
    { NULL, "U.S.", "embassy" },
    { NULL, "1500", "embassy" },
    { NULL, "woman", "muhandis" },
    { NULL, "erdogan", "covid" },
    { NULL, "Erdoğan", "covid" },
    { NULL, "organization", "covid" },
    { NULL, "organ", "organ" },
    { NULL, "iran", "organ" },
    { NULL, "Orgàns", "organ" },
    { NULL, "wars", "covid" },
    { NULL, "iraq", "soleimani" },
    { NULL, "almuhandis", "muhandis" },
    { NULL, "al-Muhandis", "muhandis" },
    { NULL, "al-Muhandis general", "" },
    { NULL, "muhandis died", "muhandis" },
    { NULL, "al-Muhandis died", "muhandis" },
    { NULL, "commander al-Muhandis died", "muhandis" },
    { NULL, "covid19", "covid" },
    { NULL, "covid-19 pandemic", "covid" },
    { NULL, "COVID–19", "covid" },
    { NULL, "知事", "tokyo" },
    { NULL, "部署", "tokyo" },
    { NULL, "部署方案", "tokyo" },
    { NULL, "部案", "" },
    { NULL, "部", "tokyo" },
    { NULL, "案", "tokyo" },
    { NULL, "た", "tokyo" },
    { NULL, "京", "tokyo" },
    { NULL, "no war", "covid" },
    { NULL, "war no", "" },
    { NULL, "eli", "" },
    { NULL, "", "" },
    { NULL, "!?", "" },
    { "title", "iraq", "" },
    { "body", "iraq", "soleimani" },
    { "author", "mueller", "embassy" },
    { "author", "mansour", "muhandis soleimani" },
    { "source", "world", "muhandis" },
    { "url", "Reuters", "soleimani" },
    { "url", "reuters", "" },
    { "url", "World", "" },
    { "key", "organ", "organ" },
    { "key", "orga", "" },
    { "key", "", "" },
    { "date", "2020", "covid muhandis soleimani" },
    { "date", "2020-01-03", "soleimani" },
    { "date", "today", "covid" },
    { "count", "3", "muhandis" },
    { "rating", "1.5", "muhandis" },
};

static bool trusts_forms(void)
{
    bool trusted = false;

    ck_assert_int_eq(lede_view_trusts_forms(view, &trusted), LEDE_OK);
    return trusted;
}

START_TEST(a_word_finds_its_forms)
{
    const char *found = find(term(terms[_i].field, terms[_i].text));

    ck_assert(trusts_forms());
    ck_assert_msg(strcmp(found, terms[_i].found) == 0, "%s: %s", terms[_i].text,
                  found);
}
END_TEST

START_TEST(without_tables_the_dictionary_answers)
{
    lede_engine_description other = *view->description;
    const char *found;

    other.forms_version++;
    view->description = &other;
    ck_assert(!trusts_forms());
    found = find(term(terms[_i].field, terms[_i].text));
    ck_assert_msg(strcmp(found, terms[_i].found) == 0, "%s: %s", terms[_i].text,
                  found);
}
END_TEST

static const struct {
    const char *text;
    uint32_t slop;
    const char *found;
} phrases[] = {
    { "storm u.s. embassy", 0, "embassy" },
    { "storm us embassy", 0, "embassy" },
    { "storm u.s. embassies", 0, "" },
    { "protesters u.s. embassy", 0, "" },
    { "protesters u.s. embassy", 1, "embassy" },
    { "embassy storm", 5, "" },
    { "Suleimani is dead", 0, "" },
    { "soleimani", 0, "soleimani" },
    { "suleimani", 0, "" },
    { "al muhandis", 0, "muhandis" },
    { "mahdi al-muhandis", 0, "muhandis" },
    { "erdogan met", 0, "covid" },
    { "dead on", 100, "" },
    { "東京都の知事", 0, "tokyo" },
    { "東京 知事", 0, "" },
    { "nhk 部", 0, "tokyo" },
    { "nhk 方", 0, "" },
    { "東京 都の", 0, "tokyo" },
};

START_TEST(a_phrase_finds_words_in_order)
{
    const char *found = find(phrase(NULL, phrases[_i].text, phrases[_i].slop));

    ck_assert_msg(strcmp(found, phrases[_i].found) == 0, "%s: %s",
                  phrases[_i].text, found);
}
END_TEST

static const struct {
    lede_node (*make)(const char *field, const char *text);
    const char *field, *text, *found;
} patterns[] = {
    { prefix, NULL, "Solei", "soleimani" },
    { prefix, NULL, "embass", "embassy" },
    { prefix, NULL, "al-muh", "muhandis" },
    { prefix, NULL, "almuh", "muhandis" },
    { prefix, NULL, "no wa", "covid" },
    { prefix, NULL, "BESANÇ", "covid" },
    { prefix, NULL, "東京", "tokyo" },
    { prefix, NULL, "zzz", "" },
    { prefix, "url", "Reu", "muhandis soleimani" },
    { prefix, "url", "reu", "" },
    { prefix, "author", "müll", "embassy" },
    { wildcard, NULL, "*MANI", "soleimani" },
    { wildcard, NULL, "w?r", "covid" },
    { wildcard, NULL, "w?", "" },
    { wildcard, NULL, "alm*dis", "muhandis" },
    { wildcard, "url", "R*s", "soleimani" },
    { wildcard, "url", "*World", "muhandis" },
    { regex, NULL, "(WAR|organ)", "organ covid" },
    { regex, NULL, "besan[Ç]on", "covid" },
    { regex, NULL, "sol.{2}mani", "soleimani" },
    { regex, "url", "A(P|FP)", "covid embassy" },
};

START_TEST(a_pattern_finds_what_it_accepts)
{
    const char *found =
        find(patterns[_i].make(patterns[_i].field, patterns[_i].text));

    ck_assert_msg(strcmp(found, patterns[_i].found) == 0, "%s: %s",
                  patterns[_i].text, found);
}
END_TEST

START_TEST(fuzzy_words_find_near_ones)
{
    ck_assert_str_eq(find(fuzzy(NULL, "Embasy", 1)), "embassy");
    ck_assert_str_eq(find(fuzzy(NULL, "solaimany", 1)), "");
    ck_assert_str_eq(find(fuzzy(NULL, "solaimany", 2)), "soleimani");
    ck_assert_str_eq(find(fuzzy("url", "NHC", 1)), "tokyo");
    ck_assert_str_eq(find(fuzzy(NULL, "covid-18", 1)), "covid");
}
END_TEST

static const struct {
    const char *field, *min, *max, *found;
} ranges[] = {
    { "date", "2020", NULL, "covid muhandis soleimani" },
    { "date", NULL, "2019", "organ embassy" },
    { "date", "2019-12", "2019-12", "embassy" },
    { "date", "2020-01-03", "2020-01-04", "muhandis soleimani" },
    { "date", "-14d", "-11d", "muhandis soleimani" },
    { "date", "-2w", "today", "covid muhandis soleimani" },
    { "date", "-1m", "-7d", "muhandis soleimani embassy" },
    { "date", "-1y", "now", "covid muhandis soleimani embassy" },
    { "date", "-12h", "now", "covid" },
    { "date", "-11h", "now", "" },
    { "date", "tomorrow", NULL, "" },
    { "date", "2021", "2020", "" },
    { "date", NULL, NULL, "organ covid muhandis embassy soleimani" },
    { "count", "2", "3", "muhandis embassy" },
    { "count", "1.5", "3.9", "muhandis embassy" },
    { "count", "6", NULL, "organ" },
    { "count", "99999999999999999999", NULL, "" },
    { "count", NULL, "-1e30", "" },
    { "rating", "2.5", "3", "organ tokyo" },
    { "url", "AFP", "B", "covid embassy" },
};

START_TEST(a_range_covers_both_ends)
{
    const char *found = find(lede_query_range(query, ranges[_i].field,
                                              ranges[_i].min, ranges[_i].max));
    size_t len = strlen(ranges[_i].found);

    /* All score 0, so the newest come first; the table is in any order. */
    ck_assert_msg(strlen(found) == len, "%s to %s: %s", ranges[_i].min,
                  ranges[_i].max, found);
    for (const char *at = ranges[_i].found; *at; at += *at == ' ') {
        char key[32];
        size_t n = strcspn(at, " ");

        memcpy(key, at, n);
        key[n] = '\0';
        ck_assert_ptr_nonnull(strstr(found, key));
        at += n;
    }
}
END_TEST

START_TEST(ranges_of_numbers_fit_the_field)
{
    ck_assert_str_eq(find(lede_query_range_int(query, "count", 2, 2)),
                     "embassy");
    ck_assert_str_eq(find(lede_query_range_double(query, "count", 1.5, 2.5)),
                     "embassy");
    ck_assert_str_eq(find(lede_query_range_int(query, "rating", 1, 1)),
                     "embassy");
    ck_assert_str_eq(
        find(lede_query_range_int(query, "date", NOW - 86400, NOW)), "covid");
    ck_assert_str_eq(find(lede_query_range_double(query, "count", 1.1, 1.9)),
                     "");
    ck_assert_str_eq(
        find(lede_query_range_double(query, "count", -HUGE_VAL, 1.9)),
        "soleimani");
}
END_TEST

START_TEST(values_are_found_whole)
{
    ck_assert_str_eq(find(lede_query_equals(query, "author", "Ali Mansour",
                                            LEDE_TERMINATED)),
                     "muhandis soleimani");
    ck_assert_str_eq(
        find(lede_query_equals(query, "author", "Ali", LEDE_TERMINATED)), "");
    ck_assert_str_eq(
        find(lede_query_equals(query, "key", "covid", LEDE_TERMINATED)),
        "covid");
    ck_assert_str_eq(
        find(lede_query_equals(query, "date", "2019", LEDE_TERMINATED)),
        "embassy");
    ck_assert_str_eq(find(lede_query_exists(query, "author")),
                     "covid muhandis embassy soleimani");
    ck_assert_str_eq(find(lede_query_exists(query, "flat")), "");
    ck_assert_str_eq(find(lede_query_exists(query, "key")),
                     "organ tokyo covid muhandis embassy soleimani");
}
END_TEST

START_TEST(joins_do_as_their_names)
{
    lede_node two[2] = { term(NULL, "iraq"), term(NULL, "organ") };
    lede_node both[2] = { term(NULL, "killed"), term(NULL, "iraq") };
    lede_node except[2] = { term("author", "mansour"),
                            lede_query_not(query, term(NULL, "iraq")) };
    lede_node more[2] = { term("author", "mansour"),
                          lede_query_optional(query, term(NULL, "commander")) };

    ck_assert_str_eq(find(lede_query_or(query, two, 2)), "organ soleimani");
    ck_assert_str_eq(find(lede_query_and(query, both, 2)), "soleimani");
    ck_assert_str_eq(find(lede_query_and(query, except, 2)), "muhandis");
    ck_assert_str_eq(find(lede_query_and(query, more, 2)),
                     "muhandis soleimani");
    ck_assert_str_eq(find(lede_query_and(query, NULL, 0)),
                     "organ tokyo covid muhandis embassy soleimani");
    ck_assert_str_eq(find(lede_query_or(query, NULL, 0)), "");
    ck_assert_str_eq(find(lede_query_nothing(query)), "");
}
END_TEST

START_TEST(near_takes_any_order_or_one)
{
    lede_node any[2] = { term(NULL, "iraq"), term(NULL, "killed") };
    lede_node far_off[2] = { term(NULL, "iraq"), term(NULL, "friday") };
    lede_node wrong[2] = { term(NULL, "iraq"), term(NULL, "killed") };
    lede_node right[2] = { term(NULL, "killed"), term(NULL, "ira*q") };
    lede_node names[2] = { term(NULL, "suleymani"),
                           phrase(NULL, "was killed", 0) };

    right[1] = wildcard(NULL, "ira*q");
    ck_assert_str_eq(find(lede_query_near(query, any, 2, 1, false)),
                     "soleimani");
    ck_assert_str_eq(find(lede_query_near(query, far_off, 2, 2, false)), "");
    ck_assert_str_eq(find(lede_query_near(query, wrong, 2, 1, true)), "");
    ck_assert_str_eq(find(lede_query_near(query, right, 2, 1, true)),
                     "soleimani");
    ck_assert_str_eq(find(lede_query_near(query, names, 2, 0, true)),
                     "soleimani");
}
END_TEST

START_TEST(a_group_scores_as_one_word)
{
    lede_node words[2] = { term(NULL, "iraq"), prefix(NULL, "orga") };
    lede_node spans[3] = { term(NULL, "iraq"), term(NULL, "no war"),
                           term("title", "church") };
    lede_node only[1] = { term(NULL, "no war") };

    ck_assert_str_eq(find(lede_query_group(query, words, 2)),
                     "organ covid soleimani");
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_WORD);
    ck_assert_str_eq(find(lede_query_group(query, spans, 3)),
                     "organ covid soleimani");
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_EITHER);
    ck_assert_str_eq(find(lede_query_group(query, only, 1)), "covid");
}
END_TEST

START_TEST(forms_can_be_taken_away)
{
    lede_node exact =
        lede_query_forms(query, term(NULL, "embassies"), LEDE_FORM_EXACT);
    lede_node joined =
        lede_query_forms(query, term(NULL, "covid19"), LEDE_FORM_EXACT);

    ck_assert_str_eq(find(exact), "embassy");
    ck_assert_uint_eq(expansion.plan->term_count, 1);
    ck_assert_str_eq(find(joined), "covid");
    ck_assert_str_eq(find(lede_query_forms(query, term(NULL, "suleimani"),
                                           LEDE_FORM_STEM | LEDE_FORM_FOLD)),
                     "");
    options.forms = LEDE_FORM_EXACT | LEDE_FORM_FOLD;
    ck_assert_str_eq(
        find(lede_query_forms(query, term(NULL, "woman"), LEDE_FORM_STEM)), "");
    ck_assert_str_eq(find(term(NULL, "erdogan")), "covid");
}
END_TEST

START_TEST(similar_articles_share_rare_words)
{
    ck_assert_str_eq(
        find(lede_query_similar(query, NULL, "al-Muhandis killed, killed",
                                LEDE_TERMINATED)),
        "");
    ck_assert_str_eq(find(lede_query_similar(query, "author", "Ali Ali Mansour",
                                             LEDE_TERMINATED)),
                     "muhandis soleimani");
    ck_assert_ptr_null(strstr(
        find(lede_query_similar_to(query, NULL, "organ", LEDE_TERMINATED)),
        "organ"));
    ck_assert_int_eq(
        expand(lede_query_similar_to(query, NULL, "none", LEDE_TERMINATED)),
        LEDE_ERR_NOT_FOUND);
}
END_TEST

/* ---- Plans -------------------------------------------------------------- */

static const lede_plan_term *term_at(const lede_plan *plan, const char *text)
{
    for (uint32_t i = 0; i < plan->term_count; i++)
        if (lede_bytes_equal(plan->terms[i].term, lede_bytes_of_text(text)))
            return &plan->terms[i];
    ck_abort_msg("no %s in the plan", text);
}

START_TEST(a_word_weighs_as_the_headers_say)
{
    const lede_plan *plan;
    uint64_t n = view->description->documents;

    ck_assert_int_eq(expand(lede_query_boost(query, term(NULL, "embassy"), 2)),
                     LEDE_OK);
    plan = expansion.plan;
    ck_assert_int_eq(plan->kind, LEDE_PLAN_WORD);
    ck_assert_uint_eq(plan->term_count, 2);
    /* title weighs 2, body 1; embassies is of the same stem */
    ck_assert_uint_eq(term_at(plan, "embassy")->weight, 2 * 65536);
    ck_assert_uint_eq(term_at(plan, "embassies")->weight,
                      LEDE_FORM_WEIGHT_STEM * 256);
    ck_assert(fabs(plan->score.weight - 2 * lede_score_idf(n, 2)) < 1e-12);
    ck_assert_uint_eq(plan->score.field_count, 2);
    ck_assert(plan->score.average_length > 0);
    ck_assert(expansion.weights == plan->score.weight);
    ck_assert_int_eq(expand(term("title", "embassy")), LEDE_OK);
    ck_assert_uint_eq(expansion.plan->terms[0].weight, 65536);
}
END_TEST

START_TEST(one_term_of_two_fields_counts_once)
{
    uint64_t n = view->description->documents;

    ck_assert_int_eq(expand(phrase(NULL, "soleimani", 0)), LEDE_OK);
    ck_assert_uint_eq(expansion.plan->term_count, 2);
    ck_assert(expansion.plan->score.weight == lede_score_idf(n, 1));
}
END_TEST

START_TEST(a_phrase_weighs_the_sum_of_its_words)
{
    uint64_t n = view->description->documents;

    ck_assert_int_eq(expand(phrase(NULL, "no war", 0)), LEDE_OK);
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_PHRASE);
    ck_assert(expansion.plan->score.weight == 2 * lede_score_idf(n, 1));
    ck_assert_int_eq(expand(term(NULL, "al-Muhandis")), LEDE_OK);
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_EITHER);
    ck_assert_int_eq(expansion.plan->nodes[0]->kind, LEDE_PLAN_PHRASE);
    ck_assert(expansion.plan->score.weight == 2 * lede_score_idf(n, 1));
    ck_assert_uint_eq(expansion.plan->score.field_count, 2);
}
END_TEST

START_TEST(filters_and_exclusions_weigh_nothing)
{
    lede_node nodes[3] = {
        lede_query_filter(query, lede_query_boost(query, term(NULL, "war"), 9)),
        lede_query_not(query, term(NULL, "iraq")),
        lede_query_constant(query, term(NULL, "met"), 3)
    };

    ck_assert_int_eq(
        expand(lede_query_boost(query, lede_query_and(query, nodes, 3), 2)),
        LEDE_OK);
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_AND);
    ck_assert(expansion.plan->nodes[0]->score.weight == 0);
    ck_assert(expansion.plan->nodes[1]->nodes[0]->score.weight == 0);
    ck_assert(expansion.plan->nodes[2]->score.weight == 6);
    ck_assert(expansion.weights == 6);
}
END_TEST

START_TEST(plans_name_the_node_they_came_from)
{
    lede_node nodes[2] = { term(NULL, "war"), phrase(NULL, "no war", 0) };
    lede_node best = lede_query_best(query, nodes, 2, 0.5);

    ck_assert_int_eq(expand(best), LEDE_OK);
    ck_assert_uint_eq(expansion.plan->source, best);
    ck_assert_uint_eq(expansion.plan->tie, 128);
    ck_assert_uint_eq(expansion.plan->nodes[0]->source, nodes[0]);
    ck_assert_uint_eq(expansion.plan->nodes[1]->source, nodes[1]);
}
END_TEST

START_TEST(a_pattern_keeps_the_most_frequent)
{
    ck_assert_int_eq(expand(prefix(NULL, "")), LEDE_OK);
    ck_assert(!expansion.capped);
    limits.expansion_terms = 2;
    ck_assert_int_eq(expand(prefix(NULL, "")), LEDE_OK);
    ck_assert(expansion.capped);
    ck_assert_uint_ge(expansion.plan->term_count, 2);
    ck_assert_ptr_nonnull(term_at(expansion.plan, "the"));
    ck_assert_int_eq(expand(wildcard("url", "*")), LEDE_OK);
    ck_assert(expansion.capped);
    ck_assert_uint_eq(expansion.plan->count, 2);
    /* a lone character is no pattern of the user's */
    ck_assert_str_eq(find(term(NULL, "の")), "tokyo");
    ck_assert(!expansion.capped);
}
END_TEST

START_TEST(a_bigram_is_one_word)
{
    ck_assert_int_eq(expand(term(NULL, "知事")), LEDE_OK);
    ck_assert_int_eq(expansion.plan->kind, LEDE_PLAN_WORD);
    ck_assert_int_eq(expand(term(NULL, "部署方")), LEDE_OK);
    ck_assert_uint_eq(expansion.plan->count, 2);
}
END_TEST

/* What one field gave up, another kept: its statistics are asked for. */
START_TEST(a_capped_term_is_looked_up_in_all_fields)
{
    limits.expansion_terms = 1;
    ck_assert_int_eq(expand(regex(NULL, "(dead|in|on)")), LEDE_OK);
    ck_assert(expansion.capped);
    ck_assert_uint_eq(expansion.plan->term_count, 2);
    for (uint32_t i = 0; i < 2; i++)
        ck_assert(lede_bytes_equal(expansion.plan->terms[i].term,
                                   lede_bytes_of_text("in")));
}
END_TEST

/* ---- Errors ------------------------------------------------------------- */

static void expect(lede_node node, lede_status status, const char *where)
{
    ck_assert_msg(expand(node) == status, "%s: %s", where, err.message);
    ck_assert_str_eq(err.where, where);
    ck_assert_int_eq(err.status, status);
    ck_assert(err.message[0] != '\0');
}

START_TEST(fields_that_cannot_are_named)
{
    lede_node near[2] = { term("url", "a"), term("url", "b") };
    lede_node group[1] = { term("count", "3") };

    expect(term("nothing", "war"), LEDE_ERR_INVALID, "nothing");
    expect(term("extra", "war"), LEDE_ERR_INVALID, "extra");
    expect(lede_query_exists(query, "extra"), LEDE_ERR_INVALID, "extra");
    expect(lede_query_equals(query, "title", "a", 1), LEDE_ERR_INVALID,
           "title");
    expect(lede_query_range(query, "title", "a", "b"), LEDE_ERR_INVALID,
           "title");
    expect(lede_query_range(query, "bare", "a", "b"), LEDE_ERR_UNSUPPORTED,
           "bare");
    expect(phrase("flat", "no war", 0), LEDE_ERR_UNSUPPORTED, "flat");
    expect(prefix("count", "1"), LEDE_ERR_INVALID, "count");
    expect(prefix("key", "1"), LEDE_ERR_UNSUPPORTED, "key");
    expect(lede_query_near(query, near, 2, 1, false), LEDE_ERR_INVALID, "url");
    expect(lede_query_group(query, group, 1), LEDE_ERR_INVALID, "count");
    expect(term("date", "soon"), LEDE_ERR_INVALID, "soon");
    expect(lede_query_range(query, "count", "x", NULL), LEDE_ERR_INVALID, "x");
    ck_assert_str_eq(find(prefix("bare", "a")), "");
    ck_assert_str_eq(find(term("flat", "war")), "");
}
END_TEST

START_TEST(limits_are_named)
{
    lede_node many[3] = { term(NULL, "a"), term(NULL, "b"), term(NULL, "c") };
    lede_node deep = term(NULL, "a");

    limits.clauses = 2;
    expect(lede_query_or(query, many, 3), LEDE_ERR_LIMIT, "clauses");
    limits.phrase_terms = 2;
    expect(phrase(NULL, "a b c", 0), LEDE_ERR_LIMIT, "phrase_terms");
    limits.automaton_states = 3;
    expect(wildcard(NULL, "*a*e*i*o*"), LEDE_ERR_LIMIT, "automaton_states");
    limits.query_depth = 5;
    for (int i = 0; i < 5; i++)
        deep = lede_query_not(query, deep);
    expect(deep, LEDE_ERR_LIMIT, "query_depth");
}
END_TEST

START_TEST(an_error_has_a_place_in_the_text)
{
    lede_node node = term("nothing", "war");

    lede_query_set_span(query, node, 7, 18);
    expect(node, LEDE_ERR_INVALID, "nothing");
    ck_assert_uint_eq(err.position, 7);
    expect(term("nothing", "war"), LEDE_ERR_INVALID, "nothing");
    ck_assert(err.position == LEDE_NO_POSITION);
}
END_TEST

START_TEST(a_spent_budget_ends_it)
{
    lede_cancel *cancel;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    lede_budget_init(&budget, 0, cancel, 0);
    (void)lede_budget_look(&budget);
    ck_assert_int_eq(expand(prefix(NULL, "")), LEDE_ERR_CANCELLED);
    ck_assert_int_eq(expand(term(NULL, "war")), LEDE_ERR_CANCELLED);
    lede_cancel_free(cancel);
}
END_TEST

START_TEST(boosts_beyond_numbers_are_invalid)
{
    lede_node node = term(NULL, "war");

    for (int i = 0; i < 3; i++)
        node = lede_query_boost(query, node, 1e200);
    ck_assert_int_eq(expand(node), LEDE_ERR_INVALID);
}
END_TEST

static lede_status expand_failing(const lede_allocator *allocator, void *ctx)
{
    lede_arena *own = lede_arena_new(allocator);
    const lede_allocator *before = view->allocator;
    lede_status status;

    (void)ctx;
    if (!own)
        return LEDE_ERR_NOMEM;
    view->allocator = allocator;
    lede_error_clear(&err);
    status = lede_expand(&expansion, view, query, &options, own, &err);
    view->allocator = before;
    lede_arena_free(own);
    return status;
}

START_TEST(failed_allocations_are_told)
{
    lede_node nodes[5] = { term(NULL, "al-Muhandis women"),
                           wildcard(NULL, "*a*"), fuzzy(NULL, "war", 2),
                           lede_query_similar_to(query, NULL, "organ",
                                                 LEDE_TERMINATED),
                           lede_query_range(query, "date", "-1y", "now") };

    lede_query_set_root(query, lede_query_or(query, nodes, 5));
    ck_assert_uint_gt(failing_alloc_sweep(expand_failing, NULL), 10);
}
END_TEST

static void add_tests(TCase *tcase)
{
    int count = sizeof terms / sizeof *terms;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_word_finds_its_forms, 0, count);
    tcase_add_loop_test(tcase, without_tables_the_dictionary_answers, 0, count);
    tcase_add_loop_test(tcase, a_phrase_finds_words_in_order, 0,
                        sizeof phrases / sizeof *phrases);
    tcase_add_loop_test(tcase, a_pattern_finds_what_it_accepts, 0,
                        sizeof patterns / sizeof *patterns);
    tcase_add_test(tcase, fuzzy_words_find_near_ones);
    tcase_add_loop_test(tcase, a_range_covers_both_ends, 0,
                        sizeof ranges / sizeof *ranges);
    tcase_add_test(tcase, ranges_of_numbers_fit_the_field);
    tcase_add_test(tcase, values_are_found_whole);
    tcase_add_test(tcase, joins_do_as_their_names);
    tcase_add_test(tcase, near_takes_any_order_or_one);
    tcase_add_test(tcase, a_group_scores_as_one_word);
    tcase_add_test(tcase, forms_can_be_taken_away);
    tcase_add_test(tcase, similar_articles_share_rare_words);
    tcase_add_test(tcase, a_word_weighs_as_the_headers_say);
    tcase_add_test(tcase, one_term_of_two_fields_counts_once);
    tcase_add_test(tcase, a_phrase_weighs_the_sum_of_its_words);
    tcase_add_test(tcase, filters_and_exclusions_weigh_nothing);
    tcase_add_test(tcase, plans_name_the_node_they_came_from);
    tcase_add_test(tcase, a_pattern_keeps_the_most_frequent);
    tcase_add_test(tcase, a_bigram_is_one_word);
    tcase_add_test(tcase, a_capped_term_is_looked_up_in_all_fields);
    tcase_add_test(tcase, fields_that_cannot_are_named);
    tcase_add_test(tcase, limits_are_named);
    tcase_add_test(tcase, an_error_has_a_place_in_the_text);
    tcase_add_test(tcase, a_spent_budget_ends_it);
    tcase_add_test(tcase, boosts_beyond_numbers_are_invalid);
    tcase_add_test(tcase, failed_allocations_are_told);
}

int main(void)
{
    return test_suite_run("expand", add_tests);
}
