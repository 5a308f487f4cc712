#include "native/match/conjunction.h"

#include "native/codec/rising.h"
#include "native/index/vocabulary.h"

/* Fewer documents than this are sought one by one: stamping costs as much as
 * so many searches. */
#define STAMP_LEAST 12U

void lede_conjunction_init(lede_conjunction *c, lede_matcher *matcher)
{
    c->matcher = matcher;
    c->count = c->list_count = c->n = 0;
    c->ended = c->stamped = false;
    memset(c->bounded, 0, sizeof c->bounded);
}

/* ---- Words -------------------------------------------------------------- */

static bool is_in(const lede_plan_term *term, uint32_t field)
{
    return field == LEDE_NO_FIELD || term->field == field;
}

uint32_t lede_conjunction_room(const lede_plan *const *plans, uint32_t count,
                               uint32_t field)
{
    uint32_t lists = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t t = 0; t < plans[i]->term_count; t++)
            lists += is_in(&plans[i]->terms[t], field);
    return lists;
}

/* Terms of a WORD are in order, and no two alike. */
static bool same_terms(const lede_plan *a, const lede_plan *b)
{
    if (a->term_count != b->term_count)
        return false;
    for (uint32_t i = 0; i < a->term_count; i++)
        if (a->terms[i].field != b->terms[i].field ||
            a->terms[i].weight != b->terms[i].weight ||
            lede_bytes_compare(a->terms[i].term, b->terms[i].term) != 0)
            return false;
    return true;
}

static bool same_word(const lede_conjunct *word, const lede_plan *const *plans,
                      uint32_t count, uint32_t field)
{
    if (word->plan_count != count || word->field != field)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!same_terms(word->plans[i], plans[i]))
            return false;
    return true;
}

static lede_status open_list(lede_conjunction *c, lede_conjunct *word,
                             const lede_plan_term *term)
{
    lede_matcher *m = c->matcher;
    lede_group_list *list = &c->lists[c->list_count];
    lede_status status;

    if (term->field >= lede_schema_count(m->schema))
        return LEDE_OK;
    list->term = term;
    status = lede_group_open(&list->postings, m, LEDE_SPACE_WORDS, term);
    if (status == LEDE_OK && list->postings) {
        word->cost += list->postings->documents;
        word->count++;
        c->list_count++;
    }
    return status == LEDE_OK ? lede_budget_spend(m->budget, 10) : status;
}

lede_status lede_conjunction_add(uint32_t *word, lede_conjunction *c,
                                 const lede_plan *const *plans, uint32_t count,
                                 uint32_t field)
{
    lede_conjunct *made = &c->words[c->count];
    lede_status status = LEDE_OK;

    *word = c->count;
    if (field != LEDE_NO_FIELD)
        *word = 0;
    for (; *word < c->count; ++*word)
        if (same_word(&c->words[*word], plans, count, field))
            return LEDE_OK;
    *made = (lede_conjunct){ .plans = plans,
                             .plan_count = count,
                             .field = field,
                             .first = c->list_count };
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t t = 0; t < plans[i]->term_count; t++)
            if (status == LEDE_OK && is_in(&plans[i]->terms[t], field))
                status = open_list(c, made, &plans[i]->terms[t]);
    c->ended = c->ended || made->count == 0;
    c->count++;
    return status;
}

void lede_conjunction_order(lede_conjunction *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t at = i;

        for (; at > 0 && c->words[c->order[at - 1]].cost > c->words[i].cost;
             at--)
            c->order[at] = c->order[at - 1];
        c->order[at] = i;
    }
}

/* ---- Windows ------------------------------------------------------------ */

/* Makes the block with a document at hand; false at the end. */
static bool take_block(lede_conjunction *c, lede_postings *list,
                       uint32_t target)
{
    if (lede_postings_block(list, target))
        return true;
    if (list->status != LEDE_OK)
        (void)lede_matcher_fail(c->matcher, list->status);
    return false;
}

static void pick_all(lede_conjunction *c, uint32_t n)
{
    c->n = n;
    for (uint32_t i = 0; i < n; i++)
        c->pick[i] = (uint8_t)i;
}

