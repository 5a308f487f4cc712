#include "native/match/overlap.h"

#include "native/codec/rising.h"

/* No block of a list is at hand. */
#define NO_BLOCK UINT32_MAX

/* A word. */
typedef struct side {
    lede_postings *list;
    const lede_plan_term *term;
    const lede_lengths *lengths;
    const lede_sieve_ceiling *ceiling;
    float times;     /* an occurrence, as a tf */
    uint64_t weight; /* of one, in exact points */
    bool optional;
    bool is_long;
    uint32_t count;       /* blocks of the open group; a short list has one; 0:
                           * it is optional and has ended */
    uint32_t next;        /* those before it end below all that is looked for */
    uint32_t hand;        /* the block that was read */
    const uint16_t *tops; /* ceilings, of a long list */
    uint32_t frequencies[LEDE_BLOCK_MAX]; /* by place in the window */
} side;

typedef struct overlap {
    lede_sieve *sieve;
    lede_matcher *matcher;
    lede_sink *sink;
    const lede_refused *refused;
    bool alike; /* all words score by the same lengths */

    /* The rarest word's block, whole: what its documents have by it. */
    uint32_t own[LEDE_BLOCK_MAX];

    /* The window: a part of that block. */
    const uint32_t *docs;
    uint32_t n;
    uint32_t sums[LEDE_BLOCK_MAX]; /* what they have, and may have at most */
    uint32_t left;
    uint8_t pick[LEDE_BLOCK_MAX]; /* places of those that are left */

    uint32_t side_count;
    side sides[LEDE_CONJUNCTION_WORDS]; /* the rarest first, but for those that
                                         * are optional */
} overlap;

/* ---- Making ------------------------------------------------------------- */

bool lede_overlap_fits(const lede_sieve *sieve)
{
    const lede_conjunction *c = &sieve->words;

    if (!sieve->bounds || c->ended || sieve->phrase_count > 0)
        return false;
    for (uint32_t i = 0; i < c->count; i++) {
        const lede_conjunct *word = &c->words[i];

        if (word->count != 1 || !sieve->ceilings[i].lengths ||
            (!sieve->tops[word->first] &&
             c->lists[word->first].postings->documents > LEDE_POSTINGS_SHORT))
            return false;
    }
    return true;
}

static void set_side(side *made, const lede_sieve *s, uint32_t word)
{
    uint32_t at = s->words.words[word].first;
    const lede_group_list *list = &s->words.lists[at];

    made->list = list->postings;
    made->term = list->term;
    made->lengths = &s->lengths[word];
    made->ceiling = &s->ceilings[word];
    made->times = s->times[at];
    made->tops = s->tops[at];
    made->weight = list->term->weight;
    made->is_long = list->postings->documents > LEDE_POSTINGS_SHORT;
    made->count = made->is_long ? 0 : 1;
    made->next = 0;
    made->hand = made->is_long ? NO_BLOCK : 0;
}

static void add_sides(overlap *o, bool optional)
{
    const lede_sieve *s = o->sieve;

    for (uint32_t i = 0; i < s->words.count; i++) {
        uint32_t word = s->words.order[i];

        if ((s->optional >> word & 1) != optional)
            continue;
        o->sides[o->side_count].optional = optional;
        set_side(&o->sides[o->side_count++], s, word);
    }
}

static overlap *make(lede_sieve *s, const lede_refused *refused,
                     lede_sink *sink)
{
    overlap *o = lede_arena_alloc(s->matcher->arena, sizeof *o);

    if (!o)
        return NULL;
    o->sieve = s;
    o->matcher = s->matcher;
    o->sink = sink;
    o->refused = refused;
    o->alike = true;
    o->side_count = 0;
    add_sides(o, false);
    add_sides(o, true);
    for (uint32_t i = 1; i < o->side_count; i++)
        o->alike =
            o->alike && lede_lengths_are_alike(o->sides[i].lengths->score,
                                               o->sides[0].lengths->score);
    return o;
}

/* ---- Blocks ------------------------------------------------------------- */

static bool fail(overlap *o, const side *of)
{
    if (of->list->status != LEDE_OK)
        (void)lede_matcher_fail(o->matcher, of->list->status);
    return false;
}

static uint32_t last_of(const side *s, uint32_t block)
{
    return s->is_long ? lede_postings_last(s->list, block)
                      : s->list->docs[s->list->n - 1];
}

