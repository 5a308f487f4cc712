#include "native/index/part.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"

static lede_status find_first_sequence(lede_part *part, lede_error *err)
{
    const lede_column *sequences;
    lede_status status;

    if (part->entry.documents == 0)
        return LEDE_OK;
    status = lede_segment_sequences(part->segment, &sequences, err);
    if (status == LEDE_OK && !sequences)
        status = lede_fail(err, LEDE_ERR_CORRUPT, part->entry.name,
                           "it has no sequences");
    if (status == LEDE_OK)
        part->first_sequence = lede_column_at(sequences, 0);
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): what a part is made of */
lede_status lede_part_new(lede_part **out, const lede_manifest_segment *entry,
                          uint32_t field_count, lede_segment *segment,
                          lede_live *live, const lede_allocator *allocator,
                          lede_error *err)
{
    lede_part *part = lede_alloc_zero(allocator, sizeof *part);
    lede_status status;

    if (!part)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    part->allocator = allocator;
    part->entry = *entry;
    part->field_count = field_count;
    part->segment = lede_segment_hold(segment);
    part->live = live ? lede_live_hold(live) : NULL;
    part->entry.tokens =
        lede_alloc_array(allocator, field_count, sizeof *part->entry.tokens);
    status = part->entry.tokens ? find_first_sequence(part, err)
                                : lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (status != LEDE_OK) {
        lede_part_free(part);
        return status;
    }
    for (uint32_t i = 0; i < field_count; i++)
        part->entry.tokens[i] = entry->tokens[i];
    *out = part;
    return LEDE_OK;
}

lede_status lede_part_open(lede_part **out, const lede_segment_target *target,
                           const lede_segment_made *made,
                           const lede_allocator *allocator, lede_error *err)
{
    lede_manifest_segment entry = {
        .mark = made->mark,
        .documents = made->documents,
        .live = made->documents,
        .text_bytes = made->text_bytes,
        .all_text_bytes = made->text_bytes,
        .tokens = (uint64_t *)(uintptr_t)made->tokens,
    };
    lede_segment *segment = NULL;
    lede_status status =
        lede_segment_open(&segment, target->dir, target->name, &made->mark,
                          target->schema, allocator, err);

    (void)snprintf(entry.name, sizeof entry.name, "%s", target->name);
    if (status == LEDE_OK)
        status = lede_part_new(out, &entry, made->field_count, segment, NULL,
                               allocator, err);
    lede_segment_release(segment);
    if (status != LEDE_OK)
        return status;
    (*out)->fresh = true;
    (*out)->forms_version = lede_forms_version(target->forms);
    return LEDE_OK;
}

void lede_part_free(lede_part *part)
{
    if (!part)
        return;
    lede_release(part->allocator, part->entry.tokens,
                 part->field_count * sizeof *part->entry.tokens);
    lede_segment_release(part->segment);
    lede_live_release(part->live);
    lede_release(part->allocator, part, sizeof *part);
}

static lede_status own_live(lede_part *part)
{
    lede_live *own = NULL;
    lede_status status;

    if (part->changed)
        return LEDE_OK;
    status = part->live
                 ? lede_live_copy(&own, part->live, part->allocator)
                 : lede_live_new(&own, part->entry.documents,
                                 part->entry.mark.signature, part->allocator);
    if (status != LEDE_OK)
        return status;
    lede_live_release(part->live);
    part->live = own;
    part->changed = true;
    return LEDE_OK;
}

lede_status lede_part_size(lede_part *part, uint32_t doc, uint64_t *bytes,
                           lede_error *err)
{
    lede_bytes section;
    lede_status status;

    if (!part->has_sizes) {
        status = lede_segment_section(part->segment, LEDE_SECTION_SIZES,
                                      LEDE_NO_SECTION_FIELD, &section, err);
        if (status != LEDE_OK)
            return status;
        if (!lede_column_open(&part->sizes, section, part->entry.documents))
            return lede_fail(err, LEDE_ERR_CORRUPT, part->entry.name,
                             "its sizes cannot be read");
        part->has_sizes = true;
    }
    *bytes = lede_column_at(&part->sizes, doc);
    return LEDE_OK;
}

lede_status lede_part_kill(lede_part *part, uint32_t doc, lede_error *err)
{
    uint64_t bytes = 0;
    lede_status status;

    if (!lede_live_has(part->live, doc))
        return LEDE_OK;
    status = lede_part_size(part, doc, &bytes, err);
    if (status != LEDE_OK)
        return status;
    status = own_live(part);
    if (status != LEDE_OK)
        return lede_fail_plain(err, status);
    (void)lede_live_kill(part->live, doc);
    part->entry.live--;
    part->entry.text_bytes -=
        bytes < part->entry.text_bytes ? bytes : part->entry.text_bytes;
    return LEDE_OK;
}
