#include "native/segment/segment.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "document/record.h"
#include "native/segment/segment_writer.h"
#include "support/chance.h"
#include "support/drawn.h"
#include "support/failing_alloc.h"
#include "support/patched.h"
#include "support/suite.h"

#define NAME  "0000000000000001-0000000000000002.segment"
#define OTHER "0000000000000001-0000000000000003.segment"

static lede_dir *new_dir(void)
{
    lede_dir *dir;

    ck_assert_int_eq(lede_dir_open_memory(&dir, NULL), LEDE_OK);
    return dir;
}

static lede_segment *open_segment(lede_dir *dir, const char *name,
                                  const lede_envelope_mark *mark)
{
    lede_segment *segment;
    lede_error err = { 0 };

    ck_assert_msg(lede_segment_open(&segment, dir, name, mark, drawn.schema,
                                    NULL, &err) == LEDE_OK,
                  "%s %s", err.where, err.message);
    return segment;
}

static void check_sound(const lede_segment *segment)
{
    lede_error err = { 0 };

    ck_assert_msg(lede_segment_check(segment, NULL, &err) == LEDE_OK, "%s: %s",
                  err.where, err.message);
}

/* ---- Comparing ---- */

static void compare_articles(const lede_segment *segment)
{
    lede_arena *arena = lede_arena_new(NULL);
    const lede_column *column;

    for (uint32_t doc = 0; doc < drawn.count; doc++) {
        const drawn_article *a = &drawn.articles[doc];
        lede_bytes key, record;
        uint32_t found;

        ck_assert_int_eq(lede_segment_key(segment, doc, &key, arena, NULL),
                         LEDE_OK);
        ck_assert(lede_bytes_equal(key, lede_bytes_of_text(a->key)));
        ck_assert_int_eq(lede_segment_find_key(segment, key, &found, NULL),
                         LEDE_OK);
        ck_assert_uint_eq(found, doc);
        ck_assert_int_eq(
            lede_segment_record(segment, doc, &record, arena, NULL), LEDE_OK);
        ck_assert(lede_bytes_equal(record, lede_buffer_bytes(&a->record)));
        ck_assert_int_eq(lede_segment_sequences(segment, &column, NULL),
                         LEDE_OK);
        ck_assert_uint_eq(lede_column_at(column, doc), 10 + 3 * doc);
        for (uint32_t f = 0; f < drawn.fields; f++) {
            ck_assert_int_eq(lede_segment_lengths(segment, f, &column, NULL),
                             LEDE_OK);
            ck_assert_uint_eq(column ? lede_column_at(column, doc) : 0,
                              a->lengths[f]);
        }
        lede_arena_clear(arena);
    }
    lede_arena_free(arena);
}

/* The values of a field that an article has, as a column holds them. */
static uint32_t values_of(uint32_t doc, uint32_t field, uint64_t *out)
{
    const lede_field *f = lede_schema_field(drawn.schema, field);
    const drawn_article *a = &drawn.articles[doc];
    uint64_t ordinal = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < a->number_count; i++) {
        const lede_value *v = &a->numbers[i].value;

        if (strcmp(a->numbers[i].field, f->name) == 0)
            out[n++] = v->kind == LEDE_DOUBLE ? lede_column_from_double(v->real)
                                              : lede_column_from_int(v->number);
    }
    for (uint32_t i = 0; i < drawn.posting_count; i++) {
        const drawn_posting *p = &drawn.postings[i];

        if (p->space != 2 * field + 1)
            continue;
        if (i > 0 && p[-1].space == p->space && strcmp(p[-1].term, p->term))
            ordinal++;
        if (p->doc == doc)
            out[n++] = ordinal;
    }
    return n;
}

static bool is_among(uint64_t value, const uint64_t *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (values[i] == value)
            return true;
    return false;
}

