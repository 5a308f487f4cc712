#include "native/index/term_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "native/index/term_order.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

#define TERMS 4000

static struct {
    char text[24];
    uint32_t space;
    lede_term *term; /* NULL: not there */
} known[TERMS];

static lede_bytes text_of(uint32_t i)
{
    return lede_bytes_of(known[i].text, strlen(known[i].text));
}

static void make_terms(chance *c)
{
    for (uint32_t i = 0; i < TERMS; i++) {
        known[i].space = chance_below(c, 4);
        known[i].term = NULL;
        (void)sprintf(known[i].text, "%.*s%u", (int)chance_below(c, 12),
                      "aaaaaaaaaaaaaaaaaa", (unsigned)i);
    }
}

static lede_term *put(lede_term_table *table, uint32_t i, uint32_t mask)
{
    uint32_t hash = lede_term_hash_bytes(known[i].space, text_of(i)) & mask;

    return lede_term_table_put(table, hash, known[i].space, text_of(i));
}

static void check_terms(lede_term_table *table, uint32_t mask)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < TERMS; i++) {
        if (!known[i].term)
            continue;
        count++;
        ck_assert_ptr_eq(put(table, i, mask), known[i].term);
        ck_assert(lede_term_is(known[i].term, known[i].space, text_of(i)));
    }
    ck_assert_uint_eq(table->count, count);
}

START_TEST(a_term_put_again_is_the_same_record)
{
    /* Few hashes, and so long rows of slots, too. */
    static const uint32_t masks[] = { UINT32_MAX, 0xFC000001, 0x3F, 0 };
    chance c = chance_from("terms", 1);

    for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
        uint32_t count = masks[m] == UINT32_MAX ? TERMS : 300;
        lede_term_table table;

        ck_assert(lede_term_table_init(&table, NULL));
        make_terms(&c);
        for (uint32_t i = 0; i < count; i++) {
            known[i].term = put(&table, i, masks[m]);
            ck_assert_ptr_nonnull(known[i].term);
            ck_assert_uint_eq(known[i].term->stream.last, LEDE_TERM_NO_DOC);
            known[i].term->stream.last = i;
        }
        check_terms(&table, masks[m]);
        lede_term_table_fini(&table);
    }
}
END_TEST

START_TEST(equal_bytes_in_two_spaces_are_two_terms)
{
    lede_bytes text = lede_bytes_of_text("iraq");
    lede_term_table table;
    lede_term *a, *b;

    ck_assert(lede_term_table_init(&table, NULL));
    /* Even if their hashes were equal. */
    a = lede_term_table_put(&table, 7, 0, text);
    b = lede_term_table_put(&table, 7, 1, text);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    ck_assert_uint_ne(lede_term_hash_bytes(0, text),
                      lede_term_hash_bytes(1, text));
    ck_assert_ptr_eq(lede_term_table_guess(&table, 7, NULL), a);
    ck_assert_ptr_null(lede_term_table_guess(&table, 8, NULL));
    lede_term_table_fini(&table);
}
END_TEST

START_TEST(removing_a_term_keeps_all_others_findable)
{
    chance c = chance_from("remove", 1);
    lede_term_table table;

    ck_assert(lede_term_table_init(&table, NULL));
    make_terms(&c);
    for (int round = 0; round < 40; round++) {
        uint32_t from = chance_below(&c, TERMS), to = chance_below(&c, TERMS);

        for (uint32_t i = from; i < to; i++)
            if (!known[i].term)
                known[i].term = put(&table, i, UINT32_MAX);
        for (uint32_t i = 0; i < TERMS; i++)
            if (known[i].term && chance_one_in(&c, 3)) {
                lede_term_table_remove(&table, known[i].term);
                known[i].term = NULL;
            }
        check_terms(&table, UINT32_MAX);
    }
    lede_term_table_clear(&table);
    ck_assert_uint_eq(table.count, 0);
    for (uint32_t i = 0; i < TERMS; i++)
        known[i].term = NULL;
    check_terms(&table, UINT32_MAX);
    lede_term_table_fini(&table);
}
END_TEST

static int by_space_and_bytes(const void *left, const void *right)
{
    const lede_term *a = *(const lede_term *const *)left;
    const lede_term *b = *(const lede_term *const *)right;

    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return lede_bytes_compare(lede_bytes_of(a->text, a->len),
                              lede_bytes_of(b->text, b->len));
}

