#include "native/segment/articles_writer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "native/codec/records.h"
#include "native/segment/keys_out.h"

/* Blocks of records are verified and written so many bytes at a time. */
#define TAKE_BYTES 1048576U

/* What is kept of a field. */
typedef struct field_out {
    const lede_field *field;
    lede_tape lengths; /* of documents up to the last that has words here */
    lede_values values;
} field_out;

/* A value of an article, on its way to its field's column. */
typedef struct cell {
    uint32_t place;
    uint64_t number;
} cell;

/* Where records stand, document by document: 0 for one that was added, else
 * what lies between it and the one before, either way, + 1, and its length. The
 * lengths of those that were added are told when they are known. */
typedef struct record_places {
    lede_spool rows;
    lede_spool added;
    uint64_t end; /* of the last one, taken over */
} record_places;

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
    lede_column_out sequences;
    lede_column_out sizes;
    record_places places;
    uint16_t *key_lengths;
    size_t key_capacity;
    lede_buffer keys; /* of all documents, or none: they come in order then */
    lede_keys_out keys_out;
    uint64_t *row; /* values of one field */
    size_t row_capacity;
    cell *cells; /* of one article */
    size_t cell_count;
    size_t cell_capacity;
    lede_tape default_lengths;
    lede_records_writer *records;
};

static lede_status make_fields(lede_articles_writer *w,
                               const lede_segment_target *target)
{
    size_t room = w->field_count ? w->field_count : 1;

    w->fields = lede_alloc_zero(w->allocator, room * sizeof *w->fields);
    w->tokens = lede_alloc_zero(w->allocator, room * sizeof *w->tokens);
    if (!w->fields || !w->tokens)
        return LEDE_ERR_NOMEM;
    for (uint32_t i = 0; i < w->field_count; i++) {
        field_out *f = &w->fields[i];

        f->field = lede_schema_field(w->schema, i);
        lede_tape_init(&f->lengths, target->dir, target->name, w->allocator);
        lede_values_init(&f->values, target->dir, target->name, w->allocator);
    }
    return LEDE_OK;
}

static void init_places(record_places *places,
                        const lede_segment_target *target,
                        const lede_allocator *allocator)
{
    lede_spool_init(&places->rows, target->dir, target->name, allocator);
    lede_spool_init(&places->added, target->dir, target->name, allocator);
    places->rows.most = places->added.most = LEDE_TAPE_BYTES;
}

lede_status lede_articles_writer_new(lede_articles_writer **out,
                                     lede_section_writer *sections,
                                     const lede_segment_target *target,
                                     lede_error *err)
{
    const lede_allocator *allocator = sections->allocator;
    lede_articles_writer *made = lede_alloc_zero(allocator, sizeof *made);
    lede_dir *dir = target->dir;
    lede_status status;

    if (!made)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    made->allocator = allocator;
    made->sections = sections;
    made->schema = target->schema;
    made->field_count = lede_schema_count(target->schema);
    lede_buffer_init(&made->keys, allocator);
    lede_keys_out_init(&made->keys_out, dir, target->name, allocator);
    lede_column_out_init(&made->sequences, dir, target->name, allocator);
    lede_column_out_init(&made->sizes, dir, target->name, allocator);
    lede_tape_init(&made->default_lengths, dir, target->name, allocator);
    init_places(&made->places, target, allocator);
    status = make_fields(made, target);
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
        lede_tape_fini(&f->lengths);
        lede_values_fini(&f->values);
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
    lede_tape_fini(&w->default_lengths);
    lede_release(w->allocator, w->cells, w->cell_capacity * sizeof *w->cells);
    lede_release(w->allocator, w->row, w->row_capacity * sizeof *w->row);
    lede_release(w->allocator, w->key_lengths,
                 w->key_capacity * sizeof *w->key_lengths);
    lede_column_out_fini(&w->sequences);
    lede_column_out_fini(&w->sizes);
    lede_spool_fini(&w->places.rows);
    lede_spool_fini(&w->places.added);
    lede_keys_out_fini(&w->keys_out);
    lede_buffer_fini(&w->keys);
    lede_release(w->allocator, w, sizeof *w);
}

void lede_articles_writer_hold(lede_articles_writer *writer, uint64_t bytes)
{
    lede_records_writer_hold(writer->records, bytes);
}

