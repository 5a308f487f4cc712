#include "native/match/union.h"

#define WIDTH     4096U
#define WIDTH_MIN 512U
#define CHUNKS    64U               /* of a window, for a cut */
#define ROOM      ((size_t)1 << 20) /* for what a window keeps of its leaves */

/* So many places are put in order. */
#define SORTED 64U

/* A single list keeps frequencies as bytes; this one stands for more. */
#define MANY 255U

typedef struct member {
    lede_leaf *leaf;
    uint32_t reach;       /* ceiling in the window */
    float most;           /* times in it, of a leaf of one list */
    uint16_t *tops;       /* reach by floor of length, while it is asked */
    bool known;           /* what follows is, for each document that counts */
    uint8_t *frequencies; /* by place in the window, of a leaf of one list */
    float *units;         /* the same of one with several */
} member;

typedef struct search {
    lede_matcher *matcher;
    const lede_quanta *quanta;
    lede_sink *sink;
    member *members;
    member **order; /* by reach, rising */
    uint32_t count;
    uint32_t width; /* of windows, at most */
    uint32_t next;  /* of the next one */
    uint32_t from;  /* the window */
    uint32_t to;
    uint32_t reach;  /* of all members together */
    uint32_t needed; /* in quanta, or less than that by now */
    uint64_t steps;
    uint16_t *sums;              /* by place in the window: ceilings */
    uint16_t *found;             /* places */
    const lede_normals *normals; /* that most leaves have */
    uint16_t
        rests[LEDE_LENGTH_FLOORS]; /* what is still to be asked, by floor */
    uint32_t found_count;
} search;

/* ---- Reach -------------------------------------------------------------- */

/* A leaf reaches what its lists do together, and no more than with all their
 * occurrences in one document, the shortest. */
static uint32_t reach_of(search *s, member *m)
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

static void put_in_order(search *s)
{
    for (uint32_t i = 1; i < s->count; i++) {
        member *m = s->order[i];
        uint32_t at = i;

        for (; at > 0 && s->order[at - 1]->reach > m->reach; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = m;
    }
}

/* Whether a document of the window may have what is needed. */
static bool look_ahead(search *s)
{
    s->reach = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        member *m = &s->members[i];

        m->reach = reach_of(s, m);
        m->known = false;
        s->reach += m->reach;
    }
    s->needed = lede_quanta_needed(s->quanta, lede_sink_needed(s->sink));
    return s->reach > 0 && s->reach >= s->needed;
}

/* How many members, the first in order, cannot bring up a document. */
static uint32_t idle_count(const search *s, uint32_t *rest)
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

/* ---- Adding up ---------------------------------------------------------- */

/* Documents of a list that lie in the window. */
typedef struct run {
    const uint32_t *docs;
    const uint32_t *frequencies;
    uint32_t n;
} run;

static uint32_t first_from(const uint32_t *docs, uint32_t n, uint32_t target)
{
    uint32_t low = 0;

    while (low < n) {
        uint32_t middle = low + (n - low) / 2;

        if (docs[middle] < target)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* Those of the block at hand. */
static run run_at_hand(const search *s, const lede_postings *p)
{
    uint32_t first = 0, end = p->n;

    if (p->docs[0] < s->from)
        first = first_from(p->docs, p->n, s->from);
    if (p->docs[end - 1] >= s->to)
        end = first_from(p->docs, p->n, s->to);
    return (run){ p->docs + first, p->frequencies + first, end - first };
}

/* Of a leaf of one long list. What a byte is written to may be anything, as far
 * as the compiler knows: so all that stays the same is in variables. */
static void add_one(const search *s, const member *m, run in)
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
        frequencies[doc - from] = (uint8_t)(times < MANY ? times : MANY);
    }
}

/* Of a leaf of one short list, which knows all its ceilings. */
static void add_short(const search *s, const member *m, const lede_list *list)
{
    const lede_postings *p = list->postings;

    for (uint32_t i = p->at; i < p->n && p->docs[i] < s->to; i++) {
        uint32_t at = p->docs[i] - s->from, times = p->frequencies[i];

        s->sums[at] = (uint16_t)(s->sums[at] + list->ceilings[i]);
        m->frequencies[at] = (uint8_t)(times < MANY ? times : MANY);
    }
}

