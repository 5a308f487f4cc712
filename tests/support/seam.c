#include "support/seam.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/plans.h"

#define WANT_ALL 10000

void seam_expect(const seam *s, lede_status status, lede_status expected)
{
    ck_assert_msg(status == expected, "%s: %s instead of %s: %s (%s)",
                  s->engine->name, lede_status_name(status),
                  lede_status_name(expected), s->err.message, s->err.where);
}

static void add_field(lede_schema *schema, const char *name, lede_kind kind,
                      uint32_t flags, double weight)
{
    lede_field_options options = LEDE_FIELD_OPTIONS;

    options.flags = flags;
    options.weight = weight;
    ck_assert_int_eq(lede_schema_add(schema, name, kind, &options), LEDE_OK);
}

lede_schema *seam_schema(void)
{
    lede_schema *schema;

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    add_field(schema, "title", LEDE_TEXT, 0, 2);
    add_field(schema, "body", LEDE_TEXT, 0, 0);
    add_field(schema, "notes", LEDE_TEXT,
              LEDE_FIELD_UNSTORED | LEDE_FIELD_NAMED_ONLY, 0);
    add_field(schema, "flat", LEDE_TEXT, LEDE_FIELD_NO_POSITIONS, 0);
    add_field(schema, "tags", LEDE_KEYWORD, 0, 0);
    add_field(schema, "author", LEDE_KEYWORD, LEDE_FIELD_WORDS, 0);
    add_field(schema, "n", LEDE_INT, 0, 0);
    add_field(schema, "x", LEDE_DOUBLE, 0, 0);
    add_field(schema, "date", LEDE_DATE, 0, 0);
    add_field(schema, "raw", LEDE_STORED, 0, 0);
    ck_assert_int_eq(lede_schema_set_open(schema, true), LEDE_OK);
    return schema;
}

void seam_open(seam *s, const lede_engine *engine, const char *scheme,
               const char *address, const lede_allocator *allocator)
{
    memset(s, 0, sizeof *s);
    s->engine = engine;
    s->schema = seam_schema();
    s->scheme = scheme;
    s->address = address;
    s->per_batch = 3;
    s->limits = (lede_limits){
        sizeof s->limits, 0,       65536,    100,      1024, 1024, 10000, 256,
        WANT_ALL,         8000000, 64 << 20, 256 << 20
    };
    s->settings = (lede_engine_settings){ .scheme = scheme,
                                          .address = address,
                                          .create = s->schema,
                                          .limits = &s->limits,
                                          .allocator = allocator };
    ck_assert_int_eq(
        lede_forms_new(&s->forms, lede_schema_analyzer(s->schema), NULL),
        LEDE_OK);
    s->arena = lede_arena_new(NULL);
    ck_assert_ptr_nonnull(s->arena);
    seam_expect(s, engine->open(&s->index, &s->settings, &s->err), LEDE_OK);
    seam_look(s);
}

void seam_close_writer(seam *s)
{
    s->engine->writer_close(s->writer);
    s->writer = NULL;
}

void seam_close(seam *s)
{
    seam_close_writer(s);
    s->engine->snapshot_close(s->snapshot);
    s->engine->close(s->index);
    lede_forms_free(s->forms);
    lede_schema_free(s->schema);
    lede_arena_free(s->arena);
    memset(s, 0, sizeof *s);
}

lede_engine_writer_settings seam_writer_settings(const seam *s)
{
    return (lede_engine_writer_settings){ .lanes = 4,
                                          .threads = 1,
                                          .memory_bytes = 64 << 20,
                                          .durability = LEDE_NOT_DURABLE,
                                          .forms = s->forms };
}

void seam_write(seam *s)
{
    lede_engine_writer_settings settings = seam_writer_settings(s);

    if (!s->writer)
        seam_expect(s,
                    s->engine->writer(&s->writer, s->index, &settings, &s->err),
                    LEDE_OK);
}

/* ---- Articles ----------------------------------------------------------- */

static void add_value(lede_document *doc, const char *name,
                      const lede_field *field, const char *text, size_t len)
{
    char copy[64] = { 0 };
    lede_value value = { .kind = field ? field->kind : LEDE_STORED,
                         .text = "" };

    switch (value.kind) {
    case LEDE_INT:
    case LEDE_DATE:
    case LEDE_DOUBLE:
        ck_assert_uint_lt(len, sizeof copy);
        memcpy(copy, text, len);
        if (value.kind == LEDE_DOUBLE)
            value.real = strtod(copy, NULL);
        else
            value.number = strtoll(copy, NULL, 10);
        break;
    default:
        value.text = text;
        value.len = len;
    }
    ck_assert_int_eq(lede_document_add(doc, name, &value), LEDE_OK);
}

lede_document *seam_document(const lede_schema *schema, const char *article)
{
    lede_document *doc;

    ck_assert_int_eq(lede_document_new(&doc, NULL), LEDE_OK);
    while (*article) {
        size_t len = strcspn(article, "=");
        char name[64] = { 0 };
        const lede_field *field;

        ck_assert_uint_lt(len, sizeof name);
        memcpy(name, article, len);
        article += len;
        field = lede_schema_find(schema, name);
        while (*article == '=' || *article == '|') {
            article++;
            len = strcspn(article, "|;");
            add_value(doc, name, field, article, len);
            article += len;
        }
        article += strspn(article, "; ");
    }
    return doc;
}

