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

/* A byte of few, so that keys share much: digits, letters, or of no coding. */
static uint8_t draw_byte(chance *c, uint32_t kind)
{
    static const char of[3][8] = { "0112/-a", "este-A_", "\0\x7F\xFE\0\0\0" };

    return (uint8_t)of[kind][chance_below(c, 7)];
}

/* Distinct keys in order. */
static uint32_t draw_keys(chance *c, lede_arena *arena, lede_bytes *keys)
{
    uint32_t count = chance_below(c, COUNT_MAX), kept = 0;
    uint32_t kind = chance_below(c, 3);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t len =
            1 + chance_below(c, chance_one_in(c, 40) ? LEDE_KEY_MAX : 12);
        uint8_t *at = lede_arena_alloc(arena, len);

        ck_assert_ptr_nonnull(at);
        for (uint32_t b = 0; b < len; b++)
            at[b] = draw_byte(c, kind);
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
        static lede_key key;
        lede_bytes bytes;
        lede_keys table;

        lede_buffer_clear(&buffer);
        lede_keys_write(&buffer, keys, count);
        bytes = exact_bytes(buffer.at, buffer.len);
        ck_assert(lede_keys_open(&table, bytes, count));
        ck_assert(!lede_keys_open(&table, bytes, count + 1));
        for (uint32_t i = 0; i < count; i++) {
            uint8_t longer[LEDE_KEY_MAX + 1] = { 0 };

            ck_assert_int_eq(lede_keys_find(&table, keys[i], &rank), LEDE_OK);
            ck_assert_uint_eq(rank, i);
            ck_assert_int_eq(lede_keys_at(&table, i, &key), LEDE_OK);
            ck_assert(lede_bytes_equal(lede_key_bytes(&key), keys[i]));
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

static const uint8_t written[] = {
    1,    0,    0,   0,   3, 0, 0, 0,
    16,   0,    0,   0,   0, 0, 0, 0, /* one block, three keys */
    0x22, 2,    'k', '1', /* widths of 2 bits, coding 2; all begin with k1 */
    0,    6,    4,        /* rests of 0, 1 and 3 nibbles */
    0x20, 0x7F,           /* 0; 2 x */
};

static const lede_bytes three[] = { { (const uint8_t *)"k1", 2 },
                                    { (const uint8_t *)"k10", 3 },
                                    { (const uint8_t *)"k12x", 4 } };

START_TEST(keys_are_written_as_the_format_says)
{
    lede_buffer buffer;

    lede_buffer_init(&buffer, NULL);
    lede_keys_write(&buffer, three, 3);
    ck_assert(lede_bytes_equal(lede_buffer_bytes(&buffer),
                               lede_bytes_of(written, sizeof written)));
    lede_buffer_fini(&buffer);
}
END_TEST

/* What each lie about the keys above is found by. */
START_TEST(named_lies_are_found)
{
    static const struct {
        size_t at;
        uint8_t byte;
        size_t longer;
        const char *lie;
    } lies[] = {
        { 8, 15, 0, "a block that begins with another's byte" },
        { 8, 25, 0, "a block behind the end" },
        { 16, 0x32, 0, "no such coding" },
        { 16, 0x2F, 0, "a width that no rest needs" },
        { 17, 200, 0, "a prefix behind the end" },
        { 20, 1, 0, "rests that end behind the block" },
        { 22, 0, 0, "rests that end before the block" },
        { 23, 0xF0, 0, "a rest that ends amid a sign" },
        { 25, 0, 1, "a byte behind the rests" },
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        uint8_t bytes[sizeof written + 1];
        lede_bytes exact;
        lede_keys table;
        lede_key key;
        bool found;

        memcpy(bytes, written, sizeof written);
        bytes[lies[i].at] = lies[i].byte;
        exact = exact_bytes(bytes, sizeof written + lies[i].longer);
        found = !lede_keys_open(&table, exact, 3) ||
                lede_keys_at(&table, 2, &key) != LEDE_OK;
        ck_assert_msg(found, "%s", lies[i].lie);
        exact_free(exact);
    }
}
END_TEST

START_TEST(a_cursor_reads_keys_that_rise)
{
    uint8_t bytes[sizeof written];
    lede_keys_cursor cursor;
    lede_keys table;

    memcpy(bytes, written, sizeof written);
    ck_assert(lede_keys_open(&table, lede_bytes_of(bytes, sizeof bytes), 3));
    lede_keys_cursor_init(&cursor, &table);
    for (uint32_t rank = 0; rank < 3; rank++) {
        ck_assert(lede_keys_cursor_next(&cursor));
        ck_assert_uint_eq(cursor.rank, rank);
        ck_assert(lede_bytes_equal(cursor.key, three[rank]));
    }
    ck_assert(!lede_keys_cursor_next(&cursor));
    ck_assert(!cursor.broken);
    bytes[21] = 5; /* the first is k10, too */
    lede_keys_cursor_init(&cursor, &table);
    ck_assert(lede_keys_cursor_next(&cursor));
    ck_assert(!lede_keys_cursor_next(&cursor));
    ck_assert(cursor.broken);
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
        static lede_key key;

        lede_buffer_clear(&buffer);
        lede_keys_write(&buffer, keys, count);
        for (size_t bit = 0; bit < 8 * buffer.len && bit < 20000; bit++) {
            lede_bytes bytes;
            lede_keys table;

            buffer.at[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            bytes = exact_bytes(buffer.at, buffer.len);
            if (lede_keys_open(&table, bytes, count) && count > 0) {
                (void)lede_keys_find(&table, keys[count / 2], &rank);
                (void)lede_keys_at(&table, count - 1, &key);
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
    tcase_add_test(tcase, keys_are_written_as_the_format_says);
    tcase_add_test(tcase, named_lies_are_found);
    tcase_add_test(tcase, a_cursor_reads_keys_that_rise);
    tcase_add_test(tcase, damaged_keys_never_pass_the_end);
}

int main(void)
{
    return test_suite_run("keys", add_tests);
}