static void add_units(const search *s, const member *m, const lede_list *list,
                      run in)
{
    const float times = list->times;
    const uint32_t from = s->from;
    float *units = m->units;

    for (uint32_t i = 0; i < in.n; i++)
        units[in.docs[i] - from] += (float)in.frequencies[i] * times;
}

static void add_run(search *s, const member *m, const lede_list *list, run in)
{
    s->steps += in.n;
    if (m->units)
        add_units(s, m, list, in);
    else
        add_one(s, m, in);
}

/* `others`: what all else in the window reaches. Documents of a block that with
 * it do not have what is needed may as well go without. */
static bool add_list(search *s, const member *m, lede_list *list,
                     uint32_t others)
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

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t whole __attribute__((vector_size(16)));
typedef uint16_t sums4 __attribute__((vector_size(8)));

/* Ceilings of four documents, 0 where units are 0. */
static inline whole score_four(const lede_leaf *leaf, lanes units,
                               const uint8_t *floors)
{
    const float *normals = leaf->normals->at;
    lanes normal = { normals[floors[0]], normals[floors[1]], normals[floors[2]],
                     normals[floors[3]] };
    lanes tf = units * leaf->tf;
    whole some = units > 0;

    /* Where there are none, 1 spares a division of 0 by 0. */
    normal += __builtin_convertvector(1 + some, lanes);
    return (1 + __builtin_convertvector(leaf->weight * (tf / (tf + normal)),
                                        whole)) &
           some;
}

/* Of several lists: what they add up to is scored as one. */
static void score_units(search *s, const member *m)
{
    const lede_leaf *leaf = m->leaf;
    const uint8_t *floors = leaf->normals->floors->at + s->from;
    uint32_t width = s->to - s->from, at = 0;

    for (; at + 4 <= width; at += 4) {
        lanes units;
        sums4 sums;
        whole high;

        memcpy(&units, m->units + at, sizeof units);
        memcpy(&sums, s->sums + at, sizeof sums);
        high = units >= 0x1p24F;
        if (high[0] | high[1] | high[2] | high[3])
            break;
        sums += __builtin_convertvector(score_four(leaf, units, floors + at),
                                        sums4);
        memcpy(s->sums + at, &sums, sizeof sums);
    }
    for (; at < width; at++)
        if (m->units[at] > 0)
            s->sums[at] =
                (uint16_t)(s->sums[at] +
                           lede_leaf_ceiling(leaf, m->units[at], floors[at]));
}

static bool add_member(search *s, member *m)
{
    lede_leaf *leaf = m->leaf;
    uint32_t width = s->to - s->from;

    if (m->units)
        memset(m->units, 0, ((size_t)width + 3) / 4 * 4 * sizeof *m->units);
    else
        memset(m->frequencies, 0, width);
    m->known = true;
    for (uint32_t i = 0; i < leaf->count; i++) {
        lede_list *list = &leaf->lists[i];
        uint32_t others = leaf->count == 1 ? s->reach - m->reach : s->reach;

        if (!list->ended && !add_list(s, m, list, others))
            return false;
    }
    if (m->units)
        score_units(s, m);
    return true;
}

/* ---- Finding ------------------------------------------------------------ */

typedef int16_t sums8 __attribute__((vector_size(16)));
typedef int8_t bytes8 __attribute__((vector_size(8)));

static inline sums8 load8(const uint16_t *sums)
{
    sums8 eight;

    memcpy(&eight, sums, sizeof eight);
    return eight;
}

static inline uint64_t bytes_of(sums8 mask)
{
    bytes8 eight = __builtin_convertvector(mask, bytes8);
    uint64_t bytes;

    memcpy(&bytes, &eight, sizeof bytes);
    return bytes;
}

/* Of eight places from one on those whose byte is not 0, the first in the low
 * bits. */
static inline uint32_t put_places(uint16_t *places, uint32_t count, uint32_t at,
                                  uint64_t bytes)
{
    for (bytes &= 0x0101010101010101; bytes; bytes &= bytes - 1)
        places[count++] = (uint16_t)(at + (uint32_t)__builtin_ctzll(bytes) / 8);
    return count;
}

/* Finds the places whose sums are at least `from`, 1 or more. Most sums are
 * not: sixteen of them are looked at together. */
