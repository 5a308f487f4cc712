#include "native/index/statistics.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "native/index/vocabulary.h"

/* What a section counts as; NULL for those that are told by field below. */
static const char *section_name(lede_section_id id)
{
    switch (id) {
    case LEDE_SECTION_DICTIONARY:
    case LEDE_SECTION_POSTINGS:
    case LEDE_SECTION_POSITIONS:
        return NULL;
    case LEDE_SECTION_DICTIONARY_INDEX:
        return "dictionary";
    case LEDE_SECTION_FORMS:
    case LEDE_SECTION_FORMS_INDEX:
        return "forms";
    case LEDE_SECTION_LENGTHS:
        return "lengths";
    case LEDE_SECTION_COLUMN:
    case LEDE_SECTION_COLUMN_STARTS:
        return "columns";
    case LEDE_SECTION_KEYS:
    case LEDE_SECTION_KEY_RANKS:
    case LEDE_SECTION_RANK_DOCUMENTS:
        return "keys";
    case LEDE_SECTION_RECORD_STARTS:
    case LEDE_SECTION_RECORDS:
    case LEDE_SECTION_RECORD_DICTIONARY:
    case LEDE_SECTION_RECORD_LENGTHS:
        return "stored";
    default:
        return "other";
    }
}

typedef struct sections {
    lede_section *at;
    size_t capacity;
    size_t count;
    const lede_schema *schema;
    lede_arena *arena;
} sections;

/* Adds to the bytes of a name and a field, which may be LEDE_NO_SECTION_FIELD. */
static bool add(sections *s, const char *name, uint32_t place, uint64_t bytes)
{
    const lede_field *known = lede_schema_field(s->schema, place);
    const char *field = known ? known->name : "";

    if (bytes == 0)
        return true;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i].name, name) == 0 &&
            strcmp(s->at[i].field, field) == 0) {
            s->at[i].bytes += bytes;
            return true;
        }
    field = lede_arena_text(s->arena, field, strlen(field));
    if (!field || !lede_arena_grow(s->arena, &s->at, &s->capacity, s->count + 1,
                                   sizeof *s->at))
        return false;
    s->at[s->count++] = (lede_section){ name, field, bytes };
    return true;
}

/* ---- Lists by field ---- */

/* The lists of a space; what is written of several terms together is told by
 * each of them, and counts once. */
static lede_status add_lists(sections *s, lede_terms_cursor *cursor,
                             const lede_terms_space *space)
{
    uint64_t postings = 0, positions = 0;
    uint32_t field = space->space / 2;

    lede_terms_cursor_seek(cursor, space->space, lede_bytes_of(NULL, 0));
    while (lede_terms_cursor_next(cursor)) {
        const lede_terms_entry *entry = &cursor->entry;

        positions += entry->positions_len;
        if (entry->few_count == 0 || entry->few_at == 0)
            postings += entry->postings_len;
    }
    if (cursor->status != LEDE_OK)
        return cursor->status;
    return add(s, "postings", field, postings) &&
                   add(s, "positions", field, positions)
               ? LEDE_OK
               : LEDE_ERR_NOMEM;
}

static lede_status add_spaces(sections *s, const lede_terms_table *terms,
                              lede_terms_cursor *cursor)
{
    lede_status status = LEDE_OK;
    uint32_t first = 0;

    for (uint32_t i = 0; i < terms->space_count && status == LEDE_OK; i++) {
        const lede_terms_space *space = &terms->spaces[i];
        uint32_t end = first + space->blocks;
        uint64_t from = first < terms->blocks
                            ? lede_column_at(&terms->offsets, first)
                            : terms->dictionary.len;
        uint64_t to = end < terms->blocks ? lede_column_at(&terms->offsets, end)
                                          : terms->dictionary.len;

        if (!add(s, "dictionary", space->space / 2, to > from ? to - from : 0))
            status = LEDE_ERR_NOMEM;
        if (status == LEDE_OK)
            status = add_lists(s, cursor, space);
        first = end;
    }
    return status;
}

static lede_status add_terms(sections *s, const lede_native_snapshot *snapshot,
                             uint32_t at)
{
    const lede_terms_table *terms =
        lede_segment_terms(snapshot->parts[at].segment);
    lede_terms_cursor *cursor = NULL;
    lede_status status =
        lede_terms_cursor_new(&cursor, terms, snapshot->allocator);

    if (status == LEDE_OK)
        status = add_spaces(s, terms, cursor);
    lede_terms_cursor_free(cursor);
    return status;
}

