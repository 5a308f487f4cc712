#include "native/codec/forms_table.h"

#include <stdlib.h>

#include "support/chance.h"
#include "support/exact.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

#define ADDED_MAX 4000U
#define KINDS     4U

/* One addition of the model. */
typedef struct added {
    uint8_t kind;
    char key[24];
    uint32_t ordinal;
} added;

static int by_all(const void *left, const void *right)
{
    const added *a = left, *b = right;
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    order = strcmp(a->key, b->key);
    return order ? order
                 : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* Few letters, so that keys share much and some have hundreds of words. */
static uint32_t draw(chance *c, added *all)
{
    uint32_t count = chance_below(c, ADDED_MAX), letters = 1;

    letters += chance_below(c, 5);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = 1 + chance_below(c, chance_one_in(c, 9) ? 20 : 3);

        memset(&all[i], 0, sizeof all[i]);
        for (uint32_t b = 0; b < len; b++)
            all[i].key[b] = (char)('a' + chance_below(c, letters));
        all[i].kind = (uint8_t)chance_below(c, KINDS);
        all[i].ordinal =
            chance_below(c, chance_one_in(c, 5) ? 4000000000U : 9000U);
    }
    return count;
}

static lede_status write_table(const lede_allocator *allocator,
                               const added *all, uint32_t count,
                               lede_buffer *forms, lede_buffer *index)
{
    static added sorted[ADDED_MAX];
    lede_forms_table_writer *writer;
    lede_status status = lede_forms_table_writer_new(&writer, allocator);

    if (status != LEDE_OK)
        return status;
    memcpy(sorted, all, count * sizeof *all);
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_all);
    for (uint32_t i = 0; i < count && status == LEDE_OK; i++)
        status = lede_forms_table_writer_add(writer, sorted[i].kind,
                                             lede_bytes_of_text(sorted[i].key),
                                             sorted[i].ordinal, forms);
    if (status == LEDE_OK)
        status = lede_forms_table_writer_end(writer, forms, index);
    lede_forms_table_writer_free(writer);
    return status;
}

/* Drops what was added twice; returns how many are left. */
static uint32_t sort_added(added *all, uint32_t count)
{
    uint32_t kept = 0;

    if (count > 0)
        qsort(all, count, sizeof *all, by_all);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || by_all(&all[i], &all[kept - 1]) != 0)
            all[kept++] = all[i];
    return kept;
}

typedef struct expected {
    const added *all;
    uint32_t count;
    uint32_t at;
} expected;

static bool is_next(void *ctx, lede_bytes key, uint32_t ordinal)
{
    expected *e = ctx;
    const added *a = &e->all[e->at++];

    ck_assert_uint_le(e->at, e->count);
    ck_assert_uint_eq(key.at[0], a->kind);
    ck_assert_uint_eq(ordinal, a->ordinal);
    return lede_bytes_equal(lede_bytes_of(key.at + 1, key.len - 1),
                            lede_bytes_of_text(a->key));
}

static void check_finds(const lede_forms_table *table, const added *all,
                        uint32_t count)
{
    lede_ordinals ordinals;
    uint32_t end, ordinal;

    for (uint32_t at = 0; at < count; at = end) {
        char longer[32] = { 0 };

        ck_assert_int_eq(lede_forms_table_find(table, all[at].kind,
                                               lede_bytes_of_text(all[at].key),
                                               &ordinals),
                         LEDE_OK);
        for (end = at; end < count && all[end].kind == all[at].kind &&
                       strcmp(all[end].key, all[at].key) == 0;
             end++) {
            ck_assert(lede_ordinals_next(&ordinals, &ordinal));
            ck_assert_uint_eq(ordinal, all[end].ordinal);
        }
        ck_assert(!lede_ordinals_next(&ordinals, &ordinal));
        ck_assert(!ordinals.broken);
        memcpy(longer, all[at].key, sizeof all[at].key);
        longer[strlen(longer)] = '!';
        ck_assert_int_eq(lede_forms_table_find(table, all[at].kind,
                                               lede_bytes_of_text(longer),
                                               &ordinals),
                         LEDE_ERR_NOT_FOUND);
    }
    ck_assert_int_eq(
        lede_forms_table_find(table, KINDS, lede_bytes_of_text("a"), &ordinals),
        LEDE_ERR_NOT_FOUND);
}

START_TEST(keys_give_the_words_that_were_added)
{
    chance c = chance_from("forms_table", 1);
    static added all[ADDED_MAX];
    lede_buffer forms, index;

    lede_buffer_init(&forms, NULL);
    lede_buffer_init(&index, NULL);
    for (int round = 0; round < 20; round++) {
        uint32_t count = round ? draw(&c, all) : 0;
        lede_forms_table table;
        lede_bytes bytes;
        expected e;

        lede_buffer_clear(&forms);
        lede_buffer_clear(&index);
        ck_assert_int_eq(write_table(NULL, all, count, &forms, &index),
                         LEDE_OK);
        count = sort_added(all, count);
        bytes = exact_bytes(forms.at, forms.len);
        ck_assert(
            lede_forms_table_open(&table, bytes, lede_buffer_bytes(&index)));
        check_finds(&table, all, count);
        e = (expected){ all, count, 0 };
        ck_assert_int_eq(lede_forms_table_walk(&table, is_next, &e), LEDE_OK);
        ck_assert_uint_eq(e.at, count);
        exact_free(bytes);
    }
    lede_buffer_fini(&forms);
    lede_buffer_fini(&index);
}
END_TEST

static bool accept(void *ctx, lede_bytes key, uint32_t ordinal)
{
    uint64_t *seen = ctx;

    *seen += key.len + ordinal;
    return true;
}