void lede_articles_writer_squeeze(lede_articles_writer *writer)
{
    lede_records_writer_squeeze(writer->records);
}

void lede_articles_writer_watch(lede_articles_writer *writer,
                                const lede_cancel *cancel)
{
    lede_records_writer_watch(writer->records, cancel);
}

uint64_t lede_articles_writer_memory(const lede_articles_writer *writer)
{
    const lede_articles_writer *w = writer;
    uint64_t bytes = sizeof *w + w->keys.capacity;

    bytes += lede_column_out_memory(&w->sequences) +
             lede_column_out_memory(&w->sizes) +
             lede_tape_memory(&w->default_lengths) +
             lede_keys_out_memory(&w->keys_out);
    bytes += w->places.rows.bytes.capacity + w->places.added.bytes.capacity;
    bytes += w->key_capacity * sizeof *w->key_lengths;
    bytes += w->row_capacity * sizeof *w->row;
    bytes += w->cell_capacity * sizeof *w->cells;
    bytes += lede_records_writer_memory(w->records);
    for (uint32_t i = 0; i < w->field_count; i++) {
        const field_out *f = &w->fields[i];

        bytes += sizeof *f + sizeof *w->tokens + lede_tape_memory(&f->lengths) +
                 lede_values_memory(&f->values);
    }
    return bytes;
}

/* ---- Articles ---- */

static lede_status add_length(lede_articles_writer *w, field_out *f,
                              uint32_t length, lede_error *err)
{
    lede_status status = LEDE_OK;

    if (length == 0)
        return LEDE_OK;
    while (f->lengths.count < w->documents && status == LEDE_OK)
        status = lede_tape_put(&f->lengths, 0, err);
    return status == LEDE_OK ? lede_tape_put(&f->lengths, length, err) : status;
}

static lede_status add_lengths(lede_articles_writer *w, const uint32_t *lengths,
                               lede_error *err)
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
        status = add_length(w, f, lengths[i], err);
    }
    return status == LEDE_OK
               ? lede_tape_put(&w->default_lengths,
                               sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX,
                               err)
               : status;
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
                               const lede_segment_document *document,
                               lede_error *err)
{
    lede_status status = lede_fail_plain(err, gather_cells(w, document));

    for (size_t i = 0; i < w->cell_count && status == LEDE_OK;) {
        uint32_t place = w->cells[i].place;
        size_t n = 0;

        if (!lede_grow(w->allocator, &w->row, &w->row_capacity, w->cell_count,
                       sizeof *w->row))
            return lede_fail_plain(err, LEDE_ERR_NOMEM);
        for (; i < w->cell_count && w->cells[i].place == place; i++)
            w->row[n++] = w->cells[i].number;
        status = lede_values_add(&w->fields[place].values, w->documents, w->row,
                                 n, err);
    }
    return status;
}

