/*
 * native/match/union_accumulators.c - adds up ceilings by document, and finds
 * the documents whose sums are enough.
 */
#include "native/match/union_parts.h"

#include "native/codec/rising.h"

#define CHUNKS 64U /* of a window, for a cut */

/* ---- Adding up ---------------------------------------------------------- */

/* Documents of a list that lie in the window. */
typedef struct run {
    const uint32_t *docs;
    const uint32_t *frequencies;
    uint32_t n;
} run;

/* Those of the block at hand. */
static run run_at_hand(const lede_union_search *s, const lede_postings *p)
{
    uint32_t first = 0, end = p->n;

    if (p->docs[0] < s->from)
        first = lede_rising_from(p->docs, p->n, s->from);
    if (p->docs[end - 1] >= s->to)
        end = lede_rising_from(p->docs, p->n, s->to);
    return (run){ p->docs + first, p->frequencies + first, end - first };
}

/* Of a leaf of one long list. What a byte is written to may be anything, as far
 * as the compiler knows: so all that stays the same is in variables. */
static void add_one(const lede_union_search *s, const lede_union_member *m,
                    run in)
{
    const lede_leaf *leaf = m->leaf;
    const uint8_t *floors = leaf->normals->floors->at;
    const uint16_t *ceilings = leaf->ceilings->at;
    const uint32_t shift = leaf->ceilings->shift, from = s->from;
    uint8_t *frequencies = m->frequencies;
    uint16_t *sums = s->sums;

    for (uint32_t i = 0; i < in.n; i++) {
        uint32_t doc = in.docs[i], times = in.frequencies[i], ceiling;

        ceiling = times < LEDE_CEILING_ROWS
                      ? ceilings[(times << shift) + floors[doc]]
                      : lede_leaf_ceiling(leaf, (float)times, floors[doc]);
        sums[doc - from] = (uint16_t)(sums[doc - from] + ceiling);
        frequencies[doc - from] = lede_union_byte_of(times);
    }
}

/* Of a leaf of one short list, which knows all its ceilings. */
static void add_short(const lede_union_search *s, const lede_union_member *m,
                      const lede_list *list)
{
    const lede_postings *p = list->postings;

    for (uint32_t i = p->at; i < p->n && p->docs[i] < s->to; i++) {
        uint32_t at = p->docs[i] - s->from, times = p->frequencies[i];

        s->sums[at] = (uint16_t)(s->sums[at] + list->ceilings[i]);
        m->frequencies[at] = lede_union_byte_of(times);
    }
}

static void add_units(const lede_union_search *s, lede_union_member *m,
                      const lede_list *list, run in)
{
    const float times = list->times;
    const uint32_t from = s->from;
    float *units = m->units;
    uint16_t *places;

    for (uint32_t i = 0; i < in.n; i++)
        units[in.docs[i] - from] += (float)in.frequencies[i] * times;
    if (m->place_count + in.n > LEDE_UNION_PLACES) {
        m->place_count = LEDE_UNION_PLACES + 1;
        return;
    }
    places = m->places + m->place_count;
    for (uint32_t i = 0; i < in.n; i++)
        places[i] = (uint16_t)(in.docs[i] - from);
    m->place_count += in.n;
}

static void add_run(lede_union_search *s, lede_union_member *m,
                    const lede_list *list, run in)
{
    s->steps += in.n;
    if (m->units)
        add_units(s, m, list, in);
    else
        add_one(s, m, in);
}

/* `others`: what all else in the window reaches. Documents of a block that with
 * it do not have what is needed may as well go without. */
static bool add_list(lede_union_search *s, lede_union_member *m,
                     lede_list *list, uint32_t others)
{
    const lede_list_blocks *blocks = list->blocks;

    if (!blocks) {
        if (m->units)
            add_run(s, m, list, run_at_hand(s, list->postings));
        else
            add_short(s, m, list);
        return true;
    }
    for (uint32_t b = blocks->next; b < blocks->count; b++) {
        if (b > blocks->next && lede_list_last(list, b - 1) >= s->to - 1)
            break;
        if (blocks->ceilings[b] + others < s->needed)
            continue;
        if (!lede_list_take(list, b) ||
            !lede_postings_frequencies(list->postings))
            return false;
        add_run(s, m, list, run_at_hand(s, list->postings));
    }
    return true;
}

