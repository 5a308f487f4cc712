#include "native/match/collect.h"

#include "base/error.h"
#include "native/match/tally.h"

/* Candidates that are put in order within some milliseconds. */
#define HURRIED_MAX 4096U

/* ---- Order -------------------------------------------------------------- */

static int compare_orders(const lede_candidate *a, const lede_candidate *b,
                          const lede_engine_search *search)
{
    for (uint32_t i = 0; i < search->sort_count; i++) {
        const lede_order *x = &a->orders[i], *y = &b->orders[i];

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

static int compare_ties(const lede_candidate *a, const lede_candidate *b,
                        lede_ties ties)
{
    if (ties == LEDE_TIES_NEWEST && a->sequence != b->sequence)
        return compare_numbers(b->sequence, a->sequence);
    if (ties == LEDE_TIES_OLDEST && a->sequence != b->sequence)
        return compare_numbers(a->sequence, b->sequence);
    return lede_bytes_compare(lede_bytes_of(a->key, a->key_len),
                              lede_bytes_of(b->key, b->key_len));
}

/* Sequences of an index differ; so keys are there where ties go by them. */
static int compare(const lede_candidate *a, const lede_candidate *b)
{
    const lede_engine_search *search = a->collector->search;
    int order = compare_orders(a, b, search);

    if (order == 0 && search->sort_count == 0)
        order = compare_numbers(b->points, a->points);
    return order ? order : compare_ties(a, b, search->ties);
}

/* ---- One match ---------------------------------------------------------- */

static lede_status read_key(lede_collector *c, lede_candidate *found)
{
    const lede_segment *segment = c->snapshot->parts[found->part].segment;
    lede_bytes key;
    lede_status status;

    lede_arena_clear(c->keys);
    status = lede_segment_key(segment, found->doc, &key, c->keys, c->err);
    if (status != LEDE_OK)
        return status;
    if (key.len > found->key_room) {
        found->key = lede_arena_alloc(c->arena, LEDE_KEY_MAX);
        if (!found->key || key.len > LEDE_KEY_MAX)
            return found->key ? LEDE_ERR_CORRUPT : lede_arena_status(c->arena);
        found->key_room = LEDE_KEY_MAX;
    }
    if (key.len)
        memcpy(found->key, key.at, key.len);
    found->key_len = key.len;
    return LEDE_OK;
}

static uint32_t recent_points(const lede_collector *c, uint32_t part,
                              uint32_t doc, uint32_t points)
{
    uint64_t date = 0;
    bool dated;

    if (c->search->recency.field == LEDE_NO_FIELD)
        return points;
    dated = lede_values_first(c->dates, part, doc, false, &date);
    return lede_score_recency(&c->search->recency, points, dated,
                              dated ? lede_column_to_int(date) : 0);
}

/* Whether the probe comes behind the last hit, as far as points, sequence and
 * the first sort key tell. */
static bool is_late(const lede_collector *c)
{
    const lede_engine_search *search = c->search;
    const lede_candidate *p = &c->probe, *last = &c->at[0];
    const lede_order *a = p->orders, *b = last->orders;

    if (search->sort_count > 0)
        return !b->missing && (a->missing || (search->sort[0].descending
                                                  ? a->number < b->number
                                                  : a->number > b->number));
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
    if (search->sort_count == 0) {
        p->points = recent_points(c, part, doc, points);
        if (lede_collector_is_full(c) && p->points < c->at[0].points)
            return false;
    }
    for (uint32_t i = 0; i < search->sort_count; i++) {
        p->orders[i].missing = !lede_values_first(c->sort[i], part, doc,
                                                  search->sort[i].descending,
                                                  &p->orders[i].number);
        if (i == 0 && lede_collector_is_full(c) && is_late(c))
            return false;
    }
    p->sequence = lede_column_at(c->sequences[part], doc);
    if (search->sort_count == 0 && lede_collector_is_full(c) && is_late(c))
        return false;
    p->grouped = lede_values_first(c->groups, part, doc, false, &p->group);
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

/* The probe's contents into a slot, whose own room is kept. */
static void put(lede_collector *c, lede_candidate *slot)
{
    lede_candidate kept = *slot;

    *slot = c->probe;
    c->probe.orders = kept.orders;
    c->probe.key = kept.key;
    c->probe.key_room = kept.key_room;
    c->probe.key_len = 0;
}

static lede_status add_slot(lede_collector *c, lede_candidate **slot)
{
    uint32_t sorts = c->search->sort_count;
    lede_status status = lede_budget_take(
        c->budget, sizeof **slot + sorts * sizeof(lede_order) +
                       (lede_collector_takes_keys(c) ? LEDE_KEY_MAX : 0));

    if (status != LEDE_OK)
        return status;
    if (c->count == UINT32_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_arena_grow(c->arena, &c->at, &c->capacity, (size_t)c->count + 1,
                         sizeof *c->at))
        return lede_arena_status(c->arena);
    *slot = &c->at[c->count];
    **slot = (lede_candidate){ .collector = c };
    (*slot)->orders = lede_arena_array(c->arena, sorts, sizeof(lede_order));
    if (!(*slot)->orders)
        return lede_arena_status(c->arena);
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
    while (at > 0 && compare(&c->at[at], &c->at[(at - 1) / 2]) > 0) {
        swap(&c->at[at], &c->at[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(lede_collector *c, size_t count)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && compare(&c->at[child + 1], &c->at[child]) > 0)
            child++;
        if (compare(&c->at[child], &c->at[at]) <= 0)
            return;
        swap(&c->at[child], &c->at[at]);
        at = child;
    }
}

static lede_status keep(lede_collector *c)
{
    lede_candidate *slot = NULL;
    lede_status status;

    if (!c->groups && c->count == c->search->want) {
        if (c->count > 0 && compare(&c->probe, &c->at[0]) < 0) {
            put(c, &c->at[0]);
            sift_down(c, c->count);
        }
        return LEDE_OK;
    }
    status = add_slot(c, &slot);
    if (status != LEDE_OK)
        return status;
    put(c, slot);
    sift_up(c, c->count - 1);
    return LEDE_OK;
}

/* Takes the heap apart from its top: what is left is in order. */
static lede_status put_in_order(lede_collector *c)
{
    lede_status status = LEDE_OK;

    for (size_t i = c->count; i > 1 && status == LEDE_OK; i--) {
        swap(&c->at[0], &c->at[i - 1]);
        sift_down(c, i - 1);
        status = lede_budget_spend(c->budget, 1);
    }
    return status;
}

lede_status lede_collector_add(lede_collector *collector, uint32_t part,
                               uint32_t doc, uint32_t points)
{
    lede_collector *c = collector;
    lede_status status = LEDE_OK;
    bool behind = true;

    c->total++;
    if (c->search->want == 0 || !look(c, part, doc, points))
        return LEDE_OK;
    if (lede_collector_takes_keys(c))
        status = read_key(c, &c->probe);
    if (status == LEDE_OK && !c->groups && c->search->after)
        status = is_behind(c, &c->probe, &behind);
    return status == LEDE_OK && behind ? keep(c) : status;
}

/* ---- Joining ------------------------------------------------------------ */

lede_status lede_collector_join(lede_collector *collector,
                                lede_collector *other)
{
    lede_collector *c = collector;
    lede_status status = LEDE_OK;

    c->total += other->total;
    for (uint32_t i = 0; status == LEDE_OK && i < other->count; i++) {
        lede_candidate *slot = NULL;

        if (lede_collector_is_full(c)) {
            if (compare(&other->at[i], &c->at[0]) < 0) {
                swap(&other->at[i], &c->at[0]);
                sift_down(c, c->count);
            }
            continue;
        }
        status = add_slot(c, &slot);
        if (status == LEDE_OK) {
            swap(&other->at[i], slot);
            sift_up(c, c->count - 1);
        }
    }
    return status;
}

/* ---- Groups ------------------------------------------------------------- */

/* Hides all but the first of each group; candidates are in order. */
static lede_status collapse(lede_collector *c)
{
    uint32_t limit = c->search->collapse_limit;
    lede_status status = LEDE_OK;
    lede_tallies sizes;
    lede_tally *size;

    lede_tallies_init(&sizes, c->budget, c->arena);
    for (uint32_t i = 0; status == LEDE_OK && i < c->count; i++) {
        if (!c->at[i].grouped)
            continue;
        status = lede_tallies_find(&sizes, c->at[i].group, &size);
        if (status == LEDE_OK) {
            c->at[i].hidden = size->count++ >= limit;
            status = lede_budget_spend(c->budget, 1);
        }
    }
    for (uint32_t i = 0; status == LEDE_OK && i < c->count; i++) {
        if (!c->at[i].grouped)
            continue;
        status = lede_tallies_find(&sizes, c->at[i].group, &size);
        if (status == LEDE_OK && size->count > limit)
            c->at[i].collapsed = size->count - limit;
    }
    return status;
}

/* ---- Hits --------------------------------------------------------------- */

static lede_status make_hit(lede_engine_hit *hit, lede_collector *c,
                            const lede_candidate *found, lede_arena *arena)
{
    const lede_snapshot_part *part = &c->snapshot->parts[found->part];
    uint32_t sorts = c->search->sort_count;
    lede_value *values = lede_arena_array(arena, sorts, sizeof *values);
    lede_status status;

    if (!values)
        return lede_arena_status(arena);
    *hit = (lede_engine_hit){ .doc = part->first_doc + found->doc,
                              .sequence = found->sequence,
                              .values = values,
                              .collapsed = found->collapsed };
    if (sorts == 0)
        hit->score = lede_score_of(&c->search->rule, found->points);
    status =
        lede_segment_key(part->segment, found->doc, &hit->key, arena, c->err);
    for (uint32_t i = 0; status == LEDE_OK && i < sorts; i++) {
        values[i] = (lede_value){ .text = "" };
        if (!found->orders[i].missing)
            status = lede_values_value(c->sort[i], found->orders[i].number,
                                       &values[i], arena);
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
    uint32_t count = 0;

    if (status == LEDE_OK)
        status = put_in_order(c);
    if (status == LEDE_OK && c->groups)
        status = collapse(c);
    for (uint32_t i = 0; status == LEDE_OK && i < c->count && count < room;
         i++) {
        lede_candidate *found = &c->at[i];
        bool shown = !found->hidden;

        if (shown && c->groups && c->search->after)
            status = is_behind(c, found, &shown);
        if (status == LEDE_OK && shown)
            status = make_hit(&hits[count++], c, found, arena);
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
    c->after.key =
        (uint8_t *)lede_arena_text(c->arena, after->key.at, after->key.len);
    c->after.key_len = after->key.len;
    if (!c->after.key)
        return lede_arena_status(c->arena);
    for (uint32_t i = 0; status == LEDE_OK && i < c->search->sort_count; i++) {
        lede_order *order = &c->after.orders[i];

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

lede_status lede_collector_init(lede_collector *collector,
                                const lede_native_snapshot *snapshot,
                                const lede_engine_search *search,
                                lede_arena *arena, lede_error *err)
{
    lede_collector *c = collector;
    uint32_t sorts = search->sort_count;
    lede_status status;

    *c = (lede_collector){
        .snapshot = snapshot,
        .search = search,
        .arena = arena,
        .budget = search->budget,
        .err = err,
    };
    c->keys = lede_arena_new(lede_arena_allocator(arena));
    if (!c->keys)
        return LEDE_ERR_NOMEM;
    c->sort = lede_arena_array(arena, sorts, sizeof(lede_values *));
    c->probe.orders = lede_arena_array(arena, sorts, sizeof(lede_order));
    c->after.orders = lede_arena_array(arena, sorts, sizeof(lede_order));
    c->sequences =
        lede_arena_array(arena, snapshot->count, sizeof(const lede_column *));
    if (!c->sort || !c->probe.orders || !c->after.orders || !c->sequences)
        return lede_arena_status(arena);
    c->probe.collector = c;
    c->after.collector = c;
    status = search->want > 0 ? open_values(c) : LEDE_OK;
    return status == LEDE_OK && search->want > 0 ? read_after(c) : status;
}

void lede_collector_fini(lede_collector *collector)
{
    lede_arena_free(collector->keys);
}
