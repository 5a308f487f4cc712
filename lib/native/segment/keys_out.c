#include "native/segment/keys_out.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

void lede_keys_out_init(lede_keys_out *keys, lede_dir *dir, const char *name,
                        const lede_allocator *allocator)
{
    lede_keys_writer_init(&keys->writer, allocator);
    lede_spool_init(&keys->blocks, dir, name, allocator);
    keys->blocks.most = LEDE_TAPE_BYTES;
    lede_buffer_init(&keys->last, allocator);
    keys->doc = 0;
    lede_column_out_init(&keys->documents, dir, name, allocator);
    lede_ordinals_out_init(&keys->ranks, dir, name, allocator);
    lede_values_init(&keys->by_document, dir, name, allocator);
}

void lede_keys_out_fini(lede_keys_out *keys)
{
    lede_keys_writer_fini(&keys->writer);
    lede_spool_fini(&keys->blocks);
    lede_buffer_fini(&keys->last);
    lede_column_out_fini(&keys->documents);
    lede_ordinals_out_fini(&keys->ranks);
    lede_values_fini(&keys->by_document);
}

uint64_t lede_keys_out_memory(const lede_keys_out *keys)
{
    return lede_keys_writer_memory(&keys->writer) +
           keys->blocks.bytes.capacity + keys->last.capacity +
           lede_column_out_memory(&keys->documents) +
           lede_ordinals_out_memory(&keys->ranks) +
           lede_values_memory(&keys->by_document);
}

/* Of documents with one key the last is the one that its rank names. */
static lede_status end_key(lede_keys_out *k, lede_error *err)
{
    return k->writer.count > 0 ? lede_column_out_add(&k->documents, k->doc, err)
                               : LEDE_OK;
}

static lede_status begin_key(lede_keys_out *k, lede_bytes key, lede_error *err)
{
    lede_status status = end_key(k, err);

    if (status != LEDE_OK)
        return status;
    lede_buffer_clear(&k->last);
    lede_put(&k->last, key.at, key.len);
    status = k->last.status;
    if (status == LEDE_OK)
        status = lede_keys_writer_add(&k->writer, key, &k->blocks.bytes);
    status = lede_fail_plain(err, status);
    return status == LEDE_OK ? lede_spool_settle(&k->blocks, err) : status;
}

lede_status lede_keys_out_add(lede_keys_out *keys, lede_bytes key, uint32_t doc,
                              lede_error *err)
{
    lede_keys_out *k = keys;
    lede_status status = LEDE_OK;

    if (k->writer.count == 0 ||
        !lede_bytes_equal(key, lede_buffer_bytes(&k->last)))
        status = begin_key(k, key, err);
    if (status != LEDE_OK)
        return status;
    k->doc = doc;
    return lede_ordinals_out_add(&k->ranks, doc, k->writer.count - 1, err);
}

static lede_status put_keys(lede_keys_out *k, lede_section_writer *sections,
                            lede_error *err)
{
    lede_bytes blocks;
    lede_status status = lede_section_begin(sections, LEDE_SECTION_KEYS,
                                            LEDE_NO_SECTION_FIELD, err);

    if (status == LEDE_OK)
        status = lede_fail_plain(
            err,
            lede_keys_writer_end(&k->writer, &sections->out, &k->blocks.bytes));
    if (status == LEDE_OK)
        status = lede_section_drain(sections, &sections->out, 0, err);
    if (status == LEDE_OK)
        status = lede_spool_read(&k->blocks, &blocks, err);
    if (status == LEDE_OK)
        status =
            lede_envelope_write(sections->file, blocks.at, blocks.len, err);
    if (status == LEDE_OK)
        lede_section_end(sections);
    return status;
}

static lede_status put_ranks(lede_keys_out *k, lede_section_writer *sections,
                             uint32_t documents, lede_error *err)
{
    lede_status status =
        lede_ordinals_out_end(&k->ranks, documents, &k->by_document, err);

    lede_ordinals_out_fini(&k->ranks);
    if (status != LEDE_OK)
        return status;
    if (!lede_values_are_even(&k->by_document, documents))
        return lede_fail(err, LEDE_ERR_CORRUPT, NULL,
                         "not each article has one key");
    return lede_column_out_put(&k->by_document.values, sections,
                               LEDE_SECTION_KEY_RANKS, LEDE_NO_SECTION_FIELD,
                               err);
}

lede_status lede_keys_out_put(lede_keys_out *keys,
                              lede_section_writer *sections, uint32_t documents,
                              lede_error *err)
{
    lede_status status = end_key(keys, err);

    if (status == LEDE_OK)
        status = put_keys(keys, sections, err);
    if (status == LEDE_OK)
        status = put_ranks(keys, sections, documents, err);
    return status == LEDE_OK ? lede_column_out_put(&keys->documents, sections,
                                                   LEDE_SECTION_RANK_DOCUMENTS,
                                                   LEDE_NO_SECTION_FIELD, err)
                             : status;
}

/* ---- Out of order ---- */

/* In 16 bytes. */
typedef struct keyed {
    const uint8_t *at;
    uint32_t doc;
    uint16_t len;
} keyed;

static lede_bytes key_of(const keyed *of)
{
    return lede_bytes_of(of->at, of->len);
}

static int by_key_then_doc(const void *left, const void *right)
{
    const keyed *a = left, *b = right;
    int order = lede_bytes_compare(key_of(a), key_of(b));

    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

lede_status lede_keys_out_sort(lede_keys_out *keys, const uint8_t *texts,
                               const uint16_t *lengths, uint32_t documents,
                               const lede_allocator *allocator, lede_error *err)
{
    keyed *sorted = lede_alloc_array(allocator, documents, sizeof *sorted);
    lede_status status = LEDE_OK;

    if (!sorted)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (uint32_t doc = 0; doc < documents; doc++) {
        sorted[doc] = (keyed){ texts, doc, lengths[doc] };
        texts += lengths[doc];
    }
    if (documents > 1)
        qsort(sorted, documents, sizeof *sorted, by_key_then_doc);
    for (uint32_t i = 0; i < documents && status == LEDE_OK; i++)
        status =
            lede_keys_out_add(keys, key_of(&sorted[i]), sorted[i].doc, err);
    lede_release(allocator, sorted, documents * sizeof *sorted);
    return status;
}
