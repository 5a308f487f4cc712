/*
 * native/codec/postings_groups.c - reads long lists, from group to group and,
 * in a group, from block to block.
 *
 * What a head says is checked when the group is opened: blocks rise, hold no
 * more documents than they have room for, and take just the bytes there are.
 * A body is checked against its head when it is read. Tops and bounds stand
 * behind the bodies, for those who only count do not read them.
 */
#include "native/codec/postings_parts.h"

/* The longest beginning of a group: nine varints, two bytes and two bounds. */
#define PREFIX_MAX 176U

typedef lede_postings_group group;

void lede_groups_open(lede_postings *list)
{
    if (!lede_part_of(list->source->postings, list->entry.postings,
                      list->entry.postings_len, &list->rest)) {
        (void)lede_postings_finish(list, LEDE_ERR_CORRUPT);
        return;
    }
    list->docs_left = list->documents;
    list->positions = list->entry.positions;
    list->has_marks = false;
    list->all.count = 0;
    list->group = (group){ .more = true };
    list->block = 0;
    list->has_tops = list->has_corners = list->in_group = false;
}

/* ---- From group to group ---- */

/* The group behind the one at hand begins where that ends. */
static void pass_group(lede_postings *list)
{
    group *g = &list->group;

    if (g->blocks == 0)
        return;
    if (!g->is_open)
        list->docs_left -= g->documents;
    list->positions += g->spread;
    g->base = g->last + 1;
    g->blocks = 0;
    list->in_group = false;
}

/* Takes what groups with others behind them say of themselves. */
static bool take_totals(lede_postings *list, group *g)
{
    bool bounds = list->source->frequencies;
    uint64_t last, heads, bodies, tail = 0;

    g->documents = (uint64_t)g->blocks * LEDE_BLOCK_MAX;
    if (!lede_take_varint(&list->rest, &last) ||
        last >= list->source->documents - g->base ||
        (g->uneven && !lede_take_varint(&list->rest, &g->documents)) ||
        g->documents >= list->docs_left ||
        !lede_take_varint(&list->rest, &heads) ||
        !lede_take_varint(&list->rest, &bodies) ||
        !lede_take_varint(&list->rest, &g->spread) ||
        (bounds && !lede_take_varint(&list->rest, &tail)) ||
        !lede_take(&list->rest, heads, &g->head) ||
        !lede_take(&list->rest, bodies, &g->bodies) ||
        !lede_take(&list->rest, tail, &g->bounds))
        return false;
    g->last = g->base + last;
    return true;
}

/* Marks of the list, which its first group has, its bounds, which the first of
 * several has, and those of the group. */
static bool take_bounds(lede_postings *list, group *g, bool first)
{
    if (!list->source->frequencies)
        return true;
    if (first && !lede_marks_take(&list->rest, list->marks))
        return false;
    list->has_marks = true;
    if (first && g->more && !lede_bounds_take(&list->rest, 1, &list->all))
        return false;
    if (g->blocks > LEDE_GROUP_PLAIN &&
        !lede_bounds_take(&list->rest, 1, &g->corners))
        return false;
    if (first && !g->more)
        list->all = g->corners;
    return true;
}

/* Makes the next group the one at hand; false, with an end, for damage. */
static bool take_group(lede_postings *list)
{
    group *g = &list->group;
    bool first = list->rest.len == list->entry.postings_len;
    uint64_t shape;
    lede_bytes prefix = list->rest;

    prefix.len = prefix.len < PREFIX_MAX ? prefix.len : PREFIX_MAX;
    if (!lede_postings_need(list, prefix))
        return false;
    if (!lede_take_varint(&list->rest, &shape) ||
        shape >= 2U * (uint64_t)LEDE_GROUP_SCALED)
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    *g = (group){
        .blocks = (uint32_t)shape % LEDE_BLOCK_MAX + 1,
        .more = (shape & LEDE_GROUP_MORE) != 0,
        .uneven = (shape & LEDE_GROUP_UNEVEN) != 0,
        .scaled = (shape & LEDE_GROUP_SCALED) != 0,
        .base = g->base,
        .last = list->source->documents - 1,
    };
    if (!take_bounds(list, g, first) || (g->more && !take_totals(list, g)))
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    if (!g->more)
        g->head = list->rest;
    return true;
}

