#include "native/match/union.h"

#include "base/cpu.h"
#include "native/match/union_parts.h"

#define WIDTH     4096U
#define WIDTH_MIN 512U
#define ROOM      ((size_t)1 << 20) /* for what a window keeps of its leaves */

/* So many places are put in order. */
#define SORTED 64U

/* ---- Reach -------------------------------------------------------------- */

/* A leaf reaches what its lists do together, and no more than with all their
 * occurrences in one document, the shortest. */
static uint32_t reach_of(lede_union_search *s, lede_union_member *m)
{
    lede_leaf *leaf = m->leaf;
    uint32_t sum = 0, floor = LEDE_LENGTH_FLOORS - 1, together;
    float units = 0;
    lede_reach reach;

    for (uint32_t i = 0; i < leaf->count; i++) {
        if (leaf->lists[i].ended)
            continue;
        lede_list_reach(leaf, &leaf->lists[i], s->from, &s->to, &reach);
        sum += reach.ceiling;
        units += reach.units;
        floor = reach.floor < floor ? reach.floor : floor;
    }
    m->most = units;
    if (sum == 0 || leaf->count == 1)
        return sum;
    together = lede_leaf_ceiling(leaf, units, floor);
    return together < sum ? together : sum;
}

static void put_in_order(lede_union_search *s)
{
    for (uint32_t i = 1; i < s->count; i++) {
        lede_union_member *m = s->order[i];
        uint32_t at = i;

        for (; at > 0 && s->order[at - 1]->reach > m->reach; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = m;
    }
}

/* Whether a document of the window may have what is needed. */
static bool look_ahead(lede_union_search *s)
{
    s->reach = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        lede_union_member *m = &s->members[i];

        m->reach = reach_of(s, m);
        m->known = false;
        s->reach += m->reach;
    }
    s->needed = lede_quanta_needed(s->quanta, lede_sink_needed(s->sink));
    return s->reach > 0 && s->reach >= s->needed;
}

/* How many members, the first in order, cannot bring up a document. */
static uint32_t count_nonessential(const lede_union_search *s, uint32_t *rest)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        if (sum + s->order[i]->reach >= s->needed && s->order[i]->reach > 0) {
            *rest = sum;
            return i;
        }
        sum += s->order[i]->reach;
    }
    *rest = sum;
    return s->count;
}

/* ---- Taking ------------------------------------------------------------- */

static lede_status tf_of(lede_union_search *s, lede_union_member *m,
                         uint32_t at, uint64_t *tf)
{
    *tf = 0;
    if (!m->known)
        return LEDE_OK;
    if (m->units) {
        if (m->units[at] >= 0x1p24F)
            return lede_leaf_tf(m->leaf, s->matcher, s->from + at, tf);
        *tf = (uint64_t)m->units[at] * m->leaf->unit;
    } else {
        if (m->frequencies[at] == LEDE_UNION_MANY)
            return lede_leaf_tf(m->leaf, s->matcher, s->from + at, tf);
        *tf = m->frequencies[at] * m->leaf->unit;
    }
    return LEDE_OK;
}

/* Points of leaves that stand together: nodes of one BEST, or of none. */
typedef struct together {
    const lede_plan *plan;
    uint32_t best;
    uint64_t sum;
} together;

static uint64_t points_together(const together *t)
{
    return t->plan ? lede_score_best(t->best, t->sum, t->plan->tie) : t->sum;
}

static void add_points(together *t, const lede_plan *plan, uint32_t points,
                       uint64_t *sum)
{
    if (plan != t->plan) {
        *sum += points_together(t);
        *t = (together){ .plan = plan };
    }
    t->best = points > t->best ? points : t->best;
    t->sum += points;
}

