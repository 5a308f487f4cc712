/*
 * native/segment/segment_check.c - every byte and every structure of a segment.
 *
 * Checksums come first. Structures are looked at only where all bytes are what
 * was written, for what follows from a damaged chunk is no news.
 */
#include "native/segment/segment_check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "document/record.h"

typedef lede_segment_checking check;

/* Steps of the budget, by what they cost: about 50 ns each. */
#define CHUNK_STEPS  LEDE_BUDGET_STRIDE
#define RECORD_STEPS 100U

static void tell(check *c, const char *section, uint64_t offset,
                 const lede_error *err)
{
    lede_problem problem = { .file = lede_segment_name(c->segment),
                             .section = section,
                             .offset = offset,
                             .message = err->message };

    if (c->status == LEDE_OK)
        c->status = err->status;
    if (c->task && c->task->problem)
        c->task->problem(c->task->ctx, &problem);
}

void lede_segment_tell(lede_segment_checking *c, lede_section_id id,
                       const char *what)
{
    lede_error err;

    (void)lede_segment_damaged(c->segment, id, what, &err);
    tell(c, lede_section_name((uint32_t)id), err.position, &err);
}

/* Tells a damage and goes on; what else went wrong ends the check. */
static lede_status pass(check *c, lede_section_id id, lede_status status,
                        const lede_error *err)
{
    if (status != LEDE_ERR_CORRUPT)
        return status;
    tell(c, lede_section_name((uint32_t)id), err->position, err);
    return LEDE_OK;
}

static lede_status spend(check *c, uint64_t steps, lede_error *err)
{
    return lede_fail_plain(err, lede_budget_spend(&c->budget, steps));
}

void lede_segment_advance(lede_segment_checking *c, uint64_t bytes)
{
    c->done += bytes;
    if (c->task && c->task->progress)
        c->task->progress(c->task->ctx, c->done, c->total);
}

/* Sections from one id to another were looked at. */
static void advance_over(check *c, lede_section_id from, lede_section_id to)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < c->segment->part_count; i++)
        if (c->segment->parts[i].id >= (uint32_t)from &&
            c->segment->parts[i].id <= (uint32_t)to)
            bytes += c->segment->parts[i].bytes.len;
    lede_segment_advance(c, bytes);
}

/* ---- Bytes ---- */

/* The section that a chunk lies in, or where the first of it begins. */
static const char *section_of(const lede_segment *segment, const uint8_t *at,
                              size_t len)
{
    for (uint32_t i = 0; i < segment->part_count; i++) {
        const lede_segment_part *part = &segment->parts[i];

        if (part->bytes.len > 0 && part->bytes.at < at + len &&
            at < part->bytes.at + part->bytes.len)
            return lede_section_name(part->id);
    }
    return "";
}

static lede_status check_bytes(check *c)
{
    lede_bytes body = lede_envelope_bytes(c->segment->file);
    lede_error err;

    for (size_t at = 0; at < body.len; at += LEDE_CHUNK_BYTES) {
        size_t left = body.len - at;
        size_t len = left < LEDE_CHUNK_BYTES ? left : LEDE_CHUNK_BYTES;
        lede_status status = spend(c, CHUNK_STEPS, NULL);

        if (status != LEDE_OK)
            return status;
        status = lede_envelope_need(c->segment->file, body.at + at, len, &err);
        if (status != LEDE_OK)
            tell(c, section_of(c->segment, body.at + at, len), at, &err);
        lede_segment_advance(c, len);
    }
    return LEDE_OK;
}

/* ---- Numbers of articles ---- */

static lede_status check_lengths(check *c, uint32_t field, lede_error *err)
{
    const lede_column *column;
    uint64_t sum = 0;
    lede_status status = lede_segment_lengths(c->segment, field, &column, err);

    for (uint32_t doc = 0;
         status == LEDE_OK && column && doc < c->segment->documents; doc++) {
        sum += lede_column_at(column, doc);
        status = spend(c, 1, err);
    }
    if (status == LEDE_OK && sum != c->segment->tokens[field])
        return lede_segment_damaged(c->segment, LEDE_SECTION_LENGTHS,
                                    "their sum is another", err);
    return status;
}

static lede_status check_values(check *c, uint32_t field, lede_error *err)
{
    lede_segment_values values;
    lede_status status = lede_segment_column(c->segment, field, &values, err);

    if (status != LEDE_OK || !values.starts)
        return status;
    for (uint32_t doc = 0; status == LEDE_OK && doc < c->segment->documents;
         doc++) {
        uint64_t begin = lede_column_at(values.starts, doc);
        uint64_t end = lede_column_at(values.starts, doc + 1);

        for (uint64_t at = begin + 1; at < end; at++)
            if (lede_column_at(values.values, (uint32_t)at) <=
                lede_column_at(values.values, (uint32_t)at - 1))
                return lede_segment_damaged(c->segment, LEDE_SECTION_COLUMN,
                                            "values do not rise", err);
        status = spend(c, 1 + (end - begin), err);
    }
    return status;
}

