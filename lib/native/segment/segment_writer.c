/*
 * native/segment/segment_writer.c - writes one segment in one pass.
 *
 * Records go out while articles come, postings while terms come; what grows
 * beside them, dictionary and positions, is held until the end, where the small
 * sections follow.
 */
#include "native/segment/segment_writer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/keys.h"
#include "native/codec/records.h"
#include "native/segment/form_words.h"
#include "native/segment/numbers.h"
#include "native/segment/spool.h"

#define DRAIN_BYTES 262144U /* a buffer is written out from here on */

typedef struct section {
    uint32_t id;
    uint32_t field;
    uint64_t offset;
    uint64_t length;
} section;

/* What is kept of a field. */
typedef struct field_out {
    const lede_field *field;
    uint64_t tokens;
    uint32_t *lengths; /* of documents up to the last that has words here */
    size_t length_count;
    size_t length_capacity;
    lede_values values; /* of numbers */
    lede_buffer column; /* of keywords, made when their space ends */
    lede_buffer starts;
} field_out;

/* A value of an article, on its way to its field's column. */
typedef struct cell {
    uint32_t place;
    uint64_t number;
} cell;

struct lede_segment_writer {
    const lede_allocator *allocator;
    const lede_schema *schema;
    const lede_forms *forms;
    lede_envelope_out *file;
    section *sections;
    size_t section_count;
    size_t section_capacity;
    lede_buffer out; /* on its way to the file */

    field_out *fields;
    uint32_t field_count;
    uint64_t *tokens;
    lede_terms_space *spaces; /* two for each field, but for those it lacks */
    uint32_t space_count;

    /* Articles. */
    uint32_t documents;
    uint64_t text_bytes;
    lede_numbers sequences;
    lede_numbers sizes;
    lede_numbers record_starts;
    lede_numbers key_ends;
    lede_numbers row; /* values of one field */
    cell *cells;      /* of one article */
    size_t cell_count;
    size_t cell_capacity;
    lede_buffer keys;
    uint32_t *default_lengths;
    size_t default_capacity;
    lede_records_writer *records;

    /* Terms. */
    bool terms_begun;
    bool term_begun;
    uint32_t space; /* its place in `spaces` */
    uint32_t field; /* of the space */
    uint64_t term_count;
    bool name;
    lede_buffer term;
    lede_ordinals_out ordinals;
    uint32_t *at; /* positions, when a list is added */
    size_t at_capacity;
    uint64_t postings_written;
    lede_spool positions;
    lede_spool dictionary;
    lede_postings_writer *lists;
    lede_terms_writer *terms;
};

/* ---- Sections ---- */

static lede_status drain(lede_segment_writer *w, lede_buffer *buffer,
                         size_t least, lede_error *err)
{
    lede_status status = lede_fail_plain(err, buffer->status);

    if (status != LEDE_OK || buffer->len < least)
        return status;
    status = lede_envelope_write(w->file, buffer->at, buffer->len, err);
    lede_buffer_clear(buffer);
    return status;
}

static lede_status begin_section(lede_segment_writer *w, lede_section_id id,
                                 uint32_t field, lede_error *err)
{
    lede_status status = lede_envelope_align(w->file, err);

    if (status != LEDE_OK)
        return status;
    if (!lede_grow(w->allocator, &w->sections, &w->section_capacity,
                   w->section_count + 1, sizeof *w->sections))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    w->sections[w->section_count++] =
        (section){ id, field, lede_envelope_offset(w->file), 0 };
    return LEDE_OK;
}

/* Ends the section begun last; one without bytes was none. */
static void end_section(lede_segment_writer *w)
{
    section *s = &w->sections[w->section_count - 1];

    s->length = lede_envelope_offset(w->file) - s->offset;
    if (s->length == 0)
        w->section_count--;
}

/* Writes what a spool holds as a section. */
static lede_status put_spool(lede_segment_writer *w, lede_section_id id,
                             lede_spool *spool, lede_error *err)
{
    lede_bytes all;
    lede_status status = lede_spool_read(spool, &all, err);

    if (status == LEDE_OK)
        status = begin_section(w, id, LEDE_NO_SECTION_FIELD, err);
    if (status == LEDE_OK)
        status = lede_envelope_write(w->file, all.at, all.len, err);
    if (status == LEDE_OK)
        end_section(w);
    lede_spool_fini(spool);
    return status;
}

