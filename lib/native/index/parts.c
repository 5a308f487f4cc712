#include "native/index/parts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

void lede_parts_init(lede_parts *parts, const lede_allocator *allocator)
{
    *parts = (lede_parts){ .allocator = allocator };
}

void lede_parts_fini(lede_parts *parts)
{
    lede_parts_clear(parts);
    lede_release(parts->allocator, parts->at,
                 parts->capacity * sizeof(lede_part *));
    lede_parts_init(parts, parts->allocator);
}

lede_status lede_parts_add(lede_parts *parts, lede_part *part)
{
    if (!lede_grow(parts->allocator, &parts->at, &parts->capacity,
                   parts->count + 1U, sizeof(lede_part *)))
        return LEDE_ERR_NOMEM;
    parts->at[parts->count++] = part;
    return LEDE_OK;
}

static lede_status load_part(lede_parts *parts,
                             const lede_native_snapshot *base, uint32_t at,
                             lede_error *err)
{
    const lede_manifest *manifest = base->manifest;
    lede_part *part = NULL;
    lede_status status = lede_part_new(
        &part, &manifest->segments[at], manifest->field_count,
        base->parts[at].segment, base->parts[at].live, parts->allocator, err);

    if (status != LEDE_OK)
        return status;
    part->forms_version = manifest->forms_version;
    status = lede_fail_plain(err, lede_parts_add(parts, part));
    if (status != LEDE_OK)
        lede_part_free(part);
    return status;
}

lede_status lede_parts_load(lede_parts *parts, const lede_native_snapshot *base,
                            lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < base->count && status == LEDE_OK; i++)
        status = load_part(parts, base, i, err);
    return status;
}

void lede_parts_replace(lede_parts *parts, const lede_merge_pick *pick,
                        lede_part *made)
{
    uint32_t kept = 0, picked = 0;

    for (uint32_t i = 0; i < parts->count; i++) {
        if (picked < pick->count && pick->at[picked] == i) {
            lede_part_free(parts->at[i]);
            if (picked++ == 0 && made)
                parts->at[kept++] = made;
        } else {
            parts->at[kept++] = parts->at[i];
        }
    }
    parts->count = kept;
}

void lede_parts_clear(lede_parts *parts)
{
    while (parts->count > 0)
        lede_part_free(parts->at[--parts->count]);
}

void lede_parts_drop_dead(lede_parts *parts)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < parts->count; i++) {
        if (parts->at[i]->entry.live == 0)
            lede_part_free(parts->at[i]);
        else
            parts->at[kept++] = parts->at[i];
    }
    parts->count = kept;
}

void lede_parts_sort(lede_parts *parts)
{
    for (uint32_t i = 1; i < parts->count; i++) {
        lede_part *part = parts->at[i];
        uint32_t at = i;

        while (at > 0 &&
               parts->at[at - 1]->first_sequence > part->first_sequence) {
            parts->at[at] = parts->at[at - 1];
            at--;
        }
        parts->at[at] = part;
    }
}

uint32_t lede_parts_find(const lede_parts *parts, const char *name)
{
    for (uint32_t i = 0; i < parts->count; i++)
        if (strcmp(parts->at[i]->entry.name, name) == 0)
            return i;
    return LEDE_NO_PART;
}

uint64_t lede_parts_text_bytes(const lede_parts *parts)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < parts->count; i++)
        sum += parts->at[i]->entry.text_bytes;
    return sum;
}
