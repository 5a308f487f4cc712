/* The writer's limit of memory, counted by an allocator: of what is put, of
 * commits with their merges, of an optimize. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "lede/lede.h"
#include "support/chance.h"
#include "support/native_at.h"
#include "support/suite.h"

#define MIB ((uint64_t)1 << 20)

typedef struct meter {
    lede_allocator allocator;
    _Atomic uint64_t bytes;
    _Atomic uint64_t peak;
} meter;

static void add(meter *m, uint64_t bytes)
{
    uint64_t now = atomic_fetch_add(&m->bytes, bytes) + bytes;
    uint64_t peak = atomic_load(&m->peak);

    while (now > peak && !atomic_compare_exchange_weak(&m->peak, &peak, now))
        ;
}

static void *allocate(void *ctx, size_t size)
{
    add(ctx, size);
    return malloc(size);
}

/* Both blocks are there while bytes move. */
static void *resize(void *ctx, void *at, size_t old_size, size_t size)
{
    meter *m = ctx;

    add(m, size);
    (void)atomic_fetch_sub(&m->bytes, old_size);
    return realloc(at, size);
}

static void release(void *ctx, void *at, size_t size)
{
    meter *m = ctx;

    (void)atomic_fetch_sub(&m->bytes, size);
    free(at);
}

typedef struct workload {
    const char *name;
    uint32_t articles;
    uint32_t words; /* of an article */
    uint32_t vocabulary;
    uint32_t keys;    /* that are put again and again */
    uint32_t deletes; /* of 100 changes */
    uint32_t commits;
} workload;

static const workload workloads[] = {
    { "long articles", 300, 2000, 100000, 3000, 0, 3 },
    { "short articles", 8000, 20, 20000, 1000000, 0, 3 },
    { "tiny articles", 60000, 3, 5000, 100000000, 0, 3 },
    { "keys put again", 4000, 40, 20000, 1000, 10, 10 },
    { "new words", 500, 600, 100000000, 4000, 0, 2 },
    { "deletes", 40000, 4, 1000, 1000000, 90, 2 },
};

static void put_article(lede_writer *writer, const workload *l, chance *c)
{
    static char text[65536];
    lede_document *doc = NULL;
    char key[32];
    size_t len = 0;

    (void)snprintf(key, sizeof key, "http://example.org/%u",
                   chance_below(c, l->keys));
    if (chance_below(c, 100) < l->deletes) {
        ck_assert_int_eq(lede_writer_delete(writer, key, strlen(key), NULL),
                         LEDE_OK);
        return;
    }
    for (uint32_t i = 0; i < l->words; i++) {
        uint64_t r = chance_below(c, 1U << 16);

        /* Most words are common ones. */
        r = r * r % l->vocabulary * (r % 7 ? 1 : chance_below(c, 1000));
        len += (size_t)snprintf(text + len, sizeof text - len, "w%llx ",
                                (unsigned long long)(r % l->vocabulary));
    }
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    ck_assert_int_eq(lede_document_add_text(doc, "body", text, len), LEDE_OK);
    ck_assert_int_eq(lede_writer_put(writer, key, strlen(key), doc, NULL),
                     LEDE_OK);
    lede_document_free(doc);
}

/* The most that was allocated beyond what was there without a writer. */
static uint64_t peak_of(const workload *l, uint64_t limit, uint32_t threads)
{
    meter m = { .allocator = { NULL, allocate, resize, release } };
    lede_index_options options = LEDE_INDEX_OPTIONS;
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    chance c = chance_from(l->name, 1);
    lede_schema *schema = NULL;
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_dir *dir = NULL; /* its files are not counted */
    uint64_t before;

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    native_at(dir, NULL);
    options = native_at_options();
    m.allocator.ctx = &m;
    options.allocator = &m.allocator;
    writing.memory_bytes = limit;
    writing.threads = threads;
    writing.durability = LEDE_NOT_DURABLE;
    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_index_create(&index, NATIVE_AT, schema, &options, NULL), LEDE_OK);
    before = atomic_load(&m.bytes);
    ck_assert_int_eq(lede_writer_open(&writer, index, &writing, NULL), LEDE_OK);
    atomic_store(&m.peak, 0);
    for (uint32_t i = 0; i < l->articles; i++) {
        put_article(writer, l, &c);
        if (i % (l->articles / l->commits) == 0)
            ck_assert_int_eq(lede_writer_commit(writer, NULL, NULL), LEDE_OK);
    }
    ck_assert_int_eq(lede_writer_commit(writer, NULL, NULL), LEDE_OK);
    ck_assert_int_eq(lede_writer_optimize(writer, NULL, NULL), LEDE_OK);
    lede_writer_close(writer);
    lede_index_close(index);
    lede_schema_free(schema);
    ck_assert_uint_eq(atomic_load(&m.bytes), 0);
    lede_dir_close(dir);
    return atomic_load(&m.peak) - before;
}

