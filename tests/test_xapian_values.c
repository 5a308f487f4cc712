/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values and keys around the 245 bytes that a term of Xapian can have, of bytes
 * that are counted twice and others: everything asked of them has the answer
 * of the engine in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/chance.h"
#include "support/program.h"
#include "support/seam.h"
#include "support/suite.h"

#ifdef LEDE_HAVE_XAPIAN
#include "lede/schema.h"
#include "lede/writer.h"
#include "lede/xapian.h"
#include "memory/memory.h"

#define RANGES      200
#define FACET_LIMIT 1000
#define ITEMS(list) (sizeof(list) / sizeof *(list))

/* Around what fits behind K (1 byte) and V ff (3), once and with NULs. */
static const size_t lengths[] = { 1,   2,   120, 121, 122, 123, 240,  241, 242,
                                  243, 244, 245, 246, 247, 512, 1023, 1024 };
static const char fills[] = { 'a', '\0', '\xff' };
static const char ends[] = { 'a', '\0', 'b' };

#define VALUES (ITEMS(lengths) * ITEMS(fills) * ITEMS(ends))

static char values[VALUES][LEDE_KEYWORD_MAX];
static const size_t key_lengths[] = { 1, 122, 123, 244, 245, 246, 2047, 2048 };

#define KEYS (ITEMS(key_lengths) * ITEMS(fills) * ITEMS(ends))

static char keys[KEYS][LEDE_KEY_MAX];
static seam disk, memory;

static lede_bytes value_at(size_t i)
{
    return lede_bytes_of(values[i], lengths[i / 9]);
}

static lede_bytes key_at(size_t i)
{
    return lede_bytes_of(keys[i], key_lengths[i / 9]);
}

static void set_up(void)
{
    for (size_t i = 0; i < VALUES; i++) {
        memset(values[i], fills[i / 3 % 3], value_at(i).len);
        values[i][value_at(i).len - 1] = ends[i % 3];
    }
    for (size_t i = 0; i < KEYS; i++) {
        memset(keys[i], fills[i / 3 % 3], key_at(i).len);
        keys[i][key_at(i).len - 1] = ends[i % 3];
    }
    seam_open(&memory, lede_memory_engine(), "memory", "", NULL);
}

static void tear_down(void)
{
    seam_close(&disk);
    seam_close(&memory);
    scratch_remove();
}

static lede_document *document_of(const lede_bytes *tags, size_t count)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (size_t i = 0; i < count; i++) {
        lede_value value = { .kind = LEDE_KEYWORD,
                             .text = (const char *)tags[i].at,
                             .len = tags[i].len };

        ck_assert_int_eq(lede_document_add(doc, "tags", &value), LEDE_OK);
    }
    return doc;
}

/* An article with these tags, into both; NULL: deletes it. */
static void put(lede_bytes key, const lede_bytes *tags, size_t count)
{
    seam *const both[] = { &disk, &memory };

    for (size_t i = 0; i < 2; i++) {
        seam *s = both[i];
        lede_document *doc = tags ? document_of(tags, count) : NULL;
        lede_engine_change change = { .key = key,
                                      .sequence = ++s->sequence,
                                      .schema = s->schema,
                                      .document = doc };

        seam_write(s);
        word_tokens_init(&s->tokens, 1);
        change.tokens = doc ? &s->tokens.source : NULL;
        seam_expect(s, s->engine->apply(s->writer, 0, &change, &s->err),
                    LEDE_OK);
        lede_document_free(doc);
    }
}

static void commit(void)
{
    seam_commit(&disk);
    (void)seam_finish(&memory, LEDE_FINISH_OPTIMIZE);
    seam_look(&memory);
}

/* The same hits with the same values in the same order, and facets. */
static uint64_t expect_same(const lede_engine_search *search)
{
    lede_engine_results got, right;

    ck_assert_int_eq(seam_search(&disk, search, &got), LEDE_OK);
    ck_assert_int_eq(seam_search(&memory, search, &right), LEDE_OK);
    ck_assert_uint_eq(got.total, right.total);
    ck_assert_uint_eq(got.count, right.count);
    for (uint32_t i = 0; i < got.count; i++) {
        ck_assert(lede_bytes_equal(got.hits[i].key, right.hits[i].key));
        for (uint32_t k = 0; k < search->sort_count; k++)
            ck_assert_int_eq(lede_value_compare(&got.hits[i].values[k],
                                                &right.hits[i].values[k]),
                             0);
    }
    for (uint32_t f = 0; f < search->facet_count; f++) {
        ck_assert_uint_eq(got.facets[f].count, right.facets[f].count);
        for (uint32_t i = 0; i < got.facets[f].count; i++) {
            const lede_facet_count *a = &got.facets[f].counts[i];
            const lede_facet_count *b = &right.facets[f].counts[i];

            ck_assert_uint_eq(a->count, b->count);
            ck_assert_int_eq(lede_value_compare(a->value, b->value), 0);
        }
    }
    return got.total;
}

static lede_engine_search ask(const lede_plan *plan)
{
    lede_engine_search search = seam_request(&disk, "all");

    search.plan = plan;
    search.ties = LEDE_TIES_KEY;
    return search;
}

static void expect_equals(lede_bytes value, bool there)
{
    lede_plan plan = { .kind = LEDE_PLAN_EQUALS,
                       .field = SEAM_TAGS,
                       .bytes = value };
    lede_engine_search search = ask(&plan);

    ck_assert_int_eq(expect_same(&search) > 0, there);
}

