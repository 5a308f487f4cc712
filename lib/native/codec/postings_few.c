/*
 * native/codec/postings_few.c - reads lists of few documents, of which those of
 * one block of the dictionary are written together.
 */
#include "native/codec/postings_parts.h"

/* How many documents the first lists have. */
static uint32_t count_of(const lede_terms_entry *entry, uint32_t lists)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < lists; i++)
        sum += entry->few[i];
    return sum;
}

/* Takes documents of this list and of those before it, which are read into
 * `docs` too where that is not NULL. */
static bool take_documents(const lede_postings *list, lede_bytes *in,
                           uint32_t *own, uint32_t *docs)
{
    const lede_terms_entry *entry = &list->entry;
    uint32_t range = list->source->documents;
    lede_bytes bytes;
    lede_points points;

    if (!lede_take_block(in, &bytes))
        return false;
    lede_points_open(&points, bytes);
    for (uint32_t i = 0; i < entry->few_at; i++) {
        if (!docs) {
            lede_points_pass(&points, range, entry->few[i]);
            continue;
        }
        if (!lede_points_take(&points, range, entry->few[i], docs))
            return false;
        docs += entry->few[i];
    }
    return lede_points_take(&points, range, list->documents, own) &&
           (entry->few_at + 1 < entry->few_count || lede_points_done(&points));
}

/* The bytes of all the lists. */
static bool find_bytes(lede_postings *list, lede_bytes *in)
{
    const lede_terms_entry *entry = &list->entry;

    if (entry->few_at < entry->few_count &&
        entry->few_count <= LEDE_TERMS_BLOCK &&
        count_of(entry, entry->few_count) <=
            LEDE_TERMS_BLOCK * LEDE_POSTINGS_FEW &&
        lede_part_of(list->source->postings, entry->postings,
                     entry->postings_len, in))
        return lede_postings_need(list, *in);
    return lede_postings_finish(list, LEDE_ERR_CORRUPT);
}

void lede_few_open(lede_postings *list)
{
    lede_bytes in = { 0 };

    if (!find_bytes(list, &in))
        return;
    if (!take_documents(list, &in, list->docs, NULL)) {
        (void)lede_postings_finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->n = list->documents;
    list->times = in;
}

/* Reads frequencies of all the lists up to the end of this one; *in stands
 * behind those of all of them. */
static bool take_times(const lede_postings *list, lede_bytes *in,
                       uint32_t *times)
{
    const lede_terms_entry *entry = &list->entry;
    uint32_t all = count_of(entry, entry->few_count);
    uint32_t wanted = count_of(entry, entry->few_at + 1);

    for (uint32_t at = 0; at < all; at += LEDE_BLOCK_MAX) {
        uint32_t n = all - at < LEDE_BLOCK_MAX ? all - at : LEDE_BLOCK_MAX;
        uint32_t room[LEDE_BLOCK_MAX];

        if (!lede_block_take(in, n, at < wanted ? times + at : room))
            return false;
    }
    return true;
}

bool lede_few_frequencies(lede_postings *list)
{
    uint32_t times[LEDE_FEW_MAX];
    uint32_t before = count_of(&list->entry, list->entry.few_at);

    if (!take_times(list, &list->times, times))
        return false;
    memcpy(list->frequencies, times + before, list->n * sizeof *times);
    list->spread = list->times;
    return true;
}

bool lede_few_before(lede_postings *list, uint32_t *docs, uint32_t *times,
                     uint32_t *n)
{
    uint32_t own[LEDE_BLOCK_MAX];
    lede_bytes in = { 0 };

    *n = count_of(&list->entry, list->entry.few_at);
    return find_bytes(list, &in) && take_documents(list, &in, own, docs) &&
           take_times(list, &in, times);
}
