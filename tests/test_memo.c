#include <stdio.h>
#include <string.h>

#include "support/failing_alloc.h"
#include "support/suite.h"
#include "text/memo.h"

static uint64_t hash_of(uint32_t n)
{
    return (n + 1) * 0x9E3779B97F4A7C15U;
}

static lede_bytes word_of(uint32_t n, char word[16])
{
    return lede_bytes_of(word, (size_t)snprintf(word, 16, "Word%u", n));
}

static void put(lede_memo *memo, uint32_t n)
{
    char word[16], term[16];
    lede_bytes bytes = word_of(n, word);

    (void)snprintf(term, sizeof term, "word%u", n);
    lede_memo_put(memo, bytes, hash_of(n), lede_bytes_of(term, bytes.len),
                  n * 7, n % 2);
}

/* Whether the word is known; what is known of it must be right. */
static bool knows(const lede_memo *memo, uint32_t n)
{
    char word[16], term[16];
    lede_bytes bytes = word_of(n, word);
    const lede_memo_slot *slot = lede_memo_find(memo, bytes, hash_of(n));

    if (!slot)
        return false;
    (void)snprintf(term, sizeof term, "word%u", n);
    ck_assert_uint_eq(slot->term_len, strlen(term));
    ck_assert_int_eq(memcmp(slot->text + slot->term_at, term, strlen(term)), 0);
    ck_assert_uint_eq(slot->hash, n * 7);
    ck_assert_uint_eq(slot->capital, n % 2);
    return true;
}

START_TEST(what_was_put_is_found_and_nothing_else)
{
    lede_memo memo;
    uint32_t known = 0;

    lede_memo_init(&memo, NULL);
    ck_assert(!knows(&memo, 0));
    for (uint32_t n = 0; n < 1000; n++) {
        put(&memo, n);
        ck_assert(knows(&memo, n));
        ck_assert(!knows(&memo, n + 1));
    }
    for (uint32_t n = 0; n < 1000; n++)
        known += knows(&memo, n);
    ck_assert_uint_gt(known, 800);
    lede_memo_fini(&memo);
}
END_TEST

START_TEST(words_of_the_same_hash_are_told_apart)
{
    lede_memo memo;
    const lede_memo_slot *slot;
    lede_bytes a = lede_bytes_of_text("aaaaaaaaaaaa");
    lede_bytes b = lede_bytes_of_text("aaaaaaaaaaab");
    lede_bytes shorter = lede_bytes_of_text("aaaaaaaaaaa");

    lede_memo_init(&memo, NULL);
    lede_memo_put(&memo, a, 99, a, 1, false);
    ck_assert_ptr_null(lede_memo_find(&memo, b, 99));
    ck_assert_ptr_null(lede_memo_find(&memo, shorter, 99));
    lede_memo_put(&memo, b, 99, b, 2, false);
    slot = lede_memo_find(&memo, a, 99);
    ck_assert_ptr_nonnull(slot);
    ck_assert_uint_eq(slot->hash, 1);
    ck_assert_uint_eq(lede_memo_find(&memo, b, 99)->hash, 2);
    lede_memo_fini(&memo);
}
END_TEST

START_TEST(memory_is_bounded_and_the_last_words_stay)
{
    failing_alloc failing;
    lede_memo memo;
    uint32_t known = 0;

    failing_alloc_init(&failing, 0, false);
    lede_memo_init(&memo, &failing.allocator);
    for (uint32_t n = 0; n < 300000; n++)
        put(&memo, n);
    ck_assert(knows(&memo, 299999));
    for (uint32_t n = 0; n < 300000; n++)
        known += knows(&memo, n);
    ck_assert_uint_gt(known, LEDE_MEMO_BYTES / sizeof(lede_memo_slot) / 2);
    ck_assert_uint_le(known, LEDE_MEMO_BYTES / sizeof(lede_memo_slot));
    ck_assert_uint_le(failing.bytes, LEDE_MEMO_BYTES);
    lede_memo_fini(&memo);
    failing_alloc_check(&failing);
}
END_TEST

START_TEST(without_memory_it_knows_less_and_fails_nothing)
{
    for (uint32_t at = 1; at <= 4; at++) {
        failing_alloc failing;
        lede_memo memo;

        failing_alloc_init(&failing, at, true);
        lede_memo_init(&memo, &failing.allocator);
        for (uint32_t n = 0; n < 30000; n++) {
            put(&memo, n);
            ck_assert_int_eq(knows(&memo, n), at > 1);
        }
        lede_memo_fini(&memo);
        failing_alloc_check(&failing);
    }
}
END_TEST

START_TEST(what_does_not_fit_a_line_is_not_kept)
{
    char word[100];
    lede_bytes same, longer, other;
    lede_memo memo;

    memset(word, 'x', sizeof word);
    same = lede_bytes_of(word, sizeof((lede_memo_slot *)0)->text);
    longer = lede_bytes_of(word, same.len + 1);
    other = lede_bytes_of("y", 1);
    lede_memo_init(&memo, NULL);
    lede_memo_put(&memo, same, 1, same, 0, false);
    ck_assert_ptr_nonnull(lede_memo_find(&memo, same, 1));
    lede_memo_put(&memo, longer, 2, longer, 0, false);
    ck_assert_ptr_null(lede_memo_find(&memo, longer, 2));
    lede_memo_put(&memo, same, 3, other, 0, false);
    ck_assert_ptr_null(lede_memo_find(&memo, same, 3));
    lede_memo_put(&memo, lede_bytes_of(word, 0), 4, other, 0, false);
    ck_assert_ptr_null(lede_memo_find(&memo, lede_bytes_of(word, 0), 4));
    lede_memo_fini(&memo);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, what_was_put_is_found_and_nothing_else);
    tcase_add_test(tcase, words_of_the_same_hash_are_told_apart);
    tcase_add_test(tcase, memory_is_bounded_and_the_last_words_stay);
    tcase_add_test(tcase, without_memory_it_knows_less_and_fails_nothing);
    tcase_add_test(tcase, what_does_not_fit_a_line_is_not_kept);
}

int main(void)
{
    return test_suite_run("memo", add_tests);
}
