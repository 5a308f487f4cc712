/*
 * document/document.c - entries in put order, and for each name the places of
 * its own, so that a value is found by name and place at once.
 *
 * Names, texts and lists of places live in an arena, which a list outgrows by
 * half each time; what is removed stays in it until the document is cleared.
 * Names are compared one by one while they are few; then a map finds them.
 */
#include "document/document.h"

#include <math.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"

#define FEW_NAMES 8U

typedef struct name {
    const char *text;
    size_t *places; /* of its entries */
    size_t count;
    size_t capacity;
} name;

struct lede_document {
    const lede_allocator *allocator;
    lede_arena *arena;
    lede_entry *entries;
    size_t count;
    size_t capacity;
    name *names; /* by first appearance */
    size_t name_count;
    size_t name_capacity;
    lede_map name_places; /* if there are more than a few */
    uint64_t bytes;
    lede_status status;
};

const lede_document *lede_document_empty(void)
{
    static const lede_document empty = { .count = 0 };

    return &empty;
}

lede_status lede_document_new(lede_document **out,
                              const lede_allocator *allocator)
{
    lede_document *doc;

    if (!out)
        return LEDE_ERR_INVALID;
    doc = lede_alloc_zero(allocator, sizeof *doc);
    if (!doc)
        return LEDE_ERR_NOMEM;
    doc->allocator = allocator;
    lede_map_init(&doc->name_places, allocator);
    doc->arena = lede_arena_new(allocator);
    if (!doc->arena) {
        lede_document_free(doc);
        return LEDE_ERR_NOMEM;
    }
    *out = doc;
    return LEDE_OK;
}

void lede_document_free(lede_document *doc)
{
    if (!doc)
        return;
    lede_map_fini(&doc->name_places);
    lede_release(doc->allocator, doc->names,
                 doc->name_capacity * sizeof *doc->names);
    lede_release(doc->allocator, doc->entries,
                 doc->capacity * sizeof *doc->entries);
    lede_arena_free(doc->arena);
    lede_release(doc->allocator, doc, sizeof *doc);
}

void lede_document_clear(lede_document *doc)
{
    if (!doc)
        return;
    lede_map_clear(&doc->name_places);
    lede_arena_clear(doc->arena);
    doc->count = 0;
    doc->name_count = 0;
    doc->bytes = 0;
    doc->status = LEDE_OK;
}

static name *find_name(const lede_document *doc, const char *field)
{
    const lede_map_slot *slot;
    lede_bytes key;

    if (doc->name_count <= FEW_NAMES) {
        for (size_t i = 0; i < doc->name_count; i++)
            if (doc->names[i].text == field ||
                strcmp(doc->names[i].text, field) == 0)
                return &doc->names[i];
        return NULL;
    }
    key = lede_bytes_of_text(field);
    slot = lede_map_find(&doc->name_places, key, lede_hash_bytes(key));
    return slot ? &doc->names[slot->value] : NULL;
}

static bool list_name(lede_document *doc, size_t at)
{
    lede_bytes key = lede_bytes_of_text(doc->names[at].text);
    lede_map_slot *slot =
        lede_map_put(&doc->name_places, key, lede_hash_bytes(key));

    if (slot)
        slot->value = at;
    return slot != NULL;
}

/* Makes the map anew if there are names enough. False when memory ran out,
 * which is not where it has held as many. */
static bool list_names(lede_document *doc)
{
    lede_map_clear(&doc->name_places);
    for (size_t i = 0; doc->name_count > FEW_NAMES && i < doc->name_count; i++)
        if (!list_name(doc, i))
            return false;
    return true;
}

/* Makes a name known that was not, as it is; NULL when memory ran out. */
static name *add_name(lede_document *doc, const char *text)
{
    size_t at = doc->name_count;
    bool listed = true;

    if (!lede_grow(doc->allocator, &doc->names, &doc->name_capacity, at + 1,
                   sizeof *doc->names))
        return NULL;
    doc->names[at] = (name){ .text = text };
    doc->name_count++;
    if (at == FEW_NAMES)
        listed = list_names(doc);
    else if (at > FEW_NAMES)
        listed = list_name(doc, at);
    if (!listed)
        doc->name_count--;
    return listed ? &doc->names[at] : NULL;
}

/* Room for one more entry of the name, or false. */
static bool make_room(lede_document *doc, name *of)
{
    return lede_grow(doc->allocator, &doc->entries, &doc->capacity,
                     doc->count + 1, sizeof *doc->entries) &&
           lede_arena_grow(doc->arena, &of->places, &of->capacity,
                           of->count + 1, sizeof *of->places);
}

static void append(lede_document *doc, name *of, const lede_value *value)
{
    of->places[of->count++] = doc->count;
    doc->entries[doc->count++] = (lede_entry){ of->text, *value };
    doc->bytes += lede_value_bytes(value);
}

/* With `copies` the name and the text are copied, else borrowed. */
static bool add(lede_document *doc, const char *field, const lede_value *value,
                bool copies)
{
    name *of = find_name(doc, field);
    lede_value own = { .kind = value->kind, .text = "" };

    if (!of) {
        const char *text =
            copies ? lede_arena_text(doc->arena, field, strlen(field)) : field;

        of = text ? add_name(doc, text) : NULL;
    }
    if (!of)
        return false;
    if (lede_kind_is_text(value->kind)) {
        own.text = copies ? lede_arena_text(doc->arena, value->text, value->len)
                          : value->text;
        own.len = value->len;
    } else if (value->kind == LEDE_DOUBLE) {
        own.real = value->real == 0 ? 0 : value->real;
    } else {
        own.number = value->number;
    }
    if (!own.text || !make_room(doc, of))
        return false;
    append(doc, of, &own);
    return true;
}