START_TEST(nothing_is_allocated_beyond_the_limit)
{
    static const struct {
        uint64_t limit;
        uint32_t threads;
    } cases[] = { { 8 * MIB, 1 }, { 32 * MIB, 2 }, { 8 * MIB, 2 } };
    workload l = workloads[_i];

    if (test_is_long())
        l.articles *= 20;
    for (size_t i = 0; i < (test_is_long() ? 3 : 2); i++) {
        uint64_t peak = peak_of(&l, cases[i].limit, cases[i].threads);

        printf("    %s: %.1f MiB of %llu, threads %u\n", l.name,
               (double)peak / (double)MIB,
               (unsigned long long)(cases[i].limit / MIB), cases[i].threads);
        ck_assert_uint_le(peak, cases[i].limit);
    }
}
END_TEST

/* ---- What comes of it ---- */

typedef struct found {
    uint64_t hash; /* of the segment */
    uint32_t segments;
    char name[LEDE_DIR_NAME_MAX + 1];
} found;

static void find_segment(void *ctx, const char *name, uint64_t length)
{
    found *f = ctx;
    const char *end = strrchr(name, '.');

    (void)length;
    if (!end || strcmp(end, ".segment") != 0)
        return;
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    f->segments++;
}

/* Nothing stored: what records learn from is less where memory is. */
static lede_schema *make_schema(void)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_schema *schema = NULL;

    options.flags = LEDE_FIELD_UNSTORED;
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "body", LEDE_TEXT, &options),
                     LEDE_OK);
    return schema;
}

static found optimized(const workload *l, uint64_t limit)
{
    lede_index_options options;
    lede_writer_options writing = LEDE_WRITER_OPTIONS;
    chance c = chance_from(l->name, 2);
    lede_schema *schema = make_schema();
    lede_index *index = NULL;
    lede_writer *writer = NULL;
    lede_file *file = NULL;
    lede_dir *dir = NULL;
    found f = { 0 };

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    native_at(dir, NULL);
    options = native_at_options();
    writing.memory_bytes = limit;
    writing.threads = 1;
    ck_assert_int_eq(
        lede_index_create(&index, NATIVE_AT, schema, &options, NULL), LEDE_OK);
    ck_assert_int_eq(lede_writer_open(&writer, index, &writing, NULL), LEDE_OK);
    for (uint32_t i = 0; i < l->articles; i++)
        put_article(writer, l, &c);
    ck_assert_int_eq(lede_writer_optimize(writer, NULL, NULL), LEDE_OK);
    lede_writer_close(writer);
    lede_index_close(index);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_dir_list(dir, find_segment, &f, NULL), LEDE_OK);
    ck_assert_int_eq(lede_dir_map(dir, &file, f.name, NULL), LEDE_OK);
    f.hash = lede_hash_bytes(file->bytes);
    lede_file_close(file);
    lede_dir_close(dir);
    return f;
}

/* Numbers, keys, forms that waited in files are those that were in memory. */
START_TEST(little_memory_gives_the_bytes_of_much)
{
    static const workload l = { "bytes", 40000, 4, 200000, 1U << 31, 0, 1 };
    found much = optimized(&l, 1024 * MIB), little = optimized(&l, 8 * MIB);

    ck_assert_uint_eq(much.segments, 1);
    ck_assert_uint_eq(little.segments, 1);
    ck_assert_uint_eq(little.hash, much.hash);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, little_memory_gives_the_bytes_of_much);
    tcase_add_loop_test(tcase, nothing_is_allocated_beyond_the_limit, 0,
                        sizeof workloads / sizeof *workloads);
}

int main(void)
{
    return test_suite_run("writer_memory", add_tests);
}
