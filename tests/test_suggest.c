/* Corrections and completions, by an index of a few articles. */
#include <stdio.h>
#include <string.h>

#include "support/shelf.h"
#include "support/suite.h"

static char joined[2048];

/* Suggestions with their documents: "iran 2, iraq 1". */
static const char *suggest_as(const char *text, lede_suggest_kind kind,
                              const char *field, uint32_t limit)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *found;
    size_t len = 0;

    options.kind = kind;
    options.field = field;
    options.limit = limit;
    shelf_expect(lede_suggest(&found, the_shelf.snapshot, text, LEDE_TERMINATED,
                              &options, &the_shelf.err),
                 LEDE_OK, text);
    joined[0] = '\0';
    for (size_t i = 0; i < found->count; i++) {
        const lede_suggestion *s = lede_suggestions_at(found, i);

        ck_assert_uint_eq(strlen(s->text), s->len);
        ck_assert_str_ne(s->text, text);
        len += (size_t)snprintf(joined + len, sizeof joined - len, "%s%s %u",
                                i ? ", " : "", s->text, (unsigned)s->documents);
    }
    ck_assert_ptr_null(lede_suggestions_at(found, found->count));
    lede_suggestions_free(found);
    return joined;
}

static const char *correct(const char *text)
{
    return suggest_as(text, LEDE_SUGGEST_CORRECTION, NULL, 0);
}

static const char *complete(const char *text)
{
    return suggest_as(text, LEDE_SUGGEST_COMPLETION, NULL, 0);
}

static void setup(void)
{
    char key[32];

    shelf_open(NULL);
    shelf_put("1", "title", "Soleimani", "body",
              "Soleimani in Baghdad: the embassy attacked. Governments met.",
              NULL);
    shelf_put("2", "title", "Closed", "body",
              "Embassy closed. Soleimani and al-Muhandis; the embassies.",
              NULL);
    shelf_put("3", "title", "Solemn vows", "body", "Suleiman spoke. 2019",
              "author", "Solana Mann", NULL);
    shelf_put("4", "body", "Iran and Iraq, Iran again. M\xC3\xBCller", NULL);
    shelf_put("5", "body", "Iraq alone. \xE4\xB8\xAD\xE5\x9B\xBD", NULL);
    for (int i = 0; i < 120; i++) {
        (void)snprintf(key, sizeof key, "t%d", i);
        shelf_put(key, "body", "president trump said", NULL);
    }
    shelf_put("typo", "body", "presidant trump", NULL);
    shelf_commit();
}

static void teardown(void)
{
    shelf_close();
}

START_TEST(words_the_index_lacks_are_corrected)
{
    ck_assert_str_eq(correct("soleimoni"), "soleimani 2");
    ck_assert_str_eq(correct("embasy"), "embassy 2");
    ck_assert_str_eq(correct("bagdhad"), "baghdad 1");
    ck_assert_str_eq(correct("M\xC3\xBClller"), "M\xC3\xBCller 1");
    /* The same first letter comes before the more frequent. */
    ck_assert_str_eq(correct("irap"), "iraq 2, iran 1");
}
END_TEST

START_TEST(words_the_index_has_stay)
{
    ck_assert_str_eq(correct("soleimani embassy"), "");
    ck_assert_str_eq(correct("iran"), "");
    /* Only folded or stemmed. */
    ck_assert_str_eq(correct("government"), "");
    ck_assert_str_eq(correct("muller"), "");
    ck_assert_str_eq(correct("almuhandis"), "");
    /* Beside a word to correct they count by the form they are found by. */
    ck_assert_str_eq(correct("government irap"),
                     "government iraq 1, government iran 1");
}
END_TEST

START_TEST(rare_words_beside_much_more_frequent_ones_are_doubted)
{
    ck_assert_str_eq(correct("presidant"), "president 120");
    ck_assert_str_eq(correct("president"), "");
}
END_TEST

