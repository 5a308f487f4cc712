/*
 * Stored records through commits and merges: those that are many are taken over
 * as they are compressed, whatever order the articles then stand in.
 */
#include <stdio.h>
#include <stdlib.h>

#include "document/record.h"
#include "document/schema.h"
#include "support/chance.h"
#include "support/native_index.h"
#include "support/suite.h"

#define SEGMENTS   8U   /* of a level: so many become one */
#define ARTICLES   320U /* each segment has records enough to be taken over */
#define TEXT_BYTES 50000U

static native_index n;
static char text[TEXT_BYTES + 1];

/* Random letters, the same for the same article; they do not compress. */
static const char *text_of(uint32_t article)
{
    chance c = chance_from("stored", 1000 + article);

    for (uint32_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (char)('a' + chance_below(&c, 26));
    return text;
}

/* Without words: what is stored alone counts here. */
static void put(uint32_t lane, uint32_t article)
{
    char key[16];
    word_tokens tokens;
    lede_document *doc;
    lede_engine_change change = { .sequence = article + 1,
                                  .schema = n.schema,
                                  .tokens = &tokens.source };

    (void)snprintf(key, sizeof key, "k%u", article);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    ck_assert_int_eq(
        lede_document_add_text(doc, "body", text_of(article), TEXT_BYTES),
        LEDE_OK);
    ck_assert_int_eq(lede_document_add_int(doc, "n", article + 1), LEDE_OK);
    word_tokens_init(&tokens, 5);
    change.key = lede_bytes_of_text(key);
    change.document = doc;
    ck_assert_int_eq(lede_native_writer_apply(n.writer, lane, &change, &n.err),
                     LEDE_OK);
    lede_document_free(doc);
}

/* Every live article has its text; returns parts of the first segment's
 * records, *in_order tells whether they stand as the articles do. */
static uint32_t check_texts(uint32_t articles, bool *in_order)
{
    lede_shelf *shelf;
    lede_native_snapshot *snapshot = NULL;
    const lede_records *records;
    lede_records_cursor *cursor;
    lede_document *doc;
    uint32_t wrong = 0, parts;
    lede_bytes lengths;

    (void)native_keys(&n); /* checks every segment */
    ck_assert_int_eq(lede_shelf_new(&shelf, n.memory, NULL), LEDE_OK);
    ck_assert_int_eq(lede_native_snapshot_open(&snapshot, shelf, &n.err),
                     LEDE_OK);
    ck_assert_uint_eq(snapshot->live, articles);
    ck_assert_int_eq(lede_records_cursor_new(&cursor, NULL), LEDE_OK);
    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    for (uint32_t i = 0; i < snapshot->count; i++) {
        const lede_snapshot_part *part = &snapshot->parts[i];

        for (uint32_t d = 0; d < part->documents; d++) {
            lede_bytes record;

            if (!lede_live_has(part->live, d))
                continue;
            ck_assert_int_eq(lede_segment_read_record(part->segment, cursor, d,
                                                      &record, &n.err),
                             LEDE_OK);
            lede_document_clear(doc);
            ck_assert_int_eq(lede_record_decode(doc, record, n.schema, NULL, 0),
                             LEDE_OK);
            wrong +=
                strcmp(
                    lede_document_text(doc, "body"),
                    text_of((uint32_t)lede_document_value(doc, "n", 0)->number -
                            1)) != 0;
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_int_eq(
        lede_segment_records(snapshot->parts[0].segment, &records, &n.err),
        LEDE_OK);
    parts = lede_records_part_count(records);
    ck_assert_int_eq(lede_segment_section(snapshot->parts[0].segment,
                                          LEDE_SECTION_RECORD_LENGTHS,
                                          LEDE_NO_SECTION_FIELD, &lengths,
                                          &n.err),
                     LEDE_OK);
    *in_order = lengths.len == 0;
    lede_document_free(doc);
    lede_records_cursor_free(cursor);
    lede_native_snapshot_release(snapshot);
    lede_shelf_free(shelf);
    return parts;
}

/* By turns to each lane, a segment of each at each commit, until they are as
 * many as are merged; waits for the merge. One may be deleted before it. */
static void fill(uint32_t lanes, const char *deleted)
{
    uint32_t commits = SEGMENTS / lanes, at = 0;

    native_index_open(&n, lanes, LEDE_DURABLE);
    for (uint32_t c = 1; c <= commits; c++) {
        for (; at < ARTICLES * c / commits; at++)
            put(at % lanes, at);
        if (deleted && c == commits)
            ck_assert_int_eq(native_put(&n, 0, deleted, ARTICLES + 1, NULL),
                             LEDE_OK);
        ck_assert_int_eq(native_finish(&n, LEDE_FINISH_COMMIT), LEDE_OK);
    }
    native_close_writer(&n);
    ck_assert_int_eq(native_open_writer(&n), LEDE_OK);
    ck_assert_uint_eq(native_segments(&n), 1);
}

/* Those of two lanes mix. */
START_TEST(a_merge_takes_records_in_any_order)
{
    bool in_order;

    fill(2, NULL);
    ck_assert_uint_eq(check_texts(ARTICLES, &in_order), SEGMENTS);
    ck_assert(!in_order);
    native_index_close(&n);
}
END_TEST

START_TEST(a_merge_takes_records_one_behind_the_other)
{
    bool in_order;

    fill(1, NULL);
    ck_assert_uint_eq(check_texts(ARTICLES, &in_order), SEGMENTS);
    ck_assert(in_order);
    native_index_close(&n);
}
END_TEST

/* Where something died, records are compressed again, without it. */
START_TEST(a_merge_leaves_dead_records_out)
{
    bool in_order;

    fill(2, "k4");
    ck_assert_uint_eq(check_texts(ARTICLES - 1, &in_order), SEGMENTS);
    ck_assert(!in_order);
    native_index_close(&n);
}
END_TEST

/* Whatever they were, in one part and in order. */
START_TEST(optimize_writes_all_records_again)
{
    bool in_order;

    fill(2, NULL);
    ck_assert_int_eq(native_put(&n, 0, "k4", ARTICLES + 1, NULL), LEDE_OK);
    ck_assert_int_eq(native_finish(&n, LEDE_FINISH_OPTIMIZE), LEDE_OK);
    ck_assert_uint_eq(native_segments(&n), 1);
    ck_assert_uint_eq(check_texts(ARTICLES - 1, &in_order), 1);
    ck_assert(in_order);
    native_index_close(&n);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_merge_takes_records_in_any_order);
    tcase_add_test(tcase, a_merge_takes_records_one_behind_the_other);
    tcase_add_test(tcase, a_merge_leaves_dead_records_out);
    tcase_add_test(tcase, optimize_writes_all_records_again);
}

int main(void)
{
    return test_suite_run("stored", add_tests);
}
