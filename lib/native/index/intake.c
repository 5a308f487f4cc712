/*
 * native/index/intake.c - what an article's bytes are:
 *
 *     article   sequence:varint text_bytes:varint key:block
 *               lengths:varint [field:varint length:varint]
 *               numbers:varint [field:varint value:u64]
 */
#include "native/index/intake.h"

#include <assert.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "document/record.h"
#include "native/codec/column.h"

#define PAGE 512U

/* A scratch or an arena of more than this is not kept. */
#define KEPT_BYTES ((size_t)1 << 20)

struct lede_intake_article {
    uint32_t len;
    uint8_t bytes[];
};

void lede_intake_init(lede_intake *intake, const lede_allocator *allocator)
{
    *intake = (lede_intake){ .allocator = allocator };
    lede_buffer_init(&intake->scratch, allocator);
    lede_buffer_init(&intake->dictionaries, allocator);
    lede_spool_init(&intake->blocks, NULL, "", allocator);
}

void lede_intake_spill(lede_intake *intake, lede_dir *dir, uint64_t generation)
{
    char name[LEDE_DIR_NAME_MAX + 1];

    (void)snprintf(name, sizeof name, "%016llx",
                   (unsigned long long)generation);
    lede_spool_fini(&intake->blocks);
    lede_spool_init(&intake->blocks, dir, name, intake->allocator);
}

static void drop_records(lede_intake *intake)
{
    lede_records_close(intake->stored);
    lede_records_writer_free(intake->records);
    lede_buffer_fini(&intake->dictionaries);
    lede_spool_fini(&intake->blocks);
    intake->stored = NULL;
    intake->records = NULL;
    intake->ended = false;
    lede_buffer_init(&intake->dictionaries, intake->allocator);
    lede_spool_init(&intake->blocks, NULL, "", intake->allocator);
}

void lede_intake_fini(lede_intake *intake)
{
    lede_arena_free(intake->arena);
    drop_records(intake);
    lede_buffer_fini(&intake->scratch);
    lede_release(intake->allocator, intake->pages,
                 intake->page_capacity * sizeof *intake->pages);
    lede_release(intake->allocator, intake->numbers,
                 intake->number_capacity * sizeof *intake->numbers);
    lede_intake_init(intake, intake->allocator);
}

void lede_intake_clear(lede_intake *intake)
{
    if (intake->arena)
        lede_arena_clear(intake->arena);
    if (intake->arena && lede_arena_bytes(intake->arena) > 2 * KEPT_BYTES) {
        lede_arena_free(intake->arena);
        intake->arena = NULL;
    }
    drop_records(intake);
    intake->count = 0;
    intake->most_numbers = 0;
    intake->number_count = 0;
}

uint64_t lede_intake_bytes(const lede_intake *intake)
{
    /* An arena's own size is small and not told by it. */
    uint64_t arena = intake->arena ? lede_arena_bytes(intake->arena) + 128 : 0;

    uint64_t records =
        intake->records ? lede_records_writer_memory(intake->records) : 0;

    return arena + records + intake->blocks.bytes.capacity +
           intake->dictionaries.capacity + intake->scratch.capacity +
           intake->page_capacity * sizeof *intake->pages +
           intake->number_capacity * sizeof *intake->numbers;
}

uint64_t lede_intake_reader_bytes(const lede_intake *intake, uint32_t fields)
{
    return (uint64_t)fields * sizeof(uint32_t) +
           (uint64_t)intake->most_numbers *
               (sizeof(lede_entry) + sizeof(lede_entry *)) +
           3;
}

static void put_lengths(lede_buffer *out, const uint32_t *lengths,
                        uint32_t fields)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fields; i++)
        count += lengths[i] > 0;
    lede_put_varint(out, count);
    for (uint32_t i = 0; i < fields; i++)
        if (lengths[i]) {
            lede_put_varint(out, i);
            lede_put_varint(out, lengths[i]);
        }
}

