/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/state.h"

#include "base/error.h"
#include "xapian/fault.h"

#define VERSION 1

#define STATE_NAME  "lede.state"
#define SCHEMA_NAME "lede.schema"
#define NOTES_NAME  "lede.notes"

static bool get(const xapian_database *db, const char *name,
                xapian_string *value, xapian_error *fault)
{
    return xapian_metadata_get(db, name, strlen(name), value, fault);
}

static lede_status set(xapian_database *db, const char *name, lede_bytes value,
                       const char *where, lede_error *err)
{
    xapian_error fault;

    if (xapian_metadata_set(db, name, strlen(name), value.at, value.len,
                            &fault))
        return LEDE_OK;
    return lede_xapian_fail(err, &fault, where);
}

static bool take_state(lede_xapian_state *state, lede_bytes in)
{
    uint64_t count, values;

    if (!lede_take_varint(&in, &state->generation) ||
        !lede_take_varint(&in, &state->last_sequence) ||
        !lede_take_varint(&in, &state->text_bytes) ||
        !lede_take_u64(&in, &state->forms_version) ||
        !lede_take_varint(&in, &count) || count > LEDE_FIELDS_MAX)
        return false;
    state->field_count = (uint32_t)count;
    for (uint32_t i = 0; i < state->field_count; i++) {
        if (!lede_take_varint(&in, &state->tokens[i]) ||
            !lede_take_varint(&in, &values) || values > UINT32_MAX / 1024 - 1)
            return false;
        state->values[i] = (uint32_t)values;
    }
    return in.len == 0;
}

lede_status lede_xapian_state_read(lede_xapian_state *state,
                                   const xapian_database *db, const char *where,
                                   lede_error *err)
{
    xapian_string value;
    xapian_error fault;
    lede_status status = LEDE_OK;
    uint8_t version = 0;
    lede_bytes in;

    if (!get(db, STATE_NAME, &value, &fault))
        return lede_xapian_fail(err, &fault, where);
    in = lede_bytes_of(value.at, value.len);
    *state = (lede_xapian_state){ 0 };
    if (in.len == 0)
        status = lede_fail(err, LEDE_ERR_NOT_FOUND, where,
                           "this Xapian database was not made by lede");
    else if (!lede_take_u8(&in, &version) || version > VERSION)
        status = lede_fail(err, LEDE_ERR_VERSION, where,
                           "the database has format %u, newer than %d",
                           (unsigned)version, VERSION);
    else if (!take_state(state, in))
        status = lede_fail(err, LEDE_ERR_CORRUPT, where,
                           "the state of the commit cannot be read");
    xapian_string_free(&value);
    return status;
}

lede_status lede_xapian_state_write(xapian_database *db,
                                    const lede_xapian_state *state,
                                    const lede_allocator *allocator,
                                    const char *where, lede_error *err)
{
    lede_buffer out;
    lede_status status;

    lede_buffer_init(&out, allocator);
    lede_put_u8(&out, VERSION);
    lede_put_varint(&out, state->generation);
    lede_put_varint(&out, state->last_sequence);
    lede_put_varint(&out, state->text_bytes);
    lede_put_u64(&out, state->forms_version);
    lede_put_varint(&out, state->field_count);
    for (uint32_t i = 0; i < state->field_count; i++) {
        lede_put_varint(&out, state->tokens[i]);
        lede_put_varint(&out, state->values[i]);
    }
    status = out.status;
    if (status == LEDE_OK)
        status = set(db, STATE_NAME, lede_buffer_bytes(&out), where, err);
    lede_buffer_fini(&out);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_xapian_schema_read(lede_schema **schema,
                                    const xapian_database *db,
                                    const lede_allocator *allocator,
                                    const char *where, lede_error *err)
{
    xapian_string value;
    xapian_error fault;
    lede_status status;

    if (!get(db, SCHEMA_NAME, &value, &fault))
        return lede_xapian_fail(err, &fault, where);
    status = lede_schema_decode(schema, lede_bytes_of(value.at, value.len),
                                allocator);
    xapian_string_free(&value);
    return status == LEDE_OK
               ? status
               : lede_fail(err, status, where, "the schema cannot be read");
}

lede_status lede_xapian_schema_write(xapian_database *db,
                                     const lede_schema *schema,
                                     const lede_allocator *allocator,
                                     const char *where, lede_error *err)
{
    lede_buffer out;
    lede_status status;

    lede_buffer_init(&out, allocator);
    lede_schema_encode(&out, schema);
    status = out.status;
    if (status == LEDE_OK)
        status = set(db, SCHEMA_NAME, lede_buffer_bytes(&out), where, err);
    lede_buffer_fini(&out);
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

lede_status lede_xapian_notes_read(xapian_string *notes,
                                   const xapian_database *db, const char *where,
                                   lede_error *err)
{
    xapian_error fault;

    if (get(db, NOTES_NAME, notes, &fault))
        return LEDE_OK;
    return lede_xapian_fail(err, &fault, where);
}

lede_status lede_xapian_notes_write(xapian_database *db, lede_bytes notes,
                                    const char *where, lede_error *err)
{
    return set(db, NOTES_NAME, notes, where, err);
}
