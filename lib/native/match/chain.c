#include "native/match/chain.h"

#include "native/codec/rising.h"

/* No block of a list is at hand. */
#define NO_BLOCK UINT32_MAX

/* A word. */
typedef struct side {
    lede_postings *list;
    uint8_t *at;          /* by place: where its block has the document */
    float times;          /* an occurrence, as a tf */
    const uint16_t *tops; /* ceilings, of a long list */
    bool is_long;
    uint32_t count; /* blocks of the open group; a short list has one */
    uint32_t next;  /* those before it end below all that is looked for */
    uint32_t hand;  /* the block that was read */
} side;

typedef struct chain {
    lede_sieve *sieve;
    lede_matcher *matcher;
    lede_sink *sink;
    lede_sieve_phrase *phrase;
    float weight;
    const float *normals; /* by floor */
    const uint8_t *floors;
    uint32_t points; /* needed, exact .. */
    uint32_t needed; /* .. and in quanta */

    /* The rarest word's block: what its documents may have, and places of those
     * for which that is enough. */
    uint32_t quanta[LEDE_BLOCK_MAX];
    uint8_t left[LEDE_BLOCK_MAX];
    uint32_t left_count;
    uint32_t done; /* of these */

    /* The window: those of them that all words' blocks at hand may hold. */
    uint8_t pick[LEDE_BLOCK_MAX];
    uint32_t n;

    uint32_t side_count;
    side sides[LEDE_CONJUNCTION_WORDS]; /* the rarest first */
} chain;

/* ---- Making ------------------------------------------------------------- */

bool lede_chain_fits(const lede_sieve *sieve)
{
    const lede_conjunction *c = &sieve->words;
    const lede_sieve_phrase *l = sieve->phrases[0];

    if (!sieve->bounds || c->ended || sieve->phrase_count != 1 ||
        !l->ceiling.lengths || l->phrase.word_count != c->count)
        return false;
    for (uint32_t w = 0; w < c->count; w++) {
        const lede_conjunct *word = &c->words[l->phrase.words[w]];

        if (word->count != 1 ||
            (!l->tops[w] &&
             c->lists[word->first].postings->documents > LEDE_POSTINGS_SHORT))
            return false;
    }
    return true;
}

static void add_side(chain *x, uint32_t w)
{
    lede_conjunction *c = &x->sieve->words;
    uint32_t l = c->words[x->phrase->phrase.words[w]].first;
    side made = { .list = c->lists[l].postings,
                  .at = c->at[l],
                  .times = x->phrase->times[w],
                  .tops = x->phrase->tops[w],
                  .hand = NO_BLOCK };
    uint32_t at = x->side_count++;

    made.is_long = made.list->documents > LEDE_POSTINGS_SHORT;
    made.count = made.is_long ? 0 : 1;
    for (; at > 0 && x->sides[at - 1].list->documents > made.list->documents;
         at--)
        x->sides[at] = x->sides[at - 1];
    x->sides[at] = made;
}

static chain *make(lede_sieve *s, lede_sink *sink)
{
    chain *x = lede_arena_alloc(s->matcher->arena, sizeof *x);
    const lede_sieve_ceiling *of = &s->phrases[0]->ceiling;

    if (!x)
        return NULL;
    x->sieve = s;
    x->matcher = s->matcher;
    x->sink = sink;
    x->phrase = s->phrases[0];
    x->weight = of->weight;
    x->normals = of->lengths->at;
    x->floors = of->lengths->floors->at;
    x->points = x->needed = 0;
    x->left_count = x->done = x->n = 0;
    x->side_count = 0;
    for (uint32_t w = 0; w < x->phrase->phrase.word_count; w++)
        add_side(x, w);
    return x;
}

/* ---- Blocks ------------------------------------------------------------- */

static bool fail(chain *x, const side *of)
{
    if (of->list->status != LEDE_OK)
        (void)lede_matcher_fail(x->matcher, of->list->status);
    return false;
}

