/*
 * article/mark.c - the terms of a plan by field, the tokens of a text looked up
 * among them, and which tokens take part in a match of a phrase.
 *
 * A word of a phrase takes part in the match [begin, end) if some choice of one
 * interval for each node, in order, holds it, begins at `begin`, ends at `end`
 * and leaves out at most `slop` positions. Positions left out add up from gap
 * to gap, so the fewest on the left of an interval and the fewest on its right
 * say whether there is such a choice.
 */
#include "article/mark.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/map.h"
#include "engine/span.h"
#include "lede/schema.h"
#include "text/tokenizer.h"

#define NO_USE UINT32_MAX
#define FAR    UINT32_MAX

/* Of a leaf that scores nothing: less than any that scores. */
#define WORTH_OF_FILTER 1e-6

typedef struct leaf {
    const lede_plan *plan;
    double worth;
} leaf;

/* A WORD leaf that a term marks. */
typedef struct use {
    uint32_t leaf;
    uint32_t next;
} use;

typedef struct place {
    uint32_t value;
    uint32_t begin;
    uint32_t end;
} place;

/* A term of one field. Its occurrences, kept only if it is in a span, are of
 * the text with number `text`. */
typedef struct term {
    uint32_t first_use;
    bool in_span;
    uint64_t text;
    uint32_t *positions;
    place *places;
    size_t count;
    size_t position_capacity;
    size_t place_capacity;
} term;

struct lede_marker {
    lede_arena *arena;
    lede_budget *budget;
    lede_tokenizer *tokenizer;
    leaf *leaves;
    size_t leaf_count, leaf_capacity;
    term *terms;
    size_t term_count, term_capacity;
    use *uses;
    size_t use_count, use_capacity;
    lede_map *maps; /* by field, from term to its number */
    uint32_t fields;
    uint64_t text; /* the one being read */
};

/* What is found in one text. */
typedef struct finding {
    lede_marker *marker;
    uint32_t field;
    lede_arena *scratch;
    lede_mark *marks;
    size_t count, capacity;
} finding;

/* The slot's term, made if there was none; NULL when memory ran out. */
static term *put_term(lede_marker *marker, const lede_plan_term *of)
{
    uint64_t hash = (uint32_t)XXH3_64bits(of->term.at, of->term.len);
    lede_map_slot *slot;

    slot = lede_map_put(&marker->maps[of->field], of->term, hash);
    if (!slot ||
        !lede_arena_grow(marker->arena, &marker->terms, &marker->term_capacity,
                         marker->term_count + 1, sizeof(term)))
        return NULL;
    if (slot->value == LEDE_MAP_NEW) {
        slot->value = marker->term_count;
        marker->terms[marker->term_count++] = (term){
            .first_use = NO_USE,
        };
    }
    return &marker->terms[slot->value];
}

static bool add_use(lede_marker *marker, term *of, uint32_t leaf_at)
{
    if (!lede_arena_grow(marker->arena, &marker->uses, &marker->use_capacity,
                         marker->use_count + 1, sizeof(use)))
        return false;
    marker->uses[marker->use_count] = (use){ leaf_at, of->first_use };
    of->first_use = (uint32_t)marker->use_count++;
    return true;
}

/* Adds the terms of a leaf, or of a node inside one. Plans are as deep as
 * queries may be, which is what bounds this. */
static bool add_terms(lede_marker *marker, const lede_plan *node, bool inside)
{
    for (uint32_t i = 0; i < node->count; i++)
        if (!add_terms(marker, node->nodes[i], true))
            return false;
    for (uint32_t i = 0; i < node->term_count; i++) {
        term *of;

        if (node->terms[i].field >= marker->fields)
            continue;
        of = put_term(marker, &node->terms[i]);
        if (!of)
            return false;
        if (inside)
            of->in_span = true;
        else if (!add_use(marker, of, (uint32_t)marker->leaf_count - 1))
            return false;
    }
    return true;
}

