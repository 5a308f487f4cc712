/*
 * Random articles, histories and plans: what an engine finds is what brute
 * force finds in an index made at once of the articles that are left.
 */
#include "conformance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory/memory.h"
#include "support/chance.h"

#define KEYS     24
#define ROUNDS   12
#define SEARCHES 60
#define TEXT_MAX 2000

/* The articles that are there after the last commit. */
typedef struct model {
    char articles[KEYS][TEXT_MAX]; /* "" of one that is not */
    bool there[KEYS];
    uint64_t sequences[KEYS];
} model;

typedef struct tally {
    uint32_t searches;
    uint32_t unsupported;
    uint32_t exact;
} tally;

/* ---- Articles ----------------------------------------------------------- */

static void append(char *text, const char *more)
{
    ck_assert_uint_lt(strlen(text) + strlen(more), TEXT_MAX);
    strcat(text, more);
}

static const char *random_word(chance *c)
{
    /* Few, so that they meet often; the first ones are the most frequent. */
    static const char *const words[] = { "the",    "war",  "iraq", "iran",
                                         "troops", "wars", "Iraq", "oil" };
    uint32_t a = chance_below(c, 8), b = chance_below(c, 8);

    return words[a < b ? a : b];
}

static void append_words(chance *c, char *text, uint32_t most)
{
    uint32_t count = chance_below(c, most + 1);

    for (uint32_t i = 0; i < count; i++) {
        if (chance_one_in(c, 15))
            append(text, "wariraq/2 war ");
        append(text, chance_one_in(c, 12) ? "_" : random_word(c));
        append(text, chance_one_in(c, 12) ? "|" : " ");
    }
}

static void append_values(chance *c, char *text, const char *const *values,
                          uint32_t most)
{
    uint32_t count = 1 + chance_below(c, 3);

    for (uint32_t i = 0; i < count; i++) {
        append(text, i ? "|" : "");
        append(text, values[chance_below(c, most)]);
    }
}

static const char *const tags[] = { "x", "y", "z", "xy", "" };
static const char *const numbers[] = { "-3", "0", "1", "2", "7" };
static const char *const reals[] = { "-0.5", "0", "0.25", "3e9" };
static const char *const dates[] = { "-90000", "0", "5000", "86400",
                                     "31536000" };

/* `plain`: of one field that has words. */
static void random_article(chance *c, char *text, bool plain)
{
    *text = '\0';
    if (plain) {
        append(text, "body=");
        append_words(c, text, 14);
        return;
    }
    if (!chance_one_in(c, 5)) {
        append(text, "title=");
        append_words(c, text, 5);
    }
    if (!chance_one_in(c, 8)) {
        append(text, ";body=");
        append_words(c, text, chance_one_in(c, 6) ? 60 : 14);
    }
    if (chance_one_in(c, 4)) {
        append(text, ";flat=");
        append_words(c, text, 4);
    }
    if (chance_one_in(c, 2)) {
        append(text, ";tags=");
        append_values(c, text, tags, 5);
    }
    if (chance_one_in(c, 2)) {
        append(text, ";n=");
        append_values(c, text, numbers, 5);
    }
    if (chance_one_in(c, 3)) {
        append(text, ";x=");
        append_values(c, text, reals, 4);
    }
    if (!chance_one_in(c, 3)) {
        append(text, ";date=");
        append_values(c, text, dates, 5);
    }
}

/* ---- Histories ---------------------------------------------------------- */

static void key_of(uint32_t at, char key[8])
{
    (void)snprintf(key, 8, "k%02u", at);
}

static void change_some(chance *c, model *next, bool plain)
{
    uint32_t count = chance_below(c, KEYS);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = chance_below(c, KEYS);
        char key[8];

        key_of(at, key);
        if (chance_one_in(c, 4)) {
            next->there[at] = false;
            seam_delete(&s, key);
        } else {
            random_article(c, next->articles[at], plain);
            if (!plain && chance_one_in(c, 4)) { /* not stored */
                append(next->articles[at], ";notes=");
                append_words(c, next->articles[at], 2);
            }
            seam_put(&s, key, next->articles[at]);
            next->there[at] = true;
            next->sequences[at] = s.sequence;
        }
    }
}

