#include "base/map.h"

#include <stdio.h>

#include "support/failing_alloc.h"
#include "support/suite.h"

#define KEYS 3000

static char texts[KEYS][8];

static lede_bytes key_of(size_t i)
{
    (void)snprintf(texts[i], sizeof texts[i], "k%zu", i);
    return lede_bytes_of_text(texts[i]);
}

/* hash_bits 0 puts every key in one place. */
START_TEST(every_key_is_found_with_its_value)
{
    static const unsigned hash_bits[] = { 0, 1, 4, 64 };
    uint64_t mask =
        hash_bits[_i] == 64 ? UINT64_MAX : (UINT64_C(1) << hash_bits[_i]) - 1;
    size_t count = _i == 3 ? KEYS : 300;
    lede_map map;

    lede_map_init(&map, NULL);
    ck_assert_ptr_null(lede_map_find(&map, key_of(0), 0));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            lede_bytes key = key_of(i);
            lede_map_slot *slot =
                lede_map_put(&map, key, lede_hash_bytes(key) & mask);

            ck_assert_uint_eq(slot->value, LEDE_MAP_NEW);
            slot->value = i;
            ck_assert_uint_eq(map.count, i + 1);
        }
        for (size_t i = 0; i < count; i++) {
            lede_bytes key = key_of(i);
            uint64_t hash = lede_hash_bytes(key) & mask;

            ck_assert_uint_eq(lede_map_find(&map, key, hash)->value, i);
            ck_assert_uint_eq(lede_map_put(&map, key, hash)->value, i);
        }
        ck_assert_ptr_null(
            lede_map_find(&map, lede_bytes_of_text("none"),
                          lede_hash_bytes(lede_bytes_of_text("none")) & mask));
        lede_map_clear(&map);
        ck_assert_uint_eq(map.count, 0);
        ck_assert_ptr_null(
            lede_map_find(&map, key_of(1), lede_hash_bytes(key_of(1)) & mask));
    }
    lede_map_fini(&map);
}
END_TEST

START_TEST(the_empty_key_is_a_key)
{
    lede_map map;
    lede_bytes none = lede_bytes_of_text("");

    lede_map_init(&map, NULL);
    lede_map_put(&map, none, 0)->value = 5;
    ck_assert_uint_eq(lede_map_find(&map, none, 0)->value, 5);
    lede_map_fini(&map);
}
END_TEST

static lede_status fill(const lede_allocator *allocator, void *ctx)
{
    lede_map map;
    lede_status status = LEDE_OK;
    size_t i;

    (void)ctx;
    lede_map_init(&map, allocator);
    for (i = 0; i < 200; i++) {
        lede_bytes key = key_of(i);
        lede_map_slot *slot = lede_map_put(&map, key, lede_hash_bytes(key));

        if (!slot) {
            status = LEDE_ERR_NOMEM;
            break;
        }
        slot->value = i;
    }
    while (i-- > 0)
        ck_assert_uint_eq(
            lede_map_find(&map, key_of(i), lede_hash_bytes(key_of(i)))->value,
            i);
    lede_map_fini(&map);
    return status;
}

START_TEST(no_memory_leaves_the_map_as_it_was)
{
    ck_assert_uint_ge(failing_alloc_sweep(fill, NULL), 4);
}
END_TEST

START_TEST(hashes_spread_over_the_low_bits)
{
    unsigned filled[256] = { 0 };

    for (size_t i = 0; i < 2560; i++)
        filled[lede_hash_bytes(key_of(i)) & 255]++;
    for (int i = 0; i < 256; i++)
        ck_assert_uint_lt(filled[i], 35);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, every_key_is_found_with_its_value, 0, 4);
    tcase_add_test(tcase, the_empty_key_is_a_key);
    tcase_add_test(tcase, no_memory_leaves_the_map_as_it_was);
    tcase_add_test(tcase, hashes_spread_over_the_low_bits);
}

int main(void)
{
    return test_suite_run("map", add_tests);
}
