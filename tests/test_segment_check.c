/* Each thing that a check holds against another is found out where one byte of
 * a segment lies about it, checksums right, and is told as what it is. */
#include "native/segment/segment.h"

#include <stdio.h>
#include <string.h>

#include "document/record.h"
#include "support/drawn.h"
#include "support/patched.h"
#include "support/suite.h"

#define NAME     "0000000000000001-0000000000000002.segment"
#define ARTICLES 40U

static patch p;
static lede_error err;

static void set_up(void)
{
    chance c = chance_from("segment check", 1);

    drawn_start();
    drawn_draw(&c, ARTICLES);
    ck_assert_int_eq(lede_dir_open_memory(&p.dir, NULL), LEDE_OK);
    p.schema = drawn.schema;
    p.segment = NULL;
}

static void write_drawn(void)
{
    lede_segment_made made;

    ck_assert_int_eq(drawn_write(p.dir, NAME, NULL, &made), LEDE_OK);
    ck_assert_int_eq(lede_segment_open(&p.segment, p.dir, NAME, &made.mark,
                                       drawn.schema, NULL, &err),
                     LEDE_OK);
}

static void tear_down(void)
{
    lede_segment_release(p.segment);
    lede_dir_close(p.dir);
    drawn_finish();
}

static const uint8_t *body(void)
{
    return lede_envelope_bytes(lede_segment_file(p.segment)).at;
}

static lede_status check_as_it_is(void)
{
    return patch_check(&p, LEDE_ENVELOPE_HEAD, "", 0);
}

START_TEST(a_sound_segment_has_no_problem)
{
    write_drawn();
    ck_assert_int_eq(check_as_it_is(), LEDE_OK);
    ck_assert_str_eq(p.told, "");
}
END_TEST

/* No postings of the last field of words, but its lengths. */
START_TEST(lengths_of_a_field_without_words_are_told)
{
    uint32_t field = 0, kept = 0;

    for (uint32_t f = 0; f < drawn.fields; f++)
        if (lede_field_has_words(lede_schema_field(drawn.schema, f)))
            field = f;
    for (uint32_t i = 0; i < drawn.posting_count; i++)
        if (drawn.postings[i].space != 2 * field)
            drawn.postings[kept++] = drawn.postings[i];
    ck_assert_uint_lt(kept, drawn.posting_count);
    drawn.posting_count = kept;
    write_drawn();
    ck_assert_int_eq(check_as_it_is(), LEDE_ERR_CORRUPT);
    ck_assert_str_eq(p.section, "lengths");
    ck_assert_ptr_nonnull(strstr(p.told, "of a field without words"));
}
END_TEST

#define LIST ((lede_section_id)0) /* of sections */

static const struct {
    lede_section_id lies; /* where the byte is */
    const char *section;  /* what is told */
    const char *message;
} problems[] = {
    { LEDE_SECTION_LENGTHS, "lengths", "their sum is another" },
    { LEDE_SECTION_COLUMN, "column", "values do not rise" },
    { LEDE_SECTION_SEQUENCES, "sequences", "they do not rise" },
    { LEDE_SECTION_KEYS, "keys", "they are damaged or do not rise" },
    { LEDE_SECTION_KEY_RANKS, "keys", "no rank of a key" },
    { LEDE_SECTION_RANK_DOCUMENTS, "keys", "not the documents of the ranks" },
    { LEDE_SECTION_RECORDS, "records", "not a record" },
    { LEDE_SECTION_FORMS, "forms", "a block is damaged" },
    { LEDE_SECTION_DICTIONARY, "dictionary", "a block is damaged" },
    { LEDE_SECTION_DICTIONARY_INDEX, "dictionary index",
      "it does not lead to a term" },
    { LEDE_SECTION_DICTIONARY, "postings",
      "it does not follow the one before" },
    { LEDE_SECTION_DICTIONARY, "postings",
      " occurrences, where its term says" },
    { LEDE_SECTION_POSTINGS, "postings", " documents cannot be read" },
    { LEDE_SECTION_POSTINGS, "postings", "positions in document 2" },
    { LEDE_SECTION_COLUMN, "postings", " has not this value" },
    { LEDE_SECTION_POSTINGS, "lengths", "not those of the postings" },
    { LIST, "postings", "bytes of no list" },
};

/* Whether a byte of these can be another such that it is told. */
static bool is_told(patch_range range, const char *section, const char *message)
{
    static const uint8_t changes[] = { 1, 2, 16, 0xFF };

    for (size_t i = 0; i < sizeof changes; i++)
        for (size_t at = range.from; at < range.to; at++) {
            uint8_t byte = body()[at] ^ changes[i];

            if (patch_check(&p, at, &byte, 1) == LEDE_ERR_CORRUPT &&
                strcmp(p.section, section) == 0 && strstr(p.told, message))
                return true;
        }
    return false;
}

