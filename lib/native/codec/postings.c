/*
 * native/codec/postings.c - reads the lists that postings_writer.c writes.
 *
 * A long list is read from group to group and, in a group, from block to block.
 * What a head says is checked when the group is opened: blocks rise, hold no
 * more documents than they have room for, and take just the bytes there are.
 * A body is checked against its head when it is read.
 */
#include "native/codec/postings.h"

/* The longest head of a group before its blocks: five varints. */
#define GROUP_PREFIX_MAX 50U

/* Positions lie in ranges of at most 32 bits. */
#define SCALE_MAX 32U

static void finish(lede_postings *list, lede_status status)
{
    list->doc = LEDE_DOC_END;
    list->frequency = 0;
    list->n = list->at = 0;
    list->more = false;
    list->blocks = list->block = 0;
    if (list->status == LEDE_OK)
        list->status = status;
}

static bool need(lede_postings *list, const uint8_t *at, size_t len)
{
    const lede_postings_source *source = list->source;
    lede_status status =
        source->need ? source->need(source->need_ctx, at, len) : LEDE_OK;

    if (status != LEDE_OK)
        finish(list, status);
    return status == LEDE_OK;
}

/* A part of a section; false where it does not lie in it. */
static bool part_of(lede_bytes section, uint64_t offset, uint64_t len,
                    lede_bytes *part)
{
    lede_bytes passed;

    return lede_take(&section, offset, &passed) &&
           lede_take(&section, len, part);
}

/* ---- Lists of few ---- */

/* How many documents the lists of few before this one have, or with it. */
static uint32_t few_before(const lede_terms_entry *entry, uint32_t count)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += entry->few[i];
    return sum;
}

/* Takes documents of this list and of those before it, which are read into
 * `docs` too where that is not NULL. */
