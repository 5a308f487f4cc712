#include "native/index/stored.h"

#include "base/error.h"
#include "document/record.h"
#include "native/index/vocabulary.h"

/* ---- Articles ----------------------------------------------------------- */

/* Makes document `at` of a load, even if it fails. */
static lede_status load_one(lede_document **documents, uint64_t *sequences,
                            const lede_native_snapshot *snapshot,
                            const lede_engine_load *load, uint32_t at,
                            lede_records_cursor *cursor)
{
    uint32_t doc;
    const lede_snapshot_part *part =
        lede_native_snapshot_part(snapshot, load->docs[at], &doc);
    const lede_column *column;
    lede_bytes record;
    lede_status status = lede_document_new(&documents[at], load->allocator);

    if (status == LEDE_OK)
        status =
            part ? lede_budget_spend(load->budget, 100) : LEDE_ERR_NOT_FOUND;
    if (status == LEDE_OK)
        status =
            lede_segment_read_record(part->segment, cursor, doc, &record, NULL);
    if (status == LEDE_OK)
        status = lede_record_decode(documents[at], record,
                                    snapshot->description.schema, load->fields,
                                    load->field_count);
    if (status == LEDE_OK && sequences) {
        status = lede_segment_sequences(part->segment, &column, NULL);
        if (status == LEDE_OK)
            sequences[at] = lede_column_at(column, doc);
    }
    return status;
}

lede_status lede_stored_load(lede_document **documents, uint64_t *sequences,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_load *load, lede_error *err)
{
    lede_records_cursor *cursor = NULL;
    lede_status status = lede_records_cursor_new(&cursor, snapshot->allocator);
    uint32_t made = 0;

    if (status == LEDE_OK)
        status = lede_budget_spend(load->budget, 1);
    while (status == LEDE_OK && made < load->count) {
        documents[made] = NULL;
        status = load_one(documents, sequences, snapshot, load, made, cursor);
        made++;
    }
    while (status != LEDE_OK && made > 0) {
        lede_document_free(documents[--made]);
        documents[made] = NULL;
    }
    lede_records_cursor_free(cursor);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}

/* ---- Statistics --------------------------------------------------------- */

/* What a section counts as for whoever reads statistics. */
static const char *section_name(lede_section_id id)
{
    switch (id) {
    case LEDE_SECTION_DICTIONARY:
    case LEDE_SECTION_DICTIONARY_INDEX:
        return "dictionary";
    case LEDE_SECTION_POSTINGS:
        return "postings";
    case LEDE_SECTION_POSITIONS:
        return "positions";
    case LEDE_SECTION_FORMS:
    case LEDE_SECTION_FORMS_INDEX:
        return "forms";
    case LEDE_SECTION_LENGTHS:
        return "lengths";
    case LEDE_SECTION_COLUMN:
    case LEDE_SECTION_COLUMN_STARTS:
        return "columns";
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
    lede_arena *arena;
} sections;

static bool add_section(sections *s, const char *name, const char *field,
                        uint64_t bytes)
{
    if (bytes == 0)
        return true;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i].name, name) == 0 &&
            strcmp(s->at[i].field, field) == 0) {
            s->at[i].bytes += bytes;
            return true;
        }
    if (!lede_arena_grow(s->arena, &s->at, &s->capacity, s->count + 1,
                         sizeof *s->at))
        return false;
    s->at[s->count++] = (lede_section){ name, field, bytes };
    return true;
}

static bool add_segment(sections *s, const lede_native_snapshot *snapshot,
                        uint32_t at)
{
    const lede_manifest_segment *listed = &snapshot->manifest->segments[at];
    const lede_segment *segment = snapshot->parts[at].segment;
    uint64_t known = 0, length;
    lede_section_id id;
    uint32_t place;

    for (size_t i = 0;
         lede_segment_section_at(segment, i, &id, &place, &length); i++) {
        const lede_field *field =
            lede_schema_field(snapshot->description.schema, place);
        const char *name = field ? field->name : "";

        known += length;
        if (!add_section(s, section_name(id),
                         lede_arena_text(s->arena, name, strlen(name)), length))
            return false;
    }
    return add_section(s, "live", "", listed->bitmap_mark.length) &&
           add_section(s, "other", "",
                       listed->mark.length > known ? listed->mark.length - known
                                                   : 0);
}

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

lede_status lede_stored_stats(lede_stats *stats,
                              const lede_native_snapshot *snapshot,
                              lede_arena *arena, lede_error *err)
{
    const lede_manifest *manifest = snapshot->manifest;
    lede_stats known = *stats;
    sections s = { .arena = arena };
    lede_status status = count_terms(&known.terms, snapshot, arena, err);

    if (status != LEDE_OK)
        return status;
    known.documents = snapshot->live;
    known.deleted = snapshot->documents - snapshot->live;
    known.segments = snapshot->count;
    known.tokens = known.text_bytes = known.index_bytes = 0;
    for (uint32_t i = 0; i < snapshot->description.field_count; i++)
        known.tokens += snapshot->description.field_tokens[i];
    for (uint32_t i = 0; i < snapshot->count; i++) {
        known.text_bytes += manifest->segments[i].text_bytes;
        if (!add_segment(&s, snapshot, i))
            return lede_fail_plain(err, lede_arena_status(arena));
    }
    for (size_t i = 0; i < s.count; i++)
        known.index_bytes += s.at[i].bytes;
    known.sections = s.at;
    known.section_count = s.count;
    *stats = known;
    return LEDE_OK;
}
