#include "native/index/resolve.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"

/* ---- Batches ---- */

void lede_batch_init(lede_batch *batch, const lede_allocator *allocator)
{
    *batch = (lede_batch){ .allocator = allocator };
}

void lede_batch_fini(lede_batch *batch)
{
    lede_release(batch->allocator, batch->changes,
                 batch->capacity * sizeof *batch->changes);
    lede_batch_init(batch, batch->allocator);
}

void lede_batch_clear(lede_batch *batch)
{
    batch->count = 0;
}

lede_status lede_batch_add(lede_batch *batch, lede_bytes key, uint64_t sequence,
                           uint32_t doc)
{
    if (!lede_grow(batch->allocator, &batch->changes, &batch->capacity,
                   batch->count + 1, sizeof *batch->changes))
        return LEDE_ERR_NOMEM;
    batch->changes[batch->count++] = (lede_key_change){ key, sequence, doc };
    return LEDE_OK;
}

lede_status lede_batch_reserve(lede_batch *batch, size_t count)
{
    return lede_grow(batch->allocator, &batch->changes, &batch->capacity, count,
                     sizeof *batch->changes)
               ? LEDE_OK
               : LEDE_ERR_NOMEM;
}

uint64_t lede_batch_bytes(const lede_batch *batch)
{
    uint64_t bytes = batch->capacity * sizeof *batch->changes;

    /* While it grows, the old is there beside the new of half as much again. */
    return batch->count < batch->capacity ? bytes : bytes / 2 * 5;
}

/* ---- Deletes ---- */

lede_status lede_deletes_init(lede_deletes *deletes,
                              const lede_allocator *allocator)
{
    lede_map_init(&deletes->map, allocator);
    deletes->arena = lede_arena_new(allocator);
    return deletes->arena ? LEDE_OK : LEDE_ERR_NOMEM;
}

void lede_deletes_fini(lede_deletes *deletes)
{
    lede_map_fini(&deletes->map);
    lede_arena_free(deletes->arena);
    deletes->arena = NULL;
}

void lede_deletes_clear(lede_deletes *deletes)
{
    lede_map_clear(&deletes->map);
    lede_arena_clear(deletes->arena);
}

static lede_status remember(lede_deletes *deletes,
                            const lede_key_change *change)
{
    uint64_t hash = lede_hash_bytes(change->key);
    lede_map_slot *slot = lede_map_find(&deletes->map, change->key, hash);
    lede_bytes copy;

    if (!slot) {
        copy = lede_bytes_of(
            lede_arena_text(deletes->arena, change->key.at, change->key.len),
            change->key.len);
        if (!copy.at)
            return LEDE_ERR_NOMEM;
        slot = lede_map_put(&deletes->map, copy, hash);
        if (!slot)
            return LEDE_ERR_NOMEM;
        slot->value = change->sequence;
    } else if (slot->value < change->sequence) {
        slot->value = change->sequence;
    }
    return LEDE_OK;
}

static bool is_deleted(const lede_deletes *deletes,
                       const lede_key_change *change)
{
    const lede_map_slot *slot =
        lede_map_find(&deletes->map, change->key, lede_hash_bytes(change->key));

    return slot && slot->value > change->sequence;
}

/* ---- Resolving ---- */

/* By key, the highest sequence first. */
static int by_key(const void *left, const void *right)
{
    const lede_key_change *a = left, *b = right;
    int order = lede_bytes_compare(a->key, b->key);

    return order ? order
                 : (a->sequence < b->sequence) - (a->sequence > b->sequence);
}

/* Whether a document of another part is older than the change. */
static lede_status is_older(bool *older, const lede_part *part, uint32_t doc,
                            const lede_key_change *change, lede_error *err)
{
    const lede_column *sequences;
    lede_status status = LEDE_OK;

    *older = true;
    if (!part->fresh)
        return LEDE_OK;
    status = lede_segment_sequences(part->segment, &sequences, err);
    if (status == LEDE_OK && sequences)
        *older = lede_column_at(sequences, doc) < change->sequence;
    return status;
}

/* Kills the older of a change and the live article of its key, if there is one;
 * *wins says whether the change still stands. */
static lede_status contest(bool *wins, lede_part **parts, size_t count,
                           const lede_key_change *change, lede_error *err)
{
    *wins = true;
    for (size_t i = count; i-- > 0;) {
        bool older;
        uint32_t doc;
        lede_status status =
            lede_segment_find_key(parts[i]->segment, change->key, &doc, NULL);

        if (status == LEDE_ERR_NOT_FOUND)
            continue;
        if (status != LEDE_OK) /* again, to have the error told */
            return lede_segment_find_key(parts[i]->segment, change->key, &doc,
                                         err);
        if (!lede_live_has(parts[i]->live, doc))
            continue;
        status = is_older(&older, parts[i], doc, change, err);
        if (status != LEDE_OK)
            return status;
        *wins = older;
        return older ? lede_part_kill(parts[i], doc, err) : LEDE_OK;
    }
    return LEDE_OK;
}

/* The changes of one key, the newest first.
 * NOLINTNEXTLINE(readability-function-size): a slice, its places */
static lede_status resolve_key(const lede_key_change *changes, size_t n,
                               lede_part **parts, size_t count, lede_part *made,
                               lede_deletes *deletes, lede_error *err)
{
    bool wins;
    lede_status status = contest(&wins, parts, count, changes, err);

    wins = wins && !(deletes && is_deleted(deletes, changes));
    for (size_t i = 0; i < n && status == LEDE_OK; i++) {
        if (changes[i].doc == LEDE_NO_DOC && !deletes)
            continue;
        if (changes[i].doc == LEDE_NO_DOC)
            status = lede_fail_plain(err, remember(deletes, &changes[i]));
        else if (i > 0 || !wins)
            status = lede_part_kill(made, changes[i].doc, err);
    }
    return status;
}

lede_status lede_batch_resolve(lede_batch *batch, lede_part **parts,
                               size_t count, lede_part *made,
                               lede_deletes *deletes, lede_error *err)
{
    lede_key_change *changes = batch->changes;
    lede_status status = LEDE_OK;

    if (batch->count > 0)
        qsort(changes, batch->count, sizeof *changes, by_key);
    for (size_t from = 0, to; from < batch->count && status == LEDE_OK;
         from = to) {
        to = from + 1;
        while (to < batch->count &&
               lede_bytes_equal(changes[to].key, changes[from].key))
            to++;
        status = resolve_key(changes + from, to - from, parts, count, made,
                             deletes, err);
    }
    return status;
}
