#include "base/arena.h"

#include <string.h>

#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

START_TEST(blocks_are_aligned_and_disjoint)
{
    static struct {
        uint8_t *at;
        size_t size;
    } blocks[3000];
    chance c = chance_from("arena", 1);
    lede_arena *arena = lede_arena_new(NULL);

    for (size_t i = 0; i < 3000; i++) {
        size_t size = chance_below(&c, chance_one_in(&c, 50) ? 100000 : 200);

        blocks[i].at = lede_arena_alloc(arena, size);
        blocks[i].size = size;
        ck_assert_ptr_nonnull(blocks[i].at);
        ck_assert_uint_eq((uintptr_t)blocks[i].at % _Alignof(max_align_t), 0);
        memset(blocks[i].at, (int)(i % 256), size);
    }
    for (size_t i = 0; i < 3000; i++)
        for (size_t j = 0; j < blocks[i].size; j++)
            if (blocks[i].at[j] != i % 256)
                ck_abort_msg("block %zu was written over", i);
    ck_assert_int_eq(lede_arena_status(arena), LEDE_OK);
    lede_arena_free(arena);
}
END_TEST

START_TEST(zero_and_array_are_zero)
{
    lede_arena *arena = lede_arena_new(NULL);

    for (int round = 0; round < 2; round++) {
        memset(lede_arena_alloc(arena, 2000), 0xFF, 2000);
        for (int i = 0; i < 100; i++) {
            uint8_t *zero = i % 2 ? lede_arena_zero(arena, 40)
                                  : lede_arena_array(arena, 5, 8);

            for (int j = 0; j < 40; j++)
                ck_assert_uint_eq(zero[j], 0);
            memset(zero, 0xFF, 40);
        }
        lede_arena_clear(arena);
    }
    lede_arena_free(arena);
}
END_TEST

START_TEST(text_has_a_nul_after_it)
{
    lede_arena *arena = lede_arena_new(NULL);

    ck_assert_mem_eq(lede_arena_text(arena, "a\0bc", 3), "a\0b", 4);
    ck_assert_str_eq(lede_arena_text(arena, NULL, 0), "");
    lede_arena_free(arena);
}
END_TEST

START_TEST(all_of_the_limit_can_be_used_and_no_more)
{
    lede_arena *arena = lede_arena_new(NULL);
    size_t used = 0;

    lede_arena_limit(arena, 100000);
    while (lede_arena_alloc(arena, 16))
        used += 16;
    ck_assert_int_eq(lede_arena_status(arena), LEDE_ERR_LIMIT);
    ck_assert_uint_le(lede_arena_bytes(arena), 100000);
    ck_assert_uint_ge(used, 99000);
    ck_assert_ptr_null(lede_arena_alloc(arena, 200000));
    lede_arena_clear(arena);
    ck_assert_int_eq(lede_arena_status(arena), LEDE_OK);
    ck_assert_ptr_nonnull(lede_arena_alloc(arena, 1000));
    lede_arena_free(arena);
}
END_TEST

START_TEST(a_limit_below_what_is_used_stops_at_once)
{
    lede_arena *arena = lede_arena_new(NULL);

    ck_assert_ptr_nonnull(lede_arena_alloc(arena, 4096));
    lede_arena_limit(arena, 1);
    ck_assert_ptr_null(lede_arena_alloc(arena, 4096));
    ck_assert_int_eq(lede_arena_status(arena), LEDE_ERR_LIMIT);
    lede_arena_free(arena);
}
END_TEST

START_TEST(sizes_that_do_not_fit_are_refused)
{
    lede_arena *arena = lede_arena_new(NULL);
    uint64_t *items = NULL;
    size_t capacity = 0;

    ck_assert_ptr_null(lede_arena_alloc(arena, SIZE_MAX));
    ck_assert_ptr_null(lede_arena_array(arena, SIZE_MAX / 4, 8));
    ck_assert_ptr_null(lede_arena_text(arena, "", SIZE_MAX));
    ck_assert(!lede_arena_grow(arena, &items, &capacity, SIZE_MAX / 2, 8));
    ck_assert_ptr_null(items);
    ck_assert_int_ne(lede_arena_status(arena), LEDE_OK);
    lede_arena_free(arena);
}
END_TEST

START_TEST(grow_keeps_what_is_there)
{
    lede_arena *arena = lede_arena_new(NULL);
    uint32_t *items = NULL;
    size_t capacity = 0;

    for (uint32_t i = 0; i < 5000; i++) {
        ck_assert(
            lede_arena_grow(arena, &items, &capacity, i + 1, sizeof *items));
        items[i] = i;
    }
    for (uint32_t i = 0; i < 5000; i++)
        ck_assert_uint_eq(items[i], i);
    lede_arena_free(arena);
}
END_TEST

