/* Facets over columns of many blocks, counted a window at a time or one by one,
 * say what counting article by article says. */
#include "native/match/facets.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/bucket.h"
#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES   6000U
#define VALUES_MAX 3U
#define NAMES      2500U

/* DATE rises, by blocks of about a day; DATES are near each other in one
 * article; of TAG there are few, of NAME many, some of which few articles have;
 * LATE is missing in the last ones of each segment. */
enum { DATE, DATES, TAG, TAGS, NAME, LATE, N, BODY, FIELDS };

static const char *const names[FIELDS] = { "date", "dates", "tag", "tags",
                                           "name", "late",  "n",   "body" };

static const lede_kind kinds[FIELDS] = { LEDE_DATE,    LEDE_DATE,
                                         LEDE_KEYWORD, LEDE_KEYWORD,
                                         LEDE_KEYWORD, LEDE_KEYWORD,
                                         LEDE_INT,     LEDE_TEXT };

/* Who is asked for: every article, half of them, or few of each block. */
enum { ALL, HALF, FEW, WORDS };

static const char *const words[WORDS] = { NULL, "half", "few" };

static int64_t values[FIELDS][ARTICLES][VALUES_MAX];
static uint32_t counts[FIELDS][ARTICLES];
static bool has[WORDS][ARTICLES];

static commits made;

static void draw(chance *c, uint32_t i, uint32_t segment)
{
    int64_t day = (int64_t)chance_below(c, 900) * 86400;

    for (uint32_t f = 0; f < BODY; f++)
        counts[f][i] = 1;
    values[DATE][i][0] = (int64_t)i * 170;
    counts[DATES][i] = chance_below(c, VALUES_MAX + 1);
    counts[TAGS][i] = chance_below(c, VALUES_MAX + 1);
    for (uint32_t v = 0; v < VALUES_MAX; v++) {
        values[DATES][i][v] = day + (int64_t)chance_below(c, 2 * 86400);
        values[TAGS][i][v] = chance_below(c, 5);
    }
    values[TAG][i][0] = chance_below(c, 20);
    values[NAME][i][0] = chance_below(c, 1 + chance_below(c, NAMES));
    values[LATE][i][0] = chance_below(c, 7);
    counts[LATE][i] = i % segment < segment / 2 + 300;
    values[N][i][0] = chance_below(c, 50);
    has[ALL][i] = true;
    has[HALF][i] = chance_one_in(c, 2);
    has[FEW][i] = chance_one_in(c, 30);
}

static void add_values(lede_document *doc, uint32_t i)
{
    char text[32];

    for (uint32_t f = 0; f < BODY; f++)
        for (uint32_t v = 0; v < counts[f][i]; v++) {
            (void)snprintf(text, sizeof text, "%05d", (int)values[f][i][v]);
            if (kinds[f] == LEDE_KEYWORD)
                lede_document_add_text(doc, names[f], text, LEDE_TERMINATED);
            else
                lede_document_add_int(doc, names[f], values[f][i][v]);
        }
    (void)snprintf(text, sizeof text, "%s %s", has[HALF][i] ? "half" : "",
                   has[FEW][i] ? "few" : "");
    lede_document_add_text(doc, "body", text, LEDE_TERMINATED);
}

static void open_articles(uint32_t segments)
{
    chance c = chance_from("facets", 1);
    lede_schema *schema;
    lede_writer *writer;
    lede_document *doc;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    for (uint32_t f = 0; f < FIELDS; f++)
        lede_schema_add(schema, names[f], kinds[f], NULL);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        char key[16];
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        draw(&c, i, ARTICLES / segments);
        lede_document_clear(doc);
        add_values(doc, i);
        ck_assert_int_eq(
            lede_writer_put(writer, key, (size_t)len, doc, &made.err), LEDE_OK);
        if ((i + 1) % (ARTICLES / segments) == 0)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    lede_document_free(doc);
    commits_end(&made, writer, segments);
}