static uint32_t lead_one(lede_conjunction *c, uint32_t l, uint32_t target,
                         uint32_t *until)
{
    const lede_postings *list = c->lists[l].postings;
    uint32_t from, n;

    if (!take_block(c, c->lists[l].postings, target)) {
        c->ended = true;
        return LEDE_DOC_END;
    }
    from = lede_rising_from(list->docs, list->n, target);
    c->docs = list->docs + from;
    if (c->docs[0] > *until)
        return c->docs[0];
    n = list->n - from;
    if (list->docs[list->n - 1] <= *until)
        *until = list->docs[list->n - 1];
    else
        n = lede_rising_from(c->docs, n, *until + 1);
    pick_all(c, n);
    for (uint32_t i = 0; i < n; i++)
        c->at[l][i] = (uint8_t)(from + i);
    return c->docs[0];
}

/* The least document that lists, each at its place, stand on. */
static uint32_t least_of(const lede_conjunction *c, const lede_conjunct *word,
                         const uint32_t *places)
{
    uint32_t least = LEDE_DOC_END;

    for (uint32_t i = 0; i < word->count; i++) {
        const lede_postings *list = c->lists[word->first + i].postings;

        if (places[i] < list->n && list->docs[places[i]] < least)
            least = list->docs[places[i]];
    }
    return least;
}

/* Makes the blocks of all lists of a word at hand, sets the places in them from
 * target on, and ends the window where the first of them ends. */
static bool take_blocks(lede_conjunction *c, const lede_conjunct *word,
                        uint32_t target, uint32_t *places, uint32_t *until)
{
    bool any = false;

    for (uint32_t i = 0; i < word->count; i++) {
        lede_postings *list = c->lists[word->first + i].postings;

        places[i] = 0;
        if (!take_block(c, list, target))
            continue;
        any = true;
        places[i] = lede_rising_from(list->docs, list->n, target);
        if (list->docs[list->n - 1] < *until)
            *until = list->docs[list->n - 1];
    }
    return any && c->matcher->status == LEDE_OK;
}

static uint32_t lead_any(lede_conjunction *c, const lede_conjunct *word,
                         uint32_t target, uint32_t *until)
{
    uint32_t places[LEDE_CONJUNCTION_LISTS], n = 0, first, doc;

    if (!take_blocks(c, word, target, places, until)) {
        c->ended = true;
        return LEDE_DOC_END;
    }
    first = doc = least_of(c, word, places);
    for (; doc <= *until && n < LEDE_BLOCK_MAX;
         doc = least_of(c, word, places)) {
        for (uint32_t i = 0; i < word->count; i++) {
            const lede_postings *list = c->lists[word->first + i].postings;
            bool here = places[i] < list->n && list->docs[places[i]] == doc;

            c->at[word->first + i][n] =
                (uint8_t)(here ? places[i] : LEDE_CONJUNCTION_ABSENT);
            places[i] += here;
        }
        c->merged[n++] = doc;
    }
    if (doc <= *until)
        *until = c->merged[n - 1];
    c->docs = c->merged;
    pick_all(c, n);
    return first;
}

uint32_t lede_conjunction_lead(lede_conjunction *c, uint32_t target,
                               uint32_t *until)
{
    const lede_conjunct *word = &c->words[c->order[0]];

    c->n = 0;
    if (c->ended || target == LEDE_DOC_END)
        return LEDE_DOC_END;
    if (word->count == 1)
        return lead_one(c, word->first, target, until);
    return lead_any(c, word, target, until);
}

/* Notes the place of each document that is left in the block of a list. Of a
 * dense block the documents are stamped with their places: what is sought is
 * then looked at, not for. Stamps of before do no harm, since what they lead to
 * is compared. */
static void find_stamped(lede_conjunction *c, uint32_t l)
{
    const uint32_t *docs = c->lists[l].postings->docs;
    uint32_t n = c->lists[l].postings->n;
    uint32_t first = c->docs[c->pick[0]], last = c->docs[c->pick[c->n - 1]];
    uint8_t *at = c->at[l];

    if (!c->stamped)
        memset(c->stamps, 0, sizeof c->stamps);
    c->stamped = true;
    for (uint32_t i = lede_rising_from(docs, n, first);
         i < n && docs[i] <= last; i++)
        c->stamps[docs[i] % LEDE_CONJUNCTION_STAMPS] = (uint8_t)i;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t doc = c->docs[c->pick[i]];
        uint32_t place = c->stamps[doc % LEDE_CONJUNCTION_STAMPS];

        place = place < n ? place : 0;
        at[c->pick[i]] =
            (uint8_t)(docs[place] == doc ? place : LEDE_CONJUNCTION_ABSENT);
    }
}

