#include "native/segment/articles_writer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/records.h"
#include "native/segment/key_order.h"

#define NO_LENGTH UINT64_MAX

/* Blocks of records are verified and written so many bytes at a time. */
#define TAKE_BYTES 1048576U

/* What is kept of a field. */
typedef struct field_out {
    const lede_field *field;
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

struct lede_articles_writer {
    const lede_allocator *allocator;
    lede_section_writer *sections;
    const lede_schema *schema;
    field_out *fields;
    uint64_t *tokens; /* by field: sums of lengths */
    uint32_t field_count;

    uint32_t documents;
    uint64_t text_bytes;
    uint64_t first_sequence;
    uint64_t last_sequence;
    lede_column_writer sequences;
    lede_column_writer sizes;
    lede_column_writer lengths;  /* of one field, in the end */
    lede_numbers record_starts;  /* of one that was not taken over, until the */
    lede_numbers record_lengths; /* end: its number, and NO_LENGTH */
    size_t record_count;         /* of those */
    uint16_t *key_lengths;
    size_t key_capacity;
    lede_numbers row; /* values of one field */
    cell *cells;      /* of one article */
    size_t cell_count;
    size_t cell_capacity;
    lede_buffer keys;
    uint32_t *default_lengths;
    size_t default_capacity;
    lede_records_writer *records;
};

static lede_status make_fields(lede_articles_writer *w)
{
    size_t room = w->field_count ? w->field_count : 1;

    w->fields = lede_alloc_zero(w->allocator, room * sizeof *w->fields);
    w->tokens = lede_alloc_zero(w->allocator, room * sizeof *w->tokens);
    if (!w->fields || !w->tokens)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < w->field_count; i++) {
        w->fields[i].field = lede_schema_field(w->schema, i);
        lede_buffer_init(&w->fields[i].column, w->allocator);
        lede_buffer_init(&w->fields[i].starts, w->allocator);
    }
    return LEDE_OK;
}

lede_status lede_articles_writer_new(lede_articles_writer **out,
                                     lede_section_writer *sections,
                                     const lede_schema *schema, lede_error *err)
{
    const lede_allocator *allocator = sections->allocator;
    lede_articles_writer *made = lede_alloc_zero(allocator, sizeof *made);
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    made->sections = sections;
    made->schema = schema;
    made->field_count = lede_schema_count(schema);
    lede_buffer_init(&made->keys, allocator);
    lede_column_writer_init(&made->sequences, allocator);
    lede_column_writer_init(&made->sizes, allocator);
    lede_column_writer_init(&made->lengths, allocator);
    status = make_fields(made);
    if (status == LEDE_OK)
        status = lede_records_writer_new(&made->records, allocator);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_section_begin(sections, LEDE_SECTION_RECORDS,
                                    LEDE_NO_SECTION_FIELD, err);
    if (status != LEDE_OK) {
        lede_articles_writer_free(made);
        return status;
    }
    *out = made;
    return LEDE_OK;
}

static void free_fields(lede_articles_writer *w)
{
    size_t room = w->field_count ? w->field_count : 1;

    for (uint32_t i = 0; w->fields && i < w->field_count; i++) {
        field_out *f = &w->fields[i];

        if (!f->field)
            break;
        lede_release(w->allocator, f->lengths,
                     f->length_capacity * sizeof *f->lengths);
        lede_values_fini(&f->values, w->allocator);
        lede_buffer_fini(&f->column);
        lede_buffer_fini(&f->starts);
    }
    lede_release(w->allocator, w->fields, room * sizeof *w->fields);
    lede_release(w->allocator, w->tokens, room * sizeof *w->tokens);
}

