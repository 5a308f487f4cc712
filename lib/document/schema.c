/*
 * document/schema.c - the fields of a schema, and a schema as bytes:
 *
 *     schema  version:u8  open:u8  words:varint  forms:varint
 *             languages:block  count:varint  field * count
 *     field   name:block  kind:u8  flags:varint  weight:varint
 *
 * A block is its length, as a varint, and that many bytes. The weight is
 * n/256. What a schema would not take when it is built is damage here.
 */
#include "document/schema.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/map.h"
#include "base/options.h"

#include <math.h>
#include <stdio.h>

#define VERSION    1
#define FEW        16U /* fields compared by their pointers first */
#define NAME_MAX   64
#define WEIGHT_ONE 256U
#define WEIGHT_MAX 65280U /* 255 */
#define KEY_FIELD  "key"
#define ALL_FLAGS                                                           \
    (LEDE_FIELD_UNSTORED | LEDE_FIELD_UNINDEXED | LEDE_FIELD_NO_POSITIONS | \
     LEDE_FIELD_NAMED_ONLY | LEDE_FIELD_NO_COLUMN | LEDE_FIELD_WORDS)
#define ALL_WORDS \
    (LEDE_WORDS_PLAIN | LEDE_WORDS_NO_COMPOUND | LEDE_WORDS_NO_BIGRAM)
#define ALL_FORMS \
    (LEDE_FORM_EXACT | LEDE_FORM_FOLD | LEDE_FORM_STEM | LEDE_FORM_NAME)

struct lede_schema {
    const lede_allocator *allocator;
    lede_field *fields;
    size_t count;
    size_t capacity;
    lede_map places;
    char *languages; /* NULL: the default ones */
    lede_analyzer_options analyzer;
    bool open;
    lede_status status;
};

lede_status lede_schema_new(lede_schema **out, const lede_allocator *allocator)
{
    lede_schema *schema;

    if (!out)
        return LEDE_ERR_INVALID;
    schema = lede_alloc_zero(allocator, sizeof *schema);
    if (!schema)
        return LEDE_ERR_NOMEM;
    schema->allocator = allocator;
    schema->analyzer = (lede_analyzer_options)LEDE_ANALYZER_OPTIONS;
    schema->analyzer.forms = ALL_FORMS;
    schema->analyzer.languages = "en";
    lede_map_init(&schema->places, allocator);
    *out = schema;
    return LEDE_OK;
}

static void free_text(const lede_allocator *allocator, const char *text)
{
    char *own;

    if (!text)
        return;
    memcpy(&own, &text, sizeof own);
    lede_release(allocator, own, strlen(text) + 1);
}

void lede_schema_free(lede_schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < schema->count; i++)
        free_text(schema->allocator, schema->fields[i].name);
    free_text(schema->allocator, schema->languages);
    lede_map_fini(&schema->places);
    lede_release(schema->allocator, schema->fields,
                 schema->capacity * sizeof *schema->fields);
    lede_release(schema->allocator, schema, sizeof *schema);
}

