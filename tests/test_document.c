#include "document/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static lede_document *new_document(void)
{
    lede_document *doc = NULL;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    return doc;
}

START_TEST(values_come_back_in_order_byte_for_byte)
{
    lede_document *doc = new_document();
    const lede_value *value;

    ck_assert_int_eq(lede_document_add_text(doc, "tags", "oil\0gas", 7),
                     LEDE_OK);
    ck_assert_int_eq(lede_document_add_int(doc, "year", INT64_MIN), LEDE_OK);
    ck_assert_int_eq(lede_document_add_text(doc, "tags", "\xFF\x80", 2),
                     LEDE_OK);
    ck_assert_int_eq(lede_document_add_double(doc, "rating", 0.1), LEDE_OK);
    ck_assert_int_eq(lede_document_add_text(doc, "tags", NULL, 0), LEDE_OK);
    ck_assert_int_eq(
        lede_document_add_text(doc, "tags", "iraq", LEDE_TERMINATED), LEDE_OK);

    value = lede_document_value(doc, "tags", 0);
    ck_assert_int_eq(value->kind, LEDE_TEXT);
    ck_assert_uint_eq(value->len, 7);
    ck_assert_mem_eq(value->text, "oil\0gas", 8);
    ck_assert_mem_eq(lede_document_value(doc, "tags", 1)->text, "\xFF\x80", 3);
    ck_assert_uint_eq(lede_document_value(doc, "tags", 2)->len, 0);
    ck_assert_str_eq(lede_document_value(doc, "tags", 2)->text, "");
    ck_assert_str_eq(lede_document_value(doc, "tags", 3)->text, "iraq");
    ck_assert_uint_eq(lede_document_value(doc, "tags", 3)->len, 4);
    ck_assert_int_eq(lede_document_value(doc, "year", 0)->number, INT64_MIN);
    ck_assert_double_eq(lede_document_value(doc, "rating", 0)->real, 0.1);

    ck_assert_str_eq(lede_document_field(doc, 0), "tags");
    ck_assert_str_eq(lede_document_field(doc, 1), "year");
    ck_assert_str_eq(lede_document_field(doc, 2), "rating");
    ck_assert_ptr_null(lede_document_field(doc, 3));
    ck_assert_uint_eq(lede_document_count(doc), 6);
    ck_assert_str_eq(lede_document_entry(doc, 3)->field, "rating");
    ck_assert_ptr_eq(lede_document_entry(doc, 0)->field,
                     lede_document_entry(doc, 5)->field);
    ck_assert_ptr_null(lede_document_entry(doc, 6));
    ck_assert_uint_eq(lede_document_bytes(doc), 7 + 8 + 2 + 8 + 0 + 4);
    lede_document_free(doc);
}
END_TEST

START_TEST(what_is_not_there_is_none_and_empty)
{
    lede_document *doc = new_document();

    ck_assert_int_eq(lede_document_value(doc, "title", 0)->kind, LEDE_NONE);
    ck_assert_str_eq(lede_document_text(doc, "title"), "");
    ck_assert_ptr_null(lede_document_field(doc, 0));
    ck_assert_int_eq(lede_document_add_int(doc, "title", 5), LEDE_OK);
    ck_assert_str_eq(lede_document_text(doc, "title"), "");
    ck_assert_int_eq(lede_document_value(doc, "title", 1)->kind, LEDE_NONE);
    ck_assert_int_eq(lede_document_value(doc, "title", SIZE_MAX)->kind,
                     LEDE_NONE);
    lede_document_free(doc);
}
END_TEST

START_TEST(a_text_is_copied)
{
    lede_document *doc = new_document();
    char field[] = "title", text[] = "Iraq";

    ck_assert_int_eq(lede_document_add_text(doc, field, text, 4), LEDE_OK);
    memset(field, 'x', 5);
    memset(text, 'x', 4);
    ck_assert_str_eq(lede_document_text(doc, "title"), "Iraq");
    ck_assert_str_eq(lede_document_field(doc, 0), "title");
    lede_document_free(doc);
}
END_TEST