static void compare_columns(const lede_segment *segment)
{
    for (uint32_t f = 0; f < drawn.fields; f++) {
        lede_segment_values values;

        ck_assert_int_eq(lede_segment_column(segment, f, &values, NULL),
                         LEDE_OK);
        for (uint32_t doc = 0; doc < drawn.count && doc < 60; doc++) {
            uint64_t expected[16], before = 0;
            uint32_t n = values_of(doc, f, expected), distinct = 0;
            uint64_t begin = doc, end = doc + 1;

            if (values.starts) {
                begin = lede_column_at(values.starts, doc);
                end = lede_column_at(values.starts, doc + 1);
            }
            if (!values.values)
                end = begin;
            for (uint64_t at = begin; at < end; at++) {
                uint64_t v = lede_column_at(values.values, (uint32_t)at);

                ck_assert(at == begin || v > before);
                ck_assert(is_among(v, expected, n));
                before = v;
            }
            for (uint32_t i = 0; i < n; i++)
                distinct += !is_among(expected[i], expected, i);
            ck_assert_uint_eq(end - begin, distinct);
        }
    }
}

static void compare_postings(const lede_segment *segment)
{
    lede_terms_cursor *cursor;

    ck_assert_int_eq(
        lede_terms_cursor_new(&cursor, lede_segment_terms(segment), NULL),
        LEDE_OK);
    for (uint32_t i = 0, end; i < drawn.posting_count; i = end) {
        const drawn_posting *p = &drawn.postings[i];
        lede_terms_entry entry;
        static lede_postings list;

        for (end = i; end < drawn.posting_count &&
                      drawn.postings[end].space == p->space &&
                      strcmp(drawn.postings[end].term, p->term) == 0;
             end++)
            ;
        ck_assert_int_eq(lede_terms_find(cursor, p->space,
                                         lede_bytes_of_text(p->term), &entry),
                         LEDE_OK);
        ck_assert_uint_eq(entry.documents, end - i);
        ck_assert_int_eq(entry.name, drawn_is_name(p->space, p->term));
        lede_postings_open(&list, lede_segment_source(segment, p->space),
                           &entry);
        for (; p < drawn.postings + end; p++) {
            uint32_t at[DRAWN_OCCURRENCES];

            ck_assert_uint_eq(lede_postings_seek(&list, p->doc), p->doc);
            ck_assert_uint_eq(list.frequency, p->frequency);
            if (!list.source->has_positions)
                continue;
            ck_assert(lede_postings_positions(&list, at));
            ck_assert_mem_eq(at, p->at, p->frequency * sizeof *at);
        }
        ck_assert_uint_eq(lede_postings_seek(&list, drawn.count), LEDE_DOC_END);
        ck_assert_int_eq(list.status, LEDE_OK);
    }
    lede_terms_cursor_free(cursor);
}

static bool has_key(lede_form_maker *maker, uint32_t kind, const char *term,
                    const lede_form_key *key)
{
    lede_form_key own;

    for (uint32_t at = 0;
         lede_form_key_at(maker, kind, lede_bytes_of_text(term),
                          drawn_is_name_somewhere(term), at, &own);
         at++)
        if (own.len == key->len && memcmp(own.text, key->text, own.len) == 0)
            return true;
    return false;
}

/* All words, each once, in order of bytes. */
static uint32_t list_words(char (*words)[16])
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < drawn.posting_count; i++) {
        bool seen = drawn.postings[i].space % 2 != 0;

        for (uint32_t j = 0; j < n && !seen; j++)
            seen = strcmp(words[j], drawn.postings[i].term) == 0;
        if (!seen)
            memcpy(words[n++], drawn.postings[i].term, 16);
    }
    return n;
}

/* Every word that has a key, and no other, is found by it. */
static void compare_key(const lede_segment *segment, lede_form_maker *maker,
                        uint32_t kind, const lede_form_key *key,
                        char (*words)[16], uint32_t n)
{
    lede_segment_words found = { .arena = lede_arena_new(NULL) };
    uint32_t expected = 0;

    ck_assert_int_eq(lede_segment_forms(segment, kind,
                                        lede_bytes_of(key->text, key->len),
                                        &found, NULL),
                     LEDE_OK);
    for (uint32_t i = 0; i < n; i++)
        expected += has_key(maker, kind, words[i], key);
    ck_assert_uint_eq(found.count, expected);
    for (uint32_t i = 0; i < found.count; i++)
        ck_assert(has_key(maker, kind, (const char *)found.at[i].at, key));
    lede_arena_free(found.arena);
}