static bool add_leaf(lede_marker *marker, const lede_plan *plan)
{
    double weight = plan->score.weight;

    if (!lede_arena_grow(marker->arena, &marker->leaves, &marker->leaf_capacity,
                         marker->leaf_count + 1, sizeof(leaf)))
        return false;
    marker->leaves[marker->leaf_count++] =
        (leaf){ plan, weight > WORTH_OF_FILTER ? weight : WORTH_OF_FILTER };
    return add_terms(marker, plan, false);
}

static bool add_leaves(lede_marker *marker, const lede_plan *plan)
{
    if (plan->kind == LEDE_PLAN_NOT || plan->quiet)
        return true;
    if (lede_plan_is_span(plan))
        return add_leaf(marker, plan);
    for (uint32_t i = 0; i < plan->count; i++)
        if (!add_leaves(marker, plan->nodes[i]))
            return false;
    return true;
}

lede_status lede_marker_new(lede_marker **out, const lede_plan *plan,
                            uint32_t fields, uint32_t words,
                            lede_budget *budget, lede_arena *arena)
{
    const lede_allocator *allocator = lede_arena_allocator(arena);
    lede_marker *marker = lede_arena_zero(arena, sizeof *marker);
    lede_status status;

    if (!marker)
        return lede_arena_status(arena);
    marker->arena = arena;
    marker->budget = budget;
    marker->maps = lede_arena_array(arena, fields, sizeof *marker->maps);
    if (!marker->maps)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < fields; i++)
        lede_map_init(&marker->maps[i], allocator);
    marker->fields = fields;
    status = lede_tokenizer_new(&marker->tokenizer, words, allocator);
    if (status == LEDE_OK && !add_leaves(marker, plan))
        status = lede_arena_status(arena) != LEDE_OK ? lede_arena_status(arena)
                                                     : LEDE_ERR_NOMEM;
    if (status != LEDE_OK) {
        lede_marker_free(marker);
        return status;
    }
    *out = marker;
    return LEDE_OK;
}

void lede_marker_free(lede_marker *marker)
{
    if (!marker)
        return;
    for (uint32_t i = 0; i < marker->fields; i++)
        lede_map_fini(&marker->maps[i]);
    lede_tokenizer_free(marker->tokenizer);
}

uint32_t lede_marker_leaves(const lede_marker *marker)
{
    return (uint32_t)marker->leaf_count;
}

double lede_marker_worth(const lede_marker *marker, uint32_t leaf_at)
{
    return marker->leaves[leaf_at].worth;
}

bool lede_marker_looks_in(const lede_marker *marker, uint32_t field)
{
    return field < marker->fields && marker->maps[field].count > 0;
}

static bool add_mark(finding *f, const place *at, uint32_t leaf_at)
{
    if (!lede_arena_grow(f->scratch, &f->marks, &f->capacity, f->count + 1,
                         sizeof *f->marks))
        return false;
    f->marks[f->count++] =
        (lede_mark){ at->value, at->begin, at->end, leaf_at };
    return true;
}

static bool add_occurrence(finding *f, term *of, uint32_t position,
                           const place *at)
{
    if (of->text != f->marker->text) {
        of->text = f->marker->text;
        of->count = of->position_capacity = of->place_capacity = 0;
    }
    if (!lede_arena_grow(f->scratch, &of->positions, &of->position_capacity,
                         of->count + 1, sizeof *of->positions) ||
        !lede_arena_grow(f->scratch, &of->places, &of->place_capacity,
                         of->count + 1, sizeof *of->places))
        return false;
    of->positions[of->count] = position;
    of->places[of->count++] = *at;
    return true;
}

static bool take_token(finding *f, term *of, uint32_t position, const place *at)
{
    const lede_marker *marker = f->marker;

    for (uint32_t i = of->first_use; i != NO_USE; i = marker->uses[i].next)
        if (!add_mark(f, at, marker->uses[i].leaf))
            return false;
    return !of->in_span || add_occurrence(f, of, position, at);
}

