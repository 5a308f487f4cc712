/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/facets.c - how many articles match, and how many of them have each
 * value.
 *
 * The distinct values of an article stand in one slot each, so the counts of
 * all slots add up to those of the field; libxapian makes them, on a server
 * too. Buckets of articles with several dates must not count one twice: those
 * articles are looked at one by one.
 */
#include "xapian/asking.h"

#include <stdlib.h>

#include "base/map.h"
#include "document/date.h"
#include "xapian/fault.h"

#define HOUR_SECONDS 3600

/* ---- Buckets ------------------------------------------------------------ */

static int64_t second_of(int64_t day)
{
    int64_t second;

    if (__builtin_mul_overflow(day, (int64_t)LEDE_DAY_SECONDS, &second))
        return day < 0 ? INT64_MIN : INT64_MAX;
    return second;
}

/* The first day of the bucket that a day is in, and the first of the next. */
static void days_of(lede_bucket bucket, int64_t day, int64_t *first,
                    int64_t *next)
{
    lede_date date = lede_date_of(day);
    bool december = date.month == 12;

    *first = day;
    *next = day + 1;
    switch (bucket) {
    case LEDE_BUCKET_WEEK:
        /* 1970-01-01 was a Thursday. */
        *first = day - ((day + 3) % 7 + 7) % 7;
        *next = *first + 7;
        break;
    case LEDE_BUCKET_MONTH:
        *first = lede_date_days(date.year, date.month, 1);
        *next = lede_date_days(date.year + december,
                               december ? 1 : date.month + 1, 1);
        break;
    case LEDE_BUCKET_YEAR:
        *first = lede_date_days(date.year, 1, 1);
        *next = lede_date_days(date.year + 1, 1, 1);
        break;
    default:
        break;
    }
}

/* The bounds of a second's bucket, both inside. */
static void bucket_of(lede_bucket bucket, int64_t second, int64_t *first,
                      int64_t *last)
{
    int64_t from, next;

    *first = *last = second;
    if (bucket == LEDE_BUCKET_HOUR) {
        int64_t into = (second % HOUR_SECONDS + HOUR_SECONDS) % HOUR_SECONDS;

        if (__builtin_sub_overflow(second, into, first))
            *first = INT64_MIN;
        if (__builtin_add_overflow(second, HOUR_SECONDS - 1 - into, last))
            *last = INT64_MAX;
    } else if (bucket != LEDE_BUCKET_VALUE) {
        days_of(bucket, lede_date_day(second), &from, &next);
        *first = second_of(from);
        *last = second_of(next);
        *last -= *last < INT64_MAX;
    }
}

/* ---- Tallies ------------------------------------------------------------ */

/* The counts of one facet: by value as it is stored. */
typedef struct tally {
    const lede_facet_key *key;
    const lede_field *field;
    uint32_t slots;
    lede_map counts;
    xapian_spy **spies; /* one a slot; NULL: looked at one by one */
} tally;

static void add(lede_xapian_asking *a, tally *t, lede_bytes value,
                uint64_t count)
{
    uint64_t hash = lede_hash_bytes(value);
    lede_map_slot *slot = lede_map_find(&t->counts, value, hash);
    char *copy;

    if (!slot) {
        copy = lede_arena_text(a->scratch, value.at, value.len);
        slot = copy ? lede_map_put(&t->counts, lede_bytes_of(copy, value.len),
                                   hash)
                    : NULL;
        if (!slot) {
            (void)lede_xapian_asking_fail(a, LEDE_ERR_NOMEM);
            return;
        }
        slot->value = 0;
    }
    slot->value += count;
}