/* Writes a buffer as a section, and empties it. */
static lede_status put_section(lede_segment_writer *w, lede_section_id id,
                               uint32_t field, lede_buffer *buffer,
                               lede_error *err)
{
    lede_status status = begin_section(w, id, field, err);

    if (status == LEDE_OK)
        status = drain(w, buffer, 0, err);
    if (status == LEDE_OK)
        end_section(w);
    return status;
}

static lede_status put_column(lede_segment_writer *w, lede_section_id id,
                              const lede_numbers *numbers, lede_error *err)
{
    lede_column_write(&w->out, numbers->at, (uint32_t)numbers->count);
    return put_section(w, id, LEDE_NO_SECTION_FIELD, &w->out, err);
}

static int by_id_then_field(const void *left, const void *right)
{
    const section *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->field > b->field) - (a->field < b->field);
}

/* The list of sections, and where it begins. */
static lede_status put_contents(lede_segment_writer *w, lede_error *err)
{
    lede_status status = lede_envelope_align(w->file, err);
    uint64_t begin = lede_envelope_offset(w->file);

    qsort(w->sections, w->section_count, sizeof *w->sections, by_id_then_field);
    lede_put_u32(&w->out, (uint32_t)w->section_count);
    for (size_t i = 0; i < w->section_count; i++) {
        lede_put_u32(&w->out, w->sections[i].id);
        lede_put_u32(&w->out, w->sections[i].field);
        lede_put_u64(&w->out, w->sections[i].offset);
        lede_put_u64(&w->out, w->sections[i].length);
    }
    lede_put_u64(&w->out, begin);
    return status == LEDE_OK ? drain(w, &w->out, 0, err) : status;
}

/* ---- Making and freeing ---- */

static void add_space(lede_segment_writer *w, uint32_t space, bool words,
                      bool positions)
{
    w->spaces[w->space_count++] = (lede_terms_space){
        .space = space, .frequencies = words, .positions = words && positions
    };
}

static lede_status make_fields(lede_segment_writer *w)
{
    size_t room = w->field_count ? w->field_count : 1;

    w->fields = lede_alloc_zero(w->allocator, room * sizeof *w->fields);
    w->tokens = lede_alloc_zero(w->allocator, room * sizeof *w->tokens);
    w->spaces = lede_alloc_zero(w->allocator, 2 * room * sizeof *w->spaces);
    if (!w->fields || !w->tokens || !w->spaces)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < w->field_count; i++) {
        const lede_field *field = lede_schema_field(w->schema, i);

        w->fields[i].field = field;
        lede_buffer_init(&w->fields[i].column, w->allocator);
        lede_buffer_init(&w->fields[i].starts, w->allocator);
        if (lede_field_has_words(field))
            add_space(w, 2 * i, true, lede_field_has_positions(field));
        if (field->kind == LEDE_KEYWORD)
            add_space(w, 2 * i + 1, false, false);
    }
    return LEDE_OK;
}