static void find_sums(search *s, uint32_t from)
{
    uint32_t width = s->to - s->from, count = 0;
    sums8 less = { 0 };

    s->found_count = 0;
    if (from > INT16_MAX)
        return;
    less += (int16_t)(from - 1);
    for (uint32_t at = 0; at < width; at += 16) {
        sums8 low = load8(s->sums + at) > less;
        sums8 high = load8(s->sums + at + 8) > less;

        if (bytes_of(low | high) == 0)
            continue;
        count = put_places(s->found, count, at, bytes_of(low));
        count = put_places(s->found, count, at + 8, bytes_of(high));
    }
    s->found_count = count;
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

/* A sum that as many documents as are wanted reach, and not many more: of parts
 * of the window as many reach it. */
static uint32_t cut(const search *s)
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

/* ---- Asking ------------------------------------------------------------- */

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

/* What a leaf reaches in documents of each length. */
static void set_tops(const search *s, member *m)
{
    const lede_floors *floors = s->normals->floors;
    bool by_floor = m->leaf->ceilings && m->leaf->normals == s->normals;
    /* Where it is no whole number any more, it stands for any. */
    uint32_t times = m->most < 0x1p24F ? (uint32_t)m->most : UINT32_MAX;

    for (uint32_t i = floors->least; i <= floors->most; i++) {
        uint32_t top = m->reach, ceiling = top;

        if (by_floor)
            ceiling = lede_leaf_ceiling_of(m->leaf, times, i);
        m->tops[i] = (uint16_t)(ceiling < top ? ceiling : top);
    }
}

static void add_rests(search *s, const member *m)
{
    const lede_floors *floors = s->normals->floors;

    for (uint32_t i = floors->least; i <= floors->most; i++)
        s->rests[i] = (uint16_t)(s->rests[i] + m->tops[i]);
}

static void drop_rests(search *s, const member *m)
{
    const lede_floors *floors = s->normals->floors;

    for (uint32_t i = floors->least; i <= floors->most; i++)
        s->rests[i] = (uint16_t)(s->rests[i] - m->tops[i]);
}

/* What a place may reach: its sum, and what those reach that are not asked
 * yet. */
static inline uint32_t reach_at(const search *s, uint32_t at)
{
    return (uint32_t)s->sums[at] +
           s->rests[s->normals->floors->at[s->from + at]];
}

static inline uint32_t floor_at(const search *s, const member *m, uint32_t at)
{
    return m->leaf->normals->floors->at[s->from + at];
}

/* Keeps a place, with what the leaf has there, if that is enough. Which it is
 * cannot be foreseen: so without a branch. */
static inline uint32_t settle(search *s, uint32_t kept, uint32_t at,
                              uint32_t ceiling)
{
    s->sums[at] = (uint16_t)(s->sums[at] + ceiling);
    s->found[kept] = (uint16_t)at;
    return kept + (reach_at(s, at) >= s->needed);
}

static inline uint32_t settle_one(search *s, const member *m, uint32_t kept,
                                  uint32_t at, uint32_t times)
{
    uint32_t some = times > 0 ? UINT32_MAX : 0;
    uint32_t ceiling =
        lede_leaf_ceiling_of(m->leaf, times + (times == 0), floor_at(s, m, at));

    m->frequencies[at] = (uint8_t)(times < MANY ? times : MANY);
    return settle(s, kept, at, ceiling & some);
}

/* Asks about places up to the last document of a block, from found[*next] on.
 * Returns how many are kept. */
static uint32_t ask_block(search *s, const member *m, uint32_t block,
                          uint32_t *next, uint32_t kept)
{
    lede_list *list = &m->leaf->lists[0];
    const lede_list_blocks *blocks = list->blocks;
    lede_postings *p = list->postings;
    float most = blocks->most[block];
    const uint16_t *row =
        lede_ceilings_row(m->leaf->ceilings,
                          most < (float)LEDE_CEILING_ROWS ? (uint32_t)most : 0);
    uint32_t i = *next, end = lede_list_last(list, block) - s->from;
    bool taken = false, held;

    for (; i < s->found_count && s->found[i] <= end; i++) {
        uint32_t at = s->found[i], top = blocks->ceilings[block];

        if (row[floor_at(s, m, at)] < top)
            top = row[floor_at(s, m, at)];
        if (reach_at(s, at) + top < s->needed)
            continue;
        if (!taken &&
            (!lede_list_take(list, block) || !lede_postings_frequencies(p)))
            break;
        taken = true;
        p->at = pass_below(p->docs, p->at, p->n, s->from + at);
        held = p->docs[p->at] == s->from + at;
        kept = settle_one(s, m, kept, at, held ? p->frequencies[p->at] : 0);
    }
    *next = i;
    return kept;
}

static uint32_t ask_long(search *s, const member *m, uint32_t *next)
{
    lede_list *list = &m->leaf->lists[0];
    uint32_t kept = 0;

    while (*next < s->found_count && !list->ended &&
           lede_list_pass(m->leaf, list, s->from + s->found[*next]) &&
           list->postings->status == LEDE_OK)
        kept = ask_block(s, m, list->blocks->next, next, kept);
    return kept;
}

static uint32_t ask_short(search *s, const member *m, uint32_t *next)
{
    lede_postings *p = m->leaf->lists[0].postings;
    uint32_t kept = 0;

    for (; *next < s->found_count; ++*next) {
        uint32_t at = s->found[*next], times = 0;

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
static uint32_t ask_lists(search *s, const member *m)
{
    lede_leaf *leaf = m->leaf;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->found_count; i++) {
        uint32_t at = s->found[i], ceiling = 0;
        float units = 0;

        if (reach_at(s, at) + m->reach < s->needed)
            continue;
        for (uint32_t j = 0; j < leaf->count; j++)
            units += (float)times_in(leaf, &leaf->lists[j], s->from + at) *
                     leaf->lists[j].times;
        m->units[at] = units;
        if (units > 0)
            ceiling = lede_leaf_ceiling(leaf, units, floor_at(s, m, at));
        kept = settle(s, kept, at, ceiling);
    }
    s->steps += (uint64_t)s->found_count * leaf->count;
    return kept;
}

/* Keeps of the places found those that may have what is needed when it is known
 * what the leaf has there. */
static void ask(search *s, member *m)
{
    uint32_t next = 0, kept;

    m->known = true;
    if (m->units) {
        s->found_count = ask_lists(s, m);
        return;
    }
    kept = m->leaf->lists[0].blocks ? ask_long(s, m, &next)
                                    : ask_short(s, m, &next);
    for (; next < s->found_count; next++)
        kept = settle_one(s, m, kept, s->found[next], 0);
    s->steps += s->found_count;
    s->found_count = kept;
}

/* Asks the first in order, the one that reaches the most first. */
static void ask_idle(search *s, uint32_t idle)
{
    memset(s->rests, 0, sizeof s->rests);
    for (uint32_t i = 0; i < idle; i++) {
        set_tops(s, s->order[i]);
        add_rests(s, s->order[i]);
    }
    for (uint32_t i = idle; i > 0 && s->found_count > 0; i--) {
        member *m = s->order[i - 1];

        if (m->reach == 0)
            break;
        drop_rests(s, m);
        ask(s, m);
    }
}

/* ---- Taking ------------------------------------------------------------- */

static lede_status tf_of(search *s, member *m, uint32_t at, uint64_t *tf)
{
    *tf = 0;
    if (!m->known)
        return LEDE_OK;
    if (m->units) {
        if (m->units[at] >= 0x1p24F)
            return lede_leaf_tf(m->leaf, s->matcher, s->from + at, tf);
        *tf = (uint64_t)m->units[at] * m->leaf->unit;
    } else {
        if (m->frequencies[at] == MANY)
            return lede_leaf_tf(m->leaf, s->matcher, s->from + at, tf);
        *tf = m->frequencies[at] * m->leaf->unit;
    }
    return LEDE_OK;
}

static lede_status take(search *s, uint32_t at)
{
    const lede_normals *normals = NULL;
    uint64_t points = 0, length = 0, tf;

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
        points += lede_leaf_points(s->members[i].leaf, s->matcher, length, tf);
    }
    if (points >= lede_sink_needed(s->sink) &&
        !lede_sink_take(s->sink, s->from + at, (uint32_t)points))
        return s->sink->status;
    return LEDE_OK;
}

/* The highest sums first. */
static void sort_found(search *s)
{
    for (uint32_t i = 1; i < s->found_count; i++) {
        uint16_t place = s->found[i], sum = s->sums[place];
        uint32_t at = i;

        for (; at > 0 && s->sums[s->found[at - 1]] < sum; at--)
            s->found[at] = s->found[at - 1];
        s->found[at] = place;
    }
}

/* Of few the best first: the others are then seen to be too little. */
static lede_status take_found(search *s)
{
    lede_status status = LEDE_OK;

    if (s->found_count <= SORTED)
        sort_found(s);
    for (uint32_t i = 0; status == LEDE_OK && i < s->found_count; i++) {
        if (s->sums[s->found[i]] < s->needed)
            continue;
        status = take(s, s->found[i]);
        s->needed = lede_quanta_needed(s->quanta, lede_sink_needed(s->sink));
    }
    s->steps += s->found_count;
    return status;
}

/* ---- Windows ------------------------------------------------------------ */

static lede_status list_status(const search *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t j = 0; j < s->members[i].leaf->count; j++) {
            const lede_postings *p = s->members[i].leaf->lists[j].postings;

            if (p->status != LEDE_OK)
                return p->status;
        }
    return LEDE_OK;
}