static void compare_forms(const lede_segment *segment)
{
    static char words[DRAWN_VOCABULARY + 1][16];
    uint32_t n = list_words(words);
    lede_form_maker *maker;
    lede_form_key key;

    ck_assert_int_eq(lede_form_maker_new(&maker, drawn.forms, NULL), LEDE_OK);
    for (uint32_t kind = 0; kind < lede_forms_kinds(drawn.forms); kind++)
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t at = 0;
                 lede_form_key_at(maker, kind, lede_bytes_of_text(words[i]),
                                  drawn_is_name_somewhere(words[i]), at, &key);
                 at++)
                compare_key(segment, maker, kind, &key, words, n);
    lede_form_maker_free(maker);
}

static const uint32_t counts[] = { 0, 1, 2, 30, DRAWN_MOST };

START_TEST(what_was_written_is_read)
{
    chance c = chance_from("segment", 1 + (uint64_t)_i);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;

    drawn_draw(&c, counts[_i]);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_uint_eq(lede_segment_documents(segment), drawn.count);
    compare_articles(segment);
    compare_columns(segment);
    compare_postings(segment);
    compare_forms(segment);
    check_sound(segment);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

/* ---- Bytes ---- */

static lede_bytes map_file(lede_dir *dir, const char *name, lede_file **file)
{
    ck_assert_int_eq(lede_dir_map(dir, file, name, NULL), LEDE_OK);
    return (*file)->bytes;
}

static void check_same(lede_dir *a_dir, const char *a_name, lede_dir *b_dir,
                       const char *b_name)
{
    lede_file *a, *b;

    ck_assert(lede_bytes_equal(map_file(a_dir, a_name, &a),
                               map_file(b_dir, b_name, &b)));
    lede_file_close(a);
    lede_file_close(b);
}

START_TEST(the_same_articles_give_the_same_bytes)
{
    chance c = chance_from("segment", 20);
    lede_dir *a = new_dir(), *b = new_dir();
    lede_segment_made made;

    drawn_draw(&c, 200);
    ck_assert_int_eq(drawn_write(a, NAME, NULL, &made), LEDE_OK);
    ck_assert_int_eq(drawn_write(b, OTHER, NULL, &made), LEDE_OK);
    check_same(a, NAME, b, OTHER);
    lede_dir_close(a);
    lede_dir_close(b);
}
END_TEST

/* Postings from i on that are of one term, a batch at most; how many. */
static uint32_t put_batch(lede_segment_writer *writer, uint32_t i)
{
    static uint32_t positions[LEDE_BLOCK_MAX * DRAWN_OCCURRENCES];
    static lede_postings_batch batch;
    const drawn_posting *first = &drawn.postings[i];

    batch.n = 0;
    batch.positions = positions;
    batch.position_count = 0;
    for (; i < drawn.posting_count && batch.n < LEDE_BLOCK_MAX; i++) {
        const drawn_posting *p = &drawn.postings[i];

        if (p->space != first->space || strcmp(p->term, first->term) != 0)
            break;
        batch.docs[batch.n] = p->doc;
        batch.times[batch.n++] = p->frequency - 1;
        for (uint32_t k = 0; k < p->frequency; k++)
            positions[batch.position_count++] = p->at[k];
    }
    ck_assert_int_eq(lede_segment_writer_batch(writer, &batch, NULL), LEDE_OK);
    return batch.n;
}

START_TEST(batches_write_what_postings_one_by_one_write)
{
    chance c = chance_from("segment", 24);
    lede_dir *dir = new_dir();
    lede_segment_target target = { dir, OTHER, drawn.schema, drawn.forms };
    lede_segment_made made;
    lede_segment_writer *writer;

    drawn_draw(&c, DRAWN_MOST);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    ck_assert_int_eq(lede_segment_writer_new(&writer, &target, NULL, NULL),
                     LEDE_OK);
    for (uint32_t doc = 0; doc < drawn.count; doc++)
        ck_assert_int_eq(drawn_put_article(writer, doc), LEDE_OK);
    for (uint32_t i = 0; i < drawn.posting_count; i += put_batch(writer, i)) {
        const drawn_posting *p = &drawn.postings[i];

        if (i == 0 || p->space != p[-1].space || strcmp(p->term, p[-1].term))
            ck_assert_int_eq(lede_segment_writer_term(
                                 writer, p->space, lede_bytes_of_text(p->term),
                                 drawn_is_name(p->space, p->term), NULL),
                             LEDE_OK);
    }
    ck_assert_int_eq(lede_segment_writer_end(writer, false, &made, NULL),
                     LEDE_OK);
    lede_segment_writer_free(writer);
    check_same(dir, NAME, dir, OTHER);
    lede_dir_close(dir);
}
END_TEST

static void copy_lists(const lede_segment *from, lede_segment_writer *writer)
{
    const lede_terms_table *terms = lede_segment_terms(from);
    lede_terms_cursor *cursor;

    ck_assert_int_eq(lede_terms_cursor_new(&cursor, terms, NULL), LEDE_OK);
    for (uint32_t i = 0; i < terms->space_count; i++) {
        uint32_t space = terms->spaces[i].space;

        lede_terms_cursor_seek(cursor, space, lede_bytes_of(NULL, 0));
        while (lede_terms_cursor_next(cursor)) {
            static lede_postings list;

            ck_assert_int_eq(lede_segment_writer_term(writer, space,
                                                      cursor->term,
                                                      cursor->entry.name, NULL),
                             LEDE_OK);
            lede_postings_open(&list, lede_segment_source(from, space),
                               &cursor->entry);
            ck_assert_int_eq(lede_segment_writer_list(writer, &list, 0, NULL),
                             LEDE_OK);
        }
        ck_assert_int_eq(cursor->status, LEDE_OK);
    }
    lede_terms_cursor_free(cursor);
}

START_TEST(a_segment_made_of_lists_is_the_segment_they_come_from)
{
    chance c = chance_from("segment", 21);
    lede_dir *dir = new_dir();
    lede_segment_target target = { dir, OTHER, drawn.schema, drawn.forms };
    lede_segment_made made;
    lede_segment_writer *writer;
    lede_segment *segment;

    drawn_draw(&c, DRAWN_MOST);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(lede_segment_writer_new(&writer, &target, NULL, NULL),
                     LEDE_OK);
    for (uint32_t doc = 0; doc < drawn.count; doc++)
        ck_assert_int_eq(drawn_put_article(writer, doc), LEDE_OK);
    copy_lists(segment, writer);
    ck_assert_int_eq(lede_segment_writer_end(writer, false, &made, NULL),
                     LEDE_OK);
    lede_segment_writer_free(writer);
    lede_segment_release(segment);
    check_same(dir, NAME, dir, OTHER);
    lede_dir_close(dir);
}
END_TEST

/* Words by the hundred thousand, each in the only article. */
static lede_status write_many(lede_dir *dir, const lede_allocator *allocator,
                              lede_segment_made *made)
{
    lede_segment_target target = { dir, NAME, drawn.schema, drawn.forms };
    lede_segment_writer *writer;
    lede_status status =
        lede_segment_writer_new(&writer, &target, allocator, NULL);
    char word[120];

    if (status != LEDE_OK)
        return status;
    memset(drawn.articles[0].lengths, 0, sizeof drawn.articles[0].lengths);
    drawn.articles[0].lengths[0] = 110000;
    status = drawn_put_article(writer, 0);
    for (uint32_t i = 0; i < 110000 && status == LEDE_OK; i++) {
        (void)snprintf(word, sizeof word, "%06u%040u%060u", i, i * 7919,
                       i * 40503);
        status = lede_segment_writer_term(writer, 0, lede_bytes_of_text(word),
                                          false, NULL);
        if (status == LEDE_OK)
            status = lede_segment_writer_posting(writer, 0, 1, &i, NULL);
    }
    if (status == LEDE_OK)
        status = lede_segment_writer_end(writer, false, made, NULL);
    lede_segment_writer_free(writer);
    return status;
}

static void count_file(void *ctx, const char *name, uint64_t length)
{
    (void)name;
    (void)length;
    ++*(uint32_t *)ctx;
}

START_TEST(a_large_dictionary_waits_in_a_file_of_its_own)
{
    chance c = chance_from("segment", 23);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;
    lede_terms_cursor *cursor;
    lede_terms_entry entry;
    lede_bytes dictionary;
    char word[120];
    uint32_t files = 0;

    drawn_draw(&c, 1);
    ck_assert_int_eq(write_many(dir, NULL, &made), LEDE_OK);
    ck_assert_int_eq(lede_dir_list(dir, count_file, &files, NULL), LEDE_OK);
    ck_assert_uint_eq(files, 1);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(lede_segment_section(segment, LEDE_SECTION_DICTIONARY,
                                          LEDE_NO_SECTION_FIELD, &dictionary,
                                          NULL),
                     LEDE_OK);
    ck_assert_uint_gt(dictionary.len, 2 * 4194304);
    check_sound(segment);
    ck_assert_int_eq(
        lede_terms_cursor_new(&cursor, lede_segment_terms(segment), NULL),
        LEDE_OK);
    for (uint32_t i = 0; i < 110000; i += 997) {
        (void)snprintf(word, sizeof word, "%06u%040u%060u", i, i * 7919,
                       i * 40503);
        ck_assert_int_eq(
            lede_terms_find(cursor, 0, lede_bytes_of_text(word), &entry),
            LEDE_OK);
        ck_assert_uint_eq(entry.ordinal, i);
    }
    lede_terms_cursor_free(cursor);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

START_TEST(of_articles_with_one_key_the_last_is_found)
{
    chance c = chance_from("segment", 22);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;
    uint32_t found;

    drawn_draw(&c, 50);
    memcpy(drawn.articles[40].key, drawn.articles[3].key,
           sizeof drawn.articles[3].key);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    check_sound(segment);
    ck_assert_int_eq(
        lede_segment_find_key(
            segment, lede_bytes_of_text(drawn.articles[3].key), &found, NULL),
        LEDE_OK);
    ck_assert_uint_eq(found, 40);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

/* Of joined words, which end with a mark, the table says nothing: they stand
 * together in the dictionary, maybe among others. */
START_TEST(only_words_that_end_with_a_mark_are_joined_ones)
{
    static const char *const terms[] = { "coop",     "coops\xF9",
                                         "coop\xF9", "coop\xF9op",
                                         "coop\xFA", "coop\xFBop",
                                         "coors" };
    chance c = chance_from("segment", 64);
    lede_segment_words found = { .arena = lede_arena_new(NULL) };
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;

    drawn_draw(&c, 1);
    drawn.posting_count = sizeof terms / sizeof *terms;
    for (uint32_t i = 0; i < drawn.posting_count; i++) {
        drawn.postings[i] = (drawn_posting){ .frequency = 1, .at = { i } };
        (void)snprintf(drawn.postings[i].term, sizeof drawn.postings[i].term,
                       "%s", terms[i]);
    }
    drawn.articles[0].lengths[0] = drawn.posting_count;
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(lede_segment_forms(segment, LEDE_FORM_KIND_FOLD,
                                        lede_bytes_of_text("coop"), &found,
                                        NULL),
                     LEDE_OK);
    ck_assert_uint_eq(found.count, 2);
    for (uint32_t i = 0; i < 2; i++)
        ck_assert(lede_bytes_equal(
            found.at[i], lede_bytes_of_text(i ? "coop\xFA" : "coop\xF9")));
    lede_segment_release(segment);
    lede_dir_close(dir);
    lede_arena_free(found.arena);
}
END_TEST

/* ---- Damage ---- */

static void write_file(lede_dir *dir, const char *name, lede_bytes bytes)
{
    lede_out *out;

    ck_assert_int_eq(lede_dir_create(dir, &out, name, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_write(out, bytes.at, bytes.len, NULL), LEDE_OK);
    ck_assert_int_eq(lede_out_close(out, NULL), LEDE_OK);
}

static uint8_t *copy_of(lede_bytes bytes)
{
    uint8_t *copy = malloc(bytes.len);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes.at, bytes.len);
    return copy;
}

START_TEST(every_flipped_bit_is_found)
{
    chance c = chance_from("segment", 30);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_file *file;
    lede_bytes whole;
    uint8_t *copy;

    drawn_draw(&c, 3);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    whole = map_file(dir, NAME, &file);
    copy = copy_of(whole);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        lede_segment *segment;

        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        write_file(dir, OTHER, lede_bytes_of(copy, whole.len));
        if (lede_segment_open(&segment, dir, OTHER, &made.mark, drawn.schema,
                              NULL, NULL) == LEDE_OK) {
            ck_assert_int_eq(lede_segment_check(segment, NULL, NULL),
                             LEDE_ERR_CORRUPT);
            lede_segment_release(segment);
        }
        ck_assert_int_eq(lede_dir_unlink(dir, OTHER, NULL), LEDE_OK);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    free(copy);
    lede_file_close(file);
    lede_dir_close(dir);
}
END_TEST

/* Reads all there is of a segment that may say anything. */
static void read_everything(const lede_segment *segment)
{
    lede_arena *arena = lede_arena_new(NULL);
    lede_segment_words words = { .arena = arena };
    lede_bytes bytes;
    uint32_t doc;

    for (doc = 0; doc < lede_segment_documents(segment) && doc < 3; doc++) {
        (void)lede_segment_key(segment, doc, &bytes, arena, NULL);
        (void)lede_segment_record(segment, doc, &bytes, arena, NULL);
    }
    (void)lede_segment_find_key(segment, lede_bytes_of_text("k7919"), &doc,
                                NULL);
    (void)lede_segment_forms(segment, LEDE_FORM_KIND_STEM,
                             lede_bytes_of_text("run"), &words, NULL);
    (void)lede_segment_check(segment, NULL, NULL);
    lede_arena_free(arena);
}

/* How long head and content of a file are. */
static size_t content_of(lede_bytes whole)
{
    lede_bytes foot = lede_bytes_of(whole.at + whole.len - 16, 16);
    uint64_t length;

    ck_assert(lede_take_u64(&foot, &length));
    return (size_t)length;
}

/* With checksums that fit. */
START_TEST(a_lying_segment_does_no_harm)
{
    chance c = chance_from("segment", 40 + (uint64_t)_i);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_file *file;
    lede_bytes whole;
    uint8_t *copy;
    size_t content;

    drawn_draw(&c, _i ? 300 : 5);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    whole = map_file(dir, NAME, &file);
    content = content_of(whole);
    copy = copy_of(whole);
    for (int round = 0; round < (_i ? 300 : 4000); round++) {
        size_t at = LEDE_ENVELOPE_HEAD +
                    chance_below(&c, (uint32_t)(content - LEDE_ENVELOPE_HEAD));
        uint8_t mask = (uint8_t)(1U << chance_below(&c, 8));
        lede_envelope_out *out;
        lede_envelope_mark mark;
        lede_segment *segment;

        if (chance_one_in(&c, 8))
            mask = 0xFF;
        if (chance_one_in(&c, 3)) /* the list of sections and the summary */
            at = content - 1 -
                 chance_below(&c,
                              content < 1200 ? (uint32_t)content - 17 : 1200);
        copy[at] ^= mask;
        ck_assert_int_eq(lede_envelope_create(&out, dir, OTHER,
                                              LEDE_ENVELOPE_SEGMENT, NULL,
                                              NULL),
                         LEDE_OK);
        ck_assert_int_eq(lede_envelope_write(out, copy + LEDE_ENVELOPE_HEAD,
                                             content - LEDE_ENVELOPE_HEAD,
                                             NULL),
                         LEDE_OK);
        ck_assert_int_eq(
            lede_envelope_end(out, false, &mark.length, &mark.signature, NULL),
            LEDE_OK);
        if (lede_segment_open(&segment, dir, OTHER, &mark, drawn.schema, NULL,
                              NULL) == LEDE_OK) {
            read_everything(segment);
            lede_segment_release(segment);
        }
        ck_assert_int_eq(lede_dir_unlink(dir, OTHER, NULL), LEDE_OK);
        copy[at] ^= mask;
    }
    free(copy);
    lede_file_close(file);
    lede_dir_close(dir);
}
END_TEST

/* What a check told last of. */
static patch patched;

/* The status of checking a segment with other bytes in a section, from `from`
 * on, and checksums that fit. */
static lede_status check_patched(lede_dir *dir, lede_segment *segment,
                                 lede_section_id id, size_t from,
                                 const char *bytes, size_t n)
{
    patch_range range;

    patched = (patch){ .dir = dir, .segment = segment, .schema = drawn.schema };
    range = patch_range_of(&patched, id, LEDE_NO_SECTION_FIELD);
    ck_assert_uint_le(range.from + from + n, range.to);
    return patch_check(&patched, range.from + from, bytes, n);
}

#define INDEX_HEAD 16 /* of the dictionary's and the forms' index */

/* An index that leads past a block, or into one too early. */
START_TEST(an_index_that_misleads_is_found_out)
{
    static const char high[4] = { -1, -1, -1, -1 };
    static const char low[4] = { 0 };
    static const lede_section_id ids[] = { LEDE_SECTION_DICTIONARY_INDEX,
                                           LEDE_SECTION_FORMS_INDEX };
    chance c = chance_from("segment", 60);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;

    drawn_draw(&c, 300);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(check_patched(dir, segment, ids[_i], 0, "", 0), LEDE_OK);
    ck_assert_int_eq(
        check_patched(dir, segment, ids[_i], INDEX_HEAD + 4, high, 4),
        LEDE_ERR_CORRUPT);
    ck_assert_int_eq(
        check_patched(dir, segment, ids[_i], INDEX_HEAD + 4, low, 4),
        LEDE_ERR_CORRUPT);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

/* A long list of words, and a segment of which it is one. */
typedef struct long_list {
    lede_dir *dir;
    lede_segment *segment;
    lede_bytes section; /* of the postings */
    uint64_t at;        /* the list, in the section */
    lede_bytes tops;    /* of its blocks */
    lede_bytes bounds;
} long_list;

static bool find_long(long_list *l)
{
    static lede_postings list;
    lede_terms_cursor *cursor = NULL;
    bool found = false;

    ck_assert_int_eq(
        lede_terms_cursor_new(&cursor, lede_segment_terms(l->segment), NULL),
        LEDE_OK);
    for (uint32_t field = 0; field < drawn.fields && !found; field++) {
        lede_terms_cursor_seek(cursor, 2 * field, lede_bytes_of(NULL, 0));
        while (!found && lede_terms_cursor_next(cursor)) {
            lede_bound bound;

            if (cursor->entry.documents <= LEDE_POSTINGS_SHORT)
                continue;
            lede_postings_open(&list,
                               lede_segment_source(l->segment, 2 * field),
                               &cursor->entry);
            found = lede_postings_bound(&list, 0, &bound);
            l->tops = list.group.tops;
            l->bounds = list.group.bounds;
            l->at = cursor->entry.postings;
        }
    }
    lede_terms_cursor_free(cursor);
    return found;
}

static void open_long(long_list *l)
{
    chance c = chance_from("segment", 63);
    lede_segment_made made;

    l->dir = new_dir();
    drawn_draw(&c, DRAWN_MOST);
    ck_assert_int_eq(drawn_write(l->dir, NAME, NULL, &made), LEDE_OK);
    l->segment = open_segment(l->dir, NAME, &made.mark);
    ck_assert(find_long(l));
    ck_assert_int_eq(lede_segment_section(l->segment, LEDE_SECTION_POSTINGS,
                                          LEDE_NO_SECTION_FIELD, &l->section,
                                          NULL),
                     LEDE_OK);
}

static void close_long(long_list *l)
{
    lede_segment_release(l->segment);
    lede_dir_close(l->dir);
}

/* What a check says with another byte there. */
static lede_status check_with(const long_list *l, const uint8_t *at,
                              uint32_t byte)
{
    char other = (char)byte;

    return check_patched(l->dir, l->segment, LEDE_SECTION_POSTINGS,
                         (size_t)(at - l->section.at), &other, 1);
}

/* Whether it was told of a list which it is, and this. */
static void expect_told(const char *what)
{
    ck_assert_msg(strstr(patched.told, "the list of \"") &&
                      strstr(patched.told, "\" in ") &&
                      strstr(patched.told, what),
                  "%s: %s", what, patched.told);
}

/* Floors one higher: longer than the shortest document. A top one lower. */
START_TEST(a_bound_that_does_not_hold_is_found_out)
{
    long_list l;

    open_long(&l);
    for (uint32_t lie = 0; lie < 2; lie++) {
        lede_status expected = lie ? LEDE_ERR_CORRUPT : LEDE_OK;

        ck_assert_int_eq(check_with(&l, l.tops.at, l.tops.at[0] - lie),
                         expected);
        if (lie)
            expect_told("is over the top of its block");
        ck_assert_int_eq(check_with(&l, l.bounds.at, l.bounds.at[0] + lie),
                         expected);
        if (lie)
            expect_told("is over the bound of its block");
    }
    close_long(&l);
}
END_TEST

/* Marks stand behind the shape. */
START_TEST(a_mark_that_is_not_reached_is_found_out)
{
    long_list l;
    lede_bytes marks, passed;
    uint64_t shape;

    open_long(&l);
    marks = l.section;
    ck_assert(lede_take(&marks, l.at, &passed));
    ck_assert(lede_take_varint(&marks, &shape));
    for (size_t mark = 0; mark < LEDE_MARKS; mark++, marks.at += 2) {
        ck_assert_uint_lt(marks.at[0], 0x7F);
        ck_assert_int_eq(check_with(&l, marks.at, 0x7F), LEDE_ERR_CORRUPT);
        expect_told("a mark says ");
        ck_assert_int_eq(check_with(&l, marks.at + 1, 0), LEDE_ERR_CORRUPT);
    }
    close_long(&l);
}
END_TEST

START_TEST(a_schema_of_another_index_is_found_out)
{
    chance c = chance_from("segment", 61);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;
    lede_bytes schema;
    uint32_t found = 0;

    drawn_draw(&c, 5);
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(lede_segment_section(segment, LEDE_SECTION_SCHEMA,
                                          LEDE_NO_SECTION_FIELD, &schema, NULL),
                     LEDE_OK);
    for (size_t at = 8; at < schema.len; at++) {
        char other = (char)(schema.at[at] ^ 1);

        found += check_patched(dir, segment, LEDE_SECTION_SCHEMA, at, &other,
                               1) == LEDE_ERR_CORRUPT;
    }
    /* All but weights, forms and languages, which may differ. */
    ck_assert_uint_gt(found, schema.len / 2);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

/* Their sum is that of the field. */
START_TEST(lengths_that_are_not_of_the_postings_are_found_out)
{
    chance c = chance_from("segment", 62);
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment;
    uint32_t from = 0;

    drawn_draw(&c, 50);
    while (drawn.articles[from].lengths[0] == 0)
        from++;
    drawn.articles[from].lengths[0]--;
    drawn.articles[from + 1].lengths[0]++;
    ck_assert_int_eq(drawn_write(dir, NAME, NULL, &made), LEDE_OK);
    segment = open_segment(dir, NAME, &made.mark);
    ck_assert_int_eq(lede_segment_check(segment, NULL, NULL), LEDE_ERR_CORRUPT);
    lede_segment_release(segment);
    lede_dir_close(dir);
}
END_TEST

/* ---- Memory ---- */

static lede_status write_and_read(const lede_allocator *allocator, void *ctx)
{
    lede_dir *dir = new_dir();
    lede_segment_made made;
    lede_segment *segment = NULL;
    lede_arena *arena = lede_arena_new(NULL);
    lede_bytes key, record;
    lede_status status = drawn_write(dir, NAME, allocator, &made);

    (void)ctx;
    if (status == LEDE_OK)
        status = lede_segment_open(&segment, dir, NAME, &made.mark,
                                   drawn.schema, allocator, NULL);
    if (status == LEDE_OK)
        status = lede_segment_key(segment, 0, &key, arena, NULL);
    if (status == LEDE_OK)
        status = lede_segment_record(segment, 0, &record, arena, NULL);
    if (status == LEDE_OK)
        status = lede_segment_check(segment, NULL, NULL);
    lede_segment_release(segment);
    lede_arena_free(arena);
    lede_dir_close(dir);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    chance c = chance_from("segment", 50);

    drawn_draw(&c, 3);
    (void)failing_alloc_sweep(write_and_read, NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, drawn_start, drawn_finish);
    tcase_add_loop_test(tcase, what_was_written_is_read, 0,
                        sizeof counts / sizeof *counts);
    tcase_add_test(tcase, the_same_articles_give_the_same_bytes);
    tcase_add_test(tcase, batches_write_what_postings_one_by_one_write);
    tcase_add_test(tcase,
                   a_segment_made_of_lists_is_the_segment_they_come_from);
    tcase_add_test(tcase, a_large_dictionary_waits_in_a_file_of_its_own);
    tcase_add_test(tcase, of_articles_with_one_key_the_last_is_found);
    tcase_add_test(tcase, only_words_that_end_with_a_mark_are_joined_ones);
    tcase_add_test(tcase, every_flipped_bit_is_found);
    tcase_add_loop_test(tcase, a_lying_segment_does_no_harm, 0, 2);
    tcase_add_loop_test(tcase, an_index_that_misleads_is_found_out, 0, 2);
    tcase_add_test(tcase, a_bound_that_does_not_hold_is_found_out);
    tcase_add_test(tcase, a_mark_that_is_not_reached_is_found_out);
    tcase_add_test(tcase, a_schema_of_another_index_is_found_out);
    tcase_add_test(tcase, lengths_that_are_not_of_the_postings_are_found_out);
    tcase_add_test(tcase, every_allocation_may_fail);
}

int main(void)
{
    return test_suite_run("segment", add_tests);
}
