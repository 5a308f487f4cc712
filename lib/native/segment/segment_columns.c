/*
 * native/segment/segment_columns.c - columns, opened when first asked for.
 *
 * Numbers are checked then for all that readers rely on: starts rise, ordinals
 * and documents are below their counts.
 */
#include "native/segment/opened.h"

/* Says whether the numbers of a column can be what they stand for. */
typedef bool is_sound(const lede_segment *segment, uint32_t field,
                      const lede_column *column);

static lede_status open_column(const lede_segment *segment, uint32_t at,
                               uint64_t count, is_sound *sound,
                               const lede_column **out, lede_error *err)
{
    lede_segment_lazy *lazy = segment->lazy;
    const lede_segment_part *part = &segment->parts[at];
    lede_column column;
    lede_status status;

    *out = &lazy->columns[at];
    if (atomic_load_explicit(&lazy->has_column[at], memory_order_acquire))
        return LEDE_OK;
    status = lede_segment_need(segment, part->bytes, err);
    if (status != LEDE_OK)
        return status;
    if (count > UINT32_MAX ||
        !lede_column_open(&column, part->bytes, (uint32_t)count) ||
        (sound && !sound(segment, part->field, &column)))
        return lede_segment_damaged(segment, (lede_section_id)part->id,
                                    "not a column of this segment", err);
    (void)pthread_mutex_lock(&lazy->mutex);
    if (!atomic_load_explicit(&lazy->has_column[at], memory_order_relaxed)) {
        lazy->columns[at] = column;
        atomic_store_explicit(&lazy->has_column[at], true,
                              memory_order_release);
    }
    (void)pthread_mutex_unlock(&lazy->mutex);
    return LEDE_OK;
}

static bool all_below(const lede_column *column, uint64_t limit)
{
    uint64_t min, max;

    for (uint64_t at = 0; at < column->count; at += LEDE_COLUMN_BLOCK) {
        lede_column_bounds(column, (uint32_t)at, &min, &max);
        if (max >= limit)
            return false;
    }
    return true;
}

static bool are_documents(const lede_segment *segment, uint32_t field,
                          const lede_column *column)
{
    (void)field;
    return all_below(column, segment->documents);
}

/* From 0 on, never falling. */
static bool are_starts(const lede_segment *segment, uint32_t field,
                       const lede_column *column)
{
    uint64_t values[LEDE_COLUMN_BLOCK], before = 0;

    (void)segment;
    (void)field;
    if (lede_column_at(column, 0) != 0)
        return false;
    for (uint32_t at = 0; at < column->count; at += LEDE_COLUMN_BLOCK) {
        uint32_t left = column->count - at;
        uint32_t n = left < LEDE_COLUMN_BLOCK ? left : LEDE_COLUMN_BLOCK;

        lede_column_read(column, at, n, values);
        for (uint32_t i = 0; i < n; i++) {
            if (values[i] < before)
                return false;
            before = values[i];
        }
    }
    return true;
}

/* Ordinals are below the number of terms, numbers any. */
static bool are_values(const lede_segment *segment, uint32_t field,
                       const lede_column *column)
{
    uint64_t terms = 0;

    if (field >= segment->field_count)
        return false;
    if (lede_schema_field(segment->schema, field)->kind != LEDE_KEYWORD)
        return true;
    for (uint32_t i = 0; i < segment->space_count; i++)
        if (segment->spaces[i].space == 2 * field + 1)
            terms = segment->spaces[i].terms;
    return all_below(column, terms);
}

lede_status lede_segment_plain_column(const lede_segment *segment,
                                      lede_section_id id, uint32_t count,
                                      const lede_column **column,
                                      lede_error *err)
{
    uint32_t at =
        lede_segment_find_part(segment, (uint32_t)id, LEDE_NO_SECTION_FIELD);
    is_sound *sound = NULL;

    if (id == LEDE_SECTION_RECORD_STARTS && count > segment->documents)
        sound = are_starts;
    else if (id == LEDE_SECTION_KEY_RANKS || id == LEDE_SECTION_RANK_DOCUMENTS)
        sound = are_documents;
    if (at == segment->part_count)
        return lede_segment_damaged(segment, id, "missing", err);
    return open_column(segment, at, count, sound, column, err);
}

lede_status lede_segment_lengths(const lede_segment *segment, uint32_t field,
                                 const lede_column **column, lede_error *err)
{
    uint32_t at = lede_segment_find_part(segment, LEDE_SECTION_LENGTHS, field);

    *column = NULL;
    if (at == segment->part_count)
        return LEDE_OK;
    return open_column(segment, at, segment->documents, NULL, column, err);
}

lede_status lede_segment_sequences(const lede_segment *segment,
                                   const lede_column **column, lede_error *err)
{
    return lede_segment_plain_column(segment, LEDE_SECTION_SEQUENCES,
                                     segment->documents, column, err);
}

lede_status lede_segment_column(const lede_segment *segment, uint32_t field,
                                lede_segment_values *values, lede_error *err)
{
    uint32_t at = lede_segment_find_part(segment, LEDE_SECTION_COLUMN, field);
    uint32_t starts =
        lede_segment_find_part(segment, LEDE_SECTION_COLUMN_STARTS, field);
    uint64_t count = segment->documents;
    lede_status status = LEDE_OK;

    *values = (lede_segment_values){ NULL, NULL };
    if (at == segment->part_count)
        return LEDE_OK;
    if (starts < segment->part_count) {
        status = open_column(segment, starts, count + 1, are_starts,
                             &values->starts, err);
        if (status == LEDE_OK)
            count = lede_column_at(values->starts, segment->documents);
    }
    if (status == LEDE_OK)
        status =
            open_column(segment, at, count, are_values, &values->values, err);
    return status;
}