/* A few changes, and an end that the model follows. */
static void live_on(chance *c, model *now, bool plain)
{
    static model next;

    next = *now;
    s.per_batch = 1 + chance_below(c, 9);
    seam_write(&s);
    change_some(c, &next, plain);
    if (chance_one_in(c, 6)) {
        (void)seam_finish(&s, LEDE_FINISH_ROLLBACK);
    } else if (chance_one_in(c, 8)) {
        seam_close_writer(&s);
    } else {
        (void)seam_finish(&s, chance_one_in(c, 6) ? LEDE_FINISH_OPTIMIZE
                                                  : LEDE_FINISH_COMMIT);
        *now = next;
    }
    seam_look(&s);
    lede_arena_clear(s.arena);
}

/* An index in memory of what the model has. */
static void open_reference(seam *reference, const model *now)
{
    seam_open(reference, lede_memory_engine(), "memory", "", NULL);
    for (uint32_t at = 0; at < KEYS; at++) {
        char key[8];

        key_of(at, key);
        if (now->there[at])
            seam_put_as(reference, lede_bytes_of_text(key), now->sequences[at],
                        0, now->articles[at]);
    }
    seam_commit(reference);
}

/* ---- Plans -------------------------------------------------------------- */

static void random_plan(chance *c, char *text, uint32_t depth);

static void random_term(chance *c, char *text, bool positions)
{
    static const char *const fields[] = { "body.", "title.", "flat." };

    append(text, fields[chance_below(c, positions ? 2 : 3)]);
    append(text, chance_one_in(c, 10) ? "wariraq/2" : random_word(c));
}

/* One term or two, which may not be the same. */
static void random_leaf(chance *c, char *text, bool positions)
{
    const char *term = text + strlen(text);

    random_term(c, text, positions);
    if (chance_one_in(c, 6))
        append(text, "+body.nowhere");
    else if (chance_one_in(c, 5) && strcmp(term, "title.wars") != 0)
        append(text, "+title.wars@205");
}

static void random_span(chance *c, char *text, uint32_t depth)
{
    uint32_t count = 1 + chance_below(c, 3), kind = chance_below(c, 3);
    char slop[16];

    if (depth == 0 || chance_one_in(c, 3)) {
        random_leaf(c, text, true);
        return;
    }
    (void)snprintf(slop, sizeof slop, "%u",
                   chance_one_in(c, 3) ? 0 : chance_below(c, 6));
    append(text, kind == 0 ? "(phrase " : kind == 1 ? "(near " : "(either");
    append(text, kind < 2 ? slop : "");
    for (uint32_t i = 0; i < count; i++) {
        append(text, " ");
        random_span(c, text, depth - 1);
    }
    append(text, ")");
}

static void random_value(chance *c, char *text)
{
    static const char *const fields[] = { "tags", "n", "x", "date" };
    static const char *const any[] = { "tags",  "n",    "x",    "date",
                                       "title", "flat", "notes" };
    static const char *const *const values[] = { tags, numbers, reals, dates };
    uint32_t at = chance_below(c, 4);

    if (chance_one_in(c, 4)) {
        append(text, "tags:");
        append(text, tags[chance_below(c, 5)]);
    } else if (chance_one_in(c, 6)) {
        append(text, "(exists ");
        append(text, any[chance_below(c, 7)]);
        append(text, ")");
    } else if (chance_one_in(c, 8)) {
        append(text, "(key k0");
        append(text, numbers[1 + chance_below(c, 4)]);
        append(text, ")");
    } else {
        append(text, "(range ");
        append(text, fields[at]);
        append(text, " ");
        append(text,
               chance_one_in(c, 3) ? "*" : values[at][chance_below(c, 4)]);
        append(text, " ");
        append(text,
               chance_one_in(c, 3) ? "*" : values[at][chance_below(c, 4)]);
        append(text, ")");
    }
}

