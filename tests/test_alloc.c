#include "base/alloc.h"

#include <string.h>

#include "support/failing_alloc.h"
#include "support/suite.h"

START_TEST(sizes_that_do_not_fit_are_refused)
{
    size_t out = 7;

    ck_assert(lede_size_mul(SIZE_MAX, 1, &out));
    ck_assert_uint_eq(out, SIZE_MAX);
    ck_assert(lede_size_mul(0, SIZE_MAX, &out));
    ck_assert_uint_eq(out, 0);
    out = 7;
    ck_assert(!lede_size_mul(SIZE_MAX / 2 + 1, 2, &out));
    ck_assert(!lede_size_add(SIZE_MAX, 1, &out));
    ck_assert_uint_eq(out, 7);
    ck_assert(lede_size_add(SIZE_MAX, 0, &out));
    ck_assert_uint_eq(out, SIZE_MAX);
    ck_assert_ptr_null(lede_alloc_array(NULL, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(lede_alloc_text(NULL, "", SIZE_MAX));
}
END_TEST

START_TEST(nothing_is_asked_for_as_one_byte)
{
    failing_alloc failing;
    void *at;

    failing_alloc_init(&failing, 0, false);
    at = lede_alloc(&failing.allocator, 0);
    ck_assert_ptr_nonnull(at);
    ck_assert_uint_eq(failing.bytes, 1);
    at = lede_resize(&failing.allocator, at, 0, 5);
    ck_assert_uint_eq(failing.bytes, 5);
    at = lede_resize(&failing.allocator, at, 5, 0);
    ck_assert_uint_eq(failing.bytes, 1);
    lede_release(&failing.allocator, at, 0);
    lede_release(&failing.allocator, NULL, 9);
    failing_alloc_check(&failing);
}
END_TEST

START_TEST(null_means_libc)
{
    char *text = lede_alloc_text(NULL, "iraq", 4);
    uint8_t *zero = lede_alloc_zero(NULL, 100);

    ck_assert_ptr_nonnull(lede_allocator_or_libc(NULL));
    ck_assert_str_eq(text, "iraq");
    for (int i = 0; i < 100; i++)
        ck_assert_uint_eq(zero[i], 0);
    lede_release(NULL, text, 5);
    lede_release(NULL, zero, 100);
    text = lede_alloc_text(NULL, NULL, 0);
    ck_assert_str_eq(text, "");
    lede_release(NULL, text, 1);
}
END_TEST

START_TEST(grow_keeps_what_is_there_and_grows_by_half)
{
    failing_alloc failing;
    uint32_t *items = NULL;
    size_t capacity = 0, growths = 0;

    failing_alloc_init(&failing, 0, false);
    for (uint32_t i = 0; i < 10000; i++) {
        size_t before = capacity;

        ck_assert(lede_grow(&failing.allocator, &items, &capacity, i + 1,
                            sizeof *items));
        ck_assert_uint_ge(capacity, i + 1);
        growths += capacity != before;
        items[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++)
        ck_assert_uint_eq(items[i], i);
    ck_assert_uint_le(growths, 20);
    lede_release(&failing.allocator, items, capacity * sizeof *items);
    failing_alloc_check(&failing);
}
END_TEST

START_TEST(a_failed_growth_changes_nothing)
{
    failing_alloc failing;
    uint32_t *items = NULL, *before;
    size_t capacity = 0;

    failing_alloc_init(&failing, 2, true);
    ck_assert(lede_grow(&failing.allocator, &items, &capacity, 3, 4));
    before = items;
    items[2] = 5;
    ck_assert(!lede_grow(&failing.allocator, &items, &capacity, 100, 4));
    ck_assert(!lede_grow(&failing.allocator, &items, &capacity, SIZE_MAX, 4));
    ck_assert_ptr_eq(items, before);
    ck_assert_uint_eq(items[2], 5);
    lede_release(&failing.allocator, items, capacity * 4);
    failing_alloc_check(&failing);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, sizes_that_do_not_fit_are_refused);
    tcase_add_test(tcase, nothing_is_asked_for_as_one_byte);
    tcase_add_test(tcase, null_means_libc);
    tcase_add_test(tcase, grow_keeps_what_is_there_and_grows_by_half);
    tcase_add_test(tcase, a_failed_growth_changes_nothing);
}

int main(void)
{
    return test_suite_run("alloc", add_tests);
}