START_TEST(what_does_not_fit_is_told_as_what_it_is)
{
    bool found = false;

    write_drawn();
    if (problems[_i].lies == LIST)
        found = is_told(patch_range_of_list(&p), problems[_i].section,
                        problems[_i].message);
    for (uint32_t f = 0; problems[_i].lies != LIST && !found; f++) {
        bool last = f == drawn.fields;

        found = is_told(patch_range_of(&p, problems[_i].lies,
                                       last ? LEDE_NO_SECTION_FIELD : f),
                        problems[_i].section, problems[_i].message);
        if (last)
            break;
    }
    ck_assert_msg(found, "%s: %s", problems[_i].section, problems[_i].message);
}
END_TEST

/* ---- One lie each -------------------------------------------------------- */

/* Two articles have one key, and so a rank is one too many. */
START_TEST(a_rank_beyond_the_keys_is_told)
{
    enum { WIDEST = 63 };
    uint8_t bytes[512];
    patch_range range;
    size_t n;

    memcpy(drawn.articles[ARTICLES - 1].key, drawn.articles[3].key,
           sizeof drawn.articles[3].key);
    write_drawn();
    range = patch_range_of(&p, LEDE_SECTION_KEY_RANKS, LEDE_NO_SECTION_FIELD);
    n = range.to - range.from;
    ck_assert_uint_le(n, sizeof bytes);
    memcpy(bytes, body() + range.from, n);
    ck_assert_uint_eq(bytes[n - 24], ARTICLES - 2); /* the greatest */
    bytes[n - 24]++;
    ck_assert_int_eq(patch_check(&p, range.from, bytes, n), LEDE_OK);
    bytes[4] |= WIDEST;
    ck_assert_int_eq(patch_check(&p, range.from, bytes, n), LEDE_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(p.told, "no rank of a key"));
}
END_TEST

/* How many bytes of these can be one more or less such that it is told. */
static uint32_t count_told(patch_range range, const char *message)
{
    uint32_t count = 0;

    for (size_t at = range.from; at < range.to; at++) {
        uint8_t byte = body()[at] ^ 1;

        count += patch_check(&p, at, &byte, 1) == LEDE_ERR_CORRUPT &&
                 strstr(p.told, message);
    }
    return count;
}

/* Words of one field, each in all articles, and nothing else. */
static void write_words(uint32_t field, const char *const *words, uint32_t n,
                        uint32_t articles)
{
    drawn.count = articles;
    drawn.posting_count = 0;
    for (uint32_t doc = 0; doc < articles; doc++) {
        memset(drawn.articles[doc].lengths, 0,
               sizeof drawn.articles[doc].lengths);
        drawn.articles[doc].lengths[field] = n;
    }
    for (uint32_t i = 0; i < n * articles; i++) {
        drawn_posting *posting = &drawn.postings[drawn.posting_count++];

        *posting = (drawn_posting){ .space = 2 * field,
                                    .doc = i % articles,
                                    .frequency = 1,
                                    .at = { i / articles } };
        strcpy(posting->term, words[i / articles]);
    }
    write_drawn();
}

/* The last word of a block of the dictionary once more as the first of the next
 * one. */
START_TEST(a_word_in_two_blocks_is_told)
{
    static const char begin[] = "QQQQQQQQ";
    static char texts[LEDE_TERMS_BLOCK + 1][16];
    const char *words[LEDE_TERMS_BLOCK + 1];
    patch_range range;
    size_t at;

    for (uint32_t i = 0; i <= LEDE_TERMS_BLOCK; i++) {
        memcpy(texts[i], begin, sizeof begin);
        texts[i][8] = (char)('A' + i / 16);
        texts[i][9] = (char)('A' + i % 16);
        words[i] = texts[i];
    }
    write_words(0, words, LEDE_TERMS_BLOCK + 1, 1);
    range = patch_range_of(&p, LEDE_SECTION_DICTIONARY, LEDE_NO_SECTION_FIELD);
    at = range.to - 10;
    while (at > range.from &&
           memcmp(body() + at, words[LEDE_TERMS_BLOCK], 10) != 0)
        at--;
    ck_assert_uint_gt(at, range.from);
    ck_assert_int_eq(patch_check(&p, at, words[LEDE_TERMS_BLOCK - 1], 10),
                     LEDE_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(p.told, "it does not lead to a term"));
}
END_TEST

/* Two blocks whose lists are of one article and so, but for positions, alike:
 * the second says that they begin where the first one's do. */