START_TEST(a_failure_stays_until_clear)
{
    lede_document *doc = new_document();

    ck_assert_int_eq(lede_document_add_int(doc, "year", 1), LEDE_OK);
    ck_assert_int_eq(lede_document_add_double(doc, "rating", (double)NAN),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_status(doc), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_add_int(doc, "year", 2), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_remove(doc, "year"), LEDE_ERR_INVALID);
    ck_assert_uint_eq(lede_document_count(doc), 1);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_status(doc), LEDE_OK);
    ck_assert_uint_eq(lede_document_count(doc), 0);
    ck_assert_uint_eq(lede_document_bytes(doc), 0);
    ck_assert_ptr_null(lede_document_field(doc, 0));
    ck_assert_int_eq(lede_document_value(doc, "year", 0)->kind, LEDE_NONE);
    ck_assert_int_eq(lede_document_add_int(doc, "year", 2), LEDE_OK);
    ck_assert_int_eq(lede_document_value(doc, "year", 0)->number, 2);
    lede_document_free(doc);
}
END_TEST

START_TEST(wrong_arguments_are_invalid_not_crashes)
{
    static const lede_value none = { .kind = LEDE_NONE, .text = "" };
    static const lede_value strange = { .kind = (lede_kind)99, .text = "" };
    lede_document *doc = new_document();

    ck_assert_int_eq(lede_document_new(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_add_int(NULL, "a", 1), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_add_text(doc, NULL, "a", 1),
                     LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_add_text(doc, "a", NULL, 1),
                     LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_add_text(doc, "a", NULL, LEDE_TERMINATED),
                     LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_add(doc, "a", NULL), LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_add(doc, "a", &none), LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_add(doc, "a", &strange), LEDE_ERR_INVALID);
    lede_document_clear(doc);
    ck_assert_int_eq(lede_document_remove(NULL, "a"), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_remove(doc, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_document_value(NULL, "a", 0)->kind, LEDE_NONE);
    ck_assert_int_eq(lede_document_value(doc, NULL, 0)->kind, LEDE_NONE);
    ck_assert_str_eq(lede_document_text(NULL, NULL), "");
    ck_assert_ptr_null(lede_document_field(NULL, 0));
    lede_document_free(doc);
    lede_document_clear(NULL);
    lede_document_free(NULL);
}
END_TEST

START_TEST(minus_zero_is_zero)
{
    lede_document *doc = new_document();

    ck_assert_int_eq(lede_document_add_double(doc, "a", -0.0), LEDE_OK);
    ck_assert(!signbit(lede_document_value(doc, "a", 0)->real));
    ck_assert_int_eq(lede_document_add_double(doc, "a", -HUGE_VAL), LEDE_OK);
    ck_assert_double_eq(lede_document_value(doc, "a", 1)->real, -HUGE_VAL);
    lede_document_free(doc);
}
END_TEST

START_TEST(remove_takes_a_field_and_keeps_the_order_of_the_others)
{
    lede_document *doc = new_document();

    for (int i = 0; i < 9; i++) {
        static const char *const names[] = { "a", "b", "c" };

        ck_assert_int_eq(lede_document_add_int(doc, names[i % 3], i), LEDE_OK);
    }
    ck_assert_int_eq(lede_document_remove(doc, "b"), LEDE_OK);
    ck_assert_int_eq(lede_document_remove(doc, "b"), LEDE_OK);
    ck_assert_int_eq(lede_document_remove(doc, "none"), LEDE_OK);
    ck_assert_uint_eq(lede_document_count(doc), 6);
    ck_assert_uint_eq(lede_document_bytes(doc), 48);
    ck_assert_str_eq(lede_document_field(doc, 0), "a");
    ck_assert_str_eq(lede_document_field(doc, 1), "c");
    ck_assert_ptr_null(lede_document_field(doc, 2));
    ck_assert_int_eq(lede_document_value(doc, "b", 0)->kind, LEDE_NONE);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(lede_document_value(doc, "a", i)->number,
                         3 * (int64_t)i);
        ck_assert_int_eq(lede_document_value(doc, "c", i)->number,
                         3 * (int64_t)i + 2);
    }
    ck_assert_int_eq(lede_document_value(doc, "c", 3)->kind, LEDE_NONE);
    ck_assert_int_eq(lede_document_add_int(doc, "b", 9), LEDE_OK);
    ck_assert_int_eq(lede_document_value(doc, "b", 0)->number, 9);
    ck_assert_str_eq(lede_document_field(doc, 2), "b");
    lede_document_free(doc);
}
END_TEST

/* Against an array of pairs that is searched from its beginning. */
START_TEST(any_order_of_calls_is_as_a_plain_list)
{
    static struct {
        uint32_t field;
        int64_t number;
    } list[4096];
    size_t count = 0;
    chance c = chance_from("document", 1);
    lede_document *doc = new_document();

    for (int64_t step = 0; step < 20000; step++) {
        uint32_t field = chance_below(&c, 40);
        char name[8];

        (void)snprintf(name, sizeof name, "f%u", (unsigned)field);
        if (count == 4096 || chance_one_in(&c, 5000)) {
            lede_document_clear(doc);
            count = 0;
        } else if (chance_one_in(&c, 100)) {
            size_t kept = 0;

            ck_assert_int_eq(lede_document_remove(doc, name), LEDE_OK);
            for (size_t i = 0; i < count; i++)
                if (list[i].field != field)
                    list[kept++] = list[i];
            count = kept;
        } else {
            ck_assert_int_eq(lede_document_add_int(doc, name, step), LEDE_OK);
            list[count].field = field;
            list[count++].number = step;
        }
        ck_assert_uint_eq(lede_document_count(doc), count);
        if (!chance_one_in(&c, 50))
            continue;
        for (size_t i = 0, nth = 0; i < count; i++) {
            ck_assert_int_eq(lede_document_entry(doc, i)->value.number,
                             list[i].number);
            if (list[i].field == field)
                ck_assert_int_eq(lede_document_value(doc, name, nth++)->number,
                                 list[i].number);
        }
    }
    lede_document_free(doc);
}
END_TEST

START_TEST(values_are_ordered_by_kind_then_content)
{
    static const lede_value rising[] = {
        { .kind = LEDE_TEXT, .text = "" },
        { .kind = LEDE_TEXT, .text = "a", .len = 1 },
        { .kind = LEDE_TEXT, .text = "ab", .len = 2 },
        { .kind = LEDE_TEXT, .text = "b", .len = 1 },
        { .kind = LEDE_TEXT, .text = "\xC3", .len = 1 },
        { .kind = LEDE_KEYWORD, .text = "a", .len = 1 },
        { .kind = LEDE_INT, .number = INT64_MIN, .text = "" },
        { .kind = LEDE_INT, .number = -1, .text = "" },
        { .kind = LEDE_INT, .number = INT64_MAX, .text = "" },
        { .kind = LEDE_DOUBLE, .real = -HUGE_VAL, .text = "" },
        { .kind = LEDE_DOUBLE, .real = -0.5, .text = "" },
        { .kind = LEDE_DOUBLE, .real = 1e300, .text = "" },
        { .kind = LEDE_DATE, .number = 0, .text = "" },
        { .kind = LEDE_STORED, .text = "", .len = 0 },
    };
    int count = sizeof rising / sizeof *rising;

    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            ck_assert_int_eq(lede_value_compare(&rising[i], &rising[j]),
                             (i > j) - (i < j));
}
END_TEST

static lede_status build(const lede_allocator *allocator, void *ctx)
{
    lede_document *doc = NULL;
    lede_status status = lede_document_new(&doc, allocator);
    char text[9000];

    (void)ctx;
    memset(text, 'x', sizeof text);
    for (int i = 0; status == LEDE_OK && i < 200; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "f%d", i % 30);
        status = lede_document_add_text(doc, name, text, (size_t)i * 40);
        if (status != LEDE_OK)
            ck_assert_int_eq(lede_document_status(doc), status);
        if (i == 100 && status == LEDE_OK)
            status = lede_document_remove(doc, "f7");
    }
    lede_document_free(doc);
    return status;
}

