#include "native/match/collect.h"

#include "base/error.h"

/* Candidates that are put in order within some milliseconds. */
#define HURRIED_MAX 4096U

/* Candidates that there is room for at first. */
#define SLOTS 64U

/* ---- Order -------------------------------------------------------------- */

static int compare_orders(const lede_candidate *a, const lede_candidate *b,
                          const lede_engine_search *search)
{
    for (uint32_t i = 0; i < search->sort_count; i++) {
        const lede_order *x = &a->more->orders[i], *y = &b->more->orders[i];

        if (x->missing != y->missing)
            return x->missing ? 1 : -1;
        if (!x->missing && x->number != y->number)
            return (x->number < y->number) == search->sort[i].descending ? 1
                                                                         : -1;
    }
    return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static lede_bytes key_of(const lede_candidate *candidate)
{
    return lede_bytes_of(candidate->more->key, candidate->more->key_len);
}

static int compare_ties(const lede_candidate *a, const lede_candidate *b,
                        lede_ties ties)
{
    if (ties == LEDE_TIES_NEWEST && a->sequence != b->sequence)
        return compare_numbers(b->sequence, a->sequence);
    if (ties == LEDE_TIES_OLDEST && a->sequence != b->sequence)
        return compare_numbers(a->sequence, b->sequence);
    return a->more && b->more ? lede_bytes_compare(key_of(a), key_of(b)) : 0;
}

/* Sequences of an index differ; so keys are there where ties go by them. */
static inline int compare(const lede_collector *c, const lede_candidate *a,
                          const lede_candidate *b)
{
    const lede_engine_search *search = c->search;
    int order = search->sort_count > 0 ? compare_orders(a, b, search)
                                       : compare_numbers(b->points, a->points);

    return order ? order : compare_ties(a, b, search->ties);
}

/* ---- One match ---------------------------------------------------------- */

static lede_status read_key(lede_collector *c, lede_candidate *found)
{
    lede_candidate_more *more = found->more;
    const lede_segment *segment = c->snapshot->parts[found->part].segment;
    lede_bytes key;
    lede_status status;

    lede_arena_clear(c->keys);
    status = lede_segment_key(segment, found->doc, &key, c->keys, c->err);
    if (status != LEDE_OK)
        return status;
    if (key.len > more->key_room) {
        more->key = lede_arena_alloc(c->arena, LEDE_KEY_MAX);
        if (!more->key || key.len > LEDE_KEY_MAX)
            return more->key ? LEDE_ERR_CORRUPT : lede_arena_status(c->arena);
        more->key_room = LEDE_KEY_MAX;
    }
    if (key.len)
        memcpy(more->key, key.at, key.len);
    more->key_len = key.len;
    return LEDE_OK;
}

/* What a document keeps of its points, at most: as the freshest near it. */
static uint32_t freshness_near(lede_collector *c, uint32_t part, uint32_t doc)
{
    uint32_t block = doc / LEDE_COLUMN_BLOCK + 1, first, end, until;
    lede_freshness *f = &c->fresh[block % LEDE_FRESHNESS_BLOCKS];

    if (f->block == block && f->part == part)
        return f->factor;
    *f = (lede_freshness){ block, part, 0 };
    first = doc / LEDE_COLUMN_BLOCK * LEDE_COLUMN_BLOCK;
    end = c->snapshot->parts[part].documents - first;
    end = first + (end < LEDE_COLUMN_BLOCK ? end : LEDE_COLUMN_BLOCK);
    for (uint32_t at = first; at < end; at = until + 1) {
        uint32_t factor = lede_collector_freshness(c, part, at, &until);

        f->factor = factor > f->factor ? factor : f->factor;
    }
    return f->factor;
}

/* By points, less for age; false where these are too few for a hit. */
static bool look_at_points(lede_collector *c, uint32_t points)
{
    lede_candidate *p = &c->probe;
    uint32_t needed = lede_collector_is_full(c) ? c->at[0].points : 0;
    uint64_t date = 0;
    bool dated;

    p->points = points;
    if (c->search->recency.field == LEDE_NO_FIELD)
        return points >= needed;
    if (needed > 0 && c->dates &&
        lede_collector_fade(points, freshness_near(c, p->part, p->doc)) <
            needed)
        return false;
    dated = lede_values_first(c->dates, p->part, p->doc, false, &date);
    p->points = lede_score_recency(&c->search->recency, points, dated,
                                   dated ? lede_column_to_int(date) : 0);
    return p->points >= needed;
}

/* Whether the probe comes behind the last hit, as far as points, sequence and
 * the first sort key tell. */
static bool is_late(const lede_collector *c)
{
    const lede_engine_search *search = c->search;
    const lede_candidate *p = &c->probe, *last = &c->at[0];

    if (search->sort_count > 0) {
        const lede_order *a = p->more->orders, *b = last->more->orders;

        return !b->missing && (a->missing || (search->sort[0].descending
                                                  ? a->number < b->number
                                                  : a->number > b->number));
    }
    if (p->points != last->points || lede_collector_takes_keys(c))
        return p->points < last->points;
    return search->ties == LEDE_TIES_NEWEST ? p->sequence < last->sequence
                                            : p->sequence > last->sequence;
}

/* Fills in the probe; false, with less of it, for one that is no hit. */
static bool look(lede_collector *c, uint32_t part, uint32_t doc,
                 uint32_t points)
{
    const lede_engine_search *search = c->search;
    lede_candidate *p = &c->probe;

    p->part = part;
    p->doc = doc;
    p->points = 0;
    if (search->sort_count == 0 && !look_at_points(c, points))
        return false;
    for (uint32_t i = 0; i < search->sort_count; i++) {
        lede_order *order = &p->more->orders[i];

        order->missing = !lede_values_first(
            c->sort[i], part, doc, search->sort[i].descending, &order->number);
        if (i == 0 && lede_collector_is_full(c) && is_late(c))
            return false;
    }
    p->sequence = lede_column_at(c->sequences[part], doc);
    if (search->sort_count == 0 && lede_collector_is_full(c) && is_late(c))
        return false;
    return true;
}

/* Whether the candidate stands behind `after`. */
static lede_status is_behind(lede_collector *c, lede_candidate *found,
                             bool *behind)
{
    const lede_engine_search *search = c->search;
    int order = compare_orders(found, &c->after, search);

    if (order == 0 && search->sort_count == 0) {
        double score = lede_score_of(&search->rule, found->points);

        order = (score < search->after->score) - (score > search->after->score);
    }
    if (order == 0 && !lede_collector_takes_keys(c) &&
        found->sequence == c->after.sequence) {
        lede_status status = read_key(c, found);

        if (status != LEDE_OK)
            return status;
    }
    if (order == 0)
        order = compare_ties(found, &c->after, search->ties);
    *behind = order > 0;
    return LEDE_OK;
}

/* ---- Keeping ------------------------------------------------------------ */

static size_t more_bytes(const lede_collector *c)
{
    return sizeof(lede_candidate_more) +
           c->search->sort_count * sizeof(lede_order);
}

static bool has_more(const lede_engine_search *search)
{
    return search->sort_count > 0 || search->ties == LEDE_TIES_KEY ||
           search->collapse != LEDE_NO_FIELD || search->after;
}

/* Room for one more; for all that are wanted, if they are few. */
static lede_status grow(lede_collector *c)
{
    size_t need = (size_t)c->count + 1, before = c->capacity, more = 0;

    if (c->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (need < c->search->want && need < SLOTS)
        need = c->search->want < SLOTS ? c->search->want : SLOTS;
    if (!lede_arena_grow(c->arena, &c->at, &c->capacity, need, sizeof *c->at))
        return lede_arena_status(c->arena);
    if (has_more(c->search))
        more = more_bytes(c);
    if (lede_collector_takes_keys(c))
        more += LEDE_KEY_MAX;
    return lede_budget_take(c->budget,
                            (c->capacity - before) * (sizeof *c->at + more));
}

static lede_status add_slot(lede_collector *c, lede_candidate **slot)
{
    lede_status status = c->count < c->capacity ? LEDE_OK : grow(c);

    if (status != LEDE_OK)
        return status;
    *slot = &c->at[c->count];
    (*slot)->more = NULL;
    if (has_more(c->search)) {
        (*slot)->more = lede_arena_zero(c->arena, more_bytes(c));
        if (!(*slot)->more)
            return lede_arena_status(c->arena);
    }
    c->count++;
    return LEDE_OK;
}

static void swap(lede_candidate *a, lede_candidate *b)
{
    lede_candidate kept = *a;

    *a = *b;
    *b = kept;
}

/* The last in order is at the top. */
static void sift_up(lede_collector *c, size_t at)
{
    while (at > 0 && compare(c, &c->at[at], &c->at[(at - 1) / 2]) > 0) {
        swap(&c->at[at], &c->at[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(lede_collector *c, size_t at, size_t count)
{
    size_t child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count &&
            compare(c, &c->at[child + 1], &c->at[child]) > 0)
            child++;
        if (compare(c, &c->at[child], &c->at[at]) <= 0)
            return;
        swap(&c->at[child], &c->at[at]);
        at = child;
    }
}

/* Keeps a candidate, if it comes before one that is kept, in its place. What is
 * left of that one goes where the candidate came from. */
static void keep_instead(lede_collector *c, lede_candidate *found, size_t at)
{
    if (c->count == 0 || compare(c, found, &c->at[at]) >= 0)
        return;
    swap(found, &c->at[at]);
    sift_down(c, at, c->count);
}

static lede_status keep_more(lede_collector *c, lede_candidate *found)
{
    lede_candidate *slot = NULL;
    lede_status status = add_slot(c, &slot);

    if (status != LEDE_OK)
        return status;
    swap(found, slot);
    sift_up(c, c->count - 1);
    return LEDE_OK;
}

/* ---- Of groups ---- */

static lede_status size_of(lede_collector *c, const lede_candidate *of,
                           lede_tally **size)
{
    *size = NULL;
    return of->more->grouped
               ? lede_tallies_find(&c->sizes, of->more->group, size)
               : LEDE_OK;
}

/* Changes how many of a group are kept. */
static lede_status note_kept(lede_collector *c, const lede_candidate *of,
                             int change)
{
    lede_tally *size;
    lede_status status = size_of(c, of, &size);

    if (status == LEDE_OK && size)
        size->last += change;
    return status;
}

/* The last in order of those of a group that are kept; there is one. */
static size_t last_of_group(const lede_collector *c, uint64_t group)
{
    size_t last = c->count;

    for (size_t i = 0; i < c->count; i++)
        if (c->at[i].more->grouped && c->at[i].more->group == group &&
            (last == c->count || compare(c, &c->at[i], &c->at[last]) > 0))
            last = i;
    return last;
}

/* The first ones in order of which no more than the limit are of a group. To
 * give up the last one of a full group, else the last of all, whenever one more
 * comes leads there: such sets are a matroid. */
static lede_status keep_of_group(lede_collector *c, lede_candidate *found)
{
    lede_tally *size;
    lede_status status = size_of(c, found, &size);

    if (status != LEDE_OK)
        return status;
    if (size && size->last >= (int64_t)c->search->collapse_limit) {
        keep_instead(c, found, last_of_group(c, found->more->group));
        return LEDE_OK;
    }
    if (c->count == c->search->want) {
        if (c->count == 0 || compare(c, found, &c->at[0]) >= 0)
            return LEDE_OK;
        status = note_kept(c, &c->at[0], -1);
        if (status == LEDE_OK)
            status = note_kept(c, found, 1);
        if (status == LEDE_OK)
            keep_instead(c, found, 0);
        return status;
    }
    if (size)
        size->last++;
    return keep_more(c, found);
}

static lede_status keep(lede_collector *c, lede_candidate *found)
{
    if (c->search->collapse != LEDE_NO_FIELD)
        return lede_collector_is_bounded(c->search) ? keep_of_group(c, found)
                                                    : keep_more(c, found);
    if (c->count < c->search->want)
        return keep_more(c, found);
    keep_instead(c, found, 0);
    return LEDE_OK;
}

/* So few are put in order by moving each to its place. */
#define FEW 32U

/* Taken from its end the heap is nearly in order. */
static void order_few(lede_collector *c)
{
    for (size_t i = 0; 2 * i + 1 < c->count; i++)
        swap(&c->at[i], &c->at[c->count - 1 - i]);
    for (size_t i = 1; i < c->count; i++) {
        lede_candidate moved = c->at[i];
        size_t at = i;

        for (; at > 0 && compare(c, &moved, &c->at[at - 1]) < 0; at--)
            c->at[at] = c->at[at - 1];
        c->at[at] = moved;
    }
}

/* Takes the heap apart from its top: what is left is in order. */
static lede_status put_in_order(lede_collector *c)
{
    lede_status status = LEDE_OK;

    if (c->count <= FEW) {
        order_few(c);
        return lede_budget_spend(c->budget, c->count);
    }
    for (size_t i = c->count; i > 1 && status == LEDE_OK; i--) {
        swap(&c->at[0], &c->at[i - 1]);
        sift_down(c, 0, i - 1);
        status = lede_budget_spend(c->budget, 1);
    }
    return status;
}

/* Every match counts in its group, hit or not. */
static lede_status look_at_group(lede_collector *c, uint32_t part, uint32_t doc)
{
    lede_candidate *p = &c->probe;
    lede_tally *size;
    lede_status status;

    p->more->grouped =
        lede_values_first(c->groups, part, doc, false, &p->more->group);
    status = size_of(c, p, &size);
    if (status == LEDE_OK && size)
        size->count++;
    return status;
}

/* One that is kept whatever it has, as there is room. */
static void add_plain(lede_collector *c, uint32_t part, uint32_t doc,
                      uint32_t points)
{
    c->at[c->count++] = (lede_candidate){
        .part = part,
        .doc = doc,
        .points = points,
        .sequence = lede_column_at(c->sequences[part], doc),
    };
    sift_up(c, c->count - 1);
}

lede_status lede_collector_add(lede_collector *collector, uint32_t part,
                               uint32_t doc, uint32_t points)
{
    lede_collector *c = collector;
    lede_status status = LEDE_OK;
    bool behind = true;

    c->total++;
    if (c->search->want == 0)
        return LEDE_OK;
    if (c->plain && c->count < c->capacity && c->count < c->search->want) {
        add_plain(c, part, doc, points);
        return LEDE_OK;
    }
    if (c->groups)
        status = look_at_group(c, part, doc);
    if (status != LEDE_OK || !look(c, part, doc, points))
        return status;
    if (lede_collector_takes_keys(c))
        status = read_key(c, &c->probe);
    if (status == LEDE_OK && !c->groups && c->search->after)
        status = is_behind(c, &c->probe, &behind);
    return status == LEDE_OK && behind ? keep(c, &c->probe) : status;
}

/* ---- Joining ------------------------------------------------------------ */

static lede_status join_sizes(lede_collector *c, const lede_tallies *others)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < others->count; i++) {
        lede_tally *size;

        status = lede_tallies_find(&c->sizes, others->at[i].number, &size);
        if (status == LEDE_OK) {
            size->count += others->at[i].count;
            status = lede_budget_spend(c->budget, 1);
        }
    }
    return status;
}

lede_status lede_collector_join(lede_collector *collector,
                                lede_collector *other)
{
    lede_status status = join_sizes(collector, &other->sizes);

    collector->total += other->total;
    for (uint32_t i = 0; status == LEDE_OK && i < other->count; i++)
        status = keep(collector, &other->at[i]);
    return status;
}

/* ---- Groups ------------------------------------------------------------- */

/* Hides all but the first of each group; candidates are in order. */
static lede_status collapse(lede_collector *c)
{
    uint32_t limit = c->search->collapse_limit;
    lede_status status = LEDE_OK;
    lede_tally *size;

    for (uint32_t i = 0; i < c->sizes.count; i++)
        c->sizes.at[i].last = 0;
    for (uint32_t i = 0; status == LEDE_OK && i < c->count; i++) {
        lede_candidate *at = &c->at[i];

        status = size_of(c, at, &size);
        if (status != LEDE_OK || !size)
            continue;
        at->more->hidden = size->last++ >= (int64_t)limit;
        at->more->collapsed = size->count > limit ? size->count - limit : 0;
        status = lede_budget_spend(c->budget, 1);
    }
    return status;
}

/* ---- Hits --------------------------------------------------------------- */

static lede_status make_hit(lede_engine_hit *hit, lede_collector *c,
                            lede_segment_key_reader *keys,
                            const lede_candidate *found, lede_arena *arena)
{
    const lede_snapshot_part *part = &c->snapshot->parts[found->part];
    uint32_t sorts = c->search->sort_count;
    lede_value *values = NULL;
    lede_status status = LEDE_OK;

    if (sorts > 0) {
        values = lede_arena_array(arena, sorts, sizeof *values);
        if (!values)
            return lede_arena_status(arena);
    }
    *hit = (lede_engine_hit){ .doc = part->first_doc + found->doc,
                              .sequence = found->sequence,
                              .values = values,
                              .collapsed =
                                  found->more ? found->more->collapsed : 0 };
    if (sorts == 0)
        hit->score = lede_score_of(&c->search->rule, found->points);
    if (keys->segment != part->segment)
        status = lede_segment_key_reader_init(keys, part->segment, c->err);
    if (status == LEDE_OK)
        status = lede_segment_key_reader_at(keys, found->doc, &hit->key, arena,
                                            c->err);
    for (uint32_t i = 0; status == LEDE_OK && i < sorts; i++) {
        values[i] = (lede_value){ .text = "" };
        if (!found->more->orders[i].missing)
            status = lede_values_value(
                c->sort[i], found->more->orders[i].number, &values[i], arena);
    }
    return status;
}

/* Of too many only those at the end of the heap are kept, which are rather the
 * first ones in order. */
void lede_collector_hurry(lede_collector *collector)
{
    lede_collector *c = collector;
    uint32_t left = c->count;

    c->budget = NULL;
    c->sizes.budget = NULL;
    if (left <= HURRIED_MAX)
        return;
    for (c->count = 0; c->count < HURRIED_MAX; c->count++) {
        swap(&c->at[c->count], &c->at[left - HURRIED_MAX + c->count]);
        sift_up(c, c->count);
    }
}

lede_status lede_collector_end(lede_engine_results *results,
                               lede_collector *collector, lede_arena *arena)
{
    lede_collector *c = collector;
    uint32_t room = c->count < c->search->want ? c->count : c->search->want;
    lede_engine_hit *hits = lede_arena_array(arena, room, sizeof *hits);
    lede_status status = hits ? LEDE_OK : lede_arena_status(arena);
    lede_segment_key_reader keys = { .segment = NULL };
    uint32_t count = 0;

    if (status == LEDE_OK)
        status = put_in_order(c);
    if (status == LEDE_OK && c->groups)
        status = collapse(c);
    for (uint32_t i = 0; status == LEDE_OK && i < c->count && count < room;
         i++) {
        lede_candidate *found = &c->at[i];
        bool shown = !found->more || !found->more->hidden;

        if (shown && c->groups && c->search->after)
            status = is_behind(c, found, &shown);
        if (status == LEDE_OK && shown)
            status = make_hit(&hits[count++], c, &keys, found, arena);
    }
    results->hits = hits;
    results->count = count;
    return status;
}

/* ---- Beginning ---------------------------------------------------------- */

/* What `after` is compared by. */
static lede_status read_after(lede_collector *c)
{
    const lede_engine_hit *after = c->search->after;
    lede_status status = LEDE_OK;

    if (!after)
        return LEDE_OK;
    c->after.sequence = after->sequence;
    c->after.more->key =
        (uint8_t *)lede_arena_text(c->arena, after->key.at, after->key.len);
    c->after.more->key_len = after->key.len;
    if (!c->after.more->key)
        return lede_arena_status(c->arena);
    for (uint32_t i = 0; status == LEDE_OK && i < c->search->sort_count; i++) {
        lede_order *order = &c->after.more->orders[i];

        order->missing = after->values[i].kind == LEDE_NONE || !c->sort[i];
        if (!order->missing)
            status = lede_values_number(c->sort[i], &after->values[i],
                                        &order->number);
    }
    return status;
}

static lede_status open_values(lede_collector *c)
{
    const lede_engine_search *search = c->search;
    const lede_field *date = lede_schema_field(c->snapshot->description.schema,
                                               search->recency.field);
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < search->sort_count; i++)
        status =
            lede_values_open(&c->sort[i], c->snapshot, search->sort[i].field,
                             search->budget, c->arena, c->err);
    if (status == LEDE_OK && search->sort_count == 0 && date &&
        date->kind == LEDE_DATE)
        status = lede_values_open(&c->dates, c->snapshot, search->recency.field,
                                  search->budget, c->arena, c->err);
    if (status == LEDE_OK && search->collapse != LEDE_NO_FIELD)
        status = lede_values_open(&c->groups, c->snapshot, search->collapse,
                                  search->budget, c->arena, c->err);
    for (uint32_t i = 0; status == LEDE_OK && i < c->snapshot->count; i++)
        status = lede_segment_sequences(c->snapshot->parts[i].segment,
                                        &c->sequences[i], c->err);
    return status;
}

static lede_status init_more(lede_collector *c)
{
    lede_arena *arena = c->arena;

    c->keys = lede_arena_new(lede_arena_allocator(arena));
    if (!c->keys)
        return LEDE_ERR_NOMEM;
    c->sort =
        lede_arena_array(arena, c->search->sort_count, sizeof(lede_values *));
    c->probe.more = lede_arena_zero(arena, more_bytes(c));
    c->after.more = lede_arena_zero(arena, more_bytes(c));
    return c->sort && c->probe.more && c->after.more ? LEDE_OK
                                                     : lede_arena_status(arena);
}

lede_status lede_collector_init(lede_collector *collector,
                                const lede_native_snapshot *snapshot,
                                const lede_engine_search *search,
                                lede_arena *arena, lede_error *err)
{
    lede_collector *c = collector;
    lede_status status;

    *c = (lede_collector){
        .snapshot = snapshot,
        .search = search,
        .arena = arena,
        .budget = search->budget,
        .err = err,
        .plain = !has_more(search) && search->recency.field == LEDE_NO_FIELD,
    };
    c->sequences =
        lede_arena_array(arena, snapshot->count, sizeof(const lede_column *));
    if (!c->sequences)
        return lede_arena_status(arena);
    lede_tallies_init(&c->sizes, c->budget, arena);
    status = has_more(search) ? init_more(c) : LEDE_OK;
    if (status == LEDE_OK && search->recency.field != LEDE_NO_FIELD) {
        c->fresh =
            lede_arena_array(arena, LEDE_FRESHNESS_BLOCKS, sizeof *c->fresh);
        status = lede_arena_status(arena);
    }
    if (status != LEDE_OK)
        return status;
    status = search->want > 0 ? open_values(c) : LEDE_OK;
    return status == LEDE_OK && search->want > 0 ? read_after(c) : status;
}

void lede_collector_fini(lede_collector *collector)
{
    lede_arena_free(collector->keys);
}
