/*
 * native/match/union_nonessential.c - asks the members that bring up no
 * document about those that others brought up.
 */
#include "native/match/union_parts.h"

typedef uint32_t docs4 __attribute__((vector_size(16)));

/* The first of rising numbers from a place on that is not below the target:
 * without a branch for each, since the next is near. */
static uint32_t pass_below(const uint32_t *docs, uint32_t at, uint32_t n,
                           uint32_t target)
{
    docs4 than = { 0 }, below = { 0 };

    for (; at + 16 <= n && docs[at + 15] < target; at += 16)
        ;
    if (at + 16 > n) {
        while (at < n && docs[at] < target)
            at++;
        return at;
    }
    than += target;
    for (uint32_t i = 0; i < 16; i += 4) {
        docs4 four;

        memcpy(&four, docs + at + i, sizeof four);
        below -= (docs4)(four < than);
    }
    return at + below[0] + below[1] + below[2] + below[3];
}

typedef int16_t tops8 __attribute__((vector_size(16)));

/* Floors by eights: of those that no document has, sums are not looked at. */
static inline uint32_t first_eight(const lede_union_search *s)
{
    return s->normals->floors->least & ~7U;
}

/* What so many occurrences reach by floor: for a whole group of blocks, for
 * which they stay the same. */
static void set_row(const lede_union_search *s, lede_union_member *m,
                    uint32_t times)
{
    const lede_floors *floors = s->normals->floors;

    for (uint32_t i = floors->least; i <= floors->most; i++)
        m->row[i] = (uint16_t)lede_leaf_ceiling_of(m->leaf, times, i);
    m->row_times = times;
}

/* What a leaf reaches in documents of each length. */
static void set_tops(const lede_union_search *s, lede_union_member *m)
{
    const lede_floors *floors = s->normals->floors;
    /* Where it is no whole number any more, it stands for any. */
    uint32_t times = m->most < 0x1p24F ? (uint32_t)m->most : UINT32_MAX;
    tops8 reach = { 0 };

    reach += (int16_t)m->reach;
    if (!m->leaf->ceilings || m->leaf->normals != s->normals) {
        for (uint32_t i = first_eight(s); i <= floors->most; i += 8)
            memcpy(m->tops + i, &reach, sizeof reach);
        return;
    }
    if (m->row_times != times)
        set_row(s, m, times);
    for (uint32_t i = first_eight(s); i <= floors->most; i += 8) {
        tops8 tops, less;

        memcpy(&tops, m->row + i, sizeof tops);
        less = tops < reach;
        tops = (tops & less) | (reach & ~less);
        memcpy(m->tops + i, &tops, sizeof tops);
    }
}

/* Adds to what is not asked yet, or takes from it. */
static void change_rests(lede_union_search *s, const lede_union_member *m,
                         int16_t by)
{
    for (uint32_t i = first_eight(s); i <= s->normals->floors->most; i += 8) {
        tops8 tops, rests;

        memcpy(&tops, m->tops + i, sizeof tops);
        memcpy(&rests, s->rests + i, sizeof rests);
        rests += tops * by;
        memcpy(s->rests + i, &rests, sizeof rests);
    }
}

/* What a place may reach: its sum, and what those reach that are not asked
 * yet. */
static inline uint32_t reach_at(const lede_union_search *s, uint32_t at)
{
    return (uint32_t)s->sums[at] +
           s->rests[s->normals->floors->at[s->from + at]];
}

static inline uint32_t floor_at(const lede_union_search *s,
                                const lede_union_member *m, uint32_t at)
{
    return m->leaf->normals->floors->at[s->from + at];
}

/* Keeps a place, with what the leaf has there, if that is enough. Which it is
 * cannot be foreseen: so without a branch. */
static inline uint32_t settle(lede_union_search *s, uint32_t kept, uint32_t at,
                              uint32_t ceiling)
{
    s->sums[at] = (uint16_t)(s->sums[at] + ceiling);
    s->candidates[kept] = (uint16_t)at;
    return kept + (reach_at(s, at) >= s->needed);
}

static inline uint32_t settle_one(lede_union_search *s,
                                  const lede_union_member *m, uint32_t kept,
                                  uint32_t at, uint32_t times)
{
    uint32_t some = times > 0 ? UINT32_MAX : 0;
    uint32_t ceiling =
        lede_leaf_ceiling_of(m->leaf, times + (times == 0), floor_at(s, m, at));

    m->frequencies[at] = lede_union_byte_of(times);
    return settle(s, kept, at, ceiling & some);
}

/* What is the same of all places of a block. */
static lede_union_asked asked_of(const lede_union_search *s,
                                 const lede_union_member *m, uint32_t block)
{
    const lede_list_blocks *blocks = m->leaf->lists[0].blocks;
    const float most = blocks->most[block];

    return (lede_union_asked){
        .leaf = m->leaf,
        .ceilings = m->leaf->ceilings,
        .row = lede_ceilings_row(
            m->leaf->ceilings,
            most < (float)LEDE_CEILING_ROWS ? (uint32_t)most : 0),
        .own = m->leaf->normals->floors->at + s->from,
        .floors = s->normals->floors->at + s->from,
        .rests = s->rests,
        .sums = s->sums,
        .frequencies = m->frequencies,
        .top = blocks->ceilings[block],
        .last = lede_list_last(&m->leaf->lists[0], block) - s->from,
        .needed = s->needed,
    };
}