static void random_join(chance *c, char *text, uint32_t depth)
{
    static const char *const joins[] = { "(and",         "(or",  "(or",
                                         "(best 100",    "(not", "(optional",
                                         "(constant 1.5" };
    uint32_t kind = chance_below(c, 7);
    uint32_t count = kind < 4 ? 1 + chance_below(c, 3) : 1;

    append(text, joins[kind]);
    for (uint32_t i = 0; i < count; i++) {
        append(text, " ");
        random_plan(c, text, depth - 1);
    }
    append(text, ")");
}

static void random_plan(chance *c, char *text, uint32_t depth)
{
    if (depth > 0 && !chance_one_in(c, 4))
        random_join(c, text, depth);
    else if (chance_one_in(c, 4))
        random_value(c, text);
    else if (chance_one_in(c, 3))
        random_span(c, text, 2);
    else if (chance_one_in(c, 20))
        append(text, chance_one_in(c, 2) ? "all" : "nothing");
    else
        random_leaf(c, text, false);
}

/* ---- Comparing ---------------------------------------------------------- */

/* The hit with a key, which is there. */
static const lede_engine_hit *hit_of(const lede_engine_results *in,
                                     lede_bytes key)
{
    uint32_t at = 0;

    while (at < in->count && !lede_bytes_equal(in->hits[at].key, key))
        at++;
    ck_assert_uint_lt(at, in->count);
    return &in->hits[at];
}

static void compare_scores(const lede_engine_results *got,
                           const lede_engine_results *right, const char *plan)
{
    double most = the_subject->tolerance;

    for (uint32_t i = 0; i < got->count; i++) {
        const lede_engine_hit *hit = hit_of(right, got->hits[i].key);
        double allowed = most * fmax(1, hit->score);

        ck_assert_msg(fabs(hit->score - got->hits[i].score) <= allowed,
                      "%s, %.*s: %.12g, not %.12g", plan, (int)hit->key.len,
                      (const char *)hit->key.at, got->hits[i].score,
                      hit->score);
        if (i > 0)
            ck_assert_msg(got->hits[i].score <=
                              got->hits[i - 1].score + allowed,
                          "%s: out of order", plan);
    }
}

static void compare(seam *reference, const lede_engine_results *got,
                    const lede_engine_results *right, const char *plan)
{
    const char *keys = sorted_keys(&s, got);

    ck_assert_msg(strcmp(keys, sorted_keys(reference, right)) == 0,
                  "%s\nfound    %s\nnot      %s", plan, keys,
                  sorted_keys(reference, right));
    ck_assert_msg(got->total == right->total, "%s: total %llu", plan,
                  (unsigned long long)got->total);
    for (uint32_t i = 0; i < got->count; i++)
        ck_assert_uint_eq(got->hits[i].sequence,
                          hit_of(right, got->hits[i].key)->sequence);
    ck_assert(got->scores_exact || !the_subject->exact);
    if (!got->scores_exact)
        return;
    compare_scores(got, right, plan);
    if (the_subject->exact)
        ck_assert_msg(strcmp(seam_keys(&s, got), seam_keys(reference, right)) ==
                          0,
                      "%s: order", plan);
}

static void search_both(seam *reference, const char *plan, tally *t)
{
    lede_engine_search search = seam_request(&s, plan);
    lede_engine_results got, right;

    t->searches++;
    ck_assert_int_eq(seam_search(reference, &search, &right), LEDE_OK);
    if (seam_search(&s, &search, &got) != LEDE_OK) {
        t->unsupported++;
        return;
    }
    t->exact += got.scores_exact;
    compare(reference, &got, &right, plan);
}

static void expect_few_unsupported(const tally *t)
{
    printf("%u searches, %u unsupported, %u with exact scores\n", t->searches,
           t->unsupported, t->exact);
    ck_assert_uint_gt(t->searches, 0);
    ck_assert_uint_gt(t->exact, 0);
    ck_assert_double_le((double)t->unsupported / t->searches,
                        the_subject->unsupported_most);
}