START_TEST(clear_gives_all_back_but_one_block)
{
    failing_alloc failing;
    lede_arena *arena;

    failing_alloc_init(&failing, 0, false);
    arena = lede_arena_new(&failing.allocator);
    ck_assert_ptr_eq(lede_arena_allocator(arena), &failing.allocator);
    for (int i = 0; i < 1000; i++)
        ck_assert_ptr_nonnull(lede_arena_alloc(arena, 1000));
    ck_assert_uint_gt(failing.blocks, 4);
    lede_arena_clear(arena);
    ck_assert_uint_eq(failing.blocks, 2); /* and the arena itself */
    lede_arena_clear(arena);
    ck_assert_uint_eq(failing.blocks, 2);
    lede_arena_free(arena);
    lede_arena_free(NULL);
    failing_alloc_check(&failing);
}
END_TEST

/* One that fills some blocks, and leaves; returns what it had at first. */
static uint64_t use_spare(lede_arena_spare *spare,
                          const lede_allocator *allocator, size_t bytes)
{
    lede_arena arena;
    uint64_t counted;

    lede_arena_init(&arena, allocator, 4096);
    lede_arena_take_up(&arena, spare);
    counted = lede_arena_bytes(&arena);
    for (size_t i = 0; i < bytes; i += 1000)
        ck_assert_ptr_nonnull(lede_arena_alloc(&arena, 1000));
    lede_arena_leave(&arena, spare);
    ck_assert_uint_eq(lede_arena_bytes(&arena), 0);
    return counted;
}

START_TEST(the_next_arena_takes_no_memory_anew)
{
    lede_arena_spare spare = NULL;
    failing_alloc failing;
    size_t calls;

    failing_alloc_init(&failing, 0, false);
    use_spare(&spare, &failing.allocator, 100000);
    ck_assert_uint_eq(failing.blocks, 1);
    calls = failing.calls;
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(use_spare(&spare, &failing.allocator, 100000),
                          failing.bytes);
    ck_assert_uint_eq(failing.calls, calls);
    lede_arena_spare_free(&spare, &failing.allocator);
    failing_alloc_check(&failing);
}
END_TEST

START_TEST(much_does_not_wait)
{
    lede_arena_spare spare = NULL;
    failing_alloc failing;

    failing_alloc_init(&failing, 0, false);
    use_spare(&spare, &failing.allocator, 5000000);
    ck_assert_uint_eq(failing.blocks, 1);
    ck_assert_uint_le(failing.bytes, LEDE_ARENA_SPARE_MAX);
    lede_arena_spare_free(&spare, &failing.allocator);
    failing_alloc_check(&failing);
}
END_TEST

START_TEST(a_spare_is_left_where_little_is_allowed)
{
    lede_arena_spare spare = NULL;
    failing_alloc failing;
    lede_arena arena;

    failing_alloc_init(&failing, 0, false);
    use_spare(&spare, &failing.allocator, 100000);
    lede_arena_init(&arena, &failing.allocator, 4096);
    lede_arena_limit(&arena, 200000);
    lede_arena_take_up(&arena, &spare);
    ck_assert_uint_eq(lede_arena_bytes(&arena), 0);
    ck_assert_ptr_nonnull(lede_arena_alloc(&arena, 190000));
    lede_arena_leave(&arena, &spare); /* one waits already */
    ck_assert_uint_eq(failing.blocks, 1);
    lede_arena_spare_free(&spare, &failing.allocator);
    lede_arena_spare_free(&spare, &failing.allocator);
    failing_alloc_check(&failing);
}
END_TEST

static lede_status fill(const lede_allocator *allocator, void *ctx)
{
    lede_arena *arena = lede_arena_new(allocator);
    lede_status status = arena ? LEDE_OK : LEDE_ERR_NOMEM;

    (void)ctx;
    for (size_t i = 0; arena && i < 300; i++)
        if (!lede_arena_alloc(arena, i * 20)) {
            status = lede_arena_status(arena);
            break;
        }
    lede_arena_free(arena);
    return status;
}

START_TEST(no_memory_is_told_and_nothing_is_lost)
{
    ck_assert_uint_ge(failing_alloc_sweep(fill, NULL), 5);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, blocks_are_aligned_and_disjoint);
    tcase_add_test(tcase, zero_and_array_are_zero);
    tcase_add_test(tcase, text_has_a_nul_after_it);
    tcase_add_test(tcase, all_of_the_limit_can_be_used_and_no_more);
    tcase_add_test(tcase, a_limit_below_what_is_used_stops_at_once);
    tcase_add_test(tcase, sizes_that_do_not_fit_are_refused);
    tcase_add_test(tcase, grow_keeps_what_is_there);
    tcase_add_test(tcase, clear_gives_all_back_but_one_block);
    tcase_add_test(tcase, the_next_arena_takes_no_memory_anew);
    tcase_add_test(tcase, much_does_not_wait);
    tcase_add_test(tcase, a_spare_is_left_where_little_is_allowed);
    tcase_add_test(tcase, no_memory_is_told_and_nothing_is_lost);
}

int main(void)
{
    return test_suite_run("arena", add_tests);
}
