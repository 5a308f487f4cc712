/*
 * article/suggest.h - better and longer texts made of the index's own words.
 *
 *     search = { LEDE_SUGGEST_CORRECTION, LEDE_NO_FIELD, 5, &budget, arena };
 *     lede_suggest_texts(&texts, &count, view, text, &search, err);
 *
 * CORRECTION: each word that the index has neither as it is written nor folded
 * or stemmed, or has rarely beside a near one that is much more frequent, is
 * replaced by words within two edits (one for words of 3 or 4 characters, none
 * for shorter ones and numbers), ranked by edits, first letter, frequency. The
 * first text has the best of them for every such word, the others the next
 * best for one. COMPLETION: the word that the text ends with goes on as the
 * index's words with that prefix do, the most frequent first.
 */
#ifndef LEDE_ARTICLE_SUGGEST_H
#define LEDE_ARTICLE_SUGGEST_H

#include "article/view.h"

typedef struct lede_suggest_search {
    lede_suggest_kind kind;
    uint32_t field; /* that has words; LEDE_NO_FIELD: the default ones */
    uint32_t limit; /* most suggestions; above 100 as 100 */
    lede_budget *budget;
    lede_arena *arena;
} lede_suggest_search;

/* Suggestions of `text`, best first, in the arena; each differs from `text`. */
lede_status lede_suggest_texts(const lede_suggestion **out, uint32_t *count,
                               const lede_view *view, lede_bytes text,
                               const lede_suggest_search *search,
                               lede_error *err);

#endif