static uint32_t last_of(const side *s)
{
    return s->is_long ? lede_postings_last(s->list, s->next)
                      : s->list->docs[s->list->n - 1];
}

/* Whether the next block may hold what is needed. */
static bool may_have(const chain *x, const side *s)
{
    return !s->is_long ||
           s->tops[lede_postings_tops(s->list)[s->next]] >= x->needed;
}

/* Passes the blocks that end below target; false at the end. */
static bool pass(chain *x, side *s, uint32_t target)
{
    for (;;) {
        while (s->next < s->count && last_of(s) < target)
            s->next++;
        if (s->next < s->count)
            return true;
        s->count = s->is_long ? lede_postings_open_heads(s->list, target) : 0;
        s->next = 0;
        s->hand = NO_BLOCK;
        if (s->count == 0)
            return fail(x, s);
    }
}

/* Reads the documents of the next block. */
static bool take_block(chain *x, side *s)
{
    if (s->hand == s->next)
        return true;
    s->hand = NO_BLOCK;
    if (s->is_long && !lede_postings_pick(s->list, s->next))
        return fail(x, s);
    s->hand = s->next;
    return true;
}

/* ---- What is needed ----------------------------------------------------- */

static void learn_needed(chain *x)
{
    uint32_t points = lede_sink_needed(x->sink);

    if (points == x->points)
        return;
    x->points = points;
    x->needed = lede_sieve_needed(x->sieve, points);
}

/* ---- The rarest word ---------------------------------------------------- */

/* Reads its next block and picks what may have enough by it. */
static bool begin_block(chain *x)
{
    side *s = &x->sides[0];
    const lede_postings *list = s->list;
    const lede_ceiling_rule rule = { x->weight, s->times, x->normals,
                                     x->floors };
    uint32_t left = 0;

    if (!take_block(x, s) || !lede_matcher_spend(x->matcher, list->n))
        return false;
    if (!lede_postings_frequencies(s->list))
        return fail(x, s);
    lede_ceilings_weigh(&rule, list->docs, list->frequencies, list->n,
                        x->quanta);
    for (uint32_t i = 0; i < list->n; i++) {
        x->left[left] = (uint8_t)i;
        left += x->quanta[i] >= x->needed;
        s->at[i] = (uint8_t)i;
    }
    x->sieve->words.docs = list->docs;
    if (left > 0)
        lede_postings_expect(list);
    x->left_count = left;
    x->done = 0;
    return true;
}

/* Moves *target to the first document left of the block; false if none is. */
static bool find_left(chain *x, uint32_t *target)
{
    const uint32_t *docs = x->sides[0].list->docs;

    for (; x->done < x->left_count; x->done++) {
        uint32_t place = x->left[x->done];

        if (docs[place] >= *target && x->quanta[place] >= x->needed) {
            *target = docs[place];
            return true;
        }
    }
    return false;
}

/* Whether the tops of the others let a document have what is needed. Else moves
 * *target behind where they do not; to the end where there are none. */
static bool others_may_have(chain *x, uint32_t *target)
{
    for (uint32_t i = 1; i < x->side_count; i++) {
        side *s = &x->sides[i];

        if (!pass(x, s, *target)) {
            *target = LEDE_DOC_END;
            return false;
        }
        if (!may_have(x, s)) {
            *target = last_of(s) + 1;
            return false;
        }
    }
    return true;
}

/* Moves *target to the next document that may have what is needed by the block
 * of the rarest word and the tops of the others; false at the end. */
static bool find_next(chain *x, uint32_t *target)
{
    side *rarest = &x->sides[0];

    while (*target != LEDE_DOC_END && lede_matcher_spend(x->matcher, 1) &&
           pass(x, rarest, *target)) {
        bool is_read = rarest->hand == rarest->next;

        if (!may_have(x, rarest) || (is_read && !find_left(x, target)))
            *target = last_of(rarest) + 1;
        else if (!others_may_have(x, target))
            continue;
        else if (is_read)
            return true;
        else if (!begin_block(x))
            return false;
    }
    return false;
}