static uint32_t ceiling_of(const side *s, uint32_t block)
{
    return s->is_long ? s->tops[lede_postings_tops(s->list)[block]]
                      : lede_ceiling_most(s->ceiling->weight);
}

/* Passes the blocks that end below target; false at the end. */
static bool pass(overlap *o, side *s, uint32_t target)
{
    for (;;) {
        while (s->next < s->count && last_of(s, s->next) < target)
            s->next++;
        if (s->next < s->count)
            return true;
        s->count = s->is_long ? lede_postings_open_heads(s->list, target) : 0;
        s->next = 0;
        s->hand = NO_BLOCK;
        if (s->count == 0)
            return fail(o, s);
    }
}

/* Reads the documents of a block. */
static bool take_block(overlap *o, side *s, uint32_t block)
{
    if (s->hand == block)
        return true;
    s->hand = NO_BLOCK;
    if (!lede_postings_pick(s->list, block))
        return fail(o, s);
    s->hand = block;
    return true;
}

/* What documents from the first one that is not passed to *until have at most
 * by a word. *until falls to where the open group ends; behind the last group
 * there is nothing. */
static uint32_t reach(const side *s, uint32_t *until)
{
    uint32_t most = 0, b = s->next;

    if (s->count == 0)
        return 0;
    for (; b < s->count; b++) {
        uint32_t ceiling = ceiling_of(s, b);

        most = ceiling > most ? ceiling : most;
        if (last_of(s, b) >= *until)
            return most;
    }
    *until = last_of(s, s->count - 1);
    return most;
}

/* ---- Weighing ----------------------------------------------------------- */

/* The ceilings of all documents of the rarest word's block. */
static void weigh_own(overlap *o)
{
    const side *s = &o->sides[0];
    const lede_normals *of = s->ceiling->lengths;
    const lede_postings *list = s->list;
    const lede_ceiling_rule rule = { s->ceiling->weight, s->times, of->at,
                                     of->floors->at };

    lede_ceilings_weigh(&rule, list->docs, list->frequencies, list->n, o->own);
}

/* Adds what the blocks of a word let the documents have. Behind the last block
 * are none of the window, but where the word is optional. */
static void add_rests(overlap *o, const side *s)
{
    uint32_t at = 0;

    for (uint32_t b = s->next; b < s->count && at < o->n; b++) {
        uint32_t last = last_of(s, b), ceiling = ceiling_of(s, b);
        uint32_t end = o->n;

        if (o->docs[o->n - 1] > last)
            end = lede_rising_from(o->docs, o->n, last + 1);
        for (; at < end; at++)
            o->sums[at] += ceiling;
    }
    o->n = s->optional ? o->n : at;
}

/* Keeps of all documents those that may come to what is needed. */
static void pick_all(overlap *o, uint32_t needed)
{
    const uint32_t *sums = o->sums;
    const uint32_t n = o->n;
    uint32_t left = 0;

    for (uint32_t i = 0; i < n; i++) {
        o->pick[left] = (uint8_t)i;
        left += sums[i] >= needed;
    }
    o->left = left;
}

/* ---- Meeting ------------------------------------------------------------ */

/* How many of those that are left, from the i-th on, a document is not below. */
static uint32_t count_to(const overlap *o, uint32_t i, uint32_t last)
{
    uint32_t end = i;

    while (end < o->left && o->docs[o->pick[end]] <= last)
        end++;
    return end - i;
}

/* Keeps of `count` places those whose documents, none of them behind it, the
 * block at hand holds, and notes where; returns how many. None of the searches
 * waits for another. */
static uint32_t find_each(const overlap *o, const lede_postings *list,
                          uint8_t *pick, uint32_t count, uint8_t *found)
{
    const uint32_t *docs = o->docs, *held = list->docs;
    const uint32_t n = list->n;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint8_t place = pick[i];
        uint32_t at = lede_rising_from(held, n, docs[place]);

        pick[kept] = place;
        found[kept] = (uint8_t)at;
        kept += held[at] == docs[place];
    }
    return kept;
}

/* Keeps of `count` places, whose frequencies are known now, those that still
 * may come to what is needed; returns how many. */