void lede_articles_writer_free(lede_articles_writer *writer)
{
    lede_articles_writer *w = writer;

    if (!w)
        return;
    lede_records_writer_free(w->records);
    free_fields(w);
    lede_release(w->allocator, w->default_lengths,
                 w->default_capacity * sizeof *w->default_lengths);
    lede_release(w->allocator, w->cells, w->cell_capacity * sizeof *w->cells);
    lede_release(w->allocator, w->key_lengths,
                 w->key_capacity * sizeof *w->key_lengths);
    lede_column_writer_fini(&w->sequences);
    lede_column_writer_fini(&w->sizes);
    lede_column_writer_fini(&w->lengths);
    lede_numbers_fini(&w->record_starts, w->allocator);
    lede_numbers_fini(&w->record_lengths, w->allocator);
    lede_numbers_fini(&w->row, w->allocator);
    lede_buffer_fini(&w->keys);
    lede_release(w->allocator, w, sizeof *w);
}

static uint64_t column_memory(const lede_column_writer *column)
{
    return column->blocks.capacity + column->entries.capacity;
}

void lede_articles_writer_hold(lede_articles_writer *writer, uint64_t bytes)
{
    lede_records_writer_hold(writer->records, bytes);
}

uint64_t lede_articles_writer_memory(const lede_articles_writer *writer)
{
    const lede_articles_writer *w = writer;
    uint64_t bytes = sizeof *w + w->keys.capacity;

    bytes += (w->record_starts.capacity + w->record_lengths.capacity +
              w->row.capacity) *
             sizeof(uint64_t);
    bytes += column_memory(&w->sequences) + column_memory(&w->sizes) +
             column_memory(&w->lengths);
    bytes += w->key_capacity * sizeof *w->key_lengths;
    bytes += w->default_capacity * sizeof *w->default_lengths;
    bytes += w->cell_capacity * sizeof *w->cells;
    bytes += lede_records_writer_memory(w->records);
    for (uint32_t i = 0; i < w->field_count; i++) {
        const field_out *f = &w->fields[i];

        bytes += sizeof *f + sizeof *w->tokens +
                 f->length_capacity * sizeof *f->lengths +
                 lede_values_memory(&f->values) + f->column.capacity +
                 f->starts.capacity;
    }
    return bytes;
}

/* ---- Articles ---- */

static lede_status add_length(lede_articles_writer *w, field_out *f,
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
    return LEDE_OK;
}

