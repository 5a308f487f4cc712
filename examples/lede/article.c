#include "article.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "utf8.h"

lede_status article_init(struct article *article)
{
    *article = (struct article){ 0 };
    return lede_document_new(&article->document, NULL);
}

void article_fini(struct article *article)
{
    lede_document_free(article->document);
    buffer_free(&article->key);
}

void article_clear(struct article *article)
{
    lede_document_clear(article->document);
    buffer_clear(&article->key);
}

static void add_as_json(struct article *article, const char *field,
                        const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                       JSON_REAL_PRECISION(17));

    /* Without memory the text is NULL, which leaves a failure in the document
     * for the put to find. */
    lede_document_add_text(article->document, field, text, LEDE_TERMINATED);
    free(text);
}

static void add_as_text(struct article *article, const char *field,
                        const json_t *value)
{
    if (json_is_string(value))
        lede_document_add_text(article->document, field,
                               json_string_value(value),
                               json_string_length(value));
    else
        add_as_json(article, field, value);
}

void article_add_date(struct article *article, const char *field,
                      const char *text, size_t len)
{
    int64_t first, last;

    if (lede_date_parse(text, len, &first, &last) == LEDE_OK)
        lede_document_add_int(article->document, field, first);
    else
        article->bad_dates++;
}

static void add_date(struct article *article, const char *field,
                     const json_t *value)
{
    if (json_is_integer(value))
        lede_document_add_int(article->document, field,
                              json_integer_value(value));
    else if (json_is_string(value))
        article_add_date(article, field, json_string_value(value),
                         json_string_length(value));
    else
        article->bad_dates++;
}

static void add_value(struct article *article, const lede_field *field,
                      const json_t *value)
{
    if (json_is_null(value))
        return;
    if (field->kind == LEDE_STORED)
        add_as_json(article, field->name, value);
    else if (field->kind == LEDE_DATE)
        add_date(article, field->name, value);
    else if (field->kind == LEDE_INT && json_is_integer(value))
        lede_document_add_int(article->document, field->name,
                              json_integer_value(value));
    else if (field->kind == LEDE_DOUBLE && json_is_number(value))
        lede_document_add_double(article->document, field->name,
                                 json_number_value(value));
    else
        add_as_text(article, field->name, value);
}

static void add_member(struct article *article, const lede_schema *schema,
                       const char *name, const json_t *value)
{
    const lede_field *field = lede_schema_find(schema, name);
    const json_t *one;
    size_t at;

    if (!field)
        add_as_json(article, name, value);
    else if (!json_is_array(value) || field->kind == LEDE_STORED)
        add_value(article, field, value);
    else
        json_array_foreach(value, at, one) add_value(article, field, one);
}

/* The name under which the object holds its key, or NULL. */
static const char *key_member(const json_t *object)
{
    static const char *const names[] = { "key", "id", "url" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *value = json_object_get(object, names[i]);

        if ((json_is_string(value) && json_string_length(value) > 0) ||
            json_is_integer(value))
            return names[i];
    }
    return NULL;
}

/* The name under which the object holds its body. */
static const char *body_member(const json_t *object)
{
    static const char *const names[] = { "body", "text", "content" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_object_get(object, names[i]))
            return names[i];
    return names[0];
}

static void put_key(struct article *article, const json_t *value)
{
    char number[32];

    if (json_is_string(value)) {
        buffer_put(&article->key, json_string_value(value),
                   json_string_length(value));
    } else {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
        buffer_put_text(&article->key, number);
    }
}

/* The same title and body have the same key, so that feeding an article again
 * replaces it. */
static void put_hash_key(struct article *article)
{
    const lede_value *title =
        lede_document_value(article->document, "title", 0);
    const lede_value *body = lede_document_value(article->document, "body", 0);
    struct buffer text = { 0 };
    char key[48];
    XXH128_hash_t hash;

    buffer_put(&text, title->text, title->len);
    buffer_put(&text, "", 1);
    if (buffer_put(&text, body->text, body->len)) {
        hash = XXH3_128bits(text.at, text.len);
        snprintf(key, sizeof key, "hash:%016" PRIx64 "%016" PRIx64, hash.high64,
                 hash.low64);
        buffer_put_text(&article->key, key);
    } else {
        article->key.failed = true;
    }
    buffer_free(&text);
}

lede_status article_from_json(struct article *article, json_t *object,
                              const lede_schema *schema, const char *key)
{
    const char *key_name = key_member(object);
    const char *body_name = body_member(object);
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (key_name && strcmp(name, key_name) == 0 && strcmp(name, "url") != 0)
            continue;
        if (strcmp(name, "key") == 0)
            continue;
        add_member(article, schema,
                   strcmp(name, body_name) == 0 ? "body" : name, value);
    }
    if (key_name)
        put_key(article, json_object_get(object, key_name));
    else if (key)
        buffer_put_text(&article->key, key);
    else
        put_hash_key(article);
    return article->key.failed ? LEDE_ERR_NOMEM : LEDE_OK;
}

json_t *article_string(const char *text, size_t len)
{
    struct buffer clean = { 0 };
    json_t *string = NULL;

    if (utf8_put(&clean, text, len, NULL))
        string = json_stringn_nocheck(buffer_text(&clean), clean.len);
    buffer_free(&clean);
    return string;
}

void article_date_text(char out[ARTICLE_DATE_SIZE], int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&time, &tm) && tm.tm_year < 10000 - 1900)
        snprintf(out, ARTICLE_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
    else
        snprintf(out, ARTICLE_DATE_SIZE, "%" PRId64, seconds);
}

static json_t *value_to_json(const lede_value *value)
{
    char date[ARTICLE_DATE_SIZE];
    json_t *json;

    switch (value->kind) {
    case LEDE_INT:
        return json_integer(value->number);
    case LEDE_DOUBLE: /* infinities have no JSON */
        json = json_real(value->real);
        return json ? json : json_null();
    case LEDE_DATE:
        article_date_text(date, value->number);
        return json_string(date);
    case LEDE_STORED:
        json = json_loadb(value->text, value->len,
                          JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        if (json)
            return json;
        return article_string(value->text, value->len);
    case LEDE_NONE:
    case LEDE_TEXT:
    case LEDE_KEYWORD:
        break;
    }
    return article_string(value->text, value->len);
}

/* One value by itself, several as an array. */
static json_t *field_to_json(const lede_document *document, const char *name)
{
    json_t *array;

    if (lede_document_value(document, name, 1)->kind == LEDE_NONE)
        return value_to_json(lede_document_value(document, name, 0));
    array = json_array();
    for (size_t i = 0;
         lede_document_value(document, name, i)->kind != LEDE_NONE; i++)
        if (json_array_append_new(
                array, value_to_json(lede_document_value(document, name, i)))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *article_to_json(const lede_document *document, const char *key,
                        size_t key_len)
{
    json_t *object = json_object();
    const char *name;
    bool good = object && json_object_set_new(
                              object, "key", article_string(key, key_len)) == 0;

    for (size_t i = 0; good && (name = lede_document_field(document, i)); i++)
        good = json_object_set_new_nocheck(object, name,
                                           field_to_json(document, name)) == 0;
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
