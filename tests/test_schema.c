#include "document/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "support/failing_alloc.h"
#include "support/suite.h"

static lede_schema *new_schema(void)
{
    lede_schema *schema = NULL;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    return schema;
}

/* The status of adding one field to a schema without any. */
static lede_status add_status(const char *name, lede_kind kind, uint32_t flags,
                              double weight)
{
    lede_schema *schema = new_schema();
    lede_field_options options = LEDE_FIELD_OPTIONS;
    lede_status status;

    options.flags = flags;
    options.weight = weight;
    status = lede_schema_add(schema, name, kind, &options);
    ck_assert_int_eq(lede_schema_status(schema), status);
    ck_assert_uint_eq(lede_schema_count(schema), status == LEDE_OK);
    lede_schema_free(schema);
    return status;
}

START_TEST(the_article_schema_is_as_documented)
{
    static const struct {
        const char *name;
        lede_kind kind;
        uint32_t weight;
        bool words;
        bool by_default;
        bool column;
    } fields[] = {
        { "title", LEDE_TEXT, 512, true, true, false },
        { "body", LEDE_TEXT, 256, true, true, false },
        { "author", LEDE_KEYWORD, 256, true, false, true },
        { "source", LEDE_KEYWORD, 256, true, false, true },
        { "section", LEDE_KEYWORD, 256, true, false, true },
        { "tags", LEDE_KEYWORD, 256, true, false, true },
        { "url", LEDE_KEYWORD, 256, false, false, true },
        { "lang", LEDE_KEYWORD, 256, false, false, true },
        { "date", LEDE_DATE, 256, false, false, true },
    };
    lede_schema *schema = NULL;

    ck_assert_int_eq(lede_schema_new_article(&schema, NULL), LEDE_OK);
    ck_assert_uint_eq(lede_schema_count(schema), 9);
    ck_assert_ptr_null(lede_schema_field(schema, 9));
    ck_assert(!lede_schema_is_open(schema));
    for (uint32_t i = 0; i < 9; i++) {
        const lede_field *field = lede_schema_field(schema, i);

        ck_assert_str_eq(field->name, fields[i].name);
        ck_assert_int_eq(field->kind, fields[i].kind);
        ck_assert_uint_eq(lede_field_weight(field), fields[i].weight);
        ck_assert_int_eq(lede_field_has_words(field), fields[i].words);
        ck_assert_int_eq(lede_field_has_positions(field), fields[i].words);
        ck_assert_int_eq(lede_field_is_default(field), fields[i].by_default);
        ck_assert_int_eq(lede_field_has_column(field), fields[i].column);
        ck_assert(lede_field_is_stored(field));
        ck_assert_uint_eq(lede_schema_place(schema, field->name), i);
        ck_assert_ptr_eq(lede_schema_find(schema, field->name), field);
    }
    lede_schema_free(schema);
}
END_TEST

