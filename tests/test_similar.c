#include "article/similar.h"

#include <stdio.h>
#include <string.h>

#include "api/index.h"
#include "base/error.h"
#include "base/limits.h"
#include "document/schema.h"
#include "lede/lede.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static const char *const bodies[] = {
    "the ferry sank near the harbour 1999 2 ferries",
    "the harbour master saw the ferry",
    "the minister spoke about the budget 1999",
    "the budget passed in the parliament",
    "the parliament rose; a unique word",
};

static lede_index *the_index;
static lede_view *view;
static lede_arena *arena;
static lede_budget budget;
static lede_error err;
static uint32_t body_field;

static void open_index(const lede_schema *schema, uint32_t count)
{
    lede_view_source source;
    lede_document *doc;
    lede_writer *writer;
    char key[16];

    ck_assert_int_eq(
        lede_index_create(&the_index, "memory:", schema, NULL, &err), LEDE_OK);
    ck_assert_int_eq(lede_writer_open(&writer, the_index, NULL, &err), LEDE_OK);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < count; i++) {
        lede_document_clear(doc);
        lede_document_add_text(doc, "body", bodies[i % 5], LEDE_TERMINATED);
        lede_document_add_text(doc, "body", "second", LEDE_TERMINATED);
        snprintf(key, sizeof key, "k%u", i);
        ck_assert_int_eq(
            lede_writer_put(writer, key, LEDE_TERMINATED, doc, &err), LEDE_OK);
    }
    lede_document_free(doc);
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &err), LEDE_OK);
    lede_writer_close(writer);
    source = lede_index_source(the_index);
    ck_assert_int_eq(lede_view_open(&view, &source, &err), LEDE_OK);
    body_field = lede_schema_place(view->schema, "body");
    arena = lede_arena_new(NULL);
    lede_budget_init(&budget, 0, NULL, 0);
}

static void close_index(void)
{
    lede_arena_free(arena);
    lede_view_close(view);
    lede_index_close(the_index);
}

/* The words of a text, the best first. */
static const char *words_of(const char *text)
{
    static char out[4096];
    lede_similar_word words[LEDE_SIMILAR_WORDS_MAX];
    lede_similar_search search = { &body_field, 1, &budget, arena };
    uint32_t count;
    size_t used = 0;

    ck_assert_int_eq(lede_similar_words(words, &count, view,
                                        lede_bytes_of_text(text), &search,
                                        &err),
                     LEDE_OK);
    ck_assert_uint_le(count, LEDE_SIMILAR_WORDS_MAX);
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s:%u",
                                 i ? " " : "", (int)words[i].term.len,
                                 (const char *)words[i].term.at,
                                 words[i].frequency);
    return out;
}

START_TEST(rare_words_said_often_come_first)
{
    open_index(NULL, 5);
    ck_assert_str_eq(words_of("Harbour ferry Ferry FERRY budget harbour"),
                     "ferry:3 harbour:2 budget:1");
    ck_assert_str_eq(words_of("parliament ferry"), "ferry:1 parliament:1");
    close_index();
}
END_TEST

START_TEST(words_that_say_nothing_are_left_out)
{
    open_index(NULL, 5);
    ck_assert_str_eq(words_of("the"), "");       /* in over half */
    ck_assert_str_eq(words_of("unique"), "");    /* in one */
    ck_assert_str_eq(words_of("1999 1999"), ""); /* a number */
    ck_assert_str_eq(words_of("zebra"), "");
    ck_assert_str_eq(words_of(""), "");
    close_index();
}
END_TEST

START_TEST(a_word_of_two_articles_counts)
{
    open_index(NULL, 10);
    ck_assert_str_eq(words_of("unique"), "unique:1");
    close_index();
}
END_TEST

START_TEST(in_a_tiny_index_two_articles_are_not_too_many)
{
    open_index(NULL, 3);
    ck_assert_str_eq(words_of("the ferry"), "ferry:1");
    close_index();
}
END_TEST

START_TEST(few_words_of_a_long_text_are_kept)
{
    static char text[400000];
    size_t used = 0;

    open_index(NULL, 5);
    while (used < sizeof text - 32)
        used += (size_t)snprintf(text + used, 32, "w%zux ", used);
    memcpy(text + used - 30, " ferry ferry                 ", 29);
    ck_assert_str_eq(words_of(text), "ferry:2");
    close_index();
}
END_TEST

START_TEST(a_text_is_all_values_of_the_default_fields)
{
    lede_bytes text;

    open_index(NULL, 5);
    ck_assert_int_eq(lede_similar_text(&text, view, lede_bytes_of_text("k3"),
                                       &budget, arena, &err),
                     LEDE_OK);
    ck_assert(lede_bytes_equal(
        text,
        lede_bytes_of_text("the budget passed in the parliament\nsecond\n")));
    ck_assert_int_eq(lede_similar_text(&text, view, lede_bytes_of_text("none"),
                                       &budget, arena, &err),
                     LEDE_ERR_NOT_FOUND);
    ck_assert_str_eq(err.where, "none");
    close_index();
}
END_TEST

START_TEST(text_that_is_not_stored_is_unsupported)
{
    lede_field_options unstored = LEDE_FIELD_OPTIONS;
    lede_schema *schema;
    lede_bytes text;

    unstored.flags = LEDE_FIELD_UNSTORED;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "body", LEDE_TEXT, &unstored),
                     LEDE_OK);
    open_index(schema, 5);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_similar_text(&text, view, lede_bytes_of_text("k3"),
                                       &budget, arena, &err),
                     LEDE_ERR_UNSUPPORTED);
    close_index();
}
END_TEST

static lede_status find_failing(const lede_allocator *allocator, void *ctx)
{
    lede_similar_word words[LEDE_SIMILAR_WORDS_MAX];
    lede_arena *own = lede_arena_new(allocator);
    lede_similar_search search = { &body_field, 1, &budget, own };
    const lede_allocator *before = view->allocator;
    lede_bytes text = { NULL, 0 };
    lede_status status;
    uint32_t count;

    (void)ctx;
    if (!own)
        return LEDE_ERR_NOMEM;
    view->allocator = allocator;
    status = lede_similar_text(&text, view, lede_bytes_of_text("k0"), &budget,
                               own, &err);
    if (status == LEDE_OK)
        status = lede_similar_words(words, &count, view, text, &search, &err);
    view->allocator = before;
    lede_arena_free(own);
    return status;
}

START_TEST(failed_allocations_are_told)
{
    open_index(NULL, 5);
    ck_assert_uint_gt(failing_alloc_sweep(find_failing, NULL), 3);
    close_index();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, rare_words_said_often_come_first);
    tcase_add_test(tcase, words_that_say_nothing_are_left_out);
    tcase_add_test(tcase, a_word_of_two_articles_counts);
    tcase_add_test(tcase, in_a_tiny_index_two_articles_are_not_too_many);
    tcase_add_test(tcase, few_words_of_a_long_text_are_kept);
    tcase_add_test(tcase, a_text_is_all_values_of_the_default_fields);
    tcase_add_test(tcase, text_that_is_not_stored_is_unsupported);
    tcase_add_test(tcase, failed_allocations_are_told);
}

int main(void)
{
    return test_suite_run("similar", add_tests);
}
