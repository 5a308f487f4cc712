#include "support/drawn.h"

#include <stdio.h>
#include <stdlib.h>

#include "document/record.h"
#include "support/suite.h"

#define POSTINGS_MAX 60000U

drawn_articles drawn;

void drawn_start(void)
{
    lede_field_options plain = LEDE_FIELD_OPTIONS;

    plain.flags = LEDE_FIELD_NO_POSITIONS | LEDE_FIELD_NAMED_ONLY;
    ck_assert_int_eq(lede_schema_new_article(&drawn.schema, NULL), LEDE_OK);
    ck_assert_int_eq(lede_schema_add(drawn.schema, "notes", LEDE_TEXT, &plain),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(drawn.schema, "votes", LEDE_INT, NULL),
                     LEDE_OK);
    ck_assert_int_eq(lede_schema_add(drawn.schema, "rating", LEDE_DOUBLE, NULL),
                     LEDE_OK);
    ck_assert_int_eq(
        lede_forms_new(&drawn.forms, lede_schema_analyzer(drawn.schema), NULL),
        LEDE_OK);
    ck_assert_int_eq(lede_document_new(&drawn.document, NULL), LEDE_OK);
    drawn.fields = lede_schema_count(drawn.schema);
    drawn.postings = calloc(POSTINGS_MAX, sizeof *drawn.postings);
    ck_assert_ptr_nonnull(drawn.postings);
    for (uint32_t i = 0; i < DRAWN_MOST; i++)
        lede_buffer_init(&drawn.articles[i].record, NULL);
}

void drawn_finish(void)
{
    for (uint32_t i = 0; i < DRAWN_MOST; i++)
        lede_buffer_fini(&drawn.articles[i].record);
    free(drawn.postings);
    lede_document_free(drawn.document);
    lede_forms_free(drawn.forms);
    lede_schema_free(drawn.schema);
}

/* ---- Drawing articles ---- */

void drawn_word(char out[16], uint32_t number)
{
    static const char *const words[] = {
        "run",     "running", "runs",   "élan",   "elan",    "ivanov",
        "ivanoff", "müller",  "muller", "nation", "nations", "a",
    };

    if (number < sizeof words / sizeof *words)
        (void)snprintf(out, 16, "%s", words[number]);
    else
        (void)snprintf(out, 16, "w%uing", number * 7919 % 997);
}

/* Some words are seen as names, and only in the second field. */
bool drawn_is_name(uint32_t space, const char *term)
{
    return space == 2 && (term[0] == 'i' || term[0] == 'm');
}

/* In any field. */
bool drawn_is_name_somewhere(const char *term)
{
    for (uint32_t i = 0; i < drawn.posting_count; i++)
        if (drawn_is_name(drawn.postings[i].space, drawn.postings[i].term) &&
            strcmp(drawn.postings[i].term, term) == 0)
            return true;
    return false;
}

static void add_occurrence(uint32_t space, const char *term, uint32_t doc,
                           uint32_t at, uint32_t from)
{
    drawn_posting *p;

    for (uint32_t i = from; i < drawn.posting_count; i++) {
        p = &drawn.postings[i];
        if (p->space == space && strcmp(p->term, term) == 0) {
            if (p->frequency < DRAWN_OCCURRENCES && space % 2 == 0)
                p->at[p->frequency++] = at;
            return;
        }
    }
    ck_assert_uint_lt(drawn.posting_count, POSTINGS_MAX);
    p = &drawn.postings[drawn.posting_count++];
    *p = (drawn_posting){
        .space = space, .doc = doc, .frequency = 1, .at = { at }
    };
    (void)snprintf(p->term, sizeof p->term, "%s", term);
}

static void draw_words(chance *c, uint32_t doc, uint32_t field, uint32_t from)
{
    uint32_t words = chance_below(c, field == 1 ? 40 : 6);

    for (uint32_t i = 0; i < words; i++) {
        char term[16];

        drawn_word(term,
                   chance_below(c, 1 + chance_below(c, DRAWN_VOCABULARY)));
        add_occurrence(2 * field, term, doc, i, from);
    }
    drawn.articles[doc].lengths[field] = words;
}

static void draw_numbers(chance *c, drawn_article *a, uint32_t field)
{
    const lede_field *f = lede_schema_field(drawn.schema, field);
    uint32_t count = f->kind == LEDE_INT ? 1 : chance_below(c, 3);

    for (uint32_t i = 0; i < count; i++) {
        lede_entry *e = &a->numbers[a->number_count++];

        *e = (lede_entry){ .field = f->name, .value = { .kind = f->kind } };
        if (f->kind == LEDE_DOUBLE)
            e->value.real = (double)chance_below(c, 9) / 2 - 2;
        else
            e->value.number = (int64_t)chance_below(c, 50) - 25;
    }
}

