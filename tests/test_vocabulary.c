/* The dictionaries of several segments, read as one: what a list of the words
 * says that were put. */
#include "native/index/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/chance.h"
#include "support/commits.h"
#include "support/suite.h"

#define WORDS    150U
#define SEGMENTS 4U
#define ARTICLES 30U /* of a segment */

typedef struct entry {
    char text[16];
    uint64_t documents;
    uint64_t occurrences;
} entry;

static entry words[WORDS];
static commits made;

static int by_text(const void *left, const void *right)
{
    return strcmp(((const entry *)left)->text, ((const entry *)right)->text);
}

/* Words of few letters, so that they share beginnings; some with accents. */
static void make_words(void)
{
    for (uint32_t i = 0; i < WORDS; i++)
        words[i] = (entry){ .text = "" };
    for (uint32_t i = 0; i < WORDS; i++)
        (void)snprintf(words[i].text, sizeof words[i].text, "%s%c%c%c",
                       i % 10 == 0 ? "\xC3\xA9" : "e", 'a' + (int)(i % 3),
                       'a' + (int)(i / 3 % 5), 'a' + (int)(i / 15));
    qsort(words, WORDS, sizeof *words, by_text);
}

static void put_article(lede_writer *writer, chance *c, uint32_t number)
{
    bool seen[WORDS] = { false };
    char text[600] = "", key[16];
    lede_document *doc;
    int len = snprintf(key, sizeof key, "k%u", (unsigned)number);

    for (uint32_t n = chance_below(c, 30); n > 0; n--) {
        uint32_t at = chance_below(c, 1 + chance_below(c, WORDS));

        strcat(strcat(text, words[at].text), " ");
        words[at].occurrences++;
        words[at].documents += !seen[at];
        seen[at] = true;
    }
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    lede_document_add_text(doc, "body", text, LEDE_TERMINATED);
    lede_document_add_text(doc, "tag", key, LEDE_TERMINATED);
    ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, &made.err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void set_up(void)
{
    chance c = chance_from("vocabulary", 1);
    lede_schema *schema;
    lede_writer *writer;

    make_words();
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    writer = commits_begin(&made, schema);
    for (uint32_t i = 0; i < SEGMENTS * ARTICLES; i++) {
        put_article(writer, &c, i);
        if (i % ARTICLES == ARTICLES - 1)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err),
                             LEDE_OK);
    }
    commits_end(&made, writer, SEGMENTS);
}

static void tear_down(void)
{
    commits_close(&made);
}

static lede_term_walk *walk_words(uint32_t field, lede_space space)
{
    lede_vocabulary_scope scope = { field, space, NULL };
    lede_term_walk *walk;

    ck_assert_int_eq(lede_vocabulary_walk(&walk, made.snapshot, &scope, NULL,
                                          made.arena, &made.err),
                     LEDE_OK);
    return walk;
}

START_TEST(a_walk_gives_each_term_once_with_the_sums_of_all_segments)
{
    lede_term_walk *walk = walk_words(0, LEDE_SPACE_WORDS);

    walk->counts = true;
    for (uint32_t i = 0; i < WORDS; i++) {
        if (words[i].documents == 0)
            continue;
        ck_assert(walk->next(walk));
        ck_assert(
            lede_bytes_equal(walk->term, lede_bytes_of_text(words[i].text)));
        ck_assert_uint_eq(walk->stats.documents, words[i].documents);
        ck_assert_uint_eq(walk->stats.occurrences, words[i].occurrences);
    }
    ck_assert(!walk->next(walk));
    ck_assert(!walk->next(walk));
    ck_assert_int_eq(walk->status, LEDE_OK);
}
END_TEST

START_TEST(spaces_of_values_are_walked_for_keywords_alone)
{
    lede_term_walk *walk = walk_words(1, LEDE_SPACE_VALUES);
    uint32_t count = 0;

    while (walk->next(walk))
        count++;
    ck_assert_uint_eq(count, SEGMENTS * ARTICLES);
    walk = walk_words(0, LEDE_SPACE_VALUES);
    ck_assert(!walk->next(walk));
    walk = walk_words(7, LEDE_SPACE_WORDS);
    ck_assert(!walk->next(walk));
}
END_TEST

START_TEST(looking_up_sums_over_segments)
{
    lede_plan_term terms[WORDS + 2];
    lede_term_stats stats[WORDS + 2];
    lede_vocabulary_question question = { terms, WORDS + 2, NULL };

    for (uint32_t i = 0; i < WORDS + 2; i++)
        terms[i] = (lede_plan_term){ .field = i == WORDS ? 99 : 0,
                                     .weight = 1,
                                     .term = lede_bytes_of_text(
                                         i < WORDS ? words[i].text : "none") };
    ck_assert_int_eq(lede_vocabulary_lookup(stats, made.snapshot, &question,
                                            NULL, &made.err),
                     LEDE_OK);
    for (uint32_t i = 0; i < WORDS + 2; i++)
        ck_assert_uint_eq(stats[i].documents,
                          i < WORDS ? words[i].documents : 0);
}
END_TEST

/* Index WORDS stands for one that is nowhere. */
static lede_plan_term nth(uint32_t i)
{
    return (lede_plan_term){ .weight = 1,
                             .term = lede_bytes_of_text(
                                 i < WORDS ? words[i].text : "none") };
}