static bool take_batch(finding *f, const lede_token_batch *batch,
                       uint32_t value)
{
    const lede_map *map = &f->marker->maps[f->field];

    for (uint32_t i = 0; i < batch->count; i++) {
        lede_bytes text = lede_bytes_of(batch->term[i], batch->len[i]);
        const lede_map_slot *slot = lede_map_find(map, text, batch->hash[i]);

        if (slot &&
            !take_token(f, &f->marker->terms[slot->value], batch->position[i],
                        &(place){ value, batch->begin[i], batch->end[i] }))
            return false;
    }
    return true;
}

static lede_status read_values(finding *f, const lede_bytes *values,
                               uint32_t count)
{
    lede_tokenizer *tokenizer = f->marker->tokenizer;
    uint32_t position = 0;
    lede_token_batch batch;

    for (uint32_t i = 0; i < count; i++) {
        size_t len =
            values[i].len < UINT32_MAX ? values[i].len : UINT32_MAX - 1;

        lede_tokenizer_start(tokenizer, (const char *)values[i].at, len,
                             position, 0);
        while (lede_tokenizer_next(tokenizer, &batch)) {
            lede_status status =
                lede_budget_spend(f->marker->budget, batch.count);

            if (status != LEDE_OK)
                return status;
            if (!take_batch(f, &batch, i))
                return lede_arena_status(f->scratch);
        }
        if (tokenizer->status != LEDE_OK)
            return tokenizer->status;
        position = tokenizer->position + LEDE_POSITION_GAP;
    }
    return LEDE_OK;
}

/* A node of a span and where it matches the text. */
typedef struct matched matched;
struct matched {
    const lede_plan *plan;
    lede_intervals intervals;
    matched *nodes;
    uint32_t *left;  /* of each interval: fewest positions left out before it */
    uint32_t *right; /* and after it; FAR: it cannot be reached */
};

/* A word that takes part in a match. */
typedef struct part {
    place at;
    uint32_t position;
    uint32_t last; /* the position behind it */
} part;

typedef struct parts {
    part *at;
    size_t count, capacity;
} parts;

static term *find_term(const finding *f, const lede_plan_term *of)
{
    uint64_t hash = (uint32_t)XXH3_64bits(of->term.at, of->term.len);
    const lede_map_slot *slot;

    if (of->field != f->field)
        return NULL;
    slot = lede_map_find(&f->marker->maps[f->field], of->term, hash);
    if (!slot || f->marker->terms[slot->value].text != f->marker->text)
        return NULL;
    return &f->marker->terms[slot->value];
}

static uint32_t find_positions(void *ctx, const lede_plan_term *of,
                               const uint32_t **positions)
{
    const term *found = find_term(ctx, of);

    *positions = found ? found->positions : NULL;
    return found ? (uint32_t)found->count : 0;
}

