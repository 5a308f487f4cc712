#include <string.h>

#include "lede/analyzer.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

START_TEST(terms_end_with_nul_and_compounds_have_no_mark)
{
    static const struct {
        const char *term;
        uint32_t position, span;
        uint64_t begin, end;
    } wanted[] = {
        { "the", 0, 1, 0, 3 },           { "covid", 1, 1, 4, 9 },
        { "covid19", 1, 2, 4, 12 },      { "19", 2, 1, 10, 12 },
        { "caf\xC3\xA9", 3, 1, 13, 18 },
    };
    lede_tokens *tokens;

    ck_assert_int_eq(lede_tokens_new(&tokens, "The COVID-19 Caf\xC3\xA9",
                                     LEDE_TERMINATED, NULL, NULL),
                     LEDE_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        ck_assert(lede_tokens_next(tokens));
        ck_assert_str_eq(tokens->term, wanted[i].term);
        ck_assert_uint_eq(tokens->len, strlen(wanted[i].term));
        ck_assert_uint_eq(tokens->position, wanted[i].position);
        ck_assert_uint_eq(tokens->span, wanted[i].span);
        ck_assert_uint_eq(tokens->begin, wanted[i].begin);
        ck_assert_uint_eq(tokens->end, wanted[i].end);
    }
    ck_assert(!lede_tokens_next(tokens));
    ck_assert(!lede_tokens_next(tokens));
    ck_assert_int_eq(tokens->status, LEDE_OK);
    lede_tokens_free(tokens);
}
END_TEST

START_TEST(options_choose_the_rules)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_tokens *tokens;
    uint32_t count = 0;

    options.words = LEDE_WORDS_NO_COMPOUND;
    ck_assert_int_eq(lede_tokens_new(&tokens, "COVID-19", 8, &options, NULL),
                     LEDE_OK);
    while (lede_tokens_next(tokens))
        count++;
    lede_tokens_free(tokens);
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(a_long_text_is_read_over_many_batches)
{
    char text[4000];
    lede_tokens *tokens;
    uint32_t count = 0;

    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a ", 2);
    ck_assert_int_eq(lede_tokens_new(&tokens, text, sizeof text, NULL, NULL),
                     LEDE_OK);
    while (lede_tokens_next(tokens)) {
        ck_assert_uint_eq(tokens->position, count);
        ck_assert_uint_eq(tokens->begin, 2 * (uint64_t)count);
        count++;
    }
    lede_tokens_free(tokens);
    ck_assert_uint_eq(count, sizeof text / 2);
}
END_TEST

START_TEST(empty_text_has_no_words_and_null_is_fine_if_empty)
{
    lede_tokens *tokens;

    ck_assert_int_eq(lede_tokens_new(&tokens, NULL, 0, NULL, NULL), LEDE_OK);
    ck_assert(!lede_tokens_next(tokens));
    lede_tokens_free(tokens);
    lede_tokens_free(NULL);
    ck_assert(!lede_tokens_next(NULL));
}
END_TEST

START_TEST(wrong_arguments_are_told)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_tokens *tokens = NULL;

    options.words = 64;
    ck_assert_int_eq(lede_tokens_new(&tokens, "a", 1, &options, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_tokens_new(NULL, "a", 1, NULL, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_tokens_new(&tokens, NULL, 1, NULL, NULL),
                     LEDE_ERR_INVALID);
    if (sizeof(size_t) > 4) {
        size_t len = (size_t)1 << 20 << 20;

        ck_assert_int_eq(lede_tokens_new(&tokens, "a", len, NULL, NULL),
                         LEDE_ERR_LIMIT);
    }
    ck_assert_ptr_null(tokens);
}
END_TEST

/* Of the calls some are for the memo, which does without. */
START_TEST(running_out_of_memory_anywhere_is_told_and_leaks_nothing)
{
    static const char text[] = "Caf\xC3\xA9 \xD0\x9C\xD0\xBE\xD1\x81 COVID-19";
    uint64_t reached = 0;

    for (uint64_t at = 1; at <= reached + 1; at++) {
        failing_alloc failing;
        lede_tokens *tokens = NULL;
        uint32_t count = 0;
        lede_status status;

        failing_alloc_init(&failing, at, true);
        status = lede_tokens_new(&tokens, text, sizeof text - 1, NULL,
                                 &failing.allocator);
        if (status != LEDE_OK) {
            ck_assert_int_eq(status, LEDE_ERR_NOMEM);
            ck_assert_ptr_null(tokens);
        } else {
            while (lede_tokens_next(tokens))
                count++;
            ck_assert_int_eq(tokens->status, LEDE_OK);
            ck_assert_uint_eq(count, 5);
            lede_tokens_free(tokens);
        }
        failing_alloc_check(&failing);
        if (failing.failures > 0)
            reached = at;
        else
            ck_assert_int_eq(status, LEDE_OK);
    }
    ck_assert_uint_ge(reached, 3); /* stream, tokenizer, memo */
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, terms_end_with_nul_and_compounds_have_no_mark);
    tcase_add_test(tcase, options_choose_the_rules);
    tcase_add_test(tcase, a_long_text_is_read_over_many_batches);
    tcase_add_test(tcase, empty_text_has_no_words_and_null_is_fine_if_empty);
    tcase_add_test(tcase, wrong_arguments_are_told);
    tcase_add_test(tcase,
                   running_out_of_memory_anywhere_is_told_and_leaks_nothing);
}

int main(void)
{
    return test_suite_run("tokens", add_tests);
}
