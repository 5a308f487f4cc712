#include "document/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/schema.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

/* t: text, k: keyword, i: int, r: double, d: date, s: stored, u: a text that
 * is not stored. */
static lede_schema *new_schema(void)
{
    static const struct {
        const char *name;
        lede_kind kind;
        uint32_t flags;
    } fields[] = { { "t", LEDE_TEXT, 0 },
                   { "k", LEDE_KEYWORD, 0 },
                   { "i", LEDE_INT, 0 },
                   { "r", LEDE_DOUBLE, 0 },
                   { "d", LEDE_DATE, 0 },
                   { "s", LEDE_STORED, 0 },
                   { "u", LEDE_TEXT, LEDE_FIELD_UNSTORED } };
    lede_schema *schema = NULL;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lede_field_options options = LEDE_FIELD_OPTIONS;

        options.flags = fields[i].flags;
        ck_assert_int_eq(
            lede_schema_add(schema, fields[i].name, fields[i].kind, &options),
            LEDE_OK);
    }
    return schema;
}

static lede_document *new_document(const lede_allocator *allocator)
{
    lede_document *doc = NULL;

    return lede_document_new(&doc, allocator) == LEDE_OK ? doc : NULL;
}

static void add(lede_document *doc, const char *field, lede_kind kind,
                const char *text, int64_t number, double real)
{
    lede_value value = { kind, number, real, text, strlen(text) };

    (void)lede_document_add(doc, field, &value);
}

static lede_document *rich_document(const lede_allocator *allocator)
{
    lede_document *doc = new_document(allocator);

    if (!doc)
        return NULL;
    add(doc, "k", LEDE_KEYWORD, "world", 0, 0);
    add(doc, "t", LEDE_TEXT, "Title \xFF", 0, 0);
    add(doc, "u", LEDE_TEXT, "not kept", 0, 0);
    add(doc, "i", LEDE_INT, "", INT64_MIN, 0);
    add(doc, "i", LEDE_INT, "", INT64_MAX, 0);
    add(doc, "k", LEDE_KEYWORD, "", 0, 0);
    add(doc, "r", LEDE_DOUBLE, "", 0, -1.5e-300);
    add(doc, "r", LEDE_DOUBLE, "", 0, HUGE_VAL);
    add(doc, "d", LEDE_DATE, "", -1, 0);
    add(doc, "s", LEDE_STORED, "{}", 0, 0);
    add(doc, "Other name", LEDE_STORED, "x", 0, 0);
    add(doc, "", LEDE_STORED, "y", 0, 0);
    add(doc, "i", LEDE_STORED, "from before the field", 0, 0);
    return doc;
}

static void assert_same(const lede_entry *a, const lede_entry *b)
{
    ck_assert_str_eq(a->field, b->field);
    ck_assert_int_eq(lede_value_compare(&a->value, &b->value), 0);
}

START_TEST(stored_values_come_back_in_put_order)
{
    lede_schema *schema = new_schema();
    lede_document *doc = rich_document(NULL), *back = new_document(NULL);
    lede_buffer out;
    size_t at = 0;

    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    ck_assert_int_eq(
        lede_record_decode(back, lede_buffer_bytes(&out), schema, NULL, 0),
        LEDE_OK);
    for (size_t i = 0; i < lede_document_count(doc); i++) {
        const lede_entry *entry = lede_document_entry(doc, i);

        if (strcmp(entry->field, "u") == 0)
            continue;
        ck_assert_uint_lt(at, lede_document_count(back));
        assert_same(entry, lede_document_entry(back, at++));
    }
    ck_assert_uint_eq(lede_document_count(back), at);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_document_free(back);
    lede_schema_free(schema);
}
END_TEST

START_TEST(only_the_fields_asked_for_are_read)
{
    static const uint32_t wanted[] = { 4, 2 }; /* d, i */
    lede_schema *schema = new_schema();
    lede_document *doc = rich_document(NULL), *back = new_document(NULL);
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    ck_assert_int_eq(
        lede_record_decode(back, lede_buffer_bytes(&out), schema, wanted, 2),
        LEDE_OK);
    ck_assert_uint_eq(lede_document_count(back), 4);
    ck_assert_int_eq(lede_document_value(back, "i", 1)->number, INT64_MAX);
    ck_assert_int_eq(lede_document_value(back, "i", 2)->kind, LEDE_STORED);
    ck_assert_int_eq(lede_document_value(back, "d", 0)->number, -1);
    lede_document_clear(back);
    ck_assert_int_eq(
        lede_record_decode(back, lede_buffer_bytes(&out), schema, wanted, 0),
        LEDE_OK);
    ck_assert_uint_eq(lede_document_count(back), 0);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_document_free(back);
    lede_schema_free(schema);
}
END_TEST