START_TEST(short_words_and_numbers_stay)
{
    ck_assert_str_eq(correct("ir"), "");
    ck_assert_str_eq(correct("2018"), "");
    ck_assert_str_eq(correct("\xE4\xB8\xAD\xE6\x96\x87"), "");
    /* Of four characters one edit is near, two are not. */
    ck_assert_str_eq(correct("irxx"), "");
}
END_TEST

START_TEST(the_text_around_a_word_stays_and_so_does_its_capital)
{
    ck_assert_str_eq(correct("The \"Embasy\", in Bagdad!"),
                     "The \"Embassy\", in Baghdad! 1");
    ck_assert_str_eq(correct("trump (soleimoni"), "trump (soleimani 2");
    ck_assert_str_eq(correct("embasy \xFF x"), "embassy \xEF\xBF\xBD x 0");
}
END_TEST

START_TEST(after_the_best_one_word_at_a_time_is_second_best)
{
    ck_assert_str_eq(correct("embasy irap"), "embassy iraq 2, embassy iran 1");
    ck_assert_str_eq(
        suggest_as("embasy irap", LEDE_SUGGEST_CORRECTION, NULL, 1),
        "embassy iraq 2");
}
END_TEST

START_TEST(a_field_has_its_own_words)
{
    ck_assert_str_eq(suggest_as("solena", LEDE_SUGGEST_CORRECTION, "author", 0),
                     "solana 1");
    ck_assert_str_eq(suggest_as("solei", LEDE_SUGGEST_COMPLETION, "title", 0),
                     "soleimani 1");
}
END_TEST

START_TEST(the_last_word_goes_on_by_frequency)
{
    ck_assert_str_eq(complete("sol"), "soleimani 2, solemn 1");
    ck_assert_str_eq(complete("the emb"), "the embassy 2, the embassies 1");
    ck_assert_str_eq(complete("Pres"), "President 120, Presidant 1");
    ck_assert_str_eq(complete("president"), "");
    ck_assert_str_eq(complete("sol "), "");
    ck_assert_str_eq(complete("nothing sol"),
                     "nothing soleimani 0, nothing solemn 0");
    ck_assert_str_eq(complete("almuh"), "");
    ck_assert_str_eq(suggest_as("s", LEDE_SUGGEST_COMPLETION, NULL, 2),
                     "said 120, soleimani 2");
}
END_TEST

START_TEST(text_without_words_has_no_suggestions)
{
    ck_assert_str_eq(correct(""), "");
    ck_assert_str_eq(correct(" ?! "), "");
    ck_assert_str_eq(complete(""), "");
    ck_assert_str_eq(complete("-"), "");
}
END_TEST

START_TEST(what_stops_a_search_stops_a_suggestion)
{
    lede_suggest_options options = LEDE_SUGGEST_OPTIONS;
    lede_suggestions *found = NULL;
    lede_cancel *cancel;

    ck_assert_int_eq(lede_cancel_new(&cancel, NULL), LEDE_OK);
    lede_cancel_set(cancel);
    options.cancel = cancel;
    ck_assert_int_eq(lede_suggest(&found, the_shelf.snapshot, "soleimoni",
                                  LEDE_TERMINATED, &options, NULL),
                     LEDE_ERR_CANCELLED);
    ck_assert_ptr_null(found);
    lede_cancel_free(cancel);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, words_the_index_lacks_are_corrected);
    tcase_add_test(tcase, words_the_index_has_stay);
    tcase_add_test(tcase,
                   rare_words_beside_much_more_frequent_ones_are_doubted);
    tcase_add_test(tcase, short_words_and_numbers_stay);
    tcase_add_test(tcase, the_text_around_a_word_stays_and_so_does_its_capital);
    tcase_add_test(tcase, after_the_best_one_word_at_a_time_is_second_best);
    tcase_add_test(tcase, a_field_has_its_own_words);
    tcase_add_test(tcase, the_last_word_goes_on_by_frequency);
    tcase_add_test(tcase, text_without_words_has_no_suggestions);
    tcase_add_test(tcase, what_stops_a_search_stops_a_suggestion);
}

int main(void)
{
    return test_suite_run("suggest", add_tests);
}
