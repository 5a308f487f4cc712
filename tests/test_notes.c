#include "article/notes.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static lede_notes notes;

static void set_up(void)
{
    lede_notes_init(&notes, NULL);
}

static void tear_down(void)
{
    lede_notes_fini(&notes);
}

static lede_status set(const char *name, const char *text)
{
    return lede_notes_set(&notes, name, text, strlen(text));
}

static void expect(const char *name, const char *text)
{
    const lede_note *note = lede_notes_find(&notes, name);

    ck_assert_msg(!note == !text, "%s", name);
    if (note && text)
        ck_assert_str_eq(note->text, text);
}

START_TEST(a_note_is_set_replaced_and_removed)
{
    ck_assert_int_eq(set("a", "one"), LEDE_OK);
    ck_assert_int_eq(set("b", "two"), LEDE_OK);
    ck_assert_int_eq(set("a", "three"), LEDE_OK);
    expect("a", "three");
    expect("b", "two");
    ck_assert_int_eq(set("a", ""), LEDE_OK);
    ck_assert_int_eq(set("never", ""), LEDE_OK);
    expect("a", NULL);
    expect("b", "two");
    ck_assert_uint_eq(notes.bytes, 4);
}
END_TEST

START_TEST(notes_come_back_from_bytes)
{
    lede_buffer buffer;

    ck_assert_int_eq(set("offset", "12345"), LEDE_OK);
    ck_assert_int_eq(lede_notes_set(&notes, "raw", "\0\1\2", 3), LEDE_OK);
    lede_buffer_init(&buffer, NULL);
    lede_notes_write(&buffer, &notes);
    ck_assert_int_eq(set("later", "lost"), LEDE_OK);
    ck_assert_int_eq(lede_notes_read(&notes, lede_buffer_bytes(&buffer)),
                     LEDE_OK);
    expect("offset", "12345");
    expect("later", NULL);
    ck_assert_uint_eq(lede_notes_find(&notes, "raw")->len, 3);
    for (size_t len = 1; len < buffer.len; len++) {
        lede_status status =
            lede_notes_read(&notes, lede_bytes_of(buffer.at, len));

        if (len != 13)
            ck_assert_int_eq(status, LEDE_ERR_CORRUPT);
    }
    lede_buffer_fini(&buffer);
}
END_TEST

START_TEST(all_notes_together_stay_within_64_kib)
{
    char *big = calloc(LEDE_NOTES_BYTES_MAX + 1, 1);

    ck_assert_ptr_nonnull(big);
    ck_assert_int_eq(lede_notes_set(&notes, "n", big, LEDE_NOTES_BYTES_MAX - 1),
                     LEDE_OK);
    ck_assert_int_eq(set("m", "x"), LEDE_ERR_LIMIT);
    ck_assert_int_eq(lede_notes_set(&notes, "n", big, LEDE_NOTES_BYTES_MAX),
                     LEDE_ERR_LIMIT);
    ck_assert_int_eq(set("n", "x"), LEDE_OK);
    ck_assert_int_eq(set("m", "x"), LEDE_OK);
    ck_assert_uint_eq(notes.bytes, 4);
    free(big);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_note_is_set_replaced_and_removed);
    tcase_add_test(tcase, notes_come_back_from_bytes);
    tcase_add_test(tcase, all_notes_together_stay_within_64_kib);
}

int main(void)
{
    return test_suite_run("notes", add_tests);
}
