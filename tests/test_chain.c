/* The best documents of a phrase are the first of all that match: drawn lists
 * whose best documents stand at the edges of blocks, where one that is passed
 * unread ends, and where many are as good as the last that is wanted. */
#include "native/match/search.h"

#include <stdio.h>

#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define DRAWS    (test_is_sanitized() ? 4U : 30U)
#define ARTICLES 6000U /* more than the heads of one group are about */
#define LENGTH   16U   /* of most texts, in words */
#define TEXT_MAX 256U
#define WORDS    2U

static commits made;

/* ---- Articles ----------------------------------------------------------- */

/* How often a list lacks a document, and how many it has. */
typedef struct list {
    uint32_t gap; /* one document of so many; 0: none */
    uint32_t count;
} list;

static bool is_edge(const list *l)
{
    return l->count % 128 == 0 || l->count % 128 == 127;
}

static size_t add(char *text, size_t len, const char *words, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s ", words);
    return len;
}

/* Most articles have the phrase once, some one of its words alone, a few of
 * them, most at edges, the phrase more often. */
static size_t write_text(char *text, chance *c, list lists[WORDS])
{
    bool has[WORDS], both;
    uint32_t pairs = 0, alone = chance_one_in(c, 300) ? 4 : 1, count = 0;
    size_t len = 0;

    for (uint32_t w = 0; w < WORDS; w++)
        has[w] = !lists[w].gap || !chance_one_in(c, lists[w].gap);
    both = has[0] && has[1];
    if (both)
        pairs = 1 + ((is_edge(&lists[0]) || is_edge(&lists[1]))
                         ? chance_below(c, 4)
                         : 2 * (uint32_t)chance_one_in(c, 500));
    len = add(text, len, "qa qb", pairs);
    len = add(text, len, "qa", both || !has[0] ? 0 : alone);
    len = add(text, len, "qb", both || !has[1] ? 0 : alone);
    count = both ? 2 * pairs : alone * (uint32_t)(has[0] || has[1]);
    for (uint32_t w = 0; w < WORDS; w++)
        lists[w].count += has[w];
    return add(text, len, "x",
               (chance_one_in(c, 9) ? 2 * LENGTH : LENGTH) - count);
}

static void make(chance *c)
{
    static const uint32_t gaps[] = { 0, 2, 3, 9, 60 };
    list lists[WORDS] = { { gaps[chance_below(c, 5)], 0 },
                          { gaps[chance_below(c, 5)], 0 } };
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
        lede_document_add_text(doc, "text", text, write_text(text, c, lists));
        if (lede_writer_put(writer, key, (size_t)len, doc, &made.err))
            ck_abort_msg("%s", made.err.message);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 1);
}

/* ---- Searches ----------------------------------------------------------- */

static lede_engine_results search(uint32_t want)
{
    static const uint32_t field = 0, weight = 256;
    static const char *const names[WORDS] = { "qa", "qb" };
    lede_plan_term terms[WORDS];
    lede_plan words[WORDS];
    const lede_plan *nodes[WORDS];
    lede_plan phrase = { .kind = LEDE_PLAN_PHRASE,
                         .count = WORDS,
                         .nodes = nodes,
                         .score = { .weight = 2,
                                    .average_length = LENGTH,
                                    .fields = &field,
                                    .field_weights = &weight,
                                    .field_count = 1 } };
    lede_engine_search asked = {
        .plan = &phrase,
        .rule = { 1.2, 0.75, lede_score_scale(3) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = want,
        .ties = LEDE_TIES_NEWEST,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
    };

    for (uint32_t w = 0; w < WORDS; w++) {
        terms[w] = (lede_plan_term){ .term = lede_bytes_of_text(names[w]),
                                     .weight = LEDE_WEIGHT_ONE };
        words[w] = (lede_plan){ .kind = LEDE_PLAN_WORD,
                                .terms = &terms[w],
                                .term_count = 1 };
        nodes[w] = &words[w];
    }
    return commits_ask(&made, &asked);
}

START_TEST(the_best_are_the_first_of_all)
{
    chance c = chance_from("chain", 1);

    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        lede_engine_results all, best;

        make(&c);
        all = search(ARTICLES);
        ck_assert_uint_gt(all.count, 1000);
        for (uint32_t want = 1; want <= 128; want += 1 + want / 4) {
            uint32_t same = 0;

            best = search(want);
            ck_assert_uint_eq(best.count, want);
            for (uint32_t i = 0; i < want; i++)
                same += best.hits[i].doc == all.hits[i].doc &&
                        best.hits[i].score == all.hits[i].score;
            ck_assert_msg(same == want, "draw %u: %u of the best %u",
                          (unsigned)draw, (unsigned)same, (unsigned)want);
        }
        commits_close(&made);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_best_are_the_first_of_all);
}

int main(void)
{
    return test_suite_run("chain", add_tests);
}