static lede_status add_lengths(lede_articles_writer *w, const uint32_t *lengths)
{
    uint64_t sum = 0;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++) {
        field_out *f = &w->fields[i];

        if (!lede_field_has_words(f->field))
            continue;
        if (lede_field_is_default(f->field))
            sum += lengths[i];
        w->tokens[i] += lengths[i];
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
static lede_status gather_cells(lede_articles_writer *w,
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

static lede_status add_numbers(lede_articles_writer *w,
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

static lede_status add_record(lede_articles_writer *w,
                              const lede_segment_document *document)
{
    const lede_records_place *place = document->place;
    lede_status status =
        lede_numbers_add(&w->record_starts, w->allocator,
                         place ? place->begin : w->record_count);

    if (status == LEDE_OK)
        status =
            lede_numbers_add(&w->record_lengths, w->allocator,
                             place ? place->end - place->begin : NO_LENGTH);
    if (status != LEDE_OK || place)
        return status;
    w->record_count++;
    return lede_records_writer_add(w->records, document->record,
                                   &w->sections->out);
}

static lede_status add_key(lede_articles_writer *w, lede_bytes key)
{
    if (!lede_grow(w->allocator, &w->key_lengths, &w->key_capacity,
                   (size_t)w->documents + 1, sizeof *w->key_lengths))
        return LEDE_ERR_NOMEM;
    w->key_lengths[w->documents] = (uint16_t)key.len;
    lede_put(&w->keys, key.at, key.len);
    return w->keys.status;
}

static lede_status add_document(lede_articles_writer *w,
                                const lede_segment_document *document)
{
    lede_status status = add_lengths(w, document->lengths);

    if (status == LEDE_OK)
        status = add_numbers(w, document);
    if (status == LEDE_OK)
        status = lede_column_writer_add(&w->sequences, document->sequence);
    if (status == LEDE_OK)
        status = lede_column_writer_add(&w->sizes, document->text_bytes);
    if (status == LEDE_OK)
        status = add_key(w, document->key);
    if (w->documents == 0)
        w->first_sequence = document->sequence;
    w->last_sequence = document->sequence;
    return status == LEDE_OK ? add_record(w, document) : status;
}

lede_status lede_articles_writer_add(lede_articles_writer *writer,
                                     const lede_segment_document *document,
                                     lede_error *err)
{
    lede_status status;

    if (writer->documents >= UINT32_MAX - 2)
        return lede_fail(err, LEDE_ERR_LIMIT, NULL,
                         "too many articles for one segment");
    status = add_document(writer, document);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    writer->documents++;
    writer->text_bytes += document->text_bytes;
    return lede_section_drain(writer->sections, &writer->sections->out,
                              LEDE_SECTION_DRAIN_BYTES, err);
}

/* ---- Records ---- */

bool lede_articles_writer_takes(const lede_articles_writer *writer,
                                const lede_records *records)
{
    return lede_records_writer_takes(writer->records, records);
}

static lede_status write_blocks(lede_articles_writer *w,
                                const lede_records *records, lede_bytes blocks,
                                lede_error *err)
{
    lede_status status = LEDE_OK;
    lede_bytes some;

    while (status == LEDE_OK && blocks.len > 0) {
        (void)lede_take(
            &blocks, blocks.len < TAKE_BYTES ? blocks.len : TAKE_BYTES, &some);
        status = lede_fail_plain(err, lede_records_need(records, some));
        if (status == LEDE_OK)
            status =
                lede_envelope_write(w->sections->file, some.at, some.len, err);
    }
    return status;
}

lede_status lede_articles_writer_take(lede_articles_writer *writer,
                                      const lede_records *records,
                                      uint64_t *shift, lede_error *err)
{
    lede_articles_writer *w = writer;
    uint32_t parts = lede_records_part_count(records);
    lede_status status = lede_fail_plain(
        err, lede_records_writer_copy(w->records, records, shift));

    for (uint32_t i = 0; i < parts && status == LEDE_OK; i++)
        status = write_blocks(w, records,
                              lede_records_part_at(records, i).blocks, err);
    return status;
}

/* Where all records stand, now that it is known. *in_order: one behind the
 * other, in the order of articles. */
static void place_records(lede_articles_writer *w, bool *in_order)
{
    uint64_t end = 0;

    *in_order = true;
    for (uint32_t doc = 0; doc < w->documents; doc++) {
        uint64_t *start = &w->record_starts.at[doc];
        uint64_t *length = &w->record_lengths.at[doc];

        if (*length == NO_LENGTH) {
            lede_records_place place =
                lede_records_writer_place(w->records, (size_t)*start);

            *start = place.begin;
            *length = place.end - place.begin;
        }
        if (*start != end)
            *in_order = false;
        end = *start + *length;
    }
}

static lede_status put_places(lede_articles_writer *w, lede_error *err)
{
    uint32_t last = w->documents - 1;
    lede_status status = LEDE_OK;
    bool in_order;

    place_records(w, &in_order);
    if (in_order)
        status = lede_fail_plain(
            err, lede_numbers_add(&w->record_starts, w->allocator,
                                  w->documents ? w->record_starts.at[last] +
                                                     w->record_lengths.at[last]
                                               : 0));
    if (status == LEDE_OK)
        status = lede_section_put_column(
            w->sections, LEDE_SECTION_RECORD_STARTS, LEDE_NO_SECTION_FIELD,
            &w->record_starts, err);
    if (status == LEDE_OK && !in_order)
        status = lede_section_put_column(
            w->sections, LEDE_SECTION_RECORD_LENGTHS, LEDE_NO_SECTION_FIELD,
            &w->record_lengths, err);
    return status;
}

lede_status lede_articles_writer_end_records(lede_articles_writer *writer,
                                             lede_error *err)
{
    lede_articles_writer *w = writer;
    lede_section_writer *s = w->sections;
    lede_buffer dictionaries;
    lede_status status;

    lede_buffer_init(&dictionaries, w->allocator);
    status = lede_fail_plain(
        err, lede_records_writer_end(w->records, &s->out, &dictionaries));
    if (status == LEDE_OK)
        status = lede_section_drain(s, &s->out, 0, err);
    if (status == LEDE_OK) {
        lede_section_end(s);
        status = lede_section_put(s, LEDE_SECTION_RECORD_DICTIONARY,
                                  LEDE_NO_SECTION_FIELD, &dictionaries, err);
    }
    lede_buffer_fini(&dictionaries);
    return status;
}

/* ---- What lists ask, and give ---- */

uint32_t lede_articles_writer_count(const lede_articles_writer *writer)
{
    return writer->documents;
}

const uint32_t *lede_articles_writer_lengths(const lede_articles_writer *writer,
                                             uint32_t field, uint32_t *count)
{
    const field_out *f = &writer->fields[field];

    if (lede_field_is_default(f->field)) {
        *count = writer->documents;
        return writer->default_lengths;
    }
    *count = (uint32_t)f->length_count;
    return f->lengths;
}

const uint32_t *lede_articles_writer_words(const lede_articles_writer *writer,
                                           uint32_t field, uint32_t *count)
{
    const field_out *f = &writer->fields[field];

    *count = (uint32_t)f->length_count;
    return f->lengths;
}

lede_status lede_articles_writer_put_ordinals(lede_articles_writer *writer,
                                              uint32_t field,
                                              lede_ordinals_out *ordinals)
{
    field_out *f = &writer->fields[field];

    return lede_ordinals_out_end(ordinals, writer->allocator, writer->documents,
                                 &f->column, &f->starts);
}

/* ---- The end ---- */

static lede_status put_lengths(lede_articles_writer *w, uint32_t field,
                               lede_error *err)
{
    const field_out *f = &w->fields[field];
    lede_status status = LEDE_OK;

    if (w->tokens[field] == 0)
        return LEDE_OK;
    for (uint32_t doc = 0; doc < w->documents && status == LEDE_OK; doc++)
        status = lede_column_writer_add(
            &w->lengths, doc < f->length_count ? f->lengths[doc] : 0);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    return lede_section_end_column(w->sections, LEDE_SECTION_LENGTHS, field,
                                   &w->lengths, err);
}

static lede_status put_field(lede_articles_writer *w, uint32_t field,
                             lede_error *err)
{
    field_out *f = &w->fields[field];
    lede_status status = put_lengths(w, field, err);

    if (status == LEDE_OK)
        status = lede_fail_plain(err, lede_values_end(&f->values, w->allocator,
                                                      w->documents, &f->column,
                                                      &f->starts));
    if (status == LEDE_OK && f->column.len > 0)
        status = lede_section_put(w->sections, LEDE_SECTION_COLUMN, field,
                                  &f->column, err);
    if (status == LEDE_OK && f->starts.len > 0)
        status = lede_section_put(w->sections, LEDE_SECTION_COLUMN_STARTS,
                                  field, &f->starts, err);
    return status;
}

lede_status lede_articles_writer_end(lede_articles_writer *writer,
                                     lede_error *err)
{
    lede_articles_writer *w = writer;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++)
        status = put_field(w, i, err);
    if (status == LEDE_OK)
        status =
            lede_section_end_column(w->sections, LEDE_SECTION_SEQUENCES,
                                    LEDE_NO_SECTION_FIELD, &w->sequences, err);
    if (status == LEDE_OK)
        status = lede_section_end_column(w->sections, LEDE_SECTION_SIZES,
                                         LEDE_NO_SECTION_FIELD, &w->sizes, err);
    if (status == LEDE_OK)
        status = lede_key_order_put(w->sections, w->keys.at, w->key_lengths,
                                    w->documents, err);
    return status == LEDE_OK ? put_places(w, err) : status;
}

void lede_articles_writer_made(const lede_articles_writer *writer,
                               lede_segment_made *made)
{
    const lede_articles_writer *w = writer;

    made->documents = w->documents;
    made->text_bytes = w->text_bytes;
    made->first_sequence = w->first_sequence;
    made->last_sequence = w->last_sequence;
    made->tokens = w->tokens;
    made->field_count = w->field_count;
}