static lede_status take(lede_union_search *s, uint32_t at)
{
    const lede_normals *normals = NULL;
    uint64_t points = 0, length = 0, tf;
    together t = { .plan = NULL };

    for (uint32_t i = 0; i < s->count; i++) {
        lede_status status = tf_of(s, &s->members[i], at, &tf);

        if (status != LEDE_OK)
            return status;
        if (tf == 0)
            continue;
        if (normals != s->members[i].leaf->normals) {
            normals = s->members[i].leaf->normals;
            length = lede_lengths_at(&normals->lengths, s->from + at);
        }
        add_points(&t, s->members[i].leaf->best,
                   lede_leaf_points(s->members[i].leaf, s->matcher, length, tf),
                   &points);
    }
    points += points_together(&t);
    if (points >= lede_sink_needed(s->sink) &&
        !lede_sink_take(s->sink, s->from + at, (uint32_t)points))
        return s->sink->status;
    return LEDE_OK;
}

/* The highest sums first. */
static void sort_candidates(lede_union_search *s)
{
    for (uint32_t i = 1; i < s->candidate_count; i++) {
        uint16_t place = s->candidates[i], sum = s->sums[place];
        uint32_t at = i;

        for (; at > 0 && s->sums[s->candidates[at - 1]] < sum; at--)
            s->candidates[at] = s->candidates[at - 1];
        s->candidates[at] = place;
    }
}

/* Of few the best first: the others are then seen to be too little. */
static lede_status take_candidates(lede_union_search *s)
{
    lede_status status = LEDE_OK;

    if (s->candidate_count <= SORTED)
        sort_candidates(s);
    for (uint32_t i = 0; status == LEDE_OK && i < s->candidate_count; i++) {
        if (s->sums[s->candidates[i]] < s->needed)
            continue;
        status = take(s, s->candidates[i]);
        s->needed = lede_quanta_needed(s->quanta, lede_sink_needed(s->sink));
    }
    s->steps += s->candidate_count;
    return status;
}

/* ---- Windows ------------------------------------------------------------ */

static lede_status list_status(const lede_union_search *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t j = 0; j < s->members[i].leaf->count; j++) {
            const lede_postings *p = s->members[i].leaf->lists[j].postings;

            if (p->status != LEDE_OK)
                return p->status;
        }
    return LEDE_OK;
}

/* Drops candidates that are deleted, or not under the mask: before the others
 * are asked about them. */
static void drop_dead(lede_union_search *s)
{
    const lede_live *live = s->sink->live;
    uint32_t kept = 0;

    for (uint32_t i = 0; live && i < s->candidate_count; i++) {
        uint16_t at = s->candidates[i];

        s->candidates[kept] = at;
        kept += lede_live_has(live, s->from + at);
    }
    if (live)
        s->candidate_count = kept;
}

/* Takes what is found; of many the best first, so that the others are seen to
 * be too little. */
static lede_status find_and_take(lede_union_search *s, uint32_t nonessential,
                                 uint32_t rest)
{
    uint32_t limit = rest == 0 && s->needed == 0 ? lede_union_cut(s) : 0;
    lede_status status;

    if (limit > 1) {
        lede_union_find_candidates(s, limit);
        status = take_candidates(s);
        if (status != LEDE_OK)
            return status;
        for (uint32_t i = 0; i < s->candidate_count; i++)
            s->sums[s->candidates[i]] = 0;
    }
    lede_union_find_candidates(s, s->needed > rest + 1 ? s->needed - rest : 1);
    drop_dead(s);
    if (s->candidate_count > 0 && nonessential > 0)
        lede_union_ask(s, nonessential);
    return take_candidates(s);
}

static lede_status search_window(lede_union_search *s)
{
    uint32_t rest, nonessential;
    lede_status status = LEDE_OK;

    if (!look_ahead(s))
        return LEDE_OK;
    put_in_order(s);
    nonessential = count_nonessential(s, &rest);
    for (uint32_t i = nonessential; i < s->count; i++)
        if (!lede_union_add(s, s->order[i]))
            break;
    status = list_status(s);
    if (status == LEDE_OK)
        status = find_and_take(s, nonessential, rest);
    memset(s->sums, 0, s->width * sizeof *s->sums);
    return status == LEDE_OK ? list_status(s) : status;
}