/* Of several lists: what they add up to is scored as one. */
static void score_units(lede_union_search *s, const lede_union_member *m)
{
    const lede_leaf *leaf = m->leaf;
    const uint8_t *floors = leaf->normals->floors->at + s->from;
    uint32_t width = s->to - s->from;

    for (uint32_t at = s->loops->score(leaf, m->units, floors, width, s->sums);
         at < width; at++)
        if (m->units[at] > 0)
            s->sums[at] =
                (uint16_t)(s->sums[at] +
                           lede_leaf_ceiling(leaf, m->units[at], floors[at]));
}

/* Of few places: each once, whatever the number of lists that hold it. Those
 * that were scored are below 0 meanwhile. */
static void score_places(lede_union_search *s, const lede_union_member *m)
{
    const lede_leaf *leaf = m->leaf;
    const uint8_t *floors = leaf->normals->floors->at + s->from;

    for (uint32_t i = 0; i < m->place_count; i++) {
        uint32_t at = m->places[i];
        float units = m->units[at];

        if (units < 0)
            continue;
        s->sums[at] = (uint16_t)(s->sums[at] +
                                 lede_leaf_ceiling(leaf, units, floors[at]));
        m->units[at] = -units;
    }
    for (uint32_t i = 0; i < m->place_count; i++)
        if (m->units[m->places[i]] < 0)
            m->units[m->places[i]] = -m->units[m->places[i]];
}

static void clear_units(const lede_union_search *s, lede_union_member *m)
{
    if (m->place_count > LEDE_UNION_PLACES)
        memset(m->units, 0, s->width * sizeof *m->units);
    else
        for (uint32_t i = 0; i < m->place_count; i++)
            m->units[m->places[i]] = 0;
    m->place_count = 0;
}

bool lede_union_add(lede_union_search *s, lede_union_member *m)
{
    lede_leaf *leaf = m->leaf;
    uint32_t width = s->to - s->from;

    if (m->units)
        clear_units(s, m);
    else
        memset(m->frequencies, 0, width);
    m->known = true;
    for (uint32_t i = 0; i < leaf->count; i++) {
        lede_list *list = &leaf->lists[i];
        uint32_t others = leaf->count == 1 ? s->reach - m->reach : s->reach;

        if (!list->ended && !add_list(s, m, list, others))
            return false;
    }
    if (m->units && m->place_count > LEDE_UNION_PLACES)
        score_units(s, m);
    else if (m->units)
        score_places(s, m);
    return true;
}

/* ---- Finding ------------------------------------------------------------ */

/* Behind the window sums are 0. */
void lede_union_find_candidates(lede_union_search *s, uint32_t least)
{
    uint32_t width =
        (s->to - s->from + LEDE_UNION_FOUND - 1) & ~(LEDE_UNION_FOUND - 1);

    s->candidate_count = 0;
    if (least > INT16_MAX)
        return;
    s->candidate_count =
        s->loops->find(s->sums, width, least - 1, s->candidates);
}

static void sort_falling(uint16_t *numbers, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint16_t number = numbers[i];
        uint32_t at = i;

        for (; at > 0 && numbers[at - 1] < number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
}

/* As many parts of the window as documents are wanted reach it. */
uint32_t lede_union_cut(const lede_union_search *s)
{
    uint32_t want = s->sink->collector->search->want;
    uint32_t width = s->to - s->from, part = (width + CHUNKS - 1) / CHUNKS;
    uint16_t most[CHUNKS] = { 0 };

    if (want == 0 || want > CHUNKS)
        return 0;
    for (uint32_t i = 0; i < CHUNKS && i * part < width; i++)
        for (uint32_t at = i * part; at < (i + 1) * part && at < width; at++)
            if (s->sums[at] > most[i])
                most[i] = s->sums[at];
    sort_falling(most, CHUNKS);
    return most[want - 1];
}
