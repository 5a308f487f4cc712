/*
 * native/segment/segment_check.c - every byte and every structure of a segment.
 *
 * Checksums come first. Structures are looked at only where all bytes are what
 * was written, for what follows from a damaged chunk is no news.
 */
#include "base/alloc.h"
#include "base/budget.h"
#include "base/error.h"
#include "document/record.h"
#include "native/segment/opened.h"

typedef struct check {
    const lede_segment *segment;
    const lede_task *task; /* may be NULL */
    lede_status status;    /* the first problem */
    uint64_t done;
    uint64_t total;
    lede_arena *arena;
    lede_terms_cursor *cursor;
    lede_document *document;
    uint32_t *at; /* positions */
    size_t at_capacity;
} check;

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

/* Says that a section is not what it must be; returns CORRUPT. */
static lede_status wrong(check *c, lede_section_id id, const char *what)
{
    lede_error err;

    (void)lede_segment_damaged(c->segment, id, what, &err);
    tell(c, lede_section_name((uint32_t)id), err.position, &err);
    return LEDE_ERR_CORRUPT;
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

static bool is_stopped(const check *c)
{
    return c->task && lede_cancel_is_set(c->task->cancel);
}

static void advance(check *c, uint64_t bytes)
{
    c->done += bytes;
    if (c->task && c->task->progress)
        c->task->progress(c->task->ctx, c->done, c->total);
}

/* ---- Bytes ---- */

static const char *section_of(const lede_segment *segment, const uint8_t *at)
{
    for (uint32_t i = 0; i < segment->part_count; i++) {
        const lede_segment_part *part = &segment->parts[i];

        if (at >= part->bytes.at && at < part->bytes.at + part->bytes.len)
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
        lede_status status;

        if (is_stopped(c))
            return LEDE_ERR_CANCELLED;
        status = lede_envelope_need(c->segment->file, body.at + at, len, &err);
        if (status != LEDE_OK)
            tell(c, section_of(c->segment, body.at + at), at, &err);
        advance(c, len);
    }
    return LEDE_OK;
}

/* ---- Numbers of articles ---- */

static lede_status check_lengths(check *c, uint32_t field, lede_error *err)
{
    const lede_column *column;
    uint64_t sum = 0;
    lede_status status = lede_segment_lengths(c->segment, field, &column, err);

    if (status != LEDE_OK)
        return status;
    for (uint32_t doc = 0; column && doc < c->segment->documents; doc++)
        sum += lede_column_at(column, doc);
    if (sum != c->segment->tokens[field])
        return lede_segment_damaged(c->segment, LEDE_SECTION_LENGTHS,
                                    "their sum is another", err);
    return LEDE_OK;
}

static lede_status check_values(check *c, uint32_t field, lede_error *err)
{
    lede_segment_values values;
    lede_status status = lede_segment_column(c->segment, field, &values, err);

    if (status != LEDE_OK || !values.starts)
        return status;
    for (uint32_t doc = 0; doc < c->segment->documents; doc++) {
        uint64_t begin = lede_column_at(values.starts, doc);
        uint64_t end = lede_column_at(values.starts, doc + 1);

        for (uint64_t at = begin + 1; at < end; at++)
            if (lede_column_at(values.values, (uint32_t)at) <=
                lede_column_at(values.values, (uint32_t)at - 1))
                return lede_segment_damaged(c->segment, LEDE_SECTION_COLUMN,
                                            "values do not rise", err);
    }
    return LEDE_OK;
}

static lede_status check_sequences(check *c, lede_error *err)
{
    const lede_column *sequences, *sizes;
    lede_status status = lede_segment_sequences(c->segment, &sequences, err);

    if (status == LEDE_OK)
        status = lede_segment_plain_column(c->segment, LEDE_SECTION_SIZES,
                                           c->segment->documents, &sizes, err);
    for (uint32_t doc = 1; status == LEDE_OK && doc < c->segment->documents;
         doc++)
        if (lede_column_at(sequences, doc) <=
            lede_column_at(sequences, doc - 1))
            return lede_segment_damaged(c->segment, LEDE_SECTION_SEQUENCES,
                                        "they do not rise", err);
    return status;
}

static lede_status check_fields(check *c)
{
    lede_error err;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < c->segment->field_count && status == LEDE_OK;
         i++) {
        if (is_stopped(c))
            return LEDE_ERR_CANCELLED;
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

/* ---- Keys ---- */

static lede_status walk_keys(check *c, const lede_keys *keys, lede_error *err)
{
    lede_front front;
    uint8_t before[LEDE_FRONT_LEN_MAX];
    uint32_t before_len = 0;

    for (uint32_t rank = 0; rank < keys->count; rank++) {
        if (lede_keys_at(keys, rank, &front) != LEDE_OK || front.len == 0 ||
            (rank > 0 &&
             lede_bytes_compare(lede_bytes_of(front.text, front.len),
                                lede_bytes_of(before, before_len)) <= 0))
            return lede_segment_damaged(c->segment, LEDE_SECTION_KEYS,
                                        "they do not rise", err);
        before_len = front.len;
        memcpy(before, front.text, front.len);
    }
    return LEDE_OK;
}

/* A rank names the last document that has it. */
static lede_status check_keys(check *c, lede_error *err)
{
    const lede_segment *segment = c->segment;
    const lede_column *ranks, *documents;
    const lede_keys *keys;
    lede_status status = lede_segment_open_keys(segment, &keys, err);
    uint64_t named = 0;

    if (status == LEDE_OK)
        status = walk_keys(c, keys, err);
    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_KEY_RANKS,
                                           segment->documents, &ranks, err);
    if (status == LEDE_OK)
        status = lede_segment_plain_column(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                           keys->count, &documents, err);
    if (status != LEDE_OK)
        return status;
    for (uint32_t doc = 0; doc < segment->documents; doc++) {
        uint64_t rank = lede_column_at(ranks, doc), last;

        last =
            rank < keys->count ? lede_column_at(documents, (uint32_t)rank) : 0;
        if (rank >= keys->count || last < doc)
            return lede_segment_damaged(segment, LEDE_SECTION_KEY_RANKS,
                                        "no rank of a key", err);
        named += last == doc;
    }
    if (named != keys->count)
        return lede_segment_damaged(segment, LEDE_SECTION_RANK_DOCUMENTS,
                                    "not the documents of the ranks", err);
    return LEDE_OK;
}

/* ---- Records ---- */

static lede_status check_record(check *c, lede_records_cursor *cursor,
                                uint32_t doc, lede_error *err)
{
    lede_bytes record;
    lede_status status = lede_segment_read_record(c->segment, cursor, doc,
                                                  &record, c->arena, err);

    if (status != LEDE_OK)
        return status;
    lede_document_clear(c->document);
    status =
        lede_record_decode(c->document, record, c->segment->schema, NULL, 0);
    lede_arena_clear(c->arena);
    if (status == LEDE_ERR_CORRUPT)
        return lede_segment_damaged(c->segment, LEDE_SECTION_RECORDS,
                                    "not a record", err);
    return lede_fail_plain(err, status);
}

static lede_status check_records(check *c, lede_error *err)
{
    lede_records_cursor *cursor;
    lede_status status = lede_segment_records(c->segment, &cursor, err);

    if (status != LEDE_OK)
        return status;
    for (uint32_t doc = 0; doc < c->segment->documents && status == LEDE_OK;
         doc++)
        status = is_stopped(c) ? lede_fail_plain(err, LEDE_ERR_CANCELLED)
                               : check_record(c, cursor, doc, err);
    lede_records_cursor_free(cursor);
    return status;
}

/* ---- Terms ---- */

/* Sums of a list as it is walked. */
typedef struct walk {
    uint64_t documents;
    uint64_t occurrences;
    uint32_t bound_end; /* last document that the bounds below hold for */
    uint32_t most;
    uint64_t least;
} walk;

static uint64_t length_in(const lede_segment *segment, uint32_t space,
                          uint32_t doc)
{
    const lede_field *field = lede_schema_field(segment->schema, space / 2);
    bool all = lede_field_is_default(field);
    uint64_t sum = 0;

    for (uint32_t i = 0; i < segment->field_count; i++) {
        const lede_column *column;

        if (all ? !lede_field_is_default(lede_schema_field(segment->schema, i))
                : i != space / 2)
            continue;
        if (lede_segment_lengths(segment, i, &column, NULL) == LEDE_OK &&
            column)
            sum += lede_column_at(column, doc);
    }
    return sum;
}

static lede_status check_positions(check *c, lede_postings *list)
{
    const lede_postings_source *source = list->source;

    if (!source->has_positions)
        return LEDE_OK;
    if (list->documents > 1 &&
        list->frequency / 8 > source->postings.len + source->positions.len)
        return LEDE_ERR_CORRUPT;
    if (!lede_grow(c->segment->allocator, &c->at, &c->at_capacity,
                   list->frequency, sizeof *c->at))
        return LEDE_ERR_NOMEM;
    if (lede_postings_positions(list, c->at))
        return LEDE_OK;
    return list->status == LEDE_OK ? LEDE_ERR_CORRUPT : list->status;
}

static lede_status check_posting(check *c, lede_postings *list, uint32_t space,
                                 walk *w)
{
    if (w->documents == 0 || list->doc > w->bound_end)
        w->bound_end =
            lede_postings_bound(list, list->doc, &w->most, &w->least);
    w->documents++;
    w->occurrences += list->frequency;
    if (w->bound_end < list->doc ||
        (space % 2 == 0 && (list->frequency > w->most ||
                            (w->least > 0 && length_in(c->segment, space,
                                                       list->doc) < w->least))))
        return LEDE_ERR_CORRUPT;
    return check_positions(c, list);
}

static lede_status check_list(check *c, uint32_t space,
                              const lede_terms_entry *entry)
{
    lede_postings list;
    walk w = { 0 };
    lede_status status = LEDE_OK;

    if (is_stopped(c))
        return LEDE_ERR_CANCELLED;
    lede_postings_open(&list, lede_segment_source(c->segment, space), entry);
    for (uint32_t doc = lede_postings_seek(&list, 0);
         doc != LEDE_DOC_END && status == LEDE_OK;
         doc = lede_postings_seek(&list, doc + 1))
        status = check_posting(c, &list, space, &w);
    if (status == LEDE_OK)
        status = list.status;
    if (status == LEDE_OK && (w.documents != entry->documents ||
                              w.occurrences != entry->occurrences))
        status = LEDE_ERR_CORRUPT;
    return status;
}

/* How many values the articles have in a field's column. */
static lede_status count_values(const check *c, uint32_t field, uint64_t *count,
                                lede_error *err)
{
    lede_segment_values values;
    lede_status status = lede_segment_column(c->segment, field, &values, err);

    *count = status == LEDE_OK && values.values ? values.values->count : 0;
    return status;
}

static lede_status check_space(check *c, const lede_terms_space *space)
{
    uint64_t terms = 0, postings = 0, values = 0;
    uint32_t field = space->space / 2;
    lede_status status = LEDE_OK;
    lede_error err;

    lede_terms_cursor_seek(c->cursor, space->space, lede_bytes_of(NULL, 0));
    while (status == LEDE_OK && lede_terms_cursor_next(c->cursor)) {
        terms++;
        postings += c->cursor->entry.documents;
        status = check_list(c, space->space, &c->cursor->entry);
    }
    if (status == LEDE_ERR_CORRUPT)
        return wrong(c, LEDE_SECTION_POSTINGS, "a list is damaged");
    if (status != LEDE_OK)
        return status;
    if (c->cursor->status == LEDE_ERR_CORRUPT ||
        (c->cursor->status == LEDE_OK && terms != space->terms))
        return wrong(c, LEDE_SECTION_DICTIONARY, "a block is damaged");
    if (c->cursor->status != LEDE_OK || space->space % 2 == 0 ||
        !lede_field_has_column(lede_schema_field(c->segment->schema, field)))
        return c->cursor->status;
    status = count_values(c, field, &values, &err);
    if (status == LEDE_OK && values != postings)
        return wrong(c, LEDE_SECTION_COLUMN, "not the values of the postings");
    return status;
}

static lede_status check_terms(check *c)
{
    for (uint32_t i = 0; i < c->segment->space_count; i++) {
        lede_status status = check_space(c, &c->segment->spaces[i]);

        if (status != LEDE_OK && status != LEDE_ERR_CORRUPT)
            return status;
    }
    return LEDE_OK;
}

/* ---- Forms ---- */

static bool is_word(void *ctx, lede_bytes key, uint32_t ordinal)
{
    const uint64_t *words = ctx;

    return key.len > 1 && key.at[0] < LEDE_FORM_KINDS_MAX && ordinal < *words;
}

static lede_status check_forms(check *c, lede_error *err)
{
    const lede_forms_table *forms;
    uint64_t words = 0;
    lede_status status = lede_segment_open_forms(c->segment, &forms, err);

    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; i < c->segment->space_count; i++)
        if (c->segment->spaces[i].space % 2 == 0)
            words += c->segment->spaces[i].terms;
    status = lede_forms_table_walk(forms, is_word, &words);
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

    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_KEYS, check_keys(c, &err), &err);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_RECORDS, check_records(c, &err), &err);
    if (status == LEDE_OK)
        status = check_terms(c);
    if (status == LEDE_OK)
        status = pass(c, LEDE_SECTION_FORMS, check_forms(c, &err), &err);
    return status;
}

static lede_status begin(check *c)
{
    const lede_allocator *allocator = c->segment->allocator;
    lede_status status;

    c->arena = lede_arena_new(allocator);
    if (!c->arena)
        return LEDE_ERR_NOMEM;
    status = lede_document_new(&c->document, allocator);
    if (status != LEDE_OK)
        return status;
    return lede_terms_cursor_new(&c->cursor, &c->segment->terms, allocator);
}

lede_status lede_segment_check(const lede_segment *segment,
                               const lede_task *task, lede_error *err)
{
    check c = { .segment = segment,
                .task = task,
                .status = LEDE_OK,
                .total = lede_envelope_bytes(segment->file).len };
    lede_status status = begin(&c);

    if (status == LEDE_OK)
        status = check_bytes(&c);
    if (status == LEDE_OK && c.status == LEDE_OK)
        status = check_structures(&c);
    lede_terms_cursor_free(c.cursor);
    lede_document_free(c.document);
    lede_arena_free(c.arena);
    lede_release(segment->allocator, c.at, c.at_capacity * sizeof *c.at);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (c.status != LEDE_OK)
        return lede_fail(err, c.status, lede_segment_name(segment),
                         "the segment is damaged");
    return LEDE_OK;
}