START_TEST(the_layout_is_this)
{
    static const uint8_t bytes[] = {
        1,                                                /* version */
        1, 2,    'h', 'i',                                /* t */
        3, 5,                                             /* i: -3 */
        4, 0,    0,   0,           0, 0,   0, 0xE0, 0x3F, /* r: 0.5 */
        5, 0x80, 2,                                       /* d: 128 */
        0, 1,    'x', LEDE_STORED, 1, '7',                /* x */
        0, 1,    'i', LEDE_TEXT,   0,                     /* i, as it was put */
    };
    lede_schema *schema = new_schema();
    lede_document *doc = new_document(NULL);
    lede_buffer out;

    add(doc, "t", LEDE_TEXT, "hi", 0, 0);
    add(doc, "u", LEDE_TEXT, "no", 0, 0);
    add(doc, "i", LEDE_INT, "", -3, 0);
    add(doc, "r", LEDE_DOUBLE, "", 0, 0.5);
    add(doc, "d", LEDE_DATE, "", 128, 0);
    add(doc, "x", LEDE_STORED, "7", 0, 0);
    add(doc, "i", LEDE_TEXT, "", 0, 0);
    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_uint_eq(out.len, sizeof bytes);
    ck_assert_mem_eq(out.at, bytes, sizeof bytes);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_schema_free(schema);
}
END_TEST