START_TEST(random_plans_find_what_brute_force_finds)
{
    static model now;
    chance c = chance_from("plans", 1);
    tally t = { 0 };

    for (int round = 0; round < ROUNDS; round++) {
        seam reference;

        live_on(&c, &now, false);
        open_reference(&reference, &now);
        for (int i = 0; i < SEARCHES; i++) {
            char plan[TEXT_MAX] = "";

            random_plan(&c, plan, chance_below(&c, 4));
            search_both(&reference, plan, &t);
            lede_arena_clear(s.arena);
            lede_arena_clear(reference.arena);
        }
        seam_close(&reference);
    }
    expect_few_unsupported(&t);
}
END_TEST

/* Words, AND and OR in articles of one field, of which no deleted one counts:
 * what every engine scores exactly. */
START_TEST(plain_words_score_exactly)
{
    static model now;
    chance c = chance_from("scores", 1);
    tally t = { 0 };

    for (int round = 0; round < ROUNDS; round++) {
        seam reference;

        live_on(&c, &now, true);
        (void)seam_finish(&s, LEDE_FINISH_OPTIMIZE);
        seam_look(&s);
        open_reference(&reference, &now);
        for (int i = 0; i < SEARCHES; i++) {
            char plan[TEXT_MAX] = "";
            uint32_t count = 1 + chance_below(&c, 4);

            append(plan, chance_one_in(&c, 2) ? "(or" : "(and");
            for (uint32_t at = 0; at < count; at++) {
                append(plan, " body.");
                append(plan, random_word(&c));
            }
            append(plan, ")");
            search_both(&reference, plan, &t);
        }
        seam_close(&reference);
    }
    expect_few_unsupported(&t);
    ck_assert_uint_eq(t.exact, t.searches);
}
END_TEST

/* ---- Everything else of a search ---------------------------------------- */

static void random_order(chance *c, lede_engine_search *search,
                         lede_sort_key keys[2], lede_facet_key facets[2])
{
    static const uint32_t columns[] = { SEAM_TAGS, SEAM_N, SEAM_X, SEAM_DATE };

    for (int i = 0; i < 2; i++)
        keys[i] =
            (lede_sort_key){ columns[chance_below(c, 4)], chance_one_in(c, 2) };
    facets[0] = (lede_facet_key){ columns[chance_below(c, 4)],
                                  LEDE_BUCKET_VALUE, 1 + chance_below(c, 6) };
    facets[1] = (lede_facet_key){ SEAM_DATE, (lede_bucket)chance_below(c, 6),
                                  1 + chance_below(c, 6) };
    search->sort = keys;
    search->sort_count = 1 + chance_below(c, 2);
    search->ties = (lede_ties)chance_below(c, 3);
    search->facets = facets;
    search->facet_count = chance_below(c, 3);
    if (chance_one_in(c, 2)) {
        search->collapse = chance_one_in(c, 2) ? SEAM_TAGS : SEAM_N;
        search->collapse_limit = 1 + chance_below(c, 3);
    }
    if (chance_one_in(c, 2))
        search->want = chance_below(c, 5);
}

static void compare_facets(const lede_engine_facet *got,
                           const lede_engine_facet *right)
{
    ck_assert_uint_eq(got->count, right->count);
    for (uint32_t i = 0; i < got->count; i++) {
        ck_assert_uint_eq(got->counts[i].count, right->counts[i].count);
        ck_assert_int_eq(got->counts[i].last, right->counts[i].last);
        ck_assert_int_eq(
            lede_value_compare(got->counts[i].value, right->counts[i].value),
            0);
    }
}

