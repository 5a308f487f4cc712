#include "article/form_cache.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static uint64_t version_of(lede_form_cache *cache, uint32_t bits,
                           const char *languages)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_forms *forms;
    uint64_t version;

    options.forms = bits;
    options.languages = languages;
    ck_assert_int_eq(lede_form_cache_get(&forms, cache, &options), LEDE_OK);
    version = lede_forms_version(forms);
    lede_forms_free(forms);
    return version;
}

START_TEST(the_forms_are_those_asked_for_whatever_was_before)
{
    lede_form_cache *cache;
    uint64_t english, french, folded;

    ck_assert_int_eq(lede_form_cache_new(&cache, NULL), LEDE_OK);
    english = version_of(cache, 0, NULL);
    ck_assert_uint_eq(version_of(cache, 0, "en"), english);
    french = version_of(cache, 0, "fr");
    ck_assert_uint_ne(french, english);
    folded = version_of(cache, LEDE_FORM_FOLD, "fr");
    ck_assert_uint_ne(folded, french);
    ck_assert_uint_eq(version_of(cache, 0, "en"), english);
    ck_assert_uint_eq(version_of(cache, 0, "fr"), french);
    lede_form_cache_free(cache);
    lede_form_cache_free(NULL);
}
END_TEST

START_TEST(plain_forms_have_their_version_when_it_is_asked_for)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_form_cache *cache;
    lede_forms *plain;
    uint64_t version = 0, settled;

    ck_assert_int_eq(lede_form_cache_new(&cache, NULL), LEDE_OK);
    ck_assert_int_eq(lede_form_cache_plain(&plain, cache, &options), LEDE_OK);
    ck_assert_uint_eq(lede_forms_version(plain), 0);
    ck_assert_int_eq(lede_form_cache_version(&version, cache, &options),
                     LEDE_OK);
    settled = version_of(cache, 0, NULL);
    ck_assert_uint_eq(version, settled);
    ck_assert_int_eq(lede_forms_settle(plain), LEDE_OK);
    ck_assert_uint_eq(lede_forms_version(plain), settled);
    lede_forms_free(plain);
    options.languages = "xx";
    ck_assert_int_eq(lede_form_cache_version(&version, cache, &options),
                     LEDE_ERR_INVALID);
    ck_assert_uint_eq(version, settled);
    lede_form_cache_free(cache);
}
END_TEST

START_TEST(forms_outlive_the_cache)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_form_cache *cache;
    lede_forms *forms;

    ck_assert_int_eq(lede_form_cache_new(&cache, NULL), LEDE_OK);
    ck_assert_int_eq(lede_form_cache_get(&forms, cache, &options), LEDE_OK);
    lede_form_cache_free(cache);
    ck_assert_str_eq(lede_forms_language(forms, LEDE_FORM_KIND_STEM), "en");
    lede_forms_free(forms);
}
END_TEST

START_TEST(an_unknown_language_is_invalid_and_leaves_no_trace)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_form_cache *cache;
    lede_forms *forms;
    uint64_t english;

    ck_assert_int_eq(lede_form_cache_new(&cache, NULL), LEDE_OK);
    english = version_of(cache, 0, "en");
    options.languages = "xx";
    ck_assert_int_eq(lede_form_cache_get(&forms, cache, &options),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_form_cache_get(&forms, cache, &options),
                     LEDE_ERR_INVALID);
    ck_assert_uint_eq(version_of(cache, 0, "en"), english);
    lede_form_cache_free(cache);
}
END_TEST

static lede_status run(const lede_allocator *allocator, void *ctx)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    lede_form_cache *cache = NULL;
    lede_forms *forms = NULL;
    lede_status status = lede_form_cache_new(&cache, allocator);

    (void)ctx;
    if (status == LEDE_OK)
        status = lede_form_cache_plain(&forms, cache, &options);
    lede_forms_free(forms);
    forms = NULL;
    if (status == LEDE_OK)
        status = lede_form_cache_get(&forms, cache, &options);
    lede_forms_free(forms);
    lede_form_cache_free(cache);
    return status;
}

START_TEST(out_of_memory_leaves_nothing)
{
    ck_assert_uint_ge(failing_alloc_sweep(run, NULL), 4);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_forms_are_those_asked_for_whatever_was_before);
    tcase_add_test(tcase, plain_forms_have_their_version_when_it_is_asked_for);
    tcase_add_test(tcase, forms_outlive_the_cache);
    tcase_add_test(tcase, an_unknown_language_is_invalid_and_leaves_no_trace);
    tcase_add_test(tcase, out_of_memory_leaves_nothing);
}

int main(void)
{
    return test_suite_run("form_cache", add_tests);
}