static lede_value bound(lede_bytes bytes)
{
    return (lede_value){ .kind = LEDE_KEYWORD,
                         .text = (const char *)bytes.at,
                         .len = bytes.len };
}

static void expect_ranges(chance *c)
{
    for (int i = 0; i < RANGES; i++) {
        lede_plan plan = { .kind = LEDE_PLAN_RANGE,
                           .field = SEAM_TAGS,
                           .min = bound(value_at(chance_below(c, VALUES))),
                           .max = bound(value_at(chance_below(c, VALUES))) };
        lede_engine_search search = ask(&plan);

        if (chance_below(c, 10) == 0)
            plan.min.kind = LEDE_NONE;
        if (chance_below(c, 10) == 0)
            plan.max.kind = LEDE_NONE;
        (void)expect_same(&search);
    }
}

static void expect_orders(void)
{
    lede_facet_key facet = { SEAM_TAGS, LEDE_BUCKET_VALUE, FACET_LIMIT };
    lede_plan all = { .kind = LEDE_PLAN_EVERYTHING };
    lede_engine_search search = ask(&all);

    search.facets = &facet;
    search.facet_count = 1;
    for (int descending = 0; descending < 2; descending++) {
        lede_sort_key key = { SEAM_TAGS, descending != 0 };

        search.sort = &key;
        search.sort_count = 1;
        search.collapse = LEDE_NO_FIELD;
        ck_assert_uint_gt(expect_same(&search), 0);
        search.collapse = SEAM_TAGS;
        ck_assert_uint_gt(expect_same(&search), 0);
    }
}

static void expect_all(chance *c)
{
    static char other[LEDE_KEYWORD_MAX];

    for (size_t i = 0; i < VALUES; i++) {
        lede_bytes value = value_at(i);

        expect_equals(value, true);
        memcpy(other, value.at, value.len);
        other[value.len - 1] = 'z';
        expect_equals(lede_bytes_of(other, value.len), false);
    }
    expect_ranges(c);
    expect_orders();
}

/* The values of a column in order, as the dictionary has them. */
static void expect_walk(void)
{
    lede_term_walk *got, *right;
    uint32_t count = 0;

    seam_expect(&disk,
                disk.engine->walk(&got, disk.snapshot, SEAM_TAGS,
                                  LEDE_SPACE_VALUES, NULL, NULL, disk.arena,
                                  &disk.err),
                LEDE_OK);
    seam_expect(&memory,
                memory.engine->walk(&right, memory.snapshot, SEAM_TAGS,
                                    LEDE_SPACE_VALUES, NULL, NULL, memory.arena,
                                    &memory.err),
                LEDE_OK);
    while (right->next(right)) {
        ck_assert(got->next(got));
        ck_assert(lede_bytes_equal(got->term, right->term));
        ck_assert_uint_eq(got->stats.documents, right->stats.documents);
        count++;
    }
    ck_assert(!got->next(got));
    ck_assert_int_eq(got->status, LEDE_OK);
    /* Those of one byte are alike whatever they are filled with. */
    ck_assert_uint_gt(count, VALUES / 2);
}

START_TEST(values_of_any_length_are_exact)
{
    chance c = chance_from("values", 1);

    seam_open(&disk, lede_xapian_engine(), "xapian", scratch("db"), NULL);
    for (size_t i = 0; i < VALUES; i++) {
        lede_bytes tags[2] = { value_at(i),
                               value_at(chance_below(&c, VALUES)) };
        char key[16];

        (void)snprintf(key, sizeof key, "k%03d", (int)i);
        put(lede_bytes_of_text(key), tags, 1 + chance_below(&c, 2));
    }
    commit();
    expect_all(&c);
    expect_walk();
}
END_TEST

static void expect_key(lede_bytes key, uint64_t total)
{
    lede_plan plan = { .kind = LEDE_PLAN_KEY, .bytes = key };
    lede_engine_search search = ask(&plan);

    ck_assert_uint_eq(expect_same(&search), total);
}

START_TEST(keys_of_any_length_name_one_article)
{
    lede_bytes old = lede_bytes_of_text("old"), new = lede_bytes_of_text("new");
    lede_plan all = { .kind = LEDE_PLAN_EVERYTHING };
    lede_engine_search search;
    uint64_t total;

    seam_open(&disk, lede_xapian_engine(), "xapian", scratch("db"), NULL);
    for (size_t i = 0; i < KEYS; i++)
        put(key_at(i), &old, 1);
    commit();
    search = ask(&all);
    total = expect_same(&search);
    for (size_t i = 0; i < KEYS; i++)
        expect_key(key_at(i), 1);
    expect_key(lede_bytes_of(keys[0], 2), 0);

    for (size_t i = 0; i < KEYS; i += 2)
        put(key_at(i), &new, 1);
    commit();
    search = ask(&all);
    ck_assert_uint_eq(expect_same(&search), total);
    expect_equals(old, true);
    expect_equals(new, true);
    for (size_t i = 0; i < KEYS; i++)
        put(key_at(i), NULL, 0);
    commit();
    for (size_t i = 0; i < KEYS; i++)
        expect_key(key_at(i), 0);
    ck_assert_uint_eq(disk.engine->describe(disk.snapshot)->documents, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, values_of_any_length_are_exact);
    tcase_add_test(tcase, keys_of_any_length_name_one_article);
}
#else
static void add_tests(TCase *tcase)
{
    (void)tcase;
}
#endif

int main(void)
{
    return test_suite_run("xapian_values", add_tests);
}
