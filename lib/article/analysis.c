#include "article/analysis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "article/convert.h"
#include "base/alloc.h"
#include "base/error.h"
#include "document/schema.h"
#include "text/tokenizer.h"

/* Offsets of tokens and positions are 32 bits, with room for both halves of a
 * value that begins at the last position allowed. */
#define TEXT_BYTES_MAX ((size_t)1 << 31)
#define POSITION_MAX   ((uint32_t)1 << 31)

/* A value with words, by its entry in the checked document. */
typedef struct reading {
    uint32_t field;
    uint32_t entry;
} reading;

typedef struct inner {
    lede_analysis face; /* first: the source finds its way back by it */
    const lede_allocator *allocator;
    const lede_schema *schema;
    const lede_limits *limits;
    lede_document *checked;
    lede_tokenizer *tokenizer;
    lede_token_batch batch;
    uint32_t hints;

    reading *readings; /* by field, then as they were put */
    size_t count;
    size_t capacity;
    size_t at;     /* the next one to be read */
    bool reading;  /* the one before it is not at its end */
    uint32_t next; /* the position at which the next value begins */
} inner;

static void start_value(inner *a)
{
    const reading *now = &a->readings[a->at];
    const lede_value *value =
        &lede_document_entry(a->checked, now->entry)->value;
    bool same = a->at > 0 && a->readings[a->at - 1].field == now->field;

    if (!same)
        a->next = 0;
    a->at++;
    if (a->next >= POSITION_MAX) {
        a->face.source.status = LEDE_ERR_LIMIT;
        return;
    }
    lede_tokenizer_start(a->tokenizer, value->text, value->len, a->next,
                         a->hints);
    a->reading = true;
}

static void end_value(inner *a)
{
    const lede_tokenizer *t = a->tokenizer;

    a->reading = false;
    a->next = t->position + LEDE_POSITION_GAP;
    a->face.counts.skipped_tokens += t->skipped;
    a->face.counts.invalid_bytes += t->invalid_bytes;
    if (t->status != LEDE_OK)
        a->face.source.status = t->status;
}

static bool take_batch(inner *a)
{
    if (!lede_tokenizer_next(a->tokenizer, &a->batch)) {
        end_value(a);
        return false;
    }
    a->face.counts.tokens += a->batch.count;
    if (a->face.counts.tokens > a->limits->document_tokens)
        a->face.source.status = LEDE_ERR_LIMIT;
    return a->face.source.status == LEDE_OK;
}

static bool next_batch(lede_token_source *source, uint32_t *field,
                       const lede_token_batch **batch)
{
    inner *a =
        (inner *)(void *)((char *)source - offsetof(lede_analysis, source));

    while (source->status == LEDE_OK) {
        if (a->reading) {
            if (!take_batch(a))
                continue;
            *field = a->readings[a->at - 1].field;
            *batch = &a->batch;
            return true;
        }
        if (a->at == a->count)
            return false;
        start_value(a);
    }
    return false;
}

static lede_status refuse(const char *field, const lede_field *known,
                          lede_error *err)
{
    static const char *const names[] = { "nothing", "text",   "keyword",
                                         "integer", "number", "date",
                                         "stored" };

    return lede_fail(err, LEDE_ERR_INVALID, field,
                     "the value does not fit a field of kind %s",
                     names[known->kind]);
}

static lede_status check_len(const char *field, const lede_field *known,
                             const lede_value *value, lede_error *err)
{
    if (known && known->kind == LEDE_KEYWORD && value->len > LEDE_KEYWORD_MAX)
        return lede_fail(err, LEDE_ERR_INVALID, field,
                         "a keyword of %zu bytes; the most is %d", value->len,
                         LEDE_KEYWORD_MAX);
    if (known && lede_field_has_words(known) && value->len >= TEXT_BYTES_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, field,
                         "a text of %zu bytes; the most is 2 GiB", value->len);
    return LEDE_OK;
}

/* Notes that a value just appended has words to be read. */
static lede_status note_reading(inner *a, const lede_field *known,
                                const lede_value *value)
{
    if (!known || !lede_field_has_words(known))
        return LEDE_OK;
    if (known->kind == LEDE_TEXT)
        a->face.counts.text_bytes += value->len;
    if (!lede_grow(a->allocator, &a->readings, &a->capacity, a->count + 1,
                   sizeof *a->readings))
        return LEDE_ERR_NOMEM;
    a->readings[a->count++] = (reading){
        lede_schema_place(a->schema, known->name),
        (uint32_t)lede_document_count(a->checked) - 1,
    };
    return LEDE_OK;
}