static uint32_t weigh_each(overlap *o, side *s, uint8_t *pick, uint32_t count,
                           const uint8_t *found, uint32_t needed)
{
    const lede_normals *of = s->ceiling->lengths;
    const uint32_t *docs = o->docs, *frequencies = s->list->frequencies;
    const uint8_t *floors = of->floors->at;
    const float weight = s->ceiling->weight, times = s->times;
    const uint32_t before = ceiling_of(s, s->hand);
    uint32_t *sums = o->sums, kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint8_t place = pick[i];
        /* NOLINTNEXTLINE(clang-analyzer-core.*): find_each filled it */
        uint32_t frequency = frequencies[found[i]];
        uint32_t sum = sums[place] - before +
                       lede_ceiling(weight, (float)frequency * times,
                                    of->at[floors[docs[place]]]);

        sums[place] = sum;
        s->frequencies[place] = frequency;
        pick[kept] = place;
        kept += sum >= needed;
    }
    return kept;
}

/* Weighs `count` places by a word that is optional, of which the block at hand
 * may hold the documents, and keeps those that still may come to what is needed;
 * returns how many, or more than `count` once failed. */
static uint32_t weigh_optional(overlap *o, side *s, uint8_t *pick,
                               uint32_t count, uint32_t needed)
{
    const lede_normals *of = s->ceiling->lengths;
    const uint32_t before = ceiling_of(s, s->hand);
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint8_t place = pick[i];
        uint32_t doc = o->docs[place], sum = o->sums[place] - before;
        uint32_t at = lede_rising_from(s->list->docs, s->list->n, doc);

        s->frequencies[place] = 0;
        if (s->list->docs[at] == doc) {
            if (!lede_postings_frequencies(s->list))
                return LEDE_BLOCK_MAX + 1;
            s->frequencies[place] = s->list->frequencies[at];
            sum += lede_ceiling(s->ceiling->weight,
                                (float)s->frequencies[place] * s->times,
                                of->at[of->floors->at[doc]]);
        }
        o->sums[place] = sum;
        pick[kept] = place;
        kept += sum >= needed;
    }
    return kept;
}

static void pass_ended(const overlap *o, side *s)
{
    for (uint32_t i = 0; i < o->left; i++)
        s->frequencies[o->pick[i]] = 0;
}

/* Keeps what holds the word, or need not, and still may come to what is needed:
 * block after block. */
static bool meet(overlap *o, side *s, uint32_t needed)
{
    uint32_t kept = 0, count;

    if (s->count == 0) {
        pass_ended(o, s);
        return true;
    }
    for (uint32_t i = 0; i < o->left; i += count) {
        uint8_t *pick = o->pick + kept, found[LEDE_BLOCK_MAX];
        uint32_t here, first = o->docs[o->pick[i]];

        while (last_of(s, s->next) < first)
            s->next++;
        count = count_to(o, i, last_of(s, s->next));
        if (!take_block(o, s, s->next))
            return false;
        memmove(pick, o->pick + i, count);
        if (s->optional) {
            here = weigh_optional(o, s, pick, count, needed);
            if (here > count)
                return fail(o, s);
            kept += here;
            continue;
        }
        here = find_each(o, s->list, pick, count, found);
        if (here == 0)
            continue;
        if (!lede_postings_frequencies(s->list))
            return fail(o, s);
        kept += weigh_each(o, s, pick, here, found, needed);
    }
    o->left = kept;
    return true;
}

/* ---- Documents ---------------------------------------------------------- */