static bool is_name(const char *name)
{
    size_t len = 0;

    if (!((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_'))
        return false;
    for (; name[len] != '\0'; len++) {
        bool fits = (name[len] >= 'a' && name[len] <= 'z') ||
                    (name[len] >= '0' && name[len] <= '9') || name[len] == '_';

        if (!fits || len >= NAME_MAX)
            return false;
    }
    return strcmp(name, KEY_FIELD) != 0;
}

static bool flags_fit(lede_kind kind, uint32_t flags)
{
    bool words = flags & LEDE_FIELD_WORDS;

    if (kind <= LEDE_NONE || kind > LEDE_STORED ||
        (flags & ~(uint32_t)ALL_FLAGS))
        return false;
    if (words && kind != LEDE_KEYWORD)
        return false;
    if ((flags & LEDE_FIELD_NO_POSITIONS) && kind != LEDE_TEXT && !words)
        return false;
    return !((flags & LEDE_FIELD_UNSTORED) && kind == LEDE_STORED);
}

/* 0 is the default of 1. False for what no n/256 up to 255 is near to. */
static bool round_weight(double *weight)
{
    double n = floor(*weight * WEIGHT_ONE + 0.5);

    if (!(*weight >= 0) || n > WEIGHT_MAX)
        return false;
    if (*weight == 0)
        n = WEIGHT_ONE;
    *weight = (n < 1 ? 1 : n) / WEIGHT_ONE;
    return true;
}

static lede_map_slot *slot_of(const lede_schema *schema, const char *name)
{
    lede_bytes key = lede_bytes_of_text(name);

    return lede_map_find(&schema->places, key, lede_hash_bytes(key));
}

/* Appends a field that fits. */
static lede_status append(lede_schema *schema, const lede_field *field)
{
    lede_bytes key = lede_bytes_of_text(field->name);
    char *name;
    lede_map_slot *slot;

    if (!lede_grow(schema->allocator, &schema->fields, &schema->capacity,
                   schema->count + 1, sizeof *schema->fields))
        return LEDE_ERR_NOMEM;
    name = lede_alloc_text(schema->allocator, field->name, key.len);
    if (!name)
        return LEDE_ERR_NOMEM;
    key.at = (const uint8_t *)name;
    slot = lede_map_put(&schema->places, key, lede_hash_bytes(key));
    if (!slot) {
        free_text(schema->allocator, name);
        return LEDE_ERR_NOMEM;
    }
    slot->value = schema->count;
    schema->fields[schema->count] = *field;
    schema->fields[schema->count++].name = name;
    return LEDE_OK;
}

static lede_status add(lede_schema *schema, const char *name, lede_kind kind,
                       const lede_field_options *options)
{
    lede_field_options own;
    lede_status status =
        LEDE_READ_OPTIONS(lede_field_options, &own, options, weight, NULL);

    if (status != LEDE_OK)
        return status;
    if (!name || !is_name(name) || slot_of(schema, name) ||
        !flags_fit(kind, own.flags) || !round_weight(&own.weight))
        return LEDE_ERR_INVALID;
    if (schema->count >= LEDE_FIELDS_MAX)
        return LEDE_ERR_LIMIT;
    return append(schema, &(lede_field){ name, kind, own.flags, own.weight });
}

lede_status lede_schema_add(lede_schema *schema, const char *name,
                            lede_kind kind, const lede_field_options *options)
{
    if (!schema)
        return LEDE_ERR_INVALID;
    if (schema->status == LEDE_OK)
        schema->status = add(schema, name, kind, options);
    return schema->status;
}

/* A copy of the codes with single spaces between them, owned by the caller.
 * Which of them exist is known only to who stems. */
static lede_status copy_languages(char **out, const char *text,
                                  const lede_allocator *allocator)
{
    size_t len = 0;
    char *copy, *to;

    for (const char *at = text; *at; at++) {
        if (*at != ' ' && !(*at >= 'a' && *at <= 'z'))
            return LEDE_ERR_INVALID;
        len += *at != ' ' || (at > text && at[-1] != ' ');
    }
    /* The last space counted is one at the end, if there is one. */
    if (len > 0 && text[strlen(text) - 1] == ' ')
        len--;
    copy = lede_alloc(allocator, len + 1);
    if (!copy)
        return LEDE_ERR_NOMEM;
    to = copy;
    for (const char *at = text; *at && to < copy + len; at++)
        if (*at != ' ' || (to > copy && to[-1] != ' '))
            *to++ = *at;
    *to = '\0';
    *out = copy;
    return LEDE_OK;
}

static lede_status set_analyzer(lede_schema *schema,
                                const lede_analyzer_options *options)
{
    lede_analyzer_options own;
    lede_status status = LEDE_READ_OPTIONS(lede_analyzer_options, &own, options,
                                           languages, NULL);
    char *languages = NULL;

    if (status != LEDE_OK)
        return status;
    if ((own.words & ~(uint32_t)ALL_WORDS) ||
        (own.forms & ~(uint32_t)ALL_FORMS))
        return LEDE_ERR_INVALID;
    status = copy_languages(&languages, own.languages ? own.languages : "en",
                            schema->allocator);
    if (status != LEDE_OK)
        return status;
    free_text(schema->allocator, schema->languages);
    schema->languages = languages;
    schema->analyzer = own;
    schema->analyzer.forms =
        own.forms ? own.forms | LEDE_FORM_EXACT : ALL_FORMS;
    schema->analyzer.languages = languages;
    return LEDE_OK;
}

lede_status lede_schema_set_analyzer(lede_schema *schema,
                                     const lede_analyzer_options *options)
{
    if (!schema)
        return LEDE_ERR_INVALID;
    if (schema->status == LEDE_OK)
        schema->status = set_analyzer(schema, options);
    return schema->status;
}

lede_status lede_schema_set_open(lede_schema *schema, bool open)
{
    if (!schema)
        return LEDE_ERR_INVALID;
    if (schema->status == LEDE_OK)
        schema->open = open;
    return schema->status;
}

lede_status lede_schema_new_article(lede_schema **out,
                                    const lede_allocator *allocator)
{
    static const struct {
        const char *name;
        lede_kind kind;
        uint32_t flags;
        double weight;
    } fields[] = {
        { "title", LEDE_TEXT, 0, 2 },
        { "body", LEDE_TEXT, 0, 1 },
        { "author", LEDE_KEYWORD, LEDE_FIELD_WORDS | LEDE_FIELD_NAMED_ONLY, 1 },
        { "source", LEDE_KEYWORD, LEDE_FIELD_WORDS | LEDE_FIELD_NAMED_ONLY, 1 },
        { "section", LEDE_KEYWORD, LEDE_FIELD_WORDS | LEDE_FIELD_NAMED_ONLY,
          1 },
        { "tags", LEDE_KEYWORD, LEDE_FIELD_WORDS | LEDE_FIELD_NAMED_ONLY, 1 },
        { "url", LEDE_KEYWORD, LEDE_FIELD_NAMED_ONLY, 1 },
        { "lang", LEDE_KEYWORD, LEDE_FIELD_NAMED_ONLY, 1 },
        { "date", LEDE_DATE, 0, 1 },
    };
    lede_schema *schema = NULL;
    lede_status status = lede_schema_new(out ? &schema : NULL, allocator);

    for (size_t i = 0; status == LEDE_OK && i < sizeof fields / sizeof *fields;
         i++) {
        lede_field_options options = LEDE_FIELD_OPTIONS;

        options.flags = fields[i].flags;
        options.weight = fields[i].weight;
        status =
            lede_schema_add(schema, fields[i].name, fields[i].kind, &options);
    }
    if (status != LEDE_OK) {
        lede_schema_free(schema);
        return status;
    }
    *out = schema;
    return LEDE_OK;
}

lede_status lede_schema_copy(lede_schema **out, const lede_schema *schema,
                             const lede_allocator *allocator)
{
    lede_schema *copy = NULL;
    lede_status status;

    if (!out || !schema)
        return LEDE_ERR_INVALID;
    status = lede_schema_new(&copy, allocator);
    if (status != LEDE_OK)
        return status;
    status = lede_schema_set_analyzer(copy, &schema->analyzer);
    for (size_t i = 0; status == LEDE_OK && i < schema->count; i++)
        status = append(copy, &schema->fields[i]);
    if (status != LEDE_OK) {
        lede_schema_free(copy);
        return status;
    }
    copy->open = schema->open;
    copy->status = schema->status;
    *out = copy;
    return LEDE_OK;
}

const lede_field *lede_schema_field(const lede_schema *schema, size_t at)
{
    return schema && at < schema->count ? &schema->fields[at] : NULL;
}

const lede_field *lede_schema_find(const lede_schema *schema, const char *name)
{
    const lede_map_slot *slot = schema && name ? slot_of(schema, name) : NULL;

    return slot ? &schema->fields[slot->value] : NULL;
}

lede_status lede_schema_status(const lede_schema *schema)
{
    return schema->status;
}

uint32_t lede_schema_count(const lede_schema *schema)
{
    return (uint32_t)schema->count;
}

uint32_t lede_schema_place(const lede_schema *schema, const char *name)
{
    const lede_map_slot *slot;

    /* Most ask with the schema's own name. */
    for (size_t i = 0; i < schema->count && i < FEW; i++)
        if (schema->fields[i].name == name)
            return (uint32_t)i;
    slot = slot_of(schema, name);
    return slot ? (uint32_t)slot->value : LEDE_NO_FIELD;
}

bool lede_schema_is_open(const lede_schema *schema)
{
    return schema->open;
}

const lede_analyzer_options *lede_schema_analyzer(const lede_schema *schema)
{
    return &schema->analyzer;
}

uint32_t lede_field_weight(const lede_field *field)
{
    return (uint32_t)(field->weight * WEIGHT_ONE);
}

bool lede_field_has_words(const lede_field *field)
{
    if (field->flags & LEDE_FIELD_UNINDEXED)
        return false;
    return field->kind == LEDE_TEXT ||
           (field->kind == LEDE_KEYWORD && (field->flags & LEDE_FIELD_WORDS));
}

bool lede_field_has_positions(const lede_field *field)
{
    return lede_field_has_words(field) &&
           !(field->flags & LEDE_FIELD_NO_POSITIONS);
}

bool lede_field_is_default(const lede_field *field)
{
    return lede_field_has_words(field) &&
           !(field->flags & LEDE_FIELD_NAMED_ONLY);
}

bool lede_field_has_column(const lede_field *field)
{
    return field->kind != LEDE_TEXT && field->kind != LEDE_STORED &&
           !(field->flags & LEDE_FIELD_NO_COLUMN);
}

bool lede_field_is_stored(const lede_field *field)
{
    return !(field->flags & LEDE_FIELD_UNSTORED);
}

static bool same_shape(const lede_field *a, const lede_field *b)
{
    return strcmp(a->name, b->name) == 0 && a->kind == b->kind &&
           a->flags == b->flags;
}

bool lede_schema_equal(const lede_schema *a, const lede_schema *b)
{
    if (a->count != b->count || a->open != b->open ||
        a->analyzer.words != b->analyzer.words ||
        a->analyzer.forms != b->analyzer.forms ||
        strcmp(a->analyzer.languages, b->analyzer.languages) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_shape(&a->fields[i], &b->fields[i]) ||
            lede_field_weight(&a->fields[i]) !=
                lede_field_weight(&b->fields[i]))
            return false;
    return true;
}

lede_status lede_schema_extends(const lede_schema *next, const lede_schema *now,
                                lede_error *err)
{
    if (next->analyzer.words != now->analyzer.words)
        return lede_fail(err, LEDE_ERR_INVALID, NULL,
                         "the analyzer would read words in another way");
    for (size_t i = 0; i < now->count; i++) {
        const char *name = now->fields[i].name;

        if (lede_schema_place(next, name) != i)
            return lede_fail(err, LEDE_ERR_INVALID, name,
                             "the field is missing or not at its place");
        if (!same_shape(&next->fields[i], &now->fields[i]))
            return lede_fail(err, LEDE_ERR_INVALID, name,
                             "the field would change its kind or flags");
    }
    return LEDE_OK;
}

lede_status lede_schema_contains(const lede_schema *whole,
                                 const lede_schema *part, lede_error *err)
{
    if (whole->analyzer.words != part->analyzer.words)
        return lede_fail(err, LEDE_ERR_INVALID, NULL,
                         "the index reads words in another way");
    for (size_t i = 0; i < part->count; i++) {
        const lede_field *field = &part->fields[i];
        const lede_field *there = lede_schema_find(whole, field->name);

        if (!there)
            return lede_fail(err, LEDE_ERR_INVALID, field->name,
                             "the index has no such field");
        if (!same_shape(there, field))
            return lede_fail(err, LEDE_ERR_INVALID, field->name,
                             "the field of the index differs in kind or flags");
    }
    return LEDE_OK;
}

void lede_schema_encode(lede_buffer *out, const lede_schema *schema)
{
    lede_put_u8(out, VERSION);
    lede_put_u8(out, schema->open);
    lede_put_varint(out, schema->analyzer.words);
    lede_put_varint(out, schema->analyzer.forms);
    lede_put_block(out, lede_bytes_of_text(schema->analyzer.languages));
    lede_put_varint(out, schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        const lede_field *field = &schema->fields[i];

        lede_put_block(out, lede_bytes_of_text(field->name));
        lede_put_u8(out, (uint8_t)field->kind);
        lede_put_varint(out, field->flags);
        lede_put_varint(out, lede_field_weight(field));
    }
}

static lede_status decode_field(lede_schema *schema, lede_bytes *in)
{
    char name[NAME_MAX + 1] = "";
    lede_bytes text;
    uint8_t kind;
    uint64_t flags, weight;
    lede_field_options options = LEDE_FIELD_OPTIONS;

    if (!lede_take_block(in, &text) || !lede_take_u8(in, &kind) ||
        !lede_take_varint(in, &flags) || !lede_take_varint(in, &weight))
        return LEDE_ERR_CORRUPT;
    if (text.len < 1 || text.len > NAME_MAX || lede_bytes_hold(text, 0) ||
        flags > ALL_FLAGS || weight < 1 || weight > WEIGHT_MAX)
        return LEDE_ERR_CORRUPT;
    memcpy(name, text.at, text.len);
    options.flags = (uint32_t)flags;
    options.weight = (double)weight / WEIGHT_ONE;
    return lede_schema_add(schema, name, (lede_kind)kind, &options);
}

static lede_status decode_analyzer(lede_schema *schema, lede_bytes *in)
{
    lede_analyzer_options options = LEDE_ANALYZER_OPTIONS;
    uint64_t words, forms;
    lede_bytes languages;
    char *text;
    lede_status status;

    if (!lede_take_varint(in, &words) || !lede_take_varint(in, &forms) ||
        !lede_take_block(in, &languages) || words > ALL_WORDS ||
        forms > ALL_FORMS || !(forms & LEDE_FORM_EXACT) ||
        lede_bytes_hold(languages, 0))
        return LEDE_ERR_CORRUPT;
    text = lede_alloc_text(schema->allocator, (const char *)languages.at,
                           languages.len);
    if (!text)
        return LEDE_ERR_NOMEM;
    options.words = (uint32_t)words;
    options.forms = (uint32_t)forms;
    options.languages = text;
    status = lede_schema_set_analyzer(schema, &options);
    lede_release(schema->allocator, text, languages.len + 1);
    return status;
}

static lede_status decode(lede_schema *schema, lede_bytes in)
{
    uint8_t version, open;
    uint64_t count;
    lede_status status;

    if (!lede_take_u8(&in, &version))
        return LEDE_ERR_CORRUPT;
    if (version > VERSION)
        return LEDE_ERR_VERSION;
    if (version == 0 || !lede_take_u8(&in, &open) || open > 1)
        return LEDE_ERR_CORRUPT;
    schema->open = open;
    status = decode_analyzer(schema, &in);
    if (status == LEDE_OK && !lede_take_varint(&in, &count))
        status = LEDE_ERR_CORRUPT;
    for (uint64_t i = 0; status == LEDE_OK && i < count; i++)
        status = decode_field(schema, &in);
    if (status == LEDE_OK && in.len != 0)
        status = LEDE_ERR_CORRUPT;
    return status;
}

lede_status lede_schema_decode(lede_schema **out, lede_bytes bytes,
                               const lede_allocator *allocator)
{
    lede_schema *schema = NULL;
    lede_status status = lede_schema_new(&schema, allocator);

    if (status != LEDE_OK)
        return status;
    status = decode(schema, bytes);
    if (status == LEDE_OK) {
        *out = schema;
        return LEDE_OK;
    }
    lede_schema_free(schema);
    return status == LEDE_ERR_INVALID || status == LEDE_ERR_LIMIT
               ? LEDE_ERR_CORRUPT
               : status;
}
