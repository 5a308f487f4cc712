/*
 * native/match/conjunction.h - documents that hold all of some words, by blocks.
 *
 *     lede_conjunction_init(&c, matcher);
 *     lede_conjunction_add(&word, &c, plans, count, field);    word after word
 *     lede_conjunction_order(&c);
 *     while (target != LEDE_DOC_END) {
 *         until = LEDE_DOC_END;
 *         target = lede_conjunction_lead(&c, target, &until);
 *         if (target > until)
 *             continue;
 *         for (i = 1; i < c.count && c.n > 0; i++)
 *             lede_conjunction_retain(&c, c.order[i], &until);
 *         ... c.docs[c.pick[0 .. c.n)]
 *         target = until + 1;
 *     }
 *
 * A word is any of its lists. Works in windows, ranges of documents in which no
 * list goes beyond the block at hand: the rarest word leads, and what it holds
 * there is looked for in the blocks of the others, all of them at once. What is
 * left is known by its place in each block, so that frequencies are read where
 * there is a need only, and positions of few.
 *
 * Errors    As native/match/finder.h: a failure ends the conjunction.
 * Memory    The matcher's arena.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_CONJUNCTION_H
#define LEDE_NATIVE_MATCH_CONJUNCTION_H

#include "native/match/group.h"

/* Of all words together: what has more is better found otherwise. */
#define LEDE_CONJUNCTION_LISTS 32U
#define LEDE_CONJUNCTION_WORDS 16U

#define LEDE_CONJUNCTION_STAMPS 4096U

/* The place in its block of a list that does not hold the document. */
#define LEDE_CONJUNCTION_ABSENT 255U

typedef struct lede_conjunct {
    const lede_plan *const *plans; /* WORDs: any of them */
    uint32_t plan_count;
    uint32_t field; /* or LEDE_NO_FIELD */
    uint32_t first; /* of its lists */
    uint32_t count;
    uint64_t cost;
} lede_conjunct;

typedef struct lede_conjunction {
    lede_matcher *matcher;
    lede_conjunct words[LEDE_CONJUNCTION_WORDS];
    uint32_t count;
    uint32_t order[LEDE_CONJUNCTION_WORDS]; /* of words, the rarest first */
    lede_group_list lists[LEDE_CONJUNCTION_LISTS];
    uint32_t list_count;
    bool ended; /* some word is in no document behind */

    /* The window: documents of the leading word, and those that are left. */
    const uint32_t *docs;
    uint32_t n;
    uint8_t pick[LEDE_BLOCK_MAX];
    uint8_t at[LEDE_CONJUNCTION_LISTS][LEDE_BLOCK_MAX]; /* by list and
                                                         * document: its place
                                                         * in the block */

    /* ---- Private ---- */
    lede_bound bounds[LEDE_CONJUNCTION_LISTS];
    uint64_t bounded[LEDE_CONJUNCTION_LISTS]; /* documents below, from where it
                                               * was asked for */
    uint32_t merged[LEDE_BLOCK_MAX];
    bool stamped;
    uint8_t stamps[LEDE_CONJUNCTION_STAMPS]; /* once stamped */
} lede_conjunction;

void lede_conjunction_init(lede_conjunction *c, lede_matcher *matcher);

/* How many lists the words may have, at most. */
uint32_t lede_conjunction_room(const lede_plan *const *plans, uint32_t count,
                               uint32_t field);

/* Adds a word, any of the terms of these WORDs; with a field, those in it only,
 * and the same again is one. There is room, by lede_conjunction_room. A word that
 * the segment lacks ends the conjunction. */
lede_status lede_conjunction_add(uint32_t *word, lede_conjunction *c,
                                 const lede_plan *const *plans, uint32_t count,
                                 uint32_t field);

/* After the last word, of one or more. */
void lede_conjunction_order(lede_conjunction *c);

/* Returns the first document of the leading word not below target; if that is
 * not behind *until, begins a window with those up to *until, which is lowered
 * to where the window ends. LEDE_DOC_END once the conjunction ended. */
uint32_t lede_conjunction_lead(lede_conjunction *c, uint32_t target,
                               uint32_t *until);

/* Keeps what holds the word, too; may end the window earlier. */
void lede_conjunction_retain(lede_conjunction *c, uint32_t word,
                             uint32_t *until);

/* Drops what lies behind `until`. */
static inline void lede_conjunction_trim(lede_conjunction *c, uint32_t until)
{
    while (c->n > 0 && c->docs[c->pick[c->n - 1]] > until)
        c->n--;
}

/* The bound of the documents of a list from target on to its end, without any
 * reading; with no corners if none are left. Targets do not fall. */
const lede_bound *lede_conjunction_bound(lede_conjunction *c, uint32_t list,
                                         uint32_t target);

/* The same by the top of a long list that keeps frequencies; the last of those
 * documents. 0, to LEDE_DOC_END, if none are left. */
uint8_t lede_conjunction_top(lede_conjunction *c, uint32_t list,
                             uint32_t target, uint32_t *last);

/* Reads the frequencies of a word in the window. */
bool lede_conjunction_frequencies(lede_conjunction *c, uint32_t word);

/* How often the word stands in the document at a place of the window, whatever
 * the weights of its terms; after lede_conjunction_frequencies. */
static inline uint32_t lede_conjunction_frequency(const lede_conjunction *c,
                                                  uint32_t word, uint32_t place)
{
    const lede_conjunct *of = &c->words[word];
    uint64_t sum = 0;

    if (of->count == 1)
        return c->lists[of->first]
            .postings->frequencies[c->at[of->first][place]];
    for (uint32_t i = of->first; i < of->first + of->count; i++)
        if (c->at[i][place] != LEDE_CONJUNCTION_ABSENT)
            sum += c->lists[i].postings->frequencies[c->at[i][place]];
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

/* The same with the weights of its terms, as scores want it. */
static inline uint64_t lede_conjunction_weighted(const lede_conjunction *c,
                                                 uint32_t word, uint32_t place)
{
    const lede_conjunct *of = &c->words[word];
    uint64_t sum = 0;

    for (uint32_t i = of->first; i < of->first + of->count; i++)
        if (c->at[i][place] != LEDE_CONJUNCTION_ABSENT)
            sum += (uint64_t)c->lists[i].term->weight *
                   c->lists[i].postings->frequencies[c->at[i][place]];
    return sum;
}

#endif
