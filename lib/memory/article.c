#include "memory/article.h"

#include <stdlib.h>

#include "base/alloc.h"

typedef struct occurrence {
    lede_bytes term;
    uint32_t field;
    uint32_t position;
    uint8_t flags;
} occurrence;

/* The tokens of a change, before they are packed. */
typedef struct text {
    lede_arena *arena; /* of the terms */
    occurrence *at;
    size_t capacity;
    size_t count;
    const lede_allocator *allocator;
} text;

static lede_status read_batch(text *t, uint32_t field,
                              const lede_token_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        char *term;

        if (t->count == UINT32_MAX)
            return LEDE_ERR_LIMIT;
        term = lede_arena_text(t->arena, batch->term[i], batch->len[i]);
        if (!term || !lede_grow(t->allocator, &t->at, &t->capacity,
                                t->count + 1, sizeof *t->at))
            return LEDE_ERR_NOMEM;
        t->at[t->count++] =
            (occurrence){ lede_bytes_of(term, batch->len[i]), field,
                          batch->position[i], batch->flags[i] };
    }
    return LEDE_OK;
}

static int by_field_term_position(const void *left, const void *right)
{
    const occurrence *a = left, *b = right;
    int order;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    order = lede_bytes_compare(a->term, b->term);
    if (order)
        return order;
    return (a->position > b->position) - (a->position < b->position);
}

static lede_status read_text(text *t, lede_token_source *tokens)
{
    const lede_token_batch *batch;
    uint32_t field;

    while (tokens && tokens->next(tokens, &field, &batch)) {
        lede_status status = read_batch(t, field, batch);

        if (status != LEDE_OK)
            return status;
    }
    if (tokens && tokens->status != LEDE_OK)
        return tokens->status;
    if (t->count)
        qsort(t->at, t->count, sizeof *t->at, by_field_term_position);
    return LEDE_OK;
}

static bool is_new_term(const text *t, size_t at)
{
    return at == 0 || t->at[at].field != t->at[at - 1].field ||
           !lede_bytes_equal(t->at[at].term, t->at[at - 1].term);
}

static bool make_room(lede_memory_article *a, const text *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (is_new_term(t, i)) {
            a->term_count++;
            a->byte_count += t->at[i].term.len;
        }
    a->position_count = t->count;
    a->terms = lede_alloc_array(a->allocator, a->term_count, sizeof *a->terms);
    a->positions =
        lede_alloc_array(a->allocator, a->position_count, sizeof *a->positions);
    a->bytes = lede_alloc(a->allocator, a->byte_count);
    a->field_count = t->count ? t->at[t->count - 1].field + 1 : 0;
    a->fields =
        lede_alloc_array(a->allocator, a->field_count, sizeof *a->fields);
    if (a->fields)
        memset(a->fields, 0, a->field_count * sizeof *a->fields);
    return a->terms && a->positions && a->bytes && a->fields;
}

/* Occurrences that stand in order, into terms of fields. */
static void pack(lede_memory_article *a, const text *t)
{
    lede_memory_term *term = NULL;
    uint8_t *byte = a->bytes;
    size_t used = 0;

    for (size_t i = 0; i < t->count; i++) {
        const occurrence *o = &t->at[i];
        lede_memory_field *field = &a->fields[o->field];

        if (is_new_term(t, i)) {
            term = &a->terms[used++];
            *term = (lede_memory_term){
                .term = lede_bytes_of(byte, o->term.len),
                .positions = &a->positions[i],
            };
            memcpy(byte, o->term.at, o->term.len);
            byte += o->term.len;
            if (field->count++ == 0)
                field->terms = term;
        }
        a->positions[i] = o->position;
        term->count++;
        term->name = term->name || (o->flags & LEDE_TOKEN_CAPITAL);
        if (!(o->flags & LEDE_TOKEN_JOINED))
            field->length++;
    }
}

static lede_status take_words(lede_memory_article *a, lede_token_source *tokens)
{
    text t = { .arena = lede_arena_new(a->allocator),
               .allocator = a->allocator };
    lede_status status = LEDE_ERR_NOMEM;

    if (t.arena)
        status = read_text(&t, tokens);
    if (status == LEDE_OK && !make_room(a, &t))
        status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK)
        pack(a, &t);
    lede_release(a->allocator, t.at, t.capacity * sizeof *t.at);
    lede_arena_free(t.arena);
    return status;
}