/* Borrows many values of many names, then keeps them when `keeps`. */
static lede_status borrow(const lede_allocator *allocator, void *ctx)
{
    const bool *keeps = ctx;
    char names[20][8], text[] = "borrowed";
    lede_document *doc = NULL;
    lede_status status = lede_document_new(&doc, allocator);

    for (uint32_t i = 0; status == LEDE_OK && i < 60; i++) {
        lede_value value = { .kind = LEDE_TEXT, .text = text, .len = i % 9 };

        (void)snprintf(names[i % 20], sizeof names[0], "n%u", i % 20);
        if (i % 5 == 4)
            value = (lede_value){ .kind = LEDE_INT, .number = i };
        status = lede_document_borrow(doc, names[i % 20], &value);
    }
    if (status == LEDE_OK && *keeps)
        status = lede_document_keep(doc);
    if (status == LEDE_OK && *keeps) {
        memset(names, 'x', sizeof names);
        memset(text, 'x', sizeof text);
    }
    for (uint32_t i = 0; status == LEDE_OK && i < 60; i++) {
        const lede_entry *entry = lede_document_entry(doc, i);
        char name[8];

        (void)snprintf(name, sizeof name, "n%u", i % 20);
        ck_assert_str_eq(entry->field, name);
        ck_assert(lede_document_value(doc, name, i / 20) == &entry->value);
        if (i % 5 == 4)
            ck_assert_int_eq(entry->value.number, i);
        else
            ck_assert(entry->value.len == i % 9 &&
                      memcmp(entry->value.text, "borrowed", i % 9) == 0);
    }
    if (status == LEDE_OK) {
        ck_assert_int_eq(lede_document_remove(doc, "n3"), LEDE_OK);
        ck_assert_uint_eq(lede_document_count(doc), 57);
        ck_assert_str_eq(lede_document_field(doc, 3), "n4");
    }
    lede_document_free(doc);
    return status;
}

