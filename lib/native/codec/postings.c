/*
 * native/codec/postings.c - reads the lists that postings_writer.c writes.
 *
 * A long list is read from group to group and, in a group, from block to block.
 * What a head says is checked when the group is opened: blocks rise, hold no
 * more documents than they have room for, and take just the bytes there are.
 * A body is checked against its head when it is read.
 */
#include "native/codec/postings.h"

/* The longest head of a group before its blocks: one byte, four varints. */
#define GROUP_PREFIX_MAX 41U

static void finish(lede_postings *list, lede_status status)
{
    list->doc = LEDE_DOC_END;
    list->frequency = 0;
    list->n = list->at = 0;
    list->groups_left = 0;
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

/* ---- One document ---- */

static void open_single(lede_postings *list)
{
    if (list->entry.document >= list->source->documents ||
        list->entry.frequency == 0) {
        finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->n = 1;
    list->docs[0] = list->entry.document;
    list->frequencies[0] = list->entry.frequency;
    list->has_frequencies = true;
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
    if (!need(list, list->rest.at, list->rest.len < 10 ? list->rest.len : 10))
        return;
    list->docs_left = list->documents;
    list->next_positions = list->entry.positions;
    if (!lede_take_varint(&list->rest, &list->groups_left))
        finish(list, LEDE_ERR_CORRUPT);
}

/* Reads what stands before a group's blocks. */
typedef struct group {
    uint8_t blocks;
    uint64_t last;
    lede_bytes head;
    lede_bytes bodies;
    uint64_t spread;
} group;

static bool take_group(lede_postings *list, group *g)
{
    uint64_t heads, bodies;

    if (!need(list, list->rest.at,
              list->rest.len < GROUP_PREFIX_MAX ? list->rest.len
                                                : GROUP_PREFIX_MAX))
        return false;
    if (!lede_take_u8(&list->rest, &g->blocks) || g->blocks == 0 ||
        g->blocks > LEDE_BLOCK_MAX ||
        !lede_take_varint(&list->rest, &g->last) ||
        g->last >= list->source->documents ||
        !lede_take_varint(&list->rest, &heads) ||
        !lede_take_varint(&list->rest, &bodies) ||
        !lede_take_varint(&list->rest, &g->spread) ||
        !lede_take(&list->rest, heads, &g->head) ||
        !lede_take(&list->rest, bodies, &g->bodies)) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    g->last += list->next_doc;
    return true;
}

/* Turns the numbers of a head into documents and running sums; false where
 * they cannot be. */
static bool sum_head(lede_postings *list, const group *g, const uint32_t *bytes,
                     const uint32_t *spread)
{
    uint64_t next = list->next_doc, body_end = 0, spread_end = 0, docs = 0;

    for (uint32_t b = 0; b < g->blocks; b++) {
        uint64_t first = next + list->firsts[b];
        uint64_t last = first + list->lasts[b];

        if (last >= list->source->documents || list->sizes[b] > last - first ||
            list->sizes[b] >= LEDE_BLOCK_MAX)
            return false;
        list->firsts[b] = (uint32_t)first;
        list->lasts[b] = (uint32_t)last;
        list->sizes[b]++;
        docs += list->sizes[b];
        body_end += bytes[b];
        spread_end += spread[b];
        list->body_ends[b] = body_end;
        list->spread_ends[b] = spread_end;
        next = last + 1;
    }
    if (next - 1 != g->last || body_end != g->bodies.len ||
        spread_end != g->spread || docs > list->docs_left)
        return false;
    list->docs_left -= docs;
    return true;
}

static bool take_head(lede_postings *list, const group *g)
{
    uint32_t bytes[LEDE_BLOCK_MAX], spread[LEDE_BLOCK_MAX] = { 0 };
    lede_bytes in = g->head;

    if (!need(list, in.at, in.len))
        return false;
    if (!lede_block_take(&in, g->blocks, list->firsts) ||
        !lede_block_take(&in, g->blocks, list->lasts) ||
        !lede_block_take(&in, g->blocks, list->sizes) ||
        !lede_block_take(&in, g->blocks, bytes) ||
        (list->source->has_positions &&
         !lede_block_take(&in, g->blocks, spread)) ||
        (list->source->frequencies &&
         (!lede_block_take(&in, g->blocks, list->most) ||
          !lede_block_take(&in, g->blocks, list->least))) ||
        in.len != 0 || !sum_head(list, g, bytes, spread)) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    return true;
}

/* Opens the first group left that can hold a document not below target. */
static bool open_group(lede_postings *list, uint32_t target)
{
    group g;

    while (list->groups_left > 0) {
        if (!take_group(list, &g))
            return false;
        list->groups_left--;
        list->positions = list->next_positions;
        list->next_positions += g.spread;
        if (g.last >= target || list->groups_left == 0) {
            if (!take_head(list, &g))
                return false;
            list->next_doc = g.last + 1;
            list->blocks = g.blocks;
            list->block = 0;
            list->bodies = g.bodies;
            return true;
        }
        list->next_doc = g.last + 1;
    }
    if (list->status == LEDE_OK && list->rest.len != 0)
        list->status = LEDE_ERR_CORRUPT;
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

static bool take_block(lede_postings *list)
{
    uint32_t b = list->block++;
    uint64_t body = b ? list->body_ends[b - 1] : 0;
    uint64_t spread = b ? list->spread_ends[b - 1] : 0;
    lede_bytes in, gaps = { 0 };
    uint32_t n = list->sizes[b];

    if (!part_of(list->bodies, body, list->body_ends[b] - body, &in) ||
        (list->source->has_positions &&
         !part_of(list->source->positions, list->positions + spread,
                  list->spread_ends[b] - spread, &gaps)))
        return false;
    if (!need(list, in.at, in.len))
        return false;
    if (!lede_block_take_rising(&in, n, list->firsts[b], list->docs) ||
        list->docs[0] != list->firsts[b] || list->docs[n - 1] != list->lasts[b])
        return false;
    list->n = n;
    list->at = 0;
    list->times = in;
    list->gaps = gaps;
    list->hand_most = list->most[b];
    list->hand_least = list->least[b];
    list->has_frequencies = list->has_run = false;
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
    list->groups_left = list->docs_left = list->next_doc = 0;
    list->next_positions = list->positions = 0;
    list->blocks = list->block = 0;
    list->has_frequencies = list->has_run = false;
    list->times = list->gaps = lede_bytes_of(NULL, 0);
    if (entry->documents == 0 || entry->documents > source->documents)
        finish(list, LEDE_ERR_CORRUPT);
    else if (entry->documents == 1)
        open_single(list);
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

/* Takes frequencies, stored less 1; *most is the greatest as it is stored. */
static bool take_frequencies(lede_postings *list, lede_bytes *in,
                             uint32_t *most)
{
    if (!lede_block_take(in, list->n, list->frequencies))
        return false;
    for (uint32_t i = 0; i < list->n; i++) {
        *most = list->frequencies[i] > *most ? list->frequencies[i] : *most;
        list->frequencies[i]++;
    }
    return *most < UINT32_MAX;
}

/* A short list's gaps lie behind its frequencies. Each takes a bit or more: so
 * whoever makes room for positions makes no more than the list is long. */
bool lede_postings_frequencies(lede_postings *list)
{
    bool is_short = list->documents <= LEDE_POSTINGS_SHORT;
    lede_bytes in = list->times;
    uint32_t most = 0;

    if (list->has_frequencies)
        return true;
    if (!list->source->frequencies) {
        for (uint32_t i = 0; i < list->n; i++)
            list->frequencies[i] = 1;
    } else if (!take_frequencies(list, &in, &most)) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    if (is_short)
        list->gaps = in;
    if ((!is_short && in.len != 0) ||
        (list->source->has_positions && most / 8 > list->gaps.len)) {
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

/* A head's bounds, as numbers. */
static void set_bounds(const lede_postings *list, uint32_t most, uint32_t least,
                       uint32_t *frequency, uint64_t *length)
{
    bool known = list->source->frequencies;

    *frequency = known && most < UINT32_MAX ? most + 1 : 1;
    *length = known ? lede_length_least(least) : 0;
}

/* Short lists have no head: the bounds are of what they hold. */
static bool bound_short(lede_postings *list, uint32_t *frequency,
                        uint64_t *length)
{
    uint32_t most = 1;

    if (!lede_postings_frequencies(list))
        return false;
    for (uint32_t i = 0; i < list->n; i++)
        most = list->frequencies[i] > most ? list->frequencies[i] : most;
    *frequency = most;
    *length = 0;
    return true;
}

uint32_t lede_postings_bound(lede_postings *list, uint32_t target,
                             uint32_t *frequency, uint64_t *length)
{
    bool at_hand = list->n > 0 && list->docs[list->n - 1] >= target;

    if (at_hand && list->documents <= LEDE_POSTINGS_SHORT)
        return bound_short(list, frequency, length) ? list->docs[list->n - 1]
                                                    : LEDE_DOC_END;
    if (at_hand) {
        set_bounds(list, list->hand_most, list->hand_least, frequency, length);
        return list->docs[list->n - 1];
    }
    if (!find_block(list, target))
        return LEDE_DOC_END;
    set_bounds(list, list->most[list->block], list->least[list->block],
               frequency, length);
    return list->lasts[list->block];
}

/* ---- Positions ---- */

/* Opens the run of the block at hand. Its count is the sum of the
 * frequencies: if it has another, the list is damaged. */
static bool open_run(lede_postings *list)
{
    uint64_t count = 0;
    lede_bytes in;

    if (list->has_run)
        return true;
    if (!lede_postings_frequencies(list))
        return false;
    for (uint32_t i = 0; i < list->n; i++)
        count += list->frequencies[i];
    in = list->gaps;
    if (list->documents > LEDE_POSTINGS_SHORT && !need(list, in.at, in.len))
        return false;
    if (!lede_run_take(&list->run, &in, count) || in.len != 0) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    list->has_run = true;
    list->run_at = 0;
    list->run_gaps = 0;
    return true;
}

static bool add_up(uint32_t *positions, uint32_t count)
{
    uint64_t next = 0;

    for (uint32_t i = 0; i < count; i++) {
        next += positions[i];
        if (next >= UINT32_MAX)
            return false;
        positions[i] = (uint32_t)next++;
    }
    return true;
}

bool lede_postings_positions(lede_postings *list, uint32_t *out)
{
    if (!list->source->has_positions || list->frequency == 0)
        return false;
    if (list->documents == 1) {
        memcpy(out, list->entry.at, list->frequency * sizeof *out);
        return true;
    }
    if (!open_run(list))
        return false;
    if (list->run_at > list->at) {
        list->run_at = 0;
        list->run_gaps = 0;
    }
    for (; list->run_at < list->at; list->run_at++)
        list->run_gaps += list->frequencies[list->run_at];
    lede_run_read(&list->run, list->run_gaps, list->frequency, out);
    if (add_up(out, list->frequency))
        return true;
    finish(list, LEDE_ERR_CORRUPT);
    return false;
}

bool lede_postings_next_raw(lede_postings *list, lede_postings_raw *raw)
{
    uint32_t b;
    uint64_t body, spread;

    if (list->documents <= LEDE_POSTINGS_SHORT || !find_block(list, 0))
        return false;
    b = list->block++;
    body = b ? list->body_ends[b - 1] : 0;
    spread = b ? list->spread_ends[b - 1] : 0;
    *raw = (lede_postings_raw){
        list->firsts[b], list->lasts[b], list->sizes[b], list->most[b],
        list->least[b],  { 0 },          { 0 }
    };
    if (!part_of(list->bodies, body, list->body_ends[b] - body, &raw->body) ||
        (list->source->has_positions &&
         !part_of(list->source->positions, list->positions + spread,
                  list->spread_ends[b] - spread, &raw->spread))) {
        finish(list, LEDE_ERR_CORRUPT);
        return false;
    }
    return need(list, raw->body.at, raw->body.len) &&
           (raw->spread.len == 0 ||
            need(list, raw->spread.at, raw->spread.len));
}