static lede_status check_sequences(check *c, lede_error *err)
{
    const lede_column *sequences, *sizes;
    lede_status status = lede_segment_sequences(c->segment, &sequences, err);

    if (status == LEDE_OK)
        status = lede_segment_plain_column(c->segment, LEDE_SECTION_SIZES,
                                           c->segment->documents, &sizes, err);
    for (uint32_t doc = 1; status == LEDE_OK && doc < c->segment->documents;
         doc++) {
        if (lede_column_at(sequences, doc) <=
            lede_column_at(sequences, doc - 1))
            return lede_segment_damaged(c->segment, LEDE_SECTION_SEQUENCES,
                                        "they do not rise", err);
        status = spend(c, 1, err);
    }
    return status;
}

static lede_status check_fields(check *c)
{
    lede_error err;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < c->segment->field_count && status == LEDE_OK;
         i++) {
        status = pass(c, LEDE_SECTION_LENGTHS, check_lengths(c, i, &err), &err);
        if (status == LEDE_OK)
            status =
                pass(c, LEDE_SECTION_COLUMN, check_values(c, i, &err), &err);
    }
    if (status == LEDE_OK)
        status =
            pass(c, LEDE_SECTION_SEQUENCES, check_sequences(c, &err), &err);
    return status;
}

/* Its own schema is one that the schema it was opened with has grown from. */
static lede_status check_schema(check *c, lede_error *err)
{
    const lede_segment *segment = c->segment;
    lede_schema *schema = NULL;
    uint64_t forms;
    lede_status status =
        lede_segment_schema(segment, &schema, &forms, segment->allocator, err);

    if (status != LEDE_OK)
        return status;
    if (lede_schema_count(schema) != segment->field_count ||
        lede_schema_extends(segment->schema, schema, NULL) != LEDE_OK)
        status = lede_segment_damaged(segment, LEDE_SECTION_SCHEMA,
                                      "not the schema of this index", err);
    lede_schema_free(schema);
    return status;
}

/* ---- Keys ---- */

static lede_status walk_keys(check *c, const lede_keys *keys, lede_error *err)
{
    lede_keys_cursor cursor;
    lede_status status = LEDE_OK;

    lede_keys_cursor_init(&cursor, keys);
    while (status == LEDE_OK && lede_keys_cursor_next(&cursor))
        status = spend(c, 4, err);
    if (cursor.broken)
        return lede_segment_damaged(c->segment, LEDE_SECTION_KEYS,
                                    "they are damaged or do not rise", err);
    return status;
}

/* A rank names the last document that has it. */
static lede_status check_ranks(check *c, const lede_keys *keys,
                               const lede_column *ranks,
                               const lede_column *documents, lede_error *err)
{
    uint64_t named = 0;
    lede_status status = LEDE_OK;

    for (uint32_t doc = 0; status == LEDE_OK && doc < c->segment->documents;
         doc++) {
        uint64_t rank = lede_column_at(ranks, doc), last;

        last =
            rank < keys->count ? lede_column_at(documents, (uint32_t)rank) : 0;
        if (rank >= keys->count || last < doc)
            return lede_segment_damaged(c->segment, LEDE_SECTION_KEY_RANKS,
                                        "no rank of a key", err);
        named += last == doc;
        status = spend(c, 1, err);
    }
    if (status == LEDE_OK && named != keys->count)
        return lede_segment_damaged(c->segment, LEDE_SECTION_RANK_DOCUMENTS,
                                    "not the documents of the ranks", err);
    return status;
}

static lede_status check_keys(check *c, lede_error *err)
{
    const lede_segment *segment = c->segment;
    const lede_column *ranks, *documents;
    const lede_keys *keys;
    lede_status status = lede_segment_open_keys(segment, &keys, err);

    if (status == LEDE_OK)
        status = walk_keys(c, keys, err);
    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_KEY_RANKS,
                                           segment->documents, &ranks, err);
    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                           keys->count, &documents, err);
    return status == LEDE_OK ? check_ranks(c, keys, ranks, documents, err)
                             : status;
}

/* ---- Records ---- */

static lede_status check_record(check *c, lede_records_cursor *cursor,
                                uint32_t doc, lede_error *err)
{
    lede_bytes record;
    lede_status status =
        lede_segment_read_record(c->segment, cursor, doc, &record, err);

    if (status == LEDE_OK)
        status = spend(c, RECORD_STEPS + record.len / 16, err);
    if (status != LEDE_OK)
        return status;
    lede_document_clear(c->document);
    status =
        lede_record_decode(c->document, record, c->segment->schema, NULL, 0);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(c->segment, LEDE_SECTION_RECORDS,
                                    "not a record", err);
    return lede_fail_plain(err, status);
}

static lede_status check_records(check *c, lede_error *err)
{
    lede_records_cursor *cursor;
    lede_status status = lede_fail_plain(
        err, lede_records_cursor_new(&cursor, c->segment->allocator));

    if (status != LEDE_OK)
        return status;
    for (uint32_t doc = 0; doc < c->segment->documents && status == LEDE_OK;
         doc++)
        status = check_record(c, cursor, doc, err);
    lede_records_cursor_free(cursor);
    return status;
}

