#include "native/codec/keys.h"

#include <stdlib.h>

#include "base/arena.h"
#include "support/chance.h"
#include "support/exact.h"
#include "support/suite.h"

#define COUNT_MAX 400U

static int by_bytes(const void *a, const void *b)
{
    return lede_bytes_compare(*(const lede_bytes *)a, *(const lede_bytes *)b);
}

/* Distinct keys in order, of few letters, so that they share much. */
static uint32_t draw_keys(chance *c, lede_arena *arena, lede_bytes *keys)
{
    uint32_t count = chance_below(c, COUNT_MAX), kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t len =
            1 + chance_below(c, chance_one_in(c, 40) ? LEDE_FRONT_LEN_MAX : 12);
        uint8_t *at = lede_arena_alloc(arena, len);

        ck_assert_ptr_nonnull(at);
        for (uint32_t b = 0; b < len; b++)
            at[b] = (uint8_t)(chance_below(c, 3) * 127);
        keys[i] = lede_bytes_of(at, len);
    }
    if (count)
        qsort(keys, count, sizeof *keys, by_bytes);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || !lede_bytes_equal(keys[i], keys[kept - 1]))
            keys[kept++] = keys[i];
    return kept;
}

START_TEST(keys_are_found_by_bytes_and_by_rank)
{
    chance c = chance_from("keys", 1);
    static lede_bytes keys[COUNT_MAX];
    lede_arena *arena = lede_arena_new(NULL);
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 40; round++) {
        uint32_t count = draw_keys(&c, arena, keys), rank;
        static lede_front front;
        lede_bytes bytes;
        lede_keys table;

        lede_buffer_clear(&buffer);
        lede_keys_write(&buffer, keys, count);
        bytes = exact_bytes(buffer.at, buffer.len);
        ck_assert(lede_keys_open(&table, bytes, count));
        ck_assert(!lede_keys_open(&table, bytes, count + 1));
        for (uint32_t i = 0; i < count; i++) {
            uint8_t longer[LEDE_FRONT_LEN_MAX + 1] = { 0 };

            ck_assert_int_eq(lede_keys_find(&table, keys[i], &rank), LEDE_OK);
            ck_assert_uint_eq(rank, i);
            ck_assert_int_eq(lede_keys_at(&table, i, &front), LEDE_OK);
            ck_assert(lede_bytes_equal(lede_bytes_of(front.text, front.len),
                                       keys[i]));
            memcpy(longer, keys[i].at, keys[i].len);
            longer[keys[i].len] = 1;
            ck_assert_int_eq(
                lede_keys_find(&table, lede_bytes_of(longer, keys[i].len + 1),
                               &rank),
                LEDE_ERR_NOT_FOUND);
        }
        ck_assert_int_eq(
            lede_keys_find(&table, lede_bytes_of("\xFF\xFF", 2), &rank),
            LEDE_ERR_NOT_FOUND);
        exact_free(bytes);
        lede_arena_clear(arena);
    }
    lede_buffer_fini(&buffer);
    lede_arena_free(arena);
}
END_TEST

/* A damaged table is refused, or gives statuses; what it gives back by rank is
 * in order. */
START_TEST(damaged_keys_never_pass_the_end)
{
    chance c = chance_from("keys", 2);
    static lede_bytes keys[COUNT_MAX];
    lede_arena *arena = lede_arena_new(NULL);
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    for (int round = 0; round < 4; round++) {
        uint32_t count = draw_keys(&c, arena, keys) % 70, rank;
        static lede_front front;

        lede_buffer_clear(&buffer);
        lede_keys_write(&buffer, keys, count);
        for (size_t bit = 0; bit < 8 * buffer.len && bit < 20000; bit++) {
            lede_bytes bytes;
            lede_keys table;

            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            bytes = exact_bytes(buffer.at, buffer.len);
            if (lede_keys_open(&table, bytes, count) && count > 0) {
                (void)lede_keys_find(&table, keys[count / 2], &rank);
                (void)lede_keys_at(&table, count - 1, &front);
            }
            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            exact_free(bytes);
        }
        lede_arena_clear(arena);
    }
    lede_buffer_fini(&buffer);
    lede_arena_free(arena);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, keys_are_found_by_bytes_and_by_rank);
    tcase_add_test(tcase, damaged_keys_never_pass_the_end);
}

int main(void)
{
    return test_suite_run("keys", add_tests);
}