static bool is_before(const lede_intake_number *a, const lede_intake_number *b)
{
    return a->field != b->field ? a->field < b->field : a->order < b->order;
}

/* Lets the item at `root` sink to its place in a heap with the last on top. */
static void sink(lede_intake_number *heap, size_t root, size_t count)
{
    lede_intake_number item = heap[root];

    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_before(&heap[child], &heap[child + 1]))
            child++;
        if (!is_before(&item, &heap[child]))
            break;
        heap[root] = heap[child];
    }
    heap[root] = item;
}

/* By field and value; an article may have millions. Returns how many are left
 * when each is there once. */
static size_t sort_numbers(lede_intake_number *numbers, size_t count)
{
    size_t kept = 0;

    for (size_t i = count / 2; i > 0; i--)
        sink(numbers, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        lede_intake_number last = numbers[0];

        numbers[0] = numbers[i - 1];
        numbers[i - 1] = last;
        sink(numbers, 0, i - 1);
    }
    for (size_t i = 0; i < count; i++)
        if (i == 0 || is_before(&numbers[kept - 1], &numbers[i]))
            numbers[kept++] = numbers[i];
    return kept;
}

static bool read_numbers(lede_intake *intake, const lede_document *document,
                         const lede_schema *schema, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < lede_document_count(document); i++) {
        const lede_entry *entry = lede_document_entry(document, i);
        const lede_value *value = &entry->value;
        bool real = value->kind == LEDE_DOUBLE;
        uint32_t field = lede_schema_place(schema, entry->field);

        if (field == LEDE_NO_FIELD ||
            (!real && !lede_kind_is_number(value->kind)))
            continue;
        if (*count == UINT32_MAX ||
            !lede_grow(intake->allocator, &intake->numbers,
                       &intake->number_capacity, *count + 1,
                       sizeof *intake->numbers))
            return false;
        intake->numbers[(*count)++] =
            (lede_intake_number){ real ? lede_column_from_double(value->real)
                                       : lede_column_from_int(value->number),
                                  field };
    }
    *count = sort_numbers(intake->numbers, *count);
    return true;
}

static bool put_numbers(lede_intake *intake, const lede_document *document,
                        const lede_schema *schema, size_t *count)
{
    if (!read_numbers(intake, document, schema, count))
        return false;
    lede_put_varint(&intake->scratch, *count);
    for (size_t i = 0; i < *count; i++) {
        lede_put_varint(&intake->scratch, intake->numbers[i].field);
        lede_put_u64(&intake->scratch, intake->numbers[i].order);
    }
    return true;
}

/* The place of the next article, with its page. */
static lede_intake_article **next_place(lede_intake *intake)
{
    uint32_t page = intake->count / PAGE, at = intake->count % PAGE;

    if (!intake->arena)
        intake->arena = lede_arena_new(intake->allocator);
    if (!intake->arena ||
        !lede_grow(intake->allocator, &intake->pages, &intake->page_capacity,
                   (size_t)page + 1, sizeof *intake->pages))
        return NULL;
    /* A page made for an article that then failed is made again: 4 KiB lost
     * until the flush are cheaper than remembering it. */
    if (at == 0)
        intake->pages[page] = lede_arena_array(intake->arena, PAGE,
                                               sizeof(lede_intake_article *));
    return intake->pages[page] ? &intake->pages[page][at] : NULL;
}

/* What stands in the scratch. */
static lede_status keep(lede_intake *intake)
{
    const lede_buffer *bytes = &intake->scratch;
    lede_intake_article **place = next_place(intake), *article;

    if (!place)
        return LEDE_ERR_NOMEM;
    if (bytes->len > UINT32_MAX)
        return LEDE_ERR_LIMIT;
    article = lede_arena_alloc(intake->arena, sizeof *article + bytes->len);
    if (!article)
        return LEDE_ERR_NOMEM;
    article->len = (uint32_t)bytes->len;
    memcpy(article->bytes, bytes->at, bytes->len);
    *place = article;
    return LEDE_OK;
}

