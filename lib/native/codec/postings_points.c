/*
 * native/codec/postings_points.c - reads the positions of a list's documents.
 */
#include "native/codec/postings_parts.h"

static bool open_lengths(lede_postings *list)
{
    const lede_postings_source *source = list->source;
    lede_status status;

    if (list->has_lengths)
        return true;
    list->lengths = NULL;
    status = source->lengths ? source->lengths(source->lengths_ctx,
                                               source->space, &list->lengths)
                             : LEDE_OK;
    list->has_lengths = status == LEDE_OK;
    return list->has_lengths || lede_postings_finish(list, status);
}

static uint32_t range_in(const lede_postings *list, uint32_t doc)
{
    uint64_t words = list->lengths && doc < list->lengths->count
                         ? lede_column_at(list->lengths, doc)
                         : 0;

    return lede_postings_range(
        words < UINT32_MAX ? (uint32_t)words : UINT32_MAX, list->scale);
}

/* Passes the positions in documents of the lists of few before this one. */
static bool pass_few(lede_postings *list)
{
    uint32_t docs[LEDE_FEW_MAX], times[LEDE_FEW_MAX], before;

    if (!lede_few_before(list, docs, times, &before))
        return false;
    for (uint32_t i = 0; i < before; i++) {
        if (times[i] == UINT32_MAX)
            return false;
        lede_points_pass(&list->points, range_in(list, docs[i]), times[i] + 1);
    }
    return true;
}

/* Finds the ranges of documents of the block up to one, and of some behind it:
 * a call for each would cost more. */
static void find_ranges(lede_postings *list, uint32_t at)
{
    uint32_t *ranges = list->ranges, from = list->ranged, to = at | 31;
    const lede_column *lengths = list->lengths;

    if (at < from)
        return;
    to = to < list->n ? to + 1 : list->n;
    if (lengths && list->docs[to - 1] < lengths->count)
        lede_column_gather(lengths, list->docs + from, to - from,
                           ranges + from);
    else
        memset(ranges + from, 0, (to - from) * sizeof *ranges);
    for (uint32_t i = from; i < to; i++)
        ranges[i] += ranges[i] == 0;
    for (uint32_t i = from; list->scale > 0 && i < to; i++)
        ranges[i] = lede_postings_range(ranges[i], list->scale);
    list->ranged = to;
}

/* Opens the positions of the block at hand, at its first document. */
static bool open_points(lede_postings *list)
{
    lede_bytes in = list->spread;
    uint8_t scale;

    if (!lede_postings_is_long(list) && list->entry.scaled) {
        if (!lede_take_u8(&in, &scale) || scale > LEDE_SCALE_MAX)
            return false;
        list->scale = scale;
    }
    lede_points_open(&list->points, in);
    list->point = list->ranged = 0;
    list->has_points = true;
    return !lede_postings_is_few(list) || list->entry.few_at == 0 ||
           pass_few(list);
}

/* Makes the positions of the present document the next to be read. */
static bool find_points(lede_postings *list)
{
    if (!list->has_points || list->point > list->at) {
        if (!lede_postings_frequencies(list) || !open_lengths(list) ||
            (lede_postings_is_long(list) &&
             !lede_postings_need(list, list->spread)) ||
            !open_points(list))
            return false;
    }
    find_ranges(list, list->at);
    lede_points_pass_all(&list->points, list->ranges + list->point,
                         list->frequencies + list->point,
                         list->at - list->point);
    list->point = list->at;
    return true;
}

/* Whether nothing follows the positions of the block's last document. */
static bool ends_well(lede_postings *list)
{
    if (list->point < list->n ||
        (lede_postings_is_few(list) &&
         list->entry.few_at + 1 < list->entry.few_count))
        return true;
    return lede_points_done(&list->points);
}

bool lede_postings_positions(lede_postings *list, uint32_t *out)
{
    if (list->status != LEDE_OK || !list->source->has_positions ||
        list->frequency == 0)
        return false;
    if (find_points(list) &&
        lede_points_take(&list->points, list->ranges[list->at], list->frequency,
                         out)) {
        list->point++;
        if (ends_well(list))
            return true;
    }
    return lede_postings_finish(list, LEDE_ERR_CORRUPT);
}
