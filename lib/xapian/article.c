/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/article.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "document/record.h"
#include "xapian/fault.h"

/* Distinct values of a column in one article: each takes a slot. */
#define VALUES_MAX 65536U

static lede_status fail(lede_error *err, const xapian_error *fault)
{
    return lede_xapian_fail(err, fault, NULL);
}

static bool mention(lede_xapian_article *a, lede_xapian_mentions *list,
                    uint32_t field, lede_bytes bytes)
{
    if (!lede_grow(a->allocator, &list->at, &list->capacity, list->count + 1,
                   sizeof *list->at))
        return false;
    list->at[list->count++] = (lede_xapian_mention){ field, bytes };
    return true;
}

/* ---- Words -------------------------------------------------------------- */

static lede_status add_token(lede_xapian_article *a, uint32_t field,
                             bool positions, const lede_token_batch *batch,
                             uint32_t at)
{
    lede_bytes word = lede_bytes_of(batch->term[at], batch->len[at]);
    bool joined = batch->flags[at] & LEDE_TOKEN_JOINED;
    lede_xapian_name name;
    xapian_error fault;
    lede_status status = LEDE_OK;

    if (!lede_xapian_word(&name, field, word))
        return LEDE_ERR_INVALID;
    if (batch->position[at] > UINT32_MAX - LEDE_XAPIAN_POSITION_BASE)
        return LEDE_ERR_LIMIT;
    /* Positions are how often a joined word occurs: it has no wdf. */
    if (positions || joined
            ? !xapian_document_add_posting(a->doc, name.text, name.len,
                                           batch->position[at] +
                                               LEDE_XAPIAN_POSITION_BASE,
                                           !joined, &fault)
            : !xapian_document_add_term(a->doc, name.text, name.len, 1, &fault))
        return lede_xapian_status(fault.kind);
    if (batch->flags[at] & LEDE_TOKEN_CAPITAL) {
        char *copy = lede_arena_text(a->arena, word.at, word.len);

        if (!copy ||
            !mention(a, &a->names, field, lede_bytes_of(copy, word.len)))
            status = LEDE_ERR_NOMEM;
    }
    a->numbers.tokens[field] += !joined;
    return status;
}

static lede_status add_tokens(lede_xapian_article *a, lede_token_source *tokens,
                              const lede_schema *schema)
{
    const lede_token_batch *batch;
    uint32_t field;

    while (tokens && tokens->next(tokens, &field, &batch)) {
        const lede_field *of = lede_schema_field(schema, field);
        bool positions = of && lede_field_has_positions(of);

        if (!of)
            return LEDE_ERR_INVALID;
        if (field >= a->numbers.field_count)
            a->numbers.field_count = field + 1;
        for (uint32_t i = 0; i < batch->count; i++) {
            lede_status status = add_token(a, field, positions, batch, i);

            if (status != LEDE_OK)
                return status;
        }
    }
    return tokens ? tokens->status : LEDE_OK;
}

/* ---- Values ------------------------------------------------------------- */

typedef struct field_value {
    uint32_t field;
    const lede_value *value;
} field_value;

static int by_field_then_value(const void *left, const void *right)
{
    const field_value *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return lede_value_compare(a->value, b->value);
}

static bool add_name(lede_xapian_article *a, const lede_xapian_name *name,
                     xapian_error *fault)
{
    return xapian_document_add_term(a->doc, name->text, name->len, 0, fault);
}

static bool set_value(lede_xapian_article *a, uint32_t slot, lede_bytes value,
                      xapian_error *fault)
{
    return xapian_document_set_value(a->doc, slot, value.at, value.len, fault);
}

/* A value that the field did not have before. */
static lede_status add_value(lede_xapian_article *a, const lede_field *field,
                             const field_value *v, lede_buffer *scratch,
                             lede_error *err)
{
    lede_bytes bytes = lede_bytes_of(v->value->text, v->value->len);
    lede_xapian_name name;
    xapian_error fault;

    if (field->kind == LEDE_KEYWORD && !(field->flags & LEDE_FIELD_UNINDEXED)) {
        lede_xapian_value_name(&name, v->field, bytes);
        if (!add_name(a, &name, &fault))
            return fail(err, &fault);
        if (name.hashed && !mention(a, &a->longs, v->field, bytes))
            return LEDE_ERR_NOMEM;
    }
    if (!lede_field_has_column(field))
        return LEDE_OK;
    if (a->values[v->field] == VALUES_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, field->name,
                         "more than %u different values in one article",
                         VALUES_MAX);
    lede_buffer_clear(scratch);
    lede_xapian_put_value(scratch, v->value);
    if (scratch->status != LEDE_OK)
        return scratch->status;
    if (!set_value(a, lede_xapian_slot(v->field, a->values[v->field]++),
                   lede_buffer_bytes(scratch), &fault))
        return fail(err, &fault);
    return LEDE_OK;
}

static lede_status add_field_values(lede_xapian_article *a,
                                    const lede_schema *schema,
                                    const field_value *values, size_t count,
                                    lede_error *err)
{
    lede_status status = LEDE_OK;
    lede_buffer scratch;

    lede_buffer_init(&scratch, a->allocator);
    for (size_t i = 0; status == LEDE_OK && i < count; i++) {
        const lede_field *field = lede_schema_field(schema, values[i].field);
        bool first = i == 0 || values[i].field != values[i - 1].field;
        lede_xapian_name name;
        xapian_error fault;

        lede_xapian_exists_name(&name, values[i].field);
        if (first && !add_name(a, &name, &fault))
            status = fail(err, &fault);
        else if ((first || lede_value_compare(values[i].value,
                                              values[i - 1].value) != 0))
            status = add_value(a, field, &values[i], &scratch, err);
    }
    lede_buffer_fini(&scratch);
    return status;
}