/* Gives back what only an uncommonly large article needs. */
static void trim(lede_intake *intake)
{
    if (intake->scratch.capacity > KEPT_BYTES) {
        lede_buffer_fini(&intake->scratch);
        lede_buffer_init(&intake->scratch, intake->allocator);
    }
    if (intake->number_capacity * sizeof *intake->numbers > KEPT_BYTES) {
        lede_release(intake->allocator, intake->numbers,
                     intake->number_capacity * sizeof *intake->numbers);
        intake->numbers = NULL;
        intake->number_capacity = 0;
    }
}

/* The last thing that can fail: a record that was added is not taken back. */
static lede_status keep_record(lede_intake *intake,
                               const lede_document *document,
                               const lede_schema *schema, lede_error *err)
{
    lede_status status = LEDE_OK;

    if (!intake->records)
        status = lede_records_writer_new(&intake->records, intake->allocator);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    status = lede_spool_settle(&intake->blocks, err);
    if (status != LEDE_OK)
        return status;
    lede_buffer_clear(&intake->scratch);
    lede_record_encode(&intake->scratch, document, schema);
    status = intake->scratch.status;
    if (status == LEDE_OK)
        status = lede_records_writer_add(intake->records,
                                         lede_buffer_bytes(&intake->scratch),
                                         &intake->blocks.bytes);
    return lede_fail_plain(err, status);
}

lede_status lede_intake_put(lede_intake *intake,
                            const lede_engine_change *change,
                            const lede_schema *schema, const uint32_t *lengths,
                            uint32_t fields, lede_error *err)
{
    lede_status status;
    size_t numbers = 0;

    if (intake->count >= UINT32_MAX - 1)
        return lede_fail_plain(err, LEDE_ERR_LIMIT);
    assert(!intake->ended);
    lede_buffer_clear(&intake->scratch);
    lede_put_varint(&intake->scratch, change->sequence);
    lede_put_varint(&intake->scratch, change->text_bytes);
    lede_put_block(&intake->scratch, change->key);
    put_lengths(&intake->scratch, lengths, fields);
    if (!put_numbers(intake, change->document, schema, &numbers))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    status = intake->scratch.status;
    if (status == LEDE_OK)
        status = keep(intake);
    status = lede_fail_plain(err, status);
    if (status == LEDE_OK)
        status = keep_record(intake, change->document, schema, err);
    if (status == LEDE_OK) {
        intake->count++;
        intake->number_count += numbers;
        if (intake->most_numbers < numbers)
            intake->most_numbers = (uint32_t)numbers;
    }
    trim(intake);
    return status;
}

lede_status lede_intake_end(lede_intake *intake, lede_error *err)
{
    lede_records_source source = { .to_copy = true };
    lede_status status = LEDE_OK;

    if (intake->stored || !intake->records)
        return LEDE_OK;
    if (!intake->ended)
        status = lede_fail_plain(
            err, lede_records_writer_end(intake->records, &intake->blocks.bytes,
                                         &intake->dictionaries));
    intake->ended = status == LEDE_OK;
    if (status == LEDE_OK)
        status = lede_spool_read(&intake->blocks, &source.blocks, err);
    if (status != LEDE_OK)
        return status;
    source.dictionaries = lede_buffer_bytes(&intake->dictionaries);
    status = lede_records_open(&intake->stored, &source, intake->allocator);
    return lede_fail_plain(err, status);
}

static lede_bytes bytes_at(const lede_intake *intake, uint32_t doc)
{
    const lede_intake_article *article = intake->pages[doc / PAGE][doc % PAGE];

    return lede_bytes_of(article->bytes, article->len);
}

