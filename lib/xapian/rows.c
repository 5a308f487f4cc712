/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapian/asking.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "xapian/fault.h"

/* ---- Slots -------------------------------------------------------------- */

typedef struct stream {
    uint32_t slot;
    xapian_values *values;
} stream;

/* On disk each slot is a list of its own by id; a server sends documents. */
struct lede_xapian_slots {
    lede_xapian_asking *a;
    stream *streams;
    size_t capacity;
    size_t count;
    xapian_document *doc; /* from a server: that of `id` */
    uint32_t id;
    xapian_string value;
};

lede_xapian_slots *lede_xapian_slots_new(lede_xapian_asking *a)
{
    lede_xapian_slots *made = lede_arena_zero(a->scratch, sizeof *made);

    if (!made)
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
    else
        made->a = a;
    return made;
}

void lede_xapian_slots_free(lede_xapian_slots *slots)
{
    if (!slots)
        return;
    for (size_t i = 0; i < slots->count; i++)
        xapian_values_free(slots->streams[i].values);
    slots->count = 0;
    xapian_document_free(slots->doc);
    slots->doc = NULL;
    xapian_string_free(&slots->value);
}

static lede_bytes from_server(lede_xapian_slots *s, uint32_t id, uint32_t slot)
{
    xapian_error fault;

    if (!s->doc || s->id != id) {
        xapian_document_free(s->doc);
        s->doc = xapian_document_get(s->a->all->db, id, &fault);
        s->id = id;
    }
    xapian_string_free(&s->value);
    if (!s->doc || !xapian_document_value(s->doc, slot, &s->value, &fault))
        (void)lede_xapian_asking_fault(s->a, &fault);
    return lede_bytes_of(s->value.at, s->value.len);
}

static xapian_values *stream_of(lede_xapian_slots *s, uint32_t slot)
{
    xapian_error fault;
    stream *made;

    for (size_t i = 0; i < s->count; i++)
        if (s->streams[i].slot == slot)
            return s->streams[i].values;
    if (!lede_arena_grow(s->a->scratch, &s->streams, &s->capacity, s->count + 1,
                         sizeof *s->streams)) {
        (void)lede_xapian_asking_fail(s->a, lede_arena_status(s->a->scratch));
        return NULL;
    }
    made = &s->streams[s->count];
    made->slot = slot;
    made->values = xapian_values_open(s->a->all->db, slot, &fault);
    if (!made->values) {
        (void)lede_xapian_asking_fault(s->a, &fault);
        return NULL;
    }
    s->count++;
    return made->values;
}

lede_bytes lede_xapian_slots_at(lede_xapian_slots *slots, uint32_t id,
                                uint32_t slot)
{
    lede_bytes none = { NULL, 0 };
    xapian_values *values;
    xapian_error fault;
    const char *text;
    size_t len;

    if (slots->a->status != LEDE_OK)
        return none;
    if (slots->a->snapshot->index->remote)
        return from_server(slots, id, slot);
    values = stream_of(slots, slot);
    if (!values)
        return none;
    if (!xapian_values_at(values, id, &text, &len, &fault)) {
        (void)lede_xapian_asking_fault(slots->a, &fault);
        return none;
    }
    return lede_bytes_of(text, len);
}

/* ---- Rows --------------------------------------------------------------- */

uint64_t lede_xapian_points(const lede_score_rule *rule, double weight)
{
    double points = floor(ldexp(weight, rule->scale) + 0.5);

    return points > 0 && points < 0x1p62 ? (uint64_t)points : 0;
}

