/* A search begins by what the best articles of its words are known to have: it
 * ends with as many hits as there are, also where these articles are deleted, or
 * were shown on the page before. */
#include "native/match/search.h"

#include <stdio.h>

#include "support/commits.h"
#include "support/suite.h"

#define ARTICLES 400U
#define BEST     12U /* articles that have the word often */
#define LEADING  300U
#define WANT     10U
#define TEXT_MAX 256U

static commits made;

static void delete_best(lede_writer *writer, uint32_t count)
{
    char key[16];

    for (uint32_t i = 0; i < count; i++)
        ck_assert_int_eq(lede_writer_delete(writer, key,
                                            (size_t)snprintf(key, sizeof key,
                                                             "%u", (unsigned)i),
                                            &made.err),
                         LEDE_OK);
}

static size_t add(char *text, size_t len, const char *word, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s ", word);
    return len;
}

/* All articles have "too" and "often", the first LEADING "lead"; the first BEST
 * have these two ten times, and "top", the others "wide". */
static size_t write_text(char *text, uint32_t i)
{
    uint32_t times = i < BEST ? 10 : 1;
    size_t len = add(text, 0, "too", 1);

    len = add(text, len, "often", times);
    len = add(text, len, "lead", i < LEADING ? times : 0);
    len = add(text, len, i < BEST ? "top" : "wide", 1);
    return add(text, len, "x", 10 - times);
}

static void make(uint32_t deleted)
{
    lede_schema *schema;
    lede_writer *writer;
    lede_document *doc;
    char key[16], text[TEXT_MAX];

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "text", LEDE_TEXT, NULL), LEDE_OK);
    writer = commits_begin(&made, schema);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        int len = snprintf(key, sizeof key, "%u", (unsigned)i);

        lede_document_clear(doc);
        lede_document_add_text(doc, "text", text, write_text(text, i));
        ck_assert_int_eq(
            lede_writer_put(writer, key, (size_t)len, doc, &made.err), LEDE_OK);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    delete_best(writer, deleted);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 1);
}

/* ---- Plans -------------------------------------------------------------- */

/* What the best of the word that leads are not, or are more than. */
enum {
    ALONE,       /* often */
    ANY,         /* often too */
    BESIDE_MORE, /* +lead too */
    NOT_ALONE,   /* +lead +wide too */
    REFUSED,     /* +lead too -top */
    KINDS
};

static const lede_plan *new_plan(lede_plan_kind kind, uint32_t count,
                                 const lede_plan *const *nodes)
{
    lede_plan *plan = lede_arena_alloc(made.arena, sizeof *plan);
    const lede_plan **held =
        lede_arena_array(made.arena, count, sizeof(const lede_plan *));

    ck_assert(plan && held);
    memcpy(held, nodes, count * sizeof(const lede_plan *));
    *plan = (lede_plan){ .kind = kind, .count = count, .nodes = held };
    return plan;
}

static const lede_plan *new_word(const char *text, double score)
{
    static const uint32_t field = 0, weight = 256;
    lede_plan *word = lede_arena_alloc(made.arena, sizeof *word);
    lede_plan_term *term = lede_arena_alloc(made.arena, sizeof *term);

    ck_assert(word && term);
    *term = (lede_plan_term){
        .field = 0,
        .term = lede_bytes_of((const uint8_t *)text, strlen(text)),
        .weight = LEDE_WEIGHT_ONE,
    };
    *word = (lede_plan){ .kind = LEDE_PLAN_WORD,
                         .terms = term,
                         .term_count = 1,
                         .score = { .weight = score,
                                    .average_length = 14,
                                    .fields = &field,
                                    .field_weights = &weight,
                                    .field_count = 1 } };
    return word;
}

static const lede_plan *plan_of(uint32_t kind)
{
    const lede_plan *too = new_word("too", 0.1), *top = new_word("top", 1);
    const lede_plan *nodes[3] = { new_word("often", 2), too };

    if (kind == ALONE)
        return nodes[0];
    if (kind == ANY)
        return new_plan(LEDE_PLAN_OR, 2, nodes);
    nodes[0] = new_word("lead", 2);
    nodes[1] = new_plan(LEDE_PLAN_OPTIONAL, 1, &too);
    nodes[2] = kind == REFUSED ? new_plan(LEDE_PLAN_NOT, 1, &top)
                               : new_word("wide", 0.1);
    return new_plan(LEDE_PLAN_AND, kind == BESIDE_MORE ? 2 : 3, nodes);
}

static lede_engine_results search(uint32_t kind, const lede_engine_hit *after)
{
    lede_engine_search search = {
        .plan = plan_of(kind),
        .rule = { 1.2, 0.75, lede_score_scale(3) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = WANT,
        .after = after,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };

    return commits_ask(&made, &search);
}

START_TEST(deleted_articles_are_made_up_for_by_others)
{
    for (uint32_t deleted = 0; deleted <= BEST; deleted++) {
        make(deleted);
        for (uint32_t kind = 0; kind < KINDS; kind++)
            ck_assert_uint_eq(search(kind, NULL).count, WANT);
        commits_close(&made);
    }
}
END_TEST

START_TEST(a_page_is_full_behind_the_best)
{
    make(0);
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        lede_engine_results first = search(kind, NULL);

        ck_assert_uint_eq(first.count, WANT);
        ck_assert_uint_eq(search(kind, &first.hits[WANT - 1]).count, WANT);
    }
    commits_close(&made);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, deleted_articles_are_made_up_for_by_others);
    tcase_add_test(tcase, a_page_is_full_behind_the_best);
}

int main(void)
{
    return test_suite_run("start", add_tests);
}