START_TEST(damaged_tables_never_pass_the_end)
{
    chance c = chance_from("forms_table", 2);
    static added all[ADDED_MAX];
    lede_buffer forms, index;
    uint32_t count = draw(&c, all) % 300;
    uint64_t seen = 0;

    lede_buffer_init(&forms, NULL);
    lede_buffer_init(&index, NULL);
    ck_assert_int_eq(write_table(NULL, all, count, &forms, &index), LEDE_OK);
    for (size_t bit = 0; bit < 8 * (forms.len + index.len); bit++) {
        uint8_t *hit = bit / 8 < forms.len ? &forms.at[bit / 8]
                                           : &index.at[bit / 8 - forms.len];
        lede_bytes bytes, ends;
        lede_forms_table table;
        lede_ordinals ordinals;
        uint32_t ordinal;

        *hit ^= (uint8_t)(1U << (bit % 8));
        bytes = exact_bytes(forms.at, forms.len);
        ends = exact_bytes(index.at, index.len);
        if (lede_forms_table_open(&table, bytes, ends)) {
            const added *a = &all[chance_below(&c, count)];

            if (lede_forms_table_find(&table, a->kind,
                                      lede_bytes_of_text(a->key),
                                      &ordinals) == LEDE_OK)
                while (lede_ordinals_next(&ordinals, &ordinal))
                    ;
            (void)lede_forms_table_walk(&table, accept, &seen);
        }
        exact_free(bytes);
        exact_free(ends);
        *hit ^= (uint8_t)(1U << (bit % 8));
    }
    lede_buffer_fini(&forms);
    lede_buffer_fini(&index);
}
END_TEST

/* A key and two words of it, as the writer was told them; the first one is
 * raised by changing the last byte of its varint. */
static lede_status walk_pair(const uint32_t ordinals[2], uint8_t raised)
{
    static const uint8_t base[] = { 0x80, 0x80, 0x80, 0x80, 0x08 };
    added all[2] = { { 1, "a", ordinals[0] }, { 1, "a", ordinals[1] } };
    lede_buffer forms, index;
    lede_forms_table table;
    lede_status status;
    uint64_t seen = 0;

    lede_buffer_init(&forms, NULL);
    lede_buffer_init(&index, NULL);
    ck_assert_int_eq(write_table(NULL, all, 2, &forms, &index), LEDE_OK);
    for (size_t at = 0; raised && at + sizeof base <= forms.len; at++)
        if (memcmp(forms.at + at, base, sizeof base) == 0)
            forms.at[at + sizeof base - 1] = raised;
    ck_assert(lede_forms_table_open(&table, lede_buffer_bytes(&forms),
                                    lede_buffer_bytes(&index)));
    status = lede_forms_table_walk(&table, accept, &seen);
    lede_buffer_fini(&forms);
    lede_buffer_fini(&index);
    return status;
}

/* The greatest number is no word's, and none comes round to 0 behind it. */
START_TEST(words_beyond_the_greatest_are_refused)
{
    static const uint32_t high[] = { UINT32_MAX - 9, UINT32_MAX - 1 };
    static const uint32_t past[] = { UINT32_MAX - 9, UINT32_MAX };
    static const uint32_t far[] = { 0x80000000, 0x90000001 };

    ck_assert_int_eq(walk_pair(high, 0), LEDE_OK);
    ck_assert_int_eq(walk_pair(past, 0), LEDE_ERR_CORRUPT);
    ck_assert_int_eq(walk_pair(far, 0x0E), LEDE_OK);
    ck_assert_int_eq(walk_pair(far, 0x0F), LEDE_ERR_CORRUPT);
}
END_TEST

START_TEST(what_is_left_out_is_told)
{
    for (uint32_t left_out = 0; left_out <= LEDE_FORMS_ALL + 1; left_out++) {
        lede_forms_table_writer *writer;
        lede_buffer forms, index;
        lede_forms_table table;
        bool opens;

        lede_buffer_init(&forms, NULL);
        lede_buffer_init(&index, NULL);
        ck_assert_int_eq(lede_forms_table_writer_new(&writer, NULL), LEDE_OK);
        lede_forms_table_writer_leave_out(writer, left_out);
        ck_assert_int_eq(lede_forms_table_writer_end(writer, &forms, &index),
                         LEDE_OK);
        opens = lede_forms_table_open(&table, lede_buffer_bytes(&forms),
                                      lede_buffer_bytes(&index));
        ck_assert_int_eq(opens, left_out <= LEDE_FORMS_ALL);
        if (opens)
            ck_assert_uint_eq(table.left_out, left_out);
        lede_forms_table_writer_free(writer);
        lede_buffer_fini(&forms);
        lede_buffer_fini(&index);
    }
}
END_TEST

static lede_status write_some(const lede_allocator *allocator, void *ctx)
{
    lede_buffer forms, index;
    lede_status status;

    lede_buffer_init(&forms, allocator);
    lede_buffer_init(&index, allocator);
    status = write_table(allocator, ctx, 300, &forms, &index);
    lede_buffer_fini(&forms);
    lede_buffer_fini(&index);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    chance c = chance_from("forms_table", 3);
    static added all[ADDED_MAX];

    while (draw(&c, all) < 300)
        ;
    (void)failing_alloc_sweep(write_some, all);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, keys_give_the_words_that_were_added);
    tcase_add_test(tcase, damaged_tables_never_pass_the_end);
    tcase_add_test(tcase, words_beyond_the_greatest_are_refused);
    tcase_add_test(tcase, what_is_left_out_is_told);
    tcase_add_test(tcase, every_allocation_may_fail);
}

int main(void)
{
    return test_suite_run("forms_table", add_tests);
}