static void compare_hits(const lede_engine_search *search,
                         const lede_engine_results *got,
                         const lede_engine_results *right)
{
    ck_assert_uint_eq(got->count, right->count);
    ck_assert_uint_eq(got->total, right->total);
    for (uint32_t i = 0; i < got->count; i++) {
        ck_assert(lede_bytes_equal(got->hits[i].key, right->hits[i].key));
        ck_assert_uint_eq(got->hits[i].collapsed, right->hits[i].collapsed);
        for (uint32_t k = 0; k < search->sort_count; k++)
            ck_assert_int_eq(lede_value_compare(&got->hits[i].values[k],
                                                &right->hits[i].values[k]),
                             0);
    }
    for (uint32_t i = 0; i < search->facet_count; i++)
        compare_facets(&got->facets[i], &right->facets[i]);
}

/* Three pages of a search, in both. */
static void turn_pages(seam *reference, lede_engine_search search, tally *t)
{
    lede_engine_results got, right;
    lede_engine_hit after;

    for (int page = 0; page < 3; page++) {
        t->searches++;
        ck_assert_int_eq(seam_search(reference, &search, &right), LEDE_OK);
        if (seam_search(&s, &search, &got) != LEDE_OK) {
            t->unsupported++;
            return;
        }
        t->exact += got.scores_exact;
        compare_hits(&search, &got, &right);
        if (got.count == 0)
            return;
        after = got.hits[got.count - 1];
        search.after = &after;
    }
}

START_TEST(random_orders_groups_and_counts_are_those_of_brute_force)
{
    static model now;
    chance c = chance_from("orders", 1);
    tally t = { 0 };

    for (int round = 0; round < ROUNDS; round++) {
        seam reference;

        live_on(&c, &now, false);
        open_reference(&reference, &now);
        for (int i = 0; i < SEARCHES; i++) {
            char plan[TEXT_MAX] = "";
            lede_sort_key keys[2];
            lede_facet_key facets[2];
            lede_engine_search search;

            random_plan(&c, plan, chance_below(&c, 2));
            search = seam_request(&s, plan);
            random_order(&c, &search, keys, facets);
            turn_pages(&reference, search, &t);
        }
        seam_close(&reference);
    }
    expect_few_unsupported(&t);
}
END_TEST

START_TEST(random_articles_come_back_as_they_were_put)
{
    static model now;
    chance c = chance_from("load", 1);

    for (int round = 0; round < ROUNDS; round++) {
        lede_engine_search search;
        lede_engine_results results;
        seam reference;

        live_on(&c, &now, false);
        open_reference(&reference, &now);
        search = seam_request(&s, "all");
        ck_assert_int_eq(seam_search(&s, &search, &results), LEDE_OK);
        for (uint32_t i = 0; i < results.count; i++) {
            uint32_t at = (uint32_t)strtoul(
                (const char *)results.hits[i].key.at + 1, NULL, 10);
            lede_document *put = seam_document(s.schema, now.articles[at]);
            lede_document *got;
            uint64_t sequence;
            lede_engine_load load = { .docs = &results.hits[i].doc,
                                      .count = 1 };

            seam_expect(
                &s, s.engine->load(&got, &sequence, s.snapshot, &load, &s.err),
                LEDE_OK);
            ck_assert_uint_eq(sequence, now.sequences[at]);
            ck_assert_int_eq(lede_document_remove(put, "notes"), LEDE_OK);
            ck_assert_uint_eq(lede_document_count(got),
                              lede_document_count(put));
            for (uint32_t f = 0; f < SEAM_FIELDS; f++) {
                const char *name = lede_schema_field(s.schema, f)->name;

                for (size_t v = 0; lede_document_value(put, name, v)->kind; v++)
                    ck_assert_int_eq(
                        lede_value_compare(lede_document_value(put, name, v),
                                           lede_document_value(got, name, v)),
                        0);
            }
            lede_document_free(put);
            lede_document_free(got);
        }
        seam_close(&reference);
    }
}
END_TEST

void add_random_tests(TCase *tcase)
{
    tcase_add_test(tcase, random_plans_find_what_brute_force_finds);
    tcase_add_test(tcase, plain_words_score_exactly);
    tcase_add_test(tcase,
                   random_orders_groups_and_counts_are_those_of_brute_force);
    tcase_add_test(tcase, random_articles_come_back_as_they_were_put);
}