/* ---- Forms ---- */

typedef struct forms_walk {
    check *c;
    const lede_forms_table *forms;
    uint64_t words; /* of all fields */
    uint8_t key[LEDE_FORM_KEY_MAX + 1];
    size_t key_len;
    lede_status status;
} forms_walk;

/* The index of the table leads to the key. */
static bool is_found(forms_walk *w, lede_bytes key)
{
    lede_ordinals ordinals;

    if (key.len > sizeof w->key)
        return false;
    memcpy(w->key, key.at, key.len);
    w->key_len = key.len;
    return lede_forms_table_find(w->forms, key.at[0],
                                 lede_bytes_of(key.at + 1, key.len - 1),
                                 &ordinals) == LEDE_OK;
}

static bool see_word(void *ctx, lede_bytes key, uint32_t ordinal)
{
    forms_walk *w = ctx;

    w->status = lede_budget_spend(&w->c->budget, 2);
    if (w->status != LEDE_OK || key.len < 2 ||
        key.at[0] >= LEDE_FORM_KINDS_MAX || ordinal >= w->words)
        return false;
    return lede_bytes_equal(key, lede_bytes_of(w->key, w->key_len)) ||
           is_found(w, key);
}

static lede_status check_forms(check *c, lede_error *err)
{
    forms_walk w = { .c = c };
    lede_status status = lede_segment_open_forms(c->segment, &w.forms, err);

    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; i < c->segment->space_count; i++)
        if (c->segment->spaces[i].space % 2 == 0)
            w.words += c->segment->spaces[i].terms;
    status = lede_forms_table_walk(w.forms, see_word, &w);
    if (w.status != LEDE_OK)
        status = w.status;
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(c->segment, LEDE_SECTION_FORMS,
                                    "a block is damaged", err);
    return lede_fail_plain(err, status);
}

/* ---- All of it ---- */

static lede_status check_structures(check *c)
{
    lede_error err;
    lede_status status = check_fields(c);

    advance_over(c, LEDE_SECTION_LENGTHS, LEDE_SECTION_SIZES);
    advance_over(c, LEDE_SECTION_COLUMN, LEDE_SECTION_COLUMN_STARTS);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_SCHEMA, check_schema(c, &err), &err);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_KEYS, check_keys(c, &err), &err);
    advance_over(c, LEDE_SECTION_KEYS, LEDE_SECTION_RANK_DOCUMENTS);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_RECORDS, check_records(c, &err), &err);
    advance_over(c, LEDE_SECTION_RECORD_STARTS, LEDE_SECTION_RECORD_LENGTHS);
    if (status == LEDE_OK)
        status = lede_segment_check_terms(c);
    advance_over(c, LEDE_SECTION_SUMMARY, LEDE_SECTION_DICTIONARY_INDEX);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_FORMS, check_forms(c, &err), &err);
    advance_over(c, LEDE_SECTION_FORMS, LEDE_SECTION_FORMS_INDEX);
    return status;
}

static lede_status begin(check *c)
{
    const lede_segment *segment = c->segment;
    const lede_allocator *allocator = segment->allocator;
    lede_status status;

    lede_budget_init(&c->budget, 0, c->task ? c->task->cancel : NULL, 0);
    c->total = lede_envelope_bytes(segment->file).len;
    for (uint32_t i = 0; i < segment->part_count; i++)
        c->total += segment->parts[i].bytes.len;
    c->arena = lede_arena_new(allocator);
    c->lengths = lede_alloc_array(allocator, segment->field_count,
                                  sizeof(const lede_column *));
    if (!c->arena || !c->lengths)
        return LEDE_ERR_NOMEM;
    status = lede_document_new(&c->document, allocator);
    if (status == LEDE_OK)
        status = lede_terms_cursor_new(&c->cursor, &segment->terms, allocator);
    if (status == LEDE_OK)
        status = lede_terms_cursor_new(&c->finder, &segment->terms, allocator);
    return status;
}

static void end(check *c)
{
    const lede_segment *segment = c->segment;
    const lede_allocator *allocator = segment->allocator;

    lede_terms_cursor_free(c->cursor);
    lede_terms_cursor_free(c->finder);
    lede_document_free(c->document);
    lede_arena_free(c->arena);
    lede_release(allocator, c->at, c->at_capacity * sizeof *c->at);
    lede_release(allocator, c->counts, segment->documents * sizeof *c->counts);
    lede_release(allocator, c->lengths,
                 segment->field_count * sizeof(const lede_column *));
}

lede_status lede_segment_check(const lede_segment *segment,
                               const lede_task *task, lede_error *err)
{
    check c = { .segment = segment, .task = task };
    lede_status status = begin(&c);

    if (status == LEDE_OK)
        status = check_bytes(&c);
    if (status == LEDE_OK && c.status == LEDE_OK)
        status = check_structures(&c);
    end(&c);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (c.status != LEDE_OK)
        return lede_fail(err, c.status, lede_segment_name(segment),
                         "the segment is damaged");
    return LEDE_OK;
}