/* Drops candidates of the block, up to the first for which the leaf may make
 * enough; false if there is none. */
static bool find_wanted(const lede_union_search *s,
                        const lede_union_asked *asked, uint32_t *next)
{
    uint32_t i = *next;

    while (i < s->candidate_count && s->candidates[i] <= asked->last &&
           !lede_union_asked_wants(asked, s->candidates[i]))
        i++;
    *next = i;
    return i < s->candidate_count && s->candidates[i] <= asked->last;
}

static uint32_t ask_long(lede_union_search *s, const lede_union_member *m,
                         uint32_t *next)
{
    lede_list *list = &m->leaf->lists[0];
    uint32_t kept = 0;

    while (*next < s->candidate_count && !list->ended &&
           lede_list_pass(m->leaf, list, s->from + s->candidates[*next]) &&
           list->postings->status == LEDE_OK) {
        uint32_t block = list->blocks->next;
        lede_union_asked asked = asked_of(s, m, block);

        if (!find_wanted(s, &asked, next))
            continue;
        if (!lede_list_take(list, block) ||
            !lede_postings_frequencies(list->postings))
            break;
        kept = s->loops->ask(s, asked, list->postings, next, kept);
    }
    return kept;
}

static uint32_t ask_short(lede_union_search *s, const lede_union_member *m,
                          uint32_t *next)
{
    lede_postings *p = m->leaf->lists[0].postings;
    uint32_t kept = 0;

    for (; *next < s->candidate_count; ++*next) {
        uint32_t at = s->candidates[*next], times = 0;

        p->at = pass_below(p->docs, p->at, p->n, s->from + at);
        if (p->at == p->n)
            break;
        if (p->docs[p->at] == s->from + at)
            times = p->frequencies[p->at];
        kept = settle_one(s, m, kept, at, times);
    }
    return kept;
}

/* Occurrences in a document; documents rise. */
static uint32_t times_in(const lede_leaf *leaf, lede_list *list, uint32_t doc)
{
    lede_postings *p = list->postings;

    if (list->ended)
        return 0;
    if (list->blocks && (!lede_list_pass(leaf, list, doc) ||
                         !lede_list_take(list, list->blocks->next)))
        return 0;
    p->at = pass_below(p->docs, p->at, p->n, doc);
    return p->at < p->n && p->docs[p->at] == doc && lede_postings_frequencies(p)
               ? p->frequencies[p->at]
               : 0;
}

/* The same of a leaf of several lists. */
static uint32_t ask_lists(lede_union_search *s, lede_union_member *m)
{
    lede_leaf *leaf = m->leaf;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->candidate_count; i++) {
        uint32_t at = s->candidates[i], ceiling = 0;
        float units = 0;

        if (reach_at(s, at) + m->reach < s->needed)
            continue;
        for (uint32_t j = 0; j < leaf->count; j++)
            units += (float)times_in(leaf, &leaf->lists[j], s->from + at) *
                     leaf->lists[j].times;
        m->units[at] = units;
        if (m->place_count < LEDE_UNION_PLACES)
            m->places[m->place_count] = (uint16_t)at;
        m->place_count += m->place_count <= LEDE_UNION_PLACES;
        if (units > 0)
            ceiling = lede_leaf_ceiling(leaf, units, floor_at(s, m, at));
        kept = settle(s, kept, at, ceiling);
    }
    s->steps += (uint64_t)s->candidate_count * leaf->count;
    return kept;
}

/* Keeps of the candidates those that may have what is needed when it is known
 * what the leaf has there. */
static void ask(lede_union_search *s, lede_union_member *m)
{
    uint32_t next = 0, kept;

    m->known = true;
    if (m->units) {
        s->candidate_count = ask_lists(s, m);
        return;
    }
    kept = m->leaf->lists[0].blocks ? ask_long(s, m, &next)
                                    : ask_short(s, m, &next);
    for (; next < s->candidate_count; next++)
        kept = settle_one(s, m, kept, s->candidates[next], 0);
    s->steps += s->candidate_count;
    s->candidate_count = kept;
}

/* The one that reaches the most first. */
void lede_union_ask(lede_union_search *s, uint32_t nonessential)
{
    memset(s->rests, 0, sizeof s->rests);
    for (uint32_t i = 0; i < nonessential; i++) {
        set_tops(s, s->order[i]);
        change_rests(s, s->order[i], 1);
    }
    for (uint32_t i = nonessential; i > 0 && s->candidate_count > 0; i--) {
        lede_union_member *m = s->order[i - 1];

        if (m->reach == 0)
            break;
        change_rests(s, m, -1);
        ask(s, m);
    }
}
