#include "native/index/stored.h"

#include "base/error.h"
#include "document/record.h"

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