/* Makes the first group that can hold a document not below target the one at
 * hand. Of the last one only its blocks say where it ends. */
static bool find_group(lede_postings *list, uint32_t target)
{
    group *g = &list->group;

    while (g->blocks == 0 || g->last < target) {
        if (!g->more)
            return false;
        pass_group(list);
        if (!take_group(list))
            return false;
    }
    return true;
}

/* ---- Heads ---- */

/* The columns of a head that are not kept as they are. */
typedef struct columns {
    uint32_t sizes[LEDE_BLOCK_MAX]; /* - 1 */
    uint32_t bytes[LEDE_BLOCK_MAX];
    uint32_t spread[LEDE_BLOCK_MAX];
    uint32_t scales[LEDE_BLOCK_MAX];
} columns;

static bool take_columns(lede_postings *list, lede_bytes *in, columns *c)
{
    const group *g = &list->group;
    bool positions = list->source->has_positions;

    if (!positions)
        memset(c->spread, 0, g->blocks * sizeof *c->spread);
    if (!g->scaled)
        memset(c->scales, 0, g->blocks * sizeof *c->scales);
    return lede_block_take(in, g->blocks, list->lasts) &&
           (!g->uneven || lede_block_take(in, g->blocks, c->sizes)) &&
           lede_block_take(in, g->blocks, c->bytes) &&
           (!positions || lede_block_take(in, g->blocks, c->spread)) &&
           (!g->scaled || lede_block_take(in, g->blocks, c->scales));
}

/* How many documents a block has, `docs` before it in the group: any number
 * where these are more than the list's. */
static uint64_t size_of(const lede_postings *list, const columns *c, uint32_t b,
                        uint64_t docs)
{
    const group *g = &list->group;
    uint64_t left = list->docs_left - docs;

    if (g->uneven)
        return (uint64_t)c->sizes[b] + 1;
    if (g->more || b + 1 < g->blocks || left > LEDE_BLOCK_MAX)
        return LEDE_BLOCK_MAX;
    return left;
}

/* Turns the numbers of a head into documents and running sums; false where
 * they cannot be. */
static bool sum_head(lede_postings *list, const columns *c)
{
    group *g = &list->group;
    uint64_t next = g->base, body_end = 0, spread_end = 0, docs = 0;

    for (uint32_t b = 0; b < g->blocks; b++) {
        uint64_t last = next + list->lasts[b];
        uint64_t size = size_of(list, c, b, docs);

        if (last >= list->source->documents || size == 0 ||
            size > LEDE_BLOCK_MAX || c->scales[b] > LEDE_SCALE_MAX)
            return false;
        list->lasts[b] = (uint32_t)last;
        list->sizes[b] = (uint8_t)size;
        list->scales[b] = (uint8_t)c->scales[b];
        docs += size;
        list->body_ends[b] = body_end += c->bytes[b];
        list->spread_ends[b] = spread_end += c->spread[b];
        next = last + 1;
    }
    if (docs != (g->more ? g->documents : list->docs_left))
        return false;
    list->docs_left -= docs;
    return true;
}

/* Of the group that was summed: what it says of itself must be so. The last one
 * says nothing: `in` is all of it behind its head. */
static bool totals_agree(lede_postings *list, lede_bytes in)
{
    group *g = &list->group;
    uint32_t b = g->blocks - 1;
    uint64_t end = list->entry.positions + list->entry.positions_len;

    if (g->more)
        return in.len == 0 && list->body_ends[b] == g->bodies.len &&
               list->lasts[b] == g->last && list->spread_ends[b] == g->spread;
    list->rest = lede_bytes_of(NULL, 0);
    g->last = list->lasts[b];
    g->bounds = in;
    return lede_take(&g->bounds, list->body_ends[b], &g->bodies) &&
           (list->source->frequencies || g->bounds.len == 0) &&
           (!list->source->has_positions ||
            list->positions + list->spread_ends[b] == end);
}

