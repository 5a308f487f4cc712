/*
 * native/match/phrase.h - the words of a PHRASE or NEAR in one field, and how
 * often it is there.
 *
 *     if (lede_phrase_fits(plan, field, &words, &lists) && these fit)
 *         lede_phrase_init(&phrase, &conjunction, plan, field);
 *     ... windows of the conjunction; frequencies of phrase.words
 *     lede_phrase_count(&phrase, place, &frequency);
 *
 * A document can hold no more phrases than it holds of the word that is least
 * often in it: so positions are read only where that many would do, of the
 * rarest words of the document first, and of the next one only if what was read
 * can still be part of a phrase.
 *
 * Fits      Nodes that are WORDs, or EITHERs of them, each of terms that cover
 *           the same number of positions. Other plans are for engine/span.h,
 *           which is asked also where native/match/row.h cannot tell.
 * Errors    As native/match/finder.h.
 * Memory    Positions of a document in the matcher's arena, in room that grows.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_PHRASE_H
#define LEDE_NATIVE_MATCH_PHRASE_H

#include "native/match/conjunction.h"
#include "native/match/row.h"

/* Positions of a list, or of a word of several, in the document at hand. */
typedef struct lede_phrase_places {
    uint32_t *at;
    size_t capacity;
    uint32_t count;
    uint64_t turn; /* at which they were read */
} lede_phrase_places;

/* What is asked of a plain word for each document. */
typedef struct lede_phrase_plain {
    lede_postings *list;
    const uint8_t *at; /* by place of the window: where its block has it */
    uint32_t offset;   /* from the first word */
} lede_phrase_plain;

/* How the phrase scores. */
typedef struct lede_phrase_score {
    lede_lengths lengths;   /* score NULL: without points */
    uint64_t weight;        /* of one, n / LEDE_WEIGHT_ONE */
    uint32_t length_weight; /* of bounds of its words */
} lede_phrase_score;

typedef struct lede_phrase {
    lede_conjunction *of;
    const lede_plan *plan;
    uint32_t field;
    lede_phrase_score score;
    uint32_t count; /* of slots */
    struct {
        uint32_t word;
        uint32_t span;
        uint32_t offset; /* from the first, where nothing stands between */
    } slots[LEDE_ROW_WORDS];
    uint32_t length;                         /* of all slots */
    uint32_t words[LEDE_CONJUNCTION_WORDS];  /* of the conjunction, each once */
    uint32_t shares[LEDE_CONJUNCTION_WORDS]; /* slots that it stands in */
    uint32_t word_count;
    bool
        plain; /* each stands in one slot, directly behind the one before, and is
                 * one list */
    lede_phrase_plain plains[LEDE_CONJUNCTION_WORDS]; /* then: by word */

    /* ---- Private ---- */
    lede_phrase_places begins;
    lede_phrase_places merged[LEDE_CONJUNCTION_WORDS];
    lede_phrase_places places[LEDE_CONJUNCTION_LISTS];
    uint32_t place; /* of the document, in the window */
    uint64_t turn;  /* counts documents, from 1 on */
    uint32_t steps; /* not yet spent */
    lede_row row;   /* last: large, and not all of it is looked at */
} lede_phrase;

/* Whether the plan fits; adds to *words and *lists those it needs at most. */
bool lede_phrase_fits(const lede_plan *plan, uint32_t field, uint32_t *words,
                      uint32_t *lists);

/* Adds the words to a conjunction, which has room for them. */
lede_status lede_phrase_init(lede_phrase *phrase, lede_conjunction *of,
                             const lede_plan *plan, uint32_t field);

/* The points of a document that has so many. */
uint32_t lede_phrase_points(const lede_phrase *phrase, uint32_t doc,
                            uint32_t frequency);

/* How often the document at a place of the window has it. Frequencies of its
 * words were read; places do not fall. False on failure, which the matcher
 * knows. */
bool lede_phrase_count(lede_phrase *phrase, uint32_t place,
                       uint32_t *frequency);

#endif