/* Numbers of either sign, small where they are near 0. */
static uint64_t fold_sign(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unfold_sign(uint64_t folded)
{
    return folded >> 1 ^ (folded & 1 ? UINT64_MAX : 0);
}

static void put_row(record_places *places, const lede_records_place *place)
{
    lede_buffer *rows = &places->rows.bytes;

    if (!place) {
        lede_put_varint(rows, 0);
        return;
    }
    lede_put_varint(rows, fold_sign(place->begin - places->end) + 1);
    lede_put_varint(rows, place->end - place->begin);
    places->end = place->end;
}

static lede_status add_record(lede_articles_writer *w,
                              const lede_segment_document *document,
                              lede_error *err)
{
    record_places *places = &w->places;
    lede_status status = LEDE_OK;

    put_row(places, document->place);
    if (!document->place) {
        status = lede_records_writer_add(w->records, document->record,
                                         &w->sections->out);
        lede_records_writer_take_lengths(w->records, &places->added.bytes);
    }
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = lede_spool_settle(&places->rows, err);
    return status == LEDE_OK ? lede_spool_settle(&places->added, err) : status;
}

/* Keys may come later, in order. */
static lede_status keep_key(lede_articles_writer *w, lede_bytes key)
{
    if (key.len == 0)
        return LEDE_OK;
    if (!lede_grow(w->allocator, &w->key_lengths, &w->key_capacity,
                   (size_t)w->documents + 1, sizeof *w->key_lengths))
        return LEDE_ERR_NOMEM;
    w->key_lengths[w->documents] = (uint16_t)key.len;
    lede_put(&w->keys, key.at, key.len);
    return w->keys.status;
}

static lede_status add_document(lede_articles_writer *w,
                                const lede_segment_document *document,
                                lede_error *err)
{
    lede_status status = add_lengths(w, document->lengths, err);

    if (status == LEDE_OK)
        status = add_numbers(w, document, err);
    if (status == LEDE_OK)
        status = lede_column_out_add(&w->sequences, document->sequence, err);
    if (status == LEDE_OK)
        status = lede_column_out_add(&w->sizes, document->text_bytes, err);
    if (status == LEDE_OK)
        status = lede_fail_plain(err, keep_key(w, document->key));
    if (w->documents == 0)
        w->first_sequence = document->sequence;
    w->last_sequence = document->sequence;
    return status == LEDE_OK ? add_record(w, document, err) : status;
}

lede_status lede_articles_writer_add(lede_articles_writer *writer,
                                     const lede_segment_document *document,
                                     lede_error *err)
{
    lede_status status;

    if (writer->documents >= UINT32_MAX - 2)
        return lede_fail(err, LEDE_ERR_LIMIT, NULL,
                         "too many articles for one segment");
    status = add_document(writer, document, err);
    if (status != LEDE_OK)
        return status;
    writer->documents++;
    writer->text_bytes += document->text_bytes;
    return lede_section_drain(writer->sections, &writer->sections->out,
                              LEDE_SECTION_DRAIN_BYTES, err);
}

lede_status lede_articles_writer_key(lede_articles_writer *writer,
                                     lede_bytes key, uint32_t doc,
                                     lede_error *err)
{
    if (doc >= writer->documents || writer->keys.len > 0)
        return lede_fail_plain(err, LEDE_ERR_INVALID);
    return lede_keys_out_add(&writer->keys_out, key, doc, err);
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

/* Goes through the places of all records. */
typedef struct place_walk {
    lede_bytes rows;
    lede_bytes added;
    uint64_t taken_end; /* of the last one, taken over */
    uint64_t added_end; /* of the last one that was added */
} place_walk;

static lede_status open_walk(lede_articles_writer *w, place_walk *walk,
                             lede_error *err)
{
    lede_status status = lede_spool_read(&w->places.rows, &walk->rows, err);

    if (status == LEDE_OK)
        status = lede_spool_read(&w->places.added, &walk->added, err);
    walk->taken_end = 0;
    walk->added_end = lede_records_writer_base(w->records);
    return status;
}

static bool next_place(place_walk *walk, lede_records_place *place)
{
    uint64_t gap, length;

    if (!lede_take_varint(&walk->rows, &gap))
        return false;
    if (gap == 0) {
        if (!lede_take_varint(&walk->added, &length))
            return false;
        place->begin = walk->added_end;
        walk->added_end += length;
    } else {
        if (!lede_take_varint(&walk->rows, &length))
            return false;
        place->begin = walk->taken_end + unfold_sign(gap - 1);
        walk->taken_end = place->begin + length;
    }
    place->end = place->begin + length;
    return true;
}

static lede_status put_places_of(lede_articles_writer *w, bool lengths,
                                 bool *in_order, lede_error *err)
{
    lede_column_out column;
    lede_records_place place = { 0, 0 };
    place_walk walk;
    uint64_t end = 0;
    lede_status status = open_walk(w, &walk, err);

    lede_column_out_init(&column, w->places.rows.dir, w->places.rows.name,
                         w->allocator);
    while (status == LEDE_OK && next_place(&walk, &place)) {
        status = lede_column_out_add(
            &column, lengths ? place.end - place.begin : place.begin, err);
        *in_order = *in_order && place.begin == end;
        end = place.end;
    }
    if (status == LEDE_OK && !lengths && *in_order)
        status = lede_column_out_add(&column, end, err);
    if (status == LEDE_OK)
        status = lede_column_out_put(&column, w->sections,
                                     lengths ? LEDE_SECTION_RECORD_LENGTHS
                                             : LEDE_SECTION_RECORD_STARTS,
                                     LEDE_NO_SECTION_FIELD, err);
    lede_column_out_fini(&column);
    return status;
}

/* Lengths only where records do not stand one behind the other, in the order of
 * articles. */
static lede_status put_places(lede_articles_writer *w, lede_error *err)
{
    bool in_order = true;
    lede_status status = put_places_of(w, false, &in_order, err);

    return status == LEDE_OK && !in_order
               ? put_places_of(w, true, &in_order, err)
               : status;
}

static lede_status end_tapes(lede_articles_writer *w, lede_error *err)
{
    lede_status status = lede_tape_end(&w->default_lengths, err);

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++)
        status = lede_tape_end(&w->fields[i].lengths, err);
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
    lede_records_writer_take_lengths(w->records, &w->places.added.bytes);
    if (status == LEDE_OK)
        status = lede_section_drain(s, &s->out, 0, err);
    if (status == LEDE_OK) {
        lede_section_end(s);
        status = lede_section_put(s, LEDE_SECTION_RECORD_DICTIONARY,
                                  LEDE_NO_SECTION_FIELD, &dictionaries, err);
    }
    lede_buffer_fini(&dictionaries);
    return status == LEDE_OK ? end_tapes(w, err) : status;
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
        return writer->default_lengths.at;
    }
    *count = f->lengths.count;
    return f->lengths.at;
}