static lede_status match(matched *m, const lede_plan *plan, finding *f)
{
    lede_occurrences occurrences = { find_positions, f, f->field };
    lede_status status;
    uint32_t count;

    m->plan = plan;
    status = lede_span_match(&m->intervals, plan, &occurrences,
                             f->marker->budget, f->scratch);
    if (status != LEDE_OK)
        return status;
    count = m->intervals.count;
    m->left = lede_arena_array(f->scratch, count, sizeof *m->left);
    m->right = lede_arena_array(f->scratch, count, sizeof *m->right);
    m->nodes = lede_arena_array(f->scratch, plan->count, sizeof *m->nodes);
    if (!m->left || !m->right || !m->nodes)
        return lede_arena_status(f->scratch);
    for (uint32_t i = 0; count > 0 && i < plan->count; i++) {
        status = match(&m->nodes[i], plan->nodes[i], f);
        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

/* The first interval that begins at or behind a position. */
static uint32_t first_from(const lede_intervals *intervals, uint32_t position)
{
    uint32_t low = 0, high = intervals->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (intervals->at[middle].begin < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool lies_in(lede_interval inner, lede_interval outer)
{
    return inner.begin >= outer.begin && inner.end <= outer.end;
}

/* The fewest positions left out between an interval and the nearest of its
 * neighbours, those left out beyond them included. */
static uint32_t fewest(const matched *to, const uint32_t *costs,
                       lede_interval from, lede_interval within, bool before)
{
    uint32_t best = FAR;

    for (uint32_t i = first_from(&to->intervals, within.begin);
         i < to->intervals.count && to->intervals.at[i].begin < within.end;
         i++) {
        lede_interval other = to->intervals.at[i];
        uint32_t gap;

        if (costs[i] == FAR || !lies_in(other, within) ||
            (before ? other.end > from.begin : other.begin < from.end))
            continue;
        gap = before ? from.begin - other.end : other.begin - from.end;
        if (gap + costs[i] < best)
            best = gap + costs[i];
    }
    return best;
}

/* Fills in what is left of (or right of) every interval of a node that lies in
 * the match. `to` is the node on that side, NULL for the outermost. */
static void weigh_node(matched *m, const matched *to, lede_interval within,
                       bool left)
{
    uint32_t *costs = left ? m->left : m->right;

    for (uint32_t i = first_from(&m->intervals, within.begin);
         i < m->intervals.count && m->intervals.at[i].begin < within.end; i++) {
        lede_interval at = m->intervals.at[i];
        bool edge = left ? at.begin == within.begin : at.end == within.end;

        if (to)
            costs[i] =
                fewest(to, left ? to->left : to->right, at, within, left);
        else
            costs[i] = edge ? 0 : FAR;
    }
}

static void weigh(matched *phrase, lede_interval within)
{
    uint32_t count = phrase->plan->count;

    for (uint32_t n = 0; n < count; n++)
        weigh_node(&phrase->nodes[n], n ? &phrase->nodes[n - 1] : NULL, within,
                   true);
    for (uint32_t n = count; n-- > 0;)
        weigh_node(&phrase->nodes[n],
                   n + 1 < count ? &phrase->nodes[n + 1] : NULL, within, false);
}

static lede_status gather(matched *m, lede_interval at, finding *f, parts *out);

static lede_status gather_phrase(matched *phrase, lede_interval within,
                                 finding *f, parts *out)
{
    lede_status status = LEDE_OK;

    weigh(phrase, within);
    for (uint32_t n = 0; status == LEDE_OK && n < phrase->plan->count; n++) {
        matched *m = &phrase->nodes[n];

        for (uint32_t i = first_from(&m->intervals, within.begin);
             status == LEDE_OK && i < m->intervals.count &&
             m->intervals.at[i].begin < within.end;
             i++)
            if (lies_in(m->intervals.at[i], within) && m->left[i] != FAR &&
                m->right[i] != FAR &&
                m->left[i] + m->right[i] <= phrase->plan->slop)
                status = gather(m, m->intervals.at[i], f, out);
    }
    return status;
}

/* EITHER passes the match on; NEAR passes on all that lies in it: a word in it
 * could stand for the one of its node that was found, but for a compound's
 * extra position. */
static lede_status gather_nodes(matched *m, lede_interval within, finding *f,
                                parts *out)
{
    bool same = m->plan->kind == LEDE_PLAN_EITHER;
    lede_status status = LEDE_OK;

    for (uint32_t n = 0; n < m->plan->count; n++) {
        const lede_intervals *of = &m->nodes[n].intervals;

        for (uint32_t i = first_from(of, within.begin);
             status == LEDE_OK && i < of->count && of->at[i].begin < within.end;
             i++)
            if (same ? of->at[i].begin == within.begin &&
                           of->at[i].end == within.end
                     : lies_in(of->at[i], within))
                status = gather(&m->nodes[n], of->at[i], f, out);
    }
    return status;
}

/* A compound and its first part begin alike: what the part is in shows whole,
 * if the word asks for both. */
static lede_status gather_word(const matched *m, lede_interval at, finding *f,
                               parts *out)
{
    for (uint32_t i = 0; i < m->plan->term_count; i++) {
        const term *of = find_term(f, &m->plan->terms[i]);
        size_t low = 0, high = of ? of->count : 0;

        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (of->positions[middle] < at.begin)
                low = middle + 1;
            else
                high = middle;
        }
        if (!of || low == of->count || of->positions[low] != at.begin)
            continue;
        if (!lede_arena_grow(f->scratch, &out->at, &out->capacity,
                             out->count + 1, sizeof *out->at))
            return lede_arena_status(f->scratch);
        out->at[out->count++] = (part){ of->places[low], at.begin, at.end };
    }
    return LEDE_OK;
}

/* Adds the words that take part in the match of a node at an interval. */
static lede_status gather(matched *m, lede_interval at, finding *f, parts *out)
{
    lede_status status = lede_budget_spend(f->marker->budget, 1);

    if (status != LEDE_OK)
        return status;
    if (m->plan->kind == LEDE_PLAN_WORD)
        return gather_word(m, at, f, out);
    if (m->plan->kind == LEDE_PLAN_PHRASE)
        return gather_phrase(m, at, f, out);
    return gather_nodes(m, at, f, out);
}

static int by_position(const void *a, const void *b)
{
    const part *left = a, *right = b;

    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return (left->last > right->last) - (left->last < right->last);
}

/* Marks the words of one match; those without a gap between them together. */
static bool mark_parts(finding *f, parts *of, bool together, uint32_t leaf_at)
{
    if (of->count > 1)
        qsort(of->at, of->count, sizeof *of->at, by_position);
    for (size_t i = 0; i < of->count;) {
        place at = of->at[i].at;
        uint32_t last = of->at[i].last;

        for (i++; together && i < of->count && of->at[i].position <= last;
             i++) {
            if (of->at[i].last > last)
                last = of->at[i].last;
            if (of->at[i].at.end > at.end)
                at.end = of->at[i].at.end;
        }
        if (!add_mark(f, &at, leaf_at))
            return false;
    }
    return true;
}

static lede_status mark_span(finding *f, uint32_t leaf_at)
{
    const lede_plan *plan = f->marker->leaves[leaf_at].plan;
    parts found = { 0 };
    matched root;
    lede_status status = match(&root, plan, f);

    for (uint32_t i = 0; status == LEDE_OK && i < root.intervals.count; i++) {
        found.count = 0;
        status = gather(&root, root.intervals.at[i], f, &found);
        if (status == LEDE_OK &&
            !mark_parts(f, &found, plan->kind != LEDE_PLAN_NEAR, leaf_at))
            status = lede_arena_status(f->scratch);
    }
    return status;
}

static int by_place(const void *a, const void *b)
{
    const lede_mark *left = a, *right = b;

    if (left->value != right->value)
        return left->value < right->value ? -1 : 1;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end)
        return left->end < right->end ? -1 : 1;
    return (left->leaf > right->leaf) - (left->leaf < right->leaf);
}

lede_status lede_marker_find(lede_marks *out, lede_marker *marker,
                             uint32_t field, const lede_bytes *values,
                             uint32_t value_count, lede_arena *scratch)
{
    finding f = { .marker = marker, .field = field, .scratch = scratch };
    lede_status status = LEDE_OK;

    marker->text++;
    if (lede_marker_looks_in(marker, field))
        status = read_values(&f, values, value_count);
    for (uint32_t i = 0; status == LEDE_OK && i < marker->leaf_count; i++)
        if (marker->leaves[i].plan->kind != LEDE_PLAN_WORD)
            status = mark_span(&f, i);
    if (status != LEDE_OK)
        return status;
    if (f.count > 1)
        qsort(f.marks, f.count, sizeof *f.marks, by_place);
    *out = (lede_marks){ f.marks, (uint32_t)f.count };
    return LEDE_OK;
}