/* The words of a field's values, in one text of support/tokens.h. */
static const char *words_of(seam *s, const lede_document *doc,
                            const char *field)
{
    size_t len = 1;
    char *words;

    for (size_t i = 0; lede_document_value(doc, field, i)->kind; i++)
        len += lede_document_value(doc, field, i)->len + 3;
    words = lede_arena_zero(s->arena, len);
    ck_assert_ptr_nonnull(words);
    for (size_t i = 0; lede_document_value(doc, field, i)->kind; i++) {
        const lede_value *value = lede_document_value(doc, field, i);

        if (i)
            memcpy(words + strlen(words), " | ", 3);
        if (value->len)
            memcpy(words + strlen(words), value->text, value->len);
    }
    return words;
}

void seam_put_as(seam *s, lede_bytes key, uint64_t sequence, uint32_t lane,
                 const char *article)
{
    lede_document *doc = NULL;
    lede_engine_change change = { .key = key,
                                  .sequence = sequence,
                                  .schema = s->schema };

    seam_write(s);
    if (article) {
        doc = seam_document(s->schema, article);
        word_tokens_init(&s->tokens, s->per_batch);
        for (uint32_t i = 0; i < lede_schema_count(s->schema); i++) {
            const lede_field *field = lede_schema_field(s->schema, i);
            const char *words;

            if (!lede_field_has_words(field))
                continue;
            words = words_of(s, doc, field->name);
            change.text_bytes += strlen(words);
            word_tokens_add(&s->tokens, i, words);
        }
        change.document = doc;
        change.tokens = &s->tokens.source;
    }
    seam_expect(s, s->engine->apply(s->writer, lane, &change, &s->err),
                LEDE_OK);
    lede_document_free(doc);
}

void seam_put(seam *s, const char *key, const char *article)
{
    seam_put_as(s, lede_bytes_of_text(key), ++s->sequence, 0, article);
}

void seam_delete(seam *s, const char *key)
{
    seam_put_as(s, lede_bytes_of_text(key), ++s->sequence, 0, NULL);
}

uint64_t seam_finish(seam *s, lede_finish_kind kind)
{
    lede_engine_finish finish = { .kind = kind };
    uint64_t generation = 0;

    seam_write(s);
    seam_expect(s, s->engine->finish(s->writer, &finish, &generation, &s->err),
                LEDE_OK);
    return generation;
}

void seam_look(seam *s)
{
    lede_engine_snapshot *newest;

    seam_expect(s, s->engine->snapshot(&newest, s->index, &s->err), LEDE_OK);
    s->engine->snapshot_close(s->snapshot);
    s->snapshot = newest;
}

uint64_t seam_commit(seam *s)
{
    uint64_t generation = seam_finish(s, LEDE_FINISH_COMMIT);

    seam_look(s);
    lede_arena_clear(s->arena);
    return generation;
}

/* ---- Answers ------------------------------------------------------------ */

const lede_plan *seam_plan(seam *s, const char *text)
{
    return plan_read(text, s->engine, s->snapshot, s->arena);
}

lede_engine_search seam_request(seam *s, const char *plan)
{
    const lede_plan *read = seam_plan(s, plan);

    return (lede_engine_search){
        .plan = read,
        .rule = { 1.2, 0.75, lede_score_scale(plan_weights(read)) },
        .recency = { .field = LEDE_NO_FIELD },
        .want = WANT_ALL,
        .collapse = LEDE_NO_FIELD,
        .collapse_limit = 1,
        .count_all = true,
    };
}

lede_status seam_search(seam *s, const lede_engine_search *search,
                        lede_engine_results *results)
{
    lede_status status =
        s->engine->search(results, s->snapshot, search, s->arena, &s->err);

    if (status != LEDE_ERR_UNSUPPORTED)
        seam_expect(s, status, LEDE_OK);
    return status;
}

const char *seam_keys(seam *s, const lede_engine_results *results)
{
    size_t len = 1;
    char *keys, *at;

    for (uint32_t i = 0; i < results->count; i++)
        len += results->hits[i].key.len + 1;
    at = keys = lede_arena_zero(s->arena, len);
    ck_assert_ptr_nonnull(keys);
    for (uint32_t i = 0; i < results->count; i++) {
        if (i)
            *at++ = ' ';
        memcpy(at, results->hits[i].key.at, results->hits[i].key.len);
        at += results->hits[i].key.len;
    }
    return keys;
}

const char *seam_find_as(seam *s, const lede_engine_search *search)
{
    lede_engine_results results;

    if (seam_search(s, search, &results) != LEDE_OK)
        return "-";
    return seam_keys(s, &results);
}

const char *seam_find(seam *s, const char *plan)
{
    lede_engine_search search = seam_request(s, plan);

    return seam_find_as(s, &search);
}