/* Counts a stored value, or the bucket it is in. */
static void add_value(lede_xapian_asking *a, tally *t, lede_bytes stored,
                      uint64_t count)
{
    lede_value value;
    lede_buffer bytes;
    int64_t last;

    if (t->key->bucket == LEDE_BUCKET_VALUE) {
        add(a, t, stored, count);
        return;
    }
    if (!lede_xapian_read_value(&value, stored, t->field->kind)) {
        (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
        return;
    }
    bucket_of(t->key->bucket, value.number, &value.number, &last);
    lede_buffer_init(&bytes, a->snapshot->allocator);
    lede_xapian_put_value(&bytes, &value);
    if (bytes.status == LEDE_OK)
        add(a, t, lede_buffer_bytes(&bytes), count);
    else
        (void)lede_xapian_asking_fail(a, bytes.status);
    lede_buffer_fini(&bytes);
}

static void read_spies(lede_xapian_asking *a, tally *t)
{
    for (uint32_t i = 0; i < t->slots && a->status == LEDE_OK; i++) {
        xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
        xapian_terms *values = xapian_spy_values(t->spies[i], &fault);
        const char *value;
        size_t len;

        while (values && a->status == LEDE_OK &&
               xapian_terms_next(values, &value, &len, &fault))
            add_value(a, t, lede_bytes_of(value, len),
                      xapian_terms_documents(values));
        xapian_terms_free(values);
        if (fault.kind != XAPIAN_ERROR_NONE)
            (void)lede_xapian_asking_fault(a, &fault);
    }
}

/* Values rise by slot, so the same bucket comes again at once. */
static void read_article(lede_xapian_asking *a, tally *t,
                         lede_xapian_slots *slots, uint32_t id)
{
    int64_t before = 0, first, last;
    bool any = false;

    for (uint32_t i = 0; i < t->slots && a->status == LEDE_OK; i++) {
        lede_bytes stored =
            lede_xapian_slots_at(slots, id, lede_xapian_slot(t->key->field, i));
        lede_value value;

        if (stored.len == 0)
            return;
        if (!lede_xapian_read_value(&value, stored, t->field->kind)) {
            (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
            return;
        }
        bucket_of(t->key->bucket, value.number, &first, &last);
        if (!any || first != before)
            add_value(a, t, stored, 1);
        before = first;
        any = true;
    }
}

/* ---- Answers ------------------------------------------------------------ */

static int by_value(const void *left, const void *right)
{
    const lede_facet_count *a = left, *b = right;

    return lede_value_compare(a->value, b->value);
}

static int by_count_then_value(const void *left, const void *right)
{
    const lede_facet_count *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return by_value(left, right);
}

static bool read_count(lede_facet_count *out, lede_value *value, const tally *t,
                       const lede_map_slot *slot)
{
    int64_t first;

    if (!lede_xapian_read_value(value, slot->key, t->field->kind))
        return false;
    *out = (lede_facet_count){ value, 0, slot->value };
    if (t->key->bucket != LEDE_BUCKET_VALUE)
        bucket_of(t->key->bucket, value->number, &first, &out->last);
    return true;
}

static bool copy_counts(lede_engine_facet *out, const lede_facet_count *counts,
                        size_t count, lede_arena *arena)
{
    lede_facet_count *copies = lede_arena_array(arena, count, sizeof *copies);
    lede_value *values = lede_arena_array(arena, count, sizeof *values);

    if (!copies || !values)
        return false;
    for (size_t i = 0; i < count; i++) {
        copies[i] = counts[i];
        values[i] = *counts[i].value;
        values[i].text = lede_arena_text(arena, values[i].text, values[i].len);
        if (!values[i].text)
            return false;
        copies[i].value = &values[i];
    }
    *out = (lede_engine_facet){ copies, (uint32_t)count };
    return true;
}

static void answer(lede_xapian_asking *a, const tally *t,
                   lede_engine_facet *out)
{
    size_t size = t->counts.count, count = 0;
    lede_facet_count *counts =
        lede_arena_array(a->scratch, size, sizeof *counts);
    lede_value *values = lede_arena_array(a->scratch, size, sizeof *values);

    if (!counts || !values) {
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
        return;
    }
    for (size_t i = 0; i < t->counts.capacity; i++) {
        const lede_map_slot *slot = &t->counts.slots[i];

        if (!slot->key.at)
            continue;
        if (!read_count(&counts[count], &values[count], t, slot)) {
            (void)lede_xapian_asking_fail(a, LEDE_ERR_CORRUPT);
            return;
        }
        count++;
    }
    if (count)
        qsort(counts, count, sizeof *counts,
              t->key->bucket == LEDE_BUCKET_VALUE ? by_count_then_value
                                                  : by_value);
    if (!copy_counts(out, counts, count < t->key->limit ? count : t->key->limit,
                     a->arena))
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->arena));
}

/* ---- The run ------------------------------------------------------------ */

typedef struct counting {
    tally *tallies;
    xapian_spy **spies; /* of all tallies */
    size_t spy_count;
    bool one_by_one; /* some tally looks at articles */
} counting;