static void find_each(lede_conjunction *c, uint32_t l)
{
    const uint32_t *docs = c->lists[l].postings->docs;
    uint32_t n = c->lists[l].postings->n;
    uint8_t *at = c->at[l];

    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t doc = c->docs[c->pick[i]];
        uint32_t from = lede_rising_from(docs, n, doc);
        bool here = from < n && docs[from] == doc;

        at[c->pick[i]] = (uint8_t)(here ? from : LEDE_CONJUNCTION_ABSENT);
    }
}

static void find_places(lede_conjunction *c, uint32_t l)
{
    uint32_t first = c->docs[c->pick[0]], last = c->docs[c->pick[c->n - 1]];

    if (c->lists[l].postings->n == 0) {
        for (uint32_t i = 0; i < c->n; i++)
            c->at[l][c->pick[i]] = LEDE_CONJUNCTION_ABSENT;
        return;
    }
    if (c->n >= STAMP_LEAST && last - first < LEDE_CONJUNCTION_STAMPS)
        find_stamped(c, l);
    else
        find_each(c, l);
}

static void keep_one(lede_conjunction *c, uint32_t l)
{
    const uint8_t *at = c->at[l];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t place = c->pick[i];

        c->pick[kept] = place;
        kept += at[place] != LEDE_CONJUNCTION_ABSENT;
    }
    c->n = kept;
}

static void keep_any(lede_conjunction *c, const lede_conjunct *word)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        uint8_t place = c->pick[i];
        bool any = false;

        for (uint32_t l = 0; l < word->count; l++)
            any |= c->at[word->first + l][place] != LEDE_CONJUNCTION_ABSENT;
        c->pick[kept] = place;
        kept += any;
    }
    c->n = kept;
}

void lede_conjunction_retain(lede_conjunction *c, uint32_t word,
                             uint32_t *until)
{
    const lede_conjunct *of = &c->words[word];
    uint32_t places[LEDE_CONJUNCTION_LISTS];

    if (c->n == 0)
        return;
    if (!take_blocks(c, of, c->docs[c->pick[0]], places, until)) {
        c->ended = true;
        c->n = 0;
        return;
    }
    lede_conjunction_trim(c, *until);
    if (c->n == 0)
        return;
    for (uint32_t i = 0; i < of->count; i++)
        find_places(c, of->first + i);
    if (of->count == 1)
        keep_one(c, of->first);
    else
        keep_any(c, of);
}

bool lede_conjunction_frequencies(lede_conjunction *c, uint32_t word)
{
    const lede_conjunct *of = &c->words[word];

    for (uint32_t i = of->first; i < of->first + of->count; i++) {
        lede_postings *list = c->lists[i].postings;

        if (list->n > 0 && !lede_postings_frequencies(list)) {
            (void)lede_matcher_fail(c->matcher, list->status);
            return false;
        }
    }
    return true;
}

/* ---- Bounds ------------------------------------------------------------- */

const lede_bound *lede_conjunction_bound(lede_conjunction *c, uint32_t list,
                                         uint32_t target)
{
    lede_bound *bound = &c->bounds[list];
    lede_postings *of = c->lists[list].postings;

    if (target < c->bounded[list])
        return bound;
    if (!lede_postings_bound(of, target, bound)) {
        if (of->status != LEDE_OK)
            (void)lede_matcher_fail(c->matcher, of->status);
        *bound = (lede_bound){ .last = LEDE_DOC_END };
    }
    c->bounded[list] = (uint64_t)bound->last + 1;
    return bound;
}

uint8_t lede_conjunction_top(lede_conjunction *c, uint32_t list,
                             uint32_t target, uint32_t *last)
{
    lede_postings *of = c->lists[list].postings;
    uint8_t top;

    if (lede_postings_top(of, target, last, &top))
        return top;
    if (of->status != LEDE_OK)
        (void)lede_matcher_fail(c->matcher, of->status);
    *last = LEDE_DOC_END;
    return 0;
}
