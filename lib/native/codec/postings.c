/*
 * native/codec/postings.c - reads the lists that postings_writer.c writes.
 */
#include "native/codec/postings_parts.h"

#include "native/codec/rising.h"

bool lede_postings_finish(lede_postings *list, lede_status status)
{
    list->doc = LEDE_DOC_END;
    list->frequency = 0;
    list->n = list->at = 0;
    if (list->status == LEDE_OK)
        list->status = status;
    if (list->status != LEDE_OK) {
        list->group.blocks = 0;
        list->group.more = list->in_group = false;
    }
    return false;
}

bool lede_postings_need(lede_postings *list, lede_bytes bytes)
{
    const lede_postings_source *source = list->source;
    lede_status status =
        source->need ? source->need(source->need_ctx, bytes.at, bytes.len)
                     : LEDE_OK;

    return status == LEDE_OK || lede_postings_finish(list, status);
}

static void open_short(lede_postings *list)
{
    lede_bytes in;
    uint32_t n = list->documents;

    if (!lede_part_of(list->source->postings, list->entry.postings,
                      list->entry.postings_len, &in)) {
        (void)lede_postings_finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    if (!lede_postings_need(list, in))
        return;
    if (!lede_block_take_rising(&in, n, 0, list->docs) ||
        list->docs[n - 1] >= list->source->documents) {
        (void)lede_postings_finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->n = n;
    list->times = in;
}

void lede_postings_open(lede_postings *list, const lede_postings_source *source,
                        const lede_terms_entry *entry)
{
    list->doc = list->frequency = 0;
    list->documents = entry->documents;
    list->status = LEDE_OK;
    list->n = list->at = 0;
    list->source = source;
    list->entry = *entry;
    list->has_frequencies = list->has_points = list->has_lengths = false;
    list->times = list->spread = lede_bytes_of(NULL, 0);
    list->scale = 0;
    if (entry->documents == 0 || entry->documents > source->documents)
        (void)lede_postings_finish(list, LEDE_ERR_CORRUPT);
    else if (lede_postings_is_long(list))
        lede_groups_open(list);
    else if (lede_postings_is_few(list))
        lede_few_open(list);
    else
        open_short(list);
}

/* Whether the block at hand holds a document not below target. */
static bool is_at_hand(const lede_postings *list, uint32_t target)
{
    return list->n > 0 && list->docs[list->n - 1] >= target;
}

bool lede_postings_block(lede_postings *list, uint32_t target)
{
    if (is_at_hand(list, target))
        return true;
    if (!lede_postings_is_long(list) || list->status != LEDE_OK ||
        !lede_groups_find(list, target))
        return lede_postings_finish(list, list->status);
    return lede_groups_take(list);
}

/* Reads frequency - 1 of the block at hand. What lies behind is a short list's
 * positions, and nothing in a long one. */
static bool read_frequencies(lede_postings *list)
{
    lede_bytes in = list->times;

    if (lede_postings_is_few(list))
        return lede_few_frequencies(list);
    if (!lede_block_take(&in, list->n, list->frequencies))
        return false;
    if (lede_postings_is_long(list))
        return in.len == 0;
    list->spread = in;
    return true;
}

/* Adds the 1 that is not stored. Each of several positions takes a bit or more:
 * so whoever makes room for them makes no more than the list is long. */
static bool raise_frequencies(lede_postings *list)
{
    uint32_t any = lede_block_raise(list->frequencies, list->n), most = 0;

    if (any < UINT32_MAX &&
        (!list->source->has_positions || any / 8 <= list->spread.len))
        return true;
    /* The greatest may be half of the bits that any has. */
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->frequencies[i] == 0)
            return false;
        most = list->frequencies[i] > most ? list->frequencies[i] : most;
    }
    return !list->source->has_positions || (most - 1) / 8 <= list->spread.len;
}

bool lede_postings_frequencies(lede_postings *list)
{
    if (list->has_frequencies || list->status != LEDE_OK)
        return list->status == LEDE_OK;
    if (!list->source->frequencies) {
        for (uint32_t i = 0; i < list->n; i++)
            list->frequencies[i] = 1;
    } else if (!read_frequencies(list) || !raise_frequencies(list)) {
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    }
    list->has_frequencies = true;
    return true;
}

uint32_t lede_postings_seek(lede_postings *list, uint32_t target)
{
    if (list->doc == LEDE_DOC_END || (list->frequency && target <= list->doc))
        return list->doc;
    if (!lede_postings_block(list, target) || !lede_postings_frequencies(list))
        return LEDE_DOC_END;
    list->at +=
        lede_rising_from(list->docs + list->at, list->n - list->at, target);
    list->doc = list->docs[list->at];
    list->frequency = list->frequencies[list->at];
    return list->doc;
}

/* ---- Bounds ---- */

/* Short lists have no head: the bound is of what they hold, whatever the
 * lengths. */
static bool bound_short(lede_postings *list, lede_bound *bound)
{
    lede_corners corners = { 1, { 1 }, { 0 } };

    if (!lede_postings_frequencies(list))
        return false;
    for (uint32_t i = 0; i < list->n; i++)
        if (list->frequencies[i] > corners.frequencies[0])
            corners.frequencies[0] = list->frequencies[i];
    lede_bound_set(bound, &corners, list->docs[list->n - 1]);
    return true;
}

bool lede_postings_bound(lede_postings *list, uint32_t target,
                         lede_bound *bound)
{
    if (list->status != LEDE_OK)
        return false;
    return lede_postings_is_long(list)
               ? lede_groups_bound(list, target, bound)
               : is_at_hand(list, target) && bound_short(list, bound);
}

bool lede_postings_wide_bound(lede_postings *list, uint32_t target,
                              lede_bound *bound)
{
    if (list->status != LEDE_OK)
        return false;
    return lede_postings_is_long(list)
               ? lede_groups_wide_bound(list, target, bound)
               : is_at_hand(list, target) && bound_short(list, bound);
}

bool lede_postings_most(lede_postings *list, lede_bound *bound)
{
    static const lede_corners beyond = { 1, { UINT32_MAX }, { 0 } };

    if (list->status != LEDE_OK)
        return false;
    if (lede_postings_is_long(list))
        return lede_groups_most(list, bound);
    if (list->n > 0)
        return bound_short(list, bound);
    /* At its end a list holds nothing. */
    lede_bound_set(bound, &beyond, list->source->documents - 1);
    return true;
}

lede_status lede_postings_occurrences(const lede_postings_source *source,
                                      const lede_terms_entry *entry,
                                      uint64_t *occurrences)
{
    lede_postings list;

    *occurrences = entry->occurrences;
    if (entry->documents > LEDE_POSTINGS_FEW || !source->frequencies)
        return LEDE_OK;
    lede_postings_open(&list, source, entry);
    if (list.status != LEDE_OK || !lede_postings_frequencies(&list))
        return list.status;
    *occurrences = 0;
    for (uint32_t i = 0; i < list.n; i++)
        *occurrences += list.frequencies[i];
    return LEDE_OK;
}