/* Parts the tops from the bounds of the group that was summed. */
static bool take_tops(lede_postings *list)
{
    group *g = &list->group;

    return !list->source->frequencies ||
           lede_take(&g->bounds, g->blocks, &g->tops);
}

/* Opens the group at hand. */
static bool open_group(lede_postings *list)
{
    lede_bytes in = list->group.head;
    columns c;

    if (!lede_postings_need(list, in))
        return false;
    if (!take_columns(list, &in, &c) || !sum_head(list, &c) ||
        !totals_agree(list, in) || !take_tops(list))
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    list->group.is_open = true;
    list->has_tops = list->has_corners = false;
    list->block = 0;
    return true;
}

/* ---- Blocks ---- */

bool lede_groups_find(lede_postings *list, uint32_t target)
{
    const group *g = &list->group;

    for (;;) {
        if (!find_group(list, target) || (!g->is_open && !open_group(list)))
            return false;
        while (list->block < g->blocks && list->lasts[list->block] < target)
            list->block++;
        if (list->block < g->blocks)
            return true;
        if (!g->more)
            return false;
        pass_group(list);
    }
}

/* The least document that a block can hold. */
static uint32_t base_of(const lede_postings *list, uint32_t b)
{
    return b ? list->lasts[b - 1] + 1 : (uint32_t)list->group.base;
}

/* The bytes of a block in both sections. */
static bool block_bytes(const lede_postings *list, uint32_t b, lede_bytes *body,
                        lede_bytes *spread)
{
    uint64_t from = b ? list->body_ends[b - 1] : 0;
    uint64_t spread_from = b ? list->spread_ends[b - 1] : 0;

    *spread = lede_bytes_of(NULL, 0);
    return lede_part_of(list->group.bodies, from, list->body_ends[b] - from,
                        body) &&
           (!list->source->has_positions ||
            lede_part_of(list->source->positions, list->positions + spread_from,
                         list->spread_ends[b] - spread_from, spread));
}

bool lede_groups_take(lede_postings *list)
{
    uint32_t b = list->block++, n = list->sizes[b];
    lede_bytes in, spread;

    if (!block_bytes(list, b, &in, &spread))
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    if (!lede_postings_need(list, in))
        return false;
    if (!lede_block_take_rising(&in, n, base_of(list, b), list->docs) ||
        list->docs[n - 1] != list->lasts[b])
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    list->n = n;
    list->at = 0;
    list->hand = b;
    list->in_group = true;
    list->times = in;
    list->spread = spread;
    list->scale = list->scales[b];
    list->has_frequencies = list->has_points = false;
    return true;
}

/* ---- Bounds ---- */

/* Reads the bounds of the open group's blocks. */
static bool load_corners(lede_postings *list)
{
    group *g = &list->group;
    lede_bytes in = g->bounds;

    if (list->has_corners || !list->source->frequencies)
        return true;
    if (!lede_postings_need(list, g->tops) || !lede_postings_need(list, in))
        return false;
    if (!lede_bounds_take(&in, g->blocks, list->corners) || in.len > 0)
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    list->has_corners = true;
    return true;
}

/* Where frequencies are not kept, they are 1. */
static const lede_corners once = { 1, { 1 }, { 0 } };

/* Fills in a bound. */
static bool set_bound(const lede_postings *list, const lede_corners *corners,
                      uint64_t last, lede_bound *bound)
{
    lede_bound_set(bound, list->source->frequencies ? corners : &once,
                   (uint32_t)last);
    return true;
}

/* Finds the block that holds the first document not below target, which may be
 * the one at hand; false at the end. */
static bool find_block(lede_postings *list, uint32_t target, uint32_t *b)
{
    if (list->in_group && list->lasts[list->hand] >= target) {
        *b = list->hand;
        return true;
    }
    if (!lede_groups_find(list, target))
        return false;
    *b = list->block;
    return true;
}

/* Sees to it that the open group's tops may be read. */
static bool load_tops(lede_postings *list)
{
    list->has_tops = list->has_tops || list->group.tops.len == 0 ||
                     lede_postings_need(list, list->group.tops);
    return list->has_tops;
}

