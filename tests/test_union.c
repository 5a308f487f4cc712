/* The best documents of a word, of its forms in several fields and of unions
 * of words, in lists of many groups, are those that looking at each article
 * finds; with frequencies beyond what a byte holds, and with deletes. */
#include "native/match/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define FIRST    18000U /* more than 128 blocks of one word */
#define SECOND   700U
#define ARTICLES (FIRST + SECOND)
#define WORDS    8U
#define LEAVES   6U
#define TERMS    4U
#define ROUNDS   900U

enum { TITLE, BODY, NOTE, FIELDS };

/* How often of 1000 articles a word stands in one, by field. */
static const uint32_t shares[FIELDS][WORDS] = {
    { 120, 60, 30, 4, 0, 1, 0, 0 },
    { 960, 520, 210, 60, 15, 3, 1, 970 },
    { 300, 10, 0, 90, 0, 0, 2, 0 },
};

typedef struct article {
    uint16_t times[FIELDS][WORDS];
    uint32_t lengths[FIELDS];
    bool deleted;
} article;

static article articles[ARTICLES];
static commits made;

static uint32_t draw_times(chance *c)
{
    uint32_t times = 1;

    if (chance_one_in(c, 400))
        return 200 + chance_below(c, 200);
    while (times < 30 && chance_one_in(c, 3))
        times++;
    return times;
}

static void put_article(lede_writer *writer, lede_document *doc, chance *c,
                        uint32_t i)
{
    static const char *const names[FIELDS] = { "title", "body", "note" };
    static char text[WORDS * 400 * 3 + 200];
    int len;

    lede_document_clear(doc);
    for (uint32_t f = 0; f < FIELDS; f++) {
        uint32_t fill = chance_below(c, f == BODY ? 40 : 4);
        size_t at = 0;

        for (uint32_t w = 0; w < WORDS; w++) {
            uint32_t times =
                chance_below(c, 1000) < shares[f][w] ? draw_times(c) : 0;

            articles[i].times[f][w] = (uint16_t)times;
            articles[i].lengths[f] += times;
            for (; times > 0; times--, at += 3)
                (void)snprintf(text + at, sizeof text - at, "w%u ",
                               (unsigned)w);
        }
        articles[i].lengths[f] += fill;
        for (; fill > 0; fill--, at += 2)
            (void)snprintf(text + at, sizeof text - at, "x ");
        lede_document_add_text(doc, names[f], text, at);
    }
    len = snprintf(text, sizeof text, "%u", (unsigned)i);
    ck_assert_int_eq(lede_writer_put(writer, text, (size_t)len, doc, &made.err),
                     LEDE_OK);
}

static void delete_some(lede_writer *writer, chance *c)
{
    char key[16];

    for (uint32_t i = 0; i < ARTICLES; i++) {
        if (!chance_one_in(c, 20))
            continue;
        articles[i].deleted = true;
        ck_assert_int_eq(lede_writer_delete(writer, key,
                                            (size_t)snprintf(key, sizeof key,
                                                             "%u", (unsigned)i),
                                            &made.err),
                         LEDE_OK);
    }
}

static lede_schema *make_schema(void)
{
    lede_field_options field = LEDE_FIELD_OPTIONS;
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    field.flags = LEDE_FIELD_UNSTORED | LEDE_FIELD_NO_POSITIONS;
    lede_schema_add(schema, "title", LEDE_TEXT, &field);
    lede_schema_add(schema, "body", LEDE_TEXT, &field);
    field.flags |= LEDE_FIELD_NAMED_ONLY;
    lede_schema_add(schema, "note", LEDE_TEXT, &field);
    return schema;
}

static void set_up(void)
{
    chance c = chance_from("union", 1);
    lede_writer *writer = commits_begin(&made, make_schema());
    lede_document *doc;

    memset(articles, 0, sizeof articles);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        put_article(writer, doc, &c, i);
        if (i + 1 == FIRST)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    delete_some(writer, &c);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 2);
}

static void tear_down(void)
{
    commits_close(&made);
}

/* ---- Questions ---- */

typedef struct question {
    lede_plan leaves[LEAVES];
    const lede_plan *nodes[LEAVES];
    lede_plan_term terms[LEAVES][TERMS];
    uint8_t words[LEAVES][TERMS];
    uint32_t fields[LEAVES][FIELDS];
    uint32_t weights[LEAVES][FIELDS];
    lede_plan plan;
    double sum;
} question;

/* Different terms in order of field, then term: of each field some words. */
static uint32_t draw_terms(chance *c, question *q, uint32_t leaf)
{
    static const char names[] = "w0w1w2w3w4w5w6w7";
    uint32_t count = 0, wanted = 1 + chance_below(c, TERMS);

    if (chance_one_in(c, 3))
        wanted = 1;
    for (uint32_t at = chance_below(c, FIELDS * WORDS);
         at < FIELDS * WORDS && count < wanted;
         at += 1 + chance_below(c, 2 * WORDS)) {
        q->words[leaf][count] = (uint8_t)(at % WORDS);
        q->terms[leaf][count] = (lede_plan_term){
            .field = at / WORDS,
            .weight = chance_one_in(c, 2) ? LEDE_WEIGHT_ONE
                                          : 1 + chance_below(c, 200000),
            .term = lede_bytes_of(
                (const uint8_t *)names + (size_t)2 * (at % WORDS), 2),
        };
        count++;
    }
    return count;
}

