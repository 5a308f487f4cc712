/*
 * The same articles in the same order give the same bytes: whatever memory
 * held before, wherever it lies, whoever compiled. Each index prints a hash,
 * which tests/run.sh compares over its builds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "support/dir_copy.h"
#include "support/larder.h"
#include "support/native_at.h"
#include "support/picture.h"
#include "support/sample.h"
#include "support/suite.h"

typedef void (*writing)(lede_index *index);

static void write_sample(lede_index *index)
{
    sample_write(index, false);
}

static void write_optimized(lede_index *index)
{
    sample_write(index, true);
}

/* Merges come due, and schemas change. */
static void write_many_commits(lede_index *index)
{
    lede_writer_options options = LEDE_WRITER_OPTIONS;
    lede_writer *writer = NULL;

    options.threads = 1;
    ck_assert_int_eq(lede_writer_open(&writer, index, &options, NULL), LEDE_OK);
    for (uint32_t i = 0; i < 40; i++) {
        lede_document *doc = picture_document(i, i / 15);
        lede_schema *schema = picture_schema(i / 15);
        char key[16];
        size_t len = picture_key(key, i % 13);

        ck_assert_int_eq(lede_writer_set_schema(writer, schema, NULL), LEDE_OK);
        ck_assert_int_eq(lede_writer_put(writer, key, len, doc, NULL), LEDE_OK);
        ck_assert_int_eq(lede_writer_commit(writer, NULL, NULL), LEDE_OK);
        lede_document_free(doc);
        lede_schema_free(schema);
    }
    lede_writer_close(writer);
}

static const struct {
    const char *name;
    writing write;
    bool small; /* the schema of pictures */
} indexes[] = {
    { "sample", write_sample, false },
    { "optimized", write_optimized, false },
    { "many commits", write_many_commits, true },
};

/* In memory that is full of something at first. */
static lede_dir *write_one(uint32_t at, uint8_t fill)
{
    lede_index_options options = native_at_options();
    lede_schema *schema =
        indexes[at].small ? picture_schema(0) : sample_schema();
    lede_index *index = NULL;
    lede_dir *dir = NULL;
    larder l;

    larder_init(&l);
    l.fill = fill;
    options.allocator = &l.allocator;
    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    native_at(dir, NULL);
    ck_assert_int_eq(
        lede_index_create(&index, NATIVE_AT, schema, &options, NULL), LEDE_OK);
    lede_schema_free(schema);
    indexes[at].write(index);
    lede_index_close(index);
    ck_assert_uint_eq(l.blocks, 0);
    return dir;
}

static uint64_t hash_of(lede_dir *dir)
{
    dir_name_list *names = dir_names(dir);
    uint64_t hash = names->count;

    for (uint32_t i = 0; i < names->count; i++) {
        lede_file *file = NULL;

        ck_assert_int_eq(lede_dir_map(dir, &file, names->at[i], NULL), LEDE_OK);
        hash = XXH3_64bits_withSeed(names->at[i], strlen(names->at[i]), hash);
        hash = XXH3_64bits_withSeed(file->bytes.at, file->bytes.len, hash);
        lede_file_close(file);
    }
    free(names);
    return hash;
}

static void expect_same(lede_dir *one, lede_dir *other, const char *what)
{
    dir_name_list *names = dir_names(one);

    for (uint32_t i = 0; i < names->count; i++) {
        lede_file *a = NULL, *b = NULL;
        size_t at = 0;

        ck_assert_int_eq(lede_dir_map(one, &a, names->at[i], NULL), LEDE_OK);
        ck_assert_msg(lede_dir_map(other, &b, names->at[i], NULL) == LEDE_OK,
                      "%s: no %s", what, names->at[i]);
        while (at < a->bytes.len && at < b->bytes.len &&
               a->bytes.at[at] == b->bytes.at[at])
            at++;
        ck_assert_msg(at == a->bytes.len && at == b->bytes.len,
                      "%s: %s differs at %zu of %zu", what, names->at[i], at,
                      a->bytes.len);
        lede_file_close(a);
        lede_file_close(b);
    }
    free(names);
}

START_TEST(the_same_articles_give_the_same_bytes)
{
    static const uint8_t fills[] = { 0xA5, 0x5A, 0xFF, 1 };
    const char *name = indexes[_i].name;
    lede_dir *first = write_one((uint32_t)_i, 0);

    printf("bytes: %s %016llx\n", name, (unsigned long long)hash_of(first));
    for (size_t i = 0; i < sizeof fills; i++) {
        lede_dir *again = write_one((uint32_t)_i, fills[i]);

        expect_same(first, again, name);
        expect_same(again, first, name);
        lede_dir_close(again);
    }
    lede_dir_close(first);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, the_same_articles_give_the_same_bytes, 0,
                        sizeof indexes / sizeof *indexes);
}

int main(void)
{
    return test_suite_run("same bytes", add_tests);
}