static bool take_few_documents(const lede_postings *list, lede_bytes *in,
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

static bool few_bytes(lede_postings *list, lede_bytes *in)
{
    const lede_terms_entry *entry = &list->entry;

    if (entry->few_at < entry->few_count &&
        entry->few_count <= LEDE_TERMS_BLOCK &&
        few_before(entry, entry->few_count) <=
            LEDE_TERMS_BLOCK * LEDE_POSTINGS_FEW &&
        part_of(list->source->postings, entry->postings, entry->postings_len,
                in))
        return need(list, in->at, in->len);
    finish(list, LEDE_ERR_CORRUPT);
    return false;
}

static void open_few(lede_postings *list)
{
    lede_bytes in;

    if (!few_bytes(list, &in))
        return;
    if (!take_few_documents(list, &in, list->docs, NULL)) {
        finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->n = list->documents;
    list->times = in;
}

/* Reads frequencies of all lists of few up to the end of this one; *in stands
 * behind those of all of them. */
static bool take_few_times(const lede_postings *list, lede_bytes *in,
                           uint32_t *times)
{
    const lede_terms_entry *entry = &list->entry;
    uint32_t all = few_before(entry, entry->few_count);
    uint32_t wanted = few_before(entry, entry->few_at + 1);

    for (uint32_t at = 0; at < all; at += LEDE_BLOCK_MAX) {
        uint32_t n = all - at < LEDE_BLOCK_MAX ? all - at : LEDE_BLOCK_MAX;
        uint32_t room[LEDE_BLOCK_MAX];

        if (!lede_block_take(in, n, at < wanted ? times + at : room))
            return false;
    }
    return true;
}

#define FEW_ROOM (LEDE_TERMS_BLOCK * LEDE_POSTINGS_FEW + LEDE_BLOCK_MAX)

static bool read_few_frequencies(lede_postings *list)
{
    uint32_t times[FEW_ROOM];
    uint32_t before = few_before(&list->entry, list->entry.few_at);

    if (!take_few_times(list, &list->times, times))
        return false;
    memcpy(list->frequencies, times + before, list->n * sizeof *times);
    list->spread = list->times;
    return true;
}

/* ---- Short lists ---- */

static void open_short(lede_postings *list)
{
    lede_bytes in;
    uint32_t n = list->documents;

    if (!part_of(list->source->postings, list->entry.postings,
                 list->entry.postings_len, &in)) {
        finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    if (!need(list, in.at, in.len))
        return;
    if (!lede_block_take_rising(&in, n, 0, list->docs) ||
        list->docs[n - 1] >= list->source->documents) {
        finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->n = n;
    list->times = in;
}

/* ---- Long lists ---- */

static void open_long(lede_postings *list)
{
    if (!part_of(list->source->postings, list->entry.postings,
                 list->entry.postings_len, &list->rest)) {
        finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->docs_left = list->documents;
    list->next_positions = list->entry.positions;
    list->more = true;
}

/* What stands before a group's blocks. The last one of a list says nothing:
 * `head` is all the rest. */
typedef struct group {
    uint32_t blocks;
    bool more;
    bool uneven;
    bool scaled;
    uint64_t last;
    uint64_t documents;
    lede_bytes head;
    lede_bytes bodies;
    uint64_t spread;
} group;

static bool take_totals(lede_postings *list, group *g)
{
    uint64_t heads, bodies;

    g->documents = (uint64_t)g->blocks * LEDE_BLOCK_MAX;
    if (!lede_take_varint(&list->rest, &g->last) ||
        g->last >= list->source->documents ||
        (g->uneven && !lede_take_varint(&list->rest, &g->documents)) ||
        g->documents > list->docs_left ||
        !lede_take_varint(&list->rest, &heads) ||
        !lede_take_varint(&list->rest, &bodies) ||
        !lede_take_varint(&list->rest, &g->spread) ||
        !lede_take(&list->rest, heads, &g->head) ||
        !lede_take(&list->rest, bodies, &g->bodies))
        return false;
    g->last += list->next_doc;
    return true;
}

static bool take_group(lede_postings *list, group *g)
{
    uint64_t shape;

    if (!need(list, list->rest.at,
              list->rest.len < GROUP_PREFIX_MAX ? list->rest.len
                                                : GROUP_PREFIX_MAX))
        return false;
    if (!lede_take_varint(&list->rest, &shape) ||
        shape >= 2U * (uint64_t)LEDE_GROUP_SCALED) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    *g = (group){
        .blocks = (uint32_t)shape % LEDE_BLOCK_MAX + 1,
        .more = (shape & LEDE_GROUP_MORE) != 0,
        .uneven = (shape & LEDE_GROUP_UNEVEN) != 0,
        .scaled = (shape & LEDE_GROUP_SCALED) != 0,
        .head = list->rest,
    };
    if (!g->more || take_totals(list, g))
        return true;
    finish(list, LEDE_ERR_CORRUPT);
    return false;
}

/* How many documents a block has that its head does not tell. */
static uint32_t size_of(const lede_postings *list, const group *g, uint32_t b,
                        uint64_t docs)
{
    if (g->uneven)
        return list->sizes[b] + 1;
    if (g->more || b + 1 < g->blocks || list->docs_left - docs > LEDE_BLOCK_MAX)
        return LEDE_BLOCK_MAX;
    return (uint32_t)(list->docs_left - docs);
}

/* Turns the numbers of a head into documents and running sums; false where
 * they cannot be. */
static bool sum_head(lede_postings *list, const group *g, const uint32_t *bytes,
                     const uint32_t *spread)
{
    uint64_t next = list->next_doc, body_end = 0, spread_end = 0, docs = 0;

    for (uint32_t b = 0; b < g->blocks; b++) {
        uint64_t last = next + list->lasts[b];
        uint32_t size = docs < list->docs_left ? size_of(list, g, b, docs) : 0;

        if (last >= list->source->documents || size == 0 ||
            size > LEDE_BLOCK_MAX || size - 1 > last - next ||
            list->scales[b] > SCALE_MAX)
            return false;
        list->lasts[b] = (uint32_t)last;
        list->sizes[b] = size;
        docs += size;
        body_end += bytes[b];
        spread_end += spread[b];
        list->body_ends[b] = body_end;
        list->spread_ends[b] = spread_end;
        next = last + 1;
    }
    if (docs != (g->more ? g->documents : list->docs_left))
        return false;
    list->docs_left -= docs;
    return true;
}

/* Of the group that was summed: what it says of itself must be so. */
static bool totals_agree(const lede_postings *list, const group *g)
{
    uint32_t b = g->blocks - 1;
    uint64_t end = list->entry.positions + list->entry.positions_len;

    if (list->body_ends[b] != g->bodies.len)
        return false;
    if (g->more)
        return list->lasts[b] == g->last && list->spread_ends[b] == g->spread;
    return !list->source->has_positions ||
           list->positions + list->spread_ends[b] == end;
}

static bool take_columns(lede_postings *list, const group *g, lede_bytes *in,
                         uint32_t *bytes, uint32_t *spread)
{
    const lede_postings_source *source = list->source;

    memset(list->scales, 0, sizeof list->scales);
    return lede_block_take(in, g->blocks, list->lasts) &&
           (!g->uneven || lede_block_take(in, g->blocks, list->sizes)) &&
           lede_block_take(in, g->blocks, bytes) &&
           (!source->has_positions || lede_block_take(in, g->blocks, spread)) &&
           (!g->scaled || lede_block_take(in, g->blocks, list->scales)) &&
           (!source->frequencies ||
            (lede_block_take(in, g->blocks, list->most) &&
             lede_block_take(in, g->blocks, list->least)));
}

static bool take_head(lede_postings *list, group *g)
{
    uint32_t bytes[LEDE_BLOCK_MAX], spread[LEDE_BLOCK_MAX] = { 0 };
    lede_bytes in = g->head;

    if (!need(list, in.at, in.len))
        return false;
    if (take_columns(list, g, &in, bytes, spread) &&
        (!g->more || in.len == 0) && sum_head(list, g, bytes, spread)) {
        if (!g->more) {
            g->bodies = in;
            list->rest = lede_bytes_of(NULL, 0);
        }
        if (totals_agree(list, g))
            return true;
    }
    finish(list, LEDE_ERR_CORRUPT);
    return false;
}

/* Opens the first group left that can hold a document not below target; the
 * last one whatever it holds, for only its blocks say where it ends. */
static bool open_group(lede_postings *list, uint32_t target)
{
    group g;

    while (list->more) {
        if (!take_group(list, &g))
            return false;
        list->more = g.more;
        list->positions = list->next_positions;
        list->next_positions += g.spread;
        if (!g.more || g.last >= target) {
            if (!take_head(list, &g))
                return false;
            list->base = list->next_doc;
            list->next_doc = (uint64_t)list->lasts[g.blocks - 1] + 1;
            list->blocks = g.blocks;
            list->block = 0;
            list->bodies = g.bodies;
            return true;
        }
        list->next_doc = g.last + 1;
        list->docs_left -= g.documents;
    }
    return false;
}

/* Passes blocks, and groups, that end below target; false at the end. */
static bool find_block(lede_postings *list, uint32_t target)
{
    for (;;) {
        while (list->block < list->blocks && list->lasts[list->block] < target)
            list->block++;
        if (list->block < list->blocks)
            return true;
        if (!open_group(list, target))
            return false;
    }
}

/* The least document that a block can hold. */
static uint32_t base_of(const lede_postings *list, uint32_t b)
{
    return b ? list->lasts[b - 1] + 1 : (uint32_t)list->base;
}

/* The bytes of a block in both sections. */
static bool block_bytes(const lede_postings *list, uint32_t b, lede_bytes *body,
                        lede_bytes *spread)
{
    uint64_t from = b ? list->body_ends[b - 1] : 0;
    uint64_t spread_from = b ? list->spread_ends[b - 1] : 0;

    *spread = lede_bytes_of(NULL, 0);
    return part_of(list->bodies, from, list->body_ends[b] - from, body) &&
           (!list->source->has_positions ||
            part_of(list->source->positions, list->positions + spread_from,
                    list->spread_ends[b] - spread_from, spread));
}

static bool take_block(lede_postings *list)
{
    uint32_t b = list->block++, n = list->sizes[b];
    lede_bytes in, spread;

    if (!block_bytes(list, b, &in, &spread))
        return false;
    if (!need(list, in.at, in.len))
        return false;
    if (!lede_block_take_rising(&in, n, base_of(list, b), list->docs) ||
        list->docs[n - 1] != list->lasts[b])
        return false;
    list->n = n;
    list->at = 0;
    list->times = in;
    list->spread = spread;
    list->scale = list->scales[b];
    list->hand_most = list->most[b];
    list->hand_least = list->least[b];
    list->has_frequencies = list->has_points = false;
    return true;
}

/* ---- All of them ---- */

void lede_postings_open(lede_postings *list, const lede_postings_source *source,
                        const lede_terms_entry *entry)
{
    list->doc = list->frequency = 0;
    list->documents = entry->documents;
    list->status = LEDE_OK;
    list->n = list->at = 0;
    list->source = source;
    list->entry = *entry;
    list->rest = lede_bytes_of(NULL, 0);
    list->docs_left = list->base = list->next_doc = 0;
    list->next_positions = list->positions = 0;
    list->blocks = list->block = 0;
    list->more = list->has_frequencies = list->has_points = false;
    list->has_lengths = false;
    list->times = list->spread = lede_bytes_of(NULL, 0);
    list->scale = 0;
    if (entry->documents == 0 || entry->documents > source->documents)
        finish(list, LEDE_ERR_CORRUPT);
    else if (entry->documents <= LEDE_POSTINGS_FEW)
        open_few(list);
    else if (entry->documents <= LEDE_POSTINGS_SHORT)
        open_short(list);
    else
        open_long(list);
}

bool lede_postings_block(lede_postings *list, uint32_t target)
{
    if (list->n > 0 && list->docs[list->n - 1] >= target)
        return true;
    if (find_block(list, target)) {
        if (take_block(list))
            return true;
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    finish(list, list->status);
    return false;
}

/* Reads frequency - 1 of the block at hand. What lies behind is a short list's
 * positions, and nothing in a long one. */
static bool read_frequencies(lede_postings *list)
{
    lede_bytes in = list->times;

    if (list->documents <= LEDE_POSTINGS_FEW)
        return read_few_frequencies(list);
    if (!lede_block_take(&in, list->n, list->frequencies))
        return false;
    if (list->documents > LEDE_POSTINGS_SHORT)
        return in.len == 0;
    list->spread = in;
    return true;
}

/* Adds the 1 that is not stored. Each of several positions takes a bit or more:
 * so whoever makes room for them makes no more than the list is long. */
static bool raise_frequencies(lede_postings *list)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < list->n; i++) {
        most = list->frequencies[i] > most ? list->frequencies[i] : most;
        list->frequencies[i]++;
    }
    return most < UINT32_MAX &&
           (!list->source->has_positions || most / 8 <= list->spread.len);
}

bool lede_postings_frequencies(lede_postings *list)
{
    if (list->has_frequencies)
        return true;
    if (!list->source->frequencies) {
        for (uint32_t i = 0; i < list->n; i++)
            list->frequencies[i] = 1;
    } else if (!read_frequencies(list) || !raise_frequencies(list)) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    list->has_frequencies = true;
    return true;
}

static uint32_t first_from(const lede_postings *list, uint32_t target)
{
    uint32_t low = list->at, high = list->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (list->docs[middle] < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t lede_postings_seek(lede_postings *list, uint32_t target)
{
    if (list->doc == LEDE_DOC_END || (list->frequency && target <= list->doc))
        return list->doc;
    if (!lede_postings_block(list, target) || !lede_postings_frequencies(list))
        return LEDE_DOC_END;
    list->at = first_from(list, target);
    list->doc = list->docs[list->at];
    list->frequency = list->frequencies[list->at];
    return list->doc;
}

/* ---- Bounds ---- */

static void set_bound(const lede_postings *list, uint32_t last, uint32_t most,
                      uint32_t least, lede_bound *bound)
{
    bool known = list->source->frequencies;

    bound->last = last;
    bound->count = 1;
    bound->frequencies[0] = known && most < UINT32_MAX ? most + 1 : 1;
    bound->floors[0] = known && least < LEDE_LENGTH_FLOORS ? least : 0;
    bound->lengths[0] = lede_length_least(bound->floors[0]);
}

/* Short lists have no head: the bound is of what they hold. */
static bool bound_short(lede_postings *list, lede_bound *bound)
{
    uint32_t most = 1;

    if (!lede_postings_frequencies(list))
        return false;
    for (uint32_t i = 0; i < list->n; i++)
        most = list->frequencies[i] > most ? list->frequencies[i] : most;
    set_bound(list, list->docs[list->n - 1], most - 1, 0, bound);
    return true;
}

bool lede_postings_bound(lede_postings *list, uint32_t target,
                         lede_bound *bound)
{
    bool at_hand = list->n > 0 && list->docs[list->n - 1] >= target;

    if (at_hand && list->documents <= LEDE_POSTINGS_SHORT)
        return bound_short(list, bound);
    if (at_hand) {
        set_bound(list, list->docs[list->n - 1], list->hand_most,
                  list->hand_least, bound);
        return true;
    }
    if (!find_block(list, target))
        return false;
    set_bound(list, list->lasts[list->block], list->most[list->block],
              list->least[list->block], bound);
    return true;
}

/* Of all blocks of the open group. */
static void bound_group(const lede_postings *list, lede_bound *bound)
{
    uint32_t most = 0, least = UINT32_MAX;

    for (uint32_t b = 0; b < list->blocks; b++) {
        most = list->most[b] > most ? list->most[b] : most;
        least = list->least[b] < least ? list->least[b] : least;
    }
    set_bound(list, list->lasts[list->blocks - 1], most, least, bound);
}

bool lede_postings_wide_bound(lede_postings *list, uint32_t target,
                              lede_bound *bound)
{
    bool at_hand = list->n > 0 && list->docs[list->n - 1] >= target;

    if (list->documents <= LEDE_POSTINGS_SHORT)
        return at_hand && bound_short(list, bound);
    if (!at_hand && !find_block(list, target))
        return false;
    bound_group(list, bound);
    return true;
}

bool lede_postings_most(lede_postings *list, lede_bound *bound)
{
    if (list->status != LEDE_OK)
        return false;
    if (list->documents <= LEDE_POSTINGS_SHORT && list->n > 0)
        return bound_short(list, bound);
    set_bound(list, list->source->documents - 1, UINT32_MAX - 1, 0, bound);
    return true;
}

/* ---- Positions ---- */

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
    if (status != LEDE_OK)
        finish(list, status);
    list->has_lengths = status == LEDE_OK;
    return list->has_lengths;
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
    uint32_t docs[FEW_ROOM], times[FEW_ROOM], own[LEDE_BLOCK_MAX];
    uint32_t before = few_before(&list->entry, list->entry.few_at);
    lede_bytes in;

    if (!few_bytes(list, &in))
        return false;
    if (!take_few_documents(list, &in, own, docs) ||
        !take_few_times(list, &in, times))
        return false;
    for (uint32_t i = 0; i < before; i++) {
        if (times[i] == UINT32_MAX)
            return false;
        lede_points_pass(&list->points, range_in(list, docs[i]), times[i] + 1);
    }
    return true;
}

/* Opens the positions of the block at hand, at its first document. */
static bool open_points(lede_postings *list)
{
    lede_bytes in = list->spread;
    uint8_t scale;

    if (list->documents <= LEDE_POSTINGS_SHORT && list->entry.scaled) {
        if (!lede_take_u8(&in, &scale) || scale > SCALE_MAX)
            return false;
        list->scale = scale;
    }
    lede_points_open(&list->points, in);
    list->point = 0;
    list->has_points = true;
    return list->documents > LEDE_POSTINGS_FEW || list->entry.few_at == 0 ||
           pass_few(list);
}

/* Makes the positions of the present document the next to be read. */
static bool find_points(lede_postings *list)
{
    if (!list->has_points || list->point > list->at) {
        if (!lede_postings_frequencies(list) || !open_lengths(list) ||
            (list->documents > LEDE_POSTINGS_SHORT &&
             !need(list, list->spread.at, list->spread.len)) ||
            !open_points(list))
            return false;
    }
    for (; list->point < list->at; list->point++)
        lede_points_pass(&list->points, range_in(list, list->docs[list->point]),
                         list->frequencies[list->point]);
    return true;
}

/* Whether nothing follows the positions of the block's last document. */
static bool ends_well(lede_postings *list)
{
    if (list->point < list->n ||
        (list->documents <= LEDE_POSTINGS_FEW &&
         list->entry.few_at + 1 < list->entry.few_count))
        return true;
    return lede_points_done(&list->points);
}

bool lede_postings_positions(lede_postings *list, uint32_t *out)
{
    if (!list->source->has_positions || list->frequency == 0)
        return false;
    if (find_points(list) &&
        lede_points_take(&list->points, range_in(list, list->doc),
                         list->frequency, out)) {
        list->point++;
        if (ends_well(list))
            return true;
    }
    finish(list, LEDE_ERR_CORRUPT);
    return false;
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

bool lede_postings_next_raw(lede_postings *list, lede_postings_raw *raw)
{
    uint32_t b;

    if (list->documents <= LEDE_POSTINGS_SHORT || !find_block(list, 0))
        return false;
    b = list->block++;
    *raw = (lede_postings_raw){
        .base = base_of(list, b),
        .last = list->lasts[b],
        .size = list->sizes[b],
        .scale = list->scales[b],
        .most = list->most[b],
        .least = list->least[b],
    };
    if (!block_bytes(list, b, &raw->body, &raw->spread)) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    return need(list, raw->body.at, raw->body.len) &&
           (raw->spread.len == 0 ||
            need(list, raw->spread.at, raw->spread.len));
}