START_TEST(terms_are_looked_up_in_any_order)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i <= WORDS; i++)
        for (uint32_t j = i % 7; j <= WORDS; j += 7) {
            lede_plan_term terms[3] = { nth(i), nth(j), nth(i) };
            lede_vocabulary_question question = { terms, 3, NULL };
            lede_term_stats stats[3];
            uint64_t first = i < WORDS ? words[i].documents : 0;
            uint64_t second = j < WORDS ? words[j].documents : 0;

            wrong += lede_vocabulary_lookup(stats, made.snapshot, &question,
                                            NULL, &made.err) != LEDE_OK;
            wrong += stats[0].documents != first ||
                     stats[1].documents != second ||
                     stats[2].documents != first;
        }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(each_term_of_each_segment_costs_steps)
{
    lede_plan_term terms[WORDS];
    lede_term_stats stats[WORDS];
    lede_vocabulary_question question = { terms, WORDS, NULL };
    lede_budget budget;

    for (uint32_t i = 0; i < WORDS; i++)
        terms[i] = nth(i);
    lede_budget_init(&budget, 0, NULL, 0);
    ck_assert_int_eq(lede_vocabulary_lookup(stats, made.snapshot, &question,
                                            &budget, &made.err),
                     LEDE_OK);
    ck_assert_uint_ge(atomic_load(&budget.steps), WORDS * SEGMENTS);
}
END_TEST

START_TEST(places_lead_to_what_the_dictionary_says)
{
    const lede_native_snapshot *snapshot = made.snapshot;
    lede_arena *arena = lede_arena_new(NULL);

    for (uint32_t i = 0; i <= WORDS; i++) {
        lede_plan_term term = { .weight = 1,
                                .term = lede_bytes_of_text(
                                    i < WORDS ? words[i].text : "none") };
        lede_vocabulary_question question = { &term, 1, arena };
        lede_term_stats stats;
        uint64_t documents = 0;

        ck_assert_int_eq(lede_vocabulary_lookup(&stats, snapshot, &question,
                                                NULL, &made.err),
                         LEDE_OK);
        ck_assert_ptr_nonnull(stats.place);
        for (uint32_t part = 0; part < snapshot->count; part++) {
            lede_terms_entry of;
            lede_status status = lede_vocabulary_find(&of, stats.place, part);

            ck_assert(status == LEDE_OK || status == LEDE_ERR_NOT_FOUND);
            documents += status == LEDE_OK ? of.documents : 0;
        }
        ck_assert_uint_eq(documents, stats.documents);
    }
    lede_arena_free(arena);
}
END_TEST

START_TEST(forms_of_all_segments_are_listed_once)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        lede_segment_words found = { .arena = made.arena };
        char key[16] = "e";

        if (words[i].text[0] == 'e')
            continue;
        strcat(key, words[i].text + 2);
        ck_assert_int_eq(
            lede_vocabulary_forms(&found, made.snapshot, LEDE_FORM_KIND_FOLD,
                                  lede_bytes_of_text(key), &made.err),
            LEDE_OK);
        ck_assert_uint_eq(found.count, words[i].documents > 0);
        if (found.count)
            ck_assert(lede_bytes_equal(found.at[0],
                                       lede_bytes_of_text(words[i].text)));
    }
}
END_TEST

/* From any place, passing to any other. */
START_TEST(merged_cursors_pass_to_any_term)
{
    chance c = chance_from("pass", 1);

    for (int round = 0; round < 300; round++) {
        uint32_t from = chance_below(&c, WORDS), to = from;
        lede_vocabulary_merge merge;
        bool more = true;

        ck_assert_int_eq(lede_vocabulary_merge_init(
                             &merge, made.snapshot,
                             lede_space_number(0, LEDE_SPACE_WORDS),
                             lede_bytes_of_text(words[from].text), made.arena),
                         LEDE_OK);
        while (more && to < WORDS) {
            while (to < WORDS && words[to].documents == 0)
                to++;
            ck_assert_int_eq(lede_vocabulary_merge_next(&merge, &more),
                             LEDE_OK);
            ck_assert_int_eq(more, to < WORDS);
            if (!more)
                break;
            ck_assert(lede_bytes_equal(merge.term,
                                       lede_bytes_of_text(words[to].text)));
            to += 1 + chance_below(&c, round % 2 ? 3 : 40);
            if (to < WORDS)
                ck_assert_int_eq(
                    lede_vocabulary_merge_pass(
                        &merge, lede_bytes_of_text(words[to].text)),
                    LEDE_OK);
        }
        lede_arena_clear(made.arena);
    }
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase,
                   a_walk_gives_each_term_once_with_the_sums_of_all_segments);
    tcase_add_test(tcase, spaces_of_values_are_walked_for_keywords_alone);
    tcase_add_test(tcase, looking_up_sums_over_segments);
    tcase_add_test(tcase, terms_are_looked_up_in_any_order);
    tcase_add_test(tcase, each_term_of_each_segment_costs_steps);
    tcase_add_test(tcase, places_lead_to_what_the_dictionary_says);
    tcase_add_test(tcase, forms_of_all_segments_are_listed_once);
    tcase_add_test(tcase, merged_cursors_pass_to_any_term);
}

int main(void)
{
    return test_suite_run("vocabulary", add_tests);
}
