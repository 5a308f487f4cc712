/*
 * From tokens to a segment and back: what the inverter took in is what a
 * segment's readers find.
 */
#include <stdio.h>
#include <stdlib.h>

#include "io/dir.h"
#include "native/index/inverter.h"
#include "support/chance.h"
#include "support/failing_alloc.h"
#include "support/suite.h"
#include "support/tokens.h"

#define ARTICLES 400
#define WORDS    40
#define VARIETY  60

static struct {
    lede_schema *schema;
    lede_forms *forms;
    uint32_t words[ARTICLES][WORDS]; /* position by position */
    uint32_t counts[ARTICLES];
} m;

static void set_up(chance *c)
{
    ck_assert_int_eq(lede_schema_new(&m.schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(m.schema, "body", LEDE_TEXT, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(m.schema, "tag", LEDE_KEYWORD, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(m.schema, "year", LEDE_INT, NULL),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_forms_new(&m.forms, lede_schema_analyzer(m.schema), NULL),
        LEDE_OK);
    for (uint32_t doc = 0; doc < ARTICLES; doc++) {
        m.counts[doc] = chance_below(c, WORDS);
        for (uint32_t i = 0; i < m.counts[doc]; i++)
            m.words[doc][i] = chance_below(c, 1 + chance_below(c, VARIETY));
    }
}

static void tear_down(void)
{
    lede_forms_free(m.forms);
    lede_schema_free(m.schema);
}

static lede_status put(lede_inverter *inverter, uint32_t doc)
{
    char key[16], words[8 * WORDS] = "", tag[16];
    lede_engine_change change = { .sequence = doc + 1, .schema = m.schema };
    lede_document *document;
    word_tokens tokens;
    lede_status status;
    size_t len = 0;

    for (uint32_t i = 0; i < m.counts[doc]; i++)
        len += (size_t)sprintf(words + len, "w%u ", (unsigned)m.words[doc][i]);
    word_tokens_init(&tokens, 16);
    word_tokens_add(&tokens, 0, words);
    change.key = lede_bytes_of(
        key, (size_t)sprintf(key, "k%u", (unsigned)(doc * 7919 % 1000)));
    (void)sprintf(tag, "tag %u", (unsigned)(doc % 9));
    ck_assert_int_eq(lede_document_new(&document, NULL), LEDE_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(lede_document_add(document, "tag",
                                           &(lede_value){ .kind = LEDE_KEYWORD,
                                                          .text = tag,
                                                          .len = strlen(tag) }),
                         LEDE_OK);
    ck_assert_int_eq(lede_document_add_int(document, "year", 1900 + doc % 5),
                     LEDE_OK);
    change.document = document;
    change.tokens = &tokens.source;
    status = lede_inverter_put(inverter, &change, NULL);
    lede_document_free(document);
    return status;
}

/* Compares one word's postings; returns how many there are. */
static uint32_t check_word(const lede_segment *segment, uint32_t word,
                           lede_terms_cursor *cursor)
{
    char term[16];
    size_t len = (size_t)sprintf(term, "w%u", (unsigned)word);
    lede_terms_entry entry;
    lede_postings list;
    uint32_t found = 0;

    if (lede_terms_find(cursor, 0, lede_bytes_of(term, len), &entry) != LEDE_OK)
        return 0;
    lede_postings_open(&list, lede_segment_source(segment, 0), &entry);
    for (uint32_t doc = 0; doc < ARTICLES; doc++) {
        uint32_t at[WORDS], count = 0, positions[WORDS];

        for (uint32_t i = 0; i < m.counts[doc]; i++)
            if (m.words[doc][i] == word)
                at[count++] = i;
        if (count == 0)
            continue;
        found++;
        ck_assert_uint_eq(lede_postings_seek(&list, doc), doc);
        ck_assert_uint_eq(list.frequency, count);
        ck_assert(lede_postings_positions(&list, positions));
        ck_assert_mem_eq(positions, at, count * sizeof *at);
    }
    ck_assert_uint_eq(list.documents, found);
    return found;
}

static void check_segment(lede_dir *dir, const lede_segment_made *made)
{
    uint32_t postings = 0, expected = 0;
    lede_terms_cursor *cursor;
    lede_segment *segment;
    uint32_t doc;

    ck_assert_int_eq(lede_segment_open(&segment, dir, "s", &made->mark,
                                       m.schema, NULL, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_segment_check(segment, NULL, NULL), LEDE_OK);
    ck_assert_uint_eq(lede_segment_documents(segment), ARTICLES);
    ck_assert_int_eq(
        lede_segment_find_key(segment, lede_bytes_of_text("k919"), &doc, NULL),
        LEDE_OK);
    ck_assert_uint_eq(doc, 1);
    ck_assert_int_eq(
        lede_terms_cursor_new(&cursor, lede_segment_terms(segment), NULL),
        LEDE_OK);
    for (uint32_t word = 0; word < VARIETY; word++)
        postings += check_word(segment, word, cursor);
    for (uint32_t i = 0; i < ARTICLES; i++)
        for (uint32_t k = 0; k < m.counts[i]; k++) {
            uint32_t before = 0;

            while (before < k && m.words[i][before] != m.words[i][k])
                before++;
            expected += before == k;
        }
    ck_assert_uint_eq(postings, expected);
    lede_terms_cursor_free(cursor);
    lede_segment_release(segment);
}

START_TEST(a_segment_holds_what_the_inverter_took_in)
{
    chance c = chance_from("inverter_segment", 1);
    lede_segment_target target = { .name = "s" };
    lede_segment_made made;
    lede_inverter *inverter;
    uint64_t tokens = 0;

    set_up(&c);
    ck_assert_int_eq(lede_dir_open_memory(&target.dir, NULL), LEDE_OK);
    target.schema = m.schema;
    target.forms = m.forms;
    ck_assert_int_eq(lede_inverter_new(&inverter, m.schema, NULL), LEDE_OK);
    for (uint32_t doc = 0; doc < ARTICLES; doc++) {
        ck_assert_int_eq(put(inverter, doc), LEDE_OK);
        tokens += m.counts[doc];
    }
    ck_assert_int_eq(lede_inverter_flush(inverter, &target, true, &made, NULL),
                     LEDE_OK);
    ck_assert_uint_eq(made.documents, ARTICLES);
    ck_assert_uint_eq(made.first_sequence, 1);
    ck_assert_uint_eq(made.last_sequence, ARTICLES);
    ck_assert_uint_eq(made.field_count, 3);
    ck_assert_uint_eq(made.tokens[0], tokens);
    check_segment(target.dir, &made);
    lede_inverter_free(inverter);
    lede_dir_close(target.dir);
    tear_down();
}
END_TEST

START_TEST(a_flush_without_memory_leaves_nothing_behind)
{
    chance c = chance_from("inverter_memory", 1);
    failing_alloc failing;
    lede_inverter *inverter;

    set_up(&c);
    failing_alloc_init(&failing, 0, false);
    ck_assert_int_eq(lede_inverter_new(&inverter, m.schema, &failing.allocator),
                     LEDE_OK);
    for (uint64_t step = 1;; step += 1 + step / 20) {
        lede_segment_target target = { .name = "s",
                                       .schema = m.schema,
                                       .forms = m.forms };
        lede_segment_made made;
        lede_status status;

        failing.fail_at = 0;
        lede_inverter_clear(inverter);
        for (uint32_t doc = 0; doc < ARTICLES; doc++)
            ck_assert_int_eq(put(inverter, doc), LEDE_OK);
        ck_assert_int_eq(lede_dir_open_memory(&target.dir, NULL), LEDE_OK);
        failing.failures = 0;
        failing.fail_at = failing.calls + step;
        status = lede_inverter_flush(inverter, &target, false, &made, NULL);
        ck_assert_int_eq(status, failing.failures ? LEDE_ERR_NOMEM : LEDE_OK);
        if (status == LEDE_OK)
            check_segment(target.dir, &made);
        else
            ck_assert_uint_le(failing.bytes, lede_inverter_memory(inverter));
        lede_dir_close(target.dir);
        if (status == LEDE_OK)
            break;
    }
    lede_inverter_free(inverter);
    failing_alloc_check(&failing);
    tear_down();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_segment_holds_what_the_inverter_took_in);
    tcase_add_test(tcase, a_flush_without_memory_leaves_nothing_behind);
}

int main(void)
{
    return test_suite_run("inverter_segment", add_tests);
}
