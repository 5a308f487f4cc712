#include "support/picture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define WORDS 6U
#define TAGS  3U

static const char *const words[WORDS] = { "ant", "bee", "cat",
                                          "dog", "elk", "fox" };
static const char *const tags[TAGS] = { "red", "green", "blue" };

void picture_put(picture *p, uint32_t key, uint32_t value)
{
    p->value[key] = value;
    p->born[key] = p->fields;
    p->turn[key] = ++p->turns;
}

void picture_delete(picture *p, uint32_t key)
{
    p->value[key] = 0;
    p->born[key] = 0;
    p->turn[key] = 0;
}

static bool same_order(const picture *one, const picture *other)
{
    for (uint32_t a = 0; a < PICTURE_KEYS; a++)
        for (uint32_t b = 0; b < PICTURE_KEYS; b++)
            if ((one->turn[a] < one->turn[b]) !=
                (other->turn[a] < other->turn[b]))
                return false;
    return true;
}

bool picture_alike(const picture *one, const picture *other)
{
    return memcmp(one->value, other->value, sizeof one->value) == 0 &&
           one->fields == other->fields && same_order(one, other);
}

bool picture_equal(const picture *one, const picture *other)
{
    return memcmp(one->born, other->born, sizeof one->born) == 0 &&
           one->note == other->note && picture_alike(one, other);
}

/* ---- Articles ---- */

static bool has_word(uint32_t value, uint32_t word)
{
    return (value * 2654435761U >> (24 + word) & 1) != 0;
}

static uint32_t tag_of(uint32_t value)
{
    return value * 2654435761U >> 16 & 1 ? value % TAGS : 0;
}

static const char *field_name(char out[16], uint32_t field)
{
    (void)snprintf(out, 16, "e%u", field);
    return out;
}

size_t picture_key(char out[16], uint32_t key)
{
    return (size_t)snprintf(out, 16, "k%u", key);
}

size_t picture_note(char out[16], uint32_t note)
{
    return (size_t)snprintf(out, 16, "%u", note);
}

static size_t body_of(char out[64], uint32_t value)
{
    size_t len = (size_t)snprintf(out, 64, "all");

    for (uint32_t i = 0; i < WORDS; i++)
        if (has_word(value, i))
            len += (size_t)snprintf(out + len, 64 - len, " %s", words[i]);
    return len;
}

lede_schema *picture_schema(uint32_t fields)
{
    lede_analyzer_options plain = LEDE_ANALYZER_OPTIONS;
    lede_schema *schema = NULL;
    char name[16];

    ck_assert_int_eq(lede_schema_new(&schema, NULL), LEDE_OK);
    /* Other forms cost more than all the rest here. */
    plain.forms = fields % 2 ? LEDE_FORM_FOLD : LEDE_FORM_EXACT;
    (void)lede_schema_set_analyzer(schema, &plain);
    (void)lede_schema_add(schema, "body", LEDE_TEXT, NULL);
    (void)lede_schema_add(schema, "tag", LEDE_KEYWORD, NULL);
    (void)lede_schema_add(schema, "n", LEDE_INT, NULL);
    for (uint32_t i = 0; i < fields; i++)
        (void)lede_schema_add(schema, field_name(name, i), LEDE_INT, NULL);
    return schema;
}

lede_document *picture_document(uint32_t value, uint32_t fields)
{
    lede_document *doc = NULL;
    char body[64], name[16];
    size_t len = body_of(body, value);

    if (lede_document_new(&doc, NULL) != LEDE_OK)
        ck_abort_msg("out of memory");
    (void)lede_document_add_text(doc, "body", body, len);
    (void)lede_document_add_text(doc, "tag", tags[tag_of(value)],
                                 LEDE_TERMINATED);
    (void)lede_document_add_int(doc, "n", value);
    for (uint32_t i = 0; i < fields; i++)
        (void)lede_document_add_int(doc, field_name(name, i), value + i);
    return doc;
}

/* ---- Comparing ---- */

__attribute__((format(printf, 2, 3))) static void complain(
    char message[PICTURE_TEXT_MAX], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, PICTURE_TEXT_MAX, format, arguments);
    va_end(arguments);
}

static bool is_article(const lede_document *doc, uint32_t value, uint32_t born)
{
    char body[64], name[16];

    (void)body_of(body, value);
    if (strcmp(lede_document_text(doc, "body"), body) != 0 ||
        strcmp(lede_document_text(doc, "tag"), tags[tag_of(value)]) != 0 ||
        lede_document_value(doc, "n", 0)->number != value)
        return false;
    for (uint32_t i = 0; i < PICTURE_FIELDS_MAX; i++) {
        const lede_value *extra =
            lede_document_value(doc, field_name(name, i), 0);

        if (i < born ? extra->number != value + i : extra->kind != LEDE_NONE)
            return false;
    }
    return true;
}

/* The next key by order of puts behind `turn`; PICTURE_KEYS: none. */
static uint32_t next_key(const picture *p, uint64_t turn)
{
    uint32_t best = PICTURE_KEYS;

    for (uint32_t k = 0; k < PICTURE_KEYS; k++)
        if (p->value[k] && p->turn[k] > turn &&
            (best == PICTURE_KEYS || p->turn[k] < p->turn[best]))
            best = k;
    return best;
}

