/*
 * golden_make DIR - writes a golden index into a directory that does not exist,
 * and beside it, as DIR.txt, all that it says; of one that does only the text.
 * See tests/golden/README.md.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/sample.h"
#include "support/suite.h"

static const char *path;

static void make(void)
{
    lede_schema *schema = sample_schema();
    lede_index *index = NULL;
    lede_error err;

    if (lede_index_create(&index, path, schema, NULL, &err) != LEDE_OK)
        ck_abort_msg("%s: %s", path, err.message);
    sample_write(index, false);
    lede_index_close(index);
    lede_schema_free(schema);
}

static void tell(lede_index *index)
{
    lede_snapshot *snapshot = NULL;
    char name[512], *text;
    FILE *file;

    (void)snprintf(name, sizeof name, "%s.txt", path);
    if (lede_snapshot_open(&snapshot, index, NULL) != LEDE_OK)
        ck_abort_msg("%s: no snapshot opens", path);
    text = sample_tell(snapshot, sample_queries, sample_query_count);
    file = fopen(name, "wb");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        ck_abort_msg("%s cannot be written", name);
    free(text);
    lede_snapshot_close(snapshot);
}

START_TEST(make_and_tell)
{
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_index *index = NULL;
    lede_status status;
    lede_error err;

    options.flags = LEDE_INDEX_READ_ONLY;
    status = lede_index_open(&index, path, &options, &err);
    if (status == LEDE_ERR_NOT_FOUND) {
        make();
        status = lede_index_open(&index, path, &options, &err);
    }
    if (status != LEDE_OK)
        ck_abort_msg("%s: %s", path, err.message);
    tell(index);
    lede_index_close(index);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, make_and_tell);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: golden_make DIR\n", stderr);
        return 2;
    }
    path = argv[1];
    return test_suite_run("golden", add_tests);
}