/* ---- Segments ---- */

static uint64_t sum_of(const sections *s)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < s->count; i++)
        sum += s->at[i].bytes;
    return sum;
}

static lede_status add_segment(sections *s,
                               const lede_native_snapshot *snapshot,
                               uint32_t at)
{
    const lede_manifest_segment *listed = &snapshot->manifest->segments[at];
    uint64_t before = sum_of(s), known, length;
    lede_section_id id;
    uint32_t place;
    lede_status status = add_terms(s, snapshot, at);

    if (status != LEDE_OK)
        return status;
    for (size_t i = 0; lede_segment_section_at(snapshot->parts[at].segment, i,
                                               &id, &place, &length);
         i++) {
        const char *name = section_name(id);

        if (name && !add(s, name, place, length))
            return LEDE_ERR_NOMEM;
    }
    known = sum_of(s) - before;
    return add(s, "other", LEDE_NO_SECTION_FIELD,
               listed->mark.length > known ? listed->mark.length - known : 0) &&
                   add(s, "live", LEDE_NO_SECTION_FIELD,
                       listed->bitmap_mark.length)
               ? LEDE_OK
               : LEDE_ERR_NOMEM;
}

static lede_status add_manifest(sections *s, const lede_manifest *manifest)
{
    uint64_t length = 0;
    lede_status status = lede_manifest_length(manifest, &length);

    if (status != LEDE_OK)
        return status;
    return add(s, "other", LEDE_NO_SECTION_FIELD, length) ? LEDE_OK
                                                          : LEDE_ERR_NOMEM;
}

/* By name, then bytes falling. */
static int by_name(const void *left, const void *right)
{
    const lede_section *a = left, *b = right;
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = (a->bytes < b->bytes) - (a->bytes > b->bytes);
    return order ? order : strcmp(a->field, b->field);
}

/* ---- All of it ---- */

/* Distinct words of each field. */
static lede_status count_terms(uint64_t *count,
                               const lede_native_snapshot *snapshot,
                               lede_arena *arena, lede_error *err)
{
    uint32_t fields = snapshot->description.field_count;

    *count = 0;
    if (snapshot->count == 1) {
        const lede_terms_table *table =
            lede_segment_terms(snapshot->parts[0].segment);

        for (uint32_t i = 0; i < table->space_count; i++)
            if (table->spaces[i].space % 2 == LEDE_SPACE_WORDS)
                *count += table->spaces[i].terms;
        return LEDE_OK;
    }
    for (uint32_t field = 0; field < fields; field++) {
        lede_vocabulary_scope scope = { field, LEDE_SPACE_WORDS, NULL };
        lede_term_walk *walk;
        lede_status status =
            lede_vocabulary_walk(&walk, snapshot, &scope, NULL, arena, err);

        if (status != LEDE_OK)
            return status;
        while (walk->next(walk))
            ++*count;
        if (walk->status != LEDE_OK)
            return lede_fail_plain(err, walk->status);
    }
    return LEDE_OK;
}

lede_status lede_native_stats(lede_stats *stats,
                              const lede_native_snapshot *snapshot,
                              lede_arena *arena, lede_error *err)
{
    const lede_manifest *manifest = snapshot->manifest;
    lede_stats known = *stats;
    sections s = { .schema = snapshot->description.schema, .arena = arena };
    lede_status status = count_terms(&known.terms, snapshot, arena, err);

    if (status != LEDE_OK)
        return status;
    known.documents = snapshot->live;
    known.deleted = snapshot->documents - snapshot->live;
    known.segments = snapshot->count;
    known.tokens = known.text_bytes = 0;
    for (uint32_t i = 0; i < snapshot->description.field_count; i++)
        known.tokens += snapshot->description.field_tokens[i];
    status = add_manifest(&s, manifest);
    for (uint32_t i = 0; i < snapshot->count && status == LEDE_OK; i++) {
        known.text_bytes += manifest->segments[i].text_bytes;
        status = add_segment(&s, snapshot, i);
    }
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    if (s.count > 0)
        qsort(s.at, s.count, sizeof *s.at, by_name);
    known.index_bytes = sum_of(&s);
    known.sections = s.at;
    known.section_count = s.count;
    *stats = known;
    return LEDE_OK;
}