static lede_status compare_articles(const picture *p,
                                    const lede_snapshot *snapshot,
                                    char message[PICTURE_TEXT_MAX])
{
    lede_documents *all = NULL;
    uint32_t k = next_key(p, 0);
    lede_status status;

    status = lede_documents_open(&all, snapshot, NULL, 0, NULL);
    while (status == LEDE_OK && !message[0] && lede_documents_next(all)) {
        char key[16] = "nothing";

        if (k < PICTURE_KEYS)
            (void)picture_key(key, k);
        if (k == PICTURE_KEYS || strcmp(all->key, key) != 0)
            complain(message, "%s stands where %s should", all->key, key);
        else if (!is_article(all->document, p->value[k], p->born[k]))
            complain(
                message, "%s is n=%lld \"%s\" instead of n=%u", all->key,
                (long long)lede_document_value(all->document, "n", 0)->number,
                lede_document_text(all->document, "body"), p->value[k]);
        else
            k = next_key(p, p->turn[k]);
    }
    if (status == LEDE_OK) {
        status = all->status;
        if (status == LEDE_OK && !message[0] && k < PICTURE_KEYS)
            complain(message, "k%u is missing", k);
    }
    lede_documents_close(all);
    return status;
}

typedef struct question {
    char text[32];
    uint32_t kind; /* word, tag or range */
    uint32_t of;
} question;

static void ask(question *q, uint32_t salt)
{
    q->kind = salt % 4;
    q->of = salt / 4;
    if (q->kind <= 1) {
        q->of %= WORDS;
        (void)snprintf(q->text, sizeof q->text, "%s", words[q->of]);
    } else if (q->kind == 2) {
        q->of %= TAGS;
        (void)snprintf(q->text, sizeof q->text, "tag:%s", tags[q->of]);
    } else {
        q->of %= 64;
        (void)snprintf(q->text, sizeof q->text, "n:[%u..%u]", q->of,
                       q->of + 20);
    }
}

static bool answers(const question *q, uint32_t value)
{
    if (!value)
        return false;
    if (q->kind <= 1)
        return has_word(value, q->of);
    return q->kind == 2 ? tag_of(value) == q->of
                        : value >= q->of && value <= q->of + 20;
}

static void compare_hits(const picture *p, const question *q,
                         const lede_results *results,
                         char message[PICTURE_TEXT_MAX])
{
    uint32_t found = 0, expected = 0;

    for (uint32_t k = 0; k < PICTURE_KEYS; k++)
        expected |= (uint32_t)answers(q, p->value[k]) << k;
    for (size_t i = 0; i < results->count; i++) {
        const lede_hit *hit = lede_results_hit(results, i);

        for (uint32_t k = 0; k < PICTURE_KEYS; k++) {
            char key[16];

            (void)picture_key(key, k);
            if (strcmp(hit->key, key) == 0)
                found |= 1U << k;
        }
    }
    if (found != expected)
        complain(message, "%s finds keys %x, not %x", q->text, found, expected);
}

static lede_status compare_search(const picture *p,
                                  const lede_snapshot *snapshot, uint32_t salt,
                                  char message[PICTURE_TEXT_MAX])
{
    lede_search_options options = LEDE_SEARCH_OPTIONS;
    lede_results *results = NULL;
    lede_status status;
    question q;

    ask(&q, salt);
    options.load = LEDE_LOAD_NOTHING;
    options.limit = PICTURE_KEYS + 1;
    status = lede_search_text(&results, snapshot, q.text, LEDE_TERMINATED,
                              &options, NULL);
    if (status == LEDE_OK)
        compare_hits(p, &q, results, message);
    lede_results_free(results);
    return status;
}

static lede_status compare_key(const picture *p, const lede_snapshot *snapshot,
                               uint32_t k, char message[PICTURE_TEXT_MAX])
{
    lede_document *doc = NULL;
    char key[16];
    lede_status status =
        lede_snapshot_get(&doc, snapshot, key, picture_key(key, k), NULL);

    if (status != LEDE_OK && status != LEDE_ERR_NOT_FOUND)
        return status;
    if (doc ? !is_article(doc, p->value[k], p->born[k]) : p->value[k] != 0)
        complain(message, "%s by its key is %s", key,
                 doc ? "another" : "missing");
    lede_document_free(doc);
    return LEDE_OK;
}

static void compare_rest(const picture *p, const lede_snapshot *snapshot,
                         char message[PICTURE_TEXT_MAX])
{
    const lede_schema *schema = lede_snapshot_schema(snapshot);
    const char *note = lede_snapshot_note(snapshot, "note", NULL);
    char expected[16], name[16];
    uint32_t fields = 0;

    while (lede_schema_find(schema, field_name(name, fields)))
        fields++;
    if (fields != p->fields)
        complain(message, "%u more fields, not %u", fields, p->fields);
    if (p->note)
        (void)picture_note(expected, p->note);
    if (p->note ? !note || strcmp(note, expected) != 0 : note != NULL)
        complain(message, "the note is %s, not %u", note ? note : "none",
                 p->note);
}

lede_status picture_compare(const picture *p, const lede_snapshot *snapshot,
                            uint32_t salt, char message[PICTURE_TEXT_MAX])
{
    lede_status status;

    message[0] = '\0';
    compare_rest(p, snapshot, message);
    status = compare_articles(p, snapshot, message);
    if (status == LEDE_OK && !message[0])
        status = compare_search(p, snapshot, salt, message);
    if (status == LEDE_OK && !message[0])
        status = compare_key(p, snapshot, salt % PICTURE_KEYS, message);
    return status;
}