START_TEST(a_name_matches_the_pattern_and_is_not_key)
{
    static const struct {
        const char *name;
        lede_status status;
    } names[] = {
        { "a", LEDE_OK },
        { "_", LEDE_OK },
        { "z9_z", LEDE_OK },
        { "keys", LEDE_OK },
        { "ke", LEDE_OK },
        { "abcdefghijklmnopqrstuvwxyz_0123456789_abcdefghijklmnopqrstuvwxy_",
          LEDE_OK },
        { "abcdefghijklmnopqrstuvwxyz_0123456789_abcdefghijklmnopqrstuvwxy_z",
          LEDE_ERR_INVALID },
        { "", LEDE_ERR_INVALID },
        { "key", LEDE_ERR_INVALID },
        { "9a", LEDE_ERR_INVALID },
        { "Title", LEDE_ERR_INVALID },
        { "a-b", LEDE_ERR_INVALID },
        { "a b", LEDE_ERR_INVALID },
        { "a.b", LEDE_ERR_INVALID },
        { "\xC3\xA9", LEDE_ERR_INVALID },
        { "a`", LEDE_ERR_INVALID },
        { "a{", LEDE_ERR_INVALID },
        { NULL, LEDE_ERR_INVALID },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(add_status(names[i].name, LEDE_TEXT, 0, 0) ==
                          names[i].status,
                      "%s", names[i].name ? names[i].name : "NULL");
}
END_TEST

START_TEST(a_weight_is_rounded_to_256ths)
{
    static const struct {
        double weight;
        uint32_t n; /* 0: refused */
    } weights[] = {
        { 0, 256 },         { 1, 256 },         { 2, 512 },
        { 0.5, 128 },       { 1e-9, 1 },        { 1.0 / 256, 1 },
        { 1.0 / 512, 1 },   { 0.8, 205 },       { 255, 65280 },
        { 255.001, 65280 }, { 255.01, 0 },      { 256, 0 },
        { -1, 0 },          { -1e-9, 0 },       { HUGE_VAL, 0 },
        { -HUGE_VAL, 0 },   { (double)NAN, 0 }, { 1e300, 0 },
    };

    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        lede_schema *schema = new_schema();
        lede_field_options options = LEDE_FIELD_OPTIONS;
        lede_status status;

        options.weight = weights[i].weight;
        status = lede_schema_add(schema, "a", LEDE_TEXT, &options);
        ck_assert_msg(status == (weights[i].n ? LEDE_OK : LEDE_ERR_INVALID),
                      "%g", weights[i].weight);
        if (status == LEDE_OK)
            ck_assert_uint_eq(lede_field_weight(lede_schema_field(schema, 0)),
                              weights[i].n);
        lede_schema_free(schema);
    }
}
END_TEST

START_TEST(flags_must_fit_the_kind)
{
    ck_assert_int_eq(add_status("a", LEDE_KEYWORD, LEDE_FIELD_WORDS, 0),
                     LEDE_OK);
    ck_assert_int_eq(add_status("a", LEDE_TEXT, LEDE_FIELD_WORDS, 0),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_INT, LEDE_FIELD_WORDS, 0),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_TEXT, LEDE_FIELD_NO_POSITIONS, 0),
                     LEDE_OK);
    ck_assert_int_eq(add_status("a", LEDE_KEYWORD, LEDE_FIELD_NO_POSITIONS, 0),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_KEYWORD,
                                LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_WORDS, 0),
                     LEDE_OK);
    ck_assert_int_eq(add_status("a", LEDE_STORED, LEDE_FIELD_UNSTORED, 0),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_DATE, LEDE_FIELD_UNSTORED, 0),
                     LEDE_OK);
    ck_assert_int_eq(add_status("a", LEDE_TEXT, 64, 0), LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_TEXT, 1U << 31, 0), LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", LEDE_NONE, 0, 0), LEDE_ERR_INVALID);
    ck_assert_int_eq(add_status("a", (lede_kind)(LEDE_STORED + 1), 0, 0),
                     LEDE_ERR_INVALID);
}
END_TEST

