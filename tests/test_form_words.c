/*
 * What a segment finds under form keys, against all its words asked one by one;
 * and what its table leaves out of them.
 */
#include <stdlib.h>

#include "document/schema.h"
#include "native/index/vocabulary.h"
#include "native/segment/opened.h"
#include "support/commits.h"
#include "support/suite.h"

#define WORDS_MAX 200

static commits made;
static lede_form_maker *maker;
static lede_forms *forms;

/* Of both fields, each once. */
static lede_bytes words[WORDS_MAX];
static uint32_t word_count;

static void add_words(uint32_t field)
{
    lede_vocabulary_scope scope = { field, LEDE_SPACE_WORDS, NULL };
    lede_term_walk *walk;

    ck_assert_int_eq(lede_vocabulary_walk(&walk, made.snapshot, &scope, NULL,
                                          made.arena, &made.err),
                     LEDE_OK);
    while (walk->next(walk)) {
        bool known = false;

        for (uint32_t i = 0; i < word_count; i++)
            known = known || lede_bytes_equal(words[i], walk->term);
        if (known)
            continue;
        ck_assert_uint_lt(word_count, WORDS_MAX);
        words[word_count++] = lede_bytes_of(
            lede_arena_text(made.arena, walk->term.at, walk->term.len),
            walk->term.len);
    }
}

static void put(lede_writer *writer, const char *key, const char *title,
                const char *body)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    lede_document_add_text(doc, "title", title, LEDE_TERMINATED);
    lede_document_add_text(doc, "body", body, LEDE_TERMINATED);
    ck_assert_int_eq(
        lede_writer_put(writer, key, LEDE_TERMINATED, doc, &made.err), LEDE_OK);
    lede_document_free(doc);
}

static void set_up(void)
{
    const lede_analyzer_options *analyzer;
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    lede_schema_add(schema, "title", LEDE_TEXT, NULL);
    lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    writer = commits_begin(&made, schema);
    put(writer, "1", "co-op 1,500 caf\xC3\xA9 0,500 journal's wars",
        "anti-war coop cooperate cooped 1500 1,500.25 1500.25 12,34,567 war "
        "1,234,567 1.234.567 1,500th co-op-ed u.s u-s caf\xC3\xA9-bar it's "
        "12,345,678.9.1 999 1,50 journals u.s's caf\xC3\xA9's 2,500's boss's "
        "o'neill's prices price's");
    put(writer, "2", "anti-war 1234567", "co-op 1,234,567 warring 1,500");
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &made.err), LEDE_OK);
    commits_end(&made, writer, 1);
    analyzer = lede_schema_analyzer(made.snapshot->description.schema);
    ck_assert_int_eq(lede_forms_new(&forms, analyzer, NULL), LEDE_OK);
    ck_assert_int_eq(lede_form_maker_new(&maker, forms, NULL), LEDE_OK);
    word_count = 0;
    add_words(0);
    add_words(1);
}

static void tear_down(void)
{
    lede_form_maker_free(maker);
    lede_forms_free(forms);
    commits_close(&made);
}

static bool has_key(lede_bytes word, uint32_t kind, lede_bytes key)
{
    lede_form_key own;

    for (uint32_t at = 0; lede_form_key_at(maker, kind, word, false, at, &own);
         at++)
        if (lede_bytes_equal(lede_bytes_of(own.text, own.len), key))
            return true;
    return false;
}

/* Whether what is found under a key is all that has it, and nothing else. */
static bool is_right(uint32_t kind, lede_bytes key)
{
    lede_segment_words found = { .arena = made.arena };
    uint32_t expected = 0;
    bool right = true;

    ck_assert_int_eq(
        lede_vocabulary_forms(&found, made.snapshot, kind, key, &made.err),
        LEDE_OK);
    for (uint32_t i = 0; i < word_count; i++)
        expected += has_key(words[i], kind, key);
    for (uint32_t i = 0; i < found.count; i++)
        right = right && has_key(found.at[i], kind, key);
    return right && found.count == expected;
}

START_TEST(words_are_found_under_each_of_their_keys)
{
    uint32_t keys = 0;

    ck_assert_uint_gt(word_count, 30);
    for (uint32_t kind = 0; kind < lede_forms_kinds(forms); kind++)
        for (uint32_t i = 0; i < word_count; i++) {
            lede_form_key key;

            ck_assert_msg(kind == LEDE_FORM_KIND_NAME ||
                              is_right(kind, words[i]),
                          "%.*s", (int)words[i].len, (const char *)words[i].at);
            for (uint32_t at = 0;
                 lede_form_key_at(maker, kind, words[i], false, at, &key);
                 at++, keys++)
                ck_assert_msg(is_right(kind, lede_bytes_of(key.text, key.len)),
                              "%.*s", (int)key.len, key.text);
        }
    ck_assert_uint_gt(keys, 30);
}
END_TEST

START_TEST(a_table_leaves_out_what_the_dictionary_shows)
{
    static const struct {
        const char *key;
        lede_status status;
    } keys[] = {
        { "antiwar", LEDE_ERR_NOT_FOUND },
        { "coop", LEDE_ERR_NOT_FOUND },
        { "1500", LEDE_ERR_NOT_FOUND },
        { "1500.25", LEDE_ERR_NOT_FOUND },
        { "12345678.9.1", LEDE_ERR_NOT_FOUND },
        { "1234567", LEDE_OK }, /* of 12,34,567 and 1.234.567 */
        { "1500th", LEDE_OK },
        { "cafe", LEDE_OK },
        { "cafebar", LEDE_OK },
        { "journal", LEDE_ERR_NOT_FOUND },
        { "journals", LEDE_ERR_NOT_FOUND },
        { "prices", LEDE_ERR_NOT_FOUND },
        { "bosss", LEDE_ERR_NOT_FOUND },
        { "2500", LEDE_OK },
        { "us", LEDE_OK }, /* of u.s and u.s's */
        { "cafes", LEDE_OK },
        { "oneill", LEDE_OK },
    };
    const lede_forms_table *table;
    lede_ordinals ordinals;

    ck_assert_int_eq(lede_segment_open_forms(made.snapshot->parts[0].segment,
                                             &table, &made.err),
                     LEDE_OK);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ck_assert_msg(lede_forms_table_find(table, LEDE_FORM_KIND_FOLD,
                                            lede_bytes_of_text(keys[i].key),
                                            &ordinals) == keys[i].status,
                      "%s", keys[i].key);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, words_are_found_under_each_of_their_keys);
    tcase_add_test(tcase, a_table_leaves_out_what_the_dictionary_shows);
}

int main(void)
{
    return test_suite_run("form_words", add_tests);
}