lede_xapian_rows lede_xapian_rows_of(lede_xapian_asking *a,
                                     const xapian_mset *mset)
{
    size_t count = xapian_mset_size(mset);
    lede_xapian_rows rows = { NULL, 0 };
    lede_status status =
        lede_budget_take(a->search->budget, count * sizeof *rows.at);
    xapian_error fault;
    xapian_item item;

    if (status == LEDE_OK) {
        rows.at = lede_arena_array(a->scratch, count, sizeof *rows.at);
        if (!rows.at)
            status = lede_arena_status(a->scratch);
    }
    if (status != LEDE_OK) {
        (void)lede_xapian_asking_fail(a, status);
        return rows;
    }
    for (size_t i = 0; i < count && a->status == LEDE_OK; i++) {
        if (!xapian_mset_item(mset, i, &item, &fault))
            (void)lede_xapian_asking_fault(a, &fault);
        else
            rows.at[rows.count++] = (lede_xapian_row){
                .search = a->search,
                .id = item.id,
                .points = lede_xapian_points(&a->search->rule, item.weight)
            };
    }
    return rows;
}

static lede_value read_value(lede_xapian_asking *a, lede_bytes bytes,
                             uint32_t field)
{
    const lede_field *of = lede_schema_field(a->snapshot->schema, field);
    lede_value value = { .text = "" };

    if (!of)
        return value;
    if (!lede_xapian_read_value(&value, bytes, of->kind)) {
        (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
    } else if (value.len > 0) {
        value.text = lede_arena_text(a->scratch, value.text, value.len);
        if (!value.text) {
            (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
            value = (lede_value){ .text = "" };
        }
    } else {
        value.text = "";
    }
    return value;
}

/* The smallest or largest value of a field: they rise by slot. */
static lede_value edge_value(lede_xapian_asking *a, lede_xapian_slots *slots,
                             uint32_t id, uint32_t field, bool largest)
{
    uint32_t count = lede_xapian_values_max(a->snapshot, field);
    lede_bytes bytes = { NULL, 0 };

    if (count == 0)
        return (lede_value){ .text = "" };
    if (!largest)
        return read_value(
            a, lede_xapian_slots_at(slots, id, lede_xapian_slot(field, 0)),
            field);
    while (bytes.len == 0 && count-- > 0)
        bytes = lede_xapian_slots_at(slots, id, lede_xapian_slot(field, count));
    return read_value(a, bytes, field);
}

static void fill(lede_xapian_asking *a, lede_xapian_slots *slots,
                 lede_xapian_row *row)
{
    const lede_engine_search *search = a->search;
    const lede_recency *recency = &search->recency;
    lede_bytes key;

    if (!lede_xapian_read_sequence(
            &row->sequence,
            lede_xapian_slots_at(slots, row->id, LEDE_XAPIAN_SLOT_SEQUENCE)))
        (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
    if (lede_xapian_needs_keys(a)) {
        key = lede_xapian_slots_at(slots, row->id, LEDE_XAPIAN_SLOT_KEY);
        row->key.at = (uint8_t *)lede_arena_text(a->scratch, key.at, key.len);
        row->key.len = key.len;
        if (!row->key.at)
            (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
    }
    for (uint32_t i = 0; i < search->sort_count; i++)
        row->values[i] = edge_value(a, slots, row->id, search->sort[i].field,
                                    search->sort[i].descending);
    if (search->collapse != LEDE_NO_FIELD)
        row->group = edge_value(a, slots, row->id, search->collapse, false);
    if (search->sort_count == 0 && recency->field != LEDE_NO_FIELD) {
        lede_value date = edge_value(a, slots, row->id, recency->field, false);
        uint32_t points =
            row->points < UINT32_MAX ? (uint32_t)row->points : UINT32_MAX;

        row->points = lede_score_recency(recency, points,
                                         date.kind == LEDE_DATE, date.number);
    }
}

static int by_id(const void *left, const void *right)
{
    const lede_xapian_row *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

void lede_xapian_rows_fill(lede_xapian_asking *a, lede_xapian_rows *rows)
{
    lede_xapian_slots *slots = lede_xapian_slots_new(a);
    uint32_t sorts = a->search->sort_count;
    lede_value *values =
        lede_arena_array(a->scratch, rows->count * sorts, sizeof *values);

    if (!values)
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
    if (rows->count)
        qsort(rows->at, rows->count, sizeof *rows->at, by_id);
    for (size_t i = 0; i < rows->count && a->status == LEDE_OK; i++) {
        lede_status status = lede_budget_spend(a->search->budget, 200);

        if (status == LEDE_ERR_TIMEOUT && a->search->partial) {
            a->timed_out = true;
            rows->count = i;
            break;
        }
        (void)lede_xapian_asking_fail(a, status);
        rows->at[i].values = values + i * sorts;
        if (a->status == LEDE_OK)
            fill(a, slots, &rows->at[i]);
    }
    lede_xapian_slots_free(slots);
}

/* ---- Order -------------------------------------------------------------- */

static int compare_values(const lede_value *a, const lede_value *b,
                          bool descending)
{
    bool missing = a->kind == LEDE_NONE;

    if (missing || b->kind == LEDE_NONE)
        return missing - (b->kind == LEDE_NONE);
    return descending ? lede_value_compare(b, a) : lede_value_compare(a, b);
}

static double score_of(const lede_xapian_row *row)
{
    if (row->search->sort_count > 0)
        return 0;
    return ldexp((double)row->points, -row->search->rule.scale);
}

/* Keys are known where they decide. */
static int compare_ties(const lede_engine_search *search, uint64_t a_sequence,
                        lede_bytes a_key, uint64_t b_sequence, lede_bytes b_key)
{
    int order = (a_sequence > b_sequence) - (a_sequence < b_sequence);

    if (search->ties == LEDE_TIES_KEY || order == 0)
        return lede_bytes_compare(a_key, b_key);
    return search->ties == LEDE_TIES_OLDEST ? order : -order;
}

bool lede_xapian_needs_keys(const lede_xapian_asking *a)
{
    return a->search->ties == LEDE_TIES_KEY || a->all->count > 1;
}

static int by_order(const void *left, const void *right)
{
    const lede_xapian_row *a = left, *b = right;
    const lede_engine_search *search = a->search;

    for (uint32_t i = 0; i < search->sort_count; i++) {
        int order = compare_values(&a->values[i], &b->values[i],
                                   search->sort[i].descending);

        if (order)
            return order;
    }
    if (search->sort_count == 0 && a->points != b->points)
        return a->points > b->points ? -1 : 1;
    return compare_ties(search, a->sequence, a->key, b->sequence, b->key);
}

void lede_xapian_rows_sort(lede_xapian_rows *rows)
{
    if (rows->count)
        qsort(rows->at, rows->count, sizeof *rows->at, by_order);
    for (size_t i = 0; i < rows->count; i++)
        rows->at[i].rank = (uint32_t)i;
}

bool lede_xapian_row_is_behind(const lede_xapian_row *row)
{
    const lede_engine_search *search = row->search;
    const lede_engine_hit *after = search->after;
    double score = score_of(row);

    if (!after)
        return true;
    for (uint32_t i = 0; i < search->sort_count; i++) {
        int order = compare_values(&row->values[i], &after->values[i],
                                   search->sort[i].descending);

        if (order)
            return order > 0;
    }
    if (search->sort_count == 0 &&
        (score < after->score || score > after->score))
        return score < after->score;
    return compare_ties(search, row->sequence, row->key, after->sequence,
                        after->key) > 0;
}

/* ---- Groups ------------------------------------------------------------- */

static int by_group_then_rank(const void *left, const void *right)
{
    const lede_xapian_row *a = *(lede_xapian_row *const *)left;
    const lede_xapian_row *b = *(lede_xapian_row *const *)right;
    int order = compare_values(&a->group, &b->group, false);

    return order ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

/* Shows the first of a group, and tells them how many they hide. */
static void collapse_group(lede_xapian_row **group, size_t size, uint32_t limit)
{
    for (size_t i = 0; i < size; i++) {
        group[i]->hidden = i >= limit;
        group[i]->collapsed = size > limit ? size - limit : 0;
    }
}

void lede_xapian_rows_collapse(lede_xapian_asking *a, lede_xapian_rows *rows)
{
    lede_xapian_row **grouped =
        lede_arena_array(a->scratch, rows->count, sizeof(lede_xapian_row *));
    size_t size;

    if (!grouped) {
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
        return;
    }
    for (size_t i = 0; i < rows->count; i++)
        grouped[i] = &rows->at[i];
    if (rows->count)
        qsort(grouped, rows->count, sizeof(lede_xapian_row *),
              by_group_then_rank);
    for (size_t i = 0; i < rows->count; i += size) {
        if (grouped[i]->group.kind == LEDE_NONE)
            break;
        for (size = 1; i + size < rows->count &&
                       compare_values(&grouped[i + size]->group,
                                      &grouped[i]->group, false) == 0;)
            size++;
        collapse_group(grouped + i, size, a->search->collapse_limit);
    }
}

/* ---- Pages -------------------------------------------------------------- */

static bool copy_string(lede_xapian_asking *a, lede_bytes *out,
                        const xapian_document *doc, uint32_t slot)
{
    xapian_string value;
    xapian_error fault;
    char *copy;

    if (!xapian_document_value(doc, slot, &value, &fault)) {
        (void)lede_xapian_asking_fault(a, &fault);
        return false;
    }
    copy = lede_arena_text(a->arena, value.at, value.len);
    *out = lede_bytes_of(copy, value.len);
    xapian_string_free(&value);
    if (!copy)
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->arena));
    return copy != NULL;
}

static void copy_values(lede_xapian_asking *a, lede_engine_hit *hit,
                        const lede_xapian_row *row)
{
    uint32_t count = a->search->sort_count;
    lede_value *values = lede_arena_array(a->arena, count, sizeof *values);

    hit->values = values;
    for (uint32_t i = 0; values && i < count; i++) {
        values[i] = row->values[i];
        values[i].text =
            lede_arena_text(a->arena, row->values[i].text, row->values[i].len);
        if (!values[i].text)
            values = NULL;
    }
    if (!values)
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->arena));
}

static void copy_hit(lede_xapian_asking *a, lede_engine_hit *hit,
                     const lede_xapian_row *row)
{
    xapian_error fault;
    xapian_document *doc = xapian_document_get(a->all->db, row->id, &fault);
    lede_bytes sequence = { NULL, 0 };

    if (!doc) {
        (void)lede_xapian_asking_fault(a, &fault);
        return;
    }
    *hit = (lede_engine_hit){ .doc = lede_xapian_doc(a->all, row->id),
                              .score = score_of(row),
                              .collapsed = row->collapsed };
    if (copy_string(a, &hit->key, doc, LEDE_XAPIAN_SLOT_KEY) &&
        copy_string(a, &sequence, doc, LEDE_XAPIAN_SLOT_SEQUENCE) &&
        !lede_xapian_read_sequence(&hit->sequence, sequence))
        (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
    copy_values(a, hit, row);
    xapian_document_free(doc);
}

void lede_xapian_rows_page(lede_xapian_asking *a, const lede_xapian_rows *rows,
                           lede_engine_results *out)
{
    uint32_t want = a->search->want;
    size_t room = want < rows->count ? want : rows->count;
    lede_engine_hit *hits = lede_arena_array(a->arena, room, sizeof *hits);

    if (!hits) {
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->arena));
        return;
    }
    out->hits = hits;
    out->count = 0;
    for (size_t i = 0;
         i < rows->count && out->count < room && a->status == LEDE_OK; i++) {
        const lede_xapian_row *row = &rows->at[i];

        if (!row->hidden && lede_xapian_row_is_behind(row))
            copy_hit(a, &hits[out->count++], row);
    }
}