/* Takes what is found; of many the best first, so that the others are seen to
 * be too little. */
static lede_status find_and_take(search *s, uint32_t idle, uint32_t rest)
{
    uint32_t limit = rest == 0 && s->needed == 0 ? cut(s) : 0;
    lede_status status;

    if (limit > 1) {
        find_sums(s, limit);
        status = take_found(s);
        if (status != LEDE_OK)
            return status;
        for (uint32_t i = 0; i < s->found_count; i++)
            s->sums[s->found[i]] = 0;
    }
    find_sums(s, s->needed > rest + 1 ? s->needed - rest : 1);
    if (s->found_count > 0 && idle > 0)
        ask_idle(s, idle);
    return take_found(s);
}

static lede_status search_window(search *s)
{
    uint32_t rest, idle;
    lede_status status = LEDE_OK;

    if (!look_ahead(s))
        return LEDE_OK;
    put_in_order(s);
    idle = idle_count(s, &rest);
    for (uint32_t i = idle; i < s->count; i++)
        if (!add_member(s, s->order[i]))
            break;
    status = list_status(s);
    if (status == LEDE_OK)
        status = find_and_take(s, idle, rest);
    memset(s->sums, 0, s->width * sizeof *s->sums);
    return status == LEDE_OK ? list_status(s) : status;
}

