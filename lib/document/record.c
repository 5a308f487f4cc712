/*
 * document/record.c - a document as bytes:
 *
 *     record  version:u8  entry*
 *     entry   place:varint  value                   of field place - 1
 *           | 0  name:block  kind:u8  value         of a field by name
 *     value   block                                 TEXT, KEYWORD, STORED
 *           | zigzag:varint                         INT, DATE
 *           | bits:u64                              DOUBLE
 *
 * A block is its length, as a varint, and that many bytes. An entry goes by its
 * place if its value has the kind of the field there, which the schema then
 * tells; places never change, so an older record reads the same in a schema
 * that has grown.
 */
#include "document/record.h"

#include "document/schema.h"

#include <math.h>

#define VERSION 1

static void put_value(lede_buffer *out, const lede_value *value)
{
    if (lede_kind_is_text(value->kind)) {
        lede_put_block(out, lede_bytes_of(value->text, value->len));
    } else if (value->kind == LEDE_DOUBLE) {
        uint64_t bits;

        memcpy(&bits, &value->real, sizeof bits);
        lede_put_u64(out, bits);
    } else {
        uint64_t sign = value->number < 0 ? UINT64_MAX : 0;

        lede_put_varint(out, ((uint64_t)value->number << 1) ^ sign);
    }
}

static void put_entry(lede_buffer *out, const lede_entry *entry,
                      const lede_schema *schema)
{
    uint32_t place = lede_schema_place(schema, entry->field);
    const lede_field *field = lede_schema_field(schema, place);

    if (field && !lede_field_is_stored(field))
        return;
    if (field && field->kind == entry->value.kind) {
        lede_put_varint(out, (uint64_t)place + 1);
    } else {
        lede_put_varint(out, 0);
        lede_put_block(out, lede_bytes_of_text(entry->field));
        lede_put_u8(out, (uint8_t)entry->value.kind);
    }
    put_value(out, &entry->value);
}

void lede_record_encode(lede_buffer *out, const lede_document *doc,
                        const lede_schema *schema)
{
    lede_put_u8(out, VERSION);
    for (size_t i = 0; i < lede_document_count(doc); i++)
        put_entry(out, lede_document_entry(doc, i), schema);
}

static bool take_value(lede_bytes *in, lede_value *value)
{
    if (lede_kind_is_text(value->kind)) {
        lede_bytes text;

        if (!lede_take_block(in, &text))
            return false;
        value->text = (const char *)text.at;
        value->len = text.len;
    } else if (value->kind == LEDE_DOUBLE) {
        uint64_t bits;

        if (!lede_take_u64(in, &bits))
            return false;
        memcpy(&value->real, &bits, sizeof value->real);
        return !isnan(value->real);
    } else {
        uint64_t zigzag;

        if (!lede_take_varint(in, &zigzag))
            return false;
        value->number = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
    }
    return true;
}

/* The name and kind of an entry that goes by name. */
static bool take_name(lede_bytes *in, lede_bytes *name, lede_kind *kind)
{
    uint8_t raw;

    if (!lede_take_block(in, name) || !lede_take_u8(in, &raw) ||
        lede_bytes_hold(*name, 0))
        return false;
    *kind = (lede_kind)raw;
    return raw > LEDE_NONE && raw <= LEDE_STORED;
}

static bool is_wanted(uint32_t field, const uint32_t *fields, size_t count)
{
    if (!fields)
        return true;
    for (size_t i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

/* What stays the same from entry to entry. */
struct reader {
    lede_document *doc;
    const lede_schema *schema;
    const uint32_t *fields;
    size_t field_count;
    lede_buffer name; /* terminated */
};

static lede_status take_entry(struct reader *reader, lede_bytes *in)
{
    lede_value value = { .text = "" };
    const char *name;
    uint64_t number;
    uint32_t place;

    if (!lede_take_varint(in, &number) ||
        number > lede_schema_count(reader->schema))
        return LEDE_ERR_CORRUPT;
    if (number > 0) {
        const lede_field *field;

        place = (uint32_t)(number - 1);
        field = lede_schema_field(reader->schema, place);
        name = field->name;
        value.kind = field->kind;
    } else {
        lede_bytes text;

        if (!take_name(in, &text, &value.kind))
            return LEDE_ERR_CORRUPT;
        lede_buffer_clear(&reader->name);
        lede_put(&reader->name, text.at, text.len);
        lede_put_u8(&reader->name, 0);
        if (reader->name.status != LEDE_OK)
            return reader->name.status;
        name = (const char *)reader->name.at;
        place = lede_schema_place(reader->schema, name);
    }
    if (!take_value(in, &value))
        return LEDE_ERR_CORRUPT;
    if (!is_wanted(place, reader->fields, reader->field_count))
        return LEDE_OK;
    return lede_document_add(reader->doc, name, &value);
}

lede_status lede_record_decode(lede_document *doc, lede_bytes record,
                               const lede_schema *schema,
                               const uint32_t *fields, size_t field_count)
{
    struct reader reader = { doc, schema, fields, field_count, { 0 } };
    lede_status status = LEDE_OK;
    uint8_t version;

    if (!lede_take_u8(&record, &version) || version == 0)
        return LEDE_ERR_CORRUPT;
    if (version > VERSION)
        return LEDE_ERR_VERSION;
    lede_buffer_init(&reader.name, lede_document_allocator(doc));
    while (status == LEDE_OK && record.len > 0)
        status = take_entry(&reader, &record);
    lede_buffer_fini(&reader.name);
    return status;
}