START_TEST(what_is_borrowed_is_there_until_it_is_kept_and_then_its_own)
{
    bool keeps = _i != 0;

    ck_assert_uint_ge(failing_alloc_sweep(borrow, &keeps), 5);
}
END_TEST

START_TEST(no_memory_is_told_and_nothing_is_lost)
{
    ck_assert_uint_ge(failing_alloc_sweep(build, NULL), 20);
}
END_TEST

START_TEST(a_cleared_document_asks_for_no_more_memory)
{
    failing_alloc failing;
    lede_document *doc = NULL;
    uint64_t calls = 0;

    failing_alloc_init(&failing, 0, false);
    ck_assert_int_eq(lede_document_new(&doc, &failing.allocator), LEDE_OK);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 20; i++)
            ck_assert_int_eq(
                lede_document_add_text(doc, i % 2 ? "a" : "b", "text", 4),
                LEDE_OK);
        if (round > 0)
            ck_assert_uint_eq(failing.calls, calls);
        calls = failing.calls;
        lede_document_clear(doc);
    }
    lede_document_free(doc);
    failing_alloc_check(&failing);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, values_come_back_in_order_byte_for_byte);
    tcase_add_test(tcase, what_is_not_there_is_none_and_empty);
    tcase_add_test(tcase, a_text_is_copied);
    tcase_add_test(tcase, a_failure_stays_until_clear);
    tcase_add_test(tcase, wrong_arguments_are_invalid_not_crashes);
    tcase_add_test(tcase, minus_zero_is_zero);
    tcase_add_test(tcase,
                   remove_takes_a_field_and_keeps_the_order_of_the_others);
    tcase_add_test(tcase, any_order_of_calls_is_as_a_plain_list);
    tcase_add_test(tcase, values_are_ordered_by_kind_then_content);
    tcase_add_loop_test(
        tcase, what_is_borrowed_is_there_until_it_is_kept_and_then_its_own, 0,
        2);
    tcase_add_test(tcase, no_memory_is_told_and_nothing_is_lost);
    tcase_add_test(tcase, a_cleared_document_asks_for_no_more_memory);
}

int main(void)
{
    return test_suite_run("document", add_tests);
}