const uint32_t *lede_articles_writer_words(const lede_articles_writer *writer,
                                           uint32_t field, uint32_t *count)
{
    const field_out *f = &writer->fields[field];

    *count = f->lengths.count;
    return f->lengths.at;
}

lede_status lede_articles_writer_put_ordinals(lede_articles_writer *writer,
                                              uint32_t field,
                                              lede_ordinals_out *ordinals,
                                              lede_error *err)
{
    return lede_ordinals_out_end(ordinals, writer->documents,
                                 &writer->fields[field].values, err);
}

/* ---- The end ---- */

static lede_status put_lengths(lede_articles_writer *w, uint32_t field,
                               lede_error *err)
{
    const lede_tape *lengths = &w->fields[field].lengths;
    lede_column_out column;
    lede_status status = LEDE_OK;

    if (w->tokens[field] == 0)
        return LEDE_OK;
    lede_column_out_init(&column, lengths->spool.dir, lengths->spool.name,
                         w->allocator);
    for (uint32_t doc = 0; doc < w->documents && status == LEDE_OK; doc++)
        status = lede_column_out_add(
            &column, doc < lengths->count ? lengths->at[doc] : 0, err);
    if (status == LEDE_OK)
        status = lede_column_out_put(&column, w->sections, LEDE_SECTION_LENGTHS,
                                     field, err);
    lede_column_out_fini(&column);
    return status;
}

static lede_status put_field(lede_articles_writer *w, uint32_t field,
                             lede_error *err)
{
    lede_values_place place = { w->sections, LEDE_SECTION_COLUMN,
                                LEDE_SECTION_COLUMN_STARTS, field };
    lede_status status = put_lengths(w, field, err);

    return status == LEDE_OK ? lede_values_put(&w->fields[field].values,
                                               w->documents, &place, err)
                             : status;
}

static lede_status put_keys(lede_articles_writer *w, lede_error *err)
{
    lede_status status = LEDE_OK;

    if (w->keys.len > 0)
        status = lede_keys_out_sort(&w->keys_out, w->keys.at, w->key_lengths,
                                    w->documents, w->allocator, err);
    return status == LEDE_OK
               ? lede_keys_out_put(&w->keys_out, w->sections, w->documents, err)
               : status;
}

lede_status lede_articles_writer_end(lede_articles_writer *writer,
                                     lede_error *err)
{
    lede_articles_writer *w = writer;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < w->field_count && status == LEDE_OK; i++)
        status = put_field(w, i, err);
    if (status == LEDE_OK)
        status = lede_column_out_put(&w->sequences, w->sections,
                                     LEDE_SECTION_SEQUENCES,
                                     LEDE_NO_SECTION_FIELD, err);
    if (status == LEDE_OK)
        status = lede_column_out_put(&w->sizes, w->sections, LEDE_SECTION_SIZES,
                                     LEDE_NO_SECTION_FIELD, err);
    if (status == LEDE_OK)
        status = put_keys(w, err);
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