static lede_status take_document(lede_memory_article *a,
                                 const lede_document *document)
{
    lede_status status = lede_document_new(&a->document, a->allocator);

    for (size_t i = 0; status == LEDE_OK && i < lede_document_count(document);
         i++) {
        const lede_entry *entry = lede_document_entry(document, i);

        status = lede_document_add(a->document, entry->field, &entry->value);
    }
    a->document_bytes = lede_document_bytes(document);
    return status;
}

lede_status lede_memory_article_new(lede_memory_article **out,
                                    const lede_engine_change *change,
                                    const lede_allocator *allocator)
{
    lede_memory_article *a = lede_alloc_zero(allocator, sizeof *a);
    lede_status status = LEDE_OK;

    if (!a)
        return LEDE_ERR_NOMEM;
    a->allocator = allocator;
    atomic_init(&a->keepers, 1);
    a->sequence = change->sequence;
    a->text_bytes = change->text_bytes;
    a->key_text = lede_alloc_text(allocator, (const char *)change->key.at,
                                  change->key.len);
    a->key = lede_bytes_of(a->key_text, change->key.len);
    if (!a->key_text)
        status = LEDE_ERR_NOMEM;
    if (status == LEDE_OK && change->document)
        status = take_document(a, change->document);
    if (status == LEDE_OK && change->document)
        status = take_words(a, change->tokens);
    if (status != LEDE_OK) {
        lede_memory_article_release(a);
        return status;
    }
    *out = a;
    return LEDE_OK;
}

lede_memory_article *lede_memory_article_keep(lede_memory_article *article)
{
    (void)atomic_fetch_add(&article->keepers, 1);
    return article;
}

void lede_memory_article_release(lede_memory_article *article)
{
    lede_memory_article *a = article;

    if (!a || atomic_fetch_sub(&a->keepers, 1) > 1)
        return;
    lede_document_free(a->document);
    lede_release(a->allocator, a->fields, a->field_count * sizeof *a->fields);
    lede_release(a->allocator, a->terms, a->term_count * sizeof *a->terms);
    lede_release(a->allocator, a->positions,
                 a->position_count * sizeof *a->positions);
    lede_release(a->allocator, a->bytes, a->byte_count);
    lede_release(a->allocator, a->key_text, a->key.len + 1);
    lede_release(a->allocator, a, sizeof *a);
}

uint64_t lede_memory_article_size(const lede_memory_article *article)
{
    const lede_memory_article *a = article;

    return sizeof *a + a->key.len + 1 + a->document_bytes + a->byte_count +
           a->field_count * sizeof *a->fields +
           a->term_count * sizeof *a->terms +
           a->position_count * sizeof *a->positions;
}

static int by_term(const void *key, const void *item)
{
    const lede_bytes *term = key;
    const lede_memory_term *at = item;

    return lede_bytes_compare(*term, at->term);
}

const lede_memory_term *lede_memory_article_find(
    const lede_memory_article *article, uint32_t field, lede_bytes term)
{
    const lede_memory_field *in;

    if (field >= article->field_count)
        return NULL;
    in = &article->fields[field];
    return in->count ? bsearch(&term, in->terms, in->count, sizeof *in->terms,
                               by_term)
                     : NULL;
}

const lede_value *lede_memory_article_value(const lede_memory_article *article,
                                            const lede_field *field, size_t *at)
{
    const lede_value *value;

    if (!field)
        return NULL;
    do
        value = lede_document_value(article->document, field->name, (*at)++);
    while (value->kind != LEDE_NONE && value->kind != field->kind);
    return value->kind == LEDE_NONE ? NULL : value;
}

lede_value lede_memory_article_first(const lede_memory_article *article,
                                     const lede_field *field, bool descending)
{
    const lede_value *first = NULL, *value;
    size_t at = 0;

    while ((value = lede_memory_article_value(article, field, &at))) {
        int order = first ? lede_value_compare(value, first) : 0;

        if (!first || (descending ? order > 0 : order < 0))
            first = value;
    }
    return first ? *first : (lede_value){ .text = "" };
}