static int by_term_then_doc(const void *left, const void *right)
{
    const drawn_posting *a = left, *b = right;
    int order;

    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    order = strcmp(a->term, b->term);
    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

static void draw_article(chance *c, uint32_t doc)
{
    drawn_article *a = &drawn.articles[doc];
    uint32_t from = drawn.posting_count;
    char text[64];

    a->number_count = 0;
    a->text_bytes = chance_below(c, 5000);
    memset(a->lengths, 0, sizeof a->lengths);
    (void)snprintf(a->key, sizeof a->key, "k%u", doc * 7919 % 10007);
    for (uint32_t f = 0; f < drawn.fields; f++) {
        const lede_field *field = lede_schema_field(drawn.schema, f);

        if (lede_field_has_words(field))
            draw_words(c, doc, f, from);
        if (field->kind == LEDE_KEYWORD)
            for (uint32_t i = chance_below(c, 3); i > 0; i--) {
                drawn_word(text, chance_below(c, 40));
                add_occurrence(2 * f + 1, text, doc, 0, from);
            }
        if (field->kind == LEDE_INT || field->kind == LEDE_DOUBLE ||
            field->kind == LEDE_DATE)
            draw_numbers(c, a, f);
    }
    lede_document_clear(drawn.document);
    (void)snprintf(text, sizeof text, "Title %u, %x", doc, chance_below(c, 99));
    ck_assert_int_eq(
        lede_document_add_text(drawn.document, "title", text, LEDE_TERMINATED),
        LEDE_OK);
    lede_buffer_clear(&a->record);
    lede_record_encode(&a->record, drawn.document, drawn.schema);
    ck_assert_int_eq(a->record.status, LEDE_OK);
}

void drawn_draw(chance *c, uint32_t count)
{
    drawn.count = count;
    drawn.posting_count = 0;
    for (uint32_t doc = 0; doc < count; doc++)
        draw_article(c, doc);
    if (drawn.posting_count > 0)
        qsort(drawn.postings, drawn.posting_count, sizeof *drawn.postings,
              by_term_then_doc);
}

/* ---- Writing them ---- */

lede_status drawn_put_article(lede_segment_writer *writer, uint32_t doc)
{
    const drawn_article *a = &drawn.articles[doc];
    const lede_entry *numbers[DRAWN_NUMBERS];
    lede_segment_document d = { .key = lede_bytes_of_text(a->key),
                                .sequence = 10 + 3 * (uint64_t)doc,
                                .text_bytes = a->text_bytes,
                                .record = lede_buffer_bytes(&a->record),
                                .lengths = a->lengths,
                                .numbers = numbers,
                                .number_count = a->number_count };

    for (uint32_t i = 0; i < a->number_count; i++)
        numbers[i] = &a->numbers[i];
    return lede_segment_writer_document(writer, &d, NULL);
}

static lede_status put_postings(lede_segment_writer *writer)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < drawn.posting_count && status == LEDE_OK; i++) {
        const drawn_posting *p = &drawn.postings[i];

        if (i == 0 || p->space != p[-1].space || strcmp(p->term, p[-1].term))
            status = lede_segment_writer_term(
                writer, p->space, lede_bytes_of_text(p->term),
                drawn_is_name(p->space, p->term), NULL);
        if (status == LEDE_OK)
            status = lede_segment_writer_posting(writer, p->doc, p->frequency,
                                                 p->at, NULL);
    }
    return status;
}

lede_status drawn_write(lede_dir *dir, const char *name,
                        const lede_allocator *allocator,
                        lede_segment_made *made)
{
    lede_segment_target target = { dir, name, drawn.schema, drawn.forms };
    lede_segment_writer *writer;
    lede_status status =
        lede_segment_writer_new(&writer, &target, allocator, NULL);

    if (status != LEDE_OK)
        return status;
    for (uint32_t doc = 0; doc < drawn.count && status == LEDE_OK; doc++)
        status = drawn_put_article(writer, doc);
    if (status == LEDE_OK)
        status = put_postings(writer);
    if (status == LEDE_OK)
        status = lede_segment_writer_end(writer, false, made, NULL);
    if (status == LEDE_OK) {
        ck_assert_uint_eq(made->documents, drawn.count);
        ck_assert_uint_gt(lede_segment_writer_memory(writer), 0);
    }
    lede_segment_writer_free(writer);
    return status;
}