static lede_status take_value(inner *a, const lede_entry *entry,
                              lede_error *err)
{
    const lede_field *known = lede_schema_find(a->schema, entry->field);
    char room[LEDE_NUMBER_MAX];
    lede_value value;
    lede_status status;

    if (strcmp(entry->field, "key") == 0)
        return lede_fail(err, LEDE_ERR_INVALID, "key",
                         "the key is an argument of its own, not a field");
    if (!known && !lede_schema_is_open(a->schema))
        return lede_fail(err, LEDE_ERR_INVALID, entry->field,
                         "the schema has no such field");
    switch (lede_convert(&value, known ? known->kind : LEDE_STORED,
                         &entry->value, room)) {
    case LEDE_CONVERTED:
        break;
    case LEDE_DATE_DROPPED:
        a->face.counts.dates_dropped++;
        return LEDE_OK;
    case LEDE_NOT_CONVERTED:
        return known ? refuse(entry->field, known, err)
                     : lede_fail(err, LEDE_ERR_INVALID, entry->field,
                                 "the value is not a number");
    }
    status = check_len(entry->field, known, &value, err);
    if (status != LEDE_OK)
        return status;
    if (value.text == room)
        status = lede_document_add(a->checked, entry->field, &value);
    else
        status = lede_document_borrow(
            a->checked, known ? known->name : entry->field, &value);
    if (status == LEDE_OK)
        status = note_reading(a, known, &value);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

static int compare_readings(const void *left, const void *right)
{
    const reading *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

/* Documents mostly come in the order of the schema. */
static void sort_readings(inner *a)
{
    for (size_t i = 1; i < a->count; i++) {
        if (a->readings[i].field < a->readings[i - 1].field) {
            qsort(a->readings, a->count, sizeof *a->readings, compare_readings);
            return;
        }
    }
}

/* German capitalises all nouns: there a capital does not tell a name. */
static uint32_t find_hints(const lede_document *doc)
{
    const lede_value *lang = lede_document_value(doc, "lang", 0);

    if (lang->len >= 2 && (lang->text[0] | 32) == 'd' &&
        (lang->text[1] | 32) == 'e' && (lang->len == 2 || lang->text[2] == '-'))
        return 0;
    return LEDE_TOKENIZER_NAMES;
}

lede_status lede_analysis_new(lede_analysis **out, const lede_schema *schema,
                              const lede_limits *limits,
                              const lede_allocator *allocator)
{
    inner *a = lede_alloc_zero(allocator, sizeof *a);
    lede_status status;

    if (!a)
        return LEDE_ERR_NOMEM;
    a->allocator = allocator;
    a->schema = schema;
    a->limits = limits;
    a->face.source.next = next_batch;
    status = lede_document_new(&a->checked, allocator);
    if (status == LEDE_OK)
        status = lede_tokenizer_new(
            &a->tokenizer, lede_schema_analyzer(schema)->words, allocator);
    if (status != LEDE_OK) {
        lede_analysis_free(&a->face);
        return status;
    }
    a->face.document = a->checked;
    *out = &a->face;
    return LEDE_OK;
}

void lede_analysis_free(lede_analysis *analysis)
{
    inner *a = (inner *)analysis;

    if (!a)
        return;
    lede_release(a->allocator, a->readings, a->capacity * sizeof *a->readings);
    lede_tokenizer_free(a->tokenizer);
    lede_document_free(a->checked);
    lede_release(a->allocator, a, sizeof *a);
}

void lede_analysis_set_schema(lede_analysis *analysis,
                              const lede_schema *schema)
{
    ((inner *)analysis)->schema = schema;
}

static lede_status check_document(inner *a, const lede_document *doc,
                                  lede_error *err)
{
    size_t count = lede_document_count(doc);
    lede_status status = lede_document_status(doc);

    if (status != LEDE_OK)
        return lede_fail(err, status, NULL,
                         "a value could not be added to the document");
    if (lede_document_bytes(doc) > a->limits->document_bytes ||
        count > UINT32_MAX)
        return lede_fail(err, LEDE_ERR_LIMIT, "document_bytes",
                         "a document of %" PRIu64
                         " bytes; the most is %" PRIu64,
                         lede_document_bytes(doc), a->limits->document_bytes);
    for (size_t i = 0; i < count && status == LEDE_OK; i++)
        status = take_value(a, lede_document_entry(doc, i), err);
    return status;
}

lede_status lede_analysis_start(lede_analysis *analysis,
                                const lede_document *doc, lede_error *err)
{
    inner *a = (inner *)analysis;
    lede_status status = LEDE_OK;

    lede_document_clear(a->checked);
    a->face.counts = (lede_analysis_counts){ 0 };
    a->face.source.status = LEDE_OK;
    a->count = a->at = 0;
    a->reading = false;
    a->hints = 0;
    if (doc) {
        status = check_document(a, doc, err);
        a->hints = find_hints(doc);
    }
    if (status != LEDE_OK)
        a->count = 0;
    sort_readings(a);
    return status;
}

lede_status lede_analysis_take(lede_analysis *analysis,
                               lede_document **document)
{
    inner *a = (inner *)analysis;
    lede_document *taken = a->checked;
    lede_status status = lede_document_keep(taken);

    if (status == LEDE_OK && !*document)
        status = lede_document_new(document, a->allocator);
    if (status != LEDE_OK)
        return status;
    a->count = 0; /* of the document that goes */
    a->checked = *document;
    a->face.document = a->checked;
    *document = taken;
    return LEDE_OK;
}

lede_status lede_analysis_limit(const lede_limits *limits, lede_error *err)
{
    return lede_fail(err, LEDE_ERR_LIMIT, "document_tokens",
                     "a document of more than %" PRIu32 " words",
                     limits->document_tokens);
}
