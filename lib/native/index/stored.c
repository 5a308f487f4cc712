#include "native/index/stored.h"

#include <stdatomic.h>

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

/* One load after the other takes the same cursor: zstd asks the processor what
 * it is for each new one, which costs 7 us in a virtual machine. */
static lede_status take_cursor(lede_records_cursor **out,
                               const lede_native_snapshot *snapshot)
{
    *out = atomic_exchange(snapshot->spare, NULL);
    return *out ? LEDE_OK : lede_records_cursor_new(out, snapshot->allocator);
}

static void put_cursor_back(lede_records_cursor *cursor,
                            const lede_native_snapshot *snapshot)
{
    lede_records_cursor *none = NULL;

    if (!cursor)
        return;
    lede_records_cursor_clear(cursor);
    if (!atomic_compare_exchange_strong(snapshot->spare, &none, cursor))
        lede_records_cursor_free(cursor);
}

lede_status lede_stored_load(lede_document **documents, uint64_t *sequences,
                             const lede_native_snapshot *snapshot,
                             const lede_engine_load *load, lede_error *err)
{
    lede_records_cursor *cursor = NULL;
    lede_status status = take_cursor(&cursor, snapshot);
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
    put_cursor_back(cursor, snapshot);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}