static bool is_value(const lede_value *value)
{
    switch (value->kind) {
    case LEDE_TEXT:
    case LEDE_KEYWORD:
    case LEDE_STORED:
        return value->text || value->len == 0;
    case LEDE_DOUBLE:
        return !isnan(value->real);
    case LEDE_INT:
    case LEDE_DATE:
        return true;
    case LEDE_NONE:
        break;
    }
    return false;
}

static lede_status add_value(lede_document *doc, const char *field,
                             const lede_value *value, bool copies)
{
    if (!doc)
        return LEDE_ERR_INVALID;
    if (doc->status != LEDE_OK)
        return doc->status;
    if (!field || !value || !is_value(value))
        doc->status = LEDE_ERR_INVALID;
    else if (!add(doc, field, value, copies))
        doc->status = LEDE_ERR_NOMEM;
    return doc->status;
}

lede_status lede_document_add(lede_document *doc, const char *field,
                              const lede_value *value)
{
    return add_value(doc, field, value, true);
}

lede_status lede_document_borrow(lede_document *doc, const char *field,
                                 const lede_value *value)
{
    lede_value there;

    if (!value || value->text || !lede_kind_is_text(value->kind))
        return add_value(doc, field, value, false);
    there = *value;
    there.text = "";
    return add_value(doc, field, &there, false);
}

static bool keep_text(lede_document *doc, lede_value *value)
{
    if (lede_kind_is_text(value->kind))
        value->text = lede_arena_text(doc->arena, value->text, value->len);
    return value->text != NULL;
}

/* Makes the name and the texts of its entries the document's own. */
static bool keep_name(lede_document *doc, name *of)
{
    bool kept = true;

    of->text = lede_arena_text(doc->arena, of->text, strlen(of->text));
    for (size_t i = 0; of->text && kept && i < of->count; i++) {
        lede_entry *entry = &doc->entries[of->places[i]];

        entry->field = of->text;
        kept = keep_text(doc, &entry->value);
    }
    return of->text && kept;
}

lede_status lede_document_keep(lede_document *doc)
{
    bool kept = true;

    if (doc->status != LEDE_OK)
        return doc->status;
    for (size_t i = 0; kept && i < doc->name_count; i++)
        kept = keep_name(doc, &doc->names[i]);
    /* Without memory there may be names and texts that are no more: nothing of
     * them is left. */
    if (!kept || !list_names(doc)) {
        lede_document_clear(doc);
        doc->status = LEDE_ERR_NOMEM;
    }
    return doc->status;
}

lede_status lede_document_add_text(lede_document *doc, const char *field,
                                   const char *text, size_t len)
{
    lede_value value = { .kind = LEDE_TEXT, .text = text, .len = len };

    if (len == LEDE_TERMINATED)
        value.len = text ? strlen(text) : 1;
    return lede_document_add(doc, field, &value);
}

lede_status lede_document_add_int(lede_document *doc, const char *field,
                                  int64_t number)
{
    lede_value value = { .kind = LEDE_INT, .number = number };

    return lede_document_add(doc, field, &value);
}

lede_status lede_document_add_double(lede_document *doc, const char *field,
                                     double real)
{
    lede_value value = { .kind = LEDE_DOUBLE, .real = real };

    return lede_document_add(doc, field, &value);
}

/* Lists the places of all entries anew. No list grows, so nothing can fail. */
static void list_places(lede_document *doc)
{
    for (size_t i = 0; i < doc->name_count; i++)
        doc->names[i].count = 0;
    for (size_t i = 0; i < doc->count; i++) {
        name *of = find_name(doc, doc->entries[i].field);

        of->places[of->count++] = i;
    }
}

lede_status lede_document_remove(lede_document *doc, const char *field)
{
    const name *of;
    const char *gone;
    size_t at, kept = 0;

    if (!doc || !field)
        return LEDE_ERR_INVALID;
    of = doc->status == LEDE_OK ? find_name(doc, field) : NULL;
    if (!of)
        return doc->status;
    at = (size_t)(of - doc->names);
    gone = of->text;
    for (size_t i = 0; i < doc->count; i++) {
        if (doc->entries[i].field == gone)
            doc->bytes -= lede_value_bytes(&doc->entries[i].value);
        else
            doc->entries[kept++] = doc->entries[i];
    }
    doc->count = kept;
    memmove(&doc->names[at], &doc->names[at + 1],
            (doc->name_count - at - 1) * sizeof *doc->names);
    doc->name_count--;
    (void)list_names(doc);
    list_places(doc);
    return LEDE_OK;
}

const lede_value *lede_document_value(const lede_document *doc,
                                      const char *field, size_t at)
{
    static const lede_value none = { .kind = LEDE_NONE, .text = "" };
    const name *of = doc && field ? find_name(doc, field) : NULL;

    return of && at < of->count ? &doc->entries[of->places[at]].value : &none;
}

const char *lede_document_text(const lede_document *doc, const char *field)
{
    return lede_document_value(doc, field, 0)->text;
}

const char *lede_document_field(const lede_document *doc, size_t at)
{
    return doc && at < doc->name_count ? doc->names[at].text : NULL;
}

size_t lede_document_count(const lede_document *doc)
{
    return doc->count;
}

const lede_entry *lede_document_entry(const lede_document *doc, size_t at)
{
    return at < doc->count ? &doc->entries[at] : NULL;
}

lede_status lede_document_status(const lede_document *doc)
{
    return doc->status;
}

const lede_allocator *lede_document_allocator(const lede_document *doc)
{
    return doc->allocator;
}

uint64_t lede_document_bytes(const lede_document *doc)
{
    return doc->bytes;
}