START_TEST(order_is_by_space_then_bytes)
{
    static const uint32_t counts[] = { 0, 1, 2, 3, 12, 13, 100, TERMS };
    chance c = chance_from("order", 1);

    for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
        static lede_term *sorted[TERMS];
        lede_term_table table;
        lede_term_order order;

        ck_assert(lede_term_table_init(&table, NULL));
        make_terms(&c);
        for (uint32_t i = 0; i < counts[n]; i++) {
            /* NULs sort before all, and are not the end of a term. */
            if (i % 7 == 0)
                known[i].text[0] = '\1';
            sorted[i] = put(&table, i, UINT32_MAX);
            if (i % 7 == 0)
                sorted[i]->text[0] = '\0';
        }
        qsort(sorted, counts[n], sizeof(lede_term *), by_space_and_bytes);
        ck_assert_int_eq(lede_term_order_new(&order, &table, NULL), LEDE_OK);
        ck_assert_uint_eq(order.count, counts[n]);
        for (uint32_t i = 0; i < counts[n]; i++)
            ck_assert_ptr_eq(lede_term_order_at(&order, i), sorted[i]);
        lede_term_order_fini(&order);
        lede_term_table_fini(&table);
    }
}
END_TEST

static lede_status fill(const lede_allocator *allocator, void *ctx)
{
    lede_status status = LEDE_OK;
    lede_term_table table;
    lede_term_order order;

    (void)ctx;
    if (!lede_term_table_init(&table, allocator))
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < TERMS && status == LEDE_OK; i++)
        if (!put(&table, i, UINT32_MAX))
            status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        status = lede_term_order_new(&order, &table, allocator);
    if (status == LEDE_OK)
        lede_term_order_fini(&order);
    lede_term_table_fini(&table);
    return status;
}

START_TEST(filling_and_ordering_fail_cleanly_when_memory_ends)
{
    chance c = chance_from("fill", 1);

    make_terms(&c);
    ck_assert_uint_gt(failing_alloc_sweep(fill, NULL), LEDE_TERM_TABLE_PARTS);
}
END_TEST

START_TEST(words_are_the_same_if_all_their_bytes_are)
{
    for (size_t len = 0; len <= 40; len++) {
        uint8_t *a = malloc(len + 1), *b = malloc(len + 1);
        uint32_t wrong = 0;

        ck_assert(a && b);
        for (size_t i = 0; i < len; i++)
            a[i + 1] = b[i + 1] = (uint8_t)(i * 37);
        wrong += !lede_term_same(a + 1, b + 1, len);
        for (size_t i = 1; i <= len; i++) {
            b[i] ^= 0x40;
            wrong += lede_term_same(a + 1, b + 1, len);
            b[i] ^= 0x40;
        }
        ck_assert_uint_eq(wrong, 0);
        free(a);
        free(b);
    }
}
END_TEST

START_TEST(forgotten_terms_give_back_their_slots_and_keep_their_records)
{
    chance c = chance_from("forget", 1);
    lede_term_table table;
    const uint32_t one_part = UINT32_MAX >> 6;
    uint64_t before, chunks;

    ck_assert(lede_term_table_init(&table, NULL));
    make_terms(&c);
    for (uint32_t i = 0; i < TERMS; i++) {
        known[i].term = put(&table, i, one_part);
        ck_assert_ptr_nonnull(known[i].term);
        known[i].term->position = i;
    }
    before = lede_term_table_bytes(&table);
    chunks = lede_chunks_bytes(&table.chunks);
    for (uint32_t part = 0; part < LEDE_TERM_TABLE_PARTS; part++)
        lede_term_table_forget(&table, part);
    ck_assert_uint_lt(lede_term_table_bytes(&table), before);
    ck_assert_uint_eq(lede_chunks_bytes(&table.chunks), chunks);
    for (uint32_t i = 0; i < TERMS; i++)
        if (known[i].term->position != i)
            ck_abort_msg("record %u", i);
    lede_term_table_clear(&table);
    for (uint32_t i = 0; i < TERMS; i++)
        known[i].term = NULL;
    check_terms(&table, one_part);
    known[0].term = put(&table, 0, one_part);
    ck_assert_ptr_nonnull(known[0].term);
    check_terms(&table, one_part);
    lede_term_table_fini(&table);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, words_are_the_same_if_all_their_bytes_are);
    tcase_add_test(
        tcase, forgotten_terms_give_back_their_slots_and_keep_their_records);
    tcase_add_test(tcase, a_term_put_again_is_the_same_record);
    tcase_add_test(tcase, equal_bytes_in_two_spaces_are_two_terms);
    tcase_add_test(tcase, removing_a_term_keeps_all_others_findable);
    tcase_add_test(tcase, order_is_by_space_then_bytes);
    tcase_add_test(tcase, filling_and_ordering_fail_cleanly_when_memory_ends);
}

int main(void)
{
    return test_suite_run("term_table", add_tests);
}