bool lede_postings_top(lede_postings *list, uint32_t target, uint32_t *last,
                       uint8_t *top)
{
    uint32_t b;

    if (list->status != LEDE_OK || !find_block(list, target, &b) ||
        !load_tops(list))
        return false;
    *last = list->lasts[b];
    *top = list->group.tops.at[b];
    return true;
}

bool lede_groups_bound(lede_postings *list, uint32_t target, lede_bound *bound)
{
    uint32_t b;

    return find_block(list, target, &b) && load_corners(list) &&
           set_bound(list, &list->corners[b], list->lasts[b], bound);
}

/* Finds the corners of the group at hand, if it does not tell them. */
static bool find_corners(lede_postings *list)
{
    group *g = &list->group;
    lede_hull hull = { 0 };

    if (g->corners.count > 0 || !list->source->frequencies)
        return true;
    if ((!g->is_open && !open_group(list)) || !load_corners(list))
        return false;
    for (uint32_t b = 0; b < g->blocks; b++)
        lede_hull_add_corners(&hull, &list->corners[b]);
    lede_hull_end(&hull, &g->corners);
    return true;
}

bool lede_groups_wide_bound(lede_postings *list, uint32_t target,
                            lede_bound *bound)
{
    const group *g = &list->group;

    return find_group(list, target) && find_corners(list) &&
           set_bound(list, &g->corners, g->last, bound);
}

/* Only a list of one group that does not tell has to be looked at: it stays the
 * one at hand. */
bool lede_groups_most(lede_postings *list, lede_bound *bound)
{
    const group *g = &list->group;

    if (g->blocks == 0 && g->more && !find_group(list, 0))
        return false;
    if (list->source->frequencies && list->all.count == 0) {
        if (!find_corners(list))
            return false;
        list->all = g->corners;
    }
    return set_bound(list, &list->all, list->source->documents - 1, bound);
}

bool lede_postings_mark(lede_postings *list, uint32_t documents,
                        lede_mark *mark)
{
    if (!lede_postings_is_long(list) || !list->source->frequencies ||
        (list->group.blocks == 0 && list->group.more && !find_group(list, 0)))
        return false;
    for (uint32_t i = 0; i < LEDE_MARKS && list->has_marks; i++)
        if (list->marks[i].documents >= documents) {
            *mark = list->marks[i];
            return true;
        }
    return false;
}

/* ---- Blocks in any order ---- */

uint32_t lede_postings_open_group(lede_postings *list, uint32_t target)
{
    return lede_groups_find(list, target) && load_corners(list)
               ? list->group.blocks
               : 0;
}

uint32_t lede_postings_open_heads(lede_postings *list, uint32_t target)
{
    return lede_groups_find(list, target) && load_tops(list)
               ? list->group.blocks
               : 0;
}

const lede_corners *lede_postings_corners(const lede_postings *list,
                                          uint32_t block)
{
    return list->source->frequencies ? &list->corners[block] : &once;
}

bool lede_postings_pick(lede_postings *list, uint32_t block)
{
    list->block = block;
    return lede_groups_take(list);
}

/* ---- Copies ---- */

bool lede_postings_next_raw(lede_postings *list, lede_postings_raw *raw)
{
    uint32_t b;

    if (!lede_postings_is_long(list) ||
        lede_postings_open_heads(list, 0) == 0 || !load_corners(list))
        return false;
    b = list->block++;
    *raw = (lede_postings_raw){
        .base = base_of(list, b),
        .last = list->lasts[b],
        .size = list->sizes[b],
        .scale = list->scales[b],
        .top = list->group.tops.len > 0 ? list->group.tops.at[b] : 0,
        .corners = list->corners[b],
    };
    if (!block_bytes(list, b, &raw->body, &raw->spread))
        return lede_postings_finish(list, LEDE_ERR_CORRUPT);
    return lede_postings_need(list, raw->body) &&
           (raw->spread.len == 0 || lede_postings_need(list, raw->spread));
}
