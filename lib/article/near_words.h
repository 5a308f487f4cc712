/*
 * article/near_words.h - the best few of the words that an automaton accepts.
 *
 *     lede_near_words_init(&list, limit, arena);
 *     lede_near_words_collect(&list, &source, field, err);   for each field
 *     for (i = 0; i < list.count; i++) list.at[i] ...
 *
 * Best is fewest edits, then the same first character, then most documents
 * (of the field that has most), then first by bytes. Joined terms, and the
 * word itself, are passed by.
 */
#ifndef LEDE_ARTICLE_NEAR_WORDS_H
#define LEDE_ARTICLE_NEAR_WORDS_H

#include "article/view.h"

typedef struct lede_near_word {
    uint64_t documents;
    uint32_t edits;
    bool other_letter; /* the first character is another */
    uint32_t len;
    char term[LEDE_TERM_BYTES_MAX];
} lede_near_word;

typedef struct lede_near_words {
    lede_near_word *at; /* the best first */
    uint32_t count;
    uint32_t limit;
    uint64_t least; /* documents that a word must have to be taken */
} lede_near_words;

/* NOMEM only. `limit` is 1 or more. */
lede_status lede_near_words_init(lede_near_words *list, uint32_t limit,
                                 lede_arena *arena);

/* Where words come from. */
typedef struct lede_near_source {
    const lede_view *view;
    lede_dfa *dfa;
    lede_bytes word; /* in normal form */
    lede_budget *budget;
    lede_arena *arena; /* of the walk */
} lede_near_source;

/* Adds what a field's words have to offer. LIMIT for an automaton of too many
 * states. */
lede_status lede_near_words_collect(lede_near_words *list,
                                    const lede_near_source *source,
                                    uint32_t field, lede_error *err);

#endif