static void plan_tally(lede_xapian_asking *a, counting *c, tally *t,
                       const lede_facet_key *key)
{
    xapian_error fault;

    t->key = key;
    t->field = lede_schema_field(a->snapshot->schema, key->field);
    t->slots = t->field ? lede_xapian_values_max(a->snapshot, key->field) : 0;
    lede_map_init(&t->counts, a->snapshot->allocator);
    if (key->bucket != LEDE_BUCKET_VALUE && t->slots > 1) {
        c->one_by_one = true;
        return;
    }
    t->spies = c->spies + c->spy_count;
    for (uint32_t i = 0; i < t->slots && a->status == LEDE_OK; i++) {
        xapian_spy *spy =
            xapian_spy_new(lede_xapian_slot(key->field, i), &fault);

        if (spy)
            c->spies[c->spy_count++] = spy;
        else
            (void)lede_xapian_asking_fault(a, &fault);
    }
}

static bool plan(lede_xapian_asking *a, counting *c)
{
    const lede_engine_search *search = a->search;
    size_t spies = 0;

    for (uint32_t i = 0; i < search->facet_count; i++)
        spies += lede_xapian_values_max(a->snapshot, search->facets[i].field);
    c->tallies =
        lede_arena_array(a->scratch, search->facet_count, sizeof *c->tallies);
    c->spies = lede_arena_array(a->scratch, spies, sizeof(xapian_spy *));
    if (!c->tallies || !c->spies) {
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->scratch));
        return false;
    }
    for (uint32_t i = 0; i < search->facet_count; i++)
        plan_tally(a, c, &c->tallies[i], &search->facets[i]);
    return a->status == LEDE_OK;
}

static int by_id(const void *left, const void *right)
{
    const lede_xapian_row *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

static void look_at_articles(lede_xapian_asking *a, const counting *c,
                             const xapian_mset *mset)
{
    lede_xapian_rows rows = lede_xapian_rows_of(a, mset);
    lede_xapian_slots *slots = lede_xapian_slots_new(a);

    if (rows.count)
        qsort(rows.at, rows.count, sizeof *rows.at, by_id);
    for (size_t i = 0; i < rows.count && a->status == LEDE_OK; i++) {
        (void)lede_xapian_asking_fail(
            a, lede_budget_spend(a->search->budget, 200));
        for (uint32_t f = 0; f < a->search->facet_count; f++)
            if (!c->tallies[f].spies && a->status == LEDE_OK)
                read_article(a, &c->tallies[f], slots, rows.at[i].id);
    }
    lede_xapian_slots_free(slots);
}

static void run(lede_xapian_asking *a, const counting *c,
                lede_engine_results *out)
{
    const lede_engine_search *search = a->search;
    lede_xapian_asked_order order = { .slot = UINT32_MAX };
    bool all = search->count_all || search->want == 0 || search->facet_count;
    xapian_mset *mset = lede_xapian_ask(
        a, a->translation.query, &order, c->one_by_one ? a->documents : 0,
        all ? a->documents : 0, c->spies, c->spy_count);
    uint32_t least, most;

    if (!mset)
        return;
    xapian_mset_matches(mset, &least, &most);
    out->total = least;
    out->total_exact = least == most && !a->timed_out;
    if (c->one_by_one)
        look_at_articles(a, c, mset);
    xapian_mset_free(mset);
}

void lede_xapian_count(lede_xapian_asking *a, lede_engine_results *out)
{
    uint32_t count = a->search->facet_count;
    lede_engine_facet *facets =
        lede_arena_array(a->arena, count, sizeof *facets);
    counting c = { 0 };

    if (!facets) {
        (void)lede_xapian_asking_fail(a, lede_arena_status(a->arena));
        return;
    }
    if (plan(a, &c))
        run(a, &c, out);
    for (uint32_t i = 0; c.tallies && i < count; i++) {
        tally *t = &c.tallies[i];

        if (t->spies && a->status == LEDE_OK)
            read_spies(a, t);
        if (a->status == LEDE_OK)
            answer(a, t, &facets[i]);
        lede_map_fini(&t->counts);
    }
    for (size_t i = 0; i < c.spy_count; i++)
        xapian_spy_free(c.spies[i]);
    out->facets = facets;
}