START_TEST(flags_say_what_a_field_is_for)
{
    static const struct {
        lede_kind kind;
        uint32_t flags;
        bool words, positions, by_default, column, stored;
    } cases[] = {
        { LEDE_TEXT, 0, true, true, true, false, true },
        { LEDE_TEXT, LEDE_FIELD_UNINDEXED, false, false, false, false, true },
        { LEDE_TEXT, LEDE_FIELD_NO_POSITIONS, true, false, true, false, true },
        { LEDE_TEXT, LEDE_FIELD_NAMED_ONLY, true, true, false, false, true },
        { LEDE_TEXT, LEDE_FIELD_UNSTORED, true, true, true, false, false },
        { LEDE_KEYWORD, 0, false, false, false, true, true },
        { LEDE_KEYWORD, LEDE_FIELD_WORDS, true, true, true, true, true },
        { LEDE_KEYWORD, LEDE_FIELD_WORDS | LEDE_FIELD_UNINDEXED, false, false,
          false, true, true },
        { LEDE_KEYWORD, LEDE_FIELD_NO_COLUMN, false, false, false, false,
          true },
        { LEDE_INT, 0, false, false, false, true, true },
        { LEDE_DOUBLE, 0, false, false, false, true, true },
        { LEDE_DATE, LEDE_FIELD_NO_COLUMN, false, false, false, false, true },
        { LEDE_STORED, 0, false, false, false, false, true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_field field = { "a", cases[i].kind, cases[i].flags, 1 };

        ck_assert_int_eq(lede_field_has_words(&field), cases[i].words);
        ck_assert_int_eq(lede_field_has_positions(&field), cases[i].positions);
        ck_assert_int_eq(lede_field_is_default(&field), cases[i].by_default);
        ck_assert_int_eq(lede_field_has_column(&field), cases[i].column);
        ck_assert_int_eq(lede_field_is_stored(&field), cases[i].stored);
    }
}
END_TEST

START_TEST(the_first_failure_stays)
{
    lede_schema *schema = new_schema(), *copy = NULL;

    ck_assert_int_eq(lede_schema_add(schema, "a", LEDE_TEXT, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(schema, "a", LEDE_INT, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_add(schema, "b", LEDE_INT, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_set_open(schema, true), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_set_analyzer(schema, NULL), LEDE_ERR_INVALID);
    ck_assert_uint_eq(lede_schema_count(schema), 1);
    ck_assert_int_eq(lede_schema_find(schema, "a")->kind, LEDE_TEXT);
    ck_assert_ptr_null(lede_schema_find(schema, "b"));
    ck_assert(!lede_schema_is_open(schema));
    ck_assert_int_eq(lede_schema_copy(&copy, schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_status(copy), LEDE_ERR_INVALID);
    lede_schema_free(copy);
    lede_schema_free(schema);
}
END_TEST

START_TEST(a_thousand_fields_are_the_limit)
{
    lede_schema *schema = new_schema();
    char name[16];

    for (int i = 0; i < LEDE_FIELDS_MAX; i++) {
        (void)snprintf(name, sizeof name, "f%d", i);
        ck_assert_int_eq(lede_schema_add(schema, name, LEDE_INT, NULL),
                         LEDE_OK);
    }
    ck_assert_uint_eq(lede_schema_place(schema, "f777"), 777);
    ck_assert_uint_eq(lede_schema_place(schema, "f1000"), LEDE_NO_FIELD);
    ck_assert_int_eq(lede_schema_add(schema, "one_more", LEDE_INT, NULL),
                     LEDE_ERR_LIMIT);
    ck_assert_uint_eq(lede_schema_count(schema), LEDE_FIELDS_MAX);
    lede_schema_free(schema);
}
END_TEST

START_TEST(wrong_arguments_are_invalid_not_crashes)
{
    lede_schema *schema = new_schema();
    lede_schema *out = NULL;

    ck_assert_int_eq(lede_schema_new(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_new_article(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_copy(NULL, schema, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_copy(&out, NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_add(NULL, "a", LEDE_INT, NULL),
                     LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_set_open(NULL, true), LEDE_ERR_INVALID);
    ck_assert_int_eq(lede_schema_set_analyzer(NULL, NULL), LEDE_ERR_INVALID);
    ck_assert_ptr_null(lede_schema_field(NULL, 0));
    ck_assert_ptr_null(lede_schema_find(NULL, "a"));
    ck_assert_ptr_null(lede_schema_find(schema, NULL));
    lede_schema_free(schema);
    lede_schema_free(NULL);
}
END_TEST

START_TEST(options_of_another_size_are_refused)
{
    lede_schema *schema = new_schema();
    lede_field_options options = LEDE_FIELD_OPTIONS;

    options.size = 8;
    ck_assert_int_eq(lede_schema_add(schema, "a", LEDE_INT, &options),
                     LEDE_ERR_INVALID);
    lede_schema_free(schema);
}
END_TEST

START_TEST(the_analyzer_is_complete)
{
    static const struct {
        const char *given, *kept; /* kept NULL: refused */
    } languages[] = {
        { NULL, "en" },       { "", "" },
        { "en fr", "en fr" }, { "  de   tr ", "de tr" },
        { "   ", "" },        { "de", "de" },
        { "EN", NULL },       { "en,fr", NULL },
        { "en\tfr", NULL },   { "\xC3\xA9", NULL },
    };
    lede_schema *schema = new_schema();
    const lede_analyzer_options *kept = lede_schema_analyzer(schema);

    ck_assert_uint_eq(kept->size, sizeof *kept);
    ck_assert_uint_eq(kept->words, 0);
    ck_assert_uint_eq(kept->forms, 15);
    ck_assert_str_eq(kept->languages, "en");
    lede_schema_free(schema);
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;

        schema = new_schema();
        options.languages = languages[i].given;
        options.forms = LEDE_FORM_STEM;
        if (languages[i].kept) {
            ck_assert_int_eq(lede_schema_set_analyzer(schema, &options),
                             LEDE_OK);
            kept = lede_schema_analyzer(schema);
            ck_assert_str_eq(kept->languages, languages[i].kept);
            ck_assert_uint_eq(kept->forms, LEDE_FORM_STEM | LEDE_FORM_EXACT);
        } else {
            ck_assert_int_eq(lede_schema_set_analyzer(schema, &options),
                             LEDE_ERR_INVALID);
        }
        lede_schema_free(schema);
    }
}
END_TEST

START_TEST(unknown_bits_of_the_analyzer_are_invalid)
{
    lede_schema *schema = new_schema();
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;

    options.words = 8;
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &options),
                     LEDE_ERR_INVALID);
    lede_schema_free(schema);
    schema = new_schema();
    options.words = 0;
    options.forms = 16;
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &options),
                     LEDE_ERR_INVALID);
    lede_schema_free(schema);
}
END_TEST

/* A schema of fields "name kind flags weight", as `a1`: all one character. */
static lede_schema *schema_of(const char *fields, uint32_t words)
{
    lede_schema *schema = new_schema();
    lede_analyzer_options analyzer = LEDE_ANALYZER_OPTIONS;

    for (const char *at = fields; *at; at += 4) {
        char name[2] = { at[0], '\0' };
        lede_field_options options = LEDE_FIELD_OPTIONS;

        options.flags = (uint32_t)(at[2] - '0');
        options.weight = at[3] - '0';
        ck_assert_int_eq(
            lede_schema_add(schema, name, (lede_kind)(at[1] - '0'), &options),
            LEDE_OK);
    }
    analyzer.words = words;
    ck_assert_int_eq(lede_schema_set_analyzer(schema, &analyzer), LEDE_OK);
    return schema;
}

START_TEST(a_schema_grows_only_at_its_end)
{
    static const struct {
        const char *now, *next;
        uint32_t words;
        const char *where; /* NULL: allowed */
    } cases[] = {
        { "", "", 0, NULL },
        { "", "a101", 0, NULL },
        { "a101b201", "a101b201", 0, NULL },
        { "a101b201", "a101b201c301", 0, NULL },
        { "a101b201", "a109b205", 0, NULL },
        { "a101b201", "a101", 0, "b" },
        { "a101b201", "b201a101", 0, "a" },
        { "a101b201", "a101c201b201", 0, "b" },
        { "a101b201", "a101b301", 0, "b" },
        { "a101b201", "a121b201", 0, "a" },
        { "a101", "a101", 1, "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_schema *now = schema_of(cases[i].now, 0);
        lede_schema *next = schema_of(cases[i].next, cases[i].words);
        lede_error err = { .where = "" };
        lede_status status = lede_schema_extends(next, now, &err);

        ck_assert_int_eq(status, cases[i].where ? LEDE_ERR_INVALID : LEDE_OK);
        ck_assert_str_eq(err.where, cases[i].where ? cases[i].where : "");
        ck_assert_int_eq(err.message[0] != '\0', cases[i].where != NULL);
        lede_schema_free(now);
        lede_schema_free(next);
    }
}
END_TEST

START_TEST(a_part_may_stand_in_any_order)
{
    static const struct {
        const char *whole, *part;
        uint32_t words;
        const char *where; /* NULL: contained */
    } cases[] = {
        { "a101b201c301", "c301a101", 0, NULL },
        { "a101b201", "a109", 0, NULL },
        { "a101b201", "", 0, NULL },
        { "a101b201", "d101", 0, "d" },
        { "a101b201", "b301", 0, "b" },
        { "a101b201", "b211", 0, "b" },
        { "a101", "a101", 2, "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_schema *whole = schema_of(cases[i].whole, 0);
        lede_schema *part = schema_of(cases[i].part, cases[i].words);
        lede_error err = { .where = "" };

        ck_assert_int_eq(lede_schema_contains(whole, part, &err),
                         cases[i].where ? LEDE_ERR_INVALID : LEDE_OK);
        ck_assert_str_eq(err.where, cases[i].where ? cases[i].where : "");
        lede_schema_free(whole);
        lede_schema_free(part);
    }
}
END_TEST

static lede_schema *rich_schema(const lede_allocator *allocator)
{
    lede_schema *schema = NULL;
    lede_analyzer_options analyzer = LEDE_ANALYZER_OPTIONS;
    lede_field_options options = LEDE_FIELD_OPTIONS;

    if (lede_schema_new_article(&schema, allocator) != LEDE_OK)
        return NULL;
    analyzer.words = LEDE_WORDS_NO_BIGRAM;
    analyzer.forms = LEDE_FORM_FOLD;
    analyzer.languages = "de tr";
    options.weight = 1.5;
    if (lede_schema_set_analyzer(schema, &analyzer) != LEDE_OK ||
        lede_schema_set_open(schema, true) != LEDE_OK ||
        lede_schema_add(schema, "rating", LEDE_DOUBLE, &options) != LEDE_OK) {
        lede_schema_free(schema);
        return NULL;
    }
    return schema;
}

START_TEST(a_copy_is_equal_and_outlives_its_original)
{
    lede_schema *schema = rich_schema(NULL), *again = rich_schema(NULL);
    lede_schema *copy = NULL;

    ck_assert_int_eq(lede_schema_copy(&copy, schema, NULL), LEDE_OK);
    lede_schema_free(schema);
    ck_assert(lede_schema_equal(copy, again));
    ck_assert_str_eq(lede_schema_analyzer(copy)->languages, "de tr");
    ck_assert_int_eq(lede_schema_add(copy, "extra", LEDE_INT, NULL), LEDE_OK);
    ck_assert(!lede_schema_equal(copy, again));
    lede_schema_free(copy);
    lede_schema_free(again);
}
END_TEST

START_TEST(equal_schemas_agree_in_everything)
{
    lede_schema *a = schema_of("a101b201", 0);
    static const char *const others[] = { "a101", "a101c201", "a101b301",
                                          "a111b201", "a102b201" };
    lede_schema *b;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        b = schema_of(others[i], 0);
        ck_assert(!lede_schema_equal(a, b));
        lede_schema_free(b);
    }
    b = schema_of("a101b201", 1);
    ck_assert(!lede_schema_equal(a, b));
    lede_schema_free(b);
    b = schema_of("a101b201", 0);
    ck_assert(lede_schema_equal(a, b));
    ck_assert_int_eq(lede_schema_set_open(b, true), LEDE_OK);
    ck_assert(!lede_schema_equal(a, b));
    lede_schema_free(b);
    lede_schema_free(a);
}
END_TEST

#define SMALL                                                               \
    1, 0, 2, 15, 2, 'e', 'n', 2, /* a: text, named only, 2 */ 1, 'a', 1, 8, \
        0x80, 4, /* bc: date, 1 */ 2, 'b', 'c', 5, 0, 0x80, 2

START_TEST(the_layout_is_this)
{
    static const uint8_t bytes[] = { SMALL };
    lede_schema *schema = NULL;
    lede_buffer out;

    ck_assert_int_eq(
        lede_schema_decode(&schema, lede_bytes_of(bytes, sizeof bytes), NULL),
        LEDE_OK);
    ck_assert_uint_eq(lede_schema_count(schema), 2);
    ck_assert_uint_eq(lede_schema_analyzer(schema)->words, 2);
    ck_assert_uint_eq(lede_schema_field(schema, 0)->flags,
                      LEDE_FIELD_NAMED_ONLY);
    ck_assert_double_eq(lede_schema_field(schema, 0)->weight, 2);
    ck_assert_str_eq(lede_schema_field(schema, 1)->name, "bc");
    ck_assert_int_eq(lede_schema_field(schema, 1)->kind, LEDE_DATE);
    lede_buffer_init(&out, NULL);
    lede_schema_encode(&out, schema);
    ck_assert_uint_eq(out.len, sizeof bytes);
    ck_assert_mem_eq(out.at, bytes, sizeof bytes);
    lede_buffer_fini(&out);
    lede_schema_free(schema);
}
END_TEST

START_TEST(what_is_written_reads_back_equal)
{
    lede_schema *schema = rich_schema(NULL), *back = NULL;
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_schema_encode(&out, schema);
    ck_assert_int_eq(out.status, LEDE_OK);
    ck_assert_int_eq(lede_schema_decode(&back, lede_buffer_bytes(&out), NULL),
                     LEDE_OK);
    ck_assert(lede_schema_equal(schema, back));
    lede_buffer_fini(&out);
    lede_schema_free(schema);
    lede_schema_free(back);
}
END_TEST

START_TEST(every_lie_is_reported)
{
    static const struct {
        const char *lie;
        uint8_t bytes[40];
        size_t len;
        lede_status status;
    } cases[] = {
        { "nothing", { 0 }, 0, LEDE_ERR_CORRUPT },
        { "version 0", { 0, 0, 0, 15, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "a newer version", { 2, 0, 0, 15, 0, 0 }, 6, LEDE_ERR_VERSION },
        { "open is 2", { 1, 2, 0, 15, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "unknown words", { 1, 0, 8, 15, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "unknown forms", { 1, 0, 0, 31, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "not even exact", { 1, 0, 0, 14, 0, 0 }, 6, LEDE_ERR_CORRUPT },
        { "a language with a NUL",
          { 1, 0, 0, 15, 2, 'e', 0, 0 },
          8,
          LEDE_ERR_CORRUPT },
        { "a language in capitals",
          { 1, 0, 0, 15, 2, 'E', 'N', 0 },
          8,
          LEDE_ERR_CORRUPT },
        { "slack", { 1, 0, 0, 15, 0, 0, 0 }, 7, LEDE_ERR_CORRUPT },
        { "a field too few", { 1, 0, 0, 15, 0, 1 }, 6, LEDE_ERR_CORRUPT },
        { "2^63 fields",
          { 1, 0, 0, 15, 0, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1 },
          15,
          LEDE_ERR_CORRUPT },
        { "no name", { 1, 0, 0, 15, 0, 1, 0, 1, 0, 1 }, 10, LEDE_ERR_CORRUPT },
        { "the name key",
          { 1, 0, 0, 15, 0, 1, 3, 'k', 'e', 'y', 1, 0, 1 },
          13,
          LEDE_ERR_CORRUPT },
        { "a name with a NUL",
          { 1, 0, 0, 15, 0, 1, 2, 'a', 0, 1, 0, 1 },
          12,
          LEDE_ERR_CORRUPT },
        { "a name twice",
          { 1, 0, 0, 15, 0, 2, 1, 'a', 1, 0, 1, 1, 'a', 1, 0, 1 },
          16,
          LEDE_ERR_CORRUPT },
        { "kind 0",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 0, 0, 1 },
          11,
          LEDE_ERR_CORRUPT },
        { "kind 7",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 7, 0, 1 },
          11,
          LEDE_ERR_CORRUPT },
        { "unknown flags",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 1, 64, 1 },
          11,
          LEDE_ERR_CORRUPT },
        { "flags of 33 bits",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 1, 0x80, 0x80, 0x80, 0x80, 0x10, 1 },
          15,
          LEDE_ERR_CORRUPT },
        { "flags that do not fit",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 1, 32, 1 },
          11,
          LEDE_ERR_CORRUPT },
        { "weight 0",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 1, 0, 0 },
          11,
          LEDE_ERR_CORRUPT },
        { "weight over 255",
          { 1, 0, 0, 15, 0, 1, 1, 'a', 1, 0, 0x81, 0xFE, 3 },
          13,
          LEDE_ERR_CORRUPT },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lede_schema *schema = NULL;

        ck_assert_msg(lede_schema_decode(
                          &schema, lede_bytes_of(cases[i].bytes, cases[i].len),
                          NULL) == cases[i].status,
                      "%s", cases[i].lie);
        ck_assert_ptr_null(schema);
    }
}
END_TEST

/* Decodes a copy of exactly this size. What is read must write as the same
 * schema again. */
static lede_status try_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    lede_schema *schema = NULL, *back = NULL;
    lede_status status;
    lede_buffer out;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    status = lede_schema_decode(&schema, lede_bytes_of(copy, len), NULL);
    free(copy);
    if (status != LEDE_OK)
        return status;
    lede_buffer_init(&out, NULL);
    lede_schema_encode(&out, schema);
    ck_assert_int_eq(lede_schema_decode(&back, lede_buffer_bytes(&out), NULL),
                     LEDE_OK);
    ck_assert(lede_schema_equal(schema, back));
    lede_buffer_fini(&out);
    lede_schema_free(schema);
    lede_schema_free(back);
    return status;
}

START_TEST(no_cut_and_no_flipped_bit_crashes)
{
    lede_schema *schema = rich_schema(NULL);
    lede_buffer out;

    lede_buffer_init(&out, NULL);
    lede_schema_encode(&out, schema);
    for (size_t cut = 0; cut < out.len; cut++)
        ck_assert_int_eq(try_bytes(out.at, cut), LEDE_ERR_CORRUPT);
    for (size_t bit = 0; bit < out.len * 8; bit++) {
        out.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        (void)try_bytes(out.at, out.len);
        out.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ck_assert_int_eq(try_bytes(out.at, out.len), LEDE_OK);
    lede_buffer_fini(&out);
    lede_schema_free(schema);
}
END_TEST

static lede_status build(const lede_allocator *allocator, void *ctx)
{
    lede_schema *schema = rich_schema(allocator), *copy = NULL, *back = NULL;
    lede_status status = schema ? LEDE_OK : LEDE_ERR_NOMEM;
    lede_buffer out;

    (void)ctx;
    lede_buffer_init(&out, allocator);
    if (status == LEDE_OK)
        status = lede_schema_copy(&copy, schema, allocator);
    if (status == LEDE_OK) {
        lede_schema_encode(&out, copy);
        status = out.status;
    }
    if (status == LEDE_OK)
        status = lede_schema_decode(&back, lede_buffer_bytes(&out), allocator);
    lede_buffer_fini(&out);
    lede_schema_free(back);
    lede_schema_free(copy);
    lede_schema_free(schema);
    return status;
}

START_TEST(no_memory_is_told_and_nothing_is_lost)
{
    ck_assert_uint_ge(failing_alloc_sweep(build, NULL), 30);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, the_article_schema_is_as_documented);
    tcase_add_test(tcase, a_name_matches_the_pattern_and_is_not_key);
    tcase_add_test(tcase, a_weight_is_rounded_to_256ths);
    tcase_add_test(tcase, flags_must_fit_the_kind);
    tcase_add_test(tcase, flags_say_what_a_field_is_for);
    tcase_add_test(tcase, the_first_failure_stays);
    tcase_add_test(tcase, a_thousand_fields_are_the_limit);
    tcase_add_test(tcase, wrong_arguments_are_invalid_not_crashes);
    tcase_add_test(tcase, options_of_another_size_are_refused);
    tcase_add_test(tcase, the_analyzer_is_complete);
    tcase_add_test(tcase, unknown_bits_of_the_analyzer_are_invalid);
    tcase_add_test(tcase, a_schema_grows_only_at_its_end);
    tcase_add_test(tcase, a_part_may_stand_in_any_order);
    tcase_add_test(tcase, a_copy_is_equal_and_outlives_its_original);
    tcase_add_test(tcase, equal_schemas_agree_in_everything);
    tcase_add_test(tcase, the_layout_is_this);
    tcase_add_test(tcase, what_is_written_reads_back_equal);
    tcase_add_test(tcase, every_lie_is_reported);
    tcase_add_test(tcase, no_cut_and_no_flipped_bit_crashes);
    tcase_add_test(tcase, no_memory_is_told_and_nothing_is_lost);
}

int main(void)
{
    return test_suite_run("schema", add_tests);
}