/* Fields are those of the terms, and mostly the default ones. */
static uint32_t draw_fields(chance *c, question *q, uint32_t leaf,
                            uint32_t terms)
{
    bool wanted[FIELDS] = { true, true, false };
    uint32_t count = 0;

    if (chance_one_in(c, 4))
        wanted[TITLE] = wanted[BODY] = false;
    for (uint32_t i = 0; i < terms; i++)
        wanted[q->terms[leaf][i].field] = true;
    for (uint32_t f = 0; f < FIELDS; f++)
        if (wanted[f]) {
            q->fields[leaf][count] = f;
            q->weights[leaf][count++] = f == TITLE ? 512 : 256;
        }
    return count;
}

static void draw_question(chance *c, question *q)
{
    uint32_t count = chance_one_in(c, 3) ? 1 : 1 + chance_below(c, LEAVES);

    q->sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t terms = draw_terms(c, q, i);
        uint32_t fields = draw_fields(c, q, i, terms);

        q->leaves[i] = (lede_plan){
            .kind = LEDE_PLAN_WORD,
            .terms = q->terms[i],
            .term_count = terms,
            .score = { .weight = 0.1 + 8 * chance_unit(c) * chance_unit(c),
                       .average_length = chance_one_in(c, 10) ? 0 : 30,
                       .fields = q->fields[i],
                       .field_weights = q->weights[i],
                       .field_count = fields },
        };
        q->nodes[i] = &q->leaves[i];
        q->sum += q->leaves[i].score.weight;
    }
    q->plan = count == 1 && chance_one_in(c, 2)
                  ? q->leaves[0]
                  : (lede_plan){ .kind = LEDE_PLAN_OR,
                                 .count = count,
                                 .nodes = q->nodes };
}

/* ---- Answers ---- */

typedef struct answer {
    uint32_t article;
    uint32_t points;
} answer;

static answer answers[ARTICLES];

/* The newest of equals first. */
static int by_points(const void *left, const void *right)
{
    const answer *a = left, *b = right;

    if (a->points != b->points)
        return a->points < b->points ? 1 : -1;
    return a->article < b->article ? 1 : -1;
}

static uint32_t points_of(const question *q, uint32_t leaf, const article *a,
                          const lede_score_rule *rule, bool *found)
{
    const lede_plan *plan = &q->leaves[leaf];
    uint64_t tf = 0, length = 0;

    for (uint32_t i = 0; i < plan->term_count; i++)
        tf += (uint64_t)plan->terms[i].weight *
              a->times[plan->terms[i].field][q->words[leaf][i]];
    for (uint32_t i = 0; i < plan->score.field_count; i++)
        length += (uint64_t)plan->score.field_weights[i] *
                  a->lengths[plan->score.fields[i]];
    *found = *found || tf > 0;
    return lede_score_points(rule, &plan->score, tf, length);
}

static uint32_t look_at_each(const question *q, const lede_score_rule *rule)
{
    uint32_t leaves = q->plan.kind == LEDE_PLAN_OR ? q->plan.count : 1;
    uint32_t count = 0;

    for (uint32_t i = 0; i < ARTICLES; i++) {
        bool found = false;
        uint32_t points = 0;

        if (articles[i].deleted)
            continue;
        for (uint32_t j = 0; j < leaves; j++)
            points += points_of(q, j, &articles[i], rule, &found);
        if (found)
            answers[count++] = (answer){ i, points };
    }
    qsort(answers, count, sizeof *answers, by_points);
    return count;
}

static bool is_right(const lede_engine_hit *hit, const answer *right,
                     const lede_score_rule *rule)
{
    char key[16];
    int len = snprintf(key, sizeof key, "%u", (unsigned)right->article);

    return hit->key.len == (size_t)len &&
           memcmp(hit->key.at, key, (size_t)len) == 0 &&
           !(hit->score < lede_score_of(rule, right->points)) &&
           !(hit->score > lede_score_of(rule, right->points));
}

static void ask(chance *c, const question *q)
{
    static const uint32_t wants[] = { 1, 10, 10, 10, 100, 20000 };
    lede_engine_search search = {
        .plan = &q->plan,
        .rule = { chance_one_in(c, 10) ? 0 : 2.5 * chance_unit(c),
                  chance_one_in(c, 10) ? 1 : chance_unit(c),
                  lede_score_scale(q->sum) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = wants[chance_below(c, 6)],
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
        .count_all = chance_one_in(c, 8),
    };
    uint32_t count = look_at_each(q, &search.rule), wrong = 0;
    uint32_t shown = count < search.want ? count : search.want;
    lede_engine_results results;

    lede_arena_clear(made.arena);
    results = commits_ask(&made, &search);
    ck_assert_uint_eq(results.count, shown);
    for (uint32_t i = 0; i < shown; i++)
        wrong += !is_right(&results.hits[i], &answers[i], &search.rule);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_le(results.total, count);
    ck_assert(!results.total_exact || results.total == count);
}

START_TEST(the_best_are_those_that_looking_at_each_finds)
{
    chance c = chance_from("unions", 1);
    uint32_t rounds = test_is_sanitized() ? ROUNDS / 3 : ROUNDS;
    static question q;

    for (uint32_t i = 0; i < rounds; i++) {
        draw_question(&c, &q);
        ask(&c, &q);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_best_are_those_that_looking_at_each_finds);
}

int main(void)
{
    return test_suite_run("union", add_tests);
}