START_TEST(lists_of_few_of_the_last_block_follow_the_others)
{
    enum { WORDS = 2 * LEDE_TERMS_BLOCK };
    static char texts[WORDS][16];
    const char *words[WORDS];
    patch_range range;
    uint32_t told = 0;
    size_t begin;

    for (uint32_t i = 0; i < WORDS; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "w%02u", i);
        words[i] = texts[i];
    }
    write_words(0, words, WORDS, 1);
    range = patch_range_of(&p, LEDE_SECTION_POSTINGS, LEDE_NO_SECTION_FIELD);
    begin = (range.to - range.from) / 2;
    ck_assert_uint_lt(begin, 128);
    range = patch_range_of(&p, LEDE_SECTION_DICTIONARY, LEDE_NO_SECTION_FIELD);
    for (size_t at = range.from; at < range.to; at++)
        told += body()[at] == begin &&
                patch_check(&p, at, "", 1) == LEDE_ERR_CORRUPT &&
                strstr(p.told, "bytes of no list");
    ck_assert_uint_eq(told, 1);
}
END_TEST

/* A word says that it is in one article less than have it as a value. */
START_TEST(values_that_are_not_listed_are_told)
{
    uint32_t field = 0, articles = LEDE_POSTINGS_FEW + 4;

    while (lede_schema_field(drawn.schema, field)->kind != LEDE_KEYWORD)
        field++;
    drawn.count = drawn.posting_count = articles;
    for (uint32_t doc = 0; doc < articles; doc++) {
        memset(drawn.articles[doc].lengths, 0,
               sizeof drawn.articles[doc].lengths);
        drawn.postings[doc] = (drawn_posting){
            .space = 2 * field + 1, .term = "a", .doc = doc, .frequency = 1
        };
    }
    write_drawn();
    ck_assert_uint_eq(count_told(patch_range_of(&p, LEDE_SECTION_DICTIONARY,
                                                LEDE_NO_SECTION_FIELD),
                                 "not the values of the postings"),
                      1);
}
END_TEST

/* ---- Long lists --------------------------------------------------------- */

/* A block says where its postings begin, and where its positions do if they are
 * kept. */
START_TEST(lists_follow_one_another)
{
    static const char *const words[] = { "oil", "price" };
    const lede_field *field;
    uint32_t f = _i ? drawn.fields : 0;
    chance c = chance_from("segment check", 2);

    while (_i && f-- > 0) {
        field = lede_schema_field(drawn.schema, f);
        if (lede_field_has_words(field) && !lede_field_has_positions(field))
            break;
    }
    drawn_draw(&c, 200);
    write_words(f, words, 2, 200);
    ck_assert_uint_eq(count_told(patch_range_of(&p, LEDE_SECTION_DICTIONARY,
                                                LEDE_NO_SECTION_FIELD),
                                 "it does not follow the one before"),
                      _i ? 1 : 2);
}
END_TEST

/* A section is said to be longer than its lists. */
START_TEST(bytes_of_no_list_are_told)
{
    static const char *const words[] = { "oil", "price", "said" };
    static const lede_section_id ids[] = { LEDE_SECTION_POSTINGS,
                                           LEDE_SECTION_POSITIONS };
    chance c = chance_from("segment check", 3);

    drawn_draw(&c, 200);
    write_words(0, words, 3, 200);
    for (size_t i = 0; i < 2; i++) {
        patch_range range = patch_range_of(&p, ids[i], LEDE_NO_SECTION_FIELD);
        patch_range list = patch_range_of_list(&p);
        uint8_t longer = (uint8_t)(range.to - range.from + 1);
        size_t at = list.from + 4;

        while (body()[at] != ids[i])
            at += 24;
        ck_assert_uint_ne(range.to % 8, 0);
        ck_assert_int_eq(patch_check(&p, at + 16, &longer, 1),
                         LEDE_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(p.told, "bytes of no list"));
    }
}
END_TEST

/* ---- Bounds ------------------------------------------------------------- */

/* A word in so many articles that its list has two groups of blocks, in texts
 * of one word to seven. */
