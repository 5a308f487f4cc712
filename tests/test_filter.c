/* Ranges over columns of many blocks, some of which no value of a range is in:
 * they find what looking at each value finds. */
#include "native/match/filter.h"

#include <stdio.h>

#include "lede/lede.h"
#include "support/chance.h"
#include "support/native_at.h"
#include "support/suite.h"

#define ARTICLES   2600U
#define VALUES_MAX 40U
#define RANGES     300U
#define FAR        100000

/* How the values of a field lie; of the last one they are keywords. */
enum { RISING, RANDOM, MANY, WORD, FIELDS };

static const char *const names[FIELDS] = { "rising", "random", "many", "word" };

static int64_t values[FIELDS][ARTICLES][VALUES_MAX];
static uint32_t counts[FIELDS][ARTICLES];

static lede_index *the_index;
static lede_dir *dir;
static lede_error err;

static void draw(chance *c, uint32_t i)
{
    counts[RISING][i] = 1;
    values[RISING][i][0] = (int64_t)i * 3 - 1000;
    counts[RANDOM][i] = !chance_one_in(c, 3);
    values[RANDOM][i][0] = (int64_t)chance_below(c, 5000);
    /* Some articles have values in more blocks than one. */
    counts[MANY][i] =
        chance_one_in(c, 9) ? chance_below(c, VALUES_MAX) : i % 3 == 0;
    for (uint32_t v = 0; v < counts[MANY][i]; v++)
        values[MANY][i][v] = (int64_t)i / 100 * 100 + chance_below(c, 50);
    if (counts[MANY][i] > 1)
        values[MANY][i][0] = FAR + i;
    /* Many ranges have no keyword. */
    counts[WORD][i] = 1;
    values[WORD][i][0] = (int64_t)chance_below(c, 300) * 30;
}

/* A number as a keyword: both have one order. */
static const char *keyword_of(char out[16], int64_t number)
{
    (void)snprintf(out, 16, "%08lld", (long long)number + 10000);
    return out;
}

static lede_status add_value(lede_document *doc, uint32_t f, int64_t value)
{
    char keyword[16];

    return f == WORD ? lede_document_add_text(doc, names[f],
                                              keyword_of(keyword, value),
                                              LEDE_TERMINATED)
                     : lede_document_add_int(doc, names[f], value);
}

static void put(lede_writer *writer, uint32_t i)
{
    lede_document *doc;
    char key[16];
    int len = snprintf(key, sizeof key, "k%u", (unsigned)i);

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t f = 0; f < FIELDS; f++)
        for (uint32_t v = 0; v < counts[f][i]; v++)
            ck_assert_int_eq(add_value(doc, f, values[f][i][v]), LEDE_OK);
    ck_assert_int_eq(lede_writer_put(writer, key, (size_t)len, doc, &err),
                     LEDE_OK);
    lede_document_free(doc);
}

static void set_up(void)
{
    chance c = chance_from("filter", 1);
    lede_index_options options = native_at_options();
    lede_schema *schema;
    lede_writer *writer;

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    native_at(dir, NULL);
    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    for (uint32_t f = 0; f < FIELDS; f++)
        ck_assert_int_eq(lede_schema_add(schema, names[f],
                                         f == WORD ? LEDE_KEYWORD : LEDE_INT,
                                         NULL),
                         LEDE_OK);
    ck_assert_int_eq(
        lede_index_create(&the_index, NATIVE_AT, schema, &options, &err),
        LEDE_OK);
    lede_schema_free(schema);
    ck_assert_int_eq(lede_writer_open(&writer, the_index, NULL, &err), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        draw(&c, i);
        put(writer, i);
    }
    ck_assert_int_eq(lede_writer_commit(writer, NULL, &err), LEDE_OK);
    lede_writer_close(writer);
}

static void tear_down(void)
{
    lede_index_close(the_index);
    lede_dir_close(dir);
}

