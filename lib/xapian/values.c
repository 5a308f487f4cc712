/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/values.c - the leaves that ask for values and keys: none has a weight.
 */
#include "base/error.h"
#include "xapian/fault.h"
#include "xapian/translate.h"

/* A hash means one value in each part; which, its metadata says. */
static bool has_long(lede_xapian_translator *t, uint32_t field,
                     lede_bytes value, bool *there)
{
    const lede_engine_snapshot *s = t->s.snapshot;
    lede_xapian_name name;

    lede_xapian_long_name(&name, field, value);
    *there = false;
    for (uint32_t i = 0; i < t->s.all->count; i++) {
        xapian_string kept;
        xapian_error fault;
        bool none, same;

        if (!xapian_metadata_get(s->parts[t->s.all->at[i]].db, name.text,
                                 name.len, &kept, &fault)) {
            (void)lede_xapian_fault(t, &fault);
            return false;
        }
        none = kept.len == 0;
        same = lede_bytes_equal(lede_bytes_of(kept.at, kept.len), value);
        xapian_string_free(&kept);
        if (!none && !same) {
            t->status = lede_fail(t->err, LEDE_ERR_UNSUPPORTED, NULL,
                                  "two values have one hash");
            return false;
        }
        *there = *there || same;
    }
    return true;
}

static xapian_query *translate_equals(lede_xapian_translator *t,
                                      const lede_plan *leaf)
{
    lede_xapian_name name;
    bool there = true;

    lede_xapian_value_name(&name, leaf->field, leaf->bytes);
    if (name.hashed && !has_long(t, leaf->field, leaf->bytes, &there))
        return NULL;
    return there ? lede_xapian_make_term(t, &name)
                 : lede_xapian_make_nothing(t);
}

/* The key that a document with the hash of one has is that one, or none is. */
static xapian_query *translate_key(lede_xapian_translator *t,
                                   const lede_plan *leaf)
{
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_postings *postings;
    lede_xapian_name name;
    xapian_query *query;
    bool same = true;
    uint32_t id, wdf;

    lede_xapian_key_name(&name, leaf->bytes);
    query = lede_xapian_make_term(t, &name);
    if (!name.hashed || !query)
        return query;
    postings = xapian_postings_open(t->s.all->db, name.text, name.len, &fault);
    while (postings && xapian_postings_next(postings, &id, &wdf, &fault)) {
        xapian_document *doc = xapian_document_get(t->s.all->db, id, &fault);
        xapian_string key = { NULL, 0 };

        if (doc &&
            xapian_document_value(doc, LEDE_XAPIAN_SLOT_KEY, &key, &fault))
            same = same && lede_bytes_equal(lede_bytes_of(key.at, key.len),
                                            leaf->bytes);
        xapian_string_free(&key);
        xapian_document_free(doc);
        if (fault.kind != XAPIAN_ERROR_NONE)
            break;
    }
    xapian_postings_free(postings);
    if (fault.kind != XAPIAN_ERROR_NONE)
        return lede_xapian_fault(t, &fault);
    return same ? query : lede_xapian_make_nothing(t);
}

/* One end of a range as bytes: above all values if it is open at the top. */
static void put_bound(lede_buffer *out, const lede_value *bound, lede_kind kind,
                      bool top)
{
    if (bound->kind != LEDE_NONE)
        lede_xapian_put_value(out, bound);
    else if (!top)
        lede_put_u8(out, 0);
    else if (lede_kind_is_text(kind))
        lede_put_u8(out, UINT8_MAX);
    else
        lede_put_u64(out, UINT64_MAX);
}

static xapian_query *translate_range(lede_xapian_translator *t,
                                     const lede_plan *leaf)
{
    const lede_field *field =
        lede_schema_field(t->s.snapshot->schema, leaf->field);
    uint32_t slots = lede_xapian_values_max(t->s.snapshot, leaf->field);
    xapian_query **parts =
        lede_arena_array(t->s.arena, slots, sizeof(xapian_query *));
    lede_buffer low, high;
    xapian_query *query = NULL;
    xapian_error fault;

    if (!parts)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    lede_buffer_init(&low, t->s.snapshot->allocator);
    lede_buffer_init(&high, t->s.snapshot->allocator);
    put_bound(&low, &leaf->min, field ? field->kind : LEDE_NONE, false);
    put_bound(&high, &leaf->max, field ? field->kind : LEDE_NONE, true);
    if (low.status != LEDE_OK || high.status != LEDE_OK)
        (void)lede_xapian_stop(t, LEDE_ERR_NOMEM);
    for (uint32_t i = 0; i < slots && t->status == LEDE_OK; i++)
        parts[i] = lede_xapian_keep(
            t,
            xapian_query_range(lede_xapian_slot(leaf->field, i), low.at,
                               low.len, high.at, high.len, &fault),
            &fault);
    query = lede_xapian_make_join(t, XAPIAN_OR, parts, slots, 0);
    lede_buffer_fini(&low);
    lede_buffer_fini(&high);
    return query;
}

static xapian_query *translate_exists(lede_xapian_translator *t,
                                      const lede_plan *plan)
{
    lede_xapian_name name;

    lede_xapian_exists_name(&name, plan->field);
    return lede_xapian_make_term(t, &name);
}

xapian_query *lede_xapian_translate_value(lede_xapian_translator *t,
                                          const lede_plan *plan)
{
    switch (plan->kind) {
    case LEDE_PLAN_EQUALS:
        return translate_equals(t, plan);
    case LEDE_PLAN_RANGE:
        return translate_range(t, plan);
    case LEDE_PLAN_EXISTS:
        return translate_exists(t, plan);
    default:
        return translate_key(t, plan);
    }
}