/* The first document from one on that is not deleted, nor outside the mask. */
static uint32_t next_live(const lede_live *live, uint32_t doc)
{
    uint32_t end = live ? live->documents : 0;

    for (uint32_t at = doc; at < end; at = (at | 63) + 1) {
        uint64_t word = live->words[at / 64] >> at % 64;

        if (word)
            return at + (uint32_t)__builtin_ctzll(word);
    }
    return live ? LEDE_DOC_END : doc;
}

/* The first document from the window's end on that a list may hold. */
static uint32_t next_doc(const lede_union_search *s)
{
    uint32_t least = LEDE_DOC_END;

    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t j = 0; j < s->members[i].leaf->count; j++) {
            const lede_list *list = &s->members[i].leaf->lists[j];
            const lede_postings *p = list->postings;
            uint32_t at = p->at;

            if (list->ended)
                continue;
            if (list->blocks)
                return s->to;
            while (at < p->n && p->docs[at] < s->to)
                at++;
            if (at < p->n && p->docs[at] < least)
                least = p->docs[at];
        }
    return least;
}

/* ---- Beginning ---------------------------------------------------------- */

static bool open_member(lede_union_search *s, lede_union_member *m,
                        lede_leaf *leaf)
{
    lede_arena *arena = s->matcher->arena;

    *m = (lede_union_member){ .leaf = leaf };
    m->row = lede_arena_array(arena, LEDE_LENGTH_FLOORS, sizeof *m->row);
    m->tops = lede_arena_alloc(arena, LEDE_LENGTH_FLOORS * sizeof *m->tops);
    if (!m->row || !m->tops)
        return false;
    if (leaf->count > 1) {
        m->units = lede_arena_array(arena, s->width, sizeof *m->units);
        m->places =
            lede_arena_alloc(arena, LEDE_UNION_PLACES * sizeof *m->places);
        return m->units && m->places;
    }
    m->frequencies = lede_arena_alloc(arena, s->width);
    return m->frequencies != NULL;
}

static lede_status begin(lede_union_search *s, lede_leaf *leaves)
{
    lede_arena *arena = s->matcher->arena;

    s->width = WIDTH;
    s->normals = leaves[0].normals;
    while (s->width > WIDTH_MIN &&
           (size_t)s->width * s->count * sizeof(float) > ROOM)
        s->width /= 2;
    s->members = lede_arena_array(arena, s->count, sizeof *s->members);
    s->order = lede_arena_array(arena, s->count, sizeof(lede_union_member *));
    s->sums = lede_arena_array(arena, s->width, sizeof *s->sums);
    s->candidates = lede_arena_alloc(arena, (s->width + LEDE_UNION_FOUND) *
                                                sizeof *s->candidates);
    if (!s->members || !s->order || !s->sums || !s->candidates)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < s->count; i++) {
        s->order[i] = &s->members[i];
        if (!open_member(s, &s->members[i], &leaves[i]))
            return lede_arena_status(arena);
    }
    return LEDE_OK;
}

lede_status lede_union_find(lede_leaf *leaves, uint32_t count,
                            lede_matcher *matcher, const lede_quanta *quanta,
                            lede_sink *sink)
{
    lede_union_search s = {
        .loops = lede_cpu_has_avx2() ? &lede_union_avx2 : &lede_union_plain,
        .matcher = matcher,
        .quanta = quanta,
        .sink = sink,
        .count = count,
    };
    lede_status status = begin(&s, leaves);
    uint64_t lists = 0;

    for (uint32_t i = 0; i < count; i++)
        lists += leaves[i].count;
    s.next = s.width < WIDTH_MIN ? s.width : WIDTH_MIN;
    while (status == LEDE_OK &&
           (s.from = next_live(sink->live, next_doc(&s))) != LEDE_DOC_END &&
           s.from < matcher->documents) {
        s.to = matcher->documents - s.from < s.next ? matcher->documents
                                                    : s.from + s.next;
        s.next = s.next < s.width / 2 ? 2 * s.next : s.width;
        status = search_window(&s);
        s.steps += lists; /* each is looked at, if only to pass */
        if (status == LEDE_OK)
            status = lede_budget_spend(matcher->budget, s.steps);
        s.steps = 0;
    }
    return status;
}