START_TEST(an_older_record_reads_in_a_grown_schema)
{
    lede_schema *schema = new_schema();
    lede_document *doc = rich_document(NULL), *back = new_document(NULL);
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    ck_assert_int_eq(lede_schema_add(schema, "later", LEDE_INT, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_record_decode(back, lede_buffer_bytes(&out), schema, NULL, 0),
        LEDE_OK);
    ck_assert_uint_eq(lede_document_count(back), lede_document_count(doc) - 1);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_document_free(back);
    lede_schema_free(schema);
}
END_TEST

START_TEST(an_empty_document_is_a_record)
{
    lede_schema *schema = new_schema();
    lede_document *doc = new_document(NULL);
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    ck_assert_uint_eq(out.len, 1);
    ck_assert_int_eq(
        lede_record_decode(doc, lede_buffer_bytes(&out), schema, NULL, 0),
        LEDE_OK);
    ck_assert_uint_eq(lede_document_count(doc), 0);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_schema_free(schema);
}
END_TEST

START_TEST(every_lie_is_reported)
{
    static const struct {
        const char *lie;
        uint8_t bytes[24];
        size_t len;
        lede_status status;
    } cases[] = {
        { "nothing", { 0 }, 0, LEDE_ERR_CORRUPT },
        { "version 0", { 0 }, 1, LEDE_ERR_CORRUPT },
        { "a newer version", { 2, 1, 0 }, 3, LEDE_ERR_VERSION },
        { "a field past the last", { 1, 8, 0 }, 3, LEDE_ERR_CORRUPT },
        { "field 2^64 - 1",
          { 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0 },
          12,
          LEDE_ERR_CORRUPT },
        { "a text longer than the rest",
          { 1, 1, 5, 'a' },
          4,
          LEDE_ERR_CORRUPT },
        { "a text of 2^64 - 1 bytes",
          { 1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 },
          12,
          LEDE_ERR_CORRUPT },
        { "an int without end", { 1, 3, 128 }, 3, LEDE_ERR_CORRUPT },
        { "an int of 65 bits",
          { 1, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 },
          12,
          LEDE_ERR_CORRUPT },
        { "half a double", { 1, 4, 0, 0, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "a double that is no number",
          { 1, 4, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F },
          10,
          LEDE_ERR_CORRUPT },
        { "a name with a NUL", { 1, 0, 2, 'a', 0, 6, 0 }, 7, LEDE_ERR_CORRUPT },
        { "kind 0", { 1, 0, 1, 'a', 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "kind 7", { 1, 0, 1, 'a', 7, 0 }, 6, LEDE_ERR_CORRUPT },
        { "no kind", { 1, 0, 1, 'a' }, 4, LEDE_ERR_CORRUPT },
        { "no value", { 1, 0, 1, 'a', 6 }, 5, LEDE_ERR_CORRUPT },
    };
    lede_schema *schema = new_schema();
    lede_document *doc = new_document(NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(
            lede_record_decode(doc, lede_bytes_of(cases[i].bytes, cases[i].len),
                               schema, NULL, 0) == cases[i].status,
            "%s", cases[i].lie);
    lede_document_free(doc);
    lede_schema_free(schema);
}
END_TEST

/* Decodes a copy of exactly this size. What is read must write as a record
 * that reads the same. */
static lede_status try_bytes(const uint8_t *bytes, size_t len,
                             const lede_schema *schema)
{
    uint8_t *copy = malloc(len ? len : 1);
    lede_document *doc = new_document(NULL), *back = new_document(NULL);
    lede_status status;
    lede_buffer out;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    status = lede_record_decode(doc, lede_bytes_of(copy, len), schema, NULL, 0);
    free(copy);
    lede_buffer_init(&out, NULL);
    if (status == LEDE_OK) {
        size_t at = 0;

        lede_record_encode(&out, doc, schema);
        ck_assert_int_eq(
            lede_record_decode(back, lede_buffer_bytes(&out), schema, NULL, 0),
            LEDE_OK);
        for (size_t i = 0; i < lede_document_count(doc); i++)
            if (strcmp(lede_document_entry(doc, i)->field, "u") != 0)
                assert_same(lede_document_entry(doc, i),
                            lede_document_entry(back, at++));
        ck_assert_uint_eq(lede_document_count(back), at);
    }
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_document_free(back);
    return status;
}

START_TEST(no_cut_and_no_flipped_bit_crashes)
{
    lede_schema *schema = new_schema();
    lede_document *doc = rich_document(NULL);
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_record_encode(&out, doc, schema);
    for (size_t cut = 0; cut <= out.len; cut++) {
        lede_status status = try_bytes(out.at, cut, schema);

        ck_assert(status == LEDE_OK || status == LEDE_ERR_CORRUPT);
    }
    for (size_t bit = 0; bit < out.len * 8; bit++) {
        out.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        (void)try_bytes(out.at, out.len, schema);
        out.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_schema_free(schema);
}
END_TEST

static lede_status copy_by_record(const lede_allocator *allocator, void *ctx)
{
    const lede_schema *schema = ctx;
    lede_document *doc = rich_document(allocator);
    lede_document *back = doc ? new_document(allocator) : NULL;
    lede_status status = doc ? lede_document_status(doc) : LEDE_ERR_NOMEM;
    lede_buffer out;

    if (!back)
        status = LEDE_ERR_NOMEM;
    lede_buffer_init(&out, allocator);
    if (status == LEDE_OK) {
        lede_record_encode(&out, doc, schema);
        status = out.status;
    }
    if (status == LEDE_OK)
        status =
            lede_record_decode(back, lede_buffer_bytes(&out), schema, NULL, 0);
    lede_buffer_fini(&out);
    lede_document_free(doc);
    lede_document_free(back);
    return status;
}

START_TEST(no_memory_is_told_and_nothing_is_lost)
{
    lede_schema *schema = new_schema();

    ck_assert_uint_ge(failing_alloc_sweep(copy_by_record, schema), 10);
    lede_schema_free(schema);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, stored_values_come_back_in_put_order);
    tcase_add_test(tcase, only_the_fields_asked_for_are_read);
    tcase_add_test(tcase, the_layout_is_this);
    tcase_add_test(tcase, an_older_record_reads_in_a_grown_schema);
    tcase_add_test(tcase, an_empty_document_is_a_record);
    tcase_add_test(tcase, every_lie_is_reported);
    tcase_add_test(tcase, no_cut_and_no_flipped_bit_crashes);
    tcase_add_test(tcase, no_memory_is_told_and_nothing_is_lost);
}

int main(void)
{
    return test_suite_run("record", add_tests);
}