static void write_groups(void)
{
    lede_segment_target target = { p.dir, NAME, drawn.schema, drawn.forms };
    uint32_t articles = LEDE_BLOCK_MAX * LEDE_BLOCK_MAX + LEDE_BLOCK_MAX;
    uint32_t lengths[16] = { 0 };
    lede_segment_writer *writer;
    lede_segment_made made;
    lede_buffer record;
    char key[16];

    lede_buffer_init(&record, NULL);
    lede_document_clear(drawn.document);
    lede_record_encode(&record, drawn.document, drawn.schema);
    ck_assert_int_eq(lede_segment_writer_new(&writer, &target, NULL, &err),
                     LEDE_OK);
    for (uint32_t doc = 0; doc < articles; doc++) {
        lede_segment_document d = { .sequence = doc + 1, .lengths = lengths };

        (void)snprintf(key, sizeof key, "k%06u", doc);
        d.key = lede_bytes_of_text(key);
        d.record = lede_buffer_bytes(&record);
        lengths[0] = 1 + doc % 7;
        if (lede_segment_writer_document(writer, &d, &err) != LEDE_OK)
            ck_abort_msg("%s", err.message);
    }
    for (uint32_t length = 1; length <= 7; length++) {
        (void)snprintf(key, sizeof key, "word%u", length);
        ck_assert_int_eq(lede_segment_writer_term(
                             writer, 0, lede_bytes_of_text(key), false, &err),
                         LEDE_OK);
        for (uint32_t doc = 0; doc < articles; doc++)
            if (length <= 1 + doc % 7 &&
                lede_segment_writer_posting(writer, doc, 1,
                                            (uint32_t[]){ length - 1 },
                                            &err) != LEDE_OK)
                ck_abort_msg("%s", err.message);
    }
    ck_assert_int_eq(lede_segment_writer_end(writer, false, &made, &err),
                     LEDE_OK);
    ck_assert_int_eq(lede_segment_open(&p.segment, p.dir, NAME, &made.mark,
                                       drawn.schema, NULL, &err),
                     LEDE_OK);
    lede_segment_writer_free(writer);
    lede_buffer_fini(&record);
}

/* All floors of a bound one higher: longer than the shortest text. */
static void expect_over(const uint8_t *bound, const char *message)
{
    uint8_t longer = *bound + 1;

    ck_assert_int_eq(patch_check(&p, (size_t)(bound - body()), &longer, 1),
                     LEDE_ERR_CORRUPT);
    ck_assert_msg(strstr(p.told, message), "%s: %s", message, p.told);
}

START_TEST(bounds_that_do_not_hold_are_told)
{
    static const uint8_t zeros[1024];
    static lede_postings list;
    lede_mark marks[LEDE_MARKS];
    lede_terms_cursor *cursor;
    lede_corners corners;
    const uint8_t *all;
    lede_bound bound;
    lede_bytes in;
    uint64_t shape;

    write_groups();
    ck_assert_int_eq(check_as_it_is(), LEDE_OK);
    ck_assert_int_eq(
        lede_terms_cursor_new(&cursor, lede_segment_terms(p.segment), NULL),
        LEDE_OK);
    lede_terms_cursor_seek(cursor, 0, lede_bytes_of(NULL, 0));
    ck_assert(lede_terms_cursor_next(cursor));
    lede_postings_open(&list, lede_segment_source(p.segment, 0),
                       &cursor->entry);
    in = list.rest;
    ck_assert(lede_take_varint(&in, &shape) && lede_marks_take(&in, marks));
    ck_assert_uint_eq(shape, LEDE_BLOCK_MAX - 1 + LEDE_GROUP_MORE);
    all = in.at;
    ck_assert(lede_bounds_take(&in, 1, &corners));
    expect_over(all, "is over the bound of the list");
    expect_over(in.at, "is over the bound of its group");
    ck_assert(lede_postings_bound(&list, 0, &bound));
    in = list.group.bounds;
    expect_over(in.at, "is over the bound of its block");
    ck_assert_uint_le(in.len, sizeof zeros);
    ck_assert_int_eq(
        patch_check(&p, (size_t)(in.at + 1 - body()), zeros, in.len - 1),
        LEDE_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(p.told, "no bound of document 0"));
    lede_terms_cursor_free(cursor);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_sound_segment_has_no_problem);
    tcase_add_test(tcase, lengths_of_a_field_without_words_are_told);
    tcase_add_loop_test(tcase, what_does_not_fit_is_told_as_what_it_is, 0,
                        sizeof problems / sizeof *problems);
    tcase_add_test(tcase, a_rank_beyond_the_keys_is_told);
    tcase_add_test(tcase, a_word_in_two_blocks_is_told);
    tcase_add_test(tcase, values_that_are_not_listed_are_told);
    tcase_add_test(tcase, lists_of_few_of_the_last_block_follow_the_others);
    tcase_add_loop_test(tcase, lists_follow_one_another, 0, 2);
    tcase_add_test(tcase, bytes_of_no_list_are_told);
    tcase_add_test(tcase, bounds_that_do_not_hold_are_told);
}

int main(void)
{
    return test_suite_run("segment_check", add_tests);
}
