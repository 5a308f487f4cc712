#include "native/match/values.h"

#include "base/error.h"

struct lede_values {
    lede_kind kind;
    const lede_native_snapshot *snapshot;
    lede_segment_values *parts;
    const lede_keywords *keywords; /* NULL: numbers */
    lede_vocabulary_merge merge;   /* cursors, to read keywords with */
};

lede_places lede_places_of(const lede_segment_values *values, uint32_t doc)
{
    lede_places places = { 0, 0 };
    uint64_t from, to;

    if (!values->values)
        return places;
    from = doc;
    to = (uint64_t)doc + 1;
    if (values->starts) {
        from = lede_column_at(values->starts, doc);
        to = lede_column_at(values->starts, doc + 1);
    }
    /* Damaged starts lead to no values, never beyond the column. */
    if (to > values->values->count || from > to)
        return places;
    return (lede_places){ (uint32_t)from, (uint32_t)to };
}

/* The first document, from one on and below `end`, whose values end behind a
 * place. */
static uint32_t document_of(const lede_segment_values *values, uint64_t place,
                            uint32_t from, uint32_t end)
{
    uint32_t low = from, high = end;

    if (!values->starts)
        return place < high ? (uint32_t)place : high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (lede_column_at(values->starts, middle + 1) > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint32_t lede_places_together(const lede_segment_values *values, uint32_t doc,
                              uint32_t documents)
{
    lede_places places = lede_places_of(values, doc);
    uint64_t next =
        ((uint64_t)places.from / LEDE_COLUMN_BLOCK + 1) * LEDE_COLUMN_BLOCK;

    if (places.to > next)
        return doc;
    return document_of(values, next, doc + 1, documents) - 1;
}

uint64_t lede_values_code(const lede_value *value)
{
    return value->kind == LEDE_DOUBLE ? lede_column_from_double(value->real)
                                      : lede_column_from_int(value->number);
}

/* ---- Keywords ----------------------------------------------------------- */

/* Text of a rank; borrowed until the next call. */
static lede_status keyword_of(const lede_values *v, uint64_t rank,
                              lede_bytes *text)
{
    const lede_keyword *at = &v->keywords->at[rank];
    lede_terms_cursor *cursor = v->merge.sources[at->part].cursor;

    lede_terms_cursor_seek_ordinal(cursor, v->merge.space, at->ordinal);
    if (!lede_terms_cursor_next(cursor))
        return cursor->status != LEDE_OK ? cursor->status : LEDE_ERR_CORRUPT;
    *text = cursor->term;
    return LEDE_OK;
}

/* ---- All ---------------------------------------------------------------- */

lede_status lede_values_open(lede_values **out,
                             const lede_native_snapshot *snapshot,
                             uint32_t field, lede_budget *budget,
                             lede_arena *arena, lede_error *err)
{
    const lede_field *at =
        lede_schema_field(snapshot->description.schema, field);
    lede_status status = LEDE_OK;
    lede_values *v;

    *out = NULL;
    if (!at || !lede_field_has_column(at))
        return LEDE_OK;
    v = lede_arena_zero(arena, sizeof *v);
    if (!v)
        return lede_fail_plain(err, lede_arena_status(arena));
    v->kind = at->kind;
    v->snapshot = snapshot;
    v->parts = lede_arena_array(arena, snapshot->count, sizeof *v->parts);
    if (!v->parts)
        return lede_fail_plain(err, lede_arena_status(arena));
    for (uint32_t i = 0; status == LEDE_OK && i < snapshot->count; i++)
        status = lede_segment_column(snapshot->parts[i].segment, field,
                                     &v->parts[i], err);
    if (status == LEDE_OK && v->kind == LEDE_KEYWORD)
        status = lede_keywords_of(&v->keywords, snapshot, field, budget, err);
    if (status == LEDE_OK && v->kind == LEDE_KEYWORD)
        status = lede_vocabulary_merge_init(
            &v->merge, snapshot, lede_space_number(field, LEDE_SPACE_VALUES),
            lede_bytes_of("", 0), arena);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    *out = v;
    return LEDE_OK;
}

lede_places lede_values_of(const lede_values *values, uint32_t part,
                           uint32_t doc)
{
    lede_places places = lede_places_of(&values->parts[part], doc);

    /* A column of ranks without any keywords is damaged. */
    if (values->keywords && values->keywords->counts[part] == 0)
        places.to = places.from;
    return places;
}

const lede_segment_values *lede_values_column(const lede_values *values,
                                              uint32_t part)
{
    return &values->parts[part];
}

uint64_t lede_values_keywords(const lede_values *values, uint32_t part)
{
    return values->keywords ? values->keywords->counts[part] : 0;
}

uint64_t lede_values_number_of(const lede_values *values, uint32_t part,
                               uint64_t number)
{
    if (!values->keywords)
        return number;
    /* Beyond the keywords there is none: only damage leads there. */
    if (number >= values->keywords->counts[part])
        number = values->keywords->counts[part] - 1;
    return 2 * values->keywords->ranks[part][number] + 1;
}

uint64_t lede_values_at(const lede_values *values, uint32_t part, uint32_t at)
{
    return lede_values_number_of(
        values, part, lede_column_at(values->parts[part].values, at));
}

bool lede_values_bounds(const lede_values *values, uint32_t part,
                        uint32_t target, uint32_t *until, uint64_t *min,
                        uint64_t *max)
{
    uint32_t documents;
    const lede_segment_values *at;
    lede_places places;

    if (!values)
        return false;
    documents = values->snapshot->parts[part].documents;
    at = &values->parts[part];
    places = lede_places_of(at, target);
    *until = documents - 1;
    if (!at->values || places.from >= at->values->count ||
        (values->keywords && values->keywords->counts[part] == 0))
        return false;
    *until = lede_places_together(at, target, documents);
    if (*until == target && places.from < places.to) {
        *min = lede_column_at(at->values, places.from);
        *max = lede_column_at(at->values, places.to - 1);
    } else {
        lede_column_bounds(at->values, places.from, min, max);
    }
    *min = lede_values_number_of(values, part, *min);
    *max = lede_values_number_of(values, part, *max);
    return true;
}

bool lede_values_first(const lede_values *values, uint32_t part, uint32_t doc,
                       bool descending, uint64_t *number)
{
    lede_places places;

    if (!values)
        return false;
    places = lede_values_of(values, part, doc);
    if (places.from == places.to)
        return false;
    *number =
        lede_values_at(values, part, descending ? places.to - 1 : places.from);
    return true;
}

lede_status lede_values_number(const lede_values *values,
                               const lede_value *value, uint64_t *number)
{
    lede_bytes sought = lede_bytes_of(value->text, value->len), text;
    size_t low = 0, high;

    if (!values->keywords) {
        *number = lede_values_code(value);
        return LEDE_OK;
    }
    high = values->keywords->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        lede_status status = keyword_of(values, middle, &text);
        int order;

        if (status != LEDE_OK)
            return status;
        order = lede_bytes_compare(text, sought);
        if (order == 0) {
            *number = 2 * (uint64_t)middle + 1;
            return LEDE_OK;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *number = 2 * (uint64_t)low;
    return LEDE_OK;
}

lede_status lede_values_value(lede_values *values, uint64_t number,
                              lede_value *value, lede_arena *arena)
{
    lede_status status;
    lede_bytes text;

    *value = (lede_value){ .kind = values->kind, .text = "" };
    if (values->kind == LEDE_DOUBLE) {
        value->real = lede_column_to_double(number);
        return LEDE_OK;
    }
    if (values->kind != LEDE_KEYWORD) {
        value->number = lede_column_to_int(number);
        return LEDE_OK;
    }
    status = keyword_of(values, number / 2, &text);
    if (status != LEDE_OK)
        return status;
    value->text = lede_arena_text(arena, text.at, text.len);
    value->len = text.len;
    return value->text ? LEDE_OK : lede_arena_status(arena);
}