/* What an article's value counts for. */
static int64_t bucket_of(const lede_facet_key *key, uint32_t i, uint32_t v)
{
    int64_t first, last;

    lede_bucket_around(key->bucket, values[key->field][i][v], &first, &last);
    return first;
}

static bool counts_for(const lede_facet_key *key, uint32_t i, int64_t bucket)
{
    bool found = false;

    for (uint32_t v = 0; v < counts[key->field][i]; v++)
        found |= bucket_of(key, i, v) == bucket;
    return found;
}

/* Counted where a value is the first of its bucket in an article. */
static uint64_t count_all(const lede_facet_key *key, uint32_t word)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < ARTICLES; i++)
        for (uint32_t v = 0; has[word][i] && v < counts[key->field][i]; v++) {
            bool fresh = true;

            for (uint32_t before = 0; before < v; before++)
                fresh &= bucket_of(key, i, before) != bucket_of(key, i, v);
            sum += fresh;
        }
    return sum;
}

static int64_t number_of(const lede_value *value)
{
    return value->kind == LEDE_KEYWORD ? strtoll(value->text, NULL, 10)
                                       : value->number;
}

static void expect_facet(const lede_engine_facet *facet,
                         const lede_facet_key *key, uint32_t word)
{
    uint64_t sum = 0;

    for (uint32_t at = 0; at < facet->count; at++) {
        int64_t number = number_of(facet->counts[at].value);
        uint64_t plain = 0;

        for (uint32_t i = 0; i < ARTICLES; i++)
            plain += has[word][i] && counts_for(key, i, number);
        ck_assert_msg(plain == facet->counts[at].count,
                      "%s, bucket %d of %s: %lld is in %llu, not %llu",
                      word ? words[word] : "all", (int)key->bucket,
                      names[key->field], (long long)number,
                      (unsigned long long)plain,
                      (unsigned long long)facet->counts[at].count);
        sum += plain;
    }
    ck_assert_uint_eq(sum, count_all(key, word));
}

START_TEST(counts_are_those_of_each_article)
{
    static const lede_facet_key keys[] = {
        { DATE, LEDE_BUCKET_DAY, 1000 },   { DATE, LEDE_BUCKET_HOUR, 1000 },
        { DATE, LEDE_BUCKET_MONTH, 1000 }, { DATES, LEDE_BUCKET_DAY, 1000 },
        { DATES, LEDE_BUCKET_YEAR, 1000 }, { TAG, LEDE_BUCKET_VALUE, 1000 },
        { TAGS, LEDE_BUCKET_VALUE, 1000 }, { NAME, LEDE_BUCKET_VALUE, NAMES },
        { LATE, LEDE_BUCKET_VALUE, 1000 }, { N, LEDE_BUCKET_VALUE, 1000 },
    };
    enum { KEYS = sizeof keys / sizeof *keys };
    lede_plan_term term = { .field = BODY, .weight = LEDE_WEIGHT_ONE };
    lede_plan plan = { .terms = &term, .term_count = 1 };
    lede_engine_search search = { .plan = &plan,
                                  .rule = { 1.2, 0.75, 16 },
                                  .recency = { .field = LEDE_NO_FIELD },
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1,
                                  .facets = keys,
                                  .facet_count = KEYS };

    open_articles(_i ? 3 : 1);
    for (uint32_t word = 0; word < WORDS; word++)
        for (uint32_t want = 0; want <= 10; want += 10) {
            lede_engine_results results;

            plan.kind = word == ALL ? LEDE_PLAN_EVERYTHING : LEDE_PLAN_WORD;
            if (word != ALL)
                term.term = lede_bytes_of_text(words[word]);
            search.want = want;
            lede_arena_clear(made.arena);
            results = commits_ask(&made, &search);
            for (uint32_t k = 0; k < KEYS; k++)
                expect_facet(&results.facets[k], &keys[k], word);
        }
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, counts_are_those_of_each_article, 0, 2);
}

int main(void)
{
    return test_suite_run("facets", add_tests);
}