/* The first document from the window's end on that a list may hold. */
static uint32_t next_doc(const search *s)
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

static bool open_member(search *s, member *m, lede_leaf *leaf)
{
    lede_arena *arena = s->matcher->arena;

    *m = (member){ .leaf = leaf };
    m->tops = lede_arena_alloc(arena, LEDE_LENGTH_FLOORS * sizeof *m->tops);
    if (!m->tops)
        return false;
    if (leaf->count > 1) {
        m->units = lede_arena_alloc(arena, s->width * sizeof *m->units);
        return m->units != NULL;
    }
    m->frequencies = lede_arena_alloc(arena, s->width);
    return m->frequencies != NULL;
}

static lede_status begin(search *s, lede_leaf *leaves)
{
    lede_arena *arena = s->matcher->arena;

    s->width = WIDTH;
    s->normals = leaves[0].normals;
    while (s->width > WIDTH_MIN &&
           (size_t)s->width * s->count * sizeof(float) > ROOM)
        s->width /= 2;
    s->members = lede_arena_array(arena, s->count, sizeof *s->members);
    s->order = lede_arena_array(arena, s->count, sizeof(member *));
    s->sums = lede_arena_array(arena, s->width, sizeof *s->sums);
    /* One is written before it is known whether it counts. */
    s->found = lede_arena_alloc(arena, (s->width + 1) * sizeof *s->found);
    if (!s->members || !s->order || !s->sums || !s->found)
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
    search s = {
        .matcher = matcher, .quanta = quanta, .sink = sink, .count = count
    };
    lede_status status = begin(&s, leaves);

    s.next = s.width < WIDTH_MIN ? s.width : WIDTH_MIN;
    while (status == LEDE_OK && (s.from = next_doc(&s)) != LEDE_DOC_END &&
           s.from < matcher->documents) {
        s.to = matcher->documents - s.from < s.next ? matcher->documents
                                                    : s.from + s.next;
        s.next = s.next < s.width / 2 ? 2 * s.next : s.width;
        status = search_window(&s);
        s.steps += count;
        if (status == LEDE_OK)
            status = lede_budget_spend(matcher->budget, s.steps);
        s.steps = 0;
    }
    return status;
}
