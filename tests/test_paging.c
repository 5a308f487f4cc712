#include "article/paging.h"
#include "base/map.h"
#include "support/chance.h"
#include "support/suite.h"

#include <string.h>

static lede_arena *arena;

static void set_up(void)
{
    arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    lede_arena_free(arena);
}

static void expect_same(const lede_value *a, const lede_value *b)
{
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->number, b->number);
    ck_assert(a->real == b->real);
    ck_assert(lede_bytes_equal(lede_bytes_of(a->text, a->len),
                               lede_bytes_of(b->text, b->len)));
}

static void expect_back(const lede_page_end *end)
{
    const char *token = lede_page_write(end, arena);
    lede_page_end back;

    ck_assert_ptr_nonnull(token);
    for (const char *c = token; *c; c++)
        ck_assert_msg((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                          (*c >= '0' && *c <= '9') || *c == '-' || *c == '_',
                      "%s", token);
    ck_assert_int_eq(lede_page_read(&back, token, arena), LEDE_OK);
    ck_assert_uint_eq(back.generation, end->generation);
    ck_assert_uint_eq(back.order, end->order);
    ck_assert_int_eq(back.now_seconds, end->now_seconds);
    ck_assert_int_eq(memcmp(&back.hit.score, &end->hit.score, 8), 0);
    ck_assert_uint_eq(back.hit.sequence, end->hit.sequence);
    ck_assert(lede_bytes_equal(back.hit.key, end->hit.key));
    ck_assert_uint_eq(back.value_count, end->value_count);
    for (uint32_t i = 0; i < end->value_count; i++)
        expect_same(&back.hit.values[i], &end->hit.values[i]);
}

static const lede_value some_values[] = {
    { LEDE_NONE, 0, 0, "", 0 },        { LEDE_INT, -5, 0, "", 0 },
    { LEDE_DOUBLE, 0, -2.5, "", 0 },   { LEDE_DATE, INT64_MIN, 0, "", 0 },
    { LEDE_KEYWORD, 0, 0, "a\0b", 3 },
};

static lede_page_end random_end(chance *c)
{
    static uint8_t key[64];
    lede_page_end end = {
        .generation = chance_next(c) >> chance_below(c, 64),
        .order = chance_next(c),
        .now_seconds = (int64_t)chance_next(c),
        .hit = { .score = chance_unit(c) * 100,
                 .sequence = chance_next(c) >> chance_below(c, 64),
                 .values = some_values },
        .value_count = chance_below(c, 6),
    };

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)chance_next(c);
    end.hit.key = lede_bytes_of(key, 1 + chance_below(c, 64));
    return end;
}

START_TEST(a_token_reads_back_to_the_bit)
{
    chance c = chance_from("paging", 1);

    for (int i = 0; i < 2000; i++) {
        lede_page_end end = random_end(&c);

        expect_back(&end);
        lede_arena_clear(arena);
    }
}
END_TEST

START_TEST(a_token_with_one_letter_changed_is_none)
{
    chance c = chance_from("paging damage", 1);
    lede_page_end end = random_end(&c), back;
    const char *whole = lede_page_write(&end, arena);
    size_t len = strlen(whole);

    char *token = lede_arena_text(arena, whole, len);
    for (size_t i = 0; i + 1 < len; i++) {
        token[i] = token[i] == 'A' ? 'B' : 'A';
        ck_assert_int_eq(lede_page_read(&back, token, arena), LEDE_ERR_INVALID);
        token[i] = whole[i];
    }
    for (size_t i = 0; i < len; i++) {
        token[i] = '\0';
        ck_assert_int_eq(lede_page_read(&back, token, arena), LEDE_ERR_INVALID);
        token[i] = whole[i];
    }
}
END_TEST