/* The exact points. */
static uint32_t points_of(const overlap *o, uint32_t place)
{
    uint32_t doc = o->docs[place];
    uint64_t length = lede_lengths_at(o->sides[0].lengths, doc), sum = 0;

    for (uint32_t i = 0; i < o->side_count; i++) {
        const side *s = &o->sides[i];

        if (s->frequencies[place] == 0)
            continue;
        if (!o->alike)
            length = lede_lengths_at(s->lengths, doc);
        sum += lede_score_points(o->matcher->rule, s->lengths->score,
                                 s->weight * s->frequencies[place], length);
    }
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/* Not asked of many, but each may go far: so it is spent for. */
static bool is_refused(const overlap *o, uint32_t doc)
{
    if (o->refused->count > 0 &&
        !lede_matcher_spend(o->matcher, o->refused->count))
        return true;
    for (uint32_t i = 0; i < o->refused->count; i++) {
        lede_finder *finder = o->refused->finders[i];

        if (lede_finder_seek(finder, doc) == doc && lede_finder_check(finder))
            return true;
    }
    return false;
}

static bool take_all(overlap *o)
{
    for (uint32_t i = 0; i < o->left; i++) {
        uint32_t doc = o->docs[o->pick[i]], points, needed;

        if (!lede_live_has(o->sink->live, doc))
            continue;
        needed = lede_sink_needed(o->sink);
        if (o->sums[o->pick[i]] < lede_sieve_needed(o->sieve, needed))
            continue;
        points = points_of(o, o->pick[i]);
        if (points >= needed && !is_refused(o, doc) &&
            o->matcher->status == LEDE_OK &&
            !lede_sink_take(o->sink, doc, points))
            return false;
    }
    return o->matcher->status == LEDE_OK;
}

/* ---- Windows ------------------------------------------------------------ */

/* Reads the rarest word's next block, if it was not, and begins the window with
 * what it has from target to `until`; false once failed. */
static bool begin_window(overlap *o, uint32_t target, uint32_t until)
{
    side *s = &o->sides[0];
    lede_postings *list = s->list;
    uint32_t from = 0, end;

    if (s->hand != s->next || !s->is_long) {
        if (!take_block(o, s, s->next))
            return false;
        if (!lede_postings_frequencies(list))
            return fail(o, s);
        weigh_own(o);
    }
    if (list->docs[0] < target)
        from = lede_rising_from(list->docs, list->n, target);
    end = list->n;
    if (list->docs[end - 1] > until)
        end = lede_rising_from(list->docs, list->n, until + 1);
    o->docs = list->docs + from;
    o->n = end - from;
    memcpy(s->frequencies, list->frequencies + from,
           o->n * sizeof *s->frequencies);
    memcpy(o->sums, o->own + from, o->n * sizeof *o->sums);
    return true;
}

/* Matches from target to `until`; false once failed. */
static bool match_window(overlap *o, uint32_t target, uint32_t until)
{
    uint32_t needed = lede_sieve_needed(o->sieve, lede_sink_needed(o->sink));

    if (!begin_window(o, target, until) ||
        !lede_matcher_spend(o->matcher, o->n))
        return false;
    for (uint32_t i = 1; i < o->side_count && o->n > 0; i++)
        add_rests(o, &o->sides[i]);
    pick_all(o, needed);
    for (uint32_t i = 1; i < o->side_count && o->left > 0; i++)
        if (!lede_matcher_spend(o->matcher, o->left) ||
            !meet(o, &o->sides[i], needed))
            return false;
    return take_all(o);
}

/* Finds where the window that begins at target ends, and what its documents
 * have at most; false at the end. */
static bool find_window(overlap *o, uint32_t target, uint32_t *until,
                        uint32_t *most)
{
    for (uint32_t i = 0; i < o->side_count; i++)
        if (!pass(o, &o->sides[i], target) &&
            (!o->sides[i].optional || o->matcher->status != LEDE_OK))
            return false;
    *until = last_of(&o->sides[0], o->sides[0].next);
    *most = ceiling_of(&o->sides[0], o->sides[0].next);
    for (uint32_t i = 1; i < o->side_count; i++)
        *most += reach(&o->sides[i], until);
    return true;
}

/* What the best documents of the one word that is required have by that: they
 * are matches, whatever else they hold. */
static void expect(overlap *o)
{
    const side *s = &o->sides[0];
    uint32_t quorum = lede_sink_quorum(o->sink);
    bool alone = o->side_count == 1 || o->sides[1].optional;

    if (alone && o->refused->count == 0 && quorum > 0)
        lede_sink_expect(o->sink,
                         lede_leaf_mark_of(s->list, s->term, s->lengths->score,
                                           o->matcher, quorum));
}

lede_status lede_overlap_find(lede_sieve *sieve, const lede_refused *refused,
                              lede_sink *sink)
{
    overlap *o = make(sieve, refused, sink);
    uint32_t target = 0, until, most;

    if (!o)
        return lede_arena_status(sieve->matcher->arena);
    expect(o);
    for (uint32_t i = 0; i < o->side_count; i++)
        if (!o->sides[i].is_long &&
            !lede_postings_frequencies(o->sides[i].list))
            return o->sides[i].list->status;
    while (lede_matcher_spend(o->matcher, o->side_count) &&
           find_window(o, target, &until, &most)) {
        if (most >= lede_sieve_needed(sieve, lede_sink_needed(sink)) &&
            !match_window(o, target, until))
            break;
        if (until == LEDE_DOC_END)
            break;
        target = until + 1;
    }
    return sink->status != LEDE_OK ? sink->status : o->matcher->status;
}