lede_status lede_segment_writer_new(lede_segment_writer **out,
                                    const lede_segment_target *target,
                                    const lede_allocator *allocator,
                                    lede_error *err)
{
    lede_segment_writer *made = lede_alloc_zero(allocator, sizeof *made);
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    made->schema = target->schema;
    made->forms = target->forms;
    made->field_count = lede_schema_count(target->schema);
    lede_buffer_init(&made->out, allocator);
    lede_buffer_init(&made->keys, allocator);
    lede_buffer_init(&made->term, allocator);
    lede_spool_init(&made->positions, target->dir, target->name, allocator);
    lede_spool_init(&made->dictionary, target->dir, target->name, allocator);
    status = make_fields(made);
    if (status == LEDE_OK)
        status = lede_records_writer_new(&made->records, allocator);
    if (status == LEDE_OK)
        status = lede_postings_writer_new(&made->lists, allocator);
    if (status == LEDE_OK)
        status = lede_terms_writer_new(&made->terms, made->spaces,
                                       made->space_count, allocator);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_envelope_create(&made->file, target->dir, target->name,
                                      LEDE_ENVELOPE_SEGMENT, allocator, err);
    if (status == LEDE_OK)
        status = begin_section(made, LEDE_SECTION_RECORDS,
                               LEDE_NO_SECTION_FIELD, err);
    if (status != LEDE_OK) {
        lede_segment_writer_free(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

static void free_fields(lede_segment_writer *w)
{
    size_t room = w->field_count ? w->field_count : 1;

    for (uint32_t i = 0; w->fields && i < w->field_count; i++) {
        field_out *f = &w->fields[i];

        lede_release(w->allocator, f->lengths,
                     f->length_capacity * sizeof *f->lengths);
        lede_values_fini(&f->values, w->allocator);
        if (f->field) {
            lede_buffer_fini(&f->column);
            lede_buffer_fini(&f->starts);
        }
    }
    lede_release(w->allocator, w->fields, room * sizeof *w->fields);
    lede_release(w->allocator, w->tokens, room * sizeof *w->tokens);
    lede_release(w->allocator, w->spaces, 2 * room * sizeof *w->spaces);
}

void lede_segment_writer_free(lede_segment_writer *writer)
{
    lede_segment_writer *w = writer;

    if (!w)
        return;
    lede_envelope_abandon(w->file);
    lede_records_writer_free(w->records);
    lede_postings_writer_free(w->lists);
    lede_terms_writer_free(w->terms);
    free_fields(w);
    lede_release(w->allocator, w->sections,
                 w->section_capacity * sizeof *w->sections);
    lede_release(w->allocator, w->default_lengths,
                 w->default_capacity * sizeof *w->default_lengths);
    lede_release(w->allocator, w->cells, w->cell_capacity * sizeof *w->cells);
    lede_release(w->allocator, w->at, w->at_capacity * sizeof *w->at);
    lede_numbers_fini(&w->sequences, w->allocator);
    lede_numbers_fini(&w->sizes, w->allocator);
    lede_numbers_fini(&w->record_starts, w->allocator);
    lede_numbers_fini(&w->key_ends, w->allocator);
    lede_numbers_fini(&w->row, w->allocator);
    lede_ordinals_out_fini(&w->ordinals, w->allocator);
    lede_buffer_fini(&w->out);
    lede_buffer_fini(&w->keys);
    lede_buffer_fini(&w->term);
    lede_spool_fini(&w->positions);
    lede_spool_fini(&w->dictionary);
    lede_release(w->allocator, w, sizeof *w);
}

uint64_t lede_segment_writer_memory(const lede_segment_writer *writer)
{
    const lede_segment_writer *w = writer;
    uint64_t bytes = sizeof *w + w->out.capacity + w->keys.capacity +
                     w->term.capacity + w->positions.bytes.capacity +
                     w->dictionary.bytes.capacity;

    bytes += (w->sequences.capacity + w->sizes.capacity +
              w->record_starts.capacity + w->key_ends.capacity) *
             sizeof(uint64_t);
    bytes += (w->default_capacity + w->at_capacity) * sizeof(uint32_t);
    bytes += w->section_capacity * sizeof *w->sections;
    bytes += lede_records_writer_memory(w->records);
    bytes += lede_ordinals_out_memory(&w->ordinals);
    for (uint32_t i = 0; i < w->field_count; i++) {
        const field_out *f = &w->fields[i];

        bytes += sizeof *f + sizeof *w->tokens + 2 * sizeof *w->spaces +
                 f->length_capacity * sizeof *f->lengths +
                 lede_values_memory(&f->values) + f->column.capacity +
                 f->starts.capacity;
    }
    return bytes;
}

/* ---- Articles ---- */

static lede_status add_length(lede_segment_writer *w, field_out *f,
                              uint32_t length)
{
    if (length == 0)
        return LEDE_OK;
    if (!lede_grow(w->allocator, &f->lengths, &f->length_capacity,
                   (size_t)w->documents + 1, sizeof *f->lengths))
        return LEDE_ERR_NOMEM;
    while (f->length_count < w->documents)
        f->lengths[f->length_count++] = 0;
    f->lengths[f->length_count++] = length;
    f->tokens += length;
    return LEDE_OK;
}

static lede_status add_lengths(lede_segment_writer *w, const uint32_t *lengths)
{
    uint64_t sum = 0;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++) {
        field_out *f = &w->fields[i];

        if (!lede_field_has_words(f->field))
            continue;
        if (lede_field_is_default(f->field))
            sum += lengths[i];
        status = add_length(w, f, lengths[i]);
    }
    if (status != LEDE_OK)
        return status;
    if (!lede_grow(w->allocator, &w->default_lengths, &w->default_capacity,
                   (size_t)w->documents + 1, sizeof *w->default_lengths))
        return LEDE_ERR_NOMEM;
    w->default_lengths[w->documents] =
        sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    return LEDE_OK;
}

static uint64_t number_of(const lede_value *value)
{
    if (value->kind == LEDE_DOUBLE)
        return lede_column_from_double(value->real);
    return lede_column_from_int(value->number);
}

static int by_place(const void *left, const void *right)
{
    const cell *a = left, *b = right;

    return (a->place > b->place) - (a->place < b->place);
}

/* Gathers the values that belong in columns, field by field. */
static lede_status gather_cells(lede_segment_writer *w,
                                const lede_segment_document *document)
{
    const char *name = NULL;
    uint32_t place = LEDE_NO_FIELD;

    w->cell_count = 0;
    for (uint32_t i = 0; i < document->number_count; i++) {
        const lede_entry *entry = document->numbers[i];
        const lede_field *field;

        if (entry->field != name) {
            name = entry->field;
            place = lede_schema_place(w->schema, name);
        }
        if (place == LEDE_NO_FIELD)
            continue;
        field = w->fields[place].field;
        if (!lede_field_has_column(field) || field->kind == LEDE_KEYWORD ||
            entry->value.kind != field->kind)
            continue;
        if (!lede_grow(w->allocator, &w->cells, &w->cell_capacity,
                       w->cell_count + 1, sizeof *w->cells))
            return LEDE_ERR_NOMEM;
        w->cells[w->cell_count++] = (cell){ place, number_of(&entry->value) };
    }
    if (w->cell_count > 1)
        qsort(w->cells, w->cell_count, sizeof *w->cells, by_place);
    return LEDE_OK;
}

static lede_status add_numbers(lede_segment_writer *w,
                               const lede_segment_document *document)
{
    lede_status status = gather_cells(w, document);

    for (size_t i = 0; i < w->cell_count && status == LEDE_OK;) {
        uint32_t place = w->cells[i].place;

        w->row.count = 0;
        for (; i < w->cell_count && w->cells[i].place == place; i++)
            if (status == LEDE_OK)
                status =
                    lede_numbers_add(&w->row, w->allocator, w->cells[i].number);
        if (status == LEDE_OK)
            status = lede_values_add(&w->fields[place].values, w->allocator,
                                     w->documents, w->row.at, w->row.count);
    }
    return status;
}

static lede_status add_document(lede_segment_writer *w,
                                const lede_segment_document *document)
{
    lede_status status = add_lengths(w, document->lengths);

    if (status == LEDE_OK)
        status = add_numbers(w, document);
    if (status == LEDE_OK)
        status =
            lede_numbers_add(&w->sequences, w->allocator, document->sequence);
    if (status == LEDE_OK)
        status =
            lede_numbers_add(&w->sizes, w->allocator, document->text_bytes);
    if (status == LEDE_OK)
        status = lede_numbers_add(&w->record_starts, w->allocator,
                                  lede_records_writer_length(w->records));
    lede_put(&w->keys, document->key.at, document->key.len);
    if (status == LEDE_OK)
        status = w->keys.status;
    if (status == LEDE_OK)
        status = lede_numbers_add(&w->key_ends, w->allocator, w->keys.len);
    if (status == LEDE_OK)
        status = lede_records_writer_add(w->records, document->record, &w->out);
    return status;
}

lede_status lede_segment_writer_document(lede_segment_writer *writer,
                                         const lede_segment_document *document,
                                         lede_error *err)
{
    lede_status status = LEDE_OK;

    if (writer->terms_begun)
        return lede_fail(err, LEDE_ERR_INVALID, NULL,
                         "articles come before terms");
    if (writer->documents >= UINT32_MAX - 2)
        return lede_fail(err, LEDE_ERR_LIMIT, NULL,
                         "too many articles for one segment");
    status = add_document(writer, document);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    writer->documents++;
    writer->text_bytes += document->text_bytes;
    return drain(writer, &writer->out, DRAIN_BYTES, err);
}

/* ---- Terms ---- */

static lede_status begin_terms(lede_segment_writer *w, lede_error *err)
{
    lede_buffer trained;
    lede_status status;

    if (w->terms_begun)
        return LEDE_OK;
    w->terms_begun = true;
    lede_buffer_init(&trained, w->allocator);
    status = lede_numbers_add(&w->record_starts, w->allocator,
                              lede_records_writer_length(w->records));
    if (status == LEDE_OK)
        status = lede_records_writer_end(w->records, &w->out, &trained);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = drain(w, &w->out, 0, err);
    if (status == LEDE_OK) {
        end_section(w);
        status = put_section(w, LEDE_SECTION_RECORD_DICTIONARY,
                             LEDE_NO_SECTION_FIELD, &trained, err);
    }
    lede_buffer_fini(&trained);
    if (status != LEDE_OK)
        return status;
    return begin_section(w, LEDE_SECTION_POSTINGS, LEDE_NO_SECTION_FIELD, err);
}

/* Ends the term at hand; its postings stand in `out`. */
static lede_status end_term(lede_segment_writer *w, lede_error *err)
{
    lede_terms_entry entry = { 0 };
    lede_status status;

    if (!w->term_begun)
        return LEDE_OK;
    w->term_begun = false;
    w->postings_written += w->out.len;
    status = drain(w, &w->out, DRAIN_BYTES, err);
    if (status != LEDE_OK)
        return status;
    w->postings_written -= w->out.len;
    status = lede_postings_writer_end(w->lists, &w->out, w->postings_written,
                                      &w->positions.bytes, w->positions.written,
                                      &entry);
    if (status == LEDE_OK && entry.documents == 0)
        return lede_fail(err, LEDE_ERR_INVALID, NULL, "a term of no article");
    entry.name = w->name;
    if (status == LEDE_OK)
        status = lede_terms_writer_add(w->terms, &w->dictionary.bytes,
                                       w->spaces[w->space].space,
                                       lede_buffer_bytes(&w->term), &entry);
    w->term_count++;
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_spool_settle(&w->positions, err);
    return status == LEDE_OK ? lede_spool_settle(&w->dictionary, err) : status;
}

/* Makes the column of a space of keywords. */
static lede_status end_space(lede_segment_writer *w)
{
    field_out *f = &w->fields[w->field];

    w->term_count = 0;
    return lede_ordinals_out_end(&w->ordinals, w->allocator, w->documents,
                                 &f->column, &f->starts);
}

static lede_status find_space(lede_segment_writer *w, uint32_t space)
{
    lede_status status;

    if (w->space_count == 0)
        return LEDE_ERR_INVALID;
    if (w->spaces[w->space].space == space) {
        w->field = space / 2;
        return LEDE_OK;
    }
    status = end_space(w);
    while (w->space < w->space_count && w->spaces[w->space].space < space)
        w->space++;
    if (w->space == w->space_count || w->spaces[w->space].space != space)
        return LEDE_ERR_INVALID;
    w->field = space / 2;
    return status;
}

lede_status lede_segment_writer_term(lede_segment_writer *writer,
                                     uint32_t space, lede_bytes term, bool name,
                                     lede_error *err)
{
    lede_segment_writer *w = writer;
    lede_status status = begin_terms(w, err);

    if (status == LEDE_OK)
        status = end_term(w, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(err, find_space(w, space));
    if (status != LEDE_OK)
        return status;
    lede_buffer_clear(&w->term);
    lede_put(&w->term, term.at, term.len);
    w->name = name;
    w->term_begun = true;
    lede_postings_writer_begin(w->lists, w->spaces[w->space].frequencies,
                               w->spaces[w->space].positions);
    return lede_fail_plain(err, w->term.status);
}

/* What a bound is about. */
static uint64_t length_of(const lede_segment_writer *w, uint32_t doc)
{
    const field_out *f = &w->fields[w->field];

    if (lede_field_is_default(f->field))
        return w->default_lengths[doc];
    return doc < f->length_count ? f->lengths[doc] : 0;
}

static bool has_ordinals(const lede_segment_writer *w)
{
    return w->spaces[w->space].space % 2 != 0 &&
           lede_field_has_column(w->fields[w->field].field);
}

static lede_status add_posting(lede_segment_writer *w, uint32_t doc,
                               uint32_t frequency, const uint32_t *positions)
{
    lede_status status = LEDE_OK;

    if (!w->term_begun || doc >= w->documents || frequency == 0)
        return LEDE_ERR_INVALID;
    if (has_ordinals(w))
        status = w->term_count < UINT32_MAX
                     ? lede_ordinals_out_add(&w->ordinals, w->allocator, doc,
                                             (uint32_t)w->term_count)
                     : LEDE_ERR_LIMIT;
    if (status == LEDE_OK)
        status = lede_postings_writer_add(w->lists, doc, frequency, positions,
                                          length_of(w, doc));
    return status;
}

lede_status lede_segment_writer_posting(lede_segment_writer *writer,
                                        uint32_t doc, uint32_t frequency,
                                        const uint32_t *positions,
                                        lede_error *err)
{
    return lede_fail_plain(err, add_posting(writer, doc, frequency, positions));
}

/* Every position takes a bit at least. */
static bool frequency_can_be(const lede_postings *list)
{
    const lede_postings_source *source = list->source;

    return list->documents == 1 ||
           list->frequency / 8 <= source->postings.len + source->positions.len;
}

static lede_status walk_list(lede_segment_writer *w, lede_postings *list,
                             uint32_t shift)
{
    bool positions = w->spaces[w->space].positions;
    lede_status status = LEDE_OK;

    for (uint32_t doc = lede_postings_seek(list, 0);
         doc != LEDE_DOC_END && status == LEDE_OK;
         doc = lede_postings_seek(list, doc + 1)) {
        if (positions && !frequency_can_be(list))
            return LEDE_ERR_CORRUPT;
        if (positions && !lede_grow(w->allocator, &w->at, &w->at_capacity,
                                    list->frequency, sizeof *w->at))
            return LEDE_ERR_NOMEM;
        if (positions && !lede_postings_positions(list, w->at))
            return list->status != LEDE_OK ? list->status : LEDE_ERR_CORRUPT;
        status = add_posting(w, doc + shift, list->frequency, w->at);
    }
    return status == LEDE_OK ? list->status : status;
}

lede_status lede_segment_writer_list(lede_segment_writer *writer,
                                     lede_postings *list, uint32_t shift,
                                     lede_error *err)
{
    lede_status status = LEDE_ERR_UNSUPPORTED;

    if (!has_ordinals(writer))
        status = lede_postings_writer_copy(writer->lists, list, shift);
    if (status == LEDE_ERR_UNSUPPORTED)
        status = walk_list(writer, list, shift);
    return lede_fail_plain(err, status);
}

/* ---- The end ---- */

/* Makes the form tables, the index in `out`. */
static lede_status write_forms(lede_segment_writer *w, lede_bytes dictionary,
                               lede_bytes index, lede_buffer *forms)
{
    lede_terms_table table;
    lede_status status = lede_terms_table_open(&table, dictionary, index,
                                               w->spaces, w->space_count);

    if (status != LEDE_OK)
        return status;
    return lede_form_words_write(&table, w->forms, forms, &w->out,
                                 w->allocator);
}

static lede_status put_dictionary(lede_segment_writer *w, lede_error *err)
{
    lede_bytes dictionary;
    lede_buffer index, forms;
    lede_status status;

    lede_buffer_init(&index, w->allocator);
    lede_buffer_init(&forms, w->allocator);
    status = lede_terms_writer_end(w->terms, &w->dictionary.bytes, &index);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_spool_read(&w->dictionary, &dictionary, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(
            err, write_forms(w, dictionary, lede_buffer_bytes(&index), &forms));
    if (status == LEDE_OK)
        status = put_section(w, LEDE_SECTION_FORMS_INDEX, LEDE_NO_SECTION_FIELD,
                             &w->out, err);
    if (status == LEDE_OK)
        status = put_section(w, LEDE_SECTION_FORMS, LEDE_NO_SECTION_FIELD,
                             &forms, err);
    if (status == LEDE_OK)
        status = put_section(w, LEDE_SECTION_DICTIONARY_INDEX,
                             LEDE_NO_SECTION_FIELD, &index, err);
    if (status == LEDE_OK)
        status = put_spool(w, LEDE_SECTION_DICTIONARY, &w->dictionary, err);
    lede_buffer_fini(&index);
    lede_buffer_fini(&forms);
    return status;
}

static lede_status put_lengths(lede_segment_writer *w, uint32_t field,
                               lede_error *err)
{
    const field_out *f = &w->fields[field];
    lede_status status = LEDE_OK;

    if (f->tokens == 0)
        return LEDE_OK;
    w->row.count = 0;
    for (uint32_t doc = 0; doc < w->documents && status == LEDE_OK; doc++)
        status = lede_numbers_add(&w->row, w->allocator,
                                  doc < f->length_count ? f->lengths[doc] : 0);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    lede_column_write(&w->out, w->row.at, w->documents);
    return put_section(w, LEDE_SECTION_LENGTHS, field, &w->out, err);
}

static lede_status put_fields(lede_segment_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++) {
        field_out *f = &w->fields[i];

        w->tokens[i] = f->tokens;
        status = put_lengths(w, i, err);
        if (status == LEDE_OK)
            status = lede_fail_plain(
                err, lede_values_end(&f->values, w->allocator, w->documents,
                                     &f->column, &f->starts));
        if (status == LEDE_OK && f->column.len > 0)
            status = put_section(w, LEDE_SECTION_COLUMN, i, &f->column, err);
        if (status == LEDE_OK && f->starts.len > 0)
            status =
                put_section(w, LEDE_SECTION_COLUMN_STARTS, i, &f->starts, err);
    }
    return status;
}

typedef struct keyed {
    lede_bytes key;
    uint32_t doc;
} keyed;

static int by_key_then_doc(const void *left, const void *right)
{
    const keyed *a = left, *b = right;
    int order = lede_bytes_compare(a->key, b->key);

    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

/* Ranks of documents and documents of ranks; of documents with one key the last
 * is the one that its rank names. Leaves the keys themselves in `keys`. */
static lede_status rank_keys(lede_segment_writer *w, keyed *sorted,
                             lede_bytes *keys, lede_numbers *ranks,
                             lede_numbers *documents)
{
    lede_status status = LEDE_OK;

    if (w->documents > 0)
        qsort(sorted, w->documents, sizeof *sorted, by_key_then_doc);
    for (uint32_t i = 0; i < w->documents && status == LEDE_OK; i++)
        status = lede_numbers_add(ranks, w->allocator, 0);
    for (uint32_t i = 0; i < w->documents && status == LEDE_OK; i++) {
        size_t rank = documents->count;

        if (i > 0 && lede_bytes_equal(sorted[i].key, keys[rank - 1]))
            documents->at[--rank] = sorted[i].doc;
        else
            status = lede_numbers_add(documents, w->allocator, sorted[i].doc);
        keys[rank] = sorted[i].key;
        ranks->at[sorted[i].doc] = rank;
    }
    return status;
}

static lede_status write_keys(lede_segment_writer *w, keyed *sorted,
                              lede_bytes *keys, lede_error *err)
{
    lede_numbers ranks = { 0 }, documents = { 0 };
    lede_status status;

    for (uint32_t doc = 0; doc < w->documents; doc++) {
        size_t begin = doc ? (size_t)w->key_ends.at[doc - 1] : 0;
        size_t end = (size_t)w->key_ends.at[doc];

        sorted[doc] =
            (keyed){ lede_bytes_of(w->keys.at + begin, end - begin), doc };
    }
    status =
        lede_fail_plain(err, rank_keys(w, sorted, keys, &ranks, &documents));
    if (status == LEDE_OK) {
        lede_keys_write(&w->out, keys, (uint32_t)documents.count);
        status = put_section(w, LEDE_SECTION_KEYS, LEDE_NO_SECTION_FIELD,
                             &w->out, err);
    }
    if (status == LEDE_OK)
        status = put_column(w, LEDE_SECTION_KEY_RANKS, &ranks, err);
    if (status == LEDE_OK)
        status = put_column(w, LEDE_SECTION_RANK_DOCUMENTS, &documents, err);
    lede_numbers_fini(&ranks, w->allocator);
    lede_numbers_fini(&documents, w->allocator);
    return status;
}

static lede_status put_keys(lede_segment_writer *w, lede_error *err)
{
    size_t room = w->documents ? w->documents : 1;
    keyed *sorted = lede_alloc_array(w->allocator, room, sizeof *sorted);
    lede_bytes *keys = lede_alloc_array(w->allocator, room, sizeof *keys);
    lede_status status = sorted && keys ? write_keys(w, sorted, keys, err)
                                        : lede_fail_plain(err, LEDE_ERR_NOMEM);

    lede_release(w->allocator, sorted, room * sizeof *sorted);
    lede_release(w->allocator, keys, room * sizeof *keys);
    return status;
}

static lede_status put_summary(lede_segment_writer *w, lede_error *err)
{
    uint32_t spaces = 0;

    for (uint32_t i = 0; i < w->space_count; i++)
        spaces += w->spaces[i].terms > 0;
    lede_put_u32(&w->out, w->documents);
    lede_put_u32(&w->out, w->field_count);
    lede_put_u32(&w->out, spaces);
    for (uint32_t i = 0; i < w->field_count; i++)
        lede_put_u64(&w->out, w->tokens[i]);
    for (uint32_t i = 0; i < w->space_count; i++) {
        if (w->spaces[i].terms == 0)
            continue;
        lede_put_u32(&w->out, w->spaces[i].space);
        lede_put_u32(&w->out, w->spaces[i].blocks);
        lede_put_u64(&w->out, w->spaces[i].terms);
    }
    return put_section(w, LEDE_SECTION_SUMMARY, LEDE_NO_SECTION_FIELD, &w->out,
                       err);
}

/* For whoever finds the segment without a manifest. */
static lede_status put_schema(lede_segment_writer *w, lede_error *err)
{
    lede_put_u64(&w->out, lede_forms_version(w->forms));
    lede_schema_encode(&w->out, w->schema);
    return put_section(w, LEDE_SECTION_SCHEMA, LEDE_NO_SECTION_FIELD, &w->out,
                       err);
}

static lede_status end_terms(lede_segment_writer *w, lede_error *err)
{
    lede_status status = begin_terms(w, err);

    if (status == LEDE_OK)
        status = end_term(w, err);
    if (status == LEDE_OK && w->field_count > 0)
        status = lede_fail_plain(err, end_space(w));
    if (status == LEDE_OK)
        status = drain(w, &w->out, 0, err);
    if (status != LEDE_OK)
        return status;
    end_section(w);
    return put_spool(w, LEDE_SECTION_POSITIONS, &w->positions, err);
}

static lede_status put_rest(lede_segment_writer *w, lede_error *err)
{
    lede_status status = put_dictionary(w, err);

    if (status == LEDE_OK)
        status = put_fields(w, err);
    if (status == LEDE_OK)
        status = put_column(w, LEDE_SECTION_SEQUENCES, &w->sequences, err);
    if (status == LEDE_OK)
        status = put_column(w, LEDE_SECTION_SIZES, &w->sizes, err);
    if (status == LEDE_OK)
        status = put_keys(w, err);
    if (status == LEDE_OK)
        status =
            put_column(w, LEDE_SECTION_RECORD_STARTS, &w->record_starts, err);
    if (status == LEDE_OK)
        status = put_summary(w, err);
    if (status == LEDE_OK)
        status = put_schema(w, err);
    return status == LEDE_OK ? put_contents(w, err) : status;
}

lede_status lede_segment_writer_end(lede_segment_writer *writer, bool sync,
                                    lede_segment_made *made, lede_error *err)
{
    lede_segment_writer *w = writer;
    lede_status status = end_terms(w, err);
    lede_envelope_mark mark;

    if (status == LEDE_OK)
        status = put_rest(w, err);
    if (status != LEDE_OK)
        return status;
    status =
        lede_envelope_end(w->file, sync, &mark.length, &mark.signature, err);
    w->file = NULL;
    if (status != LEDE_OK)
        return status;
    *made = (lede_segment_made){
        .mark = mark,
        .documents = w->documents,
        .text_bytes = w->text_bytes,
        .first_sequence = w->documents ? w->sequences.at[0] : 0,
        .last_sequence = w->documents ? w->sequences.at[w->documents - 1] : 0,
        .tokens = w->tokens,
        .field_count = w->field_count,
    };
    return LEDE_OK;
}
