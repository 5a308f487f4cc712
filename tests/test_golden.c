/*
 * Indexes that released versions wrote are read for ever: they open, every byte
 * is sound, every article and every answer is as it was. Nothing here writes to
 * tests/golden; its README says how one is made for a release.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/sample.h"
#include "support/suite.h"

#define QUERIES_MAX 100U
#define AGAIN                                                                \
    "if the format changed on purpose before its first release, make the "   \
    "golden index again, as tests/golden/README.md says; after it, the new " \
    "code must still read this one, and a new version gets a new golden index"

static const char *const versions[] = { "v1" };

static char *read_text(const char *version)
{
    char path[512], *text;
    FILE *file;
    long len;

    (void)snprintf(path, sizeof path, "%s/tests/golden/%s.txt", LEDE_SOURCE_DIR,
                   version);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "there is no %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    ck_assert_int_ge(len, 0);
    rewind(file);
    text = calloc(1, (size_t)len + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)len, file), (size_t)len);
    (void)fclose(file);
    return text;
}

/* The queries of a text: lines that begin with a question mark. */
static uint32_t take_queries(char *text, const char **queries)
{
    uint32_t count = 0;

    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (line[0] == '?' && count < QUERIES_MAX)
            queries[count++] = line + 2;
    return count;
}

static void expect_text(const char *told, const char *expected)
{
    size_t at = 0, line = 1;

    while (told[at] && told[at] == expected[at])
        line += told[at++] == '\n';
    ck_assert_msg(told[at] == expected[at],
                  "line %zu differs: %.60s instead of %.60s\n%s", line,
                  told + at, expected + at, AGAIN);
}

static void expect_answers(const char *version, uint32_t flags)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    const char *queries[QUERIES_MAX];
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    lede_error err;
    lede_status status;
    char path[512], *expected = read_text(version), *copy = read_text(version),
                    *told;
    uint32_t count = take_queries(copy, queries);

    ck_assert_uint_gt(count, 10);
    (void)snprintf(path, sizeof path, "%s/tests/golden/%s", LEDE_SOURCE_DIR,
                   version);
    options.flags = LEDE_INDEX_READ_ONLY | flags;
    status = lede_index_open(&index, path, &options, &err);
    if (status == LEDE_OK)
        status = lede_snapshot_open(&snapshot, index, &err);
    ck_assert_msg(status == LEDE_OK, "%s: %s: %s\n%s", version,
                  lede_status_name(status), err.message, AGAIN);
    told = sample_tell(snapshot, queries, count);
    expect_text(told, expected);
    free(told);
    free(expected);
    free(copy);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
}

START_TEST(it_says_what_it_said)
{
    expect_answers(versions[_i], 0);
    expect_answers(versions[_i], LEDE_INDEX_COPIED);
    expect_answers(versions[_i], LEDE_INDEX_UNTRUSTED);
}
END_TEST

START_TEST(it_is_sound)
{
    lede_error err;
    lede_status status;
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tests/golden/%s", LEDE_SOURCE_DIR,
                   versions[_i]);
    status = lede_check(path, NULL, NULL, &err);
    ck_assert_msg(status == LEDE_OK, "%s: %s: %s\n%s", versions[_i],
                  lede_status_name(status), err.message, AGAIN);
}
END_TEST

/* The program that makes them and the tests agree on what there is. */
START_TEST(what_is_made_now_says_the_same)
{
    lede_schema *schema = sample_schema();
    lede_index *index = NULL;
    lede_snapshot *snapshot = NULL;
    char *told, *expected = read_text("v1");

    ck_assert_int_eq(lede_index_create(&index, "memory:", schema, NULL, NULL),
                     LEDE_OK);
    sample_write(index, false);
    ck_assert_int_eq(lede_snapshot_open(&snapshot, index, NULL), LEDE_OK);
    told = sample_tell(snapshot, sample_queries, sample_query_count);
    /* Articles, that is; scores of what was deleted differ by engine. */
    *strstr(told, "\n? ") = '\0';
    *strstr(expected, "\n? ") = '\0';
    expect_text(told, expected);
    free(told);
    free(expected);
    lede_snapshot_close(snapshot);
    lede_index_close(index);
    lede_schema_free(schema);
}
END_TEST

static void add_tests(TCase *tcase)
{
    int count = sizeof versions / sizeof *versions;

    tcase_add_loop_test(tcase, it_says_what_it_said, 0, count);
    tcase_add_loop_test(tcase, it_is_sound, 0, count);
    tcase_add_test(tcase, what_is_made_now_says_the_same);
}

int main(void)
{
    return test_suite_run("golden", add_tests);
}