/* Our own bytes: what was put is there. */
static uint64_t take(lede_bytes *in)
{
    uint64_t value = 0;
    bool there = lede_take_varint(in, &value);

    (void)there;
    assert(there);
    return value;
}

static lede_bytes take_key(lede_bytes *in)
{
    lede_bytes key = lede_bytes_of("", 0);
    bool there = lede_take_block(in, &key);

    (void)there;
    assert(there);
    return key;
}

lede_bytes lede_intake_key(const lede_intake *intake, uint32_t doc)
{
    lede_bytes in = bytes_at(intake, doc);

    (void)take(&in);
    (void)take(&in);
    return take_key(&in);
}

uint64_t lede_intake_sequence(const lede_intake *intake, uint32_t doc)
{
    lede_bytes in = bytes_at(intake, doc);

    return take(&in);
}

lede_status lede_intake_open(lede_intake_reader *reader,
                             const lede_intake *intake,
                             const lede_schema *schema)
{
    const lede_allocator *allocator = intake->allocator;

    *reader = (lede_intake_reader){
        .intake = intake,
        .schema = schema,
        .field_count = lede_schema_count(schema),
    };
    reader->lengths = lede_alloc_array(allocator, reader->field_count,
                                       sizeof *reader->lengths);
    reader->entries = lede_alloc_array(allocator, intake->most_numbers,
                                       sizeof *reader->entries);
    reader->numbers =
        lede_alloc_array(allocator, intake->most_numbers, sizeof(lede_entry *));
    if (reader->lengths && reader->entries && reader->numbers)
        return LEDE_OK;
    lede_intake_close(reader);
    return LEDE_ERR_NOMEM;
}

void lede_intake_close(lede_intake_reader *reader)
{
    const lede_allocator *allocator = reader->intake->allocator;
    size_t numbers = reader->intake->most_numbers;

    lede_release(allocator, reader->lengths,
                 reader->field_count * sizeof *reader->lengths);
    lede_release(allocator, reader->entries, numbers * sizeof *reader->entries);
    lede_release(allocator, reader->numbers, numbers * sizeof(lede_entry *));
}

static void read_lengths(lede_intake_reader *reader, lede_bytes *in)
{
    memset(reader->lengths, 0, reader->field_count * sizeof *reader->lengths);
    for (uint64_t left = take(in); left > 0; left--) {
        uint64_t field = take(in), length = take(in);

        assert(field < reader->field_count);
        reader->lengths[field] = (uint32_t)length;
    }
}

static void read_entry(lede_intake_reader *reader, uint32_t at, lede_bytes *in)
{
    const lede_field *field = lede_schema_field(reader->schema, take(in));
    lede_value value = { .text = "" };
    uint64_t order = 0;

    (void)lede_take_u64(in, &order);
    assert(field);
    value.kind = field->kind;
    if (field->kind == LEDE_DOUBLE)
        value.real = lede_column_to_double(order);
    else
        value.number = lede_column_to_int(order);
    reader->entries[at] = (lede_entry){ field->name, value };
    reader->numbers[at] = &reader->entries[at];
}

const lede_segment_document *lede_intake_read(lede_intake_reader *reader,
                                              uint32_t doc)
{
    lede_bytes in = bytes_at(reader->intake, doc), key;
    uint64_t sequence = take(&in), text_bytes = take(&in);
    uint32_t numbers;

    key = take_key(&in);
    read_lengths(reader, &in);
    numbers = (uint32_t)take(&in);
    for (uint32_t i = 0; i < numbers; i++)
        read_entry(reader, i, &in);
    reader->place = lede_records_writer_place(reader->intake->records, doc);
    reader->document = (lede_segment_document){
        .key = key,
        .sequence = sequence,
        .text_bytes = text_bytes,
        .place = &reader->place,
        .lengths = reader->lengths,
        .numbers = reader->numbers,
        .number_count = numbers,
    };
    return &reader->document;
}