/* Values that do not have their field's kind were put before it was known. */
static lede_status add_values(lede_xapian_article *a,
                              const lede_document *document,
                              const lede_schema *schema, lede_error *err)
{
    size_t count = lede_document_count(document), used = 0;
    field_value *values = lede_alloc_array(a->allocator, count, sizeof *values);
    lede_status status;

    if (!values)
        return LEDE_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const lede_entry *entry = lede_document_entry(document, i);
        uint32_t place = lede_schema_place(schema, entry->field);

        if (place != LEDE_NO_FIELD &&
            lede_schema_field(schema, place)->kind == entry->value.kind)
            values[used++] = (field_value){ place, &entry->value };
    }
    if (used)
        qsort(values, used, sizeof *values, by_field_then_value);
    status = add_field_values(a, schema, values, used, err);
    lede_release(a->allocator, values, count * sizeof *values);
    return status;
}

/* ---- The rest ----------------------------------------------------------- */

static void put_numbers(lede_buffer *out, const lede_xapian_numbers *numbers)
{
    lede_put_varint(out, numbers->text_bytes);
    for (uint32_t i = 0; i < numbers->field_count; i++) {
        if (numbers->tokens[i] == 0)
            continue;
        lede_put_varint(out, i);
        lede_put_varint(out, numbers->tokens[i]);
    }
}

bool lede_xapian_numbers_read(lede_xapian_numbers *numbers, lede_bytes in)
{
    *numbers = (lede_xapian_numbers){ 0 };
    if (!lede_take_varint(&in, &numbers->text_bytes))
        return false;
    while (in.len > 0) {
        uint64_t field, tokens;

        if (!lede_take_varint(&in, &field) || field >= LEDE_FIELDS_MAX ||
            !lede_take_varint(&in, &tokens))
            return false;
        numbers->tokens[field] = tokens;
        if (field >= numbers->field_count)
            numbers->field_count = (uint32_t)field + 1;
    }
    return true;
}

uint64_t lede_xapian_length(lede_bytes numbers, const lede_plan_score *score)
{
    uint64_t length = 0, field, tokens;

    if (!lede_take_varint(&numbers, &tokens))
        return 0;
    while (lede_take_varint(&numbers, &field) &&
           lede_take_varint(&numbers, &tokens))
        for (uint32_t i = 0; i < score->field_count; i++)
            if (score->fields[i] == field)
                length += score->field_weights[i] * tokens;
    return length;
}

static lede_status add_rest(lede_xapian_article *a,
                            const lede_engine_change *change,
                            const lede_schema *schema, lede_error *err)
{
    uint8_t sequence[LEDE_XAPIAN_SEQUENCE_BYTES];
    lede_xapian_name key;
    xapian_error fault;
    lede_buffer record, numbers;
    lede_status status;

    lede_buffer_init(&record, a->allocator);
    lede_buffer_init(&numbers, a->allocator);
    lede_xapian_put_sequence(sequence, change->sequence);
    lede_xapian_key_name(&key, change->key);
    lede_record_encode(&record, change->document, schema);
    put_numbers(&numbers, &a->numbers);
    status = record.status == LEDE_OK ? numbers.status : record.status;
    if (status == LEDE_OK &&
        !(add_name(a, &key, &fault) &&
          set_value(a, LEDE_XAPIAN_SLOT_SEQUENCE,
                    lede_bytes_of(sequence, sizeof sequence), &fault) &&
          set_value(a, LEDE_XAPIAN_SLOT_KEY, change->key, &fault) &&
          set_value(a, LEDE_XAPIAN_SLOT_NUMBERS, lede_buffer_bytes(&numbers),
                    &fault) &&
          xapian_document_set_text(a->doc, record.at, record.len, &fault)))
        status = fail(err, &fault);
    lede_buffer_fini(&record);
    lede_buffer_fini(&numbers);
    return status;
}

lede_status lede_xapian_article_make(lede_xapian_article *article,
                                     const lede_engine_change *change,
                                     const lede_schema *schema, lede_error *err)
{
    lede_xapian_article *a = article;
    xapian_error fault;
    lede_status status;

    lede_xapian_article_clear(a);
    if (!a->arena)
        a->arena = lede_arena_new(a->allocator);
    if (!a->arena)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    a->doc = xapian_document_new(&fault);
    if (!a->doc)
        return fail(err, &fault);
    a->numbers.text_bytes = change->text_bytes;
    lede_error_clear(err);
    status = add_tokens(a, change->tokens, schema);
    if (status == LEDE_OK)
        status = add_values(a, change->document, schema, err);
    if (status == LEDE_OK)
        status = add_rest(a, change, schema, err);
    if (status != LEDE_OK)
        lede_xapian_article_clear(a);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

void lede_xapian_article_clear(lede_xapian_article *article)
{
    xapian_document_free(article->doc);
    article->doc = NULL;
    article->numbers = (lede_xapian_numbers){ 0 };
    memset(article->values, 0, sizeof article->values);
    article->names.count = 0;
    article->longs.count = 0;
    if (article->arena)
        lede_arena_clear(article->arena);
}

void lede_xapian_article_fini(lede_xapian_article *article)
{
    lede_xapian_article *a = article;

    xapian_document_free(a->doc);
    lede_release(a->allocator, a->names.at,
                 a->names.capacity * sizeof *a->names.at);
    lede_release(a->allocator, a->longs.at,
                 a->longs.capacity * sizeof *a->longs.at);
    lede_arena_free(a->arena);
}