/* ---- The others --------------------------------------------------------- */

/* Begins the window with what is left to its end. */
static uint32_t begin_window(chain *x)
{
    const uint32_t *docs = x->sides[0].list->docs;
    uint32_t until = last_of(&x->sides[0]);

    for (uint32_t i = 1; i < x->side_count; i++) {
        uint32_t last = last_of(&x->sides[i]);

        until = last < until ? last : until;
    }
    x->n = 0;
    for (; x->done < x->left_count && docs[x->left[x->done]] <= until;
         x->done++) {
        uint8_t place = x->left[x->done];

        x->pick[x->n] = place;
        x->n += x->quanta[place] >= x->needed;
    }
    return until;
}

/* Keeps what holds the word. */
static void keep_found(chain *x, side *s)
{
    const uint32_t *docs = x->sides[0].list->docs;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < x->n; i++) {
        uint8_t place = x->pick[i];
        uint32_t at = lede_rising_from(s->list->docs, s->list->n, docs[place]);

        s->at[place] = (uint8_t)at;
        x->pick[kept] = place;
        kept += s->list->docs[at] == docs[place];
    }
    x->n = kept;
}

/* Keeps what holds it often enough. */
static void keep_enough(chain *x, const side *s)
{
    const uint32_t *docs = x->sides[0].list->docs;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < x->n; i++) {
        uint8_t place = x->pick[i];
        float tf = (float)s->list->frequencies[s->at[place]] * s->times;
        uint32_t quanta =
            lede_ceiling(x->weight, tf, x->normals[x->floors[docs[place]]]);

        if (quanta < x->quanta[place])
            x->quanta[place] = quanta;
        x->pick[kept] = place;
        kept += quanta >= x->needed;
    }
    x->n = kept;
}

static bool meet(chain *x, side *s)
{
    if (!lede_matcher_spend(x->matcher, x->n) || !take_block(x, s))
        return false;
    keep_found(x, s);
    if (x->n == 0)
        return true;
    lede_postings_expect(s->list);
    if (!lede_postings_frequencies(s->list))
        return fail(x, s);
    keep_enough(x, s);
    return true;
}

/* ---- Documents ---------------------------------------------------------- */

static bool take_all(chain *x)
{
    lede_phrase *phrase = &x->phrase->phrase;

    for (uint32_t i = 0; i < x->n; i++) {
        uint8_t place = x->pick[i];
        uint32_t doc = x->sides[0].list->docs[place], frequency, points;

        learn_needed(x);
        if (x->quanta[place] < x->needed || !lede_live_has(x->sink->live, doc))
            continue;
        if (!lede_phrase_count(phrase, place, &frequency))
            return false;
        if (frequency == 0)
            continue;
        points = lede_phrase_points(phrase, doc, frequency);
        if (points >= x->points && !lede_sink_take(x->sink, doc, points))
            return false;
    }
    return true;
}

lede_status lede_chain_find(lede_sieve *sieve, lede_sink *sink)
{
    chain *x = make(sieve, sink);
    uint32_t target = 0;
    bool goes_on = true;

    if (!x)
        return lede_arena_status(sieve->matcher->arena);
    /* A short list was read, and found to be damaged, when bounds were asked
     * for. */
    for (uint32_t i = 0; i < x->side_count; i++)
        if (x->sides[i].list->status != LEDE_OK)
            return x->sides[i].list->status;
    learn_needed(x);
    while (goes_on && find_next(x, &target)) {
        uint32_t until = begin_window(x);

        for (uint32_t i = 1; goes_on && i < x->side_count && x->n > 0; i++)
            goes_on = meet(x, &x->sides[i]);
        goes_on = goes_on && take_all(x);
        learn_needed(x);
        target = until + 1;
    }
    return sink->status != LEDE_OK ? sink->status : x->matcher->status;
}