typedef struct range {
    uint32_t field;
    int64_t min;
    int64_t max;
} range;

static bool is_in(const range *r, uint32_t i)
{
    bool found = false;

    for (uint32_t v = 0; v < counts[r->field][i]; v++)
        found |= values[r->field][i][v] >= r->min &&
                 values[r->field][i][v] <= r->max;
    return found;
}

static lede_node node_of(lede_query *query, const range *r)
{
    char min[16], max[16];

    if (r->field == WORD)
        return lede_query_range(query, names[WORD], keyword_of(min, r->min),
                                keyword_of(max, r->max));
    return lede_query_range_int(query, names[r->field], r->min, r->max);
}

/* What is in one of them, or in two. */
static void expect_ranges(const lede_snapshot *snapshot, const range *ranges,
                          uint32_t n)
{
    uint64_t total, plain = 0;
    lede_query *query;
    lede_node nodes[2];

    for (uint32_t i = 0; i < ARTICLES; i++)
        plain += is_in(&ranges[0], i) && is_in(&ranges[n - 1], i);
    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    for (uint32_t k = 0; k < n; k++)
        nodes[k] = node_of(query, &ranges[k]);
    lede_query_set_root(query, lede_query_and(query, nodes, n));
    ck_assert_int_eq(lede_count(&total, snapshot, query, NULL, &err), LEDE_OK);
    ck_assert_msg(total == plain, "%u ranges, the first of %s from %lld: %llu",
                  (unsigned)n, names[ranges->field], (long long)ranges->min,
                  (unsigned long long)total);
    lede_query_free(query);
}

static range draw_range(chance *c, uint32_t field, bool narrow)
{
    int64_t min = (int64_t)chance_below(c, 9000) - 1500;
    int64_t max = min + (int64_t)chance_below(c, narrow ? 30 : 3000);

    return (range){ field, min, chance_one_in(c, 5) ? max + FAR : max };
}

START_TEST(ranges_find_every_value_between_their_bounds)
{
    chance c = chance_from("ranges", 1);
    lede_snapshot *snapshot;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, the_index, &err), LEDE_OK);
    for (uint32_t i = 0; i < RANGES; i++) {
        range r = draw_range(&c, i % FIELDS, i / FIELDS % 2);

        expect_ranges(snapshot, &r, 1);
    }
    lede_snapshot_close(snapshot);
}
END_TEST

/* One leaves few or many of a block to be looked at by the other. */
START_TEST(two_ranges_find_what_is_in_both)
{
    chance c = chance_from("two ranges", 1);
    lede_snapshot *snapshot;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, the_index, &err), LEDE_OK);
    for (uint32_t i = 0; i < RANGES; i++) {
        range both[2] = { draw_range(&c, i % FIELDS, i / FIELDS % 2),
                          draw_range(&c, chance_below(&c, FIELDS), false) };

        expect_ranges(snapshot, both, 2);
    }
    lede_snapshot_close(snapshot);
}
END_TEST

/* The values of an article may begin in a block that has none of a range, and
 * end in one that has. */
START_TEST(values_that_pass_the_end_of_a_block_are_found)
{
    lede_snapshot *snapshot;

    ck_assert_int_eq(lede_snapshot_open(&snapshot, the_index, &err), LEDE_OK);
    for (uint32_t i = 0; i < ARTICLES; i++)
        if (counts[MANY][i] > 1) {
            range r = { MANY, FAR + (int64_t)i, FAR + (int64_t)i };

            expect_ranges(snapshot, &r, 1);
        }
    lede_snapshot_close(snapshot);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, ranges_find_every_value_between_their_bounds);
    tcase_add_test(tcase, two_ranges_find_what_is_in_both);
    tcase_add_test(tcase, values_that_pass_the_end_of_a_block_are_found);
}

int main(void)
{
    return test_suite_run("filter", add_tests);
}