/* A token of any body, with its checksum. */
static const char *forge(const lede_buffer *body)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                  "qrstuvwxyz0123456789-_";
    static char token[512];
    uint32_t bits = 0, held = 0;
    size_t used = 0;
    lede_buffer all;

    lede_buffer_init(&all, NULL);
    lede_put(&all, body->at, body->len);
    lede_put_u32(&all, (uint32_t)lede_hash_bytes(lede_buffer_bytes(body)));
    for (size_t i = 0; i < all.len; i++) {
        bits = bits << 8 | all.at[i];
        for (held += 8; held >= 6; held -= 6)
            token[used++] = letters[bits >> (held - 6) & 63];
    }
    if (held)
        token[used++] = letters[bits << (6 - held) & 63];
    token[used] = '\0';
    lede_buffer_fini(&all);
    return token;
}

START_TEST(a_forged_token_is_whole_and_of_this_version_or_none)
{
    lede_page_end back;
    lede_buffer body;

    for (unsigned cut = 0; cut < 5; cut++) {
        lede_buffer_init(&body, NULL);
        lede_put_u8(&body, cut == 1 ? 2 : 1);
        lede_put_varint(&body, 5);
        lede_put_u64(&body, 6);
        lede_put_u64(&body, 7);
        lede_put_u64(&body, 0);
        lede_put_varint(&body, 8);
        lede_put_block(&body, lede_bytes_of_text("key"));
        lede_put_varint(&body, cut == 2 ? UINT64_MAX : cut == 3);
        if (cut == 3) {
            lede_put_u8(&body, 99);
            lede_put_u64(&body, 0);
        }
        if (cut == 4)
            lede_put_u8(&body, 0);
        ck_assert_int_eq(lede_page_read(&back, forge(&body), arena),
                         cut ? LEDE_ERR_INVALID : LEDE_OK);
        lede_buffer_fini(&body);
    }
}
END_TEST

START_TEST(other_text_is_no_token)
{
    static const char *const texts[] = {
        "", "A", "AAAA", "a b", "====", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    lede_page_end back;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_int_eq(lede_page_read(&back, texts[i], arena),
                         LEDE_ERR_INVALID);
}
END_TEST

static uint64_t order_of(const char *word, const lede_search_options *options)
{
    lede_query *query;
    uint64_t order;

    ck_assert_int_eq(lede_query_new(&query, NULL), LEDE_OK);
    lede_query_set_root(query,
                        lede_query_term(query, NULL, word, LEDE_TERMINATED));
    order = lede_page_order(query, options);
    lede_query_free(query);
    return order;
}

START_TEST(what_changes_the_order_changes_its_number)
{
    static const lede_sort by_date = { "date", false };
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    uint64_t plain = order_of("ferry", &options);

    ck_assert_uint_eq(order_of("ferry", &options), plain);
    ck_assert_uint_ne(order_of("ferries", &options), plain);
    options.limit = 5;
    options.offset = 7;
    options.snippet = LEDE_SNIPPET_HTML;
    ck_assert_uint_eq(order_of("ferry", &options), plain);
    options.ties = LEDE_TIES_KEY;
    ck_assert_uint_ne(order_of("ferry", &options), plain);
    options.ties = LEDE_TIES_NEWEST;
    options.sort = &by_date;
    options.sort_count = 1;
    ck_assert_uint_ne(order_of("ferry", &options), plain);
    options.sort_count = 0;
    options.k1 = 1.5;
    ck_assert_uint_ne(order_of("ferry", &options), plain);
    options.k1 = 0;
    options.collapse = "section";
    ck_assert_uint_ne(order_of("ferry", &options), plain);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_token_reads_back_to_the_bit);
    tcase_add_test(tcase, a_token_with_one_letter_changed_is_none);
    tcase_add_test(tcase, a_forged_token_is_whole_and_of_this_version_or_none);
    tcase_add_test(tcase, other_text_is_no_token);
    tcase_add_test(tcase, what_changes_the_order_changes_its_number);
}

int main(void)
{
    return test_suite_run("paging", add_tests);
}
